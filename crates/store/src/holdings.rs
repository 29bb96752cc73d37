//! The replica as a session sees it.

use std::collections::{BTreeMap, BTreeSet};

use linli_log::{Head, SpaceFrontier, compact};
use linli_sync::{Holdings, Kept, Missing, Stored as SyncStored};
use linli_wire::{Digest, LogId, Space};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    error::StoreError,
    ingest::{Stored, find_entry, find_log},
    query,
    replica::Replica,
    spaces,
};

impl Holdings for Replica {
    type Error = StoreError;

    /// Nothing is left out for a peer that nobody named; see [`Replica::facing`].
    fn meet(&mut self, _program: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn digests(&mut self, wanted: &dyn Fn(&Space) -> bool) -> Result<BTreeMap<Space, Digest>, StoreError> {
        let mut digests = spaces::digests(self.connection())?;
        digests.retain(|space, _| wanted(space));
        Ok(digests)
    }

    fn frontier(&mut self, space: &Space) -> Result<SpaceFrontier, StoreError> {
        match spaces::find(self.connection(), space)? {
            Some(space_no) => spaces::frontier(self.connection(), space_no),
            None => Ok(SpaceFrontier::default()),
        }
    }

    fn knows(&mut self, log: LogId, head: &Head) -> Result<bool, StoreError> {
        let Some(row) = find_log(self.connection(), log)? else { return Ok(false) };
        let ends_with = self
            .connection()
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM branch WHERE log_no = ?1 AND last_seq = ?2 AND last_hash = ?3)",
            )?
            .query_row(params![row.log_no, head.seq, head.hash.0], |row| row.get(0))?;
        Ok(ends_with || find_entry(self.indexed()?, row.log_no, *head)?.is_some())
    }

    fn missing(&mut self, log: LogId, theirs: &[Head], bytes_max: usize) -> Result<Missing, StoreError> {
        let level = self.level();
        missing(self.indexed()?, log, theirs, bytes_max, level)
    }

    fn store(
        &mut self,
        segments: Vec<Vec<u8>>,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Vec<SyncStored>, StoreError> {
        let stored = self.store(segments, allowed)?;
        let outcome = |stored| match stored {
            Stored::New { space, log, parent, head } => SyncStored::New { space, log, parent, head },
            Stored::Known { space, log, parent, head } => SyncStored::Known { space, log, parent, head },
            Stored::Early { log, seq, reason } => {
                SyncStored::Declined { log: Some(log), seq, lasting: false, reason: reason.to_owned() }
            }
            Stored::Declined { log, seq, lasting, reason } => {
                SyncStored::Declined { log, seq, lasting, reason }
            }
        };
        Ok(stored.into_iter().map(outcome).collect())
    }

    fn wanted(
        &mut self,
        not: &dyn Fn(&Digest) -> bool,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Option<(Digest, u64)>, StoreError> {
        let wanted = self.attachment_wanted(not, allowed)?;
        Ok(wanted.map(|(hash, from)| (Digest(hash), from)))
    }

    fn piece(
        &mut self,
        file: &Digest,
        from: u64,
        bytes_max: usize,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.attachment_piece(&file.0, from, bytes_max, allowed)
    }

    fn keep(&mut self, file: &Digest, from: u64, bytes: &[u8]) -> Result<Kept, StoreError> {
        self.keep_piece(&file.0, from, bytes)
    }
}

/// A branch of a log, as far as the peer may have it.
struct Branch {
    parent: Option<(i64, i64)>,
    last: Head,
    /// The greatest sequence number on this branch that the peer has; -1 for none.
    has: i64,
}

/// The next segments of a log that a peer with these heads lacks.
pub(crate) fn missing(
    connection: &Connection,
    log: LogId,
    theirs: &[Head],
    bytes_max: usize,
    level: i32,
) -> Result<Missing, StoreError> {
    let mut missing = Missing { segments: Vec::new(), heads: theirs.to_vec(), more: false };
    let Some(row) = find_log(connection, log)? else { return Ok(missing) };
    let mut branches = branches(connection, row.log_no)?;
    for head in theirs {
        if let Some((_, branch)) = find_entry(connection, row.log_no, *head)? {
            mark_held(&mut branches, branch, head.seq as i64);
        }
    }
    // Where a log never forked, all of its segments are on the trunk.
    let trunk = (branches.len() == 1).then(|| branches.keys().next().copied()).flatten();
    let has = branches.values().map(|branch| branch.has).min().unwrap_or(-1);
    let mut statement = connection.prepare_cached(
        "SELECT segment_no, first_seq, last_seq, packed_bytes > 0 FROM segment
         WHERE log_no = ?1 AND last_seq > ?2 ORDER BY first_seq, segment_no",
    )?;
    let mut rows = statement.query(params![row.log_no, has])?;
    let mut len_bytes = 0;
    while let Some(row) = rows.next()? {
        let (segment_no, first_seq, last_seq): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let packed_hard: bool = row.get(3)?;
        let on = match trunk {
            Some(trunk) => Some(trunk),
            None => branch_of(connection, segment_no)?,
        };
        let Some(branch) = on.and_then(|on| branches.get_mut(&on)) else { continue };
        if last_seq <= branch.has {
            continue;
        }
        if len_bytes >= bytes_max {
            missing.more = true;
            break;
        }
        let skip = (branch.has + 1 - first_seq).max(0) as usize;
        let mut bytes = suffix(connection, segment_no, skip, level)?;
        if level > compact::LEVEL_FAST && skip == 0 && !packed_hard {
            let harder = compact::repack(&bytes, level)?;
            if harder.len() < bytes.len() {
                bytes = harder;
            }
        }
        len_bytes += bytes.len();
        branch.has = last_seq;
        missing.segments.push(bytes);
    }
    missing.heads = heads(connection, row.log_no, &branches)?;
    Ok(missing)
}

/// The branch that a segment is on: a seal vouches for a chain, so all of its entries are on one.
fn branch_of(connection: &Connection, segment_no: i64) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT branch FROM entry WHERE segment_no = ?1 LIMIT 1")?
        .query_row([segment_no], |row| row.get(0))
        .optional()?)
}

fn branches(connection: &Connection, log_no: i64) -> Result<BTreeMap<i64, Branch>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT branch, parent, base_seq, last_seq, last_hash FROM branch WHERE log_no = ?1 AND last_seq >= 0",
    )?;
    let rows = statement.query_map([log_no], |row| {
        let parent = match (row.get(1)?, row.get(2)?) {
            (Some(parent), Some(base)) => Some((parent, base)),
            _ => None,
        };
        let last = Head { seq: row.get(3)?, hash: linli_wire::EntryHash(row.get(4)?) };
        Ok((row.get(0)?, Branch { parent, last, has: -1 }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The peer has this branch up to `seq`, and the branches below it up to where each leaves.
fn mark_held(branches: &mut BTreeMap<i64, Branch>, branch: i64, seq: i64) {
    let mut next = Some((branch, seq));
    while let Some((number, seq)) = next {
        let Some(branch) = branches.get_mut(&number) else { return };
        if branch.has >= seq {
            // So it was marked before, and with it what lies below.
            return;
        }
        branch.has = seq;
        next = branch.parent;
    }
}

/// The heads that a peer has who has each branch this far.
fn heads(
    connection: &Connection,
    log_no: i64,
    branches: &BTreeMap<i64, Branch>,
) -> Result<Vec<Head>, StoreError> {
    let left: BTreeSet<(i64, i64)> =
        branches.values().filter(|branch| branch.has >= 0).filter_map(|branch| branch.parent).collect();
    let mut heads = Vec::new();
    for (number, branch) in branches {
        if branch.has < 0 {
            continue;
        }
        if branch.has as u64 >= branch.last.seq {
            heads.push(branch.last);
            continue;
        }
        let hash: [u8; 32] = connection
            .prepare_cached("SELECT hash FROM entry WHERE log_no = ?1 AND branch = ?2 AND seq = ?3")?
            .query_row(params![log_no, number, branch.has], |row| row.get(0))?;
        if !left.contains(&(*number, branch.has)) {
            heads.push(Head { seq: branch.has as u64, hash: linli_wire::EntryHash(hash) });
        }
    }
    heads.sort_unstable();
    Ok(heads)
}

/// A stored segment without its first `skip` entries: its seal vouches for the rest as well.
fn suffix(connection: &Connection, segment_no: i64, skip: usize, level: i32) -> Result<Vec<u8>, StoreError> {
    if skip == 0 {
        return Ok(connection
            .prepare_cached("SELECT bytes FROM segment WHERE segment_no = ?1")?
            .query_row([segment_no], |row| row.get(0))?);
    }
    let bytes: Vec<u8> = connection
        .prepare_cached("SELECT bytes FROM segment WHERE segment_no = ?1")?
        .query_row([segment_no], |row| row.get(0))?;
    let rest = compact::decode(&bytes)?
        .suffix(skip)
        .ok_or_else(|| StoreError::Corrupt(format!("the index of segment {segment_no}")))?;
    Ok(compact::encode(&rest, level))
}

/// Checks what is stored of each segment against its hashes and seal, for `linli doctor`.
pub(crate) fn verify_all(connection: &Connection) -> Result<usize, StoreError> {
    let mut statement = connection.prepare(
        "SELECT s.segment_no, log.device FROM segment s JOIN log USING (log_no) ORDER BY s.segment_no",
    )?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, i64>(0)?, linli_wire::DeviceKey(row.get(1)?))))?
        .collect::<Result<Vec<_>, _>>()?;
    let count = rows.len();
    for (segment_no, device) in rows {
        let bytes: Vec<u8> = connection
            .prepare_cached("SELECT bytes FROM segment WHERE segment_no = ?1")?
            .query_row([segment_no], |row| row.get(0))?;
        compact::decode(&bytes)?.verify(Some(device))?;
        let entries = query::segment_entries(connection, segment_no)?;
        let stored: i64 = connection
            .prepare_cached("SELECT COUNT(*) FROM entry WHERE segment_no = ?1")?
            .query_row([segment_no], |row| row.get(0))?;
        if stored as usize != entries.len() {
            return Err(StoreError::Corrupt(format!("the index of segment {segment_no}")));
        }
    }
    Ok(count)
}
