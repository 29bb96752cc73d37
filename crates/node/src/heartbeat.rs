//! Heartbeats: a device that has nothing to say says so, and its silence has a date.
//!
//! A heartbeat stands in the log in which the device's word matters: a hub's in its notices, with its grants
//! and revocations, everybody else's in the records. Logs are chains, so whoever keeps something back keeps
//! all later heartbeats back as well, and that is seen. An entry of any other kind does as well as a
//! heartbeat, so a device that works writes none.

use linli_log::{Checkpoint, CheckpointPurpose, Head, Kind, Right, frontier::digest_of};
use linli_store::{PROGRAM, Replica, StoreError};
use linli_wire::{Arrangement, Channel, LogId, Space, TimeMs, UnitPath};

use crate::node::units_of;

/// A heartbeat is due when the log has no entry of so long.
pub const HEARTBEAT_INTERVAL_MS: i64 = 20 * 3_600_000;
/// Of whom nothing has been heard for so long is shown as silent: a day for the heartbeat, two for the way.
pub const SILENT_AFTER_MS: i64 = 72 * 3_600_000;

/// Where a device that acts for this unit has its heartbeat, if it has one.
fn place(replica: &Replica, unit: &UnitPath) -> Option<Space> {
    let me = replica.identity().device();
    let has = |right: Right| {
        replica.trust().grants_of(me).any(|(_, a)| a.grant.unit == *unit && a.grant.rights.has(right))
    };
    if has(Right::Receipt) || has(Right::Issue) {
        Some(Space::new(unit.clone(), Channel::Notices))
    } else if has(Right::Records) {
        Some(Space::new(unit.clone(), Channel::Records))
    } else {
        None
    }
}

/// The latest heartbeat of the hub next above a unit that has one.
pub(crate) fn of_parent(
    replica: &Replica,
    arrangement: &Arrangement,
    unit: &UnitPath,
) -> Result<Option<(LogId, Head)>, StoreError> {
    let mut above = arrangement.parent(unit);
    while let Some(unit) = above {
        let beat = replica.latest_checkpoint(&Space::new(unit.clone(), Channel::Notices))?;
        if beat.is_some() {
            return Ok(beat);
        }
        above = arrangement.parent(&unit);
    }
    Ok(None)
}

/// Writes a heartbeat if one is due; says whether it did.
pub fn beat(replica: &mut Replica, now: TimeMs) -> Result<bool, StoreError> {
    let units = units_of(replica, replica.identity().device());
    let Some(space) = units.first().and_then(|unit| place(replica, unit)) else { return Ok(false) };
    let last = replica.last_own_entry(&space)?;
    // Also where the clock was set back: else the device would be silent until it has caught up.
    if last.is_some_and(|last| (now.0 - last.0).abs() < HEARTBEAT_INTERVAL_MS) {
        return Ok(false);
    }
    let frontier = digest_of(&replica.space_digests()?);
    let purpose = CheckpointPurpose::Heartbeat;
    let beat = Checkpoint { purpose, frontier, note: PROGRAM.to_owned() };
    match replica.write(now, |writing| writing.fact(&space, Kind::Checkpoint, &beat)) {
        Ok(_) => Ok(true),
        // A grant that has ended, or a clock in another century, is heard of elsewhere.
        Err(StoreError::NotAllowed { .. } | StoreError::NoGrant(_) | StoreError::Entry(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
