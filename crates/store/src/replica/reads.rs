//! What a replica says of itself, without changing anything.

use std::collections::BTreeMap;

use linli_log::{Head, LogHeads};
use linli_wire::{Arrangement, DeviceKey, Digest, DocId, LogId, Space, UnitPath};
use rusqlite::params;

use super::{Counts, Replica};
use crate::{
    erasure::{self, Erasure},
    error::StoreError,
    query::{self, EntryInfo, LogInfo, OpenedDocument},
    receipts::{self, HeldBy, LeftOutFrom},
    spaces,
};

impl Replica {
    /// A document as it is now.
    pub fn document(&self, space: &Space, id: DocId) -> Result<Option<OpenedDocument>, StoreError> {
        let Some(space_no) = spaces::find(self.connection(), space)? else { return Ok(None) };
        Ok(query::document(self.connection(), space_no, id)?.map(|(_, opened)| opened))
    }

    /// Rows of a read-only query over the published tables, as texts and whole numbers.
    pub fn query<P: rusqlite::Params, T>(
        &self,
        sql: &str,
        parameters: P,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.indexed()?.prepare_cached(sql)?;
        let rows = statement.query_map(parameters, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn entry(&self, entry_no: i64) -> Result<Option<EntryInfo>, StoreError> {
        query::entry_info(self.indexed()?, entry_no)
    }

    /// The entries that have no effect, each with why.
    pub fn left_out(&self) -> Result<Vec<EntryInfo>, StoreError> {
        query::left_out(self.indexed()?)
    }

    /// The erasures that are here. What hangs on their documents, such as attachments, goes with those that
    /// count.
    pub fn erasures(&self) -> Result<Vec<Erasure>, StoreError> {
        erasure::list(self.indexed()?)
    }

    pub fn logs(&self) -> Result<Vec<LogInfo>, StoreError> {
        query::logs(self.indexed()?)
    }

    /// The digest of every space that holds anything.
    pub fn space_digests(&self) -> Result<BTreeMap<Space, Digest>, StoreError> {
        spaces::digests(self.connection())
    }

    /// For each unit the digest of what is held of it and everything below it: of the records and the
    /// oversight that its score is a function of. What `merged` gives a community that has ended is the one that goes on in
    /// its place, whose score follows from the records of both.
    pub fn subtree_digests(
        &self,
        arrangement: &Arrangement,
        merged: &BTreeMap<UnitPath, UnitPath>,
        units: impl IntoIterator<Item = UnitPath>,
    ) -> Result<BTreeMap<UnitPath, Digest>, StoreError> {
        let mut all = self.space_digests()?;
        all.retain(|space, _| space.channel != linli_wire::Channel::Notices);
        let subtree = |unit: UnitPath| {
            let mut digests = all.clone();
            digests.retain(|space, _| {
                let last = merged.get(&space.unit);
                arrangement.covers(&unit, &space.unit)
                    || last.is_some_and(|last| arrangement.covers(&unit, last))
            });
            (unit, linli_log::frontier::digest_of(&digests))
        };
        Ok(units.into_iter().map(subtree).collect())
    }

    /// The compact segments of a space, those of each log in order.
    pub fn segments(&self, space: &Space) -> Result<Vec<Vec<u8>>, StoreError> {
        self.query(
            "SELECT s.bytes FROM segment s JOIN log USING (log_no) JOIN space USING (space_no)
             WHERE space.unit = ?1 AND space.channel = ?2 ORDER BY log.id, s.first_seq, s.segment_no",
            params![space.unit.as_str(), space.channel.code()],
            |row| row.get(0),
        )
    }

    /// The heads of a log that all of these devices have acknowledged; none where one has not.
    pub fn acknowledged_by_all(&self, log: LogId, devices: &[DeviceKey]) -> Result<Vec<Head>, StoreError> {
        receipts::acknowledged_by_all(self.indexed()?, log, devices)
    }

    /// What hubs say of this device's logs, or of all.
    pub fn held_by(&self, own: bool) -> Result<Vec<HeldBy>, StoreError> {
        receipts::list(self.indexed()?, &self.trust, own)
    }

    /// The logs of one unit that this device, as a hub of `mine`, holds further than it has acknowledged, with
    /// where they are left out from, if they are. Receipts themselves need no receipt.
    pub fn unacknowledged(
        &self,
        arrangement: &Arrangement,
        mine: &UnitPath,
        unit: &UnitPath,
    ) -> Result<Vec<(LogHeads, LeftOutFrom)>, StoreError> {
        let me = self.identity.device();
        let logs: Vec<(i64, [u8; 32])> = self.query(
            "SELECT log.log_no, log.id FROM log JOIN space USING (space_no)
             WHERE space.unit = ?1 AND log.device <> ?2 ORDER BY log.id",
            params![unit.as_str(), me.0],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut open = Vec::new();
        for (log_no, log) in logs {
            // A receipt goes to whoever stands below: hubs do not acknowledge those above them.
            let below = self.trust.writer_unit(&LogId(log)).is_some_and(|w| arrangement.is_above(mine, w));
            if !below {
                continue;
            }
            let left_out = self.query(
                "SELECT seq, reason FROM entry WHERE log_no = ?1 AND state IN (2, 3, 4, 5, 6, 8) AND state <> 1
                 ORDER BY seq LIMIT 1",
                [log_no],
                |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.unwrap_or_default())),
            )?;
            let left_out = left_out.into_iter().next();
            let heads = receipts::unacknowledged(self.indexed()?, log_no, LogId(log), me, &left_out)?;
            open.extend(heads.map(|heads| (heads, left_out)));
        }
        Ok(open)
    }

    pub fn counts(&self) -> Result<Counts, StoreError> {
        let counts = self.query(
            "SELECT (SELECT COUNT(*) FROM log), (SELECT COUNT(*) FROM segment), (SELECT COUNT(*) FROM entry),
                    (SELECT COUNT(*) FROM document), (SELECT COUNT(*) FROM entry WHERE state <> 1)",
            [],
            |row| {
                Ok(Counts {
                    logs: row.get(0)?,
                    segments: row.get(1)?,
                    entries: row.get(2)?,
                    documents: row.get(3)?,
                    left_out: row.get(4)?,
                })
            },
        )?;
        Ok(counts.into_iter().next().unwrap_or_default())
    }
}
