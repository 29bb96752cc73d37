//! From entries to documents and rows.
//!
//! An entry has its effect when its writer may write it, its changes pass vetting, and everything
//! they depend on has its effect too; it has it whole or not at all. What cannot be decided yet is
//! tried again when more arrives. When a verdict changes afterwards, the space's documents are made
//! anew, so that the outcome is a function of what is held and not of the order in which it came.

mod apply;
mod decide;

pub(crate) use apply::{Made, delete_rows, guarded, level_of, project_again, write};

use linli_log::{Entry, Kind, Trust};
use linli_wire::LogId;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    erasure,
    error::StoreError,
    query::{self, EntryState},
    recorded, spaces,
};

/// Entries that are decided in one transaction.
const BATCH_ENTRIES: usize = 2048;
/// Bytes of entries at which a batch is closed, whatever their number: hostile entries unpack to far
/// more than they take to send.
const BATCH_BYTES: usize = 16 << 20;

/// Why a space's documents are made anew: a verdict changed, or an entry was found out meanwhile.
pub(crate) const REBUILD: i64 = 1;

/// What one call did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Materialised {
    pub applied: usize,
    pub left_out: usize,
    pub documents: usize,
    /// Documents that erasures took away.
    pub erased: usize,
}

/// An entry to be decided.
pub(crate) struct Candidate {
    pub entry_no: i64,
    pub log: LogId,
    pub entry: Entry,
}

/// A space with something to decide.
struct Due {
    space_no: i64,
    rebuild: bool,
    /// Two entries that count want the same place. Such a space is decided as a whole, in the order
    /// of entry hashes, whenever anything arrives: that order is the same everywhere.
    contested: bool,
}

/// Decides one batch of one space; `None` when nothing is left to decide.
pub(crate) fn step(connection: &mut Connection, trust: &Trust) -> Result<Option<Materialised>, StoreError> {
    let due = connection
        .prepare_cached(
            "SELECT space_no, rebuild, contested FROM space WHERE rebuild <> 0
             UNION ALL
             SELECT log.space_no, 0, space.contested FROM entry
             JOIN log USING (log_no) JOIN space USING (space_no) WHERE entry.state = 0
             LIMIT 1",
        )?
        .query_row([], |row| Ok(Due { space_no: row.get(0)?, rebuild: row.get(1)?, contested: row.get(2)? }))
        .optional()?;
    let Some(due) = due else { return Ok(None) };
    let transaction = connection.transaction()?;
    if due.rebuild || due.contested {
        reset(&transaction, due.space_no)?;
    }
    let done = batch(&transaction, trust, &due)?;
    transaction.commit()?;
    Ok(Some(done))
}

/// Marks every space for being made anew, forgetting what was found out about single entries.
pub(crate) fn mark_all(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("UPDATE entry SET state = 0, reason = NULL WHERE state <> 0", [])?;
    connection.execute("UPDATE space SET rebuild = ?1, contested = 0", [REBUILD])?;
    Ok(())
}

/// Forgets a space's documents and decides its entries again. What Automerge could not apply stays out.
fn reset(connection: &Connection, space_no: i64) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE entry SET state = 0, reason = NULL
         WHERE log_no IN (SELECT log_no FROM log WHERE space_no = ?1) AND state <> ?2",
        params![space_no, EntryState::Unappliable as i64],
    )?;
    for table in linli_model::tables() {
        let sql = format!(
            "DELETE FROM {} WHERE doc_no IN (SELECT doc_no FROM document WHERE space_no = ?1)",
            table.name
        );
        connection.execute(&sql, [space_no])?;
    }
    connection.execute("DELETE FROM document WHERE space_no = ?1", [space_no])?;
    connection.execute("UPDATE space SET rebuild = 0 WHERE space_no = ?1", [space_no])?;
    Ok(())
}

/// Decides the next entries of a space and applies those that count.
fn batch(connection: &Connection, trust: &Trust, due: &Due) -> Result<Materialised, StoreError> {
    let space_no = due.space_no;
    let space = spaces::by_number(connection, space_no)?;
    let mut candidates = candidates(connection, space_no, due.contested)?;
    if due.contested {
        candidates.sort_by_key(|candidate| candidate.entry.hash());
    }
    let mut decided = decide::decide(connection, trust, space_no, candidates)?;
    if decided.contested != due.contested {
        // Found out now: decide the whole space in the common order. Over: go back to batches.
        let sql = "UPDATE space SET contested = ?2, rebuild = MAX(rebuild, ?2) WHERE space_no = ?1";
        connection.execute(sql, params![space_no, decided.contested])?;
        if decided.contested {
            return Ok(Materialised::default());
        }
    }
    let mut done = Materialised::default();
    let erasures = decided.candidates.iter().any(|candidate| erasure::is_erasure(&candidate.entry));
    let states = std::mem::take(&mut decided.states);
    let is_receipt = |candidate: &&Candidate| candidate.entry.header().kind == Kind::Receipt;
    let receipts: Vec<Entry> =
        decided.candidates.iter().filter(is_receipt).map(|candidate| candidate.entry.clone()).collect();
    let outcome = apply::apply(connection, trust, space_no, &space, decided)?;
    for (entry_no, (state, reason)) in &states {
        let (state, reason) = match outcome.unappliable.get(entry_no) {
            Some(reason) => (EntryState::Unappliable, Some(reason)),
            None => (*state, reason.as_ref()),
        };
        match state {
            EntryState::Applied => done.applied += 1,
            _ => done.left_out += 1,
        }
        connection
            .prepare_cached("UPDATE entry SET state = ?2, reason = ?3 WHERE entry_no = ?1")?
            .execute(params![entry_no, state as i64, reason])?;
    }
    if !outcome.unappliable.is_empty() {
        connection
            .execute("UPDATE space SET rebuild = ?2 WHERE space_no = ?1", params![space_no, REBUILD])?;
    } else if done.applied > 0 && !due.contested {
        // What waits may have waited for one of these.
        connection
            .prepare_cached(
                "UPDATE entry SET state = ?2 WHERE state = ?3
                 AND log_no IN (SELECT log_no FROM log WHERE space_no = ?1)",
            )?
            .execute(params![space_no, EntryState::New as i64, EntryState::Pending as i64])?;
    }
    if erasures {
        done.erased = erasure::settle(connection)?;
    }
    for receipt in &receipts {
        recorded::settle(connection, trust, receipt)?;
    }
    done.documents = outcome.documents;
    Ok(done)
}

/// The new entries of a space in the order in which they came: all, or at most a batch.
fn candidates(connection: &Connection, space_no: i64, all: bool) -> Result<Vec<Candidate>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT e.entry_no, e.segment_no, e.seq, log.id FROM entry e JOIN log USING (log_no)
         WHERE log.space_no = ?1 AND e.state = ?2 ORDER BY e.entry_no LIMIT ?3",
    )?;
    let limit = if all { -1 } else { BATCH_ENTRIES as i64 };
    let mut rows = statement.query(params![space_no, EntryState::New as i64, limit])?;
    let (mut candidates, mut len_bytes) = (Vec::new(), 0);
    let mut open: Option<(i64, Vec<Entry>)> = None;
    while let Some(row) = rows.next()? {
        let (entry_no, segment_no): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
        let (seq, log): (u64, [u8; 32]) = (row.get(2)?, row.get(3)?);
        let entry = match segment_no {
            None => query::tail_entry(connection, entry_no)?,
            Some(segment_no) => {
                if open.as_ref().is_none_or(|(no, _)| *no != segment_no) {
                    open = Some((segment_no, query::segment_entries(connection, segment_no)?));
                }
                let entries = open.as_ref().map_or(&[][..], |(_, entries)| entries);
                let first = entries.first().map_or(0, |e| e.header().seq);
                let entry = seq.checked_sub(first).and_then(|at| entries.get(at as usize));
                entry.cloned().ok_or_else(|| StoreError::Corrupt(format!("segment {segment_no}")))?
            }
        };
        len_bytes += entry.len_bytes();
        candidates.push(Candidate { entry_no, log: LogId(log), entry });
        if !all && len_bytes >= BATCH_BYTES {
            break;
        }
    }
    Ok(candidates)
}

/// Whether an entry changes documents; the others have had their effect when they were stored.
fn changes_documents(entry: &Entry) -> bool {
    entry.header().kind == Kind::Changes
}
