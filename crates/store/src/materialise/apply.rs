//! Applying decided changes, and projecting documents to rows.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use automerge::{Automerge, SaveOptions};
use linli_log::Trust;
use linli_model::{Cell, Row, kind, rows, tables};
use linli_wire::{DocId, Level, Space};
use rusqlite::{Connection, params, params_from_iter, types::Value};

use super::decide::{Decided, Touched};
use crate::{
    erasure,
    error::StoreError,
    query::{self, Origins},
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
    decided: &Decided,
) -> Result<Applied, StoreError> {
    let mut applied = Applied::default();
    for (id, touched) in &decided.documents {
        let entry_no = |at: usize| decided.candidates[at].entry_no;
        let Ok(document) = apply_all(touched) else {
            let (at, why) = find_culprit(touched);
            applied.unappliable.insert(entry_no(at), why);
            continue;
        };
        let mut origins = touched.origins.clone();
        for (at, vetted) in &touched.changes {
            let candidate = &decided.candidates[*at];
            let level = trust.writer_unit(&candidate.log).map(linli_wire::UnitPath::level);
            origins.push(&vetted.hash, candidate.entry_no, candidate.entry.header().time, level);
        }
        put(connection, space_no, space, *id, touched.doc_no, touched.kind, &document, &origins)?;
        applied.documents += 1;
    }
    Ok(applied)
}

/// Writes a document and its rows.
#[allow(clippy::too_many_arguments, reason = "one row of one table, named column by column")]
pub(crate) fn put(
    connection: &Connection,
    space_no: i64,
    space: &Space,
    id: DocId,
    doc_no: Option<i64>,
    code: u64,
    document: &Automerge,
    origins: &Origins,
) -> Result<(), StoreError> {
    let bytes = document.save_with_options(SaveOptions { deflate: false, retain_orphans: false });
    let doc_no = if let Some(doc_no) = doc_no {
        connection
            .prepare_cached("UPDATE document SET bytes = ?2, origins = ?3 WHERE doc_no = ?1")?
            .execute(params![doc_no, bytes, origins.encode()])?;
        delete_rows(connection, doc_no, code)?;
        doc_no
    } else {
        connection
            .prepare_cached(
                "INSERT INTO document(space_no, id, kind, bytes, origins) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![space_no, id.0, code, bytes, origins.encode()])?;
        connection.last_insert_rowid()
    };
    project(connection, space_no, space, id, doc_no, code, document, origins)
}

#[allow(clippy::too_many_arguments, reason = "one row of one table, named column by column")]
fn project(
    connection: &Connection,
    space_no: i64,
    space: &Space,
    id: DocId,
    doc_no: i64,
    code: u64,
    document: &Automerge,
    origins: &Origins,
) -> Result<(), StoreError> {
    let Some(kind) = kind::by_code(code) else { return Ok(()) };
    let rows = if std::ptr::eq(kind, &raw const kind::RESIDUE) {
        // A residue shows itself while it stands in the place of a document that was erased.
        let erased = erasure::stands_for(connection, space_no, id)?;
        erased.map(|erased| linli_model::residue::rows(document, erased, space)).unwrap_or_default()
    } else {
        rows(kind, document, id, space, origins)
    };
    for row in rows {
        insert_row(connection, &row, doc_no)?;
    }
    Ok(())
}

/// Makes the rows of a document again, if it is here.
pub(crate) fn project_again(connection: &Connection, space_no: i64, id: DocId) -> Result<(), StoreError> {
    let Some((doc_no, opened)) = query::document(connection, space_no, id)? else { return Ok(()) };
    delete_rows(connection, doc_no, opened.kind)?;
    let space = spaces::by_number(connection, space_no)?;
    project(connection, space_no, &space, id, doc_no, opened.kind, &opened.document, &opened.origins)
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
