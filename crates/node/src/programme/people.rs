//! What the records of a programme's communities say of people, as numbers: nobody is named.

use linli_eval::{
    SqlValue,
    ledger::{Ledger, ledgers},
};
use linli_wire::UnitPath;
use serde::Serialize;

use crate::{
    error::NodeError,
    ledger::{LedgerDays, read_ledger},
    node::Node,
};

/// People of the programme's communities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct People {
    /// Began to work in the period after being laid off or unemployed: [`RE_EMPLOYED`].
    pub re_employed: u64,
    /// The same up to the end of the period, in this and every year before that is on record.
    pub re_employed_in_all: u64,
    /// Families of which head and spouse were out of work on one day: the rows of L09 of that kind.
    pub both_out: BothOut,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BothOut {
    /// On a day of the period.
    pub in_period: u64,
    /// At its end.
    pub at_end: u64,
}

/// Distinct people who began to work from the day `?3` to the day `?4`, as recorded by the day `?5`, in the programme's
/// communities that the path pattern `?1` or the path `?2` names: each once, however often, by the ID number where it is
/// valid. Whoever was at work, at school or anything else just before was not out of work.
pub const RE_EMPLOYED: &str = "\
SELECT COUNT(DISTINCT CASE WHEN q.id_valid = 1 THEN q.id_no ELSE q.doc END)
FROM placement w
JOIN unit u ON u.unit = w.unit AND u.programme = 1 AND u.level = 'community'
JOIN person q ON q.unit = w.unit AND q.doc = w.doc
JOIN episode e ON e.unit = w.unit AND e.doc = w.doc
WHERE (w.unit LIKE ?1 OR w.unit = ?2) AND w.start_n >= ?3 AND w.start_n <= ?4 AND w.recorded_n <= ?5
  AND e.dimension = 'status' AND e.code IN ('2', '3', '4') AND e.start_n < w.start_n AND e.recorded_n <= ?5
  AND NOT EXISTS (
    SELECT 1 FROM episode f
    WHERE f.unit = e.unit AND f.doc = e.doc AND f.dimension = 'status' AND f.code NOT IN ('2', '3', '4')
      AND f.start_n > e.start_n AND f.start_n < w.start_n
  )";

/// Counts for the period from the first to the second day, as recorded by the third; all ISO.
pub(super) fn count(node: &Node, root: &UnitPath, days: [&str; 3]) -> Result<People, NodeError> {
    let [start, as_of, known] = days;
    let day = |iso: &str| {
        linli_model::date::day_of_iso(iso)
            .ok_or_else(|| NodeError::Evaluation(format!("`{iso}` is no date; write it like 2026-10-31")))
    };
    let (start_n, as_of_n, known_n) = (day(start)?, day(as_of)?, day(known)?);
    let below = format!("{root}/%");
    let re_employed = |from_n: i64| {
        let parameters = (below.as_str(), root.as_str(), from_n, as_of_n, known_n);
        let counted: Vec<u64> = node.with(|r| r.query(RE_EMPLOYED, parameters, |row| row.get(0)))?;
        Ok::<_, NodeError>(counted.first().copied().unwrap_or_default())
    };
    Ok(People {
        re_employed: re_employed(start_n)?,
        re_employed_in_all: re_employed(0)?,
        // In a year that is not over families are looked at as they are.
        both_out: both_out(node, root, as_of.min(known), known)?,
    })
}

/// Of L09 the rows of families of which both spouses were out of work, a family once.
fn both_out(node: &Node, root: &UnitPath, as_of: &str, known: &str) -> Result<BothOut, NodeError> {
    let ledger = ledgers().iter().find(|ledger| ledger.id == "L09").expect("L09 is one of the nineteen");
    let days = LedgerDays { as_of: as_of.to_owned(), known: known.to_owned() };
    let mut families: Vec<(String, String, bool)> = read_ledger(node, ledger, root, &days)?
        .iter()
        .filter(|row| text(ledger, row, "kind") == "both_out")
        .map(|row| {
            let open = cell(ledger, row, "cleared_n") == Some(&SqlValue::Int(OPEN));
            (text(ledger, row, "unit").to_owned(), text(ledger, row, "doc").to_owned(), open)
        })
        .collect();
    // A family that was out of work twice is open if it is open once.
    families.sort_by(|a, b| (&a.0, &a.1, !a.2).cmp(&(&b.0, &b.1, !b.2)));
    families.dedup_by(|b, a| (&a.0, &a.1) == (&b.0, &b.1));
    let at_end = families.iter().filter(|(.., open)| *open).count() as u64;
    Ok(BothOut { in_period: families.len() as u64, at_end })
}

/// The day number of an end that is not known, in the published tables.
const OPEN: i64 = 99_999_999;

fn cell<'r>(ledger: &Ledger, row: &'r [SqlValue], column: &str) -> Option<&'r SqlValue> {
    row.get(ledger.column(column)?)
}

fn text<'r>(ledger: &Ledger, row: &'r [SqlValue], column: &str) -> &'r str {
    match cell(ledger, row, column) {
        Some(SqlValue::Text(text)) => text,
        _ => "",
    }
}
