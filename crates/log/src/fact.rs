//! The bodies of the entries that are not changes: facts of trust, receipts, erasures and the rest.
//!
//! Each is one deterministic CBOR array, described in `protocol/linli.cddl`.

mod receipt;

use linli_wire::{
    Channel, DecodeError, DeviceKey, Digest, DocId, EntryHash, LogId, Reader, Space, TimeMs, UnitPath,
    Writer,
    limits::{ENTRY_CHANGES_MAX, FIELD_BYTES_MAX, HEADER_BYTES_MAX, LOG_HEADS_MAX},
};

pub use self::receipt::{HeldState, Receipt, ReceiptState};
use crate::{frontier::Head, rights::Rights};

/// The longest unit path in bytes.
const UNIT_BYTES_MAX: usize = 32;
/// Logs that one receipt or revocation names; a header could not hold more.
const FACT_LOGS_MAX: usize = HEADER_BYTES_MAX / 64;

/// A fact that can be an entry's body.
pub trait Body: Sized {
    fn write(&self, writer: &mut Writer);
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        self.write(&mut writer);
        writer.finish()
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Reader::whole(bytes, Self::read)
    }
}

/// The root of a realm, in its realm log's genesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root {
    /// SHA-256 of the root key that takes over when this one is rotated.
    pub next_root: Digest,
    /// Which algorithms the realm uses; 1 = Ed25519, SHA-256, X25519.
    pub suite: u64,
}

/// The first entry of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    pub device: DeviceKey,
    pub space: Space,
    /// The grant (or root rotation) that lets the device write here; `None` only in the realm log.
    pub grant: Option<EntryHash>,
    /// Random, so that a device that starts over starts another log.
    pub incarnation: [u8; 16],
    /// Present in the realm log alone; its device is then the root key.
    pub root: Option<Root>,
}

impl Body for Genesis {
    fn write(&self, w: &mut Writer) {
        w.array(6).bytes(self.device.as_bytes());
        w.text(self.space.unit.as_str()).uint(u64::from(self.space.channel.code()));
        write_optional(w, self.grant.map(|g| g.0).as_ref());
        w.bytes(&self.incarnation);
        match self.root {
            Some(root) => w.array(2).bytes(root.next_root.as_bytes()).uint(root.suite),
            None => w.null(),
        };
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array_of(6)?;
        let device = DeviceKey(r.bytes_of()?);
        let unit = read_unit(r)?;
        let channel = read_channel(r)?;
        let grant = read_optional(r)?.map(EntryHash);
        let incarnation = r.bytes_of()?;
        let root = if r.null()? {
            None
        } else {
            r.array_of(2)?;
            Some(Root { next_root: Digest(r.bytes_of()?), suite: r.uint()? })
        };
        Ok(Self { device, space: Space::new(unit, channel), grant, incarnation, root })
    }
}

/// Lets a device act in a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub device: DeviceKey,
    /// X25519 public key that bundles for the device are encrypted to.
    pub recipient: [u8; 32],
    pub unit: UnitPath,
    pub rights: Rights,
    /// Entries that no hub had received by then do not count; `None` = no end.
    pub not_after: Option<TimeMs>,
    /// What people call the device.
    pub label: String,
}

impl Body for Grant {
    fn write(&self, w: &mut Writer) {
        w.array(6).bytes(self.device.as_bytes()).bytes(&self.recipient).text(self.unit.as_str());
        w.uint(self.rights.bits());
        match self.not_after {
            Some(time) => w.int(time.0),
            None => w.null(),
        };
        w.text(&self.label);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array_of(6)?;
        Ok(Self {
            device: DeviceKey(r.bytes_of()?),
            recipient: r.bytes_of()?,
            unit: read_unit(r)?,
            rights: Rights::from_bits(r.uint()?),
            not_after: if r.null()? { None } else { Some(TimeMs(r.int()?)) },
            label: r.text("a label", FIELD_BYTES_MAX)?.to_owned(),
        })
    }
}

/// Heads of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHeads {
    pub log: LogId,
    pub heads: Vec<Head>,
}

impl LogHeads {
    fn write(&self, w: &mut Writer) {
        w.array(2).bytes(self.log.as_bytes()).array(self.heads.len());
        for head in &self.heads {
            head.write(w);
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array_of(2)?;
        let log = LogId(r.bytes_of()?);
        let count = r.array("heads of a log", LOG_HEADS_MAX)?;
        let heads = (0..count).map(|_| Head::read(r)).collect::<Result<_, _>>()?;
        Ok(Self { log, heads })
    }
}

/// Takes a device's access away from a cut on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoke {
    pub device: DeviceKey,
    /// What of the device's logs still counts; of a log that is not named, nothing does.
    pub cut: Vec<LogHeads>,
    /// Whether the cut may lie below what hubs acknowledged.
    pub since_compromise: bool,
    pub reason: String,
}

impl Body for Revoke {
    fn write(&self, w: &mut Writer) {
        w.array(4).bytes(self.device.as_bytes()).array(self.cut.len());
        for log in &self.cut {
            log.write(w);
        }
        w.bool(self.since_compromise).text(&self.reason);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array_of(4)?;
        let device = DeviceKey(r.bytes_of()?);
        let count = r.array("logs in a cut", FACT_LOGS_MAX)?;
        let cut = (0..count).map(|_| LogHeads::read(r)).collect::<Result<_, _>>()?;
        let since_compromise = r.bool()?;
        let reason = r.text("a reason", FIELD_BYTES_MAX)?.to_owned();
        Ok(Self { device, cut, since_compromise, reason })
    }
}

/// A document is to be erased wherever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erase {
    pub channel: Channel,
    pub document: DocId,
    /// The de-identified document that measures fold in its place.
    pub residue: Option<DocId>,
    pub reason: String,
}

impl Body for Erase {
    fn write(&self, w: &mut Writer) {
        w.array(4).uint(u64::from(self.channel.code())).bytes(self.document.as_bytes());
        write_optional(w, self.residue.map(|d| d.0).as_ref());
        w.text(&self.reason);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array_of(4)?;
        Ok(Self {
            channel: read_channel(r)?,
            document: DocId(r.bytes_of()?),
            residue: read_optional(r)?.map(DocId),
            reason: r.text("a reason", FIELD_BYTES_MAX)?.to_owned(),
        })
    }
}

impl Erase {
    /// The space whose document an erasure that stands in `stands_in` erases; `None` where it reaches
    /// none: what those above wrote about a unit is erased by those above.
    pub fn target(&self, stands_in: &Space) -> Option<Space> {
        let reaches = self.channel != Channel::Oversight || stands_in.channel == Channel::Oversight;
        reaches.then(|| Space::new(stands_in.unit.clone(), self.channel))
    }
}

/// Somebody looked at people's data or took it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    pub who: String,
    pub why: String,
    /// The view or export: `explain C10`, `snapshot create`, …
    pub what: String,
    pub unit: UnitPath,
    pub documents: Vec<DocId>,
}

impl Body for Access {
    fn write(&self, w: &mut Writer) {
        w.array(5).text(&self.who).text(&self.why).text(&self.what).text(self.unit.as_str());
        w.array(self.documents.len());
        for document in &self.documents {
            w.bytes(document.as_bytes());
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array_of(5)?;
        let who = r.text("a name", FIELD_BYTES_MAX)?.to_owned();
        let why = r.text("a reason", FIELD_BYTES_MAX)?.to_owned();
        let what = r.text("a view", FIELD_BYTES_MAX)?.to_owned();
        let unit = read_unit(r)?;
        let count = r.array("documents in an access", ENTRY_CHANGES_MAX)?;
        let documents = (0..count).map(|_| r.bytes_of().map(DocId)).collect::<Result<_, _>>()?;
        Ok(Self { who, why, what, unit, documents })
    }
}

/// Why a checkpoint was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointPurpose {
    /// The device is alive: silence has a date.
    Heartbeat,
    /// The cut of a snapshot.
    Snapshot,
}

/// The device says what it holds: the digest of a frontier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub purpose: CheckpointPurpose,
    pub frontier: Digest,
    pub note: String,
}

impl Body for Checkpoint {
    fn write(&self, w: &mut Writer) {
        w.array(3).uint(match self.purpose {
            CheckpointPurpose::Heartbeat => 1,
            CheckpointPurpose::Snapshot => 2,
        });
        w.bytes(self.frontier.as_bytes()).text(&self.note);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array_of(3)?;
        let purpose = match r.uint()? {
            1 => CheckpointPurpose::Heartbeat,
            2 => CheckpointPurpose::Snapshot,
            value => return Err(DecodeError::Unknown { what: "a checkpoint's purpose", value }),
        };
        let frontier = Digest(r.bytes_of()?);
        Ok(Self { purpose, frontier, note: r.text("a note", FIELD_BYTES_MAX)?.to_owned() })
    }
}

/// The root key hands over to the one whose digest was published before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotate {
    pub new_root: DeviceKey,
    pub next_root: Digest,
}

impl Rotate {
    /// The digest under which a root key is announced before it is used.
    pub fn announcement(key: DeviceKey) -> Digest {
        Digest::of(b"linli/1 next root", &[key.as_bytes()])
    }
}

impl Body for Rotate {
    fn write(&self, w: &mut Writer) {
        w.array(2).bytes(self.new_root.as_bytes()).bytes(self.next_root.as_bytes());
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array_of(2)?;
        Ok(Self { new_root: DeviceKey(r.bytes_of()?), next_root: Digest(r.bytes_of()?) })
    }
}

/// A unit was moved: its spaces keep their name, people see the new path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    pub unit: UnitPath,
    pub now: UnitPath,
    /// Day number from which the new path holds.
    pub from_day: i64,
}

impl Body for Alias {
    fn write(&self, w: &mut Writer) {
        w.array(3).text(self.unit.as_str()).text(self.now.as_str()).int(self.from_day);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array_of(3)?;
        Ok(Self { unit: read_unit(r)?, now: read_unit(r)?, from_day: r.int()? })
    }
}

/// The body of a `changes` entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// The import that the entry is part of, so that a repeated import is recognised.
    pub import: Option<[u8; 16]>,
    /// The held entry that this one writes again on clean heads.
    pub again: Option<EntryHash>,
}

impl Body for Changes {
    fn write(&self, w: &mut Writer) {
        w.array(2);
        write_optional(w, self.import.as_ref());
        write_optional(w, self.again.map(|e| e.0).as_ref());
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array_of(2)?;
        Ok(Self { import: read_optional(r)?, again: read_optional(r)?.map(EntryHash) })
    }
}

fn write_optional<const N: usize>(w: &mut Writer, bytes: Option<&[u8; N]>) {
    match bytes {
        Some(bytes) => w.bytes(bytes),
        None => w.null(),
    };
}

fn read_optional<const N: usize>(r: &mut Reader<'_>) -> Result<Option<[u8; N]>, DecodeError> {
    if r.null()? { Ok(None) } else { r.bytes_of().map(Some) }
}

pub(crate) fn read_unit(r: &mut Reader<'_>) -> Result<UnitPath, DecodeError> {
    r.text("a unit path", UNIT_BYTES_MAX)?.parse().map_err(|e| DecodeError::Invalid(format!("{e}")))
}

pub(crate) fn read_channel(r: &mut Reader<'_>) -> Result<Channel, DecodeError> {
    let code = r.uint()?;
    Channel::from_code(code).ok_or(DecodeError::Unknown { what: "a channel", value: code })
}

#[cfg(test)]
mod tests;
