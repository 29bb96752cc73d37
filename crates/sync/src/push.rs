//! What is to be pushed: which log next, and the few segments of it that are in memory.

use std::collections::{BTreeSet, VecDeque};

use linli_wire::{Channel, Lane, LogId, Space};

use crate::{
    holdings::Holdings,
    limits::{PUSH_BYTES, RECENT_BYTES_MAX},
    message::Message,
    peer::PeerView,
};

/// How urgent a log is; the first goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Notices,
    Oversight,
    /// Records of which the peer may lack little; it shows when they are read.
    Recent,
    Bulk,
}

impl Urgency {
    const fn lane(self) -> Lane {
        match self {
            Self::Notices | Self::Oversight => Lane::Trust,
            Self::Recent => Lane::Recent,
            Self::Bulk => Lane::Bulk,
        }
    }

    const fn bytes_max(self) -> usize {
        match self {
            Self::Recent => RECENT_BYTES_MAX,
            _ => PUSH_BYTES,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct PushQueue {
    wanted: BTreeSet<(Urgency, Space, LogId)>,
    /// Logs that go in bulk until the round ends.
    ///
    /// Invariant: all segments of a log go in one lane within a round, since an urgent lane may
    /// overtake another and parents come before children.
    bulk: BTreeSet<LogId>,
    chunk: Chunk,
    /// Whether bulk waits for another link.
    no_bulk: bool,
    /// Logs that wait for it.
    deferred: BTreeSet<LogId>,
    /// Logs of which anything was pushed in this session.
    pushed: BTreeSet<LogId>,
    /// Logs that the peer declined; they are not pushed again in this session.
    declined: BTreeSet<LogId>,
}

/// The segments read last, all of one log.
#[derive(Debug)]
struct Chunk {
    log: LogId,
    lane: Lane,
    segments: VecDeque<Vec<u8>>,
}

impl Default for Chunk {
    fn default() -> Self {
        Self { log: LogId([0; LogId::LEN]), lane: Lane::Bulk, segments: VecDeque::new() }
    }
}

impl PushQueue {
    /// The peer lacks something of `log`.
    pub(crate) fn want(&mut self, space: &Space, log: LogId) {
        let urgency = match space.channel {
            Channel::Notices => Urgency::Notices,
            Channel::Oversight => Urgency::Oversight,
            Channel::Records if self.bulk.contains(&log) => Urgency::Bulk,
            Channel::Records => Urgency::Recent,
        };
        if !self.declined.contains(&log) && !self.deferred.contains(&log) {
            self.wanted.insert((urgency, space.clone(), log));
        }
    }

    /// Records of which the peer lacks much are not pushed in this session.
    pub(crate) fn hold_back_bulk(&mut self) {
        self.no_bulk = true;
    }

    /// Whether anything of `log` was pushed.
    pub(crate) fn has_pushed(&self, log: LogId) -> bool {
        self.pushed.contains(&log)
    }

    /// The peer declined `log`: what is left of it is dropped.
    pub(crate) fn decline(&mut self, log: LogId) {
        self.declined.insert(log);
        self.wanted.retain(|(_, _, wanted)| *wanted != log);
        if self.chunk.log == log {
            self.chunk.segments.clear();
        }
    }

    /// Whether segments that were read wait to be sent.
    pub(crate) fn reads_ahead(&self) -> bool {
        !self.chunk.segments.is_empty()
    }

    pub(crate) fn declined(&self, log: LogId) -> bool {
        self.declined.contains(&log)
    }

    pub(crate) fn declined_len(&self) -> usize {
        self.declined.len()
    }

    /// Nothing of the round before is on its way any more: lanes may be chosen anew.
    pub(crate) fn end_round(&mut self) {
        self.bulk.clear();
    }

    /// Whether there is a segment to push; reads the next ones if none is in memory.
    pub(crate) fn fetch<H: Holdings>(
        &mut self,
        peer: &mut PeerView,
        holdings: &mut H,
    ) -> Result<bool, H::Error> {
        while self.chunk.segments.is_empty() {
            let Some((urgency, space, log)) = self.wanted.pop_first() else {
                return Ok(false);
            };
            let theirs = peer.heads(&space, log).to_vec();
            let missing = holdings.missing(log, &theirs, urgency.bytes_max())?;
            let bytes: usize = missing.segments.iter().map(Vec::len).sum();
            if urgency == Urgency::Recent && (missing.more || bytes > RECENT_BYTES_MAX) {
                if self.no_bulk {
                    self.deferred.insert(log);
                    continue;
                }
                self.bulk.insert(log);
                self.wanted.insert((Urgency::Bulk, space, log));
                continue;
            }
            if missing.segments.is_empty() {
                continue;
            }
            // A replica that always has more and never gets further would keep the session for ever.
            if missing.more && missing.heads != theirs {
                self.wanted.insert((urgency, space.clone(), log));
            }
            peer.set(&space, log, missing.heads);
            self.pushed.insert(log);
            self.chunk = Chunk { log, lane: urgency.lane(), segments: missing.segments.into() };
        }
        Ok(true)
    }

    /// The next segment to push.
    pub(crate) fn next<H: Holdings>(
        &mut self,
        peer: &mut PeerView,
        holdings: &mut H,
    ) -> Result<Option<Message>, H::Error> {
        self.fetch(peer, holdings)?;
        let bytes = self.chunk.segments.pop_front();
        Ok(bytes.map(|bytes| Message::Segment { lane: self.chunk.lane, bytes }))
    }
}
