//! Entries without effect that people can work with: why, until when, and written again.

use linli_log::{
    Draft, DraftChange, Kind, LogHeads, LogWriter, Revoke, Rights,
    fact::{Body as _, Changes},
};
use linli_sync::Holdings as _;
use linli_wire::{Channel, EntryHash};

use super::{
    disks::on_disk,
    fixture::{
        CITY, COMMUNITY, NOW, STREET, card, community, copy, enrol, id, join, phones, records, root, space,
        tables, write,
    },
    hostile::{begin, chunk, sealed},
};
use crate::{Because, EntryState, Replica, StoreError};

fn held(replica: &Replica) -> Vec<EntryHash> {
    replica.held().expect("read").into_iter().map(|held| held.info.hash).collect()
}

/// The last entry that a device wrote.
fn last(replica: &Replica) -> EntryHash {
    let sql = "SELECT hash FROM entry ORDER BY entry_no DESC LIMIT 1";
    EntryHash(replica.connection().query_row(sql, [], |row| row.get(0)).expect("an entry"))
}

/// Revokes a device as far as the root holds it.
fn revoke(city: &mut Replica, device: &Replica) {
    let device = device.identity().device();
    let own: Vec<_> = city.logs().expect("logs").into_iter().filter(|log| log.device == device).collect();
    let frontier = city.frontier(&records()).expect("frontier");
    let heads = own.iter().filter_map(|log| frontier.0.get(&log.log).map(|heads| (log.log, heads.clone())));
    let cut = heads.map(|(log, heads)| LogHeads { log, heads }).collect();
    let revoke = Revoke { device, cut, since_compromise: false, reason: "lost".to_owned() };
    city.write(NOW, |w| w.fact(&space(CITY, Channel::Notices), Kind::Revoke, &revoke)).expect("the root may");
}

#[test]
fn what_waits_outlives_a_restart_and_is_released_by_what_arrives() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut city = root();
    let mut street = join(&mut city, STREET, Rights::hub());
    let mut clerk = join(&mut street, COMMUNITY, Rights::clerk());
    let mut hub = on_disk(directory.path());
    enrol(&mut city, &mut hub, CITY, Rights::hub());
    write(&mut clerk, &[card(1, "1")]);
    clerk.seal().expect("seal");
    hub.store(clerk.segments(&records()).expect("segments"), &|_| true).expect("store");
    hub.materialise().expect("materialise");
    drop(hub);
    let mut hub = Replica::open(directory.path()).expect("open");
    let (grant, _) = clerk.trust().grants_of(clerk.identity().device()).next().expect("a grant");
    let waiting = held(&hub);
    assert_eq!(waiting.len(), 2, "the log's beginning and the entry");
    for entry in &waiting {
        let chain = hub.why(entry).expect("read");
        assert_eq!(chain.len(), 1);
        assert_eq!(chain[0].because, Because::Grant(*grant));
    }
    assert_eq!(hub.try_again().expect("tried").applied, 0, "trying does not help");
    let digests = hub.space_digests().expect("digests");
    assert_eq!(digests[&records()], clerk.space_digests().expect("digests")[&records()], "it is held");
    copy(&mut street, &mut hub);
    assert_eq!((held(&hub), phones(&hub)), (vec![], vec!["1".to_owned()]));
}

/// A clerk who was revoked, one whose edit builds on what came after, and the root, with both.
fn built_on_refused() -> (Replica, Replica, EntryHash, EntryHash) {
    let (mut city, mut first) = community();
    let mut second = join(&mut city, COMMUNITY, Rights::clerk());
    write(&mut first, &[card(1, "before")]);
    copy(&mut first, &mut city);
    revoke(&mut city, &first);
    write(&mut first, &[card(1, "after"), card(2, "after")]);
    let refused = last(&first);
    copy(&mut first, &mut second);
    write(&mut second, &[card(1, "built on it")]);
    let follows = last(&second);
    copy(&mut first, &mut city);
    copy(&mut second, &mut city);
    (city, second, refused, follows)
}

#[test]
fn why_goes_from_the_entry_to_the_one_at_fault() {
    let (city, _, refused, follows) = built_on_refused();
    let chain = city.why(&follows).expect("read");
    let states: Vec<_> = chain.iter().map(|link| (link.entry.hash, link.entry.state)).collect();
    assert_eq!(states, [(follows, EntryState::Pending), (refused, EntryState::Refused)]);
    assert_eq!(chain[0].because, Because::Follows { document: id(1), entry: refused });
    assert_eq!(chain[1].because, Because::Itself);
    assert!(chain[1].entry.reason.as_ref().is_some_and(|reason| reason.contains("revoked")));
    let effective = EntryHash([3; 32]);
    assert!(matches!(city.why(&effective), Err(StoreError::NotHeld(entry)) if entry == effective));
}

#[test]
fn a_held_entry_is_written_again_on_what_counts_and_stays_as_evidence() {
    let (mut city, mut second, refused, follows) = built_on_refused();
    copy(&mut city, &mut second);
    assert_eq!(phones(&second), ["before"]);
    let again = second.reauthor(&follows, NOW).expect("it may").expect("something changes");
    assert_eq!(phones(&second), ["built on it"], "its own edit, and nothing of what it was built on");
    assert_eq!(second.written_again(&follows).expect("read"), Some(again));
    assert!(matches!(second.reauthor(&follows, NOW), Err(StoreError::WrittenAgain { .. })));
    copy(&mut second, &mut city);
    assert_eq!(phones(&city), ["built on it"]);
    let listed = city.held().expect("read");
    let of = |hash: EntryHash| listed.iter().find(|held| held.info.hash == hash).expect("it is listed");
    assert_eq!((of(follows).again, of(refused).again), (Some(again), None));
    // What was refused is good after all: somebody who may vouches for it.
    let vouched = second.reauthor(&refused, NOW).expect("it may").expect("something changes");
    assert_eq!(phones(&second), ["after", "after"]);
    copy(&mut second, &mut city);
    city.rebuild().expect("rebuild");
    assert_eq!(tables(&city), tables(&second));
    assert_eq!(city.written_again(&refused).expect("read"), Some(vouched));
    assert_eq!(held(&city).len(), 2, "both originals are kept, without effect");
}

#[test]
fn only_a_device_of_the_unit_writes_again() {
    let (mut city, _, refused, _) = built_on_refused();
    let error = city.reauthor(&refused, NOW).expect_err("the root keeps no cards");
    assert!(matches!(error, StoreError::NotAllowed { .. } | StoreError::NoGrant(_)), "{error}");
    assert_eq!(city.written_again(&refused).expect("read"), None);
}

#[test]
fn of_twins_the_one_that_lost_says_who_has_its_place_and_is_written_again() {
    let (mut city, clerk) = community();
    let mut other = join(&mut city, COMMUNITY, Rights::clerk());
    let (writer, entries) = begin(&clerk);
    let log = writer.log();
    let mut twins = Vec::new();
    for text in ["left", "right"] {
        let mut branch = LogWriter::resume(log, writer.head());
        let change = DraftChange { document: id(60), kind: 1, schema: 1, chunk: chunk(log, 0, text) };
        let draft = Draft { kind: Kind::Changes, body: Changes::default().encode(), changes: vec![change] };
        let entry = branch.append(draft, NOW).expect("append");
        twins.push((entry.hash(), text, sealed(&clerk, log, vec![entry])));
    }
    twins.sort_unstable();
    city.store(vec![sealed(&clerk, log, entries), twins[1].2.clone(), twins[0].2.clone()], &|_| true)
        .expect("store");
    city.materialise().expect("materialise");
    copy(&mut city, &mut other);
    let lost = twins[1].0;
    let chain = other.why(&lost).expect("read");
    assert_eq!(chain[0].entry.state, EntryState::Repeated);
    assert_eq!(chain[0].because, Because::Place { document: id(60), entry: Some(twins[0].0) });
    assert_eq!(phones(&other), [twins[0].1]);
    other.reauthor(&lost, NOW).expect("it may").expect("something changes");
    assert_eq!(phones(&other), [twins[1].1]);
}

#[test]
fn what_cannot_be_told_is_not_written_again() {
    let (mut city, clerk) = community();
    let mut other = join(&mut city, COMMUNITY, Rights::clerk());
    let (mut writer, mut entries) = begin(&clerk);
    let log = writer.log();
    let change = DraftChange { document: id(50), kind: 1, schema: 1, chunk: chunk(log, 1 << 31, "x") };
    let draft = Draft { kind: Kind::Changes, body: Changes::default().encode(), changes: vec![change] };
    entries.push(writer.append(draft, NOW).expect("append"));
    let quarantined = entries[1].hash();
    other.store(vec![sealed(&clerk, log, entries)], &|_| true).expect("store");
    other.materialise().expect("materialise");
    assert_eq!(other.why(&quarantined).expect("read")[0].because, Because::Itself);
    assert!(matches!(other.reauthor(&quarantined, NOW), Err(StoreError::NotReauthored { .. })));
}

#[test]
fn a_change_whose_dependency_never_came_names_it() {
    let (mut city, mut clerk) = community();
    let mut other = join(&mut city, COMMUNITY, Rights::clerk());
    write(&mut clerk, &[card(1, "1")]);
    copy(&mut clerk, &mut other);
    write(&mut other, &[card(1, "2")]);
    let waits = last(&other);
    other.seal().expect("seal");
    let own: Vec<_> = other.logs().expect("logs").into_iter().filter(|log| log.own).collect();
    let missing = other.missing(own[0].log, &[], usize::MAX).expect("missing");
    city.store(missing.segments, &|_| true).expect("store");
    city.materialise().expect("materialise");
    let chain = city.why(&waits).expect("read");
    assert!(matches!(chain[0].because, Because::Missing { document, .. } if document == id(1)));
    let error = city.reauthor(&waits, NOW).expect_err("it cannot be told what it says");
    assert!(error.to_string().contains("it can wait for that"), "{error}");
    copy(&mut clerk, &mut city);
    assert_eq!((held(&city), phones(&city)), (vec![], vec!["2".to_owned()]));
}
