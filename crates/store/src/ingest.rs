//! Storing what came: a segment is checked against the logs that are here, stored as it came, and
//! its entries are left for the materialiser.

use linli_log::{
    Entry, Head, Kind, Position, RawSegment, SegmentError, VerifiedSegment, compact,
    entry::Payload,
    fact::{Body, Genesis},
};
use linli_wire::{DeviceKey, Digest, EntryHash, LogId, RealmId, Space};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    erasure::{self, Erasures},
    error::StoreError,
    held, parallel,
    query::EntryState,
    receipts, spaces, unindexed,
};

/// What became of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// All or some of its entries were new. `parent` is what the segment's first entry follows.
    New { space: Space, log: LogId, parent: Option<Head>, head: Head },
    /// Everything in it was here.
    Known { space: Space, log: LogId, parent: Option<Head>, head: Head },
    /// It follows an entry that is not here, and was not stored: it may come again after that.
    Early { log: LogId, seq: u64, reason: &'static str },
    /// It was not stored. A refusal is `lasting` if this program would decline the same at any other time.
    Declined { log: Option<LogId>, seq: u64, lasting: bool, reason: String },
}

/// A log as the database knows it.
pub(crate) struct LogRow {
    pub log_no: i64,
    pub space_no: i64,
    pub device: DeviceKey,
}

pub(crate) fn find_log(connection: &Connection, log: LogId) -> Result<Option<LogRow>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT log_no, space_no, device FROM log WHERE id = ?1")?
        .query_row([log.0], |row| {
            Ok(LogRow { log_no: row.get(0)?, space_no: row.get(1)?, device: DeviceKey(row.get(2)?) })
        })
        .optional()?)
}

/// Adds a log from its genesis.
pub(crate) fn insert_log(
    connection: &Connection,
    log: LogId,
    genesis: &Genesis,
    own: bool,
) -> Result<LogRow, StoreError> {
    let space_no = spaces::number(connection, &genesis.space)?;
    connection
        .prepare_cached(
            "INSERT INTO log(id, space_no, device, grant_hash, genesis, own) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            log.0,
            space_no,
            genesis.device.0,
            genesis.grant.map(|g| g.0),
            genesis.encode(),
            own
        ])?;
    Ok(LogRow { log_no: connection.last_insert_rowid(), space_no, device: genesis.device })
}

/// Whether an entry with this hash stands at this place, and on which branch.
pub(crate) fn find_entry(
    connection: &Connection,
    log_no: i64,
    head: Head,
) -> Result<Option<(i64, i64)>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT entry_no, branch FROM entry WHERE log_no = ?1 AND seq = ?2 AND hash = ?3")?
        .query_row(params![log_no, head.seq, head.hash.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

const NO_BEGINNING: &str = "the log's beginning is not here; send it first";

/// Bytes of a segment, in compact form, that take a thread longer to read than to begin.
const LARGE_BYTES: usize = 8 << 10;

/// Stores segments in their order, within the caller's transaction. `allowed` says which spaces this replica
/// keeps; `realm` is the only realm whose logs it takes, and `me` this device.
pub(crate) fn store_all(
    connection: &Connection,
    realm: Option<RealmId>,
    me: DeviceKey,
    segments: Vec<Vec<u8>>,
    allowed: &dyn Fn(&Space) -> bool,
) -> Result<Vec<Stored>, StoreError> {
    let len_bytes: usize = segments.iter().map(Vec::len).sum();
    let large = len_bytes >= LARGE_BYTES * segments.len();
    let grain = if large { parallel::LARGE } else { parallel::SMALL };
    let mut stored = Vec::with_capacity(segments.len());
    let read = |bytes: Vec<u8>| (compact::decode(&bytes), bytes);
    parallel::in_order(grain, segments, read, |(raw, bytes)| {
        stored.push(match raw {
            Ok(raw) => store(connection, realm, me, raw, bytes, allowed)?,
            Err(error) => declined(None, 0, &error),
        });
        Ok::<_, StoreError>(())
    })?;
    Ok(stored)
}

fn store(
    connection: &Connection,
    realm: Option<RealmId>,
    me: DeviceKey,
    raw: RawSegment,
    bytes: Vec<u8>,
    allowed: &dyn Fn(&Space) -> bool,
) -> Result<Stored, StoreError> {
    let log = raw.log;
    let first_seq = raw.entries.first().map_or(0, |e| e.header().seq);
    let known = find_log(connection, log)?;
    let segment = match raw.verify(known.as_ref().map(|k| k.device)) {
        Ok(segment) => segment,
        Err(SegmentError::BrokenChain { .. }) if known.is_none() => {
            return Ok(Stored::Early { log, seq: first_seq, reason: NO_BEGINNING });
        }
        Err(error) => return Ok(declined(Some(log), first_seq, &error)),
    };
    let decline = |lasting: bool, reason: &str| {
        Ok(Stored::Declined { log: Some(log), seq: first_seq, lasting, reason: reason.to_owned() })
    };
    let space = match (&known, segment.genesis()) {
        (Some(known), _) => spaces::by_number(connection, known.space_no)?,
        (None, Some(genesis)) => genesis.space.clone(),
        (None, None) => return Ok(Stored::Early { log, seq: first_seq, reason: NO_BEGINNING }),
    };
    if !allowed(&space) {
        return decline(false, &format!("{space} is not shared here"));
    }
    if segment.genesis().is_some_and(|g| g.root.is_some()) && realm != Some(RealmId::from(log)) {
        return decline(true, "the log is the root of another realm");
    }
    let known = if let Some(known) = known {
        known
    } else {
        let genesis = segment.genesis().expect("asked above");
        insert_log(connection, log, genesis, genesis.device == me)?
    };
    let stored = append(connection, me, &known, &segment, bytes, space)?;
    if known.device == me && matches!(stored, Stored::New { .. }) {
        // Another state of this device wrote that: it was restored, or cloned. It goes on in a new log.
        connection
            .prepare_cached("UPDATE log SET returned = 1 WHERE log_no = ?1")?
            .execute([known.log_no])?;
    }
    Ok(stored)
}

/// Stores what is new of a verified segment.
fn append(
    connection: &Connection,
    me: DeviceKey,
    log: &LogRow,
    segment: &VerifiedSegment,
    bytes: Vec<u8>,
    space: Space,
) -> Result<Stored, StoreError> {
    let head = segment.head();
    let parent = segment.parent().map(|hash| Head { seq: segment.first_seq() - 1, hash });
    // What was erased is not kept again, whoever sends it.
    let erasures = Erasures::of(connection, log.space_no)?;
    let may_wait = log.device != me && erasures.is_empty();
    if may_wait && unindexed::store(connection, log, segment, &bytes)? {
        return Ok(Stored::New { space, log: segment.log(), parent, head });
    }
    unindexed::settle(connection)?;
    let entries = segment.entries();
    let mut known = 0;
    for entry in entries {
        let at = Head { seq: entry.header().seq, hash: entry.hash() };
        if find_entry(connection, log.log_no, at)?.is_none() {
            break;
        }
        known += 1;
    }
    if known == entries.len() {
        return Ok(Stored::Known { space, log: segment.log(), parent, head });
    }
    let new = &entries[known..];
    let first_seq = new[0].header().seq;
    let rest = || RawSegment { log: segment.log(), entries: new.to_vec(), seal: segment.seal() };
    let bytes = match (erasures.strip(&rest()), known) {
        (Some(stripped), _) => compact::encode(&stripped, compact::LEVEL_FAST),
        (None, 0) => bytes,
        (None, _) => compact::encode(&rest(), compact::LEVEL_FAST),
    };
    let Some(place) = find_place(connection, log.log_no, &new[0])? else {
        let reason = "the entry before it is not here; send that first";
        return Ok(Stored::Early { log: segment.log(), seq: first_seq, reason });
    };
    let segment_no = insert_segment(connection, log.log_no, first_seq, head.seq, &bytes)?;
    let branch = begin_branch(connection, log.log_no, place)?;
    insert_run(connection, log.log_no, branch, new, Some(segment_no), EntryState::New)?;
    advance(connection, log, branch, head)?;
    Ok(Stored::New { space, log: segment.log(), parent, head })
}

/// Makes the index of a run of entries whose segment is stored already.
pub(crate) fn index(
    connection: &Connection,
    log: &LogRow,
    entries: &[Entry],
    segment_no: Option<i64>,
    state: EntryState,
) -> Result<(), StoreError> {
    let Some(first) = entries.first() else { return Ok(()) };
    let place = find_place(connection, log.log_no, first)?
        .ok_or_else(|| StoreError::Corrupt("a segment whose place is missing".to_owned()))?;
    let branch = begin_branch(connection, log.log_no, place)?;
    insert_run(connection, log.log_no, branch, entries, segment_no, state)
}

fn insert_run(
    connection: &Connection,
    log_no: i64,
    branch: i64,
    entries: &[Entry],
    segment_no: Option<i64>,
    state: EntryState,
) -> Result<(), StoreError> {
    for entry in entries {
        let entry_no = insert_entry(connection, log_no, branch, segment_no, entry, state)?;
        note_fact(connection, entry_no, entry)?;
    }
    Ok(())
}

/// Where a run of entries goes.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// The log begins with it.
    Trunk,
    /// It continues a branch at its end.
    On(i64),
    /// Its parent, on that branch, has another successor already.
    Off { parent: i64, base_seq: u64, branch: i64 },
}

/// Where a run that begins with `first` goes; `None` while what it follows is not here. A log has as many
/// branches as come: to leave one out would let replicas that met them in another order differ for ever.
fn find_place(connection: &Connection, log_no: i64, first: &Entry) -> Result<Option<Place>, StoreError> {
    let Some(hash) = first.header().parent else { return Ok(Some(Place::Trunk)) };
    let base_seq = first.header().seq - 1;
    let Some((_, parent)) = find_entry(connection, log_no, Head { seq: base_seq, hash })? else {
        return Ok(None);
    };
    let last_seq: u64 = connection
        .prepare_cached("SELECT MAX(seq) FROM entry WHERE log_no = ?1 AND branch = ?2")?
        .query_row(params![log_no, parent], |row| row.get(0))?;
    if last_seq == base_seq {
        return Ok(Some(Place::On(parent)));
    }
    let branch: i64 = connection
        .prepare_cached("SELECT MAX(branch) + 1 FROM branch WHERE log_no = ?1")?
        .query_row([log_no], |row| row.get(0))?;
    Ok(Some(Place::Off { parent, base_seq, branch }))
}

/// The branch that a place is on, begun if it is a new one.
fn begin_branch(connection: &Connection, log_no: i64, place: Place) -> Result<i64, StoreError> {
    let (branch, parent, base_seq) = match place {
        Place::On(branch) => return Ok(branch),
        Place::Trunk => (0, None, None),
        Place::Off { parent, base_seq, branch } => (branch, Some(parent), Some(base_seq)),
    };
    connection
        .prepare_cached(
            "INSERT INTO branch(log_no, branch, parent, base_seq, last_seq, last_hash) VALUES (?1, ?2, ?3, ?4, -1, x'')",
        )?
        .execute(params![log_no, branch, parent, base_seq])?;
    Ok(branch)
}

pub(crate) fn insert_segment(
    connection: &Connection,
    log_no: i64,
    first_seq: u64,
    last_seq: u64,
    bytes: &[u8],
) -> Result<i64, StoreError> {
    connection
        .prepare_cached("INSERT INTO segment(log_no, first_seq, last_seq, bytes) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![log_no, first_seq, last_seq, bytes])?;
    Ok(connection.last_insert_rowid())
}

pub(crate) fn insert_entry(
    connection: &Connection,
    log_no: i64,
    branch: i64,
    segment_no: Option<i64>,
    entry: &Entry,
    state: EntryState,
) -> Result<i64, StoreError> {
    let header = entry.header();
    connection
        .prepare_cached(
            "INSERT INTO entry(log_no, seq, hash, branch, segment_no, kind, time, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            log_no,
            header.seq,
            entry.hash().0,
            branch,
            segment_no,
            header.kind.code() as i64,
            header.time.0,
            state as i64
        ])?;
    Ok(connection.last_insert_rowid())
}

/// Whether entries of a kind have an effect as soon as they are stored.
pub(crate) const fn is_fact(kind: Kind) -> bool {
    matches!(kind, Kind::Grant | Kind::Revoke | Kind::Receipt | Kind::Rotate | Kind::Alias | Kind::Erase)
}

/// Takes facts of trust out of the entry. The body of one that cannot be read has no effect.
pub(crate) fn note_fact(connection: &Connection, entry_no: i64, entry: &Entry) -> Result<(), StoreError> {
    let header = entry.header();
    if is_fact(header.kind) && header.kind != Kind::Erase {
        connection
            .prepare_cached("INSERT INTO fact(entry_no, kind, body) VALUES (?1, ?2, ?3)")?
            .execute(params![entry_no, header.kind.code() as i64, header.body])?;
    }
    match header.kind {
        Kind::Receipt => receipts::note(connection, entry_no, entry)?,
        Kind::Erase => erasure::note(connection, entry_no, entry)?,
        Kind::Changes => held::note(connection, entry_no, entry)?,
        _ => {}
    }
    Ok(())
}

/// Moves the end of a branch to `head` and makes the space's digest due.
pub(crate) fn advance(
    connection: &Connection,
    log: &LogRow,
    branch: i64,
    head: Head,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE branch SET last_seq = ?3, last_hash = ?4 WHERE log_no = ?1 AND branch = ?2")?
        .execute(params![log.log_no, branch, head.seq, head.hash.0])?;
    spaces::touch(connection, log.space_no)
}

/// Where an entry row stands.
pub(crate) fn position(log: LogId, seq: u64, hash: [u8; 32]) -> Position {
    Position { log, seq, hash: EntryHash(hash) }
}

/// Stands where the length of a payload would: its content was erased and its digest follows.
const ABSENT: u64 = u64::MAX;

/// The payloads of an entry as the tail keeps them: each with its length before it.
pub(crate) fn encode_payloads(entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::new();
    for payload in entry.payloads() {
        match payload {
            Payload::Chunk(chunk) => {
                bytes.extend_from_slice(&(chunk.len() as u64).to_be_bytes());
                bytes.extend_from_slice(chunk);
            }
            Payload::Absent(digest) => {
                bytes.extend_from_slice(&ABSENT.to_be_bytes());
                bytes.extend_from_slice(digest.as_bytes());
            }
        }
    }
    bytes
}

pub(crate) fn decode_payloads(mut bytes: &[u8]) -> Option<Vec<Payload>> {
    let mut payloads = Vec::new();
    while let Some((len, rest)) = bytes.split_first_chunk::<8>() {
        match u64::from_be_bytes(*len) {
            ABSENT => {
                let (digest, rest) = rest.split_first_chunk()?;
                payloads.push(Payload::Absent(Digest(*digest)));
                bytes = rest;
            }
            len => {
                let (chunk, rest) = rest.split_at_checked(usize::try_from(len).ok()?)?;
                payloads.push(Payload::Chunk(chunk.to_vec()));
                bytes = rest;
            }
        }
    }
    bytes.is_empty().then_some(payloads)
}

fn declined(log: Option<LogId>, seq: u64, error: &SegmentError) -> Stored {
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        reason = format!("{reason}: {cause}");
        source = cause.source();
    }
    Stored::Declined { log, seq, lasting: true, reason }
}
