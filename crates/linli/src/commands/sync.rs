//! `linli sync`: exchanging everything with the hub once.

use std::net::{IpAddr, SocketAddr};

use anyhow::Result;
use clap::Args;
use linli_node::{LOOK_PATIENCE, Node, SessionReport, join_lan, nearby, sync, sync_at, sync_nearby};
use serde::Serialize;

use crate::{
    cli::{
        network::NetworkArguments,
        values::{self, Interface},
    },
    context::Context,
    failure::{Ended, Refused},
    language::Language,
    standing::{self, Standing},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  linli --data clerk sync\n  linli --data clerk sync --peer 192.168.1.20:7311\n\n\
    Says what went up and came down, and how far street, district and city say they hold this device's work."
)]
pub struct Arguments {
    /// Sync with the device at this address instead of a hub, such as a colleague's in the same office
    #[arg(long, value_name = "ADDR", value_parser = values::address)]
    peer: Option<SocketAddr>,
    /// Sync with the devices of the same community that are found in this office's network; with an address, on
    /// the interface of that address alone
    #[arg(long, value_name = "ADDR", num_args = 0..=1, require_equals = true, default_missing_value = "all",
          value_parser = values::interface, conflicts_with = "peer")]
    lan: Option<Interface>,
    #[command(flatten)]
    network: NetworkArguments,
}

#[derive(Debug, Serialize)]
struct Synced {
    /// Where the other side was.
    with: String,
    transport: &'static str,
    equal: bool,
    pushed: u64,
    received: u64,
    bytes_sent: u64,
    bytes_received: u64,
    declined: Vec<String>,
    held: Vec<Standing>,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        self.network.keep(&node)?;
        if let Some(Interface(only)) = self.lan {
            return sync_all_nearby(context, &node, only);
        }
        if self.peer.is_none() && node.parent()?.is_none() {
            let message = context.say("本机没有上级机器可同步", "this device has no hub to sync with");
            let hint = context.say(
                "用 `linli join 邀请码` 加入；没有网络时用 `linli bundle`",
                "join with `linli join CODE`; without a network use `linli bundle`",
            );
            return Err(Refused::new(message).hint(hint).into());
        }
        let (with, report) = if let Some(peer) = self.peer {
            (peer, context.block_on(sync_at(&node, peer, None))?)
        } else {
            let (parent, report) = context.block_on(sync(&node))?;
            remember(&node)?;
            (parent.address, report)
        };
        told(context, &node, with, report)
    }
}

/// Exchanges with every device that is found, and tells of each.
fn sync_all_nearby(context: &mut Context, node: &Node, only: Option<IpAddr>) -> Result<Ended> {
    let lan = join_lan(node, only)?;
    let found = nearby(node, &lan, LOOK_PATIENCE)?;
    if found.is_empty() {
        let message = context.say(
            "局域网内没有找到同社区的设备",
            "no device of this community was found in the local network",
        );
        let hint = context.say(
            "对方须运行 `linli serve --lan`；或用 --peer 给出地址",
            "the other must run `linli serve --lan`; or give its address with --peer",
        );
        return Err(Refused::new(message).hint(hint).into());
    }
    let mut ended = Ended::Done;
    for other in found {
        let (with, report) = context.block_on(sync_nearby(node, &other))?;
        if matches!(told(context, node, with, report)?, Ended::Refused) {
            ended = Ended::Refused;
        }
    }
    Ok(ended)
}

/// Says what one exchange brought.
fn told(context: &mut Context, node: &Node, with: SocketAddr, report: SessionReport) -> Result<Ended> {
    node.materialise()?;
    let synced = Synced {
        with: with.to_string(),
        transport: report.transport.as_str(),
        equal: report.equal,
        pushed: report.pushed,
        received: report.received,
        bytes_sent: report.bytes_sent,
        bytes_received: report.bytes_received,
        declined: report.declined,
        held: standing::standing(node)?,
    };
    let ended = if synced.declined.is_empty() { Ended::Done } else { Ended::Refused };
    if context.json {
        context.out.json(&synced)?;
        return Ok(ended);
    }
    let Synced { pushed, received, bytes_sent, bytes_received, .. } = synced;
    context.out.line(&match context.language {
        Language::Chinese => {
            format!(
                "上传 {pushed} 段，收到 {received} 段；发送 {bytes_sent} 字节，接收 {bytes_received} 字节"
            )
        }
        Language::English => format!(
            "pushed {pushed} and received {received} segments; {bytes_sent} bytes out, {bytes_received} in"
        ),
    })?;
    let table = standing::table(context, &synced.held);
    if !table.is_empty() {
        context.out.table(&table)?;
    }
    for declined in &synced.declined {
        context.out.note(&format!("{}: {declined}", context.language.pick("上级未接收", "the hub declined")));
    }
    Ok(ended)
}

/// Notes that a sync was finished now.
pub fn remember(node: &Node) -> Result<()> {
    let now = linli_node::now();
    Ok(node.with(|r| r.set_meta("last_sync", &now.0.to_be_bytes()))?)
}
