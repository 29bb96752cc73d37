//! Logs that forked: the twins that prove it, and this device's own logs that it does not go on with.
//!
//! A log has one writer, so two entries after the same one say that its device was copied or restored, or
//! that its key is in other hands. Both count; that there are two is for people to look into.

use std::collections::BTreeSet;

use linli_log::{Head, Seal, compact};
use linli_wire::{DeviceKey, EntryHash, LogId, Space, TimeMs};
use rusqlite::{OptionalExtension, params};

use crate::{error::StoreError, query::EntryState, replica::Replica, spaces};

/// Two or more entries of one log at one place, after the same entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twins {
    pub log: LogId,
    pub device: DeviceKey,
    pub space: Space,
    pub seq: u64,
    /// In the order of their hashes.
    pub entries: Vec<Twin>,
}

/// One of several entries at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    pub hash: EntryHash,
    /// By the clock of the device.
    pub time: TimeMs,
    pub state: EntryState,
    /// What the device signed; `None` while it is open here.
    pub sealed: Option<Sealed>,
}

/// A device's signature over an entry and everything before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    pub head: Head,
    pub seal: Seal,
}

/// A place after which a log goes on in several ways.
struct Fork {
    log_no: i64,
    log: LogId,
    device: DeviceKey,
    space_no: i64,
    branch: i64,
    base_seq: u64,
}

impl Replica {
    /// Every place at which a log forked, by log and sequence number; at most `max` of them.
    pub fn twins(&self, max: usize) -> Result<Vec<Twins>, StoreError> {
        let forks = self.query(
            "SELECT DISTINCT log.log_no, log.id, log.device, log.space_no, b.parent, b.base_seq
             FROM branch b JOIN log USING (log_no) WHERE b.parent IS NOT NULL
             ORDER BY log.id, b.base_seq, b.parent LIMIT ?1",
            [max],
            |row| {
                Ok(Fork {
                    log_no: row.get(0)?,
                    log: LogId(row.get(1)?),
                    device: DeviceKey(row.get(2)?),
                    space_no: row.get(3)?,
                    branch: row.get(4)?,
                    base_seq: row.get(5)?,
                })
            },
        )?;
        forks.iter().map(|fork| self.twins_at(fork)).collect()
    }

    fn twins_at(&self, fork: &Fork) -> Result<Twins, StoreError> {
        // What follows: on the branch itself, and at the beginning of each that leaves it there.
        let found = self.query(
            "SELECT e.hash, e.time, e.state, e.segment_no FROM entry e
             JOIN branch b ON b.log_no = e.log_no AND b.branch = e.branch
             WHERE e.log_no = ?1 AND e.seq = ?3 + 1
               AND (e.branch = ?2 OR (b.parent = ?2 AND b.base_seq = ?3)) ORDER BY e.hash",
            params![fork.log_no, fork.branch, fork.base_seq],
            |row| {
                let state = EntryState::from_code(row.get(2)?);
                let twin =
                    Twin { hash: EntryHash(row.get(0)?), time: TimeMs(row.get(1)?), state, sealed: None };
                Ok((twin, row.get::<_, Option<i64>>(3)?))
            },
        )?;
        let entries = found.into_iter().map(|(twin, segment_no)| {
            let sealed = segment_no.map(|segment_no| self.sealed(segment_no)).transpose()?;
            Ok::<_, StoreError>(Twin { sealed, ..twin })
        });
        Ok(Twins {
            log: fork.log,
            device: fork.device,
            space: spaces::by_number(self.connection(), fork.space_no)?,
            seq: fork.base_seq + 1,
            entries: entries.collect::<Result<_, _>>()?,
        })
    }

    fn sealed(&self, segment_no: i64) -> Result<Sealed, StoreError> {
        let bytes: Vec<u8> = self
            .connection()
            .prepare_cached("SELECT bytes FROM segment WHERE segment_no = ?1")?
            .query_row([segment_no], |row| row.get(0))?;
        let segment = compact::decode(&bytes)?;
        let last = segment.entries.last();
        let last =
            last.ok_or_else(|| StoreError::Corrupt(format!("segment {segment_no} without entries")))?;
        Ok(Sealed { head: Head { seq: last.header().seq, hash: last.hash() }, seal: segment.seal })
    }

    /// This device's logs that it does not go on with: another state of it wrote in them, here or elsewhere.
    pub fn left_behind(&self) -> Result<BTreeSet<LogId>, StoreError> {
        let left = self.query(
            "SELECT id FROM log WHERE own = 1 AND (returned = 1
               OR EXISTS (SELECT 1 FROM branch WHERE branch.log_no = log.log_no AND branch > 0))",
            [],
            |row| Ok(LogId(row.get(0)?)),
        )?;
        Ok(left.into_iter().chain(self.behind_the_mark().iter().copied()).collect())
    }

    /// Whether entries of one of this device's logs came from outside: it was restored, or there are two of it.
    pub fn has_returned(&self, log: LogId) -> Result<bool, StoreError> {
        let returned = self
            .connection()
            .prepare_cached("SELECT returned FROM log WHERE id = ?1 AND own = 1")?
            .query_row([log.0], |row| row.get(0))
            .optional()?;
        Ok(returned.unwrap_or(false))
    }
}
