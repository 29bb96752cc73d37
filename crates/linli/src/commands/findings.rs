//! `linli findings`: what the traps have caught.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use clap::Args;
use linli_eval::findings::{About, Found, Severity, dictionary};
use linli_node::{LedgerDays, Node, as_of_today, findings};
use linli_wire::UnitPath;
use serde_json::json;

use crate::{
    cli::values,
    context::{Context, unit_or_own},
    failure::{Ended, Refused},
    language::Language,
    output::Table,
};

/// Digits of a reference that are shown; programs get all of them.
const SHOWN_DIGITS: usize = 8;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  linli --data street findings\n  \
    linli --data street findings --unit 3211/02/001/001 --as-of 2026-10-31\n  \
    linli --data street findings --trap evidence_reused --json\n\n\
    What is found asks for a look and decides nothing. The list has names in it; that it was looked at, and why, goes on record.")]
pub struct Arguments {
    /// Only this unit and what is below it
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// The day that the findings are about; without it today
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    as_of: Option<String>,
    /// The day up to which records count; without it today
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    known: Option<String>,
    /// Only what this trap caught
    #[arg(long)]
    trap: Option<String>,
    /// Why somebody looks at people's data
    #[arg(long, default_value = "findings")]
    why: String,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let trap = self.trap.as_deref().map(|name| known(context, name)).transpose()?;
        let node = context.node()?;
        let unit = unit_or_own(&node, self.unit.as_ref())?;
        let day = |given: &Option<String>| given.clone().unwrap_or_else(as_of_today);
        let days = LedgerDays { as_of: day(&self.as_of), known: day(&self.known) };
        let mut all = findings(&node, &unit, &days, &self.why)?;
        all.retain(|found| trap.is_none_or(|trap| found.trap.id == trap));
        let names = names(&node)?;
        let name = |found: &Found| {
            let key = (found.unit.clone(), found.subject.clone());
            names.get(&key).cloned().unwrap_or_else(|| found.subject.clone())
        };
        if context.json {
            let all: Vec<_> = all
                .iter()
                .map(|found| {
                    json!({"unit": found.unit, "trap": found.trap.id, "subject": found.subject, "name": name(found),
                        "severity": found.severity.as_str(), "reason": found.reason.code, "ref": found.reference,
                        "zh": found.reason.zh, "en": found.reason.en})
                })
                .collect();
            context.out.json(&all)?;
        } else {
            print(context, &all, name)?;
        }
        Ok(Ended::Done)
    }
}

/// The trap of an id or a name.
fn known(context: &Context, name: &str) -> Result<&'static str> {
    let traps = &dictionary().traps;
    let found = traps.iter().find(|trap| trap.id == name || trap.zh == name || trap.en == name);
    let message = match context.language {
        Language::Chinese => format!("没有“{name}”这项检查"),
        Language::English => format!("nothing is looked for under `{name}`"),
    };
    let ids: BTreeSet<&str> = traps.iter().map(|trap| trap.id.as_str()).collect();
    let hint =
        format!("{}{}", context.say("可用：", "there are: "), ids.into_iter().collect::<Vec<_>>().join(", "));
    found.map(|trap| trap.id.as_str()).ok_or_else(|| Refused::new(message).hint(hint).into())
}

/// What people call the documents that findings are about: a name, a card's number.
fn names(node: &Node) -> Result<BTreeMap<(String, String), String>> {
    let sql = "SELECT unit, doc, name FROM person UNION ALL SELECT unit, doc, card_no FROM household";
    let rows: Vec<((String, String), String)> =
        node.with(|r| r.query(sql, [], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?))))?;
    Ok(rows.into_iter().filter(|(_, name)| !name.is_empty()).collect())
}

fn print(context: &mut Context, all: &[Found], name: impl Fn(&Found) -> String) -> Result<()> {
    let language = context.language;
    let headings = [
        ("程度", "weight"),
        ("单位", "unit"),
        ("检查", "looked for"),
        ("对象", "who or what"),
        ("原因", "reason"),
        ("依据", "ref"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
    for found in all {
        let severity = match found.severity {
            Severity::Notice => language.pick("提示", "notice"),
            Severity::Warning => language.pick("警示", "warning"),
            Severity::Serious => language.pick("严重", "serious"),
        };
        let reference: String = match found.trap.about {
            About::Unit => found.reference.clone(),
            _ => found.reference.chars().take(SHOWN_DIGITS).collect(),
        };
        table.row([
            severity,
            &found.unit,
            language.pick(&found.trap.zh, &found.trap.en),
            &name(found),
            language.pick(&found.reason.zh, &found.reason.en),
            &reference,
        ]);
    }
    context.out.table(&table)?;
    context.out.note(&match language {
        Language::Chinese => format!("共 {} 项；请核实，结论由人作出", all.len()),
        Language::English => format!("found: {}; each asks for a look and decides nothing", all.len()),
    });
    Ok(())
}
