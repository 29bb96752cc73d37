//! Repacking: the many small segments that a year of syncs leaves become few full ones, packed harder.
//!
//! Only how entries are packed changes: no entry, hash, head or digest does. A segment ends where a seal
//! is named by a hub's latest receipt about the log or by the cut of a revocation; the seals between are
//! left out, as the later one vouches for everything before it.
//!
//! Each log is one transaction, so a crash leaves every log as it was or repacked. Readers that were
//! opened before go on reading the state that they began with.

use std::collections::BTreeSet;

use linli_log::{Head, Kind, RawSegment, Revoke, compact, fact::Body as _};
use linli_wire::{
    DeviceKey, EntryHash, LogId,
    limits::{SEGMENT_FILL_BYTES, SEGMENT_FILL_ENTRIES},
};
use rusqlite::{Connection, params};

use crate::{error::StoreError, receipts};

/// What repacking did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Repacked {
    /// Segments before and after.
    pub segments: (u64, u64),
    /// Bytes of all segments before and after.
    pub bytes: (u64, u64),
}

/// Segments and their bytes.
pub(crate) fn size(connection: &Connection) -> Result<(u64, u64), StoreError> {
    Ok(connection.query_row("SELECT COUNT(*), COALESCE(SUM(LENGTH(bytes)), 0) FROM segment", [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?)
}

/// The logs that have so many segments which were not repacked yet.
pub(crate) fn due(connection: &Connection, segments_min: u64) -> Result<Vec<LogId>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT id FROM log WHERE ?1 <=
         (SELECT COUNT(*) FROM segment WHERE segment.log_no = log.log_no AND packed_bytes = 0) ORDER BY log_no",
    )?;
    let logs = statement.query_map([segments_min], |row| Ok(LogId(row.get(0)?)))?;
    Ok(logs.collect::<Result<_, _>>()?)
}

/// A stored segment.
struct Stored {
    segment_no: i64,
    branch: i64,
    /// Bytes of its entries if it was repacked, else 0.
    packed_bytes: usize,
}

/// Repacks one log within the caller's transaction.
pub(crate) fn log(connection: &Connection, id: LogId) -> Result<(), StoreError> {
    let (log_no, device) =
        connection.query_row("SELECT log_no, device FROM log WHERE id = ?1", [id.0], |row| {
            Ok((row.get(0)?, DeviceKey(row.get(1)?)))
        })?;
    let named = named(connection, id)?;
    let mut run = Run { device, stored: Vec::new(), segment: None, len_bytes: 0 };
    for stored in segments(connection, log_no)? {
        let segment = read(connection, stored.segment_no)?;
        let head = head(&segment)?;
        if !run.takes(&stored, &segment) {
            run.finish(connection)?;
        }
        run.push(stored, segment);
        if named.contains(&head) {
            run.finish(connection)?;
        }
    }
    run.finish(connection)
}

/// The heads of a log at which a segment has to end.
fn named(connection: &Connection, log: LogId) -> Result<BTreeSet<Head>, StoreError> {
    let mut named = receipts::heads_named(connection, log)?;
    let mut statement = connection.prepare_cached("SELECT body FROM fact WHERE kind = ?1")?;
    let mut rows = statement.query([Kind::Revoke.code() as i64])?;
    while let Some(row) = rows.next()? {
        // A body that cannot be read revokes nothing.
        let Ok(revoke) = Revoke::decode(&row.get::<_, Vec<u8>>(0)?) else { continue };
        named.extend(revoke.cut.into_iter().filter(|cut| cut.log == log).flat_map(|cut| cut.heads));
    }
    Ok(named)
}

/// The segments of a log along each branch, one branch after another.
fn segments(connection: &Connection, log_no: i64) -> Result<Vec<Stored>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT s.segment_no, e.branch, s.packed_bytes FROM segment s
         JOIN entry e ON e.segment_no = s.segment_no AND e.seq = s.first_seq
         WHERE s.log_no = ?1 ORDER BY e.branch, s.first_seq",
    )?;
    let rows = statement.query_map([log_no], |row| {
        Ok(Stored { segment_no: row.get(0)?, branch: row.get(1)?, packed_bytes: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(connection: &Connection, segment_no: i64) -> Result<RawSegment, StoreError> {
    let bytes: Vec<u8> = connection
        .prepare_cached("SELECT bytes FROM segment WHERE segment_no = ?1")?
        .query_row([segment_no], |row| row.get(0))?;
    Ok(compact::decode(&bytes)?)
}

fn head(segment: &RawSegment) -> Result<Head, StoreError> {
    let last = segment.entries.last();
    last.map(|last| Head { seq: last.header().seq, hash: last.hash() })
        .ok_or_else(|| StoreError::Corrupt("a segment without entries".to_owned()))
}

/// Segments on their way into one. Only that many are in memory at once.
struct Run {
    device: DeviceKey,
    stored: Vec<Stored>,
    segment: Option<RawSegment>,
    len_bytes: usize,
}

impl Run {
    fn takes(&self, stored: &Stored, next: &RawSegment) -> bool {
        let (Some(segment), Some(last)) = (&self.segment, self.stored.last()) else { return true };
        let parent = next.entries.first().and_then(|entry| entry.header().parent);
        let end: Option<EntryHash> = segment.entries.last().map(linli_log::Entry::hash);
        last.branch == stored.branch
            && parent.is_some()
            && parent == end
            && segment.entries.len() + next.entries.len() <= SEGMENT_FILL_ENTRIES
            && self.len_bytes + len_bytes(next) <= SEGMENT_FILL_BYTES
    }

    fn push(&mut self, stored: Stored, next: RawSegment) {
        self.len_bytes += len_bytes(&next);
        self.stored.push(stored);
        self.segment = Some(match self.segment.take() {
            Some(segment) => segment.join(next).expect("it was asked whether it goes on"),
            None => next,
        });
    }

    /// Writes what was gathered in the place of its first segment, which all that builds on it follows.
    fn finish(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let len_bytes = std::mem::take(&mut self.len_bytes);
        let stored = std::mem::take(&mut self.stored);
        let (Some(segment), [first, others @ ..]) = (self.segment.take(), stored.as_slice()) else {
            return Ok(());
        };
        if others.is_empty() && first.packed_bytes > 0 {
            return Ok(());
        }
        let last_seq = head(&segment)?.seq;
        let bytes = compact::encode(&segment, compact::LEVEL_SMALL);
        // Invariant: nothing is replaced by what does not verify.
        compact::decode(&bytes)?.verify(Some(self.device))?;
        connection
            .prepare_cached(
                "UPDATE segment SET bytes = ?2, last_seq = ?3, packed_bytes = ?4 WHERE segment_no = ?1",
            )?
            .execute(params![first.segment_no, bytes, last_seq, len_bytes.max(1)])?;
        for other in others {
            connection
                .prepare_cached("UPDATE entry SET segment_no = ?2 WHERE segment_no = ?1")?
                .execute([other.segment_no, first.segment_no])?;
            connection
                .prepare_cached("DELETE FROM segment WHERE segment_no = ?1")?
                .execute([other.segment_no])?;
        }
        Ok(())
    }
}

fn len_bytes(segment: &RawSegment) -> usize {
    segment.entries.iter().map(linli_log::Entry::len_bytes).sum()
}
