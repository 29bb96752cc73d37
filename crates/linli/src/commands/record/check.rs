//! Whether the standard of a unit asks what a finding answers.

use anyhow::Result;
use linli_eval::Check;
use linli_model::{
    Kind,
    kind::{DISPROOF, FINDING},
};
use linli_node::{Node, Period, as_of_today, standard_in_force};
use linli_wire::{Level, UnitPath};

use crate::{context::Context, failure::Refused, language::Language};

/// Refuses an item that the unit's standard does not have, and a check that it does not ask for. Returns
/// the part that a finding's check belongs to.
pub fn item(
    context: &Context,
    node: &Node,
    unit: &UnitPath,
    kind: &Kind,
    item: &str,
    subject: &str,
) -> Result<Option<String>> {
    let level = if unit.level() == Level::Street { Level::Street } else { Level::Community };
    let period = Period::last_until(&as_of_today())?;
    let standard = standard_in_force(node, unit, level, &period)?;
    // A disproof without an item holds for every item.
    if kind == &DISPROOF && item.is_empty() {
        return Ok(None);
    }
    // The sign-off of an item that has nobody to count is a finding like any other.
    let all = standard.checks().into_iter().chain(standard.sign_offs());
    let checks: Vec<Check> = all.filter(|check| check.item == item).collect();
    let hint = context.say("`linli standard checks` 列出检查点", "`linli standard checks` lists the checks");
    if standard.item(item).is_none() {
        let message = match context.language {
            Language::Chinese => format!("标准 {} 没有项目“{item}”", standard.id),
            Language::English => format!("standard {} has no item `{item}`", standard.id),
        };
        return Err(Refused::new(message).hint(hint).into());
    }
    // A check named * takes any subject: complaints, events.
    let asked = checks.iter().find(|check| check.subject == subject || check.subject == "*");
    if kind == &FINDING && !checks.is_empty() && asked.is_none() {
        let message = match context.language {
            Language::Chinese => format!("项目 {item} 没有检查点“{subject}”"),
            Language::English => format!("item {item} has no check `{subject}`"),
        };
        let known: Vec<&str> = checks.iter().map(|check| check.subject.as_str()).collect();
        let hint = format!("{} {}", context.say("可填：", "there are:"), known.join(", "));
        return Err(Refused::new(message).hint(hint).into());
    }
    Ok(asked.filter(|_| kind == &FINDING).map(|check| check.part.clone()))
}
