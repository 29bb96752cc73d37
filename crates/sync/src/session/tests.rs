//! What a session promises, between two replicas in memory.

use linli_wire::{Channel, LogId, UnitPath};

use super::*;

mod carry;
mod hostile;
mod pair;
mod replica;
mod settling;

use pair::Pair;
use replica::Replica;

const STREET: &str = "3211/02/001";
const COMMUNITY: &str = "3211/02/001/001";
const OTHER_COMMUNITY: &str = "3211/02/001/002";

fn unit(path: &str) -> UnitPath {
    path.parse().expect("a path in a test is one")
}

fn space(path: &str, channel: Channel) -> Space {
    Space::new(unit(path), channel)
}

fn log(number: u16) -> LogId {
    let mut id = [0xaa; LogId::LEN];
    id[..2].copy_from_slice(&number.to_be_bytes());
    LogId(id)
}

/// A community's replica with records, and its street's with notices and oversight.
fn child_and_hub() -> (Replica, Replica) {
    let (mut child, mut hub) = (Replica::default(), Replica::default());
    child.write_many(&space(COMMUNITY, Channel::Records), log(1), 12, 900);
    child.write_many(&space(COMMUNITY, Channel::Records), log(2), 3, 200_000);
    child.write_many(&space(COMMUNITY, Channel::Notices), log(3), 2, 50);
    hub.write_many(&space(STREET, Channel::Notices), log(4), 4, 300);
    hub.write_many(&space(COMMUNITY, Channel::Oversight), log(5), 5, 300);
    (child, hub)
}

#[test]
fn equal_replicas_settle_in_one_round_trip_below_one_kilobyte() {
    let (child, hub) = child_and_hub();
    let mut pair = Pair::new(child, hub);
    pair.run();
    let (child, hub) = pair.into_replicas();
    let mut again = Pair::new(child, hub);
    again.run();
    let sent: Vec<&str> = again.sent.iter().map(|(_, message)| message.name()).collect();
    assert_eq!(sent, ["hello", "hello", "goodbye"]);
    assert!(again.bytes_sent < 1024, "{} bytes", again.bytes_sent);
    assert_eq!(again.settled(), [vec![true], vec![true]]);
}

#[test]
fn everything_that_the_other_lacks_arrives_both_ways() {
    for overtaking in [false, true] {
        let (child, hub) = child_and_hub();
        let mut pair = Pair::new(child, hub);
        pair.overtaking = overtaking;
        pair.run();
        assert_eq!(pair.settled(), [vec![true], vec![true]]);
        assert_eq!(pair.ends[0].replica, pair.ends[1].replica);
        assert_eq!(pair.ends[0].session.counts(), Counts { pushed: 17, received: 9 });
        assert_eq!(pair.ends[1].session.counts(), Counts { pushed: 9, received: 17 });
    }
}

#[test]
fn trust_goes_before_records_and_little_before_much() {
    let (child, hub) = child_and_hub();
    let mut pair = Pair::new(child, hub);
    pair.run();
    let mut lanes: Vec<u8> = pair.segments(0).iter().map(|(lane, _)| lane.code()).collect();
    assert!(lanes.is_sorted(), "{lanes:?}");
    lanes.dedup();
    assert_eq!(lanes, [1, 2, 3]);
}

#[test]
fn a_log_goes_in_one_lane_however_little_is_added_while_it_goes() {
    let (mut child, hub) = child_and_hub();
    let records = space(COMMUNITY, Channel::Records);
    child.write_many(&records, log(9), 13, 100_000);
    let dialler = (pair::config(STREET, COMMUNITY, Role::Dialler), hub);
    let mut pair = Pair::with(dialler, (pair::config(COMMUNITY, STREET, Role::Acceptor), child));
    pair.overtaking = true;
    pair.cut_after = Some(7);
    pair.run();
    // The link goes on, with most of the log still on its way.
    pair.ends[1].replica.write(&records, log(9), b"a little more");
    pair.changed(1);
    pair.cut_after = None;
    pair.run();
    assert_eq!(pair.ends[0].replica, pair.ends[1].replica);
    let lanes = pair.segments(1).into_iter().filter_map(|(lane, of)| (of == log(9)).then_some(lane));
    assert_eq!(lanes.collect::<Vec<_>>(), [linli_wire::Lane::Bulk; 14]);
}

#[test]
fn nothing_of_an_unshared_space_crosses() {
    let (mut child, mut hub) = child_and_hub();
    hub.write_many(&space(OTHER_COMMUNITY, Channel::Records), log(20), 3, 10);
    hub.write_many(&space(STREET, Channel::Records), log(21), 3, 10);
    hub.write_many(&space(STREET, Channel::Oversight), log(22), 3, 10);
    child.write_many(&space(OTHER_COMMUNITY, Channel::Notices), log(23), 3, 10);
    let mut pair = Pair::new(child, hub);
    pair.run();
    assert_eq!(pair.settled(), [vec![true], vec![true]]);
    for number in 20..=22 {
        assert!(!pair.ends[0].replica.logs.contains_key(&log(number)));
    }
    assert!(!pair.ends[1].replica.logs.contains_key(&log(23)));
    for (_, message) in &pair.sent {
        match message {
            Message::Digests { spaces, .. } => {
                assert!(spaces.iter().all(|(s, _)| s.unit != unit(OTHER_COMMUNITY)));
            }
            Message::Segment { bytes, .. } => assert!(replica::log_of(bytes) < log(20)),
            _ => {}
        }
    }
}

#[test]
fn a_segment_of_an_unshared_space_is_declined_and_not_stored() {
    let (mut child, hub) = child_and_hub();
    // A replica that offers what it may not: the log stands in a shared space by its frontier alone.
    child.write_many(&space(COMMUNITY, Channel::Records), log(30), 2, 10);
    child.disguise(log(30), &space(STREET, Channel::Records));
    let mut pair = Pair::new(child, hub);
    pair.run();
    assert!(!pair.ends[1].replica.logs.contains_key(&log(30)));
    assert_eq!(pair.declined(1), [(Side::Ours, Some(log(30)))]);
    assert_eq!(pair.declined(0), [(Side::Theirs, Some(log(30)))]);
}

#[test]
fn a_peer_that_is_ahead_is_not_sent_what_it_has() {
    let (child, hub) = child_and_hub();
    let mut first = Pair::new(child, hub);
    first.run();
    let (mut child, hub) = first.into_replicas();
    child.write_many(&space(COMMUNITY, Channel::Records), log(1), 3, 40);
    child.write_many(&space(STREET, Channel::Notices), log(4), 2, 40);
    let mut pair = Pair::new(child, hub);
    pair.run();
    assert_eq!(pair.settled(), [vec![true], vec![true]]);
    assert_eq!(pair.ends[0].session.counts().pushed, 5);
    assert_eq!(pair.ends[1].session.counts().pushed, 0);
}

#[test]
fn both_branches_of_a_forked_log_reach_both_sides() {
    for overtaking in [false, true] {
        let (mut child, mut hub) = child_and_hub();
        let records = space(COMMUNITY, Channel::Records);
        child.write_many(&records, log(7), 4, 40);
        hub.write_many(&records, log(7), 4, 40);
        child.write(&records, log(7), b"the one branch");
        hub.write(&records, log(7), b"the other branch");
        hub.write(&records, log(7), b"the other branch goes on");
        let mut pair = Pair::new(child, hub);
        pair.overtaking = overtaking;
        pair.run();
        assert_eq!(pair.settled(), [vec![true], vec![true]]);
        assert_eq!(pair.ends[0].replica.frontier_of(&records).0[&log(7)].len(), 2);
        assert_eq!(pair.ends[0].replica, pair.ends[1].replica);
    }
}

/// A log with `count` branches after its first entry, of which each replica has those that `whose` gives it.
fn divided(count: u32, whose: impl Fn(u32) -> [bool; 2]) -> [Replica; 2] {
    let records = space(COMMUNITY, Channel::Records);
    [0, 1].map(|end| {
        let mut replica = Replica::default();
        let first = replica.write(&records, log(7), b"the first");
        for number in 0..count {
            if whose(number)[end] {
                let head = replica.branch(&records, log(7), Some(first), &number.to_be_bytes());
                if number % 3 == 0 {
                    replica.branch(&records, log(7), Some(head), b"goes on");
                }
            }
        }
        replica
    })
}

#[test]
fn a_log_with_nine_branches_is_the_same_on_both_sides_however_they_were_divided() {
    let records = space(COMMUNITY, Channel::Records);
    for split in 0..512_u32 {
        let [child, hub] = divided(9, |number| [split >> number & 1 == 0, split >> number & 1 == 1]);
        let mut pair = Pair::new(child, hub);
        pair.run();
        assert_eq!(pair.settled(), [vec![true], vec![true]], "{split:b}");
        assert_eq!(pair.ends[0].replica.frontier_of(&records).0[&log(7)].len(), 9, "{split:b}");
        assert_eq!(pair.ends[0].replica, pair.ends[1].replica, "{split:b}");
        let (child, hub) = pair.into_replicas();
        let mut again = Pair::new(child, hub);
        again.run();
        assert_eq!(again.sent.len(), 3, "the next session is one round trip");
    }
}

#[test]
fn a_log_with_more_branches_than_a_page_lists_goes_on_in_the_next() {
    let count = 3 * linli_wire::limits::LOG_HEADS_MAX as u32 + 7;
    let [child, hub] = divided(count, |number| [number % 5 != 0, number % 7 != 0]);
    let mut pair = Pair::new(child, hub);
    pair.run();
    assert_eq!(pair.settled(), [vec![true], vec![true]]);
    assert_eq!(pair.ends[0].replica, pair.ends[1].replica);
    let held = pair.ends[0].replica.frontier_of(&space(COMMUNITY, Channel::Records));
    let lost = (0..count).filter(|number| number % 35 == 0).count();
    assert_eq!(held.0[&log(7)].len(), count as usize - lost);
    // Each segment went once.
    let of_one = (0..count).filter(|number| number % 5 != 0 && number % 7 == 0);
    let expected: usize = of_one.map(|number| 1 + usize::from(number % 3 == 0)).sum();
    assert_eq!(pair.segments(0).len(), expected);
}

#[test]
fn a_session_cut_after_any_frame_is_taken_up_by_the_next() {
    let (child, hub) = child_and_hub();
    let mut whole = Pair::new(child.clone(), hub.clone());
    whole.run();
    for frames in 0..whole.sent.len() {
        let mut cut = Pair::new(child.clone(), hub.clone());
        cut.cut_after = Some(frames);
        cut.run();
        let before: usize = cut.ends.iter().map(|end| end.session.counts().received as usize).sum();
        let (child, hub) = cut.into_replicas();
        let mut next = Pair::new(child, hub);
        next.run();
        let after: usize = next.ends.iter().map(|end| end.session.counts().received as usize).sum();
        assert_eq!(next.settled(), [vec![true], vec![true]], "cut after {frames}");
        assert_eq!(next.ends[0].replica, whole.ends[0].replica, "cut after {frames}");
        assert_eq!(before + after, 26, "nothing is sent twice, cut after {frames}");
    }
}

#[test]
fn a_declined_log_is_not_pushed_again() {
    let (child, mut hub) = child_and_hub();
    hub.refuses.insert(log(2));
    let mut pair = Pair::new(child, hub).lingering();
    pair.run();
    assert_eq!(pair.declined(0), [(Side::Theirs, Some(log(2)))]);
    assert_eq!(pair.declined(1), [(Side::Ours, Some(log(2)))]);
    assert_eq!(pair.settled(), [vec![false], vec![false]]);
    let pushed = pair.ends[0].session.counts().pushed;
    pair.ends[0].replica.write(&space(COMMUNITY, Channel::Records), log(2), b"more of it");
    pair.ends[0].replica.write(&space(COMMUNITY, Channel::Records), log(1), b"another");
    pair.changed(0);
    pair.run();
    assert_eq!(pair.ends[0].session.counts().pushed, pushed + 1);
    assert_eq!(pair.declined(1).len(), 1);
}

#[test]
fn a_log_whose_end_was_declined_is_not_pushed_back() {
    let (child, hub) = child_and_hub();
    let mut first = Pair::new(child, hub);
    first.run();
    let (mut child, mut hub) = first.into_replicas();
    child.write_many(&space(COMMUNITY, Channel::Records), log(1), 3, 40);
    hub.refuses.insert(log(1));
    let mut pair = Pair::new(child, hub);
    pair.run();
    assert_eq!(pair.declined(1), [(Side::Ours, Some(log(1)))]);
    assert_eq!(pair.ends[1].session.counts().pushed, 0, "the child has all that the hub has");
    assert_eq!(pair.settled(), [vec![false], vec![false]]);
}

#[test]
fn pages_carry_more_spaces_and_logs_than_one_message_may() {
    let (mut city, mut district) = (Replica::default(), Replica::default());
    for number in 0..5_200_u16 {
        let path = format!("3211/02/{:03}/{:03}", number / 100, number % 100);
        let writer = if number % 10 == 0 { &mut city } else { &mut district };
        writer.write(&space(&path, Channel::Oversight), log(number), b"one");
    }
    for number in 20_000..29_000_u16 {
        city.write(&space("3211/02", Channel::Notices), log(number), b"one");
    }
    let mut pair = Pair::between("3211/02", district, "3211", city);
    pair.run();
    assert_eq!(pair.settled(), [vec![true], vec![true]]);
    assert_eq!(pair.ends[0].replica.logs.len(), 14_200);
    assert_eq!(pair.ends[0].replica, pair.ends[1].replica);
    let pages = |name| pair.sent.iter().filter(|(_, message)| message.name() == name).count();
    assert!(pages("digests") > 2 && pages("frontiers") > 3, "it takes more than a page each");
    let notices = space("3211/02", Channel::Notices);
    let parts = pair.sent.iter().filter(|(_, message)| match message {
        Message::Frontiers { spaces, .. } => spaces.iter().any(|(space, _)| *space == notices),
        _ => false,
    });
    assert!(parts.count() > 1, "one space goes on in the next page");
}
