//! How far the programme has come in a year: units by what is dated on their road, and people from the records.
//!
//! Every number has one place that it comes from, named on its field: a date of [`linli_eval::road::Road`] as
//! [`road::stand`] gives it, a query of this module, or a ledger. Counts are compared with what is to be reached
//! as whole numbers, 100 · count ≥ percent · of, so that exactly half is half and 79.96% is not 80%.

mod people;
mod progress;
mod scored;

use linli_eval::{Date, period_start, road::Goals};
use linli_wire::UnitPath;
use serde::Serialize;

pub(crate) use people::re_employed;
pub use people::{BothOut, People, RE_EMPLOYED};
pub use progress::{Goal, Progress, Share};
pub(crate) use progress::{marked, of_levels};
pub use scored::{Met, Scored, scored};

use crate::{error::NodeError, evaluation::require_kept, node::Node, road};

/// The programme of one year at and below a unit, as things stood at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Programme {
    pub unit: String,
    pub year: i64,
    /// The first and the last day of the year's period, ISO.
    pub start: String,
    pub as_of: String,
    /// The day at whose end things stood so, ISO.
    pub on: String,
    pub communities: Progress,
    pub streets: Progress,
    pub people: People,
    /// In percent, the goal for those who can and want to work, of which an evaluation says how many do.
    pub employed_percent: u64,
}

/// The year of the programme that a day lies in: that of the 31 October on or after it.
pub fn year_of(day: &str) -> Result<i64, NodeError> {
    let wrong = |e: linli_eval::DateError| NodeError::Evaluation(e.to_string());
    let start: Date = period_start(day).map_err(wrong)?.parse().map_err(wrong)?;
    Ok(start.civil().0 + 1)
}

/// What the programme is to reach, as `protocol/road/road.toml` has it.
pub fn goals() -> Result<Goals, NodeError> {
    Ok(road::rules()?.0.programme)
}

/// Counts the programme of a year, at and below a unit whose records are kept here.
pub fn programme(node: &Node, root: &UnitPath, year: i64, on: &str) -> Result<Programme, NodeError> {
    let wrong = |e: linli_eval::DateError| NodeError::Evaluation(e.to_string());
    let today: Date = on.parse().map_err(wrong)?;
    let (start, as_of) = (format!("{}-11-01", year - 1), format!("{year}-10-31"));
    require_kept(node, root)?;
    node.materialise()?;
    let (communities, streets) = progress::of_levels(node, root, year, today)?;
    let people = people::count(node, root, [&start, &as_of, on])?;
    let employed_percent = goals()?.employed_percent;
    let (unit, on) = (root.to_string(), on.to_owned());
    Ok(Programme { unit, year, start, as_of, on, communities, streets, people, employed_percent })
}

#[cfg(test)]
mod tests;
