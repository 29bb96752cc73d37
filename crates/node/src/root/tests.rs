//! Trust in motion: the root's next key, units that move, and hubs that are replaced or restored.

use std::{fs, path::Path};

use linli_log::{Kind, Rights};
use linli_store::{DocumentEdits, Identity};
use linli_wire::{Channel, DeviceKey};

use super::*;
use crate::{
    fixture::{
        CITY, COMMUNITY, OTHER_STREET, Realm, STREET, UNITS, card, cards, carry, digests, grant_by_file,
        held_in, revoke, space, terms, unit, within, write,
    },
    init_realm, now, read_units, sync_with,
};

fn identity() -> Identity {
    Identity::random().expect("randomness")
}

/// A root whose next key is known, and the city's hub.
fn realm_with(next: DeviceKey) -> (Realm, Node) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let root = Node::create(&directory.path().join("root")).expect("a new device");
    let file = directory.path().join("units.csv");
    fs::write(&file, UNITS).expect("a file");
    init_realm(&root, &read_units(&file).expect("sound units"), next).expect("a new realm");
    let realm = Realm { directory, root };
    let city = realm.enrol(&realm.root, "city", CITY, Rights::hub());
    (realm, city)
}

fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for file in fs::read_dir(from).expect("read").map(|file| file.expect("a file")) {
        fs::copy(file.path(), to.join(file.file_name())).expect("copied");
    }
}

#[test]
fn the_root_hands_over_to_the_key_that_it_announced_and_to_no_other() {
    let (next, after) = (identity(), identity());
    let (realm, city) = realm_with(next.device());
    let refused = rotate_root(&realm.root, identity(), after.device());
    assert!(matches!(refused, Err(NodeError::OtherRootAnnounced(_))), "{refused:?}");
    assert!(matches!(rotate_root(&city, next.clone(), after.device()), Err(NodeError::NotRoot)));
    let rotation = rotate_root(&realm.root, next.clone(), after.device()).expect("it was announced");
    assert_eq!(realm.root.device(), next.device(), "the device goes by the new key");
    let again = rotate_root(&realm.root, next.clone(), after.device()).expect("it is finished already");
    assert_eq!(again, rotation);
    carry(&realm.root, &city);
    assert_eq!(city.with(|r| r.trust().root()), Some(next.device()));
    // The new key's word counts, and it may hand over in its turn.
    let hub = realm.device("street");
    grant_by_file(&realm.root, &hub, realm.directory.path(), &terms(STREET, Rights::hub()));
    carry(&realm.root, &city);
    assert!(city.with(|r| r.trust().grants_of(hub.device()).next().is_some()));
    let last = identity();
    rotate_root(&realm.root, after.clone(), last.device()).expect("announced by the one before");
    carry(&realm.root, &city);
    assert_eq!(city.with(|r| r.trust().root()), Some(after.device()));
    assert_eq!(city.with(|r| r.left_out()).expect("read"), []);
}

#[test]
fn after_a_rotation_the_former_key_has_no_word_left() {
    let next = identity();
    let (Realm { directory, root }, city) = realm_with(next.device());
    let (live, stolen) = (directory.path().join("root"), directory.path().join("stolen"));
    drop(root);
    copy_directory(&live, &stolen);
    let root = Node::open(&live).expect("open");
    rotate_root(&root, next, identity().device()).expect("announced");
    carry(&root, &city);
    // Somebody has a copy of the former key and writes with it.
    let thief = Node::open(&stolen).expect("open");
    let hub = Node::create(&directory.path().join("hub")).expect("a device");
    grant_by_file(&thief, &hub, directory.path(), &terms(STREET, Rights::hub()));
    carry(&thief, &city);
    assert!(city.with(|r| r.trust().grants_of(hub.device()).next().is_none()));
    assert_eq!(city.with(|r| r.twins(9)).expect("read").len(), 1, "and that it was used is seen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_moves_is_held_and_acknowledged_by_whoever_it_lies_below_now() {
    let realm = Realm::begin();
    let city = realm.hub(&realm.root, "city", CITY);
    let other = realm.hub(&city.node, "other", OTHER_STREET);
    let street = realm.hub(&city.node, "street", STREET);
    // By the city, whose word stands: what the street granted today came late for a move of yesterday.
    let clerk = realm.enrol(&city.node, "clerk", COMMUNITY, Rights::clerk());
    within(sync_with(&street.node, &city.parent())).await.expect("the city serves");
    write(&clerk, COMMUNITY, &[card(1, "before")]);
    within(sync_with(&clerk, &street.parent())).await.expect("the street serves");
    within(sync_with(&street.node, &city.parent())).await.expect("the city serves");
    let yesterday = now().day_number() - 1;
    let path = unit("3211/02/002/009");
    assert!(move_unit(&city.node, &unit(COMMUNITY), &path, yesterday).is_err(), "the root alone moves units");
    assert!(move_unit(&realm.root, &unit(COMMUNITY), &unit(STREET), yesterday).is_err(), "of another level");
    move_unit(&realm.root, &unit(COMMUNITY), &path, yesterday).expect("a good move");
    // The root takes its word to the city itself.
    within(sync_with(&realm.root, &city.parent())).await.expect("the city serves the root");
    // The first session brings the move, the next what is shared by it: the unit's grants among that.
    for hub in [&street, &other, &other] {
        within(sync_with(&hub.node, &city.parent())).await.expect("the city serves");
    }
    // The clerk has not heard of it: that much comes with the first session.
    within(sync_with(&clerk, &other.parent())).await.expect("the other street serves it now");
    write(&clerk, COMMUNITY, &[card(2, "after")]);
    within(sync_with(&clerk, &other.parent())).await.expect("the other street serves");
    assert_eq!(cards(&other.node), cards(&clerk));
    assert!(held_in(&clerk).contains(&OTHER_STREET.to_owned()), "{:?}", held_in(&clerk));
    within(sync_with(&clerk, &street.parent())).await.expect("its grants are known there");
    assert_eq!(cards(&street.node).len(), 1, "the street that it left gets nothing more of it");
    for node in [&clerk, &other.node] {
        assert_eq!(node.with(|r| r.left_out()).expect("read"), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_hub_in_the_place_of_another_is_filled_by_those_below() {
    let realm = Realm::begin();
    let city = realm.hub(&realm.root, "city", CITY);
    let old = realm.hub(&city.node, "old", STREET);
    let clerks = ["one", "two"].map(|name| realm.enrol(&old.node, name, COMMUNITY, Rights::clerk()));
    for (number, clerk) in clerks.iter().enumerate() {
        write(clerk, COMMUNITY, &[card(number as u16, "A")]);
        within(sync_with(clerk, &old.parent())).await.expect("it serves");
    }
    // The city heard of the devices and of nothing else, and the street's machine is gone.
    carry_notices(&old.node, &city.node);
    let gone = old.node.device();
    old.hub.stop().await;
    revoke(&city.node, CITY, gone);
    let new = realm.hub(&city.node, "new", STREET);
    for clerk in &clerks {
        within(sync_with(clerk, &city.parent())).await.expect("the city knows the devices");
        within(sync_with(clerk, &new.parent())).await.expect("they know the new hub by now");
    }
    within(sync_with(&clerks[0], &new.parent())).await.expect("it serves");
    assert_eq!(cards(&new.node), ["00000 A", "00001 A"]);
    let records = space(COMMUNITY, Channel::Records);
    assert_eq!(digests(&new.node)[&records], digests(&clerks[0])[&records]);
    let lost = new.node.with(|r| r.left_out()).expect("read");
    assert!(lost.iter().all(|entry| entry.device == gone && entry.kind != Kind::Grant), "{lost:?}");
}

/// Gives `to` the notices that `from` holds.
fn carry_notices(from: &Node, to: &Node) {
    let segments = from.with(|r| {
        r.seal()?;
        let spaces = r.space_digests()?.into_keys().filter(|space| space.channel == Channel::Notices);
        spaces.map(|space| r.segments(&space)).collect::<Result<Vec<_>, _>>()
    });
    to.with(|r| r.store(segments.expect("sealed").concat(), &|_| true)).expect("stored");
    to.materialise().expect("sound");
}

#[test]
fn a_hub_restored_from_an_old_backup_is_made_whole_by_its_devices() {
    let realm = Realm::begin();
    let city = realm.enrol(&realm.root, "city", CITY, Rights::hub());
    let street = realm.enrol(&city, "street", STREET, Rights::hub());
    let clerk = realm.enrol(&street, "clerk", COMMUNITY, Rights::clerk());
    let work = |number: u16| -> Vec<DocumentEdits> { vec![card(number, "A")] };
    write(&clerk, COMMUNITY, &work(1));
    carry(&clerk, &street);
    drop(street);
    let (live, backup) = (realm.path("street"), realm.path("backup"));
    copy_directory(&live, &backup);
    let street = Node::open(&live).expect("open");
    write(&clerk, COMMUNITY, &work(2));
    carry(&clerk, &street);
    carry(&street, &clerk);
    assert_eq!(held_in(&clerk), [STREET]);
    drop(street);
    let restored = Node::open(&backup).expect("open");
    assert_eq!(cards(&restored).len(), 1, "it knows nothing of what came after");
    carry(&clerk, &restored);
    assert_eq!(cards(&restored), cards(&clerk));
    write(&clerk, COMMUNITY, &work(3));
    carry(&clerk, &restored);
    carry(&restored, &clerk);
    assert_eq!(held_in(&clerk), [STREET], "its receipts go on in a new log, and hold");
    assert_eq!(clerk.with(|r| r.twins(9)).expect("read"), [], "nothing was written twice at one place");
    assert_eq!(digests(&clerk), digests(&restored));
    assert!(!restored.with(|r| r.left_behind()).expect("read").is_empty());
}

#[test]
fn what_comes_after_its_grant_has_ended_is_held_as_soon_as_it_is_acknowledged() {
    let realm = Realm::begin();
    drop(realm.enrol(&realm.root, "street", STREET, Rights::hub()));
    let clock = crate::Clock::at(now());
    let replica = linli_store::Replica::open(&realm.path("street")).expect("nobody else uses it");
    let street = Node::with_clock(replica, clock.clone());
    let passing = realm.device("passing");
    let end = linli_wire::TimeMs(now().0 + 3_600_000);
    let ending = crate::Terms { not_after: Some(end), ..terms(COMMUNITY, Rights::clerk()) };
    grant_by_file(&street, &passing, realm.directory.path(), &ending);
    write(&passing, COMMUNITY, &[card(1, "in time")]);
    carry(&passing, &street);
    // It is offline when its grant ends; what it wrote before that comes by a stick.
    write(&passing, COMMUNITY, &[card(2, "too late")]);
    clock.set(linli_wire::TimeMs(end.0 + 1));
    carry(&passing, &street);
    // Without anything that would bring the tables up to date first.
    let sql = "SELECT address FROM household ORDER BY card_no";
    let shown: Vec<String> = street.with(|r| r.query(sql, [], |row| row.get(0))).expect("a table");
    assert_eq!(shown, ["in time"]);
    let held = street.with(|r| r.left_out()).expect("read");
    assert_eq!(held.iter().map(|entry| entry.device).collect::<Vec<_>>(), [passing.device()]);
    let reason = held[0].reason.clone().unwrap_or_default();
    assert!(reason.contains("the grant ended"), "{reason}");
    carry(&street, &passing);
    assert_eq!(cards(&passing), ["00001 in time"], "the device sees it too");
}
