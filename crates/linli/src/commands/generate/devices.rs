//! The invented devices of a city: granted by its hub, kept in memory, gone when the command ends.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use linli_generate::Desk;
use linli_log::{Right, Rights};
use linli_node::{JoinRequest, Node, Terms, grant_devices};
use linli_store::{Identity, Stored};
use linli_wire::{Level, UnitPath};

/// One device in each unit.
pub struct Devices {
    by_unit: BTreeMap<UnitPath, Desk>,
}

impl Devices {
    /// Makes a device for each unit, with the rights that its work there needs.
    pub fn grant(node: &Node, units: impl Iterator<Item = UnitPath>) -> Result<Self> {
        let (mut identities, mut asked) = (Vec::new(), Vec::new());
        for unit in units {
            let identity = Identity::random()?;
            let label = "invented".to_owned();
            let who = JoinRequest {
                device: identity.device(),
                recipient: identity.recipient(),
                label: label.clone(),
            };
            asked.push((who, Terms { rights: rights(unit.level()), unit, not_after: None, label }));
            identities.push(identity);
        }
        let granted = grant_devices(node, &asked)?;
        let mut by_unit = BTreeMap::new();
        for ((identity, (_, terms)), grant) in identities.into_iter().zip(asked).zip(granted) {
            let mut noise = [0; 32];
            getrandom::fill(&mut noise)?;
            by_unit.insert(terms.unit, Desk::new(identity.secret(), grant, noise));
        }
        Ok(Self { by_unit })
    }

    pub fn of(&mut self, unit: &UnitPath) -> Result<&mut Desk> {
        self.by_unit.get_mut(unit).with_context(|| format!("{unit} has no device"))
    }

    /// Takes a device out, to use it elsewhere for a while.
    pub fn take(&mut self, unit: &UnitPath) -> Result<Desk> {
        self.by_unit.remove(unit).with_context(|| format!("{unit} has no device"))
    }

    pub fn put(&mut self, unit: UnitPath, desk: Desk) {
        self.by_unit.insert(unit, desk);
    }

    pub fn count(&self) -> usize {
        self.by_unit.len()
    }

    /// Hands everything that was written to the hub.
    pub fn hand_over(&mut self, node: &Node) -> Result<()> {
        let segments = self.by_unit.values_mut().flat_map(Desk::segments).collect();
        take_in(node, segments)
    }
}

/// Takes segments of invented devices in.
fn take_in(node: &Node, segments: Vec<Vec<u8>>) -> Result<()> {
    all_new(node.take_in(segments)?)
}

/// The same without their effects, which follow when the hub is next brought up to date.
pub fn hold(node: &Node, segments: Vec<Vec<u8>>) -> Result<()> {
    all_new(node.hold(segments)?)
}

/// What is not new was not made here.
fn all_new(taken_in: Vec<Stored>) -> Result<()> {
    for stored in taken_in {
        if !matches!(stored, Stored::New { .. }) {
            bail!("what an invented device wrote was not taken in: {stored:?}");
        }
    }
    Ok(())
}

/// A clerk keeps a community's records; a street keeps its own and oversees communities; a district oversees.
fn rights(level: Level) -> Rights {
    match level {
        Level::Community => Rights::clerk(),
        _ => Rights::of(&[Right::Records, Right::Oversight, Right::Notices]),
    }
}
