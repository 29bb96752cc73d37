//! What evaluations keep for the next one, and when each space last changed. Neither is ever replicated.
//!
//! A space changes where the rows of one of its documents are made again, whether or not they come out the same.

use std::collections::BTreeMap;

use linli_eval::{Changes, Kept, KeptSlice};
use rusqlite::{Connection, params};

use crate::{error::StoreError, replica::Replica, spaces};

pub(crate) const SCHEMA: &str = "
ALTER TABLE space ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX space_by_changed ON space(changed);
CREATE TABLE kept(name TEXT PRIMARY KEY, slice BLOB NOT NULL) WITHOUT ROWID;
";

/// Notes that rows of a space are other ones.
pub(crate) fn changed(connection: &Connection, space_no: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE space SET changed = (SELECT MAX(changed) FROM space) + 1 WHERE space_no = ?1",
        )?
        .execute([space_no])?;
    Ok(())
}

impl Replica {
    /// When each space last changed.
    pub fn changes(&self) -> Result<Changes, StoreError> {
        let mut statement = self.connection().prepare_cached("SELECT unit, channel, changed FROM space")?;
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, u64>(1)?, row.get::<_, u64>(2)?))
        })?;
        let mut changes = Changes::default();
        for row in rows {
            let (unit, channel, step) = row?;
            changes.now = changes.now.max(step);
            changes.spaces.insert(spaces::parse(&unit, channel)?, step);
        }
        Ok(changes)
    }

    /// What evaluations kept. What cannot be read is as if it were not there.
    pub fn kept_slices(&self) -> Result<Kept, StoreError> {
        let mut statement = self.connection().prepare_cached("SELECT name, slice FROM kept")?;
        let rows =
            statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        let mut kept = BTreeMap::new();
        for row in rows {
            let (name, slice) = row?;
            if let Ok(slice) = KeptSlice::decode(&slice) {
                kept.insert(name, slice);
            }
        }
        Ok(kept)
    }

    /// Keeps what an evaluation counted, in place of what was kept under the same names.
    pub fn keep_slices(&self, fresh: &Kept) -> Result<(), StoreError> {
        let transaction = self.connection().unchecked_transaction()?;
        for (name, slice) in fresh {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO kept(name, slice) VALUES (?1, ?2)")?
                .execute(params![name, slice.encode()])?;
        }
        Ok(transaction.commit()?)
    }
}
