//! The temporary tables that measures find beside the records: scope, period, calendar, derived tables.

use std::collections::BTreeSet;

use linli_wire::UnitPath;

use crate::{
    calendar::Calendar,
    derived::Needed,
    engine::{Engine, SqlValue},
    error::EvalError,
    period::Period,
};

/// The columns of `param`.
pub(crate) const PARAM: &str = "as_of TEXT NOT NULL, start TEXT NOT NULL, as_of_n BIGINT NOT NULL, \
     start_n BIGINT NOT NULL, close_n BIGINT NOT NULL, finding_from_n BIGINT NOT NULL, \
     finding_until_n BIGINT NOT NULL, residence_by_n BIGINT NOT NULL, born_by_40_n BIGINT NOT NULL, \
     born_by_50_n BIGINT NOT NULL";

/// The columns of `month_end`.
pub(crate) const MONTH_END: &str =
    "month BIGINT NOT NULL, day_n BIGINT NOT NULL, half_year_n BIGINT NOT NULL";

/// The tables that the evaluator itself fills, with their columns. A pack's tables come after them.
const TABLES: [(&str, &str); 5] = [
    ("scope", "unit TEXT NOT NULL PRIMARY KEY"),
    ("param", PARAM),
    ("month_end", MONTH_END),
    (
        "calendar",
        "day TEXT NOT NULL, day_n BIGINT NOT NULL, month TEXT NOT NULL, is_workday BIGINT NOT NULL, \
         workday_n BIGINT NOT NULL",
    ),
    ("pool", "unit TEXT NOT NULL, member TEXT NOT NULL"),
];
const SLOT: (&str, &str) = ("slot", "name TEXT NOT NULL, subject TEXT NOT NULL, pooled BIGINT NOT NULL");

/// The tables that a pack finds beside the published ones, each with its columns.
pub fn evaluator_tables() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES.into_iter().chain([SLOT])
}

/// How days are looked up.
const CALENDAR_KEYS: [&str; 2] = ["day_n", "workday_n"];

/// Rows handed to the engine at a time.
const INSERT_ROWS_MAX: usize = 500;

/// Makes the tables of a period for some units, and what is derived from their records.
pub fn prepare<'u, E: Engine>(
    engine: &mut E,
    period: &Period,
    calendar: &Calendar,
    units: impl IntoIterator<Item = &'u UnitPath>,
    derived: &[Needed],
) -> Result<(), EvalError<E::Error>> {
    // An evaluation that was cut short may have left tables behind, also under these names.
    drop_tables(engine, derived)?;
    let sql: Vec<String> =
        evaluator_tables().map(|(name, columns)| format!("CREATE TEMP TABLE {name} ({columns});")).collect();
    engine.execute(&sql.join("\n")).map_err(engine_error("creating the temporary tables"))?;
    let units: BTreeSet<&UnitPath> = units.into_iter().collect();
    let units: Vec<Vec<SqlValue>> = units.into_iter().map(|unit| vec![unit.as_str().into()]).collect();
    insert(engine, "scope", &units)?;
    insert(engine, "param", &[period.param()])?;
    insert(engine, "month_end", &period.month_ends())?;
    insert(engine, "calendar", &period.calendar(calendar))?;
    for (table, keys) in
        [("scope", &[][..]), ("param", &[]), ("month_end", &[]), ("calendar", &CALENDAR_KEYS)]
    {
        filled(engine, table, keys)?;
    }
    derived.iter().try_for_each(|table| derive(engine, table))
}

/// Tells the engine that a table of the evaluator's own has all its rows.
pub fn filled<E: Engine>(engine: &mut E, table: &str, keys: &[&str]) -> Result<(), EvalError<E::Error>> {
    let keys: Vec<Vec<String>> = keys.iter().map(|key| vec![(*key).to_owned()]).collect();
    engine.filled(table, &keys).map_err(engine_error("indexing the temporary tables"))
}

/// Makes one derived table.
pub(crate) fn derive<E: Engine>(engine: &mut E, table: &Needed) -> Result<(), EvalError<E::Error>> {
    let creating = format!("creating the derived table {}", table.name);
    engine.execute(&table.sql).map_err(engine_error(&creating))?;
    engine.filled(&table.name, &table.keys).map_err(engine_error(&creating))
}

/// Removes every table that [`prepare`] made.
pub fn drop_tables<E: Engine>(engine: &mut E, derived: &[Needed]) -> Result<(), EvalError<E::Error>> {
    let names = derived.iter().rev().map(|table| table.name.as_str());
    let sql: Vec<String> = names
        .chain(evaluator_tables().map(|(name, _)| name))
        .map(|name| format!("DROP TABLE IF EXISTS temp.{name};"))
        .collect();
    engine.execute(&sql.join("\n")).map_err(engine_error("removing the temporary tables"))
}

/// Runs a query for rows of a known width.
pub fn rows<E: Engine>(
    engine: &mut E,
    what: &str,
    width: usize,
    sql: &str,
) -> Result<Vec<Vec<SqlValue>>, EvalError<E::Error>> {
    let rows = engine.query(sql).map_err(engine_error(what))?;
    match rows.iter().find(|row| row.len() != width) {
        Some(row) => Err(shape(what, format!("{} columns instead of {width}", row.len()))),
        None => Ok(rows),
    }
}

pub fn shape<E: std::error::Error + Send + Sync + 'static>(what: &str, problem: String) -> EvalError<E> {
    EvalError::Shape { what: what.to_owned(), problem }
}

/// The text in a column of a row that [`rows`] returned.
pub fn text<E: std::error::Error + Send + Sync + 'static>(
    what: &str,
    row: &[SqlValue],
    column: usize,
) -> Result<String, EvalError<E>> {
    match &row[column] {
        SqlValue::Text(text) => Ok(text.clone()),
        other => Err(shape(what, format!("{other:?} in column {} instead of a text", column + 1))),
    }
}

/// The integer in a column of a row that [`rows`] returned.
pub fn integer<E: std::error::Error + Send + Sync + 'static>(
    what: &str,
    row: &[SqlValue],
    column: usize,
) -> Result<i64, EvalError<E>> {
    match &row[column] {
        SqlValue::Int(value) => Ok(*value),
        other => Err(shape(what, format!("{other:?} in column {} instead of an integer", column + 1))),
    }
}

pub(crate) fn engine_error<E: std::error::Error + Send + Sync + 'static>(
    doing: &str,
) -> impl FnOnce(E) -> EvalError<E> {
    move |source| EvalError::Engine { doing: doing.to_owned(), source }
}

/// Which of some communities have at least one household or person that was received in time.
pub fn with_records<E: Engine>(
    engine: &mut E,
    period: &Period,
    communities: &[UnitPath],
) -> Result<BTreeSet<UnitPath>, EvalError<E::Error>> {
    let what = "looking for units without records";
    let mut found = BTreeSet::new();
    for unit in communities {
        for table in ["household", "person"] {
            let sql = format!(
                "SELECT r.unit AS unit FROM {table} r WHERE r.unit = '{unit}' AND r.recorded_n <= {} LIMIT 1",
                period.close.day_number()
            );
            if !rows(engine, what, 1, &sql)?.is_empty() {
                found.insert(unit.clone());
                break;
            }
        }
    }
    Ok(found)
}

pub(crate) fn insert<E: Engine>(
    engine: &mut E,
    table: &str,
    rows: &[Vec<SqlValue>],
) -> Result<(), EvalError<E::Error>> {
    for chunk in rows.chunks(INSERT_ROWS_MAX) {
        engine.insert(table, chunk).map_err(engine_error(&format!("filling the table {table}")))?;
    }
    Ok(())
}
