//! Spaces and their frontiers.

use std::collections::BTreeMap;

use linli_log::{Head, SpaceFrontier};
use linli_wire::{Channel, Digest, EntryHash, LogId, Space, UnitPath};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;

/// The number of a space, made if it has none.
pub(crate) fn number(connection: &Connection, space: &Space) -> Result<i64, StoreError> {
    if let Some(number) = find(connection, space)? {
        return Ok(number);
    }
    connection
        .prepare_cached("INSERT INTO space(unit, channel) VALUES (?1, ?2)")?
        .execute(params![space.unit.as_str(), space.channel.code()])?;
    Ok(connection.last_insert_rowid())
}

pub(crate) fn find(connection: &Connection, space: &Space) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT space_no FROM space WHERE unit = ?1 AND channel = ?2")?
        .query_row(params![space.unit.as_str(), space.channel.code()], |row| row.get(0))
        .optional()?)
}

/// The space with this number.
pub(crate) fn by_number(connection: &Connection, number: i64) -> Result<Space, StoreError> {
    let (unit, channel): (String, u64) = connection
        .prepare_cached("SELECT unit, channel FROM space WHERE space_no = ?1")?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
    parse(&unit, channel)
}

pub(crate) fn parse(unit: &str, channel: u64) -> Result<Space, StoreError> {
    let unit: UnitPath = unit.parse().map_err(|e| StoreError::Corrupt(format!("{e}")))?;
    let channel =
        Channel::from_code(channel).ok_or_else(|| StoreError::Corrupt(format!("channel {channel}")))?;
    Ok(Space::new(unit, channel))
}

/// The sealed heads of a space's logs: the ends of branches, as far as segments reach.
pub(crate) fn frontier(connection: &Connection, space_no: i64) -> Result<SpaceFrontier, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT log.id, b.last_seq, b.last_hash FROM log JOIN branch b ON b.log_no = log.log_no
         WHERE log.space_no = ?1 AND b.last_seq >= 0",
    )?;
    let rows = statement.query_map([space_no], |row| {
        let (log, seq, hash): ([u8; 32], u64, [u8; 32]) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((LogId(log), Head { seq, hash: EntryHash(hash) }))
    })?;
    let mut frontier: BTreeMap<LogId, Vec<Head>> = BTreeMap::new();
    for row in rows {
        let (log, head) = row?;
        frontier.entry(log).or_default().push(head);
    }
    for heads in frontier.values_mut() {
        heads.sort_unstable();
    }
    Ok(SpaceFrontier(frontier))
}

/// The digest of every space that holds anything, computing those that changed.
pub(crate) fn digests(connection: &Connection) -> Result<BTreeMap<Space, Digest>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT space_no, unit, channel, digest FROM space")?;
    let rows = statement
        .query_map([], |row| {
            let (unit, digest): (String, Option<[u8; 32]>) = (row.get(1)?, row.get(3)?);
            Ok((row.get::<_, i64>(0)?, unit, row.get::<_, u64>(2)?, digest))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let mut digests = BTreeMap::new();
    for (number, unit, channel, digest) in rows {
        let digest = if let Some(digest) = digest {
            Digest(digest)
        } else {
            let frontier = frontier(connection, number)?;
            if frontier.0.is_empty() {
                continue;
            }
            let digest = frontier.digest();
            connection
                .prepare_cached("UPDATE space SET digest = ?2 WHERE space_no = ?1")?
                .execute(params![number, digest.0])?;
            digest
        };
        digests.insert(parse(&unit, channel)?, digest);
    }
    Ok(digests)
}

/// Forgets the digest of a space whose frontier moved.
pub(crate) fn touch(connection: &Connection, space_no: i64) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE space SET digest = NULL WHERE space_no = ?1")?.execute([space_no])?;
    Ok(())
}
