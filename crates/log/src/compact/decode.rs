//! From streams back to the segment.

use std::{borrow::Cow, collections::BTreeMap};

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use linli_wire::{
    Digest, DocId, EntryHash, LogId, TimeMs,
    limits::{
        ACTOR_ID_BYTES_MAX, CHANGE_ACTORS_MAX, CHANGE_DEPS_MAX, CHANGE_OPS_MAX, ENTRY_BYTES_MAX,
        ENTRY_CHANGES_MAX, HEADER_BYTES_MAX, MAP_KEY_BYTES_MAX, SEGMENT_BYTES_MAX,
    },
};

use super::{
    ACTOR_BYTES, ACTOR_LOG_BYTES, OPERATIONS_MAX, STREAM_COUNT_MAX, TYPES_WITHOUT_VALUE, damaged,
    memory::{DocumentMemory, Memory, OperationPlace, Table},
    payload,
    rows::{MAKE_ROW, RowKeys},
    stream,
};
use crate::{
    change::{
        ChangeHash, ChangeParts, Input,
        operations::{self, Operation, action},
    },
    entry::{ChangeHeader, Entry, Header, Kind, Payload},
    seal::Seal,
    segment::{RawSegment, SEGMENT_ENTRIES_MAX, SegmentError},
};

struct Streams<'b> {
    /// Whatever is random.
    ids: Input<'b>,
    /// What is left of each stream, by its id.
    packed: [Input<'b>; STREAM_COUNT_MAX],
}

impl<'b> Streams<'b> {
    fn read(ids: &'b [u8], plain: &'b [u8]) -> Result<Self, SegmentError> {
        let mut input = Input(plain);
        let count = bounded("streams", input.uleb().map_err(damaged)?, STREAM_COUNT_MAX)?;
        let mut lengths = Vec::with_capacity(count);
        for _ in 0..count {
            lengths.push((input.uleb().map_err(damaged)?, input.length().map_err(damaged)?));
        }
        if lengths.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            return Err(damaged("its streams are not in order"));
        }
        let mut packed = [Input(&[]); STREAM_COUNT_MAX];
        for (id, len) in lengths {
            let stream = input.take(len).map_err(damaged)?;
            match usize::try_from(id).ok().and_then(|id| packed.get_mut(id)) {
                Some(place) => *place = Input(stream),
                None => return Err(SegmentError::Damaged(format!("it has a stream {id}"))),
            }
        }
        if input.0.is_empty() {
            Ok(Self { ids: Input(ids), packed })
        } else {
            Err(damaged("bytes follow its streams"))
        }
    }

    fn at(&mut self, id: u64) -> &mut Input<'b> {
        &mut self.packed[id as usize]
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

    fn random<const N: usize>(&mut self) -> Result<[u8; N], SegmentError> {
        self.ids.array().map_err(damaged)
    }

    fn count(&mut self, id: u64, what: &'static str, limit: usize) -> Result<usize, SegmentError> {
        let found = self.uleb(id)?;
        bounded(what, found, limit)
    }

    fn finish(self) -> Result<(), SegmentError> {
        if self.ids.0.is_empty() && self.packed.iter().all(|rest| rest.0.is_empty()) {
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

pub(super) fn segment(ids: &[u8], plain: &[u8]) -> Result<RawSegment, SegmentError> {
    let mut streams = Streams::read(ids, plain)?;
    let mut memory = Memory::default();
    let log = LogId(streams.random()?);
    let seal = Seal { signature: streams.random()? };
    let count = streams.count(stream::HEADS, "entries", SEGMENT_ENTRIES_MAX)?;
    let first_seq = streams.uleb(stream::HEADS)?;
    let mut parent = match first_seq {
        0 => None,
        _ => Some(EntryHash(streams.random()?)),
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
        let header = Header { log, seq, parent, time: TimeMs(time), kind, body, changes };
        let entry = Entry::of(header, payloads)?;
        take_room(&mut room, entry.header_bytes().len())?;
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

fn take_change<'b>(
    streams: &mut Streams<'b>,
    memory: &mut Memory<'b>,
    log: LogId,
) -> Result<(ChangeHeader, Payload), SegmentError> {
    let place = take_document(streams, memory)?;
    let document = memory.documents.items[place];
    let kind = streams.uleb(stream::FORMS)?;
    let schema = streams.uleb(stream::FORMS)?;
    let (len, payload) = match streams.take(stream::FORMS, 1)?[0] {
        payload::ABSENT => {
            let len = streams.uleb(stream::LENGTHS)?;
            (len, Payload::Absent(Digest(streams.random()?)))
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

fn take_document(streams: &mut Streams<'_>, memory: &mut Memory<'_>) -> Result<usize, SegmentError> {
    let place = match streams.uleb(stream::DOCUMENTS)? {
        0 => {
            memory.by_document.push(DocumentMemory::default());
            let id = take_id(streams, memory)?;
            memory.documents.push(DocId(id))
        }
        step => {
            let step = ((step - 1) >> 1) as i64 ^ -(((step - 1) & 1) as i64);
            let place = i64::try_from(memory.last_document).ok().and_then(|last| last.checked_add(step));
            place
                .and_then(|place| usize::try_from(place).ok())
                .filter(|place| *place < memory.documents.items.len())
                .ok_or_else(|| damaged("it refers to a document that it does not have"))?
        }
    };
    memory.last_document = place;
    Ok(place)
}

fn take_id(streams: &mut Streams<'_>, memory: &mut Memory<'_>) -> Result<[u8; 16], SegmentError> {
    let known = memory.ids.items.len();
    match streams.count(stream::ID_REFERENCES, "ids back", known)? {
        0 => {
            let id = streams.random()?;
            memory.ids.push(id);
            Ok(id)
        }
        back => Ok(memory.ids.items[known - back]),
    }
}

/// The actors that a change names besides its own, with what says so in its operations.
#[derive(Default)]
struct Named<'b>(Vec<Operation<Cow<'b, [u8]>>>);

impl Named<'_> {
    /// Turns places in the table into places in the change, and returns the other actors in order.
    fn settle(&mut self, own: usize, log: LogId, memory: &Memory<'_>) -> Result<Vec<Vec<u8>>, SegmentError> {
        fn ids<V>(operation: &Operation<V>) -> impl Iterator<Item = usize> {
            operation.object.iter().chain(&operation.predecessors).map(|(actor, _)| *actor)
        }
        let mut others: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        let mut seen = std::collections::BTreeSet::from([own]);
        for place in self.0.iter().flat_map(ids) {
            if seen.insert(place) {
                others.insert(whole(&memory.actors.items[place], log), place);
                bounded("other actors", others.len() as u64, CHANGE_ACTORS_MAX)?;
            }
        }
        let mut in_change = BTreeMap::from([(own, 0)]);
        in_change.extend(others.values().zip(1..).map(|(place, at)| (*place, at)));
        for operation in &mut self.0 {
            for (actor, _) in operation.object.iter_mut().chain(&mut operation.predecessors) {
                *actor = in_change.get(actor).copied().unwrap_or(0);
            }
        }
        Ok(others.into_keys().collect())
    }
}

/// An actor of the table with what the log's id says.
fn whole(actor: &[u8], log: LogId) -> Vec<u8> {
    match actor.len() {
        len if len == ACTOR_BYTES - ACTOR_LOG_BYTES => [&log.0[..ACTOR_LOG_BYTES], actor].concat(),
        _ => actor.to_vec(),
    }
}

fn take_derived<'b>(
    streams: &mut Streams<'b>,
    memory: &mut Memory<'b>,
    log: LogId,
    document: usize,
) -> Result<Vec<u8>, SegmentError> {
    let own = take_actor(streams, memory)?;
    let actor = whole(&memory.actors.items[own], log);
    let known = &memory.by_document[document];
    let last_seq = known.last_seq.get(&own).copied().unwrap_or(0);
    let seq = last_seq.wrapping_add_signed(streams.leb(stream::COUNTERS)?);
    let start_op = known.next_op.wrapping_add_signed(streams.leb(stream::COUNTERS)?);
    let time = streams.leb(stream::COUNTERS)?;
    let deps = take_dependencies(streams, &known.hashes.items, &mut memory.hashes)?;
    let message = take_message(streams)?;
    let count =
        streams.count(stream::OPERATIONS, "operations", OPERATIONS_MAX.saturating_sub(memory.operations))?;
    memory.operations += count;
    let mut named = Named::default();
    let mut rows = RowKeys::new(memory.documents.items[document], &actor, seq);
    let (mut counter, mut map, mut predecessors, mut keys) = (start_op, None, 0, 0);
    for _ in 0..count {
        let id = (own, counter);
        let operation = take_operation(streams, memory, document, start_op, id, &mut map, &mut rows)?;
        // Invariant: what an operation refers to is as bounded as what it brings.
        keys += operation.key.len();
        bounded("bytes of keys", keys as u64, ENTRY_BYTES_MAX)?;
        predecessors += operation.predecessors.len();
        bounded("predecessors", predecessors as u64, CHANGE_OPS_MAX as usize)?;
        named.0.push(operation);
        counter = counter.wrapping_add(1);
    }
    let others = named.settle(own, log, memory)?;
    let columns = operations::columns(&named.0);
    let parts = ChangeParts {
        hash: [0; 32],
        deps,
        actor: &actor,
        seq,
        start_op,
        time,
        message: &message,
        other_actors: others.iter().map(Vec::as_slice).collect(),
        columns: columns.iter().collect(),
        rest: &[],
    };
    let (chunk, hash) = parts.build_with_hash();
    memory.by_document[document].remember(own, seq, counter, hash);
    Ok(chunk)
}

fn take_dependencies(
    streams: &mut Streams<'_>,
    known: &[ChangeHash],
    foreign: &mut Table<ChangeHash>,
) -> Result<Vec<ChangeHash>, SegmentError> {
    let count = streams.count(stream::DEPENDENCIES, "dependencies", CHANGE_DEPS_MAX)?;
    let unknown = || damaged("it refers to a change that it does not have");
    (0..count)
        .map(|_| match streams.uleb(stream::DEPENDENCIES)? {
            0 => {
                let hash = streams.random()?;
                foreign.push(hash);
                Ok(hash)
            }
            reference if reference % 2 == 0 => {
                let back = usize::try_from(reference / 2).map_err(damaged)?;
                Ok(known[known.len().checked_sub(back).ok_or_else(unknown)?])
            }
            reference => {
                let place = usize::try_from(reference / 2).map_err(damaged)?;
                foreign.items.get(place).copied().ok_or_else(unknown)
            }
        })
        .collect()
}

fn take_message<'b>(streams: &mut Streams<'b>) -> Result<Cow<'b, str>, SegmentError> {
    match streams.count(stream::LENGTHS, "bytes of a message", ENTRY_BYTES_MAX)? {
        0 => Ok(Cow::Borrowed("")),
        1 => Ok(Cow::Owned(BASE64URL_NOPAD.encode(&streams.random::<16>()?))),
        len => {
            std::str::from_utf8(streams.take(stream::MESSAGES, len - 1)?).map(Cow::Borrowed).map_err(damaged)
        }
    }
}

/// Reads an operation, its actors as places in the table; `map` is the map of the one before.
fn take_operation<'b>(
    streams: &mut Streams<'b>,
    memory: &mut Memory<'b>,
    document: usize,
    start_op: u64,
    id: OperationPlace,
    map: &mut Option<OperationPlace>,
    rows: &mut RowKeys<'_>,
) -> Result<Operation<Cow<'b, [u8]>>, SegmentError> {
    let code = u64::from(streams.take(stream::OPERATIONS, 1)?[0]);
    let (action, value_type) = (code >> 4, code & 15);
    take_map(streams, memory, document, map)?;
    let (action, key) = match (action, value_type) {
        (MAKE_ROW, 0) => {
            let id = rows.take();
            memory.ids.push(id);
            (action::MAKE_MAP, memory.keys.push(Cow::Owned(HEXLOWER.encode(&id).into_bytes())))
        }
        (MAKE_ROW, _) => return Err(damaged("a row that has a value itself")),
        _ => (action, take_key(streams, memory)?),
    };
    let value = match value_type {
        0..=TYPES_WITHOUT_VALUE => Cow::Borrowed(&[][..]),
        _ => take_text(streams, memory, stream::values(key), "bytes of a value", ENTRY_BYTES_MAX)?,
    };
    let predecessors =
        match streams.count(stream::PREDECESSORS, "predecessors", CHANGE_OPS_MAX as usize + 1)? {
            0 => memory.by_document[document].expected(*map, key).to_vec(),
            count => (1..count)
                .map(|_| {
                    let counter = start_op.wrapping_sub(streams.leb(stream::PREDECESSORS)? as u64);
                    Ok((take_actor(streams, memory)?, counter))
                })
                .collect::<Result<_, SegmentError>>()?,
        };
    memory.by_document[document].note(*map, key, &predecessors, action, id);
    let key = memory.keys.items[key].clone();
    Ok(Operation { object: *map, key, action, value_type, value, predecessors })
}

/// Reads the map that an operation writes to.
fn take_map(
    streams: &mut Streams<'_>,
    memory: &mut Memory<'_>,
    document: usize,
    map: &mut Option<OperationPlace>,
) -> Result<(), SegmentError> {
    let unknown = || damaged("it refers to a map that it does not have");
    *map = match streams.uleb(stream::MAPS)? {
        0 => *map,
        1 => None,
        3 => {
            let counter = streams.uleb(stream::MAPS)?;
            let id = (take_actor(streams, memory)?, counter);
            memory.maps.push(id);
            Some(id)
        }
        reference if reference % 2 == 0 => {
            let maps = &memory.by_document[document].maps.items;
            let back = usize::try_from(reference / 2).map_err(damaged)?;
            Some(maps[maps.len().checked_sub(back).ok_or_else(unknown)?])
        }
        reference => {
            let place = usize::try_from((reference - 5) / 2).map_err(damaged)?;
            Some(*memory.maps.items.get(place).ok_or_else(unknown)?)
        }
    };
    Ok(())
}

/// Reads a key and returns its place in the table.
fn take_key<'b>(streams: &mut Streams<'b>, memory: &mut Memory<'b>) -> Result<usize, SegmentError> {
    match streams.count(stream::KEYS, "keys", memory.keys.items.len())? {
        0 => {
            let key = take_text(streams, memory, stream::NAMES, "bytes of a key", MAP_KEY_BYTES_MAX)?;
            Ok(memory.keys.push(key))
        }
        reference => Ok(reference - 1),
    }
}

fn take_text<'b>(
    streams: &mut Streams<'b>,
    memory: &mut Memory<'b>,
    id: u64,
    what: &'static str,
    limit: usize,
) -> Result<Cow<'b, [u8]>, SegmentError> {
    match streams.count(id, what, limit + 1)? {
        0 => Ok(Cow::Owned(HEXLOWER.encode(&take_id(streams, memory)?).into_bytes())),
        len => Ok(Cow::Borrowed(streams.take(id, len - 1)?)),
    }
}

/// Reads which actor is meant and returns its place in the table.
fn take_actor(streams: &mut Streams<'_>, memory: &mut Memory<'_>) -> Result<usize, SegmentError> {
    match streams.count(stream::ACTORS, "actors", memory.actors.items.len())? {
        0 => {
            let len = streams.count(stream::LENGTHS, "bytes of an actor", ACTOR_ID_BYTES_MAX)?;
            let actor = streams.ids.take(len).map_err(damaged)?.to_vec();
            Ok(memory.actors.push(actor))
        }
        reference => Ok(reference - 1),
    }
}
