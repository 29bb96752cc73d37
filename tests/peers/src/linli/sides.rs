//! The two processes: a street's hub, and the device that syncs with it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use data_encoding::HEXLOWER;
use linli_net::{Endpoint, Protocol};
use linli_node::{Hub, Node, run_session};
use linli_sync::Role;
use linli_wire::DeviceKey;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use super::realm;
use crate::side;

/// How a hub is reached.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reached {
    pub address: SocketAddr,
    /// Its key in hexadecimal digits.
    pub device: String,
}

/// One session of the device.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Synced {
    /// From the link's opening to its end.
    pub session_s: f64,
    /// With the handshake.
    pub total_s: f64,
    pub equal: bool,
    /// Frames both ways, and the UDP payloads that carried them, handshake and acknowledgements included.
    pub frame_bytes: u64,
    pub udp_bytes: u64,
}

pub fn hub(directory: &Path) -> anyhow::Result<()> {
    let runtime = runtime()?;
    let _inside = runtime.enter();
    let node = Node::open(directory)?;
    let hub = Hub::start(&node, (Ipv4Addr::LOCALHOST, 0).into())?;
    let reached = Reached { address: hub.address(), device: HEXLOWER.encode(&node.device().0) };
    side::play(&reached, |words| bail!("a hub takes no command `{}`", words.join(" ")))
}

pub fn device(directory: &Path) -> anyhow::Result<()> {
    let runtime = runtime()?;
    let node = Node::open(directory)?;
    side::play(&(), |words| match words {
        ["sync", address, hub] => {
            let synced = runtime.block_on(sync(&node, address.parse()?, key(hub)?))?;
            Ok(serde_json::to_value(synced)?)
        }
        // One more change of two or three fields on each of the first cards.
        ["change", cards, number] => {
            let (cards, number): (u64, u64) = (cards.parse()?, number.parse()?);
            realm::change(&node, 1, (0..cards).map(|card| (card, number)))?;
            Ok(serde_json::Value::Null)
        }
        ["slow"] => {
            node.with(|r| r.pack_for_slow_links(true));
            Ok(serde_json::Value::Null)
        }
        words => bail!("a device takes no command `{}`", words.join(" ")),
    })
}

pub async fn sync(node: &Node, address: SocketAddr, hub: DeviceKey) -> anyhow::Result<Synced> {
    let begun = Instant::now();
    let endpoint = Endpoint::dialler(address, &node.net_identity())?;
    let link = endpoint.connect(address, hub, Protocol::Session).await?;
    let handle = link.handle();
    let opened = Instant::now();
    let report = run_session(node, link, Role::Dialler, false).await?;
    let session_s = opened.elapsed().as_secs_f64();
    let total_s = begun.elapsed().as_secs_f64();
    endpoint.close("done").await;
    Ok(Synced {
        session_s,
        total_s,
        equal: report.equal,
        frame_bytes: report.bytes_sent + report.bytes_received,
        udp_bytes: handle.transport_bytes_sent() + handle.transport_bytes_received(),
    })
}

pub fn key(text: &str) -> anyhow::Result<DeviceKey> {
    let bytes = HEXLOWER.decode(text.as_bytes()).context("a device key")?;
    Ok(DeviceKey(bytes.as_slice().try_into().context("a device key")?))
}

pub fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("a runtime")
}

/// Long enough for any sync that is worth waiting for.
pub const PATIENCE: Duration = Duration::from_secs(3_600);
