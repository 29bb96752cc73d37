//! Entries that want the same place: what counts is a function of the set, whatever came first.

use linli_log::{
    Draft, DraftChange, Entry, Head, HeldState, Kind, LogHeads, LogWriter, Receipt, ReceiptState, Rights,
    fact::{Body as _, Changes},
};
use linli_model::kind;
use linli_sync::Holdings as _;
use linli_wire::{Arrangement, Channel, DocId, EntryHash};

use super::{
    fixture::{
        CITY, COMMUNITY, NOW, STREET, card, community, copy, id, in_memory, join, phones, records, root,
        space, tables, unit, write,
    },
    hostile::{begin, chunk, sealed},
};
use crate::{EntryState, Replica, Stored};

/// What a replica shows: its tables, and the entries that it leaves out.
type Shown = (Vec<String>, Vec<(EntryHash, EntryState)>);

fn shown(replica: &Replica) -> Shown {
    let mut left_out: Vec<_> =
        replica.left_out().expect("read").into_iter().map(|e| (e.hash, e.state)).collect();
    left_out.sort_unstable();
    (tables(replica), left_out)
}

/// Stores the same segments in every order, and in one go, and expects the same of all.
fn in_every_order(base: &mut Replica, segments: &[Vec<u8>]) -> Shown {
    let mut seen: Option<Shown> = None;
    let mut orders: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in segments {
        orders = orders
            .into_iter()
            .flat_map(|order| {
                (0..segments.len())
                    .filter(|at| !order.contains(at))
                    .map(|at| [order.clone(), vec![at]].concat())
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    for order in orders {
        for one_by_one in [true, false] {
            let mut replica = in_memory();
            replica.set_realm(base.realm().expect("realm")).expect("set");
            copy(base, &mut replica);
            for at in &order {
                let stored = replica.store(vec![segments[*at].clone()], &|_| true).expect("store");
                assert!(matches!(stored[0], Stored::New { .. }), "{stored:?}");
                if one_by_one {
                    replica.materialise().expect("materialise");
                }
            }
            replica.materialise().expect("materialise");
            let now = shown(&replica);
            assert_eq!(
                *seen.get_or_insert_with(|| now.clone()),
                now,
                "order {order:?}, one by one: {one_by_one}"
            );
            replica.rebuild().expect("rebuild");
            assert_eq!(shown(&replica), now, "a rebuild after order {order:?}");
        }
    }
    seen.expect("there is at least one order")
}

fn draft(changes: Vec<(DocId, u64, Vec<u8>)>) -> Draft {
    let changes = changes
        .into_iter()
        .map(|(document, kind, chunk)| DraftChange { document, kind, schema: 1, chunk })
        .collect();
    Draft { kind: Kind::Changes, body: Changes::default().encode(), changes }
}

/// One entry for each draft, all after the log's genesis: a log with as many branches.
fn branches(clerk: &Replica, writer: &LogWriter, drafts: Vec<Draft>) -> Vec<(Entry, Vec<u8>)> {
    drafts
        .into_iter()
        .map(|draft| {
            let mut branch = LogWriter::resume(writer.log(), writer.head());
            let entry = branch.append(draft, NOW).expect("append");
            (entry.clone(), sealed(clerk, writer.log(), vec![entry]))
        })
        .collect()
}

/// A realm whose log of a cloned machine has begun, ready for its branches.
fn cloned() -> (Replica, Replica, LogWriter) {
    let (mut city, clerk) = community();
    let (writer, entries) = begin(&clerk);
    city.store(vec![sealed(&clerk, writer.log(), entries)], &|_| true).expect("store");
    city.materialise().expect("materialise");
    (city, clerk, writer)
}

#[test]
fn repeated_changes_over_several_documents_settle_the_same_in_any_order() {
    let (mut city, clerk, writer) = cloned();
    let change = |document: u8, text: &str| (id(document), 1, chunk(writer.log(), 0, text));
    let drafts = vec![
        draft(vec![change(60, "one")]),
        draft(vec![change(60, "two"), change(61, "two")]),
        draft(vec![change(61, "three")]),
    ];
    let segments: Vec<_> = branches(&clerk, &writer, drafts).into_iter().map(|(_, bytes)| bytes).collect();
    let (rows, left_out) = in_every_order(&mut city, &segments);
    assert!(!left_out.is_empty() && left_out.iter().all(|(_, state)| *state == EntryState::Repeated));
    assert!(rows.iter().any(|row| row.starts_with("household")));
}

#[test]
fn an_entry_that_cannot_count_takes_nobodys_place() {
    let (mut city, clerk, writer) = cloned();
    let good = (id(60), 1, chunk(writer.log(), 0, "good"));
    let twin = (id(60), 1, chunk(writer.log(), 0, "twin"));
    let impossible = (id(61), 1, chunk(writer.log(), 1 << 31, "x"));
    let drafts = vec![draft(vec![good]), draft(vec![twin, impossible])];
    let segments: Vec<_> = branches(&clerk, &writer, drafts).into_iter().map(|(_, bytes)| bytes).collect();
    let (rows, left_out) = in_every_order(&mut city, &segments);
    assert_eq!(left_out.len(), 1);
    assert!(rows.iter().any(|row| row.contains("good")));
}

#[test]
fn a_change_that_came_twice_keeps_one_origin() {
    let (mut city, clerk, writer) = cloned();
    let change = (id(60), 1, chunk(writer.log(), 0, "same"));
    let later = linli_wire::TimeMs(NOW.0 + 40 * 86_400_000);
    let mut branch = LogWriter::resume(writer.log(), writer.head());
    let entry = branch.append(draft(vec![change.clone()]), later).expect("append");
    let mut segments = vec![sealed(&clerk, writer.log(), vec![entry])];
    segments.extend(branches(&clerk, &writer, vec![draft(vec![change])]).into_iter().map(|(_, bytes)| bytes));
    in_every_order(&mut city, &segments);
}

#[test]
fn a_refused_entry_decides_nothing_about_a_document() {
    let (mut city, mut clerk) = community();
    // The clerk claims, where only those above may write, the id that a dwelling register will have.
    let oversight = space(COMMUNITY, Channel::Oversight);
    let device = clerk.identity().device();
    let grant = clerk.trust().grants_of(device).map(|(hash, _)| *hash).next();
    let genesis =
        linli_log::Genesis { device, space: oversight.clone(), grant, incarnation: [5; 16], root: None };
    let (mut writer, first) = LogWriter::begin(&genesis, NOW).expect("a log begins");
    let document = kind::DWELLINGS.fixed_id("").expect("a singleton");
    let claim = draft(vec![(document, 1, chunk(writer.log(), 0, "mine"))]);
    let entry = writer.append(claim, NOW).expect("append");
    let forged = sealed(&clerk, writer.log(), vec![first, entry]);

    let mut street = join(&mut city, STREET, Rights::hub());
    let edits = linli_model::Edit::item("dwellings", &"ab".repeat(16), "address", Some("1 号".into()));
    let register = crate::DocumentEdits { id: document, kind: &kind::DWELLINGS, edits: vec![edits] };
    street.write(NOW, |w| w.edit(&oversight, &[register], Changes::default())).expect("the street may");
    street.seal().expect("seal");
    let honest = street.segments(&oversight).expect("segments").remove(0);
    copy(&mut city, &mut clerk);
    let (rows, left_out) = in_every_order(&mut city, &[forged, honest]);
    assert!(rows.iter().any(|row| row.starts_with("dwelling")), "the street's register stands");
    assert!(left_out.iter().all(|(_, state)| *state == EntryState::Refused));
}

#[test]
fn two_kinds_for_one_document_are_settled_the_same_in_any_order() {
    let (mut city, clerk, writer) = cloned();
    let drafts = vec![
        draft(vec![(id(60), 1, chunk(writer.log(), 0, "card"))]),
        draft(vec![(id(60), 3, super::hostile::chunk_of(&kind::PROFILE, writer.log(), 0, "profile"))]),
    ];
    let segments: Vec<_> = branches(&clerk, &writer, drafts).into_iter().map(|(_, bytes)| bytes).collect();
    let (_, left_out) = in_every_order(&mut city, &segments);
    assert_eq!(left_out.iter().map(|(_, state)| *state).collect::<Vec<_>>(), [EntryState::Quarantined]);
}

#[test]
fn after_a_colleague_was_revoked_new_edits_are_not_taken_for_old_ones() {
    let (mut city, mut first) = community();
    let mut second = join(&mut city, COMMUNITY, Rights::clerk());
    write(&mut first, &[card(1, "first")]);
    copy(&mut first, &mut second);
    write(&mut second, &[card(1, "second")]);
    copy(&mut second, &mut city);
    let revoke = linli_log::Revoke {
        device: first.identity().device(),
        cut: Vec::new(),
        since_compromise: true,
        reason: "stolen".to_owned(),
    };
    city.write(NOW, |w| w.fact(&space(CITY, Channel::Notices), Kind::Revoke, &revoke)).expect("the root may");
    copy(&mut city, &mut second);
    assert_eq!(phones(&second), Vec::<String>::new(), "the edit waits for what has no effect any more");
    write(&mut second, &[card(1, "again")]);
    copy(&mut second, &mut city);
    for replica in [&mut second, &mut city] {
        assert_eq!(phones(replica), ["again"]);
        replica.rebuild().expect("rebuild");
        assert_eq!(phones(replica), ["again"]);
    }
}

#[test]
fn a_device_that_meets_a_later_state_of_its_own_log_begins_another() {
    let (mut city, mut clerk) = community();
    write(&mut clerk, &[card(1, "1")]);
    copy(&mut clerk, &mut city);
    // Another state of the same machine went on with the log.
    let log = clerk.logs().expect("logs").into_iter().find(|l| l.own).expect("its own").log;
    let head = clerk.frontier(&records()).expect("frontier").0[&log][0];
    let mut elsewhere = LogWriter::resume(log, head);
    let entry = elsewhere.append(draft(vec![(id(9), 1, chunk(log, 0, "elsewhere"))]), NOW).expect("append");
    write(&mut clerk, &[card(2, "2")]);
    clerk.store(vec![sealed(&clerk, log, vec![entry])], &|_| true).expect("store");
    clerk.materialise().expect("materialise");
    write(&mut clerk, &[card(3, "3")]);
    let stored = copy(&mut clerk, &mut city);
    assert!(!stored.iter().any(|s| matches!(s, Stored::Declined { .. })), "{stored:?}");
    clerk.verify_segments().expect("every chain holds");
    assert_eq!(tables(&city), tables(&clerk));
    assert_eq!(phones(&clerk).len(), 4);
}

/// A hub says that it holds a device's log to its end.
fn acknowledge(hub: &mut Replica, of: &Replica, state: HeldState) {
    let log = of.logs().expect("logs").into_iter().find(|l| l.own).expect("its own");
    let sql = "SELECT seq, hash FROM entry JOIN log USING (log_no) WHERE own = 1 ORDER BY seq DESC";
    let head = of.query(sql, [], |row| Ok(Head { seq: row.get(0)?, hash: EntryHash(row.get(1)?) }));
    let head = head.expect("read").remove(0);
    let heads = LogHeads { log: log.log, heads: vec![head] };
    let receipt = Receipt { logs: vec![ReceiptState { heads, state }], heartbeat: None };
    let oversight = space(COMMUNITY, Channel::Oversight);
    hub.write(NOW, |w| w.fact(&oversight, Kind::Receipt, &receipt)).expect("a hub may");
}

#[test]
fn a_receipt_counts_by_the_right_of_its_writer_and_its_last_word() {
    let (mut city, mut clerk) = community();
    let mut street = join(&mut city, STREET, Rights::hub());
    write(&mut clerk, &[card(1, "1")]);
    copy(&mut clerk, &mut street);
    acknowledge(&mut street, &clerk, HeldState::Quarantined { from_seq: 1, why: "waits".to_owned() });
    copy(&mut street, &mut clerk);
    let held = clerk.held_by(true).expect("receipts");
    assert_eq!(
        held.iter().map(|h| (h.unit.clone(), h.quarantined.is_some())).collect::<Vec<_>>(),
        [(Some(unit(STREET)), true)]
    );
    // Nothing is left out there, so the street says so once more, and then no more.
    assert_eq!(
        street.unacknowledged(&Arrangement::default(), &unit(STREET), &unit(COMMUNITY)).expect("read").len(),
        1
    );
    acknowledge(&mut street, &clerk, HeldState::Held);
    assert_eq!(
        street.unacknowledged(&Arrangement::default(), &unit(STREET), &unit(COMMUNITY)).expect("read"),
        []
    );
    copy(&mut street, &mut clerk);
    assert_eq!(clerk.held_by(true).expect("receipts")[0].quarantined, None);

    // A clerk's own word about what a hub holds is no receipt.
    let (mut realm, mut other) = (root(), in_memory());
    super::fixture::enrol(&mut realm, &mut other, COMMUNITY, Rights::clerk());
    write(&mut other, &[card(1, "1")]);
    let device = other.identity().device();
    let grant = other.trust().grants_of(device).map(|(hash, _)| *hash).next();
    let oversight = space(COMMUNITY, Channel::Oversight);
    let genesis = linli_log::Genesis { device, space: oversight, grant, incarnation: [6; 16], root: None };
    let (mut writer, first) = LogWriter::begin(&genesis, NOW).expect("a log begins");
    other.seal().expect("seal");
    let own = other.logs().expect("logs").into_iter().find(|l| l.own).expect("its own").log;
    let heads = LogHeads { log: own, heads: other.frontier(&records()).expect("frontier").0[&own].clone() };
    let receipt = Receipt { logs: vec![ReceiptState { heads, state: HeldState::Held }], heartbeat: None };
    let forged = writer.append(Draft::fact(Kind::Receipt, &receipt), NOW).expect("append");
    let bytes = sealed(&other, writer.log(), vec![first, forged]);
    other.store(vec![bytes], &|_| true).expect("store");
    other.materialise().expect("materialise");
    assert_eq!(other.held_by(true).expect("receipts"), []);
}
