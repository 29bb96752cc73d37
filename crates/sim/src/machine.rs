//! A machine: a disk, a clock that may be wrong, and a node while it is switched on.

use std::collections::BTreeSet;

use linli_disk::Disk;
use linli_node::{Clock, Node};
use linli_store::{Opened, Replica, StoreError};
use linli_wire::{DeviceKey, TimeMs, UnitPath};

/// Hashes of entries.
pub type Entries = BTreeSet<[u8; 32]>;

/// An old state of a machine's disk.
#[derive(Debug)]
pub struct Backup {
    pub disk: Disk,
    /// The entries that were in it.
    pub entries: Entries,
}

#[derive(Debug)]
pub struct Machine {
    pub name: String,
    pub unit: UnitPath,
    pub hub: bool,
    pub device: DeviceKey,
    /// Where it reports to, by place in the world.
    pub parent: Option<usize>,
    pub disk: Disk,
    pub clock: Clock,
    /// How far its clock is ahead of the true time.
    pub skew_ms: i64,
    /// `None` while it is switched off.
    pub node: Option<Node>,
    /// Counts starts: what was for an earlier one is for nobody.
    pub boot: u64,
    /// Since when it has been on, and how long it was before.
    pub on_since: TimeMs,
    pub on_ms: i64,
    pub backups: Vec<Backup>,
    /// When it was last put back to an older state: what came after that is gone where nobody else had it.
    pub restored_at: Option<TimeMs>,
    /// Its device was revoked, or its grant has ended: it is served no longer.
    pub outcast: bool,
    /// Its owner sends what no Linli would send.
    pub hostile: bool,
}

impl Machine {
    /// Switches it on.
    pub fn start(&mut self, now: TimeMs) -> Result<(), StoreError> {
        let replica = Replica::load(Opened::open_at(self.disk.place())?)?;
        self.clock.set(TimeMs(now.0 + self.skew_ms));
        self.node = Some(Node::with_clock(replica, self.clock.clone()));
        self.on_since = now;
        Ok(())
    }

    /// Its process ends, one way or another.
    pub fn stop(&mut self, now: TimeMs) {
        if self.node.take().is_some() {
            self.on_ms += now.0 - self.on_since.0;
            self.boot += 1;
        }
    }

    /// Everything that is in its database.
    pub fn entries(&self) -> Result<Entries, StoreError> {
        match &self.node {
            Some(node) => {
                node.with(|r| r.query("SELECT hash FROM entry", [], |row| row.get(0))).map(Entries::from_iter)
            }
            None => Ok(Entries::new()),
        }
    }
}
