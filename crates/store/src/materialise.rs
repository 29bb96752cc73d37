//! From entries to documents and rows.
//!
//! An entry has its effect when its writer may write it, its changes pass vetting, and everything
//! they depend on has its effect too; it has it whole or not at all. What cannot be decided yet is
//! tried again when more arrives. When a verdict changes afterwards, the space's documents are made
//! anew, so that the outcome is a function of what is held and not of the order in which it came.

mod apply;
mod decide;

pub(crate) use apply::{level_of, put};

use linli_log::{Entry, Kind, Trust};
use linli_wire::LogId;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    error::StoreError,
    query::{self, EntryState},
    spaces,
};

/// Entries that are decided in one transaction.
const BATCH_ENTRIES: usize = 2048;

/// Why a space's documents are made anew.
const REBUILD_NONE: i64 = 0;
/// An entry was found out while they were made: it stays out.
const REBUILD_WITHOUT: i64 = 1;
/// A verdict of trust changed: everything is decided again.
pub(crate) const REBUILD_TRUST: i64 = 2;

/// What one call did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Materialised {
    pub applied: usize,
    pub left_out: usize,
    pub documents: usize,
}

/// An entry to be decided.
pub(crate) struct Candidate {
    pub entry_no: i64,
    pub log: LogId,
    pub entry: Entry,
}

/// Decides one batch of one space; `None` when nothing is left to decide.
pub(crate) fn step(connection: &mut Connection, trust: &Trust) -> Result<Option<Materialised>, StoreError> {
    let next: Option<(i64, i64)> = connection
        .prepare_cached(
            "SELECT space_no, rebuild FROM space WHERE rebuild <> 0
             UNION ALL
             SELECT log.space_no, 0 FROM entry JOIN log USING (log_no) WHERE entry.state = 0
             LIMIT 1",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((space_no, rebuild)) = next else { return Ok(None) };
    let transaction = connection.transaction()?;
    if rebuild != REBUILD_NONE {
        reset(&transaction, space_no, rebuild)?;
    }
    let done = batch(&transaction, trust, space_no)?;
    transaction.commit()?;
    Ok(Some(done))
}

/// Marks every space for being made anew, forgetting what was found out about single entries.
pub(crate) fn mark_all(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("UPDATE entry SET state = 0, reason = NULL WHERE state <> 0", [])?;
    connection.execute("UPDATE space SET rebuild = ?1", [REBUILD_TRUST])?;
    Ok(())
}

/// Forgets a space's documents and decides its entries again. What Automerge could not apply stays
/// out; so does what lost to a repeated change, until trust decides otherwise about the winner.
fn reset(connection: &Connection, space_no: i64, why: i64) -> Result<(), StoreError> {
    let keep_repeated = if why == REBUILD_TRUST { EntryState::Unappliable } else { EntryState::Repeated };
    connection.execute(
        "UPDATE entry SET state = 0, reason = NULL
         WHERE log_no IN (SELECT log_no FROM log WHERE space_no = ?1) AND state NOT IN (?2, ?3)",
        params![space_no, EntryState::Unappliable as i64, keep_repeated as i64],
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
fn batch(connection: &Connection, trust: &Trust, space_no: i64) -> Result<Materialised, StoreError> {
    let space = spaces::by_number(connection, space_no)?;
    let candidates = candidates(connection, space_no)?;
    let decided = decide::decide(connection, trust, space_no, candidates)?;
    let mut done = Materialised::default();
    let mut again = decided.repeated_found;
    let outcome = apply::apply(connection, trust, space_no, &space, &decided)?;
    for (entry_no, (state, reason)) in decided.states.iter().map(|(no, outcome)| (*no, outcome)) {
        let (state, reason) = match outcome.unappliable.get(&entry_no) {
            Some(reason) => (EntryState::Unappliable, Some(reason.clone())),
            None => (*state, reason.clone()),
        };
        match state {
            EntryState::Applied => done.applied += 1,
            _ => done.left_out += 1,
        }
        connection
            .prepare_cached("UPDATE entry SET state = ?2, reason = ?3 WHERE entry_no = ?1")?
            .execute(params![entry_no, state as i64, reason])?;
    }
    again |= !outcome.unappliable.is_empty();
    if again {
        connection.execute(
            "UPDATE space SET rebuild = ?2 WHERE space_no = ?1 AND rebuild < ?2",
            params![space_no, REBUILD_WITHOUT],
        )?;
    }
    done.documents = outcome.documents;
    Ok(done)
}

/// The new entries of a space, at most a batch, and the pending ones, in the order in which they came.
fn candidates(connection: &Connection, space_no: i64) -> Result<Vec<Candidate>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT e.entry_no, e.segment_no, e.seq, log.id FROM entry e JOIN log USING (log_no)
         WHERE log.space_no = ?1 AND e.state = ?2 ORDER BY e.entry_no LIMIT ?3",
    )?;
    let mut rows: Vec<(i64, Option<i64>, u64, [u8; 32])> = Vec::new();
    for (state, limit) in [(EntryState::New, BATCH_ENTRIES as i64), (EntryState::Pending, -1)] {
        let found = statement
            .query_map(params![space_no, state as i64, limit], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        rows.extend(found);
    }
    rows.sort_unstable();
    let mut candidates = Vec::with_capacity(rows.len());
    let mut open: Option<(i64, Vec<Entry>)> = None;
    for (entry_no, segment_no, seq, log) in rows {
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
        candidates.push(Candidate { entry_no, log: LogId(log), entry });
    }
    Ok(candidates)
}

/// Whether an entry changes documents; the others have had their effect when they were stored.
fn changes_documents(entry: &Entry) -> bool {
    entry.header().kind == Kind::Changes
}
