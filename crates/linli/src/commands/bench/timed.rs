//! An engine that writes down how long each statement took.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use linli_eval::{Engine, SqlValue};

/// Passes everything on to another engine.
pub struct Timed<E> {
    pub engine: E,
    taken: BTreeMap<String, Duration>,
}

impl<E> Timed<E> {
    pub const fn of(engine: E) -> Self {
        Self { engine, taken: BTreeMap::new() }
    }

    fn note(&mut self, what: String, started: Instant) {
        *self.taken.entry(what).or_default() += started.elapsed();
    }
}

/// The statements that took longest on all engines together, the longest first.
pub fn slowest<E>(engines: &[Timed<E>], count: usize) -> Vec<(String, Duration)> {
    let mut together: BTreeMap<&str, Duration> = BTreeMap::new();
    for (what, taken) in engines.iter().flat_map(|engine| &engine.taken) {
        *together.entry(what).or_default() += *taken;
    }
    let mut taken: Vec<(String, Duration)> =
        together.into_iter().map(|(what, taken)| (what.to_owned(), taken)).collect();
    taken.sort_by_key(|(_, taken)| std::cmp::Reverse(*taken));
    taken.truncate(count);
    taken
}

impl<E: Engine> Engine for Timed<E> {
    type Error = E::Error;

    fn execute(&mut self, sql: &str) -> Result<(), E::Error> {
        let started = Instant::now();
        self.engine.execute(sql)?;
        self.note(name(sql), started);
        Ok(())
    }

    fn query(&mut self, sql: &str) -> Result<Vec<Vec<SqlValue>>, E::Error> {
        let started = Instant::now();
        let rows = self.engine.query(sql)?;
        self.note(name(sql), started);
        Ok(rows)
    }

    fn each(&mut self, sql: &str, row: &mut dyn FnMut(&[SqlValue])) -> Result<(), E::Error> {
        let started = Instant::now();
        self.engine.each(sql, row)?;
        self.note(name(sql), started);
        Ok(())
    }

    fn filled(&mut self, table: &str, keys: &[Vec<String>]) -> Result<(), E::Error> {
        let started = Instant::now();
        self.engine.filled(table, keys)?;
        self.note(format!("index {table}"), started);
        Ok(())
    }

    fn insert(&mut self, table: &str, rows: &[Vec<SqlValue>]) -> Result<(), E::Error> {
        let started = Instant::now();
        self.engine.insert(table, rows)?;
        self.note(format!("insert {table}"), started);
        Ok(())
    }
}

/// The table that a statement creates, else what its first comment says, else how it begins.
fn name(sql: &str) -> String {
    let mut words = sql.split_whitespace();
    if let Some(table) = words.by_ref().skip_while(|word| *word != "TABLE").nth(1) {
        return table.to_owned();
    }
    let comment = sql.lines().find_map(|line| line.trim_start().strip_prefix("-- "));
    let said = comment.map_or(sql.trim(), |comment| comment.split(':').next().unwrap_or(comment));
    said.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_goes_by_its_table_or_its_comment() {
        assert_eq!(name("-- a: b\nCREATE TEMP TABLE placed AS\nSELECT 1;\n"), "placed");
        assert_eq!(name("-- plans: people in hardship\nSELECT 1"), "plans");
        assert_eq!(name("SELECT u.unit AS unit FROM unit u"), "SELECT u.unit AS unit FROM unit u");
    }
}
