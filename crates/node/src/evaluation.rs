//! Evaluating what a node holds: resolve, cut, score.

use std::collections::{BTreeMap, BTreeSet};

use linli_audit::packs::{self, InForce};
use linli_eval::{Again, Date, EvalError, Evaluation, Kept, Request, Standard, Subject};
use linli_log::{Access, Kind};
use linli_model::date;
use linli_store::{EntryInfo, ReaderEngine, Replica, SqlError, StoreError};
use linli_wire::{Arrangement, Channel, Digest, DocId, Level, Space, UnitPath};

use crate::{
    clock,
    error::{NodeError, chain},
    exchanges,
    node::Node,
    resolve,
};

/// Fewer units than this are not worth a reader of their own.
const UNITS_A_READER: usize = 8;

/// What time an evaluation is about; dates are ISO.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// T, the last day that counts.
    pub as_of: String,
    /// The first day; without it the standard's rule.
    pub start: Option<String>,
    /// The last day on which records were received; without it the standard's rule, T and ten
    /// working days, or today where that has not come. A later one gives a superseding scorecard.
    pub close: Option<String>,
}

impl Period {
    pub fn ending(as_of: &str) -> Self {
        Self { as_of: as_of.to_owned(), start: None, close: None }
    }

    /// The last whole period before `today`.
    pub fn last_until(today: &str) -> Result<Self, NodeError> {
        let wrong = |e: linli_eval::DateError| NodeError::Evaluation(e.to_string());
        let (_, as_of) = linli_eval::default_period(today).map_err(wrong)?;
        Ok(Self::ending(&as_of))
    }

    /// The same, closed on a day if the day on which the standards close lies after it.
    pub(crate) fn closing(&self, in_force: &InForce, today_n: i64) -> Result<Self, NodeError> {
        let as_of_n = self.as_of_n()?;
        let as_of = Date::from_day_number(as_of_n);
        let is_open = |standard: &Standard| {
            standard.calendar.plus_workdays(as_of, standard.close_workdays).day_number() > today_n
        };
        let mut period = self.clone();
        if period.close.is_none() && today_n >= as_of_n && in_force.standards.iter().all(is_open) {
            period.close = date::from_day_number(today_n).map(date::to_iso);
        }
        Ok(period)
    }

    pub(crate) fn request<'p>(
        &'p self,
        root: &UnitPath,
        arrangement: Arrangement,
        standards: Vec<&'p Standard>,
    ) -> Request<'p> {
        let mut request = Request::new(root.clone(), &self.as_of, standards);
        request.arrangement = arrangement;
        request.start = self.start.as_deref();
        request.close = self.close.as_deref();
        request
    }

    pub fn as_of_n(&self) -> Result<i64, NodeError> {
        let dates = [Some(&self.as_of), self.start.as_ref(), self.close.as_ref()];
        for date in dates.into_iter().flatten() {
            day(date)?;
        }
        day(&self.as_of)
    }

    /// The first day of the period, on which its standards are fixed.
    pub fn start_n(&self) -> Result<i64, NodeError> {
        let wrong = |e: linli_eval::DateError| NodeError::Evaluation(e.to_string());
        let rule = || linli_eval::period_start(&self.as_of).map_err(wrong);
        day(&self.start.clone().map_or_else(rule, Ok)?)
    }
}

/// An evaluation and how far it counts.
#[derive(Debug)]
pub struct Evaluated {
    pub evaluation: Evaluation,
    pub period: Period,
    /// Made by the city: official. Made below it: provisional (试算).
    pub official: bool,
    /// People about whom this hub decided before it scored.
    pub determined: usize,
    /// Entries without effect in what was scored.
    pub left_out: usize,
    /// Slices of records that nothing had changed since an evaluation before counted them, and those counted now.
    pub reused: usize,
    pub counted: usize,
}

/// One subject of an item, with where its record came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedSubject {
    pub subject: Subject,
    /// What people call the subject: a name, an address, the check.
    pub name: String,
    pub reason_zh: String,
    pub reason_en: String,
    /// The last entry that wrote the document of [`Subject::reference`], of those that counted.
    pub written: Option<EntryInfo>,
}

/// Today's date.
pub fn as_of_today() -> String {
    date::from_day_number(clock::now().day_number()).map_or_else(String::new, date::to_iso)
}

/// Scores every unit of the programme below `root`, as far as this node holds its records. What nothing changed since
/// an evaluation before is not counted again.
pub fn evaluate(node: &Node, root: &UnitPath, period: &Period) -> Result<Evaluated, NodeError> {
    let kept = node.with(|r| r.kept_slices())?;
    evaluate_from(node, root, period, &kept)
}

/// The same, with everything counted anew.
pub fn evaluate_anew(node: &Node, root: &UnitPath, period: &Period) -> Result<Evaluated, NodeError> {
    evaluate_from(node, root, period, &Kept::new())
}

fn evaluate_from(node: &Node, root: &UnitPath, period: &Period, kept: &Kept) -> Result<Evaluated, NodeError> {
    let as_of_n = period.as_of_n()?;
    require_kept(node, root)?;
    node.materialise()?;
    let determined = resolve::resolve(node, as_of_n)?;
    // A day is noted once it is over, so that all hubs that evaluate on it count the same days.
    let over_n = as_of_n.min(node.now().day_number() - 1);
    exchanges::note_exchanges(node, period.start_n()?, over_n)?;
    node.materialise()?;
    let unit = node.unit()?;
    let (arrangement, in_force) = packs(node, root, period)?;
    let period = period.closing(&in_force, node.now().day_number())?;
    let mut request = period.request(root, arrangement, in_force.standards.iter().collect());
    request.scored_by = Some(in_force.scored_by.clone());
    let failed = |e: EvalError<SqlError>| NodeError::Evaluation(chain(&e));
    // The cut: the frontiers and the state that the engine reads are of one moment. The scoring
    // itself goes on beside whatever else the replica has to do.
    let (mut readers, changes) = node.with(|r| {
        r.seal()?;
        // Links may have stored more since: nothing is left half-made at the cut.
        r.materialise()?;
        let merged =
            linli_eval::merged_on(&mut r.reader()?, &request.arrangement, as_of_n).map_err(failed)?;
        request.frontiers = frontiers(r, &request.arrangement, &merged, root)?;
        let readers = r.detached_readers(request.frontiers.len() / UNITS_A_READER)?;
        Ok::<_, NodeError>((readers, r.changes()?))
    })?;
    let Again { evaluation, fresh, reused } = if readers.is_empty() {
        node.with(|r| linli_eval::evaluate_again(&mut r.reader()?, &request, kept, &changes).map_err(failed))?
    } else {
        linli_eval::evaluate_on(&mut readers, &request, kept, &changes).map_err(failed)?
    };
    node.with(|r| r.keep_slices(&fresh))?;
    let left_out = node.with(|r| r.counts())?.left_out as usize;
    let official = unit.level() == Level::City;
    Ok(Evaluated { evaluation, period, official, determined, left_out, reused, counted: fresh.len() })
}

/// Lists the subjects of one item of one unit: the rows that its score is folded from.
///
/// Invariant: a view of people leaves an access entry, before anything is shown.
pub fn explain(
    node: &Node,
    unit: &UnitPath,
    item: &str,
    period: &Period,
    why: &str,
) -> Result<Vec<ExplainedSubject>, NodeError> {
    let as_of_n = period.as_of_n()?;
    let (_, in_force) = packs(node, unit, period)?;
    let period = period.closing(&in_force, node.now().day_number())?;
    let standard = match in_force.of(unit) {
        Some(standard) => standard.clone(),
        None => packs::built_in(unit.level()),
    };
    if standard.item(item).is_none() {
        let known = standard.items.iter().map(|i| i.id.as_str()).collect::<Vec<_>>().join(" ");
        return Err(NodeError::UnknownItem { unit: unit.clone(), item: item.to_owned(), known });
    }
    require_kept(node, unit)?;
    node.materialise()?;
    note_access(node, unit, &format!("explain {item}"), why)?;
    let arrangement = node.with(|r| r.trust().arrangement(as_of_n));
    let request = period.request(unit, arrangement, vec![&standard]);
    let listed = |engine: &mut ReaderEngine<'_>| {
        linli_eval::explain(engine, &request, unit, item).map_err(|e| NodeError::Evaluation(chain(&e)))
    };
    let (names, detached) = node.with(|r| {
        r.materialise()?;
        Ok::<_, StoreError>((names(r, &request.arrangement, unit)?, r.detached_reader()?))
    })?;
    let subjects = match detached {
        Some(mut engine) => listed(&mut engine)?,
        None => node.with(|r| listed(&mut r.reader()?))?,
    };
    let written = written(node, &request, &standard, &subjects)?;
    let explained = |subject: Subject| {
        let text = standard.reason(&subject.reason);
        let name = names.get(&subject.subject).or_else(|| names.get(&subject.reference));
        ExplainedSubject {
            name: name.cloned().unwrap_or_else(|| subject.subject.clone()),
            reason_zh: text.map_or_else(|| subject.reason.clone(), |t| t.zh.clone()),
            reason_en: text.map_or_else(|| subject.reason.clone(), |t| t.en.clone()),
            written: subject.reference.parse().ok().and_then(|id: DocId| written.get(&id).cloned()),
            subject,
        }
    };
    Ok(subjects.into_iter().map(explained).collect())
}

/// Which unit lies below which on the last day of a period, and the packs that were in force on its first.
pub(crate) fn packs(
    node: &Node,
    root: &UnitPath,
    period: &Period,
) -> Result<(Arrangement, InForce), NodeError> {
    let start_n = period.start_n()?;
    let as_of_n = period.as_of_n()?;
    node.with(|r| {
        r.materialise()?;
        let arrangement = r.trust().arrangement(as_of_n);
        let in_force = packs::in_force(r, &arrangement, root, start_n)?;
        Ok((arrangement, in_force))
    })
}

/// The standard of a level by which a unit, or what is below it, is scored in a period.
pub fn standard_in_force(
    node: &Node,
    unit: &UnitPath,
    level: Level,
    period: &Period,
) -> Result<Standard, NodeError> {
    let (start_n, as_of_n) = (period.start_n()?, period.as_of_n()?);
    node.materialise()?;
    Ok(node.with(|r| packs::in_force_at(r, &r.trust().arrangement(as_of_n), unit, level, start_n))?)
}

/// Writes down that somebody looked at people's data. A device that may write nowhere does so in
/// its own unit's records, which every grant allows.
pub(crate) fn note_access(node: &Node, unit: &UnitPath, what: &str, why: &str) -> Result<(), NodeError> {
    let own = node.unit()?;
    let access = Access {
        who: node.device().to_string(),
        why: why.to_owned(),
        what: what.to_owned(),
        unit: unit.clone(),
        documents: Vec::new(),
    };
    let space = Space::new(own, Channel::Records);
    let now = node.now();
    node.with(|r| r.write(now, |w| w.fact(&space, Kind::Access, &access)))?;
    node.announce();
    Ok(())
}

/// Refuses a unit whose records this device does not keep: a score of what is not here says nothing.
pub(crate) fn require_kept(node: &Node, unit: &UnitPath) -> Result<(), NodeError> {
    let units = node.units();
    let own = units.first().ok_or(NodeError::NoGrant)?;
    let arrangement = node.with(|r| r.trust().arrangement(node.now().day_number()));
    if units.iter().any(|own| arrangement.covers(own, unit)) {
        Ok(())
    } else {
        Err(NodeError::NotKeptHere { unit: unit.clone(), own: own.clone() })
    }
}

/// The digest of each unit's subtree at this moment.
fn frontiers(
    replica: &Replica,
    arrangement: &Arrangement,
    merged: &BTreeMap<UnitPath, UnitPath>,
    root: &UnitPath,
) -> Result<BTreeMap<UnitPath, Digest>, StoreError> {
    let units = units(replica, arrangement, root, "SELECT unit FROM unit WHERE programme = 1")?;
    replica.subtree_digests(arrangement, merged, units)
}

/// Who wrote what the subjects were counted from, up to the day on which records were closed.
fn written(
    node: &Node,
    request: &Request<'_>,
    standard: &Standard,
    subjects: &[Subject],
) -> Result<BTreeMap<DocId, EntryInfo>, NodeError> {
    let closed = if let Some(close) = request.close {
        day(close)?
    } else {
        let as_of = Date::from_day_number(day(request.as_of)?);
        standard.calendar.plus_workdays(as_of, standard.close_workdays).day_number()
    };
    let documents: BTreeSet<DocId> = subjects.iter().filter_map(|one| one.reference.parse().ok()).collect();
    let (unit, above_and_below) = (&request.root, &request.arrangement);
    let inside =
        |other: &UnitPath| above_and_below.covers(unit, other) || above_and_below.is_above(other, unit);
    Ok(node.with(|r| r.last_written(&documents, closed, inside))?)
}

/// The units of a query that lie at or below one.
fn units(
    replica: &Replica,
    arrangement: &Arrangement,
    root: &UnitPath,
    sql: &str,
) -> Result<BTreeSet<UnitPath>, StoreError> {
    let units: Vec<String> = replica.query(sql, [], |row| row.get(0))?;
    let units = units.iter().map(|unit| unit.parse().map_err(|e| StoreError::Corrupt(format!("{e}"))));
    let mut units = units.collect::<Result<BTreeSet<UnitPath>, _>>()?;
    units.retain(|unit| arrangement.covers(root, unit));
    Ok(units)
}

/// What people call the documents of a unit and of those below it.
fn names(
    replica: &Replica,
    arrangement: &Arrangement,
    unit: &UnitPath,
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut names = BTreeMap::new();
    for unit in units(replica, arrangement, unit, "SELECT unit FROM unit")? {
        // Unit by unit, because that is what the tables have an index for.
        let rows: Vec<(String, String)> = replica.query(
            "SELECT doc, name FROM person WHERE unit = ?1
             UNION ALL SELECT doc, card_no || ' ' || address FROM household WHERE unit = ?1
             UNION ALL SELECT dwelling_id, dwelling || ' ' || address FROM dwelling WHERE unit = ?1",
            [unit.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        names.extend(rows);
    }
    Ok(names)
}

fn day(as_of: &str) -> Result<i64, NodeError> {
    date::day_of_iso(as_of)
        .ok_or_else(|| NodeError::Evaluation(format!("`{as_of}` is no date; write it like 2026-10-31")))
}

#[cfg(test)]
mod tests;
