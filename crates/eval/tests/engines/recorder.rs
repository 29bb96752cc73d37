//! An engine that writes down what it is asked and what it answers, so that another can be asked the same.

use std::collections::{BTreeMap, BTreeSet};

use linli_eval::{Engine, SqlValue, Standard, ledger::ledgers, lint_table};
use serde_json::{Value, json};

use crate::support::{Sqlite, World};

pub struct Recorder {
    engine: Sqlite,
    steps: Vec<Value>,
    /// The derived tables, each with its file.
    tables: BTreeMap<String, String>,
    /// The texts of the measures, each with its file.
    measures: BTreeMap<String, String>,
    seen: BTreeSet<String>,
    /// Derived tables and measures of which no row was seen yet.
    silent: BTreeSet<String>,
}

impl Recorder {
    pub fn new(engine: Sqlite, world: &World, standards: &[&Standard]) -> Self {
        let files = || standards.iter().flat_map(|standard| standard.files());
        let measures = files().filter(|(name, _)| name.starts_with("measures/"));
        let measures = measures.map(|(name, text)| (text.to_owned(), name.to_owned())).collect();
        let mut tables = BTreeMap::new();
        let of_packs = files().filter(|(name, _)| name.starts_with("tables/"));
        let of_ledgers = ledgers().iter().flat_map(|ledger| &ledger.tables);
        for (file, text) in of_packs.chain(of_ledgers.map(|(name, text)| (name.as_str(), *text))) {
            for table in lint_table(file, text).expect("the loader has checked the file") {
                tables.entry(table).or_insert_with(|| file.to_owned());
            }
        }
        let (steps, seen, silent) = (published(world), BTreeSet::new(), BTreeSet::new());
        Self { engine, steps, tables, measures, seen, silent }
    }

    /// One step a line, as JSON.
    pub fn lines(&self) -> String {
        self.steps.iter().flat_map(|step| [step.to_string(), "\n".to_owned()]).collect()
    }

    /// The derived tables and measures of which the city has no row, so that comparing them says nothing.
    pub fn silent(&self) -> &BTreeSet<String> {
        &self.silent
    }

    /// Says that something came out without a row.
    pub fn note_silent(&mut self, name: &str) {
        self.silent.insert(name.to_owned());
    }

    fn ask(&mut self, name: &str, sql: &str) -> Result<Vec<Vec<SqlValue>>, rusqlite::Error> {
        let rows = self.engine.query(sql)?;
        let answer: Vec<Value> = rows.iter().map(|row| cells(row)).collect();
        self.steps.push(json!({"do": "query", "name": name, "sql": sql, "rows": answer}));
        Ok(rows)
    }

    /// Asks for what a table or measure of a pack holds, beside what the evaluator asks.
    fn look(&mut self, name: &str, sql: &str) -> Result<(), rusqlite::Error> {
        let empty = self.ask(name, sql)?.is_empty();
        let first = self.seen.insert(name.to_owned());
        if !empty {
            self.silent.remove(name);
        } else if first {
            self.silent.insert(name.to_owned());
        }
        Ok(())
    }
}

/// The steps that make the published tables, typed as the dictionary says.
fn published(world: &World) -> Vec<Value> {
    let mut rows: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (table, row) in world.rows() {
        rows.entry(table).or_default().push(cells(row));
    }
    let mut steps = Vec::new();
    for (table, columns) in world.tables() {
        let typed = |(name, kind): &(String, String)| {
            format!("\"{name}\" {} NOT NULL", if kind == "int" { "BIGINT" } else { "TEXT" })
        };
        let columns: Vec<String> = columns.iter().map(typed).collect();
        steps.push(json!({"do": "execute", "sql": format!("CREATE TABLE {table} ({})", columns.join(", "))}));
        if let Some(rows) = rows.remove(table) {
            steps.push(json!({"do": "insert", "table": table, "rows": rows}));
        }
    }
    steps
}

fn cells(row: &[SqlValue]) -> Value {
    row.iter()
        .map(|value| match value {
            SqlValue::Int(value) => json!(value),
            SqlValue::Text(text) => json!(text),
            SqlValue::Null => Value::Null,
        })
        .collect()
}

impl Engine for Recorder {
    type Error = rusqlite::Error;

    fn execute(&mut self, sql: &str) -> Result<(), Self::Error> {
        self.engine.execute(sql)?;
        self.steps.push(json!({"do": "execute", "sql": sql}));
        Ok(())
    }

    fn filled(&mut self, table: &str, _: &[Vec<String>]) -> Result<(), Self::Error> {
        if let Some(file) = self.tables.get(table).cloned() {
            self.look(&format!("{file} {table}"), &format!("SELECT * FROM {table}"))?;
        }
        Ok(())
    }

    fn query(&mut self, sql: &str) -> Result<Vec<Vec<SqlValue>>, Self::Error> {
        let measure = self.measures.iter().find(|(text, _)| sql.contains(text.as_str()));
        if let Some((text, file)) = measure.map(|(text, file)| (text.clone(), file.clone())) {
            self.look(&file, &text)?;
        }
        self.ask("the evaluator", sql)
    }

    fn insert(&mut self, table: &str, rows: &[Vec<SqlValue>]) -> Result<(), Self::Error> {
        self.engine.insert(table, rows)?;
        let rows: Vec<Value> = rows.iter().map(|row| cells(row)).collect();
        self.steps.push(json!({"do": "insert", "table": table, "rows": rows}));
        Ok(())
    }
}
