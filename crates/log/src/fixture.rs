//! What the tests of several modules build on: devices, logs and household cards.

use automerge::{
    ActorId, Automerge, ROOT, ReadDoc,
    transaction::{CommitOptions, Transactable},
};
use linli_wire::{Channel, DocId, LogId, Space, TimeMs, UnitPath};

use crate::{
    author::{Draft, DraftChange, LogWriter, seal_segment},
    entry::{Entry, Kind, Payload},
    fact::{Body, Changes, Genesis},
    seal::DeviceSecret,
    segment::RawSegment,
};

/// 2026-11-23, some time in the morning.
pub const NOW: i64 = 1_795_400_000_000;

pub fn unit(path: &str) -> UnitPath {
    path.parse().expect("a path in a test is one")
}

pub fn space(path: &str, channel: Channel) -> Space {
    Space::new(unit(path), channel)
}

pub fn secret(seed: u8) -> DeviceSecret {
    DeviceSecret::from_seed(&[seed; 32])
}

/// The genesis of a community's records by the device with this seed.
pub fn genesis(seed: u8) -> Genesis {
    Genesis {
        device: secret(seed).device(),
        space: space("3211/02/001/001", Channel::Records),
        grant: None,
        incarnation: [seed; 16],
        root: None,
    }
}

/// A log under construction, all of it in memory.
pub struct TestLog {
    pub secret: DeviceSecret,
    pub writer: LogWriter,
    pub entries: Vec<Entry>,
}

impl TestLog {
    pub fn begin(seed: u8) -> Self {
        let (writer, entry) = LogWriter::begin(&genesis(seed), TimeMs(NOW)).expect("a genesis is an entry");
        Self { secret: secret(seed), writer, entries: vec![entry] }
    }

    pub fn id(&self) -> LogId {
        self.writer.log()
    }

    pub fn append(&mut self, kind: Kind, body: Vec<u8>, changes: Vec<DraftChange>) -> &Entry {
        let time = TimeMs(NOW + 1000 * self.entries.len() as i64);
        let entry = self.writer.append(Draft { kind, body, changes }, time).expect("a draft fits");
        self.entries.push(entry);
        self.entries.last().expect("one was just pushed")
    }

    pub fn append_changes(&mut self, changes: Vec<(DocId, Vec<u8>)>) -> &Entry {
        let changes = changes
            .into_iter()
            .map(|(document, chunk)| DraftChange { document, kind: 1, schema: 1, chunk })
            .collect();
        self.append(Kind::Changes, Changes::default().encode(), changes)
    }

    pub fn seal(&self, entries: std::ops::Range<usize>) -> RawSegment {
        seal_segment(&self.secret, self.id(), self.entries[entries].to_vec()).expect("the range has entries")
    }

    pub fn seal_all(&self) -> RawSegment {
        self.seal(0..self.entries.len())
    }

    /// The log with the payloads of one entry erased.
    pub fn erase(&mut self, at: usize) {
        let entry = &self.entries[at];
        let payloads = entry.payloads().iter().map(|p| Payload::Absent(p.digest())).collect();
        self.entries[at] =
            Entry::from_parts(entry.header_bytes().to_vec(), payloads).expect("erasing changes no length");
    }
}

/// The actor of a log that was drawn as these six bytes.
pub fn actor(log: LogId, drawn: u8) -> ActorId {
    let mut bytes = log.0[..10].to_vec();
    bytes.extend_from_slice(&[drawn; 6]);
    ActorId::from(bytes)
}

/// Numbers that differ from each other and are the same in every run.
pub fn scatter(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb)
}

pub fn document(n: u64) -> DocId {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&scatter(n).to_be_bytes());
    id[8..].copy_from_slice(&scatter(n + (1 << 40)).to_be_bytes());
    DocId(id)
}

/// 22 characters that stand for 16 random bytes.
pub fn salt(n: u64) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..22).map(|at| LETTERS[(scatter(n * 31 + at) >> 20) as usize % 64] as char).collect()
}

/// Edits a document and returns the raw chunk of the change. An actor's first change is salted.
pub fn edit(
    document: &mut Automerge,
    actor: &ActorId,
    change: impl FnOnce(&mut automerge::transaction::Transaction<'_>),
) -> Vec<u8> {
    let first = !document.get_changes_meta(&[]).iter().any(|meta| *meta.actor == *actor);
    document.set_actor(actor.clone());
    let mut transaction = document.transaction();
    change(&mut transaction);
    let mut options = CommitOptions::default().with_time(0);
    if first {
        options = options.with_message(salt(u64::from(actor.to_bytes()[actor.to_bytes().len() - 1])));
    }
    let (hash, _) = transaction.commit_with(options);
    let hash = hash.expect("a test changes something");
    document.get_change_by_hash(&hash).expect("it was just made").raw_bytes().to_vec()
}

pub fn put(document: &mut Automerge, actor: &ActorId, key: &str, value: &str) -> Vec<u8> {
    edit(document, actor, |t| t.put(ROOT, key, value).expect("the root takes any key"))
}

pub fn text_at(document: &Automerge, key: &str) -> Option<String> {
    document.get(ROOT, key).ok().flatten().and_then(|(value, _)| value.as_str().map(str::to_owned))
}
