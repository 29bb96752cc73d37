//! When a session has settled, what follows, and how it ends.

use super::{pair::config, *};
use crate::limits::ROUNDS_MAX;

#[test]
fn a_receipt_for_what_was_stored_arrives_before_the_session_settles() {
    for overtaking in [false, true] {
        let (child, hub) = child_and_hub();
        let mut pair = Pair::new(child, hub).with_receipts();
        pair.overtaking = overtaking;
        pair.run();
        assert_eq!(pair.settled(), [vec![true], vec![true]]);
        let oversight = space(COMMUNITY, Channel::Oversight);
        let heads = &pair.ends[0].replica.frontier_of(&oversight).0[&log(5)];
        assert_eq!(heads[0].seq, 5, "the receipt follows the five that were there");
        assert!(pair.ends[0].stored().contains(&oversight));
        assert_eq!(pair.ends[0].close_reason(), Some(&CloseReason::Done));
        let settled = pair.sent.iter().filter(|(_, message)| message.name() == "settled").count();
        assert_eq!(settled, 2, "the receipt goes in the same round");
    }
}

#[test]
fn a_receipt_for_what_the_acceptor_pushed_reaches_it_too() {
    let (child, hub) = child_and_hub();
    let mut pair = Pair::new(child, hub);
    pair.ends[0].receipts = Some((space(COMMUNITY, Channel::Records), log(1)));
    pair.run();
    assert_eq!(pair.settled(), [vec![true], vec![true]]);
    assert_eq!(pair.ends[0].replica, pair.ends[1].replica);
}

#[test]
fn no_side_settles_before_what_was_stored_is_answered() {
    let (child, hub) = child_and_hub();
    let mut pair = Pair::new(child, hub).with_receipts();
    pair.run();
    let hub = &pair.ends[1].events;
    let at = |wanted: fn(&Output) -> bool| hub.iter().position(wanted).expect("both happened");
    assert!(at(|o| matches!(o, Output::Stored { .. })) < at(|o| matches!(o, Output::Settled { .. })));
    let mut session = Session::new(pair::config(STREET, COMMUNITY, Role::Acceptor));
    let mut replica = pair.ends[1].replica.clone();
    assert!(!session.awaits_answer());
    // An answer to what was never stored changes nothing.
    session.handle(Input::Answered { batch: 9, added: false }, &mut replica).expect("it is ignored");
    assert!(!session.awaits_answer());
}

#[test]
fn a_change_pushes_only_what_is_new() {
    for equal_at_first in [false, true] {
        let (mut child, mut hub) = child_and_hub();
        if equal_at_first {
            let mut first = Pair::new(child, hub);
            first.run();
            (child, hub) = first.into_replicas();
        }
        let mut pair = Pair::new(child, hub).lingering();
        pair.run();
        let before = pair.ends.each_ref().map(|end| end.session.counts().pushed);
        assert!(pair.ends.iter().all(|end| end.session.is_idle()));
        pair.ends[1].replica.write(&space(STREET, Channel::Notices), log(4), b"a new notice");
        pair.changed(1);
        pair.run();
        pair.ends[0].replica.write(&space(COMMUNITY, Channel::Records), log(1), b"a new record");
        pair.changed(0);
        pair.run();
        let pushed = pair.ends.each_ref().map(|end| end.session.counts().pushed);
        assert_eq!(pushed, before.map(|count| count + 1));
        assert_eq!(pair.settled(), [vec![true; 3], vec![true; 3]]);
        assert_eq!(pair.ends[0].replica, pair.ends[1].replica);
    }
}

#[test]
fn changes_on_both_sides_at_once_settle() {
    let (child, hub) = child_and_hub();
    let mut pair = Pair::new(child, hub).lingering().with_receipts();
    pair.overtaking = true;
    pair.run();
    pair.ends[0].replica.write_many(&space(COMMUNITY, Channel::Records), log(1), 30, 4_000);
    pair.ends[1].replica.write(&space(STREET, Channel::Notices), log(4), b"a new notice");
    pair.changed(0);
    pair.changed(1);
    pair.run();
    assert_eq!(pair.ends[0].replica, pair.ends[1].replica);
    assert_eq!(pair.settled()[0].last(), Some(&true));
}

#[test]
fn a_change_that_changes_nothing_sends_nothing() {
    let (child, hub) = child_and_hub();
    let mut pair = Pair::new(child, hub).lingering();
    pair.run();
    let sent = pair.sent.len();
    pair.changed(0);
    pair.changed(1);
    pair.run();
    assert_eq!(pair.sent.len(), sent);
}

#[test]
fn finishing_closes_when_nothing_is_left() {
    let (child, hub) = child_and_hub();
    let mut pair = Pair::new(child, hub).lingering();
    pair.run();
    assert_eq!(pair.ends[0].close_reason(), None);
    pair.ends[0].replica.write(&space(COMMUNITY, Channel::Records), log(1), b"the last record");
    pair.changed(0);
    pair.ends[0].give(Input::Finish);
    pair.run();
    assert_eq!(pair.ends[0].replica, pair.ends[1].replica);
    assert_eq!(pair.ends[0].close_reason(), Some(&CloseReason::Done));
    let reason = CloseReason::Peer { code: GoodbyeCode::Done, text: String::new() };
    assert_eq!(pair.ends[1].close_reason(), Some(&reason));
}

#[test]
fn two_that_answer_each_other_for_ever_settle_all_the_same() {
    let (child, hub) = child_and_hub();
    let mut pair = Pair::new(child, hub).with_receipts();
    pair.ends[0].receipts = Some((space(COMMUNITY, Channel::Records), log(1)));
    pair.run();
    assert_eq!(pair.settled(), [vec![false], vec![false]]);
    let settled = pair.sent.iter().filter(|(_, message)| message.name() == "settled").count();
    assert_eq!(settled, 2 * ROUNDS_MAX as usize);
}

#[test]
fn sides_that_know_different_grants_share_what_both_know() {
    let (child, hub) = child_and_hub();
    let mut knows_more = pair::config(STREET, COMMUNITY, Role::Acceptor);
    knows_more.theirs.push(unit(OTHER_COMMUNITY));
    let mut hub_with_more = hub;
    hub_with_more.write(&space(OTHER_COMMUNITY, Channel::Records), log(40), b"not shared yet");
    let dialler = (pair::config(COMMUNITY, STREET, Role::Dialler), child);
    let mut pair = Pair::with(dialler, (knows_more, hub_with_more));
    pair.run();
    assert_eq!(pair.settled(), [vec![true], vec![true]]);
    assert!(pair.ends[0].replica.logs.contains_key(&log(4)));
    assert!(!pair.ends[0].replica.logs.contains_key(&log(40)));
}

#[test]
fn a_replica_that_fails_ends_the_session_without_telling_why() {
    let (child, mut hub) = child_and_hub();
    hub.broken = true;
    let mut pair = Pair::new(child, hub);
    pair.run();
    assert_eq!(pair.ends[1].close_reason(), Some(&CloseReason::Failed));
    let reason = CloseReason::Peer { code: GoodbyeCode::Failed, text: String::new() };
    assert_eq!(pair.ends[0].close_reason(), Some(&reason));
}

#[test]
fn a_move_of_which_one_side_has_not_heard_keeps_nothing_else_from_being_exchanged() {
    let (child, mut hub) = child_and_hub();
    hub.write_many(&space(COMMUNITY, Channel::Oversight), log(6), 2, 50);
    let moves = [linli_wire::Move { unit: unit(COMMUNITY), now: unit("3211/02/009/001") }];
    let arrangement = linli_wire::Arrangement::new(moves).expect("a good move");
    for knows in [0, 1] {
        let mut configs =
            [config(COMMUNITY, STREET, Role::Dialler), config(STREET, COMMUNITY, Role::Acceptor)];
        configs[knows].arrangement = arrangement.clone();
        let [dialler, acceptor] = configs;
        let mut pair = Pair::with((dialler, child.clone()), (acceptor, hub.clone()));
        pair.run();
        assert!(pair.ends.iter().all(|end| end.fault.is_none()), "nobody is at fault");
        // The street's notices came, with what the realm has to say of it; what was moved away stayed.
        let child = &pair.ends[0].replica;
        assert!(child.logs.contains_key(&log(4)), "{knows}");
        assert!(!child.logs.contains_key(&log(6)), "{knows}");
        assert!(!pair.ends[1].replica.logs.contains_key(&log(1)), "{knows}");
    }
}
