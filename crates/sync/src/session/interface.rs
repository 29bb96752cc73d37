//! What a session is told, and what it asks for.

use std::collections::BTreeSet;

use linli_wire::{Arrangement, Digest, Frame, LogId, RealmId, Space, UnitPath};

use crate::message::{Carry, GoodbyeCode};

/// Which side dialled. The two differ in nothing but who sends *pushed* first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Dialler,
    Acceptor,
}

/// What a session is told at its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub realm: RealmId,
    /// The units for which this side may act.
    pub mine: Vec<UnitPath>,
    /// The units for which the peer may act, by what this side knows of its grants.
    pub theirs: Vec<UnitPath>,
    /// Which unit lies below which on the day of the session.
    pub arrangement: Arrangement,
    pub role: Role,
    /// Whether the session stays open after it has settled.
    pub linger: bool,
    /// What this side wants the link to carry.
    pub carry: Carry,
    /// This side's program and its version, at most [`PROGRAM_BYTES_MAX`](crate::limits::PROGRAM_BYTES_MAX).
    pub program: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A frame came.
    Frame(Frame),
    /// Entries were added to the replica, by this device or from another peer: push them.
    Changed,
    /// Every [`Output::Stored`] up to this batch was dealt with; `added` says whether entries, such as
    /// receipts, were written for it.
    Answered { batch: u64, added: bool },
    /// No more input is waiting: store what is buffered.
    Flush,
    /// Linger no longer: close when nothing is left to do.
    Finish,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    Send(Frame),
    /// New entries are durable. Answer with [`Input::Answered`], also where there is nothing to add.
    Stored {
        /// Counts from 1.
        batch: u64,
        spaces: BTreeSet<Space>,
        logs: BTreeSet<LogId>,
    },
    /// A segment was not stored. If it is lasting, remember it, so that digests leave the log out from now on.
    Declined {
        by: Side,
        log: Option<LogId>,
        seq: u64,
        lasting: bool,
        reason: String,
    },
    /// An attachment is here whole.
    Attachment {
        file: Digest,
    },
    /// Both sides have pushed, stored and answered everything.
    Settled {
        /// Whether both hold the same of all shared spaces.
        equal: bool,
        counts: Counts,
    },
    /// The session is over; nothing follows.
    Close(CloseReason),
}

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Ours,
    Theirs,
}

/// Segments since the session began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Segments that were sent.
    pub pushed: u64,
    /// Segments that came and brought something new.
    pub received: u64,
}

/// Why a session is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CloseReason {
    /// Settled, and nobody lingers.
    Done,
    /// The peer said goodbye.
    Peer { code: GoodbyeCode, text: String },
    /// The error that `handle` or `poll_output` returned.
    Failed,
}
