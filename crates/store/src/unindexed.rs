//! Segments whose entries are not in the index yet.
//!
//! To hold a segment durably takes its bytes, its check and the log's new end; a row for each of its entries
//! takes most of the time and is needed only by what comes after. So a segment that simply goes on where its
//! log ends is stored without, and indexed by the materialiser as it decides the entries, or before anything
//! else asks for entries.
//!
//! Invariant: a log with segments that are not indexed has its trunk alone, and these are its last ones. So
//! what is asked of logs that forked is always in the index.

use linli_log::{Entry, VerifiedSegment};
use linli_wire::LogId;
use rusqlite::{Connection, params, params_from_iter};

use crate::{
    error::StoreError,
    ingest::{self, LogRow},
    materialise::{Batch, Candidate},
    parallel,
    query::EntryState,
};

/// Segments that are indexed at a time.
const PIECE_SEGMENTS: usize = 32;
/// Segments that are decided at a time: small ones come by the hundred.
const DECIDED_SEGMENTS: usize = 256;
/// Bytes of segments, in compact form, at which no more are read at a time.
const DUE_BYTES: usize = 512 << 10;
const TRUNK: i64 = 0;

pub(crate) const SCHEMA: &str = "
ALTER TABLE segment ADD COLUMN indexed INTEGER NOT NULL DEFAULT 1;
CREATE INDEX segment_unindexed ON segment(segment_no) WHERE indexed = 0;
";

/// Stores a segment without its index where that can wait; says whether it did.
pub(crate) fn store(
    connection: &Connection,
    log: &LogRow,
    segment: &VerifiedSegment,
    bytes: &[u8],
) -> Result<bool, StoreError> {
    // What facts say counts at once.
    if segment.entries().iter().any(|entry| ingest::is_fact(entry.header().kind)) {
        return Ok(false);
    }
    let first_seq = segment.first_seq();
    let ends: Vec<(i64, [u8; 32])> = connection
        .prepare_cached("SELECT last_seq, last_hash FROM branch WHERE log_no = ?1 LIMIT 2")?
        .query_map([log.log_no], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    match (ends.as_slice(), segment.parent()) {
        ([], None) => {
            connection
                .prepare_cached(
                    "INSERT INTO branch(log_no, branch, last_seq, last_hash) VALUES (?1, ?2, -1, x'')",
                )?
                .execute([log.log_no, TRUNK])?;
        }
        ([(seq, hash)], Some(parent)) if (*seq + 1, *hash) == (first_seq as i64, parent.0) => {}
        _ => return Ok(false),
    }
    let head = segment.head();
    let segment_no = ingest::insert_segment(connection, log.log_no, first_seq, head.seq, bytes)?;
    connection
        .prepare_cached("UPDATE segment SET indexed = 0 WHERE segment_no = ?1")?
        .execute([segment_no])?;
    ingest::advance(connection, log, TRUNK, head)?;
    Ok(true)
}

/// Indexes everything that waits for it, within the caller's transaction or in one of its own.
pub(crate) fn settle(connection: &Connection) -> Result<(), StoreError> {
    while piece(connection)? {}
    Ok(())
}

/// Indexes a few segments, likewise; says whether there were any.
fn piece(connection: &Connection) -> Result<bool, StoreError> {
    let due = due(connection, None, PIECE_SEGMENTS)?;
    if due.is_empty() {
        return Ok(false);
    }
    let transaction =
        if connection.is_autocommit() { Some(connection.unchecked_transaction()?) } else { None };
    parallel::in_order(parallel::LARGE, due, Due::entries, |read| {
        let (due, entries) = read?;
        for entry in &entries {
            let segment_no = Some(due.segment_no);
            let entry_no =
                ingest::insert_entry(connection, due.log_no, TRUNK, segment_no, entry, EntryState::New)?;
            ingest::note_fact(connection, entry_no, entry)?;
        }
        mark_indexed(connection, due.segment_no)
    })?;
    if let Some(transaction) = transaction {
        transaction.commit()?;
    }
    Ok(true)
}

/// An entry that is decided before it is in the index.
pub(crate) struct Unindexed {
    log_no: i64,
    segment_no: i64,
}

impl Unindexed {
    /// Puts the entry into the index with what became of it.
    pub fn insert(
        &self,
        connection: &Connection,
        entry_no: i64,
        entry: &Entry,
        state: EntryState,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        let segment_no = Some(self.segment_no);
        let given = ingest::insert_entry(connection, self.log_no, TRUNK, segment_no, entry, state)?;
        if given != entry_no {
            return Err(StoreError::Corrupt(format!("the index, where entry {given} follows")));
        }
        if reason.is_some() {
            connection
                .prepare_cached("UPDATE entry SET reason = ?2 WHERE entry_no = ?1")?
                .execute(params![entry_no, reason])?;
        }
        ingest::note_fact(connection, entry_no, entry)
    }
}

/// Adds the next segments of a space that are not in the index to a batch, and marks them as if they were:
/// the caller inserts every one of their entries in the same transaction.
pub(crate) fn take(connection: &Connection, space_no: i64, batch: &mut Batch) -> Result<(), StoreError> {
    let due = due(connection, Some(space_no), DECIDED_SEGMENTS)?;
    let newest: i64 = connection
        .prepare_cached("SELECT COALESCE(MAX(entry_no), 0) FROM entry")?
        .query_row([], |row| row.get(0))?;
    let mut numbers = newest + 1..;
    let taken = parallel::in_order(parallel::LARGE, due, Due::entries, |read| {
        let (due, entries) = read?;
        for (entry, entry_no) in entries.into_iter().zip(numbers.by_ref()) {
            let unindexed = Unindexed { log_no: due.log_no, segment_no: due.segment_no };
            batch.push(Candidate { entry_no, log: due.log, entry, unindexed: Some(unindexed) });
        }
        mark_indexed(connection, due.segment_no)?;
        if batch.is_full() { Err(Stop::Full) } else { Ok(()) }
    });
    match taken {
        Ok(()) | Err(Stop::Full) => Ok(()),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// Why no more segments are taken.
enum Stop {
    Full,
    Failed(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

fn mark_indexed(connection: &Connection, segment_no: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE segment SET indexed = 1 WHERE segment_no = ?1")?
        .execute([segment_no])?;
    Ok(())
}

/// A segment that is to be indexed.
struct Due {
    segment_no: i64,
    log_no: i64,
    log: LogId,
    bytes: Vec<u8>,
}

impl Due {
    fn entries(mut self) -> Result<(Self, Vec<Entry>), StoreError> {
        let bytes = std::mem::take(&mut self.bytes);
        let entries = linli_log::compact::decode(&bytes)?.entries;
        Ok((self, entries))
    }
}

/// The next segments, of one space or of all; at least one if there is any.
fn due(connection: &Connection, space_no: Option<i64>, segments_max: usize) -> Result<Vec<Due>, StoreError> {
    // A condition that a parameter may turn off would have SQLite plan the statement anew each time.
    let of = if space_no.is_some() { "AND log.space_no = ?1" } else { "" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT segment_no, log_no, log.id, bytes FROM segment JOIN log USING (log_no)
         WHERE indexed = 0 {of} ORDER BY segment_no"
    ))?;
    let mut rows = statement.query(params_from_iter(space_no))?;
    let (mut due, mut room) = (Vec::new(), DUE_BYTES);
    while due.len() < segments_max
        && let Some(row) = rows.next()?
    {
        let bytes: Vec<u8> = row.get(3)?;
        let len = bytes.len();
        due.push(Due { segment_no: row.get(0)?, log_no: row.get(1)?, log: LogId(row.get(2)?), bytes });
        match room.checked_sub(len) {
            Some(left) => room = left,
            None => break,
        }
    }
    Ok(due)
}
