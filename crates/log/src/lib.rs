//! Logs: what a device writes, how it is vouched for, and what of it counts.
//!
//! The types carry proof. A [`RawSegment`] is bytes that parse; [`RawSegment::verify`] checks the
//! hash chain and the seal and gives a [`VerifiedSegment`]; [`Trust::authorise`] says of each entry
//! whether its writer may write it; [`vet`] says whether Automerge may see its changes. Nothing is
//! applied that has not gone through all three.
//!
//! This crate is pure: no clock, no randomness, no file, no socket.

pub mod author;
pub mod change;
pub mod compact;
pub mod entry;
pub mod fact;
#[cfg(test)]
mod fixture;
pub mod frontier;
pub mod rights;
pub mod seal;
pub mod segment;
pub mod trust;
pub mod vet;

pub use author::{Draft, DraftChange, LogWriter};
pub use change::{ChangeError, ChangeParts};
pub use entry::{ChangeHeader, Entry, EntryError, Header, Kind, Payload};
pub use fact::{
    Access, Alias, Checkpoint, CheckpointPurpose, Erase, Genesis, Grant, HeldState, LogHeads, Receipt,
    ReceiptState, Revoke, Root, Rotate,
};
pub use frontier::{Frontier, Head, SpaceFrontier};
pub use rights::{Right, Rights};
pub use seal::{DeviceSecret, Seal, SealError};
pub use segment::{RawSegment, SegmentError, VerifiedSegment};
pub use trust::{Fact, FactBody, LogOrigin, Position, Refusal, Trust, Verdict};
pub use vet::{DocumentGraph, VetError};

/// The `document` kind that publishes a standard; writing one takes a right of its own.
pub const STANDARD_DOCUMENT_KIND: u64 = 9;
