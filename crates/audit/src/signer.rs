//! Who may sign a snapshot: a device that a grant makes a hub of the unit or of one above it.
//!
//! A hub is what gives receipts. An auditor's device may ask a hub for a snapshot and makes none: whoever
//! only looks is no source.

use linli_log::{Right, Rights, Trust};
use linli_wire::{DeviceKey, TimeMs, UnitPath};

/// The device that signed a snapshot and the grant under which it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    pub device: DeviceKey,
    /// What people call the device.
    pub label: String,
    /// The unit that the grant is for: the snapshot's or one above it.
    pub unit: UnitPath,
    pub rights: Rights,
}

/// The grant that lets a device sign a snapshot of `unit` made at that time; of several the one
/// nearest the root. A grant that had ended by then, or whose device was revoked, is none.
pub(crate) fn find(trust: &Trust, device: DeviceKey, unit: &UnitPath, made_at: TimeMs) -> Option<Signer> {
    trust
        .grants_of(device)
        .map(|(_, authority)| &authority.grant)
        .filter(|grant| grant.unit.covers(unit))
        .filter(|grant| grant.rights.has(Right::Receipt))
        .filter(|grant| grant.not_after.is_none_or(|end| made_at <= end))
        .min_by_key(|grant| grant.unit.depth())
        .map(|grant| Signer {
            device,
            label: grant.label.clone(),
            unit: grant.unit.clone(),
            rights: grant.rights,
        })
}
