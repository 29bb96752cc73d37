//! What an entry promises.

use linli_wire::{
    DecodeError, DocId, EntryHash, LogId, TimeMs,
    limits::{DEVICE_TIME_MS, ENTRY_BYTES_MAX, ENTRY_CHANGES_MAX, HEADER_BYTES_MAX},
};
use proptest::prelude::*;

use super::*;
use crate::fixture::{NOW, TestLog, document};

fn header(changes: Vec<ChangeHeader>) -> Header {
    Header {
        log: Some(LogId([1; 32])),
        seq: 7,
        parent: Some(EntryHash([2; 32])),
        time: TimeMs(NOW),
        kind: Kind::Changes,
        body: vec![0x82, 0xf6, 0xf6],
        changes,
    }
}

fn change(n: u64, len: u64) -> ChangeHeader {
    ChangeHeader { document: document(n), kind: 1, schema: 1, len }
}

fn chunk(len: usize) -> Payload {
    Payload::Chunk(vec![0xab; len])
}

fn entry(header: &Header, payloads: Vec<Payload>) -> Result<Entry, EntryError> {
    Entry::from_parts(header.encode(), payloads)
}

prop_compose! {
    fn any_header()(
        links in proptest::option::of((any::<[u8; 32]>(), any::<[u8; 32]>())),
        seq in any::<u64>(),
        time in any::<i64>(),
        kind in any::<u64>(),
        body in proptest::collection::vec(any::<u8>(), 0..80),
        changes in proptest::collection::vec((any::<[u8; 16]>(), any::<u64>(), any::<u64>(), any::<u64>()), 0..5),
    ) -> Header {
        Header {
            log: links.map(|(log, _)| LogId(log)),
            seq,
            parent: links.map(|(_, parent)| EntryHash(parent)),
            time: TimeMs(time),
            kind: Kind::from_code(kind),
            body,
            changes: changes
                .into_iter()
                .map(|(document, kind, schema, len)| ChangeHeader { document: DocId(document), kind, schema, len })
                .collect(),
        }
    }
}

proptest! {
    #[test]
    fn a_header_reads_back_as_it_was_written(header in any_header()) {
        prop_assert_eq!(Header::decode(&header.encode()), Ok(header));
    }

    #[test]
    fn a_header_has_one_encoding(header in any_header(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut bytes = header.encode();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        if let Ok(other) = Header::decode(&bytes) {
            prop_assert_ne!(&other, &header);
            prop_assert_eq!(other.encode(), bytes);
        }
    }
}

#[test]
fn kinds_are_kept_by_their_number() {
    for code in (0..20).chain([1 << 40, u64::MAX]) {
        assert_eq!(Kind::from_code(code).code(), code);
    }
    assert_eq!(Kind::from_code(9), Kind::Alias);
    assert_eq!(Kind::from_code(10), Kind::Unknown(10));
}

#[test]
fn an_entry_of_an_unknown_kind_is_kept_with_its_changes() {
    let mut header = header(vec![change(1, 3)]);
    header.kind = Kind::Unknown(77);
    let entry = entry(&header, vec![chunk(3)]).expect("unknown kinds are relayed");
    assert_eq!(entry.header(), &header);
    assert_eq!(entry.changes().count(), 1);
}

#[test]
fn only_a_first_entry_is_a_genesis_and_only_a_genesis_has_no_links() {
    let good = header(vec![]);
    let genesis = Header { log: None, seq: 0, parent: None, kind: Kind::Genesis, ..good.clone() };
    assert!(entry(&good, vec![]).is_ok());
    assert!(entry(&genesis, vec![]).is_ok());
    let wrong = [
        Header { seq: 0, ..good.clone() },
        Header { log: None, ..good.clone() },
        Header { parent: None, ..good.clone() },
        Header { kind: Kind::Genesis, ..good.clone() },
        Header { seq: 1, ..genesis.clone() },
        Header { log: good.log, ..genesis.clone() },
        Header { parent: good.parent, ..genesis.clone() },
        Header { kind: Kind::Changes, ..genesis },
    ];
    for header in wrong {
        assert_eq!(entry(&header, vec![]), Err(EntryError::Link { seq: header.seq }), "{header:?}");
    }
}

#[test]
fn a_device_time_outside_this_century_is_refused() {
    for (time, good) in [
        (DEVICE_TIME_MS.start, true),
        (DEVICE_TIME_MS.start - 1, false),
        (DEVICE_TIME_MS.end - 1, true),
        (DEVICE_TIME_MS.end, false),
        (i64::MIN, false),
    ] {
        let header = Header { time: TimeMs(time), ..header(vec![]) };
        let expected = if good { Ok(()) } else { Err(EntryError::Time(time)) };
        assert_eq!(entry(&header, vec![]).map(|_| ()), expected);
    }
}

#[test]
fn a_document_changes_once_in_an_entry() {
    let header = header(vec![change(1, 1), change(2, 1), change(1, 1)]);
    let payloads = vec![chunk(1), chunk(1), chunk(1)];
    assert_eq!(entry(&header, payloads), Err(EntryError::RepeatedDocument(document(1))));
}

#[test]
fn facts_carry_no_changes() {
    let mut header = header(vec![change(1, 1)]);
    for kind in [Kind::Grant, Kind::Revoke, Kind::Receipt, Kind::Erase, Kind::Access, Kind::Checkpoint] {
        header.kind = kind;
        assert_eq!(entry(&header, vec![chunk(1)]), Err(EntryError::UnexpectedChanges(kind)));
    }
}

#[test]
fn payloads_are_those_that_the_header_lists() {
    let header = header(vec![change(1, 3), change(2, 4)]);
    assert!(entry(&header, vec![chunk(3), chunk(4)]).is_ok());
    assert_eq!(entry(&header, vec![chunk(3)]), Err(EntryError::PayloadCount { listed: 2, found: 1 }));
    assert_eq!(
        entry(&header, vec![chunk(3), chunk(5)]),
        Err(EntryError::PayloadLength { index: 1, listed: 4, found: 5 })
    );
}

#[test]
fn an_entry_is_taken_at_its_limit_and_refused_one_past() {
    let with_len = |len: u64| header(vec![change(1, len)]);
    // The length has the same width in both headers.
    let room = ENTRY_BYTES_MAX - with_len(ENTRY_BYTES_MAX as u64).encode().len();
    let at_limit = entry(&with_len(room as u64), vec![chunk(room)]).expect("an entry at the limit is taken");
    assert_eq!(at_limit.len_bytes(), ENTRY_BYTES_MAX);
    assert_eq!(
        entry(&with_len(room as u64 + 1), vec![chunk(room + 1)]),
        Err(EntryError::TooLarge(ENTRY_BYTES_MAX as u64 + 1))
    );
    let absent = Payload::Absent(chunk(1).digest());
    assert_eq!(entry(&with_len(u64::MAX), vec![absent]), Err(EntryError::TooLarge(u64::MAX)));
}

#[test]
fn a_header_is_taken_at_its_limit_and_refused_one_past() {
    let with_body = |len: usize| Header { body: vec![0; len], ..header(vec![]) };
    let around = with_body(60_000).encode().len() - 60_000;
    assert!(entry(&with_body(HEADER_BYTES_MAX - around), vec![]).is_ok());
    assert_eq!(
        entry(&with_body(HEADER_BYTES_MAX - around + 1), vec![]),
        Err(EntryError::HeaderTooLarge(HEADER_BYTES_MAX + 1))
    );
}

#[test]
fn an_entry_has_as_many_changes_as_the_limit_and_no_more() {
    let with_changes = |n: usize| header((0..n as u64).map(|at| change(at, 1)).collect());
    let payloads = |n: usize| vec![chunk(1); n];
    assert!(entry(&with_changes(ENTRY_CHANGES_MAX), payloads(ENTRY_CHANGES_MAX)).is_ok());
    assert!(matches!(
        entry(&with_changes(ENTRY_CHANGES_MAX + 1), payloads(ENTRY_CHANGES_MAX + 1)),
        Err(EntryError::Header(DecodeError::TooLarge { what: "changes in an entry", .. }))
    ));
}

#[test]
fn another_version_of_the_format_is_refused() {
    let mut bytes = header(vec![]).encode();
    assert_eq!(bytes[1], ENTRY_VERSION as u8);
    bytes[1] = 2;
    assert_eq!(
        Entry::from_parts(bytes, vec![]),
        Err(EntryError::Header(DecodeError::Unknown { what: "the entry version", value: 2 }))
    );
}

#[test]
fn the_hash_changes_with_every_byte_of_header_and_payload() {
    let mut log = TestLog::begin(1);
    let entry = log.append_changes(vec![(document(1), vec![1, 2, 3]), (document(2), vec![4, 5])]).clone();
    for at in 0..entry.header_bytes().len() {
        let mut header = entry.header_bytes().to_vec();
        header[at] ^= 1;
        assert_ne!(hash(&header, entry.payloads()), entry.hash(), "header byte {at}");
    }
    for (payload, at) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)] {
        let mut payloads = entry.payloads().to_vec();
        let Payload::Chunk(chunk) = &mut payloads[payload] else { unreachable!("nothing is absent yet") };
        chunk[at] ^= 1;
        let other =
            Entry::from_parts(entry.header_bytes().to_vec(), payloads).expect("the lengths still fit");
        assert_ne!(other.hash(), entry.hash(), "byte {at} of payload {payload}");
    }
}

#[test]
fn an_absent_payload_keeps_the_hash() {
    let mut log = TestLog::begin(1);
    let before = log.append_changes(vec![(document(1), vec![1; 90]), (document(2), vec![2; 80])]).clone();
    log.erase(1);
    let after = &log.entries[1];
    assert_eq!(after.hash(), before.hash());
    assert_eq!(after.changes().map(|(_, chunk)| chunk).collect::<Vec<_>>(), [None, None]);
    assert!(after.len_bytes() < before.len_bytes());
}

#[test]
fn a_log_is_named_by_its_genesis() {
    let mut log = TestLog::begin(1);
    let id = LogId::from(log.entries[0].hash());
    assert_eq!(log.id(), id);
    assert_eq!(log.append_changes(vec![]).log(), id);
}
