//! The manifest: what a snapshot is of, and what its sections are.

use std::collections::BTreeMap;

use linli_eval::Date;
use linli_wire::{Channel, DecodeError, DeviceKey, Digest, Reader, RealmId, Space, TimeMs, UnitPath, Writer};

use crate::limits::{DATE_BYTES_MAX, NAME_BYTES_MAX, SECTIONS_MAX, SPACES_MAX, UNIT_BYTES_MAX};

/// What stands before the sections of a snapshot, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub realm: RealmId,
    /// The unit whose subtree the snapshot carries.
    pub unit: UnitPath,
    /// The last day of the period that the scorecards are of, ISO.
    pub as_of: String,
    /// The first day of the period; `None` where the standards' rule gives it.
    pub start: Option<String>,
    /// The last day on which records were received; `None` where the standards' rule gives it.
    pub close: Option<String>,
    /// When the snapshot was made, by the signer's clock.
    pub made_at: TimeMs,
    pub signer: DeviceKey,
    /// The digest of the frontier of every space that the snapshot carries.
    pub frontier: BTreeMap<Space, Digest>,
    /// The sections in the order in which they stand in the file.
    pub sections: Vec<Section>,
}

/// One section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub name: String,
    pub compression: Compression,
    /// Bytes in the file.
    pub stored_bytes: u64,
    /// Bytes once decompressed.
    pub plain_bytes: u64,
    /// SHA-256 of the bytes in the file.
    pub sha256: Digest,
}

/// How a section's bytes are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As they are. Segments and tables are compressed within.
    None,
    /// One zstd frame.
    Zstd,
}

impl Compression {
    const fn code(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Zstd => 1,
        }
    }
}

impl Manifest {
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.array(9).bytes(self.realm.as_bytes()).text(self.unit.as_str()).text(&self.as_of);
        for date in [&self.start, &self.close] {
            match date {
                Some(date) => w.text(date),
                None => w.null(),
            };
        }
        w.int(self.made_at.0).bytes(self.signer.as_bytes()).array(self.frontier.len());
        for (space, digest) in &self.frontier {
            w.array(3).text(space.unit.as_str()).uint(u64::from(space.channel.code()));
            w.bytes(digest.as_bytes());
        }
        w.array(self.sections.len());
        for section in &self.sections {
            w.array(5).text(&section.name).uint(section.compression.code());
            w.uint(section.stored_bytes).uint(section.plain_bytes).bytes(section.sha256.as_bytes());
        }
        w.finish()
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Reader::whole(bytes, |r| {
            r.array_of(9)?;
            let realm = RealmId(r.bytes_of()?);
            let unit = read_unit(r)?;
            let as_of = read_date(r)?;
            let start = if r.null()? { None } else { Some(read_date(r)?) };
            let close = if r.null()? { None } else { Some(read_date(r)?) };
            let made_at = TimeMs(r.int()?);
            let signer = DeviceKey(r.bytes_of()?);
            let frontier = read_frontier(r)?;
            let count = r.array("sections", SECTIONS_MAX)?;
            let sections = (0..count).map(|_| read_section(r)).collect::<Result<_, _>>()?;
            Ok(Self { realm, unit, as_of, start, close, made_at, signer, frontier, sections })
        })
    }
}

fn read_frontier(r: &mut Reader<'_>) -> Result<BTreeMap<Space, Digest>, DecodeError> {
    let count = r.array("spaces", SPACES_MAX)?;
    let mut frontier: BTreeMap<Space, Digest> = BTreeMap::new();
    for _ in 0..count {
        r.array_of(3)?;
        let unit = read_unit(r)?;
        let value = r.uint()?;
        let channel = Channel::from_code(value).ok_or(DecodeError::Unknown { what: "a channel", value })?;
        let space = Space::new(unit, channel);
        if frontier.last_key_value().is_some_and(|(last, _)| *last >= space) {
            return Err(DecodeError::Invalid("the spaces of the frontier are not in order".to_owned()));
        }
        frontier.insert(space, Digest(r.bytes_of()?));
    }
    Ok(frontier)
}

fn read_section(r: &mut Reader<'_>) -> Result<Section, DecodeError> {
    r.array_of(5)?;
    let name = r.text("a section's name", NAME_BYTES_MAX)?.to_owned();
    let compression = match r.uint()? {
        0 => Compression::None,
        1 => Compression::Zstd,
        value => return Err(DecodeError::Unknown { what: "a section's compression", value }),
    };
    let stored_bytes = r.uint()?;
    let plain_bytes = r.uint()?;
    Ok(Section { name, compression, stored_bytes, plain_bytes, sha256: Digest(r.bytes_of()?) })
}

fn read_date(r: &mut Reader<'_>) -> Result<String, DecodeError> {
    let text = r.text("a date", DATE_BYTES_MAX)?;
    text.parse::<Date>().map_err(|error| DecodeError::Invalid(error.to_string()))?;
    Ok(text.to_owned())
}

pub(crate) fn read_unit(r: &mut Reader<'_>) -> Result<UnitPath, DecodeError> {
    let text = r.text("a unit path", UNIT_BYTES_MAX)?;
    text.parse().map_err(|error: linli_wire::UnitPathError| DecodeError::Invalid(error.to_string()))
}
