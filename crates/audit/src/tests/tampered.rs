//! No byte of a snapshot can be changed, and none left out.

use std::thread;

use linli_wire::RealmId;

use super::world::{CITY, COMMUNITY, World, both_standards};
use crate::{SnapshotError, show, verify};

/// Verifies a copy for each of these places, one bit of the byte there flipped, on all processors.
fn flip_each(bytes: &[u8], realm: RealmId, places: &[usize]) {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for places in places.chunks(places.len().div_ceil(workers)) {
            scope.spawn(move || {
                let mut copy = bytes.to_vec();
                for &at in places {
                    copy[at] ^= 1 << (at % 8);
                    assert!(verify(&copy, realm).is_err(), "byte {at} of {} is not covered", bytes.len());
                    copy[at] = bytes[at];
                }
            });
        }
    });
}

#[test]
fn every_single_byte_is_covered() {
    let mut world = World::new(1);
    let bytes = world.snapshot(COMMUNITY, &[]);
    verify(&bytes, world.realm).expect("an honest snapshot verifies");
    flip_each(&bytes, world.realm, &(0..bytes.len()).collect::<Vec<_>>());
}

#[test]
fn a_changed_byte_anywhere_in_a_larger_snapshot_is_found() {
    let mut world = World::new(60);
    let bytes = world.snapshot(CITY, &both_standards());
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let places: Vec<usize> = (0..2000)
        .map(|_| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 33) as usize % bytes.len()
        })
        .collect();
    flip_each(&bytes, world.realm, &places);
}

#[test]
fn a_snapshot_that_was_cut_short_or_grew_says_so() {
    let mut world = World::new(1);
    let bytes = world.snapshot(COMMUNITY, &[]);
    let head = bytes.len()
        - show(&bytes).expect("it parses").sections.iter().map(|s| s.stored_bytes).sum::<u64>() as usize;
    for len in (1..head + 8).chain((head..bytes.len()).step_by(101)).chain([bytes.len() - 1]) {
        let error = verify(&bytes[..len], world.realm).expect_err("it is cut short");
        assert!(matches!(error, SnapshotError::Truncated { .. }), "at {len}: {error}");
    }
    let longer = [&bytes[..], b"\n"].concat();
    assert!(matches!(verify(&longer, world.realm), Err(SnapshotError::Trailing(1))));
    assert!(matches!(verify(b"", world.realm), Err(SnapshotError::NotASnapshot)));
    assert!(matches!(verify(b"PK\x03\x04", world.realm), Err(SnapshotError::NotASnapshot)));
}

#[test]
fn each_kind_of_damage_is_called_by_its_name() {
    let mut world = World::new(1);
    let bytes = world.snapshot(COMMUNITY, &[]);
    let damaged = |at: usize| {
        let mut copy = bytes.clone();
        copy[at] ^= 1;
        verify(&copy, world.realm).expect_err("it is damaged")
    };
    let manifest = show(&bytes).expect("it parses").encode().len();
    assert!(matches!(damaged(0), SnapshotError::NotASnapshot));
    assert!(matches!(damaged(15), SnapshotError::NewerVersion(_)));
    assert!(matches!(damaged(21 + manifest), SnapshotError::WrongSignature { .. }));
    let first = damaged(21 + manifest + 64);
    assert!(matches!(&first, SnapshotError::DamagedSection { name } if name == "segments"), "{first}");
    let last = damaged(bytes.len() - 1);
    assert!(matches!(&last, SnapshotError::DamagedSection { name } if name == "left_out"), "{last}");
}
