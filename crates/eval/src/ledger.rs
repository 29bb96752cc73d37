//! The nineteen ledgers: `protocol/ledgers/ledgers.toml` and its SQL, read once, and a ledger's rows as of a day
//! as known on a day.

mod files;
mod run;

use std::sync::OnceLock;

use serde::Deserialize;

pub(crate) use run::{Given, over};
pub use run::{View, rows};

use crate::{
    derived::{self, Derived, Needed},
    lint::{self, LintError},
};

/// What a ledger has a row for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    Person,
    Household,
    Unit,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnKind {
    Text,
    Int,
    /// 0 or 1.
    Flag,
    /// ISO text, or where it is computed a day number.
    Date,
    /// A code of the column's list.
    Code,
}

/// One column of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ColumnKind,
    /// The list of a code, by its name in `codes.toml`.
    #[serde(default)]
    pub list: String,
    pub zh: String,
    pub en: String,
    /// The published columns, `table.column`, that it comes from.
    pub from: Vec<String>,
    /// A key for programs, of no use to people.
    #[serde(default)]
    pub hidden: bool,
}

/// One ledger of the dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// `L05`
    pub id: String,
    pub zh: String,
    pub en: String,
    pub about: About,
    pub columns: Vec<Column>,
    /// The derived tables that its query reads: name and text of each file, in order.
    pub tables: Vec<(String, &'static str)>,
    /// The query.
    pub sql: &'static str,
    /// Of the tables that these files make, those that the query needs.
    derived: Vec<Needed>,
}

impl Ledger {
    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Whether its rows say something about people.
    pub fn names_people(&self) -> bool {
        self.about != About::Unit
    }
}

/// Every ledger, L01 to L19.
pub fn ledgers() -> &'static [Ledger] {
    static LEDGERS: OnceLock<Vec<Ledger>> = OnceLock::new();
    LEDGERS
        .get_or_init(|| read(files::DICTIONARY).expect("the dictionary is part of the program, and tested"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    common: Common,
    ledger: Vec<FileLedger>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    person: Columns,
    household: Columns,
    unit: Columns,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Columns {
    columns: Vec<Column>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLedger {
    id: String,
    zh: String,
    en: String,
    about: About,
    tables: Vec<String>,
    sql: String,
    columns: Vec<Column>,
}

/// What is wrong with a file, a line each.
pub(crate) fn told(found: &[LintError]) -> String {
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn read(text: &str) -> Result<Vec<Ledger>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let common = file.common;
    file.ledger
        .into_iter()
        .map(|ledger| {
            let content = |name: &str| {
                files::content(name).ok_or_else(|| format!("{}: there is no file `{name}`", ledger.id))
            };
            let shared = match ledger.about {
                About::Person => &common.person,
                About::Household => &common.household,
                About::Unit => &common.unit,
            };
            let tables = ledger.tables.iter().map(|name| Ok((name.clone(), content(name)?)));
            let tables: Vec<(String, &'static str)> = tables.collect::<Result<_, String>>()?;
            let sql = content(&ledger.sql)?;
            let columns: Vec<Column> = shared.columns.iter().cloned().chain(ledger.columns).collect();
            let returned = lint::query(&ledger.sql, sql).map_err(|found| told(&found))?;
            if !returned.iter().map(String::as_str).eq(columns.iter().map(|column| column.name.as_str())) {
                return Err(format!(
                    "{}: the query returns other columns: {}",
                    ledger.id,
                    returned.join(", ")
                ));
            }
            let mut derived = Vec::new();
            for (name, sql) in &tables {
                derived.extend(Derived::of(name, sql).map_err(|found| told(&found))?);
            }
            let derived = derived::needed(&derived, [sql]);
            Ok(Ledger {
                id: ledger.id,
                zh: ledger.zh,
                en: ledger.en,
                about: ledger.about,
                columns,
                tables,
                sql,
                derived,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
