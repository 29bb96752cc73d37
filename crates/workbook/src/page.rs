//! A page of a ledger: columns with types, rows, and the files that it goes out as.
//!
//! | form | for | codes | dates |
//! |---|---|---|---|
//! | XLSX | people: title, line of the unit, frozen header, ready to print | names | dates |
//! | CSV | programs and spreadsheets | codes | ISO text |
//! | Parquet | programs | codes | DATE |
//!
//! Columns that are hidden, keys of documents, are left out of what people read and print.

mod columnar;
mod comma;
mod xlsx;

use linli_model::{codes::CodeList, date};

pub use columnar::write as page_parquet;
pub use comma::write as page_csv;
pub use xlsx::{Heading, write as page_xlsx};

/// What a column of a page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Text,
    Number,
    Flag,
    Date,
    /// Days since 1970-01-01, a number for programs and a date for people.
    DayNumber,
    Code(&'static CodeList),
}

/// One column of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageColumn {
    pub name: String,
    pub zh: String,
    pub en: String,
    pub holds: Holds,
    pub hidden: bool,
}

/// One value of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Empty,
    Text(String),
    Number(i64),
    /// Days since 1970-01-01.
    Day(i64),
}

/// The language of headers and names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    Chinese,
    English,
}

impl Tongue {
    pub(crate) const fn pick<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Chinese => zh,
            Self::English => en,
        }
    }
}

/// Columns and rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub columns: Vec<PageColumn>,
    /// Each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
}

impl PageColumn {
    /// What a person reads in a cell: codes and flags by their names.
    pub fn shown(&self, cell: &Cell, tongue: Tongue) -> String {
        match (self.holds, cell) {
            (_, Cell::Empty) => String::new(),
            (Holds::Code(list), Cell::Text(code)) => {
                list.get(code).map_or_else(|| code.clone(), |code| tongue.pick(code.zh, code.en).to_owned())
            }
            (Holds::Flag, Cell::Number(flag)) => match flag {
                0 => tongue.pick("否", "no").to_owned(),
                _ => tongue.pick("是", "yes").to_owned(),
            },
            (Holds::DayNumber, Cell::Number(day)) => Cell::Day(*day).written(),
            (_, cell) => cell.written(),
        }
    }

    pub fn heading(&self, tongue: Tongue) -> &str {
        tongue.pick(&self.zh, &self.en)
    }
}

impl Cell {
    /// As text, codes as they are and days in ISO.
    pub fn written(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Day(day) => date::from_day_number(*day).map_or_else(String::new, date::to_iso),
        }
    }
}

#[cfg(test)]
mod tests;
