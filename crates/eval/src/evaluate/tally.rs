//! Counting a measure's rows inside the engine, so that hundreds of thousands of subjects never leave it.

use std::collections::BTreeMap;

use super::{
    pool::{USE_BLOCK, USE_SCORE},
    prepare::{integer, rows, shape, text},
};
use crate::{
    engine::Engine,
    error::EvalError,
    fold::{PartTally, Tally},
    standard::{Standard, measure_file},
};

/// The most that one subject weighs: a small number, so that sums stay far from their limit.
pub const WEIGHT_MAX: i64 = 1_000_000;

/// Tallies by unit, item and part.
pub type Tallies = BTreeMap<(String, String, String), PartTally>;

/// Runs every measure of the standard once and counts its rows for each part that reads them.
pub fn tallies<E: Engine>(engine: &mut E, standard: &Standard) -> Result<Tallies, EvalError<E::Error>> {
    let mut tallies = Tallies::new();
    for measure in standard.measures() {
        let file = measure_file(measure);
        let what = format!("the measure {file} of standard {}", standard.id);
        for row in rows(engine, &what, 13, &counting(measure, standard.file(&file)))? {
            let [unit, item, part, use_of] =
                [text(&what, &row, 0)?, text(&what, &row, 1)?, text(&what, &row, 2)?, text(&what, &row, 3)?];
            let tally = counted(&what, &row)?;
            let entry = tallies.entry((unit, item, part)).or_default();
            match use_of.as_str() {
                USE_SCORE => entry.score = tally,
                USE_BLOCK => entry.blocking = tally.subjects,
                _ => entry.blocking_sign_off = tally.subjects,
            }
        }
    }
    Ok(tallies)
}

/// The query that counts: for each unit and part, what the rows weigh, how much of it hits, and what is
/// needed to see that the measure kept the format.
fn counting(measure: &str, sql: &str) -> String {
    format!(
        "SELECT m.unit AS unit, r.item AS item, r.part AS part, r.purpose AS purpose, \
         CAST(COUNT(*) AS BIGINT) AS subjects, \
         CAST(COUNT(DISTINCT m.subject) AS BIGINT) AS distinct_subjects, \
         CAST(SUM(m.weight) AS BIGINT) AS n, \
         CAST(SUM(CASE WHEN d.subject IS NULL THEN m.hit * m.weight ELSE 0 END) AS BIGINT) AS hits, \
         CAST(SUM(CASE WHEN d.subject IS NULL THEN 0 ELSE m.hit * m.weight END) AS BIGINT) AS disproved, \
         CAST(SUM(CASE WHEN m.weight = 0 THEN 1 ELSE 0 END) AS BIGINT) AS listed, \
         CAST(SUM(CASE WHEN m.hit IN (0, 1) THEN 0 ELSE 1 END) AS BIGINT) AS bad_hits, \
         CAST(MIN(m.weight) AS BIGINT) AS least, CAST(MAX(m.weight) AS BIGINT) AS most \
         FROM (\n{sql}\n) m \
         JOIN reads r ON r.name = m.part AND r.measure = '{measure}' \
         LEFT JOIN disproved d ON d.unit = m.unit AND d.item = r.item AND d.subject = m.subject \
         GROUP BY m.unit, r.item, r.part, r.purpose"
    )
}

fn counted<X: std::error::Error + Send + Sync + 'static>(
    what: &str,
    row: &[crate::engine::SqlValue],
) -> Result<Tally, EvalError<X>> {
    let mut numbers = [0_i64; 9];
    for (column, number) in numbers.iter_mut().enumerate() {
        *number = integer(what, row, column + 4)?;
    }
    let [subjects, distinct, n, hits, disproved, listed, bad_hits, least, most] = numbers;
    if subjects != distinct {
        return Err(shape(what, format!("{} subjects twice", subjects - distinct)));
    }
    if bad_hits > 0 {
        return Err(shape(what, format!("{bad_hits} hits that are neither 0 nor 1")));
    }
    if least < 0 || most > WEIGHT_MAX {
        return Err(shape(
            what,
            format!("weights from {least} to {most}, the limits are 0 and {WEIGHT_MAX}"),
        ));
    }
    let count = |value: i64| u64::try_from(value).map_err(|_| shape(what, format!("the count {value}")));
    Ok(Tally {
        subjects: count(subjects)?,
        n: count(n)?,
        hits: count(hits)?,
        disproved: count(disproved)?,
        listed: count(listed)?,
    })
}
