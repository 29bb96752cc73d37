//! Snapshots over the network: a hub makes one for an auditor's device.

use linli_audit::CreateOptions;
use linli_net::Protocol;
use linli_wire::{DeviceKey, UnitPath};

use crate::{
    dial::{Dialled, dial},
    error::NodeError,
    evaluation::{self, Period},
    node::Node,
    parents::Parent,
    request::{self, Answer, Request},
    resolve,
};

/// Pulls a snapshot from a hub.
pub async fn pull_snapshot(
    node: &Node,
    hub: &Parent,
    unit: &UnitPath,
    period: &Period,
) -> Result<Vec<u8>, NodeError> {
    let request = Request::Snapshot { unit: unit.clone(), period: period.clone() };
    let Dialled { endpoint, link } = dial(node, hub.address, Some(hub.device), Protocol::Request).await?;
    let answer = request::ask(link, &request).await;
    endpoint.close("done").await;
    match answer? {
        Answer::File(bytes) => Ok(bytes),
        Answer::Refused(reason) => Err(NodeError::RefusedByHub(reason)),
        Answer::Granted(_) => Err(NodeError::BadAnswer("a grant where a file was due".to_owned())),
    }
}

/// Makes a snapshot of a unit at this hub, for a device. That it was made is on record before it is.
pub fn make(node: &Node, unit: &UnitPath, period: &Period, by: DeviceKey) -> Result<Vec<u8>, NodeError> {
    let as_of_n = period.as_of_n()?;
    evaluation::require_kept(node, unit)?;
    node.materialise()?;
    resolve::resolve(node, as_of_n)?;
    evaluation::note_access(node, unit, "snapshot create", &format!("pulled by device {by}"))?;
    node.materialise()?;
    let (_, in_force) = evaluation::packs(node, unit, period)?;
    let period = period.closing(&in_force, node.now().day_number())?;
    let mut bytes = Vec::new();
    let now = node.now();
    node.with(|r| {
        let options = CreateOptions {
            unit: unit.clone(),
            as_of: period.as_of.clone(),
            start: period.start.clone(),
            close: period.close.clone(),
            made_at: now,
            standards: in_force.standards.iter().collect(),
        };
        linli_audit::create(r, &options, &mut bytes)
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
