//! What a monthly return or a street's register has to say: the recount that the standards compare it with,
//! made from the same tables.

use linli_eval::counted_on;
use linli_model::{Edit, Value, date, kind};
use linli_store::{DocumentEdits, Replica, StoreError};
use linli_wire::{DocId, UnitPath};

use crate::error::{NodeError, chain};

/// The cells of a return, each with the query that counts it: things that held on the day `?1` and were on record by the day `?2`.
const CELLS: [(&str, &str); 5] = [
    ("households", "household t WHERE t.opened_n <= ?1 AND (t.closed = '' OR t.closed_n > ?1)"),
    ("people", "person t WHERE t.birth_n <= ?1"),
    (
        "unemployed",
        "episode t WHERE t.dimension = 'status' AND t.code IN ('2', '3') AND t.start_n <= ?1 AND (t.end_n >= ?1 OR t.end_recorded_n > ?2)",
    ),
    ("placed", "placement t WHERE t.start_n <= ?1 AND (t.end_n >= ?1 OR t.end_recorded_n > ?2)"),
    ("hardship", "certification t WHERE t.start_n <= ?1 AND (t.end_n >= ?1 OR t.end_recorded_n > ?2)"),
];

/// Each cell with its number, in the order of the form.
pub type Cells = Vec<(&'static str, i64)>;

/// Counts for a unit what held on one day, as known on another; days are numbers since 1970-01-01. A street counts its programme
/// communities, and a community those that went on in it by the first day.
pub fn recount(replica: &Replica, unit: &UnitPath, as_of_n: i64, known_n: i64) -> Result<Cells, NodeError> {
    let arrangement = replica.trust().arrangement(as_of_n);
    let units = counted_on(&mut replica.reader()?, unit, &arrangement, as_of_n)
        .map_err(|error| NodeError::Evaluation(chain(&error)))?;
    let units: Vec<String> = units.iter().map(|unit| format!("'{unit}'")).collect();
    let units = units.join(", ");
    let count = |(cell, from): (&'static str, &str)| {
        let sql = format!("SELECT COUNT(*) FROM {from} AND t.recorded_n <= ?2 AND t.unit IN ({units})");
        let counted: Vec<i64> = replica.query(&sql, (as_of_n, known_n), |row| row.get(0))?;
        Ok::<_, StoreError>((cell, counted.first().copied().unwrap_or_default()))
    };
    Ok(CELLS.into_iter().map(count).collect::<Result<_, _>>()?)
}

/// What identifies a return, as it stands on the paper.
#[derive(Debug, Clone)]
pub struct ReturnHead<'a> {
    /// `monthly` or `register`.
    pub form: &'a str,
    /// `2026-10`.
    pub month: &'a str,
    pub filed_by: &'a str,
    /// The return that this one corrects.
    pub correction_of: Option<&'a str>,
}

/// The last day of a month, `2026-10`, as a day number.
pub fn month_end(month: &str) -> Option<i64> {
    let first = date::from_iso(&format!("{month}-01"))?;
    Some(date::day_number(first.last_of_month()))
}

/// The document of a return filed on a day.
pub fn return_document(
    id: DocId,
    head: &ReturnHead<'_>,
    as_of_n: i64,
    filed_n: i64,
    cells: &[(&'static str, i64)],
) -> DocumentEdits {
    let iso = |day_n| date::from_day_number(day_n).map(date::to_iso).unwrap_or_default();
    let text = |field, value: &str| Edit::document(field, Some(Value::from(value)));
    let mut edits = vec![
        text("form", head.form),
        text("month", head.month),
        text("as_of", &iso(as_of_n)),
        text("day", &iso(filed_n)),
    ];
    edits.extend((!head.filed_by.is_empty()).then(|| text("filed_by", head.filed_by)));
    edits.extend(head.correction_of.map(|corrected| text("correction_of", corrected)));
    edits.extend(
        cells.iter().map(|(cell, value)| Edit::item("cells", cell, "value", Some(Value::Int(*value)))),
    );
    DocumentEdits { id, kind: &kind::RETURN, edits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_on_its_last_day() {
        for (month, last) in [("2026-02", "2026-02-28"), ("2024-02", "2024-02-29"), ("2026-10", "2026-10-31")]
        {
            assert_eq!(month_end(month), date::day_of_iso(last), "{month}");
        }
        for month in ["2026-13", "2026", "2026-1", ""] {
            assert_eq!(month_end(month), None, "{month}");
        }
    }
}
