//! The replica: one writer over the database of a data directory.

mod reads;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use linli_log::{Head, Position, Trust, Verdict, compact};
use linli_wire::{DeviceKey, LogId, RealmId, Space, TimeMs};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    ancestry,
    engine::{DetachedEngine, ReaderEngine},
    erasure,
    error::StoreError,
    holdings,
    identity::Identity,
    ingest::{self, Stored},
    mark::Mark,
    materialise::{self, Materialised},
    open::Opened,
    place, projection, reindex,
    repack::{self, Repacked},
    trust, unindexed,
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
    /// Facts may be in the database that `trust` does not know: settling them failed, or did not come to it.
    trust_due: bool,
    /// Counts how often trust was settled, and this device given another key.
    trust_version: u64,
    incarnation: [u8; 6],
    abandoned: BTreeSet<LogId>,
    mark: Mark,
    /// This device's entries without effect when the incarnation was drawn.
    own_left_out: u64,
    /// How hard what is sealed and sent from now on is packed.
    level: i32,
}

impl Replica {
    /// Makes a new replica in a directory that was just created.
    pub fn init(opened: Opened, identity: Identity) -> Result<Self, StoreError> {
        identity.save(&opened.connection)?;
        Self::with(opened, identity)
    }

    /// Opens the replica of a data directory.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        Self::load(Opened::open(directory)?)
    }

    /// The replica in a database that has one.
    pub fn load(opened: Opened) -> Result<Self, StoreError> {
        let path = opened.place.as_ref().map(|place| place.path()).unwrap_or_default();
        let identity = Identity::load(&opened.connection)?.ok_or(StoreError::NotInitialised(path))?;
        Self::with(opened, identity)
    }

    fn with(opened: Opened, identity: Identity) -> Result<Self, StoreError> {
        let mut incarnation = [0; 6];
        place::fill_random(opened.place.as_deref(), &mut incarnation)?;
        let trust = Trust::default();
        let mark = opened.place.as_deref().map(Mark::read).transpose()?.unwrap_or_default();
        let mut replica = Self {
            opened,
            identity,
            realm: None,
            trust,
            trust_due: false,
            trust_version: 0,
            incarnation,
            abandoned: BTreeSet::new(),
            mark,
            own_left_out: 0,
            level: compact::LEVEL_FAST,
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

    /// Counts up whenever trust is settled anew or this device goes by another key: while it stays, so does what
    /// anybody may do.
    pub const fn trust_version(&self) -> u64 {
        self.trust_version
    }

    /// How many erasures count.
    pub fn erased(&self) -> Result<u64, StoreError> {
        let mut statement =
            self.connection().prepare_cached("SELECT COUNT(*) FROM erase WHERE counts = 1")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Randomness from where the replica is kept.
    pub fn fill_random(&self, buffer: &mut [u8]) -> Result<(), StoreError> {
        place::fill_random(self.opened.place.as_deref(), buffer)
    }

    /// Packs what is sealed and sent from now on for links that are slow or paid for by the byte, or for
    /// others. What is stored stays as it came.
    pub fn pack_for_slow_links(&mut self, slow: bool) {
        self.level = if slow { compact::LEVEL_SMALL } else { compact::LEVEL_FAST };
    }

    pub(crate) const fn level(&self) -> i32 {
        self.level
    }

    pub(crate) fn set_identity(&mut self, identity: Identity) {
        self.identity = identity;
        self.trust_version += 1;
    }

    pub(crate) fn opened_mut(&mut self) -> &mut Opened {
        &mut self.opened
    }

    /// Own logs that end before the mark: the database is older than what was sent from here.
    pub(crate) fn behind_the_mark(&self) -> &BTreeSet<LogId> {
        &self.abandoned
    }

    /// The database, for what does not ask for single entries: see [`Replica::indexed`].
    pub(crate) fn connection(&self) -> &Connection {
        &self.opened.connection
    }

    /// The database with every entry in its index.
    pub(crate) fn indexed(&self) -> Result<&Connection, StoreError> {
        unindexed::settle(self.connection())?;
        Ok(self.connection())
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
            .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
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
        self.settle_what_is_due()?;
        let (realm, me) = (self.realm, self.identity.device());
        let (logs, newest) = (self.logs_size()?, self.newest_entry()?);
        // What this device wrote is sealed first: what comes may be a later state of its own logs.
        self.seal()?;
        let transaction = self.opened.connection.transaction()?;
        let stored = ingest::store_all(&transaction, realm, me, segments, allowed)?;
        self.trust_due = true;
        transaction.commit()?;
        if self.logs_size()? != logs || trust::changed_since(self.connection(), &self.trust, newest)? {
            self.settle_trust()?;
        }
        self.trust_due = false;
        Ok(stored)
    }

    /// Writes within one database transaction.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        now: TimeMs,
        run: impl FnOnce(&mut Writing<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.settle_what_is_due()?;
        self.indexed()?;
        self.draw_incarnation()?;
        let newest = self.newest_entry()?;
        let transaction = self.opened.connection.transaction().map_err(StoreError::from)?;
        let mut writing = Writing {
            connection: &transaction,
            place: self.opened.place.as_deref(),
            identity: &self.identity,
            trust: &mut self.trust,
            incarnation: self.incarnation,
            now,
            abandoned: &self.abandoned,
        };
        let outcome = run(&mut writing);
        self.trust_due = true;
        match outcome {
            Ok(value) => {
                transaction.commit().map_err(StoreError::from)?;
                // A log of this device's own is known to trust since it was begun.
                if trust::changed_since(self.connection(), &self.trust, newest)? {
                    self.settle_trust()?;
                }
                self.trust_due = false;
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
        let sealed = write::seal_open(&transaction, &self.identity, self.level)?;
        transaction.commit()?;
        let ends = self.own_ends()?;
        if let Some(place) = self.opened.place.as_deref() {
            self.mark.raise(place, &ends)?;
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
            total.erased += done.erased;
        }
        Ok(total)
    }

    /// Does one bounded piece of [`materialise`](Self::materialise), so that others may use the
    /// replica in between; `None` when everything is up to date.
    pub fn materialise_step(&mut self) -> Result<Option<Materialised>, StoreError> {
        self.settle_what_is_due()?;
        let done = materialise::step(&mut self.opened.connection, &self.trust)?;
        if done.is_none() && self.opened.place.is_some() && erasure::scour_due(self.connection())? {
            // What an erased document named goes with it.
            self.sweep_attachments()?;
            erasure::scour(&mut self.opened.connection)?;
        }
        Ok(done)
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

    /// Makes few full segments of the many small ones that syncs leave, and packs them hard. No hash,
    /// digest or frontier changes. One transaction a log.
    pub fn repack(&mut self) -> Result<Repacked, StoreError> {
        let before = repack::size(self.connection())?;
        for log in self.repack_due(1)? {
            self.repack_log(log)?;
        }
        let after = repack::size(self.connection())?;
        Ok(Repacked { segments: (before.0, after.0), bytes: (before.1, after.1) })
    }

    /// The logs that have so many segments which were not repacked yet.
    pub fn repack_due(&self, segments_min: u64) -> Result<Vec<LogId>, StoreError> {
        repack::due(self.connection(), segments_min)
    }

    /// Repacks one log, in one transaction.
    pub fn repack_log(&mut self, log: LogId) -> Result<(), StoreError> {
        self.indexed()?;
        let transaction = self.opened.connection.transaction()?;
        repack::log(&transaction, log)?;
        Ok(transaction.commit()?)
    }

    /// Checks every stored segment against its hashes and its seal; returns how many there are.
    pub fn verify_segments(&self) -> Result<usize, StoreError> {
        let check: String = self.indexed()?.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
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

    /// Engines on the present state, for work on several cores: as many as there are cores, and no more than there
    /// are tasks. None for a replica in memory.
    pub fn detached_readers(&self, tasks: usize) -> Result<Vec<DetachedEngine>, StoreError> {
        self.opened.readers(tasks)
    }

    /// An engine on the present state that needs the replica no longer, so that others may write
    /// while it reads; `None` for a replica in memory.
    pub fn detached_reader(&self) -> Result<Option<ReaderEngine<'static>>, StoreError> {
        Ok(self.opened.reader()?.map(DetachedEngine::of).transpose()?.map(ReaderEngine::own))
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

    /// Makes up for a settling that failed after what it was for had been stored.
    fn settle_what_is_due(&mut self) -> Result<(), StoreError> {
        if self.trust_due { self.settle_trust() } else { Ok(()) }
    }

    fn settle_trust(&mut self) -> Result<(), StoreError> {
        let Some(realm) = self.realm else { return Ok(()) };
        self.trust_due = true;
        self.trust = trust::load(self.connection(), realm)?;
        self.trust_version += 1;
        let transaction = self.opened.connection.transaction()?;
        trust::apply_stances(&transaction, &self.trust)?;
        transaction.commit()?;
        self.trust_due = false;
        Ok(())
    }

    /// Changes with the logs that are here and with the shape of forked ones.
    fn logs_size(&self) -> Result<(i64, i64), StoreError> {
        Ok(self
            .connection()
            .prepare_cached(
                "SELECT (SELECT COUNT(*) FROM log),
                        (SELECT COALESCE(SUM(last_seq + 1), 0) + COUNT(*) FROM branch
                         WHERE log_no IN (SELECT log_no FROM branch WHERE branch > 0))",
            )?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Entries that come from now on have greater numbers.
    fn newest_entry(&self) -> Result<i64, StoreError> {
        Ok(self
            .connection()
            .prepare_cached("SELECT COALESCE(MAX(entry_no), 0) FROM entry")?
            .query_row([], |row| row.get(0))?)
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
            place::fill_random(self.opened.place.as_deref(), &mut self.incarnation)?;
            self.own_left_out = left_out;
        }
        Ok(())
    }

    fn own_ends(&self) -> Result<BTreeMap<LogId, i64>, StoreError> {
        let mut statement = self.connection().prepare_cached(
            "SELECT id, MAX(COALESCE((SELECT MAX(last_seq) FROM branch WHERE branch.log_no = log.log_no), -1),
                            COALESCE((SELECT MAX(seq) FROM entry WHERE entry.log_no = log.log_no), -1))
             FROM log WHERE own = 1",
        )?;
        let ends = statement
            .query_map([], |row| Ok((LogId(row.get(0)?), row.get::<_, i64>(1)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(ends.into_iter().filter(|(_, seq)| *seq >= 0).collect())
    }
}

#[cfg(test)]
mod tests;
