//! What the import of a list did, for people and for programs.

use anyhow::Result;
use linli_node::{Node, NodeError};
use linli_store::Replica;
use linli_workbook::lists::ListReport;
use serde_json::{Value, json};

use super::{cell, print_refused};
use crate::{context::Context, failure::Ended, output::Table};

/// Seals what was written, tells the links of it and says what it was.
pub fn finish(context: &mut Context, node: &Node, report: &ListReport) -> Result<Ended> {
    node.with(Replica::seal).map_err(NodeError::from)?;
    node.announce();
    if context.json {
        context.out.json(&answer(context, report)?)?;
    } else {
        print(context, report)?;
    }
    Ok(if report.refused.is_empty() { Ended::Done } else { Ended::Refused })
}

fn answer(context: &Context, report: &ListReport) -> Result<Value> {
    let refused: Vec<_> = report.refused.iter().map(|refused| cell(context.language, refused)).collect();
    Ok(json!({
        "kind": report.list.name,
        "rows": report.rows,
        "new": report.tally.new,
        "changed": report.tally.changed,
        "unchanged": report.tally.unchanged,
        "entries": report.entries,
        "refused_rows": report.refused_rows(),
        "refused": serde_json::to_value(refused)?,
        "import_id": data_encoding::HEXLOWER.encode(&report.import_id),
    }))
}

fn print(context: &mut Context, report: &ListReport) -> Result<()> {
    let language = context.language;
    let headings = [("", ""), ("新增", "new"), ("更改", "changed"), ("未变", "unchanged")];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[1, 2, 3]);
    let tally = report.tally;
    let counts = [tally.new, tally.changed, tally.unchanged].map(|count| count.to_string());
    let name = language.pick(report.list.zh, report.list.en).to_owned();
    table.row(std::iter::once(name).chain(counts));
    context.out.table(&table)?;
    print_refused(context, report.rows, &report.refused)
}
