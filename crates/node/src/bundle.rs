//! Bundles: what a session would carry, in files for a USB stick.
//!
//! ```text
//! age( frames ): hello (who it is from and for), segments, pieces of attachments, pushed (how many segments)
//! ```
//!
//! The frames are those of a session ([`linli_sync::Message`]); the file is encrypted to the X25519
//! keys that stand in the receivers' grants. A bundle proves nothing of who made it, and needs not:
//! every segment in it is sealed by the device that wrote it.
//!
//! A bundle may be split over several files, each a bundle of its own. They may be taken in alone and in
//! any order: a segment that comes before the one it follows is kept until that one has come. Of a file
//! that was cut short or damaged, the whole frames before that count. Neither side holds a bundle in
//! memory.

mod export;
mod import;
mod keys;

use std::path::PathBuf;

pub use export::{ExportOptions, SPLIT_BYTES_MIN, export_bundle};
pub use import::{bundle_parts, import_bundle, import_bundles};

/// What a bundle carried.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BundleReport {
    /// The files that were written or read, in order.
    pub files: Vec<PathBuf>,
    pub segments: usize,
    /// Segments that brought something new, those among them that had been kept from earlier bundles; only
    /// when a bundle is taken in.
    pub new: usize,
    /// Segments that were kept because what they follow has not come yet.
    pub early: usize,
    pub bytes: u64,
    /// Attachments that were written, or became whole.
    pub attachments: usize,
    /// Pieces of attachments that came before what they belong to, or without room: take the file in again.
    pub pieces_left: usize,
    /// Where a file that is taken in ends before its end, and why.
    pub cut: Option<String>,
    pub declined: Vec<String>,
}

impl BundleReport {
    /// Adds the report of another file to this one.
    pub fn add(&mut self, other: Self) {
        self.files.extend(other.files);
        self.segments += other.segments;
        self.new += other.new;
        // Not those of one file, but all that are kept.
        self.early = other.early;
        self.bytes += other.bytes;
        self.attachments += other.attachments;
        self.pieces_left += other.pieces_left;
        self.cut = other.cut.or(self.cut.take());
        self.declined.extend(other.declined);
    }
}

#[cfg(test)]
mod tests;
