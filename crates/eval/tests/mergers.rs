//! Communities that go on in another, and that are split off, within a period.

mod support;

use std::sync::atomic::{AtomicU32, Ordering};

use linli_eval::Scorecard;
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
