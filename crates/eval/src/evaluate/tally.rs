//! Counting a measure's rows as they come: hundreds of thousands of subjects, of which none is kept.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{
    family::{Purpose, Reads},
    prepare::shape,
};
use crate::{
    engine::{Engine, SqlValue},
    error::EvalError,
    fold::{PartTally, Tally},
};

/// The most that one subject weighs: a small number, so that sums stay far from their limit.
pub const WEIGHT_MAX: i64 = 1_000_000;

/// Tallies by item and part.
pub type Tallies = BTreeMap<(String, String), PartTally>;

/// Somebody for whom the rows of a pool count: what its parts read, and which of its hits are untrue.
pub struct Feed<'f, 'a> {
    /// The unit in the pool.
    pub pooled: String,
    pub reads: &'f [Reads<'a>],
    /// By subject, the items whose hit a disproof takes.
    pub disproved: &'f BTreeMap<String, Vec<String>>,
}

/// The rows of one name for one unit of the pool.
#[derive(Default)]
struct Rows {
    count: Tally,
    /// What tells subjects apart, without keeping them.
    subjects: Vec<u64>,
    /// By feed and item, the weights of the hits that a disproof takes.
    disproved: BTreeMap<(usize, String), u64>,
}

/// Runs a measure over the pool and counts its rows for each feed.
pub fn tally<E: Engine>(
    engine: &mut E,
    what: &str,
    sql: &str,
    feeds: &[Feed<'_, '_>],
) -> Result<Vec<Tallies>, EvalError<E::Error>> {
    let mut counted: BTreeMap<(String, String), Rows> = BTreeMap::new();
    let mut wrong = None;
    let query = format!(
        "SELECT m.unit AS unit, m.part AS part, m.subject AS subject, m.hit AS hit, m.weight AS weight \
         FROM (\n{sql}\n) m"
    );
    let mut last: Option<((String, String), Rows)> = None;
    let contested: Vec<(usize, &Feed<'_, '_>)> =
        feeds.iter().enumerate().filter(|(_, feed)| !feed.disproved.is_empty()).collect();
    let mut each = |row: &[SqlValue]| {
        let [
            SqlValue::Text(unit),
            SqlValue::Text(part),
            SqlValue::Text(subject),
            SqlValue::Int(hit),
            SqlValue::Int(weight),
        ] = row
        else {
            wrong.get_or_insert_with(|| format!("the row {row:?}"));
            return;
        };
        // Rows of one name come one after the other, as a rule.
        if last.as_ref().is_none_or(|((u, p), _)| u != unit || p != part) {
            let key = (unit.clone(), part.clone());
            let rows = counted.remove(&key).unwrap_or_default();
            if let Some((key, rows)) = last.replace((key, rows)) {
                counted.insert(key, rows);
            }
        }
        let Some((_, rows)) = &mut last else { return };
        if let Err(problem) = rows.add(unit, subject, *hit, *weight, &contested) {
            wrong.get_or_insert(problem);
        }
    };
    engine.each(&query, &mut each).map_err(super::prepare::engine_error(what))?;
    counted.extend(last);
    if let Some(problem) = wrong {
        return Err(shape(what, problem));
    }
    // Rows that nobody reads may be what they like.
    let read = |unit: &String, part: &String| {
        feeds.iter().any(|feed| feed.pooled == *unit && feed.reads.iter().any(|reads| reads.rows == *part))
    };
    for ((unit, part), rows) in counted.iter_mut().filter(|((unit, part), _)| read(unit, part)) {
        rows.subjects.sort_unstable();
        if rows.subjects.windows(2).any(|pair| pair[0] == pair[1]) {
            twice(engine, what, sql, unit, part)?;
        }
    }
    Ok(feeds.iter().enumerate().map(|(at, feed)| feed.tallies(at, &counted)).collect())
}

/// Two subjects look alike: refuses a measure that returns one of them twice.
fn twice<E: Engine>(
    engine: &mut E,
    what: &str,
    sql: &str,
    unit: &str,
    part: &str,
) -> Result<(), EvalError<E::Error>> {
    let query = format!(
        "SELECT m.subject AS subject FROM (\n{sql}\n) m WHERE m.unit = '{unit}' AND m.part = '{part}' \
         GROUP BY m.subject HAVING COUNT(*) > 1"
    );
    match super::prepare::rows(engine, what, 1, &query)?.len() {
        0 => Ok(()),
        subjects => Err(shape(what, format!("{subjects} subjects twice"))),
    }
}

impl Rows {
    fn add(
        &mut self,
        unit: &str,
        subject: &str,
        hit: i64,
        weight: i64,
        contested: &[(usize, &Feed<'_, '_>)],
    ) -> Result<(), String> {
        if !matches!(hit, 0 | 1) {
            return Err(format!("the hit {hit}, which is neither 0 nor 1"));
        }
        if !(0..=WEIGHT_MAX).contains(&weight) {
            return Err(format!("the weight {weight}, the limits are 0 and {WEIGHT_MAX}"));
        }
        let weight = weight.unsigned_abs();
        let mut hasher = DefaultHasher::new();
        subject.hash(&mut hasher);
        self.subjects.push(hasher.finish());
        self.count.subjects += 1;
        self.count.n += weight;
        self.count.listed += u64::from(weight == 0);
        if hit == 0 {
            return Ok(());
        }
        self.count.hits += weight;
        for (at, feed) in contested.iter().filter(|(_, feed)| feed.pooled == unit) {
            for item in feed.disproved.get(subject).into_iter().flatten() {
                *self.disproved.entry((*at, item.clone())).or_default() += weight;
            }
        }
        Ok(())
    }
}

impl Feed<'_, '_> {
    fn tallies(&self, at: usize, counted: &BTreeMap<(String, String), Rows>) -> Tallies {
        let mut tallies = Tallies::new();
        for Reads { rows, item, part, purpose } in self.reads {
            let Some(rows) = counted.get(&(self.pooled.clone(), rows.clone())) else { continue };
            let tally = tallies.entry(((*item).to_owned(), (*part).to_owned())).or_default();
            match purpose {
                Purpose::Score => {
                    let disproved =
                        rows.disproved.get(&(at, (*item).to_owned())).copied().unwrap_or_default();
                    tally.score = Tally { hits: rows.count.hits - disproved, disproved, ..rows.count };
                }
                Purpose::Block => tally.blocking = rows.count.subjects,
                Purpose::BlockSignOff => tally.blocking_sign_off = rows.count.subjects,
            }
        }
        tallies
    }
}

/// Adds the tallies of one slice of a unit's records to those of the others.
pub fn add(sum: &mut Tallies, slice: &Tallies) {
    for (key, tally) in slice {
        let into = sum.entry(key.clone()).or_default();
        let (score, more) = (&mut into.score, tally.score);
        score.subjects += more.subjects;
        score.n += more.n;
        score.hits += more.hits;
        score.disproved += more.disproved;
        score.listed += more.listed;
        into.blocking += tally.blocking;
        into.blocking_sign_off += tally.blocking_sign_off;
    }
}
