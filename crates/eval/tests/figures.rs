//! The figures of the report over a small world counted by hand.

mod support;

use linli_eval::{
    SqlValue,
    figures::{Figures, figures},
    ledger::View,
};
use linli_wire::Arrangement;
use support::*;

const KNOWN: &str = "2026-11-14";
/// A community in a street that is not in the programme.
const OUTSIDE: &str = "3211/02/002/001";

fn counted(world: &World, unit: &str, known: &str) -> Figures {
    let (unit, arrangement) = (path(unit), Arrangement::default());
    let view = View { unit: &unit, arrangement: &arrangement, as_of: AS_OF, known };
    figures(&mut Sqlite::of(world), &view).expect("the figures count")
}

fn totals(found: &Figures, expected: &[(&str, i64)]) {
    for (figure, value) in expected {
        assert_eq!(found.total(figure), *value, "{figure}");
    }
}

#[test]
fn units_are_counted_once_and_those_left_out_are_told_apart() {
    let mut world = World::new();
    world.unit(OUTSIDE, 0).unit("3211/02/002", 0);
    let found = counted(&world, "3211", KNOWN);
    totals(&found, &[("communities", 3), ("communities_left_out", 2), ("streets_left_out", 1)]);
    totals(&found, &[("districts", 1), ("districts_in_programme", 1), ("streets", 2)]);
    assert_eq!(counted(&world, STREET, KNOWN).total("communities"), 2, "a street counts its own");
}

#[test]
fn people_are_counted_where_they_are_responsible_and_by_what_they_did_at_the_end() {
    let mut world = World::new();
    let placed = world.placed(COMMUNITY);
    world.unemployed(COMMUNITY);
    world.with_earner(SECOND);
    let twin = world.next_doc();
    world.document(SECOND, &twin, &placed.id_no);
    let shadow = Person { unit: SECOND.to_owned(), doc: twin, ..placed.clone() };
    world.determine(&shadow, COMMUNITY, "street", "2026-10-01");
    let found = counted(&world, STREET, KNOWN);
    let people: i64 = found.total("people");
    let here = found.sum("people", |unit| *unit == path(COMMUNITY));
    let there = found.sum("people", |unit| *unit == path(SECOND));
    assert_eq!(people, here + there);
    totals(&found, &[("out_of_work", 1)]);
    assert!(found.total("employed") >= 2, "the placed person and an earner work");
    // Without the determination the second document counts as well.
    let mut before = world.clone();
    before.remove("determination", &placed.id_no);
    assert_eq!(counted(&before, STREET, KNOWN).total("people"), people + 1);
}

#[test]
fn what_was_recorded_after_the_day_is_not_counted() {
    let mut world = World::new();
    let person = world.unemployed(COMMUNITY);
    let key = world.next_doc();
    let row = |day: &str| {
        [
            ("unit", COMMUNITY.into()),
            ("doc", person.doc.as_str().into()),
            ("service", key.as_str().into()),
            ("day", "2026-05-05".into()),
            ("what", "guidance".into()),
            ("recorded_n", SqlValue::Int(date(day))),
        ]
    };
    world.add("service", &row("2026-11-20"));
    assert_eq!(counted(&world, STREET, KNOWN).total("services"), 0);
    assert_eq!(counted(&world, STREET, "2026-11-20").total("services"), 1);
}

#[test]
fn a_site_is_linked_by_an_exchange_of_the_last_thirty_days() {
    let mut world = World::new();
    world.exchange(COMMUNITY, "2026-10-01", "link").exchange(COMMUNITY, "2026-10-20", "link");
    world.exchange(STREET, "2026-09-30", "link");
    let found = counted(&world, STREET, KNOWN);
    totals(&found, &[("sites", 2), ("sites_linked", 1)]);
}
