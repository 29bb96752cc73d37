//! The sending half of a link: a queue with lanes and the task that writes from it.

use std::{fmt, sync::Arc};

use linli_wire::{DeviceKey, Frame, FrameError, limits::FRAME_BYTES_MAX};
use tokio::time::timeout;

use crate::{
    connection::SendHalf,
    error::NetError,
    limits::CODE_MALFORMED,
    link::{Halves, LinkHandle, Shared},
    queue::{LaneQueue, Next},
};

/// Sends frames, the most urgent lane first.
///
/// Dropping it without [`LinkSender::finish`] breaks the stream off: the peer sees an error, not an
/// end.
pub struct LinkSender {
    queue: Arc<LaneQueue>,
    shared: Arc<Shared>,
    handle: LinkHandle,
}

impl LinkSender {
    pub(crate) fn new(stream: SendHalf, halves: Arc<Halves>) -> Self {
        let queue = Arc::new(LaneQueue::default());
        let sender = Self { queue: queue.clone(), shared: halves.shared.clone(), handle: halves.handle() };
        tokio::spawn(async move {
            let outcome = write_all(&queue, stream, &halves.shared).await;
            queue.end(outcome);
            // Invariant: while anything is still to be sent the halves live, and with them the link.
            drop(halves);
        });
        sender
    }

    /// The device at the other end.
    pub fn peer(&self) -> DeviceKey {
        self.shared.peer
    }

    /// A handle to watch and close the link with.
    pub fn handle(&self) -> LinkHandle {
        self.handle.clone()
    }

    /// Queues a frame; waits while its lane is full ([`crate::limits::QUEUE_BYTES_MAX`]). That it
    /// returned says nothing of delivery. Dropping the future before it is ready queues nothing.
    pub async fn send(&self, frame: Frame) -> Result<(), NetError> {
        let peer = self.shared.peer;
        if frame.body.len() > FRAME_BYTES_MAX {
            return Err(NetError::Unsendable { peer, source: FrameError::TooLarge(frame.body.len()) });
        }
        self.queue.push(frame, || NetError::Closed { peer }).await
    }

    /// Sends all that is queued, ends the stream, and waits until the peer's transport has all of it.
    /// That the peer has *stored* any of it, only the peer's own answer can say.
    pub async fn finish(&self) -> Result<(), NetError> {
        self.queue.finish().await
    }
}

impl Drop for LinkSender {
    fn drop(&mut self) {
        self.queue.abandon();
    }
}

impl fmt::Debug for LinkSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkSender").field("peer", &self.shared.peer).finish_non_exhaustive()
    }
}

async fn write_all(queue: &LaneQueue, mut stream: SendHalf, shared: &Shared) -> Result<(), NetError> {
    loop {
        let next = tokio::select! {
            biased;
            error = shared.connection.closed() => return Err(shared.lost(error)),
            next = queue.next() => next,
        };
        match next {
            Next::Write(frame) => write_frame(&frame, &mut stream, shared).await?,
            Next::Finish => return finish(stream, shared).await,
            Next::Abandon => {
                stream.abandon();
                return Err(NetError::Closed { peer: shared.peer });
            }
        }
    }
}

async fn write_frame(frame: &Frame, stream: &mut SendHalf, shared: &Shared) -> Result<(), NetError> {
    let bytes = frame.encode();
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let part = tokio::select! {
            biased;
            error = shared.connection.closed() => return Err(shared.lost(error)),
            count = shared.may_send(rest.len()) => &rest[..count],
        };
        let written = timeout(shared.stall_timeout, stream.write(part))
            .await
            .map_err(|_| stalled(shared))?
            .map_err(|error| shared.broken(error))?;
        shared.count_sent(written);
        rest = &rest[written..];
    }
    Ok(())
}

async fn finish(mut stream: SendHalf, shared: &Shared) -> Result<(), NetError> {
    stream.finish().map_err(|error| shared.broken(error))?;
    timeout(shared.stall_timeout, stream.delivered())
        .await
        .map_err(|_| stalled(shared))?
        .map_err(|error| shared.broken(error))
}

fn stalled(shared: &Shared) -> NetError {
    shared.close(CODE_MALFORMED, "no progress");
    NetError::Stalled { peer: shared.peer, waited: shared.stall_timeout }
}
