//! Settling trust from the facts in the database, and noticing which verdicts it changed.

use std::collections::BTreeMap;

use linli_log::{
    Fact, FactBody, Grant, Kind, LogOrigin, Receipt, Revoke, Rotate, Trust,
    fact::{Body, Genesis},
};
use linli_wire::{LogId, RealmId, TimeMs};
use rusqlite::{Connection, params};

use crate::{ancestry::Stored, error::StoreError, ingest::position, materialise::REBUILD, query::EntryState};

/// Builds trust from everything that is here.
pub(crate) fn load(connection: &Connection, realm: RealmId) -> Result<Trust, StoreError> {
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
    read_facts(connection, &[Kind::Grant, Kind::Revoke, Kind::Rotate], &mut facts)?;
    // Receipts decide only about grants that end one day; without one they need not be read.
    let some_end = facts.iter().any(|f| matches!(&f.body, FactBody::Grant(g) if g.not_after.is_some()));
    if some_end {
        read_facts(connection, &[Kind::Receipt], &mut facts)?;
    }
    Ok(Trust::build(realm, origins, &facts, &Stored(connection)))
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
        Kind::Receipt => Receipt::decode(body).ok().map(FactBody::Receipt),
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
        let now = trust.stance(&log).map(|stance| Ok::<_, StoreError>(stance + &fork(connection, log_no)?));
        let now = now.transpose()?;
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
                    "UPDATE entry SET state = ?2, reason = NULL WHERE log_no = ?1 AND state = ?3",
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
        Ok(format!(" branch {branch} from {base:?} to {last}"))
    })?;
    let branches = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(if branches.len() > 1 { branches.concat() } else { String::new() })
}
