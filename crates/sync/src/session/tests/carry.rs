//! What a link carries: all, no bulk, or trust alone, by the narrower wish of both sides.

use std::collections::BTreeSet;

use super::{pair::config, *};
use crate::limits::RECENT_BYTES_MAX;

fn wishing(child: Carry, hub: Carry) -> Pair {
    let (below, above) = child_and_hub();
    let mut dialler = config(COMMUNITY, STREET, Role::Dialler);
    let mut acceptor = config(STREET, COMMUNITY, Role::Acceptor);
    (dialler.carry, acceptor.carry) = (child, hub);
    Pair::with((dialler, below), (acceptor, above))
}

#[test]
fn a_link_for_trust_alone_carries_no_records_whoever_wishes_it() {
    for (child, hub) in
        [(Carry::Trust, Carry::All), (Carry::All, Carry::Trust), (Carry::Trust, Carry::NoBulk)]
    {
        let mut pair = wishing(child, hub);
        pair.run();
        assert_eq!(pair.settled(), [vec![true], vec![true]], "of what is carried both hold the same");
        let notices = BTreeSet::from([space(COMMUNITY, Channel::Notices)]);
        assert_eq!(pair.ends[1].stored(), notices);
        assert_eq!(pair.ends[0].stored().len(), 2, "notices and oversight come down");
    }
}

#[test]
fn a_metered_link_settles_in_one_round_trip_when_trust_is_equal() {
    let mut first = wishing(Carry::Trust, Carry::All);
    first.run();
    let (child, hub) = first.into_replicas();
    let mut dialler = config(COMMUNITY, STREET, Role::Dialler);
    dialler.carry = Carry::Trust;
    let mut pair = Pair::with((dialler, child), (config(STREET, COMMUNITY, Role::Acceptor), hub));
    pair.run();
    assert_eq!(pair.settled(), [vec![true], vec![true]]);
    let hellos = pair.sent.iter().filter(|(_, message)| matches!(message, Message::Hello(_))).count();
    assert_eq!((hellos, pair.sent.len()), (2, 3), "two hellos and a goodbye");
    assert!(pair.bytes_sent < 1024, "{} bytes", pair.bytes_sent);
}

#[test]
fn what_changes_under_a_metered_link_stays_where_it_is() {
    let mut pair = wishing(Carry::All, Carry::Trust).lingering();
    pair.run();
    pair.ends[0].replica.write(&space(COMMUNITY, Channel::Records), log(1), b"later");
    pair.ends[0].replica.write(&space(COMMUNITY, Channel::Notices), log(3), b"now");
    pair.changed(0);
    pair.run();
    assert_eq!(pair.settled(), [vec![true, true], vec![true, true]]);
    assert_eq!(pair.segments(0).into_iter().filter(|(_, of)| *of == log(3)).count(), 3);
    assert!(pair.segments(0).iter().all(|(_, of)| *of == log(3)));
}

#[test]
fn bulk_waits_and_what_is_small_or_urgent_goes_at_once() {
    for (child, hub) in [(Carry::NoBulk, Carry::All), (Carry::All, Carry::NoBulk)] {
        let mut pair = wishing(child, hub).lingering_with(child);
        pair.run();
        let logs: BTreeSet<LogId> = pair.segments(0).into_iter().map(|(_, of)| of).collect();
        assert_eq!(logs, BTreeSet::from([log(1), log(3)]), "600,000 bytes of a log wait");
        assert_eq!(pair.settled(), [vec![false], vec![false]]);
        // A small entry on top of what waits cannot go before it.
        pair.ends[0].replica.write(&space(COMMUNITY, Channel::Records), log(2), b"on top");
        pair.ends[0].replica.write(&space(COMMUNITY, Channel::Records), log(1), b"small");
        pair.changed(0);
        pair.run();
        assert_eq!(pair.segments(0).iter().filter(|(_, of)| *of == log(2)).count(), 0);
        assert_eq!(pair.segments(0).iter().filter(|(_, of)| *of == log(1)).count(), 13);
        let (child, hub) = pair.into_replicas();
        let mut later = Pair::new(child, hub);
        later.run();
        assert_eq!(later.settled(), [vec![true], vec![true]], "the next link takes it");
    }
}

#[test]
fn a_log_waits_for_bulk_from_one_byte_past_what_is_recent() {
    for (bytes, goes) in [(RECENT_BYTES_MAX, true), (RECENT_BYTES_MAX + 1, false)] {
        let mut child = Replica::default();
        let overhead = {
            child.write(&space(COMMUNITY, Channel::Records), log(9), &vec![0; 60_000]);
            let all = child.missing(log(9), &[], usize::MAX).expect("the replica works");
            all.segments[0].len() - 60_000
        };
        let mut child = Replica::default();
        child.write(&space(COMMUNITY, Channel::Records), log(9), &vec![0; bytes - overhead]);
        let mut dialler = config(COMMUNITY, STREET, Role::Dialler);
        dialler.carry = Carry::NoBulk;
        let acceptor = config(STREET, COMMUNITY, Role::Acceptor);
        let mut pair = Pair::with((dialler, child), (acceptor, Replica::default()));
        pair.run();
        assert_eq!(pair.settled()[0], [goes], "{bytes} bytes");
    }
}

#[test]
fn the_peer_s_program_is_told_to_the_replica_before_anything_is_compared() {
    let mut pair = wishing(Carry::All, Carry::All);
    pair.run();
    for end in &pair.ends {
        assert_eq!(end.replica.met, ["test 1"]);
        assert_eq!(end.session.peer_program(), "test 1");
    }
}
