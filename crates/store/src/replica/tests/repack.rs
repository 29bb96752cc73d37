//! Repacking changes how entries are packed and nothing else.

use linli_log::{Head, HeldState, Kind, LogHeads, Receipt, ReceiptState, Revoke, Rights, compact};
use linli_sync::Holdings as _;
use linli_wire::{Channel, LogId};

use super::fixture::{
    CITY, COMMUNITY, NOW, STREET, card, community, copy, digests, enrol, everything, join, records, root,
    space, tables, write,
};
use crate::{Identity, Opened, Replica};

/// One sync, and so one segment, for each of so many edits.
fn edit_and_seal(clerk: &mut Replica, times: u8) -> Head {
    let mut head = None;
    for n in 0..times {
        let entries = clerk.counts().expect("counts").entries;
        write(clerk, &[card(n % 5, &entries.to_string())]);
        head = clerk.seal().expect("seal").pop().map(|(_, head)| head);
    }
    head.expect("something was sealed")
}

fn own_log(replica: &Replica) -> LogId {
    replica.logs().expect("logs").into_iter().find(|log| log.own).expect("the device has a log").log
}

/// The last sequence number of each segment of the community's records.
fn ends(replica: &Replica) -> Vec<u64> {
    let segments = replica.segments(&records()).expect("segments");
    let last = |bytes: &Vec<u8>| {
        let segment = compact::decode(bytes).expect("it decodes");
        segment.entries.last().expect("it has entries").header().seq
    };
    segments.iter().map(last).collect()
}

#[test]
fn small_segments_become_one_and_nothing_else_changes() {
    let (_, mut clerk) = community();
    edit_and_seal(&mut clerk, 30);
    write(&mut clerk, &[card(9, "not sealed yet")]);
    let before = (digests(&clerk), tables(&clerk), clerk.frontier(&records()).expect("a frontier"));
    let small: usize = everything(&clerk).iter().map(Vec::len).sum();
    let repacked = clerk.repack().expect("repack");
    assert_eq!(ends(&clerk), [30], "the genesis and thirty entries");
    assert!(repacked.bytes.1 * 3 < repacked.bytes.0, "{repacked:?}");
    assert!(everything(&clerk).iter().map(Vec::len).sum::<usize>() * 3 < small);
    let after = (digests(&clerk), tables(&clerk), clerk.frontier(&records()).expect("a frontier"));
    assert_eq!(before, after);
    clerk.verify_segments().expect("sound");
    clerk.rebuild().expect("rebuild");
    assert_eq!((digests(&clerk), tables(&clerk)), (before.0, before.1));
    // The log goes on, and repacking what is packed does nothing.
    edit_and_seal(&mut clerk, 1);
    clerk.repack().expect("repack");
    let again = clerk.repack().expect("repack");
    assert_eq!((again.segments.0, again.bytes.0), (again.segments.1, again.bytes.1));
}

#[test]
fn a_seal_that_a_receipt_names_stays_the_end_of_a_segment() {
    let mut root = root();
    let mut street = join(&mut root, STREET, Rights::hub());
    let mut clerk = join(&mut root, COMMUNITY, Rights::clerk());
    copy(&mut root, &mut street);
    let named = edit_and_seal(&mut clerk, 4);
    let log = own_log(&clerk);
    let heads = LogHeads { log, heads: vec![named] };
    let receipt = Receipt { logs: vec![ReceiptState { heads, state: HeldState::Held }], heartbeat: None };
    copy(&mut clerk, &mut street);
    let oversight = space(COMMUNITY, Channel::Oversight);
    street.write(NOW, |w| w.fact(&oversight, Kind::Receipt, &receipt)).expect("a hub gives receipts");
    copy(&mut street, &mut clerk);
    edit_and_seal(&mut clerk, 3);
    clerk.repack().expect("repack");
    assert_eq!(ends(&clerk), [named.seq, named.seq + 3]);
}

#[test]
fn a_seal_that_a_cut_names_stays_the_end_of_a_segment() {
    let (mut root, mut clerk) = community();
    let named = edit_and_seal(&mut clerk, 4);
    edit_and_seal(&mut clerk, 3);
    copy(&mut clerk, &mut root);
    let revoke = Revoke {
        device: clerk.identity().device(),
        cut: vec![LogHeads { log: own_log(&clerk), heads: vec![named] }],
        since_compromise: false,
        reason: "lost".to_owned(),
    };
    let notices = space(CITY, Channel::Notices);
    root.write(NOW, |w| w.fact(&notices, Kind::Revoke, &revoke)).expect("the root revokes");
    let before = (digests(&root), tables(&root));
    root.repack().expect("repack");
    assert_eq!(ends(&root), [named.seq, named.seq + 3]);
    assert_eq!((digests(&root), tables(&root)), before);
}

#[test]
fn a_peer_gets_the_rest_of_a_repacked_segment_from_every_position() {
    let (_, mut clerk) = community();
    edit_and_seal(&mut clerk, 12);
    let log = own_log(&clerk);
    let whole = {
        clerk.repack().expect("repack");
        clerk.segments(&records()).expect("segments")
    };
    let segment = compact::decode(&whole[0]).expect("it decodes");
    for (at, entry) in segment.entries.iter().enumerate() {
        let theirs = Head { seq: entry.header().seq, hash: entry.hash() };
        let missing = clerk.missing(log, &[theirs], usize::MAX).expect("missing");
        let rest = &segment.entries[at + 1..];
        let sent: Vec<_> = missing
            .segments
            .iter()
            .flat_map(|bytes| {
                let device = clerk.identity().device();
                let segment = compact::decode(bytes).expect("it decodes");
                segment.verify(Some(device)).expect("the seal vouches for the rest").entries().to_vec()
            })
            .collect();
        assert_eq!(sent, rest, "after entry {at}");
    }
}

#[test]
fn a_forked_log_keeps_its_branches() {
    let (mut root, here, there) =
        (root(), tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let opened = Opened::create(here.path()).expect("create");
    let mut clerk = Replica::init(opened, Identity::random().expect("random")).expect("init");
    enrol(&mut root, &mut clerk, COMMUNITY, Rights::clerk());
    edit_and_seal(&mut clerk, 3);
    drop(clerk);
    for file in std::fs::read_dir(here.path()).expect("the directory") {
        let file = file.expect("a file");
        std::fs::copy(file.path(), there.path().join(file.file_name())).expect("a copy of the disk");
    }
    let mut clerk = Replica::open(here.path()).expect("open");
    let mut twin = Replica::open(there.path()).expect("open");
    for replica in [&mut clerk, &mut twin] {
        edit_and_seal(replica, 3);
        copy(replica, &mut root);
    }
    let log = own_log(&clerk);
    let before = (root.frontier(&records()).expect("a frontier"), digests(&root), tables(&root));
    assert_eq!(before.0.0[&log].len(), 2, "the log forked");
    root.repack().expect("repack");
    assert_eq!(ends(&root).len(), 2, "one segment a branch, the first with what both follow");
    root.rebuild().expect("rebuild");
    let after = (root.frontier(&records()).expect("a frontier"), digests(&root), tables(&root));
    assert_eq!(before, after);
}
