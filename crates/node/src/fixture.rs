//! What the tests of several modules build on: a small realm, its hubs and devices on loopback, and
//! people and cards to write.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use linli_log::{Head, Kind, LogHeads, Revoke, Rights, fact::Changes};
use linli_model::{Edit, Value, kind};
use linli_store::{DocumentEdits, StoreError};
use linli_wire::{Channel, DeviceKey, Digest, DocId, EntryHash, LogId, Space, TimeMs, UnitPath};
use tempfile::TempDir;

use crate::{
    Hub, Invitation, Node, Parent, Terms, export_grant, import_grant, init_realm, invite, join, make_request,
    now, read_units, sync_with,
};

pub(crate) const CITY: &str = "3211";
pub(crate) const DISTRICT: &str = "3211/02";
pub(crate) const STREET: &str = "3211/02/001";
pub(crate) const OTHER_STREET: &str = "3211/02/002";
pub(crate) const COMMUNITY: &str = "3211/02/001/001";
pub(crate) const NEIGHBOUR: &str = "3211/02/001/002";
pub(crate) const FAR_COMMUNITY: &str = "3211/02/002/001";

pub(crate) const UNITS: &str = "code,level,name,parent,programme
3211,city,City,,0
321102,district,District,3211,0
321102001,street,Street,321102,1
321102002,street,Other street,321102,1
321102001001,community,Community,321102001,1
321102001002,community,Neighbour,321102001,1
321102002001,community,Far community,321102002,1
";

/// No test waits longer than this for anything.
pub(crate) const BOUND: Duration = Duration::from_mins(1);

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(BOUND, future).await.expect("the test would hang")
}

pub(crate) fn loopback() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

pub(crate) fn unit(path: &str) -> UnitPath {
    path.parse().expect("a path in a test is one")
}

pub(crate) fn space(path: &str, channel: Channel) -> Space {
    Space::new(unit(path), channel)
}

/// A temporary place with a realm's root in it.
pub(crate) struct Realm {
    pub(crate) directory: TempDir,
    pub(crate) root: Node,
}

impl Realm {
    pub(crate) fn begin() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = Node::create(&directory.path().join("root")).expect("a new device");
        let file = directory.path().join("units.csv");
        std::fs::write(&file, UNITS).expect("a file");
        let units = read_units(&file).expect("the units of the tests are sound");
        init_realm(&root, &units, DeviceKey([9; 32])).expect("a new realm");
        Self { directory, root }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A new device that has not joined.
    pub(crate) fn device(&self, name: &str) -> Node {
        Node::create(&self.path(name)).expect("a new device")
    }

    /// A device that was enrolled by files.
    pub(crate) fn enrol(&self, issuer: &Node, name: &str, path: &str, rights: Rights) -> Node {
        let node = self.device(name);
        grant_by_file(issuer, &node, self.directory.path(), &terms(path, rights));
        node
    }

    pub(crate) fn hub(&self, issuer: &Node, name: &str, path: &str) -> Serving {
        Serving::start(self.enrol(issuer, name, path, Rights::hub()))
    }
}

pub(crate) fn grant_by_file(issuer: &Node, node: &Node, directory: &Path, terms: &Terms) {
    let (request, grant) = (directory.join("a.request"), directory.join("a.grant"));
    make_request(node, "", &request).expect("a request file");
    export_grant(issuer, &request, terms, &grant).expect("the issuer may grant");
    import_grant(node, &grant).expect("the grant is for this device");
}

pub(crate) fn terms(path: &str, rights: Rights) -> Terms {
    Terms { unit: unit(path), rights, not_after: None, label: "a device".to_owned() }
}

/// A hub that serves on loopback.
pub(crate) struct Serving {
    pub(crate) node: Node,
    pub(crate) hub: Hub,
}

impl Serving {
    pub(crate) fn start(node: Node) -> Self {
        let hub = Hub::start(&node, loopback()).expect("loopback has a free port");
        Self { node, hub }
    }

    pub(crate) fn parent(&self) -> Parent {
        Parent { address: self.hub.address(), device: self.node.device() }
    }

    pub(crate) fn invite(&self, path: &str, rights: Rights) -> Invitation {
        invite(&self.node, self.hub.address(), terms(path, rights), in_an_hour()).expect("the hub may invite")
    }

    /// A device that joined by an invitation.
    pub(crate) async fn admit(&self, realm: &Realm, name: &str, path: &str, rights: Rights) -> Node {
        let node = realm.device(name);
        join(&node, &self.invite(path, rights).code(), name).await.expect("the device may join");
        node
    }
}

pub(crate) fn in_an_hour() -> TimeMs {
    TimeMs(now().0 + 3_600_000)
}

/// City, district and street, each reporting to the one above.
pub(crate) struct Chain {
    pub(crate) realm: Realm,
    pub(crate) city: Serving,
    pub(crate) district: Serving,
    pub(crate) street: Serving,
}

impl Chain {
    pub(crate) async fn start() -> Self {
        let realm = Realm::begin();
        let city = realm.hub(&realm.root, "city", CITY);
        let district = Serving::start(city.admit(&realm, "district", DISTRICT, Rights::hub()).await);
        let street = Serving::start(district.admit(&realm, "street", STREET, Rights::hub()).await);
        Self { realm, city, district, street }
    }

    pub(crate) async fn clerk(&self, name: &str, path: &str) -> Node {
        self.street.admit(&self.realm, name, path, Rights::clerk()).await
    }
}

/// Lets devices sync until all of the hubs and devices hold the same of what they share.
pub(crate) async fn converge(hub: &Parent, devices: &[&Node], hubs: &[&Node]) {
    within(async {
        loop {
            for device in devices {
                sync_with(device, hub).await.expect("the hub serves");
            }
            let all: Vec<_> = devices.iter().chain(hubs).map(|node| (node.units(), digests(node))).collect();
            let agree = |(units, held): &(Vec<UnitPath>, BTreeMap<Space, Digest>)| {
                all.iter().all(|(_, others)| {
                    let read = others.iter().filter(|(space, _)| units.iter().any(|u| space.is_read_by(u)));
                    read.into_iter().all(|(space, digest)| held.get(space) == Some(digest))
                })
            };
            if all.iter().all(agree) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    })
    .await;
}

pub(crate) fn digests(node: &Node) -> BTreeMap<Space, Digest> {
    node.with(|r| {
        r.seal()?;
        r.space_digests()
    })
    .expect("digests")
}

pub(crate) fn id(number: u16) -> DocId {
    let mut id = [7; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    DocId(id)
}

pub(crate) fn card(number: u16, address: &str) -> DocumentEdits {
    let text = |field: &str, value: &str| Edit::document(field, Some(Value::from(value)));
    DocumentEdits {
        id: id(number),
        kind: &kind::HOUSEHOLD,
        edits: vec![text("card_no", &format!("{number:05}")), text("address", address)],
    }
}

/// Writes documents into a unit's records.
pub(crate) fn write(node: &Node, path: &str, documents: &[DocumentEdits]) {
    let records = space(path, Channel::Records);
    node.with(|r| r.write(now(), |w| w.edit(&records, documents, Changes::default())))
        .expect("the device may write here");
    node.announce();
}

/// The cards that a node shows, as `number address`.
pub(crate) fn cards(node: &Node) -> Vec<String> {
    node.materialise().expect("the documents are sound");
    let sql = "SELECT card_no || ' ' || address FROM household ORDER BY card_no, address";
    node.with(|r| r.query(sql, [], |row| row.get(0))).expect("a published table")
}

/// The units whose hubs say that they hold all that `node` wrote in its records.
pub(crate) fn held_in(node: &Node) -> Vec<String> {
    let mut units: Vec<String> = node.with(|r| {
        let last: BTreeMap<LogId, u64> = r
            .query(
                "SELECT log.id, MAX(entry.seq) FROM log JOIN entry USING (log_no) JOIN space USING (space_no)
                 WHERE log.own = 1 AND space.channel = 1 GROUP BY log.log_no",
                [],
                |row| Ok((LogId(row.get(0)?), row.get(1)?)),
            )
            .expect("own logs")
            .into_iter()
            .collect();
        let held = r.held_by(true).expect("receipts");
        held.into_iter()
            .filter(|held| last.get(&held.log).is_some_and(|seq| *seq == held.seq))
            .filter_map(|held| held.unit.map(|unit| unit.to_string()))
            .collect()
    });
    units.sort();
    units.dedup();
    units
}

/// The entries of a node: how many there are, and how many have no effect.
pub(crate) fn entries(node: &Node) -> (u64, u64) {
    let counts = node.with(|r| r.counts()).expect("counts");
    (counts.entries, counts.left_out)
}

/// Revokes a device as `linli revoke` does: what is held of it stays in force.
pub(crate) fn revoke(node: &Node, path: &str, device: DeviceKey) {
    let notices = space(path, Channel::Notices);
    node.with(|r| {
        let cut = r.query(
            "SELECT log.id, branch.last_seq, branch.last_hash FROM log JOIN branch USING (log_no)
             WHERE log.device = ?1 AND branch.last_seq >= 0 ORDER BY log.id",
            [device.0],
            |row| {
                let head = Head { seq: row.get(1)?, hash: EntryHash(row.get(2)?) };
                Ok(LogHeads { log: LogId(row.get(0)?), heads: vec![head] })
            },
        )?;
        let revoke = Revoke { device, cut, since_compromise: false, reason: "lost".to_owned() };
        r.write(now(), |w| w.fact(&notices, Kind::Revoke, &revoke))?;
        r.seal()?;
        Ok::<_, StoreError>(())
    })
    .expect("the hub may revoke");
    node.announce();
}

/// A person, whose number may be unknown, with a residence such as `("2", "2026-05-01")`: a code and since when.
pub(crate) fn person(number: u16, id_no: &str, residence: Option<(&str, &str)>) -> DocumentEdits {
    let text = |field: &str, value: &str| Edit::document(field, Some(Value::from(value)));
    let mut edits = vec![text("name", "王芳")];
    if !id_no.is_empty() {
        edits.push(text("id_no", id_no));
    }
    if let Some((code, since)) = residence {
        let key = format!("{number:032x}");
        for (field, value) in [("dimension", "residence"), ("code", code), ("start", since)] {
            edits.push(Edit::item("episodes", &key, field, Some(Value::from(value))));
        }
    }
    DocumentEdits { id: id(number), kind: &kind::PERSON, edits }
}

/// An ID number of nobody, with its check digit.
pub(crate) fn id_no(number: u16) -> String {
    let body = format!("97010119800101{:03}", number % 1_000);
    let digit = linli_model::idnumber::check_digit(&body).expect("seventeen digits");
    format!("{body}{digit}")
}

/// Gives `to` everything that `from` holds and `to` may read, as a session would.
pub(crate) fn carry(from: &Node, to: &Node) {
    let units = to.units();
    let segments = from.with(|r| {
        r.seal()?;
        let spaces: Vec<Space> = r.space_digests()?.into_keys().collect();
        let read = spaces.into_iter().filter(|space| units.iter().any(|unit| space.is_read_by(unit)));
        read.map(|space| r.segments(&space)).collect::<Result<Vec<_>, _>>()
    });
    let segments = segments.expect("sealed").concat();
    to.take_in(segments).expect("stored, and sound");
}

/// How many entries say that somebody looked at people's data.
pub(crate) fn accesses(node: &Node) -> i64 {
    let sql = "SELECT COUNT(*) FROM entry WHERE kind = ?1";
    node.with(|r| r.query(sql, [Kind::Access.code() as i64], |row| row.get(0))).expect("entries")[0]
}

/// Text that does not compress well, the same for the same seed.
pub(crate) fn noise(seed: u64, bytes: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b' ' + (state >> 33) as u8 % 95)
    };
    (0..bytes).map(|_| next()).collect()
}
