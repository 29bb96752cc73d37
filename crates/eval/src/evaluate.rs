//! Running a standard's measures on the records of a subtree.

mod explain;
mod family;
mod kept;
mod pool;
mod portion;
pub(crate) mod prepare;
mod scope;
mod tally;
mod work;

use std::{
    collections::BTreeMap,
    panic::resume_unwind,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use linli_wire::{Arrangement, Digest, UnitPath};

pub use explain::{Subject, explain};
pub use kept::{Changes, Kept, KeptSlice};
pub use pool::Disproof;
pub(crate) use prepare::evaluator_tables;
pub use scope::{counted_on, merged_on};

use crate::{engine::Engine, error::EvalError, scorecard::Scorecard, standard::Standard};
use portion::{Counted, Job};
use work::Work;

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
    Ok(evaluate_again(engine, request, &Kept::new(), &Changes::default())?.evaluation)
}

/// An evaluation, and what the next one may use of it.
#[derive(Debug)]
pub struct Again {
    pub evaluation: Evaluation,
    /// The slices that were counted now, by their names, to be kept.
    pub fresh: Kept,
    /// Slices that were used as they had been kept.
    pub reused: usize,
}

/// The same with what earlier evaluations kept, as far as it holds by when spaces changed. The scorecards are the same
/// bytes whatever was kept.
pub fn evaluate_again<E: Engine>(
    engine: &mut E,
    request: &Request<'_>,
    kept: &Kept,
    changes: &Changes,
) -> Result<Again, EvalError<E::Error>> {
    let work = Work::of(engine, request)?;
    work.scored(kept, changes, &mut |jobs| jobs.iter().map(|job| work.count(engine, job)).collect())
}

/// The same with several engines that show one state, each on a core of its own. The scorecards are the same bytes
/// however many there are.
pub fn evaluate_on<E: Engine + Send>(
    engines: &mut [E],
    request: &Request<'_>,
    kept: &Kept,
    changes: &Changes,
) -> Result<Again, EvalError<E::Error>> {
    let work = Work::of(engines.first_mut().ok_or(EvalError::NoEngine)?, request)?;
    work.scored(kept, changes, &mut |jobs| on_all(engines, &work, jobs))
}

/// Does tasks on all engines, and returns what came of them in their order.
fn on_all<E: Engine + Send>(
    engines: &mut [E],
    work: &Work<'_>,
    jobs: &[Job],
) -> Result<Vec<Counted>, EvalError<E::Error>> {
    let next = AtomicUsize::new(0);
    let worker = |engine: &mut E| -> Result<Vec<(usize, Counted)>, EvalError<E::Error>> {
        let mut counted = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(at) else { return Ok(counted) };
            counted.push((at, work.count(engine, job)?));
        }
    };
    let mut counted = thread::scope(|scope| {
        let workers: Vec<_> = engines.iter_mut().map(|engine| scope.spawn(|| worker(engine))).collect();
        let joined =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        joined.collect::<Result<Vec<_>, _>>()
    })?
    .into_iter()
    .flatten()
    .collect::<Vec<_>>();
    counted.sort_by_key(|(at, _)| *at);
    Ok(counted.into_iter().map(|(_, counted)| counted).collect())
}
