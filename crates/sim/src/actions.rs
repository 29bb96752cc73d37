//! What people, accidents and adversaries do.

mod arranging;
mod attaching;
mod carrying;
mod governing;
mod renewing;
mod writing;

pub use attaching::Attached;
pub use writing::period;

use linli_disk::{Call, Fault, Trouble};
use linli_node::NetworkSettings;

use crate::{
    trouble::Violation,
    world::{Event, World},
};

const HOUR_MS: u64 = 3_600_000;
const YEAR_MS: i64 = 365 * 24 * HOUR_MS as i64;
/// A disk that has a fault has it for at most so long.
const FAULT_MS: u64 = 20 * 60_000;
/// One in so many calls of a device is one on which it stays.
const LIVE_ONE_IN: u64 = 3;
/// Clones of a machine make its log a tree: so many at most.
const CLONES_MAX: usize = 3;

impl World {
    /// Somebody does something.
    pub fn act(&mut self) -> Result<(), Violation> {
        self.tally.actions += 1;
        let devices = self.on(|m| !m.hub);
        let hubs = self.on(|m| m.hub);
        let any = self.on(|_| true);
        let (Some(device), Some(hub), Some(any)) = (self.pick(&devices), self.pick(&hubs), self.pick(&any))
        else {
            return Ok(());
        };
        match self.chance.below(1_000) {
            0..300 => self.edit_cards(device),
            300..310 => self.replace_key(device),
            310..314 => self.replace_hub(hub),
            314..322 => self.move_unit(),
            322..326 => self.rotate_root(),
            326..330 => self.merge_communities(),
            330..350 => self.attach(device),
            350..400 => self.edit_person(device),
            400..420 => self.import_cards(device),
            420..480 => self.write_finding(hub),
            480..740 => self.device_dials(device),
            740..770 => self.redial(hub),
            770..790 => self.export_bundle(device, hub),
            790..815 => self.power_goes(any),
            815..845 => self.power_will_go(any),
            845..865 => {
                self.kill(any);
                Ok(())
            }
            865..885 => self.disk_fails(any),
            885..910 => self.back_up(any),
            910..922 => {
                self.restore(any);
                Ok(())
            }
            922..926 => self.clone_device(device),
            926..946 => {
                let skew = self.draw_skew();
                self.set_skew(any, skew);
                Ok(())
            }
            946..956 => {
                self.part();
                Ok(())
            }
            956..964 => self.revoke(device),
            964..972 => self.let_grant_end(device),
            972..982 => self.erase(hub),
            982..994 => self.turn_hostile(device),
            _ => self.evaluate(hub),
        }
    }

    fn pick(&mut self, of: &[usize]) -> Option<usize> {
        self.chance.pick(of).copied()
    }

    /// A clerk's machine calls its street, or sometimes a colleague's beside it.
    fn device_dials(&mut self, device: usize) -> Result<(), Violation> {
        self.follow_moves(device);
        let unit = self.machines[device].unit.clone();
        let beside = self.on(|m| m.unit == unit);
        let to = match self.machines[device].parent {
            Some(parent) if !self.chance.one_in(8) => self.who_is_known(device, parent),
            _ => self.pick(&beside).unwrap_or(device),
        };
        self.set_network(device)?;
        let live = self.chance.one_in(LIVE_ONE_IN);
        if self.talks(device, to) { Ok(()) } else { self.dial(device, to, live) }
    }

    /// What the device's links may carry from now on: mostly all. Links under way keep to it too.
    fn set_network(&mut self, device: usize) -> Result<(), Violation> {
        let Some(node) = self.machines[device].node.clone() else { return Ok(()) };
        let night = || "22:00-06:00".parse().expect("hours");
        let settings = match self.chance.below(12) {
            0 => NetworkSettings { window: Some(night()), ..NetworkSettings::default() },
            1 => NetworkSettings { metered: true, ..NetworkSettings::default() },
            _ => NetworkSettings::default(),
        };
        let set = node.network_settings().and_then(|before| {
            if before == settings { Ok(()) } else { node.set_network_settings(&settings) }
        });
        match set {
            Ok(()) => self.work(device),
            Err(error) => self.failed(device, &error),
        }
    }

    /// The disk fails in one call or from then on, until somebody sees to it.
    fn disk_fails(&mut self, machine: usize) -> Result<(), Violation> {
        let entries = self.entries(machine)?;
        self.committed.insert(machine, entries);
        let call = *self.chance.pick(&Call::ALL).expect("there are some");
        let trouble = if self.chance.coin() { Trouble::Io } else { Trouble::Full };
        let fault = Fault { call, nth: 1 + self.chance.below(60), trouble, lasts: self.chance.coin() };
        self.note(machine, &format!("its disk will fail: {fault:?}"));
        self.machines[machine].disk.fail(fault);
        self.ailing.insert(machine);
        let mended = self.chance.below(FAULT_MS);
        self.after(mended, Event::Mend(machine));
        Ok(())
    }

    fn clone_device(&mut self, device: usize) -> Result<(), Violation> {
        let key = self.machines[device].device;
        if self.is_ailing(device) || self.machines.iter().filter(|m| m.device == key).count() > CLONES_MAX {
            return Ok(());
        }
        self.clone_machine(device)
    }

    fn draw_skew(&mut self) -> i64 {
        let days = |world: &mut Self, max: u64| (world.chance.below(max) * 24 * HOUR_MS) as i64;
        match self.chance.below(5) {
            0 => days(self, 3 * 365),
            1 => -days(self, 3 * 365).min(2 * YEAR_MS),
            2 => days(self, 20),
            _ => 0,
        }
    }

    /// The city falls into two parts for a while.
    fn part(&mut self) {
        if !self.apart.is_empty() {
            return;
        }
        for machine in 0..self.machines.len() {
            if self.chance.coin() {
                self.apart.insert(machine);
            }
        }
        self.note(0, "a part of the city cannot reach the rest");
        let cut: Vec<u64> = self
            .links
            .iter()
            .filter(|(_, link)| !self.reach(link.ends[0].machine, link.ends[1].machine))
            .map(|(number, _)| *number)
            .collect();
        for number in cut {
            self.break_link(number);
        }
        let lasts = HOUR_MS + self.chance.below(20 * 24 * HOUR_MS);
        self.after(lasts, Event::Heal);
    }

    /// A device falls into the wrong hands, and calls its street.
    fn turn_hostile(&mut self, device: usize) -> Result<(), Violation> {
        if self.machines[device].parent.is_none() || self.is_ailing(device) {
            return Ok(());
        }
        if !self.machines[device].hostile {
            self.note(device, "is in the wrong hands");
            self.machines[device].hostile = true;
        }
        self.device_dials(device)
    }
}
