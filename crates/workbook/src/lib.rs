//! Household cards and people from CSV and XLSX files, and back.
//!
//! A row is a person; the columns are those of the published dictionary
//! (`protocol/ledgers/import.toml`), under their Chinese or English headers, in any order. Rows with the
//! same card number are one household, wherever in the file they stand.
//!
//! | step | module | what it decides |
//! |---|---|---|
//! | read | [`sheet`] | whether the bytes are a table, and which column is which |
//! | check | [`check`] | which rows are good, and what is wrong with the others |
//! | look up | `recorded` | what the unit has recorded of these cards and people |
//! | plan | `plan` | which fields differ |
//! | write | [`mod@import`] | one entry a household, all in one transaction |
//!
//! Besides cards and people there are [`lists`]: a file of placements, visits, vacancies, dwellings or staff, read by the same rules.
//!
//! Pages of ledgers go out by [`Page`]: as a workbook ready to print, CSV or Parquet.
//!
//! Rules that a clerk can rely on:
//! - A bad row is refused with its row, column and reason, and the good rows go in. Where the head's row
//!   is refused the household still goes in with the others, and the report lists its card; what the
//!   refused row says of the card itself (address, telephone …) still counts.
//! - An empty cell leaves what is recorded; nothing is ever deleted by an import.
//! - The same file twice adds nothing, and a changed cell changes that field alone. A changed state is
//!   another episode, so that what was the case before stays on record.

pub mod check;
pub mod columns;
mod error;
mod export;
pub mod import;
pub mod limits;
pub mod lists;
mod page;
mod plan;
mod recorded;
pub mod sheet;
#[cfg(test)]
mod support;
mod template;

pub use check::{Checked, Refused, Why, check};
pub use columns::{COLUMNS, Column};
pub use error::{ImportError, WorkbookError};
pub use export::{Format, export};
pub use import::{Report, Tally, import};
pub use page::{Cell, Heading, Holds, Page, PageColumn, Tongue, page_csv, page_parquet, page_xlsx};
pub use plan::item_key;
pub use sheet::{Sheet, read};
pub use template::template;
