//! What attachments promise: bytes are kept encrypted and whole, within a quota, and go with their document.

use linli_log::fact::Changes;
use linli_model::{Edit, Value, kind};
use linli_wire::{Channel, DeviceKey, DocId, Level, UnitPath};

use super::*;
use crate::{DocumentEdits, Identity, Opened};

const COMMUNITY: &str = "3211/02/001/001";
const NOW: linli_wire::TimeMs = linli_wire::TimeMs(1_795_400_000_000);

/// A root that writes in the city's notices is enough to name attachments: a profile in its own space.
fn replica(directory: Option<&std::path::Path>) -> Replica {
    use linli_log::{Genesis, Root, Rotate};
    use linli_wire::RealmId;
    let opened = match directory {
        Some(directory) => Opened::create(directory),
        None => Opened::in_memory(),
    };
    let mut replica =
        Replica::init(opened.expect("a place"), Identity::random().expect("random")).expect("init");
    let genesis = Genesis {
        device: replica.identity().device(),
        space: notices(),
        grant: None,
        incarnation: [1; 16],
        root: Some(Root { next_root: Rotate::announcement(DeviceKey([9; 32])), suite: 1 }),
    };
    let log = replica.write(NOW, |w| w.begin_realm(&genesis)).expect("a realm begins");
    replica.set_realm(RealmId::from(log)).expect("a new replica takes a realm");
    grant(&mut replica);
    replica
}

fn notices() -> Space {
    Space::new(unit("3211"), Channel::Notices)
}

fn unit(path: &str) -> UnitPath {
    path.parse().expect("a path in a test is one")
}

/// Lets the device keep the records of a community.
fn grant(replica: &mut Replica) {
    let grant = linli_log::Grant {
        device: replica.identity().device(),
        recipient: replica.identity().recipient(),
        unit: unit(COMMUNITY),
        rights: linli_log::Rights::clerk(),
        not_after: None,
        label: String::new(),
    };
    replica.write(NOW, |w| w.fact(&notices(), linli_log::Kind::Grant, &grant)).expect("the root may grant");
    assert_eq!(unit(COMMUNITY).level(), Level::Community);
}

fn records() -> Space {
    Space::new(unit(COMMUNITY), Channel::Records)
}

const CARD: DocId = DocId([7; 16]);

fn edit(replica: &mut Replica, edits: Vec<Edit>) {
    let document = DocumentEdits { id: CARD, kind: &kind::HOUSEHOLD, edits };
    replica
        .write(NOW, |w| w.edit(&records(), &[document], Changes::default()))
        .expect("the device may write here");
    replica.materialise().expect("sound");
}

fn name(replica: &mut Replica, hash: &FileHash, bytes: usize) {
    let key = "0123456789abcdef0123456789abcdef";
    let set = |field: &str, value: Value| Edit::item("attachments", key, field, Some(value));
    let edits = vec![
        set("sha256", hex(hash).into()),
        set("length", (bytes as i64).into()),
        set("type", "image/png".into()),
        set("name", "door.png".into()),
    ];
    edit(replica, edits);
}

fn photo(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * 7 + at / 251) as u8).collect()
}

fn read(replica: &mut Replica, hash: &FileHash) -> Result<Vec<u8>, StoreError> {
    let mut all = Vec::new();
    replica.read_attachment(hash, |piece| {
        all.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(all)
}

#[test]
fn what_is_attached_comes_back_and_is_nowhere_in_the_clear() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = directory.path().join("data");
    let mut replica = replica(Some(&place));
    let bytes = photo(PIECE_BYTES_MAX * 2 + 5);
    let hash = replica.attach(bytes.len() as u64, &bytes[..]).expect("it fits");
    assert_eq!(hash, <FileHash>::from(Sha256::digest(&bytes)));
    assert_eq!(replica.attach(bytes.len() as u64, &bytes[..]).expect("a second time"), hash);
    assert_eq!(replica.attachment_usage().expect("usage").files, 1);
    name(&mut replica, &hash, bytes.len());
    drop(replica);
    let mut replica = Replica::open(&place).expect("there is data");
    assert_eq!(read(&mut replica, &hash).expect("it is here"), bytes);
    let named = replica.attachments_named(None).expect("named");
    assert!(named.len() == 1 && named[0].is_whole() && named[0].name == "door.png", "{named:?}");
    assert_eq!(replica.verify_attachments().expect("sound"), (1, vec![]));
    for file in ["attachments.db", "attachments.db-wal"] {
        let raw = std::fs::read(place.join(file)).unwrap_or_default();
        assert!(!raw.windows(64).any(|window| window == &bytes[..64]), "{file} shows the file");
    }
}

#[test]
fn sizes_and_the_quota_are_refused_one_past_them() {
    let mut replica = replica(None);
    replica.set_attachment_quota(1_000).expect("set");
    replica.attach(600, &photo(600)[..]).expect("at first there is room");
    let over = replica.attach(401, &photo(401)[..]).expect_err("over the quota");
    assert!(matches!(over, StoreError::AttachmentQuota { bytes: 401, used: 600, quota: 1_000 }), "{over}");
    replica.attach(400, &photo(400)[..]).expect("to the last byte");
    let most = ATTACHMENT_BYTES_MAX as u64;
    for bytes in [0, most + 1] {
        assert!(matches!(replica.attach(bytes, &[][..]), Err(StoreError::AttachmentSize { .. })));
    }
    let short = replica.attach(0x10, &photo(8)[..]).expect_err("no room, and it ends too early");
    assert!(matches!(short, StoreError::AttachmentQuota { .. }));
    replica.set_attachment_quota(2_000).expect("set");
    assert!(matches!(replica.attach(16, &photo(8)[..]), Err(StoreError::AttachmentRead(_))));
    assert_eq!(replica.attachment_usage().expect("usage").bytes, 1_000, "nothing of it stays");
}

#[test]
fn pieces_are_taken_in_order_and_count_when_the_whole_has_the_hash() {
    let mut replica = replica(None);
    let bytes = photo(1_000);
    let hash: FileHash = Sha256::digest(&bytes).into();
    assert_eq!(replica.keep_piece(&hash, 0, &bytes[..10]).expect("kept"), Kept::Wrong, "nobody names it");
    name(&mut replica, &hash, bytes.len());
    let wanted = |replica: &mut Replica| replica.attachment_wanted(&|_| false, &|_| true).expect("asked");
    assert_eq!(wanted(&mut replica), None, "nobody asked for it");
    replica.want_attachment(&hash).expect("noted");
    assert_eq!(wanted(&mut replica), Some((hash, 0)));
    assert_eq!(replica.keep_piece(&hash, 0, &bytes[..333]).expect("kept"), Kept::Part);
    assert_eq!(wanted(&mut replica), Some((hash, 333)), "it goes on where it stopped");
    assert_eq!(replica.attachment_wanted(&|_| false, &|_| false).expect("asked"), None, "not of that peer");
    for (from, end) in [(0, 333), (334, 500), (332, 340), (333, 333)] {
        let kept = replica.keep_piece(&hash, from as u64, &bytes[from..end]).expect("answered");
        assert_eq!(kept, Kept::Wrong, "{from}..{end}");
    }
    assert!(matches!(read(&mut replica, &hash), Err(StoreError::NoAttachment(_))));
    assert_eq!(
        replica.attachment_piece(&hash, 0, 10, &|_| true).expect("asked"),
        None,
        "not before it is whole"
    );
    // A peer that lies in the middle: all of it is asked anew.
    assert_eq!(replica.keep_piece(&hash, 333, &vec![0; 667]).expect("kept"), Kept::Wrong);
    assert_eq!(wanted(&mut replica), Some((hash, 0)));
    assert_eq!(replica.keep_piece(&hash, 0, &bytes).expect("kept"), Kept::Whole);
    assert_eq!(wanted(&mut replica), None);
    assert_eq!(read(&mut replica, &hash).expect("whole"), bytes);
}

#[test]
fn only_who_may_read_a_document_that_names_a_file_is_served_it() {
    let mut replica = replica(None);
    let bytes = photo(PIECE_BYTES_MAX + 100);
    let hash = replica.attach(bytes.len() as u64, &bytes[..]).expect("it fits");
    let piece = |replica: &mut Replica, from, most, allowed: bool| {
        replica.attachment_piece(&hash, from, most, &|_| allowed).expect("asked")
    };
    assert_eq!(piece(&mut replica, 0, 10, true), None, "no document names it");
    name(&mut replica, &hash, bytes.len());
    assert_eq!(piece(&mut replica, 0, 10, false), None, "the peer may not read the document");
    for from in [0, 1, PIECE_BYTES_MAX - 1, PIECE_BYTES_MAX, PIECE_BYTES_MAX + 99] {
        let piece = piece(&mut replica, from as u64, 50, true).expect("it is here");
        assert!(!piece.is_empty() && bytes[from..].starts_with(&piece), "from {from}");
    }
    assert_eq!(piece(&mut replica, bytes.len() as u64, 10, true), None);
}

#[test]
fn bytes_go_when_no_document_names_them_any_longer() {
    let mut replica = replica(None);
    let hash = replica.attach(100, &photo(100)[..]).expect("it fits");
    name(&mut replica, &hash, 100);
    assert_eq!(replica.sweep_attachments().expect("swept"), 0);
    edit(&mut replica, vec![Edit::remove_item("attachments", "0123456789abcdef0123456789abcdef")]);
    assert_eq!(replica.sweep_attachments().expect("swept"), 1);
    assert!(matches!(read(&mut replica, &hash), Err(StoreError::NoAttachment(_))));
    assert_eq!(replica.attachment_usage().expect("usage").bytes, 0);
}
