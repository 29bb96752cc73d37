//! Communities that go on in another, and that are split off, within a period.

mod support;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
};

use linli_eval::{
    Scorecard,
    ledger::{self, View, ledgers},
};
use linli_wire::Arrangement;
use support::*;

/// Numbers of documents, each smaller than those before and than any that a world gives out itself.
static SMALLER: AtomicU32 = AtomicU32::new(999);

/// Describes a unit anew, with more columns than its path gives: of several documents about one the smallest holds.
fn describe(world: &mut World, unit: &str, given: &[(&str, &str)]) {
    let level = ["city", "district", "street", "community"][unit.matches('/').count()];
    let doc = doc(SMALLER.fetch_sub(1, Ordering::Relaxed));
    let parent = unit.rsplit_once('/').map_or("", |(parent, _)| parent);
    let of_unit = [("unit", unit), ("doc", &doc), ("level", level), ("parent", parent)];
    let mut row: Vec<(&str, linli_eval::SqlValue)> = vec![("programme", 1_i64.into())];
    row.extend(of_unit.iter().chain(given).map(|(name, value)| (*name, (*value).into())));
    world.add("unit", &row);
}

fn find(world: &World, unit: &str) -> Option<Scorecard> {
    evaluate_all(world).scorecard(&path(unit)).cloned()
}

/// Two communities, each with two placed and one not.
fn two() -> World {
    let mut world = World::new();
    describe(&mut world, SECOND, &[]);
    for unit in [COMMUNITY, SECOND] {
        world.placed(unit);
        world.placed(unit);
        world.unemployed(unit);
    }
    world
}

#[test]
fn what_a_merged_community_has_on_record_counts_for_the_one_that_goes_on() {
    let mut world = two();
    let before = card(&world, STREET);
    assert_eq!(counts(&card(&world, COMMUNITY), "C10", "placed"), (3, 2));
    describe(&mut world, SECOND, &[("end", "2026-06-30"), ("successor", COMMUNITY)]);
    assert!(find(&world, SECOND).is_none(), "it is there no more");
    assert_eq!(counts(&card(&world, COMMUNITY), "C10", "placed"), (6, 4));
    assert_eq!(subjects(&world, COMMUNITY, "C10").len(), 6, "an explanation lists the same");
    let after = card(&world, STREET);
    for (item, part) in [("S10", "placed"), ("S13", "placed")] {
        assert_eq!(counts(&after, item, part), counts(&before, item, part), "{item}");
    }
    // What the office owes is the successor's alone; of the other only the days until its end.
    let owed = |item: &str, part: &str| counts(&card(&world, COMMUNITY), item, part).0;
    let alone = counts(&card(&two(), COMMUNITY), "C03", "months").0;
    assert_eq!(owed("C03", "months"), alone);
    assert!(counts(&after, "S04", "exchange").0 < counts(&before, "S04", "exchange").0);
}

#[test]
fn a_merger_has_its_day_and_can_be_taken_back() {
    let mut world = two();
    describe(&mut world, SECOND, &[("end", "2026-11-30"), ("successor", COMMUNITY)]);
    assert_eq!(counts(&card(&world, SECOND), "C10", "placed"), (3, 2), "on T it is still there");
    describe(&mut world, SECOND, &[("end", "2026-06-30")]);
    assert!(find(&world, SECOND).is_none());
    assert_eq!(counts(&card(&world, COMMUNITY), "C10", "placed"), (3, 2), "it goes on nowhere");
    describe(&mut world, SECOND, &[]);
    assert_eq!(counts(&card(&world, SECOND), "C10", "placed"), (3, 2));
}

#[test]
fn mergers_in_a_row_end_at_the_last_and_in_a_circle_nowhere() {
    let third = "3211/02/001/003";
    let mut world = two();
    world.unit(third, 1);
    world.placed(third);
    describe(&mut world, SECOND, &[("end", "2026-03-31"), ("successor", third)]);
    describe(&mut world, third, &[("end", "2026-06-30"), ("successor", COMMUNITY)]);
    assert_eq!(counts(&card(&world, COMMUNITY), "C10", "placed"), (7, 5));
    describe(&mut world, third, &[("end", "2026-06-30"), ("successor", SECOND)]);
    assert_eq!(counts(&card(&world, COMMUNITY), "C10", "placed"), (3, 2));
    let elsewhere = "3211/02/002/001";
    world.unit("3211/02/002", 1).unit(elsewhere, 1);
    describe(&mut world, SECOND, &[("end", "2026-03-31"), ("successor", elsewhere)]);
    assert_eq!(
        counts(&card(&world, elsewhere), "C10", "placed"),
        (0, 0),
        "another street does not hold its records"
    );
}

#[test]
fn a_community_owes_nothing_for_the_days_before_its_first() {
    let mut world = World::new();
    world.placed(COMMUNITY);
    let months = |world: &World, item: &str, part: &str| counts(&card(world, COMMUNITY), item, part).0;
    let whole = (months(&world, "C03", "months"), months(&world, "C04", "exchange"));
    assert_eq!(whole.0, 12);
    describe(&mut world, COMMUNITY, &[("start", "2026-08-15"), ("predecessor", SECOND)]);
    assert_eq!(months(&world, "C03", "months"), 2, "September and October");
    assert!(months(&world, "C04", "exchange") * 3 < whole.1);
    let quarters = |world: &World| counts(&card(world, STREET), "S08", "supervision").0;
    assert_eq!(quarters(&world), 0, "it was there in no whole quarter but the last began before it");
    describe(&mut world, COMMUNITY, &[]);
    assert_eq!(quarters(&world), 4);
}

/// The documents in the rows of a ledger of a unit at T.
fn listed(world: &World, id: &str, unit: &str) -> BTreeSet<String> {
    let ledger = ledgers().iter().find(|ledger| ledger.id == id).expect("there is the ledger");
    let (unit, arrangement) = (path(unit), Arrangement::default());
    let view = View { unit: &unit, arrangement: &arrangement, as_of: AS_OF, known: AS_OF };
    let rows = ledger::rows(&mut Sqlite::of(world), ledger, &view).expect("the ledger reads");
    let doc = ledger.column("doc").expect("a ledger of people or cards names documents");
    rows.iter().map(|row| format!("{:?}", row[doc])).collect()
}

#[test]
fn ledgers_of_the_one_that_goes_on_have_the_rows_of_the_other() {
    let mut world = two();
    let of = |world: &World, id: &str| (listed(world, id, COMMUNITY).len(), listed(world, id, SECOND).len());
    assert_eq!((of(&world, "L02"), of(&world, "L05")), ((3, 3), (1, 1)));
    describe(&mut world, SECOND, &[("end", "2026-06-30"), ("successor", COMMUNITY)]);
    assert_eq!((of(&world, "L02"), of(&world, "L05")), ((6, 3), (2, 1)));
    describe(&mut world, SECOND, &[("end", "2026-10-31"), ("successor", COMMUNITY)]);
    assert_eq!(of(&world, "L02"), (3, 3), "at T it is still there");
}

#[test]
fn a_return_takes_in_the_other_from_the_day_after_its_last() {
    let third = "3211/02/001/003";
    let mut world = two();
    describe(&mut world, SECOND, &[("end", "2026-06-30"), ("successor", COMMUNITY)]);
    world.filed(COMMUNITY, "monthly", "2026-05", "2026-06-03", [3, 6, 1, 2, 0]);
    world.filed(COMMUNITY, "monthly", "2026-06", "2026-07-03", [3, 6, 1, 2, 0]);
    world.filed(COMMUNITY, "monthly", "2026-07", "2026-08-03", [6, 12, 2, 4, 0]);
    world.filed(SECOND, "monthly", "2026-05", "2026-06-03", [3, 6, 1, 2, 0]);
    assert_eq!(counts(&card(&world, COMMUNITY), "C07", "e"), (4, 4));
    let street = [6, 12, 2, 4, 0];
    for (month, day) in [("2026-05", "2026-06-03"), ("2026-07", "2026-08-03")] {
        world.filed(STREET, "monthly", month, day, street);
    }
    assert_eq!(counts(&card(&world, STREET), "S07", "e"), (6, 6), "a street's is the same before and after");
    // Two mergers in a row: what the first went on in counts until the second.
    world.unit(third, 1);
    describe(&mut world, SECOND, &[("end", "2026-03-31"), ("successor", third)]);
    describe(&mut world, third, &[("end", "2026-06-30"), ("successor", COMMUNITY)]);
    assert_eq!(counts(&card(&world, COMMUNITY), "C07", "e"), (4, 4));
}
