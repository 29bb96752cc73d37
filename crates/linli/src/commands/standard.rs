//! `linli standard`: the standards, and what inspectors check.

mod check;
mod chinese;
mod files;
mod list;
mod publish;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use linli_eval::Standard;
use linli_node::{Period, as_of_today, standard_in_force};
use serde_json::json;

use crate::{
    cli::period::PeriodArguments,
    context::{Context, own_unit},
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
    /// List the standards, built in and published, and what each does in a period
    #[command(after_help = "Examples:\n  linli --data street standard list\n  \
        linli --data city standard list --as-of 2027-10-31\n\n\
        The standard of a period is fixed on its first day.")]
    List(PeriodArguments),
    /// Show the items of a standard
    #[command(after_help = "Example:\n  linli standard show community")]
    Show {
        /// The standard, or a level: community or street
        id: String,
    },
    /// List the checks that inspectors answer with findings
    #[command(after_help = "Example:\n  linli standard checks community\n\n\
        A check is answered with: linli record finding --unit UNIT item=… part=… subject=… hit=yes")]
    Checks {
        /// The standard, or a level: community or street
        id: String,
    },
    /// Write a standard as text files, to change it
    #[command(after_help = "Example:\n  linli standard export community our-standard")]
    Export {
        /// The standard, or a level: community or street
        id: String,
        /// The directory: a new one, or an empty one
        directory: PathBuf,
    },
    /// Check a standard's text files: points, rules, and SQL that every engine reads alike
    #[command(after_help = "Example:\n  linli standard check our-standard\n\n\
        Everything that is wrong is listed with its file and line.")]
    Check {
        /// The directory with standard.toml
        directory: PathBuf,
    },
    /// Publish a standard, of the city or of a district, to everyone below
    #[command(after_help = "Example:\n  linli --data city standard publish our-standard\n\n\
        It scores the periods that begin from today on. A district's standard may only tighten the city's.")]
    Publish {
        /// The directory with standard.toml
        directory: PathBuf,
    },
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        // What inspectors are asked is about the last whole period; what is changed is the standard of the next.
        let last = Period::last_until(&as_of_today())?;
        let next = Period { start: Some(as_of_today()), ..Period::ending(&as_of_today()) };
        match &self.action {
            Action::List(period) => list::run(context, &period.period()?)?,
            Action::Show { id } => show(context, &find(context, id, &last)?)?,
            Action::Checks { id } => checks(context, &find(context, id, &last)?)?,
            Action::Export { id, directory } => {
                files::write(context, &find(context, id, &next)?, directory)?;
            }
            Action::Check { directory } => return check::run(context, directory),
            Action::Publish { directory } => return publish::run(context, directory),
        }
        Ok(Ended::Done)
    }
}

/// The standard of an id or a level for the device's unit in a period, or the one built in where there is no device.
fn find(context: &Context, id: &str, period: &Period) -> Result<Standard> {
    let built_in = [Standard::community(), Standard::street()];
    let Some(known) = built_in.iter().find(|s| s.id == id || s.level.as_str() == id) else {
        let known = built_in.iter().map(|s| s.id.clone()).collect::<Vec<_>>().join(", ");
        let message = match context.language {
            Language::Chinese => format!("没有标准“{id}”"),
            Language::English => format!("there is no standard `{id}`"),
        };
        let hint = match context.language {
            Language::Chinese => format!("可用：{known}"),
            Language::English => format!("there are: {known}"),
        };
        return Err(Refused::new(message).hint(hint).into());
    };
    if !context.has_data() {
        return Ok(known.clone());
    }
    let node = context.node()?;
    let unit = own_unit(&node)?;
    Ok(standard_in_force(&node, &unit, known.level, period)?)
}

fn show(context: &mut Context, standard: &Standard) -> Result<()> {
    let language = context.language;
    if context.json {
        let items: Vec<_> = standard
            .items
            .iter()
            .map(|item| {
                let parts: Vec<_> = item
                    .parts
                    .iter()
                    .map(|p| json!({"id": p.id, "zh": p.zh, "en": p.en, "points": p.points.shown()}))
                    .collect();
                json!({"id": item.id, "zh": item.zh, "en": item.en, "points": item.points.shown(),
                    "method": item.method, "veto": item.veto, "parts": parts})
            })
            .collect();
        return context.out.json(&json!({"id": standard.id, "version": standard.version, "items": items}));
    }
    let headings = [
        ("项目", "item"),
        ("名称", "name"),
        ("分值", "points"),
        ("方法", "how"),
        ("一票否决", "veto"),
        ("分项", "parts"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[2]);
    for item in &standard.items {
        let parts: Vec<&str> = item.parts.iter().map(|p| p.id.as_str()).collect();
        table.row([
            item.id.as_str(),
            language.pick(&item.zh, &item.en),
            &item.points.shown(),
            &item.method,
            item.veto.as_deref().unwrap_or(""),
            &parts.join(" "),
        ]);
    }
    context.out.table(&table)
}

fn checks(context: &mut Context, standard: &Standard) -> Result<()> {
    let language = context.language;
    let checks = standard.checks();
    if context.json {
        let all: Vec<_> = checks
            .iter()
            .map(|c| json!({"item": c.item, "part": c.part, "subject": c.subject, "zh": c.zh, "en": c.en}))
            .collect();
        return context.out.json(&all);
    }
    let headings = [("项目", "item"), ("分项", "part"), ("检查点", "subject"), ("内容", "what")];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
    for check in &checks {
        table.row([check.item.as_str(), &check.part, &check.subject, language.pick(&check.zh, &check.en)]);
    }
    context.out.table(&table)
}
