//! The published tables: `protocol/ledgers/tables.toml`, read once, each column tied to where its value
//! comes from.

use std::fmt::Write as _;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::date::{OPEN_END, UNKNOWN_START};
use crate::kind::{self, ATTACHMENTS, Collection, Field, FieldType, Kind};

/// The dictionary as published.
pub const DICTIONARY: &str = include_str!("../../../protocol/ledgers/tables.toml");

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    Text,
    Int,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub ty: ColumnType,
    pub zh: String,
    pub en: String,
    pub(crate) origin: Origin,
}

/// A table of the dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    pub zh: String,
    pub en: String,
    pub columns: Vec<Column>,
    pub(crate) source: Source,
}

/// What the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// One row a document of the kind.
    Document(&'static Kind),
    /// One row an item of the collection.
    Items(&'static Kind, &'static Collection),
    /// One row an attachment, of every kind that takes them.
    Attachments,
    /// One row a vital field with more than one value, of every kind.
    Conflicts,
}

/// Where the value of a column comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Unit,
    Document,
    Key,
    /// A field, by its position in the schema.
    Field(usize),
    /// The day number of a date field, and what stands where there is no date.
    Day(usize, i64),
    Recorded,
    /// The day on which the value of a field that stands was recorded.
    FieldRecorded(usize),
    Stage,
    Channel,
    IdValid,
    WorkFrom,
    WorkUntil,
    /// A column of the table of conflicts, which is filled by position.
    Conflict,
}

impl Table {
    /// The statement that creates the table in SQLite. Names are quoted because `end` is a reserved word.
    pub fn ddl(&self) -> String {
        let mut ddl = format!("CREATE TABLE \"{}\"(", self.name);
        for (index, column) in self.columns.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            let ty = match column.ty {
                ColumnType::Text => "TEXT",
                ColumnType::Int => "INTEGER",
            };
            write!(ddl, "{separator}\"{}\" {ty} NOT NULL", column.name)
                .expect("a string takes what is written to it");
        }
        ddl.push(')');
        ddl
    }

    /// Whether documents of the kind with this code give rows of the table.
    pub fn may_come_from(&self, code: u64) -> bool {
        match self.source {
            Source::Document(kind) | Source::Items(kind, _) => {
                // A residue stands in the place of a person.
                let residue = u64::from(kind::RESIDUE.code) == code && kind.code == kind::PERSON.code;
                u64::from(kind.code) == code || residue
            }
            Source::Attachments => {
                kind::by_code(code).is_some_and(|kind| kind.collection(ATTACHMENTS.name).is_some())
            }
            Source::Conflicts => true,
        }
    }

    /// The kind, and the collection of it, that the rows stand for; `None` for the tables over every kind.
    pub const fn origin(&self) -> Option<(&'static Kind, Option<&'static Collection>)> {
        match self.source {
            Source::Document(kind) => Some((kind, None)),
            Source::Items(kind, collection) => Some((kind, Some(collection))),
            Source::Attachments | Source::Conflicts => None,
        }
    }

    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// Every table, in the order of the dictionary.
pub fn tables() -> &'static [Table] {
    static TABLES: OnceLock<Vec<Table>> = OnceLock::new();
    TABLES.get_or_init(|| read(DICTIONARY).expect("the dictionary is part of the program, and tested"))
}

/// The position of a table in [`tables()`].
pub fn table_index(name: &str) -> Option<usize> {
    tables().iter().position(|table| table.name == name)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    table: Vec<FileTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTable {
    name: String,
    zh: String,
    en: String,
    source: String,
    collection: Option<String>,
    key: Option<String>,
    columns: Vec<FileColumn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileColumn {
    name: String,
    #[serde(rename = "type")]
    ty: ColumnType,
    zh: String,
    en: String,
}

fn read(text: &str) -> Result<Vec<Table>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    file.table.into_iter().map(bind).collect()
}

fn bind(table: FileTable) -> Result<Table, String> {
    let source = source(&table)?;
    let key = table.key.as_deref();
    let mut columns = Vec::with_capacity(table.columns.len());
    for column in table.columns {
        let (origin, ty) = origin(source, key, &column.name)
            .ok_or_else(|| format!("nothing fills the column {}.{}", table.name, column.name))?;
        if ty != column.ty {
            return Err(format!("the column {}.{} is declared with the wrong type", table.name, column.name));
        }
        columns.push(Column { name: column.name, ty, zh: column.zh, en: column.en, origin });
    }
    Ok(Table { name: table.name, zh: table.zh, en: table.en, columns, source })
}

fn source(table: &FileTable) -> Result<Source, String> {
    if table.source == "*" {
        let attachments = table.collection.as_deref() == Some(ATTACHMENTS.name);
        return Ok(if attachments { Source::Attachments } else { Source::Conflicts });
    }
    let unknown = || format!("the table {} has a source that no kind is", table.name);
    let kind = kind::by_name(&table.source).ok_or_else(unknown)?;
    match &table.collection {
        None => Ok(Source::Document(kind)),
        Some(name) => {
            kind.collection(name).map(|collection| Source::Items(kind, collection)).ok_or_else(unknown)
        }
    }
}

/// The columns of the table of conflicts, in the order in which they are filled.
pub(crate) const CONFLICT_COLUMNS: [(&str, ColumnType); 6] = [
    ("unit", ColumnType::Text),
    ("doc", ColumnType::Text),
    ("place", ColumnType::Text),
    ("field", ColumnType::Text),
    ("vals", ColumnType::Int),
    ("since_n", ColumnType::Int),
];

fn origin(source: Source, key: Option<&str>, name: &str) -> Option<(Origin, ColumnType)> {
    let fields = match source {
        Source::Document(kind) => kind.fields,
        Source::Items(_, collection) => collection.fields,
        Source::Attachments => ATTACHMENTS.fields,
        Source::Conflicts => {
            let (_, ty) = CONFLICT_COLUMNS.iter().find(|(column, _)| *column == name)?;
            return Some((Origin::Conflict, *ty));
        }
    };
    let position = |name: &str| fields.iter().position(|field| field.name == name);
    if key == Some(name) {
        return Some((Origin::Key, ColumnType::Text));
    }
    if let Some(index) = position(name) {
        return Some((Origin::Field(index), column_type(&fields[index])));
    }
    match name {
        "unit" => Some((Origin::Unit, ColumnType::Text)),
        "doc" => Some((Origin::Document, ColumnType::Text)),
        "recorded_n" => Some((Origin::Recorded, ColumnType::Int)),
        "stage" => Some((Origin::Stage, ColumnType::Text)),
        "channel" => Some((Origin::Channel, ColumnType::Text)),
        "id_valid" => Some((Origin::IdValid, ColumnType::Int)),
        "work_from_n" => Some((Origin::WorkFrom, ColumnType::Int)),
        "work_until_n" => Some((Origin::WorkUntil, ColumnType::Int)),
        _ => {
            if let Some(field) = name.strip_suffix("_recorded_n") {
                return Some((Origin::FieldRecorded(position(field)?), ColumnType::Int));
            }
            let date = name.strip_suffix("_n")?;
            let index = position(date).filter(|index| fields[*index].ty == FieldType::Date)?;
            let missing = if date == "end" { OPEN_END } else { UNKNOWN_START };
            Some((Origin::Day(index, missing), ColumnType::Int))
        }
    }
}

const fn column_type(field: &Field) -> ColumnType {
    match field.ty {
        FieldType::Int { .. } | FieldType::Flag => ColumnType::Int,
        _ => ColumnType::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_the_dictionary_is_filled_by_something() {
        let tables = read(DICTIONARY).expect("the dictionary is well-formed");
        assert!(tables.iter().any(|table| table.source == Source::Conflicts));
        for table in &tables {
            assert_eq!(
                table.columns.first().map(|column| column.name.as_str()),
                Some("unit"),
                "{}",
                table.name
            );
        }
    }

    #[test]
    fn the_table_of_conflicts_has_its_columns_in_the_order_they_are_filled() {
        let conflict = &tables()[table_index("conflict").expect("the dictionary has the table")];
        let names: Vec<&str> = conflict.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, CONFLICT_COLUMNS.map(|(name, _)| name));
    }

    #[test]
    fn a_dictionary_that_asks_for_what_no_kind_has_is_refused() {
        let table = |source: &str, columns: &str| {
            format!("[[table]]\nname='t'\nzh=''\nen=''\nsource='{source}'\ncolumns=[{columns}]")
        };
        for (text, complaint) in [
            (table("nobody", ""), "source"),
            (table("person", "{name='shoe',type='text',zh='',en=''}"), "t.shoe"),
            (table("person", "{name='birth_n',type='text',zh='',en=''}"), "type"),
            (table("person", "{name='sex_n',type='int',zh='',en=''}"), "t.sex_n"),
        ] {
            let error = read(&text).expect_err("the dictionary is wrong");
            assert!(error.contains(complaint), "{error}");
        }
    }

    #[test]
    fn a_table_knows_the_kinds_that_it_may_come_from() {
        let from = |table: &str, kind: &Kind| {
            let index = table_index(table).expect("the dictionary has the table");
            tables()[index].may_come_from(u64::from(kind.code))
        };
        assert!(from("episode", &kind::PERSON));
        assert!(!from("episode", &kind::HOUSEHOLD));
        assert!(from("household", &kind::HOUSEHOLD));
        assert!(from("conflict", &kind::PERSON) && from("conflict", &kind::HOUSEHOLD));
    }

    #[test]
    fn a_table_is_created_with_every_column_not_null() {
        let member = &tables()[table_index("member").expect("the dictionary has the table")];
        assert_eq!(
            member.ddl(),
            "CREATE TABLE \"member\"(\"unit\" TEXT NOT NULL, \"doc\" TEXT NOT NULL, \
             \"person\" TEXT NOT NULL, \"relation\" TEXT NOT NULL)"
        );
    }
}
