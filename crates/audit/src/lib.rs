//! Snapshots: one file that carries a cut of a unit's subtree and can be verified with nothing but
//! itself and the realm id.
//!
//! [`create`] makes one, [`verify`] checks it from the first byte to the last scorecard, [`show`]
//! reads its manifest without believing it, and [`diff`] compares two.
//!
//! # The file
//!
//! ```text
//! snapshot  = magic ‖ length: u32 big-endian ‖ manifest ‖ signature ‖ section*
//! magic     = "linli snapshot 1" and a line feed, 17 bytes
//! length    = bytes of the manifest, at most 16 MiB
//! manifest  = deterministic CBOR (RFC 8949 §4.2.1), an array of
//!               realm id (bytes 32), unit path (text), as-of date (text, ISO),
//!               first day or null, last day of receipt or null      (null: by the standard's own rule)
//!               time made (int, milliseconds since 1970), signer's device key (bytes 32),
//!               frontier: [[unit path, channel, digest (bytes 32)]*]    ordered by unit and channel
//!               sections: [[name (text), compression (0 none, 1 zstd), stored length, plain length,
//!                           SHA-256 of the stored bytes (bytes 32)]*]
//! signature = Ed25519, 64 bytes, by the signer over "linli/1 snapshot" ‖ 00 ‖ manifest
//! section   = stored bytes, one section after another in the manifest's order; nothing follows
//! ```
//!
//! The frontier's digests are those by which replicas compare spaces. The sections are, in this order:
//!
//! | name | content |
//! |---|---|
//! | `segments` | the entries under their seals: of every space that devices of the unit hold, which is the three channels of the unit and of everything below it, and the notices of what lies above it |
//! | `tables/<name>.parquet` | every published table, as it follows from these entries |
//! | `standards/<hash>/<file>` | the files of each standard, as UTF-8 text, by the hash of the pack |
//! | `scorecards` | (length: u32 big-endian ‖ canonical scorecard)*, ordered by unit and standard |
//! | `left_out` | the entries without effect and why |
//!
//! `segments` is a group for each space, in the frontier's order:
//! `unit length: u8 ‖ unit ‖ channel: u8 ‖ count: u32 ‖ (length: u32 ‖ compact segment)*`, integers
//! big-endian, the segments of each log in order. The compact form rebuilds an entry's exact bytes, and hash
//! chain and seal prove them. `left_out` is a CBOR array of
//! `[unit, channel, log, seq, hash, kind, time, state, reason or null]`, ordered by the first five. In the
//! tables every column is required, INT64 or BYTE_ARRAY (String); rows are ordered by `unit`, `doc`, then
//! every column; row groups have at most 500,000 rows and pages are compressed with zstd.
//!
//! # What is proved
//!
//! Invariant: every byte is covered. Magic and lengths have one reading each, the manifest is covered
//! by the signature, the sections are covered by the manifest's digests, and the signature is checked
//! strictly, so that it has one form.
//!
//! Who signed is asked of the entries themselves: the signer needs a grant that counts, with the right
//! `receipt` (a hub's), for the unit or one above it. Entries, tables and scorecards are
//! believed for no signature: chains and seals prove the entries, and the rest is made again from them.
//! A standard is believed for no signature either: it is, byte for byte, one of those built in, or one that the
//! entries show to be published by a device with the right and in force on the first day of the period.
//!
//! Invariant: nothing is missing that a hub acknowledged in an entry that is here. A receipt that counts and
//! names an entry that is not here ([`ShortLog`]) is an error, be it the end of a log, one of its branches or
//! all of it. What no file can prove alone is that its signer left nothing out that no such receipt names;
//! comparing with an earlier snapshot shows a log that went backwards ([`WentBackwards`]).

mod container;
mod create;
mod diff;
mod error;
mod left_out;
pub mod limits;
mod manifest;
pub mod packs;
mod receipts;
mod recompute;
mod scorecards;
mod segments;
mod signer;
mod standards;
mod tables;
#[cfg(test)]
mod tests;
mod verify;

pub use container::{MAGIC, SIGNATURE_CONTEXT};
pub use create::{CreateOptions, Summary, create};
pub use diff::{Difference, ScorecardChange, WentBackwards, diff};
pub use error::SnapshotError;
pub use left_out::LeftOut;
pub use manifest::{Compression, Manifest, Section};
pub use receipts::ShortLog;
pub use recompute::{Recomputed, RecomputedScorecard, recompute};
pub use signer::Signer;
pub use verify::{ScorecardCheck, StandardCheck, TableCheck, Verified, verify};

/// What a snapshot says of itself, unverified: neither signature nor digests are checked.
pub fn show(bytes: &[u8]) -> Result<Manifest, SnapshotError> {
    Ok(container::Parsed::parse(bytes)?.manifest)
}
