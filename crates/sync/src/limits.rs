//! Every limit of a session, in one place, beside those of `linli_wire::limits`.

/// The version of the protocol that this crate speaks.
pub const PROTOCOL_VERSION: u64 = 1;
/// Bytes of the name of a program and its version.
pub const PROGRAM_BYTES_MAX: usize = 32;
/// Units that one side of a session stands for, after those below another of them are left out.
pub const UNITS_MAX: usize = 256;
/// Bytes of a unit path as text.
pub const UNIT_BYTES_MAX: usize = 16;
/// Bytes at which a page of digests or frontiers is sent and the next one begun.
pub const PAGE_FILL_BYTES: usize = 256 << 10;
/// Bytes of any message but a segment that a reader accepts.
pub const CONTROL_BYTES_MAX: usize = 2 * PAGE_FILL_BYTES;
/// Spaces of which a peer may claim to hold something.
pub const SESSION_SPACES_MAX: usize = 32_768;
/// Logs that a peer may claim to hold in the spaces that differ.
pub const SESSION_LOGS_MAX: usize = 131_072;
/// Heads of all those logs together.
pub const SESSION_HEADS_MAX: usize = 262_144;
/// A log of which the peer lacks no more bytes than this goes in the lane for recent entries.
pub const RECENT_BYTES_MAX: usize = 64 << 10;
/// Bytes that are read at a time to be pushed: what a more urgent log may have to wait for.
pub const PUSH_BYTES: usize = 512 << 10;
/// Bytes of received segments that are kept before they are stored.
pub const RECEIVED_BYTES_MAX: usize = 4 << 20;
/// Received segments that are kept before they are stored.
pub const RECEIVED_SEGMENTS_MAX: usize = 1024;
/// Refusals in one session, each side; a log counts once.
pub const DECLINES_MAX: usize = 4096;
/// Bytes of the reason of a refusal, and of the text of a goodbye.
pub const REASON_BYTES_MAX: usize = 512;
/// Segments that one side pushes in a round. What is left goes in the next one, so that receipts come on
/// the way, and a peer that never ends its push is found out.
pub const ROUND_SEGMENTS_MAX: u64 = 65_536;
/// Segments that may come beyond those that brought something new. Two hubs may push the same to a replica at
/// once; a session that brings nothing but what is here is better begun anew.
pub const NEEDLESS_SEGMENTS_MAX: u64 = 4096;
/// Attachments that a peer lacks before it is asked for no more in this session.
pub const LACKED_MAX: usize = 4096;
/// Rounds without settling. A side that still has something to push then settles first all the same.
pub const ROUNDS_MAX: u32 = 32;
