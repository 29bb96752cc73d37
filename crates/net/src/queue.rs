//! The frames that wait to be sent on one link: most urgent lane first, in order within a lane.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard},
};

use linli_wire::{Frame, Lane, frame::FRAME_HEAD_BYTES};
use tokio::sync::Notify;

use crate::{error::NetError, limits::QUEUE_BYTES_MAX};

/// What the writer is to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Write(Frame),
    /// Everything was taken and no more will come: end the stream.
    Finish,
    /// The sender is gone without finishing: break the stream off.
    Abandon,
}

/// Where a sender leaves frames and its writer takes them.
#[derive(Default)]
pub(crate) struct LaneQueue {
    state: Mutex<State>,
    /// Wakes the writer.
    work: Notify,
    /// Wakes those who wait for room or for the end.
    change: Notify,
}

#[derive(Default)]
struct State {
    lanes: [VecDeque<Frame>; Lane::ALL.len()],
    lane_bytes: [usize; Lane::ALL.len()],
    finishing: bool,
    abandoned: bool,
    /// How the writer ended.
    outcome: Option<Result<(), NetError>>,
}

impl LaneQueue {
    /// Leaves a frame, once its lane has room. Nothing is left if the future is dropped before.
    /// `closed` is the error for a frame that comes after [`LaneQueue::finish`].
    pub(crate) async fn push(&self, frame: Frame, closed: impl FnOnce() -> NetError) -> Result<(), NetError> {
        let lane = usize::from(frame.lane.code());
        loop {
            let change = self.change.notified();
            tokio::pin!(change);
            change.as_mut().enable();
            {
                let mut state = self.lock();
                if let Some(Err(error)) = &state.outcome {
                    return Err(error.clone());
                }
                if state.finishing {
                    return Err(closed());
                }
                // Invariant: a lane holds at most QUEUE_BYTES_MAX and one frame.
                if state.lane_bytes[lane] < QUEUE_BYTES_MAX {
                    state.lane_bytes[lane] += FRAME_HEAD_BYTES + frame.body.len();
                    state.lanes[lane].push_back(frame);
                    self.work.notify_one();
                    return Ok(());
                }
            }
            change.await;
        }
    }

    /// Lets no more frames in, and waits until the writer is through with those that are.
    pub(crate) async fn finish(&self) -> Result<(), NetError> {
        self.lock().finishing = true;
        self.work.notify_one();
        self.change.notify_waiters();
        loop {
            let change = self.change.notified();
            tokio::pin!(change);
            change.as_mut().enable();
            if let Some(outcome) = &self.lock().outcome {
                return outcome.clone();
            }
            change.await;
        }
    }

    /// Tells the writer to give up, unless it is already finishing.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        if !state.finishing {
            state.abandoned = true;
            self.work.notify_one();
        }
    }

    /// What to do next; waits while there is nothing. There is one writer.
    pub(crate) async fn next(&self) -> Next {
        loop {
            {
                let mut state = self.lock();
                if state.abandoned {
                    return Next::Abandon;
                }
                if let Some(frame) = state.take() {
                    self.change.notify_waiters();
                    return Next::Write(frame);
                }
                if state.finishing {
                    return Next::Finish;
                }
            }
            self.work.notified().await;
        }
    }

    /// Records how the writer ended, for everyone who waits, and frees what was not sent.
    pub(crate) fn end(&self, outcome: Result<(), NetError>) {
        let mut state = self.lock();
        state.lanes = Default::default();
        state.outcome = Some(outcome);
        self.change.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the queue")
    }
}

impl State {
    fn take(&mut self) -> Option<Frame> {
        for (lane, bytes) in self.lanes.iter_mut().zip(&mut self.lane_bytes) {
            if let Some(frame) = lane.pop_front() {
                *bytes -= FRAME_HEAD_BYTES + frame.body.len();
                return Some(frame);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
