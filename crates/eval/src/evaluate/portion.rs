//! The tallies of a portion: a street with its communities, each measure run once for all of them.
//!
//! A street pools its communities' records. Where nobody is known to two of them, its tallies are the sum of its own
//! and of each community's, and a measure that does not look at who it counts for gives the community and its street
//! the same rows. What is shared, and what a measure says reaches across members, is counted over the whole pool.

use std::collections::{BTreeMap, BTreeSet};

use linli_wire::UnitPath;

use super::{
    Request,
    family::{self, Family, Run},
    kept::{Slice, SliceId},
    pool::{self, Disproofs, Recorded},
    prepare::{self, integer, rows},
    scope::{Pooled, Portion},
    tally::{self, Feed},
};
use crate::{engine::Engine, error::EvalError};

/// What of a portion is to be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pass {
    All,
    /// These communities, and of the street what takes none of its communities' records.
    Inside(Vec<UnitPath>),
    /// Of the street what takes the records of all its communities.
    Across,
}

/// One task: a pass over a portion for the standards of a family, by their positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub family: usize,
    pub portion: usize,
    pub pass: Pass,
}

/// What came of a task.
pub struct Counted {
    pub slices: BTreeMap<SliceId, Slice>,
    /// Somebody is known to several members, so that a pass over some of them counts for nothing.
    pub shared: bool,
}

/// A unit that a standard scores, with its disproofs.
pub struct Scored {
    pub standard: usize,
    pub pooled: Pooled,
    /// Of a street the communities in it, each with those that go on in it.
    communities: Vec<Pooled>,
    pub disproofs: Disproofs,
}

/// What the standards of a family score in a portion.
pub fn scored(
    request: &Request<'_>,
    family: &Family<'_>,
    portion: &Portion,
    recorded: &[Recorded],
) -> Vec<Scored> {
    let mut scored = Vec::new();
    for (at, standard) in family.standards.iter().enumerate() {
        let units = portion.scored(standard.level).into_iter();
        for pooled in units.filter(|pooled| request.scores(&pooled.unit, standard)) {
            let disproofs = pool::telling(recorded, standard, &pooled);
            let communities = if pooled.is_street() { portion.communities.clone() } else { Vec::new() };
            scored.push(Scored { standard: at, pooled, communities, disproofs });
        }
    }
    scored
}

/// Does a task and leaves no table behind.
pub fn count<E: Engine>(
    engine: &mut E,
    family: &Family<'_>,
    portion: &Portion,
    scored: &[Scored],
    job: &Job,
) -> Result<Counted, EvalError<E::Error>> {
    let derived = if job.pass == Pass::Across { &family.across } else { &family.derived };
    let communities: Vec<&Pooled> = match &job.pass {
        Pass::Inside(some) => portion.communities.iter().filter(|one| some.contains(&one.unit)).collect(),
        Pass::All | Pass::Across => portion.communities.iter().collect(),
    };
    let units = communities.iter().flat_map(|pooled| &pooled.members).chain(&portion.street);
    let calendar = &family.standards[0].calendar;
    let counted = prepare::prepare(engine, &family.period, calendar, units, derived)
        .and_then(|()| slices(engine, family, scored, job, &communities));
    let cleaned = prepare::drop_tables(engine, derived);
    let counted = counted?;
    cleaned.map(|()| counted)
}

fn slices<E: Engine>(
    engine: &mut E,
    family: &Family<'_>,
    scored: &[Scored],
    job: &Job,
    communities: &[&Pooled],
) -> Result<Counted, EvalError<E::Error>> {
    let mut shared = Shared::default();
    if job.pass == Pass::Across {
        for run in &family.runs {
            if shared.any(engine, &run.together)? {
                return Ok(Counted { slices: BTreeMap::new(), shared: true });
            }
        }
    }
    let members: Vec<UnitPath> = communities.iter().flat_map(|pooled| pooled.members.clone()).collect();
    let with_records = prepare::with_records(engine, &family.period, &members)?;
    let without = |pooled: &Pooled| -> Vec<UnitPath> {
        pooled.members.iter().filter(|member| !with_records.contains(*member)).cloned().collect()
    };
    let mut slices: BTreeMap<SliceId, Slice> = BTreeMap::new();
    let id = |one: &Scored, member: Option<&UnitPath>| SliceId {
        family: job.family,
        standard: one.standard,
        unit: one.pooled.unit.clone(),
        member: member.cloned(),
    };
    // A slice is there though nothing is counted in it.
    for one in scored.iter().filter(|one| one.is_in(job, communities)) {
        let without_records = if one.pooled.is_street() { Vec::new() } else { without(&one.pooled) };
        slices.insert(id(one, None), Slice { without_records, ..Slice::default() });
        if one.pooled.is_street() && job.pass != Pass::Across {
            for community in communities {
                let without_records = without(community);
                slices.insert(id(one, Some(&community.unit)), Slice { without_records, ..Slice::default() });
            }
        }
    }
    let items: Vec<BTreeMap<String, Vec<String>>> = scored.iter().map(Scored::disproved).collect();
    let (mut pool, mut checks_of) = (BTreeSet::new(), None);
    for run in &family.runs {
        let is_shared = job.pass == Pass::All && members.len() > 1 && shared.any(engine, &run.together)?;
        let (mut feeds, mut to, mut wanted) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (one, disproved) in scored.iter().zip(&items).filter(|(one, _)| one.is_in(job, communities)) {
            let Some((_, reads)) = run.readers.iter().find(|(at, _)| *at == one.standard) else { continue };
            for (member, name, rows) in one.pool(job, run, is_shared, communities) {
                to.push(id(one, member.as_ref()));
                feeds.push(Feed { pooled: name, reads, disproved });
                wanted.extend(rows);
            }
        }
        if feeds.is_empty() {
            continue;
        }
        if pool != wanted {
            pool::fill(engine, &wanted)?;
            pool = wanted;
        }
        if let Some(at) = run.checks_of.filter(|_| run.checks_of != checks_of) {
            pool::fill_slots(engine, family.standards[at])?;
            checks_of = run.checks_of;
        }
        let tallies = tally::tally(engine, &run.what, run.sql, &feeds)?;
        for (id, more) in to.into_iter().zip(&tallies) {
            tally::add(&mut slices.entry(id).or_default().tallies, more);
        }
    }
    let shared = shared.found();
    for slice in slices.values_mut() {
        slice.shared = shared;
    }
    Ok(Counted { slices, shared: false })
}

/// A slice of a unit's rows: the community that it is about, its name in the pool, and its rows there.
type InPool = (Option<UnitPath>, String, BTreeSet<(String, String)>);

impl Scored {
    /// Whether a task counts something of it.
    fn is_in(&self, job: &Job, communities: &[&Pooled]) -> bool {
        self.pooled.is_street()
            || (job.pass != Pass::Across && communities.iter().any(|one| one.unit == self.pooled.unit))
    }

    /// By subject, the items whose hit a disproof takes.
    fn disproved(&self) -> BTreeMap<String, Vec<String>> {
        let mut disproved: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (item, subject) in self.disproofs.keys() {
            disproved.entry(subject.clone()).or_default().push(item.clone());
        }
        disproved
    }

    /// The slices in which a task counts the rows of a measure.
    fn pool(&self, job: &Job, run: &Run<'_>, is_shared: bool, communities: &[&Pooled]) -> Vec<InPool> {
        let unit = self.pooled.unit.to_string();
        let whole = || vec![(None, unit.clone(), pool::whole(&self.pooled))];
        if !self.pooled.is_street() {
            return whole();
        }
        match (&job.pass, run.across) {
            (Pass::Across | Pass::All, true) => return whole(),
            (Pass::Across, false) | (Pass::Inside(_), true) => return Vec::new(),
            (Pass::All, false) if is_shared => return whole(),
            (Pass::All | Pass::Inside(_), false) => {}
        }
        let own = (None, unit.clone(), BTreeSet::from([(unit.clone(), unit.clone())]));
        let of = |community: &&Pooled| {
            let name =
                if run.asks_unit { format!("{unit}+{}", community.unit) } else { community.unit.to_string() };
            let rows = community.members.iter().map(|member| (name.clone(), member.to_string())).collect();
            (Some(community.unit.clone()), name, rows)
        };
        std::iter::once(own).chain(communities.iter().map(of)).collect()
    }

    /// The slices of the unit: its own, and of a street one for each community.
    pub fn ids(&self, family: usize) -> Vec<SliceId> {
        let id = |member| SliceId { family, standard: self.standard, unit: self.pooled.unit.clone(), member };
        let communities = self.communities.iter().map(|community| id(Some(community.unit.clone())));
        std::iter::once(id(None)).chain(communities).collect()
    }

    /// The communities whose records count in a slice.
    pub fn members(&self, id: &SliceId) -> &[UnitPath] {
        let community = self.communities.iter().find(|one| Some(&one.unit) == id.member.as_ref());
        community.map_or(&self.pooled.members, |one| &one.members)
    }
}

/// Whether several units of the portion have a value in common, by the column that is asked for.
#[derive(Default)]
struct Shared(BTreeMap<(String, String), bool>);

impl Shared {
    fn any<E: Engine>(
        &mut self,
        engine: &mut E,
        columns: &[(String, String)],
    ) -> Result<bool, EvalError<E::Error>> {
        let mut any = false;
        for column in columns {
            if !self.0.contains_key(column) {
                let (table, name) = column;
                let what = format!("looking for what units share by {table}.{name}");
                let counted = rows(engine, &what, 1, &family::shared(table, name))?;
                let found = counted.first().map_or(Ok(0), |row| integer(&what, row, 0))?;
                self.0.insert(column.clone(), found > 0);
            }
            any |= self.0[column];
        }
        Ok(any)
    }

    fn found(&self) -> bool {
        self.0.values().any(|shared| *shared)
    }
}
