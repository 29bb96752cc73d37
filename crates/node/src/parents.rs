//! The hubs that a device reports to, in the order in which they are dialled.

use std::net::SocketAddr;

use linli_wire::DeviceKey;

use crate::{error::NodeError, node::Node};

/// Hubs that a device may report to.
pub const PARENTS_MAX: usize = 8;
const META: &str = "parent";

/// A hub that a device reports to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    pub address: SocketAddr,
    pub device: DeviceKey,
}

impl Parent {
    fn decode(line: &str) -> Option<Self> {
        let (address, device) = line.split_once(' ')?;
        Some(Self { address: address.parse().ok()?, device: device.parse().ok()? })
    }
}

impl Node {
    /// The hub that is dialled first.
    pub fn parent(&self) -> Result<Option<Parent>, NodeError> {
        Ok(self.parents()?.into_iter().next())
    }

    pub fn parents(&self) -> Result<Vec<Parent>, NodeError> {
        let kept = self.with(|r| r.meta(META))?;
        let text = kept.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        Ok(text.lines().filter_map(Parent::decode).collect())
    }

    /// Adds a hub, as the first one or the last. A device that is listed already gets this address and keeps
    /// its place, unless it is to be the first.
    pub fn add_parent(&self, parent: &Parent, first: bool) -> Result<(), NodeError> {
        let mut parents = self.parents()?;
        let at = parents.iter().position(|known| known.device == parent.device);
        match at {
            Some(at) if !first => parents[at] = parent.clone(),
            _ => {
                if let Some(at) = at {
                    parents.remove(at);
                }
                if parents.len() >= PARENTS_MAX {
                    return Err(NodeError::TooManyParents(PARENTS_MAX));
                }
                let at = if first { 0 } else { parents.len() };
                parents.insert(at, parent.clone());
            }
        }
        self.set_parents(&parents)
    }

    /// Removes a hub; returns whether it was listed.
    pub fn remove_parent(&self, device: DeviceKey) -> Result<bool, NodeError> {
        let mut parents = self.parents()?;
        let before = parents.len();
        parents.retain(|known| known.device != device);
        self.set_parents(&parents)?;
        Ok(parents.len() < before)
    }

    fn set_parents(&self, parents: &[Parent]) -> Result<(), NodeError> {
        let lines: Vec<String> = parents.iter().map(|p| format!("{} {}", p.address, p.device)).collect();
        Ok(self.with(|r| r.set_meta(META, lines.join("\n").as_bytes()))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hubs_keep_their_order_and_are_bounded() {
        let directory = tempfile::tempdir().expect("a directory");
        let node = Node::create(&directory.path().join("device")).expect("a device");
        let hub = |number: u8, port: u16| Parent {
            address: ([127, 0, 0, number], port).into(),
            device: DeviceKey([number; 32]),
        };
        let listed = || node.parents().expect("read").iter().map(|p| p.device.0[0]).collect::<Vec<_>>();
        for number in [1, 2, 3] {
            node.add_parent(&hub(number, 1), false).expect("room");
        }
        assert_eq!(listed(), [1, 2, 3]);
        node.add_parent(&hub(2, 7), false).expect("known");
        assert_eq!((listed(), node.parents().expect("read")[1].address.port()), (vec![1, 2, 3], 7));
        node.add_parent(&hub(3, 1), true).expect("known");
        assert_eq!((listed(), node.parent().expect("read")), (vec![3, 1, 2], Some(hub(3, 1))));
        assert!(node.remove_parent(DeviceKey([1; 32])).expect("written"));
        assert!(!node.remove_parent(DeviceKey([1; 32])).expect("written"));
        assert_eq!(listed(), [3, 2]);
        for number in 10..10 + PARENTS_MAX as u8 - 2 {
            node.add_parent(&hub(number, 1), false).expect("room");
        }
        let error = node.add_parent(&hub(99, 1), false).expect_err("full").to_string();
        assert!(error.contains("linli hubs remove"), "{error}");
        node.add_parent(&hub(2, 9), false).expect("a listed one may change");
    }
}
