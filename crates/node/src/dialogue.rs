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
use linli_sync::{
    Carry, CloseReason, Config, Counts, Input, Output, PeerFault, Role, Session, SessionError, Side,
};
use linli_wire::{Channel, DeviceKey, Frame, LogId, TimeMs, UnitPath};
use tokio::sync::watch;

use crate::{
    error::{NodeError, chain},
    heartbeat,
    node::{Node, served_units, units_of},
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
}

/// What is to be done next.
#[derive(Debug)]
pub enum Step {
    Send(Frame),
    /// Nothing, before a frame has come or the replica has changed.
    Wait,
    /// The dialogue is over; nothing follows.
    Over(CloseReason),
    /// The peer is served no longer, for a reason that it may know.
    Lost(NodeError),
}

/// A dialogue under way.
#[derive(Debug)]
pub struct Dialogue {
    node: Node,
    peer: DeviceKey,
    /// The units for which it serves the peer.
    theirs: Vec<UnitPath>,
    session: Session,
    report: SessionReport,
    changes: watch::Receiver<u64>,
    /// Whether entries were added that the session was not told of.
    unscanned: bool,
    /// The last batch that was stored and has no receipt yet.
    unanswered: Option<u64>,
    /// Segments that came and have had their effects and receipts.
    settled_received: u64,
    failure: Option<String>,
}

impl Dialogue {
    /// Begins one with a device, for the units that its grants name.
    pub fn begin(
        node: &Node,
        peer: DeviceKey,
        role: Role,
        linger: bool,
        carry: Carry,
    ) -> Result<Self, NodeError> {
        // Before anything is asked of the replica, so that no change falls in between.
        let changes = node.changes();
        let now = node.now();
        let config = node.with(|r| config(r, peer, role, linger, carry, now))?;
        Ok(Self {
            node: node.clone(),
            peer,
            theirs: config.theirs.clone(),
            session: Session::new(config),
            report: SessionReport::default(),
            changes,
            unscanned: false,
            unanswered: None,
            settled_received: 0,
            failure: None,
        })
    }

    /// Takes a frame that came.
    pub fn frame(&mut self, frame: Frame) {
        self.input(Input::Frame(frame));
    }

    /// Says that no more has come for now.
    pub fn flush(&mut self) {
        self.input(Input::Flush);
    }

    /// What to do now. An error ends the dialogue: [`end`](Self::end) it.
    pub fn poll(&mut self) -> Result<Step, NodeError> {
        loop {
            if self.take_changes() {
                if let Err(lost) = self.check_served() {
                    return Ok(Step::Lost(lost));
                }
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
                    None => return Ok(Step::Wait),
                },
                Err(error) => self.note_failure(&error),
            }
        }
    }

    /// Ends it, wherever it stands. What arrived whole before a link broke is kept, and has its effects; the
    /// receipts go out with the next link, which goes on from there.
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
        self.unscanned = true;
    }

    /// Refuses to go on with a peer that was just revoked, or that lost a unit: it is served not a moment
    /// longer.
    pub(crate) fn check_served(&self) -> Result<(), NodeError> {
        let now = self.node.now();
        match self.node.with(|r| served(r, self.peer, now)) {
            Ok(units) if self.theirs.iter().all(|unit| units.contains(unit)) => Ok(()),
            Ok(_) => {
                Err(self.error("one of its grants was revoked or has ended; connect again for the others"))
            }
            Err(error) => Err(error),
        }
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

    /// Whether others added entries that the session was not told of.
    fn take_changes(&mut self) -> bool {
        if self.changes.has_changed().unwrap_or(false) {
            self.changes.mark_unchanged();
            self.unscanned = true;
        }
        std::mem::take(&mut self.unscanned)
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

fn config(
    replica: &mut Replica,
    peer: DeviceKey,
    role: Role,
    linger: bool,
    carry: Carry,
    now: TimeMs,
) -> Result<Config, NodeError> {
    let realm = replica.realm().ok_or(NodeError::NoRealm)?;
    let mine = units_of(replica, replica.identity().device());
    if mine.is_empty() {
        return Err(NodeError::NoGrant);
    }
    let theirs = served(replica, peer, now)?;
    heartbeat::beat(replica, now)?;
    replica.seal()?;
    let program = PROGRAM.to_owned();
    let arrangement = replica.trust().arrangement(now.day_number());
    Ok(Config { realm, mine, theirs, arrangement, role, linger, carry, program })
}

/// The units for which a peer is served; refuses one that has none.
fn served(replica: &Replica, peer: DeviceKey, now: TimeMs) -> Result<Vec<UnitPath>, NodeError> {
    let units = served_units(replica, peer, now);
    if !units.is_empty() {
        Ok(units)
    } else if units_of(replica, peer).is_empty() {
        Err(NodeError::UnknownDevice(peer))
    } else {
        Err(NodeError::EndedGrant(peer))
    }
}
