//! Rounds: each side pushes and says so, stores and answers, and says that it has settled.

use linli_log::{Head, frontier::digest_of};
use linli_wire::{Digest, LogId, Space};

use super::{CloseReason, Output, Role, Session};
use crate::{
    error::{Misbehaved, PeerFault, SessionError},
    holdings::Holdings,
    limits::{ROUND_SEGMENTS_MAX, ROUNDS_MAX},
    message::{GoodbyeCode, Message},
};

/// One round, from the first segment to both sides' *settled*.
#[derive(Debug, Default)]
pub(super) struct Round {
    segments_sent: u64,
    segments_came: u64,
    pushed_sent: bool,
    pushed_came: bool,
    settled_sent: Option<Settled>,
    settled_came: Option<Settled>,
}

#[derive(Debug, Clone, Copy)]
struct Settled {
    digest: Digest,
    more: bool,
}

impl Round {
    /// Whether the peer has pushed all of this round.
    pub(super) const fn all_came(&self) -> bool {
        self.pushed_came
    }
}

impl Session {
    pub(super) fn begin_round(&mut self) {
        self.rounds += 1;
        self.round = Some(Round::default());
    }

    pub(super) fn count_segment(&mut self) -> Result<(), PeerFault> {
        if self.round.is_none() {
            self.begin_round();
        }
        let round = self.round.as_mut().expect("a round was begun if there was none");
        if round.pushed_came {
            return Err(Misbehaved::OutOfTurn { message: "segment", expected: "settled" }.into());
        }
        if round.segments_came == ROUND_SEGMENTS_MAX {
            let (what, limit) = ("the segments of a round", ROUND_SEGMENTS_MAX as usize);
            return Err(Misbehaved::TooMany { what, limit }.into());
        }
        round.segments_came += 1;
        Ok(())
    }

    pub(super) fn take_pushed(&mut self, segments: u64) -> Result<(), PeerFault> {
        // A round is opened by a segment, so one without any is none of the peer's to open.
        let Some(round) = self.round.as_mut().filter(|round| !round.pushed_came) else {
            return Err(Misbehaved::OutOfTurn { message: "pushed", expected: "segment" }.into());
        };
        if segments != round.segments_came {
            return Err(Misbehaved::SegmentCount { said: segments, came: round.segments_came }.into());
        }
        round.pushed_came = true;
        // What waited for the peer to push can be judged now.
        self.rescan = true;
        Ok(())
    }

    pub(super) fn take_settled(&mut self, digest: Digest, more: bool) -> Result<(), PeerFault> {
        // The message goes in the most urgent lane, so it may come before the peer's own *pushed*, but
        // not before this side's was sent.
        let Some(round) = self.round.as_mut().filter(|r| r.pushed_sent && r.settled_came.is_none()) else {
            return Err(Misbehaved::OutOfTurn { message: "settled", expected: "segment or pushed" }.into());
        };
        if more && self.rounds >= ROUNDS_MAX {
            return Err(Misbehaved::TooManyRounds.into());
        }
        round.settled_came = Some(Settled { digest, more });
        self.conclude();
        Ok(())
    }

    pub(super) fn next_in_round<H: Holdings>(
        &mut self,
        holdings: &mut H,
    ) -> Result<Option<Output>, SessionError<H::Error>> {
        if self.round.is_none() && !self.opens_round(holdings)? {
            return Ok(self.outputs.pop_front());
        }
        let round = self.round.as_ref().expect("a round is open, or was just opened");
        let (pushed_sent, pushed_came) = (round.pushed_sent, round.pushed_came);
        if !pushed_sent {
            return self.next_push(pushed_came, holdings);
        }
        let stored = pushed_came && self.received.is_empty() && !self.received.unanswered();
        if stored && round.settled_sent.is_none() {
            // Before *settled*, so that a peer that does not linger stays for them.
            self.say_wants(holdings).map_err(SessionError::Holdings)?;
            if let Some(output) = self.outputs.pop_front() {
                return Ok(Some(output));
            }
            return self.say_settled(holdings).map(Some);
        }
        Ok(None)
    }

    /// Opens a round if there is something to push; else says goodbye if this side does not linger.
    fn opens_round<H: Holdings>(&mut self, holdings: &mut H) -> Result<bool, SessionError<H::Error>> {
        if std::mem::take(&mut self.rescan) {
            self.scan(false, holdings).map_err(SessionError::Holdings)?;
            if self.push.fetch(&mut self.peer, holdings).map_err(SessionError::Holdings)? {
                self.begin_round();
                return Ok(true);
            }
        }
        if self.fetch_attachments(holdings).map_err(SessionError::Holdings)? {
            return Ok(false);
        }
        if !self.config.linger {
            self.goodbye(GoodbyeCode::Done, String::new(), CloseReason::Done);
        }
        Ok(false)
    }

    fn next_push<H: Holdings>(
        &mut self,
        pushed_came: bool,
        holdings: &mut H,
    ) -> Result<Option<Output>, SessionError<H::Error>> {
        if std::mem::take(&mut self.rescan) {
            self.scan(pushed_came, holdings).map_err(SessionError::Holdings)?;
        }
        let full = self.round.as_ref().is_some_and(|round| round.segments_sent == ROUND_SEGMENTS_MAX);
        let next = if full {
            None
        } else {
            self.push.next(&mut self.peer, holdings).map_err(SessionError::Holdings)?
        };
        // The acceptor waits for the dialler, so that its receipts go in the same round.
        let first = self.config.role == Role::Dialler;
        let may_end = first || (pushed_came && self.received.is_empty() && !self.received.unanswered());
        let round = self.round.as_mut().expect("segments are pushed in a round");
        let message = if let Some(segment) = next {
            round.segments_sent += 1;
            self.counts.pushed += 1;
            segment
        } else if may_end {
            round.pushed_sent = true;
            Message::Pushed { segments: round.segments_sent }
        } else {
            return Ok(None);
        };
        Ok(Some(Output::Send(message.encode())))
    }

    fn say_settled<H: Holdings>(&mut self, holdings: &mut H) -> Result<Output, SessionError<H::Error>> {
        // Both sides' *pushed* are through, and with them everything of the round.
        self.push.end_round();
        self.rescan = false;
        let digest = self.scan(true, holdings).map_err(SessionError::Holdings)?;
        let more = self.push.fetch(&mut self.peer, holdings).map_err(SessionError::Holdings)?;
        // A side that never runs out settles all the same, and goes on from there if it lingers.
        let forced = more && self.rounds >= ROUNDS_MAX;
        let settled = Settled { digest, more: more && !forced };
        self.rescan = forced && self.config.linger;
        self.round.as_mut().expect("a round is open").settled_sent = Some(settled);
        self.conclude();
        Ok(Output::Send(Message::Settled { digest, more: settled.more }.encode()))
    }

    /// Ends the round once both sides have settled.
    ///
    /// This is done as soon as it can be known, not when the node next polls: the peer's next round may
    /// already have begun.
    fn conclude(&mut self) {
        let Some(Round { settled_sent: Some(ours), settled_came: Some(theirs), pushed_came: true, .. }) =
            self.round
        else {
            return;
        };
        if ours.more || theirs.more {
            self.begin_round();
            return;
        }
        self.round = None;
        self.rounds = 0;
        let equal = ours.digest == theirs.digest;
        self.outputs.push_back(Output::Settled { equal, counts: self.counts });
    }

    /// Queues every log of which the peer lacks something, and returns the digest of all shared
    /// spaces. Where the peer has a head that is unknown here, the log waits until `peer_pushed`.
    fn scan<H: Holdings>(&mut self, peer_pushed: bool, holdings: &mut H) -> Result<Digest, H::Error> {
        let digests = self.shared_digests(holdings)?;
        for (space, digest) in &digests {
            if self.peer.digest(space) == Some(*digest) {
                continue;
            }
            for (log, heads) in holdings.frontier(space)?.0 {
                if self.lacks(space, log, &heads, peer_pushed, holdings)? {
                    self.push.want(space, log);
                }
            }
        }
        Ok(digest_of(&digests))
    }

    /// Whether the peer may lack something of `log`, of which `heads` are here.
    fn lacks<H: Holdings>(
        &self,
        space: &Space,
        log: LogId,
        heads: &[Head],
        peer_pushed: bool,
        holdings: &mut H,
    ) -> Result<bool, H::Error> {
        let theirs = self.peer.heads(space, log);
        let has_all = heads.iter().all(|head| theirs.binary_search(head).is_ok());
        if has_all || self.push.declined(log) || self.received.declined(log) {
            return Ok(false);
        }
        if !peer_pushed {
            for head in theirs {
                if !holdings.knows(log, head)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
