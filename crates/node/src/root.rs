//! The root of a realm: handing over to the next key, and moving units.

use linli_log::{Alias, Genesis, Kind, Rotate};
use linli_store::{Identity, StoreError};
use linli_wire::{Channel, DeviceKey, EntryHash, Move, Space, UnitPath};

use crate::{error::NodeError, node::Node};

/// The city's notices, if this device holds the root key that the word of the realm is with.
fn notices_of_root(node: &Node) -> Result<Space, NodeError> {
    node.with(|r| {
        let device = r.identity().device();
        let city = r.trust().root_unit(device).filter(|_| r.trust().root() == Some(device));
        city.map(|city| Space::new(city.clone(), Channel::Notices)).ok_or(NodeError::NotRoot)
    })
}

/// Hands the realm over to the root key that was announced, and announces the one after it. From then on this
/// device goes by the new key. Returns the rotation.
///
/// Interrupted at any place, it is finished by calling it again.
pub fn rotate_root(node: &Node, next: Identity, after: DeviceKey) -> Result<EntryHash, NodeError> {
    let now = node.now();
    let new_root = next.device();
    let begun = node.with(|r| r.trust().rotation_to(new_root));
    let (notices, rotation) = if let Some(rotation) = begun {
        let city = node.with(|r| r.trust().root_unit(new_root).cloned()).ok_or(NodeError::NotRoot)?;
        (Space::new(city, Channel::Notices), rotation)
    } else {
        let notices = notices_of_root(node)?;
        if node.with(|r| r.trust().next_root()) != Some(Rotate::announcement(new_root)) {
            return Err(NodeError::OtherRootAnnounced(new_root));
        }
        let rotate = Rotate { new_root, next_root: Rotate::announcement(after) };
        let rotation = node.with(|r| r.write(now, |w| w.fact(&notices, Kind::Rotate, &rotate)))?;
        (notices, rotation)
    };
    node.with(|r| {
        if r.identity().device() != new_root {
            r.take_over(next)?;
        }
        if r.last_own_entry(&notices)?.is_none() {
            // Of several rotations the one counts that the new key has begun a log on.
            let mut incarnation = [0; 16];
            r.fill_random(&mut incarnation)?;
            let genesis = Genesis {
                device: new_root,
                space: notices.clone(),
                grant: Some(rotation),
                incarnation,
                root: None,
            };
            r.write(now, |w| w.begin_root_log(&genesis))?;
        }
        r.seal()?;
        Ok::<_, StoreError>(())
    })?;
    node.announce();
    Ok(rotation)
}

/// Says, as the root, that a unit lies elsewhere from a day on.
pub fn move_unit(
    node: &Node,
    unit: &UnitPath,
    now: &UnitPath,
    from_day: i64,
) -> Result<EntryHash, NodeError> {
    let one = Move { unit: unit.clone(), now: now.clone() };
    one.check().map_err(|error| NodeError::BadMove(error.to_string()))?;
    let notices = notices_of_root(node)?;
    if !notices.unit.covers(unit) {
        return Err(NodeError::BadMove(format!("{unit} does not lie in {}", notices.unit)));
    }
    let alias = Alias { unit: unit.clone(), now: now.clone(), from_day };
    let time = node.now();
    let entry = node.with(|r| {
        let entry = r.write(time, |w| w.fact(&notices, Kind::Alias, &alias))?;
        r.seal()?;
        Ok::<_, StoreError>(entry)
    })?;
    node.announce();
    Ok(entry)
}

#[cfg(test)]
mod tests;
