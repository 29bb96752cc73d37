//! What becomes of entries when somebody loses their word, asked before it is said; and a device that goes
//! on under another key.

use linli_log::{Fact, FactBody, Kind, LogOrigin, Position, Revoke, Right, Verdict};
use linli_wire::{EntryHash, LogId, Space, TimeMs};
use rusqlite::{OptionalExtension as _, params};

use crate::{
    ancestry::Stored,
    error::StoreError,
    identity::Identity,
    query::{self, EntryInfo},
    replica::Replica,
    trust,
};

/// Stands for a log that this device would begin.
const SUPPOSED: LogId = LogId([0; 32]);

impl Replica {
    /// The entries that count and would not if this device wrote this revocation in `notices` now, the
    /// first first. What builds on them would be held, and is not listed.
    pub fn would_lose(
        &self,
        notices: &Space,
        revoke: &Revoke,
        now: TimeMs,
    ) -> Result<Vec<EntryInfo>, StoreError> {
        let Some(realm) = self.realm() else { return Ok(Vec::new()) };
        let (origin, log, seq) = self.own_place(notices)?;
        let at = Position { log, seq, hash: EntryHash([0; 32]) };
        let fact = Fact { at, time: now, body: FactBody::Revoke(revoke.clone()) };
        let then = trust::load_with(self.indexed()?, realm, Some((origin, fact)))?;
        let mut lost = Vec::new();
        for info in self.logs()? {
            if self.trust().stance(&info.log) == then.stance(&info.log) {
                continue;
            }
            let entries = self.query(
                "SELECT e.entry_no, e.seq, e.hash, e.kind FROM entry e JOIN log USING (log_no)
                 WHERE log.id = ?1 AND e.state = 1 ORDER BY e.entry_no",
                [info.log.0],
                |row| {
                    let hash = EntryHash(row.get(2)?);
                    Ok((row.get::<_, i64>(0)?, row.get::<_, u64>(1)?, hash, Kind::from_code(row.get(3)?)))
                },
            )?;
            for (entry_no, seq, hash, kind) in entries {
                let at = Position { log: info.log, seq, hash };
                let verdict = then.authorise(&at, kind, &[], &Stored(self.indexed()?));
                let stood = self.trust().authorise(&at, kind, &[], &Stored(self.indexed()?));
                if stood == Verdict::Authorised && verdict != Verdict::Authorised {
                    lost.extend(query::entry_info(self.indexed()?, entry_no)?);
                }
            }
        }
        Ok(lost)
    }

    /// Where this device's next entry in a space would stand, with the log that it would stand in.
    fn own_place(&self, space: &Space) -> Result<(LogOrigin, LogId, u64), StoreError> {
        let found: Option<([u8; 32], u64)> = self
            .indexed()?
            .prepare_cached(
                "SELECT log.id, MAX(e.seq) FROM log JOIN space USING (space_no) JOIN entry e USING (log_no)
                 WHERE log.own = 1 AND log.returned = 0 AND space.unit = ?1 AND space.channel = ?2
                 GROUP BY log.log_no ORDER BY log.log_no DESC LIMIT 1",
            )?
            .query_row(params![space.unit.as_str(), space.channel.code()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let device = self.identity().device();
        let known = found.and_then(|(log, seq)| {
            self.trust().origin(&LogId(log)).map(|origin| (origin.clone(), LogId(log), seq + 1))
        });
        let grant = || {
            let mut grants = self.trust().grants_of(device);
            grants.find(|(_, a)| a.grant.unit == space.unit && a.grant.rights.has(Right::Revoke))
        };
        Ok(known.unwrap_or_else(|| {
            let grant = grant().map(|(hash, _)| *hash);
            (LogOrigin { device, space: space.clone(), grant, root: None }, SUPPOSED, 1)
        }))
    }

    /// The identity that this device is to go on under: drawn when first asked for, and the same from then on until it
    /// was taken over, so that whoever was cut short goes on with the one that may have been granted by now.
    pub fn next_identity(&mut self) -> Result<Identity, StoreError> {
        if let Some(next) = Identity::load_next(self.connection())? {
            return Ok(next);
        }
        let (mut seed, mut recipient) = ([0; 32], [0; 32]);
        self.fill_random(&mut seed)?;
        self.fill_random(&mut recipient)?;
        let next = Identity::of(seed, recipient);
        next.save_next(self.connection())?;
        Ok(next)
    }

    /// Whether the identity to go on under was drawn and not taken over yet.
    pub fn has_next_identity(&self) -> Result<bool, StoreError> {
        Ok(Identity::load_next(self.connection())?.is_some())
    }

    /// Goes on under another key. What was written under the former one stays as it is, and is this device's
    /// no longer: sealed before, and never written after.
    pub fn take_over(&mut self, identity: Identity) -> Result<(), StoreError> {
        self.seal()?;
        let former = self.identity().device();
        let transaction = self.opened_mut().connection.transaction()?;
        identity.save(&transaction)?;
        Identity::forget_next(&transaction)?;
        transaction.execute("UPDATE log SET own = 0 WHERE device = ?1", [former.0])?;
        transaction.execute("UPDATE log SET own = 1 WHERE device = ?1", [identity.device().0])?;
        transaction.commit()?;
        self.set_identity(identity);
        Ok(())
    }
}
