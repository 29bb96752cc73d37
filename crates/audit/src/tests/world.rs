//! A realm with a root, a city hub, a street hub and a community's clerk, all in memory.

use linli_eval::Standard;
use linli_log::{
    Draft, Genesis, Grant, Head, HeldState, Kind, LogHeads, LogWriter, Receipt, ReceiptState, Revoke, Rights,
    Root, author::seal_segment, compact, fact::Changes,
};
use linli_model::{
    Edit, Value,
    kind::{DWELLINGS, HOUSEHOLD, PERSON, UNIT},
};
use linli_store::{DocumentEdits, Identity, Opened, Replica, Stored};
use linli_wire::{Channel, Digest, DocId, EntryHash, LogId, RealmId, Space, TimeMs, UnitPath};

use crate::{CreateOptions, SnapshotError, Summary, create};

pub const CITY: &str = "3211";
pub const DISTRICT: &str = "3211/02";
pub const STREET: &str = "3211/02/001";
pub const COMMUNITY: &str = "3211/02/001/001";
/// Another community of the street.
pub const NEIGHBOUR: &str = "3211/02/001/002";
pub const AS_OF: &str = "2026-10-31";
/// 2026-10-01, some time in the morning.
pub const NOW: i64 = 1_790_816_400_000;

pub fn unit(path: &str) -> UnitPath {
    path.parse().expect("a path in a test is one")
}

pub fn space(path: &str, channel: Channel) -> Space {
    Space::new(unit(path), channel)
}

pub fn document(number: u32) -> DocId {
    let mut id = [0; 16];
    id[12..].copy_from_slice(&number.to_be_bytes());
    DocId(id)
}

/// The replicas of a realm.
pub struct World {
    pub realm: RealmId,
    pub root: Replica,
    pub city: Replica,
    pub street: Replica,
    pub clerk: Replica,
    pub clerk_grant: EntryHash,
    now: i64,
}

impl World {
    /// A realm with its units and grants, and this many households in the community.
    pub fn new(households: u32) -> Self {
        let mut root = replica();
        let device = root.identity().device();
        let genesis = Genesis {
            device,
            space: space(CITY, Channel::Notices),
            grant: None,
            incarnation: [1; 16],
            root: Some(Root { next_root: Digest([2; 32]), suite: 1 }),
        };
        let log = root
            .write(TimeMs(NOW), |w| w.begin_realm(&genesis).map_err(SnapshotError::from))
            .expect("a realm begins");
        let realm = RealmId::from(log);
        let [mut city, mut street, mut clerk] = [replica(), replica(), replica()];
        for member in [&mut root, &mut city, &mut street, &mut clerk] {
            member.set_realm(realm).expect("a new replica takes any realm");
        }
        grant(&mut root, CITY, &city, CITY, Rights::hub(), "the city's hub");
        pass(&mut root, &mut city);
        grant(&mut city, CITY, &street, STREET, Rights::hub(), "the street's hub");
        pass(&mut city, &mut street);
        let clerk_grant = grant(&mut street, STREET, &clerk, COMMUNITY, Rights::clerk(), "Wang's computer");
        pass(&mut street, &mut clerk);
        pass(&mut street, &mut city);
        let mut world = Self { realm, root, city, street, clerk, clerk_grant, now: NOW };
        world.describe_units();
        for number in 0..households {
            world.household(number);
        }
        world.gather();
        world
    }

    /// Brings everything to the hubs.
    pub fn gather(&mut self) {
        pass(&mut self.root, &mut self.city);
        pass(&mut self.clerk, &mut self.street);
        pass(&mut self.street, &mut self.city);
        pass(&mut self.city, &mut self.street);
    }

    /// A card with one person on it, who is out of work.
    pub fn household(&mut self, number: u32) {
        let (card, person) = (document(2 * number), document(2 * number + 1));
        let text = |text: &str| Some(Value::from(text));
        let key = format!("{number:032x}");
        let card = DocumentEdits {
            id: card,
            kind: &HOUSEHOLD,
            edits: vec![
                Edit::document("card_no", Some(Value::from(format!("K{number:05}")))),
                Edit::document("kind", text("1")),
                Edit::document("state", text("1")),
                Edit::document("phone", text("0511-1234567")),
                Edit::document("opened", text("2025-11-10")),
                Edit::item("members", &person.to_string(), "relation", text("01")),
            ],
        };
        let person = DocumentEdits {
            id: person,
            kind: &PERSON,
            edits: vec![
                Edit::document("name", Some(Value::from(format!("张{number}")))),
                Edit::document("sex", text("1")),
                Edit::document("birth", text("1990-05-05")),
                Edit::item("episodes", &key, "dimension", text("status")),
                Edit::item("episodes", &key, "code", text("2")),
                Edit::item("episodes", &key, "start", text("2025-11-15")),
            ],
        };
        self.edit(&[card, person]);
    }

    /// Gives a household another telephone number.
    pub fn telephone(&mut self, number: u32, phone: &str) {
        let edits = vec![Edit::document("phone", Some(Value::from(phone)))];
        self.edit(&[DocumentEdits { id: document(2 * number), kind: &HOUSEHOLD, edits }]);
    }

    /// Lets the clerk's device write where its grant does not reach, as a device that was tampered
    /// with would.
    pub fn overstep(&mut self) {
        self.overstep_with(Draft::fact(Kind::Changes, &Changes::default()));
    }

    /// The same with another entry.
    pub fn overstep_with(&mut self, draft: Draft) {
        let secret = self.clerk.identity().secret();
        let genesis = Genesis {
            device: secret.device(),
            space: space(COMMUNITY, Channel::Oversight),
            grant: Some(self.clerk_grant),
            incarnation: [7; 16],
            root: None,
        };
        let (mut log, first) = LogWriter::begin(&genesis, TimeMs(NOW)).expect("a genesis is an entry");
        let second = log.append(draft, TimeMs(NOW)).expect("a draft fits");
        let segment = seal_segment(&secret, log.log(), vec![first, second]).expect("there are entries");
        take(&mut self.street, vec![compact::encode(&segment, compact::LEVEL_FAST)]);
        self.gather();
    }

    /// A dwelling in the register that the street keeps of a community.
    pub fn register_dwelling(&mut self, community: &str) {
        let key = format!("{:032x}", 1);
        let item = |field: &str, value: &str| Edit::item("dwellings", &key, field, Some(Value::from(value)));
        let register = DocumentEdits {
            id: DWELLINGS.fixed_id("").expect("a community has one register"),
            kind: &DWELLINGS,
            edits: vec![item("dwelling", "1-101"), item("start", "2020-01-01")],
        };
        let oversight = space(community, Channel::Oversight);
        self.street
            .write(TimeMs(NOW), |w| {
                w.edit(&oversight, &[register], Changes::default()).map_err(SnapshotError::from)
            })
            .expect("the street keeps its register");
        self.gather();
    }

    /// The one log that a device writes.
    pub fn log_of(&self, replica: &Replica) -> LogId {
        let device = replica.identity().device();
        let logs = self.city.logs().expect("a replica knows its logs");
        logs.iter().find(|log| log.device == device).expect("the device wrote something").log
    }

    /// Lets the clerk's device continue one log in two ways, as a disk that was restored would.
    pub fn fork(&mut self) -> LogId {
        let secret = self.clerk.identity().secret();
        let genesis = Genesis {
            device: secret.device(),
            space: space(COMMUNITY, Channel::Records),
            grant: Some(self.clerk_grant),
            incarnation: [8; 16],
            root: None,
        };
        for branch in 1..=2 {
            let (mut log, first) = LogWriter::begin(&genesis, TimeMs(NOW)).expect("a genesis is an entry");
            let draft = Draft::fact(Kind::Changes, &Changes { import: Some([branch; 16]), again: None });
            let second = log.append(draft, TimeMs(NOW)).expect("a draft fits");
            let segment = seal_segment(&secret, log.log(), vec![first, second]).expect("there are entries");
            take(&mut self.street, vec![compact::encode(&segment, compact::LEVEL_FAST)]);
        }
        self.gather();
        let (log, _) = LogWriter::begin(&genesis, TimeMs(NOW)).expect("a genesis is an entry");
        log.log()
    }

    /// The city's word that it holds a log of the community up to these heads.
    pub fn receipt(&mut self, heads: LogHeads) {
        write_receipt(&mut self.city, COMMUNITY, vec![heads]);
    }

    /// What hubs say after a session: the street and the city acknowledge all that they hold of others
    /// below them.
    pub fn acknowledge(&mut self) {
        for (hub, unit_of_hub) in [(&mut self.street, STREET), (&mut self.city, CITY)] {
            let (me, mine) = (hub.identity().device(), unit(unit_of_hub));
            for below in [STREET, COMMUNITY] {
                let logs = hub.logs().expect("a replica knows its logs");
                let heads: Vec<LogHeads> = logs
                    .iter()
                    .filter(|log| {
                        log.space.unit == unit(below) && log.device != me && mine.is_above(&unit(below))
                    })
                    .filter(|log| {
                        hub.trust().writer_unit(&log.log).is_some_and(|writer| mine.is_above(writer))
                    })
                    .map(|log| heads_of(hub, log.log))
                    .collect();
                if !heads.is_empty() {
                    write_receipt(hub, below, heads);
                }
            }
        }
        self.gather();
    }

    /// The root takes the city's access away; what the city wrote until now still counts.
    pub fn revoke_city(&mut self) {
        let device = self.city.identity().device();
        let logs = self.city.logs().expect("a replica knows its logs");
        let own = logs.iter().filter(|log| log.device == device);
        let cut = own.map(|log| heads_of(&self.city, log.log)).collect();
        let revoke = Revoke { device, cut, since_compromise: false, reason: "stolen".to_owned() };
        let notices = space(CITY, Channel::Notices);
        let written = self
            .root
            .write(TimeMs(NOW + 1), |w| w.fact(&notices, Kind::Revoke, &revoke).map_err(SnapshotError::from));
        written.expect("the root revokes");
    }

    /// A device that may look at the street and below.
    pub fn auditor(&mut self) -> Replica {
        let mut auditor = replica();
        auditor.set_realm(self.realm).expect("a new replica takes any realm");
        grant(&mut self.city, CITY, &auditor, STREET, Rights::auditor(), "the auditor's computer");
        self.gather();
        pass(&mut self.city, &mut auditor);
        auditor
    }

    /// A snapshot by the city's hub.
    pub fn snapshot(&mut self, path: &str, standards: &[Standard]) -> Vec<u8> {
        snapshot(&mut self.city, path, NOW, standards).expect("the hub makes a snapshot").0
    }

    fn edit(&mut self, documents: &[DocumentEdits]) {
        self.now += 60_000;
        let records = space(COMMUNITY, Channel::Records);
        self.clerk
            .write(TimeMs(self.now), |w| {
                w.edit(&records, documents, Changes::default()).map_err(SnapshotError::from)
            })
            .expect("the clerk writes in the records of the community")
            .expect("the edits change something");
    }

    fn describe_units(&mut self) {
        let levels = [(CITY, "city"), (DISTRICT, "district"), (STREET, "street"), (COMMUNITY, "community")];
        let documents = levels.map(|(path, level)| DocumentEdits {
            id: UNIT.fixed_id(path).expect("units are keyed by their path"),
            kind: &UNIT,
            edits: vec![
                Edit::document("path", Some(Value::from(path))),
                Edit::document("level", Some(Value::from(level))),
                Edit::document("programme", Some(Value::from(i64::from(path.len() > DISTRICT.len())))),
            ],
        });
        let notices = space(CITY, Channel::Notices);
        self.city
            .write(TimeMs(NOW), |w| {
                w.edit(&notices, &documents, Changes::default()).map_err(SnapshotError::from)
            })
            .expect("the city describes its units");
    }
}

pub fn snapshot(
    replica: &mut Replica,
    path: &str,
    made_at: i64,
    standards: &[Standard],
) -> Result<(Vec<u8>, Summary), SnapshotError> {
    let options = CreateOptions::new(unit(path), AS_OF, TimeMs(made_at), standards.iter().collect());
    let mut bytes = Vec::new();
    let summary = create(replica, &options, &mut bytes)?;
    Ok((bytes, summary))
}

pub fn both_standards() -> [Standard; 2] {
    [Standard::community(), Standard::street()]
}

pub fn replica() -> Replica {
    let opened = Opened::in_memory().expect("memory can be opened");
    Replica::init(opened, Identity::random().expect("the system has randomness"))
        .expect("a new replica begins")
}

/// Brings all that one replica holds to another.
pub fn pass(from: &mut Replica, to: &mut Replica) {
    from.seal().expect("a replica seals");
    for space in from.space_digests().expect("a replica knows its spaces").keys() {
        take(to, from.segments(space).expect("a replica reads its segments"));
    }
}

/// The ends of a log's branches, as far as it is sealed.
pub fn heads_of(replica: &Replica, log: LogId) -> LogHeads {
    let spaces = replica.space_digests().expect("a replica knows its spaces").into_keys();
    let segments = spaces.flat_map(|space| replica.segments(&space).expect("a replica reads its segments"));
    let decoded = segments.map(|bytes| compact::decode(&bytes).expect("a stored segment decodes"));
    let entries: Vec<_> =
        decoded.filter(|segment| segment.log == log).flat_map(|segment| segment.entries).collect();
    let goes_on = |hash| entries.iter().any(|entry| entry.header().parent == Some(hash));
    let ends = entries.iter().filter(|entry| !goes_on(entry.hash()));
    let mut heads: Vec<Head> =
        ends.map(|entry| Head { seq: entry.header().seq, hash: entry.hash() }).collect();
    heads.sort_unstable();
    LogHeads { log, heads }
}

pub fn receipt_of(heads: Vec<LogHeads>) -> Receipt {
    let logs = heads.into_iter().map(|heads| ReceiptState { heads, state: HeldState::Held }).collect();
    Receipt { logs, heartbeat: None }
}

fn write_receipt(hub: &mut Replica, path: &str, heads: Vec<LogHeads>) {
    let (oversight, receipt) = (space(path, Channel::Oversight), receipt_of(heads));
    let written =
        hub.write(TimeMs(NOW), |w| w.fact(&oversight, Kind::Receipt, &receipt).map_err(SnapshotError::from));
    written.expect("a hub gives receipts");
}

fn take(replica: &mut Replica, segments: Vec<Vec<u8>>) {
    for stored in replica.store(segments, &|_| true).expect("a replica stores") {
        assert!(!matches!(stored, Stored::Declined { .. }), "{stored:?}");
    }
}

pub fn grant(
    issuer: &mut Replica,
    from: &str,
    to: &Replica,
    path: &str,
    rights: Rights,
    label: &str,
) -> EntryHash {
    let grant = Grant {
        device: to.identity().device(),
        recipient: to.identity().recipient(),
        unit: unit(path),
        rights,
        not_after: None,
        label: label.to_owned(),
    };
    let written = issuer.write(TimeMs(NOW), |w| {
        w.fact(&space(from, Channel::Notices), Kind::Grant, &grant).map_err(SnapshotError::from)
    });
    written.expect("whoever may issue grants does")
}
