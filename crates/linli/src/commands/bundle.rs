//! `linli bundle`: what a session would carry, on a USB stick.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use linli_node::{BundleReport, export_bundle, import_bundle};
use linli_wire::UnitPath;

use crate::{cli::values, context::Context, failure::Ended, language::Language};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write what the devices of a unit are not known to hold, encrypted for them
    #[command(after_help = "Example:\n  linli --data clerk bundle export --for 3211/02/001 --to /media/usb")]
    Export {
        /// The unit that the stick goes to
        #[arg(long = "for", value_name = "UNIT", value_parser = values::unit)]
        unit: UnitPath,
        /// A file, or a directory in which one is made
        #[arg(long, value_name = "PATH")]
        to: PathBuf,
    },
    /// Take a bundle in; doing it twice does no harm
    #[command(after_help = "Example:\n  linli --data street bundle import /media/usb/3211-02-001-001.linli")]
    Import {
        #[arg(value_name = "PATH")]
        path: PathBuf,
    },
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        match &self.action {
            Action::Export { unit, to } => {
                let mut to = context.path(to);
                if to.is_dir() {
                    let from = crate::context::own_unit(&node)?;
                    to.push(format!("{}-to-{}.linli", from.code(), unit.code()));
                }
                let report = export_bundle(&node, unit, &to)?;
                told(context, &report, &to.display().to_string())
            }
            Action::Import { path } => {
                let report = import_bundle(&node, &context.path(path))?;
                told(context, &report, &path.display().to_string())
            }
        }
    }
}

fn told(context: &mut Context, report: &BundleReport, path: &str) -> Result<Ended> {
    let BundleReport { segments, new, bytes, declined } = report;
    let ended = if declined.is_empty() { Ended::Done } else { Ended::Refused };
    if context.json {
        let answer = serde_json::json!({
            "path": path, "segments": segments, "new": new, "bytes": bytes, "declined": declined,
        });
        context.out.json(&answer)?;
        return Ok(ended);
    }
    context.out.line(&match context.language {
        Language::Chinese => format!("{path}：{segments} 段，新 {new} 段，{bytes} 字节"),
        Language::English => format!("{path}: {segments} segments, {new} new, {bytes} bytes"),
    })?;
    for declined in declined {
        context.out.note(&format!("{}: {declined}", context.language.pick("未接收", "declined")));
    }
    Ok(ended)
}
