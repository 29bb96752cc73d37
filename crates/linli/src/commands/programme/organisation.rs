//! Leading groups, and papers with their versions.

use anyhow::Result;
use linli_model::codes;
use linli_node::{
    Node,
    plan::{self, Paper},
};
use linli_wire::UnitPath;

use super::meaning;
use crate::{context::Context, language::Language, output::Table};

pub fn show(context: &mut Context, node: &Node, unit: &UnitPath, on: &str) -> Result<()> {
    let organisation = plan::organisation(node, unit, on)?;
    if context.json {
        return context.out.json(&organisation);
    }
    let language = context.language;
    let headings = [("单位", "unit"), ("领导小组", "leading group"), ("成立", "since"), ("成员", "members")];
    let mut groups = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
    for group in &organisation.groups {
        let member = |[name, _, role]: &[String; 3]| format!("{name} {role}").trim_end().to_owned();
        let members: Vec<String> = group.members.iter().map(member).collect();
        groups.row([
            format!("{} {}", group.unit, group.unit_name),
            group.name.clone(),
            group.since.clone(),
            members.join(language.pick("、", ", ")),
        ]);
    }
    if !groups.is_empty() {
        context.out.table(&groups)?;
    }
    if !organisation.without_group.is_empty() {
        let units = organisation.without_group.join(" ");
        context.out.line(&match language {
            Language::Chinese => format!("没有领导小组：{units}"),
            Language::English => format!("without a leading group: {units}"),
        })?;
    }
    let papers = papers(language, &organisation.papers);
    if papers.is_empty() { Ok(()) } else { context.out.table(&papers) }
}

fn papers(language: Language, papers: &[Paper]) -> Table {
    let headings = [
        ("单位", "unit"),
        ("文种", "kind"),
        ("标题", "title"),
        ("文号", "number"),
        ("版本", "version"),
        ("日期", "day"),
        ("效力", "in force"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
    for paper in papers {
        let force = match (paper.in_force, paper.replaced_by.is_empty()) {
            (true, _) => language.pick("有效", "yes").to_owned(),
            (false, true) => language.pick("失效", "ended").to_owned(),
            (false, false) => format!("{} {}", language.pick("代之以", "replaced by"), paper.replaced_by),
        };
        table.row([
            paper.unit.clone(),
            meaning(language, &codes::PAPER_KIND, &paper.kind),
            paper.title.clone(),
            paper.number.clone(),
            paper.version.clone(),
            paper.day.clone(),
            force,
        ]);
    }
    table
}
