//! `linli conflicts`: vital fields with concurrent values, and choosing one of them.

mod open;
mod settle;

use anyhow::Result;
use clap::{Args, Subcommand};
use linli_node::note_view;
use linli_wire::UnitPath;
use serde_json::{Map, Value as Json, json};

use self::open::Open;
use crate::{
    authors::{self, Author},
    cli::values,
    context::{Context, unit_or_own},
    failure::Ended,
    history,
    language::Language,
    output::Table,
};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:\n  linli --data clerk conflicts\n  \
    linli --data street conflicts --unit 3211/02/001/001 --json\n  \
    linli --data clerk conflicts settle 3f2a9c01 name --take 2\n\n\
    Two devices wrote different values into one field without knowing of each other. Of ID number, name, status, days of \
    placements and certifications both stand until somebody chooses. That people's data was looked at, and why, goes on record.")]
pub struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// Only this unit and what is below it
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// Why somebody looks at people's data
    #[arg(long, default_value = "conflicts")]
    why: String,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write the value that is right
    #[command(after_help = "Examples:\n  linli --data clerk conflicts settle 3f2a9c01 name --take 2\n  \
        linli --data clerk conflicts settle 3f2a9c01 start@5b0c11d2 2026-03-01")]
    Settle(settle::Settle),
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        match &self.action {
            Some(Action::Settle(settle)) => settle.run(context),
            None => self.list(context),
        }
    }

    fn list(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let unit = unit_or_own(&node, self.unit.as_ref())?;
        node.materialise()?;
        note_view(&node, &unit, "conflicts", &self.why)?;
        let all = open::list(&node, &unit)?;
        if context.json {
            context.out.json(&all.iter().map(object).collect::<Vec<_>>())?;
        } else {
            print(context, &all)?;
        }
        Ok(Ended::Done)
    }
}

fn object(one: &Open) -> Json {
    let values = one.values.iter().enumerate().map(|(at, value)| {
        let by = value.by.iter().map(|by| {
            let mut object = Map::new();
            by.put(&mut object);
            Json::Object(object)
        });
        json!({"take": at + 1, "value": authors::json(&value.value), "by": by.collect::<Vec<_>>()})
    });
    json!({"unit": one.space.unit.to_string(), "document": one.id.to_string(), "kind": one.kind.name,
        "card_no": one.card_no, "name": one.name, "id_no": one.id_no, "place": one.place.to_string(),
        "field": one.field.name, "since": one.since, "values": values.collect::<Vec<_>>()})
}

fn print(context: &mut Context, all: &[Open]) -> Result<()> {
    let language = context.language;
    if all.is_empty() {
        return context.out.line(language.pick("没有待定冲突", "no field waits for a choice"));
    }
    let headings = [
        ("文档", "document"),
        ("户卡编号", "card"),
        ("姓名", "name"),
        ("字段", "field"),
        ("起日", "since"),
        ("序号", "take"),
        ("取值", "value"),
        ("由谁写入", "written by"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[5]);
    for one in all {
        for (at, value) in one.values.iter().enumerate() {
            let by: Vec<String> = value.by.iter().map(Author::shown).collect();
            let first = |text: String| if at == 0 { text } else { String::new() };
            table.row([
                first(one.id.to_string()[..8].to_owned()),
                first(one.card_no.clone()),
                first(one.name.clone()),
                first(named(language, one)),
                first(one.since.clone()),
                (at + 1).to_string(),
                authors::shown(language, one.field, &value.value),
                by.join(language.pick("、", ", ")),
            ]);
        }
    }
    context.out.table(&table)?;
    context.out.note(&match language {
        Language::Chinese => format!(
            "共 {} 项待定。选定：linli conflicts settle 文档 字段 --take 序号（同一文档有几项时写 字段@项）",
            all.len()
        ),
        Language::English => format!(
            "waiting for a choice: {}. Next: linli conflicts settle DOCUMENT FIELD --take N (FIELD@ITEM where several items have it)",
            all.len()
        ),
    });
    Ok(())
}

/// The name that `settle` takes, with the item.
fn named(language: Language, one: &Open) -> String {
    let field = format!("{}（{}）", one.field.name, one.field.zh);
    let field = language.pick(field.as_str(), one.field.name);
    match one.place.to_string().as_str() {
        "" => field.to_owned(),
        item => format!("{field} @{}", history::short(item)),
    }
}
