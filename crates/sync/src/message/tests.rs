//! The wire format, pinned.

use linli_log::Head;
use linli_wire::EntryHash;

use super::*;

fn unit(path: &str) -> UnitPath {
    path.parse().expect("a path in a test is one")
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all that is written");
        text
    })
}

fn every_message() -> Vec<(Message, String)> {
    let space = Space::new(unit("3211"), Channel::Notices);
    let frontier = SpaceFrontier([(LogId([1; 32]), vec![Head { seq: 24, hash: EntryHash([2; 32]) }])].into());
    let of = |byte: &str| byte.repeat(32);
    vec![
        (
            Message::Hello(Hello {
                realm: RealmId([7; 32]),
                mine: vec![unit("3211/02")],
                theirs: vec![unit("3211")],
                digest: Digest([9; 32]),
                trust_digest: Digest([8; 32]),
                carry: Carry::Trust,
                program: "p 1".to_owned(),
            }),
            format!(
                "8900015820{}8167333231312f30328164333231315820{}5820{}0263702031",
                of("07"),
                of("09"),
                of("08")
            ),
        ),
        (
            Message::Digests { spaces: vec![(space.clone(), Digest([9; 32]))], more: true },
            format!("8301818364333231310358 20{}f5", of("09")).replace(' ', ""),
        ),
        (
            Message::Frontiers { spaces: vec![(space, frontier)], more: false },
            format!("8302818364333231310381825820{}818218185820{}f4", of("01"), of("02")),
        ),
        (Message::Segment { lane: Lane::Recent, bytes: vec![5, 6] }, "8203420506".to_owned()),
        (Message::Pushed { segments: 300 }, "820419012c".to_owned()),
        (
            Message::Declined { log: None, seq: 0, lasting: false, reason: "no room".to_owned() },
            "8505f600f4676e6f20726f6f6d".to_owned(),
        ),
        (
            Message::Declined { log: Some(LogId([3; 32])), seq: 7, lasting: true, reason: String::new() },
            format!("85055820{}07f560", of("03")),
        ),
        (Message::Settled { digest: Digest([9; 32]), more: false }, format!("83065820{}f4", of("09"))),
        (
            Message::Goodbye { code: GoodbyeCode::Unknown(99), text: "再见".to_owned() },
            "83071863 66e5868de8a781".replace(' ', ""),
        ),
    ]
}

#[test]
fn every_message_has_the_bytes_that_the_table_says_and_reads_back() {
    for (message, bytes) in every_message() {
        let frame = message.encode();
        assert_eq!(hex(&frame.body), bytes, "{}", message.name());
        assert_eq!(Message::decode(&frame), Ok(message));
    }
}

#[test]
fn a_message_cut_short_or_with_more_behind_it_is_refused() {
    for (message, _) in every_message() {
        let frame = message.encode();
        for len in 0..frame.body.len() {
            let cut = Frame { body: frame.body[..len].to_vec(), ..frame };
            assert!(Message::decode(&cut).is_err(), "{} cut to {len}", message.name());
        }
        let mut longer = frame.clone();
        longer.body.push(0);
        assert!(Message::decode(&longer).is_err(), "{}", message.name());
    }
}

#[test]
fn a_long_reason_is_clipped_between_characters() {
    let declined = Message::Declined { log: None, seq: 0, lasting: false, reason: "村".repeat(200) };
    let Ok(Message::Declined { reason, .. }) = Message::decode(&declined.encode()) else {
        panic!("what is sent can be read");
    };
    assert_eq!(reason, "村".repeat(170));
}

#[test]
fn limits_hold_at_the_limit_and_refuse_one_past_it() {
    let units = |count: usize| {
        let paths = (0..count).map(|n| unit(&format!("3211/02/{:03}/{:03}", n / 999, n % 999)));
        Message::Hello(Hello::bare(RealmId([0; 32]), paths.collect(), vec![], ""))
    };
    assert!(Message::decode(&units(UNITS_MAX).encode()).is_ok());
    assert!(Message::decode(&units(UNITS_MAX + 1).encode()).is_err());

    let program = |bytes: usize| {
        let hello = Hello::bare(RealmId([0; 32]), vec![], vec![], &"p".repeat(bytes));
        Message::Hello(hello).encode()
    };
    let longest = program(PROGRAM_BYTES_MAX);
    assert!(Message::decode(&longest).is_ok());
    assert_eq!(program(PROGRAM_BYTES_MAX + 1), longest, "a longer name is cut");
    let mut longer = longest;
    let at = longer.body.len() - PROGRAM_BYTES_MAX - 2;
    assert_eq!(longer.body[at..at + 2], [0x78, 32]);
    longer.body[at + 1] = 33;
    longer.body.push(b'p');
    assert!(Message::decode(&longer).is_err());

    let spaces = |count: usize| {
        let space =
            |n: usize| Space::new(unit(&format!("3211/02/{:03}/{:03}", n / 999, n % 999)), Channel::Records);
        Message::Digests { spaces: (0..count).map(|n| (space(n), Digest([0; 32]))).collect(), more: false }
    };
    assert!(Message::decode(&spaces(MESSAGE_SPACES_MAX).encode()).is_ok());
    assert!(Message::decode(&spaces(MESSAGE_SPACES_MAX + 1).encode()).is_err());

    let segment = |bytes: usize| Message::Segment { lane: Lane::Bulk, bytes: vec![0; bytes] };
    assert!(Message::decode(&segment(COMPACT_BYTES_MAX).encode()).is_ok());
    assert!(Message::decode(&segment(COMPACT_BYTES_MAX + 1).encode()).is_err());

    let logs = |count: usize| {
        let id = |n: usize| {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&(n as u64).to_be_bytes());
            LogId(id)
        };
        let heads = vec![Head { seq: 0, hash: EntryHash([0; 32]) }];
        let frontier = SpaceFrontier((0..count).map(|n| (id(n), heads.clone())).collect());
        Message::Frontiers {
            spaces: vec![(Space::new(unit("3211"), Channel::Records), frontier)],
            more: false,
        }
    };
    // A frame full of logs is over the limit of bytes before it is over the limit of logs.
    let fits = (CONTROL_BYTES_MAX - 64) / 72;
    assert!(fits < MESSAGE_LOGS_MAX);
    assert!(Message::decode(&logs(fits - 100).encode()).is_ok());
    assert!(Message::decode(&logs(MESSAGE_LOGS_MAX + 1).encode()).is_err());
}

#[test]
fn units_out_of_order_are_refused() {
    for mine in [["3211/02", "3211"], ["3211/11", "3211/02"], ["3211", "3211"]] {
        let hello = Hello::bare(RealmId([0; 32]), mine.map(unit).to_vec(), vec![], "");
        assert!(Message::decode(&Message::Hello(hello).encode()).is_err(), "{mine:?}");
    }
}
