//! The evaluation's engine over the replica's own tables.
//!
//! It runs on a connection of its own with one read transaction, so that an evaluation sees one
//! state however long it takes and holds nobody up. What it creates is temporary.

use linli_eval::{Engine, SqlValue};
use rusqlite::{
    Batch, Connection, Statement, StatementStatus, fallible_iterator::FallibleIterator, params_from_iter,
    types::ValueRef,
};
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

/// What SQLite did for the statements of an engine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Rows that were stepped over in tables and indexes read from end to end.
    pub rows_scanned: u64,
    /// Instructions of SQLite's virtual machine.
    pub vm_steps: u64,
}

/// Reads one state of a replica's tables on a connection of its own, which may go to another thread.
pub struct DetachedEngine {
    connection: Connection,
    work: Work,
}

impl DetachedEngine {
    /// Opens one state: everything read from now on is as of now.
    pub(crate) fn of(connection: Connection) -> Result<Self, StoreError> {
        connection.execute_batch("BEGIN DEFERRED; SELECT COUNT(*) FROM meta;")?;
        Ok(Self { connection, work: Work::default() })
    }

    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// What was done so far.
    pub const fn work(&self) -> Work {
        self.work
    }
}

impl Engine for DetachedEngine {
    type Error = SqlError;

    fn execute(&mut self, sql: &str) -> Result<(), SqlError> {
        execute(&self.connection, &mut self.work, sql)
    }

    fn query(&mut self, sql: &str) -> Result<Vec<Vec<SqlValue>>, SqlError> {
        query(&self.connection, &mut self.work, sql)
    }

    fn each(&mut self, sql: &str, row: &mut dyn FnMut(&[SqlValue])) -> Result<(), SqlError> {
        each(&self.connection, &mut self.work, sql, row)
    }

    fn filled(&mut self, table: &str, keys: &[Vec<String>]) -> Result<(), SqlError> {
        filled(&self.connection, table, keys)
    }

    fn insert(&mut self, table: &str, rows: &[Vec<SqlValue>]) -> Result<(), SqlError> {
        insert(&self.connection, table, rows)
    }
}

enum Held<'c> {
    Own(DetachedEngine),
    Borrowed(&'c Connection),
}

/// Reads one state of a replica's tables, on a connection of its own or on that of a replica in memory, of which
/// nobody else has a connection.
pub struct ReaderEngine<'c>(Held<'c>);

impl<'c> ReaderEngine<'c> {
    pub(crate) const fn own(engine: DetachedEngine) -> Self {
        Self(Held::Own(engine))
    }

    pub(crate) const fn borrowed(connection: &'c Connection) -> Self {
        Self(Held::Borrowed(connection))
    }

    pub const fn connection(&self) -> &Connection {
        match &self.0 {
            Held::Own(engine) => engine.connection(),
            Held::Borrowed(connection) => connection,
        }
    }
}

impl Engine for ReaderEngine<'_> {
    type Error = SqlError;

    fn execute(&mut self, sql: &str) -> Result<(), SqlError> {
        execute(self.connection(), &mut Work::default(), sql)
    }

    fn query(&mut self, sql: &str) -> Result<Vec<Vec<SqlValue>>, SqlError> {
        query(self.connection(), &mut Work::default(), sql)
    }

    fn each(&mut self, sql: &str, row: &mut dyn FnMut(&[SqlValue])) -> Result<(), SqlError> {
        each(self.connection(), &mut Work::default(), sql, row)
    }

    fn filled(&mut self, table: &str, keys: &[Vec<String>]) -> Result<(), SqlError> {
        filled(self.connection(), table, keys)
    }

    fn insert(&mut self, table: &str, rows: &[Vec<SqlValue>]) -> Result<(), SqlError> {
        insert(self.connection(), table, rows)
    }
}

impl Work {
    fn add(&mut self, statement: &Statement<'_>) {
        let status = |of| u64::try_from(statement.get_status(of)).unwrap_or_default();
        self.rows_scanned += status(StatementStatus::FullscanStep);
        self.vm_steps += status(StatementStatus::VmStep);
    }
}

fn execute(connection: &Connection, work: &mut Work, sql: &str) -> Result<(), SqlError> {
    let mut run = || {
        let mut batch = Batch::new(connection, sql);
        while let Some(mut statement) = batch.next()? {
            statement.raw_execute()?;
            work.add(&statement);
        }
        Ok(())
    };
    run().map_err(|source| failed(sql, source))
}

fn query(connection: &Connection, work: &mut Work, sql: &str) -> Result<Vec<Vec<SqlValue>>, SqlError> {
    let mut found = Vec::new();
    each(connection, work, sql, &mut |row| found.push(row.to_vec()))?;
    Ok(found)
}

/// One row at a time, in the same place: a text takes no new memory where the one before was as long.
fn each(
    connection: &Connection,
    work: &mut Work,
    sql: &str,
    take: &mut dyn FnMut(&[SqlValue]),
) -> Result<(), SqlError> {
    let mut run = || {
        let mut statement = connection.prepare(sql)?;
        let mut values = vec![SqlValue::Null; statement.column_count()];
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for (at, value) in values.iter_mut().enumerate() {
                match (row.get_ref(at)?, value) {
                    (ValueRef::Text(bytes), SqlValue::Text(text)) => {
                        text.clear();
                        text.push_str(&String::from_utf8_lossy(bytes));
                    }
                    (other, value) => *value = sql_value(other),
                }
            }
            take(&values);
        }
        drop(rows);
        work.add(&statement);
        Ok(())
    };
    run().map_err(|source| failed(sql, source))
}

/// Without statistics SQLite takes every table for a large one, and without indexes it makes one for each query.
fn filled(connection: &Connection, table: &str, keys: &[Vec<String>]) -> Result<(), SqlError> {
    let index = |(at, key): (usize, &Vec<String>)| {
        format!("CREATE INDEX IF NOT EXISTS temp.{table}_{at} ON {table}({});", key.join(", "))
    };
    let indexes = keys.iter().enumerate().map(index);
    let sql = indexes.chain([format!("ANALYZE temp.{table};")]).collect::<Vec<_>>().join("\n");
    execute(connection, &mut Work::default(), &sql)
}

fn insert(connection: &Connection, table: &str, rows: &[Vec<SqlValue>]) -> Result<(), SqlError> {
    let Some(first) = rows.first() else { return Ok(()) };
    let places = vec!["?"; first.len()].join(", ");
    let sql = format!("INSERT INTO {table} VALUES ({places})");
    let run = || {
        let mut statement = connection.prepare(&sql)?;
        for row in rows {
            statement.execute(params_from_iter(row.iter().map(parameter)))?;
        }
        Ok(())
    };
    run().map_err(|source| failed(&sql, source))
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
