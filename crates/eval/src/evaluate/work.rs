//! What an evaluation has to count, what it need not, and the scorecards that follow.

use std::collections::BTreeMap;

use linli_wire::UnitPath;

use super::{
    Again, Evaluation, Request,
    family::{self, Family},
    kept::{Changes, Ground, Kept, Slice, SliceId},
    pool,
    portion::{self, Counted, Job, Pass, Scored},
    scope::{Portion, Scope},
    tally::{self, Tallies},
};
use crate::{
    date::Date,
    engine::Engine,
    error::EvalError,
    fold::{self, Folded, PartTally},
    scorecard::Scorecard,
};

/// Does jobs, and returns what was counted in each, in their order.
type Counting<'c, E> = dyn FnMut(&[Job]) -> Result<Vec<Counted>, EvalError<E>> + 'c;

/// An evaluation, read as far as it takes to divide it.
pub struct Work<'a> {
    request: &'a Request<'a>,
    families: Vec<Family<'a>>,
    scope: Scope,
    portions: Vec<Portion>,
    /// By family and portion, what is scored.
    scored: Vec<Vec<Vec<Scored>>>,
}

impl<'a> Work<'a> {
    pub fn of<E: Engine>(engine: &mut E, request: &'a Request<'a>) -> Result<Self, EvalError<E::Error>> {
        let families = family::families(request)?;
        // What there is to be scored on the last day of the period.
        let as_of: Date = request.as_of.parse()?;
        let scope = Scope::read(engine, &request.root, &request.arrangement, as_of.day_number())?;
        let portions = scope.portions();
        let mut scored = Vec::new();
        for family in &families {
            let recorded = pool::recorded(engine, &family.period)?;
            let of = |portion| portion::scored(request, family, portion, &recorded);
            scored.push(portions.iter().map(of).collect());
        }
        Ok(Self { request, families, scope, portions, scored })
    }

    pub fn count<E: Engine>(&self, engine: &mut E, job: &Job) -> Result<Counted, EvalError<E::Error>> {
        let (family, portion) = (&self.families[job.family], &self.portions[job.portion]);
        portion::count(engine, family, portion, &self.scored[job.family][job.portion], job)
    }

    /// Counts what is not kept, and folds everything.
    pub fn scored<E: std::error::Error + Send + Sync + 'static>(
        &self,
        kept: &Kept,
        changes: &Changes,
        count: &mut Counting<'_, E>,
    ) -> Result<Again, EvalError<E>> {
        let ground = Ground::new(kept, changes, &self.request.arrangement, self.scope.described);
        let mut jobs = Vec::new();
        for portion in 0..self.portions.len() {
            for family in 0..self.families.len() {
                jobs.extend(self.jobs(&ground, family, portion));
            }
        }
        let mut fresh: BTreeMap<SliceId, Slice> = BTreeMap::new();
        let mut again = Vec::new();
        for (job, counted) in jobs.iter().zip(count(&jobs)?) {
            if counted.shared {
                again.push(Job { pass: Pass::All, ..job.clone() });
            }
            add(&mut fresh, counted);
        }
        for counted in count(&again)? {
            // Instead of what was counted of the same portion.
            fresh.extend(counted.slices);
        }
        let mut scorecards = Vec::new();
        let mut result =
            Again { evaluation: Evaluation { scorecards: Vec::new() }, fresh: Kept::new(), reused: 0 };
        for (at, family) in self.families.iter().enumerate() {
            for one in self.scored[at].iter().flatten() {
                let (mut tallies, mut without_records) = (Tallies::new(), Vec::new());
                for id in one.ids(at) {
                    let slice = if let Some(slice) = fresh.remove(&id) {
                        let (name, kept) = ground.keep(family, &id, one, slice.clone());
                        result.fresh.insert(name, kept);
                        slice
                    } else {
                        result.reused += 1;
                        ground.find(family, &id, one).cloned().unwrap_or_default()
                    };
                    tally::add(&mut tallies, &slice.tallies);
                    without_records.extend(slice.without_records);
                }
                without_records.sort();
                scorecards.push(self.card(family, one, &without_records, &tallies)?);
            }
        }
        result.evaluation = Evaluation::of(scorecards);
        Ok(result)
    }

    /// What has to be counted of a portion.
    fn jobs(&self, ground: &Ground<'_>, family: usize, portion: usize) -> Vec<Job> {
        let scored = &self.scored[family][portion];
        let communities = &self.portions[portion].communities;
        let job = |pass| Job { family, portion, pass };
        let (mut changed, mut own_changed, mut shared) = (Vec::new(), false, false);
        for one in scored {
            for id in one.ids(family) {
                let found = ground.find(&self.families[family], &id, one);
                match (found, &id.member) {
                    (Some(slice), Some(_)) => shared |= slice.shared,
                    (Some(_), None) => {}
                    (None, Some(community)) => changed.push(community.clone()),
                    (None, None) if one.pooled.is_street() => own_changed = true,
                    (None, None) => changed.push(id.unit),
                }
            }
        }
        changed.sort();
        changed.dedup();
        let street = scored.iter().any(|one| one.pooled.is_street());
        let any = own_changed || !changed.is_empty();
        if any && (changed.len() == communities.len() || (street && shared)) {
            vec![job(Pass::All)]
        } else if any && street {
            vec![job(Pass::Inside(changed)), job(Pass::Across)]
        } else if any {
            vec![job(Pass::Inside(changed))]
        } else {
            Vec::new()
        }
    }

    fn card<E: std::error::Error + Send + Sync + 'static>(
        &self,
        family: &Family<'_>,
        one: &Scored,
        without_records: &[UnitPath],
        tallies: &Tallies,
    ) -> Result<Scorecard, EvalError<E>> {
        let (standard, period) = (family.standards[one.standard], &family.period);
        let unit = &one.pooled.unit;
        let scored = fold::Scored { members: &one.pooled.members, without_records };
        let of = |item: &str, part: &str| -> PartTally {
            tallies.get(&(item.to_owned(), part.to_owned())).copied().unwrap_or_default()
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
            frontier: self.request.frontiers.get(unit).copied(),
            items,
            vetoes,
            total,
            outcome,
            needs_sign_off,
            without_records: without_records.to_vec(),
        })
    }
}

/// Two passes over a portion each count some of its street's own slice.
fn add(fresh: &mut BTreeMap<SliceId, Slice>, counted: Counted) {
    for (id, slice) in counted.slices {
        match fresh.get_mut(&id) {
            Some(known) => tally::add(&mut known.tallies, &slice.tallies),
            None => {
                fresh.insert(id, slice);
            }
        }
    }
}
