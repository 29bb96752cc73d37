//! Running a session over a link.

use std::{net::SocketAddr, time::Duration};

use linli_net::{Endpoint, Link, LinkReceiver, LinkSender, Protocol};
use linli_store::{Replica, StoreError};
use linli_sync::{CloseReason, Config, Counts, Input, Output, Role, Session, Side};
use linli_wire::DeviceKey;

use crate::{
    clock,
    error::NodeError,
    node::{Node, Parent, units_of},
    receipts,
};

/// Waiting for a peer that owes an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
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
    /// Frames' bytes, heads included.
    pub bytes_sent: u64,
    pub bytes_received: u64,
    /// What the peer did not take, and why.
    pub declined: Vec<String>,
}

/// Dials the hub and exchanges everything once.
pub async fn sync_with(node: &Node, parent: &Parent) -> Result<SessionReport, NodeError> {
    let endpoint = Endpoint::bind(any_port(parent.address), &node.net_identity())?;
    let report = async {
        let link = endpoint.connect(parent.address, parent.device, Protocol::Session).await?;
        run_session(node, link, Role::Dialler, false).await
    }
    .await;
    endpoint.close("done").await;
    report
}

/// The address to bind for dialling an address of its family.
pub(crate) fn any_port(towards: SocketAddr) -> SocketAddr {
    match towards {
        SocketAddr::V4(_) => SocketAddr::from(([0, 0, 0, 0], 0)),
        SocketAddr::V6(_) => SocketAddr::from(([0_u16; 8], 0)),
    }
}

/// Runs one session to its end: until it has settled, or until the link ends where it lingers.
pub async fn run_session(
    node: &Node,
    link: Link,
    role: Role,
    linger: bool,
) -> Result<SessionReport, NodeError> {
    let peer = link.peer();
    let handle = link.handle();
    let config = match node.with(|r| config(r, peer, role, linger)) {
        Ok(config) => config,
        Err(error) => {
            link.close(&error.to_string());
            return Err(error);
        }
    };
    let (sender, receiver) = link.split();
    let mut running = Running {
        node,
        peer,
        sender,
        receiver,
        session: Session::new(config),
        report: SessionReport::default(),
        unanswered: None,
        failure: None,
    };
    let outcome = running.run().await;
    if running.unanswered.is_some() {
        // What arrived before the link broke is durable; its receipt goes out with the next link.
        running.after_storing()?;
    }
    let mut report = running.report;
    report.bytes_sent = handle.bytes_sent();
    report.bytes_received = handle.bytes_received();
    outcome.map(|()| report)
}

fn config(replica: &mut Replica, peer: DeviceKey, role: Role, linger: bool) -> Result<Config, NodeError> {
    let realm = replica.realm().ok_or(NodeError::NoRealm)?;
    let mine = units_of(replica, replica.identity().device());
    let theirs = units_of(replica, peer);
    if mine.is_empty() {
        return Err(NodeError::NoGrant);
    }
    if theirs.is_empty() {
        return Err(NodeError::UnknownDevice(peer));
    }
    replica.seal()?;
    Ok(Config { realm, mine, theirs, role, linger })
}

struct Running<'n> {
    node: &'n Node,
    peer: DeviceKey,
    sender: LinkSender,
    receiver: LinkReceiver,
    session: Session,
    report: SessionReport,
    /// The last batch that was stored and has no receipt yet.
    unanswered: Option<u64>,
    failure: Option<String>,
}

impl Running<'_> {
    async fn run(&mut self) -> Result<(), NodeError> {
        let mut changes = self.node.changes();
        loop {
            if let Some(reason) = self.outputs().await? {
                return self.close(reason).await;
            }
            // One receipt answers all that came in a round.
            if let Some(batch) = self.unanswered.filter(|_| self.session.awaits_answer()) {
                let added = self.after_storing()?;
                self.unanswered = None;
                self.input(Input::Answered { batch, added });
                continue;
            }
            tokio::select! {
                frame = tokio::time::timeout(self.patience(), self.receiver.recv()) => {
                    let Ok(frame) = frame else {
                        return Err(self.failed("the peer does not answer; try again later"));
                    };
                    match frame? {
                        Some(frame) => self.frames(frame).await?,
                        None if self.session.is_idle() => return Ok(()),
                        None => return Err(self.failed("the peer ended the link before it was done")),
                    }
                }
                _ = changes.changed() => {
                    // A device that was just revoked is not served a moment longer.
                    if self.node.with(|r| units_of(r, self.peer)).is_empty() {
                        self.sender.handle().close("the device was revoked");
                        return Err(NodeError::UnknownDevice(self.peer));
                    }
                    self.node.with(Replica::seal)?;
                    self.input(Input::Changed);
                }
            }
        }
    }

    /// A settled session may be quiet for as long as it likes: keep-alives cover a dead link.
    fn patience(&self) -> Duration {
        if self.session.is_idle() { Duration::from_secs(u64::from(u32::MAX)) } else { ANSWER_TIMEOUT }
    }

    /// Gives the session a frame and those that came right behind it.
    async fn frames(&mut self, first: linli_wire::Frame) -> Result<(), NodeError> {
        self.input(Input::Frame(first));
        for _ in 1..FRAMES_AT_ONCE {
            match tokio::time::timeout(GATHER, self.receiver.recv()).await {
                Ok(Ok(Some(frame))) => self.input(Input::Frame(frame)),
                Ok(Ok(None)) | Err(_) => break,
                Ok(Err(error)) => {
                    // What arrived whole is kept: the next session goes on from there.
                    self.input(Input::Flush);
                    return Err(error.into());
                }
            }
        }
        self.input(Input::Flush);
        Ok(())
    }

    fn input(&mut self, input: Input) {
        let outcome = self.node.with(|r| self.session.handle(input, r));
        if let Err(error) = outcome {
            self.failure.get_or_insert(chain(&error));
        }
    }

    /// Does what the session asks for until it asks for nothing more.
    /// Returns why the session is over, once it is.
    async fn outputs(&mut self) -> Result<Option<CloseReason>, NodeError> {
        loop {
            let output = match self.node.with(|r| self.session.poll_output(r)) {
                Ok(Some(output)) => output,
                Ok(None) => return Ok(None),
                Err(error) => {
                    self.failure.get_or_insert(chain(&error));
                    continue;
                }
            };
            match output {
                Output::Send(frame) => self.send(frame).await?,
                Output::Stored { batch, .. } => self.unanswered = Some(batch),
                Output::Declined { by, log, seq, reason } => {
                    let log = log.map_or_else(|| "a log".to_owned(), |log| format!("log {}", log.short()));
                    tracing::warn!(peer = %self.peer.short(), ?by, %log, seq, %reason, "declined");
                    if by == Side::Theirs {
                        self.report.declined.push(format!("{log} from entry {seq}: {reason}"));
                    }
                }
                Output::Settled { equal, counts } => self.settled(equal, counts),
                Output::Close(reason) => return Ok(Some(reason)),
            }
        }
    }

    /// Sends a frame, and takes what comes while the link has no room for it: two sides that only
    /// waited for each other would wait for ever.
    async fn send(&mut self, frame: linli_wire::Frame) -> Result<(), NodeError> {
        let Self { node, sender, receiver, session, failure, .. } = self;
        let mut sending = std::pin::pin!(sender.send(frame));
        loop {
            tokio::select! {
                biased;
                sent = &mut sending => return Ok(sent?),
                came = receiver.recv() => match came? {
                    Some(frame) => {
                        let outcome = node.with(|r| session.handle(Input::Frame(frame), r));
                        if let Err(error) = outcome {
                            failure.get_or_insert(chain(&error));
                        }
                    }
                    // The peer has said all it had to say; whether the link still takes ours shows.
                    None => return Ok(sending.await?),
                },
            }
        }
    }

    fn settled(&mut self, equal: bool, counts: Counts) {
        self.report.settled = true;
        self.report.equal = equal;
        self.report.pushed = counts.pushed;
        self.report.received = counts.received;
    }

    /// New entries are durable: their effects, the receipts for them, and word to the other links.
    fn after_storing(&mut self) -> Result<bool, NodeError> {
        self.node.materialise()?;
        let written = self.node.with(|r| {
            match units_of(r, r.identity().device()).into_iter().next() {
                Some(unit) => receipts::write(r, &unit, clock::now()),
                None => Ok::<_, StoreError>(0),
            }
        })?;
        self.node.announce();
        Ok(written > 0)
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
