//! The temporary tables that measures find beside the records: scope, period, calendar, derived tables.

use std::collections::{BTreeMap, BTreeSet};

use linli_wire::{Arrangement, Level, UnitPath};

use super::{Request, Scope};
use crate::{
    engine::{Engine, SqlValue},
    error::EvalError,
    lint,
    period::Period,
    standard::{FINDINGS, SIGN_OFF, Source, Standard},
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
const TABLES: [(&str, &str); 6] = [
    ("scope", "unit TEXT NOT NULL"),
    ("param", PARAM),
    ("month_end", MONTH_END),
    (
        "calendar",
        "day TEXT NOT NULL, day_n BIGINT NOT NULL, month TEXT NOT NULL, is_workday BIGINT NOT NULL, \
         workday_n BIGINT NOT NULL",
    ),
    ("pool", "unit TEXT NOT NULL, member TEXT NOT NULL"),
    ("disproved", "unit TEXT NOT NULL, item TEXT NOT NULL, subject TEXT NOT NULL"),
];
const READS: (&str, &str) = (
    "reads",
    "measure TEXT NOT NULL, name TEXT NOT NULL, item TEXT NOT NULL, part TEXT NOT NULL, \
              purpose TEXT NOT NULL",
);
const SLOT: (&str, &str) = ("slot", "name TEXT NOT NULL, subject TEXT NOT NULL, pooled BIGINT NOT NULL");

/// The tables that a pack finds beside the published ones, each with its columns.
pub fn evaluator_tables() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES.into_iter().chain([READS, SLOT])
}

/// Rows handed to the engine at a time.
const INSERT_ROWS_MAX: usize = 500;

/// An inspector's record that a hit is untrue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disproof {
    /// The level of the inspector.
    pub stage: String,
    pub reason: String,
    /// The document of the disproof.
    pub reference: String,
}

/// Unit, item and subject of a hit that a disproof takes.
type Disproved = (String, String, String);

/// The disproof that tells, for each hit that one takes.
pub type Disproofs = BTreeMap<Disproved, Disproof>;

/// What stands in the engine, so that the next standard can use it again.
#[derive(Debug)]
pub struct Prepared {
    pub scope: Scope,
    pub period: Period,
    /// Communities of the scope of which at least one household or person was received in time.
    pub with_records: BTreeSet<UnitPath>,
    /// By unit, item and subject, the disproof that tells.
    pub disproofs: Disproofs,
    /// The derived tables: name and text of each file.
    derived: Vec<(String, String)>,
    /// Their names, in the order in which they were created.
    names: Vec<String>,
}

/// Makes the tables that a standard's measures read. What the standard before left is kept where it is the
/// same, because the derived tables are what takes long.
pub fn prepare<E: Engine>(
    engine: &mut E,
    request: &Request<'_>,
    standard: &Standard,
    before: Option<Prepared>,
) -> Result<Prepared, EvalError<E::Error>> {
    let period = Period::of(standard, request.start, request.as_of, request.close)?;
    if !period.runs_forwards() {
        return Err(EvalError::Period {
            start: period.start.to_string(),
            as_of: period.as_of.to_string(),
            close: period.close.to_string(),
        });
    }
    let scope = scope(engine, &request.root, &request.arrangement)?;
    let derived: Vec<(String, String)> =
        standard.tables.iter().map(|name| (name.clone(), standard.file(name).to_owned())).collect();
    let mut prepared = match before {
        Some(b) if b.scope == scope && b.period == period && b.derived == derived => b,
        other => {
            drop_tables(engine, other.as_ref())?;
            create(engine, standard, scope, period, derived)?
        }
    };
    refill(engine, standard, &mut prepared)?;
    Ok(prepared)
}

/// Removes every table that [`prepare`] made.
pub fn drop_tables<E: Engine>(
    engine: &mut E,
    prepared: Option<&Prepared>,
) -> Result<(), EvalError<E::Error>> {
    let derived = prepared.into_iter().flat_map(|prepared| prepared.names.iter().rev().map(String::as_str));
    let own = TABLES.iter().map(|(name, _)| *name).chain([READS.0, SLOT.0]);
    let sql: Vec<String> =
        derived.chain(own).map(|name| format!("DROP TABLE IF EXISTS temp.{name};")).collect();
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

/// The programme units at or below the root. Where two documents describe one unit, the smaller id holds.
fn scope<E: Engine>(
    engine: &mut E,
    root: &UnitPath,
    arrangement: &Arrangement,
) -> Result<Scope, EvalError<E::Error>> {
    let what = "reading the units";
    let mut units: BTreeMap<UnitPath, (String, i64)> = BTreeMap::new();
    let sql = "SELECT u.unit AS unit, u.doc AS doc, u.programme AS programme FROM unit u";
    for row in rows(engine, what, 3, sql)? {
        let path = text(what, &row, 0)?;
        let unit: UnitPath =
            path.parse().map_err(|error| shape(what, format!("`{path}` as a unit: {error}")))?;
        let found = (text(what, &row, 1)?, integer(what, &row, 2)?);
        if arrangement.covers(root, &unit) {
            let known = units.entry(unit).or_insert_with(|| found.clone());
            if found < *known {
                *known = found;
            }
        }
    }
    if !units.contains_key(root) {
        return Err(EvalError::UnknownUnit(root.clone()));
    }
    let of = |level: Level| -> Vec<UnitPath> {
        let inside = units.iter().filter(|(unit, (_, programme))| unit.level() == level && *programme == 1);
        inside.map(|(unit, _)| unit.clone()).collect()
    };
    let (communities, streets) = (of(Level::Community), of(Level::Street));
    Ok(Scope { communities, streets, arrangement: arrangement.clone() })
}

fn create<E: Engine>(
    engine: &mut E,
    standard: &Standard,
    scope: Scope,
    period: Period,
    derived: Vec<(String, String)>,
) -> Result<Prepared, EvalError<E::Error>> {
    let names: Vec<String> = derived
        .iter()
        .flat_map(|(name, sql)| lint::table(name, sql).expect("the loader has checked the pack's tables"))
        .collect();
    let mut prepared =
        Prepared { scope, period, with_records: BTreeSet::new(), disproofs: BTreeMap::new(), derived, names };
    // An evaluation that was cut short may have left tables behind, also under these names.
    drop_tables(engine, Some(&prepared))?;
    let sql: Vec<String> = TABLES
        .iter()
        .chain([&READS, &SLOT])
        .map(|(name, columns)| format!("CREATE TEMP TABLE {name} ({columns});"))
        .collect();
    engine.execute(&sql.join("\n")).map_err(engine_error("creating the temporary tables"))?;
    let units: BTreeSet<&UnitPath> =
        prepared.scope.communities.iter().chain(&prepared.scope.streets).collect();
    let units: Vec<Vec<SqlValue>> = units.into_iter().map(|unit| vec![unit.as_str().into()]).collect();
    insert(engine, "scope", &units)?;
    insert(engine, "param", &[period.param()])?;
    insert(engine, "month_end", &period.month_ends())?;
    insert(engine, "calendar", &period.calendar(&standard.calendar))?;
    for table in ["scope", "month_end", "calendar"] {
        engine.filled(table).map_err(engine_error("indexing the temporary tables"))?;
    }
    for (name, sql) in &prepared.derived {
        derive(engine, name, sql)?;
    }
    prepared.with_records = with_records(engine)?;
    Ok(prepared)
}

/// Makes the derived tables of one file.
pub(crate) fn derive<E: Engine>(engine: &mut E, file: &str, sql: &str) -> Result<(), EvalError<E::Error>> {
    let creating = format!("creating the derived tables of {file}");
    for (table, statement) in lint::statements(file, sql).expect("whoever loaded the file has checked it") {
        engine.execute(statement).map_err(engine_error(&creating))?;
        engine.filled(table).map_err(engine_error(&creating))?;
    }
    Ok(())
}

fn with_records<E: Engine>(engine: &mut E) -> Result<BTreeSet<UnitPath>, EvalError<E::Error>> {
    let what = "looking for units without records";
    let mut found = BTreeSet::new();
    for table in ["household", "person"] {
        let sql = format!(
            "SELECT r.unit AS unit FROM {table} r JOIN scope s ON s.unit = r.unit CROSS JOIN param p \
             WHERE r.recorded_n <= p.close_n GROUP BY r.unit"
        );
        for row in rows(engine, what, 1, &sql)? {
            let path = text(what, &row, 0)?;
            found.extend(path.parse::<UnitPath>());
        }
    }
    Ok(found)
}

/// The tables that differ from standard to standard: pools, what parts read, disproofs.
fn refill<E: Engine>(
    engine: &mut E,
    standard: &Standard,
    prepared: &mut Prepared,
) -> Result<(), EvalError<E::Error>> {
    engine
        .execute("DELETE FROM temp.pool; DELETE FROM temp.reads; DELETE FROM temp.slot; DELETE FROM temp.disproved;")
        .map_err(engine_error("emptying the temporary tables"))?;
    let mut pool = Vec::new();
    for (unit, members) in prepared.scope.scored(standard.level) {
        // The unit's own rows, such as findings about a street, stand beside those of its members.
        if !members.contains(&unit) {
            pool.push(vec![unit.as_str().into(), unit.as_str().into()]);
        }
        pool.extend(members.iter().map(|member| vec![unit.as_str().into(), member.as_str().into()]));
    }
    insert(engine, "pool", &pool)?;
    insert(engine, "reads", &reads(standard))?;
    insert(engine, "slot", &slots(standard))?;
    prepared.disproofs = disproofs(engine, standard, prepared)?;
    let rows: Vec<Vec<SqlValue>> = prepared
        .disproofs
        .keys()
        .map(|(unit, item, subject)| [unit, item, subject].map(|text| text.as_str().into()).to_vec())
        .collect();
    insert(engine, "disproved", &rows)
}

/// The uses that a part makes of rows: to score, or as a reason not to.
pub const USE_SCORE: &str = "score";
pub const USE_BLOCK: &str = "block";
pub const USE_BLOCK_SIGN_OFF: &str = "block_sign_off";

fn reads(standard: &Standard) -> Vec<Vec<SqlValue>> {
    let mut reads = Vec::new();
    for item in &standard.items {
        if item.can_be_empty() {
            let row = [FINDINGS, &item.sign_off_name(), &item.id, SIGN_OFF, USE_SCORE];
            reads.push(row.map(SqlValue::from).to_vec());
        }
        for part in &item.parts {
            let rows = part.source.rows(&item.id, &part.id);
            let uses = [
                (USE_SCORE, Some(&rows)),
                (USE_BLOCK, part.blocked_by.as_ref()),
                (USE_BLOCK_SIGN_OFF, part.sign_off_blocked_by.as_ref()),
            ];
            for (use_of, name) in uses {
                let Some(name) = name else { continue };
                let row = [part.source.measure(), name, &item.id, &part.id, use_of];
                reads.push(row.map(SqlValue::from).to_vec());
            }
        }
    }
    reads
}

/// The checks that the measure of findings looks for, sign-offs among them; `*` stands for any subject of an
/// open part. Pooled checks are looked for in the members alone, all others in the scored unit alone: a street
/// that writes to its communities must not answer its own checks there.
fn slots(standard: &Standard) -> Vec<Vec<SqlValue>> {
    // A set, because two parts may read the same findings, and a check must not be joined twice.
    let mut slots = BTreeSet::new();
    for item in &standard.items {
        slots.extend(item.can_be_empty().then(|| (item.sign_off_name(), SIGN_OFF, 0_i64)));
        for part in &item.parts {
            let Source::Findings { checks, pooled_from, open } = &part.source else { continue };
            let name = part.source.rows(&item.id, &part.id);
            let pooled = i64::from(pooled_from.is_some());
            let subjects = checks.iter().map(|slot| slot.subject.as_str()).chain(open.then_some("*"));
            slots.extend(subjects.map(|subject| (name.clone(), subject, pooled)));
        }
    }
    let row = |(name, subject, pooled): (String, &str, i64)| {
        vec![SqlValue::Text(name), subject.into(), SqlValue::Int(pooled)]
    };
    slots.into_iter().map(row).collect()
}

/// Every disproof of the window, by the unit, item and subject whose hit it takes. Where several meet, the
/// one of the highest stage tells, then the latest, then the smallest document.
fn disproofs<E: Engine>(
    engine: &mut E,
    standard: &Standard,
    prepared: &Prepared,
) -> Result<Disproofs, EvalError<E::Error>> {
    let what = "reading the disproofs";
    let sql = "SELECT p.unit AS unit, d.unit AS member, d.subject AS subject, d.item AS item, \
               d.stage AS stage, d.reason AS reason, d.doc AS doc, d.day_n AS day_n \
               FROM disproof d JOIN pool p ON p.member = d.unit";
    let (from, until) = prepared.period.findings();
    let mut found: BTreeMap<Disproved, ((i64, i64), Disproof)> = BTreeMap::new();
    for row in rows(engine, what, 8, sql)? {
        let day = integer(what, &row, 7)?;
        if !(from.day_number()..=until.day_number()).contains(&day) {
            continue;
        }
        let (unit, member, subject) = (text(what, &row, 0)?, text(what, &row, 1)?, text(what, &row, 2)?);
        let item = text(what, &row, 3)?;
        let disproof = Disproof {
            stage: text(what, &row, 4)?,
            reason: text(what, &row, 5)?,
            reference: text(what, &row, 6)?,
        };
        let rank = (-stage_rank(&disproof.stage), -day);
        for id in standard.items.iter().filter(|i| item.is_empty() || names(i, &item)).map(|i| &i.id) {
            // A finding of a community that a street takes over carries the community's path.
            for subject in [subject.clone(), format!("{member}#{subject}")] {
                let key = (unit.clone(), id.clone(), subject);
                let candidate = (rank, disproof.clone());
                let tells = found.get(&key).is_none_or(|known| {
                    (candidate.0, &candidate.1.reference) < (known.0, &known.1.reference)
                });
                if tells {
                    found.insert(key, candidate);
                }
            }
        }
    }
    Ok(found.into_iter().map(|(key, (_, disproof))| (key, disproof)).collect())
}

fn names(item: &crate::standard::Item, named: &str) -> bool {
    item.id == named || item.twin.as_deref() == Some(named)
}

fn stage_rank(stage: &str) -> i64 {
    match stage {
        "city" => 3,
        "district" => 2,
        "street" => 1,
        _ => 0,
    }
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
