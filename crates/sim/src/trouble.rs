//! What ends a run before its time: something that must never happen did.

use std::fmt;

use linli_wire::TimeMs;

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// When, in the run's own time.
    pub at: TimeMs,
    /// Where.
    pub machine: String,
    /// What.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = (self.at.0 - crate::template::BEGIN.0) / 3_600_000;
        write!(f, "day {} hour {}, {}: {}", hours / 24, hours % 24, self.machine, self.what)
    }
}
