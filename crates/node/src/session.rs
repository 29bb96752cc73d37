//! Running a session over a link.

use std::{net::SocketAddr, time::Duration};

use linli_net::{Link, LinkReceiver, LinkSender, Protocol, Transport};
use linli_store::{Declined, PROGRAM, Replica, StoreError};
use linli_sync::{
    Carry, CloseReason, Config, Counts, Input, Output, PeerFault, Role, Session, SessionError, Side,
};
use linli_wire::{Channel, DeviceKey, Frame, LogId, TimeMs, UnitPath};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{
    clock,
    dial::{Dialled, dial},
    error::NodeError,
    node::{Node, served_units, units_of},
    parents::Parent,
};

/// Waiting for a peer that owes an answer: it may have much to merge before it can give a receipt.
/// That it is still there at all, the transport's keep-alives show much sooner.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(30);
/// Waiting for the peer's first word: whoever only holds a link open takes a place from others.
const HELLO_TIMEOUT: Duration = Duration::from_secs(30);
/// Waiting for more frames before what came is stored.
const GATHER: Duration = Duration::from_millis(1);
/// Frames that are taken in one go before outputs are looked at again.
const FRAMES_AT_ONCE: usize = 256;

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

/// Exchanges everything once with the first hub that takes it, and says which that was.
pub async fn sync(node: &Node) -> Result<(Parent, SessionReport), NodeError> {
    let mut failed = None;
    for parent in node.parents()? {
        match sync_with(node, &parent).await {
            Ok(report) => return Ok((parent, report)),
            Err(error) => {
                tracing::info!(address = %parent.address, error = %chain(&error), "the next hub is tried");
                failed.get_or_insert(error);
            }
        }
    }
    Err(failed.unwrap_or(NodeError::NoParent))
}

/// Dials the hub and exchanges everything once.
pub async fn sync_with(node: &Node, parent: &Parent) -> Result<SessionReport, NodeError> {
    sync_at(node, parent.address, Some(parent.device)).await
}

/// Dials whoever is at an address and exchanges everything that the two share once. Without an expected
/// device, whichever answers is served by its grants.
pub async fn sync_at(
    node: &Node,
    address: SocketAddr,
    expected: Option<DeviceKey>,
) -> Result<SessionReport, NodeError> {
    let Dialled { endpoint, link } = dial(node, address, expected, Protocol::Session).await?;
    let report = run_session(node, link, Role::Dialler, false).await;
    endpoint.close("done").await;
    report
}

/// Runs one session to its end: until it has settled, or until the link ends where it lingers.
pub async fn run_session(
    node: &Node,
    link: Link,
    role: Role,
    linger: bool,
) -> Result<SessionReport, NodeError> {
    let (report, outcome) = run_to_end(node, link, role, linger).await;
    outcome.map(|()| report)
}

/// As [`run_session`], with what was done also where the session failed.
pub(crate) async fn run_to_end(
    node: &Node,
    link: Link,
    role: Role,
    linger: bool,
) -> (SessionReport, Result<(), NodeError>) {
    let peer = link.peer();
    let handle = link.handle();
    // Before anything is asked of the replica, so that no change falls in between.
    let changes = node.changes();
    let begun = node
        .carry()
        .and_then(|(carry, lasts)| Ok((node.with(|r| config(r, peer, role, linger, carry))?, lasts)));
    let (config, lasts) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            node.tally().count(error.reason());
            link.close(&error.to_string());
            return (SessionReport::default(), Err(error));
        }
    };
    let (sender, receiver) = link.split();
    let mut running = Running {
        node,
        peer,
        theirs: config.theirs.clone(),
        sender,
        receiver,
        session: Session::new(config),
        report: SessionReport::default(),
        changes,
        unscanned: false,
        unanswered: None,
        settled_received: 0,
        failure: None,
        until: lasts.filter(|_| linger).map(|lasts| Instant::now() + lasts),
    };
    let outcome = running.run().await;
    let kept = running.keep_what_came();
    let mut report = running.report;
    report.transport = handle.transport();
    report.bytes_sent = handle.bytes_sent();
    report.bytes_received = handle.bytes_received();
    (report, outcome.and(kept))
}

fn config(
    replica: &mut Replica,
    peer: DeviceKey,
    role: Role,
    linger: bool,
    carry: Carry,
) -> Result<Config, NodeError> {
    let realm = replica.realm().ok_or(NodeError::NoRealm)?;
    let mine = units_of(replica, replica.identity().device());
    if mine.is_empty() {
        return Err(NodeError::NoGrant);
    }
    let theirs = served(replica, peer, clock::now())?;
    replica.seal()?;
    let program = PROGRAM.to_owned();
    Ok(Config { realm, mine, theirs, role, linger, carry, program })
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

struct Running<'n> {
    node: &'n Node,
    peer: DeviceKey,
    /// The units for which the session serves the peer.
    theirs: Vec<UnitPath>,
    sender: LinkSender,
    receiver: LinkReceiver,
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
    /// When what the link may carry changes, for a link that lasts.
    until: Option<Instant>,
}

impl Running<'_> {
    async fn run(&mut self) -> Result<(), NodeError> {
        loop {
            if let Some(reason) = self.outputs().await? {
                return self.close(reason).await;
            }
            // One receipt answers all that came in a round.
            if let Some(batch) = self.unanswered.filter(|_| self.session.awaits_answer()) {
                let added = self.settle_stored()?;
                self.unanswered = None;
                self.input(Input::Answered { batch, added });
                continue;
            }
            tokio::select! {
                frame = tokio::time::timeout(self.patience(), self.receiver.recv()) => {
                    let Ok(frame) = frame else {
                        self.node.tally().count("silent");
                        return Err(self.failed("the peer does not answer; try again later"));
                    };
                    match frame? {
                        Some(frame) => self.frames(frame).await?,
                        None if self.session.is_idle() => return Ok(()),
                        None => return Err(self.failed("the peer ended the link before it was done")),
                    }
                }
                _ = self.changes.changed() => self.unscanned = true,
                () = at(self.until) => {
                    self.sender.handle().close("the hours for bulk begin or end; connect again");
                    return Err(self.failed("the hours for bulk begin or end"));
                }
            }
        }
    }

    /// Tells the session of entries that others added, if the peer may still have them.
    fn notice_changes(&mut self) -> Result<(), NodeError> {
        if self.changes.has_changed().unwrap_or(false) {
            self.changes.mark_unchanged();
            self.unscanned = true;
        }
        if std::mem::take(&mut self.unscanned) {
            check_served(self.node, self.peer, &self.theirs, &self.sender)?;
            self.node.with(Replica::seal)?;
            self.input(Input::Changed);
        }
        Ok(())
    }

    /// A settled session may be quiet for as long as it likes: keep-alives cover a dead link.
    fn patience(&self) -> Duration {
        if !self.session.has_met() {
            HELLO_TIMEOUT
        } else if self.session.is_idle() {
            Duration::from_secs(u64::from(u32::MAX))
        } else {
            ANSWER_TIMEOUT
        }
    }

    /// Gives the session a frame and those that came right behind it.
    async fn frames(&mut self, first: Frame) -> Result<(), NodeError> {
        self.input(Input::Frame(first));
        for _ in 1..FRAMES_AT_ONCE {
            match tokio::time::timeout(GATHER, self.receiver.recv()).await {
                Ok(frame) => match frame? {
                    Some(frame) => self.input(Input::Frame(frame)),
                    None => break,
                },
                Err(_) => break,
            }
        }
        self.input(Input::Flush);
        Ok(())
    }

    fn input(&mut self, input: Input) {
        let outcome = self.node.with(|r| self.session.handle(input, &mut r.facing(self.peer)));
        if let Err(error) = outcome {
            note_failure(self.node, &mut self.failure, &error);
        }
    }

    /// Does what the session asks for until it asks for nothing more.
    /// Returns why the session is over, once it is.
    async fn outputs(&mut self) -> Result<Option<CloseReason>, NodeError> {
        loop {
            self.notice_changes()?;
            let output = match self.node.with(|r| self.session.poll_output(&mut r.facing(self.peer))) {
                Ok(Some(output)) => output,
                Ok(None) => return Ok(None),
                Err(error) => {
                    note_failure(self.node, &mut self.failure, &error);
                    continue;
                }
            };
            match output {
                Output::Send(frame) => self.send(frame).await?,
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
                Output::Close(reason) => return Ok(Some(reason)),
            }
        }
    }

    /// Sends a frame, and takes what comes while the link has no room for it: two sides that only
    /// waited for each other would wait for ever.
    async fn send(&mut self, frame: Frame) -> Result<(), NodeError> {
        let Self { node, peer, theirs, sender, receiver, session, failure, changes, unscanned, .. } = self;
        let mut sending = std::pin::pin!(sender.send(frame));
        loop {
            tokio::select! {
                biased;
                sent = &mut sending => return Ok(sent?),
                _ = changes.changed() => {
                    *unscanned = true;
                    check_served(node, *peer, theirs, sender)?;
                }
                came = receiver.recv() => match came? {
                    Some(frame) => {
                        let outcome =
                            node.with(|r| session.handle(Input::Frame(frame), &mut r.facing(*peer)));
                        if let Err(error) = outcome {
                            note_failure(node, failure, &error);
                        }
                    }
                    // The peer has said all it had to say; whether the link still takes ours shows.
                    None => return Ok(sending.await?),
                },
            }
        }
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

    /// What arrived whole before a link broke is kept, and has its effects. The receipts go out with the
    /// next link, which goes on from there.
    fn keep_what_came(&mut self) -> Result<(), NodeError> {
        self.input(Input::Flush);
        if self.session.counts().received > self.settled_received {
            self.settle_stored()?;
        }
        Ok(())
    }

    async fn close(&mut self, reason: CloseReason) -> Result<(), NodeError> {
        // The goodbye and everything before it leave before the link does.
        let finished = self.sender.finish().await;
        match reason {
            CloseReason::Done => {
                let _ = finished;
                Ok(())
            }
            CloseReason::Peer { code: linli_sync::GoodbyeCode::Done, .. } => Ok(()),
            CloseReason::Peer { text, .. } => Err(self.failed(&text)),
            CloseReason::Failed => {
                let reason = self.failure.take().unwrap_or_else(|| "the session broke off".to_owned());
                Err(self.failed(&reason))
            }
        }
    }

    fn failed(&self, reason: &str) -> NodeError {
        NodeError::Session { peer: self.peer.short(), reason: reason.to_owned() }
    }
}

/// Ends the link of a peer that was just revoked, or that lost a unit: it is served not a moment longer.
fn check_served(
    node: &Node,
    peer: DeviceKey,
    theirs: &[UnitPath],
    sender: &LinkSender,
) -> Result<(), NodeError> {
    let lost = match node.with(|r| served(r, peer, clock::now())) {
        Ok(units) if theirs.iter().all(|unit| units.contains(unit)) => return Ok(()),
        Ok(_) => NodeError::Session {
            peer: peer.short(),
            reason: "one of its grants was revoked or has ended; connect again for the others".to_owned(),
        },
        Err(error) => error,
    };
    sender.handle().close(&lost.to_string());
    Err(lost)
}

/// Keeps what ended a session, and counts it. What follows from it is not counted again.
fn note_failure(node: &Node, failure: &mut Option<String>, error: &SessionError<StoreError>) {
    if failure.is_none() {
        node.tally().count(match error {
            SessionError::Peer(PeerFault::Misbehaved(_)) => "misbehaved",
            SessionError::Peer(PeerFault::Incompatible(_)) => "incompatible",
            SessionError::Peer(PeerFault::Malformed(_)) => "malformed",
            SessionError::Holdings(_) => "replica failed",
        });
        *failure = Some(chain(error));
    }
}

/// At a time, or never.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// An error with its causes, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
