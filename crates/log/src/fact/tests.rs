//! What the bodies of entries promise: what is written reads back, and nothing else is read.

use std::fmt::Debug;

use linli_wire::{
    Channel, DecodeError, DeviceKey, Digest, DocId, EntryHash, LogId, TimeMs, limits::LOG_HEADS_MAX,
};

use super::*;
use crate::{
    fixture::{space, unit},
    rights::Rights,
};

fn heads(n: usize) -> LogHeads {
    let heads = (0..n).map(|seq| Head { seq: seq as u64, hash: EntryHash([seq as u8; 32]) }).collect();
    LogHeads { log: LogId([9; 32]), heads }
}

/// Reads the body back, and refuses it cut anywhere, with a byte more, or with one encoded longer.
fn check<B: Body + PartialEq + Debug>(body: &B) {
    let bytes = body.encode();
    assert_eq!(B::decode(&bytes).as_ref(), Ok(body));
    for cut in 0..bytes.len() {
        assert!(B::decode(&bytes[..cut]).is_err(), "{body:?} cut at {cut}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(B::decode(&longer), Err(DecodeError::Trailing(1)), "{body:?}");
    let padded = [&[0x98, bytes[0] & 0x1f], &bytes[1..]].concat();
    assert_eq!(B::decode(&padded), Err(DecodeError::NotShortest(0)), "{body:?}");
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        assert_ne!(B::decode(&flipped).as_ref(), Ok(body), "{body:?} flipped at {at}");
    }
}

#[test]
fn every_body_reads_back_and_has_one_encoding() {
    let device = DeviceKey([1; 32]);
    for root in [None, Some(Root { next_root: Digest([2; 32]), suite: 1 })] {
        for grant in [None, Some(EntryHash([3; 32]))] {
            let space = space("3211/02", Channel::Notices);
            check(&Genesis { device, space, grant, incarnation: [4; 16], root });
        }
    }
    for not_after in [None, Some(TimeMs(1_800_000_000_000)), Some(TimeMs(-1))] {
        let (unit, rights, label) = (unit("3211/02/001"), Rights::from_bits(1 << 40 | 3), "街道".to_owned());
        check(&Grant { device, recipient: [5; 32], unit, rights, not_after, label });
    }
    for cut in [vec![], vec![heads(1), heads(9)]] {
        check(&Revoke { device, cut, since_compromise: true, reason: "lost".to_owned() });
    }
    let quarantined = HeldState::Quarantined { from_seq: 4, why: "a counter".to_owned() };
    let logs = vec![
        ReceiptState { heads: heads(2), state: HeldState::Held },
        ReceiptState { heads: heads(1), state: quarantined },
    ];
    check(&Receipt { logs, heartbeat: Some((LogId([7; 32]), heads(1).heads[0])) });
    check(&Receipt { logs: vec![], heartbeat: None });
    for residue in [None, Some(DocId([8; 16]))] {
        let (channel, document) = (Channel::Records, DocId([6; 16]));
        check(&Erase { channel, document, residue, reason: "asked for".to_owned() });
    }
    check(&Access {
        who: "审计员".to_owned(),
        why: "inspection".to_owned(),
        what: "explain C10".to_owned(),
        unit: unit("3211"),
        documents: vec![DocId([1; 16]), DocId([2; 16])],
    });
    for purpose in [CheckpointPurpose::Heartbeat, CheckpointPurpose::Snapshot] {
        check(&Checkpoint { purpose, frontier: Digest([1; 32]), note: String::new() });
    }
    check(&Rotate { new_root: device, next_root: Digest([2; 32]) });
    check(&Alias { unit: unit("3211/02/001"), now: unit("3211/03/001"), from_day: 20_780 });
    for import in [None, Some([1; 16])] {
        check(&Changes { import, again: import.map(|_| EntryHash([2; 32])) });
    }
}

#[test]
fn more_heads_than_the_limit_are_refused() {
    let revoke = Revoke {
        device: DeviceKey([1; 32]),
        cut: vec![heads(LOG_HEADS_MAX + 1)],
        since_compromise: false,
        reason: String::new(),
    };
    assert!(matches!(
        Revoke::decode(&revoke.encode()),
        Err(DecodeError::TooLarge { what: "heads of a log", .. })
    ));
}

#[test]
fn unknown_codes_and_broken_units_are_refused() {
    let mut erase =
        Erase { channel: Channel::Records, document: DocId([6; 16]), residue: None, reason: String::new() }
            .encode();
    erase[1] = 9;
    assert_eq!(Erase::decode(&erase), Err(DecodeError::Unknown { what: "a channel", value: 9 }));
    let mut alias = Alias { unit: unit("3211"), now: unit("3212"), from_day: 1 }.encode();
    alias[2] = b'x';
    assert!(matches!(Alias::decode(&alias), Err(DecodeError::Invalid(_))));
    let checkpoint =
        Checkpoint { purpose: CheckpointPurpose::Heartbeat, frontier: Digest([1; 32]), note: String::new() };
    let mut checkpoint = checkpoint.encode();
    checkpoint[1] = 3;
    assert_eq!(
        Checkpoint::decode(&checkpoint),
        Err(DecodeError::Unknown { what: "a checkpoint's purpose", value: 3 })
    );
}

#[test]
fn packed_receipts_fit_into_a_header_and_say_all() {
    let why = "因".repeat(600);
    let quarantined = HeldState::Quarantined { from_seq: u64::MAX, why };
    let mut states = Vec::new();
    for log in 0..3000_u32 {
        let mut id = [7; 32];
        id[..4].copy_from_slice(&log.to_be_bytes());
        let heads = LogHeads { log: LogId(id), ..heads([1, 3, LOG_HEADS_MAX][log as usize % 3]) };
        let state = if log % 5 == 0 { quarantined.clone() } else { HeldState::Held };
        states.push(ReceiptState { heads, state });
    }
    let lists = Receipt::packed(states.clone());
    let said: Vec<LogId> = lists.iter().flatten().map(|state| state.heads.log).collect();
    assert_eq!(said, states.iter().map(|state| state.heads.log).collect::<Vec<_>>());
    for logs in lists {
        let receipt = Receipt { logs, heartbeat: Some((LogId([7; 32]), heads(1).heads[0])) };
        let bytes = receipt.encode();
        assert!(bytes.len() < HEADER_BYTES_MAX - 200, "{}", bytes.len());
        assert_eq!(Receipt::decode(&bytes), Ok(receipt));
    }
    assert!(Receipt::packed(Vec::new()).is_empty());
}
