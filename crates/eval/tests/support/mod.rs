//! A small world of records in an in-memory SQLite with the published tables.

#![allow(dead_code, reason = "each test file uses its own part of the world")]

mod office;
mod sqlite;
mod world;

#[allow(unused_imports, reason = "each test file uses its own part of the world")]
pub use self::{
    sqlite::Sqlite,
    world::{AS_OF, Person, World, date, doc},
};

use linli_eval::{Evaluation, Request, Scorecard, Standard, Subject, evaluate, explain};

pub const STREET: &str = "3211/02/001";
pub const COMMUNITY: &str = "3211/02/001/001";
pub const SECOND: &str = "3211/02/001/002";

/// Evaluates the whole city by both standards.
pub fn evaluate_all(world: &World) -> Evaluation {
    let (community, street) = (Standard::community(), Standard::street());
    let request = Request::new(path("3211"), AS_OF, vec![&community, &street]);
    evaluate(&mut Sqlite::of(world), &request).expect("the world evaluates")
}

pub fn card(world: &World, unit: &str) -> Scorecard {
    evaluate_all(world).scorecard(&path(unit)).expect("the unit has a scorecard").clone()
}

pub fn subjects(world: &World, unit: &str, item: &str) -> Vec<Subject> {
    let (community, street) = (Standard::community(), Standard::street());
    let request = Request::new(path("3211"), AS_OF, vec![&community, &street]);
    explain(&mut Sqlite::of(world), &request, &path(unit), item).expect("the item explains")
}

/// The counts of one part: denominator and hits.
pub fn counts(card: &Scorecard, item: &str, part: &str) -> (u64, u64) {
    let item = card.item(item).expect("the standard has the item");
    let part = item.parts.iter().find(|p| p.id == part).expect("the item has the part");
    (part.n, part.hits)
}

/// Subject, hit and reason of one part, for comparing with a list written by hand.
pub fn reasons(world: &World, unit: &str, item: &str, part: &str) -> Vec<(String, bool, String)> {
    subjects(world, unit, item)
        .into_iter()
        .filter(|subject| subject.part == part)
        .map(|subject| (subject.subject, subject.hit == Some(true), subject.reason))
        .collect()
}

pub fn path(text: &str) -> linli_wire::UnitPath {
    text.parse().expect("a path in a test is one")
}
