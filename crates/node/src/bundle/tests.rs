//! What bundles promise: no network, and yet the same as a session.

use std::path::PathBuf;

use linli_log::Rights;

use age::x25519;
use linli_sync::{Hello, Message};
use linli_wire::Lane;

use super::{
    keys::{bech32, recipient},
    *,
};
use crate::fixture::{
    COMMUNITY, NEIGHBOUR, Realm, STREET, card, cards, digests, entries, held_in, noise, unit, write,
};
use crate::{Node, NodeError};

const WHOLE: ExportOptions = ExportOptions { split_bytes: None, all: false, attachments: false };

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
        export_bundle(&self.clerk, &unit(STREET), &path, &WHOLE).expect("the street's hub is known");
        path
    }

    fn down(&self, name: &str) -> PathBuf {
        let path = self.realm.path(name);
        export_bundle(&self.street, &unit(COMMUNITY), &path, &WHOLE).expect("the device is known");
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
fn all_carries_what_is_acknowledged_too() {
    let offline = Offline::start();
    write(&offline.clerk, COMMUNITY, &[card(1, "here")]);
    let first = import_bundle(&offline.street, &offline.up("first")).expect("for this hub");
    import_bundle(&offline.clerk, &offline.down("down")).expect("for this device");
    let path = offline.realm.path("all");
    let all = ExportOptions { all: true, ..WHOLE };
    let sent = export_bundle(&offline.clerk, &unit(STREET), &path, &all).expect("the hub is known");
    assert!(sent.segments > first.segments, "the receipts go along: {sent:?}");
}

#[test]
fn a_bundle_that_came_too_early_is_kept_until_the_one_before_has_come() {
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
    assert!(report.declined.is_empty() && report.early > 0, "{report:?}");
    assert_eq!(cards(&restored), [""; 0]);
    drop(restored);
    let restored = Node::open(&copy).expect("what is kept is kept on disk");
    let report = import_bundle(&restored, &second).expect("a second time");
    assert_eq!((report.early, report.new), (1, 0), "kept once");
    let report = import_bundle(&restored, &first).expect("for this hub");
    assert_eq!(report.early, 0);
    assert_eq!(cards(&restored), ["00001 first", "00002 second"]);
    assert_eq!(entries(&restored).1, 0);
}

#[test]
fn the_parts_of_a_split_bundle_may_be_taken_in_in_any_order() {
    let offline = Offline::start();
    for n in 0..90_u16 {
        let documents: Vec<_> =
            (0..20).map(|m| card(n * 20 + m, &noise(u64::from(n * 20 + m), 3_500))).collect();
        write(&offline.clerk, COMMUNITY, &documents);
    }
    let path = offline.realm.path("parts");
    let options = ExportOptions { split_bytes: Some(SPLIT_BYTES_MIN), ..WHOLE };
    let sent = export_bundle(&offline.clerk, &unit(STREET), &path, &options).expect("the hub is known");
    assert!(sent.files.len() >= 3, "{sent:?}");
    assert_eq!(bundle_parts(&path), sent.files);
    for part in &sent.files {
        let bytes = std::fs::metadata(part).expect("the part is there").len();
        assert!(bytes <= SPLIT_BYTES_MIN, "{bytes}");
    }
    let mut new = 0;
    for (at, part) in sent.files.iter().rev().enumerate() {
        let report = import_bundle(&offline.street, part).expect("each part is a bundle");
        assert!(report.declined.is_empty() && report.cut.is_none(), "{report:?}");
        assert_eq!(report.early == 0, at + 1 == sent.files.len(), "the log's beginning is in the first part");
        new += report.new;
    }
    assert!(new > sent.segments - 5, "all but the notices that were there: {new} of {}", sent.segments);
    assert_eq!(cards(&offline.street), cards(&offline.clerk));
    import_bundle(&offline.clerk, &offline.down("down")).expect("for this device");
    assert_eq!(held_in(&offline.clerk), [STREET], "the receipt is for all parts");
}

#[test]
fn a_part_has_a_least_size() {
    let offline = Offline::start();
    let path = offline.realm.path("parts");
    let export = |bytes| {
        let options = ExportOptions { split_bytes: Some(bytes), ..WHOLE };
        export_bundle(&offline.clerk, &unit(STREET), &path, &options)
    };
    assert!(matches!(export(SPLIT_BYTES_MIN - 1), Err(NodeError::SplitTooSmall { .. })));
    assert_eq!(export(SPLIT_BYTES_MIN).expect("at the limit").files.len(), 1);
}

/// A bundle of some sixty segments, in several of the pieces in which it is encrypted.
fn many_segments(offline: &Offline) -> Vec<u8> {
    for n in 0..60 {
        write(&offline.clerk, COMMUNITY, &[card(n, &noise(u64::from(n), 3_000))]);
        offline.clerk.with(linli_store::Replica::seal).expect("sealed");
    }
    std::fs::read(offline.up("up")).expect("readable")
}

#[test]
fn of_a_bundle_cut_anywhere_the_whole_frames_count() {
    let offline = Offline::start();
    let whole = many_segments(&offline);
    let path = offline.realm.path("cut");
    let (mut before, mut partly) = (0, 0);
    for cut in (0..whole.len()).step_by(997) {
        std::fs::write(&path, &whole[..cut]).expect("a file");
        match import_bundle(&offline.street, &path) {
            Ok(report) => {
                assert!(
                    report.cut.is_some() && report.early == 0 && report.declined.is_empty(),
                    "{report:?}"
                );
                partly += 1;
            }
            Err(NodeError::BadFile { what: "bundle", .. } | NodeError::BundleForOther(_)) => {}
            Err(error) => panic!("cut at {cut}: {error}"),
        }
        let taken = cards(&offline.street);
        assert!(taken.len() >= before && cards(&offline.clerk).starts_with(&taken), "cut at {cut}");
        before = taken.len();
    }
    assert!(partly > 60 && (20..60).contains(&before), "{partly} {before}");
    std::fs::write(&path, &whole).expect("a file");
    let report = import_bundle(&offline.street, &path).expect("the whole one");
    assert_eq!(report.cut, None);
    assert_eq!(cards(&offline.street), cards(&offline.clerk));
}

#[test]
fn of_a_damaged_bundle_nothing_counts_from_the_damage_on() {
    let offline = Offline::start();
    let whole = many_segments(&offline);
    let damaged = offline.realm.path("damaged");
    // From the end to the beginning, so that each case takes in no more than the one before.
    for part in (0..40).rev() {
        let mut bytes = whole.clone();
        let at = whole.len() * part / 40;
        bytes[at] ^= 0x20;
        std::fs::write(&damaged, &bytes).expect("a file");
        match import_bundle(&offline.street, &damaged) {
            Ok(report) => assert!(report.cut.is_some(), "flipped at {at}: {report:?}"),
            Err(NodeError::BadFile { what: "bundle", .. } | NodeError::BundleForOther(_)) => {}
            Err(error) => panic!("flipped at {at}: {error}"),
        }
        let taken = cards(&offline.street);
        assert!(taken.len() < 60 && cards(&offline.clerk).starts_with(&taken), "flipped at {at}");
    }
    for bytes in [b"hello".to_vec(), whole[1..].to_vec()] {
        std::fs::write(&damaged, &bytes).expect("a file");
        import_bundle(&offline.street, &damaged).expect_err("no bundle");
    }
    std::fs::write(&damaged, [&whole[..], b"x"].concat()).expect("a file");
    let longer = import_bundle(&offline.street, &damaged).expect("what stands before the stray byte counts");
    assert!(longer.cut.is_some());
    std::fs::write(&damaged, &whole).expect("a file");
    import_bundle(&offline.street, &damaged).expect("the whole one");
    assert_eq!(cards(&offline.street).len(), 60);
}

/// Encrypts frames to a device, as whoever knows its public key can.
fn sealed_for(node: &Node, messages: &[Message]) -> Vec<u8> {
    let frames: Vec<u8> = messages.iter().flat_map(|message| message.encode().encode()).collect();
    let key = node.with(|r| r.identity().recipient());
    encrypt(&recipient(&key).expect("a key"), &frames)
}

fn encrypt(recipient: &x25519::Recipient, plain: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let recipients = std::iter::once(recipient as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients).expect("a recipient");
    let mut out = Vec::new();
    let mut writer = encryptor.wrap_output(&mut out).expect("into memory");
    writer.write_all(plain).and_then(|()| writer.finish().map(drop)).expect("into memory");
    out
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
    let key = offline.street.with(|r| r.identity().recipient());
    std::fs::write(&path, encrypt(&recipient(&key).expect("a key"), &[0xff; 40])).expect("a file");
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
    let none = export_bundle(&offline.clerk, &unit(NEIGHBOUR), &offline.realm.path("none"), &WHOLE)
        .expect_err("unknown");
    assert!(matches!(none, NodeError::NoRecipient(_)), "{none}");
    assert!(!offline.realm.path("none").exists());
    let stranger = offline.realm.device("stranger");
    assert!(import_bundle(&stranger, &offline.realm.path("up")).is_err());
}

#[test]
fn a_revoked_device_gets_no_bundle() {
    let offline = Offline::start();
    crate::fixture::revoke(&offline.street, STREET, offline.clerk.device());
    let error = export_bundle(&offline.street, &unit(COMMUNITY), &offline.realm.path("down"), &WHOLE);
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
