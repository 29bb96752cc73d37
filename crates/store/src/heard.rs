//! What was heard of whom, and when: the dates behind silence, and what receipts say that is not here.

use std::collections::BTreeMap;

use linli_log::{Head, Kind, Position, Receipt, fact::Body as _, trust::Ancestry as _};
use linli_wire::{DeviceKey, EntryHash, LogId, Space, TimeMs, UnitPath};
use rusqlite::{OptionalExtension, params};

use crate::{ancestry::Stored, error::StoreError, ingest, query, receipts, replica::Replica};

/// When something was last heard of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    /// Its last entry, by its own clock.
    pub wrote: Option<TimeMs>,
    /// When this hub, or where it never did any hub, last received something new of it, by that hub's clock.
    pub received: Option<TimeMs>,
}

/// A hub has more of a log than is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    pub log: LogId,
    pub space: Option<Space>,
    pub hub: DeviceKey,
    pub unit: Option<UnitPath>,
    /// The last entry that it says it has, and since when.
    pub seq: u64,
    pub since: TimeMs,
}

/// How far the hubs above have one entry of this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryHeld {
    pub log: LogId,
    pub space: Space,
    pub seq: u64,
    pub hash: EntryHash,
    pub kind: Kind,
    pub time: TimeMs,
    /// For each unit above whose hubs said that they have it, since when.
    pub held: Vec<(UnitPath, TimeMs)>,
}

/// A receipt that names something which was written after its own date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackdatedReceipt {
    pub hub: DeviceKey,
    pub entry: EntryHash,
    /// The date that the receipt has.
    pub dated: TimeMs,
    /// The heartbeat that it names, and the date of that.
    pub heartbeat: EntryHash,
    pub written_after: TimeMs,
}

/// By how much the clocks of two hubs may differ before that is worth a word.
const CLOCKS_DIFFER_MS: i64 = 2 * 3_600_000;

/// The last entry of this device's latest log in a space.
pub(crate) const LAST_OWN: &str = "SELECT time FROM entry WHERE log_no = (
      SELECT MAX(log_no) FROM log JOIN space USING (space_no)
      WHERE own = 1 AND returned = 0 AND unit = ?1 AND channel = ?2)
    ORDER BY seq DESC LIMIT 1";

impl Replica {
    /// The time of the last entry of this device in the log that it goes on with in a space.
    pub fn last_own_entry(&self, space: &Space) -> Result<Option<TimeMs>, StoreError> {
        Ok(self
            .indexed()?
            .prepare_cached(LAST_OWN)?
            .query_row(params![space.unit.as_str(), space.channel.code()], |row| Ok(TimeMs(row.get(0)?)))
            .optional()?)
    }

    /// The latest checkpoint in a space that counts.
    pub fn latest_checkpoint(&self, space: &Space) -> Result<Option<(LogId, Head)>, StoreError> {
        Ok(self
            .indexed()?
            .prepare_cached(
                "SELECT log.id, e.seq, e.hash FROM entry e JOIN log USING (log_no) JOIN space USING (space_no)
                 WHERE space.unit = ?1 AND space.channel = ?2 AND e.kind = ?3 AND e.state = 1
                 ORDER BY e.time DESC, log.id, e.seq DESC LIMIT 1",
            )?
            .query_row(
                params![space.unit.as_str(), space.channel.code(), Kind::Checkpoint.code() as i64],
                |row| {
                    let head = Head { seq: row.get(1)?, hash: EntryHash(row.get(2)?) };
                    Ok((LogId(row.get(0)?), head))
                },
            )
            .optional()?)
    }

    /// What was heard of each device.
    pub fn heard(&self) -> Result<BTreeMap<DeviceKey, Heard>, StoreError> {
        let me = self.identity().device();
        let mut heard: BTreeMap<DeviceKey, Heard> = BTreeMap::new();
        let wrote = self.query(
            "SELECT log.device, MAX(e.time) FROM log JOIN branch b USING (log_no)
             JOIN entry e ON e.log_no = b.log_no AND e.seq = b.last_seq GROUP BY log.device",
            [],
            |row| Ok((DeviceKey(row.get(0)?), TimeMs(row.get(1)?))),
        )?;
        for (device, time) in wrote {
            heard.entry(device).or_default().wrote = Some(time);
        }
        let received = self.query(
            "SELECT log.device, COALESCE(MAX(CASE WHEN held.hub = ?1 THEN held.time END), MAX(held.time))
             FROM held JOIN log ON log.id = held.log GROUP BY log.device",
            [me.0],
            |row| Ok((DeviceKey(row.get(0)?), TimeMs(row.get(1)?))),
        )?;
        for (device, time) in received {
            heard.entry(device).or_default().received = Some(time);
        }
        Ok(heard)
    }

    /// The logs of which receipts name entries that are not here: they are under way, or somebody keeps
    /// them back.
    pub fn ahead(&self) -> Result<Vec<Ahead>, StoreError> {
        let mut ahead = Vec::new();
        for said in receipts::latest(self.indexed()?)? {
            let row = ingest::find_log(self.indexed()?, said.log)?;
            let last = said.heads.iter().max();
            let Some(last) = last else { continue };
            let here = match &row {
                Some(row) => ingest::find_entry(self.indexed()?, row.log_no, *last)?.is_some(),
                None => false,
            };
            if !here {
                let space = row.map(|row| crate::spaces::by_number(self.connection(), row.space_no));
                ahead.push(Ahead {
                    log: said.log,
                    space: space.transpose()?,
                    hub: said.hub,
                    unit: self.trust().writer_unit(&said.receipt_log).cloned(),
                    seq: last.seq,
                    since: said.since,
                });
            }
        }
        Ok(ahead)
    }

    /// The last entries of this device that receipts are given for, the latest first, and who has them.
    pub fn entries_held(&self, max: usize) -> Result<Vec<EntryHeld>, StoreError> {
        let entries = self.query(
            "SELECT e.entry_no, log.id FROM entry e JOIN log USING (log_no)
             WHERE log.own = 1 AND e.kind NOT IN (0, 4) ORDER BY e.entry_no DESC LIMIT ?1",
            [max],
            |row| Ok((row.get::<_, i64>(0)?, LogId(row.get(1)?))),
        )?;
        let mut list = Vec::new();
        for (entry_no, log) in entries {
            let Some(info) = query::entry_info(self.indexed()?, entry_no)? else { continue };
            let at = Position { log, seq: info.seq, hash: info.hash };
            let mut held: Vec<(UnitPath, TimeMs)> = Vec::new();
            for told in receipts::about(self.indexed()?, log)? {
                let Some(unit) = self.trust().writer_unit(&told.receipt_log) else { continue };
                let known = held.iter().any(|(other, _)| other == unit);
                if !known && Stored(self.indexed()?).is_within(&at, &told.heads) {
                    held.push((unit.clone(), told.since));
                }
            }
            held.sort_by_key(|(unit, _)| std::cmp::Reverse(unit.depth()));
            let (space, seq, hash, kind, time) = (info.space, info.seq, info.hash, info.kind, info.time);
            list.push(EntryHeld { log, space, seq, hash, kind, time, held });
        }
        Ok(list)
    }

    /// The receipts whose own words show that they were dated back.
    pub fn backdated_receipts(&self) -> Result<Vec<BackdatedReceipt>, StoreError> {
        let found = self.query(
            "SELECT fact.body, e.hash, e.time, log.device FROM fact JOIN entry e USING (entry_no)
             JOIN log USING (log_no) WHERE fact.kind = ?1 ORDER BY fact.entry_no",
            [Kind::Receipt.code() as i64],
            |row| {
                let body: Vec<u8> = row.get(0)?;
                Ok((body, EntryHash(row.get(1)?), TimeMs(row.get(2)?), DeviceKey(row.get(3)?)))
            },
        )?;
        let mut backdated = Vec::new();
        for (body, entry, dated, hub) in found {
            let named = Receipt::decode(&body).ok().and_then(|receipt| receipt.heartbeat);
            let Some((log, head)) = named else { continue };
            let Some(row) = ingest::find_log(self.indexed()?, log)? else { continue };
            let Some((entry_no, _)) = ingest::find_entry(self.indexed()?, row.log_no, head)? else {
                continue;
            };
            let Some(beat) = query::entry_info(self.indexed()?, entry_no)? else { continue };
            if beat.time.0 - dated.0 > CLOCKS_DIFFER_MS {
                let (heartbeat, written_after) = (head.hash, beat.time);
                backdated.push(BackdatedReceipt { hub, entry, dated, heartbeat, written_after });
            }
        }
        Ok(backdated)
    }
}
