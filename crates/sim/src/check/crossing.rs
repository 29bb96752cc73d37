//! What goes from one machine to another: nothing of a space that the other may not read, or reads no longer.

use linli_log::compact;
use linli_node::Node;
use linli_sync::Message;
use linli_wire::{Channel, DeviceKey, Frame, Lane, Space, UnitPath};

use super::read;
use crate::{trouble::Violation, world::World};

/// Judges a frame that an honest machine sends, by what the machine knows at that moment.
pub fn may_cross(world: &World, from: usize, to: usize, frame: &Frame) -> Result<(), Violation> {
    if !matches!(frame.lane, Lane::Trust | Lane::Recent | Lane::Bulk) || world.is_ailing(from) {
        return Ok(());
    }
    let Ok(Message::Segment { bytes, .. }) = Message::decode(frame) else { return Ok(()) };
    let segment = compact::decode(&bytes)
        .map_err(|error| world.violation(from, format!("it sends what is no segment: {error}")))?;
    let sql = "SELECT space.unit, space.channel FROM log JOIN space USING (space_no) WHERE log.id = ?1";
    let found: Vec<(String, u64)> =
        read(world, from, |r| r.query(sql, [segment.log.0], |row| Ok((row.get(0)?, row.get(1)?))))?;
    let space = found
        .first()
        .and_then(|(unit, channel)| Some(Space::new(unit.parse().ok()?, Channel::from_code(*channel)?)));
    let Some(space) = space else {
        return Err(world.violation(from, "it sends a segment of a log that it does not have"));
    };
    let node = world.machines[from].node.as_ref().expect("it sends");
    if reads(node, world.machines[to].device, &space) {
        Ok(())
    } else {
        let name = &world.machines[to].name;
        Err(world.violation(from, format!("it sends a segment of {space} to {name}, which may not read it")))
    }
}

/// Whether a device may read a space, as a node knows it now.
fn reads(node: &Node, device: DeviceKey, space: &Space) -> bool {
    let now = node.now();
    node.with(|r| {
        let arrangement = r.trust().arrangement(now.day_number());
        let lasting =
            r.trust().grants_of(device).filter(|(_, a)| a.grant.not_after.is_none_or(|end| now <= end));
        let units: Vec<&UnitPath> = lasting.map(|(_, authority)| &authority.grant.unit).collect();
        units.iter().any(|unit| arrangement.reads(unit, space))
    })
}
