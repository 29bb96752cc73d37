//! Settling trust from the facts in the database, and noticing which verdicts it changed.

use std::collections::{BTreeMap, BTreeSet};

use linli_log::{
    Alias, Fact, FactBody, Grant, HeldState, Kind, LogHeads, LogOrigin, Receipt, ReceiptState, Revoke,
    Rotate, Trust,
    fact::{Body, Genesis},
};
use linli_wire::{DeviceKey, Digest, EntryHash, LogId, RealmId, TimeMs};
use rusqlite::{Connection, params};

use crate::{
    ancestry::Stored, error::StoreError, ingest::position, materialise::REBUILD, query::EntryState, receipts,
};

/// Builds trust from everything that is here.
pub(crate) fn load(connection: &Connection, realm: RealmId) -> Result<Trust, StoreError> {
    load_with(connection, realm, None)
}

/// The same as if one more fact were here, in a log of its own or one that is.
pub(crate) fn load_with(
    connection: &Connection,
    realm: RealmId,
    supposed: Option<(LogOrigin, Fact)>,
) -> Result<Trust, StoreError> {
    let mut origins = BTreeMap::new();
    let mut statement = connection.prepare_cached("SELECT id, genesis FROM log")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    for row in rows {
        let (id, genesis) = row?;
        let genesis =
            Genesis::decode(&genesis).map_err(|e| StoreError::Corrupt(format!("a genesis: {e}")))?;
        let Genesis { device, space, grant, root, .. } = genesis;
        origins.insert(LogId(id), LogOrigin { device, space, grant, root });
    }
    let mut facts = Vec::new();
    read_facts(connection, &[Kind::Grant, Kind::Revoke, Kind::Rotate, Kind::Alias], &mut facts)?;
    if let Some((origin, fact)) = supposed {
        origins.entry(fact.at.log).or_insert(origin);
        facts.push(fact);
    }
    let judged = Judged::by(&facts);
    for (log, origin) in &origins {
        if judged.needs_receipts(connection, *log, origin)? {
            read_receipts(connection, *log, &mut facts)?;
        }
    }
    Ok(Trust::build(realm, origins, &facts, &Stored(connection)))
}

/// Which logs receipts decide about. Of the others they need not be read: there are as many receipts as
/// there were sessions.
#[derive(Default)]
struct Judged {
    revoked: BTreeSet<DeviceKey>,
    ends: BTreeMap<EntryHash, TimeMs>,
    /// The grants of those whose word about a moved unit may have ended.
    above_moved: BTreeSet<EntryHash>,
}

impl Judged {
    fn by(facts: &[Fact]) -> Self {
        let mut judged = Self::default();
        let moved = facts.iter().any(|fact| matches!(fact.body, FactBody::Alias(_)));
        for fact in facts {
            match &fact.body {
                FactBody::Revoke(revoke) => {
                    judged.revoked.insert(revoke.device);
                }
                FactBody::Grant(grant) => {
                    judged.ends.extend(grant.not_after.map(|end| (fact.at.hash, end)));
                    if moved && grant.unit.level() < linli_wire::Level::Community {
                        judged.above_moved.insert(fact.at.hash);
                    }
                }
                _ => {}
            }
        }
        judged
    }

    fn needs_receipts(
        &self,
        connection: &Connection,
        log: LogId,
        origin: &LogOrigin,
    ) -> Result<bool, StoreError> {
        let Some(grant) = origin.grant else { return Ok(false) };
        if self.revoked.contains(&origin.device) || self.above_moved.contains(&grant) {
            return Ok(true);
        }
        // While nothing was received after the end, nothing has expired.
        let Some(end) = self.ends.get(&grant) else { return Ok(false) };
        Ok(connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM receipted WHERE log = ?1 AND time > ?2)")?
            .query_row(params![log.0, end.0], |row| row.get(0))?)
    }
}

/// The receipts about one log, as facts that speak of this log alone.
fn read_receipts(connection: &Connection, about: LogId, facts: &mut Vec<Fact>) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT log.id, entry.seq, entry.hash, receipted.time, receipted.heads FROM receipted
         JOIN entry USING (entry_no) JOIN log USING (log_no) WHERE receipted.log = ?1",
    )?;
    let mut rows = statement.query([about.0])?;
    while let Some(row) = rows.next()? {
        let at = position(LogId(row.get(0)?), row.get(1)?, row.get(2)?);
        let heads: Vec<u8> = row.get(4)?;
        let heads = LogHeads { log: about, heads: receipts::decode_heads(&heads) };
        let logs = vec![ReceiptState { heads, state: HeldState::Held }];
        let body = FactBody::Receipt(Receipt { logs, heartbeat: None });
        facts.push(Fact { at, time: TimeMs(row.get(3)?), body });
    }
    Ok(())
}

/// Whether trust is to be settled again for what was stored behind this entry, besides new logs.
pub(crate) fn changed_since(connection: &Connection, trust: &Trust, since: i64) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT fact.kind, fact.body, entry.time FROM fact JOIN entry USING (entry_no) WHERE entry_no > ?1",
    )?;
    let mut rows = statement.query([since])?;
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(0)? != Kind::Receipt.code() as i64 {
            return Ok(true);
        }
        let Ok(receipt) = Receipt::decode(&row.get::<_, Vec<u8>>(1)?) else { continue };
        let time = TimeMs(row.get(2)?);
        if receipt.logs.iter().any(|state| trust.receipt_matters(&state.heads.log, time)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read_facts(connection: &Connection, kinds: &[Kind], facts: &mut Vec<Fact>) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT log.id, entry.seq, entry.hash, entry.time, fact.body FROM fact
         JOIN entry USING (entry_no) JOIN log USING (log_no) WHERE fact.kind = ?1",
    )?;
    for kind in kinds {
        let mut rows = statement.query([kind.code() as i64])?;
        while let Some(row) = rows.next()? {
            let at = position(LogId(row.get(0)?), row.get(1)?, row.get(2)?);
            let body: Vec<u8> = row.get(4)?;
            // A body that cannot be read is a fact without effect, whoever signed it.
            let Some(body) = decode(*kind, &body) else { continue };
            facts.push(Fact { at, time: TimeMs(row.get(3)?), body });
        }
    }
    Ok(())
}

fn decode(kind: Kind, body: &[u8]) -> Option<FactBody> {
    match kind {
        Kind::Grant => Grant::decode(body).ok().map(FactBody::Grant),
        Kind::Revoke => Revoke::decode(body).ok().map(FactBody::Revoke),
        Kind::Alias => Alias::decode(body).ok().map(FactBody::Alias),
        Kind::Rotate => Rotate::decode(body).ok().map(FactBody::Rotate),
        _ => None,
    }
}

/// Compares what trust now says of each log with what it said when its entries were decided, and
/// marks what must be decided again.
pub(crate) fn apply_stances(connection: &Connection, trust: &Trust) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT log_no, id, space_no, stance FROM log")?;
    let rows = statement
        .query_map([], |row| {
            let (log_no, id): (i64, [u8; 32]) = (row.get(0)?, row.get(1)?);
            Ok((log_no, LogId(id), row.get::<_, i64>(2)?, row.get::<_, Option<String>>(3)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    for (log_no, log, space_no, before) in rows {
        let mut now = trust.stance(&log);
        if let Some(stance) = now.as_mut().filter(|_| trust.asks_for_branches(&log)) {
            stance.push_str(&fork(connection, log_no)?);
        }
        if now == before {
            continue;
        }
        if before.is_some() {
            // Entries were decided under another stance: the documents they touch are made anew.
            connection
                .prepare_cached("UPDATE space SET rebuild = ?2 WHERE space_no = ?1")?
                .execute(params![space_no, REBUILD])?;
        } else {
            connection
                .prepare_cached(
                    "UPDATE entry SET state = ?2, reason = NULL WHERE log_no = ?1 AND state = ?3 AND state <> 1",
                )?
                .execute(params![log_no, EntryState::New as i64, EntryState::Pending as i64])?;
        }
        connection
            .prepare_cached("UPDATE log SET stance = ?2 WHERE log_no = ?1")?
            .execute(params![log_no, now])?;
    }
    Ok(())
}

/// The shape of a log that forked, as part of its stance: where entries stand relative to a cut can
/// change with every branch that arrives. Empty for a log that did not.
fn fork(connection: &Connection, log_no: i64) -> Result<String, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT branch, base_seq, last_seq FROM branch WHERE log_no = ?1 ORDER BY branch")?;
    let rows = statement.query_map([log_no], |row| {
        let (branch, base, last): (i64, Option<i64>, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("{branch} {base:?} {last}"))
    })?;
    let branches = rows.collect::<Result<Vec<_>, _>>()?;
    if branches.len() < 2 {
        return Ok(String::new());
    }
    let parts: Vec<&[u8]> = branches.iter().map(String::as_bytes).collect();
    Ok(format!(" branches {}", Digest::of(b"linli/1 branches", &parts)))
}
