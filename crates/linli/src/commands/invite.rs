//! `linli invite`: the code by which a device joins.

use std::net::SocketAddr;

use anyhow::Result;
use clap::Args;
use linli_log::{Right, Rights};
use linli_model::date;
use linli_node::{Node, Terms, invite, now};
use linli_wire::{TimeMs, UnitPath};
use serde::Serialize;

use super::hub;
use crate::{
    cli::values,
    context::Context,
    failure::{Ended, Refused},
    language::Language,
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    linli --data street invite --unit 3211/02/001/001 --label 王芳\n  \
    linli --data city invite --unit 3211/02 --rights hub --address 10.0.0.2:7311\n\n\
    Rights are clerk, hub, auditor, or several joined by +: records+notices.")]
pub struct Arguments {
    /// The unit that the device is to act for
    #[arg(long, value_parser = values::unit)]
    unit: UnitPath,
    /// What it may do: clerk, hub, auditor, or rights joined by +
    #[arg(long, default_value = "clerk", value_parser = values::rights)]
    rights: Rights,
    /// Where this hub can be reached, if not where it listens; remembered
    #[arg(long, value_name = "ADDR", value_parser = values::address)]
    address: Option<SocketAddr>,
    /// For how many days the code is good
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=365))]
    days: u16,
    /// The last day of the grant; without it until it is revoked
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    until: Option<String>,
    /// What people call the device
    #[arg(long, default_value = "")]
    label: String,
    /// Show the code as a QR code too
    #[arg(long)]
    qr: bool,
}

#[derive(Debug, Serialize)]
struct Invited {
    code: String,
    unit: String,
    rights: String,
    address: String,
    expires: String,
}

const DAY_MS: i64 = 86_400_000;

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        may_issue(context, &node)?;
        super::realm::known(context, &node, &self.unit)?;
        let address = self.address(context, &node)?;
        let terms = Terms {
            unit: self.unit.clone(),
            rights: self.rights,
            not_after: self.until.as_deref().map(end_of).transpose()?,
            label: self.label.clone(),
        };
        let expires = TimeMs(now().0 + i64::from(self.days) * DAY_MS);
        let invitation = invite(&node, address, terms, expires)?;
        let invited = Invited {
            code: invitation.code(),
            unit: self.unit.to_string(),
            rights: self.rights.to_string(),
            address: address.to_string(),
            expires: date::from_day_number(expires.day_number()).map_or_else(String::new, date::to_iso),
        };
        if context.json {
            context.out.json(&invited)?;
            return Ok(Ended::Done);
        }
        context.out.line(&invited.code)?;
        if self.qr {
            context.out.bytes(qr(&invited.code)?.as_bytes())?;
        }
        let Invited { unit, address, expires, .. } = &invited;
        context.out.note(&match context.language {
            Language::Chinese => format!(
                "用于 {unit}，只能用一次，{expires} 前有效，连接 {address}。\n\
                 对方运行：linli --data 目录 join 邀请码"
            ),
            Language::English => format!(
                "For {unit}, good once, until {expires}, by way of {address}.\n\
                 The other side runs: linli --data DIR join CODE"
            ),
        });
        Ok(Ended::Done)
    }

    /// The address that the code names: what was said, now or before, else where the hub listens.
    fn address(&self, context: &Context, node: &Node) -> Result<SocketAddr> {
        if let Some(address) = self.address {
            hub::remember(node, "address", address)?;
            return Ok(address);
        }
        if let Some(address) = hub::recall(node, "address")? {
            return Ok(address);
        }
        for name in ["bound", "listen"] {
            if let Some(address) = hub::recall(node, name)?
                && !address.ip().is_unspecified()
                && address.port() != 0
            {
                return Ok(address);
            }
        }
        let message = context.say("不知道对方应连接哪个地址", "it is not known where others reach this hub");
        let hint = context.say(
            "给出本机在网络中的地址，例如 --address 192.168.1.10:7311",
            "give this machine's address in the network, such as --address 192.168.1.10:7311",
        );
        Err(Refused::new(message).hint(hint).into())
    }
}

/// Refuses a device that may invite nobody, before it is asked for addresses.
fn may_issue(context: &Context, node: &Node) -> Result<()> {
    let device = node.device();
    let may = node.with(|r| {
        let trust = r.trust();
        trust.root_unit(device).is_some()
            || trust.grants_of(device).any(|(_, authority)| authority.grant.rights.has(Right::Issue))
    });
    if may {
        return Ok(());
    }
    let message = context.say("本设备无权邀请其他设备", "this device may invite nobody");
    let hint = context.say("请在上级机器上运行 `linli invite`", "run `linli invite` on the hub");
    Err(Refused::new(message).hint(hint).into())
}

/// The last moment of a day in China.
pub fn end_of(day: &str) -> Result<TimeMs> {
    let day_n = date::day_of_iso(day).ok_or_else(|| Refused::new(format!("`{day}` is no date")))?;
    Ok(TimeMs((day_n + 1) * DAY_MS - 8 * 3_600_000 - 1))
}

/// The code in block characters, two modules a character.
fn qr(code: &str) -> Result<String> {
    let qr = qrcode::QrCode::with_error_correction_level(code, qrcode::EcLevel::L)?;
    let width = qr.width();
    let colors = qr.to_colors();
    let margin = 2;
    let dark = |row: usize, column: usize| {
        let inside = (margin..width + margin).contains(&row) && (margin..width + margin).contains(&column);
        inside && colors[(row - margin) * width + column - margin] == qrcode::Color::Dark
    };
    let mut text = String::new();
    for row in (0..width + 2 * margin).step_by(2) {
        for column in 0..width + 2 * margin {
            // Terminals are dark more often than not: light modules are drawn, dark ones left out.
            text.push(match (dark(row, column), dark(row + 1, column)) {
                (false, false) => '█',
                (false, true) => '▀',
                (true, false) => '▄',
                (true, true) => ' ',
            });
        }
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_ends_with_the_day_and_not_before() {
        let end = end_of("2026-12-31").expect("a date in a test is one");
        assert_eq!(TimeMs(end.0).day_number(), date::day_of_iso("2026-12-31").expect("a date"));
        assert_eq!(TimeMs(end.0 + 1).day_number(), date::day_of_iso("2027-01-01").expect("a date"));
    }

    #[test]
    fn a_qr_code_is_square() {
        let code = qr("LINLI1:ABC").expect("a short text fits");
        let lines: Vec<&str> = code.lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()));
        assert_eq!(lines.len(), lines[0].chars().count().div_ceil(2));
    }
}
