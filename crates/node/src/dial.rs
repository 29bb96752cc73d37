//! Dialling: which transport first, through which proxy, at which pace.

use std::net::SocketAddr;

use linli_net::{Dial, Endpoint, Link, Protocol, Transport};
use linli_wire::{DeviceKey, TimeMs};

use crate::{error::NodeError, node::Node};

/// That TCP worked for an address is remembered so long; then QUIC is tried first again.
const REMEMBERED_MS: i64 = 24 * 3_600_000;

/// A link, and the endpoint that it needs.
pub(crate) struct Dialled {
    pub(crate) endpoint: Endpoint,
    pub(crate) link: Link,
}

/// Dials a device by this node's settings. Each dial has a socket of its own: one that serves may listen on
/// an address from which the other cannot be reached.
pub(crate) async fn dial(
    node: &Node,
    address: SocketAddr,
    expected: Option<DeviceKey>,
    protocol: Protocol,
) -> Result<Dialled, NodeError> {
    let remembered = format!("tcp {address}");
    let first = if node.with(|r| r.meta(&remembered))?.is_some_and(|at| is_fresh(&at, node.now())) {
        Transport::Tcp
    } else {
        Transport::Quic
    };
    let endpoint = Endpoint::dialler(address, &node.net_identity())?;
    let dial = Dial { address, expected, protocol, first, proxy: node.proxy()? };
    let link = match endpoint.dial(&dial).await {
        Ok(link) => link,
        Err(error) => {
            node.tally().count(error.reason());
            endpoint.close("done").await;
            return Err(error.into());
        }
    };
    if link.transport() == Transport::Tcp && first != Transport::Tcp {
        node.with(|r| r.set_meta(&remembered, &node.now().0.to_be_bytes()))?;
    }
    Ok(Dialled { endpoint, link: link.paced(node.pace()?) })
}

fn is_fresh(at: &[u8], now: TimeMs) -> bool {
    let at = at.try_into().map(i64::from_be_bytes);
    at.is_ok_and(|at| (0..REMEMBERED_MS).contains(&(now.0 - at)))
}
