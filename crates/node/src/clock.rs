//! The one place where the clock is read.

use std::time::{SystemTime, UNIX_EPOCH};

use linli_wire::TimeMs;

/// Now, by this machine's clock.
pub fn now() -> TimeMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    TimeMs(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
}
