//! Sticks that are carried about.

use linli_node::{ExportOptions, NodeError, bundle_parts, export_bundle, import_bundle};

use crate::{
    trouble::Violation,
    world::{Event, World},
};

/// A stick is under way for at most so long.
const CARRIED_MS: u64 = 15 * 24 * 3_600_000;

impl World {
    /// Somebody puts a bundle on a stick, at a device for its street or at a street for a device.
    pub fn export_bundle(&mut self, device: usize, hub: usize) -> Result<(), Violation> {
        let (from, to) = match self.machines[device].parent {
            Some(parent) if self.chance.coin() => (device, parent),
            Some(parent) if self.machines[parent].node.is_some() => (parent, device),
            _ => (hub, device),
        };
        let Some(node) = self.machines[from].node.clone() else { return Ok(()) };
        let path = self.directory.path().join(format!("stick {}", self.sticks.len()));
        let options = ExportOptions { all: self.chance.one_in(4), ..ExportOptions::default() };
        let unit = self.machines[to].unit.clone();
        match export_bundle(&node, &unit, &path, &options) {
            Ok(report) => {
                self.note(from, &format!("puts {} segments on a stick for {unit}", report.segments));
            }
            // A device that knows of no other has nobody to encrypt it for.
            Err(NodeError::NoRecipient(_)) => return Ok(()),
            Err(error) => return self.failed(from, &error),
        }
        if self.chance.one_in(4) {
            cut_short(&path, self.chance.below(100));
        }
        self.sticks.push(path);
        for _ in 0..=self.chance.below(2) {
            let carried = self.chance.below(CARRIED_MS);
            self.after(carried, Event::Stick { machine: to, number: self.sticks.len() - 1 });
        }
        self.work(from)
    }

    /// A stick arrives, for the first time or again.
    pub fn stick_arrives(&mut self, machine: usize, number: usize) -> Result<(), Violation> {
        let Some(node) = self.machines[machine].node.clone() else { return Ok(()) };
        for part in bundle_parts(&self.sticks[number]) {
            match import_bundle(&node, &part) {
                Ok(report) => {
                    self.note(
                        machine,
                        &format!("takes {} of {} segments from a stick", report.new, report.segments),
                    );
                }
                // What was cut in its first bytes is no bundle any more; a clone has the key of another grant.
                Err(NodeError::BadFile { .. } | NodeError::BundleForOther(_)) => {}
                Err(error) => self.failed(machine, &error)?,
            }
        }
        self.work(machine)
    }
}

/// The file as a stick has it that was pulled out: its first part.
fn cut_short(path: &std::path::Path, percent: u64) {
    if let Ok(bytes) = std::fs::read(path) {
        let keep = bytes.len() * percent as usize / 100;
        // A stick that cannot be written is one that nobody could cut.
        let _ = std::fs::write(path, &bytes[..keep]);
    }
}
