//! Running a standard's measures on the records of a subtree.

mod explain;
mod pool;
pub(crate) mod prepare;
mod scope;
mod tally;

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::resume_unwind,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use linli_wire::{Arrangement, Digest, UnitPath};

pub use explain::{Subject, explain};
pub use pool::Disproof;
pub(crate) use prepare::evaluator_tables;

use crate::{
    date::Date,
    derived::Needed,
    engine::Engine,
    error::EvalError,
    fold::{self, Folded, PartTally, Scored},
    period::Period,
    scorecard::Scorecard,
    standard::Standard,
};
use scope::{Pooled, Portion, Scope};
use tally::Tallies;

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
    fn of(mut scorecards: Vec<Scorecard>) -> Self {
        scorecards.sort_by(|a, b| (&a.unit, &a.standard, a.pack).cmp(&(&b.unit, &b.standard, b.pack)));
        Self { scorecards }
    }

    pub fn scorecard(&self, unit: &UnitPath) -> Option<&Scorecard> {
        self.scorecards.iter().find(|card| card.unit == *unit)
    }
}

/// Scores every programme community and street at or below the request's root, by the standards for their
/// level. A unit outside the programme gets no scorecard.
pub fn evaluate<E: Engine>(engine: &mut E, request: &Request<'_>) -> Result<Evaluation, EvalError<E::Error>> {
    let families = families(request)?;
    let portions = portions(engine, request)?;
    let mut scorecards = Vec::new();
    for portion in &portions {
        scorecards.extend(score(engine, request, &families, portion)?);
    }
    Ok(Evaluation::of(scorecards))
}

/// The same with several engines that show one state, each on a core of its own. The scorecards are the same bytes
/// however many there are: each follows from its unit's portion alone.
pub fn evaluate_on<E: Engine + Send>(
    engines: &mut [E],
    request: &Request<'_>,
) -> Result<Evaluation, EvalError<E::Error>> {
    let families = families(request)?;
    let first = engines.first_mut().ok_or(EvalError::NoEngine)?;
    let portions = portions(first, request)?;
    let next = AtomicUsize::new(0);
    let work = |engine: &mut E| -> Result<Vec<Scorecard>, EvalError<E::Error>> {
        let mut scorecards = Vec::new();
        while let Some(portion) = portions.get(next.fetch_add(1, Ordering::Relaxed)) {
            scorecards.extend(score(engine, request, &families, portion)?);
        }
        Ok(scorecards)
    };
    let scorecards = thread::scope(|scope| {
        let workers: Vec<_> = engines.iter_mut().map(|engine| scope.spawn(|| work(engine))).collect();
        let joined =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        joined.collect::<Result<Vec<_>, _>>()
    })?;
    Ok(Evaluation::of(scorecards.into_iter().flatten().collect()))
}

/// What there is to be scored on the last day of the period.
fn portions<E: Engine>(engine: &mut E, request: &Request<'_>) -> Result<Vec<Portion>, EvalError<E::Error>> {
    let as_of: Date = request.as_of.parse()?;
    Ok(Scope::read(engine, &request.root, &request.arrangement, as_of.day_number())?.portions())
}

/// Standards whose measures read the same tables: one for communities and one for streets, as a rule.
struct Family<'a> {
    period: Period,
    standards: Vec<&'a Standard>,
    /// What any of their measures needs.
    derived: Vec<Needed>,
}

fn families<'a, E: std::error::Error + Send + Sync + 'static>(
    request: &Request<'a>,
) -> Result<Vec<Family<'a>>, EvalError<E>> {
    let mut families: Vec<Family<'a>> = Vec::new();
    for standard in &request.standards {
        let period = period(request, standard)?;
        let same =
            |family: &&mut Family<'a>| family.period == period && family.standards[0].shares_tables(standard);
        match families.iter_mut().find(same) {
            Some(family) => family.standards.push(standard),
            None => families.push(Family { period, standards: vec![standard], derived: Vec::new() }),
        }
    }
    for family in &mut families {
        family.derived = Standard::needed_by_all(&family.standards);
    }
    if families.is_empty() { Err(EvalError::NoStandard) } else { Ok(families) }
}

fn period<E: std::error::Error + Send + Sync + 'static>(
    request: &Request<'_>,
    standard: &Standard,
) -> Result<Period, EvalError<E>> {
    let period = Period::of(standard, request.start, request.as_of, request.close)?;
    if period.runs_forwards() {
        return Ok(period);
    }
    Err(EvalError::Period {
        start: period.start.to_string(),
        as_of: period.as_of.to_string(),
        close: period.close.to_string(),
    })
}

/// Scores a portion by every standard.
fn score<E: Engine>(
    engine: &mut E,
    request: &Request<'_>,
    families: &[Family<'_>],
    portion: &Portion,
) -> Result<Vec<Scorecard>, EvalError<E::Error>> {
    let mut scorecards = Vec::new();
    for family in families {
        scorecards.extend(score_by(engine, request, family, portion)?);
    }
    Ok(scorecards)
}

/// Scores a portion by the standards of a family, and leaves no table behind.
fn score_by<E: Engine>(
    engine: &mut E,
    request: &Request<'_>,
    family: &Family<'_>,
    portion: &Portion,
) -> Result<Vec<Scorecard>, EvalError<E::Error>> {
    let calendar = &family.standards[0].calendar;
    let scored = prepare::prepare(engine, &family.period, calendar, portion.units(), &family.derived)
        .and_then(|()| {
            let with_records = prepare::with_records(engine)?;
            let mut cards = Vec::new();
            for standard in &family.standards {
                let mut scored = portion.scored(standard.level);
                scored.retain(|pooled| request.scores(&pooled.unit, standard));
                if scored.is_empty() {
                    continue;
                }
                pool::fill(engine, standard, &family.period, &scored)?;
                let tallies = tally::tallies(engine, standard)?;
                for pooled in &scored {
                    cards.push(card(request, standard, &family.period, pooled, &with_records, &tallies)?);
                }
            }
            Ok(cards)
        });
    let cleaned = prepare::drop_tables(engine, &family.derived);
    let scored = scored?;
    cleaned.map(|()| scored)
}

fn card<E: std::error::Error + Send + Sync + 'static>(
    request: &Request<'_>,
    standard: &Standard,
    period: &Period,
    pooled: &Pooled,
    with_records: &BTreeSet<UnitPath>,
    tallies: &Tallies,
) -> Result<Scorecard, EvalError<E>> {
    let Pooled { unit, members } = pooled;
    let without_records: Vec<UnitPath> =
        members.iter().filter(|member| !with_records.contains(*member)).cloned().collect();
    let scored = Scored { members, without_records: &without_records };
    let of = |item: &str, part: &str| -> PartTally {
        let key = (unit.as_str().to_owned(), item.to_owned(), part.to_owned());
        tallies.get(&key).copied().unwrap_or_default()
    };
    let Folded { items, vetoes, total, outcome, needs_sign_off } = fold::fold(standard, &scored, of)
        .map_err(|overflow| EvalError::Overflow { unit: unit.clone(), item: overflow.item })?;
    Ok(Scorecard {
        unit: unit.clone(),
        standard: standard.id.clone(),
        version: standard.version.clone(),
        pack: standard.hash,
        start: period.start.to_string(),
        as_of: period.as_of.to_string(),
        close: period.close.to_string(),
        frontier: request.frontiers.get(unit).copied(),
        items,
        vetoes,
        total,
        outcome,
        needs_sign_off,
        without_records,
    })
}
