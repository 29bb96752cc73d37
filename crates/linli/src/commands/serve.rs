//! `linli serve`: staying connected, and what hubs and devices have in common while they do.

use std::net::SocketAddr;

use anyhow::Result;
use clap::Args;
use linli_node::{Hub, Node, keep_lan};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use super::hub;
use crate::{
    cli::{
        network::NetworkArguments,
        values::{self, Interface},
    },
    context::Context,
    control::Control,
    failure::{Ended, Refused},
    language::Language,
};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  linli --data clerk serve\n\n\
    What is entered goes to the hub at once, and what the hub sends arrives at once. Without a network it \
    keeps trying; work goes on meanwhile.")]
pub struct Arguments {
    /// Where devices of the same community can reach this one; any free port if it is not said
    #[arg(long, value_name = "ADDR", value_parser = values::address)]
    listen: Option<SocketAddr>,
    /// Find the devices of the same community in this office's network, and be found; with an address, on the
    /// interface of that address alone
    #[arg(long, value_name = "ADDR", num_args = 0..=1, require_equals = true, default_missing_value = "all",
          value_parser = values::interface)]
    lan: Option<Interface>,
    #[command(flatten)]
    network: NetworkArguments,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        self.network.keep(&node)?;
        if let Some(listen) = self.listen {
            hub::remember(&node, "listen", listen)?;
        }
        let parent = node.parent()?;
        if parent.is_none() && self.lan.is_none() {
            let message = context.say("本机没有上级机器", "this device has no hub");
            let hint = context.say(
                "先用 `linli join 邀请码` 加入；上级机器用 `linli hub serve`",
                "join with `linli join CODE` first; a hub is run with `linli hub serve`",
            );
            return Err(Refused::new(message).hint(hint).into());
        }
        let any = if parent.is_none_or(|parent| parent.address.is_ipv4()) { "0.0.0.0:0" } else { "[::]:0" };
        let listen = match hub::recall(&node, "listen")? {
            Some(listen) => listen,
            None => any.parse()?,
        };
        serve(context, &node, listen, self.lan)
    }
}

#[derive(Debug, Serialize)]
struct Serving {
    address: String,
    device: String,
    unit: String,
    parent: Option<String>,
}

/// Serves until somebody stops it.
///
/// With `lan` it exchanges with devices nearby: on all interfaces, or on that of an address alone.
pub fn serve(
    context: &mut Context,
    node: &Node,
    listen: SocketAddr,
    lan: Option<Interface>,
) -> Result<Ended> {
    let runtime = context.runtime().clone();
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let hub = Hub::start(node, listen)?;
        hub::remember(node, "bound", hub.address())?;
        let control = Control::start(&context.data()?, node)?;
        tell(context, node, hub.address())?;
        let nearby = async {
            match lan {
                Some(Interface(only)) => keep_lan(node.clone(), hub.address(), only).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
            ended = nearby => ended?,
        }
        context.out.note(context.language.pick("正在停止……", "stopping …"));
        control.stop();
        hub.stop().await;
        Ok(Ended::Done)
    })
}

fn tell(context: &mut Context, node: &Node, address: SocketAddr) -> Result<()> {
    let serving = Serving {
        address: address.to_string(),
        device: node.device().to_string(),
        unit: node.unit()?.to_string(),
        parent: node.parent()?.map(|parent| parent.address.to_string()),
    };
    if context.json {
        // One line, so that whoever starts a hub can read it while the hub runs.
        let mut line = serde_json::to_vec(&serving)?;
        line.push(b'\n');
        return context.out.bytes(&line);
    }
    context.out.line(&format!("{} {}", serving.address, serving.device))?;
    let parent = serving.parent.as_deref().unwrap_or(context.say("无", "none"));
    context.out.note(&match context.language {
        Language::Chinese => {
            format!("{} 正在运行，上级：{parent}。按 Ctrl-C 停止；此间其他命令照常使用同一目录。", serving.unit)
        }
        Language::English => format!(
            "Serving for {}, hub above: {parent}. Ctrl-C stops it; other commands may use the directory meanwhile.",
            serving.unit
        ),
    });
    Ok(())
}
