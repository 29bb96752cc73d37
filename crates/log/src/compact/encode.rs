//! From a segment to its streams.

use std::collections::BTreeMap;

use linli_wire::{DocId, LogId};

use super::{ACTOR_BYTES, ACTOR_LOG_BYTES, DocumentMemory, Memory, payload, stream};
use crate::{
    change::{ChangeParts, put_leb, put_uleb},
    entry::{ChangeHeader, Entry, Payload},
    segment::RawSegment,
};

#[derive(Default)]
struct Streams(BTreeMap<u64, Vec<u8>>);

impl Streams {
    fn at(&mut self, id: u64) -> &mut Vec<u8> {
        self.0.entry(id).or_default()
    }

    fn finish(self) -> Vec<u8> {
        let mut out = Vec::new();
        put_uleb(&mut out, self.0.len() as u64);
        for (id, bytes) in &self.0 {
            put_uleb(&mut out, *id);
            put_uleb(&mut out, bytes.len() as u64);
        }
        self.0.values().for_each(|bytes| out.extend_from_slice(bytes));
        out
    }
}

pub(super) fn streams(segment: &RawSegment) -> Vec<u8> {
    let mut streams = Streams::default();
    let mut memory = Memory::default();
    let first = segment.entries.first().map(Entry::header);
    let ids = streams.at(stream::IDS);
    ids.extend_from_slice(segment.log.as_bytes());
    ids.extend_from_slice(&segment.seal.signature);
    if let Some(parent) = first.and_then(|h| h.parent) {
        ids.extend_from_slice(parent.as_bytes());
    }
    let heads = streams.at(stream::HEADS);
    put_uleb(heads, segment.entries.len() as u64);
    put_uleb(heads, first.map_or(0, |h| h.seq));
    let mut time = 0;
    for entry in &segment.entries {
        let header = entry.header();
        let heads = streams.at(stream::HEADS);
        put_uleb(heads, header.kind.code());
        put_uleb(heads, header.body.len() as u64);
        put_uleb(heads, header.changes.len() as u64);
        put_leb(streams.at(stream::TIMES), header.time.0.wrapping_sub(time));
        time = header.time.0;
        streams.at(stream::BODIES).extend_from_slice(&header.body);
        for (change, payload) in header.changes.iter().zip(entry.payloads()) {
            put_change(&mut streams, &mut memory, segment.log, change, payload);
        }
    }
    streams.finish()
}

fn put_change(
    streams: &mut Streams,
    memory: &mut Memory,
    log: LogId,
    change: &ChangeHeader,
    payload: &Payload,
) {
    let document = put_document(streams, memory, change.document);
    put_uleb(streams.at(stream::FORMS), change.kind);
    put_uleb(streams.at(stream::FORMS), change.schema);
    let chunk = match payload {
        Payload::Absent(digest) => {
            streams.at(stream::FORMS).push(payload::ABSENT);
            put_uleb(streams.at(stream::LENGTHS), change.len);
            streams.at(stream::IDS).extend_from_slice(digest.as_bytes());
            return;
        }
        Payload::Chunk(chunk) => chunk,
    };
    match ChangeParts::parse(chunk) {
        Ok(parts) if is_ours(&parts, log) && parts.build() == *chunk => {
            streams.at(stream::FORMS).push(payload::DERIVED);
            put_derived(streams, memory, document, &parts);
        }
        _ => {
            streams.at(stream::FORMS).push(payload::VERBATIM);
            put_uleb(streams.at(stream::LENGTHS), chunk.len() as u64);
            streams.at(stream::VERBATIM).extend_from_slice(chunk);
        }
    }
}

/// Writes which document is meant and returns its place.
fn put_document(streams: &mut Streams, memory: &mut Memory, document: DocId) -> usize {
    if let Some(place) = memory.documents.place(&document) {
        put_uleb(streams.at(stream::DOCUMENTS), memory.documents.back(place));
        return place;
    }
    put_uleb(streams.at(stream::DOCUMENTS), 0);
    streams.at(stream::IDS).extend_from_slice(document.as_bytes());
    memory.by_document.push(DocumentMemory::default());
    memory.documents.push(document)
}

fn is_ours(parts: &ChangeParts<'_>, log: LogId) -> bool {
    parts.actor.len() == ACTOR_BYTES && parts.actor[..ACTOR_LOG_BYTES] == log.0[..ACTOR_LOG_BYTES]
}

fn put_derived(streams: &mut Streams, memory: &mut Memory, document: usize, parts: &ChangeParts<'_>) {
    let actor = put_actor(streams, memory, &parts.actor[ACTOR_LOG_BYTES..]);
    put_uleb(streams.at(stream::ACTORS), parts.other_actors.len() as u64);
    for other in &parts.other_actors {
        put_actor(streams, memory, other);
    }
    let known = &mut memory.by_document[document];
    let last_seq = known.last_seq.get(&actor).copied().unwrap_or(0);
    let counters = streams.at(stream::COUNTERS);
    put_leb(counters, parts.seq.wrapping_sub(last_seq) as i64);
    put_leb(counters, parts.start_op.wrapping_sub(known.last_start_op) as i64);
    put_leb(counters, parts.time);
    put_uleb(streams.at(stream::DEPENDENCIES), parts.deps.len() as u64);
    for dep in &parts.deps {
        let back = known.hashes.place(dep).map_or(0, |place| known.hashes.back(place));
        put_uleb(streams.at(stream::DEPENDENCIES), back);
        if back == 0 {
            streams.at(stream::IDS).extend_from_slice(dep);
        }
    }
    known.remember(actor, parts.seq, parts.start_op, parts.hash);
    put_uleb(streams.at(stream::LENGTHS), parts.message.len() as u64);
    streams.at(stream::MESSAGES).extend_from_slice(parts.message.as_bytes());
    put_columns(streams, parts);
}

fn put_columns(streams: &mut Streams, parts: &ChangeParts<'_>) {
    let columns = streams.at(stream::COLUMNS);
    put_uleb(columns, parts.columns.len() as u64);
    for (spec, data) in &parts.columns {
        put_uleb(columns, *spec);
        put_uleb(columns, data.len() as u64);
    }
    put_uleb(columns, parts.rest.len() as u64);
    for (spec, data) in &parts.columns {
        streams.at(stream::COLUMN_0.saturating_add(*spec)).extend_from_slice(data);
    }
    streams.at(stream::VERBATIM).extend_from_slice(parts.rest);
}

/// Writes an actor, or an actor's suffix, by its place in the table of those met, and returns that.
fn put_actor(streams: &mut Streams, memory: &mut Memory, actor: &[u8]) -> usize {
    if let Some(place) = memory.actors.place(actor) {
        put_uleb(streams.at(stream::ACTORS), memory.actors.back(place));
        return place;
    }
    put_uleb(streams.at(stream::ACTORS), 0);
    put_uleb(streams.at(stream::LENGTHS), actor.len() as u64);
    streams.at(stream::IDS).extend_from_slice(actor);
    memory.actors.push(actor.to_vec())
}
