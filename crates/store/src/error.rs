//! What can go wrong with a replica, said so that a person knows what to do next.

use std::path::PathBuf;

use linli_log::{EntryError, Refusal, SegmentError};
use linli_model::EditError;
use linli_wire::{DocId, EntryHash, Space};
use thiserror::Error;

#[derive(Debug, Error)]
pub enum StoreError {
    #[error("another linli process is using {0}; stop it, or let it do the work")]
    Locked(PathBuf),
    #[error("there is no data in {0}; create it with `linli realm init`, `linli hub init` or `linli join`")]
    NotInitialised(PathBuf),
    #[error("{0} has data already; choose another directory with --data")]
    AlreadyInitialised(PathBuf),
    #[error("{0} was written by a newer version of linli; install that version or a later one")]
    NewerVersion(PathBuf),
    #[error(
        "{path} cannot be opened with its key: the database or the key file is damaged or from elsewhere; restore both from one backup"
    )]
    WrongKey { path: PathBuf },
    #[error("cannot use {path}")]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the disk is full; free some space and repeat, nothing of this was stored")]
    DiskFull,
    #[error("the database failed")]
    Database(#[source] rusqlite::Error),
    #[error("the database cannot be brought to this version")]
    Migration(#[source] Box<rusqlite_migration::Error>),
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
    #[error("this device may not write in {space}: {reason}; ask the hub for a grant")]
    NotAllowed { space: Space, reason: Refusal },
    #[error("this device has no grant that lets it write in {0}; ask the hub for one")]
    NoGrant(Space),
    #[error("document {document} in {space} cannot be changed")]
    Edit {
        document: DocId,
        space: Space,
        #[source]
        source: Box<EditError>,
    },
    #[error("document {0} is of another kind")]
    OtherKind(DocId),
    #[error("document {0} was erased: nothing written to it counts any more; begin a new one")]
    Erased(DocId),
    #[error("the entry cannot be written")]
    Entry(#[from] EntryError),
    #[error("a stored segment is damaged; run `linli doctor`, then restore from a backup or from the hub")]
    DamagedSegment(#[from] SegmentError),
    #[error("a file of {bytes} bytes cannot be attached: it must have from 1 to {most}; make it smaller")]
    AttachmentSize { bytes: u64, most: u64 },
    #[error("a file cannot be read or written")]
    AttachmentRead(#[source] std::io::Error),
    #[error(
        "there is no room for {bytes} bytes more: attachments take {used} of the {quota} bytes that they may; raise it with `linli attach limits --quota`"
    )]
    AttachmentQuota { bytes: u64, used: u64, quota: u64 },
    #[error("the bytes of attachment {0} are not here; ask for them with `linli attach fetch`, then sync")]
    NoAttachment(String),
    #[error("the bytes of attachment {0} are damaged; run `linli doctor`, then fetch them again")]
    DamagedAttachment(String),
    #[error("entry {0} is not among the entries without effect; `linli held list` shows them")]
    NotHeld(EntryHash),
    #[error("entry {entry} cannot be written again: {why}")]
    NotReauthored { entry: EntryHash, why: String },
    #[error("entry {entry} was written again already, as {again}")]
    WrittenAgain { entry: EntryHash, again: EntryHash },
    #[error("entry {0} is not in this replica")]
    UnknownEntry(EntryHash),
    #[error("the database holds something that this version cannot read: {0}")]
    Corrupt(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Database(error),
        }
    }
}

impl From<getrandom::Error> for StoreError {
    fn from(error: getrandom::Error) -> Self {
        Self::Random(error)
    }
}
