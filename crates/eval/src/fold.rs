//! From counted subjects to points, vetoes and an outcome, by exact fractions alone.

mod rule;

use linli_wire::UnitPath;

use crate::{
    ratio::Ratio,
    scorecard::{ItemScore, Outcome, PartScore, Range, State, Veto, VetoState},
    standard::{Below, Item, Part, SIGN_OFF, Source, Standard},
};
use rule::Count;

/// The subjects of one part in one unit, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Subjects, whatever they weigh.
    pub subjects: u64,
    /// Weights of all subjects.
    pub n: u64,
    /// Weights of the hits that stand.
    pub hits: u64,
    /// Weights of the hits that a disproof turned into misses.
    pub disproved: u64,
    /// Subjects that weigh nothing: shown, not counted.
    pub listed: u64,
}

/// What a part reads: its subjects, and what keeps it from being judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PartTally {
    pub score: Tally,
    /// Rows that leave the part pending.
    pub blocking: u64,
    /// Rows that forbid to sign off an empty part.
    pub blocking_sign_off: u64,
}

/// The unit that is scored, and what is known of the units that its records come from.
#[derive(Debug)]
pub struct Scored<'a> {
    /// The communities whose records count: the unit itself, or a street's programme communities.
    pub members: &'a [UnitPath],
    /// Those of them that have no records.
    pub without_records: &'a [UnitPath],
}

impl Scored<'_> {
    /// Whether records are missing, so that what is read from them cannot be judged.
    fn lacks_records(&self) -> bool {
        self.members.is_empty() || !self.without_records.is_empty()
    }

    fn has_none(&self) -> bool {
        self.without_records.len() == self.members.len()
    }
}

/// The outcome of the fold: a scorecard without its names and dates.
#[derive(Debug, PartialEq, Eq)]
pub struct Folded {
    pub items: Vec<ItemScore>,
    pub vetoes: Vec<Veto>,
    pub total: Range,
    pub outcome: Outcome,
    pub needs_sign_off: bool,
}

/// An item whose points do not fit an exact fraction.
#[derive(Debug, PartialEq, Eq)]
pub struct Overflow {
    pub item: String,
}

/// Folds the tallies of one unit. It goes through the items of the standard and not through the tallies, so
/// that a part without a single subject is seen.
pub fn fold(
    standard: &Standard,
    scored: &Scored<'_>,
    tally: impl Fn(&str, &str) -> PartTally,
) -> Result<Folded, Overflow> {
    let mut items = Vec::new();
    let mut vetoes = Vec::new();
    let mut total = Range::exactly(Ratio::ZERO);
    let mut needs_sign_off = false;
    for item in &standard.items {
        let overflow = || Overflow { item: item.id.clone() };
        // One signature answers for every empty denominator of the item.
        let signed = item.can_be_empty() && tally(&item.id, SIGN_OFF).score.hits > 0;
        let parts = item
            .parts
            .iter()
            .map(|part| part_score(item, part, scored, tally(&item.id, &part.id), signed))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(overflow)?;
        needs_sign_off |= parts.iter().any(|part| part.unsigned);
        vetoes.extend(item.veto.as_ref().map(|veto| veto_of(veto, item, &parts)));
        let score = item_score(item, parts).ok_or_else(overflow)?;
        total = add(total, score.points).ok_or_else(overflow)?;
        items.push(score);
    }
    vetoes.sort_by(|a, b| a.id.cmp(&b.id));
    let outcome = outcome(standard, scored, &vetoes, total, needs_sign_off);
    Ok(Folded { items, vetoes, total, outcome, needs_sign_off })
}

fn add(left: Range, right: Range) -> Option<Range> {
    Some(Range { min: left.min.plus(right.min)?, max: left.max.plus(right.max)? })
}

/// A part's score and, for all-or-nothing rules, whether it passes at worst and at best.
struct Judged {
    score: PartScore,
    passes: (bool, bool),
    /// An empty denominator waits for a reviewer's signature, and for nothing else.
    unsigned: bool,
}

fn part_score(
    item: &Item,
    part: &Part,
    scored: &Scored<'_>,
    tally: PartTally,
    signed: bool,
) -> Option<Judged> {
    let count = tally.score;
    let unsigned = !signed && bounds(part, scored, tally, true).0 == State::NotApplicable;
    let (state, worst, best) = bounds(part, scored, tally, signed);
    let (points, passes) = match state {
        State::NotApplicable => (Range::exactly(part.points), (true, true)),
        State::Pending if worst == best => (Range { min: Ratio::ZERO, max: part.points }, (false, true)),
        State::Scored | State::Pending => {
            let min = rule::points(part, worst)?;
            let max = rule::points(part, best)?;
            (Range { min, max }, (rule::passes(part.rule, worst)?, rule::passes(part.rule, best)?))
        }
    };
    let all_or_nothing = item.all_parts || item.veto.is_some();
    let missing = expected(part, scored).saturating_sub(count.subjects);
    let score = PartScore {
        id: part.id.clone(),
        state,
        points,
        passes: (all_or_nothing && passes.0 == passes.1).then_some(passes.0),
        n: count.n,
        hits: count.hits,
        disproved: count.disproved,
        listed: count.listed,
        missing,
    };
    Some(Judged { score, passes, unsigned })
}

/// How many findings a part waits for.
fn expected(part: &Part, scored: &Scored<'_>) -> u64 {
    match &part.source {
        Source::Findings { checks, pooled_from, open: false } => {
            let units = if pooled_from.is_some() { scored.members.len() } else { 1 };
            (checks.len() * units) as u64
        }
        _ => 0,
    }
}

/// The state of a part and the counts to judge it by, at worst and at best. Where it is pending and both
/// are equal, nothing can be said but that it gives between nothing and all its points. `signed`: whether a
/// reviewer has signed off the item's empty denominators.
fn bounds(part: &Part, scored: &Scored<'_>, tally: PartTally, signed: bool) -> (State, Count, Count) {
    let count = Count { n: tally.score.n, hits: tally.score.hits };
    let same = |state| (state, count, count);
    if tally.blocking > 0 {
        return same(State::Pending);
    }
    match &part.source {
        Source::Records { .. } if scored.lacks_records() => same(State::Pending),
        Source::Records { .. } if tally.score.subjects.min(count.n) < part.minimum => match part.below {
            Below::Pending => same(State::Pending),
            Below::NotApplicable if !signed || tally.blocking_sign_off > 0 => same(State::Pending),
            Below::NotApplicable => same(State::NotApplicable),
            Below::Passes => {
                let passing = Count { n: 1, hits: 1 };
                (State::Scored, passing, passing)
            }
        },
        Source::Records { .. } | Source::Findings { open: true, .. } => same(State::Scored),
        Source::Findings { checks, .. } => {
            let expected = expected(part, scored);
            let all = part.minimum == checks.len() as u64;
            let found = tally.score.subjects;
            if expected == 0 {
                same(State::Pending)
            } else if all && found < expected {
                let missing = expected - found;
                let worst = Count { n: count.n + missing, hits: count.hits };
                (State::Pending, worst, Count { n: worst.n, hits: count.hits + missing })
            } else if !all && found < part.minimum {
                same(State::Pending)
            } else {
                same(State::Scored)
            }
        }
    }
}

fn item_score(item: &Item, parts: Vec<Judged>) -> Option<ItemScore> {
    let states = |state| parts.iter().filter(|part| part.score.state == state).count();
    let points = if item.all_parts {
        let given = |passes: bool| if passes { item.points } else { Ratio::ZERO };
        Range {
            min: given(parts.iter().all(|part| part.passes.0)),
            max: given(parts.iter().all(|part| part.passes.1)),
        }
    } else {
        let zero = Range::exactly(Ratio::ZERO);
        let sum = parts.iter().try_fold(zero, |sum, part| add(sum, part.score.points))?;
        Range {
            min: sum.min.clamped(Ratio::ZERO, item.points),
            max: sum.max.clamped(Ratio::ZERO, item.points),
        }
    };
    // One failing test decides an all-parts item, whatever the others wait for.
    let decided = item.all_parts && points.min == points.max;
    let state = if states(State::Pending) > 0 && !decided {
        State::Pending
    } else if states(State::NotApplicable) == parts.len() {
        State::NotApplicable
    } else {
        State::Scored
    };
    let parts = parts.into_iter().map(|part| part.score).collect();
    Some(ItemScore { id: item.id.clone(), state, points, parts })
}

fn veto_of(veto: &str, item: &Item, parts: &[Judged]) -> Veto {
    let named = |keep: fn(&Judged) -> bool| -> Vec<String> {
        parts.iter().filter(|part| keep(part)).map(|part| part.score.id.clone()).collect()
    };
    let failing = named(|part| !part.passes.1);
    let open = named(|part| !part.passes.0);
    let (state, parts) = if !failing.is_empty() {
        (VetoState::Fails, failing)
    } else if !open.is_empty() {
        (VetoState::Pending, open)
    } else {
        (VetoState::Passes, Vec::new())
    };
    Veto { id: veto.to_owned(), item: item.id.clone(), state, parts }
}

/// Recognised iff every veto passes and the total reaches the threshold; undetermined as long as what is
/// pending could turn it, or an empty denominator waits for its signature.
fn outcome(
    standard: &Standard,
    scored: &Scored<'_>,
    vetoes: &[Veto],
    total: Range,
    needs_sign_off: bool,
) -> Outcome {
    let all_pass = vetoes.iter().all(|veto| veto.state == VetoState::Passes);
    if scored.has_none() {
        Outcome::NoRecords
    } else if vetoes.iter().any(|veto| veto.state == VetoState::Fails) || total.max < standard.threshold {
        Outcome::DoesNotMeet
    } else if all_pass && total.min >= standard.threshold && !needs_sign_off {
        Outcome::Meets
    } else {
        Outcome::Undetermined
    }
}

#[cfg(test)]
mod tests;
