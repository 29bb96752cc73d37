//! Entries: the unit of atomicity, and the link of the hash chain.
//!
//! An entry is a header and the payloads that the header lists. The hash covers the header's bytes
//! and the payloads' digests, so a payload can be erased later and the chain still verifies:
//!
//! ```text
//! digest(payload) = SHA-256("linli/1 payload" ‖ chunk)           (each part with its length before it)
//! hash(entry)     = SHA-256("linli/1 entry" ‖ header ‖ digest_0 ‖ digest_1 ‖ …)
//! ```

use linli_wire::{
    DecodeError, Digest, DocId, EntryHash, LogId, Reader, TimeMs, Writer,
    limits::{DEVICE_TIME_MS, ENTRY_BYTES_MAX, ENTRY_CHANGES_MAX, HEADER_BYTES_MAX},
};
use thiserror::Error;

/// The version of the entry format.
pub const ENTRY_VERSION: u64 = 1;

/// What an entry is. Kinds that this version does not know are kept and relayed, never applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Genesis,
    Changes,
    Grant,
    Revoke,
    Receipt,
    Erase,
    Access,
    Checkpoint,
    Rotate,
    Alias,
    Unknown(u64),
}

impl Kind {
    const KNOWN: [Self; 10] = [
        Self::Genesis,
        Self::Changes,
        Self::Grant,
        Self::Revoke,
        Self::Receipt,
        Self::Erase,
        Self::Access,
        Self::Checkpoint,
        Self::Rotate,
        Self::Alias,
    ];

    pub fn from_code(code: u64) -> Self {
        usize::try_from(code).ok().and_then(|at| Self::KNOWN.get(at).copied()).unwrap_or(Self::Unknown(code))
    }

    pub fn code(self) -> u64 {
        match self {
            Self::Unknown(code) => code,
            known => {
                Self::KNOWN.iter().position(|k| *k == known).expect("every other kind is in the list") as u64
            }
        }
    }
}

/// What the header says of one change; its chunk is the payload at the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeHeader {
    pub document: DocId,
    /// The document kind (`protocol/ledgers/kinds.toml`).
    pub kind: u64,
    /// The version of the kind's schema that the change was written with.
    pub schema: u64,
    /// Bytes of the chunk, known even when the chunk is absent.
    pub len: u64,
}

/// The signed part of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The log; `None` in a genesis entry, whose own hash is the log's id.
    pub log: Option<LogId>,
    /// 0 for the genesis entry, its parent's + 1 for any other.
    pub seq: u64,
    /// The entry before this one; `None` in a genesis entry.
    pub parent: Option<EntryHash>,
    /// The device's clock. Nothing is decided by it alone.
    pub time: TimeMs,
    pub kind: Kind,
    /// The kind's own structure, CBOR within a byte string so that unknown kinds can be skipped.
    pub body: Vec<u8>,
    pub changes: Vec<ChangeHeader>,
}

impl Header {
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(8).uint(ENTRY_VERSION);
        match self.log {
            Some(log) => writer.bytes(log.as_bytes()),
            None => writer.null(),
        };
        writer.uint(self.seq);
        match self.parent {
            Some(parent) => writer.bytes(parent.as_bytes()),
            None => writer.null(),
        };
        writer.int(self.time.0).uint(self.kind.code()).bytes(&self.body).array(self.changes.len());
        for change in &self.changes {
            writer
                .array(4)
                .bytes(change.document.as_bytes())
                .uint(change.kind)
                .uint(change.schema)
                .uint(change.len);
        }
        writer.finish()
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Reader::whole(bytes, |r| {
            r.array_of(8)?;
            let version = r.uint()?;
            if version != ENTRY_VERSION {
                return Err(DecodeError::Unknown { what: "the entry version", value: version });
            }
            let log = if r.null()? { None } else { Some(LogId(r.bytes_of()?)) };
            let seq = r.uint()?;
            let parent = if r.null()? { None } else { Some(EntryHash(r.bytes_of()?)) };
            let time = TimeMs(r.int()?);
            let kind = Kind::from_code(r.uint()?);
            let body = r.bytes("the entry body", HEADER_BYTES_MAX)?.to_vec();
            let count = r.array("changes in an entry", ENTRY_CHANGES_MAX)?;
            let mut changes = Vec::with_capacity(count);
            for _ in 0..count {
                r.array_of(4)?;
                changes.push(ChangeHeader {
                    document: DocId(r.bytes_of()?),
                    kind: r.uint()?,
                    schema: r.uint()?,
                    len: r.uint()?,
                });
            }
            Ok(Self { log, seq, parent, time, kind, body, changes })
        })
    }
}

/// An Automerge change chunk, or the digest of one that was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    Chunk(Vec<u8>),
    Absent(Digest),
}

impl Payload {
    pub fn digest(&self) -> Digest {
        match self {
            Self::Chunk(chunk) => Digest::of(b"linli/1 payload", &[chunk]),
            Self::Absent(digest) => *digest,
        }
    }

    pub fn chunk(&self) -> Option<&[u8]> {
        match self {
            Self::Chunk(chunk) => Some(chunk),
            Self::Absent(_) => None,
        }
    }
}

/// Why a header and payloads are not an entry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EntryError {
    #[error("the entry's header cannot be read")]
    Header(#[source] DecodeError),
    #[error("the entry's header has {0} bytes, more than the limit of {HEADER_BYTES_MAX}")]
    HeaderTooLarge(usize),
    #[error("the entry has {0} bytes, more than the limit of {ENTRY_BYTES_MAX}")]
    TooLarge(u64),
    #[error("the header lists {listed} changes and {found} payloads follow")]
    PayloadCount { listed: usize, found: usize },
    #[error("payload {index} has {found} bytes where the header says {listed}")]
    PayloadLength { index: usize, listed: u64, found: usize },
    #[error("document {0} stands twice in one entry")]
    RepeatedDocument(DocId),
    #[error("an entry of kind {0:?} carries changes")]
    UnexpectedChanges(Kind),
    #[error("entry {seq} is not linked as its place in the log asks")]
    Link { seq: u64 },
    #[error("the device time {0} ms is outside 2000–2100; set the device's clock")]
    Time(i64),
}

/// An entry whose parts fit each other. Whether it is linked, sealed and allowed is asked elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    header: Header,
    header_bytes: Vec<u8>,
    payloads: Vec<Payload>,
    hash: EntryHash,
}

impl Entry {
    /// Takes the bytes that came; they are what is hashed, kept and relayed.
    pub fn from_parts(header_bytes: Vec<u8>, payloads: Vec<Payload>) -> Result<Self, EntryError> {
        if header_bytes.len() > HEADER_BYTES_MAX {
            return Err(EntryError::HeaderTooLarge(header_bytes.len()));
        }
        let header = Header::decode(&header_bytes).map_err(EntryError::Header)?;
        Self::checked(header, header_bytes, payloads)
    }

    /// Builds the entry of a header: what [`from_parts`](Self::from_parts) makes of the header's bytes.
    pub(crate) fn of(header: Header, payloads: Vec<Payload>) -> Result<Self, EntryError> {
        let header_bytes = header.encode();
        if header_bytes.len() > HEADER_BYTES_MAX || header.changes.len() > ENTRY_CHANGES_MAX {
            return Self::from_parts(header_bytes, payloads);
        }
        Self::checked(header, header_bytes, payloads)
    }

    fn checked(header: Header, header_bytes: Vec<u8>, payloads: Vec<Payload>) -> Result<Self, EntryError> {
        check_shape(&header)?;
        if header.changes.len() != payloads.len() {
            return Err(EntryError::PayloadCount { listed: header.changes.len(), found: payloads.len() });
        }
        let mut total = header_bytes.len() as u64;
        for (index, (change, payload)) in header.changes.iter().zip(&payloads).enumerate() {
            total = total.saturating_add(change.len);
            if total > ENTRY_BYTES_MAX as u64 {
                return Err(EntryError::TooLarge(total));
            }
            if let Some(chunk) = payload.chunk()
                && chunk.len() as u64 != change.len
            {
                return Err(EntryError::PayloadLength { index, listed: change.len, found: chunk.len() });
            }
        }
        let hash = hash(&header_bytes, &payloads);
        Ok(Self { header, header_bytes, payloads, hash })
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    pub fn header_bytes(&self) -> &[u8] {
        &self.header_bytes
    }

    pub fn payloads(&self) -> &[Payload] {
        &self.payloads
    }

    pub fn hash(&self) -> EntryHash {
        self.hash
    }

    /// The log that the entry belongs to.
    pub fn log(&self) -> LogId {
        self.header.log.unwrap_or_else(|| LogId::from(self.hash))
    }

    /// Each change with its chunk, `None` where it was erased.
    pub fn changes(&self) -> impl Iterator<Item = (&ChangeHeader, Option<&[u8]>)> {
        self.header.changes.iter().zip(self.payloads.iter().map(Payload::chunk))
    }

    /// The same entry without the content of the documents that `erased` names: each chunk gives way to its
    /// digest, so the hash stays. `None` where nothing of them is here.
    pub fn without(&self, erased: &dyn Fn(&DocId) -> bool) -> Option<Self> {
        let goes =
            |(change, chunk): (&ChangeHeader, Option<&[u8]>)| chunk.is_some() && erased(&change.document);
        if !self.changes().any(goes) {
            return None;
        }
        let payloads = self.header.changes.iter().zip(&self.payloads);
        let payloads = payloads
            .map(|(change, payload)| match payload {
                Payload::Chunk(_) if erased(&change.document) => Payload::Absent(payload.digest()),
                kept => kept.clone(),
            })
            .collect();
        Some(Self { payloads, header: self.header.clone(), header_bytes: self.header_bytes.clone(), ..*self })
    }

    /// Bytes in canonical form, without the few of the structure around them.
    pub fn len_bytes(&self) -> usize {
        let payloads: usize = self.payloads.iter().map(|p| p.chunk().map_or(Digest::LEN, <[u8]>::len)).sum();
        self.header_bytes.len() + payloads
    }
}

fn hash(header: &[u8], payloads: &[Payload]) -> EntryHash {
    let digests: Vec<Digest> = payloads.iter().map(Payload::digest).collect();
    let mut parts: Vec<&[u8]> = vec![header];
    parts.extend(digests.iter().map(|d| &d.0[..]));
    EntryHash(Digest::of(b"linli/1 entry", &parts).0)
}

fn check_shape(header: &Header) -> Result<(), EntryError> {
    let first = header.seq == 0;
    let links_fit = header.log.is_none() == first
        && header.parent.is_none() == first
        && (header.kind == Kind::Genesis) == first;
    if !links_fit {
        return Err(EntryError::Link { seq: header.seq });
    }
    if !DEVICE_TIME_MS.contains(&header.time.0) {
        return Err(EntryError::Time(header.time.0));
    }
    let may_carry_changes = matches!(header.kind, Kind::Changes | Kind::Unknown(_));
    if !header.changes.is_empty() && !may_carry_changes {
        return Err(EntryError::UnexpectedChanges(header.kind));
    }
    let mut documents: Vec<DocId> = header.changes.iter().map(|c| c.document).collect();
    documents.sort_unstable();
    match documents.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(EntryError::RepeatedDocument(pair[0])),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
