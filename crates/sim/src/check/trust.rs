//! The realm's root, and keys that were replaced.

use linli_store::EntryState;

use super::read;
use crate::{trouble::Violation, world::World};

/// The word of the realm is with the key to which the root handed over last.
pub fn everybody_goes_by_the_last_root(world: &World) -> Result<(), Violation> {
    let root = world.root.device();
    for at in world.on(|m| !m.outcast && !m.hostile) {
        if read(world, at, |r| Ok(r.trust().root()))? != Some(root) {
            return Err(world.violation(at, "it goes by another root than the last"));
        }
    }
    Ok(())
}

/// What a device had written before its key was replaced loses nothing by it.
pub fn what_a_replaced_key_wrote_stands(world: &World) -> Result<(), Violation> {
    let city = world.city();
    let sql = "SELECT entry.seq, entry.reason FROM entry JOIN log USING (log_no)
               WHERE log.id = ?1 AND entry.seq <= ?2 AND entry.state = ?3";
    for (log, head) in world.renewed.values().flatten() {
        let refused: Vec<(u64, Option<String>)> = read(world, city, |r| {
            r.query(sql, (log.0, head.seq, EntryState::Refused as i64), |row| Ok((row.get(0)?, row.get(1)?)))
        })?;
        // A grant that ended, say, takes its effect from it as from anything else.
        let lost = refused.iter().find(|(_, why)| why.as_ref().is_some_and(|why| why.contains("revoked")));
        if let Some((seq, _)) = lost {
            let what = format!("entry {seq} of a replaced key, log {}, lost its effect", log.short());
            return Err(world.violation(city, what));
        }
    }
    Ok(())
}
