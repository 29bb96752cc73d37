//! A disk in memory that loses power, tears writes, fails and fills up: for tests of what survives.
//!
//! ```no_run
//! use linli_disk::Disk;
//! use linli_store::{Identity, Opened, Replica};
//!
//! let disk = Disk::new(7);
//! let opened = Opened::create_at(disk.place()).expect("the disk is empty");
//! let replica = Replica::init(opened, Identity::random().expect("random")).expect("init");
//! disk.cut_power_at(40); // the fortieth change from now on is the last that is begun
//! // … work, until it fails …
//! disk.crash();
//! drop(replica); // whatever it still has open can do nothing any more
//! let replica = Replica::load(Opened::open_at(disk.place()).expect("open"));
//! ```
//!
//! A file has the bytes that are live and those that are durable. A write changes what is live; a sync
//! makes it durable; a crash keeps what is durable and, of each change since, all, nothing, or some
//! sectors. The names of files follow the same rule. SQLite reaches the files by a VFS of this process,
//! through which several connections can use one database, in WAL mode too.
//!
//! There is no clock and no randomness but the seed's, for what is kept on the disk either: the same calls
//! have the same outcome.

mod chance;
mod disk;
mod fault;
mod file;
mod names;
mod place;
mod vfs;

pub use chance::Chance;
pub use disk::Disk;
pub use fault::{Call, Fault, Trouble};

/// What a torn write is torn into.
pub const SECTOR_BYTES: usize = 512;
