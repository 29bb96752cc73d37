//! From a segment to its streams.

use std::{borrow::Cow, collections::BTreeMap};

use data_encoding::BASE64URL_NOPAD;
use linli_wire::{DocId, LogId};

use super::{
    ACTOR_BYTES, ACTOR_ID, ACTOR_LOG_BYTES, OPERATIONS_MAX, Plain, TYPES_WITHOUT_VALUE,
    memory::{DocumentMemory, Memory, OperationPlace},
    payload,
    rows::{MAKE_ROW, RowKeys},
    stream,
};
use crate::{
    change::{
        ChangeParts,
        operations::{self, Operation, action},
        put_leb, put_uleb,
    },
    entry::{ChangeHeader, Entry, Payload},
    segment::RawSegment,
};

#[derive(Default)]
struct Streams {
    /// Whatever is random.
    ids: Vec<u8>,
    packed: BTreeMap<u64, Vec<u8>>,
}

impl Streams {
    fn at(&mut self, id: u64) -> &mut Vec<u8> {
        self.packed.entry(id).or_default()
    }

    fn uleb(&mut self, id: u64, value: u64) {
        put_uleb(self.at(id), value);
    }

    fn leb(&mut self, id: u64, value: i64) {
        put_leb(self.at(id), value);
    }

    fn finish(self) -> Plain {
        let mut streams = Vec::new();
        put_uleb(&mut streams, self.packed.len() as u64);
        for (id, bytes) in &self.packed {
            put_uleb(&mut streams, *id);
            put_uleb(&mut streams, bytes.len() as u64);
        }
        self.packed.values().for_each(|bytes| streams.extend_from_slice(bytes));
        Plain { ids: self.ids, streams }
    }
}

pub(super) fn plain(segment: &RawSegment) -> Plain {
    let mut streams = Streams::default();
    let mut memory = Memory::default();
    let first = segment.entries.first().map(Entry::header);
    let ids = &mut streams.ids;
    ids.extend_from_slice(segment.log.as_bytes());
    ids.extend_from_slice(&segment.seal.signature);
    if let Some(parent) = first.and_then(|h| h.parent) {
        ids.extend_from_slice(parent.as_bytes());
    }
    streams.uleb(stream::HEADS, segment.entries.len() as u64);
    streams.uleb(stream::HEADS, first.map_or(0, |h| h.seq));
    let mut time = 0;
    for entry in &segment.entries {
        let header = entry.header();
        streams.uleb(stream::HEADS, header.kind.code());
        streams.uleb(stream::HEADS, header.body.len() as u64);
        streams.uleb(stream::HEADS, header.changes.len() as u64);
        streams.leb(stream::TIMES, header.time.0.wrapping_sub(time));
        time = header.time.0;
        streams.at(stream::BODIES).extend_from_slice(&header.body);
        for (change, payload) in header.changes.iter().zip(entry.payloads()) {
            put_change(&mut streams, &mut memory, segment.log, change, payload);
        }
    }
    streams.finish()
}

fn put_change<'s>(
    streams: &mut Streams,
    memory: &mut Memory<'s>,
    log: LogId,
    change: &ChangeHeader,
    payload: &'s Payload,
) {
    let document = put_document(streams, memory, change.document);
    streams.uleb(stream::FORMS, change.kind);
    streams.uleb(stream::FORMS, change.schema);
    let chunk = match payload {
        Payload::Absent(digest) => {
            streams.at(stream::FORMS).push(payload::ABSENT);
            streams.uleb(stream::LENGTHS, change.len);
            streams.ids.extend_from_slice(digest.as_bytes());
            return;
        }
        Payload::Chunk(chunk) => chunk,
    };
    match Derived::of(chunk, log) {
        Some(derived) if memory.operations + derived.operations.len() <= OPERATIONS_MAX => {
            streams.at(stream::FORMS).push(payload::DERIVED);
            put_derived(streams, memory, document, &derived);
        }
        _ => {
            streams.at(stream::FORMS).push(payload::VERBATIM);
            streams.uleb(stream::LENGTHS, chunk.len() as u64);
            streams.at(stream::VERBATIM).extend_from_slice(chunk);
        }
    }
}

/// Writes which document is meant and returns its place.
fn put_document(streams: &mut Streams, memory: &mut Memory<'_>, document: DocId) -> usize {
    let place = if let Some(place) = memory.documents.place(&document) {
        let step = place as i64 - memory.last_document as i64;
        streams.uleb(stream::DOCUMENTS, 1 + (step << 1 ^ step >> 63) as u64);
        place
    } else {
        streams.uleb(stream::DOCUMENTS, 0);
        put_id(streams, memory, document.0);
        memory.by_document.push(DocumentMemory::default());
        memory.documents.push(document)
    };
    memory.last_document = place;
    place
}

fn put_id(streams: &mut Streams, memory: &mut Memory<'_>, id: [u8; 16]) {
    if let Some(place) = memory.ids.place(&id) {
        streams.uleb(stream::ID_REFERENCES, memory.ids.back(place));
    } else {
        streams.uleb(stream::ID_REFERENCES, 0);
        streams.ids.extend_from_slice(&id);
        memory.ids.push(id);
    }
}

/// A change that the reader can build again from its operations.
struct Derived<'b> {
    parts: ChangeParts<'b>,
    /// As they stand in the table: the change's own, then the others in order.
    actors: Vec<&'b [u8]>,
    operations: Vec<Operation<&'b [u8]>>,
}

impl<'b> Derived<'b> {
    fn of(chunk: &'b [u8], log: LogId) -> Option<Self> {
        let parts = ChangeParts::parse(chunk).ok().filter(|parts| parts.rest.is_empty())?;
        let prefix = &log.0[..ACTOR_LOG_BYTES];
        if parts.actor.len() != ACTOR_BYTES || !parts.actor.starts_with(prefix) {
            return None;
        }
        let sorted = parts.other_actors.windows(2).all(|pair| pair[0] < pair[1]);
        if !sorted || parts.other_actors.contains(&parts.actor) {
            return None;
        }
        let operations = operations::read(&parts)?;
        let mut named = vec![false; parts.other_actors.len() + 1];
        named[0] = true;
        for operation in &operations {
            operation
                .object
                .iter()
                .chain(&operation.predecessors)
                .for_each(|(actor, _)| named[*actor] = true);
            let fits = operation.action < MAKE_ROW
                && (operation.value_type > TYPES_WITHOUT_VALUE || operation.value.is_empty());
            if !fits {
                return None;
            }
        }
        let all = std::iter::once(&parts.actor).chain(&parts.other_actors);
        let actors: Vec<&[u8]> = all.map(|actor| short(actor, prefix)).collect::<Option<_>>()?;
        if !named.into_iter().all(|named| named) || parts.build() != chunk {
            return None;
        }
        Some(Self { parts, actors, operations })
    }
}

/// An actor as it stands in the table.
fn short<'b>(actor: &'b [u8], prefix: &[u8]) -> Option<&'b [u8]> {
    match actor.strip_prefix(prefix) {
        Some(drawn) if actor.len() == ACTOR_BYTES => Some(drawn),
        _ => Some(actor).filter(|a| a.len() != ACTOR_BYTES - ACTOR_LOG_BYTES && a.len() <= ACTOR_ID),
    }
}

fn put_derived<'s>(streams: &mut Streams, memory: &mut Memory<'s>, document: usize, derived: &Derived<'s>) {
    let parts = &derived.parts;
    let actor = put_actor(streams, memory, derived.actors[0]);
    let known = &mut memory.by_document[document];
    let last_seq = known.last_seq.get(&actor).copied().unwrap_or(0);
    streams.leb(stream::COUNTERS, parts.seq.wrapping_sub(last_seq) as i64);
    streams.leb(stream::COUNTERS, parts.start_op.wrapping_sub(known.next_op) as i64);
    streams.leb(stream::COUNTERS, parts.time);
    streams.uleb(stream::DEPENDENCIES, parts.deps.len() as u64);
    for dep in &parts.deps {
        let reference = match (known.hashes.place(dep), memory.hashes.place(dep)) {
            (Some(place), _) => 2 * known.hashes.back(place),
            (None, Some(place)) => 2 * place as u64 + 1,
            (None, None) => {
                memory.hashes.push(*dep);
                streams.ids.extend_from_slice(dep);
                0
            }
        };
        streams.uleb(stream::DEPENDENCIES, reference);
    }
    put_message(streams, parts.message);
    streams.uleb(stream::OPERATIONS, derived.operations.len() as u64);
    let mut rows = RowKeys::new(memory.documents.items[document], parts.actor, parts.seq);
    let (mut counter, mut map) = (parts.start_op, None);
    for operation in &derived.operations {
        let id = (actor, counter);
        put_operation(streams, memory, document, derived, operation, id, &mut map, &mut rows);
        counter = counter.wrapping_add(1);
    }
    memory.operations += derived.operations.len();
    memory.by_document[document].remember(actor, parts.seq, counter, parts.hash);
}

/// Writes a message: 0 says that there is none, 1 that 16 bytes are written as text, more how long it is.
fn put_message(streams: &mut Streams, message: &str) {
    let salt = BASE64URL_NOPAD.decode(message.as_bytes()).ok().filter(|salt| salt.len() == 16);
    match salt {
        Some(salt) => {
            streams.uleb(stream::LENGTHS, 1);
            streams.ids.extend_from_slice(&salt);
        }
        None if message.is_empty() => streams.uleb(stream::LENGTHS, 0),
        None => {
            streams.uleb(stream::LENGTHS, message.len() as u64 + 1);
            streams.at(stream::MESSAGES).extend_from_slice(message.as_bytes());
        }
    }
}

/// Writes an operation; `map` is the map of the one before.
#[allow(clippy::too_many_arguments, reason = "what the reader has at the same place, by the same names")]
fn put_operation<'s>(
    streams: &mut Streams,
    memory: &mut Memory<'s>,
    document: usize,
    derived: &Derived<'s>,
    operation: &Operation<&'s [u8]>,
    id: OperationPlace,
    map: &mut Option<OperationPlace>,
    rows: &mut RowKeys<'_>,
) {
    let makes_map = operation.action == action::MAKE_MAP && operation.value_type == 0;
    let row = if makes_map { rows.take_if(operation.key) } else { None };
    let action = if row.is_some() { MAKE_ROW } else { operation.action };
    streams.at(stream::OPERATIONS).push((action << 4 | operation.value_type) as u8);
    put_map(streams, memory, document, derived, operation, map);
    let key = if let Some(id) = row {
        memory.ids.push(id);
        memory.keys.push(Cow::Borrowed(operation.key))
    } else {
        put_key(streams, memory, operation.key)
    };
    if operation.value_type > TYPES_WITHOUT_VALUE {
        put_value(streams, memory, key, operation.value);
    }
    let Memory { actors, by_document, .. } = memory;
    let expected = by_document[document].expected(*map, key);
    let found = operation
        .predecessors
        .iter()
        .map(|(actor, counter)| actors.place(derived.actors[*actor]).map(|actor| (actor, *counter)));
    let as_expected = found.eq(expected.iter().map(|id| Some(*id)));
    let mut replaced = expected.to_vec();
    if as_expected {
        streams.uleb(stream::PREDECESSORS, 0);
    } else {
        replaced.clear();
        streams.uleb(stream::PREDECESSORS, operation.predecessors.len() as u64 + 1);
        for (actor, counter) in &operation.predecessors {
            streams.leb(stream::PREDECESSORS, derived.parts.start_op.wrapping_sub(*counter) as i64);
            replaced.push((put_actor(streams, memory, derived.actors[*actor]), *counter));
        }
    }
    memory.by_document[document].note(*map, key, &replaced, operation.action, id);
}

/// Writes the map that an operation writes to, if it is another than the one before.
fn put_map<'s>(
    streams: &mut Streams,
    memory: &mut Memory<'s>,
    document: usize,
    derived: &Derived<'s>,
    operation: &Operation<&'s [u8]>,
    map: &mut Option<OperationPlace>,
) {
    let Some((actor, counter)) = operation.object else {
        streams.uleb(stream::MAPS, u64::from(map.is_some()));
        *map = None;
        return;
    };
    let name = derived.actors[actor];
    if let Some(place) = memory.actors.place(name) {
        let id = (place, counter);
        let maps = &mut memory.by_document[document].maps;
        let reference = match (maps.place(&id), memory.maps.place(&id)) {
            _ if *map == Some(id) => Some(0),
            (Some(place), _) => Some(2 * maps.back(place)),
            (None, Some(place)) => Some(5 + 2 * place as u64),
            (None, None) => None,
        };
        if let Some(reference) = reference {
            streams.uleb(stream::MAPS, reference);
            *map = Some(id);
            return;
        }
    }
    streams.uleb(stream::MAPS, 3);
    streams.uleb(stream::MAPS, counter);
    let id = (put_actor(streams, memory, name), counter);
    memory.maps.push(id);
    *map = Some(id);
}

/// Writes a key by its place in the table of those met, and returns that.
fn put_key<'s>(streams: &mut Streams, memory: &mut Memory<'s>, key: &'s [u8]) -> usize {
    if let Some(place) = memory.keys.place(key) {
        streams.uleb(stream::KEYS, place as u64 + 1);
        return place;
    }
    streams.uleb(stream::KEYS, 0);
    put_text(streams, memory, stream::NAMES, key);
    memory.keys.push(Cow::Borrowed(key))
}

/// Writes a value beside the others of its key.
fn put_value(streams: &mut Streams, memory: &mut Memory<'_>, key: usize, value: &[u8]) {
    put_text(streams, memory, stream::values(key), value);
}

/// Writes a text: 0 says that it is an id in hexadecimal, more how long it is.
fn put_text(streams: &mut Streams, memory: &mut Memory<'_>, id: u64, text: &[u8]) {
    if let Some(named) = super::id_of(text) {
        streams.uleb(id, 0);
        put_id(streams, memory, named);
    } else {
        streams.uleb(id, text.len() as u64 + 1);
        streams.at(id).extend_from_slice(text);
    }
}

/// Writes an actor by its place in the table of those met, and returns that.
fn put_actor(streams: &mut Streams, memory: &mut Memory<'_>, actor: &[u8]) -> usize {
    if let Some(place) = memory.actors.place(actor) {
        streams.uleb(stream::ACTORS, place as u64 + 1);
        return place;
    }
    streams.uleb(stream::ACTORS, 0);
    streams.uleb(stream::LENGTHS, actor.len() as u64);
    streams.ids.extend_from_slice(actor);
    memory.actors.push(actor.to_vec())
}
