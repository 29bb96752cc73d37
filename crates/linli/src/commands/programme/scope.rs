//! Which units are in the programme, and why the others are not.

use anyhow::Result;
use linli_node::{Node, plan};
use linli_wire::UnitPath;

use crate::{context::Context, language::Language, output::Table};

pub fn show(context: &mut Context, node: &Node, unit: &UnitPath) -> Result<()> {
    let scope = plan::scope(node, unit)?;
    if context.json {
        return context.out.json(&scope);
    }
    let language = context.language;
    let (districts, streets, communities) = (scope.districts, scope.streets, scope.communities);
    context.out.line(&match language {
        Language::Chinese => {
            format!("列入创建：{districts} 个区（市）、{streets} 个街道、{communities} 个社区")
        }
        Language::English => {
            format!("in the programme: {districts} districts, {streets} streets, {communities} communities")
        }
    })?;
    let headings = [
        ("未列入", "left out"),
        ("名称", "name"),
        ("街道", "streets"),
        ("社区", "communities"),
        ("原因", "reason"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[2, 3]);
    for one in &scope.left_out {
        table.row([
            one.unit.clone(),
            one.name.clone(),
            one.streets.to_string(),
            one.communities.to_string(),
            one.reason.clone(),
        ]);
    }
    if !table.is_empty() {
        context.out.table(&table)?;
    }
    if scope.without_reason > 0 {
        let count = scope.without_reason;
        context.out.note(&match language {
            Language::Chinese => format!("其中 {count} 个没有说明原因"),
            Language::English => format!("{count} of these give no reason"),
        });
    }
    Ok(())
}
