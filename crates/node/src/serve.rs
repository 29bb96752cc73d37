//! Serving: a hub takes links from below and keeps one to its parent.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use linli_log::Right;
use linli_net::{Endpoint, Incoming, NetError, Protocol};
use linli_sync::Role;
use linli_wire::{DeviceKey, UnitPath};
use tokio::{
    sync::Semaphore,
    task::{JoinError, JoinHandle, JoinSet},
};

use crate::{
    dial::{Dialled, dial},
    dialogue::SessionReport,
    enrol,
    error::{NodeError, chain},
    node::Node,
    parents::Parent,
    rekey::{self, Renewal},
    request::{self, Answer, Request},
    session::{run_session, run_to_end},
    snapshot, upkeep,
};

/// Waiting before the parent is dialled again, doubled up to the maximum.
const REDIAL_MIN: Duration = Duration::from_secs(1);
const REDIAL_MAX: Duration = Duration::from_mins(5);
/// Waiting where what the two share has changed: nothing failed, and a parent that only says so is not dialled
/// without end.
const REDIAL_AGAIN: Duration = Duration::from_millis(100);
/// A node whose link is to a hub that does not come first asks those before it this often.
const GO_BACK_INTERVAL: Duration = Duration::from_mins(10);
/// How often it is asked whether a heartbeat is due.
const BEAT_CHECK_INTERVAL: Duration = Duration::from_mins(30);
/// Snapshots that a hub makes at the same time.
const SNAPSHOTS_AT_ONCE: usize = 1;

/// Waiting for links to end after the hub was stopped.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// A node that serves. When it is dropped it serves no longer; [`Hub::stop`] also waits until nothing
/// uses the replica any more.
#[derive(Debug)]
pub struct Hub {
    endpoint: Endpoint,
    accepting: JoinHandle<()>,
    reporting: JoinHandle<()>,
    upkeep: JoinHandle<()>,
    beating: JoinHandle<()>,
}

impl Hub {
    /// Listens, and keeps a live link to the first hub above that answers, if there is any.
    pub fn start(node: &Node, listen: SocketAddr) -> Result<Self, NodeError> {
        Self::start_with(node, listen, GO_BACK_INTERVAL)
    }

    fn start_with(node: &Node, listen: SocketAddr, go_back: Duration) -> Result<Self, NodeError> {
        // A hub that ended between storing and acknowledging makes up for it.
        node.settle_stored()?;
        node.beat()?;
        let endpoint = Endpoint::bind(listen, &node.net_identity())?.counting(node.tally());
        let accepting = tokio::spawn(accept(node.clone(), endpoint.clone()));
        let reporting = tokio::spawn(report(node.clone(), go_back));
        let upkeep = tokio::spawn(upkeep::keep(node.clone(), upkeep::QUIET));
        let beating = tokio::spawn(beat(node.clone()));
        Ok(Self { endpoint, accepting, reporting, upkeep, beating })
    }

    pub fn address(&self) -> SocketAddr {
        self.endpoint.local_addr()
    }

    /// Stops serving. What was stored stays; what was under way goes on at the next link.
    pub async fn stop(mut self) {
        self.endpoint.close("the hub stops").await;
        self.reporting.abort();
        self.upkeep.abort();
        self.beating.abort();
        for task in [&mut self.beating, &mut self.reporting, &mut self.upkeep, &mut self.accepting] {
            // The links have ended with the endpoint; what they took in is settled before they go.
            let _ = tokio::time::timeout(STOP_TIMEOUT, task).await;
        }
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.accepting.abort();
        self.reporting.abort();
        self.upkeep.abort();
        self.beating.abort();
    }
}

/// Writes a heartbeat whenever one is due, also while links live on for days.
async fn beat(node: Node) {
    loop {
        tokio::time::sleep(BEAT_CHECK_INTERVAL).await;
        if let Err(error) = node.beat() {
            tracing::warn!(error = %chain(&error), "no heartbeat");
        }
    }
}

/// Serves each link in a task of its own. The tasks end with this one.
async fn accept(node: Node, endpoint: Endpoint) {
    let snapshots = Arc::new(Semaphore::new(SNAPSHOTS_AT_ONCE));
    let mut links = JoinSet::new();
    loop {
        tokio::select! {
            incoming = endpoint.accept() => {
                let Some(incoming) = incoming else { break };
                links.spawn(serve(node.clone(), incoming, snapshots.clone()));
            }
            Some(ended) = links.join_next() => note_panic(ended),
        }
    }
    while let Some(ended) = links.join_next().await {
        note_panic(ended);
    }
}

fn note_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a link's task failed");
    }
}

async fn serve(node: Node, incoming: Incoming, snapshots: Arc<Semaphore>) {
    let address = incoming.remote_addr();
    let served = async {
        let link = incoming.await?.paced(node.pace()?);
        match link.protocol() {
            Protocol::Session => run_session(&node, link, Role::Acceptor, true).await.map(drop),
            Protocol::Request => {
                request::answer(link, |peer, request| answer(&node, &snapshots, peer, request)).await
            }
        }
    };
    if let Err(error) = served.await {
        // Devices come and go; only what a device did wrong, or this hub, is worth a warning.
        let went = matches!(
            error,
            NodeError::Net(
                NetError::Lost { .. } | NetError::ClosedByPeer { .. } | NetError::Abandoned { .. }
            )
        );
        if went {
            tracing::info!(%address, reason = %chain(&error), "a link ended");
        } else {
            tracing::warn!(%address, error = %chain(&error), "a link ended");
        }
    }
}

async fn answer(
    node: &Node,
    snapshots: &Semaphore,
    peer: DeviceKey,
    request: Request,
) -> Result<Answer, NodeError> {
    match request {
        Request::Join { invitation, who } => {
            if who.device != peer {
                return Err(NodeError::RefusedByHub("a device asks for itself alone".to_owned()));
            }
            let bundle = enrol::honour(node, &invitation, &who)?;
            node.announce();
            Ok(Answer::Granted(bundle))
        }
        Request::Renew { heads, who } => {
            Ok(Answer::Granted(rekey::renew(node, peer, &Renewal { heads, who })?))
        }
        Request::Snapshot { unit, period } => {
            if !may_audit(node, peer, &unit) {
                let reason = format!("device {} has no grant to audit {unit}", peer.short());
                return Err(NodeError::RefusedByHub(reason));
            }
            let _turn = snapshots.acquire().await.expect("the semaphore is never closed");
            Ok(Answer::File(snapshot::make(node, &unit, &period, peer)?))
        }
    }
}

fn may_audit(node: &Node, peer: DeviceKey, unit: &UnitPath) -> bool {
    let now = node.now();
    node.with(|r| {
        let arrangement = r.trust().arrangement(now.day_number());
        r.trust().grants_of(peer).map(|(_, authority)| &authority.grant).any(|grant| {
            let lasts = grant.not_after.is_none_or(|end| now <= end);
            lasts && grant.rights.has(Right::Audit) && arrangement.covers(&grant.unit, unit)
        })
    })
}

/// Keeps a live session with the first hub that answers, dialling again when it ends.
async fn report(node: Node, go_back: Duration) {
    let mut redial = Redial::default();
    loop {
        let parents = match node.parents() {
            Ok(parents) => parents,
            Err(error) => {
                tracing::error!(error = %chain(&error), "the hubs' addresses cannot be read");
                return;
            }
        };
        let mut ended = Ended::Unsettled;
        for (rank, parent) in parents.iter().enumerate() {
            match dial(&node, parent.address, Some(parent.device), Protocol::Session).await {
                Ok(dialled) => {
                    tracing::info!(address = %parent.address, "a link to a hub above");
                    let (report, outcome) = live(&node, dialled, &parents[..rank], go_back).await;
                    ended = Ended::of(&report);
                    if let Err(error) = outcome {
                        tracing::warn!(address = %parent.address, error = %chain(&error), "the link to the hub above ended");
                    }
                    // What the first hub does not take, the next one may.
                    if ended != Ended::Unsettled {
                        break;
                    }
                }
                Err(error) => {
                    tracing::warn!(address = %parent.address, error = %chain(&error), "no link to the hub above");
                }
            }
        }
        tokio::time::sleep(redial.wait_after(ended)).await;
    }
}

/// Runs one live session. It ends as soon as a hub of `better` answers again.
async fn live(
    node: &Node,
    dialled: Dialled,
    better: &[Parent],
    go_back: Duration,
) -> (SessionReport, Result<(), NodeError>) {
    let Dialled { endpoint, link } = dialled;
    let handle = link.handle();
    let mut session = Box::pin(run_to_end(node, link, Role::Dialler, true));
    let ended = tokio::select! {
        ended = &mut session => ended,
        () = answering(node, better, go_back) => {
            handle.close("a hub that comes first answers again");
            let (report, _) = session.await;
            (report, Ok(()))
        }
    };
    endpoint.close("done").await;
    ended
}

/// Waits until one of the hubs answers.
async fn answering(node: &Node, hubs: &[Parent], every: Duration) {
    if hubs.is_empty() {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(every).await;
        for hub in hubs {
            if let Ok(Dialled { endpoint, link }) =
                dial(node, hub.address, Some(hub.device), Protocol::Session).await
            {
                link.close("only asking");
                endpoint.close("done").await;
                return;
            }
        }
    }
}

/// How a live session with a parent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// What the two share has changed.
    Again,
    Settled,
    Unsettled,
}

impl Ended {
    const fn of(report: &SessionReport) -> Self {
        match report {
            SessionReport { again: true, .. } => Self::Again,
            SessionReport { settled: true, .. } => Self::Settled,
            SessionReport { .. } => Self::Unsettled,
        }
    }
}

/// How long to wait before the parent is dialled again.
#[derive(Debug, Default)]
struct Redial {
    failures: u32,
}

impl Redial {
    /// The wait after a link that ended. A parent that took the call and then refused is not dialled
    /// again at once: only a session that settled was a good one. One that is begun again is neither.
    fn wait_after(&mut self, ended: Ended) -> Duration {
        self.failures = match ended {
            Ended::Again => return REDIAL_AGAIN,
            Ended::Settled => 0,
            Ended::Unsettled => self.failures.saturating_add(1),
        };
        let doubled = 1_u32.checked_shl(self.failures.saturating_sub(1)).unwrap_or(u32::MAX);
        REDIAL_MIN.saturating_mul(doubled).min(REDIAL_MAX)
    }
}

#[cfg(test)]
mod tests;
