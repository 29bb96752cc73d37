//! The end of a run: nothing goes wrong any more, and everybody talks until all agree.

use std::collections::{BTreeMap, BTreeSet};

use linli_node::NetworkSettings;
use linli_wire::{Channel, Space};

use crate::{
    check,
    machine::Entries,
    trouble::Violation,
    world::{Event, World},
};

/// Exchanges of everybody with the machine above until all must agree: what one device wrote goes up three
/// tiers in one, receipts and what others wrote come down in the next, and receipts for receipts once more.
pub const ROUNDS_MAX: u64 = 5;
/// So many more where units moved or hubs were replaced: who reports where is heard tier by tier first, and only
/// then do those who are to talk know each other.
pub const ROUNDS_OF_TRUST: u64 = 3;

impl World {
    /// Heals the world and checks everything that was promised.
    pub fn heal(&mut self) -> Result<(), Violation> {
        self.calm = true;
        self.tally.rounds = 0;
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
        self.take_roots_word()?;
        for machine in std::mem::take(&mut self.renewing) {
            self.replace_key(machine)?;
        }
        let written = self.promised()?;
        self.tally.entries = written.len() as u64;
        let moved = self.root.moves > 0 || self.new_hubs > 0;
        let rounds_max = if moved { ROUNDS_MAX + ROUNDS_OF_TRUST } else { ROUNDS_MAX };
        while let Err(difference) = check::agree(self)? {
            if self.tally.rounds == rounds_max {
                let (machine, what) = difference;
                return Err(self.violation(machine, format!("after {rounds_max} exchanges: {what}")));
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
            self.follow_moves(machine);
            let Some(parent) = self.machines[machine].parent else { continue };
            let known = self.who_is_known(machine, parent);
            if known != parent {
                self.call(machine, known)?;
            }
            self.call(machine, parent)?;
        }
        Ok(())
    }

    /// One exchange, to its end.
    pub fn call(&mut self, machine: usize, other: usize) -> Result<(), Violation> {
        self.dial(machine, other, false)?;
        while let Some(event) = self.next_event() {
            self.happen(event)?;
        }
        Ok(())
    }

    /// Every entry that honest machines that are served have of honest devices. The city must have them all.
    fn promised(&self) -> Result<Entries, Violation> {
        let (mut promised, arrangement) = (Entries::new(), self.arrangement());
        let strangers: BTreeSet<[u8; 32]> =
            self.machines.iter().filter(|m| m.hostile || m.outcast).map(|m| m.device.0).collect();
        for at in self.on(|m| !m.outcast && !m.hostile) {
            let node = self.machines[at].node.clone().expect("it is on");
            let sql = "SELECT entry.hash, log.device, space.unit, space.channel
                       FROM entry JOIN log USING (log_no) JOIN space USING (space_no)";
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
            let rows: Vec<([u8; 32], [u8; 32], String, u64)> =
                node.with(|r| r.query(sql, [], row)).map_err(|e| self.violation(at, e.to_string()))?;
            // Of a unit that moved away since, the former street passes nothing on any more.
            let unit = &self.machines[at].unit;
            let mut reads = BTreeMap::new();
            for (hash, by, of, channel) in rows {
                let shared = *reads.entry((of, channel)).or_insert_with_key(|(of, channel)| {
                    let space = of.parse().ok().zip(Channel::from_code(*channel));
                    space.is_some_and(|(of, channel)| arrangement.reads(unit, &Space::new(of, channel)))
                });
                if shared && !strangers.contains(&by) {
                    promised.insert(hash);
                }
            }
        }
        Ok(promised)
    }
}
