//! The end of a run: nothing goes wrong any more, and everybody talks until all agree.

use std::collections::BTreeSet;

use linli_node::NetworkSettings;

use crate::{
    check,
    machine::Entries,
    trouble::Violation,
    world::{Event, World},
};

/// Exchanges of everybody with the machine above until all must agree: what one device wrote goes up three
/// tiers in one, receipts and what others wrote come down in the next, and receipts for receipts once more.
pub const ROUNDS_MAX: u64 = 5;

impl World {
    /// Heals the world and checks everything that was promised.
    pub fn heal(&mut self) -> Result<(), Violation> {
        self.calm = true;
        self.forget_looks();
        self.apart.clear();
        let links: Vec<u64> = self.links.keys().copied().collect();
        for link in links {
            self.break_link(link);
        }
        while let Some(event) = self.next_event() {
            // Nobody begins anything new.
            if !matches!(event, Event::Act | Event::Redial(_)) {
                self.happen(event)?;
            }
        }
        for machine in 0..self.machines.len() {
            self.set_right(machine)?;
        }
        let written = self.promised()?;
        self.tally.entries = written.len() as u64;
        while let Err(difference) = check::agree(self)? {
            if self.tally.rounds == ROUNDS_MAX {
                let (machine, what) = difference;
                return Err(self.violation(machine, format!("after {ROUNDS_MAX} exchanges: {what}")));
            }
            self.round()?;
            self.tally.rounds += 1;
        }
        check::all(self, &written)
    }

    /// A machine that is on, with a disk that works and a clock that is right.
    fn set_right(&mut self, machine: usize) -> Result<(), Violation> {
        // A cut that still waits for its moment comes now.
        if self.is_ailing(machine) || self.committed.contains_key(&machine) {
            self.power_goes(machine)?;
        }
        self.start(machine)?;
        self.machines[machine].skew_ms = 0;
        self.machines[machine].clock.set(self.now);
        let Some(node) = self.machines[machine].node.clone() else { return Ok(()) };
        let righted = node
            .set_network_settings(&NetworkSettings::default())
            .and_then(|()| Ok(node.with(linli_store::Replica::seal)?))
            .and_then(|_| node.materialise());
        if let Err(error) = righted {
            self.failed(machine, &error)?;
        }
        Ok(())
    }

    /// Everybody exchanges with the machine above, the lowest first.
    fn round(&mut self) -> Result<(), Violation> {
        let mut order = self.on(|m| !m.outcast && !m.hostile);
        order.sort_by_key(|at| std::cmp::Reverse(self.machines[*at].unit.depth()));
        for machine in order {
            let Some(parent) = self.machines[machine].parent else { continue };
            self.dial(machine, parent, false)?;
            while let Some(event) = self.next_event() {
                self.happen(event)?;
            }
        }
        Ok(())
    }

    /// Every entry that honest machines that are served have of honest devices. The city must have them all.
    fn promised(&self) -> Result<Entries, Violation> {
        let mut promised = Entries::new();
        let strangers: BTreeSet<[u8; 32]> =
            self.machines.iter().filter(|m| m.hostile || m.outcast).map(|m| m.device.0).collect();
        for at in self.on(|m| !m.outcast && !m.hostile) {
            let node = self.machines[at].node.clone().expect("it is on");
            let sql = "SELECT entry.hash, log.device FROM entry JOIN log USING (log_no)";
            let rows = node.with(|r| r.query(sql, [], |row| Ok((row.get(0)?, row.get(1)?))));
            let rows: Vec<([u8; 32], [u8; 32])> = rows.map_err(|e| self.violation(at, e.to_string()))?;
            promised.extend(rows.into_iter().filter(|(_, by)| !strangers.contains(by)).map(|(hash, _)| hash));
        }
        Ok(promised)
    }
}
