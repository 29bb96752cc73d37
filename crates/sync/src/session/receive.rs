//! What came: segments that wait to be stored, batches that wait to be answered, refusals.

use std::collections::BTreeSet;

use linli_wire::LogId;

use super::{Output, Session, Side};
use crate::{
    error::{Misbehaved, PeerFault, SessionError},
    holdings::{Holdings, Stored},
    limits::{DECLINES_MAX, NEEDLESS_SEGMENTS_MAX, RECEIVED_BYTES_MAX, RECEIVED_SEGMENTS_MAX},
    message::Message,
};

#[derive(Debug, Default)]
pub(super) struct Received {
    segments: Vec<Vec<u8>>,
    bytes: usize,
    batches: u64,
    answered: u64,
    /// Logs that this side declined. They are not pushed either: the peer has more of them.
    declined: BTreeSet<LogId>,
    /// Refusals of either side of which the log is not known.
    declined_nameless: usize,
    /// Segments that brought nothing new.
    needless: u64,
}

impl Received {
    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    pub(super) fn unanswered(&self) -> bool {
        self.answered < self.batches
    }

    pub(super) fn answer(&mut self, batch: u64) {
        self.answered = self.answered.max(batch.min(self.batches));
    }

    pub(super) fn declined(&self, log: LogId) -> bool {
        self.declined.contains(&log)
    }

    fn full(&self) -> bool {
        self.bytes >= RECEIVED_BYTES_MAX || self.segments.len() >= RECEIVED_SEGMENTS_MAX
    }
}

impl Session {
    pub(super) fn take_segment<H: Holdings>(
        &mut self,
        bytes: Vec<u8>,
        holdings: &mut H,
    ) -> Result<(), SessionError<H::Error>> {
        self.count_segment()?;
        self.received.bytes += bytes.len();
        self.received.segments.push(bytes);
        if self.received.full() { self.store_received(holdings) } else { Ok(()) }
    }

    /// Stores what is buffered, as one batch.
    pub(super) fn store_received<H: Holdings>(
        &mut self,
        holdings: &mut H,
    ) -> Result<(), SessionError<H::Error>> {
        if self.received.is_empty() {
            return Ok(());
        }
        self.received.bytes = 0;
        let segments = std::mem::take(&mut self.received.segments);
        let outcomes =
            holdings.store(segments, &|space| self.shared.allows(space)).map_err(SessionError::Holdings)?;
        let (mut spaces, mut logs) = (BTreeSet::new(), BTreeSet::new());
        for outcome in outcomes {
            match outcome {
                Stored::New { space, log, parent, head } => {
                    self.peer.reached(&space, log, parent, head);
                    self.counts.received += 1;
                    spaces.insert(space);
                    logs.insert(log);
                }
                Stored::Known { space, log, parent, head } => {
                    self.peer.reached(&space, log, parent, head);
                    self.received.needless += 1;
                }
                Stored::Declined { log, seq, lasting, reason } => self.decline(log, seq, lasting, reason)?,
            }
        }
        if self.received.needless > self.counts.received + NEEDLESS_SEGMENTS_MAX {
            return Err(PeerFault::from(Misbehaved::Needless(self.received.needless)).into());
        }
        if !spaces.is_empty() {
            self.received.batches += 1;
            self.outputs.push_back(Output::Stored { batch: self.received.batches, spaces, logs });
        }
        Ok(())
    }

    /// Tells the peer and the node what is not stored: once a log, since what follows in a log falls
    /// with it.
    fn decline(
        &mut self,
        log: Option<LogId>,
        seq: u64,
        lasting: bool,
        reason: String,
    ) -> Result<(), PeerFault> {
        if let Some(log) = log {
            if !self.received.declined.insert(log) {
                return Ok(());
            }
        } else {
            self.received.declined_nameless += 1;
        }
        self.bound_declines(self.received.declined.len())?;
        self.send(&Message::Declined { log, seq, lasting, reason: reason.clone() });
        self.outputs.push_back(Output::Declined { by: Side::Ours, log, seq, lasting, reason });
        Ok(())
    }

    pub(super) fn take_declined(
        &mut self,
        log: Option<LogId>,
        seq: u64,
        lasting: bool,
        reason: String,
    ) -> Result<(), PeerFault> {
        match log {
            Some(log) if !self.push.has_pushed(log) => return Err(Misbehaved::DeclinedUnsent(log).into()),
            Some(log) => self.push.decline(log),
            None => self.received.declined_nameless += 1,
        }
        self.bound_declines(self.push.declined_len())?;
        self.outputs.push_back(Output::Declined { by: Side::Theirs, log, seq, lasting, reason });
        Ok(())
    }

    fn bound_declines(&self, logs: usize) -> Result<(), PeerFault> {
        if logs + self.received.declined_nameless > DECLINES_MAX {
            return Err(Misbehaved::TooMany { what: "the declined segments", limit: DECLINES_MAX }.into());
        }
        Ok(())
    }
}
