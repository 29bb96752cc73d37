//! What a case shows, read from its counts and from the rule of its part, so that no case can claim to stand at a
//! threshold without standing there.

use std::collections::BTreeSet;

use linli_eval::{
    Part, Ratio,
    standard::{Below, Rule, Source},
};

use crate::case::read;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Every subject hits.
    Full,
    /// No subject hits, and there are no points.
    Zero,
    /// It passes, or gives all, and would not with one hit less.
    AtThreshold,
    /// It would pass, or give all, with one hit more.
    OneShort,
    /// Exactly the share asked for, with more misses than are allowed of any few.
    ExactShare,
    /// Exactly the rate from which a linear rule begins to give.
    AtStart,
    /// Below that rate, with hits.
    BelowStart,
    /// Between none and all of the points.
    Partly,
    /// One miss.
    OneMiss,
    /// Too few to judge by: nobody at all, or fewer than the standard's minimum.
    TooFew,
    /// Nobody to count, and a reviewer signed so.
    Signed,
    /// Rows that say why the part cannot be judged, or cannot be signed off.
    Blocked,
    /// Checks without a finding.
    Unfound,
}

use Kind::{
    AtStart, AtThreshold, BelowStart, Blocked, ExactShare, Full, OneMiss, OneShort, Partly, Signed, TooFew,
    Unfound, Zero,
};

/// The kinds of which every part has to have a case.
pub fn required(part: &Part) -> BTreeSet<Kind> {
    let mut kinds: BTreeSet<Kind> = match part.rule {
        Rule::AllOrNothing { misses_allowed: 0, .. } => [Full, Zero, AtThreshold, OneShort].into(),
        Rule::AllOrNothing { .. } => [Full, Zero, AtThreshold, OneShort, ExactShare].into(),
        Rule::Linear { .. } => [Full, Zero, AtStart, BelowStart, Partly, AtThreshold, OneShort].into(),
        Rule::Deduct { .. } => [Full, Zero, OneMiss].into(),
        Rule::Penalty { .. } => [OneMiss].into(),
    };
    match part.source {
        Source::Findings { .. } => kinds.extend([Unfound]),
        Source::Records { .. } if part.below == Below::NotApplicable => kinds.extend([TooFew, Signed]),
        Source::Records { .. } => kinds.extend([TooFew]),
    }
    let blocked = part.blocked_by.is_some() || part.sign_off_blocked_by.is_some();
    kinds.extend(blocked.then_some(Blocked));
    kinds
}

/// The kinds that a case shows, by its text and what it gives.
pub fn shown(part: &Part, case: &str, expected: &str) -> BTreeSet<Kind> {
    let (signed, hits, n) = read(case);
    let pending = expected.ends_with("pending");
    if let Source::Findings { checks, .. } = &part.source
        && n < checks.len()
    {
        return [Unfound].into();
    }
    if (n as u64) < part.minimum.max(1) {
        return match (signed, pending) {
            (false, _) => [TooFew].into(),
            (true, false) => [Signed].into(),
            (true, true) => [Blocked].into(),
        };
    }
    if pending {
        return [Blocked].into();
    }
    let (hits, n) = (hits as i128, n as i128);
    let mut kinds = by_rule(part, hits, n);
    kinds.extend((hits == n).then_some(Full));
    kinds
}

fn by_rule(part: &Part, hits: i128, n: i128) -> BTreeSet<Kind> {
    let mut kinds = BTreeSet::new();
    let reaches = |hits: i128, rate: Ratio| hits * rate.den() >= n * rate.num();
    let exactly = |rate: Ratio| hits * rate.den() == n * rate.num();
    match part.rule {
        Rule::AllOrNothing { at, misses_allowed } => {
            let passes = |hits: i128| reaches(hits, at) || n - hits <= i128::from(misses_allowed);
            kinds.extend((passes(hits) && !passes(hits - 1)).then_some(AtThreshold));
            kinds.extend((!passes(hits) && passes(hits + 1)).then_some(OneShort));
            kinds.extend((exactly(at) && n - hits > i128::from(misses_allowed)).then_some(ExactShare));
            kinds.extend((hits == 0 && !passes(0)).then_some(Zero));
        }
        Rule::Linear { from, full } => {
            kinds.extend((reaches(hits, full) && !reaches(hits - 1, full)).then_some(AtThreshold));
            kinds.extend((!reaches(hits, full) && reaches(hits + 1, full)).then_some(OneShort));
            kinds.extend(exactly(from).then_some(AtStart));
            kinds.extend((!reaches(hits, from) && hits > 0).then_some(BelowStart));
            let partly = reaches(hits, from) && !exactly(from) && !reaches(hits, full);
            kinds.extend(partly.then_some(Partly));
            kinds.extend((hits == 0).then_some(Zero));
        }
        Rule::Deduct { per_miss } => {
            let taken =
                Ratio::new((n - hits) * per_miss.num(), per_miss.den()).expect("a positive denominator");
            kinds.extend((taken >= part.points).then_some(Zero));
            kinds.extend((n - hits == 1).then_some(OneMiss));
        }
        Rule::Penalty { .. } => kinds.extend((n - hits == 1).then_some(OneMiss)),
    }
    kinds
}
