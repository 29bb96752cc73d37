//! What the command line and the screens need of a node beyond what the node does by itself.

use linli_wire::UnitPath;

use crate::{
    error::NodeError,
    evaluation::{self, Period},
    node::Node,
    snapshot,
};

/// Writes down that somebody looks at people's data, before it is shown: who (this device), why, what.
///
/// Invariant: every view or export of people leaves an access entry.
pub fn note_view(node: &Node, unit: &UnitPath, what: &str, why: &str) -> Result<(), NodeError> {
    evaluation::note_access(node, unit, what, why)
}

/// Makes a snapshot of a unit's subtree at this hub. That it was made is on record before it is.
pub fn make_snapshot(node: &Node, unit: &UnitPath, period: &Period) -> Result<Vec<u8>, NodeError> {
    snapshot::make(node, unit, period, node.device())
}
