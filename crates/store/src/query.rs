//! Reading what the replica holds: logs, entries, documents and where their changes came from.

use automerge::{Automerge, ChangeHash, LoadOptions, VerificationMode};
use linli_log::{Entry, Kind, compact};
use linli_model::{Provenance, Written};
use linli_wire::{DeviceKey, DocId, EntryHash, Level, LogId, Space, TimeMs};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{error::StoreError, ingest, spaces};

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i64)]
pub enum EntryState {
    /// Not decided yet.
    New = 0,
    /// It has its effect.
    Applied = 1,
    /// A grant or a dependency is missing; decided again when more arrives.
    Pending = 2,
    /// Its writer may not write it.
    Refused = 3,
    /// Vetting refused it.
    Quarantined = 4,
    /// Another entry with the same actor and sequence number counts.
    Repeated = 5,
    /// Something in it needs a newer version.
    NeedsVersion = 6,
    /// Its content was erased.
    Erased = 7,
    /// It passed vetting, and Automerge could not apply it.
    Unappliable = 8,
}

impl EntryState {
    pub(crate) fn from_code(code: i64) -> Self {
        match code {
            1 => Self::Applied,
            2 => Self::Pending,
            3 => Self::Refused,
            4 => Self::Quarantined,
            5 => Self::Repeated,
            6 => Self::NeedsVersion,
            7 => Self::Erased,
            8 => Self::Unappliable,
            _ => Self::New,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::Refused => "refused",
            Self::Quarantined => "quarantined",
            Self::Repeated => "repeated",
            Self::NeedsVersion => "needs a newer version",
            Self::Erased => "erased",
            Self::Unappliable => "unappliable",
        }
    }
}

/// An entry with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryInfo {
    pub log: LogId,
    pub device: DeviceKey,
    pub space: Space,
    pub seq: u64,
    pub hash: EntryHash,
    pub kind: Kind,
    pub time: TimeMs,
    pub state: EntryState,
    pub reason: Option<String>,
}

/// A log that the replica holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogInfo {
    pub log: LogId,
    pub space: Space,
    pub device: DeviceKey,
    pub own: bool,
    pub entries: u64,
}

/// A document as it is now.
#[derive(Debug)]
pub struct OpenedDocument {
    pub kind: u64,
    pub document: Automerge,
    /// Which entry brought each change.
    pub origins: Origins,
}

/// Where one change came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The first eight bytes of the change's hash.
    change: [u8; 8],
    pub entry_no: i64,
    pub day_n: i64,
    pub level: Option<Level>,
}

const ORIGIN_BYTES: usize = 21;

/// Which entry brought each change of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<Origin>);

impl Origins {
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        let origin = |b: &[u8]| -> Option<Origin> {
            Some(Origin {
                change: b[..8].try_into().ok()?,
                entry_no: i64::from_be_bytes(b[8..16].try_into().ok()?),
                day_n: i64::from(i32::from_be_bytes(b[16..20].try_into().ok()?)),
                level: level_of(b[20]),
            })
        };
        Self(bytes.chunks_exact(ORIGIN_BYTES).filter_map(origin).collect())
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * ORIGIN_BYTES);
        for origin in &self.0 {
            bytes.extend_from_slice(&origin.change);
            bytes.extend_from_slice(&origin.entry_no.to_be_bytes());
            bytes.extend_from_slice(&(origin.day_n as i32).to_be_bytes());
            bytes.push(origin.level.map_or(0, |level| level as u8 + 1));
        }
        bytes
    }

    pub(crate) fn push(&mut self, change: &[u8; 32], entry_no: i64, time: TimeMs, level: Option<Level>) {
        let mut prefix = [0; 8];
        prefix.copy_from_slice(&change[..8]);
        self.0.push(Origin { change: prefix, entry_no, day_n: time.day_number(), level });
    }

    /// Lets what an entry brought count as recorded on a day; says whether that is another one.
    pub(crate) fn redate(&mut self, entry_no: i64, day_n: i64) -> bool {
        let mut moved = false;
        for origin in self.0.iter_mut().filter(|o| o.entry_no == entry_no && o.day_n != day_n) {
            origin.day_n = day_n;
            moved = true;
        }
        moved
    }

    /// The entry that brought a change.
    pub fn of(&self, change: &ChangeHash) -> Option<&Origin> {
        self.0.iter().find(|origin| origin.change == change.0[..8])
    }

    pub fn iter(&self) -> impl Iterator<Item = &Origin> {
        self.0.iter()
    }
}

impl Provenance for Origins {
    fn written(&self, change: &ChangeHash) -> Option<Written> {
        let origin = self.of(change)?;
        Some(Written { day_n: origin.day_n, level: origin.level? })
    }

    fn first_day(&self) -> Option<i64> {
        self.iter().map(|origin| origin.day_n).min()
    }
}

const fn level_of(code: u8) -> Option<Level> {
    match code {
        1 => Some(Level::City),
        2 => Some(Level::District),
        3 => Some(Level::Street),
        4 => Some(Level::Community),
        _ => None,
    }
}

/// A document as it is stored.
pub(crate) struct StoredDocument {
    pub doc_no: i64,
    kind: u64,
    pub bytes: Vec<u8>,
    origins: Vec<u8>,
}

impl StoredDocument {
    pub fn open(&self) -> Result<OpenedDocument, StoreError> {
        let document = load_document(&self.bytes)?;
        Ok(OpenedDocument { kind: self.kind, document, origins: Origins::decode(&self.origins) })
    }
}

/// The stored document, if it is here.
pub(crate) fn stored_document(
    connection: &Connection,
    space_no: i64,
    id: DocId,
) -> Result<Option<StoredDocument>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT doc_no, kind, bytes, origins FROM document WHERE space_no = ?1 AND id = ?2")?
        .query_row(params![space_no, id.0], |row| {
            Ok(StoredDocument {
                doc_no: row.get(0)?,
                kind: row.get(1)?,
                bytes: row.get(2)?,
                origins: row.get(3)?,
            })
        })
        .optional()?)
}

/// The document, if it is here, with its number.
pub(crate) fn document(
    connection: &Connection,
    space_no: i64,
    id: DocId,
) -> Result<Option<(i64, OpenedDocument)>, StoreError> {
    let stored = stored_document(connection, space_no, id)?;
    stored.map(|stored| Ok((stored.doc_no, stored.open()?))).transpose()
}

/// Loads Automerge bytes that this replica saved itself.
pub(crate) fn load_document(bytes: &[u8]) -> Result<Automerge, StoreError> {
    let options = LoadOptions::new().verification_mode(VerificationMode::DontCheck);
    Automerge::load_with_options(bytes, options)
        .map_err(|error| StoreError::Corrupt(format!("a document ({error}); run `linli doctor --rebuild`")))
}

pub(crate) fn segment_bytes(connection: &Connection, segment_no: i64) -> Result<Vec<u8>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT bytes FROM segment WHERE segment_no = ?1")?
        .query_row([segment_no], |row| row.get(0))?)
}

/// One segment's entries.
pub(crate) fn segment_entries(connection: &Connection, segment_no: i64) -> Result<Vec<Entry>, StoreError> {
    Ok(compact::decode(&segment_bytes(connection, segment_no)?)?.entries)
}

/// One entry, from its segment or from the tail.
pub(crate) fn entry(connection: &Connection, entry_no: i64) -> Result<Entry, StoreError> {
    let (segment_no, seq): (Option<i64>, u64) = connection
        .prepare_cached("SELECT segment_no, seq FROM entry WHERE entry_no = ?1")?
        .query_row([entry_no], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some(segment_no) = segment_no else { return tail_entry(connection, entry_no) };
    let found = segment_entries(connection, segment_no)?.into_iter().find(|e| e.header().seq == seq);
    found.ok_or_else(|| StoreError::Corrupt(format!("segment {segment_no}")))
}

/// One open entry of this device.
pub(crate) fn tail_entry(connection: &Connection, entry_no: i64) -> Result<Entry, StoreError> {
    let (header, payloads): (Vec<u8>, Vec<u8>) = connection
        .prepare_cached("SELECT header, payloads FROM tail WHERE entry_no = ?1")?
        .query_row([entry_no], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let payloads = ingest::decode_payloads(&payloads)
        .ok_or_else(|| StoreError::Corrupt(format!("open entry {entry_no}")))?;
    Ok(Entry::from_parts(header, payloads)?)
}

const ENTRY_COLUMNS: &str =
    "SELECT log.id, log.device, log.space_no, e.seq, e.hash, e.kind, e.time, e.state, e.reason
     FROM entry e JOIN log USING (log_no)";

pub(crate) fn entry_info(connection: &Connection, entry_no: i64) -> Result<Option<EntryInfo>, StoreError> {
    let sql = format!("{ENTRY_COLUMNS} WHERE e.entry_no = ?1");
    Ok(entry_infos(connection, &sql, [entry_no])?.pop())
}

/// The entries that have no effect, with why: by the time of their device, in the same order at every replica.
pub(crate) fn left_out(connection: &Connection) -> Result<Vec<EntryInfo>, StoreError> {
    let sql = format!("{ENTRY_COLUMNS} WHERE e.state <> 1 ORDER BY e.time, log.id, e.seq, e.hash");
    entry_infos(connection, &sql, [])
}

fn entry_infos(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<EntryInfo>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement
        .query_map(parameters, |row| {
            Ok((
                row.get::<_, i64>(2)?,
                EntryInfo {
                    log: LogId(row.get(0)?),
                    device: DeviceKey(row.get(1)?),
                    space: Space::new(
                        "0000".parse().expect("four digits are a path"),
                        linli_wire::Channel::Records,
                    ),
                    seq: row.get(3)?,
                    hash: EntryHash(row.get(4)?),
                    kind: Kind::from_code(row.get(5)?),
                    time: TimeMs(row.get(6)?),
                    state: EntryState::from_code(row.get(7)?),
                    reason: row.get(8)?,
                },
            ))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    rows.into_iter()
        .map(|(space_no, info)| Ok(EntryInfo { space: spaces::by_number(connection, space_no)?, ..info }))
        .collect()
}

pub(crate) fn logs(connection: &Connection) -> Result<Vec<LogInfo>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT log.id, space.unit, space.channel, log.device, log.own,
                (SELECT COUNT(*) FROM entry WHERE entry.log_no = log.log_no)
         FROM log JOIN space USING (space_no) ORDER BY space.unit, space.channel, log.id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok((
            LogId(row.get(0)?),
            row.get::<_, String>(1)?,
            row.get::<_, u64>(2)?,
            DeviceKey(row.get(3)?),
            row.get::<_, bool>(4)?,
            row.get::<_, u64>(5)?,
        ))
    })?;
    rows.map(|row| {
        let (log, unit, channel, device, own, entries) = row?;
        Ok(LogInfo { log, space: spaces::parse(&unit, channel)?, device, own, entries })
    })
    .collect()
}
