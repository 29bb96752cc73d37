//! The published tables, as tables of the database.
//!
//! They are a cache of the documents and follow the dictionary of the program that runs: when it has
//! another dictionary or other kinds than the one that made them, they are made anew.

use linli_model::{published, tables};
use linli_wire::Digest;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{error::StoreError, materialise};

/// Units of a city.
const UNITS: u32 = 300;

/// Rows that a unit has of a table, of those of which it has many; of others it has [`FEW`]. Without the difference a plan
/// would look up everybody's placements rather than the people who have one.
const MANY: [(&str, u32); 8] = [
    ("card_verification", 1_000),
    ("dwelling", 1_000),
    ("episode", 10_000),
    ("household", 1_000),
    ("member", 3_000),
    ("person", 3_000),
    ("person_verification", 1_000),
    ("visit", 3_000),
];
const FEW: u32 = 300;

/// Rows of a document in one table.
const OF_DOCUMENT: u32 = 3;

/// An index for rows that are sought otherwise than by unit and document.
struct Sought {
    table: &'static str,
    name: &'static str,
    on: &'static str,
    /// How many of a city's rows are in it, and how many share the column.
    told: &'static str,
}

/// A file is asked for by its hash. Who lives here for less than six months and who was out of work are few of the people of a
/// unit, and their episodes few of all: whoever asks for them alone does without reading the others.
const SOUGHT: [Sought; 3] = [
    Sought { table: "attachment", name: "attachment_by_hash", on: "attachment(sha256)", told: "90000 1" },
    Sought {
        table: "episode",
        name: "episode_of_lodger",
        on: "episode(unit) WHERE dimension = 'residence' AND code = '2'",
        told: "90000 300",
    },
    Sought {
        table: "episode",
        name: "episode_out_of_work",
        on: "episode(unit) WHERE dimension = 'status' AND code IN ('2', '3', '4')",
        told: "300000 1000",
    },
];

/// Brings the tables to what this program publishes, and marks everything to be made again if that
/// differs from what they were made by.
pub(crate) fn settle(connection: &mut Connection) -> Result<(), StoreError> {
    let ours = fingerprint();
    let theirs: Option<Vec<u8>> = connection
        .query_row("SELECT value FROM meta WHERE name = 'projection'", [], |row| row.get(0))
        .optional()?;
    if theirs.as_deref() == Some(&ours.0[..]) {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    let old: Option<String> = transaction
        .query_row("SELECT value FROM meta WHERE name = 'projected'", [], |row| row.get(0))
        .optional()?;
    for table in old.iter().flat_map(|names| names.split(' ')).filter(|name| !name.is_empty()) {
        transaction.execute_batch(&format!("DROP TABLE IF EXISTS \"{table}\""))?;
    }
    for table in tables() {
        transaction.execute_batch(&definition(&table.name, &table.ddl()))?;
    }
    for Sought { name, on, .. } in SOUGHT {
        transaction.execute_batch(&format!("CREATE INDEX {name} ON {on}"))?;
    }
    statistics(&transaction)?;
    let names = tables().iter().map(|table| table.name.as_str()).collect::<Vec<_>>().join(" ");
    let sql = "INSERT INTO meta(name, value) VALUES (?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value";
    transaction.execute(sql, params!["projected", names])?;
    transaction.execute(sql, params!["projection", ours.0])?;
    materialise::mark_all(&transaction)?;
    transaction.commit()?;
    // This connection read the statistics when it was opened.
    connection.execute_batch("ANALYZE sqlite_schema")?;
    Ok(())
}

/// Tells the planner what a city's tables are like: many units, in each a few thousand people and a few hundred of most else.
/// Without it SQLite takes a whole unit for ten rows. What is told is the same everywhere, so plans are, too.
fn statistics(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch("ANALYZE meta; DELETE FROM sqlite_stat1 WHERE tbl = 'meta';")?;
    let sql = "INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES (?1, ?1 || ?2, ?3)";
    for table in tables() {
        for (index, rows) in of_table(&table.name) {
            connection.execute(sql, [&table.name, index, &rows])?;
        }
    }
    let sql = "INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES (?1, ?2, ?3)";
    for Sought { table, name, told, .. } in SOUGHT {
        connection.execute(sql, [table, name, told])?;
    }
    Ok(())
}

/// By the ending of its name, the statistics of an index: rows, and how many of them share its first column, its first two. A
/// table's key goes by the table's name.
fn of_table(name: &str) -> [(&'static str, String); 2] {
    let in_unit = MANY.iter().find(|(table, _)| *table == name).map_or(FEW, |(_, rows)| *rows);
    let rows = in_unit * UNITS;
    [("", format!("{rows} {in_unit} {OF_DOCUMENT}")), ("_by_doc", format!("{rows} {OF_DOCUMENT}"))]
}

/// What the tables are made by: their dictionary, the kinds of documents and the code lists.
fn fingerprint() -> Digest {
    let (kinds, codes) = (published::kinds_toml(), published::codes_toml());
    let told = tables().iter().flat_map(|table| of_table(&table.name));
    let statistics = told.map(|(index, rows)| format!("{index} {rows}")).collect::<Vec<_>>().concat();
    let sought = SOUGHT.map(|Sought { name, on, told, .. }| format!("{name} {on} {told}")).concat();
    let made = definition("table", "()") + &statistics + &sought;
    let parts = [tables::DICTIONARY.as_bytes(), kinds.as_bytes(), codes.as_bytes(), made.as_bytes()];
    Digest::of(b"linli/1 projection", &parts)
}

/// A published table, with the document's number and the row's place in it beside the published columns, so that the rows of
/// one document can be replaced.
///
/// Rows lie in the order of units and documents, which is how evaluations and ledgers read them: a second tree that leads
/// from units to rows would be read beside them, and kept up with each row that is written.
fn definition(name: &str, ddl: &str) -> String {
    let ddl = ddl.trim_end().trim_end_matches(';');
    let body = ddl.strip_suffix(')').expect("a table's definition ends in its closing bracket");
    format!(
        "{body}, doc_no INTEGER NOT NULL, row_no INTEGER NOT NULL, \
         PRIMARY KEY (unit, doc, doc_no, row_no)) WITHOUT ROWID;\n\
         CREATE INDEX {name}_by_doc ON \"{name}\"(doc_no);\n"
    )
}
