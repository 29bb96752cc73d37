//! `linli status`: where this device stands.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use linli_node::Node;
use linli_store::StoreError;
use linli_sync::Side;
use linli_wire::TimeMs;
use serde::Serialize;

use super::devices;
use crate::{
    context::{Context, own_unit},
    failure::Ended,
    language::Language,
    output::Table,
    silence::{self, Reach, Silence},
    standing::{self, Standing},
    twins::{self, Finding},
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  linli --data clerk status\n  linli --data clerk status --entries\n\n\
    A device is called silent when nothing was heard of it for three days: each gives a sign of life every day.")]
pub struct Arguments {
    /// Show for each of this device's last entries which hubs have it, and since when; 20 unless told
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_missing_value = "20")]
    entries: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Status {
    realm: String,
    unit: String,
    name: String,
    device: String,
    grants: Vec<Held>,
    parent: Option<String>,
    hubs: Vec<String>,
    network: Network,
    last_sync: Option<String>,
    serving: bool,
    households: u64,
    people: u64,
    entries: u64,
    logs: u64,
    attachments: Attachments,
    left_out: Vec<LeftOut>,
    /// Places at which a device signed more than one entry.
    twins: Vec<Finding>,
    /// This device's logs that it does not go on with, because another state of it wrote in them.
    left_behind: Vec<String>,
    held: Vec<Standing>,
    silence: Silence,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_entries: Option<Vec<Reach>>,
}

#[derive(Debug, Serialize)]
struct Network {
    max_rate: Option<u64>,
    window: Option<String>,
    metered: bool,
    /// What is sent is packed as hard as it goes.
    slow_link: bool,
    proxy: Option<String>,
    /// What went wrong with links since the program began to serve, by reason.
    refused: BTreeMap<&'static str, u64>,
    /// Logs that this device or a peer does not take, and that are left out of what they compare.
    declined: Vec<Declined>,
}

#[derive(Debug, Serialize)]
struct Declined {
    peer: String,
    by: &'static str,
    log: String,
    seq: u64,
    reason: String,
}

#[derive(Debug, Serialize)]
struct Held {
    unit: String,
    rights: String,
    label: String,
    until: Option<String>,
}

/// Of the attachments that documents name.
#[derive(Debug, Serialize)]
struct Attachments {
    named: usize,
    here: usize,
    /// Bytes asked for and not here yet.
    under_way_bytes: u64,
    bytes: u64,
    quota_bytes: u64,
}

#[derive(Debug, Serialize)]
struct LeftOut {
    unit: String,
    device: String,
    seq: u64,
    state: &'static str,
    reason: String,
}

/// Entries without effect that are listed; the rest is counted.
const LEFT_OUT_SHOWN_MAX: usize = 20;

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let mut status = status(context, &node)?;
        status.last_entries = self.entries.map(|max| silence::entries(&node, max)).transpose()?;
        if context.json {
            context.out.json(&status)?;
        } else {
            print(context, &status)?;
        }
        Ok(Ended::Done)
    }
}

fn status(context: &Context, node: &Node) -> Result<Status> {
    let realm = node.realm()?;
    node.materialise()?;
    let device = node.device();
    let unit = own_unit(node)?;
    let grants = node.with(|r| {
        r.trust()
            .grants_of(device)
            .map(|(_, authority)| Held {
                unit: authority.grant.unit.to_string(),
                rights: authority.grant.rights.to_string(),
                label: authority.grant.label.clone(),
                until: authority.grant.not_after.map(standing::time),
            })
            .collect()
    });
    let counts = node.with(|r| r.counts())?;
    let rows: Vec<(u64, u64)> = node.with(|r| {
        r.query("SELECT (SELECT COUNT(*) FROM household), (SELECT COUNT(*) FROM person)", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    })?;
    let (households, people) = rows.into_iter().next().unwrap_or_default();
    let left_out = node.with(|r| r.left_out())?.into_iter().map(|entry| LeftOut {
        unit: entry.space.to_string(),
        device: entry.device.to_string(),
        seq: entry.seq,
        state: entry.state.as_str(),
        reason: entry.reason.unwrap_or_default(),
    });
    let last = node.with(|r| r.meta("last_sync"))?.and_then(|bytes| bytes.try_into().ok());
    Ok(Status {
        realm: realm.to_string(),
        name: super::realm::names(node)?.remove(unit.as_str()).unwrap_or_default(),
        held: standing::standing(node)?,
        silence: silence::silence(node)?,
        last_entries: None,
        unit: unit.to_string(),
        device: device.to_string(),
        grants,
        parent: node.parent()?.map(|parent| format!("{} {}", parent.address, parent.device)),
        hubs: node.parents()?.iter().map(|hub| format!("{} {}", hub.address, hub.device)).collect(),
        network: network(node)?,
        last_sync: last.map(|bytes| standing::time(TimeMs(i64::from_be_bytes(bytes)))),
        serving: context.is_served(),
        households,
        people,
        entries: counts.entries,
        logs: counts.logs,
        attachments: attachments(node)?,
        left_out: left_out.collect(),
        twins: twins::findings(node)?,
        left_behind: node.with(|r| r.left_behind())?.iter().map(ToString::to_string).collect(),
    })
}

fn network(node: &Node) -> Result<Network> {
    let settings = node.network_settings()?;
    let declined = node.with(|r| r.declined())?.into_iter().map(|declined| Declined {
        peer: declined.peer.to_string(),
        by: match declined.by {
            Side::Ours => "this device",
            Side::Theirs => "the peer",
        },
        log: declined.log.to_string(),
        seq: declined.seq,
        reason: declined.reason,
    });
    Ok(Network {
        max_rate: settings.max_rate,
        window: settings.window.map(|window| window.to_string()),
        metered: settings.metered,
        slow_link: settings.is_slow(),
        proxy: settings.proxy.map(|proxy| proxy.to_string()),
        refused: node.tally().counts(),
        declined: declined.collect(),
    })
}

/// The settings that are not the usual ones, and what went wrong, as rows.
fn network_rows(language: Language, network: &Network) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if let Some(rate) = network.max_rate {
        let unit = language.pick("字节/秒", "bytes a second");
        rows.push((language.pick("限速", "at most"), format!("{rate} {unit}")));
    }
    if let Some(window) = &network.window {
        rows.push((language.pick("大量数据时段", "hours for bulk"), window.clone()));
    }
    if network.metered {
        let text = language.pick("是，只交换授权、通知和回执", "yes: trust, notices and receipts alone");
        rows.push((language.pick("按流量计费", "metered"), text.to_owned()));
    }
    if network.slow_link {
        let text = language.pick("是，压缩到最小", "yes: packed as hard as it goes");
        rows.push((language.pick("慢速网络", "slow link"), text.to_owned()));
    }
    if let Some(proxy) = &network.proxy {
        rows.push((language.pick("代理", "proxy"), proxy.clone()));
    }
    if !network.refused.is_empty() {
        let reasons: Vec<String> =
            network.refused.iter().map(|(why, count)| format!("{why} {count}")).collect();
        rows.push((language.pick("失败的连接", "failed links"), reasons.join(", ")));
    }
    if !network.declined.is_empty() {
        rows.push((language.pick("未接收的日志", "logs declined"), network.declined.len().to_string()));
    }
    rows
}

fn attachments(node: &Node) -> Result<Attachments> {
    let (named, usage) =
        node.with(|r| Ok::<_, StoreError>((r.attachments_named(None)?, r.attachment_usage()?)))?;
    let under_way = named.iter().filter(|one| !one.is_whole() && (one.wanted || one.here_bytes > 0));
    Ok(Attachments {
        named: named.len(),
        here: named.iter().filter(|one| one.is_whole()).count(),
        under_way_bytes: under_way.map(|one| one.bytes - one.here_bytes).sum(),
        bytes: usage.bytes,
        quota_bytes: usage.quota_bytes,
    })
}

fn print(context: &mut Context, status: &Status) -> Result<()> {
    let language = context.language;
    let none = language.pick("无", "none");
    let mut table = Table::new([language.pick("域", "realm"), &status.realm]);
    table.row([language.pick("单位", "unit"), &format!("{} {}", status.unit, status.name)]);
    table.row([language.pick("设备", "device"), &status.device]);
    for grant in &status.grants {
        let until = grant.until.as_ref().map(|until| format!(" → {until}")).unwrap_or_default();
        let text = format!("{} {}{until} {}", grant.unit, devices::usual(&grant.rights), grant.label);
        table.row([language.pick("授权", "grant"), &text]);
    }
    table.row([language.pick("上级", "hub above"), status.parent.as_deref().unwrap_or(none)]);
    for hub in status.hubs.iter().skip(1) {
        table.row([language.pick("备用上级", "next hub"), hub]);
    }
    for (name, value) in network_rows(language, &status.network) {
        table.row([name, &value]);
    }
    let last = match (&status.last_sync, status.serving) {
        (_, true) => language.pick("正在运行，随时同步", "serving, always in sync while the link lasts"),
        (Some(last), false) => last,
        (None, false) => none,
    };
    table.row([language.pick("上次同步", "last sync"), last]);
    table.row([language.pick("户卡", "cards"), &status.households.to_string()]);
    table.row([language.pick("人员", "people"), &status.people.to_string()]);
    table.row([language.pick("条目", "entries"), &status.entries.to_string()]);
    table.row([language.pick("未生效条目", "entries without effect"), &status.left_out.len().to_string()]);
    if !status.left_behind.is_empty() {
        let count = status.left_behind.len();
        let text = match language {
            Language::Chinese => format!("{count}（本机曾被恢复或克隆，已另起日志）"),
            Language::English => {
                format!("{count}: this device was restored or cloned, and goes on in new ones")
            }
        };
        table.row([language.pick("不再续写的日志", "logs left behind"), &text]);
    }
    let Attachments { named, here, under_way_bytes, .. } = status.attachments;
    if named > 0 {
        let text = match language {
            Language::Chinese => format!("本机有 {here} / {named}，尚待取来 {under_way_bytes} 字节"),
            Language::English => format!("{here} of {named} here, {under_way_bytes} bytes to be fetched"),
        };
        table.row([language.pick("附件", "attachments"), &text]);
    }
    context.out.table(&table)?;
    let held = standing::table(context, &status.held);
    if !held.is_empty() {
        context.out.line("")?;
        context.out.table(&held)?;
    }
    if let Some(entries) = &status.last_entries {
        silence::print_entries(context, entries)?;
    }
    silence::print(context, &status.silence)?;
    if !status.left_out.is_empty() {
        let headings = [
            ("条目所在", "in"),
            ("设备", "device"),
            ("序号", "entry"),
            ("状态", "state"),
            ("原因", "reason"),
        ];
        let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[2]);
        for one in status.left_out.iter().take(LEFT_OUT_SHOWN_MAX) {
            table.row([&one.unit, &one.device[..8], &one.seq.to_string(), one.state, &one.reason]);
        }
        context.out.line("")?;
        context.out.table(&table)?;
    }
    twins::print(context, &status.twins)
}
