//! Nothing is missing that a hub acknowledged.

use linli_log::{Draft, Head, Kind, LogHeads};
use linli_wire::{EntryHash, LogId};

use super::{
    forgery::Forgery,
    world::{
        CITY, COMMUNITY, DISTRICT, NOW, STREET, World, both_standards, heads_of, pass, receipt_of, snapshot,
        unit,
    },
};
use crate::{ShortLog, SnapshotError, verify};

/// The one entry that verifying says is missing.
fn missing(bytes: &[u8], world: &World) -> ShortLog {
    match verify(bytes, world.realm).expect_err("something is withheld") {
        SnapshotError::Withheld(short) if short.len() == 1 => short.into_iter().next().expect("there is one"),
        error => panic!("{error}"),
    }
}

fn expected(world: &World, heads: &LogHeads, last_seq: Option<u64>) -> ShortLog {
    let head = heads.heads.last().expect("a log has a head");
    ShortLog {
        log: heads.log,
        unit: unit(COMMUNITY),
        receipted_seq: head.seq,
        receipted_hash: head.hash,
        hub: world.city.identity().device(),
        hub_unit: unit(CITY),
        last_seq,
    }
}

/// A head of a log of which nobody ever saw anything.
fn invented() -> LogHeads {
    LogHeads { log: LogId([5; 32]), heads: vec![Head { seq: 7, hash: EntryHash([6; 32]) }] }
}

#[test]
fn a_log_that_is_absent_altogether_is_missed() {
    let mut world = World::new(2);
    let heads = heads_of(&world.city, world.log_of(&world.clerk));
    world.receipt(heads.clone());
    let honest = world.snapshot(CITY, &[]);
    verify(&honest, world.realm).expect("an honest snapshot verifies");
    let secret = world.city.identity().secret();
    let forged = Forgery::of(&honest).keep(|_, segment| segment.log != heads.log).sign(&secret);
    assert_eq!(missing(&forged, &world), expected(&world, &heads, None));
}

#[test]
fn the_end_of_a_log_is_missed() {
    let mut world = World::new(1);
    let log = world.log_of(&world.clerk);
    let before = heads_of(&world.city, log).heads[0].seq;
    world.household(5);
    world.gather();
    let heads = heads_of(&world.city, log);
    world.receipt(heads.clone());
    let honest = world.snapshot(CITY, &[]);
    verify(&honest, world.realm).expect("an honest snapshot verifies");
    let secret = world.city.identity().secret();
    let is_end = |seq| seq > before;
    let forged = Forgery::of(&honest)
        .keep(|_, segment| segment.log != log || !is_end(segment.entries[0].header().seq))
        .sign(&secret);
    assert_eq!(missing(&forged, &world), expected(&world, &heads, Some(before)));
    let error = verify(&forged, world.realm).expect_err("something is withheld").to_string();
    let hub = world.city.identity().device();
    for part in
        [format!("log {log}"), format!("hub {hub}"), "entry 2".to_owned(), "ends at entry 1".to_owned()]
    {
        assert!(error.contains(&part), "`{part}` is not in: {error}");
    }
}

#[test]
fn a_branch_beside_another_that_is_as_long_is_missed() {
    let mut world = World::new(1);
    let log = world.fork();
    let heads = heads_of(&world.city, log);
    assert_eq!(heads.heads.len(), 2);
    world.receipt(heads.clone());
    let honest = world.snapshot(CITY, &[]);
    verify(&honest, world.realm).expect("an honest snapshot verifies");
    let branch = heads_of(&world.city, log).heads;
    let secret = world.city.identity().secret();
    let second = |hash| branch.iter().any(|head| head.hash == hash);
    let forged = Forgery::of(&honest)
        .keep(|_, segment| {
            let first = &segment.entries[0];
            segment.log != log || first.header().seq == 0 || !second(first.hash())
        })
        .sign(&secret);
    let found = missing(&forged, &world);
    assert_eq!((found.log, found.receipted_seq, found.last_seq), (log, 1, Some(1)));
    assert!(branch.iter().any(|head| head.hash == found.receipted_hash));
}

#[test]
fn what_hubs_acknowledge_in_every_session_is_in_every_honest_snapshot() {
    let mut world = World::new(2);
    world.register_dwelling(COMMUNITY);
    world.overstep();
    world.fork();
    // Receipts are themselves in logs that the hub above acknowledges with the rest.
    for number in 10..12 {
        world.household(number);
        world.gather();
        world.acknowledge();
    }
    for path in [CITY, DISTRICT, STREET, COMMUNITY] {
        let bytes = world.snapshot(path, &both_standards());
        verify(&bytes, world.realm).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    for path in [STREET, COMMUNITY] {
        let (bytes, _) = snapshot(&mut world.street, path, NOW, &[]).expect("the street is a hub");
        verify(&bytes, world.realm).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

#[test]
fn a_receipt_that_came_before_what_it_acknowledges_delays_the_snapshot() {
    let mut world = World::new(1);
    let log = world.log_of(&world.clerk);
    world.household(5);
    world.clerk.seal().expect("a replica seals");
    let heads = heads_of(&world.clerk, log);
    world.receipt(heads.clone());
    let error = snapshot(&mut world.city, CITY, NOW, &[]).expect_err("the entry is on its way");
    assert!(
        matches!(&error, SnapshotError::NotAllHere(short) if *short == [expected(&world, &heads, Some(1))]),
        "{error}"
    );
    world.gather();
    verify(&world.snapshot(CITY, &[]), world.realm).expect("now all of it is here");
}

#[test]
fn a_receipt_by_a_device_that_may_give_none_promises_nothing() {
    let mut world = World::new(1);
    world.overstep_with(Draft::fact(Kind::Receipt, &receipt_of(vec![invented()])));
    let verified = verify(&world.snapshot(CITY, &[]), world.realm).expect("an honest snapshot verifies");
    assert_eq!(verified.left_out.len(), 2);
}

#[test]
fn a_receipt_after_the_cut_of_a_revoked_hub_promises_nothing() {
    let mut world = World::new(1);
    world.revoke_city();
    world.receipt(invented());
    pass(&mut world.city, &mut world.street);
    let error =
        snapshot(&mut world.street, COMMUNITY, NOW, &[]).expect_err("the revocation is not known yet");
    assert!(matches!(&error, SnapshotError::NotAllHere(_)), "{error}");
    pass(&mut world.root, &mut world.street);
    let (bytes, _) = snapshot(&mut world.street, COMMUNITY, NOW, &[]).expect("the street is a hub");
    verify(&bytes, world.realm).expect("an honest snapshot verifies");
}
