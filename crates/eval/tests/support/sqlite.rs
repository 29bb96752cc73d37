//! The engine of the tests.

use linli_eval::{Engine, SqlValue};
use rusqlite::{Connection, params_from_iter, types::Value};

use super::World;

pub struct Sqlite(pub Connection);

impl Sqlite {
    /// A database with the published tables and the rows of a world, in the order in which it lists them.
    pub fn of(world: &World) -> Self {
        let connection = Connection::open_in_memory().expect("memory is at hand");
        let mut sqlite = Self(connection);
        for (table, columns) in world.tables() {
            let columns: Vec<String> = columns
                .iter()
                .map(|(name, kind)| {
                    let kind = if kind == "int" { "INTEGER" } else { "TEXT" };
                    format!("\"{name}\" {kind} NOT NULL")
                })
                .collect();
            sqlite
                .execute(&format!("CREATE TABLE {table} ({})", columns.join(", ")))
                .expect("the dictionary makes tables");
        }
        for (table, row) in world.rows() {
            sqlite.insert(table, std::slice::from_ref(row)).expect("the world's rows fit");
        }
        sqlite
    }
}

impl Engine for Sqlite {
    type Error = rusqlite::Error;

    fn execute(&mut self, sql: &str) -> Result<(), Self::Error> {
        self.0.execute_batch(sql)
    }

    fn query(&mut self, sql: &str) -> Result<Vec<Vec<SqlValue>>, Self::Error> {
        let mut statement = self.0.prepare(sql)?;
        let width = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..width)
                .map(|column| {
                    Ok(match row.get::<_, Value>(column)? {
                        Value::Integer(value) => SqlValue::Int(value),
                        Value::Text(text) => SqlValue::Text(text),
                        Value::Null => SqlValue::Null,
                        other => SqlValue::Text(format!("{other:?}")),
                    })
                })
                .collect()
        })?;
        rows.collect()
    }

    fn insert(&mut self, table: &str, rows: &[Vec<SqlValue>]) -> Result<(), Self::Error> {
        for row in rows {
            let marks = vec!["?"; row.len()].join(", ");
            let values = row.iter().map(|value| match value {
                SqlValue::Int(value) => Value::Integer(*value),
                SqlValue::Text(text) => Value::Text(text.clone()),
                SqlValue::Null => Value::Null,
            });
            self.0
                .prepare_cached(&format!("INSERT INTO {table} VALUES ({marks})"))?
                .execute(params_from_iter(values))?;
        }
        Ok(())
    }
}
