//! Makes the vectors that are refused, and names the reasons as `protocol/errors.md` does.

use std::num::NonZeroU64;

use automerge::{
    ActorId, Automerge, Change, ExpandedChange, ObjType, ROOT, ScalarValue, legacy, transaction::Transactable,
};
use linli_log::{
    Entry, EntryError, Genesis, Kind, LogWriter, RawSegment, SealError, SegmentError, VetError,
    author::seal_segment, compact, entry::Header, fact::Body,
};
use linli_wire::{DecodeError, DeviceKey, LogId, TimeMs};
use serde_json::{Value, json};

use crate::make::{SALT, actor, commit, hex, records, secret};

/// The name of a refusal.
pub fn reason(error: &SegmentError) -> &'static str {
    match error {
        SegmentError::TooLarge(_) | SegmentError::CompactTooLarge(_) => "segment-too-large",
        SegmentError::Damaged(_) => "segment-damaged",
        SegmentError::Decode(error) | SegmentError::Entry(EntryError::Header(error)) => decode_reason(error),
        SegmentError::Genesis(..) => "genesis-unreadable",
        SegmentError::Entry(error) => entry_reason(error),
        SegmentError::Empty => "segment-empty",
        SegmentError::BrokenChain { .. } => "chain-broken",
        SegmentError::Seal(SealError::WeakKey(_)) => "key-weak",
        SegmentError::Seal(SealError::Signature { .. }) => "seal-wrong",
    }
}

fn entry_reason(error: &EntryError) -> &'static str {
    match error {
        EntryError::Header(error) => decode_reason(error),
        EntryError::HeaderTooLarge(_) => "header-too-large",
        EntryError::TooLarge(_) => "entry-too-large",
        EntryError::PayloadCount { .. } => "payload-count",
        EntryError::PayloadLength { .. } => "payload-length",
        EntryError::RepeatedDocument(_) => "document-repeated",
        EntryError::UnexpectedChanges(_) => "changes-unexpected",
        EntryError::Link { .. } => "link-wrong",
        EntryError::Time(_) => "time-outside",
    }
}

fn decode_reason(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::Truncated => "cbor-truncated",
        DecodeError::Unexpected { .. } => "cbor-unexpected",
        DecodeError::TooLarge { .. } => "cbor-too-large",
        DecodeError::Trailing(_) => "cbor-trailing",
        DecodeError::NotShortest(_) => "cbor-not-shortest",
        DecodeError::Unknown { .. } => "cbor-unknown",
        DecodeError::Invalid(_) => "cbor-invalid",
    }
}

/// The name of a reason not to let a change through.
pub fn vet_reason(error: &VetError) -> &'static str {
    match error {
        VetError::Parse(_) => "change-unreadable",
        VetError::MissingDependency(_) => "dependency-missing",
        VetError::Actor => "actor-foreign",
        VetError::Time(_) => "change-time",
        VetError::Message(_) => "message-length",
        VetError::SequenceGap { .. } => "sequence-gap",
        VetError::Repeated(_) => "sequence-repeated",
        VetError::NotAfterOwn => "not-after-own",
        VetError::StartOp { .. } => "start-wrong",
        VetError::Operations(_) => "operation-count",
        VetError::OperationCounter(_) => "operation-counter",
        VetError::UnknownObject => "object-unknown",
        VetError::UnknownPredecessor => "predecessor-unknown",
        VetError::Operation(_) => "operation-unsupported",
        VetError::Depth => "depth",
        VetError::Undecodable => "change-undecodable",
        VetError::NotCanonical => "change-not-canonical",
    }
}

/// Seals the records again after something was done to their entries.
fn resealed(entries: Vec<Entry>) -> RawSegment {
    seal_segment(&secret(4), records(0).log, entries).expect("it has entries")
}

/// The canonical records with one header replaced by other bytes, without asking whether they fit.
fn with_header(alter: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let raw = records(0);
    let entry = &raw.entries[2];
    let mut header = entry.header_bytes().to_vec();
    alter(&mut header);
    let mut w = linli_wire::Writer::new();
    w.array(4).uint(1).bytes(&raw.log.0).array(1).array(2).bytes(&header).array(1);
    w.bytes(entry.payloads()[0].chunk().expect("it is not absent")).bytes(&raw.seal.signature);
    w.finish()
}

fn altered_header(alter: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut header = records(0).entries[2].header().clone();
    alter(&mut header);
    with_header(|bytes| *bytes = header.encode())
}

fn foreign_device() -> RawSegment {
    let raw = records(0);
    let head = raw.entries.last().expect("it has entries");
    let seal = secret(9).seal(raw.log, head.header().seq, head.hash());
    RawSegment { seal, ..raw }
}

fn weak_key() -> RawSegment {
    let raw = records(0);
    let genesis = Genesis::decode(&raw.entries[0].header().body).expect("it is a genesis");
    let genesis = Genesis { device: DeviceKey([0; 32]), ..genesis };
    let (writer, entry) = LogWriter::begin(&genesis, TimeMs(1_795_400_000_000)).expect("it has a shape");
    seal_segment(&secret(4), writer.log(), vec![entry]).expect("it has an entry")
}

fn long_heads(canonical: &[u8]) -> Vec<u8> {
    // The array of four items with its length in a byte of its own.
    [&[0x98, 0x04], &canonical[1..]].concat()
}

/// A name, a form, the bytes and the reason.
type Case = (&'static str, &'static str, Vec<u8>, &'static str);

/// What is wrong with a header.
fn header_cases() -> Vec<Case> {
    let repeated = altered_header(|h| h.changes.push(h.changes[0]));
    let cases = [
        ("the entry's version is unknown", with_header(|h| h[1] = 2), "cbor-unknown"),
        (
            "a header is not the shortest",
            with_header(|h| drop(h.splice(0..1, [0x98, 8]))),
            "cbor-not-shortest",
        ),
        ("a byte follows a header", with_header(|h| h.push(0)), "cbor-trailing"),
        ("a later entry has no parent", altered_header(|h| h.parent = None), "link-wrong"),
        ("a later entry is a genesis", altered_header(|h| h.kind = Kind::Genesis), "link-wrong"),
        ("a time lies before 2000", altered_header(|h| h.time = TimeMs(0)), "time-outside"),
        ("a grant carries changes", altered_header(|h| h.kind = Kind::Grant), "changes-unexpected"),
        ("a document stands twice in an entry", repeated, "document-repeated"),
        ("a payload is not listed", altered_header(|h| h.changes.clear()), "payload-count"),
        ("a payload is shorter than listed", altered_header(|h| h.changes[0].len += 1), "payload-length"),
        ("a payload is larger than any", altered_header(|h| h.changes[0].len = 1 << 20), "entry-too-large"),
    ];
    cases.into_iter().map(|(name, bytes, reason)| (name, "canonical", bytes, reason)).collect()
}

/// What is wrong with the chain or the seal.
fn chain_cases() -> Vec<Case> {
    let good = records(0);
    let entries =
        |order: &[usize]| resealed(order.iter().map(|at| good.entries[*at].clone()).collect()).encode();
    let unreadable = Header { body: vec![0x80], ..good.entries[0].header().clone() };
    let unreadable = Entry::from_parts(unreadable.encode(), vec![]).expect("bodies are not read here");
    let unreadable = RawSegment { log: unreadable.log(), entries: vec![unreadable], seal: good.seal };
    let empty = RawSegment { entries: vec![], ..good.clone() };
    let cases = [
        ("the seal is another device's", foreign_device().encode(), "seal-wrong"),
        ("the log's key is weak", weak_key().encode(), "key-weak"),
        ("an entry is missing", entries(&[0, 2]), "chain-broken"),
        ("two entries are exchanged", entries(&[0, 2, 1]), "chain-broken"),
        ("an entry stands twice", entries(&[1, 1]), "chain-broken"),
        ("there are no entries", empty.encode(), "segment-empty"),
        ("the genesis cannot be read", unreadable.encode(), "genesis-unreadable"),
    ];
    cases.into_iter().map(|(name, bytes, reason)| (name, "canonical", bytes, reason)).collect()
}

/// What is wrong with the bytes of a segment.
fn byte_cases() -> Vec<Case> {
    let good = records(0);
    let canonical = good.encode();
    let packed = compact::encode(&good, compact::LEVEL_FAST);
    let flipped = |at: usize| {
        let mut bytes = canonical.clone();
        bytes[at] ^= 1;
        bytes
    };
    let end = canonical.len();
    let version = [&[0x84, 2], &canonical[2..]].concat();
    let no_number = [&[0x84, 0xf6], &canonical[2..]].concat();
    let bomb = [&[1, 0x80, 0x80, 0x80, 0x20][..], &[0x28, 0xb5, 0x2f, 0xfd]].concat();
    vec![
        ("one bit of the seal is flipped", "canonical", flipped(end - 1), "seal-wrong"),
        ("one bit of a payload is flipped", "canonical", flipped(end - 70), "seal-wrong"),
        ("a byte follows", "canonical", [&canonical[..], &[0]].concat(), "cbor-trailing"),
        ("the last byte is missing", "canonical", canonical[..end - 1].to_vec(), "cbor-truncated"),
        ("an array's length is not the shortest", "canonical", long_heads(&canonical), "cbor-not-shortest"),
        ("the segment's version is unknown", "canonical", version, "cbor-unknown"),
        ("the first item is no number", "canonical", no_number, "cbor-unexpected"),
        ("the compact form is unknown", "compact", [&[9], &packed[1..]].concat(), "segment-damaged"),
        ("the compact form ends early", "compact", packed[..packed.len() - 5].to_vec(), "segment-damaged"),
        ("a compact segment declares 64 MiB", "compact", bomb, "segment-too-large"),
        ("the dictionary is unknown", "compact", [&[2, 2], &packed[2..]].concat(), "segment-damaged"),
        (
            "a dictionary was used and is not named",
            "compact",
            [&[2, 0], &packed[2..]].concat(),
            "segment-damaged",
        ),
        ("an id is not used", "compact", longer_ids(&packed), "segment-damaged"),
    ]
}

/// One byte more of ids than the streams ask for.
fn longer_ids(packed: &[u8]) -> Vec<u8> {
    let (low, high) = (packed[2], packed[3]);
    assert!(low & 0x80 != 0 && high < 0x80 && low != 0xff, "a length of two groups, with room for one more");
    // The streams' length takes two bytes as well, or one.
    let ids = if packed[4] & 0x80 == 0 { 5 } else { 6 };
    [&packed[..2], &[low + 1, high], &packed[4..ids], &[0], &packed[ids..]].concat()
}

pub fn segments() -> Value {
    let device = secret(4).device().to_string();
    [byte_cases(), chain_cases(), header_cases()]
        .concat()
        .into_iter()
        .map(|(name, form, bytes, reason)| {
            json!({ "name": name, "form": form, "device": device, "bytes": hex(&bytes), "reason": reason })
        })
        .collect()
}

const LOG: LogId = LogId([1; 32]);

/// A change on top of a card, with one thing about it made wrong.
fn altered(document: &Automerge, alter: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
    let good =
        commit(&mut document.fork(), actor(LOG), None, |t| t.put(ROOT, "phone", "139").expect("a value"));
    let mut expanded = Change::from_bytes(good).expect("Automerge made it").decode();
    alter(&mut expanded);
    Change::from(expanded).raw_bytes().to_vec()
}

fn edited(document: &Automerge, edit: impl FnOnce(&mut automerge::transaction::Transaction<'_>)) -> Vec<u8> {
    commit(&mut document.fork(), actor(LOG), None, edit)
}

pub fn changes() -> Value {
    let mut card = Automerge::new();
    let first = commit(&mut card, actor(LOG), Some(SALT), |t| t.put(ROOT, "phone", "138").expect("a value"));
    let unsalted =
        commit(&mut Automerge::new(), actor(LOG), None, |t| t.put(ROOT, "phone", "138").expect("a value"));
    let other = ActorId::from([&LOG.0[..10], &[2; 6]].concat());
    let put = |t: &mut automerge::transaction::Transaction<'_>| t.put(ROOT, "phone", "139").expect("a value");
    let beside = commit(&mut Automerge::new(), other.clone(), None, put);
    let after = commit(&mut card.fork(), other, None, put);
    let own = actor(LOG);
    let object = |c: &mut ExpandedChange| {
        c.operations[0].obj = legacy::ObjectId::Id(legacy::OpId::new(1, &own));
        c.operations[0].pred = Vec::new().into();
    };
    let nowhere = |c: &mut ExpandedChange| c.operations[0].pred = vec![legacy::OpId::new(99, &own)].into();
    let missing = |c: &mut ExpandedChange| c.deps = vec![automerge::ChangeHash([9; 32])];
    let list = edited(&card, |t| drop(t.put_object(ROOT, "l", ObjType::List).expect("a list")));
    let counter = edited(&card, |t| t.put(ROOT, "c", ScalarValue::counter(1)).expect("a counter"));
    let deep = edited(&card, |t| {
        (0..9).fold(ROOT, |map, _| t.put_object(&map, "m", ObjType::Map).expect("a map"));
    });
    let start = NonZeroU64::new(9).expect("it is not zero");
    let cases: Vec<(&str, LogId, Vec<u8>, &str)> = vec![
        ("an edit", LOG, altered(&card, |_| {}), "accepted"),
        ("a chunk cut short", LOG, first[..20].to_vec(), "change-unreadable"),
        ("another log's actor", LogId([2; 32]), altered(&card, |_| {}), "actor-foreign"),
        ("a time", LOG, altered(&card, |c| c.time = 1), "change-time"),
        ("a dependency that is not there", LOG, altered(&card, missing), "dependency-missing"),
        ("a gap", LOG, altered(&card, |c| c.seq = 3), "sequence-gap"),
        ("a twin", LOG, unsalted, "sequence-repeated"),
        ("no salt, and none behind it", LOG, beside, "message-length"),
        ("no salt, and one behind it", LOG, after, "accepted"),
        (
            "a salted twin",
            LOG,
            altered(&card, |c| {
                c.seq = 1;
                c.message = Some(SALT.to_owned());
            }),
            "sequence-repeated",
        ),
        ("a start elsewhere", LOG, altered(&card, |c| c.start_op = start), "start-wrong"),
        ("no operations", LOG, altered(&card, |c| c.operations.clear()), "operation-count"),
        ("an object that is a value", LOG, altered(&card, object), "object-unknown"),
        ("a predecessor that is nowhere", LOG, altered(&card, nowhere), "predecessor-unknown"),
        ("a list", LOG, list, "operation-unsupported"),
        ("a counter", LOG, counter, "operation-unsupported"),
        ("nine maps within each other", LOG, deep, "depth"),
        ("bytes after the columns", LOG, altered(&card, |c| c.extra_bytes = vec![1]), "change-not-canonical"),
    ];
    cases
        .into_iter()
        .map(|(name, log, chunk, reason)| {
            json!({ "name": name, "log": log.to_string(), "document": [hex(&first)], "chunk": hex(&chunk), "reason": reason })
        })
        .collect()
}
