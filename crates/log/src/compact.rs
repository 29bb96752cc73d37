//! The compact form of a segment: what travels and what is stored.
//!
//! Everything that the reader can derive is left out (chunk magic and checksums, hashes of parents
//! and of dependencies within the segment, actor prefixes, lengths), what is alike is put side by
//! side in streams (each Automerge column in one of its own), and zstd runs over the streams. The
//! decoder rebuilds the exact bytes; the hashes and the seal prove it. The encoder checks the round
//! trip and falls back to the canonical form.
//!
//! ```text
//! compact = 01 ‖ uLEB length ‖ zstd(canonical form)
//!         | 02 ‖ uLEB length ‖ zstd(uLEB stream count, (uLEB id, uLEB length) each ‖ streams)
//! ```
//!
//! `protocol/README.md` says what stands in which stream.

mod decode;
mod encode;

use std::collections::BTreeMap;

use linli_wire::{
    DocId,
    limits::{COMPACT_BYTES_MAX, SEGMENT_BYTES_MAX},
};

use crate::{
    change::{ChangeHash, Input, put_uleb},
    segment::{RawSegment, SegmentError},
};

const CANONICAL: u8 = 1;
const STREAMS: u8 = 2;

/// zstd's level for what is stored and sent at once: 3 is its own default.
pub const LEVEL_FAST: i32 = 3;
/// zstd's level for slow links and archives.
pub const LEVEL_SMALL: i32 = 19;

/// Bytes that the streams of a segment may need beyond the segment's own: tables and lengths.
const STREAMS_BYTES_MAX: usize = SEGMENT_BYTES_MAX + (SEGMENT_BYTES_MAX >> 3);
/// Streams that a reader takes; one per column specification and a few fixed ones.
const STREAM_COUNT_MAX: usize = 256;

/// The fixed streams; a column with specification `s` is stream `COLUMN_0 + s`.
mod stream {
    /// Entries, first sequence number; for each entry kind, body length, changes.
    pub const HEADS: u64 = 0;
    /// For each entry its time, as the difference from the one before.
    pub const TIMES: u64 = 1;
    /// Whatever is random: log, seal, parent, new documents, new actors, foreign dependencies, digests.
    pub const IDS: u64 = 2;
    /// The bodies of the entries.
    pub const BODIES: u64 = 3;
    /// For each change its document.
    pub const DOCUMENTS: u64 = 4;
    /// For each change document kind, schema and how the payload stands.
    pub const FORMS: u64 = 5;
    /// For each derived change its actor and the other actors that it names.
    pub const ACTORS: u64 = 6;
    /// For each derived change sequence number and first operation, as differences, and the time.
    pub const COUNTERS: u64 = 7;
    /// For each derived change its dependencies.
    pub const DEPENDENCIES: u64 = 8;
    /// The messages of derived changes.
    pub const MESSAGES: u64 = 9;
    /// Lengths of absent and verbatim chunks, messages, new actors.
    pub const LENGTHS: u64 = 10;
    /// For each derived change its columns' specifications and lengths.
    pub const COLUMNS: u64 = 11;
    /// Chunks that stand as they are, and what follows the columns of a change.
    pub const VERBATIM: u64 = 12;
    pub const COLUMN_0: u64 = 16;
}

/// How a payload stands in the streams.
mod payload {
    pub const ABSENT: u8 = 0;
    pub const VERBATIM: u8 = 1;
    pub const DERIVED: u8 = 2;
}

/// Bytes of an actor id that are the log's; the rest is drawn when the database is opened.
pub(crate) const ACTOR_LOG_BYTES: usize = 10;
/// Bytes of an actor id.
pub(crate) const ACTOR_BYTES: usize = 16;

/// The compact form of a segment at a zstd level.
pub fn encode(segment: &RawSegment, level: i32) -> Vec<u8> {
    let streams = encode::streams(segment);
    let packed = pack(STREAMS, &streams, level);
    match decode(&packed) {
        Ok(decoded) if decoded == *segment => packed,
        _ => pack(CANONICAL, &segment.encode(), level),
    }
}

/// Rebuilds a segment. Nothing larger than the named limits is ever allocated.
pub fn decode(compact: &[u8]) -> Result<RawSegment, SegmentError> {
    if compact.len() > COMPACT_BYTES_MAX {
        return Err(SegmentError::CompactTooLarge(compact.len()));
    }
    let mut input = Input(compact);
    let form = input.take(1).map_err(damaged)?[0];
    let len = input.length().map_err(damaged)?;
    let limit = match form {
        CANONICAL => SEGMENT_BYTES_MAX,
        STREAMS => STREAMS_BYTES_MAX,
        other => return Err(SegmentError::Damaged(format!("unknown form {other} of a compact segment"))),
    };
    if len > limit {
        return Err(SegmentError::TooLarge(len));
    }
    let plain = zstd::bulk::decompress(input.0, len).map_err(damaged)?;
    if plain.len() != len {
        return Err(SegmentError::Damaged("it is shorter than it says".to_owned()));
    }
    match form {
        CANONICAL => RawSegment::decode(&plain),
        _ => decode::segment(&plain),
    }
}

fn pack(form: u8, plain: &[u8], level: i32) -> Vec<u8> {
    let mut out = vec![form];
    put_uleb(&mut out, plain.len() as u64);
    out.extend(
        zstd::bulk::compress(plain, level).expect("compressing memory into memory has no cause to fail"),
    );
    out
}

fn damaged(error: impl std::fmt::Display) -> SegmentError {
    SegmentError::Damaged(error.to_string())
}

/// Things in the order in which they were first met. Both sides keep the same tables, so a thing met
/// before is named by how far back it stands: 1 is the latest, 0 says that a new one follows.
#[derive(Debug)]
struct Table<T> {
    items: Vec<T>,
    places: BTreeMap<T, usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { items: Vec::new(), places: BTreeMap::new() }
    }
}

impl<T: Ord + Clone> Table<T> {
    /// Adds an item and returns its place.
    fn push(&mut self, item: T) -> usize {
        self.places.insert(item.clone(), self.items.len());
        self.items.push(item);
        self.items.len() - 1
    }

    fn place<Q>(&self, item: &Q) -> Option<usize>
    where
        T: std::borrow::Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.places.get(item).copied()
    }

    /// How far back a place stands.
    fn back(&self, place: usize) -> u64 {
        (self.items.len() - place) as u64
    }
}

/// What both sides remember of a document's earlier changes within the segment.
#[derive(Debug, Default)]
struct DocumentMemory {
    hashes: Table<ChangeHash>,
    /// The last sequence number of each actor, by the actor's place in the table.
    last_seq: BTreeMap<usize, u64>,
    last_start_op: u64,
}

impl DocumentMemory {
    /// Remembers a change as the base for the document's next one.
    fn remember(&mut self, actor: usize, seq: u64, start_op: u64, hash: ChangeHash) {
        self.hashes.push(hash);
        self.last_seq.insert(actor, seq);
        self.last_start_op = start_op;
    }
}

/// What both sides remember while they go through a segment.
#[derive(Debug, Default)]
struct Memory {
    documents: Table<DocId>,
    /// One for each document of the table, in its order.
    by_document: Vec<DocumentMemory>,
    actors: Table<Vec<u8>>,
}

#[cfg(test)]
mod tests;
