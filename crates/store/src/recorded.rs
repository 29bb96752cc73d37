//! When an entry counts as recorded.
//!
//! A device's clock may say anything, so what it wrote can be dated back. Where the first hub above received
//! an entry more than [`BACKDATED_DAYS`] days after the time that its device gave it, the receipt's time counts
//! as the time of recording. That is a function of what is held, like everything else: a receipt that comes
//! later, or loses its effect, moves the day of the documents that it is about.

use std::collections::{
    BTreeMap,
    btree_map::Entry::{Occupied, Vacant},
};

use linli_log::{Entry, Head, Position, Receipt, Trust, fact::Body as _, trust::Ancestry as _};
use linli_wire::{LogId, TimeMs};
use rusqlite::{Connection, params};

use crate::{
    ancestry::Stored,
    error::StoreError,
    ingest, materialise,
    query::{self, Origins},
    receipts,
};

/// Days by which the first receipt may lie behind the device's own time.
pub const BACKDATED_DAYS: i64 = 31;
const BACKDATED_MS: i64 = BACKDATED_DAYS * 86_400_000;

/// Receipts before one that are asked how far they reach.
const BEFORE: usize = 16;

/// The times of recording of many entries. What is asked of each log is asked once.
pub(crate) struct Times<'c> {
    connection: &'c Connection,
    trust: &'c Trust,
    latest: BTreeMap<LogId, TimeMs>,
}

impl<'c> Times<'c> {
    pub fn new(connection: &'c Connection, trust: &'c Trust) -> Self {
        Self { connection, trust, latest: BTreeMap::new() }
    }

    /// The time at which an entry of this log counts as recorded.
    pub fn of(&mut self, log: LogId, entry: &Entry) -> Result<TimeMs, StoreError> {
        let header = entry.header();
        let latest = match self.latest.entry(log) {
            Vacant(vacant) => *vacant.insert(latest(self.connection, log)?),
            Occupied(known) => *known.get(),
        };
        if latest.0 - header.time.0 <= BACKDATED_MS {
            return Ok(header.time);
        }
        let at = Position { log, seq: header.seq, hash: entry.hash() };
        time(self.connection, self.trust, &at, header.time)
    }
}

/// The time of the last receipt about a log, whatever that is worth; the beginning of time without one.
fn latest(connection: &Connection, log: LogId) -> Result<TimeMs, StoreError> {
    let latest: Option<i64> = connection
        .prepare_cached("SELECT MAX(time) FROM receipted WHERE log = ?1")?
        .query_row([log.0], |row| row.get(0))?;
    Ok(TimeMs(latest.unwrap_or(0)))
}

fn time(
    connection: &Connection,
    trust: &Trust,
    at: &Position,
    by_device: TimeMs,
) -> Result<TimeMs, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{COUNTING} ORDER BY r.time, receipt.id"))?;
    let mut rows = statement.query([at.log.0])?;
    while let Some(row) = rows.next()? {
        let (time, heads, hub) = (TimeMs(row.get(0)?), row.get::<_, Vec<u8>>(1)?, LogId(row.get(2)?));
        if counts(trust, &hub, &at.log) && Stored(connection).is_within(at, &receipts::decode_heads(&heads)) {
            return Ok(if time.0 - by_device.0 > BACKDATED_MS { time } else { by_device });
        }
    }
    Ok(by_device)
}

/// The receipts about a log that have their effect.
const COUNTING: &str = "SELECT r.time, r.heads, receipt.id FROM receipted r
     JOIN entry ON entry.entry_no = r.entry_no AND entry.state = 1
     JOIN log receipt ON receipt.log_no = entry.log_no JOIN space over ON over.space_no = receipt.space_no
     JOIN log ON log.id = r.log JOIN space ON space.space_no = log.space_no AND space.unit = over.unit
     WHERE r.log = ?1";

/// Whether a receipt about one log that stands in another is by somebody above its writer.
fn counts(trust: &Trust, receipt: &LogId, log: &LogId) -> bool {
    match (trust.writer_unit(receipt), trust.writer_unit(log)) {
        (Some(hub), Some(writer)) => trust.stands_above(hub, writer),
        _ => false,
    }
}

/// Dates again what a receipt may have moved, after its verdict is known.
pub(crate) fn settle(connection: &Connection, trust: &Trust, receipt: &Entry) -> Result<(), StoreError> {
    let Ok(body) = Receipt::decode(&receipt.header().body) else { return Ok(()) };
    for state in &body.logs {
        let Some(row) = ingest::find_log(connection, state.heads.log)? else { continue };
        let Some(upto) = state.heads.heads.iter().map(|head| head.seq).max() else { continue };
        let from = reached_before(connection, trust, state.heads.log, receipt.header().time)?;
        let before = latest(connection, state.heads.log)?.0 - BACKDATED_MS;
        for (entry_no, at, by_device) in entries(connection, row.log_no, state.heads.log, from, upto, before)?
        {
            let day = time(connection, trust, &at, by_device)?.day_number();
            date(connection, row.space_no, entry_no, day)?;
        }
    }
    Ok(())
}

/// How far receipts before this time reach: everything up to there has its date from one of them. Of a log
/// that forked that is nothing.
fn reached_before(
    connection: &Connection,
    trust: &Trust,
    log: LogId,
    time: TimeMs,
) -> Result<i64, StoreError> {
    let forked: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM branch JOIN log USING (log_no) WHERE log.id = ?1 AND branch > 0)",
        )?
        .query_row([log.0], |row| row.get(0))?;
    if forked {
        return Ok(-1);
    }
    let sql = format!("{COUNTING} AND r.time < ?2 ORDER BY r.time DESC, receipt.id LIMIT ?3");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![log.0, time.0, BEFORE])?;
    let mut reached = -1;
    while let Some(row) = rows.next()? {
        let heads: Vec<Head> = receipts::decode_heads(&row.get::<_, Vec<u8>>(1)?);
        if counts(trust, &LogId(row.get(2)?), &log) {
            reached = heads.iter().map(|head| head.seq as i64).fold(reached, i64::max);
        }
    }
    Ok(reached)
}

type Dated = (i64, Position, TimeMs);

/// The entries of a log between two numbers, the first left out, that change documents and that their device
/// dated before a time.
fn entries(
    connection: &Connection,
    log_no: i64,
    log: LogId,
    from: i64,
    upto: u64,
    before: i64,
) -> Result<Vec<Dated>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT entry_no, seq, hash, time FROM entry
         WHERE log_no = ?1 AND seq > ?2 AND seq <= ?3 AND time < ?4 AND state = 1 AND kind = 1 ORDER BY seq",
    )?;
    let rows = statement.query_map(params![log_no, from, upto, before], |row| {
        Ok((row.get(0)?, ingest::position(log, row.get(1)?, row.get(2)?), TimeMs(row.get(3)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Lets one entry count as recorded on a day, in the documents that it changed.
fn date(connection: &Connection, space_no: i64, entry_no: i64, day: i64) -> Result<(), StoreError> {
    let entry = query::entry(connection, entry_no)?;
    for change in &entry.header().changes {
        let Some((doc_no, opened)) = query::document(connection, space_no, change.document)? else {
            continue;
        };
        let mut origins: Origins = opened.origins;
        if origins.redate(entry_no, day) {
            connection
                .prepare_cached("UPDATE document SET origins = ?2 WHERE doc_no = ?1")?
                .execute(params![doc_no, origins.encode()])?;
            materialise::project_again(connection, space_no, change.document)?;
        }
    }
    Ok(())
}
