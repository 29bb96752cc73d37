//! The replica: one writer over the database of a data directory.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use linli_log::{Head, LogHeads, Position, Trust, Verdict};
use linli_wire::{DeviceKey, Digest, DocId, LogId, RealmId, Space, TimeMs, UnitPath};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    ancestry,
    engine::ReaderEngine,
    error::StoreError,
    holdings,
    identity::Identity,
    ingest::{self, Stored},
    mark::Mark,
    materialise::{self, Materialised},
    open::Opened,
    projection,
    query::{self, EntryInfo, LogInfo, OpenedDocument},
    receipts::{self, HeldBy, LeftOutFrom},
    reindex, spaces, trust,
    write::{self, Writing},
};

/// How much a replica holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub logs: u64,
    pub segments: u64,
    pub entries: u64,
    pub documents: u64,
    pub left_out: u64,
}

/// A replica, open for writing.
#[derive(Debug)]
pub struct Replica {
    opened: Opened,
    identity: Identity,
    realm: Option<RealmId>,
    trust: Trust,
    incarnation: [u8; 6],
    abandoned: BTreeSet<LogId>,
    mark: Mark,
    /// This device's entries without effect when the incarnation was drawn.
    own_left_out: u64,
}

impl Replica {
    /// Makes a new replica in a directory that was just created.
    pub fn init(opened: Opened, identity: Identity) -> Result<Self, StoreError> {
        identity.save(&opened.connection)?;
        Self::with(opened, identity)
    }

    /// Opens the replica of a data directory.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let opened = Opened::open(directory)?;
        let identity = Identity::load(&opened.connection)?
            .ok_or_else(|| StoreError::NotInitialised(directory.to_owned()))?;
        Self::with(opened, identity)
    }

    fn with(opened: Opened, identity: Identity) -> Result<Self, StoreError> {
        let mut incarnation = [0; 6];
        getrandom::fill(&mut incarnation)?;
        let trust = Trust::default();
        let mark = opened.directory.as_deref().map(Mark::read).transpose()?.unwrap_or_default();
        let mut replica = Self {
            opened,
            identity,
            realm: None,
            trust,
            incarnation,
            abandoned: BTreeSet::new(),
            mark,
            own_left_out: 0,
        };
        replica.realm = replica.meta("realm")?.and_then(|v| v.try_into().ok()).map(RealmId);
        replica.settle_trust()?;
        replica.abandoned = replica.mark.ahead_of(&replica.own_ends()?).collect();
        projection::settle(&mut replica.opened.connection)?;
        // What was stored and not yet decided when the last process ended.
        replica.materialise()?;
        Ok(replica)
    }

    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    pub fn realm(&self) -> Option<RealmId> {
        self.realm
    }

    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    pub fn directory(&self) -> Option<&Path> {
        self.opened.directory.as_deref()
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.opened.connection
    }

    /// Says which realm the replica belongs to. It never changes.
    pub fn set_realm(&mut self, realm: RealmId) -> Result<(), StoreError> {
        if let Some(other) = self.realm.filter(|other| *other != realm) {
            return Err(StoreError::Corrupt(format!("the replica belongs to realm {other}, not to {realm}")));
        }
        self.set_meta("realm", realm.as_bytes())?;
        self.realm = Some(realm);
        self.settle_trust()
    }

    /// A setting that lives with the data.
    pub fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .connection()
            .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
            .optional()?)
    }

    pub fn set_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.connection().execute(
            "INSERT INTO meta(name, value) VALUES (?1, ?2)
             ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            params![name, value],
        )?;
        Ok(())
    }

    /// Durably stores segments that came, one outcome each. Nothing of a batch is stored when the
    /// database fails, so nothing may be acknowledged before this returns.
    pub fn store(
        &mut self,
        segments: Vec<Vec<u8>>,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Vec<Stored>, StoreError> {
        let realm = self.realm;
        let facts = self.trust_size()?;
        // What this device wrote is sealed first: what comes may be a later state of its own logs.
        self.seal()?;
        let transaction = self.opened.connection.transaction()?;
        let stored = segments
            .into_iter()
            .map(|bytes| ingest::store(&transaction, realm, bytes, allowed))
            .collect::<Result<Vec<_>, _>>()?;
        transaction.commit()?;
        if self.trust_size()? != facts {
            self.settle_trust()?;
        }
        Ok(stored)
    }

    /// Writes within one database transaction.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        now: TimeMs,
        run: impl FnOnce(&mut Writing<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.draw_incarnation()?;
        let facts = self.trust_facts()?;
        let transaction = self.opened.connection.transaction().map_err(StoreError::from)?;
        let mut writing = Writing {
            connection: &transaction,
            identity: &self.identity,
            trust: &mut self.trust,
            incarnation: self.incarnation,
            now,
            abandoned: &self.abandoned,
        };
        match run(&mut writing) {
            Ok(value) => {
                transaction.commit().map_err(StoreError::from)?;
                // A log of this device's own is known to trust since it was begun.
                if self.trust_facts()? != facts {
                    self.settle_trust()?;
                }
                Ok(value)
            }
            Err(error) => {
                drop(transaction);
                // Logs that were begun are gone again.
                self.settle_trust()?;
                Err(error)
            }
        }
    }

    /// Seals this device's open entries so that they may leave it, and durably notes outside the
    /// database how far they may have left.
    pub fn seal(&mut self) -> Result<Vec<(LogId, Head)>, StoreError> {
        let transaction = self.opened.connection.transaction()?;
        let sealed = write::seal_open(&transaction, &self.identity)?;
        transaction.commit()?;
        let ends = self.own_ends()?;
        if let Some(directory) = self.opened.directory.as_deref() {
            self.mark.raise(directory, &ends)?;
        }
        Ok(sealed)
    }

    /// Brings documents and tables up to date with the entries that are here.
    pub fn materialise(&mut self) -> Result<Materialised, StoreError> {
        let mut total = Materialised::default();
        while let Some(done) = self.materialise_step()? {
            total.applied += done.applied;
            total.left_out += done.left_out;
            total.documents += done.documents;
        }
        Ok(total)
    }

    /// Does one bounded piece of [`materialise`](Self::materialise), so that others may use the
    /// replica in between; `None` when everything is up to date.
    pub fn materialise_step(&mut self) -> Result<Option<Materialised>, StoreError> {
        materialise::step(&mut self.opened.connection, &self.trust)
    }

    /// Drops every cache, the index of the segments included, and makes it again from them.
    pub fn rebuild(&mut self) -> Result<Materialised, StoreError> {
        let transaction = self.opened.connection.transaction()?;
        reindex::run(&transaction)?;
        materialise::mark_all(&transaction)?;
        transaction.commit()?;
        self.settle_trust()?;
        self.materialise()
    }

    /// Checks every stored segment against its hashes and its seal; returns how many there are.
    pub fn verify_segments(&self) -> Result<usize, StoreError> {
        let check: String = self.connection().query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        if check != "ok" {
            return Err(StoreError::Corrupt(check));
        }
        holdings::verify_all(self.connection())
    }

    /// An engine on one state of the tables. A replica in memory lends its only connection.
    pub fn reader(&self) -> Result<ReaderEngine<'_>, StoreError> {
        match self.detached_reader()? {
            Some(engine) => Ok(engine),
            None => Ok(ReaderEngine::borrowed(self.connection())),
        }
    }

    /// An engine on the present state that needs the replica no longer, so that others may write
    /// while it reads; `None` for a replica in memory.
    pub fn detached_reader(&self) -> Result<Option<ReaderEngine<'static>>, StoreError> {
        self.opened.reader()?.map(ReaderEngine::own).transpose()
    }

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
        let mut statement = self.connection().prepare_cached(sql)?;
        let rows = statement.query_map(parameters, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn entry(&self, entry_no: i64) -> Result<Option<EntryInfo>, StoreError> {
        query::entry_info(self.connection(), entry_no)
    }

    /// The entries that have no effect, each with why.
    pub fn left_out(&self) -> Result<Vec<EntryInfo>, StoreError> {
        query::left_out(self.connection())
    }

    pub fn logs(&self) -> Result<Vec<LogInfo>, StoreError> {
        query::logs(self.connection())
    }

    /// The digest of every space that holds anything.
    pub fn space_digests(&self) -> Result<BTreeMap<Space, Digest>, StoreError> {
        spaces::digests(self.connection())
    }

    /// The digest of what is held of a unit and everything below it: of the records and the
    /// oversight that its score is a function of.
    pub fn subtree_digest(&self, unit: &UnitPath) -> Result<Digest, StoreError> {
        let mut digests = self.space_digests()?;
        digests.retain(|space, _| unit.covers(&space.unit) && space.channel != linli_wire::Channel::Notices);
        Ok(linli_log::frontier::digest_of(&digests))
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

    /// The segments of a space that none of these devices has acknowledged.
    pub fn segments_beyond(&self, space: &Space, devices: &[DeviceKey]) -> Result<Vec<Vec<u8>>, StoreError> {
        let Some(space_no) = spaces::find(self.connection(), space)? else { return Ok(Vec::new()) };
        let mut segments = Vec::new();
        for (log, _) in spaces::frontier(self.connection(), space_no)?.0 {
            let acknowledged = receipts::acknowledged_by_all(self.connection(), log, devices)?;
            let missing = holdings::missing(self.connection(), log, &acknowledged, usize::MAX)?;
            segments.extend(missing.segments);
        }
        Ok(segments)
    }

    /// What hubs say of this device's logs, or of all.
    pub fn held_by(&self, own: bool) -> Result<Vec<HeldBy>, StoreError> {
        receipts::list(self.connection(), &self.trust, own)
    }

    /// The logs of one unit that this device, as a hub of `mine`, holds further than it has acknowledged, with
    /// where they are left out from, if they are. Receipts themselves need no receipt.
    pub fn unacknowledged(
        &self,
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
            let below = self.trust.writer_unit(&LogId(log)).is_some_and(|writer| mine.is_above(writer));
            if !below {
                continue;
            }
            let left_out = self.query(
                "SELECT seq, reason FROM entry WHERE log_no = ?1 AND state IN (2, 3, 4, 5, 6, 8)
                 ORDER BY seq LIMIT 1",
                [log_no],
                |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.unwrap_or_default())),
            )?;
            let left_out = left_out.into_iter().next();
            let heads = receipts::unacknowledged(self.connection(), log_no, LogId(log), me, &left_out)?;
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

    /// Notes that an invitation was redeemed. Returns the device that redeemed it first, if any did.
    pub fn redeem(
        &self,
        nonce: &[u8; 16],
        device: DeviceKey,
        now: TimeMs,
    ) -> Result<Option<DeviceKey>, StoreError> {
        let before: Option<[u8; 32]> = self
            .connection()
            .query_row("SELECT device FROM redeemed WHERE nonce = ?1", [nonce], |row| row.get(0))
            .optional()?;
        if before.is_none() {
            self.connection().execute(
                "INSERT INTO redeemed(nonce, device, time) VALUES (?1, ?2, ?3)",
                params![nonce, device.0, now.0],
            )?;
        }
        Ok(before.map(DeviceKey))
    }

    /// Whether an entry at this place would count, by everything that is known.
    pub fn authorise(&self, at: &Position, kind: linli_log::Kind, documents: &[u64]) -> Verdict {
        self.trust.authorise(at, kind, documents, &ancestry::Stored(self.connection()))
    }

    fn settle_trust(&mut self) -> Result<(), StoreError> {
        let Some(realm) = self.realm else { return Ok(()) };
        self.trust = trust::load(self.connection(), realm)?;
        let transaction = self.opened.connection.transaction()?;
        trust::apply_stances(&transaction, &self.trust)?;
        transaction.commit()?;
        Ok(())
    }

    /// Changes whenever trust has to be settled again: with the logs, the shape of forked ones, and
    /// the facts.
    fn trust_size(&self) -> Result<(i64, i64, (i64, i64)), StoreError> {
        let sizes = self.query(
            "SELECT (SELECT COUNT(*) FROM log),
                    (SELECT COALESCE(SUM(last_seq + 1), 0) + COUNT(*) FROM branch
                     WHERE log_no IN (SELECT log_no FROM branch WHERE branch > 0))",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let (logs, forked) = sizes.into_iter().next().unwrap_or_default();
        Ok((logs, forked, self.trust_facts()?))
    }

    /// The facts of trust. Receipts count only where some grant ends one day.
    fn trust_facts(&self) -> Result<(i64, i64), StoreError> {
        let ends = self.trust.grants().any(|(_, authority)| authority.grant.not_after.is_some());
        let facts = self.query(
            "SELECT (SELECT COUNT(*) FROM fact WHERE kind <> 4), (SELECT COUNT(*) FROM fact WHERE kind = 4 AND ?1)",
            [ends],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(facts.into_iter().next().unwrap_or_default())
    }

    /// Writes under another actor from now on where entries of this device have lost their effect: the
    /// documents no longer show the changes that used the former one.
    fn draw_incarnation(&mut self) -> Result<(), StoreError> {
        let left_out = self.query(
            "SELECT COUNT(*) FROM entry JOIN log USING (log_no) WHERE entry.state <> 1 AND log.own = 1",
            [],
            |row| row.get::<_, u64>(0),
        )?;
        let left_out = left_out.into_iter().next().unwrap_or(0);
        if left_out != self.own_left_out {
            getrandom::fill(&mut self.incarnation)?;
            self.own_left_out = left_out;
        }
        Ok(())
    }

    fn own_ends(&self) -> Result<BTreeMap<LogId, i64>, StoreError> {
        let ends = self.query(
            "SELECT log.id, MAX(entry.seq) FROM log JOIN entry USING (log_no) WHERE log.own = 1 GROUP BY log.log_no",
            [],
            |row| Ok((LogId(row.get(0)?), row.get(1)?)),
        )?;
        Ok(ends.into_iter().collect())
    }
}

#[cfg(test)]
mod tests;
