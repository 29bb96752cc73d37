//! Generated communities fare under the real community standard as their quality says.

mod support;

use std::collections::BTreeSet;

use linli_eval::{Outcome, Scorecard, Standard, VetoState};
use linli_generate::{Plan, Quality};
use support::{Records, STREET, community, day, plan, unit};

const SIZES: [usize; 2] = [20, 150];

/// On which day everything is recorded: in one sweep after T, or before the period began, so that the past
/// month-ends, the families' thirty days and the unregistered are looked at as well.
const AFTER: &str = "2026-11-10";
const BEFORE: &str = "2025-10-20";

fn evaluate(quality: Quality, recorded: &str, mut each: impl FnMut(usize, &Scorecard)) {
    let standard = Standard::community();
    for (index, households) in SIZES.into_iter().enumerate() {
        let plan = plan(households);
        let data = community(&plan, index as u64, quality);
        let mut records = Records::new();
        records.add_community(&plan, &data, day(recorded));
        records.add_findings(&standard, &data.unit, day("2026-11-20"));
        let cards = records.evaluate(&data.unit, &standard);
        assert_eq!(cards.len(), 1);
        each(households, &cards[0]);
    }
}

fn failing(card: &Scorecard) -> BTreeSet<&str> {
    let failing = card.vetoes.iter().filter(|veto| veto.state != VetoState::Passes);
    failing.map(|veto| veto.id.as_str()).collect()
}

/// Items that do not get all their points.
fn short(card: &Scorecard, standard: &Standard) -> BTreeSet<String> {
    let full = |id: &str| standard.item(id).expect("the card follows the standard").points;
    let short = card.items.iter().filter(|item| item.points.min < full(&item.id));
    short.map(|item| item.id.clone()).collect()
}

/// Hits and subjects of a part.
fn counts(card: &Scorecard, item: &str, part: &str) -> (u64, u64) {
    let item = card.item(item).expect("the item is on the card");
    let part = item.parts.iter().find(|p| p.id == part).expect("the part is on the card");
    (part.hits, part.n)
}

fn check(quality: Quality, vetoes: &[&str], items: &[&str]) {
    let standard = Standard::community();
    for recorded in [AFTER, BEFORE] {
        evaluate(quality, recorded, |households, card| {
            let what = format!(
                "{quality:?}, {households} households recorded on {recorded}: {}",
                card.total.shown()
            );
            assert_eq!(failing(card), vetoes.iter().copied().collect(), "{what}\n{card:#?}");
            let short = short(card, &standard);
            let expected: BTreeSet<String> = items.iter().map(|&item| item.to_owned()).collect();
            assert!(short.is_subset(&expected), "{what}: {short:?}");
            let outcome = if vetoes.is_empty() { Outcome::Meets } else { Outcome::DoesNotMeet };
            assert_eq!(card.outcome, outcome, "{what}");
        });
    }
}

#[test]
fn a_good_community_gets_every_point_that_records_can_give() {
    check(Quality::Good, &[], &[]);
}

#[test]
fn the_rates_of_a_good_community_are_plausible_and_nothing_measured_is_empty() {
    for recorded in [AFTER, BEFORE] {
        evaluate(Quality::Good, recorded, |households, card| {
            let (hits, n) = counts(card, "C10", "placed");
            assert!(n * 88 <= hits * 100 && hits < n, "{households}: {hits} of {n} placed");
            let (hits, n) = counts(card, "C11", "placed");
            assert!(hits == n && n >= 3, "{households}: {hits} of {n} in hardship placed");
            let (hits, n) = counts(card, "C05", "coverage");
            assert!(hits * 100 >= n * 98, "{households}: {hits} of {n} dwellings with a card");
            let (hits, n) = counts(card, "C12", "both_out");
            assert!(hits == n && n >= 1, "{households}: {hits} of {n} both-out families");
            let (hits, n) = counts(card, "C12", "zero");
            // Recorded after T, no family's thirty days have run out.
            let families = if recorded == BEFORE { 2 } else { 0 };
            assert!(hits == n && n >= families, "{households}: {hits} of {n} zero-employment families");
        });
    }
}

#[test]
fn stale_placements_just_miss_the_first_hard_indicator() {
    check(Quality::StalePlacements, &["H1"], &["C08", "C10", "C12", "C13", "C15"]);
    evaluate(Quality::StalePlacements, AFTER, |households, card| {
        let (hits, n) = counts(card, "C10", "placed");
        assert!(hits * 100 < n * 80 && hits * 100 >= n * 66, "{households}: {hits} of {n} placed");
    });
}

#[test]
fn one_missed_hardship_person_fails_the_second_hard_indicator() {
    check(Quality::HardshipMissed, &["H2"], &["C11"]);
    evaluate(Quality::HardshipMissed, AFTER, |households, card| {
        let (hits, n) = counts(card, "C11", "placed");
        assert_eq!(hits + 1, n, "{households}");
    });
}

#[test]
fn stale_cards_fail_the_third_hard_indicator_by_verification_alone() {
    check(Quality::StaleCards, &["H3"], &["C07", "C08"]);
    evaluate(Quality::StaleCards, AFTER, |households, card| {
        let veto = card.vetoes.iter().find(|veto| veto.id == "H3").expect("the standard has the veto");
        assert_eq!(veto.parts, ["b0"], "{households}");
    });
}

#[test]
fn missing_cards_fail_the_third_hard_indicator_by_coverage_alone() {
    check(Quality::CardsMissing, &["H3"], &["C05", "C07"]);
    evaluate(Quality::CardsMissing, AFTER, |households, card| {
        let veto = card.vetoes.iter().find(|veto| veto.id == "H3").expect("the standard has the veto");
        assert_eq!(veto.parts, ["coverage"], "{households}");
    });
}

#[test]
fn families_left_without_work_cost_points_and_veto_nothing() {
    check(Quality::ZeroEmployment, &[], &["C08", "C12", "C13"]);
    for recorded in [AFTER, BEFORE] {
        evaluate(Quality::ZeroEmployment, recorded, |households, card| {
            let (hits, n) = counts(card, "C12", "both_out");
            assert!(hits < n, "{households}: {hits} of {n}");
            let (hits, n) = counts(card, "C12", "zero");
            assert_eq!(hits < n, recorded == BEFORE, "{households}: {hits} of {n}");
        });
    }
}

#[test]
fn small_communities_of_other_seeds_fare_alike() {
    let standard = Standard::community();
    for seed in 0..4 {
        for quality in Quality::ALL {
            let plan = Plan { seed, ..plan(20) };
            let data = community(&plan, seed, quality);
            for recorded in [AFTER, BEFORE] {
                let mut records = Records::new();
                records.add_community(&plan, &data, day(recorded));
                records.add_findings(&standard, &data.unit, day("2026-11-20"));
                let card = &records.evaluate(&data.unit, &standard)[0];
                let expected: &[&str] = match quality {
                    Quality::Good | Quality::ZeroEmployment => &[],
                    Quality::StalePlacements => &["H1"],
                    Quality::HardshipMissed => &["H2"],
                    Quality::StaleCards | Quality::CardsMissing => &["H3"],
                };
                let expected: BTreeSet<&str> = expected.iter().copied().collect();
                assert_eq!(failing(card), expected, "seed {seed}, {quality:?}, recorded on {recorded}");
            }
        }
    }
}

#[test]
fn a_street_of_good_communities_meets_the_street_standard() {
    let (communities, streets) = (Standard::community(), Standard::street());
    let plan = plan(40);
    let mut records = Records::new();
    let all: Vec<_> = (0..3).map(|index| community(&plan, index, Quality::Good)).collect();
    for data in &all {
        records.add_community(&plan, data, day(AFTER));
        records.add_findings(&communities, &data.unit, day("2026-11-20"));
    }
    let street = unit(STREET);
    records.add_street(&plan, &street, &all, day(AFTER));
    records.add_findings(&streets, &street, day("2026-11-20"));
    let cards = records.evaluate(&street, &streets);
    let card = cards.iter().find(|card| card.unit == street).expect("the street has a scorecard");
    assert_eq!(card.outcome, Outcome::Meets, "{card:#?}");
    assert_eq!(short(card, &streets), BTreeSet::new());
}

#[test]
fn days_of_work_before_the_date_keep_a_good_community_good() {
    let standard = Standard::community();
    let plan = plan(150);
    let data = community(&plan, 0, Quality::Good);
    let mut records = Records::new();
    records.add_community(&plan, &data, day("2026-08-01"));
    records.add_findings(&standard, &data.unit, day("2026-11-20"));
    let before = records.evaluate(&data.unit, &standard)[0].clone();
    for turn in 0..15 {
        let day = plan.as_of - 30 + turn as i64;
        for document in linli_generate::later_edits(&plan, &data, day, turn) {
            records.write(&data.unit, &document, day);
        }
    }
    let after = &records.evaluate(&data.unit, &standard)[0];
    // October's return was filed before that work.
    assert_eq!(short(after, &standard), ["C07".to_owned(), "C09".to_owned()].into(), "{after:#?}");
    let open: Vec<_> = after.vetoes.iter().flat_map(|veto| &veto.parts).collect();
    assert_eq!(open, ["e"], "{after:#?}");
    let (hits, n) = counts(after, "C10", "placed");
    assert_eq!(counts(&before, "C10", "placed").1, n);
    assert!(hits > counts(&before, "C10", "placed").0, "people were placed");
}
