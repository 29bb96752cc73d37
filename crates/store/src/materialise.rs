//! From entries to documents and rows.
//!
//! An entry has its effect when its writer may write it, its changes pass vetting, and everything
//! they depend on has its effect too; it has it whole or not at all. What cannot be decided yet is
//! tried again when more arrives. When a verdict changes afterwards, the space's documents are made
//! anew, so that the outcome is a function of what is held and not of the order in which it came.

mod apply;
mod decide;

pub(crate) use apply::{Made, delete_rows, guarded, level_of, project_again, write};

use std::collections::{BTreeMap, BTreeSet};

use linli_log::{Entry, Kind, Trust};
use linli_wire::{DocId, LogId, TimeMs};
use rusqlite::{Connection, OptionalExtension, params};

use self::decide::Begun;
use crate::{
    erasure,
    error::StoreError,
    kept, parallel,
    query::{self, EntryState},
    recorded::{self, Times},
    spaces,
    unindexed::{self, Unindexed},
};

/// Entries that are decided in one transaction.
const BATCH_ENTRIES: usize = 16_384;
/// Bytes of entries at which a batch is closed, whatever their number: hostile entries unpack to far
/// more than they take to send.
const BATCH_BYTES: usize = 8 << 20;
/// Documents at which a batch is closed: what is here of each is held until it is decided.
const BATCH_DOCUMENTS: usize = 2048;

/// A space with something to decide, and why.
pub(crate) const DUE: &str = "SELECT space_no, rebuild, contested FROM space WHERE rebuild <> 0
    UNION ALL
    SELECT log.space_no, 0, space.contested FROM entry
    JOIN log USING (log_no) JOIN space USING (space_no) WHERE entry.state = 0 AND entry.state <> 1
    UNION ALL
    SELECT log.space_no, 0, space.contested FROM segment
    JOIN log USING (log_no) JOIN space USING (space_no) WHERE segment.indexed = 0
    LIMIT 1";
/// The entries of a space that stand in the index and are new.
pub(crate) const NEW: &str = "SELECT e.entry_no, e.segment_no, e.seq, log.id
    FROM log CROSS JOIN entry e USING (log_no)
    WHERE log.space_no = ?1 AND e.state = 0 AND e.state <> 1 ORDER BY e.entry_no LIMIT ?2";
/// Lets the entries of a space that wait be decided again.
pub(crate) const TRY_PENDING: &str = "UPDATE entry SET state = 0 WHERE state = 2 AND state <> 1
    AND log_no IN (SELECT log_no FROM log WHERE space_no = ?1)";

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
    /// Where it goes in the index, if it is not there yet.
    pub unindexed: Option<Unindexed>,
}

impl Candidate {
    /// Notes what became of the entry.
    fn settle(
        &self,
        connection: &Connection,
        state: EntryState,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        if let Some(unindexed) = &self.unindexed {
            return unindexed.insert(connection, self.entry_no, &self.entry, state, reason);
        }
        connection
            .prepare_cached("UPDATE entry SET state = ?2, reason = ?3 WHERE entry_no = ?1")?
            .execute(params![self.entry_no, state as i64, reason])?;
        Ok(())
    }
}

/// Entries that are decided together, in the order in which they came.
#[derive(Default)]
pub(crate) struct Batch {
    candidates: Vec<Candidate>,
    len_bytes: usize,
    documents: BTreeSet<DocId>,
}

impl Batch {
    pub fn push(&mut self, candidate: Candidate) {
        self.len_bytes += candidate.entry.len_bytes();
        self.documents.extend(candidate.entry.header().changes.iter().map(|change| change.document));
        self.candidates.push(candidate);
    }

    pub fn is_full(&self) -> bool {
        self.candidates.len() >= BATCH_ENTRIES
            || self.len_bytes >= BATCH_BYTES
            || self.documents.len() >= BATCH_DOCUMENTS
    }
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
        .prepare_cached(DUE)?
        .query_row([], |row| Ok(Due { space_no: row.get(0)?, rebuild: row.get(1)?, contested: row.get(2)? }))
        .optional()?;
    let Some(due) = due else { return Ok(None) };
    let transaction = connection.transaction()?;
    if due.contested {
        unindexed::settle(&transaction)?;
    }
    if due.rebuild || due.contested {
        reset(&transaction, due.space_no)?;
    }
    if let Some(done) = batch(&transaction, trust, &due)? {
        transaction.commit()?;
        return Ok(Some(done));
    }
    // Found out now: nothing of this counts, and the whole space is decided in the common order.
    transaction.rollback()?;
    connection
        .prepare_cached("UPDATE space SET contested = 1, rebuild = ?2 WHERE space_no = ?1")?
        .execute(params![due.space_no, REBUILD])?;
    Ok(Some(Materialised::default()))
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
    kept::changed(connection, space_no)?;
    connection.execute("UPDATE space SET rebuild = 0 WHERE space_no = ?1", [space_no])?;
    Ok(())
}

/// Decides the next entries of a space and applies those that count; `None` if the space turns out to be
/// contested, and then what was written is worth nothing.
fn batch(connection: &Connection, trust: &Trust, due: &Due) -> Result<Option<Materialised>, StoreError> {
    let space_no = due.space_no;
    let space = spaces::by_number(connection, space_no)?;
    let mut candidates = candidates(connection, space_no, due.contested)?;
    if due.contested {
        candidates.sort_by_key(|candidate| candidate.entry.hash());
    }
    let mut times = Times::new(connection, trust);
    let dates: Vec<TimeMs> =
        candidates.iter().map(|c| times.of(c.log, &c.entry)).collect::<Result<_, _>>()?;
    let Begun { mut states, erasures, groups } = decide::begin(connection, trust, space_no, &candidates)?;
    let (mut done, mut contested, mut unappliable) = (Materialised::default(), false, BTreeMap::new());
    let work = |group| {
        let settled = decide::settle(&candidates, &erasures, group)?;
        let make = |(id, touched)| apply::make(trust, &space, &candidates, &dates, id, touched);
        let documents: Vec<_> = settled.documents.into_iter().map(make).collect();
        Ok::<_, StoreError>((settled.states, settled.contested, documents))
    };
    parallel::in_order(parallel::SMALL, groups, work, |settled| {
        let (of_group, is_contested, documents) = settled?;
        states.extend(of_group);
        contested |= is_contested;
        for made in documents {
            match made {
                Ok(made) => {
                    apply::write(connection, space_no, &space, made)?;
                    done.documents += 1;
                }
                Err((at, why)) => {
                    unappliable.insert(at, why);
                }
            }
        }
        Ok::<_, StoreError>(())
    })?;
    if contested && !due.contested {
        return Ok(None);
    }
    if due.contested && !contested {
        // Over: go back to batches.
        connection.execute("UPDATE space SET contested = 0 WHERE space_no = ?1", [space_no])?;
    }
    for (at, candidate) in candidates.iter().enumerate() {
        let (state, reason) = &states[&at];
        let (state, reason) = match unappliable.get(&at) {
            Some(why) => (EntryState::Unappliable, Some(why)),
            None => (*state, reason.as_ref()),
        };
        match state {
            EntryState::Applied => done.applied += 1,
            _ => done.left_out += 1,
        }
        candidate.settle(connection, state, reason.map(String::as_str))?;
    }
    if !unappliable.is_empty() {
        connection
            .execute("UPDATE space SET rebuild = ?2 WHERE space_no = ?1", params![space_no, REBUILD])?;
    } else if done.applied > 0 && !due.contested {
        // What waits may have waited for one of these.
        connection.prepare_cached(TRY_PENDING)?.execute([space_no])?;
    }
    if candidates.iter().any(|candidate| erasure::is_erasure(&candidate.entry)) {
        done.erased = erasure::settle(connection)?;
    }
    for candidate in candidates.iter().filter(|c| c.entry.header().kind == Kind::Receipt) {
        recorded::settle(connection, trust, &candidate.entry)?;
    }
    Ok(Some(done))
}

/// The new entries of a space in the order in which they came: all, or at most a batch. Those in the index
/// come first.
fn candidates(connection: &Connection, space_no: i64, all: bool) -> Result<Vec<Candidate>, StoreError> {
    let mut statement = connection.prepare_cached(NEW)?;
    let limit = if all { -1 } else { BATCH_ENTRIES as i64 };
    let mut rows = statement.query(params![space_no, limit])?;
    let mut batch = Batch::default();
    let mut open: Option<(i64, u64, Vec<Option<Entry>>)> = None;
    while let Some(row) = rows.next()? {
        let (entry_no, segment_no): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
        let (seq, log): (u64, [u8; 32]) = (row.get(2)?, row.get(3)?);
        let entry = match segment_no {
            None => query::tail_entry(connection, entry_no)?,
            Some(segment_no) => {
                if open.as_ref().is_none_or(|(no, ..)| *no != segment_no) {
                    let entries = query::segment_entries(connection, segment_no)?;
                    let first = entries.first().map_or(0, |e| e.header().seq);
                    open = Some((segment_no, first, entries.into_iter().map(Some).collect()));
                }
                let place = open.as_mut().and_then(|(_, first, entries)| {
                    entries.get_mut(usize::try_from(seq.checked_sub(*first)?).ok()?)
                });
                place
                    .and_then(Option::take)
                    .ok_or_else(|| StoreError::Corrupt(format!("segment {segment_no}")))?
            }
        };
        batch.push(Candidate { entry_no, log: LogId(log), entry, unindexed: None });
        if !all && batch.is_full() {
            break;
        }
    }
    if batch.candidates.is_empty() {
        unindexed::take(connection, space_no, &mut batch)?;
    }
    Ok(batch.candidates)
}

/// Whether an entry changes documents; the others have had their effect when they were stored.
fn changes_documents(entry: &Entry) -> bool {
    entry.header().kind == Kind::Changes
}
