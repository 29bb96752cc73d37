//! `linli revoke`: taking a device's grant away.

use anyhow::Result;
use clap::Args;
use linli_log::{Kind, Revoke};
use linli_node::{Node, NodeError, now, written};
use linli_store::StoreError;
use linli_wire::{Channel, Space};

use super::devices;
use crate::{
    context::{Context, own_unit},
    failure::{Ended, Refused},
    language::Language,
    output::Table,
    standing,
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  linli --data street revoke 3f2a91bc --reason \"laptop lost\"\n  \
    linli --data street revoke 王芳 --reason 离职\n\n\
    What this hub holds of the device by now stays in force; what comes later has no effect. The device's \
    live connection is closed at once. With --since-compromise, what would lose its effect is listed first, and \
    --yes says that it is meant.")]
pub struct Arguments {
    /// The device: the first digits of its key, or its name, as `linli devices` shows them
    #[arg(value_name = "DEVICE")]
    device: String,
    /// Why; it stands in the record
    #[arg(long)]
    reason: String,
    /// The key was in wrong hands: what hubs have acknowledged may lose its effect, too
    #[arg(long)]
    since_compromise: bool,
    /// Keep nothing that the device ever wrote; goes with --since-compromise
    #[arg(long, requires = "since_compromise")]
    keep_nothing: bool,
    /// Revoke it; with --since-compromise and without this it is only shown what would lose its effect
    #[arg(long)]
    yes: bool,
}

/// Entries that are listed before they lose their effect; the rest is counted.
const SHOWN_MAX: usize = 50;

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let device = devices::meant(context, &node, &self.device)?;
        if device == node.device() {
            let message = context.say(
                "这是本机自己；设备不能吊销自己",
                "this is the device itself, which cannot revoke itself",
            );
            return Err(Refused::new(message).into());
        }
        let cut = if self.keep_nothing {
            Vec::new()
        } else {
            node.with(|r| written(r, device)).map_err(NodeError::from)?
        };
        let kept = cut.len();
        let revoke =
            Revoke { device, cut, since_compromise: self.since_compromise, reason: self.reason.clone() };
        let notices = Space::new(own_unit(&node)?, Channel::Notices);
        if self.since_compromise && !self.yes {
            return ask(context, &node, &notices, &revoke);
        }
        let left_out = node.with(|r| r.counts())?.left_out;
        node.with(|r| {
            r.write(now(), |w| w.fact(&notices, Kind::Revoke, &revoke))?;
            r.seal()?;
            Ok::<_, StoreError>(())
        })
        .map_err(NodeError::from)?;
        node.announce();
        node.materialise()?;
        let lost = node.with(|r| r.counts())?.left_out.saturating_sub(left_out);
        if context.json {
            let answer = serde_json::json!({
                "device": device.to_string(), "logs_kept": kept, "entries_without_effect": lost,
            });
            context.out.json(&answer)?;
            return Ok(Ended::Done);
        }
        context.out.line(&match context.language {
            Language::Chinese => format!("已吊销设备 {device}；保留其 {kept} 个日志至今的内容，{lost} 条内容因此失效"),
            Language::English => format!(
                "revoked device {device}; {kept} of its logs stand up to now, {lost} entries lost their effect"
            ),
        })?;
        Ok(Ended::Done)
    }
}

/// Shows what would lose its effect.
fn ask(context: &mut Context, node: &Node, notices: &Space, revoke: &Revoke) -> Result<Ended> {
    node.materialise()?;
    let lost = node.with(|r| r.would_lose(notices, revoke, now())).map_err(NodeError::from)?;
    if context.json {
        let entries: Vec<_> = lost
            .iter()
            .map(|entry| {
                serde_json::json!({
                    "entry": entry.hash.to_string(), "in": entry.space.to_string(),
                    "device": entry.device.to_string(), "seq": entry.seq,
                    "device_time": standing::time(entry.time),
                })
            })
            .collect();
        context.out.json(&serde_json::json!({ "would_lose_effect": entries }))?;
    } else if !lost.is_empty() {
        let headings = [
            ("条目", "entry"),
            ("所在", "in"),
            ("设备", "device"),
            ("序号", "number"),
            ("设备时间", "its time"),
        ];
        let mut table = Table::new(headings.map(|(zh, en)| context.language.pick(zh, en))).right(&[3]);
        for entry in lost.iter().take(SHOWN_MAX) {
            table.row([
                entry.hash.to_string()[..16].to_owned(),
                entry.space.to_string(),
                entry.device.to_string()[..8].to_owned(),
                entry.seq.to_string(),
                standing::time(entry.time),
            ]);
        }
        context.out.table(&table)?;
    }
    let count = lost.len();
    context.out.note(&match context.language {
        Language::Chinese => format!(
            "吊销后将有 {count} 条失效，以它们为前提的也将等待；尚未吊销。确认无误后加 --yes 再执行，或以 `linli held reauthor` 由他人重写"
        ),
        Language::English => format!(
            "{count} entries would lose their effect, and what builds on them would be held. Nothing was revoked: \
             repeat it with --yes if that is meant; `linli held reauthor` writes good ones again"
        ),
    });
    Ok(Ended::Refused)
}
