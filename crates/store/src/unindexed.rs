//! Segments whose entries are not in the index yet.
//!
//! To hold a segment durably takes its bytes, its check and the log's new end; a row for each of its entries
//! takes most of the time and is needed only by what comes after. So a segment that simply goes on where its
//! log ends is stored without, and indexed by the materialiser, or before anything else asks for entries.
//!
//! Invariant: a log with segments that are not indexed has its trunk alone, and these are its last ones. So
//! what is asked of logs that forked is always in the index.

use linli_log::{Entry, VerifiedSegment};
use rusqlite::Connection;

use crate::{
    error::StoreError,
    ingest::{self, LogRow},
    parallel,
    query::EntryState,
};

/// Segments that are indexed at a time.
const PIECE_SEGMENTS: usize = 32;
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
pub(crate) fn piece(connection: &Connection) -> Result<bool, StoreError> {
    let due = due(connection)?;
    if due.is_empty() {
        return Ok(false);
    }
    let transaction =
        if connection.is_autocommit() { Some(connection.unchecked_transaction()?) } else { None };
    parallel::in_order(due, Due::entries, |read| {
        let (due, entries) = read?;
        for entry in &entries {
            let segment_no = Some(due.segment_no);
            let entry_no =
                ingest::insert_entry(connection, due.log_no, TRUNK, segment_no, entry, EntryState::New)?;
            ingest::note_fact(connection, entry_no, entry)?;
        }
        connection
            .prepare_cached("UPDATE segment SET indexed = 1 WHERE segment_no = ?1")?
            .execute([due.segment_no])?;
        Ok::<_, StoreError>(())
    })?;
    if let Some(transaction) = transaction {
        transaction.commit()?;
    }
    Ok(true)
}

/// A segment that is to be indexed.
struct Due {
    segment_no: i64,
    log_no: i64,
    bytes: Vec<u8>,
}

impl Due {
    fn entries(self) -> Result<(Self, Vec<Entry>), StoreError> {
        let entries = linli_log::compact::decode(&self.bytes)?.entries;
        Ok((self, entries))
    }
}

fn due(connection: &Connection) -> Result<Vec<Due>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT segment_no, log_no, bytes FROM segment WHERE indexed = 0 ORDER BY segment_no LIMIT ?1",
    )?;
    let rows = statement.query_map([PIECE_SEGMENTS as i64], |row| {
        Ok(Due { segment_no: row.get(0)?, log_no: row.get(1)?, bytes: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
