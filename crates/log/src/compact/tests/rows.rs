//! Rows under keys that follow are not carried, and come back.

use automerge::{Automerge, ObjType, ROOT, transaction::Transactable};
use data_encoding::HEXLOWER;

use super::{decode, round_trip};
use crate::{
    change::row_key,
    compact::{LEVEL_SMALL, encode},
    fixture::{TestLog, actor, document, edit},
};

/// A card whose second and third change add three rows each, under keys that this gives; its compact form.
fn card(key: impl Fn(&TestLog, u64, u64) -> [u8; 16]) -> Vec<u8> {
    let mut log = TestLog::begin(1);
    let actor = actor(log.id(), 1);
    let (mut card, mut visits) = (Automerge::new(), ROOT);
    let chunk = edit(&mut card, &actor, |t| {
        visits = t.put_object(ROOT, "visits", ObjType::Map).expect("a map");
    });
    log.append_changes(vec![(document(1), chunk)]);
    for seq in 2..4 {
        let chunk = edit(&mut card, &actor, |t| {
            for nth in 0..3 {
                let key = HEXLOWER.encode(&key(&log, seq, nth));
                let row = t.put_object(&visits, key.as_str(), ObjType::Map).expect("a row");
                t.put(&row, "day", "2026-11-02").expect("a value");
                // A key that was met is a value like any other.
                t.put(ROOT, "last", key).expect("a value");
            }
        });
        log.append_changes(vec![(document(1), chunk)]);
    }
    let segment = log.seal_all();
    round_trip(&segment);
    encode(&segment, LEVEL_SMALL)
}

fn following(log: &TestLog, seq: u64, nth: u64) -> [u8; 16] {
    row_key(document(1), actor(log.id(), 1).to_bytes(), seq, nth)
}

#[test]
fn six_keys_that_follow_take_no_room() {
    let drawn = card(|_, seq, nth| document(100 * seq + nth).0);
    let derived = card(following);
    assert!(derived.len() + 6 * 16 <= drawn.len(), "{} and {} bytes", derived.len(), drawn.len());
}

#[test]
fn keys_that_follow_from_something_else_come_back() {
    card(|log, seq, nth| following(log, seq, 2 - nth));
    card(|log, seq, nth| following(log, seq, nth / 2));
    card(|log, seq, nth| following(log, seq + 1, nth));
    card(|log, seq, nth| row_key(document(2), actor(log.id(), 1).to_bytes(), seq, nth));
}

#[test]
fn a_row_that_has_a_value_itself_is_damaged() {
    assert!(decode(&card(following)).is_ok());
    for code in [0xf1, 0xf6, 0xff] {
        let mut plain = crate::compact::encode::plain(&decode(&card(following)).expect("it was packed"));
        let at = plain.streams.iter().rposition(|byte| *byte == 0xf0).expect("it has a row");
        plain.streams[at] = code;
        assert!(decode(&crate::compact::pack(&plain, LEVEL_SMALL)).is_err());
    }
}
