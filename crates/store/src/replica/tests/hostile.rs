//! Entries that this software would never write, and logs that forked.

use automerge::{
    Automerge, ROOT, ReadDoc as _,
    transaction::{CommitOptions, Transactable as _},
};
use linli_log::{
    Draft, DraftChange, Entry, Genesis, Head, Kind, LogWriter,
    author::seal_segment,
    compact,
    fact::{Body as _, Changes},
};
use linli_model::kind;
use linli_sync::Holdings as _;
use linli_wire::LogId;

use super::fixture::{NOW, card, community, copy, id, in_memory, phones, records, tables, write};
use crate::{EntryState, Replica, Stored};

/// A log of its own by the clerk's device.
pub(super) fn begin(clerk: &Replica) -> (LogWriter, Vec<Entry>) {
    let device = clerk.identity().device();
    let (grant, _) = clerk.trust().grants_of(device).next().expect("the clerk has a grant");
    let genesis = Genesis { device, space: records(), grant: Some(*grant), incarnation: [7; 16], root: None };
    let (writer, entry) = LogWriter::begin(&genesis, NOW).expect("a log begins");
    (writer, vec![entry])
}

/// A change that sets the phone of a new card, its start moved by so many operations.
pub(super) fn chunk(log: LogId, moved: u64, text: &str) -> Vec<u8> {
    chunk_of(&kind::HOUSEHOLD, log, moved, text)
}

/// The same for a document of another kind that has a phone.
pub(super) fn chunk_of(kind: &'static kind::Kind, log: LogId, moved: u64, text: &str) -> Vec<u8> {
    let mut actor = [0; 16];
    actor[..10].copy_from_slice(&log.0[..10]);
    let mut document: Automerge = linli_model::new_document(kind);
    document.set_actor(actor.into());
    let mut transaction = document.transaction();
    transaction.put(ROOT, "phone", text).expect("a field");
    let options = CommitOptions::default().with_time(0).with_message("A".repeat(22));
    let (hash, _) = transaction.commit_with(options);
    let change = document.get_change_by_hash(&hash.expect("a change")).expect("it is there");
    let mut parts = linli_log::ChangeParts::parse(change.raw_bytes()).expect("a change");
    parts.start_op += moved;
    parts.build()
}

fn changes(document: u8, chunk: Vec<u8>) -> Draft {
    let change = DraftChange { document: id(document), kind: 1, schema: 1, chunk };
    Draft { kind: Kind::Changes, body: Changes::default().encode(), changes: vec![change] }
}

pub(super) fn sealed(clerk: &Replica, log: LogId, entries: Vec<Entry>) -> Vec<u8> {
    let segment = seal_segment(&clerk.identity().secret(), log, entries).expect("entries");
    compact::encode(&segment, compact::LEVEL_FAST)
}

#[test]
fn a_change_that_vetting_refuses_is_quarantined_and_disturbs_nothing() {
    let (mut root, mut clerk) = community();
    write(&mut clerk, &[card(1, "1")]);
    let (mut writer, mut entries) = begin(&clerk);
    let log = writer.log();
    entries.push(writer.append(changes(50, chunk(log, 1 << 31, "x")), NOW).expect("append"));
    entries.push(writer.append(changes(51, chunk(log, 0, "good")), NOW).expect("append"));
    copy(&mut clerk, &mut root);
    let stored = root.store(vec![sealed(&clerk, log, entries)], &|_| true).expect("store");
    assert!(matches!(stored[0], Stored::New { .. }), "it is evidence, and is kept");
    root.materialise().expect("materialise");
    let left_out = root.left_out().expect("read");
    assert_eq!(left_out.len(), 1);
    assert_eq!((left_out[0].seq, left_out[0].state), (1, EntryState::Quarantined));
    assert!(left_out[0].reason.as_ref().is_some_and(|r| r.contains("operations start at")));
    assert_eq!(phones(&root), ["good", "1"], "the others have their effect");
    let before = tables(&root);
    root.rebuild().expect("rebuild");
    assert_eq!(tables(&root), before);
}

#[test]
fn a_forked_log_keeps_both_branches() {
    let (mut root, clerk) = community();
    let (writer, entries) = begin(&clerk);
    let log = writer.log();
    let mut heads: Vec<Head> = Vec::new();
    for (document, text) in [(60, "left"), (61, "right")] {
        let mut branch = LogWriter::resume(log, writer.head());
        let mut run = if heads.is_empty() { entries.clone() } else { Vec::new() };
        run.push(branch.append(changes(document, chunk(log, 0, text)), NOW).expect("append"));
        heads.push(branch.head());
        let stored = root.store(vec![sealed(&clerk, log, run)], &|_| true).expect("store");
        assert!(matches!(stored[0], Stored::New { .. }));
    }
    root.materialise().expect("materialise");
    heads.sort_unstable();
    let mut copied = in_memory();
    copied.set_realm(root.realm().expect("realm")).expect("set");
    copy(&mut root, &mut copied);
    for replica in [&mut root, &mut copied] {
        assert_eq!(replica.frontier(&records()).expect("frontier").0[&log], heads);
    }
    assert_eq!(tables(&copied), tables(&root));
    // A peer that has one branch is sent the other one alone.
    let missing = root.missing(log, &heads[..1], usize::MAX).expect("missing");
    assert_eq!((missing.segments.len(), missing.heads), (1, heads));
}

#[test]
fn of_two_changes_under_one_number_the_lower_entry_counts_in_any_order() {
    let (root, clerk) = community();
    let mut root = root;
    let (writer, entries) = begin(&clerk);
    let log = writer.log();
    // A cloned machine: the same actor and sequence number on the same document, other content.
    let mut branches = Vec::new();
    for text in ["left", "right"] {
        let mut branch = LogWriter::resume(log, writer.head());
        let entry = branch.append(changes(60, chunk(log, 0, text)), NOW).expect("append");
        branches.push((entry.hash(), text, sealed(&clerk, log, vec![entry])));
    }
    branches.sort_unstable();
    let winner = branches[0].1;
    let genesis = sealed(&clerk, log, entries);
    for order in [[0, 1], [1, 0]] {
        let mut replica = in_memory();
        replica.set_realm(root.realm().expect("realm")).expect("set");
        copy(&mut root, &mut replica);
        replica.store(vec![genesis.clone()], &|_| true).expect("store");
        for at in order {
            replica.store(vec![branches[at].2.clone()], &|_| true).expect("store");
            replica.materialise().expect("materialise");
        }
        assert_eq!(phones(&replica), [winner], "order {order:?}");
        let left_out = replica.left_out().expect("read");
        assert_eq!(
            left_out.iter().map(|e| (e.state, e.hash)).collect::<Vec<_>>(),
            [(EntryState::Repeated, branches[1].0)]
        );
    }
}

#[test]
fn a_peer_is_sent_the_suffix_that_it_lacks() {
    let (mut root, mut clerk) = community();
    for n in 1..=5 {
        write(&mut clerk, &[card(n, "1")]);
    }
    clerk.seal().expect("seal");
    let log = clerk.logs().expect("logs").into_iter().find(|l| l.own).expect("its own").log;
    let all = clerk.missing(log, &[], usize::MAX).expect("missing");
    let whole = compact::decode(&all.segments[0]).expect("a segment");
    for known in 0..whole.entries.len() {
        let head = Head { seq: known as u64, hash: whole.entries[known].hash() };
        let rest = clerk.missing(log, &[head], usize::MAX).expect("missing");
        let entries = |bytes: &Vec<u8>| compact::decode(bytes).expect("a segment").entries.len();
        assert_eq!(rest.segments.iter().map(entries).sum::<usize>(), whole.entries.len() - 1 - known);
        // The half that came first, then the whole: nothing is stored twice.
        root.store(rest.segments, &|_| true).expect("store");
    }
    copy(&mut clerk, &mut root);
    let again = root.store(all.segments, &|_| true).expect("store");
    assert!(matches!(again[0], Stored::Known { .. }));
    assert_eq!(phones(&root).len(), 5);
}
