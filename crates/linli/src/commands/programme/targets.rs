//! Targets with what has come of them, and where they do not fit together.

use anyhow::Result;
use linli_model::codes;
use linli_node::{
    Node,
    plan::{self, Gap},
};
use linli_wire::UnitPath;

use super::meaning;
use crate::{context::Context, language::Language, output::Table};

pub fn show(context: &mut Context, node: &Node, unit: &UnitPath, year: i64, on: &str) -> Result<()> {
    let targets = plan::targets(node, unit, year, on)?;
    if context.json {
        return context.out.json(&targets);
    }
    let language = context.language;
    if targets.targets.is_empty() {
        context.out.note(&match language {
            Language::Chinese => format!("{year} 年度没有给 {unit} 及其下级下达目标任务"),
            Language::English => format!("no targets for {year} are set at or below {unit}"),
        });
    }
    let headings = [
        ("单位", "unit"),
        ("名称", "name"),
        ("指标", "what"),
        ("目标", "target"),
        ("完成", "done"),
        ("分解", "split"),
        ("下达", "set by"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[3, 4]);
    for target in &targets.targets {
        let split = target.split.map(|(sum, parts)| match language {
            Language::Chinese => format!("{sum}（{parts} 个单位）"),
            Language::English => format!("{sum} ({parts} units)"),
        });
        table.row([
            target.unit.clone(),
            target.name.clone(),
            meaning(language, &codes::TARGET, &target.what),
            target.value.to_string(),
            target.done.to_string(),
            split.unwrap_or_default(),
            format!("{} {}", target.set_by, target.set_on).trim_end().to_owned(),
        ]);
    }
    if !table.is_empty() {
        context.out.table(&table)?;
    }
    for gap in &targets.gaps {
        context.out.line(&told(language, gap))?;
    }
    Ok(())
}

fn told(language: Language, gap: &Gap) -> String {
    let of = |what: &String| meaning(language, &codes::TARGET, what);
    match (gap, language) {
        (Gap::SumDiffers { unit, name, what, value, split }, Language::Chinese) => {
            format!(
                "{unit} {name}：{}目标 {value}，分解合计 {split}，相差 {}",
                of(what),
                (split - value).abs()
            )
        }
        (Gap::SumDiffers { unit, name, what, value, split }, Language::English) => {
            let apart = (split - value).abs();
            format!(
                "{unit} {name}: {}: the target is {value}, its parts are {split}, {apart} apart",
                of(what)
            )
        }
        (Gap::SetTwice { unit, name, what, value, other, other_set_by }, Language::Chinese) => {
            format!("{unit} {name}：{}另由 {other_set_by} 定为 {other}，按 {value} 计", of(what))
        }
        (Gap::SetTwice { unit, name, what, value, other, other_set_by }, Language::English) => {
            format!("{unit} {name}: {}: {other_set_by} also set {other}, {value} is taken", of(what))
        }
        (Gap::NotBelow { unit, set_by, what, value }, Language::Chinese) => {
            format!("{set_by} 给 {unit} 下达的{} {value} 不计：该单位不在其下", of(what))
        }
        (Gap::NotBelow { unit, set_by, what, value }, Language::English) => {
            format!("{}: {value} for {unit} does not count: {set_by} is not above it", of(what))
        }
    }
}
