//! The same records give the same bytes, and the explanation is the score.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use linli_eval::{
    Changes, Engine, EvalError, Kept, Outcome, Request, Scorecard, SqlValue, Standard, evaluate, evaluate_on,
    explain,
};
use linli_wire::Digest;
use proptest::prelude::*;
use support::*;

const THIRD: &str = "3211/02/001/003";

/// A street with something of everything.
fn everything() -> World {
    let mut world = World::new();
    world.unit(THIRD, 1);
    for unit in [COMMUNITY, THIRD, SECOND] {
        let placed = world.placed(unit);
        world.certify(&placed, "2026-01-10", "");
        world.unemployed(unit);
        let alone = world.person(unit);
        world.episode(&alone, "status", "4", "2025-12-15", "");
        let stray = world.next_doc();
        world.document(unit, &stray, &format!("stray {stray}"));
        world.finding(unit, ("C02", "boards", "sign"), 1, &[]);
        world.finding(unit, ("C02", "boards", "sign"), 0, &[("stage", "city".into())]);
        world.finding(unit, ("C14", "plans", "s03"), 1, &[]);
        world.disproof(unit, &placed.doc, "C10", &[]);
        world.disproof(unit, &placed.doc, "", &[("stage", "street".into())]);
        world.determine(&alone, unit, "street", "2026-05-01");
    }
    world
}

fn bytes(world: &World) -> BTreeMap<String, Vec<u8>> {
    let cards = evaluate_all(world).scorecards;
    cards.into_iter().map(|card| (card.unit.to_string(), card.encode())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_order_in_which_rows_arrived_changes_no_byte(seed in any::<u64>()) {
        let world = everything();
        let mixed = world.permuted(|index| (index as u64 + 1).wrapping_mul(seed | 1).rotate_left(17));
        prop_assert_eq!(bytes(&mixed), bytes(&world));
    }

    #[test]
    fn an_unrelated_community_changes_no_other_scorecard(people in 1..6_usize, programme in 0..2_i64) {
        let world = everything();
        let mut larger = world.clone();
        larger.unit("3211/02/009", programme);
        let unit = "3211/02/009/001";
        larger.unit(unit, programme);
        for _ in 0..people {
            larger.unemployed(unit);
            let placed = larger.placed(unit);
            larger.disproof(unit, &placed.doc, "", &[]);
        }
        let (before, mut after) = (bytes(&world), bytes(&larger));
        after.retain(|unit, _| !unit.starts_with("3211/02/009"));
        prop_assert_eq!(after, before);
    }

    #[test]
    fn another_community_of_the_street_changes_the_street_alone_and_only_in_the_programme(
        people in 1..6_usize, programme in 0..2_i64
    ) {
        let world = everything();
        let mut larger = world.clone();
        let unit = "3211/02/001/009";
        larger.unit(unit, programme);
        for _ in 0..people {
            let person = larger.unemployed(unit);
            larger.certify(&person, "2026-01-10", "").disproof(unit, &person.doc, "", &[]);
            larger.vacancy(unit, "notices", "2025-11-01", "2026-10-31");
        }
        let (mut before, mut after) = (bytes(&world), bytes(&larger));
        prop_assert_eq!(after.remove(unit).is_some(), programme == 1);
        let street = (before.remove(STREET), after.remove(STREET));
        prop_assert_eq!(street.0 == street.1, programme == 0);
        prop_assert_eq!(after, before);
    }
}

#[test]
fn any_number_of_readers_gives_the_same_bytes() {
    let mut world = everything();
    for street in ["3211/02/002", "3211/02/003"] {
        world.unit(street, 1);
        for unit in [format!("{street}/001"), format!("{street}/002")] {
            world.unit(&unit, 1).placed(&unit);
            world.unemployed(&unit);
        }
    }
    // In no street of the programme.
    world.unit("3211/02/004/001", 1).unemployed("3211/02/004/001");
    let (community, street) = (Standard::community(), Standard::street());
    let request = Request::new(path("3211"), AS_OF, vec![&community, &street]);
    let alone = evaluate_all(&world);
    assert_eq!(alone.scorecards.len(), 10);
    for readers in [1, 2, 5] {
        let mut engines: Vec<Sqlite> = (0..readers).map(|_| Sqlite::of(&world)).collect();
        let again = evaluate_on(&mut engines, &request, &Kept::new(), &Changes::default());
        assert_eq!(again.expect("it evaluates").evaluation, alone, "{readers}");
    }
    let error = evaluate_on::<Sqlite>(&mut [], &request, &Kept::new(), &Changes::default())
        .expect_err("nobody reads");
    assert!(matches!(error, EvalError::NoEngine));
}

#[test]
fn a_hub_gets_the_same_bytes_from_its_subtree_as_the_city_from_everything() {
    let world = everything();
    let all = bytes(&world);
    let (community, street) = (Standard::community(), Standard::street());
    for root in ["3211/02", STREET, COMMUNITY] {
        let request = Request::new(path(root), AS_OF, vec![&street, &community]);
        let cards = evaluate(&mut Sqlite::of(&world), &request).expect("the subtree evaluates").scorecards;
        assert!(!cards.is_empty(), "{root}");
        for card in cards {
            assert_eq!(card.encode(), all[card.unit.as_str()], "{} from {root}", card.unit);
        }
    }
}

#[test]
fn the_explanation_of_every_item_adds_up_to_its_score() {
    let world = everything();
    for card in evaluate_all(&world).scorecards {
        for item in &card.items {
            let rows = subjects(&world, card.unit.as_str(), &item.id);
            for part in &item.parts {
                let place = format!("{} {} {}", card.unit, item.id, part.id);
                let scored =
                    rows.iter().filter(|row| row.part == part.id && !row.rows.ends_with("_uncertified"));
                let (mut n, mut hits, mut missing) = (0, 0, 0);
                for row in scored {
                    match row.hit {
                        Some(hit) => {
                            n += row.weight;
                            hits += if hit { row.weight } else { 0 };
                        }
                        None => missing += 1,
                    }
                }
                assert_eq!((n as u64, hits as u64, missing), (part.n, part.hits, part.missing), "{place}");
            }
        }
    }
}

#[test]
fn every_reason_given_has_a_text_in_both_languages() {
    let world = everything();
    let standards = [Standard::community(), Standard::street()];
    let mut given = BTreeSet::new();
    for card in evaluate_all(&world).scorecards {
        for item in &card.items {
            given.extend(subjects(&world, card.unit.as_str(), &item.id).into_iter().map(|row| row.reason));
        }
    }
    assert!(given.len() > 12, "the world shows few reasons: {given:?}");
    for reason in given {
        for standard in &standards {
            let text = standard.reason(&reason).unwrap_or_else(|| panic!("{reason} has no text"));
            assert!(!text.zh.is_empty() && !text.en.is_empty(), "{reason}");
        }
    }
}

#[test]
fn a_scorecard_reads_back_and_names_its_cut() {
    let world = everything();
    let community = Standard::community();
    let mut request = Request::new(path(COMMUNITY), AS_OF, vec![&community]);
    request.frontiers.insert(path(COMMUNITY), Digest([7; 32]));
    let cards = evaluate(&mut Sqlite::of(&world), &request).expect("the community evaluates").scorecards;
    assert_eq!(cards.len(), 1);
    assert_eq!(cards[0].frontier, Some(Digest([7; 32])));
    assert_eq!(cards[0].pack, community.hash);
    let named = [&cards[0].start, &cards[0].as_of, &cards[0].close];
    assert_eq!(named, ["2025-11-01", "2026-10-31", "2026-11-13"]);
    assert_eq!(Scorecard::decode(&cards[0].encode()).as_ref(), Ok(&cards[0]));
}

#[test]
fn an_evaluation_leaves_no_temporary_table_and_can_be_repeated() {
    let world = everything();
    let mut engine = Sqlite::of(&world);
    let (community, street) = (Standard::community(), Standard::street());
    let request = Request::new(path("3211"), AS_OF, vec![&community, &street]);
    let first = evaluate(&mut engine, &request).expect("the world evaluates");
    explain(&mut engine, &request, &path(STREET), "S10").expect("the item explains");
    let left = engine.query("SELECT name AS name FROM sqlite_temp_master").expect("SQLite has the table");
    assert_eq!(left, Vec::<Vec<SqlValue>>::new());
    assert_eq!(evaluate(&mut engine, &request).expect("it evaluates again"), first);
}

#[test]
fn a_later_close_is_named_and_lets_later_records_in() {
    let mut world = World::new();
    world.add(
        "person",
        &[
            ("unit", COMMUNITY.into()),
            ("doc", doc(9).as_str().into()),
            ("recorded_n", date("2026-11-23").into()),
        ],
    );
    assert_eq!(card(&world, COMMUNITY).outcome, Outcome::NoRecords);
    let community = Standard::community();
    let mut request = Request::new(path(COMMUNITY), AS_OF, vec![&community]);
    request.close = Some("2026-11-23");
    let card = evaluate(&mut Sqlite::of(&world), &request).expect("it evaluates").scorecards.remove(0);
    assert_eq!(card.close, "2026-11-23");
    assert_ne!(card.outcome, Outcome::NoRecords);
}

#[test]
fn what_cannot_be_evaluated_says_why_and_what_to_do() {
    let world = everything();
    let community = Standard::community();
    let refused = |root: &str, as_of: &str, item: Option<&str>| -> String {
        let request = Request::new(path(root), as_of, vec![&community]);
        let mut engine = Sqlite::of(&world);
        let error: EvalError<rusqlite::Error> = match item {
            Some(item) => explain(&mut engine, &request, &path(root), item).expect_err("it is refused"),
            None => evaluate(&mut engine, &request).expect_err("it is refused"),
        };
        error.to_string()
    };
    assert!(refused("3299", AS_OF, None).contains("import the units first"));
    assert!(refused("3211", "31.10.2026", None).contains("write it like 2026-10-31"));
    assert!(refused(COMMUNITY, AS_OF, Some("C99")).contains("run from C01 to C20"));
    assert!(refused(SECOND, AS_OF, Some("C10")).contains("not in the programme"));
}
