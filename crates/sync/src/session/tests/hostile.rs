//! What a peer may not do, each refused by name, each with a goodbye that says so.

use linli_log::{Head, SpaceFrontier};
use linli_wire::{Digest, EntryHash, Frame, Lane, RealmId};

use super::{pair::REALM, *};
use crate::limits::{
    DECLINES_MAX, NEEDLESS_SEGMENTS_MAX, PUSH_BYTES, RECEIVED_BYTES_MAX, ROUND_SEGMENTS_MAX,
};

/// A hub's session that has been spoken to, and what it then did.
struct Spoken {
    session: Session,
    replica: Replica,
    fault: Option<PeerFault>,
}

impl Spoken {
    fn to(replica: &Replica) -> Self {
        let session = Session::new(pair::config(STREET, COMMUNITY, Role::Acceptor));
        Self { session, replica: replica.clone(), fault: None }
    }

    fn say(&mut self, message: &Message) -> &mut Self {
        self.say_frame(message.encode())
    }

    fn say_frame(&mut self, frame: Frame) -> &mut Self {
        match self.session.handle(Input::Frame(frame), &mut self.replica) {
            Ok(()) => {}
            Err(SessionError::Peer(fault)) => self.fault = Some(fault),
            Err(SessionError::Holdings(error)) => panic!("{error}"),
        }
        self
    }

    /// Lets the session send what it has.
    fn listen(&mut self) -> Vec<Output> {
        let next = || self.session.poll_output(&mut self.replica).expect("only frames make it fail");
        std::iter::from_fn(next).collect()
    }

    /// The next message, without any after it.
    fn next(&mut self) -> Message {
        match self.session.poll_output(&mut self.replica) {
            Ok(Some(Output::Send(frame))) => Message::decode(&frame).expect("a session sends messages"),
            other => panic!("{other:?} is no message"),
        }
    }

    /// The fault, after checking that the peer is told and the session closes.
    fn fault(&mut self) -> PeerFault {
        let fault = self.fault.clone().expect("the last message is refused");
        let outputs = self.listen();
        let [.., Output::Send(frame), Output::Close(CloseReason::Failed)] = &outputs[..] else {
            panic!("no goodbye and close in {outputs:?}");
        };
        let goodbye = Message::decode(frame).expect("a session sends messages");
        assert!(matches!(goodbye, Message::Goodbye { code, .. } if code == fault.code()), "{goodbye:?}");
        // Whatever else comes is ignored.
        self.fault = None;
        self.say(&Message::Pushed { segments: 0 });
        assert_eq!(self.fault, None);
        fault
    }

    fn misbehaved(&mut self) -> Misbehaved {
        match self.fault() {
            PeerFault::Misbehaved(fault) => fault,
            other => panic!("{other:?} is no misbehaviour"),
        }
    }
}

fn hello() -> Message {
    Message::Hello(Hello::bare(REALM, vec![unit(COMMUNITY)], vec![unit(STREET)], "test 1"))
}

fn frontier(of: u16) -> SpaceFrontier {
    SpaceFrontier([(log(of), vec![Head { seq: 3, hash: EntryHash([of as u8; 32]) }])].into())
}

fn digests(spaces: Vec<(Space, Digest)>, more: bool) -> Message {
    Message::Digests { spaces, more }
}

fn records() -> Space {
    space(COMMUNITY, Channel::Records)
}

fn notices() -> Space {
    space(COMMUNITY, Channel::Notices)
}

/// A hub that has reached the rounds with a peer that holds nothing.
fn in_rounds() -> Spoken {
    in_rounds_with(&child_and_hub().1)
}

fn in_rounds_with(replica: &Replica) -> Spoken {
    let mut spoken = Spoken::to(replica);
    spoken
        .say(&hello())
        .say(&digests(vec![], false))
        .say(&Message::Frontiers { spaces: vec![], more: false });
    assert_eq!(spoken.fault, None);
    spoken
}

#[test]
fn another_realm_is_incompatible_and_so_is_another_version() {
    let mut spoken = Spoken::to(&Replica::default());
    let Message::Hello(hello) = hello() else { unreachable!("it is a hello") };
    let realm = RealmId([8; 32]);
    let fault = spoken.say(&Message::Hello(Hello { realm, ..hello })).fault();
    assert_eq!(fault, Incompatible::Realm { ours: REALM, theirs: realm }.into());

    // Version 2, and things that this version does not know.
    let body = vec![0x83, 0x00, 0x02, 0xf6];
    let fault = Spoken::to(&Replica::default()).say_frame(Frame { lane: Lane::Control, body }).fault();
    assert_eq!(fault, Incompatible::Version(2).into());
}

#[test]
fn what_is_no_message_is_malformed() {
    for body in [&[][..], &[0x82, 0x08, 0x00], &[0x82, 0x04, 0x18, 0x01], &[0x82, 0x04, 0x01, 0x00], &[0xff]]
    {
        let fault = Spoken::to(&Replica::default())
            .say_frame(Frame { lane: Lane::Bulk, body: body.to_vec() })
            .fault();
        assert!(matches!(fault, PeerFault::Malformed(_)), "{body:02x?}: {fault:?}");
    }
}

#[test]
fn messages_out_of_turn_are_refused() {
    let before_hello = [
        digests(vec![], false),
        Message::Frontiers { spaces: vec![], more: false },
        Message::Segment { lane: Lane::Bulk, bytes: vec![1] },
        Message::Pushed { segments: 0 },
        Message::Settled { digest: Digest([0; 32]), more: false },
    ];
    for message in &before_hello {
        let fault = Spoken::to(&Replica::default()).say(message).misbehaved();
        assert_eq!(fault, Misbehaved::OutOfTurn { message: message.name(), expected: "hello" });
    }
    for message in [&hello(), &before_hello[1], &before_hello[2]] {
        let fault = Spoken::to(&child_and_hub().1).say(&hello()).say(message).misbehaved();
        assert_eq!(fault, Misbehaved::OutOfTurn { message: message.name(), expected: "digests" });
    }
    let settled = Message::Settled { digest: Digest([0; 32]), more: false };
    assert!(matches!(
        in_rounds().say(&settled).misbehaved(),
        Misbehaved::OutOfTurn { message: "settled", .. }
    ));
    let pushed = Message::Pushed { segments: 0 };
    let fault = in_rounds().say(&pushed).say(&pushed).misbehaved();
    assert!(matches!(fault, Misbehaved::OutOfTurn { message: "pushed", .. }));
    let segment = Message::Segment { lane: Lane::Bulk, bytes: vec![1] };
    let fault = in_rounds().say(&pushed).say(&segment).misbehaved();
    assert!(matches!(fault, Misbehaved::OutOfTurn { message: "segment", .. }));
}

#[test]
fn a_round_is_not_opened_for_nothing() {
    let mut spoken = Spoken::to(&Replica::default());
    let Message::Hello(hello) = hello() else { unreachable!("it is a hello") };
    let digest = digest_of(&BTreeMap::new());
    spoken.say(&Message::Hello(Hello { digest, trust_digest: digest, ..hello }));
    assert!(spoken.session.is_idle());
    let fault = spoken.say(&Message::Pushed { segments: 0 }).misbehaved();
    assert!(matches!(fault, Misbehaved::OutOfTurn { message: "pushed", .. }));
}

#[test]
fn a_message_in_the_wrong_lane_is_refused() {
    for (message, lane) in [
        (hello(), Lane::Bulk),
        (Message::Pushed { segments: 0 }, Lane::Control),
        (Message::Segment { lane: Lane::Bulk, bytes: vec![] }, Lane::Control),
    ] {
        let frame = Frame { lane, ..message.encode() };
        let fault = Spoken::to(&Replica::default()).say_frame(frame).misbehaved();
        assert_eq!(fault, Misbehaved::WrongLane { message: message.name(), lane });
    }
}

#[test]
fn digests_out_of_order_are_refused() {
    let hub = child_and_hub().1;
    let one = |space: Space| (space, Digest([1; 32]));
    let twice = digests(vec![one(records()), one(records())], false);
    assert_eq!(Spoken::to(&hub).say(&hello()).say(&twice).misbehaved(), Misbehaved::SpaceOrder(records()));
    let mut pages = Spoken::to(&hub);
    pages.say(&hello()).say(&digests(vec![one(notices())], true));
    assert_eq!(
        pages.say(&digests(vec![one(records())], false)).misbehaved(),
        Misbehaved::SpaceOrder(records())
    );
    assert_eq!(
        Spoken::to(&hub).say(&hello()).say(&digests(vec![], true)).misbehaved(),
        Misbehaved::EmptyPage
    );
}

#[test]
fn frontiers_that_do_not_fit_are_refused() {
    let hub = child_and_hub().1;
    let claim = |claimed: Vec<(Space, SpaceFrontier)>, sent: Vec<(Space, SpaceFrontier)>| {
        let spaces = claimed.iter().map(|(space, frontier)| (space.clone(), frontier.digest())).collect();
        let mut spoken = Spoken::to(&hub);
        spoken.say(&hello()).say(&digests(spaces, false));
        spoken.say(&Message::Frontiers { spaces: sent, more: false }).misbehaved()
    };
    assert_eq!(
        claim(vec![(records(), frontier(1))], vec![(notices(), frontier(1))]),
        Misbehaved::UncalledFrontier(notices())
    );
    assert_eq!(
        claim(vec![(records(), frontier(1))], vec![(records(), frontier(2))]),
        Misbehaved::FrontierDigest(records())
    );
    assert_eq!(claim(vec![(records(), frontier(1))], vec![]), Misbehaved::FrontierDigest(records()));
    assert_eq!(
        claim(vec![(records(), frontier(1))], vec![(records(), SpaceFrontier::default())]),
        Misbehaved::EmptyFrontier(records())
    );
    // The same log in two spaces, and a log of ours in another space than ours.
    let both = vec![(records(), frontier(1)), (notices(), frontier(1))];
    let place = |theirs, log| Misbehaved::LogPlace { log, ours: records(), theirs };
    assert_eq!(claim(both.clone(), both), place(notices(), log(1)));
    let moved = vec![(records(), frontier(5))];
    let oversight = space(COMMUNITY, Channel::Oversight);
    let fault = Misbehaved::LogPlace { log: log(5), ours: oversight, theirs: records() };
    assert_eq!(claim(moved.clone(), moved), fault);
    let twice = vec![(records(), frontier(2)), (records(), frontier(1))];
    let fault = Misbehaved::LogOrder { space: records(), log: log(1) };
    assert_eq!(claim(vec![(records(), frontier(1))], twice), fault);
}

#[test]
fn a_wrong_count_of_segments_is_refused() {
    let fault = in_rounds().say(&Message::Pushed { segments: 2 }).misbehaved();
    assert_eq!(fault, Misbehaved::SegmentCount { said: 2, came: 0 });
}

#[test]
fn refusals_are_of_what_was_pushed_and_not_without_end() {
    let declined =
        |of: Option<LogId>| Message::Declined { log: of, seq: 0, lasting: false, reason: "no".to_owned() };
    let fault = in_rounds().say(&declined(Some(log(4)))).misbehaved();
    assert_eq!(fault, Misbehaved::DeclinedUnsent(log(4)));
    let mut spoken = in_rounds();
    spoken.listen();
    spoken.say(&declined(Some(log(4))));
    assert_eq!(spoken.fault, None);
    for _ in 1..DECLINES_MAX {
        spoken.say(&declined(None));
    }
    assert_eq!(spoken.fault, None);
    let fault = Misbehaved::TooMany { what: "the declined segments", limit: DECLINES_MAX };
    assert_eq!(spoken.say(&declined(None)).misbehaved(), fault);
}

#[test]
fn a_peer_that_never_settles_is_left() {
    let mut spoken = in_rounds();
    for _ in 1..crate::limits::ROUNDS_MAX {
        spoken.say(&Message::Pushed { segments: 0 }).listen();
        spoken.say(&Message::Settled { digest: Digest([0; 32]), more: true }).listen();
        assert_eq!(spoken.fault, None);
    }
    spoken.say(&Message::Pushed { segments: 0 }).listen();
    let fault = spoken.say(&Message::Settled { digest: Digest([0; 32]), more: true }).misbehaved();
    assert_eq!(fault, Misbehaved::TooManyRounds);
}

#[test]
fn a_peer_that_reads_slowly_costs_no_more_than_a_chunk() {
    let mut replica = Replica::default();
    replica.write_many(&space(COMMUNITY, Channel::Oversight), log(9), 200, 100_000);
    let mut spoken = in_rounds_with(&replica);
    for segments in 0..200 {
        let read = spoken.replica.bytes_read;
        assert!(read <= segments * 100_000 + PUSH_BYTES, "{read} bytes are read for {segments} segments");
        while !matches!(spoken.next(), Message::Segment { .. }) {}
    }
}

#[test]
fn a_peer_that_never_ends_its_push_costs_no_more_than_a_batch() {
    let mut other = Replica::default();
    other.write_many(&records(), log(1), 250, 100_000);
    let missing = other.missing(log(1), &[], usize::MAX).expect("the replica works");
    let mut spoken = in_rounds();
    for bytes in missing.segments {
        spoken.say(&Message::Segment { lane: Lane::Bulk, bytes });
    }
    let largest = spoken.replica.largest_batch;
    assert!((RECEIVED_BYTES_MAX..RECEIVED_BYTES_MAX + 101_000).contains(&largest), "{largest} bytes");
}

#[test]
fn a_peer_that_sends_the_same_for_ever_is_left() {
    let mut other = Replica::default();
    other.write_many(&records(), log(1), 1, 10);
    let missing = other.missing(log(1), &[], usize::MAX).expect("the replica works");
    let mut spoken = in_rounds();
    let again = Message::Segment { lane: Lane::Recent, bytes: missing.segments[0].clone() };
    // One brought something new, so one more may be needless.
    for _ in 0..=NEEDLESS_SEGMENTS_MAX + 1 {
        spoken.say(&again);
    }
    spoken.session.handle(Input::Flush, &mut spoken.replica).expect("all of it may come");
    spoken.say(&again);
    let flushed = spoken.session.handle(Input::Flush, &mut spoken.replica);
    let needless = NEEDLESS_SEGMENTS_MAX + 2;
    assert!(
        matches!(flushed, Err(SessionError::Peer(PeerFault::Misbehaved(Misbehaved::Needless(n)))) if n == needless),
        "{flushed:?}"
    );
}

#[test]
fn a_round_has_an_end_even_if_the_peer_says_none() {
    let (mut other, mut spoken) = (Replica::default(), in_rounds());
    other.write_many(&records(), log(1), 1, 1);
    spoken.replica.refuses.insert(log(1));
    let missing = other.missing(log(1), &[], usize::MAX).expect("the replica works");
    let segment = Message::Segment { lane: Lane::Recent, bytes: missing.segments[0].clone() };
    for _ in 0..ROUND_SEGMENTS_MAX {
        spoken.say(&segment);
    }
    assert_eq!(spoken.fault, None);
    spoken.say(&segment);
    let limit = ROUND_SEGMENTS_MAX as usize;
    assert_eq!(spoken.misbehaved(), Misbehaved::TooMany { what: "the segments of a round", limit });
}

#[test]
fn heads_that_a_peer_claims_and_does_not_have_cost_one_round() {
    let (mut replica, space) = (child_and_hub().1, space(COMMUNITY, Channel::Oversight));
    replica.write_many(&space, log(5), 3, 300);
    let lie = SpaceFrontier([(log(5), vec![Head { seq: 900, hash: EntryHash([9; 32]) }])].into());
    let mut spoken = Spoken::to(&replica);
    spoken
        .say(&hello())
        .say(&digests(vec![(space.clone(), lie.digest())], false))
        .say(&Message::Frontiers { spaces: vec![(space, lie)], more: false });
    // The peer may be ahead, so nothing of that log goes before the peer has pushed; then all of it does.
    let logs = |outputs: Vec<Output>| -> Vec<LogId> {
        let segments = outputs.into_iter().filter_map(|output| match output {
            Output::Send(frame) => match Message::decode(&frame).expect("a session sends messages") {
                Message::Segment { bytes, .. } => Some(replica::log_of(&bytes)),
                _ => None,
            },
            _ => None,
        });
        segments.collect()
    };
    assert!(!logs(spoken.listen()).contains(&log(5)));
    assert_eq!(logs(spoken.say(&Message::Pushed { segments: 0 }).listen()), [log(5); 8]);
    spoken.say(&Message::Settled { digest: Digest([0; 32]), more: false }).listen();
    assert_eq!(spoken.fault, None);
    assert!(spoken.session.is_idle(), "a liar is not asked twice: {:?}", spoken.session);
}

#[test]
fn any_byte_of_a_message_changed_never_makes_a_session_panic() {
    let said = [hello(), digests(vec![(records(), frontier(1).digest())], false)];
    for (at, message) in said.iter().enumerate() {
        let frame = message.encode();
        for byte in 0..frame.body.len() {
            for flip in [0x01, 0x20, 0xff] {
                let mut spoken = Spoken::to(&child_and_hub().1);
                for before in &said[..at] {
                    spoken.say(before);
                }
                let mut damaged = frame.clone();
                damaged.body[byte] ^= flip;
                spoken.say_frame(damaged).listen();
            }
        }
    }
}
