//! Running a standard's measures on the records of a subtree.

mod explain;
pub(crate) mod prepare;
mod tally;

use std::collections::BTreeMap;

use linli_wire::{Arrangement, Digest, Level, UnitPath};

pub use explain::{Subject, explain};
pub use prepare::Disproof;
pub(crate) use prepare::evaluator_tables;

use crate::{
    engine::Engine,
    error::EvalError,
    fold::{self, Folded, PartTally, Scored},
    scorecard::Scorecard,
    standard::Standard,
};
use prepare::Prepared;

/// What to evaluate: a subtree at a cut, by standards, as of a date.
///
/// The cut is what the engine shows. The dates are ISO (`2026-10-31`).
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Every programme unit at or below it gets a scorecard.
    pub root: UnitPath,
    /// Which unit lies below which on the last day of the period.
    pub arrangement: Arrangement,
    /// The last day of the period, T.
    pub as_of: &'a str,
    /// The first day of the period; without it the last 1 November on or before T.
    pub start: Option<&'a str>,
    /// The last day on which records were received; without it the standard's rule (10 working days after T).
    /// A later one makes a superseding scorecard, which names it.
    pub close: Option<&'a str>,
    /// The digest of each unit's frontier at the cut, to be named on its scorecard.
    pub frontiers: BTreeMap<UnitPath, Digest>,
    pub standards: Vec<&'a Standard>,
    /// Which of several standards for one level scores a unit, by its hash: a district may have its own. Without
    /// it each standard scores every unit of its level.
    pub scored_by: Option<BTreeMap<UnitPath, Digest>>,
}

impl<'a> Request<'a> {
    /// A request with the default start and close, without frontiers, and with units where their paths put them.
    pub fn new(root: UnitPath, as_of: &'a str, standards: Vec<&'a Standard>) -> Self {
        let (arrangement, frontiers) = (Arrangement::default(), BTreeMap::new());
        Self { root, arrangement, as_of, start: None, close: None, frontiers, standards, scored_by: None }
    }

    fn scores(&self, unit: &UnitPath, standard: &Standard) -> bool {
        self.scored_by.as_ref().is_none_or(|packs| packs.get(unit) == Some(&standard.hash))
    }
}

/// The scorecards of a subtree, sorted by unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    pub scorecards: Vec<Scorecard>,
}

impl Evaluation {
    pub fn scorecard(&self, unit: &UnitPath) -> Option<&Scorecard> {
        self.scorecards.iter().find(|card| card.unit == *unit)
    }
}

/// Scores every programme community and street at or below the request's root, by the standards for their
/// level. A unit outside the programme gets no scorecard.
pub fn evaluate<E: Engine>(engine: &mut E, request: &Request<'_>) -> Result<Evaluation, EvalError<E::Error>> {
    if request.standards.is_empty() {
        return Err(EvalError::NoStandard);
    }
    let mut scorecards = Vec::new();
    let mut prepared = None;
    let result = request.standards.iter().try_for_each(|standard| {
        let current = prepare::prepare(engine, request, standard, prepared.take())?;
        let found = score(engine, request, standard, &current);
        prepared = Some(current);
        scorecards.extend(found?);
        Ok(())
    });
    let cleaned = prepare::drop_tables(engine, prepared.as_ref());
    result.and(cleaned)?;
    scorecards.sort_by(|a, b| (&a.unit, &a.standard).cmp(&(&b.unit, &b.standard)));
    Ok(Evaluation { scorecards })
}

fn score<E: Engine>(
    engine: &mut E,
    request: &Request<'_>,
    standard: &Standard,
    prepared: &Prepared,
) -> Result<Vec<Scorecard>, EvalError<E::Error>> {
    let tallies = tally::tallies(engine, standard)?;
    let mut cards = Vec::new();
    let scored = prepared.scope.scored(standard.level);
    for (unit, members) in scored.into_iter().filter(|(unit, _)| request.scores(unit, standard)) {
        let without_records: Vec<UnitPath> =
            members.iter().filter(|member| !prepared.with_records.contains(*member)).cloned().collect();
        let scored = Scored { unit: &unit, members: &members, without_records: &without_records };
        let of = |item: &str, part: &str| -> PartTally {
            let key = (unit.as_str().to_owned(), item.to_owned(), part.to_owned());
            tallies.get(&key).copied().unwrap_or_default()
        };
        let folded = fold::fold(standard, &scored, of)
            .map_err(|overflow| EvalError::Overflow { unit: unit.clone(), item: overflow.item })?;
        cards.push(card(request, standard, prepared, &scored, folded));
    }
    Ok(cards)
}

fn card(
    request: &Request<'_>,
    standard: &Standard,
    prepared: &Prepared,
    scored: &Scored<'_>,
    folded: Folded,
) -> Scorecard {
    Scorecard {
        unit: scored.unit.clone(),
        standard: standard.id.clone(),
        version: standard.version.clone(),
        pack: standard.hash,
        start: prepared.period.start.to_string(),
        as_of: prepared.period.as_of.to_string(),
        close: prepared.period.close.to_string(),
        frontier: request.frontiers.get(scored.unit).copied(),
        items: folded.items,
        vetoes: folded.vetoes,
        total: folded.total,
        outcome: folded.outcome,
        needs_sign_off: folded.needs_sign_off,
        without_records: scored.without_records.to_vec(),
    }
}

/// The programme units of the scope and which records count for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Programme communities.
    communities: Vec<UnitPath>,
    /// Programme streets at or below the root.
    streets: Vec<UnitPath>,
    arrangement: Arrangement,
}

impl Scope {
    /// The units that a standard of this level scores, each with the communities whose records count.
    fn scored(&self, level: Level) -> Vec<(UnitPath, Vec<UnitPath>)> {
        if level == Level::Community {
            return self.communities.iter().map(|unit| (unit.clone(), vec![unit.clone()])).collect();
        }
        let below = |street: &UnitPath| -> Vec<UnitPath> {
            self.communities.iter().filter(|unit| self.arrangement.is_above(street, unit)).cloned().collect()
        };
        self.streets.iter().map(|street| (street.clone(), below(street))).collect()
    }
}
