//! How far hubs say they hold each log.

use linli_log::{Entry, Head, HeldState, LogHeads, Receipt, Trust, fact::Body};
use linli_wire::{DeviceKey, EntryHash, LogId, TimeMs, UnitPath};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;

/// What one hub says of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBy {
    pub log: LogId,
    pub hub: DeviceKey,
    /// The unit that the hub acts for, where its grant counts.
    pub unit: Option<UnitPath>,
    pub seq: u64,
    pub since: TimeMs,
    pub quarantined: Option<(u64, String)>,
}

/// Remembers a receipt. Whether its writer may give one is asked when it is read.
pub(crate) fn note(connection: &Connection, entry: &Entry) -> Result<(), StoreError> {
    let Ok(receipt) = Receipt::decode(&entry.header().body) else { return Ok(()) };
    let hub: Option<[u8; 32]> = connection
        .prepare_cached("SELECT device FROM log WHERE id = ?1")?
        .query_row([entry.log().0], |row| row.get(0))
        .optional()?;
    let Some(hub) = hub else { return Ok(()) };
    for log in &receipt.logs {
        let Some(head) = log.heads.heads.iter().max() else { continue };
        let (from, why) = match &log.state {
            HeldState::Held => (None, None),
            HeldState::Quarantined { from_seq, why } => (Some(*from_seq), Some(why)),
        };
        connection
            .prepare_cached(
                "INSERT INTO held(log, hub, seq, hash, time, quarantined_from, why)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT(log, hub) DO UPDATE SET seq = excluded.seq, hash = excluded.hash,
                   time = excluded.time, quarantined_from = excluded.quarantined_from, why = excluded.why
                 WHERE excluded.seq > held.seq OR excluded.time > held.time",
            )?
            .execute(params![
                log.heads.log.0,
                hub,
                head.seq,
                head.hash.0,
                entry.header().time.0,
                from,
                why
            ])?;
    }
    Ok(())
}

/// What hubs say of the logs that this device writes, or of all logs.
pub(crate) fn list(connection: &Connection, trust: &Trust, own: bool) -> Result<Vec<HeldBy>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT held.log, held.hub, held.seq, held.time, held.quarantined_from, held.why
         FROM held JOIN log ON log.id = held.log WHERE log.own >= ?1 ORDER BY held.log, held.hub",
    )?;
    let rows = statement.query_map([own], |row| {
        let quarantined = match (row.get(4)?, row.get(5)?) {
            (Some(from), Some(why)) => Some((from, why)),
            _ => None,
        };
        Ok(HeldBy {
            log: LogId(row.get(0)?),
            hub: DeviceKey(row.get(1)?),
            unit: None,
            seq: row.get(2)?,
            since: TimeMs(row.get(3)?),
            quarantined,
        })
    })?;
    let mut held = rows.collect::<Result<Vec<_>, _>>()?;
    for one in &mut held {
        let highest = trust.grants_of(one.hub).map(|(_, a)| a.grant.unit.clone()).min_by_key(UnitPath::depth);
        one.unit = highest;
    }
    held.retain(|one| one.unit.is_some());
    Ok(held)
}

/// The sealed heads of one log that `hub` has not yet acknowledged.
pub(crate) fn unacknowledged(
    connection: &Connection,
    log_no: i64,
    log: LogId,
    hub: DeviceKey,
) -> Result<Option<LogHeads>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT last_seq, last_hash FROM branch WHERE log_no = ?1 AND last_seq >= 0")?;
    let rows =
        statement.query_map([log_no], |row| Ok(Head { seq: row.get(0)?, hash: EntryHash(row.get(1)?) }))?;
    let mut heads = rows.collect::<Result<Vec<_>, _>>()?;
    heads.sort_unstable();
    let Some(last) = heads.last() else { return Ok(None) };
    let acknowledged: Option<[u8; 32]> = connection
        .prepare_cached("SELECT hash FROM held WHERE log = ?1 AND hub = ?2")?
        .query_row(params![log.0, hub.0], |row| row.get(0))
        .optional()?;
    Ok((acknowledged != Some(last.hash.0)).then_some(LogHeads { log, heads }))
}

/// The head of a log that all of these devices have acknowledged; `None` where one has not.
pub(crate) fn acknowledged_by_all(
    connection: &Connection,
    log: LogId,
    devices: &[DeviceKey],
) -> Result<Option<Head>, StoreError> {
    let mut lowest: Option<Head> = None;
    for device in devices {
        let head = connection
            .prepare_cached("SELECT seq, hash FROM held WHERE log = ?1 AND hub = ?2")?
            .query_row(params![log.0, device.0], |row| {
                Ok(Head { seq: row.get(0)?, hash: EntryHash(row.get(1)?) })
            })
            .optional()?;
        let Some(head) = head else { return Ok(None) };
        lowest = Some(lowest.map_or(head, |lowest| lowest.min(head)));
    }
    Ok(lowest)
}
