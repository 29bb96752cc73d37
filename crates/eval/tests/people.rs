//! Who is counted, where, and what makes a placement count: each rule at its edge.

mod support;

use linli_eval::SqlValue;
use support::*;

/// Whether the one person of a world is in D1, and the reason.
fn d1(world: &World) -> Option<String> {
    part(world, "C10")
}

fn d3(world: &World) -> Option<String> {
    part(world, "C13")
}

fn part(world: &World, item: &str) -> Option<String> {
    let rows = reasons(world, COMMUNITY, item, "placed");
    assert!(rows.len() <= 1, "one person gives one row: {rows:?}");
    rows.into_iter().next().map(|(_, _, reason)| reason)
}

#[test]
fn a_placement_counts_from_its_first_to_its_last_day_with_evidence_and_a_visit() {
    let cases = [
        ("2026-03-01", "", "contract", "2026-09-15", "placed_verified"),
        ("2026-03-01", "", "flexible", "2026-09-15", "placed_verified"),
        ("2026-03-01", "", "", "2026-09-15", "no_evidence"),
        ("2026-03-01", "", "a promise", "2026-09-15", "no_evidence"),
        ("2026-10-31", "", "contract", "2026-10-31", "placed_verified"),
        ("2026-11-01", "", "contract", "2026-10-31", "not_placed"),
        ("2026-03-01", "2026-10-31", "contract", "2026-09-15", "placed_verified"),
        ("2026-03-01", "2026-10-30", "contract", "2026-09-15", "placement_ended"),
        // T − 90 is 2 August.
        ("2026-03-01", "", "contract", "2026-08-02", "placed_verified"),
        ("2026-03-01", "", "contract", "2026-08-01", "no_return_visit"),
        ("2026-09-15", "", "contract", "2026-09-15", "placed_verified"),
        ("2026-09-16", "", "contract", "2026-09-15", "no_return_visit"),
        ("2026-03-01", "", "contract", "2026-11-01", "no_return_visit"),
    ];
    for (start, end, evidence, visit, expected) in cases {
        let mut world = World::new();
        let person = world.unemployed(COMMUNITY);
        world.placement(&person, start, end, evidence).visit(&person, visit);
        assert_eq!(d1(&world).as_deref(), Some(expected), "{start} {end} {evidence} {visit}");
    }
}

#[test]
fn the_best_placement_tells_and_another_persons_visit_does_not() {
    let mut world = World::new();
    let person = world.unemployed(COMMUNITY);
    let other = world.with_earner(COMMUNITY);
    world.placement(&person, "2026-01-01", "2026-02-01", "contract");
    world.placement(&person, "2026-03-01", "", "contract").visit(&other, "2026-09-15");
    assert_eq!(d1(&world).as_deref(), Some("no_return_visit"));
    world.visit(&person, "2026-09-15");
    assert_eq!(d1(&world).as_deref(), Some("placed_verified"));
}

#[test]
fn what_is_recorded_after_the_close_does_not_count() {
    // The close is 13 November, ten working days after T.
    for (recorded, expected) in [("2026-11-13", "placed_verified"), ("2026-11-14", "not_placed")] {
        let mut world = World::new();
        let person = world.unemployed(COMMUNITY);
        world.visit(&person, "2026-09-15").add(
            "placement",
            &[
                ("unit", COMMUNITY.into()),
                ("doc", person.doc.as_str().into()),
                ("start", "2026-03-01".into()),
                ("evidence", "contract".into()),
                ("recorded_n", date(recorded).into()),
            ],
        );
        assert_eq!(d1(&world).as_deref(), Some(expected), "{recorded}");
    }
}

#[test]
fn one_day_out_of_work_in_the_period_is_enough_and_a_day_outside_is_not() {
    let cases = [
        ("2", "2025-06-01", "2025-11-01", true),
        ("3", "2025-06-01", "2025-11-01", true),
        ("2", "2025-06-01", "2025-10-31", false),
        ("2", "2026-10-31", "", true),
        ("2", "2026-11-01", "", false),
        ("1", "2026-01-01", "", false),
    ];
    for (code, start, end, counted) in cases {
        let mut world = World::new();
        let person = world.with_earner(COMMUNITY);
        world.episode(&person, "status", code, start, end);
        assert_eq!(d1(&world).is_some(), counted, "{code} {start} {end}");
        assert_eq!(d3(&world).is_some(), counted, "{code} {start} {end}");
    }
}

#[test]
fn the_unregistered_count_in_d1_from_day_31_after_they_were_recorded() {
    let cases = [
        ("2026-09-30", "", true),
        ("2026-10-01", "", false),
        ("2026-01-01", "2026-02-01", true),
        ("2026-01-01", "2026-01-31", false),
    ];
    for (recorded, end, counted) in cases {
        let mut world = World::new();
        let person = world.with_earner(COMMUNITY);
        let recorded_n = [("recorded_n", date(recorded).into())];
        world.episode_with(&person, "status", "4", "2025-12-01", end, &recorded_n);
        if !end.is_empty() {
            // Work from the day after, or the person would not have ceased to be out of work.
            let start = linli_eval::Date::from_day_number(date(end) + 1).to_string();
            world.episode(&person, "status", "1", &start, "");
        }
        assert_eq!(d1(&world).is_some(), counted, "{recorded} {end}");
        assert!(d3(&world).is_some(), "D3 counts them at once");
    }
}

#[test]
fn only_work_or_a_proved_exit_ends_unregistered_unemployment_before_day_31() {
    type Case = (&'static str, &'static str, &'static str, &'static str, &'static str, bool);
    // Out of work from 1 January, recorded that day, until 20 January; what follows, and whether D1 counts.
    let cases: [Case; 16] = [
        ("", "", "", "", "", true),
        ("status", "8", "", "", "2026-01-21", true),
        ("status", "8", "31", "", "2026-01-21", true),
        ("status", "8", "", "file 1", "2026-01-21", true),
        ("status", "8", "31", "file 1", "2026-01-21", false),
        ("status", "99", "", "", "2026-01-21", true),
        ("status", "99", "22", "", "2026-01-21", true),
        ("status", "99", "98", "file 1", "2026-01-21", true),
        ("status", "99", "26", "file 1", "2026-01-21", false),
        ("status", "5", "", "", "2026-01-21", true),
        ("status", "5", "", "file 1", "2026-01-21", false),
        ("wish", "2", "31", "file 1", "2026-01-10", false),
        ("status", "1", "", "", "2026-01-21", false),
        // The last day without work is day 30, then day 31 after the recording.
        ("status", "1", "", "", "2026-02-01", false),
        ("status", "1", "", "", "2026-02-02", true),
        ("status", "2", "", "", "2026-01-21", true),
    ];
    for (dimension, code, reason, evidence, start, counted) in cases {
        let mut world = World::new();
        let person = world.with_earner(COMMUNITY);
        let recorded_n = [("recorded_n", date("2026-01-01").into())];
        world.episode_with(&person, "status", "4", "2026-01-01", "2026-01-20", &recorded_n);
        if !dimension.is_empty() {
            let more = [("reason", SqlValue::from(reason)), ("evidence", evidence.into())];
            // Over before T, so that it is no exit at the date.
            world.episode_with(&person, dimension, code, start, "2026-09-30", &more);
        }
        let what = format!("{dimension} {code} {reason} {evidence} {start}");
        assert_eq!(d1(&world).is_some(), counted, "{what}");
        assert!(d3(&world).is_some(), "{what}: D3 counts them at once");
    }
}

#[test]
fn another_status_before_the_period_ends_no_unemployment_and_working_age_does() {
    // The last day of the unregistered episode, what follows it, the last day of working age.
    let cases = [
        ("2025-10-20", "8", "2053-04-30", true),
        ("2025-10-20", "1", "2053-04-30", false),
        ("2025-10-20", "8", "2025-10-31", false),
        ("2025-10-20", "8", "2025-11-01", true),
        ("2025-11-20", "8", "2025-10-01", true),
    ];
    for (end, code, working_age_ends, counted) in cases {
        let mut world = World::new();
        let person = world.with_earner(COMMUNITY);
        world.remove("person", &person.doc).add(
            "person",
            &[
                ("unit", COMMUNITY.into()),
                ("doc", person.doc.as_str().into()),
                ("work_until_n", date(working_age_ends).into()),
            ],
        );
        let recorded_n = [("recorded_n", date("2025-03-01").into())];
        world.episode_with(&person, "status", "4", "2025-03-01", end, &recorded_n);
        let next = linli_eval::Date::from_day_number(date(end) + 1).to_string();
        world.episode(&person, "status", code, &next, "");
        assert_eq!(d1(&world).is_some(), counted, "{end} {code} {working_age_ends}");
        assert_eq!(d3(&world).is_some(), counted, "{end} {code} {working_age_ends}");
    }
}

#[test]
fn a_lawful_exit_needs_evidence_and_has_to_hold_at_the_date() {
    type Case = (&'static str, &'static str, &'static str, &'static str, &'static str, bool);
    let cases: [Case; 11] = [
        ("status", "7", "", "file 1", "", true),
        ("status", "7", "", "", "", false),
        ("status", "5", "", "file 1", "", true),
        ("status", "10", "", "file 1", "2026-10-30", false),
        ("status", "10", "", "file 1", "2026-10-31", true),
        ("status", "99", "22", "file 1", "", true),
        ("status", "99", "27", "", "", false),
        ("ability", "3", "", "file 1", "", true),
        ("ability", "2", "", "file 1", "", false),
        ("wish", "2", "31", "file 1", "", true),
        ("wish", "2", "", "file 1", "", false),
    ];
    for (dimension, code, reason, evidence, end, exits) in cases {
        let mut world = World::new();
        let person = world.unemployed(COMMUNITY);
        let more = [("reason", SqlValue::from(reason)), ("evidence", evidence.into())];
        world.episode_with(&person, dimension, code, "2026-06-01", end, &more);
        assert_eq!(d1(&world).is_none(), exits, "{dimension} {code} {reason} {evidence} {end}");
    }
}

#[test]
fn residence_decides_where_nobody_has_determined() {
    let cases = [
        ("1", "2026-10-30", true),
        ("2", "2026-04-30", true),
        ("2", "2026-05-01", false),
        ("3", "2026-10-30", true),
    ];
    for (code, start, counted) in cases {
        let mut world = World::new();
        let person = world.unemployed(COMMUNITY);
        world.episode(&person, "residence", code, start, "");
        assert_eq!(d1(&world).is_some(), counted, "{code} {start}");
    }
}

#[test]
fn a_determination_prevails_over_residence_and_the_highest_stage_over_others() {
    type Determined = (&'static str, &'static str, &'static str);
    let elsewhere = "3211/02/001/009";
    let cases: [(&[Determined], bool); 4] = [
        (&[(elsewhere, "street", "2026-05-01")], false),
        (&[(COMMUNITY, "street", "2026-05-01")], true),
        (&[(COMMUNITY, "city", "2026-01-01"), (elsewhere, "street", "2026-05-01")], true),
        (&[(elsewhere, "street", "2026-05-02"), (COMMUNITY, "street", "2026-05-01")], false),
    ];
    for (determinations, counted) in cases {
        let mut world = World::new();
        let person = world.unemployed(COMMUNITY);
        // By residence alone the person would not be counted yet.
        world.episode(&person, "residence", if counted { "2" } else { "1" }, "2026-10-01", "");
        for (unit, stage, day) in determinations {
            world.determine(&person, unit, stage, day);
        }
        assert_eq!(d1(&world).is_some(), counted, "{determinations:?}");
    }
}

#[test]
fn two_documents_of_one_person_are_one_person() {
    let mut world = World::new();
    let person = world.unemployed(COMMUNITY);
    let twin = Person { doc: world.next_doc(), ..person.clone() };
    world.document(COMMUNITY, &twin.doc, &person.id_no);
    world.episode(&twin, "status", "3", "2026-01-01", "");
    assert_eq!(counts(&card(&world, COMMUNITY), "C10", "placed"), (1, 0));
}

#[test]
fn hardship_certified_or_out_of_a_job_in_the_last_thirty_days_is_shown_and_not_counted() {
    // 2 October is the first of the last thirty days.
    for (certified, weight) in [("2026-10-01", 1), ("2026-10-02", 0)] {
        let mut world = World::new();
        let person = world.unemployed(COMMUNITY);
        world.certify(&person, certified, "");
        let rows = subjects(&world, COMMUNITY, "C11");
        let rows = rows.iter().filter(|row| row.part == "placed");
        assert_eq!(rows.map(|row| row.weight).collect::<Vec<_>>(), [weight], "{certified}");
    }
    // Out of a job for exactly thirty days, or since longer ago.
    for (last_day, weight) in [("2026-09-30", 1), ("2026-10-01", 0), ("2026-10-30", 0)] {
        let mut world = World::new();
        let person = world.unemployed(COMMUNITY);
        world.certify(&person, "2026-01-10", "").placement(&person, "2026-02-01", last_day, "contract");
        let rows = subjects(&world, COMMUNITY, "C11");
        let rows = rows.iter().filter(|row| row.part == "placed");
        assert_eq!(rows.map(|row| row.weight).collect::<Vec<_>>(), [weight], "{last_day}");
    }
}

#[test]
fn a_disproof_turns_a_hit_into_a_miss_of_the_item_it_names() {
    let cases = [("C10", 0, 1), ("", 0, 0), ("C13", 1, 0), ("C11", 1, 1)];
    for (item, c10, c13) in cases {
        let mut world = World::new();
        let person = world.placed(COMMUNITY);
        world.disproof(COMMUNITY, &person.doc, item, &[]);
        let card = card(&world, COMMUNITY);
        assert_eq!(counts(&card, "C10", "placed"), (1, c10), "{item}");
        assert_eq!(counts(&card, "C13", "placed"), (1, c13), "{item}");
    }
}

#[test]
fn an_explanation_names_the_stage_and_the_reason_of_the_disproof_that_tells() {
    let mut world = World::new();
    let person = world.placed(COMMUNITY);
    world.disproof(COMMUNITY, &person.doc, "", &[("stage", "street".into()), ("reason", "first".into())]);
    world.disproof(COMMUNITY, &person.doc, "C10", &[("stage", "city".into()), ("reason", "second".into())]);
    let rows = subjects(&world, COMMUNITY, "C10");
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].hit, rows[0].reason.as_str()), (Some(false), "placed_verified"));
    let disproof = rows[0].disproof.as_ref().expect("the hit was disproved");
    assert_eq!((disproof.stage.as_str(), disproof.reason.as_str()), ("city", "second"));
}

#[test]
fn a_disproof_of_another_period_or_of_a_miss_changes_nothing() {
    let mut world = World::new();
    let person = world.placed(COMMUNITY);
    let waiting = world.unemployed(COMMUNITY);
    let before = card(&world, COMMUNITY);
    world.disproof(COMMUNITY, &person.doc, "", &[("day", "2025-12-31".into())]);
    world.disproof(COMMUNITY, &waiting.doc, "C10", &[]);
    assert_eq!(card(&world, COMMUNITY), before);
}
