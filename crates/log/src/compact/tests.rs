//! What the compact form promises: the exact segment comes back, and nothing larger than its limit.

mod hostile;
mod rows;
mod sizes;

use automerge::{ActorId, Automerge, ObjType, ROOT, ReadDoc, transaction::Transactable};
use linli_wire::DocId;
use proptest::prelude::*;

use std::collections::BTreeMap;

use super::*;
use crate::{
    entry::{Entry, Kind},
    fixture::{TestLog, actor, document, edit, put, scatter, secret},
};

const FIELDS: [&str; 27] = [
    "card_number",
    "kind",
    "head",
    "dwelling",
    "residence_address",
    "registered_address",
    "phone",
    "allowance",
    "opened_on",
    "verified_on",
    "verified_by",
    "state",
    "registration_kind",
    "division",
    "members_count",
    "remark",
    "building",
    "entrance",
    "room",
    "rooms",
    "tenure",
    "heating",
    "contact",
    "contact_phone",
    "language",
    "source",
    "grid",
];
const STREETS: [&str; 6] = ["中山路", "解放路", "大市口", "健康路", "宝塔路", "正东路"];
const NAMES: [&str; 8] = ["王芳", "李伟", "张敏", "刘洋", "陈静", "杨磊", "赵丽", "周强"];

/// What a clerk would type into a field: half of it repeats from card to card.
fn value(field: usize, n: u64) -> String {
    let random = scatter(n * 64 + field as u64);
    match field % 9 {
        0 => format!("3211020010{:05}", random % 100_000),
        1 | 8 => (random % 4).to_string(),
        2 => NAMES[random as usize % 8].to_owned(),
        3 => format!("{}{}号{}室", STREETS[random as usize % 6], random / 7 % 300, random / 11 % 900),
        4 => STREETS[random as usize % 6].to_owned(),
        5 => format!("138{:08}", random % 100_000_000),
        6 => "3211/02/001/001".to_owned(),
        _ => (20_000 + random % 800).to_string(),
    }
}

/// A card of 27 fields and a container.
fn create_card(card: &mut Automerge, actor: &ActorId, n: u64) -> Vec<u8> {
    edit(card, actor, |t| {
        t.put_object(ROOT, "members", ObjType::Map).expect("a map");
        for (at, field) in FIELDS.iter().enumerate() {
            t.put(ROOT, *field, value(at, n)).expect("a value");
        }
    })
}

/// Two or three fields of a card.
fn edit_card(card: &mut Automerge, actor: &ActorId, n: u64) -> Vec<u8> {
    let random = scatter(n);
    edit(card, actor, |t| {
        t.put(ROOT, "verified_on", (20_000 + n % 1000).to_string()).expect("a value");
        for at in 1..2 + random % 2 {
            let field = ((random >> (8 * at)) % 27) as usize;
            t.put(ROOT, FIELDS[field], value(field, n + at)).expect("a value");
        }
    })
}

fn round_trip(segment: &RawSegment) -> usize {
    let mut len = 0;
    for level in [LEVEL_FAST, LEVEL_SMALL] {
        let compact = encode(segment, level);
        assert_eq!(decode(&compact).as_ref(), Ok(segment));
        assert_eq!(compact[0], STREAMS, "the streams hold every segment");
        len = compact.len();
    }
    len
}

/// Cards by two actors of one log, with an edit by a third from another log in between.
fn realistic_log() -> TestLog {
    let mut log = TestLog::begin(1);
    let (morning, evening) = (actor(log.id(), 1), actor(log.id(), 2));
    let foreign = actor(TestLog::begin(2).id(), 3);
    let mut cards: Vec<(DocId, Automerge)> = (0..12).map(|n| (document(n), Automerge::new())).collect();
    for (n, (id, card)) in cards.iter_mut().enumerate() {
        let chunk = create_card(card, &morning, n as u64);
        log.append_changes(vec![(*id, chunk)]);
    }
    for round in 0..6 {
        let mut changes = Vec::new();
        for (n, (id, card)) in cards.iter_mut().enumerate() {
            let n = n as u64;
            if (round + n).is_multiple_of(4) {
                put(card, &foreign, "remark", &format!("remark {round}"));
            }
            let mut fork = card.fork();
            changes.push((*id, edit_card(card, &morning, round * 100 + n)));
            if n.is_multiple_of(3) {
                // A concurrent change by the other actor, and then one after both.
                let chunk = edit_card(&mut fork, &evening, round * 1000 + n);
                log.append_changes(vec![(*id, chunk)]);
                card.merge(&mut fork).expect("they share their history");
            }
        }
        log.append_changes(changes);
    }
    log
}

#[test]
fn realistic_segments_come_back_exactly() {
    let mut log = realistic_log();
    let whole = log.seal_all();
    let compact = round_trip(&whole);
    assert!(compact * 4 < whole.encode().len(), "{compact} of {} bytes", whole.encode().len());
    for from in 1..log.entries.len() {
        round_trip(&log.seal(from..log.entries.len()));
    }
    let last = log.entries.len() - 1;
    log.erase(2);
    log.erase(last);
    round_trip(&log.seal_all());
}

#[test]
fn what_is_no_automerge_change_comes_back_too() {
    let mut log = TestLog::begin(1);
    let ours = put(&mut Automerge::new(), &actor(log.id(), 1), "a", "b");
    let theirs = put(&mut Automerge::new(), &actor(TestLog::begin(2).id(), 1), "a", "b");
    let mut deflated = Automerge::new();
    edit(&mut deflated, &actor(log.id(), 1), |t| t.put(ROOT, "a", "b".repeat(400)).expect("a value"));
    let deflated = deflated.get_changes(&[])[0].clone().bytes().to_vec();
    let mut broken = ours.clone();
    broken[5] ^= 1;
    let garbage: Vec<u8> = (0..200).map(|n| scatter(n) as u8).collect();
    for chunk in [ours.clone(), theirs, deflated, broken, ours[..40].to_vec(), garbage, vec![], vec![0x85]] {
        log.append_changes(vec![(document(1), chunk)]);
    }
    log.append_changes(vec![(document(1), ours.clone())]);
    log.append_changes(vec![(document(1), ours)]);
    log.append(Kind::Unknown(40), vec![1, 2, 3], vec![]);
    round_trip(&log.seal_all());
}

#[test]
fn a_segment_that_does_not_chain_comes_back_in_canonical_form() {
    let log = realistic_log();
    let mut segment = log.seal_all();
    segment.entries.swap(3, 4);
    let compact = encode(&segment, LEVEL_FAST);
    assert_eq!(compact[0], CANONICAL);
    assert_eq!(decode(&compact), Ok(segment));
}

#[test]
fn an_empty_segment_comes_back() {
    round_trip(&RawSegment { entries: vec![], ..TestLog::begin(1).seal_all() });
}

#[test]
fn any_bit_flipped_gives_no_other_segment() {
    let log = realistic_log();
    for segment in [log.seal(0..3), log.seal(20..22)] {
        let mut compact = encode(&segment, LEVEL_FAST);
        for at in 0..compact.len() * 8 {
            compact[at / 8] ^= 1 << (at % 8);
            if let Ok(other) = decode(&compact)
                && other != segment
            {
                assert!(other.verify(Some(secret(1).device())).is_err(), "bit {at}");
            }
            compact[at / 8] ^= 1 << (at % 8);
        }
    }
}

/// One entry: for each change a document, and which sort of payload it has.
type Plan = Vec<(u64, u8, Vec<u8>)>;

fn log_of(plans: Vec<Plan>) -> TestLog {
    let mut log = TestLog::begin(1);
    let (mut cards, mut revision): (BTreeMap<u64, Automerge>, u64) = (BTreeMap::new(), 0);
    for plan in plans {
        let mut changes: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        let erase = plan.first().is_some_and(|(_, sort, _)| *sort == 6);
        for (n, sort, bytes) in plan {
            let card = cards.entry(n).or_default();
            revision += 1;
            let chunk = match sort {
                0 => bytes,
                sort => put(
                    card,
                    &actor(log.id(), sort),
                    &format!("field {}", bytes.len()),
                    &format!("{bytes:?} {revision}"),
                ),
            };
            changes.entry(n).or_insert(chunk);
        }
        log.append_changes(changes.into_iter().map(|(n, chunk)| (document(n), chunk)).collect());
        if erase {
            log.erase(log.entries.len() - 1);
        }
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_log_comes_back_exactly(
        plans in proptest::collection::vec(
            proptest::collection::vec((0..5_u64, 0..7_u8, proptest::collection::vec(any::<u8>(), 0..30)), 0..6), 0..8),
        from in any::<prop::sample::Index>(),
    ) {
        let log = log_of(plans);
        let from = from.index(log.entries.len());
        round_trip(&log.seal(from..log.entries.len()));
    }

    #[test]
    fn streams_from_outside_never_panic(mut plain in proptest::collection::vec(any::<u8>(), 0..300)) {
        let ids = plain.split_off(plain.len() / 2);
        let _ = decode(&pack_canonical(&plain, 1));
        let _ = decode(&plain);
        let _ = decode(&pack(&Plain { ids, streams: plain.clone() }, 1));
        plain.insert(0, STREAMS);
        let _ = decode(&plain);
    }

    #[test]
    fn damaged_streams_give_no_other_segment(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut log = TestLog::begin(1);
        let mut card = Automerge::new();
        for n in 0..4 {
            let chunk = put(&mut card, &actor(log.id(), 1), "a", &n.to_string());
            log.append_changes(vec![(document(1), chunk)]);
        }
        let segment = log.seal_all();
        let mut plain = encode::plain(&segment);
        for (at, byte) in flips {
            let at = at.index(plain.streams.len());
            plain.streams[at] = byte;
        }
        if let Ok(other) = decode(&pack(&plain, 1)) && other != segment {
            prop_assert!(other.verify(Some(secret(1).device())).is_err());
        }
    }
}

#[test]
fn what_comes_back_can_be_read_by_automerge() {
    let log = realistic_log();
    let segment = decode(&encode(&log.seal_all(), LEVEL_FAST)).expect("it comes back");
    let mut card = Automerge::new();
    for chunk in segment.entries.iter().flat_map(Entry::changes).filter(|(c, _)| c.document == document(1)) {
        let change =
            automerge::Change::from_bytes(chunk.1.expect("nothing is absent").to_vec()).expect("a change");
        card.apply_changes([change]).expect("it applies");
    }
    assert!(card.length(ROOT) > 0);
}
