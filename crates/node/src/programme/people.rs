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

/// A day before everything on record.
const BEFORE_ALL: &str = "1900-01-01";

/// The query that counts people re-employed; its first lines say what it counts and which values it takes.
pub const RE_EMPLOYED: &str = include_str!("../../../../protocol/report/re_employed.sql");

/// Counts for the period from the first to the second day, as recorded by the third; all ISO.
pub(super) fn count(node: &Node, root: &UnitPath, days: [&str; 3]) -> Result<People, NodeError> {
    let [start, as_of, known] = days;
    Ok(People {
        re_employed: re_employed(node, root, [start, as_of, known])?,
        re_employed_in_all: re_employed(node, root, [BEFORE_ALL, as_of, known])?,
        // In a year that is not over families are looked at as they are.
        both_out: both_out(node, root, as_of.min(known), known)?,
    })
}

/// Runs [`RE_EMPLOYED`] for a unit and what lies below it, from the first to the second day, as recorded by the third.
pub(crate) fn re_employed(node: &Node, root: &UnitPath, days: [&str; 3]) -> Result<u64, NodeError> {
    let day = |iso: &str| {
        linli_model::date::day_of_iso(iso)
            .ok_or_else(|| NodeError::Evaluation(format!("`{iso}` is no date; write it like 2026-10-31")))
    };
    let [from_n, until_n, known_n] = [day(days[0])?, day(days[1])?, day(days[2])?];
    let below = format!("{root}/%");
    let parameters = (below.as_str(), root.as_str(), from_n, until_n, known_n);
    let counted: Vec<u64> = node.with(|r| r.query(RE_EMPLOYED, parameters, |row| row.get(0)))?;
    Ok(counted.first().copied().unwrap_or_default())
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
