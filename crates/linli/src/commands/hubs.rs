//! `linli hubs`: the hubs that this device reports to, and in which order.

use std::net::SocketAddr;

use anyhow::Result;
use clap::{Args, Subcommand};
use linli_node::{Node, Parent};
use serde::Serialize;

use super::devices;
use crate::{
    cli::values,
    context::Context,
    failure::{Ended, Refused},
    language::Language,
    output::Table,
};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List them, in the order in which they are dialled
    #[command(after_help = "Example:\n  linli --data clerk hubs list")]
    List,
    /// Add a hub, or change its address
    #[command(
        after_help = "Examples:\n  linli --data clerk hubs add 192.168.1.11:7311 \"street, second\"\n  \
        linli --data clerk hubs add 192.168.1.10:7311 0123abcd --first\n\n\
        The first hub that answers is taken; nothing is sent to a hub that has it from another."
    )]
    Add(Add),
    /// Report to a hub no more
    #[command(after_help = "Example:\n  linli --data clerk hubs remove 0123abcd")]
    Remove(Remove),
}

#[derive(Debug, Args)]
struct Add {
    /// Where the hub can be reached
    #[arg(value_name = "ADDR", value_parser = values::address)]
    address: SocketAddr,
    /// The hub: the first digits of its key or its label, see `linli devices`
    #[arg(value_name = "HUB")]
    hub: String,
    /// Dial it before the others
    #[arg(long)]
    first: bool,
}

#[derive(Debug, Args)]
struct Remove {
    /// The hub: the first digits of its key or its label, see `linli devices`
    #[arg(value_name = "HUB")]
    hub: String,
}

#[derive(Debug, Serialize)]
struct Hub {
    address: String,
    device: String,
    unit: Option<String>,
    label: Option<String>,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        match &self.action {
            Action::List => {}
            Action::Add(add) => {
                let device = devices::meant(context, &node, &add.hub)?;
                if device == node.device() {
                    let message =
                        context.say("这是本机自己", "this is the device itself, which is no hub of its own");
                    return Err(Refused::new(message).into());
                }
                node.add_parent(&Parent { address: add.address, device }, add.first)?;
            }
            Action::Remove(remove) => {
                let device = devices::meant(context, &node, &remove.hub)?;
                if !node.remove_parent(device)? {
                    let message = match context.language {
                        Language::Chinese => format!("上级名单中没有 {}", remove.hub),
                        Language::English => format!("{} is not among the hubs of this device", remove.hub),
                    };
                    let hint = context.say("`linli hubs list` 列出上级", "`linli hubs list` lists them");
                    return Err(Refused::new(message).hint(hint).into());
                }
            }
        }
        list(context, &node)
    }
}

fn list(context: &mut Context, node: &Node) -> Result<Ended> {
    let hubs: Vec<Hub> = node.parents()?.iter().map(|parent| hub(node, parent)).collect();
    if context.json {
        context.out.json(&hubs)?;
        return Ok(Ended::Done);
    }
    let headings = [("地址", "address"), ("设备", "device"), ("单位", "unit"), ("名称", "name")];
    let mut table = Table::new(headings.map(|(zh, en)| context.language.pick(zh, en)));
    for hub in &hubs {
        let (unit, label) = (hub.unit.as_deref().unwrap_or("-"), hub.label.as_deref().unwrap_or("-"));
        table.row([&hub.address, &hub.device[..16], unit, label]);
    }
    context.out.table(&table)?;
    Ok(Ended::Done)
}

fn hub(node: &Node, parent: &Parent) -> Hub {
    let grant = node.with(|r| {
        let mut grants = r.trust().grants_of(parent.device);
        grants.next().map(|(_, authority)| (authority.grant.unit.to_string(), authority.grant.label.clone()))
    });
    let (unit, label) = grant.unzip();
    Hub { address: parent.address.to_string(), device: parent.device.to_string(), unit, label }
}
