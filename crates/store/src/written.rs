//! Which entry wrote a document last.

use std::collections::{BTreeMap, BTreeSet};

use linli_wire::{DocId, UnitPath};
use rusqlite::{OptionalExtension, params};

use crate::{
    error::StoreError,
    query::{EntryInfo, Origins},
    replica::Replica,
};

impl Replica {
    /// Of each document, the last entry that wrote it and was recorded up to a day, where the document stands in a
    /// space of a unit for which `inside` holds.
    pub fn last_written(
        &self,
        documents: &BTreeSet<DocId>,
        until_n: i64,
        inside: impl Fn(&UnitPath) -> bool,
    ) -> Result<BTreeMap<DocId, EntryInfo>, StoreError> {
        let connection = self.indexed()?;
        let mut listed = connection.prepare("SELECT space_no, unit FROM space ORDER BY unit")?;
        let listed = listed.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut spaces: Vec<i64> = Vec::new();
        for space in listed {
            let (space_no, unit): (i64, String) = space?;
            if unit.parse().is_ok_and(|unit: UnitPath| inside(&unit)) {
                spaces.push(space_no);
            }
        }
        let mut stored =
            connection.prepare("SELECT origins FROM document WHERE space_no = ?1 AND id = ?2")?;
        let mut found = BTreeMap::new();
        for id in documents {
            for space_no in &spaces {
                let row =
                    stored.query_row(params![space_no, id.0], |row| row.get::<_, Vec<u8>>(0)).optional()?;
                let Some(origins) = row else { continue };
                let origins = Origins::decode(&origins);
                let in_time = origins.iter().filter(|origin| origin.day_n <= until_n);
                let last = in_time.max_by_key(|origin| (origin.day_n, origin.entry_no));
                if let Some(entry) = last.map(|origin| self.entry(origin.entry_no)).transpose()?.flatten() {
                    found.insert(*id, entry);
                }
                break;
            }
        }
        Ok(found)
    }
}
