//! `linli devices`: who holds a grant.

use anyhow::Result;
use clap::Args;
use linli_node::Node;
use linli_store::Replica;
use linli_wire::{DeviceKey, LogId, UnitPath};
use serde::Serialize;

use crate::{
    cli::values,
    context::Context,
    failure::{Ended, Refused},
    language::Language,
    output::Table,
    standing,
};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  linli --data street devices --unit 3211/02/001")]
pub struct Arguments {
    /// Only devices of this unit and below
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// Revoked devices too
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Serialize)]
#[allow(clippy::struct_field_names, reason = "the names are those of the JSON")]
struct Device {
    device: String,
    label: String,
    unit: String,
    rights: String,
    since: String,
    until: Option<String>,
    revoked: bool,
    own: bool,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let me: DeviceKey = node.device();
        let mut devices: Vec<Device> = node.with(|r| {
            let trust = r.trust();
            let grants =
                trust.grants().filter(|(_, a)| self.unit.as_ref().is_none_or(|u| u.covers(&a.grant.unit)));
            grants
                .map(|(_, authority)| Device {
                    device: authority.grant.device.to_string(),
                    label: authority.grant.label.clone(),
                    unit: authority.grant.unit.to_string(),
                    rights: authority.grant.rights.to_string(),
                    since: standing::time(authority.since),
                    until: authority.grant.not_after.map(standing::time),
                    revoked: trust.is_revoked(authority),
                    own: authority.grant.device == me,
                })
                .filter(|device| self.all || !device.revoked)
                .collect()
        });
        devices.sort_by(|a, b| (&a.unit, &a.since, &a.device).cmp(&(&b.unit, &b.since, &b.device)));
        if context.json {
            context.out.json(&devices)?;
            return Ok(Ended::Done);
        }
        let language = context.language;
        let headings = [
            ("设备", "device"),
            ("名称", "name"),
            ("单位", "unit"),
            ("权限", "rights"),
            ("授权时间", "since"),
            ("截止", "until"),
            ("", ""),
        ];
        let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
        for device in &devices {
            let remark = match (device.revoked, device.own) {
                (true, _) => language.pick("已吊销", "revoked"),
                (false, true) => language.pick("本机", "this device"),
                (false, false) => "",
            };
            let rights = usual(&device.rights);
            table.row([
                &device.device[..16],
                &device.label,
                &device.unit,
                rights,
                &device.since,
                device.until.as_deref().unwrap_or("-"),
                remark,
            ]);
        }
        context.out.table(&table)?;
        Ok(Ended::Done)
    }
}

/// What the grant under which a log is written calls its device.
pub fn label(replica: &Replica, log: &LogId) -> String {
    let trust = replica.trust();
    let grant = trust.origin(log).and_then(|origin| origin.grant);
    grant.and_then(|grant| trust.grant(&grant)).map(|a| a.grant.label.clone()).unwrap_or_default()
}

/// The name of a usual set of rights.
pub fn usual(rights: &str) -> &str {
    let sets = ["hub", "clerk", "auditor"];
    let same = |set: &&str| {
        let parsed = set.parse::<linli_log::Rights>();
        parsed.is_ok_and(|parsed| rights.parse::<linli_log::Rights>() == Ok(parsed))
    };
    sets.into_iter().find(same).unwrap_or(rights)
}

/// The one device that a text means.
pub fn meant(context: &Context, node: &Node, text: &str) -> Result<DeviceKey> {
    let mut found: Vec<(DeviceKey, String)> = node.with(|r| {
        let grants = r.trust().grants().filter(|(_, a)| !r.trust().is_revoked(a)).map(|(_, a)| &a.grant);
        let meant = grants.filter(|grant| {
            grant.label == text
                || (text.len() >= 4 && grant.device.to_string().starts_with(&text.to_lowercase()))
        });
        meant.map(|grant| (grant.device, format!("{} {}", grant.unit, grant.label))).collect()
    });
    found.sort();
    found.dedup_by_key(|(device, _)| *device);
    match found.as_slice() {
        [(device, _)] => Ok(*device),
        [] => {
            let message = match context.language {
                Language::Chinese => format!("没有设备“{text}”"),
                Language::English => format!("there is no device `{text}`"),
            };
            let hint = context.say("`linli devices` 列出设备", "`linli devices` lists them");
            Err(Refused::new(message).hint(hint).into())
        }
        several => {
            let list: Vec<String> =
                several.iter().map(|(d, what)| format!("{} ({what})", d.short())).collect();
            let message = match context.language {
                Language::Chinese => format!("“{text}”对应多台设备：{}；请多给几位编号", list.join("、")),
                Language::English => {
                    format!("`{text}` means several devices: {}; give more digits", list.join(", "))
                }
            };
            Err(Refused::new(message).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_rights_go_by_their_name() {
        assert_eq!(usual("records+notices"), "clerk");
        assert_eq!(usual("records"), "records");
        assert_eq!(usual("audit"), "auditor");
    }
}
