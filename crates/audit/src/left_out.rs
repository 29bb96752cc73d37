//! The section `left_out`: the entries that have no effect, and why.
//!
//! One CBOR array, ordered by space, log, sequence number and hash, of
//! `[unit, channel, log, seq, hash, kind, time, state, reason or null]`. Verifying compares everything but the
//! reason: its words are for people, and another version of linli may choose others.

use linli_store::Replica;
use linli_wire::{Channel, DecodeError, EntryHash, LogId, Reader, Space, Writer, limits::FIELD_BYTES_MAX};

use crate::{error::SnapshotError, manifest::read_unit};

pub(crate) const NAME: &str = "left_out";
/// The fewest bytes that one entry of the list takes.
const ITEM_BYTES_MIN: usize = 80;
/// Bytes of the name of a state.
const STATE_BYTES_MAX: usize = 64;

/// An entry without effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub space: Space,
    pub log: LogId,
    pub seq: u64,
    pub hash: EntryHash,
    pub kind: u64,
    /// The device's clock, in milliseconds.
    pub time_ms: i64,
    /// `refused`, `pending`, `quarantined` …
    pub state: String,
    pub reason: Option<String>,
}

impl LeftOut {
    fn order(&self) -> (&Space, LogId, u64, EntryHash) {
        (&self.space, self.log, self.seq, self.hash)
    }

    fn same(&self, other: &Self) -> bool {
        self.order() == other.order()
            && (self.kind, self.time_ms, &self.state) == (other.kind, other.time_ms, &other.state)
    }
}

/// What a materialised replica leaves out, in order.
pub(crate) fn list(replica: &Replica) -> Result<Vec<LeftOut>, SnapshotError> {
    let entries = replica.left_out()?;
    let mut list: Vec<LeftOut> = entries
        .into_iter()
        .map(|entry| LeftOut {
            space: entry.space,
            log: entry.log,
            seq: entry.seq,
            hash: entry.hash,
            kind: entry.kind.code(),
            time_ms: entry.time.0,
            state: entry.state.as_str().to_owned(),
            reason: entry.reason,
        })
        .collect();
    list.sort_by(|a, b| a.order().cmp(&b.order()));
    Ok(list)
}

pub(crate) fn encode(list: &[LeftOut]) -> Vec<u8> {
    let mut w = Writer::new();
    w.array(list.len());
    for entry in list {
        w.array(9).text(entry.space.unit.as_str()).uint(u64::from(entry.space.channel.code()));
        w.bytes(entry.log.as_bytes()).uint(entry.seq).bytes(entry.hash.as_bytes());
        w.uint(entry.kind).int(entry.time_ms).text(&entry.state);
        match &entry.reason {
            Some(reason) => w.text(shortened(reason)),
            None => w.null(),
        };
    }
    w.finish()
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<LeftOut>, SnapshotError> {
    let read = Reader::whole(bytes, |r| {
        let count = r.array("entries without effect", bytes.len() / ITEM_BYTES_MIN)?;
        (0..count).map(|_| read_one(r)).collect::<Result<Vec<_>, _>>()
    });
    read.map_err(|error| SnapshotError::content(NAME, error))
}

/// Compares the list of a snapshot with what follows from its entries, and returns the latter.
pub(crate) fn compare(replica: &Replica, bytes: &[u8]) -> Result<Vec<LeftOut>, SnapshotError> {
    let (found, expected) = (decode(bytes)?, list(replica)?);
    for at in 0..found.len().max(expected.len()) {
        let first = match (found.get(at), expected.get(at)) {
            (Some(one), Some(other)) if one.same(other) => continue,
            (Some(one), Some(other)) => Some(if one.order() <= other.order() { one } else { other }),
            (one, other) => one.or(other),
        };
        if let Some(LeftOut { log, seq, hash, .. }) = first {
            return Err(SnapshotError::LeftOutDiffers { log: *log, seq: *seq, hash: *hash });
        }
    }
    Ok(expected)
}

fn read_one(r: &mut Reader<'_>) -> Result<LeftOut, DecodeError> {
    r.array_of(9)?;
    let unit = read_unit(r)?;
    let value = r.uint()?;
    let channel = Channel::from_code(value).ok_or(DecodeError::Unknown { what: "a channel", value })?;
    Ok(LeftOut {
        space: Space::new(unit, channel),
        log: LogId(r.bytes_of()?),
        seq: r.uint()?,
        hash: EntryHash(r.bytes_of()?),
        kind: r.uint()?,
        time_ms: r.int()?,
        state: r.text("a state", STATE_BYTES_MAX)?.to_owned(),
        reason: if r.null()? { None } else { Some(r.text("a reason", FIELD_BYTES_MAX)?.to_owned()) },
    })
}

/// A reason that fits what a reader takes.
fn shortened(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(FIELD_BYTES_MAX)]
}
