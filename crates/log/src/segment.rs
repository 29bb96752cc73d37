//! Segments: a run of entries along one branch of a log, ended by a seal. The unit of transfer,
//! storage and relay.

use linli_wire::{
    DecodeError, DeviceKey, Digest, DocId, EntryHash, LogId, Reader, Writer,
    cbor::head_len,
    limits::{
        COMPACT_BYTES_MAX, ENTRY_BYTES_MAX, ENTRY_CHANGES_MAX, SEGMENT_BYTES_MAX, SEGMENT_FILL_ENTRIES,
    },
};
use thiserror::Error;

use crate::{
    entry::{Entry, EntryError, Payload},
    fact::{Body, Genesis},
    frontier::Head,
    seal::{Seal, SealError},
};

/// The version of the segment format.
const SEGMENT_VERSION: u64 = 1;
/// Entries that a reader takes in one segment: a full one and what was merged onto it.
pub const SEGMENT_ENTRIES_MAX: usize = 4 * SEGMENT_FILL_ENTRIES;

/// Why bytes are not a segment that may be stored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SegmentError {
    #[error("the segment has {0} bytes, more than the limit of {SEGMENT_BYTES_MAX}")]
    TooLarge(usize),
    #[error("the compact segment has {0} bytes, more than the limit of {COMPACT_BYTES_MAX}")]
    CompactTooLarge(usize),
    #[error("the segment is damaged: {0}")]
    Damaged(String),
    #[error("the segment cannot be read")]
    Decode(#[from] DecodeError),
    #[error("an entry of the segment cannot be read")]
    Entry(#[from] EntryError),
    #[error("the segment has no entries")]
    Empty,
    #[error("the chain of log {log} is broken at entry {seq}: it does not follow the entry before it")]
    BrokenChain { log: LogId, seq: u64 },
    #[error("the genesis of log {0} cannot be read")]
    Genesis(LogId, #[source] DecodeError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// A segment whose parts parse. Nothing is known yet of who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawSegment {
    pub log: LogId,
    pub entries: Vec<Entry>,
    pub seal: Seal,
}

impl RawSegment {
    /// The canonical, uncompressed form: what snapshots carry.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.array(4).uint(SEGMENT_VERSION).bytes(self.log.as_bytes()).array(self.entries.len());
        for entry in &self.entries {
            w.array(2).bytes(entry.header_bytes()).array(entry.payloads().len());
            for payload in entry.payloads() {
                match payload {
                    Payload::Chunk(chunk) => w.bytes(chunk),
                    Payload::Absent(digest) => w.array(1).bytes(digest.as_bytes()),
                };
            }
        }
        w.bytes(&self.seal.signature);
        w.finish()
    }

    /// Bytes of the canonical form, without making it.
    pub fn encoded_len(&self) -> usize {
        let string = |len: usize| head_len(len as u64) + len;
        let entries: usize = self
            .entries
            .iter()
            .map(|entry| {
                let payloads: usize = entry
                    .payloads()
                    .iter()
                    .map(|p| p.chunk().map_or(1 + string(Digest::LEN), |chunk| string(chunk.len())))
                    .sum();
                1 + string(entry.header_bytes().len()) + head_len(entry.payloads().len() as u64) + payloads
            })
            .sum();
        2 + string(LogId::LEN)
            + head_len(self.entries.len() as u64)
            + entries
            + string(self.seal.signature.len())
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, SegmentError> {
        if bytes.len() > SEGMENT_BYTES_MAX {
            return Err(SegmentError::TooLarge(bytes.len()));
        }
        let (log, parts, seal) = Reader::whole(bytes, |r| {
            r.array_of(4)?;
            let version = r.uint()?;
            if version != SEGMENT_VERSION {
                return Err(DecodeError::Unknown { what: "the segment version", value: version });
            }
            let log = LogId(r.bytes_of()?);
            let count = r.array("entries in a segment", SEGMENT_ENTRIES_MAX)?;
            let parts = (0..count).map(|_| read_entry(r)).collect::<Result<Vec<_>, _>>()?;
            Ok((log, parts, Seal { signature: r.bytes_of()? }))
        })?;
        let entries = parts
            .into_iter()
            .map(|(header, payloads)| Entry::from_parts(header, payloads))
            .collect::<Result<_, _>>()?;
        Ok(Self { log, entries, seal })
    }

    /// The genesis that the segment begins with, if it does.
    pub fn genesis(&self) -> Result<Option<Genesis>, SegmentError> {
        match self.entries.first() {
            Some(first) if first.header().seq == 0 => Genesis::decode(&first.header().body)
                .map(Some)
                .map_err(|error| SegmentError::Genesis(self.log, error)),
            _ => Ok(None),
        }
    }

    /// The same segment without the content of the documents that `erased` names: its hashes and its seal
    /// stay. `None` where nothing of them is here.
    pub fn without(&self, erased: &dyn Fn(&DocId) -> bool) -> Option<Self> {
        let stripped: Vec<Option<Entry>> = self.entries.iter().map(|entry| entry.without(erased)).collect();
        if stripped.iter().all(Option::is_none) {
            return None;
        }
        let kept = stripped.into_iter().zip(&self.entries);
        let entries = kept.map(|(stripped, entry)| stripped.unwrap_or_else(|| entry.clone())).collect();
        Some(Self { log: self.log, entries, seal: self.seal })
    }

    /// The two as one segment, if `next` goes on where this one ends. The earlier seal goes: the later one
    /// vouches for everything before it. Nobody's hash changes.
    pub fn join(mut self, next: Self) -> Result<Self, SegmentError> {
        let (Some(last), Some(first)) = (self.entries.last(), next.entries.first()) else {
            return Err(SegmentError::Empty);
        };
        let follows = next.log == self.log
            && first.header().parent == Some(last.hash())
            && Some(first.header().seq) == last.header().seq.checked_add(1);
        if !follows {
            return Err(SegmentError::BrokenChain { log: next.log, seq: first.header().seq });
        }
        self.entries.extend(next.entries);
        self.seal = next.seal;
        Ok(self)
    }

    /// What is left after the first `skip` entries, under the same seal; `None` where nothing is.
    pub fn suffix(mut self, skip: usize) -> Option<Self> {
        if skip >= self.entries.len() {
            return None;
        }
        self.entries.drain(..skip);
        Some(self)
    }

    /// Checks the chain and the seal. `device` is the log's, from its genesis; a segment that begins
    /// with the genesis brings its own and `device` is then not asked.
    pub fn verify(self, device: Option<DeviceKey>) -> Result<VerifiedSegment, SegmentError> {
        let (Some(first), Some(last)) = (self.entries.first(), self.entries.last()) else {
            return Err(SegmentError::Empty);
        };
        let broken = |entry: &Entry| SegmentError::BrokenChain { log: self.log, seq: entry.header().seq };
        if first.log() != self.log {
            return Err(broken(first));
        }
        for pair in self.entries.windows(2) {
            let (before, entry) = (&pair[0], pair[1].header());
            let follows = entry.log == Some(self.log)
                && entry.parent == Some(before.hash())
                && Some(entry.seq) == before.header().seq.checked_add(1);
            if !follows {
                return Err(broken(&pair[1]));
            }
        }
        let genesis = self.genesis()?;
        let device = genesis.as_ref().map(|g| g.device).or(device).ok_or_else(|| broken(first))?;
        self.seal.verify(device, self.log, last.header().seq, last.hash())?;
        Ok(VerifiedSegment { raw: self, genesis })
    }
}

fn read_entry(r: &mut Reader<'_>) -> Result<(Vec<u8>, Vec<Payload>), DecodeError> {
    r.array_of(2)?;
    let header = r.bytes("an entry's header", ENTRY_BYTES_MAX)?.to_vec();
    let count = r.array("payloads of an entry", ENTRY_CHANGES_MAX)?;
    let mut payloads = Vec::with_capacity(count);
    for _ in 0..count {
        payloads.push(if r.next_is_array()? {
            r.array_of(1)?;
            Payload::Absent(Digest(r.bytes_of()?))
        } else {
            Payload::Chunk(r.bytes("a change", ENTRY_BYTES_MAX)?.to_vec())
        });
    }
    Ok((header, payloads))
}

/// A segment whose entries are linked to each other and vouched for by the log's device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedSegment {
    raw: RawSegment,
    genesis: Option<Genesis>,
}

impl VerifiedSegment {
    pub fn log(&self) -> LogId {
        self.raw.log
    }

    pub fn entries(&self) -> &[Entry] {
        &self.raw.entries
    }

    pub fn seal(&self) -> Seal {
        self.raw.seal
    }

    /// The log's genesis, where the segment begins with it.
    pub fn genesis(&self) -> Option<&Genesis> {
        self.genesis.as_ref()
    }

    pub fn raw(&self) -> &RawSegment {
        &self.raw
    }

    pub fn first_seq(&self) -> u64 {
        self.raw.entries[0].header().seq
    }

    /// The entry that the first one follows; `None` where it is the genesis.
    pub fn parent(&self) -> Option<EntryHash> {
        self.raw.entries[0].header().parent
    }

    pub fn head(&self) -> Head {
        let last = self.raw.entries.last().expect("a verified segment has entries");
        Head { seq: last.header().seq, hash: last.hash() }
    }
}

#[cfg(test)]
mod tests;
