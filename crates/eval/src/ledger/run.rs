//! Running a ledger's query on the records of a subtree.

use std::collections::BTreeMap;

use linli_wire::{Arrangement, UnitPath};

use super::Ledger;
use crate::{
    date::Date,
    engine::{Engine, SqlValue},
    error::EvalError,
    evaluate::prepare::{self, PARAM, engine_error},
    lint,
    period::Period,
};

/// What a ledger is asked for: the units, the day that it is about, and up to which day records are looked at.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// This unit and what lies below it.
    pub unit: &'a UnitPath,
    pub arrangement: &'a Arrangement,
    /// T, ISO.
    pub as_of: &'a str,
    /// K, ISO.
    pub known: &'a str,
}

/// The rows of a ledger, in the order of their columns. It leaves no temporary table behind.
pub fn rows<E: Engine>(
    engine: &mut E,
    ledger: &Ledger,
    view: &View<'_>,
) -> Result<Vec<Vec<SqlValue>>, EvalError<E::Error>> {
    let (as_of, known): (Date, Date) = (view.as_of.parse()?, view.known.parse()?);
    let mut made = vec!["scope".to_owned(), "param".to_owned()];
    for (name, sql) in &ledger.tables {
        made.extend(lint::table(name, sql).expect("the files of the ledgers are tested"));
    }
    drop_tables(engine, &made)?;
    let found = collect(engine, ledger, view, as_of, known);
    let cleaned = drop_tables(engine, &made);
    let mut found = found?;
    cleaned?;
    found.sort_by(|a, b| a.iter().map(order).cmp(b.iter().map(order)));
    Ok(found)
}

fn collect<E: Engine>(
    engine: &mut E,
    ledger: &Ledger,
    view: &View<'_>,
    as_of: Date,
    known: Date,
) -> Result<Vec<Vec<SqlValue>>, EvalError<E::Error>> {
    let sql = format!(
        "CREATE TEMP TABLE scope (unit TEXT NOT NULL, level TEXT NOT NULL); \
         CREATE TEMP TABLE param ({PARAM}, known TEXT NOT NULL, known_n BIGINT NOT NULL);"
    );
    engine.execute(&sql).map_err(engine_error("creating the temporary tables"))?;
    let units = units(engine, view)?;
    prepare::insert(engine, "scope", &units)?;
    let start = Period::start(as_of);
    let lag = known.day_number() - as_of.day_number();
    let mut row = Period { start, as_of, close: known, findings_lag_days: lag }.param();
    row.extend([SqlValue::Text(known.to_string()), SqlValue::Int(known.day_number())]);
    prepare::insert(engine, "param", &[row])?;
    for (name, sql) in &ledger.tables {
        engine.execute(sql).map_err(engine_error(&format!("creating the derived tables of {name}")))?;
    }
    prepare::rows(engine, &format!("reading the ledger {}", ledger.id), ledger.columns.len(), ledger.sql)
}

/// The unit and those below it. It is there itself even where nobody has described it.
fn units<E: Engine>(engine: &mut E, view: &View<'_>) -> Result<Vec<Vec<SqlValue>>, EvalError<E::Error>> {
    let what = "reading the units";
    let mut units = BTreeMap::from([(view.unit.clone(), view.unit.level())]);
    for row in prepare::rows(engine, what, 1, "SELECT DISTINCT u.unit AS unit FROM unit u")? {
        let path = prepare::text(what, &row, 0)?;
        let unit: UnitPath =
            path.parse().map_err(|error| prepare::shape(what, format!("`{path}` as a unit: {error}")))?;
        if view.arrangement.covers(view.unit, &unit) {
            let level = unit.level();
            units.insert(unit, level);
        }
    }
    let row =
        |(unit, level): (UnitPath, linli_wire::Level)| vec![unit.as_str().into(), level.as_str().into()];
    Ok(units.into_iter().map(row).collect())
}

fn drop_tables<E: Engine>(engine: &mut E, names: &[String]) -> Result<(), EvalError<E::Error>> {
    let sql: Vec<String> =
        names.iter().rev().map(|name| format!("DROP TABLE IF EXISTS temp.{name};")).collect();
    engine.execute(&sql.join("\n")).map_err(engine_error("removing the temporary tables"))
}

/// Nothing before numbers before texts, texts by their bytes, so that every engine's rows come in one order.
const fn order(value: &SqlValue) -> (u8, i64, &str) {
    match value {
        SqlValue::Null => (0, 0, ""),
        SqlValue::Int(number) => (1, *number, ""),
        SqlValue::Text(text) => (2, 0, text.as_str()),
    }
}
