//! `linli standard`: the standards, and what inspectors check.

use anyhow::Result;
use clap::{Args, Subcommand};
use linli_eval::Standard;
use serde_json::json;

use crate::{
    context::Context,
    failure::{Ended, Refused},
    language::Language,
    output::Table,
    standing,
};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the standards
    #[command(after_help = "Example:\n  linli standard list")]
    List,
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
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        match &self.action {
            Action::List => list(context)?,
            Action::Show { id } => show(context, &find(context, id)?)?,
            Action::Checks { id } => checks(context, &find(context, id)?)?,
        }
        Ok(Ended::Done)
    }
}

fn find(context: &Context, id: &str) -> Result<Standard> {
    let standards = [Standard::community(), Standard::street()];
    let known = standards.iter().map(|s| s.id.clone()).collect::<Vec<_>>().join(", ");
    let found = standards.into_iter().find(|s| s.id == id || s.level.as_str() == id);
    found.ok_or_else(|| {
        let message = match context.language {
            Language::Chinese => format!("没有标准“{id}”"),
            Language::English => format!("there is no standard `{id}`"),
        };
        let hint = match context.language {
            Language::Chinese => format!("可用：{known}"),
            Language::English => format!("there are: {known}"),
        };
        Refused::new(message).hint(hint).into()
    })
}

fn list(context: &mut Context) -> Result<()> {
    let language = context.language;
    let standards = [Standard::community(), Standard::street()];
    if context.json {
        let all: Vec<_> = standards
            .iter()
            .map(|s| {
                json!({"id": s.id, "version": s.version, "level": s.level.as_str(), "zh": s.zh, "en": s.en,
                    "items": s.items.len(), "total": s.total.shown(), "threshold": s.threshold.shown(),
                    "hash": s.hash.to_string()})
            })
            .collect();
        return context.out.json(&all);
    }
    let headings = [
        ("标准", "standard"),
        ("版本", "version"),
        ("级别", "level"),
        ("项目", "items"),
        ("总分", "points"),
        ("达标", "needed"),
        ("名称", "name"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[3, 4, 5]);
    for s in &standards {
        table.row([
            s.id.clone(),
            s.version.clone(),
            standing::level_name(language, s.level).to_owned(),
            s.items.len().to_string(),
            s.total.shown(),
            s.threshold.shown(),
            language.pick(&s.zh, &s.en).to_owned(),
        ]);
    }
    context.out.table(&table)
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
