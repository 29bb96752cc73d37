//! From streams back to the segment.

use std::collections::BTreeMap;

use linli_wire::{
    Digest, DocId, EntryHash, LogId, TimeMs,
    limits::{
        ACTOR_ID_BYTES_MAX, CHANGE_ACTORS_MAX, CHANGE_DEPS_MAX, ENTRY_BYTES_MAX, ENTRY_CHANGES_MAX,
        HEADER_BYTES_MAX, SEGMENT_BYTES_MAX,
    },
};

use super::{ACTOR_LOG_BYTES, DocumentMemory, Memory, STREAM_COUNT_MAX, damaged, payload, stream};
use crate::{
    change::{COLUMNS_MAX, ChangeHash, ChangeParts, Input},
    entry::{ChangeHeader, Entry, Header, Kind, Payload},
    seal::Seal,
    segment::{RawSegment, SEGMENT_ENTRIES_MAX, SegmentError},
};

struct Streams<'b>(BTreeMap<u64, Input<'b>>);

impl<'b> Streams<'b> {
    fn read(plain: &'b [u8]) -> Result<Self, SegmentError> {
        let mut input = Input(plain);
        let count = bounded("streams", input.uleb().map_err(damaged)?, STREAM_COUNT_MAX)?;
        let mut lengths = Vec::with_capacity(count);
        for _ in 0..count {
            lengths.push((input.uleb().map_err(damaged)?, input.length().map_err(damaged)?));
        }
        if lengths.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            return Err(damaged("its streams are not in order"));
        }
        let mut streams = BTreeMap::new();
        for (id, len) in lengths {
            streams.insert(id, Input(input.take(len).map_err(damaged)?));
        }
        if input.0.is_empty() { Ok(Self(streams)) } else { Err(damaged("bytes follow its streams")) }
    }

    fn at(&mut self, id: u64) -> &mut Input<'b> {
        self.0.entry(id).or_insert(Input(&[]))
    }

    fn uleb(&mut self, id: u64) -> Result<u64, SegmentError> {
        self.at(id).uleb().map_err(damaged)
    }

    fn leb(&mut self, id: u64) -> Result<i64, SegmentError> {
        self.at(id).leb().map_err(damaged)
    }

    fn take(&mut self, id: u64, len: usize) -> Result<&'b [u8], SegmentError> {
        self.at(id).take(len).map_err(damaged)
    }

    fn array<const N: usize>(&mut self, id: u64) -> Result<[u8; N], SegmentError> {
        self.at(id).array().map_err(damaged)
    }

    fn count(&mut self, id: u64, what: &'static str, limit: usize) -> Result<usize, SegmentError> {
        let found = self.uleb(id)?;
        bounded(what, found, limit)
    }

    fn finish(self) -> Result<(), SegmentError> {
        if self.0.values().all(|rest| rest.0.is_empty()) {
            Ok(())
        } else {
            Err(damaged("a stream has more than its entries need"))
        }
    }
}

fn bounded(what: &'static str, found: u64, limit: usize) -> Result<usize, SegmentError> {
    usize::try_from(found)
        .ok()
        .filter(|n| *n <= limit)
        .ok_or_else(|| SegmentError::Damaged(format!("{found} {what}, more than the limit of {limit}")))
}

pub(super) fn segment(plain: &[u8]) -> Result<RawSegment, SegmentError> {
    let mut streams = Streams::read(plain)?;
    let mut memory = Memory::default();
    let log = LogId(streams.array(stream::IDS)?);
    let seal = Seal { signature: streams.array(stream::IDS)? };
    let count = streams.count(stream::HEADS, "entries", SEGMENT_ENTRIES_MAX)?;
    let first_seq = streams.uleb(stream::HEADS)?;
    let mut parent = match first_seq {
        0 => None,
        _ => Some(EntryHash(streams.array(stream::IDS)?)),
    };
    let (mut entries, mut time, mut room): (Vec<Entry>, i64, usize) = (Vec::new(), 0, SEGMENT_BYTES_MAX);
    for index in 0..count {
        let seq =
            first_seq.checked_add(index as u64).ok_or_else(|| damaged("a sequence number too large"))?;
        let kind = Kind::from_code(streams.uleb(stream::HEADS)?);
        let body = streams.count(stream::HEADS, "bytes of a body", HEADER_BYTES_MAX)?;
        let count = streams.count(stream::HEADS, "changes", ENTRY_CHANGES_MAX)?;
        time = time.wrapping_add(streams.leb(stream::TIMES)?);
        let body = streams.take(stream::BODIES, body)?.to_vec();
        let mut changes = Vec::with_capacity(count);
        let mut payloads = Vec::with_capacity(count);
        for _ in 0..count {
            let (header, payload) = take_change(&mut streams, &mut memory, log)?;
            take_room(&mut room, payload.chunk().map_or(Digest::LEN, <[u8]>::len))?;
            changes.push(header);
            payloads.push(payload);
        }
        let log = (seq > 0).then_some(log);
        let header = Header { log, seq, parent, time: TimeMs(time), kind, body, changes }.encode();
        take_room(&mut room, header.len())?;
        let entry = Entry::from_parts(header, payloads)?;
        parent = Some(entry.hash());
        entries.push(entry);
    }
    streams.finish()?;
    let segment = RawSegment { log, entries, seal };
    match segment.encoded_len() {
        len if len > SEGMENT_BYTES_MAX => Err(SegmentError::TooLarge(len)),
        _ => Ok(segment),
    }
}

/// Invariant: what the decoder has built never exceeds what a canonical segment may have, however
/// little of the input it took.
fn take_room(room: &mut usize, len: usize) -> Result<(), SegmentError> {
    *room = room.checked_sub(len).ok_or(SegmentError::TooLarge(SEGMENT_BYTES_MAX - *room + len))?;
    Ok(())
}

fn take_change(
    streams: &mut Streams<'_>,
    memory: &mut Memory,
    log: LogId,
) -> Result<(ChangeHeader, Payload), SegmentError> {
    let place = take_document(streams, memory)?;
    let document = memory.documents.items[place];
    let kind = streams.uleb(stream::FORMS)?;
    let schema = streams.uleb(stream::FORMS)?;
    let (len, payload) = match streams.take(stream::FORMS, 1)?[0] {
        payload::ABSENT => {
            let len = streams.uleb(stream::LENGTHS)?;
            (len, Payload::Absent(Digest(streams.array(stream::IDS)?)))
        }
        payload::VERBATIM => {
            let len = streams.count(stream::LENGTHS, "bytes of a change", ENTRY_BYTES_MAX)?;
            (len as u64, Payload::Chunk(streams.take(stream::VERBATIM, len)?.to_vec()))
        }
        payload::DERIVED => {
            let chunk = take_derived(streams, memory, log, place)?;
            (chunk.len() as u64, Payload::Chunk(chunk))
        }
        other => return Err(SegmentError::Damaged(format!("unknown payload form {other}"))),
    };
    Ok((ChangeHeader { document, kind, schema, len }, payload))
}

fn take_document(streams: &mut Streams<'_>, memory: &mut Memory) -> Result<usize, SegmentError> {
    let known = memory.documents.items.len();
    match streams.count(stream::DOCUMENTS, "documents back", known)? {
        0 => {
            memory.by_document.push(DocumentMemory::default());
            Ok(memory.documents.push(DocId(streams.array(stream::IDS)?)))
        }
        back => Ok(known - back),
    }
}

fn take_derived(
    streams: &mut Streams<'_>,
    memory: &mut Memory,
    log: LogId,
    document: usize,
) -> Result<Vec<u8>, SegmentError> {
    let actor_place = take_actor(streams, memory)?;
    let count = streams.count(stream::ACTORS, "other actors", CHANGE_ACTORS_MAX)?;
    let others = (0..count).map(|_| take_actor(streams, memory)).collect::<Result<Vec<_>, _>>()?;
    let actor = [&log.0[..ACTOR_LOG_BYTES], &memory.actors.items[actor_place]].concat();
    let known = &mut memory.by_document[document];
    let last_seq = known.last_seq.get(&actor_place).copied().unwrap_or(0);
    let seq = last_seq.wrapping_add_signed(streams.leb(stream::COUNTERS)?);
    let start_op = known.last_start_op.wrapping_add_signed(streams.leb(stream::COUNTERS)?);
    let time = streams.leb(stream::COUNTERS)?;
    let deps = take_dependencies(streams, &known.hashes.items)?;
    let message = streams.count(stream::LENGTHS, "bytes of a message", ENTRY_BYTES_MAX)?;
    let message = std::str::from_utf8(streams.take(stream::MESSAGES, message)?).map_err(damaged)?;
    let (columns, rest) = take_columns(streams)?;
    let parts = ChangeParts {
        hash: [0; 32],
        deps,
        actor: &actor,
        seq,
        start_op,
        time,
        message,
        other_actors: others.iter().map(|place| memory.actors.items[*place].as_slice()).collect(),
        columns,
        rest,
    };
    let chunk = parts.build();
    known.remember(actor_place, seq, start_op, crate::change::hash_of(&chunk));
    Ok(chunk)
}

fn take_dependencies(
    streams: &mut Streams<'_>,
    known: &[ChangeHash],
) -> Result<Vec<ChangeHash>, SegmentError> {
    let count = streams.count(stream::DEPENDENCIES, "dependencies", CHANGE_DEPS_MAX)?;
    (0..count)
        .map(|_| match streams.count(stream::DEPENDENCIES, "changes back", known.len())? {
            0 => streams.array(stream::IDS),
            back => Ok(known[known.len() - back]),
        })
        .collect()
}

/// The columns of a change, each with its specification, and what follows them.
type Columns<'b> = (Vec<(u64, &'b [u8])>, &'b [u8]);

fn take_columns<'b>(streams: &mut Streams<'b>) -> Result<Columns<'b>, SegmentError> {
    let count = streams.count(stream::COLUMNS, "columns", COLUMNS_MAX)?;
    let mut columns = Vec::with_capacity(count);
    for _ in 0..count {
        let spec = streams.uleb(stream::COLUMNS)?;
        let len = streams.count(stream::COLUMNS, "bytes of a column", ENTRY_BYTES_MAX)?;
        columns.push((spec, streams.take(stream::COLUMN_0.saturating_add(spec), len)?));
    }
    let rest = streams.count(stream::COLUMNS, "bytes after the columns", ENTRY_BYTES_MAX)?;
    Ok((columns, streams.take(stream::VERBATIM, rest)?))
}

/// Reads which actor is meant and returns its place in the table.
fn take_actor(streams: &mut Streams<'_>, memory: &mut Memory) -> Result<usize, SegmentError> {
    let known = memory.actors.items.len();
    match streams.count(stream::ACTORS, "actors back", known)? {
        0 => {
            let len = streams.count(stream::LENGTHS, "bytes of an actor", ACTOR_ID_BYTES_MAX)?;
            let actor = streams.take(stream::IDS, len)?.to_vec();
            Ok(memory.actors.push(actor))
        }
        back => Ok(known - back),
    }
}
