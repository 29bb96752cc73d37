//! The items that are measured from what a unit keeps about its own work: full, at the threshold, one short,
//! none, and nobody to count.

mod support;

use linli_eval::{Scorecard, State};
use support::*;

/// A community with one person who was never out of work.
fn quiet() -> World {
    let mut world = World::new();
    world.with_earner(COMMUNITY);
    world
}

fn points(card: &Scorecard, item: &str) -> String {
    card.item(item).expect("the standard has the item").points.shown()
}

fn part(card: &Scorecard, item: &str, part: &str) -> (u64, u64) {
    counts(card, item, part)
}

fn reasons_of(world: &World, item: &str, part: &str) -> Vec<String> {
    reasons(world, COMMUNITY, item, part).into_iter().map(|(_, _, reason)| reason).collect()
}

#[test]
fn a_post_may_be_empty_for_ten_working_days_and_not_for_eleven() {
    // From Monday 2 March 2026 on: ten working days end on Friday 13 March.
    for (back, reason) in [("2026-03-16", "post_held"), ("2026-03-17", "post_empty")] {
        let mut world = quiet();
        world.staff(COMMUNITY, "2024-01-01", "2026-03-01", "2027-01-01");
        world.staff(COMMUNITY, back, "", "2027-01-01");
        let subjects = reasons(&world, COMMUNITY, "C01", "staff");
        assert!(
            subjects.contains(&("post".to_owned(), reason == "post_held", reason.to_owned())),
            "{subjects:?}"
        );
    }
}

#[test]
fn every_worker_in_post_needs_a_certificate_that_is_valid_at_the_date() {
    for (until, reason) in
        [(AS_OF, "all_certified"), ("2026-10-30", "some_uncertified"), ("", "some_uncertified")]
    {
        let mut world = quiet();
        world.posts(COMMUNITY).staff(COMMUNITY, "2025-01-01", "", until);
        let subjects = reasons(&world, COMMUNITY, "C01", "staff");
        assert!(subjects.iter().any(|(_, _, found)| found == reason), "{until}: {subjects:?}");
    }
    assert_eq!(reasons_of(&quiet(), "C01", "staff"), ["nobody_in_post", "post_empty"]);
}

#[test]
fn boards_count_months_with_a_policy_and_four_vacancies_open_at_once() {
    let mut world = quiet();
    for month in 1..=9 {
        world.posting(COMMUNITY, "policy", &format!("2026-{month:02}-20"));
    }
    for _ in 0..3 {
        world.vacancy(COMMUNITY, "records", "2025-11-01", "2026-10-31");
    }
    assert_eq!(part(&card(&world, COMMUNITY), "C03", "months"), (12, 0), "three vacancies are too few");
    // The fourth is the city's, in its notices; the street's own records say nothing for a community.
    let mut own = world.clone();
    own.vacancy(STREET, "records", "2025-11-01", "2026-10-31");
    assert_eq!(part(&card(&own, COMMUNITY), "C03", "months"), (12, 0));
    world.vacancy("3211", "notices", "2025-11-01", "2026-10-31");
    let nine = card(&world, COMMUNITY);
    // Nine of twelve months are 75%, where linear(0.75, 1) still gives nothing; ten give a third of two points.
    assert_eq!((part(&nine, "C03", "months"), points(&nine, "C03").as_str()), ((12, 9), "0.00"));
    world.posting(COMMUNITY, "policy", "2026-10-31");
    assert_eq!(points(&card(&world, COMMUNITY), "C03"), "0.66");
}

#[test]
fn exchanges_count_working_days_and_a_bundle_covers_five() {
    let world = quiet();
    let days = part(&card(&world, COMMUNITY), "C04", "exchange").0;
    assert!((240..=255).contains(&days), "{days} working days in the period");
    let exchanged = |means: &str, day: &str| {
        let mut world = quiet();
        world.exchange(COMMUNITY, day, means);
        part(&card(&world, COMMUNITY), "C04", "exchange").1
    };
    assert_eq!(exchanged("link", "2026-03-04"), 1);
    assert_eq!(exchanged("link", "2026-03-07"), 0, "a Saturday");
    assert_eq!(exchanged("bundle", "2026-03-04"), 5);
    let mut down = quiet();
    down.outage(COMMUNITY, "2026-03-02", "2026-03-06");
    assert_eq!(part(&card(&down, COMMUNITY), "C04", "exchange"), (days - 5, 0), "outages are not counted");
}

#[test]
fn a_ledger_needs_a_row_or_a_signed_nil_and_agrees_with_the_others() {
    let mut world = quiet();
    assert_eq!(part(&card(&world, COMMUNITY), "C06", "ledgers"), (16, 3), "L02, L03 and L04");
    world.nils(COMMUNITY);
    assert_eq!(part(&card(&world, COMMUNITY), "C06", "ledgers"), (16, 16));
    // An open placement of somebody who is not employed, and a status without a registration.
    let person = world.person(COMMUNITY);
    world.episode(&person, "status", "2", "2026-01-10", "").placement(&person, "2026-06-01", "", "contract");
    let wrong: Vec<String> = reasons(&world, COMMUNITY, "C06", "ledgers")
        .into_iter()
        .filter(|(_, _, reason)| reason == "ledger_disagrees")
        .map(|(ledger, _, _)| ledger)
        .collect();
    assert_eq!(wrong, ["L06", "L07"]);
}

#[test]
fn a_sample_counts_fields_and_waits_for_thirty_people_or_all() {
    let state = |people, agreed| {
        let mut world = World::new();
        for _ in 0..40 {
            world.person(COMMUNITY);
        }
        world.sampled(COMMUNITY, "C06", people, agreed);
        let card = card(&world, COMMUNITY);
        let item = card.item("C06").expect("the standard has the item");
        let sample = item.parts.iter().find(|part| part.id == "sample").expect("the item has the part");
        (sample.state, sample.n, sample.hits)
    };
    assert_eq!(state(29, 5).0, State::Pending);
    assert_eq!(state(30, 5), (State::Scored, 150, 150));
    assert_eq!(state(30, 4), (State::Scored, 150, 120));
    let mut small = quiet();
    small.sampled(COMMUNITY, "C06", 2, 5);
    assert_eq!(part(&card(&small, COMMUNITY), "C06", "sample"), (10, 10), "all two people of the community");
}

#[test]
fn a_registered_person_is_due_a_visit_every_thirty_days_and_one_visit_closes_all_of_the_household() {
    let mut world = World::new();
    let first = world.unemployed(COMMUNITY);
    let second = world.member(COMMUNITY, &first.card, "21");
    world.episode(&second, "status", "2", "2025-11-15", "");
    // From 15 November to T there are eleven times thirty days, for each of the two.
    assert_eq!(part(&card(&world, COMMUNITY), "C08", "visits"), (22, 0));
    world.visit(&first, "2025-12-14");
    assert_eq!(part(&card(&world, COMMUNITY), "C08", "visits"), (22, 2));
    world.visit(&first, "2025-12-15");
    assert_eq!(part(&card(&world, COMMUNITY), "C08", "visits"), (22, 4), "the next thirty days");
}

#[test]
fn a_placement_is_due_visits_in_months_one_three_and_six_and_before_the_date() {
    let mut world = World::new();
    let person = world.with_earner(COMMUNITY);
    world.placement(&person, "2026-01-01", "", "contract");
    assert_eq!(part(&card(&world, COMMUNITY), "C08", "visits"), (4, 0));
    // Day 30, 91 and 183, fifteen days to either side: 31 January, 2 April, 3 July.
    for (day, made) in
        [("2026-01-15", 0), ("2026-01-16", 1), ("2026-04-17", 2), ("2026-06-18", 3), ("2026-08-02", 4)]
    {
        world.visit(&person, day);
        assert_eq!(part(&card(&world, COMMUNITY), "C08", "visits"), (4, made), "{day}");
    }
}

#[test]
fn a_return_is_right_as_known_when_it_was_filed_and_may_be_corrected() {
    let mut world = World::new();
    world.unemployed(COMMUNITY);
    let cells = world.recounted(COMMUNITY, date("2026-02-28"));
    assert_eq!(cells, [1, 2, 1, 0, 0]);
    let filed = |day: &str, cells| {
        let mut world = world.clone();
        world.filed(COMMUNITY, "monthly", "2026-02", day, cells);
        world
    };
    let february = |world: &World| {
        let of =
            reasons(world, COMMUNITY, "C09", "returns").into_iter().find(|(month, _, _)| month == "2026-02");
        of.map(|(_, _, reason)| reason).expect("February is due")
    };
    // The fifth working day of March is Friday the 6th.
    assert_eq!(february(&world), "return_missing");
    assert_eq!(february(&filed("2026-03-06", cells)), "return_right");
    assert_eq!(february(&filed("2026-03-07", cells)), "return_late");
    let wrong = [1, 2, 0, 0, 0];
    let mut corrected = filed("2026-03-04", wrong);
    assert_eq!(february(&corrected), "return_wrong");
    assert_eq!(part(&card(&corrected, COMMUNITY), "C07", "e"), (1, 0));
    corrected.filed(COMMUNITY, "monthly", "2026-02", "2026-04-01", cells);
    assert_eq!(february(&corrected), "return_right");
    assert_eq!(part(&card(&corrected, COMMUNITY), "C07", "e"), (1, 1));
}

#[test]
fn what_is_recorded_after_a_return_was_filed_does_not_make_it_wrong() {
    let february = |recorded: &str| {
        let mut world = World::new();
        let person = world.with_earner(COMMUNITY);
        let ended = [("end_recorded_n", date(recorded).into())];
        world.episode_with(&person, "status", "2", "2025-11-15", "2026-02-10", &ended);
        let begun = [("recorded_n", date(recorded).into())];
        world.episode_with(&person, "status", "3", "2026-02-11", "", &begun);
        world.filed(COMMUNITY, "monthly", "2026-02", "2026-03-04", [1, 2, 1, 0, 0]);
        let of =
            reasons(&world, COMMUNITY, "C09", "returns").into_iter().find(|(month, _, _)| month == "2026-02");
        of.map(|(_, _, reason)| reason).expect("February is due")
    };
    // Known by then: one ended, the other open. Not known yet: the first open. Either way one.
    assert_eq!(february("2026-03-04"), "return_right");
    assert_eq!(february("2026-03-05"), "return_right");
}

#[test]
fn an_end_that_was_known_when_a_return_was_filed_counts() {
    for (known, reason) in [("2026-03-04", "return_wrong"), ("2026-03-05", "return_right")] {
        let mut world = World::new();
        let person = world.with_earner(COMMUNITY);
        let ended = [("end_recorded_n", date(known).into())];
        world.episode_with(&person, "status", "2", "2025-11-15", "2026-02-10", &ended);
        world.filed(COMMUNITY, "monthly", "2026-02", "2026-03-04", [1, 2, 1, 0, 0]);
        let found = reasons(&world, COMMUNITY, "C09", "returns");
        assert!(
            found.iter().any(|(month, _, why)| month == "2026-02" && why == reason),
            "{known}: {found:?}"
        );
    }
}

#[test]
fn a_unit_owes_no_return_for_months_before_it_had_anything_on_record() {
    let months: Vec<String> =
        reasons(&quiet(), COMMUNITY, "C09", "returns").into_iter().map(|(month, _, _)| month).collect();
    assert_eq!(months.len(), 11);
    assert_eq!(months.first().map(String::as_str), Some("2025-12"), "recorded on 1 December");
}

#[test]
fn a_plan_is_made_within_ten_working_days_of_the_certification() {
    // Certified on Monday 2 March; the tenth working day after is Monday the 16th.
    for (day, reason) in [("2026-03-16", "plan_in_time"), ("2026-03-17", "no_plan_in_time")] {
        let mut world = World::new();
        let person = world.with_earner(COMMUNITY);
        world.certify(&person, "2026-03-02", "").plan(COMMUNITY, &person.doc, day);
        assert_eq!(reasons_of(&world, "C14", "plans"), [reason], "{day}");
    }
    let mut lately = World::new();
    let person = lately.with_earner(COMMUNITY);
    lately.certify(&person, "2026-10-26", "");
    assert_eq!(reasons_of(&lately, "C14", "plans"), ["plan_not_due"]);
    assert_eq!(part(&card(&lately, COMMUNITY), "C14", "plans"), (0, 0));
}

#[test]
fn ninety_days_out_of_work_ask_for_guidance_training_and_three_open_vacancies() {
    let mut world = World::new();
    let person = world.unemployed(COMMUNITY);
    assert_eq!(reasons_of(&world, "C15", "services"), ["no_guidance"]);
    world.service(COMMUNITY, &person.doc, "guidance", "2026-01-05");
    assert_eq!(reasons_of(&world, "C15", "services"), ["no_training_offered"]);
    world.service(COMMUNITY, &person.doc, "training_offer", "2026-01-05");
    let vacancies: Vec<String> = (0..3).map(|_| world.next_doc()).collect();
    for (at, vacancy) in vacancies.iter().enumerate() {
        world.opened(COMMUNITY, vacancy, "2026-01-01", "2026-02-01");
        // The same vacancy twice, and one that has expired, count once and not at all.
        world.referred(COMMUNITY, &person.doc, &vacancies[0], "2026-01-10");
        world.referred(COMMUNITY, &person.doc, vacancy, if at == 2 { "2026-02-02" } else { "2026-01-10" });
    }
    assert_eq!(reasons_of(&world, "C15", "services"), ["few_referrals"]);
    world.referred(COMMUNITY, &person.doc, &vacancies[2], "2026-02-01");
    assert_eq!(reasons_of(&world, "C15", "services"), ["helped"]);
    let mut short = World::new();
    let person = short.with_earner(COMMUNITY);
    short.episode(&person, "status", "2", "2026-08-04", "");
    assert_eq!(reasons_of(&short, "C15", "services"), Vec::<String>::new(), "89 days");
    let mut placed = World::new();
    placed.placed(COMMUNITY);
    assert_eq!(reasons_of(&placed, "C15", "services"), ["placed_since"]);
}

#[test]
fn an_entitlement_is_paid_waived_or_refused_with_a_reason() {
    let mut world = World::new();
    let person = world.with_earner(COMMUNITY);
    world.placement_in(&person, "40", "2026-03-01");
    assert_eq!(reasons_of(&world, "C16", "policies"), ["benefit_open"]);
    for (state, why, reason) in [
        ("applied", "", "benefit_open"),
        ("refused", "", "benefit_open"),
        ("refused", "超龄", "benefit_refused"),
        ("waived", "", "benefit_waived"),
        ("paid", "", "benefit_paid"),
    ] {
        let mut world = world.clone();
        world.benefit(COMMUNITY, &person.doc, "aid_post_subsidy", state, why);
        assert_eq!(reasons_of(&world, "C16", "policies"), [reason], "{state} {why}");
    }
}
