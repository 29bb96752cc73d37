//! `linli bundle`: what a session would carry, on a USB stick.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use linli_node::{BundleReport, ExportOptions, bundle_parts, export_bundle, import_bundles};
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
    #[command(
        after_help = "Example:\n  linli --data clerk bundle export --for 3211/02/001 --to /media/usb\n  \
        linli --data street bundle export --for 3211/02 --to /media/usb --split 25MB\n\n\
        Each part of a split bundle can be taken in alone, in any order."
    )]
    Export {
        /// The unit that the stick goes to
        #[arg(long = "for", value_name = "UNIT", value_parser = values::unit)]
        unit: UnitPath,
        /// A file, or a directory in which one is made
        #[arg(long, value_name = "PATH")]
        to: PathBuf,
        /// Write parts of at most this size, such as 25MB, named PATH.1, PATH.2 …
        #[arg(long, value_name = "SIZE", value_parser = values::size)]
        split: Option<u64>,
        /// Carry what the receivers have acknowledged as well
        #[arg(long)]
        all: bool,
        /// Carry the photos and scans that are here as well
        #[arg(long)]
        attachments: bool,
    },
    /// Take bundles in; doing it twice does no harm
    #[command(
        after_help = "Example:\n  linli --data street bundle import /media/usb/3211-02-001-001.linli\n\n\
        The name of a split bundle, without its numbers, stands for all its parts that are there."
    )]
    Import {
        /// Bundles, or parts of one
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
    },
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        match &self.action {
            Action::Export { unit, to, split, all, attachments } => {
                let mut to = context.path(to);
                if to.is_dir() {
                    let from = crate::context::own_unit(&node)?;
                    to.push(format!("{}-to-{}.linli", from.code(), unit.code()));
                }
                let options = ExportOptions { split_bytes: *split, all: *all, attachments: *attachments };
                let report = export_bundle(&node, unit, &to, &options)?;
                told(context, &report)
            }
            Action::Import { paths } => {
                let paths: Vec<PathBuf> =
                    paths.iter().flat_map(|path| bundle_parts(&context.path(path))).collect();
                told(context, &import_bundles(&node, &paths)?)
            }
        }
    }
}

fn told(context: &mut Context, report: &BundleReport) -> Result<Ended> {
    let BundleReport { files, segments, new, early, bytes, attachments, pieces_left, cut, declined } = report;
    let ended = if declined.is_empty() && cut.is_none() { Ended::Done } else { Ended::Refused };
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    if context.json {
        let answer = serde_json::json!({
            "path": files.first(), "files": files, "segments": segments, "new": new, "early": early,
            "bytes": bytes, "attachments": attachments, "pieces_left": pieces_left, "cut": cut,
            "declined": declined,
        });
        context.out.json(&answer)?;
        return Ok(ended);
    }
    let files = files.join(" ");
    context.out.line(&match context.language {
        Language::Chinese => format!("{files}：{segments} 段，新 {new} 段，{bytes} 字节"),
        Language::English => format!("{files}: {segments} segments, {new} new, {bytes} bytes"),
    })?;
    if *early > 0 {
        context.out.note(&match context.language {
            Language::Chinese => format!("{early} 段先于其前文到达，已留存；收入其余各份后自动生效"),
            Language::English => format!(
                "{early} segments came before what they follow and are kept; take in the other parts, too"
            ),
        });
    }
    if *attachments > 0 {
        context.out.note(&match context.language {
            Language::Chinese => format!("附件 {attachments} 个"),
            Language::English => format!("{attachments} attachments"),
        });
    }
    if *pieces_left > 0 {
        context.out.note(&match context.language {
            Language::Chinese => {
                format!("附件有 {pieces_left} 块先于其前文到达，未收入；收入其余各份后请再收入一次")
            }
            Language::English => format!(
                "{pieces_left} pieces of attachments came before what they belong to and were not taken in; take in \
                 the other parts, and then this again"
            ),
        });
    }
    if let Some(cut) = cut {
        context.out.note(&match context.language {
            Language::Chinese => format!("文件不完整（{cut}）：已收入可读部分；请重新复制该文件再收入一次"),
            Language::English => format!(
                "the file is not whole ({cut}): what could be read was taken in; copy it again and take it in again"
            ),
        });
    }
    for declined in declined {
        context.out.note(&format!("{}: {declined}", context.language.pick("未接收", "declined")));
    }
    Ok(ended)
}
