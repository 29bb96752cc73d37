//! The receiving half of a link: bytes become frames, none larger than its limit.

use std::sync::Arc;

use bytes::Bytes;
use linli_wire::{DeviceKey, Frame, Lane, frame::FRAME_HEAD_BYTES};
use tokio::time::{Instant, timeout_at};

use crate::{
    connection::{Ended, ReceiveHalf},
    error::NetError,
    limits::{CODE_MALFORMED, FRAME_RESERVE_BYTES},
    link::{Halves, LinkHandle},
};

/// Receives frames in the order in which the peer wrote them.
#[derive(Debug)]
pub struct LinkReceiver {
    stream: ReceiveHalf,
    halves: Arc<Halves>,
    head: [u8; FRAME_HEAD_BYTES],
    head_filled: usize,
    /// The frame under way, once its head is whole.
    body: Option<PartialBody>,
    /// When bytes of the frame under way last arrived.
    progress: Instant,
    /// How the stream ended.
    ended: Option<Result<(), NetError>>,
}

#[derive(Debug)]
struct PartialBody {
    lane: Lane,
    len: usize,
    bytes: Vec<u8>,
}

impl LinkReceiver {
    pub(crate) fn new(stream: ReceiveHalf, halves: Arc<Halves>) -> Self {
        Self {
            stream,
            halves,
            head: [0; FRAME_HEAD_BYTES],
            head_filled: 0,
            body: None,
            progress: Instant::now(),
            ended: None,
        }
    }

    /// The device at the other end.
    pub fn peer(&self) -> DeviceKey {
        self.halves.shared.peer
    }

    /// A handle to watch and close the link with.
    pub fn handle(&self) -> LinkHandle {
        self.halves.handle()
    }

    /// The next frame, or `None` after the last of a peer that finished. Any amount of time may pass
    /// between frames while the peer's transport shows that it lives; within a frame, bytes must keep
    /// coming. Dropping the future loses nothing: the next call goes on where it was.
    pub async fn recv(&mut self) -> Result<Option<Frame>, NetError> {
        loop {
            if let Some(ended) = &self.ended {
                return ended.clone().map(|()| None);
            }
            if self.halves.shared.is_closed_here() {
                let error = self.halves.shared.lost(Ended::Here);
                return Err(self.end(error));
            }
            if let Some(body) = self.body.take_if(|body| body.bytes.len() == body.len) {
                self.head_filled = 0;
                return Ok(Some(Frame { lane: body.lane, body: body.bytes }));
            }
            match self.read().await? {
                Some(bytes) => self.add(&bytes)?,
                None if self.head_filled == 0 => {
                    self.halves.shared.note_read_to_end();
                    self.ended = Some(Ok(()));
                }
                None => return Err(self.malformed(NetError::Truncated { peer: self.peer() })),
            }
        }
    }

    /// Some bytes of the frame under way and none of the one after it; `None` at the stream's end.
    async fn read(&mut self) -> Result<Option<Bytes>, NetError> {
        let shared = self.halves.shared.clone();
        let missing = match &self.body {
            Some(body) => body.len - body.bytes.len(),
            None => FRAME_HEAD_BYTES - self.head_filled,
        };
        let reading = self.stream.read(shared.may_receive(missing));
        let read = if self.head_filled == 0 {
            reading.await
        } else {
            let stalled = self.progress + shared.stall_timeout;
            let Ok(read) = timeout_at(stalled, reading).await else {
                let waited = shared.stall_timeout;
                return Err(self.malformed(NetError::Stalled { peer: shared.peer, waited }));
            };
            read
        };
        read.map_err(|error| self.end(shared.broken(error)))
    }

    /// Adds bytes to the frame under way.
    fn add(&mut self, bytes: &[u8]) -> Result<(), NetError> {
        self.progress = Instant::now();
        self.halves.shared.count_received(bytes.len());
        if let Some(body) = &mut self.body {
            body.add(bytes);
            return Ok(());
        }
        self.head[self.head_filled..][..bytes.len()].copy_from_slice(bytes);
        self.head_filled += bytes.len();
        if self.head_filled == FRAME_HEAD_BYTES {
            // Invariant: nothing is allocated for a frame before its head has passed.
            let (lane, len) = Frame::decode_head(self.head)
                .map_err(|source| self.malformed(NetError::Frame { peer: self.peer(), source }))?;
            let bytes = Vec::with_capacity(len.min(FRAME_RESERVE_BYTES));
            self.body = Some(PartialBody { lane, len, bytes });
        }
        Ok(())
    }

    /// Ends the link because of what the peer sent, and tells the peer so.
    fn malformed(&mut self, error: NetError) -> NetError {
        let reason = match &error {
            NetError::Frame { source, .. } => source.to_string(),
            NetError::Truncated { .. } => "the stream ended within a frame".to_owned(),
            _ => "no progress within a frame".to_owned(),
        };
        self.halves.shared.close(CODE_MALFORMED, &reason);
        self.end(error)
    }

    fn end(&mut self, error: NetError) -> NetError {
        self.body = None;
        self.ended = Some(Err(error.clone()));
        error
    }
}

impl PartialBody {
    /// Memory grows with what arrives, by doubling, and never past the frame's own length.
    fn add(&mut self, more: &[u8]) {
        let filled = self.bytes.len();
        if filled + more.len() > self.bytes.capacity() {
            let additional = more.len().max(filled).min(self.len - filled);
            self.bytes.reserve_exact(additional);
        }
        self.bytes.extend_from_slice(more);
    }
}

#[cfg(test)]
mod tests;
