//! What a hostile sender cannot do with the compact form: make the reader allocate.

use linli_wire::limits::{COMPACT_BYTES_MAX, ENTRY_CHANGES_MAX, SEGMENT_BYTES_MAX};

use super::super::{CANONICAL, STREAMS, STREAMS_BYTES_MAX, decode, pack, payload, stream};
use crate::{
    change::{put_leb, put_uleb},
    segment::SegmentError,
};

/// Streams that a sender wrote by hand.
#[derive(Default)]
struct Crafted(std::collections::BTreeMap<u64, Vec<u8>>);

impl Crafted {
    /// The beginning of a segment of so many entries that follows another one.
    fn segment(entries: u64) -> Self {
        let mut crafted = Self::default();
        crafted.at(stream::IDS).extend_from_slice(&[7; 32 + 64 + 32]);
        put_uleb(crafted.at(stream::HEADS), entries);
        put_uleb(crafted.at(stream::HEADS), 1);
        crafted
    }

    fn at(&mut self, id: u64) -> &mut Vec<u8> {
        self.0.entry(id).or_default()
    }

    fn entry(&mut self, changes: u64) {
        self.at(stream::HEADS).extend_from_slice(&[1, 0]);
        put_uleb(self.at(stream::HEADS), changes);
        let times = self.at(stream::TIMES);
        let difference = if times.is_empty() { crate::fixture::NOW } else { 0 };
        put_leb(times, difference);
    }

    /// A derived change of a new document with this actor reference.
    fn derived(&mut self, document: u64, actor: &[u8], deps: &[u8], columns: &[u8]) {
        self.at(stream::DOCUMENTS).push(0);
        self.at(stream::IDS).extend_from_slice(&u128::from(document).to_be_bytes());
        self.at(stream::FORMS).extend_from_slice(&[1, 1, payload::DERIVED]);
        self.at(stream::ACTORS).extend_from_slice(actor);
        self.at(stream::COUNTERS).extend_from_slice(&[1, 1, 0]);
        self.at(stream::DEPENDENCIES).extend_from_slice(deps);
        self.at(stream::LENGTHS).push(0);
        self.at(stream::COLUMNS).extend_from_slice(columns);
    }

    fn pack(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        put_uleb(&mut plain, self.0.len() as u64);
        for (id, bytes) in &self.0 {
            put_uleb(&mut plain, *id);
            put_uleb(&mut plain, bytes.len() as u64);
        }
        self.0.values().for_each(|bytes| plain.extend_from_slice(bytes));
        pack(STREAMS, &plain, 19)
    }
}

#[test]
fn a_bomb_is_refused_by_the_length_that_it_declares() {
    let zeros = vec![0; 64 << 20];
    for form in [CANONICAL, STREAMS] {
        let bomb = pack(form, &zeros, 19);
        assert!(bomb.len() < 10_000, "a bomb is small: {}", bomb.len());
        assert_eq!(decode(&bomb), Err(SegmentError::TooLarge(64 << 20)));
    }
    let mut declared = vec![STREAMS];
    put_uleb(&mut declared, u64::MAX);
    assert_eq!(decode(&declared), Err(SegmentError::TooLarge(usize::MAX)));
}

#[test]
fn a_bomb_that_declares_less_than_it_holds_is_refused() {
    let zeros = vec![0; 64 << 20];
    for len in [0, 100, SEGMENT_BYTES_MAX] {
        let mut bomb = vec![CANONICAL];
        put_uleb(&mut bomb, len as u64);
        bomb.extend(zstd::bulk::compress(&zeros, 19).expect("compressing memory"));
        assert!(matches!(decode(&bomb), Err(SegmentError::Damaged(_))));
    }
    let mut short = vec![CANONICAL];
    put_uleb(&mut short, 101);
    short.extend(zstd::bulk::compress(&[0; 100], 3).expect("compressing memory"));
    assert!(matches!(decode(&short), Err(SegmentError::Damaged(_))));
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
    for (form, limit) in [(CANONICAL, SEGMENT_BYTES_MAX), (STREAMS, STREAMS_BYTES_MAX)] {
        assert!(!matches!(decode(&pack(form, &vec![0; limit], 3)), Err(SegmentError::TooLarge(_))));
        assert_eq!(decode(&pack(form, &vec![0; limit + 1], 3)), Err(SegmentError::TooLarge(limit + 1)));
    }
}

#[test]
fn references_to_one_actor_do_not_multiply_beyond_the_limit() {
    let mut crafted = Crafted::segment(8);
    // The change's own actor and one other of 64 bytes; then each change names that one 1,000 times.
    let mut actors = vec![0, 0xe8, 0x07, 0];
    actors.extend(vec![1; 999]);
    crafted.at(stream::LENGTHS).extend_from_slice(&[6, 64]);
    for entry in 0..8 {
        crafted.entry(200);
        for change in 0..200 {
            if entry + change == 0 {
                // The document's id stands before the actors' bytes.
                crafted.derived(0, &actors, &[0], &[0, 0]);
                crafted.at(stream::IDS).extend_from_slice(&[9; 6 + 64]);
            } else {
                let mut again = vec![2, 0xe8, 0x07];
                again.extend(vec![1; 1000]);
                crafted.derived(entry * 1000 + change, &again, &[0], &[0, 0]);
            }
        }
    }
    let compact = crafted.pack();
    assert!(compact.len() < 60_000, "little is sent: {}", compact.len());
    assert!(matches!(decode(&compact), Err(SegmentError::TooLarge(len)) if len < 2 * SEGMENT_BYTES_MAX));
}

#[test]
fn counts_are_bounded_before_anything_is_made_room_for() {
    let mut entries = Crafted::segment(1 << 50);
    entries.entry(0);
    assert!(matches!(decode(&entries.pack()), Err(SegmentError::Damaged(why)) if why.contains("entries")));
    let mut changes = Crafted::segment(1);
    changes.entry(ENTRY_CHANGES_MAX as u64 + 1);
    assert!(matches!(decode(&changes.pack()), Err(SegmentError::Damaged(why)) if why.contains("changes")));
    for (actor, deps, columns, what) in [
        (&[1][..], &[0][..], &[0, 0][..], "actors back"),
        (&[0, 0xff, 0x7f], &[0], &[0, 0], "other actors"),
        (&[0, 0], &[0x41], &[0, 0], "dependencies"),
        (&[0, 0], &[1, 1], &[0, 0], "changes back"),
        (&[0, 0], &[0], &[0x41], "columns"),
        (&[0, 0], &[0], &[1, 1, 0xff, 0xff, 0xff, 0x0f], "bytes of a column"),
        (&[0, 0], &[0], &[0, 0xff, 0xff, 0xff, 0x0f], "bytes after the columns"),
    ] {
        let mut crafted = Crafted::segment(1);
        crafted.entry(1);
        crafted.at(stream::LENGTHS).push(6);
        crafted.derived(1, actor, deps, columns);
        crafted.at(stream::IDS).extend_from_slice(&[9; 6]);
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
        let found = decode(&pack(STREAMS, plain, 3));
        assert!(matches!(&found, Err(SegmentError::Damaged(text)) if text.contains(why)), "{why}: {found:?}");
    }
    assert!(matches!(decode(&[9, 0]), Err(SegmentError::Damaged(_))));
}
