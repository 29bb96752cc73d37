//! `linli join`: how a device comes to its grant.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Result;
use clap::{ArgGroup, Args};
use linli_log::Right;
use linli_node::{Node, NodeError, Parent, import_grant, join, make_request, sync_with};
use linli_wire::{DeviceKey, UnitPath};
use serde::Serialize;

use crate::{cli::values, context::Context, failure::Ended, language::Language};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  linli --data clerk join LINLI1:…\n\n\
    Without a network:\n  linli --data clerk join --request request.linli   (bring the file to the hub)\n  \
    linli --data hub grant request.linli --unit 321102001001 --out grant.linli\n  \
    linli --data clerk join --grant grant.linli       (bring the file back)")]
#[command(group(ArgGroup::new("how").required(true).args(["code", "request", "grant"])))]
pub struct Arguments {
    /// The invitation, as the hub printed it
    #[arg(value_name = "CODE")]
    code: Option<String>,
    /// Write a join request to this file, for a hub without a network
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// Take the grant that the hub wrote to this file
    #[arg(long, value_name = "FILE")]
    grant: Option<PathBuf>,
    /// Where the hub that made the grant can be reached, once there is a network
    #[arg(long, value_name = "ADDR", requires = "grant", value_parser = values::address)]
    address: Option<SocketAddr>,
    /// What people call this device
    #[arg(long, default_value = "")]
    label: String,
}

#[derive(Debug, Serialize)]
struct Joined {
    unit: String,
    realm: String,
    device: String,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node_or_new()?;
        if let Some(file) = &self.request {
            return self.request(context, &node, file);
        }
        let unit = match (&self.code, &self.grant) {
            (Some(code), _) => context.block_on(join(&node, code, &self.label))?,
            (_, Some(file)) => {
                let unit = import_grant(&node, &context.path(file))?;
                if let Some(address) = self.address {
                    node.add_parent(&Parent { address, device: issuer(&node)? }, false)?;
                }
                unit
            }
            _ => node.unit()?,
        };
        let fetched = (self.code.is_some() || self.address.is_some()) && fetch(context, &node);
        node.materialise()?;
        told(context, &node, &unit, fetched)
    }

    fn request(&self, context: &mut Context, node: &Node, file: &std::path::Path) -> Result<Ended> {
        make_request(node, &self.label, &context.path(file))?;
        context.out.line(&node.device().to_string())?;
        let file = file.display();
        context.out.note(&match context.language {
            Language::Chinese => format!(
                "请把 {file} 带到上级机器，并核对以上设备编号。\n\
                 上级运行：linli --data 目录 grant {file} --unit 单位 --out grant.linli\n\
                 带回后运行：linli --data 目录 join --grant grant.linli"
            ),
            Language::English => format!(
                "Bring {file} to the hub and compare the device key above with what is shown there.\n\
                 The hub runs: linli --data DIR grant {file} --unit UNIT --out grant.linli\n\
                 Back here: linli --data DIR join --grant grant.linli"
            ),
        });
        Ok(Ended::Done)
    }

    /// Whether it makes or changes what this device is. A request leaves the device as it is, but the
    /// directory of one that serves has joined already.
    pub const fn needs_the_directory(&self) -> bool {
        self.request.is_none()
    }
}

/// The device that made this device's grant.
fn issuer(node: &Node) -> Result<DeviceKey> {
    let device = node.device();
    let grants: Vec<[u8; 32]> = node.with(|r| r.trust().grants_of(device).map(|(hash, _)| hash.0).collect());
    let hash = grants.last().copied().ok_or(NodeError::NoGrant)?;
    let sql = "SELECT log.device FROM entry JOIN log USING (log_no) WHERE entry.hash = ?1";
    let devices: Vec<[u8; 32]> = node.with(|r| r.query(sql, [hash], |row| row.get(0)))?;
    Ok(devices.first().copied().map(DeviceKey).ok_or(NodeError::NoGrant)?)
}

/// Fetches at once what the unit has already, so that the first look shows it. That the hub is busy is no
/// reason not to have joined.
fn fetch(context: &mut Context, node: &Node) -> bool {
    let Ok(Some(parent)) = node.parent() else { return false };
    match context.block_on(sync_with(node, &parent)) {
        Ok(_) => super::sync::remember(node).is_ok(),
        Err(error) => {
            let text = context.say("已加入，但首次同步未完成", "joined, but the first sync did not finish");
            context.out.note(&format!("{text}: {error}"));
            false
        }
    }
}

fn told(context: &mut Context, node: &Node, unit: &UnitPath, fetched: bool) -> Result<Ended> {
    let joined = Joined {
        unit: unit.to_string(),
        realm: node.realm()?.to_string(),
        device: node.device().to_string(),
    };
    if context.json {
        context.out.json(&joined)?;
        return Ok(Ended::Done);
    }
    context.out.line(&format!("{} {}", joined.unit, joined.device))?;
    let next = next(context, node);
    let name = super::realm::names(node)?.remove(unit.as_str()).unwrap_or_default();
    let rest = match (fetched, node.parent()?) {
        (true, _) => "",
        (false, Some(_)) => context.language.pick("；然后运行 `linli sync`", "; then run `linli sync`"),
        (false, None) => context
            .language
            .pick("；用 `linli bundle` 与上级交换", "; `linli bundle` exchanges with the hub by file"),
    };
    context.out.note(&match context.language {
        Language::Chinese => format!("已加入 {unit} {name}。{next}；`linli status` 查看状态{rest}。"),
        Language::English => {
            format!("Joined for {unit} {name}. {next}; `linli status` says how things are{rest}.")
        }
    });
    Ok(Ended::Done)
}

/// What a device with these rights does first.
fn next(context: &Context, node: &Node) -> &'static str {
    let device = node.device();
    let rights = node.with(|r| r.trust().grants_of(device).map(|(_, a)| a.grant.rights).collect::<Vec<_>>());
    let has = |right| rights.iter().any(|rights| rights.has(right));
    if has(Right::Receipt) {
        context.language.pick("`linli hub serve` 运行", "`linli hub serve` runs it")
    } else if has(Right::Records) {
        context.language.pick("可用 `linli import` 导入户卡", "`linli import` takes in cards")
    } else {
        context
            .language
            .pick("可用 `linli snapshot create` 索取快照", "`linli snapshot create` fetches a snapshot")
    }
}
