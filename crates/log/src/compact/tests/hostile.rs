//! What a hostile sender cannot do with the compact form: make the reader allocate.

use linli_wire::limits::{COMPACT_BYTES_MAX, ENTRY_CHANGES_MAX, MAP_KEY_BYTES_MAX, SEGMENT_BYTES_MAX};

use super::super::{
    CANONICAL, Plain, STREAMS, STREAMS_BYTES_MAX, decode, pack, pack_canonical, payload, stream,
};
use crate::{
    change::{put_leb, put_uleb},
    segment::SegmentError,
};

/// Streams that a sender wrote by hand.
#[derive(Default)]
struct Crafted {
    ids: Vec<u8>,
    streams: std::collections::BTreeMap<u64, Vec<u8>>,
}

impl Crafted {
    /// The beginning of a segment of so many entries that follows another one.
    fn segment(entries: u64) -> Self {
        let mut crafted = Self::default();
        crafted.ids.extend_from_slice(&[7; 32 + 64 + 32]);
        put_uleb(crafted.at(stream::HEADS), entries);
        put_uleb(crafted.at(stream::HEADS), 1);
        crafted
    }

    fn at(&mut self, id: u64) -> &mut Vec<u8> {
        self.streams.entry(id).or_default()
    }

    fn entry(&mut self, changes: u64) {
        self.at(stream::HEADS).extend_from_slice(&[1, 0]);
        put_uleb(self.at(stream::HEADS), changes);
        let times = self.at(stream::TIMES);
        let difference = if times.is_empty() { crate::fixture::NOW } else { 0 };
        put_leb(times, difference);
    }

    /// A derived change of a new document with this actor reference; what its operations do stands in the
    /// streams already.
    fn derived(&mut self, document: u64, actor: &[u8], deps: &[u8], operations: &[u8]) {
        self.at(stream::DOCUMENTS).push(0);
        self.at(stream::ID_REFERENCES).push(0);
        self.ids.extend_from_slice(&u128::from(document).to_be_bytes());
        self.at(stream::FORMS).extend_from_slice(&[1, 1, payload::DERIVED]);
        self.at(stream::ACTORS).extend_from_slice(actor);
        self.at(stream::COUNTERS).extend_from_slice(&[1, 1, 0]);
        self.at(stream::DEPENDENCIES).extend_from_slice(deps);
        self.at(stream::LENGTHS).push(0);
        self.at(stream::OPERATIONS).extend_from_slice(operations);
    }

    fn pack(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        put_uleb(&mut plain, self.streams.len() as u64);
        for (id, bytes) in &self.streams {
            put_uleb(&mut plain, *id);
            put_uleb(&mut plain, bytes.len() as u64);
        }
        self.streams.values().for_each(|bytes| plain.extend_from_slice(bytes));
        pack(&Plain { ids: self.ids.clone(), streams: plain }, 19)
    }
}

/// Both forms around these bytes.
fn both(plain: &[u8]) -> [Vec<u8>; 2] {
    [pack_canonical(plain, 19), pack(&Plain { ids: vec![], streams: plain.to_vec() }, 19)]
}

#[test]
fn a_bomb_is_refused_by_the_length_that_it_declares() {
    for bomb in both(&vec![0; 64 << 20]) {
        assert!(bomb.len() < 10_000, "a bomb is small: {}", bomb.len());
        assert_eq!(decode(&bomb), Err(SegmentError::TooLarge(64 << 20)));
    }
    let mut declared = vec![STREAMS, 0, 0];
    put_uleb(&mut declared, u64::MAX);
    assert_eq!(decode(&declared), Err(SegmentError::TooLarge(usize::MAX)));
}

#[test]
fn a_bomb_that_declares_less_than_it_holds_is_refused() {
    let zeros = vec![0; 64 << 20];
    for head in [&[CANONICAL][..], &[STREAMS, 0, 0], &[STREAMS, 1, 0]] {
        for len in [0, 100, SEGMENT_BYTES_MAX] {
            let mut bomb = head.to_vec();
            put_uleb(&mut bomb, len as u64);
            bomb.extend(zstd::bulk::compress(&zeros, 19).expect("compressing memory"));
            assert!(matches!(decode(&bomb), Err(SegmentError::Damaged(_))));
        }
    }
    let mut short = vec![CANONICAL];
    put_uleb(&mut short, 101);
    short.extend(zstd::bulk::compress(&[0; 100], 3).expect("compressing memory"));
    assert!(matches!(decode(&short), Err(SegmentError::Damaged(_))));
}

#[test]
fn a_dictionary_that_is_not_known_is_named() {
    let mut compact = Crafted::segment(0).pack();
    assert_eq!(compact[1], 1, "it is small");
    compact[1] = 2;
    assert!(matches!(decode(&compact), Err(SegmentError::Damaged(why)) if why.contains("dictionary 2")));
}

#[test]
fn a_compact_segment_over_its_limit_is_not_even_looked_at() {
    let bytes = vec![STREAMS; COMPACT_BYTES_MAX + 1];
    assert_eq!(decode(&bytes), Err(SegmentError::CompactTooLarge(COMPACT_BYTES_MAX + 1)));
    assert!(matches!(
        decode(&bytes[..COMPACT_BYTES_MAX]),
        Err(SegmentError::Damaged(_) | SegmentError::TooLarge(_))
    ));
}

#[test]
fn the_declared_limits_are_the_last_that_are_taken() {
    for (form, limit) in [(0, SEGMENT_BYTES_MAX), (1, STREAMS_BYTES_MAX)] {
        let [at, past] = [limit, limit + 1].map(|len| decode(&both(&vec![0; len])[form]));
        assert!(!matches!(at, Err(SegmentError::TooLarge(_))));
        assert_eq!(past, Err(SegmentError::TooLarge(limit + 1)));
    }
}

/// Operations that write two keys of the greatest length in turn, so that no run shortens them.
fn two_long_keys(crafted: &mut Crafted, operations: usize, first: bool) {
    put_uleb(crafted.at(stream::OPERATIONS), operations as u64);
    let known = if first { 2 } else { 0 };
    for at in 0..operations {
        let turn = (at % 2) as u8;
        crafted.at(stream::OPERATIONS).push(0x10);
        crafted.at(stream::MAPS).push(0);
        crafted.at(stream::PREDECESSORS).push(0);
        crafted.at(stream::KEYS).push(if at < known { 0 } else { turn + 1 });
        if at < known {
            put_uleb(crafted.at(stream::NAMES), MAP_KEY_BYTES_MAX as u64 + 1);
            crafted.at(stream::NAMES).extend_from_slice(&[b'a' + turn; MAP_KEY_BYTES_MAX]);
        }
    }
}

#[test]
fn references_to_keys_do_not_multiply_beyond_the_limit() {
    // In one change, and spread over many.
    for (changes, operations, why) in [(1, 20_000, "bytes of keys"), (8, 2_000, "")] {
        let mut crafted = Crafted::segment(1);
        crafted.entry(changes);
        for change in 0..changes {
            if change == 0 {
                crafted.at(stream::LENGTHS).push(6);
            }
            two_long_keys(&mut crafted, operations, change == 0);
            crafted.derived(change, if change == 0 { &[0] } else { &[1] }, &[0], &[]);
            if change == 0 {
                crafted.ids.extend_from_slice(&[9; 6]);
            }
        }
        let compact = crafted.pack();
        assert!(compact.len() < 3_000, "little is sent: {}", compact.len());
        match decode(&compact) {
            Err(SegmentError::Damaged(text)) => assert!(!why.is_empty() && text.contains(why), "{text}"),
            Err(SegmentError::TooLarge(len)) => assert!(why.is_empty() && len < 2 * SEGMENT_BYTES_MAX),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn operations_are_counted_over_the_whole_segment() {
    let mut crafted = Crafted::segment(1);
    crafted.entry(4);
    crafted.at(stream::LENGTHS).push(6);
    for change in 0..4 {
        let count = super::super::OPERATIONS_MAX / 4 + usize::from(change == 3);
        put_uleb(crafted.at(stream::OPERATIONS), count as u64);
        let each = |crafted: &mut Crafted, id, byte| {
            let len = crafted.at(id).len();
            crafted.at(id).resize(len + count, byte);
        };
        each(&mut crafted, stream::OPERATIONS, 0x10);
        for id in [stream::MAPS, stream::PREDECESSORS] {
            each(&mut crafted, id, 0);
        }
        if change == 0 {
            crafted.at(stream::KEYS).push(0);
            crafted.at(stream::NAMES).extend_from_slice(&[2, b'a']);
        }
        let len = count - usize::from(change == 0);
        let keys = crafted.at(stream::KEYS).len();
        crafted.at(stream::KEYS).resize(keys + len, 1);
        crafted.derived(change as u64, if change == 0 { &[0] } else { &[1] }, &[0], &[]);
        if change == 0 {
            crafted.ids.extend_from_slice(&[9; 6]);
        }
    }
    let found = decode(&crafted.pack());
    assert!(matches!(&found, Err(SegmentError::Damaged(why)) if why.contains("operations")), "{found:?}");
}

#[test]
fn counts_are_bounded_before_anything_is_made_room_for() {
    let mut entries = Crafted::segment(1 << 50);
    entries.entry(0);
    assert!(matches!(decode(&entries.pack()), Err(SegmentError::Damaged(why)) if why.contains("entries")));
    let mut changes = Crafted::segment(1);
    changes.entry(ENTRY_CHANGES_MAX as u64 + 1);
    assert!(matches!(decode(&changes.pack()), Err(SegmentError::Damaged(why)) if why.contains("changes")));
    for (actor, deps, operations, what) in [
        (&[1][..], &[0][..], &[0][..], "actors"),
        (&[0], &[0x41], &[0], "dependencies"),
        (&[0], &[1, 2], &[0], "a change"),
        (&[0], &[1, 1], &[0], "a change"),
        (&[0], &[0], &[0xff, 0xff, 0x7f], "operations"),
    ] {
        let mut crafted = Crafted::segment(1);
        crafted.entry(1);
        crafted.at(stream::LENGTHS).push(6);
        crafted.derived(1, actor, deps, operations);
        crafted.ids.extend_from_slice(&[9; 6]);
        let found = decode(&crafted.pack());
        assert!(matches!(&found, Err(SegmentError::Damaged(why)) if why.contains(what)), "{what}: {found:?}");
    }
}

#[test]
fn what_an_operation_refers_to_is_here() {
    // Each is what one operation that puts a text has in the streams.
    for (maps, keys, names, value, predecessors, what) in [
        (&[2][..], &[0][..], &[2, b'a'][..], &[2, b'b'][..], &[0][..], "a map"),
        (&[5], &[0], &[2, b'a'], &[2, b'b'], &[0], "a map"),
        (&[0], &[1], &[], &[2, b'b'], &[0], "keys"),
        (&[0], &[0], &[0x82, 0x01], &[2, b'b'], &[0], "bytes of a key"),
        (&[0], &[0], &[2, b'a'], &[0xff, 0xff, 0x7f], &[0], "bytes of a value"),
        (&[0], &[0], &[2, b'a'], &[2, b'b'], &[0xff, 0xff, 0x7f], "predecessors"),
    ] {
        let mut crafted = Crafted::segment(1);
        crafted.entry(1);
        crafted.at(stream::LENGTHS).push(6);
        for (id, bytes) in [
            (stream::MAPS, maps),
            (stream::KEYS, keys),
            (stream::NAMES, names),
            (stream::values(0), value),
            (stream::PREDECESSORS, predecessors),
        ] {
            crafted.at(id).extend_from_slice(bytes);
        }
        crafted.derived(1, &[0], &[0], &[1, 0x16]);
        crafted.ids.extend_from_slice(&[9; 6]);
        let found = decode(&crafted.pack());
        assert!(matches!(&found, Err(SegmentError::Damaged(why)) if why.contains(what)), "{what}: {found:?}");
    }
}

#[test]
fn every_byte_of_the_streams_is_used() {
    let whole = |crafted: &Crafted| decode(&crafted.pack());
    let mut crafted = Crafted::segment(1);
    crafted.entry(0);
    assert!(whole(&crafted).is_ok());
    crafted.at(stream::MESSAGES).push(0);
    assert!(
        matches!(whole(&crafted), Err(SegmentError::Damaged(why)) if why.contains("more than its entries"))
    );
    for (plain, why) in [
        (&[2, 3, 0, 3, 0][..], "not in order"),
        (&[2, 3, 0, 2, 0], "not in order"),
        (&[1, 3, 0, 9], "follow"),
        (&[0xff, 0x7f], "streams"),
    ] {
        let found = decode(&pack(&Plain { ids: vec![], streams: plain.to_vec() }, 3));
        assert!(matches!(&found, Err(SegmentError::Damaged(text)) if text.contains(why)), "{why}: {found:?}");
    }
    assert!(matches!(decode(&[9, 0]), Err(SegmentError::Damaged(_))));
}
