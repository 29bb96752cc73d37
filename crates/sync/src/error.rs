//! What ends a session before its time: a peer that misbehaves, is incompatible or sends what cannot
//! be read, or the replica itself.

use linli_wire::{DecodeError, Lane, LogId, RealmId, Space};
use thiserror::Error;

use crate::{
    limits::{PROTOCOL_VERSION, ROUNDS_MAX},
    message::GoodbyeCode,
};

/// Why a session cannot go on. It then has a goodbye for the peer and a close for the node, both to be
/// had from `poll_output`.
#[derive(Debug, Error)]
pub enum SessionError<E: std::error::Error + 'static> {
    #[error(transparent)]
    Peer(#[from] PeerFault),
    #[error("the replica failed")]
    Holdings(#[source] E),
}

/// What is wrong with a peer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PeerFault {
    #[error("the peer broke the protocol")]
    Misbehaved(#[from] Misbehaved),
    #[error("the peer cannot be spoken with")]
    Incompatible(#[from] Incompatible),
    #[error("the peer sent a message that cannot be read")]
    Malformed(#[from] DecodeError),
}

/// A message that can be read and may not be sent, or not now.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Misbehaved {
    #[error("{message} came where {expected} should have")]
    OutOfTurn { message: &'static str, expected: &'static str },
    #[error("{message} came in the lane {lane:?}")]
    WrongLane { message: &'static str, lane: Lane },
    #[error("the space {0} came out of order")]
    SpaceOrder(Space),
    #[error("log {log} came out of order in the space {space}")]
    LogOrder { space: Space, log: LogId },
    #[error("the space {0} does not differ, yet its frontier came")]
    UncalledFrontier(Space),
    #[error("the frontier of the space {0} does not match the digest that came before")]
    FrontierDigest(Space),
    #[error("the frontier of the space {0} is empty")]
    EmptyFrontier(Space),
    #[error("log {log} stands in the space {theirs}, but belongs to {ours}")]
    LogPlace { log: LogId, ours: Space, theirs: Space },
    #[error("a page announced another and was empty")]
    EmptyPage,
    #[error("{what} are more than the limit of {limit}")]
    TooMany { what: &'static str, limit: usize },
    #[error("the peer says that it pushed {said} segments, {came} came")]
    SegmentCount { said: u64, came: u64 },
    #[error("log {0} was declined, but not pushed")]
    DeclinedUnsent(LogId),
    #[error("{0} segments came that brought nothing new")]
    Needless(u64),
    #[error("there were {ROUNDS_MAX} rounds, and the peer wants another")]
    TooManyRounds,
}

/// A peer that may be sound, but not for this replica.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Incompatible {
    #[error("the peer belongs to the realm {theirs}, not to {ours}")]
    Realm { ours: RealmId, theirs: RealmId },
    #[error("the peer speaks version {0} of the protocol, not {PROTOCOL_VERSION}")]
    Version(u64),
}

impl PeerFault {
    /// What the peer is told.
    pub fn code(&self) -> GoodbyeCode {
        match self {
            Self::Misbehaved(_) => GoodbyeCode::Misbehaved,
            Self::Incompatible(Incompatible::Realm { .. }) => GoodbyeCode::OtherRealm,
            Self::Incompatible(Incompatible::Version(_)) => GoodbyeCode::OtherVersion,
            Self::Malformed(_) => GoodbyeCode::Malformed,
        }
    }

    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Misbehaved(fault) => fault.to_string(),
            Self::Incompatible(fault) => fault.to_string(),
            Self::Malformed(fault) => fault.to_string(),
        }
    }
}
