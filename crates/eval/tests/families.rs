//! Zero-employment and both-out families by date.

mod support;

use support::*;

/// The family's rows of one part of C12.
fn rows(world: &World, part: &str) -> Vec<(bool, String)> {
    reasons(world, COMMUNITY, "C12", part).into_iter().map(|(_, hit, reason)| (hit, reason)).collect()
}

fn recorded(day: &str) -> [(&'static str, linli_eval::SqlValue); 1] {
    [("recorded_n", date(day).into())]
}

#[test]
fn a_zero_employment_family_has_thirty_days_from_the_later_of_onset_and_recording() {
    // Onset, recorded, placed; whether the family is counted and cleared.
    let cases = [
        ("2026-03-01", "2026-03-01", "2026-03-31", Some(true)),
        ("2026-03-01", "2026-03-01", "2026-04-01", Some(false)),
        ("2026-03-01", "2026-03-11", "2026-04-10", Some(true)),
        ("2026-03-01", "2026-03-11", "", Some(false)),
        ("2026-10-01", "2026-10-01", "", Some(false)),
        ("2026-10-02", "2026-10-02", "", None),
        ("2025-06-01", "2025-06-01", "2025-11-01", None),
        ("2025-06-01", "2025-06-01", "2025-11-02", Some(false)),
    ];
    for (onset, recorded_on, placed, expected) in cases {
        let mut world = World::new();
        let person = world.person(COMMUNITY);
        world.episode_with(&person, "status", "2", onset, "", &recorded(recorded_on));
        if !placed.is_empty() {
            world.placement(&person, placed, "", "contract");
        }
        let found: Vec<bool> = rows(&world, "zero").into_iter().map(|(hit, _)| hit).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{onset} {recorded_on} {placed}");
    }
}

#[test]
fn registering_does_not_start_the_thirty_days_anew() {
    let mut world = World::new();
    let person = world.person(COMMUNITY);
    world.episode_with(&person, "status", "4", "2026-03-01", "2026-03-20", &recorded("2026-03-01"));
    world.episode_with(&person, "status", "2", "2026-03-21", "", &recorded("2026-03-21"));
    world.placement(&person, "2026-04-05", "", "contract");
    assert_eq!(rows(&world, "zero"), [(false, "family_not_cleared".to_owned())]);
}

#[test]
fn a_family_with_an_earner_is_none_and_becomes_one_when_the_work_ends() {
    let mut world = World::new();
    let person = world.person(COMMUNITY);
    let spouse = world.member(COMMUNITY, &person.card, "12");
    world.episode(&person, "status", "2", "2025-12-01", "");
    world.placement(&spouse, "2020-01-01", "2026-05-31", "contract");
    assert_eq!(rows(&world, "zero"), [(false, "family_not_cleared".to_owned())]);
    world.placement(&spouse, "2026-06-20", "", "contract");
    assert_eq!(rows(&world, "zero"), [(true, "family_cleared".to_owned())]);
}

#[test]
fn work_without_evidence_does_not_clear_and_a_lawful_exit_is_not_counted() {
    let mut world = World::new();
    let person = world.person(COMMUNITY);
    world.episode_with(&person, "status", "2", "2026-03-01", "", &recorded("2026-03-01"));
    let mut proofless = world.clone();
    proofless.placement(&person, "2026-03-10", "", "");
    assert_eq!(rows(&proofless, "zero"), [(false, "family_not_cleared".to_owned())]);
    world.episode_with(&person, "status", "5", "2026-03-10", "", &[("evidence", "file 1".into())]);
    assert_eq!(rows(&world, "zero"), []);
}

#[test]
fn a_family_tagged_twice_has_to_be_cleared_twice() {
    let mut world = World::new();
    let person = world.person(COMMUNITY);
    world.episode_with(&person, "status", "2", "2026-01-01", "2026-01-19", &recorded("2026-01-01"));
    world.placement(&person, "2026-01-20", "2026-05-31", "contract");
    assert_eq!(rows(&world, "zero"), [(true, "family_cleared".to_owned())]);
    world.episode_with(&person, "status", "2", "2026-06-01", "", &recorded("2026-06-01"));
    assert_eq!(rows(&world, "zero"), [(false, "family_not_cleared".to_owned())]);
}

#[test]
fn a_member_past_working_age_makes_no_zero_employment_family() {
    let mut world = World::new();
    let person = world.person(COMMUNITY);
    world.remove("person", &person.doc);
    world.add(
        "person",
        &[
            ("unit", COMMUNITY.into()),
            ("doc", person.doc.as_str().into()),
            ("work_from_n", 0.into()),
            ("work_until_n", date("2025-10-31").into()),
        ],
    );
    world.episode(&person, "status", "2", "2025-01-01", "");
    assert_eq!(rows(&world, "zero"), []);
}

#[test]
fn both_spouses_out_on_one_day_asks_for_one_of_them_placed() {
    // The spouse's days out of work; the first is out from 1 December to 28 February.
    let cases = [
        ("2026-02-28", "", 1),
        ("2026-03-01", "", 0),
        ("2025-01-01", "2025-12-01", 1),
        ("2025-01-01", "2025-11-30", 0),
    ];
    for (start, end, families) in cases {
        let mut world = World::new();
        let head = world.person(COMMUNITY);
        let spouse = world.member(COMMUNITY, &head.card, "12");
        world.episode(&head, "status", "3", "2025-12-01", "2026-02-28");
        world.episode(&spouse, "status", "2", start, end);
        assert_eq!(rows(&world, "both_out").len(), families, "{start} {end}");
        if families == 1 {
            assert_eq!(rows(&world, "both_out"), [(false, "no_spouse_placed".to_owned())]);
            world.placement(&spouse, "2026-04-01", "", "licence").visit(&spouse, "2026-10-01");
            assert_eq!(rows(&world, "both_out"), [(true, "spouse_placed".to_owned())]);
        }
    }
}

#[test]
fn a_son_out_of_work_is_no_spouse() {
    let mut world = World::new();
    let head = world.person(COMMUNITY);
    let son = world.member(COMMUNITY, &head.card, "20");
    world.episode(&head, "status", "2", "2025-12-01", "");
    world.episode(&son, "status", "2", "2025-12-01", "");
    assert_eq!(rows(&world, "both_out"), []);
}
