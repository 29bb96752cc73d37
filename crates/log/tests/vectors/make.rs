//! Makes the vectors that are accepted, from fixed keys, times and incarnations.

use automerge::{
    ActorId, Automerge, ObjType, ROOT, ReadDoc,
    transaction::{CommitOptions, Transactable},
};
use data_encoding::HEXLOWER;
use linli_log::{
    DeviceSecret, Draft, DraftChange, Entry, Frontier, Genesis, Grant, Head, HeldState, Kind, LogHeads,
    LogWriter, Payload, RawSegment, Receipt, ReceiptState, Revoke, Rights, Root, Rotate, SpaceFrontier,
    author::seal_segment,
    change::row_key,
    compact,
    fact::{Body, Changes},
};
use linli_wire::{Channel, DocId, EntryHash, LogId, Space, TimeMs, UnitPath};
use serde_json::{Value, json};

const TIME: i64 = 1_795_400_000_000;
/// What stands for 16 random bytes.
pub const SALT: &str = "AAECAwQFBgcICQoLDA0ODw";

pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// The device whose Ed25519 seed is 32 times this byte.
pub fn secret(seed: u8) -> DeviceSecret {
    DeviceSecret::from_seed(&[seed; 32])
}

fn space(path: &str, channel: Channel) -> Space {
    Space::new(unit(path), channel)
}

fn unit(path: &str) -> UnitPath {
    path.parse().expect("it is a unit path")
}

fn begin(seed: u8, space: Space, grant: Option<EntryHash>, root: Option<Root>) -> (LogWriter, Entry) {
    let genesis = Genesis { device: secret(seed).device(), space, grant, incarnation: [seed; 16], root };
    LogWriter::begin(&genesis, TimeMs(TIME)).expect("a genesis is an entry")
}

fn append(writer: &mut LogWriter, draft: Draft) -> Entry {
    let time = TimeMs(TIME + 1000 * (writer.head().seq as i64 + 1));
    writer.append(draft, time).expect("the draft fits")
}

fn grant(seed: u8, path: &str, rights: Rights, not_after: Option<TimeMs>) -> Grant {
    let (device, label) = (secret(seed).device(), format!("device {seed}"));
    Grant { device, recipient: [seed; 32], unit: unit(path), rights, not_after, label }
}

/// A log in the making.
struct Log {
    seed: u8,
    entries: Vec<Entry>,
}

impl Log {
    fn id(&self) -> LogId {
        self.entries[0].log()
    }

    fn hash(&self, seq: usize) -> EntryHash {
        self.entries[seq].hash()
    }

    fn head(&self) -> Head {
        let seq = self.entries.len() - 1;
        Head { seq: seq as u64, hash: self.hash(seq) }
    }

    fn heads(&self) -> LogHeads {
        LogHeads { log: self.id(), heads: vec![self.head()] }
    }
}

/// The realm log, a street hub's notices and oversight, and a clerk's records.
struct World {
    realm: Log,
    notices: Log,
    oversight: Log,
    records: Log,
}

fn world() -> World {
    let root = Root { next_root: Rotate::announcement(secret(2).device()), suite: 1 };
    let (mut writer, genesis) = begin(1, space("3211", Channel::Notices), None, Some(root));
    let hub = append(&mut writer, Draft::fact(Kind::Grant, &grant(3, "3211/02/001", Rights::hub(), None)));
    let rotate = Rotate { new_root: secret(2).device(), next_root: Rotate::announcement(secret(5).device()) };
    let rotate = append(&mut writer, Draft::fact(Kind::Rotate, &rotate));
    let realm = Log { seed: 1, entries: vec![genesis, hub, rotate] };

    let (mut writer, genesis) = begin(3, space("3211/02/001", Channel::Notices), Some(realm.hash(1)), None);
    let ends = Some(TimeMs(TIME + 86_400_000));
    let clerk =
        append(&mut writer, Draft::fact(Kind::Grant, &grant(4, "3211/02/001/001", Rights::clerk(), ends)));
    let mut notices = Log { seed: 3, entries: vec![genesis, clerk] };

    let community = space("3211/02/001/001", Channel::Records);
    let (mut records_writer, genesis) = begin(4, community, Some(notices.hash(1)), None);
    let mut records = Log { seed: 4, entries: vec![genesis] };
    let document = DocId(*b"a household card");
    let chunks = card(document, records.id());
    for (n, chunk) in chunks.into_iter().enumerate() {
        let body = Changes { import: (n == 0).then_some([7; 16]), again: None }.encode();
        let changes = vec![DraftChange { document, kind: 1, schema: 1, chunk }];
        records.entries.push(append(&mut records_writer, Draft { kind: Kind::Changes, body, changes }));
    }

    let (mut writer, genesis) =
        begin(3, space("3211/02/001/001", Channel::Oversight), Some(realm.hash(1)), None);
    let held = ReceiptState { heads: records.heads(), state: HeldState::Held };
    let first = LogHeads { log: records.id(), heads: vec![Head { seq: 0, hash: records.hash(0) }] };
    let quarantined = HeldState::Quarantined { from_seq: 1, why: "a counter".to_owned() };
    let quarantined = ReceiptState { heads: first, state: quarantined };
    let heartbeat = Some((realm.id(), realm.head()));
    let receipt = Receipt { logs: vec![held, quarantined], heartbeat };
    let receipt = append(&mut writer, Draft::fact(Kind::Receipt, &receipt));
    let oversight = Log { seed: 3, entries: vec![genesis, receipt] };

    let device = secret(4).device();
    let revoke =
        Revoke { device, cut: vec![records.heads()], since_compromise: false, reason: "lost".to_owned() };
    let mut writer = LogWriter::resume(notices.id(), notices.head());
    notices.entries.push(append(&mut writer, Draft::fact(Kind::Revoke, &revoke)));
    World { realm, notices, oversight, records }
}

/// The actor of a log that was drawn as six bytes of 1.
pub fn actor(log: LogId) -> ActorId {
    ActorId::from([&log.0[..10], &[1; 6]].concat())
}

/// Commits an edit as `actor` and returns the chunk.
pub fn commit(
    document: &mut Automerge,
    actor: ActorId,
    message: Option<&str>,
    edit: impl FnOnce(&mut automerge::transaction::Transaction<'_>),
) -> Vec<u8> {
    document.set_actor(actor);
    let mut transaction = document.transaction();
    edit(&mut transaction);
    let mut options = CommitOptions::default().with_time(0);
    if let Some(message) = message {
        options = options.with_message(message);
    }
    let hash = transaction.commit_with(options).0.expect("something is edited");
    document.get_change_by_hash(&hash).expect("it was just made").raw_bytes().to_vec()
}

/// A card is made and edited, and a row is added under the key that follows.
fn card(id: DocId, log: LogId) -> Vec<Vec<u8>> {
    let mut document = Automerge::new();
    let mut members = ROOT;
    let made = commit(&mut document, actor(log), Some(SALT), |t| {
        members = t.put_object(ROOT, "members", ObjType::Map).expect("the root takes any key");
        t.put(ROOT, "address", "中山路 12 号").expect("the root takes any key");
        t.put(ROOT, "opened_on", 20_780_i64).expect("the root takes any key");
    });
    let edited = commit(&mut document, actor(log), None, |t| {
        t.put(ROOT, "address", "解放路 3 号").expect("the root takes any key");
    });
    let added = commit(&mut document, actor(log), None, |t| {
        let key = hex(&row_key(id, actor(log).to_bytes(), 3, 0));
        let row = t.put_object(&members, key, ObjType::Map).expect("a map takes any key");
        t.put(&row, "relation", "02").expect("a row takes any key");
    });
    vec![made, edited, added]
}

fn erased(entry: &Entry) -> Entry {
    let payloads = entry.payloads().iter().map(|p| Payload::Absent(p.digest())).collect();
    Entry::from_parts(entry.header_bytes().to_vec(), payloads).expect("erasing changes no length")
}

fn entry_vector(name: &str, entry: &Entry) -> Value {
    let payloads: Vec<Value> = entry
        .payloads()
        .iter()
        .map(|payload| match payload {
            Payload::Chunk(chunk) => json!({ "chunk": hex(chunk), "digest": payload.digest().to_string() }),
            Payload::Absent(digest) => json!({ "absent": digest.to_string(), "digest": digest.to_string() }),
        })
        .collect();
    json!({
        "name": name,
        "kind": entry.header().kind.code(),
        "log": entry.log().to_string(),
        "header": hex(entry.header_bytes()),
        "body": hex(&entry.header().body),
        "payloads": payloads,
        "hash": entry.hash().to_string(),
    })
}

pub fn entries() -> Value {
    let world = world();
    json!([
        entry_vector("genesis of a realm", &world.realm.entries[0]),
        entry_vector("genesis of a clerk's records", &world.records.entries[0]),
        entry_vector("grant of a hub by the root", &world.realm.entries[1]),
        entry_vector("grant that ends", &world.notices.entries[1]),
        entry_vector("revoke with a cut", &world.notices.entries[2]),
        entry_vector("receipt, held and quarantined, with a heartbeat", &world.oversight.entries[1]),
        entry_vector("rotate", &world.realm.entries[2]),
        entry_vector("changes that make a card, of an import", &world.records.entries[1]),
        entry_vector("changes that edit a card", &world.records.entries[2]),
        entry_vector("changes that add a row under the key that follows", &world.records.entries[3]),
        entry_vector("changes of which the payload is absent", &erased(&world.records.entries[1])),
    ])
}

fn sealed(log: &Log, entries: &[Entry]) -> RawSegment {
    seal_segment(&secret(log.seed), log.id(), entries.to_vec()).expect("it has entries")
}

/// The clerk's records, sealed at their end: from the genesis, or what follows it.
pub fn records(from: usize) -> RawSegment {
    let log = world().records;
    sealed(&log, &log.entries[from..])
}

pub fn segments() -> Value {
    let world = world();
    let vector = |name: &str, log: &Log, entries: &[Entry]| {
        let raw = sealed(log, entries);
        let last = entries.last().expect("it has entries");
        let canonical = raw.encode();
        let mut packed = vec![1];
        // The length as LEB128: two groups of seven bits are enough for these.
        packed.extend_from_slice(&[canonical.len() as u8 & 0x7f | 0x80, (canonical.len() >> 7) as u8]);
        packed.extend(zstd::bulk::compress(&canonical, compact::LEVEL_FAST).expect("compressing memory"));
        json!({
            "name": name,
            "seed": hex(&[log.seed; 32]),
            "device": secret(log.seed).device().to_string(),
            "log": log.id().to_string(),
            "first_seq": entries[0].header().seq,
            "head_seq": last.header().seq,
            "head_hash": last.hash().to_string(),
            "canonical": hex(&canonical),
            "compact": hex(&compact::encode(&raw, compact::LEVEL_FAST)),
            "streams": hex(&compact::streams(&raw)),
            "compact_canonical": hex(&packed),
        })
    };
    let records = &world.records;
    let with_erased = [records.entries[0].clone(), erased(&records.entries[1]), records.entries[2].clone()];
    json!([
        vector("the realm log", &world.realm, &world.realm.entries),
        vector("a hub's notices", &world.notices, &world.notices.entries),
        vector("a clerk's records", records, &records.entries),
        vector("what follows the genesis", records, &records.entries[1..]),
        vector("with an absent payload", records, &with_erased),
    ])
}

/// Segments that are put together or cut, each compact, and what comes of it.
pub fn merges() -> Value {
    let log = world().records;
    let part = |range: std::ops::Range<usize>| sealed(&log, &log.entries[range]);
    let end = log.entries.len();
    let packed = |raw: &RawSegment| hex(&compact::encode(raw, compact::LEVEL_SMALL));
    let merge = |name: &str, parts: &[RawSegment]| {
        let mut joined = Ok(parts[0].clone());
        for next in &parts[1..] {
            joined = joined.and_then(|raw: RawSegment| raw.join(next.clone()));
        }
        let of: Vec<String> = parts.iter().map(packed).collect();
        match joined {
            Ok(raw) => json!({ "name": name, "merge": of, "gives": hex(&raw.encode()) }),
            Err(error) => json!({ "name": name, "merge": of, "reason": super::reject::reason(&error) }),
        }
    };
    let suffix = |name: &str, raw: RawSegment, skip: usize| {
        let of = packed(&raw);
        let gives = raw.suffix(skip).map(|raw| hex(&raw.encode()));
        json!({ "name": name, "suffix": of, "skip": skip, "gives": gives })
    };
    json!([
        merge("two that follow each other", &[part(0..2), part(2..end)]),
        merge("one for each entry", &(0..end).map(|at| part(at..at + 1)).collect::<Vec<_>>()),
        merge("one is missing between them", &[part(0..1), part(2..end)]),
        merge("the later one first", &[part(2..end), part(0..2)]),
        merge("of two logs", &[part(0..end), sealed(&world().oversight, &world().oversight.entries)]),
        suffix("what follows the first entry", part(0..end), 1),
        suffix("the last entry", part(0..end), end - 1),
        suffix("nothing is left", part(0..end), end),
    ])
}

pub fn frontiers() -> Value {
    let world = world();
    let of = |logs: &[&Log]| SpaceFrontier(logs.iter().map(|log| (log.id(), vec![log.head()])).collect());
    let spaces = [
        ("3211", Channel::Notices, of(&[&world.realm])),
        ("3211/02/001", Channel::Notices, of(&[&world.notices])),
        ("3211/02/001/001", Channel::Records, of(&[&world.records])),
        ("3211/02/001/001", Channel::Oversight, of(&[&world.oversight])),
    ];
    let frontier =
        Frontier(spaces.iter().map(|(path, channel, f)| (space(path, *channel), f.clone())).collect());
    let vectors: Vec<Value> = frontier
        .0
        .iter()
        .map(|(space, frontier)| {
            let mut writer = linli_wire::Writer::new();
            frontier.write(&mut writer);
            json!({
                "space": space.to_string(),
                "frontier": hex(&writer.finish()),
                "digest": frontier.digest().to_string(),
            })
        })
        .collect();
    json!({ "spaces": vectors, "digest": frontier.digest().to_string() })
}
