//! What bundles promise: no network, and yet the same as a session.

use std::path::PathBuf;

use linli_log::Rights;

use super::*;
use crate::fixture::{
    COMMUNITY, NEIGHBOUR, Realm, STREET, card, cards, digests, entries, held_in, noise, unit, write,
};

/// A street's hub and a clerk's device that never see a network.
struct Offline {
    realm: Realm,
    street: Node,
    clerk: Node,
}

impl Offline {
    fn start() -> Self {
        let realm = Realm::begin();
        let street = realm.enrol(&realm.root, "street", STREET, Rights::hub());
        let clerk = realm.enrol(&street, "clerk", COMMUNITY, Rights::clerk());
        Self { realm, street, clerk }
    }

    fn up(&self, name: &str) -> PathBuf {
        let path = self.realm.path(name);
        export_bundle(&self.clerk, &unit(STREET), &path).expect("the street's hub is known");
        path
    }

    fn down(&self, name: &str) -> PathBuf {
        let path = self.realm.path(name);
        export_bundle(&self.street, &unit(COMMUNITY), &path).expect("the device is known");
        path
    }
}

#[test]
fn records_go_up_and_receipts_come_back_down() {
    let offline = Offline::start();
    write(&offline.clerk, COMMUNITY, &[card(1, "here"), card(2, "there")]);
    let up = offline.up("up");
    let report = import_bundle(&offline.street, &up).expect("for this hub");
    assert!(report.new > 0 && report.declined.is_empty(), "{report:?}");
    assert_eq!(cards(&offline.street), cards(&offline.clerk));
    assert_eq!(held_in(&offline.clerk), [""; 0], "nothing is acknowledged before the way back");
    import_bundle(&offline.clerk, &offline.down("down")).expect("for this device");
    assert_eq!(held_in(&offline.clerk), [STREET]);
    for (space, digest) in digests(&offline.clerk) {
        assert_eq!(digests(&offline.street).get(&space), Some(&digest), "{space}");
    }
    assert_eq!((entries(&offline.street).1, entries(&offline.clerk).1), (0, 0));
}

#[test]
fn what_is_acknowledged_is_not_carried_again() {
    let offline = Offline::start();
    write(
        &offline.clerk,
        COMMUNITY,
        &(0..200).map(|n| card(n, &noise(u64::from(n), 100))).collect::<Vec<_>>(),
    );
    let first = import_bundle(&offline.street, &offline.up("first")).expect("for this hub");
    import_bundle(&offline.clerk, &offline.down("down")).expect("for this device");
    write(&offline.clerk, COMMUNITY, &[card(200, "later")]);
    let second = import_bundle(&offline.street, &offline.up("second")).expect("for this hub");
    assert!(second.new == 1 && second.bytes * 4 < first.bytes, "{first:?} {second:?}");
    assert_eq!(cards(&offline.street).len(), 201);
}

#[test]
fn a_bundle_may_be_taken_in_twice() {
    let offline = Offline::start();
    write(&offline.clerk, COMMUNITY, &[card(1, "here")]);
    let up = offline.up("up");
    import_bundle(&offline.street, &up).expect("the first time");
    let before = (digests(&offline.street), entries(&offline.street));
    let report = import_bundle(&offline.street, &up).expect("the second time");
    assert_eq!((report.new, report.declined.len()), (0, 0));
    assert_eq!((digests(&offline.street), entries(&offline.street)), before);
}

#[test]
fn bundles_in_the_wrong_order_are_made_good_by_the_right_one() {
    let offline = Offline::start();
    let copy = offline.realm.path("restored");
    std::fs::create_dir(&copy).expect("a directory");
    for entry in std::fs::read_dir(offline.realm.path("street")).expect("the hub's directory") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), copy.join(entry.file_name())).expect("copied");
    }
    write(&offline.clerk, COMMUNITY, &[card(1, "first")]);
    let first = offline.up("first");
    import_bundle(&offline.street, &first).expect("for this hub");
    import_bundle(&offline.clerk, &offline.down("down")).expect("for this device");
    write(&offline.clerk, COMMUNITY, &[card(2, "second")]);
    let second = offline.up("second");

    // The hub as it was before either, from its backup.
    let restored = Node::open(&copy).expect("a copy of the hub");
    let report = import_bundle(&restored, &second).expect("for this hub");
    assert!(report.declined.iter().any(|why| why.contains("is not here")), "{report:?}");
    assert_eq!(cards(&restored), [""; 0]);
    import_bundle(&restored, &first).expect("for this hub");
    assert_eq!(cards(&restored), ["00001 first"]);
    let report = import_bundle(&restored, &second).expect("for this hub");
    assert!(report.declined.is_empty(), "{report:?}");
    assert_eq!(cards(&restored), ["00001 first", "00002 second"]);
    assert_eq!(entries(&restored).1, 0);
}

#[test]
fn a_damaged_bundle_is_refused_and_nothing_of_it_is_taken() {
    let offline = Offline::start();
    // More than one of the pieces in which a bundle is encrypted.
    for n in 0..60 {
        write(&offline.clerk, COMMUNITY, &[card(n, &noise(u64::from(n), 1_200))]);
    }
    let whole = std::fs::read(offline.up("up")).expect("readable");
    let damaged = offline.realm.path("damaged");
    let before = (digests(&offline.street), entries(&offline.street));
    let cut = (0..40).map(|part| whole[..whole.len() * part / 40].to_vec());
    let flipped = (0..40).map(|part| {
        let mut bytes = whole.clone();
        bytes[whole.len() * part / 40] ^= 0x20;
        bytes
    });
    let other = [b"hello".to_vec(), [&whole[..], b"x"].concat(), whole[1..].to_vec()];
    for (number, bytes) in cut.chain(flipped).chain(other).enumerate() {
        std::fs::write(&damaged, &bytes).expect("a file");
        let error = import_bundle(&offline.street, &damaged).expect_err(&format!("case {number}"));
        assert!(
            matches!(&error, NodeError::BadFile { path, what: "bundle", .. } if *path == damaged)
                || matches!(error, NodeError::BundleForOther(_)),
            "case {number}: {error}"
        );
        assert_eq!((digests(&offline.street), entries(&offline.street)), before, "case {number}");
    }
    std::fs::write(&damaged, &whole).expect("a file");
    import_bundle(&offline.street, &damaged).expect("the whole one");
    assert_eq!(cards(&offline.street).len(), 60);
}

/// Encrypts frames to a device, as whoever knows its public key can.
fn sealed_for(node: &Node, messages: &[Message]) -> Vec<u8> {
    let frames: Vec<u8> = messages.iter().flat_map(|message| message.encode().encode()).collect();
    let key = node.with(|r| r.identity().recipient());
    encrypt(&[recipient(&key).expect("a key")], &frames).expect("encrypted")
}

#[test]
fn what_is_encrypted_well_but_is_no_bundle_is_refused() {
    let offline = Offline::start();
    let realm = offline.street.realm().expect("joined");
    let hello =
        |realm| Message::Hello(Hello::bare(realm, vec![unit(COMMUNITY)], vec![unit(STREET)], "test 1"));
    let segment = || Message::Segment { lane: Lane::Bulk, bytes: b"no segment".to_vec() };
    let pushed = |segments| Message::Pushed { segments };
    let path = offline.realm.path("forged");
    for (messages, why) in [
        (vec![], "ends too early"),
        (vec![hello(realm)], "ends too early"),
        (vec![hello(realm), segment()], "ends too early"),
        (vec![segment(), pushed(1)], "does not belong"),
        (vec![pushed(0)], "does not belong"),
        (vec![hello(realm), segment(), pushed(2)], "does not belong"),
        (vec![hello(realm), pushed(0), segment()], "does not belong"),
        (vec![hello(realm), hello(realm)], "does not belong"),
        (vec![hello(linli_wire::RealmId([3; 32])), pushed(0)], "belongs to realm"),
    ] {
        std::fs::write(&path, sealed_for(&offline.street, &messages)).expect("a file");
        let error = import_bundle(&offline.street, &path).expect_err(why).to_string();
        assert!(error.contains(why) && error.contains("forged"), "{error}");
    }
    let garbage = encrypt(
        &[recipient(&offline.street.with(|r| r.identity().recipient())).expect("a key")],
        &[0xff; 40],
    );
    std::fs::write(&path, garbage.expect("encrypted")).expect("a file");
    assert!(matches!(import_bundle(&offline.street, &path), Err(NodeError::BadFile { .. })));
    // A segment that is none is declined, and the rest of the bundle is not the worse for it.
    std::fs::write(&path, sealed_for(&offline.street, &[hello(realm), segment(), pushed(1)]))
        .expect("a file");
    let report = import_bundle(&offline.street, &path).expect("a bundle");
    assert_eq!((report.segments, report.new, report.declined.len()), (1, 0, 1));
}

#[test]
fn a_bundle_for_another_device_says_for_whom_to_make_it() {
    let offline = Offline::start();
    let other = offline.realm.enrol(&offline.street, "other", NEIGHBOUR, Rights::clerk());
    let error = import_bundle(&other, &offline.up("up")).expect_err("for the street");
    assert!(matches!(error, NodeError::BundleForOther(device) if device == other.device()), "{error}");
    let none =
        export_bundle(&offline.clerk, &unit(NEIGHBOUR), &offline.realm.path("none")).expect_err("unknown");
    assert!(matches!(none, NodeError::NoRecipient(_)), "{none}");
    assert!(!offline.realm.path("none").exists());
    let stranger = offline.realm.device("stranger");
    assert!(import_bundle(&stranger, &offline.realm.path("up")).is_err());
}

#[test]
fn a_revoked_device_gets_no_bundle() {
    let offline = Offline::start();
    crate::fixture::revoke(&offline.street, STREET, offline.clerk.device());
    let error = export_bundle(&offline.street, &unit(COMMUNITY), &offline.realm.path("down"));
    assert!(matches!(error, Err(NodeError::NoRecipient(_))), "{error:?}");
}

#[test]
fn keys_are_named_as_the_age_library_names_them() {
    for seed in [[0_u8; 32], [0xff; 32], std::array::from_fn(|at| at as u8 * 7)] {
        let named: x25519::Identity =
            bech32("age-secret-key-", &seed).to_uppercase().parse().expect("the library reads the key");
        let text = age::secrecy::ExposeSecret::expose_secret(&named.to_string()).to_owned();
        assert_eq!(text, bech32("age-secret-key-", &seed).to_uppercase());
    }
}
