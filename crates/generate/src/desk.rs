//! An invented device at work: it signs what it writes, and what it wrote goes out as segments.
//!
//! It keeps nothing but its key, the ends of its logs and the documents that are still written in parts; whoever takes
//! the segments in judges them as those of any device.

use std::collections::BTreeMap;

use automerge::{ActorId, Automerge, ReadDoc as _, transaction::CommitOptions};
use data_encoding::BASE64URL_NOPAD;
use linli_log::{
    DeviceSecret, Draft, DraftChange, Entry, EntryError, Genesis, Kind, LogWriter,
    author::seal_segment,
    compact,
    fact::{Body as _, Changes},
};
use linli_model::{EditError, apply, new_document};
use linli_store::{DocumentEdits, Writing};
use linli_wire::{
    Digest, DocId, EntryHash, Space, TimeMs,
    limits::{SEGMENT_FILL_BYTES, SEGMENT_FILL_ENTRIES},
};
use thiserror::Error;

/// Why an invented device could not write.
#[derive(Debug, Error)]
pub enum DeskError {
    #[error("an entry does not hold together")]
    Entry(#[from] EntryError),
    #[error("document {document} cannot be changed so")]
    Edit { document: DocId, source: Box<EditError> },
}

/// A device under one grant.
pub struct Desk {
    secret: DeviceSecret,
    grant: EntryHash,
    /// What its logs and documents draw from, so that no two of them are alike.
    noise: [u8; 32],
    drawn: u64,
    logs: BTreeMap<Space, Log>,
}

struct Log {
    writer: LogWriter,
    actor: ActorId,
    open: Vec<Entry>,
    open_bytes: usize,
    sealed: Vec<Vec<u8>>,
    /// Documents that may be changed again.
    documents: BTreeMap<DocId, Automerge>,
}

impl Desk {
    /// A device with a secret, under a grant that stands in the notices above it. `noise` is as secret.
    pub fn new(secret: DeviceSecret, grant: EntryHash, noise: [u8; 32]) -> Self {
        Self { secret, grant, noise, drawn: 0, logs: BTreeMap::new() }
    }

    /// Writes documents of a space at a time of this device's clock, in as many entries as they need.
    pub fn write(
        &mut self,
        space: &Space,
        documents: Vec<DocumentEdits>,
        time: TimeMs,
    ) -> Result<(), DeskError> {
        if !self.logs.contains_key(space) {
            let log = self.begin(space, time)?;
            self.logs.insert(space.clone(), log);
        }
        for together in Writing::fitting(documents) {
            let mut changes = Vec::new();
            for edits in &together {
                let salt = BASE64URL_NOPAD.encode(&self.draw());
                let log = self.logs.get_mut(space).expect("the log was begun");
                changes.extend(log.change(edits, salt)?);
            }
            if changes.is_empty() {
                continue;
            }
            let log = self.logs.get_mut(space).expect("the log was begun");
            let draft = Draft { kind: Kind::Changes, body: Changes::default().encode(), changes };
            let entry = log.writer.append(draft, time)?;
            log.push(entry, &self.secret);
        }
        Ok(())
    }

    /// Everything written since this was last asked, sealed, ready to be taken in.
    pub fn segments(&mut self) -> Vec<Vec<u8>> {
        let mut segments = Vec::new();
        for log in self.logs.values_mut() {
            log.seal(&self.secret);
            segments.append(&mut log.sealed);
        }
        segments
    }

    /// Forgets the documents written so far, which are not changed again.
    pub fn forget(&mut self) {
        for log in self.logs.values_mut() {
            log.documents.clear();
        }
    }

    fn begin(&mut self, space: &Space, time: TimeMs) -> Result<Log, DeskError> {
        let genesis = Genesis {
            device: self.secret.device(),
            space: space.clone(),
            grant: Some(self.grant),
            incarnation: self.draw(),
            root: None,
        };
        let (writer, entry) = LogWriter::begin(&genesis, time)?;
        let mut actor = self.draw();
        actor[..10].copy_from_slice(&writer.log().0[..10]);
        let mut log = Log {
            writer,
            actor: ActorId::from(actor),
            open: Vec::new(),
            open_bytes: 0,
            sealed: Vec::new(),
            documents: BTreeMap::new(),
        };
        log.push(entry, &self.secret);
        Ok(log)
    }

    fn draw(&mut self) -> [u8; 16] {
        self.drawn += 1;
        let digest = Digest::of(b"linli/1 invented device", &[&self.noise, &self.drawn.to_be_bytes()]);
        let mut drawn = [0; 16];
        drawn.copy_from_slice(&digest.0[..16]);
        drawn
    }
}

impl Log {
    /// The change that edits make; `None` where they change nothing.
    fn change(&mut self, edits: &DocumentEdits, salt: String) -> Result<Option<DraftChange>, DeskError> {
        let known = self.documents.remove(&edits.id);
        let first = known.is_none();
        let mut document = known.unwrap_or_else(|| new_document(edits.kind));
        document.set_actor(self.actor.clone());
        let mut transaction = document.transaction();
        apply(&mut transaction, edits.kind, &edits.edits)
            .map_err(|source| DeskError::Edit { document: edits.id, source: Box::new(source) })?;
        let options = CommitOptions::default().with_time(0);
        let (hash, _) = transaction.commit_with(if first { options.with_message(salt) } else { options });
        let change = hash.and_then(|hash| document.get_change_by_hash(&hash));
        let draft = change.map(|change| DraftChange {
            document: edits.id,
            kind: u64::from(edits.kind.code),
            schema: u64::from(edits.kind.schema),
            chunk: change.raw_bytes().to_vec(),
        });
        self.documents.insert(edits.id, document);
        Ok(draft)
    }

    fn push(&mut self, entry: Entry, secret: &DeviceSecret) {
        let bytes = entry.len_bytes();
        if self.open.len() >= SEGMENT_FILL_ENTRIES || self.open_bytes + bytes > SEGMENT_FILL_BYTES {
            self.seal(secret);
        }
        self.open_bytes += bytes;
        self.open.push(entry);
    }

    fn seal(&mut self, secret: &DeviceSecret) {
        self.open_bytes = 0;
        let segment = seal_segment(secret, self.writer.log(), std::mem::take(&mut self.open));
        self.sealed.extend(segment.map(|segment| compact::encode(&segment, compact::LEVEL_FAST)));
    }
}

#[cfg(test)]
mod tests {
    use linli_model::{Edit, Value, kind};
    use linli_wire::{Channel, UnitPath};

    use super::*;

    #[test]
    fn what_a_desk_wrote_is_one_sealed_chain_however_often_it_is_asked() {
        let secret = DeviceSecret::from_seed(&[3; 32]);
        let device = secret.device();
        let mut desk = Desk::new(secret, EntryHash([1; 32]), [2; 32]);
        let unit: UnitPath = "3211/02/004/001".parse().expect("a path in a test is one");
        let space = Space::new(unit, Channel::Records);
        let register = |phone: &str| {
            let edits = vec![Edit::document("phone", Some(Value::from(phone)))];
            let id = kind::PROFILE.fixed_id("").expect("a unit has one profile");
            DocumentEdits { id, kind: &kind::PROFILE, edits }
        };
        let mut entries = Vec::new();
        for phone in ["0511-01", "0511-02", "0511-02"] {
            desk.write(&space, vec![register(phone)], TimeMs::start_of_day(20_000))
                .expect("it may be written");
            for segment in desk.segments() {
                let segment = compact::decode(&segment).expect("a desk packs what can be read");
                let head = segment.entries.last().expect("a segment has entries");
                let (seq, hash) = (head.header().seq, head.hash());
                segment.seal.verify(device, segment.log, seq, hash).expect("the seal is the device's");
                entries.extend(segment.entries);
            }
        }
        // The genesis, the first content and its correction; what changes nothing is not written.
        assert_eq!(entries.iter().map(|entry| entry.header().seq).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(entries.windows(2).all(|pair| pair[1].header().parent == Some(pair[0].hash())));
        assert!(desk.segments().is_empty());
    }
}
