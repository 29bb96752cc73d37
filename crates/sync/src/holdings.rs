//! The replica that a session speaks for, as the session sees it.

use std::collections::BTreeMap;

use linli_log::{Head, SpaceFrontier};
use linli_wire::{Digest, LogId, Space};

/// One replica as one peer is to see it: what either of the two has declined for good is left out of
/// [`digests`](Self::digests), [`frontier`](Self::frontier) and [`missing`](Self::missing) alike, so
/// that one refusal does not make the two differ for ever.
///
/// Every method is called with the session's own work waiting, and may touch a disk.
pub trait Holdings {
    type Error: std::error::Error + Send + Sync + 'static;

    /// The peer runs this program. What it declined under another is no longer left out.
    fn meet(&mut self, program: &str) -> Result<(), Self::Error>;

    /// The digest of each space that holds anything and for which `wanted` says yes. A space's digest
    /// is that of its [`frontier`](Self::frontier).
    fn digests(&mut self, wanted: &dyn Fn(&Space) -> bool) -> Result<BTreeMap<Space, Digest>, Self::Error>;

    /// The sealed heads of each log of `space`.
    fn frontier(&mut self, space: &Space) -> Result<SpaceFrontier, Self::Error>;

    /// Whether the entry `head` of `log` is here, at an end or not.
    fn knows(&mut self, log: LogId, head: &Head) -> Result<bool, Self::Error>;

    /// The next segments of `log` that a peer whose heads are `theirs` lacks, about `bytes_max` bytes
    /// of them but at least one if it lacks any.
    ///
    /// Heads in `theirs` may lie below one another; those that are not here are passed over.
    fn missing(&mut self, log: LogId, theirs: &[Head], bytes_max: usize) -> Result<Missing, Self::Error>;

    /// Stores segments that came, and returns when they are durable. Segments of a space for which
    /// `allowed` says no are declined. One outcome for each segment, in order.
    fn store(
        &mut self,
        segments: Vec<Vec<u8>>,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Vec<Stored>, Self::Error>;

    /// The next attachment to ask the peer for and from which byte on, of those that documents in allowed
    /// spaces name and for which `not` says no. A replica without attachments wants none.
    fn wanted(
        &mut self,
        not: &dyn Fn(&Digest) -> bool,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Option<(Digest, u64)>, Self::Error> {
        let _ = (not, allowed);
        Ok(None)
    }

    /// Up to `bytes_max` bytes of an attachment from `from` on; `None` where it is not here whole, ends
    /// before, or is named by no document in an allowed space.
    fn piece(
        &mut self,
        file: &Digest,
        from: u64,
        bytes_max: usize,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Option<Vec<u8>>, Self::Error> {
        let _ = (file, from, bytes_max, allowed);
        Ok(None)
    }

    /// Durably keeps a piece that was asked for.
    fn keep(&mut self, file: &Digest, from: u64, bytes: &[u8]) -> Result<Kept, Self::Error> {
        let _ = (file, from, bytes);
        Ok(Kept::Wrong)
    }
}

/// What became of a piece of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is durable, and more is to come.
    Part,
    /// All of the file is here, and has its hash.
    Whole,
    /// It does not go on where the file stands, or the whole has another hash: nothing of it counts.
    Wrong,
}

/// What a peer lacks of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Missing {
    /// Compact segments, parents before children; empty when it lacks nothing.
    pub segments: Vec<Vec<u8>>,
    /// The peer's heads after it has received them: its former ones and the segments' ends, without
    /// those known to lie below another; in order.
    pub heads: Vec<Head>,
    /// Whether it lacks more than these.
    pub more: bool,
}

/// What became of a segment that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// At least one of its entries was not here before. It is durable now; quarantined and pending
    /// entries count as stored.
    New {
        space: Space,
        log: LogId,
        /// The entry before the segment's first; `None` where that is the genesis.
        parent: Option<Head>,
        /// The segment's last entry.
        head: Head,
    },
    /// All of its entries were here before.
    Known { space: Space, log: LogId, parent: Option<Head>, head: Head },
    /// It was not stored.
    Declined {
        /// The log, if so much could be read.
        log: Option<LogId>,
        /// The first entry that was not stored; 0 if that could not be read.
        seq: u64,
        /// Whether it would be declined again at any time, by this program.
        lasting: bool,
        reason: String,
    },
}
