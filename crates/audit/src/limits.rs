//! Every limit on a snapshot that comes from outside, in one place.

/// Bytes of the manifest.
pub const MANIFEST_BYTES_MAX: usize = 16 << 20;
/// Sections that a manifest lists.
pub const SECTIONS_MAX: usize = 4096;
/// Spaces that a manifest lists: those of a large city several times over.
pub const SPACES_MAX: usize = 1 << 17;
/// Bytes of a section's name.
pub const NAME_BYTES_MAX: usize = 256;
/// Bytes that one stored byte may become: of a compressed section, of the segments and of a table.
pub const EXPANSION_MAX: usize = 256;
/// Rows of one row group of a table.
pub const ROW_GROUP_ROWS_MAX: usize = 500_000;
/// Bytes of one scorecard.
pub const SCORECARD_BYTES_MAX: usize = 1 << 20;

/// Bytes of a text in the manifest that is a date: `2026-10-31`.
pub(crate) const DATE_BYTES_MAX: usize = 10;
/// Bytes of a unit path.
pub(crate) const UNIT_BYTES_MAX: usize = 32;
/// Rows of a table that are read and compared at a time.
pub(crate) const BATCH_ROWS: usize = 8192;
/// Bytes of segments that are handed to the replica at a time.
pub(crate) const BATCH_BYTES: usize = 16 << 20;
