//! A replica shared by links, commands and the materialiser.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use linli_net as net;
use linli_store::{Identity, Opened, Replica};
use linli_wire::{DeviceKey, RealmId, UnitPath};
use tokio::sync::watch;

use crate::error::NodeError;

/// The hub that a device reports to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    pub address: SocketAddr,
    pub device: DeviceKey,
}

impl Parent {
    fn encode(&self) -> Vec<u8> {
        format!("{} {}", self.address, self.device).into_bytes()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (address, device) = std::str::from_utf8(bytes).ok()?.split_once(' ')?;
        Some(Self { address: address.parse().ok()?, device: device.parse().ok()? })
    }
}

/// One device.
#[derive(Debug, Clone)]
pub struct Node {
    replica: Arc<Mutex<Replica>>,
    /// Counts up whenever entries were added, so that live sessions push them.
    changed: Arc<watch::Sender<u64>>,
}

impl Node {
    /// Makes a new device with keys of its own.
    pub fn create(directory: &Path) -> Result<Self, NodeError> {
        let replica = Replica::init(Opened::create(directory)?, Identity::random()?)?;
        Ok(Self::of(replica))
    }

    pub fn open(directory: &Path) -> Result<Self, NodeError> {
        Ok(Self::of(Replica::open(directory)?))
    }

    pub fn of(replica: Replica) -> Self {
        Self { replica: Arc::new(Mutex::new(replica)), changed: Arc::new(watch::channel(0).0) }
    }

    /// Runs something on the replica, which nobody else uses meanwhile.
    pub fn with<T>(&self, run: impl FnOnce(&mut Replica) -> T) -> T {
        // A panic under the lock leaves the database in its last committed state: every change is a
        // transaction, so the next user finds nothing half-done.
        run(&mut self.replica.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells live sessions that entries were added.
    pub fn announce(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub fn device(&self) -> DeviceKey {
        self.with(|r| r.identity().device())
    }

    pub fn realm(&self) -> Result<RealmId, NodeError> {
        self.with(|r| r.realm()).ok_or(NodeError::NoRealm)
    }

    /// The units that this device's grants name, the highest first.
    pub fn units(&self) -> Vec<UnitPath> {
        self.with(|r| units_of(r, r.identity().device()))
    }

    /// The unit that this device acts for.
    pub fn unit(&self) -> Result<UnitPath, NodeError> {
        self.units().into_iter().next().ok_or(NodeError::NoGrant)
    }

    /// The identity as the transport wants it.
    pub fn net_identity(&self) -> net::Identity {
        net::Identity::from_seed(self.with(|r| r.identity().seed()))
    }

    pub fn parent(&self) -> Result<Option<Parent>, NodeError> {
        Ok(self.with(|r| r.meta("parent"))?.and_then(|bytes| Parent::decode(&bytes)))
    }

    pub fn set_parent(&self, parent: &Parent) -> Result<(), NodeError> {
        Ok(self.with(|r| r.set_meta("parent", &parent.encode()))?)
    }

    /// Brings documents and tables up to date, letting others at the replica between the pieces.
    pub fn materialise(&self) -> Result<(), NodeError> {
        while self.with(Replica::materialise_step)?.is_some() {}
        Ok(())
    }
}

/// The units that a device may act for, the highest first.
pub(crate) fn units_of(replica: &Replica, device: DeviceKey) -> Vec<UnitPath> {
    let mut units: Vec<UnitPath> =
        replica.trust().grants_of(device).map(|(_, authority)| authority.grant.unit.clone()).collect();
    units.sort_by_key(|unit| (unit.depth(), unit.clone()));
    units.dedup();
    units
}
