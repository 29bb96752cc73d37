//! The compact form of a segment: what travels and what is stored.
//!
//! Everything that the reader can derive is left out (chunk magic and checksums, hashes of parents
//! and of dependencies within the segment, actor prefixes, lengths, what an operation replaces), what is
//! alike is put side by side in streams (the values of each field in one of their own), and zstd runs over
//! the streams. The
//! decoder rebuilds the exact bytes; the hashes and the seal prove it. The encoder checks the round
//! trip and falls back to the canonical form.
//!
//! ```text
//! compact = 01 ‖ uLEB length ‖ zstd(canonical form)
//!         | 02 ‖ uLEB dictionary ‖ uLEB length of ids ‖ uLEB length ‖ ids ‖
//!                zstd(uLEB stream count, (uLEB id, uLEB length) each ‖ streams)
//! ```
//!
//! What is random stands beside what zstd packs: it would only be spoilt by it, and spoil the rest.
//! `protocol/README.md` says what stands in which stream.

mod decode;
mod dictionary;
mod encode;
mod memory;
mod rows;

use data_encoding::HEXLOWER;
use linli_wire::limits::{COMPACT_BYTES_MAX, SEGMENT_BYTES_MAX};

use crate::{
    change::{Input, put_uleb},
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
/// Streams that a reader takes: a few fixed ones and one a key.
const STREAM_COUNT_MAX: usize = 256;

/// Streams of up to so many bytes are packed with the dictionary, always as small as it gets: beyond, they are their own,
/// and packed at the level that is asked for.
const DICTIONARY_BYTES_MAX: usize = 16 << 10;

/// Operations of derived changes in one segment: many more than fill one, and few enough to remember.
const OPERATIONS_MAX: usize = 1 << 16;
/// Types of values up to this have no bytes.
const TYPES_WITHOUT_VALUE: u64 = 2;
/// Bytes of an actor that is not one of the log's.
const ACTOR_ID: usize = linli_wire::limits::ACTOR_ID_BYTES_MAX;

/// The streams.
mod stream {
    /// Entries, first sequence number; for each entry kind, body length, changes.
    pub const HEADS: u64 = 0;
    /// For each entry its time, as the difference from the one before.
    pub const TIMES: u64 = 1;
    /// The bodies of the entries.
    pub const BODIES: u64 = 3;
    /// For each change its document.
    pub const DOCUMENTS: u64 = 4;
    /// For each change document kind, schema and how the payload stands.
    pub const FORMS: u64 = 5;
    /// For each derived change its actor, and the other actors that it names.
    pub const ACTORS: u64 = 6;
    /// For each derived change sequence number and first operation, as differences, and the time.
    pub const COUNTERS: u64 = 7;
    /// For each derived change its dependencies.
    pub const DEPENDENCIES: u64 = 8;
    /// The messages of derived changes that are no salts.
    pub const MESSAGES: u64 = 9;
    /// Lengths of absent and verbatim chunks, messages, new actors.
    pub const LENGTHS: u64 = 10;
    /// For each derived change how many operations, and of each its action and the type of its value. Rows whose
    /// keys follow from the change have an action of their own and no key.
    pub const OPERATIONS: u64 = 11;
    /// Chunks that stand as they are.
    pub const VERBATIM: u64 = 12;
    /// For each operation the map that it writes to.
    pub const MAPS: u64 = 13;
    /// For each operation its key.
    pub const KEYS: u64 = 14;
    /// New keys.
    pub const NAMES: u64 = 15;
    /// For each operation what it replaces.
    pub const PREDECESSORS: u64 = 16;
    /// Which ids are meant.
    pub const ID_REFERENCES: u64 = 17;
    /// The values of the first key; those of the second stand in the next stream, and so on.
    const VALUES: u64 = 32;
    /// Keys whose values have a stream of their own; those of all others share the last.
    const VALUES_APART: usize = 191;

    /// The stream of the values of a key, by its place in the table.
    pub fn values(key: usize) -> u64 {
        VALUES + key.min(VALUES_APART) as u64
    }
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

/// A segment in streams, before zstd packs them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plain {
    ids: Vec<u8>,
    streams: Vec<u8>,
}

/// The compact form of a segment at a zstd level.
pub fn encode(segment: &RawSegment, level: i32) -> Vec<u8> {
    let packed = pack(&encode::plain(segment), level);
    match decode(&packed) {
        Ok(decoded) if decoded == *segment => packed,
        _ => pack_canonical(&segment.encode(), level),
    }
}

/// Rebuilds a segment. Nothing larger than the named limits is ever allocated.
pub fn decode(compact: &[u8]) -> Result<RawSegment, SegmentError> {
    match unpack(compact)? {
        Unpacked::Canonical(plain) => RawSegment::decode(&plain),
        Unpacked::Streams { ids, streams } => decode::segment(ids, &streams),
    }
}

/// The same segment packed at another level; nothing of it is looked at.
pub fn repack(compact: &[u8], level: i32) -> Result<Vec<u8>, SegmentError> {
    Ok(match unpack(compact)? {
        Unpacked::Canonical(plain) => pack_canonical(&plain, level),
        Unpacked::Streams { ids, streams } => pack(&Plain { ids: ids.to_vec(), streams }, level),
    })
}

/// The bytes that a compact segment says it has before zstd packed it; `None` where it cannot be read.
pub fn unpacked_len(compact: &[u8]) -> Option<usize> {
    let mut input = Input(compact);
    match *input.take(1).ok()? {
        [CANONICAL] => input.length().ok(),
        [STREAMS] => {
            input.uleb().ok()?;
            let (ids, streams) = (input.length().ok()?, input.length().ok()?);
            ids.checked_add(streams)
        }
        _ => None,
    }
}

/// What zstd packs of a segment: what a dictionary is trained on.
pub fn streams(segment: &RawSegment) -> Vec<u8> {
    encode::plain(segment).streams
}

enum Unpacked<'b> {
    Canonical(Vec<u8>),
    Streams { ids: &'b [u8], streams: Vec<u8> },
}

fn unpack(compact: &[u8]) -> Result<Unpacked<'_>, SegmentError> {
    if compact.len() > COMPACT_BYTES_MAX {
        return Err(SegmentError::CompactTooLarge(compact.len()));
    }
    let mut input = Input(compact);
    match input.take(1).map_err(damaged)?[0] {
        CANONICAL => {
            let len = input.length().map_err(damaged)?;
            Ok(Unpacked::Canonical(unzip(input, 0, len, SEGMENT_BYTES_MAX)?))
        }
        STREAMS => {
            let dictionary = input.uleb().map_err(damaged)?;
            let (ids, len) = (input.length().map_err(damaged)?, input.length().map_err(damaged)?);
            let ids = input.take(ids).map_err(damaged)?;
            Ok(Unpacked::Streams { ids, streams: unzip(input, dictionary, len, STREAMS_BYTES_MAX)? })
        }
        other => Err(SegmentError::Damaged(format!("unknown form {other} of a compact segment"))),
    }
}

fn unzip(input: Input<'_>, dictionary: u64, len: usize, limit: usize) -> Result<Vec<u8>, SegmentError> {
    if len > limit {
        return Err(SegmentError::TooLarge(len));
    }
    let plain = match dictionary {
        0 => zstd::bulk::decompress(input.0, len),
        known if known == dictionary::ID => dictionary::decompress(input.0, len),
        other => return Err(SegmentError::Damaged(format!("dictionary {other} is not known here"))),
    };
    let plain = plain.map_err(damaged)?;
    if plain.len() != len {
        return Err(SegmentError::Damaged("it is shorter than it says".to_owned()));
    }
    Ok(plain)
}

fn pack(plain: &Plain, level: i32) -> Vec<u8> {
    let small = plain.streams.len() <= DICTIONARY_BYTES_MAX;
    let mut out = vec![STREAMS];
    put_uleb(&mut out, if small { dictionary::ID } else { 0 });
    put_uleb(&mut out, plain.ids.len() as u64);
    put_uleb(&mut out, plain.streams.len() as u64);
    out.extend_from_slice(&plain.ids);
    let packed = if small {
        dictionary::compress(&plain.streams)
    } else {
        zstd::bulk::compress(&plain.streams, level)
    };
    out.extend(packed.expect("compressing memory into memory has no cause to fail"));
    out
}

fn pack_canonical(plain: &[u8], level: i32) -> Vec<u8> {
    let mut out = vec![CANONICAL];
    put_uleb(&mut out, plain.len() as u64);
    let packed = zstd::bulk::compress(plain, level);
    out.extend(packed.expect("compressing memory into memory has no cause to fail"));
    out
}

fn damaged(error: impl std::fmt::Display) -> SegmentError {
    SegmentError::Damaged(error.to_string())
}

/// The id that a text of 32 hexadecimal digits stands for.
fn id_of(text: &[u8]) -> Option<[u8; 16]> {
    let mut id = [0; 16];
    (text.len() == 32 && HEXLOWER.decode_mut(text, &mut id).is_ok()).then_some(id)
}

#[cfg(test)]
mod tests;
