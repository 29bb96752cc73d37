//! The evaluation's engine over the replica's own tables.
//!
//! It runs on a connection of its own with one read transaction, so that an evaluation sees one
//! state however long it takes and holds nobody up. What it creates is temporary.

use linli_eval::{Engine, SqlValue};
use rusqlite::{Connection, params_from_iter, types::ValueRef};
use thiserror::Error;

use crate::error::StoreError;

/// A statement that SQLite refused.
#[derive(Debug, Error)]
#[error("{source}, in: {sql}")]
pub struct SqlError {
    sql: String,
    #[source]
    source: rusqlite::Error,
}

/// What temporary tables are joined by, beside the unit.
const KEYS: [&str; 4] = ["doc", "person_key", "person", "family"];

enum Held<'c> {
    Own(Connection),
    Borrowed(&'c Connection),
}

/// Reads one state of a replica's tables.
pub struct ReaderEngine<'c> {
    held: Held<'c>,
}

impl ReaderEngine<'static> {
    /// Opens one state: everything read from now on is as of now.
    pub(crate) fn own(connection: Connection) -> Result<Self, StoreError> {
        connection.execute_batch("BEGIN DEFERRED; SELECT COUNT(*) FROM meta;")?;
        Ok(Self { held: Held::Own(connection) })
    }
}

impl<'c> ReaderEngine<'c> {
    /// For a replica in memory, of which nobody else has a connection.
    pub(crate) const fn borrowed(connection: &'c Connection) -> Self {
        Self { held: Held::Borrowed(connection) }
    }

    pub fn connection(&self) -> &Connection {
        match &self.held {
            Held::Own(connection) => connection,
            Held::Borrowed(connection) => connection,
        }
    }
}

impl Engine for ReaderEngine<'_> {
    type Error = SqlError;

    fn execute(&mut self, sql: &str) -> Result<(), SqlError> {
        self.connection().execute_batch(sql).map_err(|source| failed(sql, source))
    }

    fn query(&mut self, sql: &str) -> Result<Vec<Vec<SqlValue>>, SqlError> {
        let run = || {
            let mut statement = self.connection().prepare(sql)?;
            let columns = statement.column_count();
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let value = |at| Ok::<_, rusqlite::Error>(sql_value(row.get_ref(at)?));
                found.push((0..columns).map(value).collect::<Result<_, _>>()?);
            }
            Ok(found)
        };
        run().map_err(|source| failed(sql, source))
    }

    /// Without statistics SQLite takes every table for a large one, and without indexes it makes one for each query.
    fn filled(&mut self, table: &str) -> Result<(), SqlError> {
        let sql = format!("SELECT name FROM pragma_table_info('{table}', 'temp')");
        let columns = self.query(&sql)?;
        let has = |name: &str| columns.iter().any(|row| row.first() == Some(&SqlValue::from(name)));
        let keys = if has("unit") {
            KEYS.into_iter().filter(|key| has(key)).map(|key| format!("unit, {key}")).collect()
        } else if has("day_n") {
            vec!["day_n".to_owned()]
        } else {
            Vec::new()
        };
        let indexes = keys
            .iter()
            .enumerate()
            .map(|(at, key)| format!("CREATE INDEX temp.{table}_{at} ON {table}({key});"));
        let sql = indexes.chain([format!("ANALYZE temp.{table};")]).collect::<Vec<_>>().join("\n");
        self.execute(&sql)
    }

    fn insert(&mut self, table: &str, rows: &[Vec<SqlValue>]) -> Result<(), SqlError> {
        let Some(first) = rows.first() else { return Ok(()) };
        let places = vec!["?"; first.len()].join(", ");
        let sql = format!("INSERT INTO {table} VALUES ({places})");
        let run = || {
            let mut statement = self.connection().prepare(&sql)?;
            for row in rows {
                statement.execute(params_from_iter(row.iter().map(parameter)))?;
            }
            Ok(())
        };
        run().map_err(|source| failed(&sql, source))
    }
}

fn parameter(value: &SqlValue) -> rusqlite::types::Value {
    match value {
        SqlValue::Int(int) => rusqlite::types::Value::Integer(*int),
        SqlValue::Text(text) => rusqlite::types::Value::Text(text.clone()),
        SqlValue::Null => rusqlite::types::Value::Null,
    }
}

/// Measures yield whole numbers and texts; anything else is shown as text, so that it is noticed.
fn sql_value(value: ValueRef<'_>) -> SqlValue {
    match value {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(int) => SqlValue::Int(int),
        ValueRef::Real(real) => SqlValue::Text(real.to_string()),
        ValueRef::Text(text) | ValueRef::Blob(text) => {
            SqlValue::Text(String::from_utf8_lossy(text).into_owned())
        }
    }
}

fn failed(sql: &str, source: rusqlite::Error) -> SqlError {
    SqlError { sql: sql.chars().take(2_000).collect(), source }
}
