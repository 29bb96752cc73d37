//! The database that measures run on, seen through the few things that an evaluation asks of it.

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlValue {
    Int(i64),
    Text(String),
    Null,
}

impl From<&str> for SqlValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for SqlValue {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

/// A connection that holds the published tables at one cut and may create temporary ones.
///
/// The evaluator assumes that nothing changes under it: the caller opens one read transaction before and
/// ends it after. It leaves no temporary table behind.
pub trait Engine {
    type Error: std::error::Error + Send + Sync + 'static;

    /// Runs one or more statements, separated by semicolons, that return nothing.
    fn execute(&mut self, sql: &str) -> Result<(), Self::Error>;

    /// Runs one query and returns its rows.
    fn query(&mut self, sql: &str) -> Result<Vec<Vec<SqlValue>>, Self::Error>;

    /// Runs one query and hands its rows over one after the other, for those that are too many to be kept.
    fn each(&mut self, sql: &str, row: &mut dyn FnMut(&[SqlValue])) -> Result<(), Self::Error> {
        self.query(sql)?.iter().for_each(|values| row(values));
        Ok(())
    }

    /// Appends rows to a table, each with a value for every column in the order of its definition.
    fn insert(&mut self, table: &str, rows: &[Vec<SqlValue>]) -> Result<(), Self::Error>;

    /// Is told that a temporary table has all its rows, and by which columns they are looked up. An engine that plans by
    /// indexes and statistics makes them now; what a query answers does not depend on it.
    fn filled(&mut self, table: &str, keys: &[Vec<String>]) -> Result<(), Self::Error> {
        let _ = (table, keys);
        Ok(())
    }
}
