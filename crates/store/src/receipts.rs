//! How far hubs say they hold each log.
//!
//! A receipt names every head that the hub holds of a log. What is shown of it is only what this
//! replica can place: a head that is not here says nothing about the entries that are.

use std::collections::BTreeSet;

use linli_log::{Entry, Head, HeldState, LogHeads, Receipt, Trust, fact::Body};
use linli_wire::{DeviceKey, EntryHash, LogId, TimeMs, UnitPath, limits::LOG_HEADS_MAX};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{error::StoreError, ingest};

/// From which entry of a log on something is without effect, and why; `None` where all has its effect.
pub type LeftOutFrom = Option<(u64, String)>;

/// What one hub says of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBy {
    pub log: LogId,
    pub hub: DeviceKey,
    /// The unit that the hub acts for.
    pub unit: Option<UnitPath>,
    /// The last entry of this replica that it says it holds.
    pub seq: u64,
    pub since: TimeMs,
    pub quarantined: LeftOutFrom,
}

/// A receipt as it is kept: the last one of a hub about a log.
pub(crate) struct Held {
    pub log: LogId,
    pub hub: DeviceKey,
    pub receipt_log: LogId,
    pub since: TimeMs,
    pub heads: Vec<Head>,
    left_out: LeftOutFrom,
}

/// One receipt about one log.
pub(crate) struct Told {
    pub receipt_log: LogId,
    pub since: TimeMs,
    pub heads: Vec<Head>,
}

/// A receipt counts where its entry has its effect and speaks of a log of the unit in whose oversight
/// it stands.
const COUNTING: &str =
    "SELECT held.log, held.hub, receipt.id, held.time, held.heads, held.quarantined_from, held.why
     FROM held JOIN log ON log.id = held.log JOIN space ON space.space_no = log.space_no
     JOIN entry ON entry.entry_no = held.entry_no AND entry.state = 1
     JOIN log receipt ON receipt.log_no = entry.log_no JOIN space over ON over.space_no = receipt.space_no
     WHERE over.unit = space.unit";

/// Remembers a receipt. Whether its writer may give one is decided with its entry.
pub(crate) fn note(connection: &Connection, entry_no: i64, entry: &Entry) -> Result<(), StoreError> {
    let Ok(receipt) = Receipt::decode(&entry.header().body) else { return Ok(()) };
    let hub: Option<[u8; 32]> = connection
        .prepare_cached("SELECT device FROM log WHERE id = ?1")?
        .query_row([entry.log().0], |row| row.get(0))
        .optional()?;
    let Some(hub) = hub else { return Ok(()) };
    let header = entry.header();
    for log in &receipt.logs {
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO receipted(log, time, entry_no, heads) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![log.heads.log.0, header.time.0, entry_no, encode_heads(&log.heads.heads)])?;
        let (from, why) = match &log.state {
            HeldState::Held => (None, None),
            HeldState::Quarantined { from_seq, why } => (Some(*from_seq), Some(why)),
        };
        // A hub's later word replaces its earlier one: by its place in one log, by time between two.
        connection
            .prepare_cached(
                "INSERT INTO held(log, hub, entry_no, receipt_log, receipt_seq, heads, time, quarantined_from, why)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT(log, hub) DO UPDATE SET entry_no = excluded.entry_no,
                   receipt_log = excluded.receipt_log, receipt_seq = excluded.receipt_seq,
                   heads = excluded.heads, time = excluded.time,
                   quarantined_from = excluded.quarantined_from, why = excluded.why
                 WHERE CASE WHEN held.receipt_log = excluded.receipt_log
                       THEN excluded.receipt_seq > held.receipt_seq
                       ELSE (excluded.time, excluded.receipt_log) > (held.time, held.receipt_log) END",
            )?
            .execute(params![
                log.heads.log.0,
                hub,
                entry_no,
                entry.log().0,
                header.seq,
                encode_heads(&log.heads.heads),
                header.time.0,
                from,
                why
            ])?;
    }
    Ok(())
}

/// The last word of each hub about each log.
pub(crate) fn latest(connection: &Connection) -> Result<Vec<Held>, StoreError> {
    // Also about logs that are not here at all.
    let mut statement = connection.prepare_cached(
        "SELECT held.log, held.hub, receipt.id, held.time, held.heads, held.quarantined_from, held.why
         FROM held JOIN entry ON entry.entry_no = held.entry_no AND entry.state = 1
         JOIN log receipt ON receipt.log_no = entry.log_no ORDER BY held.log, held.hub",
    )?;
    Ok(statement.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// Every receipt about a log that has its effect, the earliest first.
pub(crate) fn about(connection: &Connection, log: LogId) -> Result<Vec<Told>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT receipt.id, r.time, r.heads FROM receipted r
         JOIN entry ON entry.entry_no = r.entry_no AND entry.state = 1
         JOIN log receipt ON receipt.log_no = entry.log_no JOIN space over ON over.space_no = receipt.space_no
         JOIN log ON log.id = r.log JOIN space ON space.space_no = log.space_no AND space.unit = over.unit
         WHERE r.log = ?1 ORDER BY r.time, receipt.id",
    )?;
    let rows = statement.query_map([log.0], |row| {
        let heads: Vec<u8> = row.get(2)?;
        Ok(Told { receipt_log: LogId(row.get(0)?), since: TimeMs(row.get(1)?), heads: decode_heads(&heads) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What hubs say of the logs that this device writes, or of all logs.
pub(crate) fn list(connection: &Connection, trust: &Trust, own: bool) -> Result<Vec<HeldBy>, StoreError> {
    let sql = format!("{COUNTING} AND log.own >= ?1 ORDER BY held.log, held.hub");
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_map([own], read)?.collect::<Result<Vec<_>, _>>()?;
    let mut list = Vec::new();
    for held in found {
        let Some(seq) = last_known(connection, held.log, &held.heads)? else { continue };
        list.push(HeldBy {
            log: held.log,
            hub: held.hub,
            unit: trust.writer_unit(&held.receipt_log).cloned(),
            seq,
            since: held.since,
            quarantined: held.left_out,
        });
    }
    Ok(list)
}

/// The heads of one log that `hub`, which is this device, is to acknowledge; `None` where it has said
/// all there is to say. Logs that grew by nothing but receipts need none.
pub(crate) fn unacknowledged(
    connection: &Connection,
    log_no: i64,
    log: LogId,
    hub: DeviceKey,
    left_out: &LeftOutFrom,
) -> Result<Option<LogHeads>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT last_seq, last_hash FROM branch WHERE log_no = ?1 AND last_seq >= 0")?;
    let rows =
        statement.query_map([log_no], |row| Ok(Head { seq: row.get(0)?, hash: EntryHash(row.get(1)?) }))?;
    let mut heads = rows.collect::<Result<Vec<_>, _>>()?;
    heads.sort_unstable();
    // A receipt says less rather than more of a log with more branches than it can name.
    heads.drain(..heads.len().saturating_sub(LOG_HEADS_MAX));
    let said = said(connection, log, hub)?;
    let settled = match &said {
        Some(said) if said.left_out.as_ref().map(|l| l.0) != left_out.as_ref().map(|l| l.0) => false,
        Some(said) if heads.len() > 1 => said.heads == heads,
        said => {
            let from = said.as_ref().and_then(|s| s.heads.iter().map(|h| h.seq as i64).max()).unwrap_or(-1);
            !connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM entry WHERE log_no = ?1 AND seq > ?2 AND kind NOT IN (0, 4))",
                )?
                .query_row(params![log_no, from], |row| row.get::<_, bool>(0))?
        }
    };
    Ok((!settled && !heads.is_empty()).then_some(LogHeads { log, heads }))
}

/// The heads of a log that all of these devices have acknowledged; none where one has not.
pub(crate) fn acknowledged_by_all(
    connection: &Connection,
    log: LogId,
    devices: &[DeviceKey],
) -> Result<Vec<Head>, StoreError> {
    let mut common: Option<Vec<Head>> = None;
    for device in devices {
        let Some(held) = said(connection, log, *device)? else { return Ok(Vec::new()) };
        common = Some(match common {
            Some(common) if common <= held.heads => common,
            _ => held.heads,
        });
    }
    Ok(common.unwrap_or_default())
}

/// The heads of a log that a hub's latest receipt names.
pub(crate) fn heads_named(connection: &Connection, log: LogId) -> Result<BTreeSet<Head>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT heads FROM held WHERE log = ?1")?;
    let lists =
        statement.query_map([log.0], |row| row.get::<_, Vec<u8>>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(lists.iter().flat_map(|heads| decode_heads(heads)).collect())
}

fn said(connection: &Connection, log: LogId, hub: DeviceKey) -> Result<Option<Held>, StoreError> {
    let sql = format!("{COUNTING} AND held.log = ?1 AND held.hub = ?2");
    Ok(connection.prepare_cached(&sql)?.query_row(params![log.0, hub.0], read).optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Held> {
    let heads: Vec<u8> = row.get(4)?;
    let left_out = match (row.get(5)?, row.get(6)?) {
        (Some(from), Some(why)) => Some((from, why)),
        _ => None,
    };
    Ok(Held {
        log: LogId(row.get(0)?),
        hub: DeviceKey(row.get(1)?),
        receipt_log: LogId(row.get(2)?),
        since: TimeMs(row.get(3)?),
        heads: decode_heads(&heads),
        left_out,
    })
}

/// The highest of these heads that this replica has.
fn last_known(connection: &Connection, log: LogId, heads: &[Head]) -> Result<Option<u64>, StoreError> {
    let Some(row) = ingest::find_log(connection, log)? else { return Ok(None) };
    let mut last = None;
    for head in heads {
        if ingest::find_entry(connection, row.log_no, *head)?.is_some() {
            last = last.max(Some(head.seq));
        }
    }
    Ok(last)
}

const HEAD_BYTES: usize = 40;

fn encode_heads(heads: &[Head]) -> Vec<u8> {
    let mut heads = heads.to_vec();
    heads.sort_unstable();
    heads.iter().flat_map(|head| head.seq.to_be_bytes().into_iter().chain(head.hash.0)).collect()
}

pub(crate) fn decode_heads(bytes: &[u8]) -> Vec<Head> {
    let head = |bytes: &[u8]| {
        let (seq, hash) = bytes.split_first_chunk::<8>()?;
        Some(Head { seq: u64::from_be_bytes(*seq), hash: EntryHash(hash.try_into().ok()?) })
    };
    bytes.chunks_exact(HEAD_BYTES).filter_map(head).collect()
}
