//! Mass registrations with their progress.

use anyhow::Result;
use linli_node::{
    Node,
    plan::{self, Registered},
};
use linli_wire::UnitPath;

use crate::{context::Context, language::Language, output::Table};

pub fn show(context: &mut Context, node: &Node, unit: &UnitPath, on: &str) -> Result<()> {
    let campaigns = plan::campaigns(node, unit, on)?;
    if context.json {
        return context.out.json(&campaigns);
    }
    let language = context.language;
    if campaigns.is_empty() {
        context.out.note(context.say("没有普查登记", "there are no registration campaigns"));
    }
    for campaign in &campaigns {
        let (name, start, end) = (&campaign.name, &campaign.start, &campaign.end);
        let over = if campaign.is_over { language.pick("，已结束", ", over") } else { "" };
        context.out.line(&match language {
            Language::Chinese => format!("{name}（{}，{start} 至 {end}{over}）", campaign.unit),
            Language::English => format!("{name} ({}, {start} to {end}{over})", campaign.unit),
        })?;
        let headings = [
            ("单位", "unit"),
            ("名称", "name"),
            ("住房", "dwellings"),
            ("已建卡", "with a card"),
            ("占比", "share"),
            ("期间建卡", "opened in it"),
            ("无住房登记的社区", "communities without a register"),
        ];
        let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[2, 3, 4, 5, 6]);
        for row in campaign.parts.iter().chain([&campaign.whole]) {
            table.row(cells(row));
        }
        context.out.table(&table)?;
    }
    Ok(())
}

fn cells(row: &Registered) -> [String; 7] {
    let with_card = &row.with_card;
    let percent = if with_card.of == 0 { String::new() } else { format!("{}%", with_card.percent) };
    [
        row.unit.clone(),
        row.name.clone(),
        with_card.of.to_string(),
        with_card.count.to_string(),
        percent,
        row.opened.to_string(),
        row.without_register.to_string(),
    ]
}
