//! A street's scorecard: pooled over its programme communities.

mod support;

use linli_eval::{Outcome, Standard, State, VetoState};
use support::*;

const THIRD: &str = "3211/02/001/003";

/// A street with two programme communities and one outside.
fn two_communities() -> World {
    let mut world = World::new();
    world.unit(THIRD, 1);
    world
}

#[test]
fn a_street_pools_people_and_never_averages_rates() {
    let mut world = two_communities();
    // 8 of 8 here and 0 of 2 there: 80% of the people, though the mean of the rates is 50%.
    for _ in 0..8 {
        world.placed(COMMUNITY);
    }
    world.unemployed(THIRD);
    world.unemployed(THIRD);
    world.unemployed(SECOND);
    let card = card(&world, STREET);
    assert_eq!(counts(&card, "S10", "placed"), (10, 8));
    assert_eq!(card.vetoes[0].state, VetoState::Passes);
    assert_eq!(support::card(&world, THIRD).vetoes[0].state, VetoState::Fails);
}

#[test]
fn a_small_street_scores_what_the_hand_computes() {
    let mut world = two_communities();
    for unit in [COMMUNITY, THIRD] {
        let placed = world.placed(unit);
        world.certify(&placed, "2026-01-10", "");
        world.in_order(unit, &Standard::community()).supervised(unit);
    }
    world.in_order(STREET, &Standard::street());
    let full = card(&world, STREET);
    assert_eq!(full.total.shown(), "100.00");
    assert_eq!(full.outcome, Outcome::Meets);
    assert_eq!(counts(&full, "S14", "plans"), (2, 2));
    assert_eq!(counts(&full, "S07", "communities"), (2, 2));
}

#[test]
fn the_same_person_in_two_communities_is_one_person_of_the_street() {
    let mut world = two_communities();
    let here = world.placed(COMMUNITY);
    let there = world.unemployed(THIRD);
    world.remove("person", &there.doc).document(THIRD, &there.doc, &here.id_no);
    assert_eq!(counts(&card(&world, COMMUNITY), "C10", "placed"), (1, 1));
    assert_eq!(counts(&card(&world, THIRD), "C10", "placed"), (1, 0));
    assert_eq!(counts(&card(&world, STREET), "S10", "placed"), (1, 1));
    // The placement that makes the hit is the one that a disproof has to name.
    assert_eq!(reasons(&world, STREET, "S10", "placed")[0].0, here.doc);
}

#[test]
fn what_was_done_for_a_person_in_either_community_counts_once_for_the_street() {
    let mut world = two_communities();
    let here = world.unemployed(COMMUNITY);
    let there = world.unemployed(THIRD);
    world.remove("person", &there.doc).document(THIRD, &there.doc, &here.id_no);
    for person in [&here, &there] {
        world.certify(person, "2026-01-10", "").placement_in(person, "40", "2026-09-01");
    }
    let parts = [("S14", "plans"), ("S15", "services"), ("S16", "policies")];
    let counted = |world: &World| parts.map(|(item, part)| counts(&card(world, STREET), item, part));
    assert_eq!(counted(&world), [(1, 0); 3]);
    // A plan in time, help and a subsidy there are enough; a refusal without a reason here takes nothing back.
    world.plan(THIRD, &there.doc, "2026-01-12").guided(THIRD, &there.doc);
    world.benefit(THIRD, &there.doc, "aid_post_subsidy", "paid", "");
    world.benefit(COMMUNITY, &here.doc, "aid_post_subsidy", "refused", "");
    assert_eq!(counted(&world), [(1, 1); 3]);
    // The record that makes the hit is the one that a disproof has to name.
    for (item, part) in parts {
        let rows = reasons(&world, STREET, item, part);
        assert!(rows.len() == 1 && rows[0].0.starts_with(&there.doc), "{item}: {rows:?}");
    }
}

#[test]
fn ten_of_those_out_of_work_answer_in_the_street_and_its_communities_together() {
    let mut world = two_communities();
    for unit in [COMMUNITY, THIRD] {
        for _ in 0..6 {
            world.placed(unit);
        }
    }
    for (unit, others, out_of_work) in [(COMMUNITY, 50, 4), (THIRD, 41, 3), (STREET, 0, 2)] {
        for at in 0..others + out_of_work {
            world.answer(unit, 5, i64::from(at < out_of_work));
        }
    }
    let state = |world: &World| card(world, STREET).item("S17").map(|item| item.state);
    assert_eq!(state(&world), Some(State::Pending), "nine of twelve");
    world.answer(STREET, 5, 1);
    assert_eq!(state(&world), Some(State::Scored));
}

#[test]
fn a_disproof_in_a_community_counts_for_the_streets_twin_item() {
    let mut world = two_communities();
    let person = world.placed(COMMUNITY);
    world.placed(THIRD);
    world.disproof(COMMUNITY, &person.doc, "C10", &[]);
    let card = card(&world, STREET);
    assert_eq!(counts(&card, "S10", "placed"), (2, 1));
    assert_eq!(counts(&card, "S13", "placed"), (2, 2));
}

#[test]
fn a_street_cannot_answer_its_own_checks_in_its_communities() {
    let mut world = two_communities();
    for unit in [COMMUNITY, THIRD] {
        world.person(unit);
        world.finding(unit, ("S10", "sign_off", "sign_off"), 1, &[("stage", "street".into())]);
        world.finding(unit, ("S02", "boards", "sign"), 1, &[("stage", "street".into())]);
    }
    let before = card(&world, STREET);
    assert_eq!(before.item("S10").map(|item| item.state), Some(State::Pending));
    assert_eq!(counts(&before, "S02", "boards"), (0, 0));
    world.sign_off(STREET, "S10");
    assert_eq!(card(&world, STREET).item("S10").map(|item| item.state), Some(State::NotApplicable));
    // That a community's denominator is not empty takes the street's signature too.
    world.disproof(THIRD, "sign_off", "C10", &[]);
    assert_eq!(card(&world, STREET).item("S10").map(|item| item.state), Some(State::Pending));
}

#[test]
fn a_silent_community_leaves_the_street_undetermined() {
    let mut world = two_communities();
    world.placed(COMMUNITY);
    world.all_met(STREET, &Standard::street());
    let card = card(&world, STREET);
    assert_eq!(card.without_records, [path(THIRD)]);
    assert_eq!(card.item("S10").map(|item| item.state), Some(State::Pending));
    assert_eq!(card.outcome, Outcome::Undetermined);
}

#[test]
fn a_street_without_programme_communities_has_no_records() {
    let mut world = two_communities();
    world.unit("3211/02/002", 1);
    assert_eq!(card(&world, "3211/02/002").outcome, Outcome::NoRecords);
}

#[test]
fn nine_tenths_of_the_communities_have_to_pass_a() {
    let world = |failing: u32| {
        let mut world = World::new();
        for n in 0..20 {
            let unit = format!("3211/02/001/1{n:02}");
            world.unit(&unit, 1);
            world.person(&unit);
            // Two people on no card are one more than a small community may miss.
            for _ in 0..if n < failing { 2 } else { 0 } {
                let stray = world.next_doc();
                world.document(&unit, &stray, &format!("stray {stray}"));
            }
        }
        // Not the community that every world begins with: it has no records.
        world.remove("unit", COMMUNITY).unit(COMMUNITY, 0);
        world
    };
    for (failing, passes) in [(2, true), (3, false)] {
        let card = card(&world(failing), STREET);
        assert_eq!(counts(&card, "S07", "communities"), (20, u64::from(20 - failing)));
        let item = card.item("S07").expect("the standard has H3");
        let part = item.parts.iter().find(|part| part.id == "communities").expect("H3 has the part");
        assert_eq!(part.passes, Some(passes), "{failing}");
    }
}
