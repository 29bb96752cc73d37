//! One link: a connection with one stream each way, what is known of it, and how it ends.

use std::{
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use linli_wire::DeviceKey;

use crate::{
    connection::{Connection, Ended, HalfError, ReceiveHalf, SendHalf, Transport},
    endpoint::Protocol,
    error::{NetError, TransportError, printable},
    limits::{CODE_ABANDONED, CODE_AGAIN, CODE_BUSY, CODE_CLOSED, CODE_DONE, CODE_DRILL},
    pace::Pace,
    places::Place,
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
    send: SendHalf,
    receive: ReceiveHalf,
}

impl Link {
    pub(crate) fn new(halves: Arc<Halves>, send: SendHalf, receive: ReceiveHalf) -> Self {
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

    /// What carries the link.
    pub fn transport(&self) -> Transport {
        self.halves.shared.connection.transport()
    }

    /// Sends no faster than `pace` lets it, together with every other link of that pace. It is set before
    /// the link is split; a later call changes nothing.
    #[must_use]
    pub fn paced(self, pace: Pace) -> Self {
        let _ = self.halves.shared.pace.set(pace);
        self
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

    /// Writes bytes before the link is split.
    pub(crate) async fn write_raw(&mut self, bytes: &[u8]) -> Result<(), NetError> {
        self.send.write_all(bytes).await.map_err(|error| self.halves.shared.broken(error))
    }

    /// The bare streams, for a test that speaks what is not a frame.
    #[cfg(test)]
    pub(crate) fn into_streams(self) -> (Arc<Halves>, SendHalf, ReceiveHalf) {
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

    /// What carries the link.
    pub fn transport(&self) -> Transport {
        self.shared.connection.transport()
    }

    /// The transport's present estimate of a round trip, if it makes one.
    pub fn round_trip(&self) -> Option<Duration> {
        self.shared.connection.round_trip()
    }

    /// Bytes of frames, heads included, handed to the transport so far.
    pub fn bytes_sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }

    /// Bytes of frames, heads included, taken from the transport so far.
    pub fn bytes_received(&self) -> u64 {
        self.shared.received.load(Ordering::Relaxed)
    }

    /// Bytes that the transport sent so far: of QUIC the UDP payload, with handshake, acknowledgements and
    /// repetitions; of TCP what was given to TLS.
    pub fn transport_bytes_sent(&self) -> u64 {
        self.shared.connection.transport_bytes_sent()
    }

    /// Bytes that the transport received so far, likewise.
    pub fn transport_bytes_received(&self) -> u64 {
        self.shared.connection.transport_bytes_received()
    }

    /// Closes the link at once: nothing that waits to be sent is, and frames that arrived and were not
    /// taken are not handed out any more. The peer is told the reason, as much of it as fits a packet.
    pub fn close(&self, reason: &str) {
        self.shared.close(CODE_CLOSED, reason);
    }

    /// Closes the link at once because what the two share has changed: the next link goes by what is so now.
    /// Both ends then see [`NetError::Again`] or, here, [`NetError::Closed`].
    pub fn close_for_another(&self) {
        self.shared.close(CODE_AGAIN, "what the two share has changed");
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
    _place: Option<Place>,
}

impl Halves {
    pub(crate) fn new(
        connection: Connection,
        peer: DeviceKey,
        protocol: Protocol,
        stall_timeout: Duration,
        place: Option<Place>,
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
            pace: OnceLock::new(),
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
    pace: OnceLock<Pace>,
}

impl Shared {
    /// Closes the connection, unless it is closed already.
    pub(crate) fn close(&self, code: u32, reason: &str) {
        self.connection.close(code, reason.as_bytes());
    }

    /// Whether this end closed the connection.
    pub(crate) fn is_closed_here(&self) -> bool {
        self.connection.is_closed_here()
    }

    /// The peer's stream was read to its end.
    pub(crate) fn note_read_to_end(&self) {
        self.read_to_end.store(true, Ordering::Relaxed);
    }

    /// How many of `wanted` bytes may be written now: before a drill cuts the link, and by the link's pace.
    pub(crate) async fn may_send(&self, wanted: usize) -> usize {
        let wanted = up_to(wanted, &self.sent, &self.cut_sent);
        match self.pace.get() {
            Some(pace) => pace.take(wanted).await,
            None => wanted,
        }
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

    /// What it means for this link that its connection has ended.
    pub(crate) fn lost(&self, ended: Ended) -> NetError {
        let peer = self.peer;
        let address = self.connection.remote_address();
        match ended {
            Ended::Here => match self.drill() {
                Some(bytes) => NetError::Cut { peer, bytes },
                None => NetError::Closed { peer },
            },
            Ended::ByPeer { code: CODE_DONE, .. } => NetError::Closed { peer },
            Ended::ByPeer { code: CODE_ABANDONED, .. } => NetError::Abandoned { peer },
            Ended::ByPeer { code: CODE_AGAIN, .. } => NetError::Again { peer },
            Ended::ByPeer { code: CODE_BUSY, .. } => NetError::Busy { address },
            Ended::ByPeer { code: CODE_DRILL, .. } => {
                NetError::Lost { peer, source: TransportError::Record("a drill's cut") }
            }
            Ended::ByPeer { reason, .. } => NetError::ClosedByPeer { peer, reason: printable(&reason) },
            Ended::KeyRefused(source) => NetError::Refused { address, source },
            Ended::Lost(source) => NetError::Lost { peer, source },
        }
    }

    /// What it means for this link that one of its streams does not go on.
    pub(crate) fn broken(&self, error: HalfError) -> NetError {
        match error {
            HalfError::Abandoned => NetError::Abandoned { peer: self.peer },
            HalfError::Closed => NetError::Closed { peer: self.peer },
            HalfError::Ended(ended) => self.lost(ended),
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
