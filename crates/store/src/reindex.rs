//! Making the index of segments again: entries, branches, facts and receipts.

use linli_log::{Entry, Head, compact};
use rusqlite::{Connection, params};

use crate::{
    error::StoreError,
    ingest::{self, LogRow},
    query::{self, EntryState},
};

/// Drops everything that is derived from segments and from this device's open entries, and reads
/// them all again. Every chain and seal is checked on the way.
pub(crate) fn run(connection: &Connection) -> Result<(), StoreError> {
    let open = open_entries(connection)?;
    connection.execute_batch(
        "DELETE FROM entry; DELETE FROM branch; DELETE FROM fact; DELETE FROM held;
         DELETE FROM receipted; DELETE FROM erase; DELETE FROM again; DELETE FROM tail;
         UPDATE segment SET indexed = 1; UPDATE space SET digest = NULL; UPDATE log SET stance = NULL;",
    )?;
    let mut statement = connection.prepare("SELECT segment_no FROM segment ORDER BY segment_no")?;
    let segments = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    for segment_no in segments {
        let bytes: Vec<u8> = connection
            .prepare_cached("SELECT bytes FROM segment WHERE segment_no = ?1")?
            .query_row([segment_no], |row| row.get(0))?;
        let raw = compact::decode(&bytes)?;
        let log = ingest::find_log(connection, raw.log)?
            .ok_or_else(|| StoreError::Corrupt(format!("segment {segment_no} of an unknown log")))?;
        let segment = raw.verify(Some(log.device))?;
        ingest::index(connection, &log, segment.entries(), Some(segment_no), EntryState::New)?;
        let branch = branch_of(connection, &log, segment.head())?;
        ingest::advance(connection, &log, branch, segment.head())?;
    }
    for entry in open {
        let log = ingest::find_log(connection, entry.log())?
            .ok_or_else(|| StoreError::Corrupt("an open entry of an unknown log".to_owned()))?;
        ingest::index(connection, &log, std::slice::from_ref(&entry), None, EntryState::New)?;
        connection.execute(
            "INSERT INTO tail(entry_no, header, payloads) VALUES ((SELECT MAX(entry_no) FROM entry), ?1, ?2)",
            params![entry.header_bytes(), ingest::encode_payloads(&entry)],
        )?;
    }
    Ok(())
}

fn open_entries(connection: &Connection) -> Result<Vec<Entry>, StoreError> {
    let mut statement = connection.prepare("SELECT entry_no FROM tail ORDER BY entry_no")?;
    let numbers = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    numbers.into_iter().map(|entry_no| query::tail_entry(connection, entry_no)).collect()
}

fn branch_of(connection: &Connection, log: &LogRow, head: Head) -> Result<i64, StoreError> {
    let found = ingest::find_entry(connection, log.log_no, head)?;
    Ok(found.map_or(0, |(_, branch)| branch))
}
