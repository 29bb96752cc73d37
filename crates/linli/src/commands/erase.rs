//! `linli erase`: taking a document's content out of every replica.

use std::fmt::Write as _;

use anyhow::Result;
use clap::Args;
use linli_node::{ErasurePlan, Node, erase, plan_erasure};
use linli_wire::{Channel, DocId, Space};
use serde_json::json;

use crate::{
    context::Context,
    documents,
    failure::{Ended, Refused},
    language::Language,
    output::Table,
    standing,
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  linli --data street erase 11010519491231002X --reason \"asked for by the person\" --yes\n  \
    linli --data street erase --list\n\n\
    A hub above erases. What is erased is gone at every device that hears of it, and cannot be brought back. \
    Of a person a residue without name, number or date of birth goes on being counted; a card goes without \
    its members, who are erased one by one."
)]
pub struct Arguments {
    /// The card by its number, the person by ID number, or either by the 32 digits of the document
    #[arg(value_name = "CARD-OR-PERSON", required_unless_present = "list")]
    what: Option<String>,
    /// Why; it stands in the record
    #[arg(long, required_unless_present = "list")]
    reason: Option<String>,
    /// Erase it; without this it is only shown what would go
    #[arg(long)]
    yes: bool,
    /// List what was erased, by whom and why
    #[arg(long, conflicts_with_all = ["what", "reason", "yes"])]
    list: bool,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let (Some(what), Some(reason)) = (&self.what, &self.reason) else { return list(context, &node) };
        let mut lines = Vec::new();
        let mut erased = Vec::new();
        for (space, document) in find(context, &node, what.trim())? {
            // Each is planned when the one before is gone.
            let plan = plan_erasure(&node, &space, document)?;
            if self.yes {
                erase(&node, &plan, reason)?;
            }
            let with = goes_with(context, &plan);
            lines.push(match context.language {
                Language::Chinese => format!("{space} 的 {document}{with}"),
                Language::English => format!("{document} of {space}{with}"),
            });
            erased.push(json!({
                "space": space.to_string(), "document": document.to_string(),
                "with_it": plan.naming.iter().map(DocId::to_string).collect::<Vec<_>>(),
                "residue": plan.leaves_residue,
            }));
        }
        if !self.yes {
            let message = match context.language {
                Language::Chinese => format!("将在所有设备上永久删除 {}", lines.join("；")),
                Language::English => {
                    format!("this erases for good, on every device, {}", lines.join("; and "))
                }
            };
            let hint = context.say("确认无误后加 --yes 再执行", "repeat it with --yes if that is meant");
            return Err(Refused::new(message).hint(hint).into());
        }
        if context.json {
            context.out.json(&erased)?;
            return Ok(Ended::Done);
        }
        for line in lines {
            context.out.line(&format!("{}{line}", context.say("已删除 ", "erased ")))?;
        }
        Ok(Ended::Done)
    }
}

/// A card's number has 17 digits at most, a document's id 32; everything else is a person's ID number, and
/// means all of that person's documents, in whichever communities.
fn find(context: &Context, node: &Node, what: &str) -> Result<Vec<(Space, DocId)>> {
    let is_card = what.len() < 18 && what.bytes().all(|b| b.is_ascii_digit());
    let (sql, value) = if what.len() == 32 {
        let sql = "SELECT unit, doc FROM person WHERE doc = ?1 UNION SELECT unit, doc FROM household WHERE doc = ?1";
        (sql, what.to_ascii_lowercase())
    } else if is_card {
        ("SELECT unit, doc FROM household WHERE card_no = ?1 ORDER BY unit, doc", what.to_owned())
    } else {
        ("SELECT unit, doc FROM person WHERE id_no = ?1 ORDER BY unit, doc", what.to_ascii_uppercase())
    };
    let rows = documents::located(node, sql, &value)?;
    if rows.is_empty() {
        // Which says what is wrong.
        let found = if is_card {
            documents::card(context, node, what)
        } else {
            documents::person(context, node, what)
        };
        return found.map(|found| vec![(found.space, found.id)]);
    }
    if is_card && rows.len() > 1 {
        let each: Vec<String> = rows.iter().map(|(unit, doc)| format!("{unit} {doc}")).collect();
        let message = match context.language {
            Language::Chinese => format!("编号 {what} 有多张户卡：{}", each.join("、")),
            Language::English => format!("several cards have the number {what}: {}", each.join(", ")),
        };
        let hint = context.say("请用 32 位文档编号指明一张", "name one by the 32 digits of its document");
        return Err(Refused::new(message).hint(hint).into());
    }
    let row = |(unit, doc): (String, String)| Ok((Space::new(unit.parse()?, Channel::Records), doc.parse()?));
    rows.into_iter().map(row).collect()
}

fn goes_with(context: &Context, plan: &ErasurePlan) -> String {
    let mut text = String::new();
    let naming = plan.naming.len();
    if naming > 0 {
        let _ = match context.language {
            Language::Chinese => write!(text, "，连同写有其号码的 {naming} 份上级文档"),
            Language::English => write!(text, ", with {naming} documents from above that hold the number"),
        };
    }
    if plan.leaves_residue {
        text +=
            context.say("；留下不含身份的统计记录", "; a residue that names nobody goes on being counted");
    }
    text
}

fn list(context: &mut Context, node: &Node) -> Result<Ended> {
    node.materialise()?;
    let erasures = node.with(|r| r.erasures())?;
    if context.json {
        let rows: Vec<_> = erasures
            .iter()
            .map(|e| {
                json!({
                    "space": e.space.to_string(), "document": e.document.to_string(),
                    "residue": e.residue.map(|r| r.to_string()), "reason": e.reason, "counts": e.counts,
                    "device": e.entry.device.to_string(), "time": standing::time(e.entry.time),
                    "entry": e.entry.hash.to_string(), "without_effect": e.entry.reason,
                })
            })
            .collect();
        context.out.json(&rows)?;
        return Ok(Ended::Done);
    }
    let headings = [
        ("空间", "space"),
        ("文档", "document"),
        ("时间", "time"),
        ("设备", "device"),
        ("理由", "reason"),
        ("效力", "effect"),
    ];
    let language = context.language;
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
    for e in &erasures {
        let effect = if e.counts {
            language.pick("已删除", "erased").to_owned()
        } else {
            // What it took while it counted stays gone.
            e.entry.reason.clone().unwrap_or_default()
        };
        table.row([
            &e.space.to_string(),
            &e.document.to_string(),
            &standing::time(e.entry.time),
            &e.entry.device.short(),
            &e.reason,
            &effect,
        ]);
    }
    context.out.table(&table)?;
    Ok(Ended::Done)
}
