//! Every limit on what comes from outside, in one place. A reader refuses one past each of them.

/// Bytes of one entry: its header and its payloads together.
pub const ENTRY_BYTES_MAX: usize = 1 << 20;
/// Bytes of an entry's header alone.
pub const HEADER_BYTES_MAX: usize = 64 << 10;
/// Changes in one entry: at most one per document, so also documents.
pub const ENTRY_CHANGES_MAX: usize = 256;
/// Bytes of a segment in canonical form at which a writer seals it.
pub const SEGMENT_FILL_BYTES: usize = 256 << 10;
/// Entries at which a writer seals a segment.
pub const SEGMENT_FILL_ENTRIES: usize = 1024;
/// Bytes of a segment in canonical form that a reader accepts: a full one and one more entry.
pub const SEGMENT_BYTES_MAX: usize = SEGMENT_FILL_BYTES + ENTRY_BYTES_MAX;
/// Bytes of a segment in compact form that a reader accepts.
pub const COMPACT_BYTES_MAX: usize = SEGMENT_BYTES_MAX + (SEGMENT_BYTES_MAX >> 3) + 4096;
/// Bytes of one frame between peers: a compact segment and what stands around it.
pub const FRAME_BYTES_MAX: usize = COMPACT_BYTES_MAX + 4096;
/// Bytes of one piece of an attachment.
pub const PIECE_BYTES_MAX: usize = 256 << 10;
/// Heads of one log in one list. A frontier with more goes on in the next page.
pub const LOG_HEADS_MAX: usize = 512;
/// Spaces that one digest or frontier message lists.
pub const MESSAGE_SPACES_MAX: usize = 4096;
/// Logs that one frontier message lists.
pub const MESSAGE_LOGS_MAX: usize = 8192;
/// Grants between the realm's root and a device.
pub const GRANT_DEPTH_MAX: usize = 6;
/// Operations in one Automerge change.
pub const CHANGE_OPS_MAX: u64 = 20_000;
/// Dependencies of one Automerge change.
pub const CHANGE_DEPS_MAX: usize = 64;
/// Other actors that one Automerge change names.
pub const CHANGE_ACTORS_MAX: usize = 1024;
/// Bytes of a key of a map in a document.
pub const MAP_KEY_BYTES_MAX: usize = 128;
/// Bytes of one actor id in the compact form.
pub const ACTOR_ID_BYTES_MAX: usize = 64;
/// Bytes of the message of an Automerge change.
pub const CHANGE_MESSAGE_BYTES_MAX: usize = 64;
/// The greatest operation counter of a document: Automerge packs counters into 32 bits.
pub const DOCUMENT_OPS_MAX: u64 = 1 << 30;
/// Maps within maps of one document: whoever walks them does so on a stack.
pub const DOCUMENT_DEPTH_MAX: usize = 8;
/// Bytes of a text that a person typed into one field.
pub const FIELD_BYTES_MAX: usize = 4096;
/// Device times are refused outside 2000-01-01 … 2100-01-01 (milliseconds).
pub const DEVICE_TIME_MS: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;
/// Moves of units in one realm that count.
pub const MOVES_MAX: usize = 256;
