//! One link: a connection with one stream each way, what is known of it, and how it ends.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use linli_wire::DeviceKey;
use quinn::{Connection, ConnectionError, RecvStream, SendStream, VarInt};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    endpoint::Protocol,
    error::{NetError, is_key_refusal, printable},
    limits::{CODE_ABANDONED, CODE_BUSY, CODE_CLOSED, CODE_DONE, CODE_DRILL},
    receiver::LinkReceiver,
    sender::LinkSender,
};

/// An open link to a peer that proved its key.
///
/// To end an exchange well, each side calls [`LinkSender::finish`] and reads until
/// [`LinkReceiver::recv`] gives `None`. Dropping both halves earlier tells the peer that the
/// exchange was abandoned.
#[derive(Debug)]
pub struct Link {
    halves: Arc<Halves>,
    send: SendStream,
    receive: RecvStream,
}

impl Link {
    pub(crate) fn new(halves: Arc<Halves>, send: SendStream, receive: RecvStream) -> Self {
        Self { halves, send, receive }
    }

    /// The device at the other end.
    pub fn peer(&self) -> DeviceKey {
        self.halves.shared.peer
    }

    /// What the dialler came for.
    pub fn protocol(&self) -> Protocol {
        self.halves.shared.protocol
    }

    /// Where the peer's packets come from; it may change while the link lasts.
    pub fn remote_addr(&self) -> SocketAddr {
        self.halves.shared.connection.remote_address()
    }

    /// See [`LinkHandle::close`].
    pub fn close(&self, reason: &str) {
        self.halves.shared.close(CODE_CLOSED, reason);
    }

    /// A handle to watch and close the link with, which outlives the split.
    pub fn handle(&self) -> LinkHandle {
        self.halves.handle()
    }

    /// The two directions, for tasks of their own. Must be called within a tokio runtime, on which it
    /// starts the task that writes.
    pub fn split(self) -> (LinkSender, LinkReceiver) {
        (LinkSender::new(self.send, self.halves.clone()), LinkReceiver::new(self.receive, self.halves))
    }

    /// The bare streams, for a test that speaks what is not a frame.
    #[cfg(test)]
    pub(crate) fn into_streams(self) -> (Arc<Halves>, SendStream, RecvStream) {
        (self.halves, self.send, self.receive)
    }
}

/// Watches and closes a link; it does not keep the link open.
#[derive(Debug, Clone)]
pub struct LinkHandle {
    shared: Arc<Shared>,
}

impl LinkHandle {
    /// The device at the other end.
    pub fn peer(&self) -> DeviceKey {
        self.shared.peer
    }

    /// What the dialler came for.
    pub fn protocol(&self) -> Protocol {
        self.shared.protocol
    }

    /// Where the peer's packets come from; it may change while the link lasts.
    pub fn remote_addr(&self) -> SocketAddr {
        self.shared.connection.remote_address()
    }

    /// The transport's present estimate of a round trip.
    pub fn round_trip(&self) -> Duration {
        self.shared.connection.rtt()
    }

    /// Bytes of frames, heads included, handed to the transport so far.
    pub fn bytes_sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }

    /// Bytes of frames, heads included, taken from the transport so far.
    pub fn bytes_received(&self) -> u64 {
        self.shared.received.load(Ordering::Relaxed)
    }

    /// Bytes of UDP payload sent so far: frames, handshake, acknowledgements and repetitions.
    pub fn udp_bytes_sent(&self) -> u64 {
        self.shared.connection.stats().udp_tx.bytes
    }

    /// Bytes of UDP payload received so far.
    pub fn udp_bytes_received(&self) -> u64 {
        self.shared.connection.stats().udp_rx.bytes
    }

    /// Closes the link at once: nothing that waits to be sent is, and frames that arrived and were not
    /// taken are not handed out any more. The peer is told the reason, as much of it as fits a packet.
    pub fn close(&self, reason: &str) {
        self.shared.close(CODE_CLOSED, reason);
    }

    /// Waits until the link has ended, whoever ended it, and says how.
    pub async fn closed(&self) -> NetError {
        let error = self.shared.connection.closed().await;
        self.shared.lost(error)
    }

    /// A drill: breaks the link off once `bytes` bytes of frames were received, counted from its
    /// beginning, at that very byte, as if the network had failed. Both ends then see an error.
    pub fn cut_after_received(&self, bytes: u64) {
        self.shared.cut_received.store(bytes, Ordering::Relaxed);
        self.shared.cut_if_due();
    }

    /// A drill: as [`LinkHandle::cut_after_received`], for bytes sent. The transport may not have
    /// delivered the last of them.
    pub fn cut_after_sent(&self, bytes: u64) {
        self.shared.cut_sent.store(bytes, Ordering::Relaxed);
        self.shared.cut_if_due();
    }
}

/// What the halves of a link have in common. When the last half goes, the connection is closed.
#[derive(Debug)]
pub(crate) struct Halves {
    pub(crate) shared: Arc<Shared>,
    /// The accepted link's place among those that the endpoint allows.
    _place: Option<OwnedSemaphorePermit>,
}

impl Halves {
    pub(crate) fn new(
        connection: Connection,
        peer: DeviceKey,
        protocol: Protocol,
        stall_timeout: Duration,
        place: Option<OwnedSemaphorePermit>,
    ) -> Arc<Self> {
        let shared = Shared {
            connection,
            peer,
            protocol,
            stall_timeout,
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            cut_sent: AtomicU64::new(u64::MAX),
            cut_received: AtomicU64::new(u64::MAX),
            read_to_end: AtomicBool::new(false),
        };
        Arc::new(Self { shared: Arc::new(shared), _place: place })
    }

    pub(crate) fn handle(&self) -> LinkHandle {
        LinkHandle { shared: self.shared.clone() }
    }
}

impl Drop for Halves {
    fn drop(&mut self) {
        let done = self.shared.read_to_end.load(Ordering::Relaxed);
        self.shared.close(if done { CODE_DONE } else { CODE_ABANDONED }, "");
    }
}

/// What the halves and the handles of a link know of it.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) connection: Connection,
    pub(crate) peer: DeviceKey,
    pub(crate) stall_timeout: Duration,
    protocol: Protocol,
    sent: AtomicU64,
    received: AtomicU64,
    cut_sent: AtomicU64,
    cut_received: AtomicU64,
    read_to_end: AtomicBool,
}

impl Shared {
    /// Closes the connection, unless it is closed already.
    pub(crate) fn close(&self, code: VarInt, reason: &str) {
        self.connection.close(code, reason.as_bytes());
    }

    /// Whether this end closed the connection.
    pub(crate) fn is_closed_here(&self) -> bool {
        matches!(self.connection.close_reason(), Some(ConnectionError::LocallyClosed))
    }

    /// The peer's stream was read to its end.
    pub(crate) fn note_read_to_end(&self) {
        self.read_to_end.store(true, Ordering::Relaxed);
    }

    /// How many of `wanted` bytes may be written before a drill cuts the link.
    pub(crate) fn may_send(&self, wanted: usize) -> usize {
        up_to(wanted, &self.sent, &self.cut_sent)
    }

    /// How many of `wanted` bytes may be read before a drill cuts the link.
    pub(crate) fn may_receive(&self, wanted: usize) -> usize {
        up_to(wanted, &self.received, &self.cut_received)
    }

    pub(crate) fn count_sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
        self.cut_if_due();
    }

    pub(crate) fn count_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
        self.cut_if_due();
    }

    /// What `error` means for this link.
    pub(crate) fn lost(&self, error: ConnectionError) -> NetError {
        let peer = self.peer;
        let address = self.connection.remote_address();
        match error {
            ConnectionError::LocallyClosed => match self.drill() {
                Some(bytes) => NetError::Cut { peer, bytes },
                None => NetError::Closed { peer },
            },
            ConnectionError::ApplicationClosed(close) => match close.error_code {
                CODE_DONE => NetError::Closed { peer },
                CODE_ABANDONED => NetError::Abandoned { peer },
                CODE_BUSY => NetError::Busy { address },
                CODE_DRILL => NetError::Lost { peer, source: ConnectionError::ApplicationClosed(close) },
                _ => NetError::ClosedByPeer { peer, reason: printable(&close.reason) },
            },
            source if is_key_refusal(&source) => NetError::Refused { address, source },
            source => NetError::Lost { peer, source },
        }
    }

    fn cut_if_due(&self) {
        if self.drill().is_some() {
            self.close(CODE_DRILL, "cut as a drill");
        }
    }

    /// The bytes after which a drill has cut the link, if one has.
    fn drill(&self) -> Option<u64> {
        [(&self.sent, &self.cut_sent), (&self.received, &self.cut_received)]
            .map(|(count, cut)| (count.load(Ordering::Relaxed), cut.load(Ordering::Relaxed)))
            .into_iter()
            .find_map(|(count, cut)| (count >= cut).then_some(cut))
    }
}

fn up_to(wanted: usize, count: &AtomicU64, cut: &AtomicU64) -> usize {
    let left = cut.load(Ordering::Relaxed).saturating_sub(count.load(Ordering::Relaxed));
    // At least one byte, so that a read or write is never an empty one; a link past its cut is closed.
    wanted.min(usize::try_from(left).unwrap_or(usize::MAX)).max(1)
}

#[cfg(test)]
mod tests;
