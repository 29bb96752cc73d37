//! Writing a log: drafts become entries, entries become sealed segments.

use linli_wire::{DocId, EntryHash, LogId, TimeMs};

use crate::{
    entry::{ChangeHeader, Entry, EntryError, Header, Kind, Payload},
    fact::{Body, Genesis},
    frontier::Head,
    seal::DeviceSecret,
    segment::RawSegment,
};

/// One change of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftChange {
    pub document: DocId,
    pub kind: u64,
    pub schema: u64,
    /// The raw, uncompressed Automerge change chunk.
    pub chunk: Vec<u8>,
}

/// What an entry will say, before it has a place in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub kind: Kind,
    pub body: Vec<u8>,
    pub changes: Vec<DraftChange>,
}

impl Draft {
    /// A draft of a fact: any kind that carries no changes.
    pub fn fact(kind: Kind, body: &impl Body) -> Self {
        Self { kind, body: body.encode(), changes: Vec::new() }
    }
}

/// The end of one's own log, to which entries are appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogWriter {
    log: LogId,
    head: Head,
}

impl LogWriter {
    /// Begins a log.
    pub fn begin(genesis: &Genesis, time: TimeMs) -> Result<(Self, Entry), EntryError> {
        let header = Header {
            log: None,
            seq: 0,
            parent: None,
            time,
            kind: Kind::Genesis,
            body: genesis.encode(),
            changes: Vec::new(),
        };
        let entry = Entry::of(header, Vec::new())?;
        let head = Head { seq: 0, hash: entry.hash() };
        Ok((Self { log: entry.log(), head }, entry))
    }

    /// Continues a log after `head`.
    pub const fn resume(log: LogId, head: Head) -> Self {
        Self { log, head }
    }

    pub const fn log(&self) -> LogId {
        self.log
    }

    pub const fn head(&self) -> Head {
        self.head
    }

    /// Gives the draft its place at the end of the log.
    pub fn append(&mut self, draft: Draft, time: TimeMs) -> Result<Entry, EntryError> {
        let (changes, payloads) = draft
            .changes
            .into_iter()
            .map(|c| {
                let len = c.chunk.len() as u64;
                let header = ChangeHeader { document: c.document, kind: c.kind, schema: c.schema, len };
                (header, Payload::Chunk(c.chunk))
            })
            .unzip();
        let header = Header {
            log: Some(self.log),
            seq: self.head.seq + 1,
            parent: Some(self.head.hash),
            time,
            kind: draft.kind,
            body: draft.body,
            changes,
        };
        let entry = Entry::of(header, payloads)?;
        self.head = Head { seq: self.head.seq + 1, hash: entry.hash() };
        Ok(entry)
    }
}

/// Seals a run of one's own entries.
pub fn seal_segment(secret: &DeviceSecret, log: LogId, entries: Vec<Entry>) -> Option<RawSegment> {
    let last = entries.last()?;
    let (seq, hash): (u64, EntryHash) = (last.header().seq, last.hash());
    Some(RawSegment { log, seal: secret.seal(log, seq, hash), entries })
}
