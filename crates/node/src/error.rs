//! What can go wrong in a node, with the next step.

use std::path::PathBuf;

use linli_net::NetError;
use linli_store::StoreError;
use linli_wire::{DeviceKey, DocId, RealmId, UnitPath, limits::FIELD_BYTES_MAX};
use thiserror::Error;

#[derive(Debug, Error)]
pub enum NodeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Net(#[from] NetError),
    #[error("the session with {peer} failed: {reason}")]
    Session { peer: String, reason: String },
    #[error("device {0} has no grant in this realm; invite it first, or it was revoked")]
    UnknownDevice(DeviceKey),
    #[error("the grant of device {0} has ended; ask the hub for a new invitation")]
    EndedGrant(DeviceKey),
    #[error("this replica belongs to no realm yet; run `linli join` first")]
    NoRealm,
    #[error("this device has no grant that counts; ask the hub for an invitation")]
    NoGrant,
    #[error("this device reports to no hub; join with `linli join`, or add one with `linli hubs add`")]
    NoParent,
    #[error("{0} hubs are listed, as many as may be; remove one with `linli hubs remove` first")]
    TooManyParents(usize),
    #[error("the invitation cannot be read: {0}; copy the whole code, it begins with LINLI1:")]
    BadInvitation(String),
    #[error("the invitation ended on {0}; ask the hub for a new one")]
    ExpiredInvitation(String),
    #[error(
        "the invitation was redeemed by another device ({0}); each is good once, ask the hub for a new one"
    )]
    UsedInvitation(DeviceKey),
    #[error("the invitation was not made by this hub; use the address that came with it")]
    ForeignInvitation,
    #[error("the hub refuses: {0}")]
    RefusedByHub(String),
    #[error("the answer of the hub cannot be read: {0}")]
    BadAnswer(String),
    #[error(
        "the hub answered for realm {found}, the invitation is for {expected}; do not join, ask where the code came from"
    )]
    OtherRealm { expected: RealmId, found: RealmId },
    #[error(
        "this device belongs to realm {own}, the grant is for realm {found}; a device has one realm, choose another directory with --data"
    )]
    RealmTaken { own: RealmId, found: RealmId },
    #[error(
        "there is no grant that counts for this device, {0}, in the answer; have it made from this device's own request"
    )]
    GrantForOther(DeviceKey),
    #[error("this device does not hold the root key; run it on the directory that `linli realm init` made")]
    NotRoot,
    #[error("the root announced another key than {0} as its next; use the key that was kept for that")]
    OtherRootAnnounced(DeviceKey),
    #[error("the unit cannot be moved so: {0}")]
    BadMove(String),
    #[error("the replica has begun realm {0} already; choose another directory with --data")]
    RealmBegun(RealmId),
    #[error("cannot read {path}; check that it is there and that you may read it")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot write {path}; check that its folder is there, has room, and that you may write in it")]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path} is no {what}: {reason}")]
    BadFile { path: PathBuf, what: &'static str, reason: String },
    #[error("{path}, line {line}: {reason}")]
    BadUnits { path: PathBuf, line: usize, reason: String },
    #[error("the bundle is encrypted for another device; export it again for {0}")]
    BundleForOther(DeviceKey),
    #[error(
        "a part of a bundle cannot be held to {bytes} bytes: it must be at least {least}; choose a larger --split"
    )]
    SplitTooSmall { bytes: u64, least: u64 },
    #[error("no hub of {0} is known here; sync once, or name the device")]
    NoRecipient(UnitPath),
    #[error("{unit} does not lie in {own}, whose records are kept here; ask a hub that stands above it")]
    NotKeptHere { unit: UnitPath, own: UnitPath },
    #[error(
        "document {0} has no content here; it was erased, or never came: `linli erase --list` shows what was"
    )]
    NothingToErase(DocId),
    #[error("the reason has {0} bytes; an erasure needs one of 1 to {FIELD_BYTES_MAX}")]
    BadReason(usize),
    #[error("the evaluation failed: {0}")]
    Evaluation(String),
    #[error("{unit} has no item {item}; the standard has {known}")]
    UnknownItem { unit: UnitPath, item: String, known: String },
    #[error(transparent)]
    Snapshot(#[from] linli_audit::SnapshotError),
}

impl NodeError {
    /// The kind of failure of a link, in a word or two: what failures are counted by.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Net(error) => error.reason(),
            Self::UnknownDevice(_) => "no grant",
            Self::EndedGrant(_) => "grant ended",
            Self::Session { .. } => "session ended",
            _ => "other",
        }
    }

    /// Whether the failure is the machine's or ours, rather than something refused.
    pub const fn is_internal(&self) -> bool {
        matches!(self, Self::Store(StoreError::Corrupt(_) | StoreError::Database(_)))
    }
}

/// An error with its causes, on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
