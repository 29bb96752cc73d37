//! The people, families and checks behind one item of one unit's scorecard.

use std::collections::{BTreeMap, BTreeSet};

use linli_wire::UnitPath;

use super::{
    Request,
    pool::{self, Disproof, Disproofs},
    prepare::{self, integer, rows, text},
    scope::{Pooled, Scope},
};
use crate::{
    engine::Engine,
    error::EvalError,
    period::Period,
    standard::{FINDINGS, Item, Part, SIGN_OFF, Source, Standard, measure_file},
};

/// The reason of a check that waits for its finding.
pub const FINDING_MISSING: &str = "finding_missing";

/// One subject of one part: the unit of counting, with the reason why it counts as it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The part of the item, or [`SIGN_OFF`].
    pub part: String,
    /// The name of the measure's rows: that of the part, or of what blocks it.
    pub rows: String,
    /// A document, or the name of a check.
    pub subject: String,
    /// Whether it is a hit; `None` where a finding is missing.
    pub hit: Option<bool>,
    /// What it counts for; 0 is shown and not counted.
    pub weight: i64,
    /// A code for which [`Standard::reason`] has the text. A disproved hit keeps the measure's reason.
    pub reason: String,
    /// The document that the reason is taken from.
    pub reference: String,
    /// What turned this hit into a miss.
    pub disproof: Option<Disproof>,
}

/// Lists the subjects of one item of one unit, by part and subject: the same rows that the score counts.
pub fn explain<E: Engine>(
    engine: &mut E,
    request: &Request<'_>,
    unit: &UnitPath,
    item: &str,
) -> Result<Vec<Subject>, EvalError<E::Error>> {
    let standard = request
        .standards
        .iter()
        .find(|standard| standard.level == unit.level())
        .or(request.standards.first())
        .ok_or(EvalError::NoStandard)?;
    let found = standard.item(item).ok_or_else(|| EvalError::UnknownItem {
        standard: standard.id.clone(),
        item: item.to_owned(),
        first: standard.items.first().map(|item| item.id.clone()).unwrap_or_default(),
        last: standard.items.last().map(|item| item.id.clone()).unwrap_or_default(),
    })?;
    let period = super::family::period(request, standard)?;
    // A score follows from the unit's own subtree, so its explanation needs no more.
    let scope = Scope::read(engine, unit, &request.arrangement, period.as_of.day_number())?;
    let pooled = scope.pooled(unit, standard.level).ok_or_else(|| EvalError::NotScored {
        unit: unit.clone(),
        level: standard.level.to_string(),
        standard: standard.id.clone(),
    })?;
    let derived = standard.needed(found.measures());
    let units = pooled.members.iter().chain([unit]);
    let subjects = prepare::prepare(engine, &period, &standard.calendar, units, &derived)
        .and_then(|()| subjects(engine, standard, &period, &pooled, found));
    let cleaned = prepare::drop_tables(engine, &derived);
    let subjects = subjects?;
    cleaned.map(|()| subjects)
}

fn subjects<E: Engine>(
    engine: &mut E,
    standard: &Standard,
    period: &Period,
    pooled: &Pooled,
    item: &Item,
) -> Result<Vec<Subject>, EvalError<E::Error>> {
    let Pooled { unit, members } = pooled;
    pool::fill(engine, &pool::whole(pooled))?;
    pool::fill_slots(engine, standard)?;
    let disproofs = pool::telling(&pool::recorded(engine, period)?, standard, pooled);
    let with_records = prepare::with_records(engine, period, members)?;
    let mut measured: BTreeMap<&str, Vec<Subject>> = BTreeMap::new();
    let mut subjects = Vec::new();
    let mut empty = false;
    for part in &item.parts {
        let measure = part.source.measure();
        if !measured.contains_key(measure) {
            measured.insert(measure, rows_of(engine, standard, unit, measure)?);
        }
        let name = part.source.rows(&item.id, &part.id);
        let wanted = [Some(&name), part.blocked_by.as_ref(), part.sign_off_blocked_by.as_ref()];
        let mut listed: Vec<Subject> = measured[measure]
            .iter()
            .filter(|row| wanted.contains(&Some(&row.rows)))
            .map(|row| of_part(&disproofs, item, part, row))
            .collect();
        empty |= is_empty(part, &name, &listed);
        listed.extend(missing(part, &name, unit, members, &listed));
        listed.sort_by(|a, b| {
            (a.rows != name, &a.rows, &a.subject).cmp(&(b.rows != name, &b.rows, &b.subject))
        });
        subjects.extend(listed);
    }
    if item.can_be_empty() {
        let found = rows_of(engine, standard, unit, FINDINGS)?;
        let silent = members.is_empty() || members.iter().any(|m| !with_records.contains(m));
        subjects.extend(sign_off(&disproofs, item, &found, empty && !silent));
    }
    Ok(subjects)
}

/// Whether a part has nobody to count, which a reviewer may sign off.
fn is_empty(part: &Part, name: &str, listed: &[Subject]) -> bool {
    let own = || listed.iter().filter(|row| row.rows == name);
    let weights: i64 = own().map(|row| row.weight).sum();
    let few = (own().count() as u64).min(weights.unsigned_abs()) < part.minimum;
    part.can_be_empty() && few && own().count() == listed.len()
}

/// The sign-off of an item: the finding that there is, or the one that is awaited. It is shown, not counted.
fn sign_off(disproofs: &Disproofs, item: &Item, found: &[Subject], awaited: bool) -> Option<Subject> {
    let name = item.sign_off_name();
    let key = (item.id.clone(), SIGN_OFF.to_owned());
    let given = found.iter().find(|row| row.rows == name).map(|row| {
        let disproof = disproofs.get(&key).filter(|_| row.hit == Some(true)).cloned();
        let hit = row.hit.map(|hit| hit && disproof.is_none());
        Subject { part: SIGN_OFF.to_owned(), hit, weight: 0, disproof, ..row.clone() }
    });
    given.or_else(|| {
        awaited.then(|| Subject {
            part: SIGN_OFF.to_owned(),
            rows: name,
            subject: SIGN_OFF.to_owned(),
            hit: None,
            weight: 0,
            reason: FINDING_MISSING.to_owned(),
            reference: String::new(),
            disproof: None,
        })
    })
}

/// The rows of a measure for one unit, their part not known yet.
fn rows_of<E: Engine>(
    engine: &mut E,
    standard: &Standard,
    unit: &UnitPath,
    measure: &str,
) -> Result<Vec<Subject>, EvalError<E::Error>> {
    let file = measure_file(measure);
    let what = format!("the measure {file} of standard {}", standard.id);
    let sql = format!(
        "SELECT m.part AS part, m.subject AS subject, m.hit AS hit, m.weight AS weight, \
         m.reason AS reason, m.ref AS ref FROM (\n{}\n) m WHERE m.unit = '{unit}'",
        standard.file(&file)
    );
    let mut subjects = Vec::new();
    for row in rows(engine, &what, 6, &sql)? {
        subjects.push(Subject {
            part: String::new(),
            rows: text(&what, &row, 0)?,
            subject: text(&what, &row, 1)?,
            hit: Some(integer(&what, &row, 2)? == 1),
            weight: integer(&what, &row, 3)?,
            reason: text(&what, &row, 4)?,
            reference: text(&what, &row, 5)?,
            disproof: None,
        });
    }
    Ok(subjects)
}

fn of_part(disproofs: &Disproofs, item: &Item, part: &Part, row: &Subject) -> Subject {
    let key = (item.id.clone(), row.subject.clone());
    let disproof = disproofs.get(&key).filter(|_| row.hit == Some(true)).cloned();
    let hit = row.hit.map(|hit| hit && disproof.is_none());
    Subject { part: part.id.clone(), hit, disproof, ..row.clone() }
}

/// The checks of a part that have no finding yet.
fn missing(
    part: &Part,
    name: &str,
    unit: &UnitPath,
    members: &[UnitPath],
    found: &[Subject],
) -> Vec<Subject> {
    let Source::Findings { checks, pooled_from, .. } = &part.source else { return Vec::new() };
    let known: BTreeSet<&str> = found.iter().map(|row| row.subject.as_str()).collect();
    let units = if pooled_from.is_some() { members } else { std::slice::from_ref(unit) };
    let mut missing = Vec::new();
    for member in units {
        for slot in checks {
            let subject =
                if member == unit { slot.subject.clone() } else { format!("{member}#{}", slot.subject) };
            if !known.contains(subject.as_str()) {
                missing.push(Subject {
                    part: part.id.clone(),
                    rows: name.to_owned(),
                    subject,
                    hit: None,
                    weight: 1,
                    reason: FINDING_MISSING.to_owned(),
                    reference: String::new(),
                    disproof: None,
                });
            }
        }
    }
    missing
}
