//! A replica shared by links, commands and the materialiser.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use linli_net as net;
use linli_store::{Identity, Opened, Replica, Stored};
use linli_wire::{DeviceKey, RealmId, TimeMs, UnitPath};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::watch,
};

use crate::{
    clock::Clock,
    error::NodeError,
    heartbeat,
    network::{Network, SharedNetwork},
    receipts,
};

/// One device.
#[derive(Debug, Clone)]
pub struct Node {
    replica: Arc<Mutex<Replica>>,
    /// Counts up whenever entries were added, so that live sessions push them.
    changed: Arc<watch::Sender<u64>>,
    clock: Clock,
    network: SharedNetwork,
}

impl Node {
    /// Makes a new device with keys of its own.
    pub fn create(directory: &Path) -> Result<Self, NodeError> {
        let replica = Replica::init(Opened::create(directory)?, Identity::random()?)?;
        Ok(Self::of(replica))
    }

    pub fn open(directory: &Path) -> Result<Self, NodeError> {
        let node = Self::of(Replica::open(directory)?);
        let slow = node.network_settings()?.is_slow();
        node.with(|r| r.pack_for_slow_links(slow));
        Ok(node)
    }

    pub fn of(replica: Replica) -> Self {
        Self::with_clock(replica, Clock::default())
    }

    /// A node that goes by another clock than this machine's.
    pub fn with_clock(replica: Replica, clock: Clock) -> Self {
        Self {
            replica: Arc::new(Mutex::new(replica)),
            changed: Arc::new(watch::channel(0).0),
            clock,
            network: SharedNetwork::default(),
        }
    }

    /// The same node by another clock.
    #[must_use]
    pub fn by_clock(&self, clock: Clock) -> Self {
        Self { clock, ..self.clone() }
    }

    /// Runs something on the replica, which nobody else uses meanwhile. `run` must not call it again.
    pub fn with<T>(&self, run: impl FnOnce(&mut Replica) -> T) -> T {
        // A panic under the lock leaves the database in its last committed state: every change is a
        // transaction, so the next user finds nothing half-done.
        blocking(|| run(&mut self.replica.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Tells live sessions that entries were added.
    pub fn announce(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// Now, by the clock that this node goes by.
    pub fn now(&self) -> TimeMs {
        self.clock.now()
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
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

    /// Brings documents and tables up to date, letting others at the replica between the pieces.
    pub fn materialise(&self) -> Result<(), NodeError> {
        while self.with(Replica::materialise_step)?.is_some() {}
        Ok(())
    }

    /// Writes a heartbeat if one is due, and sends it over the live links.
    pub(crate) fn beat(&self) -> Result<(), NodeError> {
        let now = self.now();
        if self.with(|r| heartbeat::beat(r, now))? {
            self.announce();
        }
        Ok(())
    }

    /// Takes segments in as a link or a stick brings them: stores them, lets them have their effect, and writes the
    /// receipts. Returns what became of each.
    pub fn take_in(&self, segments: Vec<Vec<u8>>) -> Result<Vec<Stored>, NodeError> {
        let stored = self.with(|r| r.store(segments, &|_| true))?;
        self.settle_stored()?;
        Ok(stored)
    }

    /// Stores segments and acknowledges them, as [`take_in`](Self::take_in) does, and leaves their effects to the next
    /// [`materialise`](Self::materialise): for much that comes at once. What is pending counts as held.
    pub fn hold(&self, segments: Vec<Vec<u8>>) -> Result<Vec<Stored>, NodeError> {
        let stored = self.with(|r| r.store(segments, &|_| true))?;
        self.acknowledge()?;
        self.announce();
        Ok(stored)
    }

    /// Makes known what was stored: its effects, the receipts for it, and word to the live sessions.
    /// Returns whether receipts were written.
    pub(crate) fn settle_stored(&self) -> Result<bool, NodeError> {
        self.materialise()?;
        let written = self.acknowledge()?;
        if written {
            // What they show to have come late, after a move say, has no effect any more.
            self.materialise()?;
        }
        self.announce();
        Ok(written)
    }

    /// Writes the receipts that are due. Returns whether there were any.
    fn acknowledge(&self) -> Result<bool, NodeError> {
        let now = self.now();
        let written = self.with(|r| match units_of(r, r.identity().device()).first() {
            Some(unit) => receipts::write(r, unit, now),
            None => Ok(0),
        })?;
        Ok(written > 0)
    }
}

/// Runs what waits for the replica or the disk. Within a task, the runtime's other tasks move to
/// another thread meanwhile, so that one link's work does not hold up the rest.
fn blocking<T>(run: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(run),
        _ => run(),
    }
}

/// The units that a device may act for, the highest first. The root acts for its city, so that its word gets
/// to the city's hub.
pub(crate) fn units_of(replica: &Replica, device: DeviceKey) -> Vec<UnitPath> {
    let trust = replica.trust();
    let mut units: Vec<UnitPath> =
        trust.grants_of(device).map(|(_, authority)| authority.grant.unit.clone()).collect();
    if trust.root() == Some(device) {
        units.extend(trust.root_unit(device).cloned());
    }
    units.sort_by_key(|unit| (unit.depth(), unit.clone()));
    units.dedup();
    units
}

/// The units for which a device is served: those of its grants that had not ended by this machine's
/// clock. Whether what it *wrote* came in time is judged by receipts; what it may still *read* is for
/// whoever would send it to judge.
pub(crate) fn served_units(replica: &Replica, device: DeviceKey, now: TimeMs) -> Vec<UnitPath> {
    let is_root = replica.trust().root() == Some(device);
    let lasting = |unit: &UnitPath| {
        (is_root && replica.trust().root_unit(device) == Some(unit))
            || replica.trust().grants_of(device).any(|(_, authority)| {
                authority.grant.unit == *unit && authority.grant.not_after.is_none_or(|end| now <= end)
            })
    };
    let mut units = units_of(replica, device);
    units.retain(lasting);
    units
}
