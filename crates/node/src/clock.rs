//! The clock of a node: this machine's, or one that a simulation sets.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use linli_wire::TimeMs;

/// Now, by this machine's clock. Nothing else reads it.
pub fn now() -> TimeMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    TimeMs(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
}

/// Where a node reads the time. Clones show the same.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// `None` for this machine's clock.
    set: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// A clock that stands still until it is set.
    pub fn at(time: TimeMs) -> Self {
        Self { set: Some(Arc::new(AtomicI64::new(time.0))) }
    }

    /// Sets the clock. This machine's own is left as it is.
    pub fn set(&self, time: TimeMs) {
        if let Some(set) = &self.set {
            set.store(time.0, Ordering::Relaxed);
        }
    }

    pub fn now(&self) -> TimeMs {
        self.set.as_ref().map_or_else(now, |set| TimeMs(set.load(Ordering::Relaxed)))
    }
}
