//! What everything else is written in: identifiers, unit paths, deterministic CBOR, frames and the
//! limits that bound whatever comes from outside.
//!
//! This crate is pure: it reads no clock, no randomness, no file and no socket.

pub mod arrangement;
pub mod cbor;
pub mod frame;
pub mod id;
pub mod limits;
pub mod unit;

pub use arrangement::{Arrangement, Move, MoveError, Over};
pub use cbor::{DecodeError, Reader, Writer};
pub use frame::{Frame, FrameError, Lane};
pub use id::{DeviceKey, Digest, DocId, EntryHash, IdError, LogId, RealmId};
pub use unit::{Channel, Level, Space, UnitPath, UnitPathError};

/// Milliseconds since 1970-01-01T00:00:00Z. The pure crates never read a clock: this is always passed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimeMs(pub i64);

impl TimeMs {
    /// The day number (days since 1970-01-01) that this instant falls on in China Standard Time,
    /// UTC+8, the only zone that the domain's dates are in.
    pub const fn day_number(self) -> i64 {
        (self.0 + 8 * 3_600_000).div_euclid(86_400_000)
    }

    /// The first instant of a day. Days beyond what milliseconds can say are the last ones they can.
    pub const fn start_of_day(day: i64) -> Self {
        Self(day.saturating_mul(86_400_000).saturating_sub(8 * 3_600_000))
    }
}

#[cfg(test)]
mod tests {
    use super::TimeMs;

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        // 2026-11-23T15:59:59.999Z is still the 23rd in China, a millisecond later the 24th.
        assert_eq!(TimeMs(1_795_449_599_999).day_number(), 20_780);
        assert_eq!(TimeMs(1_795_449_600_000).day_number(), 20_781);
        assert_eq!(TimeMs::start_of_day(20_781), TimeMs(1_795_449_600_000));
    }
}
