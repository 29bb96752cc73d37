//! The four rules, over integers and exact fractions.

use crate::{
    ratio::Ratio,
    standard::{Part, Rule},
};

/// A denominator and its hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub n: u64,
    pub hits: u64,
}

impl Count {
    fn misses(self) -> u64 {
        self.n.saturating_sub(self.hits)
    }

    fn rate(self) -> Option<Ratio> {
        Ratio::new(i128::from(self.hits), i128::from(self.n))
    }
}

/// Whether a count passes; rules other than all-or-nothing have no line to pass.
pub fn passes(rule: Rule, count: Count) -> Option<bool> {
    let Rule::AllOrNothing { at, misses_allowed } = rule else { return Some(true) };
    // 80 of 100 at 4/5: 100 · 4 ≤ 80 · 5. Integers alone, so that 79.999…% is below and 80% is not.
    let needed = i128::from(count.n).checked_mul(at.num())?;
    let reached = i128::from(count.hits).checked_mul(at.den())?;
    Some(reached >= needed || count.misses() <= misses_allowed)
}

/// The points of a part for a count; `None` where they do not fit an exact fraction.
pub fn points(part: &Part, count: Count) -> Option<Ratio> {
    let misses = Ratio::new(i128::from(count.misses()), 1)?;
    match part.rule {
        Rule::AllOrNothing { .. } => Some(if passes(part.rule, count)? { part.points } else { Ratio::ZERO }),
        Rule::Linear { from, full } => {
            let Some(rate) = count.rate() else { return Some(Ratio::ZERO) };
            if rate < from {
                Some(Ratio::ZERO)
            } else if rate >= full {
                Some(part.points)
            } else {
                rate.minus(from)?.over(full.minus(from)?)?.times(part.points)
            }
        }
        Rule::Deduct { per_miss } => Some(part.points.minus(misses.times(per_miss)?)?.max(Ratio::ZERO)),
        Rule::Penalty { per_miss } => Ratio::ZERO.minus(misses.times(per_miss)?),
    }
}
