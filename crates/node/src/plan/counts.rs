//! What is counted for a target, each by one query. `?1` is a path pattern, `?2` a path, `?3` and `?4` the first and the
//! last day of the year's period, `?5` the day up to which records are looked at.

use linli_wire::UnitPath;

use super::day;
use crate::{error::NodeError, node::Node, programme::re_employed};

/// Distinct people who began to work in the period after being out of work, while certified as in hardship.
pub const HARDSHIP: &str = "\
SELECT COUNT(DISTINCT CASE WHEN q.id_valid = 1 THEN q.id_no ELSE q.doc END)
FROM placement w
JOIN unit u ON u.unit = w.unit AND u.programme = 1 AND u.level = 'community'
JOIN person q ON q.unit = w.unit AND q.doc = w.doc
JOIN episode e ON e.unit = w.unit AND e.doc = w.doc
JOIN certification c ON c.unit = w.unit AND c.doc = w.doc
WHERE (w.unit LIKE ?1 OR w.unit = ?2) AND w.start_n >= ?3 AND w.start_n <= ?4 AND w.recorded_n <= ?5
  AND e.dimension = 'status' AND e.code IN ('2', '3', '4') AND e.start_n < w.start_n AND e.end_n >= w.start_n - 1
  AND c.start_n <= w.start_n AND c.end_n >= w.start_n";

/// Distinct people whose training ended in the period.
pub const TRAINED: &str = "\
SELECT COUNT(DISTINCT CASE WHEN q.id_valid = 1 THEN q.id_no ELSE q.doc END)
FROM training t
JOIN unit u ON u.unit = t.unit AND u.programme = 1 AND u.level = 'community'
JOIN person q ON q.unit = t.unit AND q.doc = t.doc
WHERE (t.unit LIKE ?1 OR t.unit = ?2) AND t.end_n >= ?3 AND t.end_n <= ?4 AND t.recorded_n <= ?5";

/// Cards that were opened in the period.
pub const CARDS: &str = "\
SELECT COUNT(*)
FROM household h
JOIN unit u ON u.unit = h.unit AND u.programme = 1 AND u.level = 'community'
WHERE (h.unit LIKE ?1 OR h.unit = ?2) AND h.opened_n >= ?3 AND h.opened_n <= ?4 AND h.recorded_n <= ?5";

/// Counts what a target of people or cards is about, for a unit and what lies below it, from the first to the second
/// day as recorded by the third; `None` for a target that counts units.
pub(super) fn count(
    node: &Node,
    root: &UnitPath,
    what: &str,
    days: [&str; 3],
) -> Result<Option<u64>, NodeError> {
    let sql = match what {
        "reemployed" => return re_employed(node, root, days).map(Some),
        "hardship" => HARDSHIP,
        "trained" => TRAINED,
        "cards" => CARDS,
        _ => return Ok(None),
    };
    let below = format!("{root}/%");
    let parameters = (below.as_str(), root.as_str(), day(days[0])?, day(days[1])?, day(days[2])?);
    let counted: Vec<u64> = node.with(|r| r.query(sql, parameters, |row| row.get(0)))?;
    Ok(counted.first().copied())
}
