//! Running a ledger's query on the records of a subtree.

use std::collections::BTreeMap;

use linli_wire::{Arrangement, UnitPath};

use super::Ledger;
use crate::{
    date::{Date, DateError},
    derived::Needed,
    engine::{Engine, SqlValue},
    error::EvalError,
    evaluate::{
        merged_on,
        prepare::{self, PARAM, engine_error},
    },
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

impl View<'_> {
    /// The period that T lies in, up to K.
    pub(crate) fn period(&self) -> Result<Period, DateError> {
        let (as_of, known): (Date, Date) = (self.as_of.parse()?, self.known.parse()?);
        let findings_lag_days = known.day_number() - as_of.day_number();
        Ok(Period { start: Period::start(as_of), as_of, close: known, findings_lag_days })
    }
}

/// A table with its rows that queries find beside `scope` and `param`.
pub(crate) struct Given {
    pub name: &'static str,
    pub columns: &'static str,
    pub rows: Vec<Vec<SqlValue>>,
}

/// The rows of a ledger, in the order of their columns. It leaves no temporary table behind.
pub fn rows<E: Engine>(
    engine: &mut E,
    ledger: &Ledger,
    view: &View<'_>,
) -> Result<Vec<Vec<SqlValue>>, EvalError<E::Error>> {
    let mut found = over(engine, view, &[], &ledger.derived, |engine| {
        let what = format!("reading the ledger {}", ledger.id);
        prepare::rows(engine, &what, ledger.columns.len(), ledger.sql)
    })?;
    found.sort_by(|a, b| a.iter().map(order).cmp(b.iter().map(order)));
    Ok(found)
}

/// Reads where the tables of a view and what is derived from them are there, and leaves none of them behind.
pub(crate) fn over<E: Engine, T>(
    engine: &mut E,
    view: &View<'_>,
    given: &[Given],
    tables: &[Needed],
    read: impl FnOnce(&mut E) -> Result<T, EvalError<E::Error>>,
) -> Result<T, EvalError<E::Error>> {
    let mut made = vec!["scope".to_owned(), "param".to_owned()];
    made.extend(given.iter().map(|table| table.name.to_owned()));
    made.extend(tables.iter().map(|table| table.name.clone()));
    drop_tables(engine, &made)?;
    let found = prepared(engine, view, given, tables).and_then(|()| read(engine));
    let cleaned = drop_tables(engine, &made);
    let found = found?;
    cleaned?;
    Ok(found)
}

fn prepared<E: Engine>(
    engine: &mut E,
    view: &View<'_>,
    given: &[Given],
    tables: &[Needed],
) -> Result<(), EvalError<E::Error>> {
    let period = view.period()?;
    let sql = format!(
        "CREATE TEMP TABLE scope (unit TEXT NOT NULL PRIMARY KEY, level TEXT NOT NULL); \
         CREATE TEMP TABLE param ({PARAM}, known TEXT NOT NULL, known_n BIGINT NOT NULL);"
    );
    engine.execute(&sql).map_err(engine_error("creating the temporary tables"))?;
    let units = units(engine, view, period.as_of.day_number())?;
    prepare::insert(engine, "scope", &units)?;
    let mut row = period.param();
    row.extend([SqlValue::Text(period.close.to_string()), SqlValue::Int(period.close.day_number())]);
    prepare::insert(engine, "param", &[row])?;
    for table in ["scope", "param"] {
        prepare::filled(engine, table, &[])?;
    }
    for Given { name, columns, rows } in given {
        let sql = format!("CREATE TEMP TABLE {name} ({columns});");
        let creating = format!("creating the table {name}");
        engine.execute(&sql).map_err(engine_error(&creating))?;
        prepare::insert(engine, name, rows)?;
        prepare::filled(engine, name, &[])?;
    }
    tables.iter().try_for_each(|table| prepare::derive(engine, table))
}

/// The unit and those below it, with the communities that go on in one of them at T. It is there itself even where nobody has
/// described it.
fn units<E: Engine>(
    engine: &mut E,
    view: &View<'_>,
    as_of_n: i64,
) -> Result<Vec<Vec<SqlValue>>, EvalError<E::Error>> {
    let what = "reading the units";
    let merged = merged_on(engine, view.arrangement, as_of_n)?;
    let mut units = BTreeMap::from([(view.unit.clone(), view.unit.level())]);
    for row in prepare::rows(engine, what, 1, "SELECT DISTINCT u.unit AS unit FROM unit u")? {
        let path = prepare::text(what, &row, 0)?;
        let unit: UnitPath =
            path.parse().map_err(|error| prepare::shape(what, format!("`{path}` as a unit: {error}")))?;
        let goes_on = merged.get(&unit).is_some_and(|last| view.arrangement.covers(view.unit, last));
        if goes_on || view.arrangement.covers(view.unit, &unit) {
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
