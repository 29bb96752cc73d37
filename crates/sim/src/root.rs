//! The realm's root: a machine in a vault. It moves units and hands over to its next key, and what it wrote is
//! carried to the city's hub.

use linli_disk::Disk;
use linli_node::{Clock, Node, NodeError, move_unit, rotate_root};
use linli_store::{Opened, Replica};
use linli_wire::{Arrangement, Channel, DeviceKey, Space, TimeMs, UnitPath};

use crate::template::{BEGIN, NEXT_ROOTS, identity};

#[derive(Debug)]
pub struct Root {
    node: Node,
    /// Goes after the node that stands on it.
    _disk: Disk,
    clock: Clock,
    /// How often it handed over.
    rotations: u64,
    /// How many units it moved.
    pub moves: u64,
}

impl Root {
    pub fn begin(disk: Disk) -> Self {
        let clock = Clock::at(BEGIN);
        let opened = Opened::open_at(disk.place()).expect("a vault's disk works");
        let replica = Replica::load(opened).expect("a vault's disk works");
        let node = Node::with_clock(replica, clock.clone());
        Self { node, _disk: disk, clock, rotations: 0, moves: 0 }
    }

    /// The key that its word is with.
    pub fn device(&self) -> DeviceKey {
        self.node.device()
    }

    pub fn rotate(&mut self, now: TimeMs) -> Result<(), NodeError> {
        self.clock.set(now);
        let number = NEXT_ROOTS + self.rotations;
        rotate_root(&self.node, identity(number), identity(number + 1).device())?;
        self.rotations += 1;
        Ok(())
    }

    pub fn move_unit(
        &mut self,
        unit: &UnitPath,
        to: &UnitPath,
        from_day: i64,
        now: TimeMs,
    ) -> Result<(), NodeError> {
        self.clock.set(now);
        move_unit(&self.node, unit, to, from_day)?;
        self.moves += 1;
        Ok(())
    }

    /// Which unit lies below which on the day of this moment.
    pub fn arrangement(&self, now: TimeMs) -> Arrangement {
        self.node.with(|r| r.trust().arrangement(now.day_number()))
    }

    /// Everything that it wrote.
    pub fn word(&self) -> Result<Vec<Vec<u8>>, NodeError> {
        Ok(self.node.with(|r| {
            r.seal()?;
            let city = r.trust().root_unit(r.identity().device()).cloned();
            city.map_or_else(|| Ok(Vec::new()), |city| r.segments(&Space::new(city, Channel::Notices)))
        })?)
    }
}
