//! What trust says of an entry.

use linli_wire::{DeviceKey, EntryHash, Space, UnitPath};
use thiserror::Error;

use crate::{entry::Kind, rights::Right};

/// Why an entry has no effect.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("the realm log is another one")]
    ForeignRealm,
    #[error("the log names no grant and is not the realm log")]
    NoGrant,
    #[error("the grant was made for device {granted}, not for device {writer}")]
    WrongDevice { granted: DeviceKey, writer: DeviceKey },
    #[error("a grant for {unit} does not allow writing in {space}")]
    WrongSpace { unit: UnitPath, space: Space },
    #[error("the grant does not include the right `{0:?}`")]
    MissingRight(Right),
    #[error("a {kind:?} entry does not belong in {space}")]
    WrongKind { kind: Kind, space: Space },
    #[error("device {0} was revoked before this entry")]
    Revoked(DeviceKey),
    #[error("device {0} was revoked since its key was compromised, and the revocation lets less stand")]
    Compromised(DeviceKey),
    #[error("{unit} was moved away from {from} before any hub had received the entry")]
    Moved { unit: UnitPath, from: UnitPath },
    #[error("the grant ended before any hub had received the entry")]
    Expired,
    #[error("the root announced another key as its next")]
    WrongRoot,
    #[error("the grant does not narrow: {0}")]
    DoesNotNarrow(String),
    #[error("the grant that the writer acts under does not count: {0}")]
    GrantRefused(Box<Self>),
}

/// Whether an entry counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Authorised,
    /// It may count once this grant is here.
    Pending(EntryHash),
    Refused(Refusal),
}
