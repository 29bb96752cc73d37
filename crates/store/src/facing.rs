//! The replica as one peer is to see it: without the logs that either of the two has declined for good.

use std::collections::{BTreeMap, BTreeSet};

use linli_log::{Head, SpaceFrontier};
use linli_sync::{Holdings, Kept, Missing, Side, Stored};
use linli_wire::{DeviceKey, Digest, LogId, Space};
use rusqlite::{Connection, params};

use crate::{error::StoreError, ingest::find_log, replica::Replica, spaces};

/// This program and its version, as it is told to peers. Refusals are forgotten when it changes.
pub const PROGRAM: &str = concat!("linli ", env!("CARGO_PKG_VERSION"));

/// Refusals that are kept for one peer. Past them a refusal is forgotten with its session.
pub const DECLINED_KEPT_MAX: usize = 4096;

/// A refusal that is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declined {
    pub peer: DeviceKey,
    /// Whether the peer declined it, or this replica.
    pub by: Side,
    pub log: LogId,
    /// The first entry that was not taken.
    pub seq: u64,
    pub reason: String,
}

/// See [`Replica::facing`].
#[derive(Debug)]
pub struct Facing<'r> {
    replica: &'r mut Replica,
    peer: DeviceKey,
}

impl Replica {
    /// This replica as `peer` is to see it.
    pub fn facing(&mut self, peer: DeviceKey) -> Facing<'_> {
        Facing { replica: self, peer }
    }

    /// Remembers a lasting refusal. `program` is that of the side that declined.
    pub fn remember_declined(&mut self, declined: &Declined, program: &str) -> Result<(), StoreError> {
        let Declined { peer, by, log, seq, reason } = declined;
        let kept: usize = self
            .connection()
            .prepare_cached("SELECT COUNT(*) FROM declined WHERE peer = ?1")?
            .query_row([peer.0], |row| row.get(0))?;
        if kept >= DECLINED_KEPT_MAX {
            return Ok(());
        }
        self.connection()
            .prepare_cached("INSERT OR REPLACE INTO declined VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![peer.0, log.0, *by == Side::Theirs, seq, reason, program])?;
        Ok(())
    }

    /// Every refusal that is remembered.
    pub fn declined(&self) -> Result<Vec<Declined>, StoreError> {
        let mut statement = self
            .connection()
            .prepare_cached("SELECT peer, log, by_peer, seq, reason FROM declined ORDER BY peer, log")?;
        let rows = statement.query_map([], |row| {
            let by = if row.get(2)? { Side::Theirs } else { Side::Ours };
            let (peer, log) = (DeviceKey(row.get(0)?), LogId(row.get(1)?));
            Ok(Declined { peer, by, log, seq: row.get(3)?, reason: row.get(4)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Facing<'_> {
    fn left_out(&self) -> Result<BTreeSet<LogId>, StoreError> {
        left_out(self.replica.connection(), self.peer)
    }
}

/// The logs that are left out for a peer. What this replica declined under another program is not: it
/// may be taken now.
fn left_out(connection: &Connection, peer: DeviceKey) -> Result<BTreeSet<LogId>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT log FROM declined WHERE peer = ?1 AND (by_peer OR program = ?2)")?;
    let logs = statement.query_map(params![peer.0, PROGRAM], |row| Ok(LogId(row.get(0)?)))?;
    Ok(logs.collect::<Result<_, _>>()?)
}

impl Holdings for Facing<'_> {
    type Error = StoreError;

    fn meet(&mut self, program: &str) -> Result<(), StoreError> {
        let forget =
            "DELETE FROM declined WHERE peer = ?1 AND program <> CASE WHEN by_peer THEN ?2 ELSE ?3 END";
        self.replica.connection().prepare_cached(forget)?.execute(params![self.peer.0, program, PROGRAM])?;
        Ok(())
    }

    fn digests(&mut self, wanted: &dyn Fn(&Space) -> bool) -> Result<BTreeMap<Space, Digest>, StoreError> {
        let mut digests = Holdings::digests(self.replica, wanted)?;
        let mut spaces = BTreeSet::new();
        for log in self.left_out()? {
            if let Some(row) = find_log(self.replica.connection(), log)? {
                spaces.insert(spaces::by_number(self.replica.connection(), row.space_no)?);
            }
        }
        for space in spaces {
            if digests.remove(&space).is_some() {
                let frontier = self.frontier(&space)?;
                if !frontier.0.is_empty() {
                    digests.insert(space, frontier.digest());
                }
            }
        }
        Ok(digests)
    }

    fn frontier(&mut self, space: &Space) -> Result<SpaceFrontier, StoreError> {
        let mut frontier = self.replica.frontier(space)?;
        for log in self.left_out()? {
            frontier.0.remove(&log);
        }
        Ok(frontier)
    }

    fn knows(&mut self, log: LogId, head: &Head) -> Result<bool, StoreError> {
        self.replica.knows(log, head)
    }

    fn missing(&mut self, log: LogId, theirs: &[Head], bytes_max: usize) -> Result<Missing, StoreError> {
        if self.left_out()?.contains(&log) {
            return Ok(Missing { segments: Vec::new(), heads: theirs.to_vec(), more: false });
        }
        self.replica.missing(log, theirs, bytes_max)
    }

    fn store(
        &mut self,
        segments: Vec<Vec<u8>>,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Vec<Stored>, StoreError> {
        Holdings::store(self.replica, segments, allowed)
    }

    fn wanted(
        &mut self,
        not: &dyn Fn(&Digest) -> bool,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Option<(Digest, u64)>, StoreError> {
        let wanted = self.replica.attachment_wanted(not, allowed)?;
        Ok(wanted.map(|(hash, from)| (Digest(hash), from)))
    }

    fn piece(
        &mut self,
        file: &Digest,
        from: u64,
        bytes_max: usize,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.replica.attachment_piece(&file.0, from, bytes_max, allowed)
    }

    fn keep(&mut self, file: &Digest, from: u64, bytes: &[u8]) -> Result<Kept, StoreError> {
        self.replica.keep_piece(&file.0, from, bytes)
    }
}
