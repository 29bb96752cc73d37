//! Why an evaluation stops.

use linli_wire::UnitPath;
use thiserror::Error;

use crate::date::DateError;

/// Why there is no evaluation. A unit that lacks records or findings is no error: its scorecard says so.
#[derive(Debug, Error)]
pub enum EvalError<E: std::error::Error + Send + Sync + 'static> {
    #[error("the database failed while {doing}: {source}")]
    Engine { doing: String, source: E },
    #[error(transparent)]
    Date(#[from] DateError),
    #[error(
        "the period {start} to {as_of}, received until {close}, runs backwards; give the dates in that order"
    )]
    Period { start: String, as_of: String, close: String },
    #[error("no record describes the unit {0}; import the units first or choose another one")]
    UnknownUnit(UnitPath),
    #[error("the unit {unit} is not in the programme as a {level}, so standard {standard} does not score it")]
    NotScored { unit: UnitPath, level: String, standard: String },
    #[error("the standard {standard} has no item `{item}`; its items run from {first} to {last}")]
    UnknownItem { standard: String, item: String, first: String, last: String },
    #[error("no standard was given; give at least one")]
    NoStandard,
    #[error("no engine was given; give at least one")]
    NoEngine,
    #[error(
        "{what} returned what the format does not allow: {problem}; correct the standard or rebuild the tables"
    )]
    Shape { what: String, problem: String },
    #[error(
        "the points of {unit} in {item} do not fit an exact fraction of 128 bits; use rounder thresholds"
    )]
    Overflow { unit: UnitPath, item: String },
}
