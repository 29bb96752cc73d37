//! Creation standards, the measures that read records, and the scorecards that follow.
//!
//! A [`Standard`] is a pack of files: items, parts, points and rules in TOML, and one SQL query for each
//! measure. A measure lists its subjects (people, families, dwellings, checks) and says of each whether it
//! is a hit and why, so that [`evaluate`] and [`explain`] cannot disagree: the score folds the same rows
//! that the explanation shows.
//!
//! The steps, each in its module: [`standard`] reads and checks a pack; `evaluate` creates the tables of
//! the scope and the period, lets the engine run the measures and counts their rows; `fold` turns counts
//! into points by exact fractions; [`scorecard`] has the outcome and its one canonical encoding.
//!
//! [`ledger`] has the nineteen ledgers, queries over the same tables, [`findings`] the traps that are looked for, and
//! [`figures`] the numbers of the report on the programme.
//!
//! This crate is pure: it reads no clock, no randomness, no file and no socket. The same records, standard
//! and dates give the same bytes on every machine.

mod calendar;
mod date;
mod derived;
mod engine;
mod error;
mod evaluate;
pub mod figures;
pub mod findings;
mod fold;
pub mod ledger;
mod lint;
pub mod pack;
mod period;
mod ratio;
pub mod road;
pub mod scorecard;
pub mod standard;

pub use calendar::{Calendar, CalendarError};
pub use date::{Date, DateError};
pub use engine::{Engine, SqlValue};
pub use error::EvalError;
pub use evaluate::{
    Again, Changes, Disproof, Evaluation, Kept, KeptSlice, Request, Subject, counted_on, evaluate,
    evaluate_again, evaluate_on, explain, merged_on,
};
pub use lint::{Declared, LintError, measure as lint_measure, table as lint_table};
pub use period::{default_period, period_start};
pub use ratio::{Ratio, RatioError};
pub use scorecard::{
    ItemScore, Outcome, PartScore, Range, Scorecard, ScorecardError, State, Veto, VetoState,
};
pub use standard::{Check, Item, PackError, Part, SIGN_OFF, Standard, Text};
