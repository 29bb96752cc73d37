//! `linli demo`: a whole city on one machine.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::{context::Context, demo, failure::Ended, output::Table};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  linli demo --communities 24 --households 100 --seed 7\n\n\
    It enrols hubs and devices, fills in cards, breaks links, evaluates, and verifies a snapshot. Nobody in it \
    exists.")]
pub struct Arguments {
    /// How many communities
    #[arg(long, default_value_t = 12)]
    communities: usize,
    /// How many households in each
    #[arg(long, default_value_t = 150)]
    households: usize,
    /// Another seed gives other people
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the data goes; without it a new temporary directory
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let options = demo::Options {
            communities: self.communities,
            households: self.households,
            seed: self.seed,
            directory: self.directory.as_ref().map(|directory| context.path(directory)),
        };
        let report = context.block_on(demo::run(options))?;
        if context.json {
            context.out.json(&report)?;
        } else {
            print(context, &report)?;
        }
        Ok(if report.ok { Ended::Done } else { Ended::Refused })
    }
}

fn print(context: &mut Context, report: &demo::DemoReport) -> Result<()> {
    let language = context.language;
    let headings =
        [("单位", "unit"), ("名称", "name"), ("总分", "total"), ("结论", "outcome"), ("否决项", "vetoes")];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[2]);
    for unit in &report.evaluation.units {
        let meets = if unit.recognised { ("达标", "meets") } else { ("未达标", "does not meet") };
        table.row([
            unit.unit.as_str(),
            &unit.name,
            &unit.total,
            language.pick(meets.0, meets.1),
            &unit.vetoes.join(", "),
        ]);
    }
    context.out.table(&table)?;
    context.out.line("")?;
    let seconds = &report.seconds;
    let total =
        seconds.enrol + seconds.edit + seconds.sync + seconds.evaluate + seconds.snapshot + seconds.verify;
    let mut table = Table::new([language.pick("数据目录", "directory"), &report.directory]);
    for (zh, en, value) in [
        ("上级机器", "hubs", report.hubs.to_string()),
        ("设备", "devices", report.devices.to_string()),
        ("人员", "people", report.people.to_string()),
        ("内容", "entries", report.entries.to_string()),
        ("拒绝", "refused", report.refusals.join("; ")),
        ("断线续传", "cut link", report.cut.clone()),
        ("同时修改", "concurrent", report.concurrent.clone()),
        ("数据包", "bundle", report.bundle.clone()),
        ("快照", "snapshot", format!("{} ({} bytes)", report.snapshot.file, report.snapshot.bytes)),
        ("用时（秒）", "seconds", format!("{total:.1}")),
    ] {
        table.row([language.pick(zh, en), &value]);
    }
    context.out.table(&table)?;
    for failure in &report.failures {
        context.out.note(&format!("{}: {failure}", language.pick("未能做到", "this did not hold")));
    }
    if report.ok {
        context.out.note(language.pick("每一项承诺都做到了", "every promise held"));
    }
    Ok(())
}
