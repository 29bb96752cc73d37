//! What can be wrong with a snapshot, each with the thing, the reason and the next step.

use linli_eval::{DateError, EvalError, PackError, ScorecardError};
use linli_store::{SqlError, StoreError};
use linli_wire::{DecodeError, DeviceKey, Digest, EntryHash, LogId, RealmId, Space, UnitPath};
use thiserror::Error;

use crate::receipts::ShortLog;

/// Entries that a message names before it only counts.
const LISTED_MAX: usize = 4;

/// Why there is no snapshot, or why one is not believed.
#[derive(Debug, Error)]
pub enum SnapshotError {
    #[error(
        "this is not a snapshot: a snapshot begins with the line `linli snapshot 1`; choose another file"
    )]
    NotASnapshot,
    #[error("the snapshot has {0}, which only a newer version of linli knows; update and repeat")]
    NewerVersion(String),
    #[error("the snapshot is cut short in {place}; fetch the whole file again")]
    Truncated { place: String },
    #[error("{0} bytes follow the end of the snapshot; fetch the file again")]
    Trailing(usize),
    #[error("the manifest of the snapshot cannot be read; fetch the file again")]
    Manifest(#[source] DecodeError),
    #[error(
        "the signature is not that of device {signer} over this manifest: the snapshot was changed or damaged; \
         fetch it again from the hub that made it"
    )]
    WrongSignature { signer: DeviceKey },
    #[error(
        "the snapshot is of realm {found}, not of realm {expected}; check the realm id or choose the other realm's"
    )]
    OtherRealm { found: RealmId, expected: RealmId },
    #[error(
        "the section `{name}` is damaged: its bytes are not those that were signed; fetch the file again"
    )]
    DamagedSection { name: String },
    #[error("the section `{name}` does not hold what it should: {problem}; ask for another snapshot")]
    Content { name: String, problem: String },
    #[error("the snapshot has no section `{name}`; ask for a whole one")]
    MissingSection { name: String },
    #[error(
        "device {signer} signed the snapshot and is no hub of {unit} or above: it holds no grant that counts with \
         the right `receipt`; ask the hub of {unit} for a snapshot of its own"
    )]
    SignerWithoutGrant { signer: DeviceKey, unit: UnitPath },
    #[error("the chain of {} is broken at entry {seq}: {reason}; ask for another snapshot", log_named(.log.as_ref()))]
    BrokenChain { log: Option<LogId>, seq: u64, reason: String },
    #[error("the entries of {space} are not those of the frontier that was signed; ask for another snapshot")]
    Frontier { space: Space },
    #[error(
        "entries are missing: {}; ask for a later snapshot, and ask its signer why these are not in this one",
        listed(.0)
    )]
    Withheld(Vec<ShortLog>),
    #[error(
        "the table `{table}` differs from the one that follows from the entries, first in row {row}, column \
         `{column}`; do not use its tables, and ask its signer why"
    )]
    TableDiffers { table: String, row: u64, column: String },
    #[error(
        "the columns of the table `{table}` are not those of this version of linli; verify the snapshot with the \
         version that made it"
    )]
    TableColumns { table: String },
    #[error("the table `{table}` cannot be read or written as Parquet: {problem}; ask for another snapshot")]
    Parquet { table: String, problem: String },
    #[error(
        "the list of entries without effect differs from what follows from the entries, first at entry {seq} \
         ({hash}) of log {log}; ask its signer why"
    )]
    LeftOutDiffers { log: LogId, seq: u64, hash: EntryHash },
    #[error(
        "the scorecard of {unit} by the standard `{standard}` differs from what follows from the entries, first \
         in {item}; do not use its scores, and ask its signer why"
    )]
    ScorecardDiffers { unit: UnitPath, standard: String, item: String },
    #[error("a scorecard in the snapshot cannot be read; ask for another snapshot")]
    Scorecard(#[from] ScorecardError),
    #[error("the standard `{id}` in the snapshot cannot be used; ask for another snapshot")]
    Standard {
        id: String,
        #[source]
        source: Box<PackError>,
    },
    #[error(
        "the standard `{id}` {version} (hash {hash}) was not in force: its files are neither those of a standard \
         built into this version of linli nor of one that the city or the district had published by the first day \
         of the period; verify with the version of linli that has it, or ask the signer where it comes from"
    )]
    UnknownStandard { id: String, version: String, hash: Digest },
    #[error(transparent)]
    Date(#[from] DateError),
    #[error("the standard `{0}` was given twice; give each once")]
    StandardTwice(String),
    #[error("the subtree cannot be scored")]
    Evaluation(#[from] Box<EvalError<SqlError>>),
    #[error("this replica belongs to no realm yet; join one before making a snapshot")]
    NoRealm,
    #[error(
        "this device ({device}) is no hub of {unit} or above: it holds no grant with the right `receipt`, so nobody \
         would believe its snapshot; make it at the hub of {unit}, or pull it from there with a device that has \
         the right `audit`"
    )]
    MayNotSign { device: DeviceKey, unit: UnitPath },
    #[error(
        "this replica has not yet all that was acknowledged: {}; synchronise until it has come, and repeat",
        listed(.0)
    )]
    NotAllHere(Vec<ShortLog>),
    #[error(
        "this device does not hold entry {seq} of log {log} of {space}, which the snapshot has; synchronise, and repeat"
    )]
    NotHeld { space: Space, log: LogId, seq: u64 },
    #[error("nothing is held of {0} or below; choose another unit or synchronise first")]
    NothingHeld(UnitPath),
    #[error(
        "the {what} cannot be put into a snapshot: {found} is more than the limit of {limit}; choose a smaller unit"
    )]
    TooLarge { what: String, found: usize, limit: usize },
    #[error("the replica cannot be used")]
    Store(#[source] Box<StoreError>),
    #[error("the snapshot cannot be written; free some space or choose another place")]
    Write(#[source] std::io::Error),
}

impl From<StoreError> for SnapshotError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl SnapshotError {
    pub(crate) fn content(name: &str, problem: impl std::fmt::Display) -> Self {
        Self::Content { name: name.to_owned(), problem: problem.to_string() }
    }

    pub(crate) fn parquet(table: &str, problem: impl std::fmt::Display) -> Self {
        Self::Parquet { table: table.to_owned(), problem: problem.to_string() }
    }
}

fn log_named(log: Option<&LogId>) -> String {
    log.map_or_else(|| "a log that cannot be read".to_owned(), |log| format!("log {log}"))
}

/// The first few of these, and how many more there are.
fn listed(short: &[ShortLog]) -> String {
    let mut texts: Vec<String> = short.iter().take(LISTED_MAX).map(ToString::to_string).collect();
    if short.len() > LISTED_MAX {
        texts.push(format!("and {} more", short.len() - LISTED_MAX));
    }
    texts.join("; ")
}
