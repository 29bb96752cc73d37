//! Ledgers at a past day, as known then and as known now.

mod support;

use linli_eval::{
    SqlValue,
    ledger::{self, View, ledgers},
};
use linli_wire::Arrangement;
use support::*;

/// A ledger's rows at T as known at K, of one unit and what lies below it: each row as column = value.
fn rows(world: &World, id: &str, unit: &str, as_of: &str, known: &str) -> Vec<Vec<(String, String)>> {
    let ledger = ledgers().iter().find(|ledger| ledger.id == id).expect("there is the ledger");
    let (unit, arrangement) = (path(unit), Arrangement::default());
    let view = View { unit: &unit, arrangement: &arrangement, as_of, known };
    let found = ledger::rows(&mut Sqlite::of(world), ledger, &view).expect("the ledger reads");
    let shown = |value: &SqlValue| match value {
        SqlValue::Int(number) => number.to_string(),
        SqlValue::Text(text) => text.clone(),
        SqlValue::Null => String::new(),
    };
    let named = |row: &Vec<SqlValue>| {
        ledger.columns.iter().zip(row).map(|(column, value)| (column.name.clone(), shown(value))).collect()
    };
    found.iter().map(named).collect()
}

fn value<'r>(row: &'r [(String, String)], column: &str) -> &'r str {
    &row.iter().find(|(name, _)| name == column).expect("the ledger has the column").1
}

fn count(world: &World, id: &str, as_of: &str, known: &str) -> usize {
    rows(world, id, COMMUNITY, as_of, known).len()
}

fn recorded(day: &str, end_day: &str) -> [(&'static str, SqlValue); 2] {
    [("recorded_n", date(day).into()), ("end_recorded_n", date(end_day).into())]
}

/// Registered in March, placed in June, out of work again in September, which is recorded in October.
fn story() -> World {
    let mut world = World::new();
    let person = world.with_earner(COMMUNITY);
    let later = recorded("2026-06-20", "2026-10-08");
    world
        .episode_with(
            &person,
            "status",
            "2",
            "2026-03-10",
            "2026-06-14",
            &recorded("2026-03-12", "2026-06-20"),
        )
        .episode_with(&person, "status", "1", "2026-06-15", "2026-09-20", &later)
        .episode_with(&person, "status", "2", "2026-09-21", "", &recorded("2026-10-08", "2026-10-08"));
    let mut placement: Vec<(&str, SqlValue)> = vec![
        ("unit", COMMUNITY.into()),
        ("doc", person.doc.as_str().into()),
        ("placement", doc(1).as_str().into()),
        ("start", "2026-06-15".into()),
        ("end", "2026-09-20".into()),
        ("form", "10".into()),
    ];
    placement.extend(later);
    world.add("placement", &placement);
    world
}

#[test]
fn a_ledger_at_a_months_end_shows_what_was_the_case_as_far_as_it_was_known() {
    let world = story();
    let now = "2026-12-31";
    // The earner is the second in L04. Of L06 also whether the placement had ended.
    for (as_of, then, today) in [
        ("2026-02-28", (1, 0, None), (1, 0, None)),
        ("2026-03-31", (1, 1, None), (1, 1, None)),
        ("2026-05-31", (1, 1, None), (1, 1, None)),
        ("2026-06-30", (2, 0, Some("")), (2, 0, Some(""))),
        ("2026-08-31", (2, 0, Some("")), (2, 0, Some(""))),
        ("2026-09-30", (2, 0, Some("")), (1, 1, Some("2026-09-20"))),
        ("2026-10-31", (1, 1, Some("2026-09-20")), (1, 1, Some("2026-09-20"))),
    ] {
        for (known, (employed, unemployed, ended)) in [(as_of, then), (now, today)] {
            assert_eq!(count(&world, "L04", as_of, known), employed, "L04 {as_of} known {known}");
            assert_eq!(count(&world, "L05", as_of, known), unemployed, "L05 {as_of} known {known}");
            let placements = rows(&world, "L06", COMMUNITY, as_of, known);
            let found = placements.first().map(|row| value(row, "ended"));
            assert_eq!(
                (found, placements.len()),
                (ended, usize::from(ended.is_some())),
                "L06 {as_of} {known}"
            );
        }
    }
}

#[test]
fn what_was_recorded_after_the_day_of_knowledge_is_not_seen() {
    let world = story();
    assert_eq!(count(&world, "L05", "2026-03-31", "2026-03-11"), 0);
    assert_eq!(count(&world, "L05", "2026-03-31", "2026-03-12"), 1);
    assert_eq!(count(&world, "L06", "2026-06-30", "2026-06-19"), 0);
    // Nobody knew yet that the placement had begun, nor that the person was no longer out of work.
    assert_eq!(count(&world, "L05", "2026-06-30", "2026-06-19"), 1);
}

#[test]
fn the_profile_counts_people_once_and_agrees_with_the_ledgers() {
    let world = story();
    let profile = rows(&world, "L01", STREET, "2026-09-30", "2026-12-31");
    assert_eq!(profile.len(), 2, "both communities of the street, and not the street");
    for (column, expected) in [("households", "1"), ("people", "2"), ("employed", "1"), ("out_of_work", "1")]
    {
        assert_eq!(value(&profile[0], column), expected, "{column}");
        assert_eq!(value(&profile[1], column), "0", "{column}");
    }
}

#[test]
fn a_shadow_stands_in_no_ledger_of_people() {
    let mut world = World::new();
    let person = world.unemployed(COMMUNITY);
    let now = "2026-10-31";
    assert_eq!(count(&world, "L05", now, now), 1);
    let told = world.next_doc();
    world.add(
        "determination",
        &[
            ("unit", COMMUNITY.into()),
            ("doc", told.as_str().into()),
            ("id_no", person.id_no.as_str().into()),
            ("counted_unit", SECOND.into()),
            ("day", "2026-08-01".into()),
            ("stage", "street".into()),
        ],
    );
    assert_eq!(count(&world, "L05", now, now), 0);
    assert_eq!(count(&world, "L05", now, "2026-07-31"), 1, "before it was determined");
    let cards = rows(&world, "L02", COMMUNITY, now, now);
    assert_eq!((cards.len(), value(&cards[0], "name")), (1, ""), "the card is there, without the shadow");
}

#[test]
fn a_zero_employment_family_is_listed_until_somebody_works() {
    let mut world = World::new();
    let person = world.person(COMMUNITY);
    world.episode(&person, "status", "2", "2026-03-01", "2026-04-30");
    world.placement(&person, "2026-05-01", "", "contract");
    let families = |as_of| rows(&world, "L09", COMMUNITY, as_of, "2026-10-31");
    let (open, cleared) = (families("2026-04-15"), families("2026-10-31"));
    assert_eq!((open.len(), cleared.len()), (1, 1));
    let day = |text| date(text).to_string();
    assert_eq!(value(&open[0], "kind"), "zero");
    assert_eq!(value(&open[0], "onset_n"), day("2026-03-01"));
    assert_eq!(value(&cleared[0], "cleared_n"), day("2026-05-01"));
    assert_eq!(value(&cleared[0], "card_no"), person.card);
}

#[test]
fn a_card_without_a_visit_is_due_and_a_visit_puts_it_off() {
    let mut world = World::new();
    let person = world.unemployed(COMMUNITY);
    let due = |world: &World| -> Vec<String> {
        let found = rows(world, "L17", COMMUNITY, "2026-10-31", "2026-10-31");
        found.iter().map(|row| value(row, "due_n").to_owned()).filter(|due| due != "99999999").collect()
    };
    assert_eq!(due(&world), [(date("2025-12-01") + 30).to_string()], "the card was recorded on 1 December");
    world.visit(&person, "2026-10-10");
    assert_eq!(due(&world), [(date("2026-10-10") + 30).to_string()]);
}

#[test]
fn nobody_is_listed_before_being_born() {
    let mut world = World::new();
    let person = world.with_earner(COMMUNITY);
    let row = [
        ("unit", COMMUNITY.into()),
        ("doc", doc(7).as_str().into()),
        ("birth", "2026-06-15".into()),
        ("name", "小宝".into()),
    ];
    world.add("person", &row);
    let member = [
        ("unit", COMMUNITY.into()),
        ("doc", person.card.as_str().into()),
        ("person", doc(7).as_str().into()),
    ];
    world.add("member", &member);
    let people = |as_of: &str| {
        let found = rows(&world, "L01", COMMUNITY, as_of, "2026-12-31");
        let row = found.iter().find(|row| value(row, "unit") == COMMUNITY).expect("the community has a row");
        value(row, "people").to_owned()
    };
    assert_eq!(people("2026-06-14"), "2");
    assert_eq!(people("2026-06-15"), "3");
}
