//! One dialogue with a peer: the session together with this node's replica, whatever carries the frames.
//!
//! A [`Dialogue`] decides, stores and answers; it knows no link and waits for nothing. Whoever carries the
//! frames gives it what came and does what it says:
//!
//! ```text
//! loop {
//!     while let Step::Send(frame) = dialogue.poll()?  { give it to the link }
//!     Step::Over(reason):  the link ends
//!     Step::Wait:          take what has come with `frame`, then `flush`
//! }
//! dialogue.end()
//! ```

use linli_net::Transport;
use linli_store::{Declined, PROGRAM, Replica, StoreError};
use linli_sync::{CloseReason, Config, Counts, Input, Output, PeerFault, Role, Session, SessionError, Side};
use linli_wire::{Channel, DeviceKey, Frame, LogId, TimeMs};
use tokio::sync::watch;

use crate::{
    error::{NodeError, chain},
    heartbeat,
    node::Node,
    standing::{Standing, Turn},
};

/// What a session did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionReport {
    pub settled: bool,
    /// Whether both sides held the same at the end.
    pub equal: bool,
    pub pushed: u64,
    pub received: u64,
    /// Attachments that came whole.
    pub attachments: u64,
    /// Frames' bytes, heads included.
    pub bytes_sent: u64,
    pub bytes_received: u64,
    /// What carried it.
    pub transport: Transport,
    /// What the peer did not take, and why.
    pub declined: Vec<String>,
    /// Whether it ended because what the two share has changed: another one shares what is so now.
    pub again: bool,
}

impl SessionReport {
    /// Adds what a session did that followed this one.
    pub(crate) fn follow(&mut self, next: Self) {
        let before = std::mem::replace(self, next);
        self.pushed += before.pushed;
        self.received += before.received;
        self.attachments += before.attachments;
        self.bytes_sent += before.bytes_sent;
        self.bytes_received += before.bytes_received;
        self.declined.splice(0..0, before.declined);
    }
}

/// What is to be done next.
#[derive(Debug)]
pub enum Step {
    Send(Frame),
    /// Nothing, before a frame has come, the replica has changed or it is [time](Dialogue::until).
    Wait,
    /// The dialogue is over; nothing follows.
    Over(CloseReason),
    /// The dialogue is over, since what it rested on has changed: whoever dialled dials again.
    Again(Departure),
    /// The peer is served no longer, for a reason that it may know.
    Lost(NodeError),
}

/// How a dialogue is left that another one follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// What was said still arrives: there is only more to share.
    Idle,
    /// Nothing of what is under way is sent or taken any more.
    AtOnce,
}

/// A dialogue under way.
#[derive(Debug)]
pub struct Dialogue {
    node: Node,
    peer: DeviceKey,
    /// What it rests on, and when the course of time alone changes that.
    standing: Standing,
    until: Option<TimeMs>,
    /// What follows from what is so now.
    turn: Result<Turn, NodeError>,
    /// What was known when that was last looked at.
    reviewed: Versions,
    session: Session,
    report: SessionReport,
    changes: watch::Receiver<u64>,
    /// Whether the replica changed and that was not looked at.
    unreviewed: bool,
    /// Whether entries were added that the session was not told of.
    unscanned: bool,
    /// The last batch that was stored and has no receipt yet.
    unanswered: Option<u64>,
    /// Segments that came and have had their effects and receipts.
    settled_received: u64,
    failure: Option<String>,
}

/// While these stay, a dialogue need not look at what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Versions {
    trust: u64,
    network: u64,
    erased: u64,
}

impl Dialogue {
    /// Begins one with a device, for the units that its grants name.
    pub fn begin(node: &Node, peer: DeviceKey, role: Role, linger: bool) -> Result<Self, NodeError> {
        // Before anything is asked of the replica, so that no change falls in between.
        let changes = node.changes();
        let reviewed = Versions::of(node)?;
        let (realm, now) = (node.realm()?, node.now());
        let (standing, until) = Standing::with(node, peer, now)?;
        node.with(|r| {
            heartbeat::beat(r, now)?;
            r.seal()
        })?;
        let config = Config {
            realm,
            mine: standing.mine.clone(),
            theirs: standing.theirs.clone(),
            arrangement: standing.arrangement.clone(),
            role,
            linger,
            carry: standing.carry,
            program: PROGRAM.to_owned(),
        };
        Ok(Self {
            node: node.clone(),
            peer,
            standing,
            until,
            turn: Ok(Turn::Stay),
            reviewed,
            session: Session::new(config),
            report: SessionReport::default(),
            changes,
            unreviewed: false,
            unscanned: false,
            unanswered: None,
            settled_received: 0,
            failure: None,
        })
    }

    /// Takes a frame that came. Where something must not go on, nothing is taken any more.
    pub fn frame(&mut self, frame: Frame) {
        if !self.must_stop() {
            self.input(Input::Frame(frame));
        }
    }

    /// Says that no more has come for now.
    pub fn flush(&mut self) {
        if !self.must_stop() {
            self.input(Input::Flush);
        }
    }

    /// What to do now. An error ends the dialogue: [`end`](Self::end) it.
    pub fn poll(&mut self) -> Result<Step, NodeError> {
        loop {
            if self.must_stop() {
                return self.stop();
            }
            if std::mem::take(&mut self.unscanned) {
                self.node.with(Replica::seal)?;
                self.input(Input::Changed);
            }
            let peer = self.peer;
            let polled = self.node.with(|r| self.session.poll_output(&mut r.facing(peer)));
            match polled {
                Ok(Some(output)) => {
                    if let Some(step) = self.output(output)? {
                        return Ok(step);
                    }
                }
                // One receipt answers all that came in a round.
                Ok(None) => match self.unanswered.filter(|_| self.session.awaits_answer()) {
                    Some(batch) => {
                        let added = self.settle_stored()?;
                        self.unanswered = None;
                        self.input(Input::Answered { batch, added });
                    }
                    None if matches!(self.turn, Ok(Turn::Widen)) && self.is_idle() => {
                        return Ok(Step::Again(Departure::Idle));
                    }
                    None => return Ok(Step::Wait),
                },
                Err(error) => self.note_failure(&error),
            }
        }
    }

    /// When it is to be polled although nothing happened.
    pub const fn until(&self) -> Option<TimeMs> {
        self.until
    }

    /// Whether something that is under way must not go on: [`poll`](Self::poll) says what follows.
    pub(crate) fn must_stop(&mut self) -> bool {
        // What was passed over once is missing for good, so there is no way back.
        if self.may_go_on() {
            self.review();
        }
        !self.may_go_on()
    }

    const fn may_go_on(&self) -> bool {
        matches!(self.turn, Ok(Turn::Stay | Turn::Widen))
    }

    /// Ends it, wherever it stands. What arrived whole before a link broke is kept, unless something must not go
    /// on, and has its effects; the receipts go out with the next link, which goes on from there.
    pub fn end(mut self) -> (SessionReport, Result<(), NodeError>) {
        self.flush();
        let kept = if self.session.counts().received > self.settled_received {
            self.settle_stored().map(drop)
        } else {
            Ok(())
        };
        (self.report, kept)
    }

    /// Whether the peer has said anything yet.
    pub fn has_met(&self) -> bool {
        self.session.has_met()
    }

    /// Whether both sides have said all they had to say.
    pub fn is_idle(&self) -> bool {
        self.session.is_idle()
    }

    /// Whether the replica is to be looked at again: entries were added by others.
    pub(crate) async fn changed(&mut self) {
        // The sender lives as long as the node does.
        let _ = self.changes.changed().await;
        self.note_change();
    }

    /// How the dialogue went, for its end.
    pub fn outcome(&mut self, reason: CloseReason) -> Result<(), NodeError> {
        match reason {
            CloseReason::Done | CloseReason::Peer { code: linli_sync::GoodbyeCode::Done, .. } => Ok(()),
            CloseReason::Peer { text, .. } if text.is_empty() => {
                Err(self.error("the peer cannot go on; look for the reason there, then try again"))
            }
            CloseReason::Peer { text, .. } => Err(self.error(&text)),
            CloseReason::Failed => {
                let reason = self.failure.take().unwrap_or_else(|| "the session broke off".to_owned());
                Err(self.error(&reason))
            }
        }
    }

    pub(crate) fn error(&self, reason: &str) -> NodeError {
        NodeError::Session { peer: self.peer.short(), reason: reason.to_owned() }
    }

    fn input(&mut self, input: Input) {
        let peer = self.peer;
        let outcome = self.node.with(|r| self.session.handle(input, &mut r.facing(peer)));
        if let Err(error) = outcome {
            self.note_failure(&error);
        }
    }

    fn note_change(&mut self) {
        self.unscanned = true;
        self.unreviewed = true;
    }

    /// Looks again at what the dialogue rests on, where that may have changed.
    fn review(&mut self) {
        if self.changes.has_changed().unwrap_or(false) {
            self.changes.mark_unchanged();
            self.note_change();
        }
        let now = self.node.now();
        let is_time = self.until.is_some_and(|until| until <= now);
        if std::mem::take(&mut self.unreviewed) || is_time {
            self.turn = self.review_at(now, is_time);
        }
    }

    fn review_at(&mut self, now: TimeMs, is_time: bool) -> Result<Turn, NodeError> {
        let before = std::mem::replace(&mut self.reviewed, Versions::of(&self.node)?);
        // Segments that were read and not sent have what was erased since.
        let sends_erased = before.erased != self.reviewed.erased && self.session.reads_ahead();
        let settled = before.trust == self.reviewed.trust && before.network == self.reviewed.network;
        if settled
            && !is_time
            && let Ok(turn) = self.turn
        {
            return Ok(if sends_erased { Turn::Leave } else { turn });
        }
        let (standing, until) = Standing::with(&self.node, self.peer, now)?;
        self.until = until;
        Ok(if sends_erased { Turn::Leave } else { self.standing.turn(&standing) })
    }

    /// What follows where it must stop.
    fn stop(&mut self) -> Result<Step, NodeError> {
        match std::mem::replace(&mut self.turn, Ok(Turn::Leave)) {
            Ok(_) => Ok(Step::Again(Departure::AtOnce)),
            Err(lost @ (NodeError::UnknownDevice(_) | NodeError::EndedGrant(_) | NodeError::NoGrant)) => {
                Ok(Step::Lost(lost))
            }
            Err(error) => Err(error),
        }
    }

    fn output(&mut self, output: Output) -> Result<Option<Step>, NodeError> {
        match output {
            Output::Send(frame) => return Ok(Some(Step::Send(frame))),
            Output::Close(reason) => return Ok(Some(Step::Over(reason))),
            Output::Stored { batch, spaces, .. } => {
                self.unanswered = Some(batch);
                if spaces.iter().any(|space| space.channel == Channel::Notices) {
                    // A revocation may be among them: other links are to know of it at once.
                    self.node.announce();
                }
            }
            Output::Declined { by, log, seq, lasting, reason } => {
                if lasting && let Some(log) = log {
                    self.remember(by, log, seq, &reason)?;
                }
                let log = log.map_or_else(|| "a log".to_owned(), |log| format!("log {}", log.short()));
                tracing::warn!(peer = %self.peer.short(), ?by, %log, seq, %reason, "declined");
                if by == Side::Theirs {
                    self.report.declined.push(format!("{log} from entry {seq}: {reason}"));
                }
            }
            Output::Attachment { file } => {
                tracing::info!(peer = %self.peer.short(), %file, "an attachment is here whole");
                self.report.attachments += 1;
            }
            Output::Settled { equal, counts } => self.settled(equal, counts),
        }
        Ok(None)
    }

    /// Remembers a lasting refusal, so that one log does not make the two sides differ for ever.
    fn remember(&mut self, by: Side, log: LogId, seq: u64, reason: &str) -> Result<(), NodeError> {
        let program = match by {
            Side::Ours => PROGRAM,
            Side::Theirs => self.session.peer_program(),
        };
        let declined = Declined { peer: self.peer, by, log, seq, reason: reason.to_owned() };
        Ok(self.node.with(|r| r.remember_declined(&declined, program))?)
    }

    fn settled(&mut self, equal: bool, counts: Counts) {
        self.report.settled = true;
        self.report.equal = equal;
        self.report.pushed = counts.pushed;
        self.report.received = counts.received;
    }

    /// New entries are durable: their effects, the receipts for them, and word to the other links.
    fn settle_stored(&mut self) -> Result<bool, NodeError> {
        self.settled_received = self.session.counts().received;
        self.node.settle_stored()
    }

    /// Keeps what ended the session, and counts it. What follows from it is not counted again.
    fn note_failure(&mut self, error: &SessionError<StoreError>) {
        if self.failure.is_none() {
            self.node.tally().count(match error {
                SessionError::Peer(PeerFault::Misbehaved(_)) => "misbehaved",
                SessionError::Peer(PeerFault::Incompatible(_)) => "incompatible",
                SessionError::Peer(PeerFault::Malformed(_)) => "malformed",
                SessionError::Holdings(_) => "replica failed",
            });
            self.failure = Some(chain(error));
        }
    }
}

impl Versions {
    fn of(node: &Node) -> Result<Self, NodeError> {
        let network = node.network().version();
        let (trust, erased) = node.with(|r| Ok::<_, StoreError>((r.trust_version(), r.erased()?)))?;
        Ok(Self { trust, network, erased })
    }
}

#[cfg(test)]
mod tests;
