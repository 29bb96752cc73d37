//! What a report is made from.

use std::collections::BTreeMap;

/// Where a number comes from, so that whoever doubts it can ask again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A query over the published tables: its file below `protocol/report`, and its text.
    Query { file: String, sql: String },
    /// A command that lists what was counted.
    Command(String),
}

/// One number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    pub value: i64,
    /// What is counted.
    pub zh: String,
    pub en: String,
    /// The measure word: 人, 户, 个.
    pub of: String,
    pub source: Source,
}

/// The numbers of one unit below the one reported on, for tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    pub numbers: BTreeMap<String, i64>,
}

/// Names of units of one list that belong together: those of one street or district.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub units: Vec<String>,
}

/// Everything that a template may name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Names and days: `unit`, `whole`, `year`, `start`, `as_of`, `made`.
    pub texts: BTreeMap<String, String>,
    pub numbers: BTreeMap<String, Number>,
    pub rows: Vec<Row>,
    pub lists: BTreeMap<String, Vec<Group>>,
}
