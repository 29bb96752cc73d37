//! Refusals that are remembered: one log that is not taken must not make two replicas differ for ever.

use linli_sync::{Holdings as _, Side};
use linli_wire::{DeviceKey, LogId};

use super::fixture::{card, community, copy, records, write};
use crate::{DECLINED_KEPT_MAX, Declined, PROGRAM, Replica};

const PEER: DeviceKey = DeviceKey([7; 32]);
const OTHER_PEER: DeviceKey = DeviceKey([8; 32]);

fn refusal(by: Side, log: LogId) -> Declined {
    Declined { peer: PEER, by, log, seq: 0, reason: "of another realm".to_owned() }
}

fn records_log(replica: &mut Replica) -> LogId {
    let frontier = replica.frontier(&records()).expect("a frontier");
    *frontier.0.first_key_value().expect("records were written").0
}

fn shows(replica: &mut Replica, peer: DeviceKey) -> bool {
    let digests = replica.facing(peer).digests(&|_| true).expect("digests");
    let frontier = replica.facing(peer).frontier(&records()).expect("a frontier");
    assert_eq!(digests.get(&records()).copied(), (!frontier.0.is_empty()).then(|| frontier.digest()));
    !frontier.0.is_empty()
}

#[test]
fn a_log_that_either_side_declined_is_left_out_for_that_peer_alone() {
    for by in [Side::Ours, Side::Theirs] {
        let (mut root, mut clerk) = community();
        write(&mut clerk, &[card(1, "1")]);
        copy(&mut clerk, &mut root);
        let log = records_log(&mut root);
        let all = root.facing(PEER).digests(&|_| true).expect("digests");
        root.remember_declined(&refusal(by, log), PROGRAM).expect("remembered");
        assert!(!shows(&mut root, PEER), "{by:?}");
        assert!(shows(&mut root, OTHER_PEER), "{by:?}");
        let missing = root.facing(PEER).missing(log, &[], usize::MAX).expect("missing");
        assert!(missing.segments.is_empty());
        let mut rest = root.facing(PEER).digests(&|_| true).expect("digests");
        rest.insert(records(), all[&records()]);
        assert_eq!(rest, all, "nothing else is left out");
        assert_eq!(root.declined().expect("read"), [refusal(by, log)]);
    }
}

#[test]
fn another_program_of_the_peer_is_offered_what_the_one_before_declined() {
    let (_, mut clerk) = community();
    write(&mut clerk, &[card(1, "1")]);
    clerk.seal().expect("seal");
    let log = records_log(&mut clerk);
    clerk.remember_declined(&refusal(Side::Theirs, log), "linli 1").expect("remembered");
    clerk.facing(PEER).meet("linli 1").expect("met");
    assert!(!shows(&mut clerk, PEER));
    clerk.facing(PEER).meet("linli 2").expect("met");
    assert!(shows(&mut clerk, PEER));
    assert_eq!(clerk.declined().expect("read"), []);
}

#[test]
fn another_program_of_this_replica_takes_what_the_one_before_declined() {
    let (_, mut clerk) = community();
    write(&mut clerk, &[card(1, "1")]);
    clerk.seal().expect("seal");
    let log = records_log(&mut clerk);
    clerk.remember_declined(&refusal(Side::Ours, log), "linli of old").expect("remembered");
    // Already in what it says first, before the peer has said anything.
    assert!(shows(&mut clerk, PEER));
    clerk.facing(PEER).meet("linli 1").expect("met");
    assert_eq!(clerk.declined().expect("read"), []);
}

#[test]
fn refusals_survive_a_rebuild_and_are_bounded() {
    let (_, mut clerk) = community();
    let log = |number: usize| {
        let mut id = [1; 32];
        id[..8].copy_from_slice(&(number as u64).to_be_bytes());
        LogId(id)
    };
    for number in 0..=DECLINED_KEPT_MAX {
        clerk.remember_declined(&refusal(Side::Theirs, log(number)), "linli 1").expect("remembered");
    }
    assert_eq!(clerk.declined().expect("read").len(), DECLINED_KEPT_MAX);
    let other = Declined { peer: OTHER_PEER, ..refusal(Side::Ours, log(1)) };
    clerk.remember_declined(&other, PROGRAM).expect("another peer has room of its own");
    clerk.rebuild().expect("rebuilt");
    assert_eq!(clerk.declined().expect("read").len(), DECLINED_KEPT_MAX + 1);
}
