//! The replica: sealed segments in an encrypted SQLite database, and everything that is derived
//! from them.
//!
//! Invariant: a replica *is* its set of sealed segments (and the open entries of this device).
//! Documents, tables, trust and states are caches that [`Replica::rebuild`] makes again from them.
//!
//! One process at a time opens a data directory and one [`Replica`] writes; evaluation and snapshots
//! read through [`Replica::reader`] while it goes on.

mod ancestry;
pub mod attachments;
mod bare;
mod early;
mod engine;
mod erasure;
mod error;
mod facing;
mod forks;
mod heard;
mod held;
mod holdings;
mod identity;
mod ingest;
mod kept;
mod mark;
mod materialise;
mod open;
mod parallel;
mod place;
mod projection;
mod query;
mod reauthor;
mod receipts;
mod recorded;
mod reindex;
mod repack;
mod replica;
mod schema;
mod spaces;
mod succession;
mod trust;
mod unindexed;
mod write;
mod written;

pub use bare::BareTables;
pub use early::EARLY_BYTES_MAX;
pub use engine::{DetachedEngine, ReaderEngine, SqlError, Work};
pub use erasure::Erasure;
pub use error::StoreError;
pub use facing::{DECLINED_KEPT_MAX, Declined, Facing, PROGRAM};
pub use forks::{Sealed, Twin, Twins};
pub use heard::{Ahead, BackdatedReceipt, EntryHeld, Heard};
pub use held::{Because, HeldEntry, Link};
pub use identity::Identity;
pub use ingest::Stored;
pub use materialise::Materialised;
pub use open::Opened;
pub use place::Place;
pub use query::{EntryInfo, EntryState, LogInfo, OpenedDocument, Origin, Origins};
pub use receipts::{HeldBy, LeftOutFrom};
pub use recorded::BACKDATED_DAYS;
pub use repack::Repacked;
pub use replica::{Counts, Replica};
pub use write::{DocumentEdits, Writing};
