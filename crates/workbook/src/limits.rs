//! The limits on a file, in one place. A reader refuses one past each of them.

/// Bytes of a file.
pub const FILE_BYTES_MAX: usize = 32 << 20;
/// Bytes of everything that is packed in a workbook.
pub const UNPACKED_BYTES_MAX: u64 = 256 << 20;
/// Bytes of the texts in all cells together.
pub const TEXT_BYTES_MAX: usize = 64 << 20;
/// Rows of a sheet, the header among them.
pub const ROWS_MAX: usize = 50_001;
/// Columns of a sheet.
pub const COLUMNS_MAX: usize = 128;
/// People on one card: a dormitory is one card, a mistake in the column of card numbers is not.
pub const CARD_PEOPLE_MAX: usize = 5_000;
/// Bytes of the values that one entry takes, well below what an entry may have once they are changes.
pub const ENTRY_VALUE_BYTES_MAX: usize = 384 << 10;
