//! Machines that go on and off, lose power, fail, and come back as they once were.

use linli_wire::TimeMs;

use super::{Event, World};
use crate::{
    machine::{Backup, Entries},
    trouble::Violation,
};

/// A machine that lost power is off for at most so long.
const OFF_MS: u64 = 36 * 3_600_000;
/// A side of a link notices within this time that the other is gone.
pub const NOTICE_MS: u64 = 30_000;

impl World {
    /// Switches a machine on. What it had been told is stored must be there.
    pub fn start(&mut self, machine: usize) -> Result<(), Violation> {
        if self.machines[machine].node.is_some() {
            return Ok(());
        }
        let now = self.now;
        if let Err(error) = self.machines[machine].start(now) {
            return Err(self.violation(machine, format!("it does not start: {error}")));
        }
        if let Some(before) = self.committed.remove(&machine) {
            let after = self.entries(machine)?;
            let lost = before.difference(&after).count();
            if lost > 0 {
                return Err(self.violation(machine, format!("{lost} entries that were committed are gone")));
            }
            let node = self.machines[machine].node.clone().expect("it was just started");
            if let Err(error) = node.with(|r| r.verify_segments()) {
                return Err(self.violation(machine, format!("its database is damaged: {error}")));
            }
        }
        self.note(machine, "starts");
        if self.machines[machine].hub && !self.calm {
            let soon = self.chance.below(60_000);
            self.after(soon, Event::Redial(machine));
        }
        Ok(())
    }

    /// The machine loses power: what was not durable may be gone.
    pub fn power_goes(&mut self, machine: usize) -> Result<(), Violation> {
        if self.machines[machine].disk.has_power() && !self.ailing.contains(&machine) {
            let entries = self.entries(machine)?;
            self.committed.insert(machine, entries);
        }
        self.note(machine, "loses power");
        self.machines[machine].disk.crash();
        self.went_down(machine);
        Ok(())
    }

    /// The process ends, the machine goes on.
    pub fn kill(&mut self, machine: usize) {
        self.note(machine, "is killed");
        self.machines[machine].disk.kill();
        self.went_down(machine);
    }

    /// A machine is off, and is switched on again before long.
    pub fn went_down(&mut self, machine: usize) {
        self.tally.crashes += 1;
        self.ailing.remove(&machine);
        self.drop_links(machine);
        let now = self.now;
        self.machines[machine].stop(now);
        let off = if self.calm { 0 } else { self.chance.below(OFF_MS) };
        self.after(off, Event::Start(machine));
    }

    /// The power goes in the middle of one of the next changes of the machine's disk.
    pub fn power_will_go(&mut self, machine: usize) -> Result<(), Violation> {
        let entries = self.entries(machine)?;
        self.committed.insert(machine, entries);
        let changes = 1 + self.chance.below(120);
        self.note(machine, &format!("will lose power at change {changes}"));
        self.machines[machine].disk.cut_power_at(changes);
        Ok(())
    }

    /// Sees to a machine whose power went or whose disk failed while it worked.
    pub fn look_after(&mut self, machine: usize) -> Result<(), Violation> {
        if self.machines[machine].node.is_some() && !self.machines[machine].disk.has_power() {
            self.power_goes(machine)?;
        }
        Ok(())
    }

    /// Whether errors of the machine are its disk's.
    pub fn is_ailing(&self, machine: usize) -> bool {
        self.ailing.contains(&machine) || !self.machines[machine].disk.has_power()
    }

    /// Keeps the machine's present state.
    pub fn back_up(&mut self, machine: usize) -> Result<(), Violation> {
        let entries = self.entries(machine)?;
        let seed = self.chance.next();
        let disk = self.machines[machine].disk.twin(seed);
        self.machines[machine].backups.push(Backup { disk, entries });
        self.note(machine, "is backed up");
        Ok(())
    }

    /// Puts a kept state on the machine.
    pub fn restore(&mut self, machine: usize) {
        let Some(backup) = self.machines[machine].backups.pop() else { return };
        self.note(machine, &format!("is restored to a state with {} entries", backup.entries.len()));
        self.went_down(machine);
        self.machines[machine].disk = backup.disk;
        self.machines[machine].restored_at = Some(self.now);
        // What the copy had is there; what came later need not be.
        self.committed.insert(machine, backup.entries);
    }

    /// A second machine from a copy of the disk of the first.
    pub fn clone_machine(&mut self, machine: usize) -> Result<(), Violation> {
        self.back_up(machine)?;
        let seed = self.chance.next();
        let original = &mut self.machines[machine];
        let backup = original.backups.pop().expect("it was just made");
        let copy = crate::machine::Machine {
            name: format!("{}'", original.name),
            unit: original.unit.clone(),
            hub: original.hub,
            device: original.device,
            parent: original.parent,
            // Another machine has another source of randomness.
            disk: backup.disk.twin(seed),
            clock: linli_node::Clock::at(self.now),
            skew_ms: 0,
            node: None,
            boot: 0,
            on_since: self.now,
            on_ms: 0,
            backups: Vec::new(),
            restored_at: None,
            outcast: original.outcast,
            hostile: false,
        };
        self.machines.push(copy);
        self.note(machine, "is cloned");
        self.start(self.machines.len() - 1)
    }

    /// What a machine has in its database.
    pub fn entries(&self, machine: usize) -> Result<Entries, Violation> {
        let read = self.machines[machine].entries();
        read.map_err(|error| self.violation(machine, format!("its database cannot be read: {error}")))
    }

    /// Sets a machine's clock wrong, or right.
    pub fn set_skew(&mut self, machine: usize, skew_ms: i64) {
        self.note(machine, &format!("its clock is {} hours off", skew_ms / 3_600_000));
        let machine = &mut self.machines[machine];
        machine.skew_ms = skew_ms;
        machine.clock.set(TimeMs(self.now.0 + skew_ms));
    }
}
