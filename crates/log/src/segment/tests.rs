//! What decoding and verifying a segment promises.

use linli_wire::{
    DecodeError, LogId,
    limits::{SEGMENT_BYTES_MAX, SEGMENT_FILL_BYTES},
};
use proptest::prelude::*;

use super::*;
use crate::{
    entry::{Header, Kind},
    fixture::{TestLog, document, secret},
    seal::DeviceSecret,
};

fn log_of(entries: usize) -> TestLog {
    let mut log = TestLog::begin(1);
    for n in 1..entries as u64 {
        log.append_changes(vec![(document(n), vec![n as u8; 20]), (document(n + 100), vec![1])]);
    }
    log
}

fn sealed_by(secret: &DeviceSecret, segment: RawSegment) -> RawSegment {
    let last = segment.entries.last().expect("a segment in a test has entries");
    let seal = secret.seal(segment.log, last.header().seq, last.hash());
    RawSegment { seal, ..segment }
}

fn verify(segment: RawSegment) -> Result<(), SegmentError> {
    segment.verify(Some(secret(1).device())).map(|_| ())
}

#[test]
fn a_segment_reads_back_and_says_what_it_holds() {
    let mut log = log_of(6);
    log.erase(3);
    for (range, genesis) in [(0..6, true), (0..1, true), (1..6, false), (3..4, false)] {
        let segment = log.seal(range.clone());
        let bytes = segment.encode();
        assert_eq!(segment.encoded_len(), bytes.len());
        assert_eq!(RawSegment::decode(&bytes), Ok(segment.clone()));
        let device = (!genesis).then(|| secret(1).device());
        let verified = segment.clone().verify(device).expect("it is sound");
        assert_eq!(verified.log(), log.id());
        assert_eq!(verified.first_seq(), range.start as u64);
        assert_eq!(
            verified.head(),
            Head { seq: range.end as u64 - 1, hash: log.entries[range.end - 1].hash() }
        );
        assert_eq!(verified.parent(), log.entries[range.start].header().parent);
        assert_eq!(verified.genesis().is_some(), genesis);
        assert_eq!(verified.raw(), &segment);
    }
}

#[test]
fn adjacent_segments_merge_under_the_later_seal() {
    let log = log_of(6);
    let (first, second) = (log.seal(0..3), log.seal(3..6));
    let merged = RawSegment { entries: [first.entries, second.entries].concat(), ..second };
    assert_eq!(merged, log.seal_all());
    assert_eq!(verify(merged), Ok(()));
}

#[test]
fn a_chain_that_is_not_whole_is_refused() {
    let log = log_of(6);
    let broken = |entries: &[usize]| {
        let entries = entries.iter().map(|at| log.entries[*at].clone()).collect();
        sealed_by(&log.secret, RawSegment { entries, ..log.seal_all() })
    };
    for (entries, at) in [
        (&[0, 1, 3, 4][..], 3),
        (&[0, 2, 1, 3], 2),
        (&[1, 0], 0),
        (&[2, 2], 2),
        (&[0, 1, 2, 5], 5),
        (&[0, 0], 0),
    ] {
        let error = SegmentError::BrokenChain { log: log.id(), seq: at };
        assert_eq!(verify(broken(entries)), Err(error), "{entries:?}");
    }
}

#[test]
fn entries_of_another_log_do_not_fit_in() {
    let (log, other) = (log_of(4), TestLog::begin(2));
    let mut segment = log.seal(1..4);
    segment.log = other.id();
    let segment = sealed_by(&log.secret, segment);
    assert_eq!(verify(segment), Err(SegmentError::BrokenChain { log: other.id(), seq: 1 }));
    let mut foreign = log.seal(1..3);
    let header = Header { log: Some(other.id()), ..log.entries[2].header().clone() };
    foreign.entries[1] =
        Entry::from_parts(header.encode(), log.entries[2].payloads().to_vec()).expect("it has a shape");
    let segment = sealed_by(&log.secret, foreign);
    assert_eq!(verify(segment), Err(SegmentError::BrokenChain { log: log.id(), seq: 2 }));
}

#[test]
fn a_seal_is_of_this_device_over_this_head() {
    let log = log_of(4);
    let good = log.seal(1..4);
    let bad_seal = |seq, device| Err(SegmentError::Seal(SealError::Signature { log: log.id(), seq, device }));
    let (device, other) = (secret(1).device(), secret(2).device());
    assert_eq!(good.clone().verify(Some(other)).map(|_| ()), bad_seal(3, other));
    assert_eq!(verify(sealed_by(&secret(2), good.clone())), bad_seal(3, device));
    assert_eq!(verify(RawSegment { seal: log.seal(1..3).seal, ..good.clone() }), bad_seal(3, device));
    // The genesis names the device, whatever the caller believes.
    assert_eq!(log.seal_all().verify(Some(other)).map(|_| ()), Ok(()));
    // Without a genesis somebody has to say whose log it is.
    let error = SegmentError::BrokenChain { log: log.id(), seq: 1 };
    assert_eq!(good.verify(None).map(|_| ()), Err(error));
}

#[test]
fn a_log_by_a_weak_key_is_refused() {
    let mut genesis = crate::fixture::genesis(1);
    genesis.device = DeviceKey([0; 32]);
    let (writer, entry) =
        crate::LogWriter::begin(&genesis, linli_wire::TimeMs(crate::fixture::NOW)).expect("it has a shape");
    let segment =
        crate::author::seal_segment(&secret(1), writer.log(), vec![entry]).expect("it has an entry");
    assert_eq!(verify(segment), Err(SegmentError::Seal(SealError::WeakKey(DeviceKey([0; 32])))));
}

#[test]
fn a_genesis_that_cannot_be_read_is_refused() {
    let header = Header { body: vec![0x80], ..log_of(1).entries[0].header().clone() };
    let entry = Entry::from_parts(header.encode(), vec![]).expect("bodies are not read here");
    let segment = RawSegment { log: entry.log(), entries: vec![entry], ..log_of(1).seal_all() };
    let log = segment.log;
    assert!(matches!(verify(segment), Err(SegmentError::Genesis(of, _)) if of == log));
}

#[test]
fn an_empty_segment_is_refused() {
    let segment = RawSegment { entries: vec![], ..log_of(1).seal_all() };
    assert_eq!(RawSegment::decode(&segment.encode()), Ok(segment.clone()));
    assert_eq!(verify(segment), Err(SegmentError::Empty));
}

#[test]
fn a_segment_is_taken_at_its_limit_and_refused_one_past() {
    let mut log = TestLog::begin(1);
    for _ in 0..SEGMENT_BYTES_MAX / SEGMENT_FILL_BYTES - 1 {
        log.append_changes(vec![(document(1), vec![7; SEGMENT_FILL_BYTES])]);
    }
    let begun = log.seal_all().encode().len();
    let last = log.append_changes(vec![(document(1), vec![7; 200_000])]).len_bytes();
    let around = log.seal_all().encode().len() - begun - last;
    let room = SEGMENT_BYTES_MAX - begun - around - (last - 200_000);
    let mut sizes = vec![];
    for len in [room, room + 1] {
        let mut log = TestLog {
            secret: secret(1),
            writer: TestLog::begin(1).writer,
            entries: log.entries[..log.entries.len() - 1].to_vec(),
        };
        let head = log.entries.last().expect("it has entries");
        log.writer = crate::LogWriter::resume(head.log(), Head { seq: head.header().seq, hash: head.hash() });
        log.append_changes(vec![(document(1), vec![7; len])]);
        let bytes = log.seal_all().encode();
        sizes.push((bytes.len(), RawSegment::decode(&bytes).map(|_| ())));
    }
    assert_eq!(sizes[0], (SEGMENT_BYTES_MAX, Ok(())));
    assert_eq!(sizes[1], (SEGMENT_BYTES_MAX + 1, Err(SegmentError::TooLarge(SEGMENT_BYTES_MAX + 1))));
}

#[test]
fn a_segment_has_no_more_entries_than_the_limit() {
    let mut w = Writer::new();
    w.array(4).uint(1).bytes(&[1; 32]).array(SEGMENT_ENTRIES_MAX + 1);
    assert!(matches!(
        RawSegment::decode(&w.finish()),
        Err(SegmentError::Decode(DecodeError::TooLarge { what: "entries in a segment", .. }))
    ));
}

#[test]
fn a_segment_cut_anywhere_is_refused() {
    let bytes = log_of(4).seal_all().encode();
    for cut in 0..bytes.len() {
        assert!(RawSegment::decode(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(RawSegment::decode(&longer), Err(SegmentError::Decode(DecodeError::Trailing(1))));
}

#[test]
fn unknown_kinds_pass_and_other_versions_do_not() {
    let mut log = log_of(2);
    log.append(Kind::Unknown(99), vec![1, 2, 3], vec![]);
    let segment = log.seal_all();
    assert_eq!(verify(segment.clone()), Ok(()));
    let mut bytes = segment.encode();
    bytes[1] = 2;
    let error = DecodeError::Unknown { what: "the segment version", value: 2 };
    assert_eq!(RawSegment::decode(&bytes), Err(SegmentError::Decode(error)));
}

#[test]
fn any_bit_flipped_is_found() {
    let log = log_of(3);
    let bytes = log.seal(1..3).encode();
    for at in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        if let Ok(segment) = RawSegment::decode(&flipped) {
            assert!(verify(segment).is_err(), "bit {at}");
        }
    }
}

proptest! {
    #[test]
    fn bytes_from_outside_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(segment) = RawSegment::decode(&bytes) {
            prop_assert_eq!(segment.encode(), bytes);
        }
    }

    #[test]
    fn several_flipped_bytes_are_found(flips in proptest::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 1..6)) {
        let log = log_of(4);
        let segment = log.seal_all();
        let mut bytes = segment.encode();
        for (at, flip) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
        }
        if let Ok(other) = RawSegment::decode(&bytes) {
            prop_assert!(other == segment || other.log != LogId::from(log.entries[0].hash()) || verify(other).is_err());
        }
    }
}

#[test]
fn adjacent_segments_join_into_what_was_cut_apart() {
    let log = log_of(6);
    let whole = log.seal_all();
    for at in 1..6 {
        let joined = log.seal(0..at).join(log.seal(at..6)).expect("they are adjacent");
        assert_eq!(joined, whole, "cut at {at}");
        let rest = joined.suffix(at).expect("something is left");
        assert_eq!(rest, log.seal(at..6), "cut at {at}");
        assert!(verify(rest).is_ok());
    }
    assert_eq!(whole.suffix(6), None);
}

#[test]
fn only_what_follows_joins() {
    let (log, other) = (log_of(6), TestLog::begin(2));
    let seq = |result: Result<RawSegment, SegmentError>| match result {
        Err(SegmentError::BrokenChain { seq, .. }) => Some(seq),
        _ => None,
    };
    assert_eq!(seq(log.seal(0..2).join(log.seal(3..4))), Some(3), "one is missing between them");
    assert_eq!(seq(log.seal(2..4).join(log.seal(0..2))), Some(0), "the other way round");
    assert_eq!(seq(log.seal(0..3).join(log.seal(2..4))), Some(2), "they overlap");
    assert_eq!(seq(log.seal(0..1).join(other.seal_all())), Some(0), "of another log");
    let empty = RawSegment { entries: vec![], ..log.seal_all() };
    assert_eq!(log.seal(0..1).join(empty), Err(SegmentError::Empty));
}
