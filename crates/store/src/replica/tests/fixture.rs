//! A small realm: a root, a street hub, and devices of a community.

use linli_log::{Genesis, Grant, Kind, Rights, Root, Rotate, fact::Changes};
use linli_model::{Edit, Value, kind};
use linli_wire::{Channel, DeviceKey, Digest, DocId, EntryHash, RealmId, Space, TimeMs, UnitPath};

use crate::{DocumentEdits, Identity, Opened, Replica, Stored};

pub(super) const CITY: &str = "3211";
pub(super) const STREET: &str = "3211/02/001";
pub(super) const COMMUNITY: &str = "3211/02/001/001";
pub(super) const OTHER: &str = "3211/02/001/002";
/// 2026-11-23 in China.
pub(super) const NOW: TimeMs = TimeMs(1_795_400_000_000);

pub(super) fn unit(path: &str) -> UnitPath {
    path.parse().expect("a path in a test is one")
}

pub(super) fn space(path: &str, channel: Channel) -> Space {
    Space::new(unit(path), channel)
}

pub(super) fn records() -> Space {
    space(COMMUNITY, Channel::Records)
}

pub(super) fn in_memory() -> Replica {
    Replica::init(Opened::in_memory().expect("memory"), Identity::random().expect("random")).expect("init")
}

/// A realm's root: the replica that holds its key.
pub(super) fn root() -> Replica {
    let mut replica = in_memory();
    let genesis = Genesis {
        device: replica.identity().device(),
        space: space(CITY, Channel::Notices),
        grant: None,
        incarnation: [1; 16],
        root: Some(Root { next_root: Rotate::announcement(DeviceKey([9; 32])), suite: 1 }),
    };
    let log = replica.write(NOW, |w| w.begin_realm(&genesis)).expect("a realm begins");
    replica.set_realm(RealmId::from(log)).expect("a new replica takes a realm");
    replica
}

pub(super) fn grant(issuer: &mut Replica, to: &Replica, path: &str, rights: Rights) -> EntryHash {
    let grant = Grant {
        device: to.identity().device(),
        recipient: to.identity().recipient(),
        unit: unit(path),
        rights,
        not_after: None,
        label: path.to_owned(),
    };
    let own = issuer.trust().grants_of(issuer.identity().device()).next();
    let notices = own.map_or_else(|| unit(CITY), |(_, authority)| authority.grant.unit.clone());
    let notices = Space::new(notices, Channel::Notices);
    issuer.write(NOW, |w| w.fact(&notices, Kind::Grant, &grant)).expect("the issuer may grant")
}

/// Gives `to` everything that `from` holds.
pub(super) fn copy(from: &mut Replica, to: &mut Replica) -> Vec<Stored> {
    from.seal().expect("seal");
    let stored = to.store(everything(from), &|_| true).expect("store");
    to.materialise().expect("materialise");
    stored
}

pub(super) fn everything(replica: &Replica) -> Vec<Vec<u8>> {
    digests(replica).iter().flat_map(|(space, _)| replica.segments(space).expect("segments")).collect()
}

/// A root and a clerk's device of the community that knows its grant.
pub(super) fn community() -> (Replica, Replica) {
    let mut root = root();
    let clerk = join(&mut root, COMMUNITY, Rights::clerk());
    (root, clerk)
}

pub(super) fn join(issuer: &mut Replica, path: &str, rights: Rights) -> Replica {
    let mut device = in_memory();
    enrol(issuer, &mut device, path, rights);
    device
}

pub(super) fn enrol(issuer: &mut Replica, device: &mut Replica, path: &str, rights: Rights) {
    device.set_realm(issuer.realm().expect("the issuer has a realm")).expect("set");
    grant(issuer, device, path, rights);
    copy(issuer, device);
}

pub(super) fn id(byte: u8) -> DocId {
    DocId([byte; 16])
}

pub(super) fn card(byte: u8, phone: &str) -> DocumentEdits {
    let text = |field: &str, value: &str| Edit::document(field, Some(Value::from(value)));
    DocumentEdits {
        id: id(byte),
        kind: &kind::HOUSEHOLD,
        edits: vec![text("card_no", &format!("32110200100100{byte:03}")), text("phone", phone)],
    }
}

pub(super) fn person(byte: u8, name: &str) -> DocumentEdits {
    let name = Edit::document("name", Some(Value::from(name)));
    DocumentEdits { id: id(byte), kind: &kind::PERSON, edits: vec![name] }
}

pub(super) fn write(replica: &mut Replica, documents: &[DocumentEdits]) -> EntryHash {
    replica
        .write(NOW, |w| w.edit(&records(), documents, Changes::default()))
        .expect("the device may write here")
        .expect("the edits change something")
}

/// Every published table, row by row, in order: what "the same" means for two replicas.
pub(super) fn tables(replica: &Replica) -> Vec<String> {
    let mut all = Vec::new();
    for table in linli_model::tables() {
        let columns: Vec<_> = table.columns.iter().map(|c| format!("quote(\"{}\")", c.name)).collect();
        let sql = format!("SELECT {} FROM \"{}\" ORDER BY 1", columns.join("||','||"), table.name);
        let rows: Vec<String> =
            replica.query(&sql, [], |row| row.get(0)).expect("a published table can be read");
        all.extend(rows.into_iter().map(|row| format!("{}: {row}", table.name)));
    }
    all
}

pub(super) fn digests(replica: &Replica) -> Vec<(Space, Digest)> {
    replica.space_digests().expect("digests").into_iter().collect()
}

pub(super) fn phones(replica: &Replica) -> Vec<String> {
    replica.query("SELECT phone FROM household ORDER BY card_no", [], |row| row.get(0)).expect("rows")
}
