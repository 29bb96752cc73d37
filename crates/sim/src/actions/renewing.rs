//! Devices that get another key, and hubs that are lost with their machine and replaced by an empty one.

use linli_disk::Disk;
use linli_log::{Kind, Revoke, Rights};
use linli_node::{
    JoinRequest, Node, NodeError, Terms, accept_grant, begin_renewal, finish_renewal, grant_device, renew,
    written,
};
use linli_store::{Opened, Replica, StoreError};
use linli_wire::{Channel, DeviceKey, Space, TimeMs};

use crate::{
    template::{NEXT_HUBS, identity},
    trouble::Violation,
    world::{Event, World},
};

/// An answer is lost once in so many times, and asked for again within this time.
const LOST_ONE_IN: u64 = 4;
const AGAIN_MS: u64 = 3 * 24 * 3_600_000;
/// A move is in force so long after the root said so, or sooner.
const MOVES_KNOWN_MS: i64 = 30 * 24 * 3_600_000;

impl World {
    /// A device gets another key from its street.
    pub fn replace_key(&mut self, device: usize) -> Result<(), Violation> {
        let Some(street) = self.machines[device].parent else { return Ok(()) };
        let (Some(node), Some(hub)) =
            (self.machines[device].node.clone(), self.machines[street].node.clone())
        else {
            return Ok(());
        };
        let Machines { ailing, cast_out } = self.state_of(device, street);
        if ailing || cast_out || !self.reach(device, street) || !self.keeps(street, device) {
            return Ok(());
        }
        let former = self.machines[device].device;
        let asked = match begin_renewal(&node) {
            Ok(asked) => asked,
            Err(error) => return self.failed(device, &error),
        };
        let bundle = match renew(&hub, former, &asked) {
            Ok(bundle) => bundle,
            // It lacks some of what the device wrote, or has a grant no longer.
            Err(NodeError::RefusedByHub(reason)) => {
                self.note(device, &format!("gets no other key: {reason}"));
                return self.work(street);
            }
            Err(error) => return self.failed(street, &error),
        };
        // What it writes before it hears the answer lies beyond the cut: it has no effect until it is written again.
        self.renewed.entry(former).or_insert(asked.heads);
        // A clone goes by the former key.
        for (_, clone) in self.machines.iter_mut().enumerate().filter(|(at, _)| *at != device) {
            clone.outcast |= clone.device == former;
        }
        self.work(street)?;
        if !self.calm && self.chance.one_in(LOST_ONE_IN) {
            self.note(device, "does not hear that it has another key");
            self.renewing.insert(device);
            let again = self.chance.below(AGAIN_MS);
            self.after(again, Event::Renew(device));
            return Ok(());
        }
        match finish_renewal(&node, &bundle) {
            Ok(next) => {
                self.note(device, "goes by another key");
                self.machines[device].device = next;
                self.renewing.remove(&device);
                self.work(device)
            }
            Err(error) => {
                self.renewing.insert(device);
                self.failed(device, &error)
            }
        }
    }

    /// A hub's machine is lost with all that was on it. The hub above gives its place to an empty one.
    pub fn replace_hub(&mut self, hub: usize) -> Result<(), Violation> {
        let Some(parent) = self.machines[hub].parent else { return Ok(()) };
        let Some(above) = self.machines[parent].node.clone() else { return Ok(()) };
        let Machines { ailing, cast_out } = self.state_of(hub, parent);
        if ailing || cast_out || !self.knows_those_below(hub, &above) || !self.keeps(parent, hub) {
            return Ok(());
        }
        self.note(hub, "is lost, and an empty machine takes its place");
        self.forget_erasures_lost_with(hub, &above)?;
        self.went_down(hub);
        self.committed.remove(&hub);
        let number = NEXT_HUBS + self.new_hubs;
        self.new_hubs += 1;
        let disk = Disk::new(self.chance.next());
        let machine = &mut self.machines[hub];
        let (former, unit) = (machine.device, machine.unit.clone());
        let opened = Opened::create_at(disk.place()).expect("the disk is empty");
        let replica = Replica::init(opened, identity(number)).expect("the disk works");
        let node = Node::with_clock(replica, machine.clock.clone());
        machine.device = node.device();
        machine.disk = disk;
        machine.backups.clear();
        machine.restored_at = Some(self.now);
        let granted = revoke_lost(&above, former).and_then(|()| {
            let request = node.with(|r| JoinRequest::of(r, "in its place"));
            let terms = Terms { unit, rights: Rights::hub(), not_after: None, label: "hub".to_owned() };
            grant_device(&above, &request, &terms)
        });
        match granted {
            Ok(bundle) => {
                if let Err(error) = accept_grant(&node, &bundle) {
                    return Err(self.violation(hub, format!("it cannot take its grant: {error}")));
                }
                self.work(parent)
            }
            Err(error) => Err(self.violation(parent, format!("it cannot replace a hub: {error}"))),
        }
    }

    /// What the hub erased and the one above has not heard of is lost with it: nobody else may vouch for it.
    fn forget_erasures_lost_with(&mut self, hub: usize, above: &Node) -> Result<(), Violation> {
        let own = self.machines[hub].unit.clone();
        let arrangement = self.arrangement();
        let sql = "SELECT space.unit, space.channel, erase.document FROM erase JOIN space USING (space_no)
                   WHERE erase.counts = 1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let known: Vec<(String, u8, [u8; 16])> =
            above.with(|r| r.query(sql, [], row)).map_err(|e| self.violation(hub, e.to_string()))?;
        self.erased.retain(|(space, document)| {
            let here = (space.unit.to_string(), space.channel.code(), document.0);
            !arrangement.covers(&own, &space.unit) || known.contains(&here)
        });
        Ok(())
    }

    fn state_of(&self, below: usize, above: usize) -> Machines {
        let either = |is: &dyn Fn(usize) -> bool| is(below) || is(above);
        // A disk that will fail does so in the middle of this, and nobody could tell what was done.
        let waits = |at| self.is_ailing(at) || self.committed.contains_key(&at);
        let out = |at: usize| self.machines[at].outcast || self.machines[at].hostile;
        Machines { ailing: either(&waits), cast_out: either(&out) }
    }

    /// Whether a machine's unit goes on lying below another's, by all that the root has said. What a hub grants to a unit that has
    /// moved away, before it hears of that, comes to nothing: the next hub would have to grant it anew, and nobody does so here.
    fn keeps(&self, above: usize, below: usize) -> bool {
        let all_said = self.root.arrangement(TimeMs(self.now.0 + MOVES_KNOWN_MS));
        all_said.parent(&self.machines[below].unit).as_ref() == Some(&self.machines[above].unit)
    }

    /// Whether the hub above knows the grants of all that this one serves: else they would be lost with it.
    fn knows_those_below(&self, hub: usize, above: &Node) -> bool {
        let below: Vec<DeviceKey> =
            self.machines.iter().filter(|m| m.parent == Some(hub)).map(|m| m.device).collect();
        above.with(|r| below.iter().all(|device| r.trust().grants_of(*device).next().is_some()))
    }
}

/// How two machines are that are to agree on something.
struct Machines {
    ailing: bool,
    cast_out: bool,
}

/// Revokes a hub whose machine is lost, with all that is here of it.
fn revoke_lost(above: &Node, device: DeviceKey) -> Result<(), NodeError> {
    let now = above.now();
    let unit = above.unit()?;
    above.with(|r| {
        let revoke =
            Revoke { device, cut: written(r, device)?, since_compromise: false, reason: "lost".to_owned() };
        r.write(now, |w| w.fact(&Space::new(unit, Channel::Notices), Kind::Revoke, &revoke))?;
        r.seal()?;
        Ok::<_, StoreError>(())
    })?;
    above.announce();
    Ok(())
}
