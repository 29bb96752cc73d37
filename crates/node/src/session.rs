//! Running a dialogue over a link.

use std::{net::SocketAddr, time::Duration};

use linli_net::{Link, LinkReceiver, LinkSender, Protocol};
use linli_sync::{CloseReason, Role};
use linli_wire::{DeviceKey, Frame};
use tokio::time::{Instant, sleep_until};

use crate::{
    dial::{Dialled, dial},
    dialogue::{Dialogue, SessionReport, Step},
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
    let Dialled { endpoint, link } = dial(node, address, expected, Protocol::Session).await?;
    let report = Box::pin(run_session(node, link, Role::Dialler, false)).await;
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
    let begun = node
        .carry()
        .and_then(|(carry, lasts)| Ok((Dialogue::begin(node, peer, role, linger, carry)?, lasts)));
    let (dialogue, lasts) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            node.tally().count(error.reason());
            link.close(&error.to_string());
            return (SessionReport::default(), Err(error));
        }
    };
    let (sender, receiver) = link.split();
    let until = lasts.filter(|_| linger).map(|lasts| Instant::now() + lasts);
    let mut running = Running { node, sender, receiver, dialogue, until };
    let outcome = running.run().await;
    let (mut report, kept) = running.dialogue.end();
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
    /// When what the link may carry changes, for a link that lasts.
    until: Option<Instant>,
}

impl Running<'_> {
    async fn run(&mut self) -> Result<(), NodeError> {
        loop {
            match self.dialogue.poll()? {
                Step::Send(frame) => self.send(frame).await?,
                Step::Over(reason) => return self.close(reason).await,
                Step::Lost(error) => {
                    self.sender.handle().close(&error.to_string());
                    return Err(error);
                }
                Step::Wait => {
                    if !self.wait().await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Waits for frames, or for anything else there is to wait for. Says whether the link goes on.
    async fn wait(&mut self) -> Result<bool, NodeError> {
        let patience = self.patience();
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
            () = at(self.until) => {
                self.sender.handle().close("the hours for bulk begin or end; connect again");
                return Err(self.dialogue.error("the hours for bulk begin or end"));
            }
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
        let Self { sender, receiver, dialogue, .. } = self;
        let handle = sender.handle();
        let mut sending = std::pin::pin!(sender.send(frame));
        loop {
            tokio::select! {
                biased;
                sent = &mut sending => return Ok(sent?),
                () = dialogue.changed() => {
                    if let Err(lost) = dialogue.check_served() {
                        handle.close(&lost.to_string());
                        return Err(lost);
                    }
                }
                came = receiver.recv() => match came? {
                    Some(frame) => dialogue.frame(frame),
                    // The peer has said all it had to say; whether the link still takes ours shows.
                    None => return Ok(sending.await?),
                },
            }
        }
    }

    async fn close(&mut self, reason: CloseReason) -> Result<(), NodeError> {
        // The goodbye and everything before it leave before the link does.
        let _ = self.sender.finish().await;
        self.dialogue.outcome(reason)
    }
}

/// At a time, or never.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
