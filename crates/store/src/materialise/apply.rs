//! Applying decided changes, and projecting documents to rows.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use automerge::{Automerge, SaveOptions};
use linli_log::Trust;
use linli_model::{Cell, Kind, Row, kind, rows, tables};
use linli_wire::{DocId, Level, Space, TimeMs};
use rusqlite::{Connection, params, params_from_iter, types::Value};

use super::{
    Candidate,
    decide::{Decided, Touched},
};
use crate::{
    erasure,
    error::StoreError,
    parallel,
    query::{self, Origins},
    recorded::Times,
    spaces,
};

/// What applying a batch did.
#[derive(Default)]
pub(super) struct Applied {
    pub documents: usize,
    /// Entries that Automerge could not apply, with why. Their space is made anew without them.
    pub unappliable: BTreeMap<i64, String>,
}

pub(super) fn apply(
    connection: &Connection,
    trust: &Trust,
    space_no: i64,
    space: &Space,
    decided: Decided,
) -> Result<Applied, StoreError> {
    let mut applied = Applied::default();
    let candidates = &decided.candidates;
    let mut times = Times::new(connection, trust);
    let recorded: Vec<TimeMs> =
        candidates.iter().map(|c| times.of(c.log, &c.entry)).collect::<Result<_, _>>()?;
    let work = |(id, touched)| make(trust, space, candidates, &recorded, id, touched);
    parallel::in_order(decided.documents.into_iter().collect(), work, |made| {
        match made {
            Ok(made) => {
                write(connection, space_no, space, made)?;
                applied.documents += 1;
            }
            Err((at, why)) => {
                applied.unappliable.insert(candidates[at].entry_no, why);
            }
        }
        Ok::<_, StoreError>(())
    })?;
    Ok(applied)
}

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
fn make(
    trust: &Trust,
    space: &Space,
    candidates: &[Candidate],
    recorded: &[TimeMs],
    id: DocId,
    touched: Touched,
) -> Result<Made, (usize, String)> {
    let document = apply_all(&touched).map_err(|_| find_culprit(&touched))?;
    let mut origins = touched.origins;
    for (at, vetted) in &touched.changes {
        let candidate = &candidates[*at];
        let level = level_of(trust, &candidate.log);
        origins.push(&vetted.hash, candidate.entry_no, recorded[*at], level);
    }
    Ok(Made::of(space, id, touched.doc_no, touched.kind, document, &origins))
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
    rows.iter().try_for_each(|row| insert_row(connection, row, doc_no))
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
    delete_rows(connection, doc_no, opened.kind)?;
    let Some(kind) = kind::by_code(opened.kind) else { return Ok(()) };
    let space = spaces::by_number(connection, space_no)?;
    let rows = if is_residue(kind) {
        residue_rows(connection, space_no, &space, id, &opened.document)?
    } else {
        rows(kind, &opened.document, id, &space, &opened.origins)
    };
    rows.iter().try_for_each(|row| insert_row(connection, row, doc_no))
}

pub(crate) fn delete_rows(connection: &Connection, doc_no: i64, code: u64) -> Result<(), StoreError> {
    for table in tables() {
        if !table.may_come_from(code) {
            continue;
        }
        connection
            .prepare_cached(&format!("DELETE FROM {} WHERE doc_no = ?1", table.name))?
            .execute([doc_no])?;
    }
    Ok(())
}

fn insert_row(connection: &Connection, row: &Row, doc_no: i64) -> Result<(), StoreError> {
    let table = &tables()[row.table];
    let places = vec!["?"; row.cells.len() + 1].join(", ");
    let values = row.cells.iter().map(|cell| match cell {
        Cell::Text(text) => Value::Text(text.clone()),
        Cell::Int(int) => Value::Integer(*int),
    });
    connection
        .prepare_cached(&format!("INSERT INTO {} VALUES ({places})", table.name))?
        .execute(params_from_iter(values.chain([Value::Integer(doc_no)])))?;
    Ok(())
}

/// Applies all changes in one call: Automerge's cost is by the call.
fn apply_all(touched: &Touched) -> Result<Automerge, String> {
    let changes = touched.changes.iter().map(|(_, vetted)| vetted.change.clone()).collect::<Vec<_>>();
    guarded(touched.document.clone(), changes)
}

/// Applies the changes one by one to find the one that cannot be.
fn find_culprit(touched: &Touched) -> (usize, String) {
    let mut document = touched.document.clone();
    for (at, vetted) in &touched.changes {
        match guarded(document, vec![vetted.change.clone()]) {
            Ok(next) => document = next,
            Err(why) => return (*at, why),
        }
    }
    let (at, _) = touched.changes.last().expect("a touched document has changes");
    (*at, "Automerge cannot apply it together with the others".to_owned())
}

/// Applies vetted changes, all or none, and outlives whatever Automerge makes of them.
pub(crate) fn guarded(mut document: Automerge, changes: Vec<automerge::Change>) -> Result<Automerge, String> {
    let expected = changes.iter().map(automerge::Change::hash).collect::<Vec<_>>();
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
