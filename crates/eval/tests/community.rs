//! A community's scorecard against counts made by hand.

mod support;

use linli_eval::{Outcome, Ratio, Standard, State, VetoState};
use support::*;

/// Four placed, one of them certified as a hardship case, and one not placed: 80%, on the line.
fn on_the_line() -> (World, Vec<Person>, Person) {
    let mut world = World::new();
    let placed: Vec<Person> = (0..4).map(|_| world.placed(COMMUNITY)).collect();
    world.certify(&placed[0], "2026-01-10", "");
    let waiting = world.unemployed(COMMUNITY);
    (world, placed, waiting)
}

fn points(card: &linli_eval::Scorecard, item: &str) -> String {
    card.item(item).expect("the standard has the item").points.shown()
}

fn state(card: &linli_eval::Scorecard, item: &str) -> State {
    card.item(item).expect("the standard has the item").state
}

#[test]
fn a_small_community_scores_what_the_hand_computes() {
    let (mut world, _, _) = on_the_line();
    world.in_order(COMMUNITY, &Standard::community());
    let card = card(&world, COMMUNITY);
    // C13: 4 of 5 is 80%, where linear(0.80, 0.85) still gives nothing. C12 has no family to count.
    let expected = [("C05", "4.00"), ("C07", "10.00"), ("C10", "25.00"), ("C11", "20.00"), ("C13", "0.00")];
    for (item, shown) in expected {
        assert_eq!((item, points(&card, item).as_str()), (item, shown));
    }
    assert_eq!(card.total.shown(), "97.00");
    assert_eq!(card.outcome, Outcome::Meets);
    assert_eq!(state(&card, "C12"), State::NotApplicable);
    assert!(!card.needs_sign_off, "it is signed");
    assert!(card.vetoes.iter().all(|veto| veto.state == VetoState::Passes));

    // One more placed: 5 of 6, so (5/6 − 4/5) / (1/20) · 3 = 2 points.
    let (mut world, _, _) = on_the_line();
    world.placed(COMMUNITY);
    world.in_order(COMMUNITY, &Standard::community());
    let card = support::card(&world, COMMUNITY);
    assert_eq!(card.item("C13").map(|item| item.points.min), Some(Ratio::whole(2)));
    assert_eq!(card.total.shown(), "99.00");
}

#[test]
fn eighty_per_cent_placed_passes_and_one_less_vetoes_whatever_the_total() {
    let (mut world, placed, _) = on_the_line();
    world.all_met(COMMUNITY, &Standard::community());
    let at_eighty = card(&world, COMMUNITY);
    assert_eq!(counts(&at_eighty, "C10", "placed"), (5, 4));
    assert_eq!(at_eighty.vetoes[0].state, VetoState::Passes);

    world.remove("placement", &placed[1].doc);
    let below = card(&world, COMMUNITY);
    assert_eq!(counts(&below, "C10", "placed"), (5, 3));
    assert_eq!(below.vetoes[0].state, VetoState::Fails);
    assert_eq!(below.vetoes[0].parts, ["placed"]);
    assert_eq!(below.outcome, Outcome::DoesNotMeet);
}

#[test]
fn without_findings_the_total_is_a_range_and_nothing_is_decided() {
    let (mut world, _, _) = on_the_line();
    world.kept(COMMUNITY);
    let card = card(&world, COMMUNITY);
    assert_eq!(state(&card, "C02"), State::Pending);
    assert_eq!(state(&card, "C10"), State::Scored);
    // Records give C01 2, C03 2, C04 3, C05 4, C06 2, C07 10, C08 2, C09 2, C10 25, C11 20, C14 2 and C15 2. Inspectors
    // may add C01 1, C02 3, C04 1, C06 2, C08 1, C17 3 and C18 to C20 3, sign-offs C12 5 and C16 2; C13 is 0.
    assert_eq!(card.total.shown(), "76.00–97.00");
    assert_eq!(card.outcome, Outcome::Undetermined);
}

#[test]
fn a_veto_that_fails_decides_although_findings_are_missing() {
    let (mut world, placed, _) = on_the_line();
    world.remove("placement", &placed[1].doc);
    assert_eq!(card(&world, COMMUNITY).outcome, Outcome::DoesNotMeet);
}

#[test]
fn a_known_miss_lowers_what_a_pending_part_can_still_reach() {
    let (mut world, _, _) = on_the_line();
    world.finding(COMMUNITY, ("C02", "boards", "sign"), 0, &[]);
    let card = card(&world, COMMUNITY);
    assert_eq!(points(&card, "C02"), "0.00–2.50");
    assert_eq!(card.item("C02").map(|item| item.parts[0].missing), Some(5));
}

#[test]
fn the_highest_stage_then_the_latest_day_then_the_smallest_document_prevails() {
    let check = ("C18", "case", "case");
    let day = |day: &'static str| ("day", day.into());
    let stage = |stage: &'static str| ("stage", stage.into());
    let document = |number: u32| ("doc", doc(number).as_str().into());
    // Each pair of findings, the first of which prevails.
    let pairs = [
        [vec![stage("city"), day("2026-06-01")], vec![stage("district"), day("2026-11-05")]],
        [vec![stage("district"), day("2026-06-01")], vec![stage("street"), day("2026-11-05")]],
        [vec![day("2026-11-06")], vec![day("2026-11-05")]],
        [vec![document(7)], vec![document(8)]],
    ];
    for [first, second] in pairs {
        for hit in [0, 1] {
            let mut world = World::new();
            world.placed(COMMUNITY);
            world.finding(COMMUNITY, check, 1 - hit, &second).finding(COMMUNITY, check, hit, &first);
            let counted = counts(&card(&world, COMMUNITY), "C18", "case");
            assert_eq!(counted, (1, hit as u64), "{first:?} over {second:?}");
        }
    }
}

#[test]
fn findings_of_last_year_and_on_unknown_checks_do_not_count() {
    let mut world = World::new();
    world.placed(COMMUNITY);
    world.finding(COMMUNITY, ("C18", "case", "case"), 1, &[("day", "2025-12-31".into())]);
    world.finding(COMMUNITY, ("C18", "case", "another"), 1, &[]);
    assert_eq!(counts(&card(&world, COMMUNITY), "C18", "case"), (0, 0));
    world.finding(COMMUNITY, ("C18", "case", "case"), 1, &[("day", "2026-01-01".into())]);
    assert_eq!(counts(&card(&world, COMMUNITY), "C18", "case"), (1, 1));
}

#[test]
fn an_upheld_complaint_takes_a_point_and_none_is_awaited() {
    let (mut world, _, _) = on_the_line();
    world
        .in_order(COMMUNITY, &Standard::community())
        .complaint(COMMUNITY, "upheld")
        .complaint(COMMUNITY, "rejected");
    let card = card(&world, COMMUNITY);
    assert_eq!(points(&card, "C17"), "2.00");
    assert_eq!(card.total.shown(), "96.00");
}

#[test]
fn complaints_take_no_more_than_the_item_gives() {
    let (mut world, _, _) = on_the_line();
    world.in_order(COMMUNITY, &Standard::community());
    for expected in ["2.00", "1.00", "0.00", "0.00"] {
        world.complaint(COMMUNITY, "upheld");
        assert_eq!(points(&card(&world, COMMUNITY), "C17"), expected);
    }
}

#[test]
fn too_few_answers_leave_satisfaction_pending() {
    let mut world = World::new();
    world.placed(COMMUNITY);
    world.answers(COMMUNITY, 29);
    assert_eq!(state(&card(&world, COMMUNITY), "C17"), State::Pending);
    world.answer(COMMUNITY, 3, 0);
    let card = card(&world, COMMUNITY);
    assert_eq!(state(&card, "C17"), State::Scored);
    assert_eq!(points(&card, "C17"), "3.00");
}

#[test]
fn answers_count_only_with_ten_of_those_out_of_work_or_all_of_them() {
    let mut world = World::new();
    for _ in 0..3 {
        world.placed(COMMUNITY);
    }
    for at in 0..40 {
        world.answer(COMMUNITY, 5, i64::from(at < 2));
    }
    assert_eq!(state(&card(&world, COMMUNITY), "C17"), State::Pending);
    world.answer(COMMUNITY, 5, 1);
    assert_eq!(state(&card(&world, COMMUNITY), "C17"), State::Scored);
}

#[test]
fn an_empty_denominator_is_pending_until_a_reviewer_signs() {
    let mut world = World::new();
    world.with_earner(COMMUNITY);
    world.in_order(COMMUNITY, &Standard::community());
    for item in ["C08", "C10", "C11", "C12", "C13", "C14", "C15", "C16"] {
        world.unsigned(COMMUNITY, item);
    }
    let unsigned = card(&world, COMMUNITY);
    for (item, range) in
        [("C10", "0.00–25.00"), ("C11", "0.00–20.00"), ("C12", "0.00–5.00"), ("C13", "0.00–3.00")]
    {
        assert_eq!((state(&unsigned, item), points(&unsigned, item).as_str()), (State::Pending, range));
        let waits = subjects(&world, COMMUNITY, item);
        let waits: Vec<_> = waits.iter().map(|row| (row.part.as_str(), row.hit, row.weight)).collect();
        assert_eq!(waits, [("sign_off", None, 0)], "{item}");
    }
    let states: Vec<_> = unsigned.vetoes.iter().map(|veto| veto.state).collect();
    assert_eq!(states, [VetoState::Pending, VetoState::Pending, VetoState::Passes]);
    assert!(unsigned.needs_sign_off);
    assert_eq!((unsigned.total.shown().as_str(), unsigned.outcome), ("39.00–100.00", Outcome::Undetermined));

    for item in ["C08", "C10", "C11", "C12", "C14", "C15", "C16"] {
        world.sign_off(COMMUNITY, item);
    }
    let nearly = card(&world, COMMUNITY);
    assert_eq!(nearly.total.shown(), "97.00–100.00");
    assert_eq!(nearly.outcome, Outcome::Undetermined, "every empty denominator has to be signed");
    assert!(nearly.needs_sign_off);

    let signed = card(world.sign_off(COMMUNITY, "C13"), COMMUNITY);
    for item in ["C10", "C11", "C12", "C13"] {
        assert_eq!(state(&signed, item), State::NotApplicable, "{item}");
    }
    assert!(!signed.needs_sign_off);
    assert_eq!((signed.total.shown().as_str(), signed.outcome), ("100.00", Outcome::Meets));
}

#[test]
fn a_sign_off_is_a_finding_like_others_and_can_be_disproved() {
    let signed = |world: &World| state(&card(world, COMMUNITY), "C10") == State::NotApplicable;
    let mut world = World::new();
    world.with_earner(COMMUNITY);
    let check = ("C10", "sign_off", "sign_off");
    let refused = [("stage", "city".into())];
    assert!(!signed(world.clone().finding(COMMUNITY, check, 0, &[])), "a refusal is none");
    assert!(
        !signed(world.clone().finding(COMMUNITY, check, 1, &[("day", "2025-12-31".into())])),
        "last year"
    );
    assert!(signed(world.clone().finding(COMMUNITY, ("C10", "sign_off", ""), 1, &[])), "without a subject");
    assert!(!signed(world.clone().sign_off(COMMUNITY, "C11")), "another item");
    assert!(!signed(world.clone().sign_off(STREET, "C10")), "another unit");
    world.sign_off(COMMUNITY, "C10");
    assert!(signed(&world));
    let rows = subjects(&world, COMMUNITY, "C10");
    assert_eq!((rows.len(), rows[0].part.as_str(), rows[0].hit), (1, "sign_off", Some(true)));
    let higher = ("C10", "sign_off", "a subject of its own");
    assert!(!signed(world.clone().finding(COMMUNITY, higher, 0, &refused)), "the highest stage prevails");
    for item in ["C10", ""] {
        let mut disproved = world.clone();
        disproved.disproof(COMMUNITY, "sign_off", item, &[]);
        assert!(!signed(&disproved), "disproved under `{item}`");
        let rows = subjects(&disproved, COMMUNITY, "C10");
        assert_eq!((rows[0].hit, rows[0].disproof.is_some()), (Some(false), true));
    }
    // A signature says nothing where there is somebody to count.
    world.unemployed(COMMUNITY);
    let counted = card(&world, COMMUNITY);
    assert_eq!((state(&counted, "C10"), counts(&counted, "C10", "placed")), (State::Scored, (1, 0)));
}

#[test]
fn an_unsigned_empty_denominator_does_not_hide_a_veto_that_fails() {
    let mut world = World::new();
    world.unemployed(COMMUNITY);
    let card = card(&world, COMMUNITY);
    assert_eq!(state(&card, "C11"), State::Pending);
    assert_eq!(card.outcome, Outcome::DoesNotMeet);
}

#[test]
fn one_signature_answers_for_every_empty_part_of_an_item() {
    let mut world = World::new();
    // Both spouses out of work, and no zero-employment family whose days ran out.
    let head = world.person(COMMUNITY);
    let spouse = world.member(COMMUNITY, &head.card, "12");
    let son = world.member(COMMUNITY, &head.card, "20");
    world.episode(&son, "status", "1", "2020-01-01", "");
    world.episode(&head, "status", "2", "2025-12-01", "").episode(&spouse, "status", "2", "2025-12-01", "");
    world.placement(&spouse, "2026-03-01", "", "contract").visit(&spouse, "2026-10-01");
    let unsigned = card(&world, COMMUNITY);
    assert_eq!((state(&unsigned, "C12"), points(&unsigned, "C12").as_str()), (State::Pending, "2.00–5.00"));
    let signed = card(world.sign_off(COMMUNITY, "C12"), COMMUNITY);
    assert_eq!((state(&signed, "C12"), points(&signed, "C12").as_str()), (State::Scored, "5.00"));
    let states: Vec<_> = signed.item("C12").expect("an item").parts.iter().map(|part| part.state).collect();
    assert_eq!(states, [State::NotApplicable, State::Scored]);
}

#[test]
fn no_hardship_case_cannot_be_signed_off_while_someone_looks_eligible() {
    let mut world = World::new();
    let person = world.unemployed(COMMUNITY);
    world.sign_off(COMMUNITY, "C11");
    assert_eq!(state(&card(&world, COMMUNITY), "C11"), State::NotApplicable);
    // The same person on the fiftieth birthday, or a woman on the fortieth, and who turns as old a day later.
    for (sex, birth, eligible) in [
        ("1", "1976-10-31", true),
        ("1", "1976-11-01", false),
        ("2", "1986-10-31", true),
        ("2", "1986-11-01", false),
    ] {
        let mut world = world.clone();
        world.remove("person", &person.doc);
        world.add(
            "person",
            &[
                ("unit", COMMUNITY.into()),
                ("doc", person.doc.as_str().into()),
                ("sex", sex.into()),
                ("birth", birth.into()),
                ("verified", AS_OF.into()),
            ],
        );
        let expected = if eligible { State::Pending } else { State::NotApplicable };
        assert_eq!(state(&card(&world, COMMUNITY), "C11"), expected, "{sex} {birth}");
        let listed = reasons(&world, COMMUNITY, "C11", "placed");
        let who = (person.doc.clone(), false, "looks_eligible".to_owned());
        assert_eq!(listed, if eligible { vec![who] } else { Vec::new() }, "{sex} {birth}");
    }
}

#[test]
fn without_a_dwelling_register_coverage_is_pending_and_not_zero() {
    let mut world = World::new();
    let person = world.placed(COMMUNITY);
    assert_eq!(points(&card(&world, COMMUNITY), "C05"), "4.00");
    world.remove("dwelling", COMMUNITY);
    let card = card(&world, COMMUNITY);
    assert_eq!(state(&card, "C05"), State::Pending);
    let h3 = &card.vetoes[2];
    assert_eq!((h3.id.as_str(), h3.state), ("H3", VetoState::Pending));
    assert!(h3.parts.contains(&"coverage".to_owned()), "{:?} {}", h3.parts, person.doc);
}

#[test]
fn a_dwelling_counts_as_covered_by_a_complete_valid_card_alone() {
    // Each field of the card on its own, and why the dwelling is then not covered.
    let cases = [
        ("state", "3", "card_not_valid"),
        ("card_no", "", "card_incomplete"),
        ("head", "", "card_incomplete"),
        ("address", "", "card_incomplete"),
        ("opened", "", "card_incomplete"),
        ("opened", "2026-11-01", "card_incomplete"),
        ("dwelling", "another", "no_card"),
        ("phone", "", "card_complete"),
    ];
    for (field, value, reason) in cases {
        let mut world = World::new();
        let person = world.person(COMMUNITY);
        world.remove("household", &person.card).remove("dwelling", COMMUNITY);
        let mut household = vec![
            ("unit", COMMUNITY.into()),
            ("doc", person.card.as_str().into()),
            ("card_no", "1".into()),
            ("kind", "1".into()),
            ("state", "1".into()),
            ("head", person.doc.as_str().into()),
            ("dwelling", "7".into()),
            ("address", "1 Lane".into()),
            ("phone", "1".into()),
            ("opened", "2025-11-10".into()),
        ];
        household.retain(|(name, _)| *name != field);
        household.push((field, value.into()));
        world.add("household", &household);
        let dwelling = [
            ("unit", COMMUNITY.into()),
            ("dwelling_id", "x".into()),
            ("dwelling", "7".into()),
            ("start", "2020-01-01".into()),
        ];
        world.add("dwelling", &dwelling);
        let found = reasons(&world, COMMUNITY, "C05", "coverage");
        assert_eq!(found, [("7".to_owned(), reason == "card_complete", reason.to_owned())], "{field}");
    }
}

#[test]
fn a_unit_without_records_says_so_instead_of_zero() {
    let mut world = World::new();
    world.all_met(COMMUNITY, &Standard::community());
    let empty = card(&world, COMMUNITY);
    assert_eq!(empty.outcome, Outcome::NoRecords);
    assert_eq!(empty.without_records, [path(COMMUNITY)]);
    assert_eq!(state(&empty, "C10"), State::Pending);
    world.person(COMMUNITY);
    assert_ne!(card(&world, COMMUNITY).outcome, Outcome::NoRecords);
}

#[test]
fn a_unit_outside_the_programme_gets_no_scorecard() {
    let mut world = World::new();
    world.placed(SECOND);
    let evaluation = evaluate_all(&world);
    let units: Vec<&str> = evaluation.scorecards.iter().map(|card| card.unit.as_str()).collect();
    assert_eq!(units, [STREET, COMMUNITY]);
}
