//! H3, dynamic management: each test on its own, at its edge.

mod support;

use linli_eval::{Outcome, SqlValue, VetoState};
use support::*;

/// How many of a part's subjects miss, and whether the part passes.
fn h3(world: &World, part: &str) -> (u64, Option<bool>) {
    let card = card(world, COMMUNITY);
    let item = card.item("C07").expect("the standard has H3");
    let part = item.parts.iter().find(|p| p.id == part).expect("H3 has the part");
    (part.n - part.hits, part.passes)
}

#[test]
fn one_miss_is_allowed_and_two_of_a_few_are_not() {
    let mut world = World::new();
    for _ in 0..10 {
        world.person(COMMUNITY);
    }
    let off_card = |world: &mut World| {
        let stray = world.next_doc();
        world.document(COMMUNITY, &stray, &format!("stray {stray}"));
    };
    off_card(&mut world);
    assert_eq!(h3(&world, "a"), (1, Some(true)));
    off_card(&mut world);
    assert_eq!(h3(&world, "a"), (2, Some(false)));
    let card = card(&world, COMMUNITY);
    assert_eq!(card.vetoes[2].state, VetoState::Fails);
    assert_eq!(card.item("C07").map(|item| item.points.shown()), Some("0.00".to_owned()));
    assert_eq!(card.outcome, Outcome::DoesNotMeet);
}

#[test]
fn a_person_on_two_valid_cards_misses_and_on_a_closed_one_does_not_stand() {
    for (state, cards) in [("1", "on_several_cards"), ("3", "on_one_card")] {
        let mut world = World::new();
        let person = world.person(COMMUNITY);
        let second = world.next_doc();
        world.add(
            "household",
            &[("unit", COMMUNITY.into()), ("doc", second.as_str().into()), ("state", state.into())],
        );
        world.add(
            "member",
            &[
                ("unit", COMMUNITY.into()),
                ("doc", second.as_str().into()),
                ("person", person.doc.as_str().into()),
            ],
        );
        assert_eq!(reasons(&world, COMMUNITY, "C07", "a")[0].2, cards);
    }
}

/// A person whose card and document were last verified on a day.
fn verified(world: &mut World, day: &str) -> Person {
    let person = world.person(COMMUNITY);
    world.remove("person", &person.doc).remove("household", &person.card);
    world.remove("card_verification", &person.card);
    let unit = ("unit", SqlValue::from(COMMUNITY));
    world.add(
        "person",
        &[
            unit.clone(),
            ("doc", person.doc.as_str().into()),
            ("verified", day.into()),
            ("work_until_n", 99_999.into()),
        ],
    );
    world.add(
        "household",
        &[
            unit,
            ("doc", person.card.as_str().into()),
            ("kind", "1".into()),
            ("state", "1".into()),
            ("verified", day.into()),
        ],
    );
    person
}

fn verification(world: &World, part: &str) -> String {
    reasons(world, COMMUNITY, "C07", part)[0].2.clone()
}

#[test]
fn whoever_needs_most_is_verified_most_often() {
    // T − 30 is 1 October, T − 90 is 2 August, T − 365 is 31 October 2025.
    let cases = [
        ("unemployed", "2026-10-01", true),
        ("unemployed", "2026-09-30", false),
        ("hardship", "2026-10-01", true),
        ("hardship", "2026-09-30", false),
        ("placed lately", "2026-08-02", true),
        ("placed lately", "2026-08-01", false),
        ("placed long ago", "2025-10-31", true),
        ("other", "2025-10-31", true),
        ("other", "2025-10-30", false),
        ("other", "", false),
    ];
    for (kind, day, recent) in cases {
        let mut world = World::new();
        let person = verified(&mut world, day);
        match kind {
            "unemployed" => world.episode(&person, "status", "2", "2026-01-01", ""),
            "hardship" => world.certify(&person, "2026-01-01", ""),
            "placed lately" => world.placement(&person, "2026-05-01", "", "contract"),
            "placed long ago" => world.placement(&person, "2026-04-30", "", "contract"),
            _ => &mut world,
        };
        assert_eq!(verification(&world, "b0") == "verified_recently", recent, "{kind} {day}");
    }
}

#[test]
fn a_visit_to_the_household_verifies_its_members() {
    let mut world = World::new();
    let person = verified(&mut world, "");
    world.episode(&person, "status", "2", "2026-01-01", "");
    assert_eq!(verification(&world, "b0"), "never_verified");
    world.visit(&person, "2026-08-20");
    let of = |part| verification(&world, part);
    // T, 30 September, 31 August, 31 July.
    assert_eq!(
        [of("b0"), of("b1"), of("b2"), of("b3")],
        ["verified_too_long_ago", "verified_too_long_ago", "verified_recently", "never_verified",]
    );
}

#[test]
fn a_month_end_is_judged_by_what_was_verified_until_then() {
    // The last date of verification, an earlier one that was kept, a visit; what holds at T, 30 September, 31 August, 31 July.
    let (recent, old, never) = ("verified_recently", "verified_too_long_ago", "never_verified");
    let cases = [
        (["2026-10-31", "", ""], [recent, never, never, never]),
        (["2026-11-01", "", ""], [never, never, never, never]),
        (["2026-10-31", "2026-09-20", ""], [recent, recent, never, never]),
        (["2026-10-31", "2026-08-31", ""], [recent, recent, recent, never]),
        (["2026-10-31", "2026-08-30", ""], [recent, old, recent, never]),
        (["2026-11-05", "2026-11-02", "2026-10-31"], [recent, never, never, never]),
        (["2026-11-05", "", "2026-09-20"], [old, recent, never, never]),
        (["2026-11-05", "", "2026-07-10"], [old, old, old, recent]),
        (["", "", "2026-11-05"], [never, never, never, never]),
        (["2026-09-30", "2026-07-31", "2026-11-05"], [old, recent, old, recent]),
    ];
    for ([day, earlier, visit], expected) in cases {
        for table in ["person_verification", "card_verification"] {
            let mut world = World::new();
            let person = verified(&mut world, day);
            world.episode(&person, "status", "2", "2026-01-01", "");
            if !visit.is_empty() {
                world.visit(&person, visit);
            }
            if !earlier.is_empty() {
                let doc = if table == "person_verification" { &person.doc } else { &person.card };
                let given = [("unit", COMMUNITY), ("doc", doc), ("verification", earlier), ("day", earlier)];
                world.add(table, &given.map(|(name, value)| (name, value.into())));
            }
            let found = ["b0", "b1", "b2", "b3"].map(|part| verification(&world, part));
            assert_eq!(found, expected, "{table}: verified {day}, before that {earlier}, visited {visit}");
            let scored = ["b0", "b1", "b2", "b3"].map(|part| h3(&world, part).0 == 0);
            assert_eq!(scored, found.map(|reason| reason == recent), "verified {day}, visited {visit}");
        }
    }
}

#[test]
fn a_person_counted_elsewhere_is_a_fault_until_the_document_says_so() {
    let faults = |determined: &str, counted_by: &str| {
        let mut world = World::new();
        let person = world.person(COMMUNITY);
        world.determine(&person, SECOND, "street", determined);
        if !counted_by.is_empty() {
            world.shadow(&person, counted_by);
        }
        reasons(&world, COMMUNITY, "C07", "d").into_iter().map(|(_, _, reason)| reason).collect::<Vec<_>>()
    };
    // T − 15 is 16 October.
    assert_eq!(faults("2026-10-15", ""), ["not_shadowed"]);
    assert_eq!(faults("2026-10-16", ""), [""; 0], "fifteen days are not over");
    assert_eq!(faults("2026-10-15", SECOND), [""; 0]);
    assert_eq!(faults("2026-10-15", STREET), ["not_shadowed"], "another unit than the one that counts");
}

#[test]
fn cards_verified_after_t_alone_fail_the_third_hard_indicator() {
    let mut world = World::new();
    for _ in 0..2 {
        verified(&mut world, "2026-11-05");
    }
    let card = card(&world, COMMUNITY);
    assert_eq!(card.vetoes[2].state, VetoState::Fails);
    assert!(card.vetoes[2].parts.contains(&"b0".to_owned()), "{:?}", card.vetoes[2].parts);
}

#[test]
fn events_are_recorded_within_fifteen_days() {
    let cases = [
        ("event", "2026-03-01", "2026-03-16", (0, 1)),
        ("event", "2026-03-01", "2026-03-17", (1, 1)),
        ("import", "2026-03-01", "2026-03-17", (0, 0)),
        ("correction", "2026-03-01", "2026-03-17", (0, 0)),
        // Before the card was opened on 10 November 2025, or on that day.
        ("event", "2025-11-10", "2026-03-17", (0, 0)),
        ("event", "2025-11-11", "2026-03-17", (1, 1)),
    ];
    for (origin, start, recorded, (misses, events)) in cases {
        let mut world = World::new();
        let person = world.person(COMMUNITY);
        world.add(
            "placement",
            &[
                ("unit", COMMUNITY.into()),
                ("doc", person.doc.as_str().into()),
                ("placement", "p".into()),
                ("start", start.into()),
                ("origin", origin.into()),
                ("recorded_n", date(recorded).into()),
            ],
        );
        let card = card(&world, COMMUNITY);
        assert_eq!(counts(&card, "C07", "c"), (events, events - misses), "{origin} {start} {recorded}");
    }
}

#[test]
fn more_than_a_fifth_of_thirty_events_in_the_last_fifteen_days_fails() {
    // 17 October is the first of the last fifteen days.
    let world = |calm: u32, rushed: u32| {
        let mut world = World::new();
        let person = world.person(COMMUNITY);
        for n in 0..calm + rushed {
            let recorded = if n < calm { "2026-10-16" } else { "2026-10-17" };
            let more = [
                ("recorded_n", SqlValue::Int(date(recorded))),
                ("start_n", SqlValue::Int(date("2026-10-10"))),
            ];
            let key = format!("event {n}");
            let mut row = vec![
                ("unit", COMMUNITY.into()),
                ("doc", person.doc.as_str().into()),
                ("placement", key.as_str().into()),
                ("origin", "event".into()),
            ];
            row.extend(more);
            world.add("placement", &row);
        }
        world
    };
    assert_eq!(h3(&world(24, 6), "f"), (6, Some(true)));
    assert_eq!(h3(&world(23, 7), "f"), (7, Some(false)));
    assert_eq!(h3(&world(0, 29), "f"), (29, Some(true)), "too few events to tell");
}

#[test]
fn faults_may_stay_open_for_fifteen_days() {
    // T − 15 is 16 October.
    for (since, misses) in [("2026-10-16", 0), ("2026-10-15", 1)] {
        let mut world = World::new();
        let conflicting = world.person(COMMUNITY);
        world.add(
            "conflict",
            &[
                ("unit", COMMUNITY.into()),
                ("doc", conflicting.doc.as_str().into()),
                ("vals", 2.into()),
                ("since_n", date(since).into()),
            ],
        );
        assert_eq!(h3(&world, "d"), (misses, Some(misses == 0)), "conflict since {since}");

        let mut world = World::new();
        world.add(
            "person",
            &[
                ("unit", COMMUNITY.into()),
                ("doc", doc(5).as_str().into()),
                ("id_no", "110105194912310021".into()),
                ("recorded_n", date(since).into()),
            ],
        );
        assert_eq!(h3(&world, "d").0, misses, "ID number since {since}");

        let mut world = World::new();
        let person = world.person(COMMUNITY);
        world.add(
            "person",
            &[
                ("unit", COMMUNITY.into()),
                ("doc", doc(5).as_str().into()),
                ("id_no", person.id_no.as_str().into()),
                ("id_valid", 1.into()),
                ("recorded_n", date(since).into()),
            ],
        );
        assert_eq!(h3(&world, "d").0, misses, "duplicate since {since}");
    }
}

#[test]
fn a_conflict_on_a_card_is_a_fault_of_the_card() {
    let mut world = World::new();
    let person = world.person(COMMUNITY);
    let unit = ("unit", SqlValue::from(COMMUNITY));
    let card = ("doc", SqlValue::from(person.card.as_str()));
    world.add("conflict", &[unit, card, ("vals", 2.into()), ("since_n", date("2026-09-01").into())]);
    let found = reasons(&world, COMMUNITY, "C07", "d");
    assert!(found.contains(&(person.card, false, "conflict_unsettled".to_owned())), "{found:?}");
}
