//! Logs that forked: every branch is kept, whatever came first, and twins are shown with their proof.

use std::{fs, path::Path};

use linli_log::{
    Draft, DraftChange, Head, Kind, LogWriter, Rights,
    fact::{Body as _, Changes},
};
use linli_sync::Holdings as _;
use linli_wire::{Digest, LogId, limits::LOG_HEADS_MAX};

use super::{
    disks::on_disk,
    fixture::{
        COMMUNITY, NOW, card, community, copy, digests, enrol, in_memory, phones, records, root, tables,
        write,
    },
    hostile::{begin, chunk, sealed},
};
use crate::{EntryState, Replica, Stored};

fn draft(log: LogId, document: usize, text: &str) -> Draft {
    let mut id = [9; 16];
    id[..8].copy_from_slice(&(document as u64).to_be_bytes());
    let change =
        DraftChange { document: linli_wire::DocId(id), kind: 1, schema: 1, chunk: chunk(log, 0, text) };
    Draft { kind: Kind::Changes, body: Changes::default().encode(), changes: vec![change] }
}

/// A log with `count` branches: each a document of its own, all but every fourth claiming the place of the
/// one before it as well.
fn forked(clerk: &Replica, count: usize) -> (LogId, Vec<u8>, Vec<Vec<u8>>) {
    let (writer, entries) = begin(clerk);
    let log = writer.log();
    let branch = |number: usize| {
        let mut branch = LogWriter::resume(log, writer.head());
        let document = if number.is_multiple_of(4) { number } else { number - 1 };
        let run = vec![
            branch.append(draft(log, document, &format!("branch {number}")), NOW).expect("append"),
            branch.append(draft(log, 10_000 + number, "goes on"), NOW).expect("append"),
        ];
        sealed(clerk, log, run)
    };
    (log, sealed(clerk, log, entries), (0..count).map(branch).collect())
}

/// The `n`-th of many orders, the same in every run.
fn shuffled(count: usize, n: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|at| Digest::of(b"order", &[&n.to_be_bytes(), &at.to_be_bytes()]));
    order
}

/// A replica that knows the realm and nothing of the records.
fn knowing(root: &mut Replica) -> Replica {
    let mut replica = in_memory();
    replica.set_realm(root.realm().expect("realm")).expect("set");
    copy(root, &mut replica);
    replica
}

/// What a replica shows of its entries.
fn states(replica: &Replica) -> Vec<(linli_wire::EntryHash, EntryState)> {
    let mut states: Vec<_> =
        replica.left_out().expect("read").into_iter().map(|e| (e.hash, e.state)).collect();
    states.sort_unstable();
    states
}

/// Gives `to` what it lacks of the log, as a session would.
fn exchange(from: &mut Replica, to: &mut Replica, log: LogId) {
    let heads = to.frontier(&records()).expect("frontier").0.remove(&log).unwrap_or_default();
    let missing = from.missing(log, &heads, usize::MAX).expect("missing");
    let stored = to.store(missing.segments, &|_| true).expect("store");
    assert!(stored.iter().all(|one| matches!(one, Stored::New { .. })), "nothing goes twice: {stored:?}");
    to.materialise().expect("materialise");
}

#[test]
fn eleven_branches_are_kept_by_three_replicas_whatever_each_met_first() {
    let (mut root, clerk) = community();
    let (log, genesis, branches) = forked(&clerk, 11);
    let mut seen = None;
    for n in 0..12 {
        // Each of the three meets some of them, in an order of its own; then they meet each other.
        let mut replicas: Vec<Replica> = (0..3).map(|_| knowing(&mut root)).collect();
        for (which, replica) in replicas.iter_mut().enumerate() {
            replica.store(vec![genesis.clone()], &|_| true).expect("store");
            for at in shuffled(11, 3 * n + which as u64) {
                if at % 3 == which || (at + n as usize).is_multiple_of(4) {
                    let stored = replica.store(vec![branches[at].clone()], &|_| true).expect("store");
                    assert!(matches!(stored[0], Stored::New { .. }), "{stored:?}");
                    if at.is_multiple_of(2) {
                        replica.materialise().expect("materialise");
                    }
                }
            }
        }
        for (from, to) in [(0, 1), (1, 2), (2, 0), (0, 1)] {
            let [from, to] = replicas.get_disjoint_mut([from, to]).expect("two of them");
            exchange(from, to, log);
        }
        for replica in &mut replicas {
            let now = (digests(replica), tables(replica), states(replica));
            assert_eq!(replica.frontier(&records()).expect("frontier").0[&log].len(), 11);
            assert_eq!(*seen.get_or_insert_with(|| now.clone()), now, "order {n}");
        }
        replicas[1].rebuild().expect("rebuild");
        let rebuilt = (digests(&replicas[1]), tables(&replicas[1]), states(&replicas[1]));
        assert_eq!(seen.as_ref(), Some(&rebuilt), "a rebuild after order {n}");
    }
    let (_, rows, left_out) = seen.expect("it ran");
    assert!(left_out.iter().any(|(_, state)| *state == EntryState::Repeated), "places were contested");
    assert!(rows.iter().any(|row| row.contains("branch 10")));
}

#[test]
fn a_log_may_have_more_branches_than_one_list_names() {
    let (mut root, clerk) = community();
    let count = LOG_HEADS_MAX + 40;
    let (log, genesis, branches) = forked(&clerk, count);
    let mut forward = knowing(&mut root);
    let mut backward = knowing(&mut root);
    forward.store([vec![genesis.clone()], branches.clone()].concat(), &|_| true).expect("store");
    let reversed: Vec<_> = branches.into_iter().rev().collect();
    backward.store([vec![genesis], reversed].concat(), &|_| true).expect("store");
    assert_eq!(digests(&forward), digests(&backward));
    let heads = forward.frontier(&records()).expect("frontier").0.remove(&log).expect("the log");
    assert_eq!(heads.len(), count);
    let missing = forward.missing(log, &heads[1..], usize::MAX).expect("missing");
    assert_eq!((missing.segments.len(), missing.heads), (1, heads));
    forward.materialise().expect("materialise");
    assert_eq!(forward.twins(9).expect("read")[0].entries.len(), count);
}

#[test]
fn twins_are_shown_with_the_seals_that_prove_them() {
    let (mut root, clerk) = community();
    assert_eq!(root.twins(9).expect("read"), []);
    let (log, genesis, branches) = forked(&clerk, 3);
    for at in [2, 0, 1] {
        root.store(vec![genesis.clone(), branches[at].clone()], &|_| true).expect("store");
    }
    let found = root.twins(9).expect("read");
    assert_eq!(found.len(), 1, "one place has twins, however many");
    let twins = &found[0];
    assert_eq!((twins.log, twins.seq, twins.entries.len()), (log, 1, 3));
    assert_eq!((&twins.space, twins.device), (&records(), clerk.identity().device()));
    assert!(twins.entries.windows(2).all(|pair| pair[0].hash < pair[1].hash));
    for twin in &twins.entries {
        let sealed = twin.sealed.expect("it came sealed");
        assert_eq!(sealed.head.seq, 2);
        sealed.seal.verify(twins.device, log, sealed.head.seq, sealed.head.hash).expect("the device's seal");
    }
    root.repack().expect("repack");
    root.rebuild().expect("rebuild");
    assert_eq!(root.twins(9).expect("read").len(), 1);
}

/// A clerk's device in a directory, with what it wrote at the root as well.
fn clerk_and_root(directory: &Path) -> (Replica, Replica) {
    let mut root = root();
    let mut clerk = on_disk(directory);
    enrol(&mut root, &mut clerk, COMMUNITY, Rights::clerk());
    write(&mut clerk, &[card(1, "1")]);
    copy(&mut clerk, &mut root);
    (clerk, root)
}

fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for file in fs::read_dir(from).expect("read").map(|file| file.expect("a file")) {
        fs::copy(file.path(), to.join(file.file_name())).expect("copy");
    }
}

fn own_logs(replica: &Replica) -> Vec<LogId> {
    replica.logs().expect("logs").iter().filter(|log| log.own).map(|log| log.log).collect()
}

#[test]
fn a_device_restored_with_its_mark_takes_its_entries_back_and_goes_on_in_a_new_log() {
    let directory = tempfile::tempdir().expect("a directory");
    let (live, backup) = (directory.path().join("live"), directory.path().join("backup"));
    let (clerk, mut root) = clerk_and_root(&live);
    drop(clerk);
    copy_directory(&live, &backup);
    let mut clerk = Replica::open(&live).expect("open");
    write(&mut clerk, &[card(1, "2")]);
    copy(&mut clerk, &mut root);
    drop(clerk);
    // The whole directory was put back, so nothing here says that it is old; the hub does.
    let mut restored = Replica::open(&backup).expect("open");
    assert_eq!(restored.left_behind().expect("read").len(), 0);
    copy(&mut root, &mut restored);
    assert_eq!(phones(&restored), ["2"], "what it wrote is back");
    let before = own_logs(&restored);
    assert_eq!(restored.left_behind().expect("read").into_iter().collect::<Vec<_>>(), before);
    write(&mut restored, &[card(2, "3")]);
    assert_eq!(own_logs(&restored).len(), before.len() + 1);
    copy(&mut restored, &mut root);
    assert_eq!((phones(&root), root.twins(9).expect("read")), (vec!["2".to_owned(), "3".to_owned()], vec![]));
    drop(restored);
    let mut restored = Replica::open(&backup).expect("open");
    write(&mut restored, &[card(3, "4")]);
    assert_eq!(own_logs(&restored).len(), before.len() + 1, "it goes on in the new one");
}

#[test]
fn a_log_that_a_restored_device_does_not_remember_is_its_own_all_the_same() {
    let directory = tempfile::tempdir().expect("a directory");
    let (live, backup) = (directory.path().join("live"), directory.path().join("backup"));
    let mut root = root();
    let mut clerk = on_disk(&live);
    enrol(&mut root, &mut clerk, COMMUNITY, Rights::clerk());
    drop(clerk);
    copy_directory(&live, &backup);
    let mut clerk = Replica::open(&live).expect("open");
    write(&mut clerk, &[card(1, "1")]);
    copy(&mut clerk, &mut root);
    let mut restored = Replica::open(&backup).expect("open");
    copy(&mut root, &mut restored);
    let log = own_logs(&clerk)[0];
    assert_eq!((own_logs(&restored), restored.has_returned(log).expect("read")), (vec![log], true));
    write(&mut restored, &[card(1, "2")]);
    assert_eq!(own_logs(&restored).len(), 2);
    assert!(!clerk.has_returned(log).expect("read"));
}

#[test]
fn two_machines_with_one_key_end_in_logs_of_their_own() {
    let directory = tempfile::tempdir().expect("a directory");
    let (live, cloned) = (directory.path().join("live"), directory.path().join("clone"));
    let (clerk, mut root) = clerk_and_root(&live);
    drop(clerk);
    copy_directory(&live, &cloned);
    let mut one = Replica::open(&live).expect("open");
    let mut other = Replica::open(&cloned).expect("open");
    write(&mut one, &[card(2, "one")]);
    write(&mut other, &[card(3, "other")]);
    let meet = |device: &mut Replica, root: &mut Replica| {
        copy(device, root);
        copy(root, device);
    };
    meet(&mut one, &mut root);
    meet(&mut other, &mut root);
    meet(&mut one, &mut root);
    let found = root.twins(9).expect("read");
    assert_eq!((found.len(), found[0].entries.len()), (1, 2), "that there are two of it is seen");
    for (device, number) in [(&mut one, 4), (&mut other, 5)] {
        write(device, &[card(number, "later")]);
        copy(device, &mut root);
    }
    for device in [&mut one, &mut other] {
        copy(&mut root, device);
        assert_eq!((phones(device), digests(device)), (phones(&root), digests(&root)));
    }
    assert_eq!(root.twins(9).expect("read").len(), 1, "and it does not happen again");
    let heads: Vec<Head> = root.frontier(&records()).expect("frontier").0.into_values().flatten().collect();
    assert_eq!(heads.len(), 4, "two branches of the first log, and a log of each machine");
}
