//! Every part of the twenty and of the seventeen items at its edges, by stories told in records: full, nothing, in
//! between, at the threshold, one subject short, nobody to count, and what keeps a part from being judged.
//!
//! The standards are data, and so is what has to be tried: a part that is added, or whose rule changes, lacks cases here
//! until they are written.

mod case;
mod dynamic;
mod groundwork;
mod groups;
mod kinds;
mod ledgers;
mod platform;
mod spans;
#[path = "../support/mod.rs"]
mod support;
mod windows;

use std::collections::BTreeSet;

use linli_eval::Standard;

use case::{Told, find};
use kinds::Kind;

/// Parts that count the same checks, months or quarters in every unit, so that something always counts: their cases
/// without a hit are told by units of which nothing is known.
const NEVER_EMPTY: [&str; 8] = [
    "C01.staff",
    "C03.months",
    "C06.ledgers",
    "S01.staff",
    "S03.display",
    "S03.months",
    "S08.supervision",
    "S15.months",
];

fn told() -> impl Iterator<Item = &'static Told> {
    [platform::TOLD, groundwork::TOLD, dynamic::TOLD, groups::TOLD].into_iter().flatten()
}

#[test]
fn every_part_of_both_standards_has_a_case_of_every_kind_that_its_rule_knows() {
    let standards = [Standard::community(), Standard::street()];
    let mut lacking = Vec::new();
    for item in standards.iter().flat_map(|standard| &standard.items) {
        for part in &item.parts {
            let name = format!("{}.{}", item.id, part.id);
            let cases = told().filter(|told| told.part == name).flat_map(|told| told.cases);
            let shown: BTreeSet<Kind> =
                cases.flat_map(|(case, expected)| kinds::shown(part, case, expected)).collect();
            let mut required = kinds::required(part);
            if NEVER_EMPTY.contains(&name.as_str()) {
                required.retain(|kind| !matches!(kind, Kind::TooFew | Kind::Signed));
            }
            lacking.extend(required.difference(&shown).map(|kind| format!("{name}: {kind:?}")));
        }
    }
    assert!(lacking.is_empty(), "no case shows\n{}", lacking.join("\n"));
    for told in told() {
        find(&standards, told.part);
    }
}
