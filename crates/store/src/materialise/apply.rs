//! Applying decided changes, and projecting documents to rows.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::LazyLock,
};

use automerge::{Automerge, Change, SaveOptions};
use linli_log::Trust;
use linli_model::{Cell, Kind, Row, kind, rows, tables};
use linli_wire::{DocId, Level, Space, TimeMs};
use rusqlite::{Connection, params, params_from_iter, types::ToSqlOutput};

use super::{
    Candidate,
    decide::{Base, Touched},
};
use crate::{
    erasure,
    error::StoreError,
    kept,
    query::{self, Origins},
    spaces,
};

/// A document as it is to be written.
pub(crate) struct Made {
    id: DocId,
    doc_no: Option<i64>,
    code: u64,
    bytes: Vec<u8>,
    origins: Vec<u8>,
    rows: Rows,
}

enum Rows {
    Made(Vec<Row>),
    /// What a residue shows depends on which erasures count.
    OfResidue(Box<Automerge>),
}

/// Applies what was decided about one document; says which entry cannot be, if one cannot.
pub(super) fn make(
    trust: &Trust,
    space: &Space,
    candidates: &[Candidate],
    recorded: &[TimeMs],
    id: DocId,
    touched: Touched,
) -> Result<Made, (usize, String)> {
    let Touched { doc_no, kind, base, document, mut origins, changes } = touched;
    for (at, vetted) in &changes {
        let candidate = &candidates[*at];
        let level = level_of(trust, &candidate.log);
        origins.push(&vetted.hash, candidate.entry_no, recorded[*at], level);
    }
    let (places, changes): (Vec<usize>, Vec<Change>) =
        changes.into_iter().map(|(at, vetted)| (at, vetted.change)).unzip();
    // All in one call: Automerge's cost is by the call.
    let document = guarded(document, changes).map_err(|_| find_culprit(&base, candidates, id, &places))?;
    Ok(Made::of(space, id, doc_no, kind, document, &origins))
}

impl Made {
    pub fn of(
        space: &Space,
        id: DocId,
        doc_no: Option<i64>,
        code: u64,
        document: Automerge,
        origins: &Origins,
    ) -> Self {
        let bytes = document.save_with_options(SaveOptions { deflate: false, retain_orphans: false });
        let rows = match kind::by_code(code) {
            None => Rows::Made(Vec::new()),
            Some(kind) if is_residue(kind) => Rows::OfResidue(Box::new(document)),
            Some(kind) => Rows::Made(rows(kind, &document, id, space, origins)),
        };
        Self { id, doc_no, code, bytes, origins: origins.encode(), rows }
    }
}

fn is_residue(kind: &'static Kind) -> bool {
    std::ptr::eq(kind, &raw const kind::RESIDUE)
}

/// Writes a document and its rows.
pub(crate) fn write(
    connection: &Connection,
    space_no: i64,
    space: &Space,
    made: Made,
) -> Result<(), StoreError> {
    let Made { id, doc_no, code, bytes, origins, rows } = made;
    kept::changed(connection, space_no)?;
    let doc_no = if let Some(doc_no) = doc_no {
        connection
            .prepare_cached("UPDATE document SET bytes = ?2, origins = ?3 WHERE doc_no = ?1")?
            .execute(params![doc_no, bytes, origins])?;
        delete_rows(connection, doc_no, code)?;
        doc_no
    } else {
        connection
            .prepare_cached(
                "INSERT INTO document(space_no, id, kind, bytes, origins) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![space_no, id.0, code, bytes, origins])?;
        connection.last_insert_rowid()
    };
    let rows = match rows {
        Rows::Made(rows) => rows,
        Rows::OfResidue(document) => residue_rows(connection, space_no, space, id, &document)?,
    };
    insert_rows(connection, &rows, doc_no)
}

/// A residue shows itself while it stands in the place of a document that was erased.
fn residue_rows(
    connection: &Connection,
    space_no: i64,
    space: &Space,
    id: DocId,
    document: &Automerge,
) -> Result<Vec<Row>, StoreError> {
    let erased = erasure::stands_for(connection, space_no, id)?;
    Ok(erased.map(|erased| linli_model::residue::rows(document, erased, space)).unwrap_or_default())
}

/// Makes the rows of a document again, if it is here.
pub(crate) fn project_again(connection: &Connection, space_no: i64, id: DocId) -> Result<(), StoreError> {
    let Some((doc_no, opened)) = query::document(connection, space_no, id)? else { return Ok(()) };
    kept::changed(connection, space_no)?;
    delete_rows(connection, doc_no, opened.kind)?;
    let Some(kind) = kind::by_code(opened.kind) else { return Ok(()) };
    let space = spaces::by_number(connection, space_no)?;
    let rows = if is_residue(kind) {
        residue_rows(connection, space_no, &space, id, &opened.document)?
    } else {
        rows(kind, &opened.document, id, &space, &opened.origins)
    };
    insert_rows(connection, &rows, doc_no)
}

/// How rows of each table are put in and taken out, in the order of the tables.
static STATEMENTS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let statements = tables().iter().map(|table| {
        let places = vec!["?"; table.columns.len() + 2].join(", ");
        let insert = format!("INSERT INTO {} VALUES ({places})", table.name);
        (insert, format!("DELETE FROM {} WHERE doc_no = ?1", table.name))
    });
    statements.collect()
});

pub(crate) fn delete_rows(connection: &Connection, doc_no: i64, code: u64) -> Result<(), StoreError> {
    for (table, (_, delete)) in tables().iter().zip(&*STATEMENTS) {
        if table.may_come_from(code) {
            connection.prepare_cached(delete)?.execute([doc_no])?;
        }
    }
    Ok(())
}

fn insert_rows(connection: &Connection, rows: &[Row], doc_no: i64) -> Result<(), StoreError> {
    for (row_no, row) in (0_i64..).zip(rows) {
        let (insert, _) = &STATEMENTS[row.table];
        let values = row.cells.iter().map(|cell| match cell {
            Cell::Text(text) => ToSqlOutput::from(text.as_str()),
            Cell::Int(int) => ToSqlOutput::from(*int),
        });
        let place = [doc_no, row_no].map(ToSqlOutput::from);
        connection.prepare_cached(insert)?.execute(params_from_iter(values.chain(place)))?;
    }
    Ok(())
}

/// Applies the changes of these candidates one by one to find the one that cannot be.
fn find_culprit(base: &Base, candidates: &[Candidate], id: DocId, places: &[usize]) -> (usize, String) {
    let last = *places.last().expect("a touched document has changes");
    let mut document = match base.open() {
        Ok(document) => document,
        Err(error) => return (last, error.to_string()),
    };
    for at in places {
        let mut changes = candidates[*at].entry.changes();
        let chunk = changes.find(|(change, _)| change.document == id).and_then(|(_, chunk)| chunk);
        let change = chunk.and_then(|chunk| Change::from_bytes(chunk.to_vec()).ok());
        let change = change.expect("it was read when it was vetted");
        match guarded(document, vec![change]) {
            Ok(next) => document = next,
            Err(why) => return (*at, why),
        }
    }
    (last, "Automerge cannot apply it together with the others".to_owned())
}

/// Applies vetted changes, all or none, and outlives whatever Automerge makes of them.
pub(crate) fn guarded(mut document: Automerge, changes: Vec<Change>) -> Result<Automerge, String> {
    let expected = changes.iter().map(Change::hash).collect::<Vec<_>>();
    let outcome = catch_unwind(AssertUnwindSafe(move || {
        document.apply_changes(changes).map_err(|e| format!("Automerge refuses it: {e}"))?;
        let whole = expected.iter().all(|hash| document.get_change_meta_by_hash(hash).is_some());
        if whole { Ok(document) } else { Err("Automerge holds it back".to_owned()) }
    }));
    outcome.unwrap_or_else(|_| Err("it makes Automerge fail".to_owned()))
}

/// The level that a writer's grant names, as the provenance of its changes.
pub(crate) fn level_of(trust: &Trust, log: &linli_wire::LogId) -> Option<Level> {
    trust.writer_unit(log).map(linli_wire::UnitPath::level)
}
