//! Every limit and timeout of a link, in one place, and the codes that a connection is closed with.

use std::time::Duration;

/// A handshake, from the first packet to the opening frame, takes no longer than this.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// A link on which nothing at all arrives for this long is lost.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// A quiet link shows that it lives this often, so that neither idle timeout nor a router ends it.
pub const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(10);
/// A peer that has begun a frame, or owes room for one, makes progress within this time.
pub const STALL_TIMEOUT: Duration = Duration::from_mins(2);
/// Closing an endpoint waits this long for its last packets to be sent.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);

/// A dial that has no answer by the first transport after this long tries the other one too.
pub const FALLBACK_DELAY: Duration = Duration::from_secs(3);
/// Bytes of a proxy's answer to CONNECT, up to its empty line.
pub const PROXY_ANSWER_BYTES_MAX: usize = 8 << 10;
/// Ports that are tried for one that is free for UDP and TCP alike, where any port will do.
pub const BIND_TRIES: usize = 16;

/// Waiting before another TCP connection is accepted, after one could not be.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Links that an endpoint has accepted and that are open at a time.
pub const ACCEPTED_LINKS_MAX: usize = 1024;
/// Of these, links of one device: a line that failed may leave some behind for a while.
pub const LINKS_PER_DEVICE_MAX: usize = 8;
/// Of these, links from one address: a whole office may stand behind it.
pub const LINKS_PER_ADDRESS_MAX: usize = 512;
/// Accepted connections whose handshake is under way at a time; more are refused.
pub const HANDSHAKES_MAX: usize = 256;
/// Of these, handshakes with one address that is proved to be the dialler's own.
pub const HANDSHAKES_PER_ADDRESS_MAX: usize = 128;
/// Handshakes under way beyond which a dialler must first prove that its address is its own.
pub const HANDSHAKES_UNVALIDATED_MAX: usize = 32;
/// Connection attempts that wait for [`crate::Endpoint::accept`]; more are refused.
pub const ATTEMPTS_WAITING_MAX: usize = 1024;
/// Bytes kept of what follows the first packet of a waiting attempt.
pub const ATTEMPT_BYTES_MAX: u64 = 16 << 10;
/// Bytes kept for all waiting attempts together.
pub const ATTEMPTS_BYTES_MAX: u64 = 4 << 20;

/// Bytes that may stand in one lane of a sender's queue before `send` waits. Each lane has its own
/// allowance, so that an urgent frame never waits for room behind bulk.
pub const QUEUE_BYTES_MAX: usize = 4 << 20;
/// Bytes handed to the transport and not yet acknowledged. Frames in it can no longer be overtaken.
pub const SEND_WINDOW_BYTES: u64 = 1 << 20;
/// Bytes of one link that arrived and were not yet taken by `recv`.
pub const RECEIVE_WINDOW_BYTES: u32 = 1 << 20;
/// Bytes set aside for a frame before any of its body arrived; the rest follows what arrives.
pub const FRAME_RESERVE_BYTES: usize = 64 << 10;
/// Characters of a peer's reason for closing that are kept.
pub const REASON_CHARS_MAX: usize = 200;

/// The peer's stream was read to its end.
pub(crate) const CODE_DONE: u32 = 0;
/// The link was dropped before the peer's stream was read to its end.
pub(crate) const CODE_ABANDONED: u32 = 1;
/// The link was closed for a reason that is given.
pub(crate) const CODE_CLOSED: u32 = 2;
/// The acceptor has as many links as it allows.
pub(crate) const CODE_BUSY: u32 = 3;
/// The peer sent what is not a frame, or stalled within one.
pub(crate) const CODE_MALFORMED: u32 = 4;
/// The link was cut on purpose, as a drill.
pub(crate) const CODE_DRILL: u32 = 5;
/// What the two share has changed: whoever dialled is to dial again.
pub(crate) const CODE_AGAIN: u32 = 6;

/// What of the limits an endpoint may set otherwise; the default is the constants of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// See [`HANDSHAKE_TIMEOUT`].
    pub handshake_timeout: Duration,
    /// See [`IDLE_TIMEOUT`]; the lesser of both ends' counts.
    pub idle_timeout: Duration,
    /// See [`KEEP_ALIVE_INTERVAL`].
    pub keep_alive_interval: Duration,
    /// See [`STALL_TIMEOUT`].
    pub stall_timeout: Duration,
    /// See [`ACCEPTED_LINKS_MAX`].
    pub accepted_links_max: usize,
    /// See [`LINKS_PER_DEVICE_MAX`].
    pub links_per_device_max: usize,
    /// See [`LINKS_PER_ADDRESS_MAX`].
    pub links_per_address_max: usize,
    /// See [`HANDSHAKES_MAX`].
    pub handshakes_max: usize,
    /// See [`HANDSHAKES_PER_ADDRESS_MAX`].
    pub handshakes_per_address_max: usize,
    /// See [`FALLBACK_DELAY`].
    pub fallback_delay: Duration,
    /// See [`HANDSHAKES_UNVALIDATED_MAX`].
    pub handshakes_unvalidated_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            handshake_timeout: HANDSHAKE_TIMEOUT,
            idle_timeout: IDLE_TIMEOUT,
            keep_alive_interval: KEEP_ALIVE_INTERVAL,
            stall_timeout: STALL_TIMEOUT,
            accepted_links_max: ACCEPTED_LINKS_MAX,
            links_per_device_max: LINKS_PER_DEVICE_MAX,
            links_per_address_max: LINKS_PER_ADDRESS_MAX,
            handshakes_max: HANDSHAKES_MAX,
            handshakes_per_address_max: HANDSHAKES_PER_ADDRESS_MAX,
            fallback_delay: FALLBACK_DELAY,
            handshakes_unvalidated_max: HANDSHAKES_UNVALIDATED_MAX,
        }
    }
}
