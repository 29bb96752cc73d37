//! Rules and outcomes at their edges, without a database.

mod every_part;

use super::{rule::Count, *};
use crate::standard::{Rule, Slot};

fn decimal(text: &str) -> Ratio {
    Ratio::from_decimal(text).expect("a decimal in a test is one")
}

fn part(points: &str, rule: Rule) -> Part {
    Part {
        id: "part".to_owned(),
        zh: String::new(),
        en: String::new(),
        points: decimal(points),
        rule,
        source: Source::Records { measure: "m".to_owned(), rows: "r".to_owned() },
        minimum: 1,
        below: Below::NotApplicable,
        blocked_by: None,
        sign_off_blocked_by: None,
    }
}

fn all_or_nothing(at: &str, misses_allowed: u64) -> Rule {
    Rule::AllOrNothing { at: decimal(at), misses_allowed }
}

#[test]
fn a_hair_below_eighty_per_cent_fails_and_eighty_passes() {
    let rule = all_or_nothing("0.80", 0);
    let cases = [
        (7_999, 10_000, false),
        (8_000, 10_000, true),
        (79_999_999, 100_000_000, false),
        (4, 5, true),
        (3, 4, false),
    ];
    for (hits, n, passes) in cases {
        assert_eq!(rule::passes(rule, Count { n, hits }), Some(passes), "{hits} of {n}");
    }
    // 79.996% shows as 79.99, never as 80.00.
    let shown = Ratio::new(79_996, 1000).map(Ratio::shown);
    assert_eq!(shown.as_deref(), Some("79.99"));
}

#[test]
fn misses_allowed_are_the_share_rounded_down_or_one() {
    let rule = all_or_nothing("0.95", 1);
    for (misses, n, passes) in [(1, 5, true), (2, 5, false), (2, 39, false), (2, 40, true), (3, 40, false)] {
        assert_eq!(rule::passes(rule, Count { n, hits: n - misses }), Some(passes), "{misses} of {n}");
    }
}

#[test]
fn a_linear_rule_gives_nothing_below_its_start_and_everything_from_its_end() {
    let part = part("3", Rule::Linear { from: decimal("0.80"), full: decimal("0.95") });
    let cases = [
        (79, 100, "0/1"),
        (80, 100, "0/1"),
        (81, 100, "1/5"),
        (7, 8, "3/2"),
        (95, 100, "3/1"),
        (100, 100, "3/1"),
    ];
    for (hits, n, points) in cases {
        let found = rule::points(&part, Count { n, hits }).map(|points| points.to_string());
        assert_eq!(found.as_deref(), Some(points), "{hits} of {n}");
    }
}

#[test]
fn a_deduction_stops_at_zero_and_a_penalty_does_not() {
    let count = |misses: u64| Count { n: 10, hits: 10 - misses };
    let deduct = part("2", Rule::Deduct { per_miss: decimal("0.5") });
    let penalty = part("0", Rule::Penalty { per_miss: decimal("0.5") });
    for (misses, deducted, taken) in
        [(0, "2/1", "0/1"), (3, "1/2", "-3/2"), (4, "0/1", "-2/1"), (9, "0/1", "-9/2")]
    {
        assert_eq!(rule::points(&deduct, count(misses)).map(|p| p.to_string()).as_deref(), Some(deducted));
        assert_eq!(rule::points(&penalty, count(misses)).map(|p| p.to_string()).as_deref(), Some(taken));
    }
}

fn tally(hits: u64, n: u64) -> PartTally {
    let score = Tally { subjects: n, n, hits, ..Tally::default() };
    PartTally { score, ..PartTally::default() }
}

/// Folds the community standard with every part at `usual`, but those of an item as given.
fn folded(usual: PartTally, others: &[(&str, PartTally)]) -> Folded {
    let standard = Standard::community();
    let unit: UnitPath = "3211/02/001/001".parse().expect("a path");
    let members = [unit.clone()];
    let scored = Scored { members: &members, without_records: &[] };
    fold(&standard, &scored, |item, _| {
        others.iter().find(|(id, _)| *id == item).map_or(usual, |(_, tally)| *tally)
    })
    .expect("the points fit")
}

#[test]
fn the_total_decides_at_eighty_five_and_not_a_hair_below() {
    let all = tally(100, 100);
    let none = tally(0, 100);
    // C01 3, C02 3, C03 2 and C04 4 lost leave 88; C13 lost too leaves 85.
    let lost = [("C01", none), ("C02", none), ("C03", none), ("C04", none)];
    let with = |more: &[(&str, PartTally)]| folded(all, &[&lost[..], more].concat());
    assert_eq!(with(&[]).total.min, Ratio::whole(88));
    let at = with(&[("C13", none)]);
    assert_eq!((at.total.min, at.outcome), (Ratio::whole(85), Outcome::Meets));
    // C05 at 97.99999%, a hair below the 98% from which it gives all its points.
    let below = with(&[("C13", none), ("C05", tally(9_799_999, 10_000_000))]);
    assert_eq!((below.total.shown().as_str(), below.outcome), ("84.99", Outcome::DoesNotMeet));
}

#[test]
fn each_veto_alone_forbids_recognition_whatever_the_total() {
    for item in ["C07", "C10", "C11"] {
        let folded = folded(tally(100, 100), &[(item, tally(79, 100))]);
        assert!(folded.total.max < Ratio::whole(100));
        assert_eq!(folded.outcome, Outcome::DoesNotMeet, "{item}");
        assert_eq!(folded.vetoes.iter().filter(|veto| veto.state == VetoState::Fails).count(), 1, "{item}");
    }
}

#[test]
fn pending_items_leave_it_open_only_where_they_can_turn_it() {
    let all = tally(100, 100);
    let waiting = PartTally { blocking: 1, ..all };
    let small = folded(all, &[("C05", waiting)]);
    assert_eq!((small.total.shown().as_str(), small.outcome), ("96.00–100.00", Outcome::Meets));
    let veto = folded(all, &[("C10", waiting)]);
    assert_eq!((veto.total.shown().as_str(), veto.outcome), ("75.00–100.00", Outcome::Undetermined));
    let failing = folded(all, &[("C10", waiting), ("C11", tally(0, 1))]);
    assert_eq!(failing.outcome, Outcome::DoesNotMeet);
}

#[test]
fn an_unsigned_empty_denominator_is_between_nothing_and_all_its_points() {
    let (all, none) = (tally(100, 100), PartTally::default());
    let standard = Standard::community();
    let unit: UnitPath = "3211/02/001/001".parse().expect("a path");
    let members = [unit.clone()];
    let scored = Scored { members: &members, without_records: &[] };
    let empty = |emptied: &'static str, signature: PartTally| {
        let of = |item: &str, part: &str| match (item == emptied, part) {
            (true, SIGN_OFF) => signature,
            (true, _) => none,
            _ => all,
        };
        fold(&standard, &scored, of).expect("the points fit")
    };
    let cases = [
        ("C10", none, "75.00–100.00", Outcome::Undetermined, true),
        ("C10", tally(0, 1), "75.00–100.00", Outcome::Undetermined, true),
        ("C10", tally(1, 1), "100.00", Outcome::Meets, false),
        // Five points that wait could not turn it, and nobody is recognised unsigned all the same.
        ("C12", none, "95.00–100.00", Outcome::Undetermined, true),
        ("C05", tally(1, 1), "100.00", Outcome::Meets, false),
    ];
    for (item, signature, total, outcome, needed) in cases {
        let folded = empty(item, signature);
        let found = (folded.total.shown(), folded.outcome, folded.needs_sign_off);
        assert_eq!(found, (total.to_owned(), outcome, needed), "{item} {signature:?}");
    }
}

#[test]
fn one_failing_test_decides_an_all_parts_item_although_another_waits() {
    let standard = Standard::community();
    let unit: UnitPath = "3211/02/001/001".parse().expect("a path");
    let members = [unit.clone()];
    let scored = Scored { members: &members, without_records: &[] };
    let folded = fold(&standard, &scored, |item, part| match (item, part) {
        ("C07", "a") => tally(0, 100),
        ("C07", "e") => PartTally::default(),
        _ => tally(100, 100),
    })
    .expect("the points fit");
    let item = folded.items.iter().find(|item| item.id == "C07").expect("H3 is an item");
    assert_eq!((item.state, item.points.shown().as_str()), (State::Scored, "0.00"));
    assert_eq!(folded.vetoes[2].parts, ["a"]);
}

#[test]
fn a_part_that_waits_for_findings_is_bounded_by_what_they_can_say() {
    let checks = ["a", "b", "c", "d"].map(|subject| Slot {
        subject: subject.to_owned(),
        zh: String::new(),
        en: String::new(),
    });
    let waiting = Part {
        source: Source::Findings { checks: checks.to_vec(), pooled_from: None, open: false },
        minimum: 4,
        below: Below::Pending,
        ..part("2", Rule::Deduct { per_miss: decimal("0.5") })
    };
    let unit: UnitPath = "3211/02/001/001".parse().expect("a path");
    let members = [unit.clone()];
    let scored = Scored { members: &members, without_records: &[] };
    let (state, worst, best) = bounds(&waiting, &scored, tally(1, 2), false);
    assert_eq!(state, State::Pending);
    assert_eq!((worst, best), (Count { n: 4, hits: 1 }, Count { n: 4, hits: 3 }));
}
