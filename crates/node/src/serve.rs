//! Serving: a hub takes links from below and keeps one to its parent.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use linli_log::Right;
use linli_net::{Endpoint, Link, NetError, Protocol};
use linli_sync::Role;
use linli_wire::{DeviceKey, UnitPath};
use tokio::{sync::Semaphore, task::JoinHandle};

use crate::{
    enrol,
    error::NodeError,
    node::Node,
    request::{self, Answer, Request},
    session::{chain, run_session},
    snapshot,
};

/// Waiting before the parent is dialled again, doubled up to the maximum.
const REDIAL_MIN: Duration = Duration::from_secs(1);
const REDIAL_MAX: Duration = Duration::from_secs(300);
/// Snapshots that a hub makes at the same time.
const SNAPSHOTS_AT_ONCE: usize = 1;

/// A node that serves.
#[derive(Debug)]
pub struct Hub {
    endpoint: Endpoint,
    tasks: Vec<JoinHandle<()>>,
}

/// What a served link was for; for logs and tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    Session,
    Request,
}

impl Hub {
    /// Listens, and keeps a live link to the parent if there is one.
    pub fn start(node: &Node, listen: SocketAddr) -> Result<Self, NodeError> {
        let endpoint = Endpoint::bind(listen, &node.net_identity())?;
        let accepting = tokio::spawn(accept(node.clone(), endpoint.clone()));
        let reporting = tokio::spawn(report(node.clone(), endpoint.clone()));
        Ok(Self { endpoint, tasks: vec![accepting, reporting] })
    }

    pub fn address(&self) -> SocketAddr {
        self.endpoint.local_addr()
    }

    /// Stops serving. What was stored stays; what was under way goes on at the next link.
    pub async fn stop(self) {
        for task in &self.tasks {
            task.abort();
        }
        self.endpoint.close("the hub stops").await;
    }
}

async fn accept(node: Node, endpoint: Endpoint) {
    let snapshots = Arc::new(Semaphore::new(SNAPSHOTS_AT_ONCE));
    while let Some(incoming) = endpoint.accept().await {
        let (node, snapshots) = (node.clone(), snapshots.clone());
        tokio::spawn(async move {
            let address = incoming.remote_addr();
            let served = async {
                let link = incoming.await?;
                serve(&node, link, &snapshots).await
            };
            if let Err(error) = served.await {
                tracing::warn!(%address, error = %chain(&error), "a link ended");
            }
        });
    }
}

async fn serve(node: &Node, link: Link, snapshots: &Semaphore) -> Result<Served, NodeError> {
    match link.protocol() {
        Protocol::Session => {
            run_session(node, link, Role::Acceptor, true).await?;
            Ok(Served::Session)
        }
        Protocol::Request => {
            request::answer(link, |peer, request| answer(node, snapshots, peer, request)).await?;
            Ok(Served::Request)
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
    node.with(|r| {
        r.trust().grants_of(peer).any(|(_, a)| a.grant.rights.has(Right::Audit) && a.grant.unit.covers(unit))
    })
}

/// Keeps a live session with the parent, dialling again when it ends.
async fn report(node: Node, endpoint: Endpoint) {
    let mut wait = REDIAL_MIN;
    loop {
        let parent = match node.parent() {
            Ok(Some(parent)) => parent,
            Ok(None) => return,
            Err(error) => {
                tracing::error!(error = %chain(&error), "the parent's address cannot be read");
                return;
            }
        };
        let session = async {
            let link = endpoint.connect(parent.address, parent.device, Protocol::Session).await?;
            wait = REDIAL_MIN;
            run_session(&node, link, Role::Dialler, true).await
        };
        match session.await {
            Ok(_) => {}
            Err(NodeError::Net(NetError::Closed { .. })) => return,
            Err(error) => tracing::warn!(address = %parent.address, error = %chain(&error), "no link to the parent"),
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(REDIAL_MAX);
    }
}
