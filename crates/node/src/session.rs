//! Running a dialogue over a link.

use std::{net::SocketAddr, time::Duration};

use linli_net::{Link, LinkReceiver, LinkSender, NetError, Protocol};
use linli_sync::{CloseReason, Role};
use linli_wire::{DeviceKey, Frame};

use crate::{
    dial::{Dialled, dial},
    dialogue::{Departure, Dialogue, SessionReport, Step},
    error::{NodeError, chain},
    node::Node,
    parents::Parent,
};

/// Waiting for a peer that owes an answer: it may have much to merge before it can give a receipt.
/// That it is still there at all, the transport's keep-alives show much sooner.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(30);
/// Waiting for the peer's first word: whoever only holds a link open takes a place from others.
const HELLO_TIMEOUT: Duration = Duration::from_secs(30);
/// Waiting for more frames before what came is stored.
const GATHER: Duration = Duration::from_millis(1);
/// What a dialogue rests on is looked at this often, by the clock, although nothing happened.
const REVIEW_INTERVAL: Duration = Duration::from_mins(1);
/// Sessions of one exchange, where what the two share changes in their course.
const EXCHANGES_MAX: usize = 4;
/// Frames that are taken in one go before outputs are looked at again.
const FRAMES_AT_ONCE: usize = 256;

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
    let mut total = SessionReport::default();
    for _ in 0..EXCHANGES_MAX {
        let Dialled { endpoint, link } = dial(node, address, expected, Protocol::Session).await?;
        let report = Box::pin(run_session(node, link, Role::Dialler, false)).await;
        endpoint.close("done").await;
        total.follow(report?);
        if !total.again {
            return Ok(total);
        }
    }
    let reason = "what the two share changes again and again; try again later".to_owned();
    let peer = expected.map_or_else(|| address.to_string(), |device| device.short());
    Err(NodeError::Session { peer, reason })
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
    let dialogue = match Dialogue::begin(node, peer, role, linger) {
        Ok(dialogue) => dialogue,
        Err(error) => {
            node.tally().count(error.reason());
            link.close(&error.to_string());
            return (SessionReport::default(), Err(error));
        }
    };
    let (sender, receiver) = link.split();
    let mut running = Running { node, sender, receiver, dialogue };
    let outcome = running.run().await;
    let (mut report, kept) = running.dialogue.end();
    let outcome = match outcome {
        Ok(Ending::Through) => Ok(()),
        Ok(Ending::Again) | Err(NodeError::Net(NetError::Again { .. })) => {
            report.again = true;
            Ok(())
        }
        Err(error) => Err(error),
    };
    report.transport = handle.transport();
    report.bytes_sent = handle.bytes_sent();
    report.bytes_received = handle.bytes_received();
    (report, outcome.and(kept))
}

struct Running<'n> {
    node: &'n Node,
    sender: LinkSender,
    receiver: LinkReceiver,
    dialogue: Dialogue,
}

/// How a session came to an end without a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Through,
    /// What the two share has changed.
    Again,
}

impl Running<'_> {
    async fn run(&mut self) -> Result<Ending, NodeError> {
        loop {
            match self.dialogue.poll()? {
                Step::Send(frame) => self.send(frame).await?,
                Step::Over(reason) => return self.close(reason).await,
                Step::Again(departure) => {
                    if departure == Departure::Idle {
                        // What was said last leaves before the link does.
                        let _ = self.sender.finish().await;
                    }
                    self.sender.handle().close_for_another();
                    return Ok(Ending::Again);
                }
                Step::Lost(error) => {
                    self.sender.handle().close(&error.to_string());
                    return Err(error);
                }
                Step::Wait => {
                    if !self.wait().await? {
                        return Ok(Ending::Through);
                    }
                }
            }
        }
    }

    /// Waits for frames, or for anything else there is to wait for. Says whether the link goes on.
    async fn wait(&mut self) -> Result<bool, NodeError> {
        let (patience, review_after) = (self.patience(), until_review(self.node, &self.dialogue));
        tokio::select! {
            frame = tokio::time::timeout(patience, self.receiver.recv()) => {
                let Ok(frame) = frame else {
                    self.node.tally().count("silent");
                    return Err(self.dialogue.error("the peer does not answer; try again later"));
                };
                match frame? {
                    Some(frame) => self.frames(frame).await?,
                    None if self.dialogue.is_idle() => return Ok(false),
                    None => return Err(self.dialogue.error("the peer ended the link before it was done")),
                }
            }
            () = self.dialogue.changed() => {}
            () = tokio::time::sleep(review_after) => {}
        }
        Ok(true)
    }

    /// A settled session may be quiet for as long as it likes: keep-alives cover a dead link.
    fn patience(&self) -> Duration {
        if !self.dialogue.has_met() {
            HELLO_TIMEOUT
        } else if self.dialogue.is_idle() {
            Duration::from_secs(u64::from(u32::MAX))
        } else {
            ANSWER_TIMEOUT
        }
    }

    /// Gives the dialogue a frame and those that came right behind it.
    async fn frames(&mut self, first: Frame) -> Result<(), NodeError> {
        self.dialogue.frame(first);
        for _ in 1..FRAMES_AT_ONCE {
            match tokio::time::timeout(GATHER, self.receiver.recv()).await {
                Ok(frame) => match frame? {
                    Some(frame) => self.dialogue.frame(frame),
                    None => break,
                },
                Err(_) => break,
            }
        }
        self.dialogue.flush();
        Ok(())
    }

    /// Sends a frame, and takes what comes while the link has no room for it: two sides that only
    /// waited for each other would wait for ever.
    async fn send(&mut self, frame: Frame) -> Result<(), NodeError> {
        let Self { node, sender, receiver, dialogue } = self;
        let mut sending = std::pin::pin!(sender.send(frame));
        loop {
            let review_after = until_review(node, dialogue);
            tokio::select! {
                biased;
                sent = &mut sending => return Ok(sent?),
                () = dialogue.changed() => {}
                () = tokio::time::sleep(review_after) => {}
                came = receiver.recv() => match came? {
                    Some(frame) => dialogue.frame(frame),
                    // The peer has said all it had to say; whether the link still takes ours shows.
                    None => return Ok(sending.await?),
                },
            }
            if dialogue.must_stop() {
                return Ok(());
            }
        }
    }

    async fn close(&mut self, reason: CloseReason) -> Result<Ending, NodeError> {
        // The goodbye and everything before it leave before the link does.
        let _ = self.sender.finish().await;
        self.dialogue.outcome(reason).map(|()| Ending::Through)
    }
}

/// How long a dialogue may be left alone: until what it rests on changes by the course of time, and not longer
/// than a while, since a clock may be set.
fn until_review(node: &Node, dialogue: &Dialogue) -> Duration {
    let left_ms = dialogue.until().map_or(i64::MAX, |until| until.0.saturating_sub(node.now().0));
    Duration::from_millis(left_ms.max(0) as u64).min(REVIEW_INTERVAL)
}

#[cfg(test)]
mod tests;
