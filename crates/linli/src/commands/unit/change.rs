//! A unit that goes on in another, and one that is split off: dated facts of the units' documents, in the city's notices.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use linli_model::{Edit, Value, date, kind};
use linli_node::Node;
use linli_store::DocumentEdits;
use linli_wire::{Channel, Level, Space, UnitPath};
use serde_json::json;

use super::realm;
use crate::{
    cli::values,
    context::Context,
    documents,
    failure::{Ended, Refused},
    language::Language,
};

#[derive(Debug, Args)]
pub struct Merge {
    /// The unit that ends
    #[arg(value_parser = values::unit)]
    merged: UnitPath,
    /// The unit that goes on in its place
    #[arg(long, value_parser = values::unit, required_unless_present = "undo")]
    into: Option<UnitPath>,
    /// The first day on which it does, YYYY-MM-DD
    #[arg(long, value_parser = values::day, required_unless_present = "undo")]
    from: Option<String>,
    /// Take the merger back
    #[arg(long, conflicts_with_all = ["into", "from"])]
    undo: bool,
}

#[derive(Debug, Args)]
pub struct Split {
    /// The unit that a part is taken from
    #[arg(value_parser = values::unit)]
    from_unit: UnitPath,
    /// The path of the new unit, on the same level
    #[arg(long, value_parser = values::unit)]
    new: UnitPath,
    /// What it is called
    #[arg(long)]
    name: String,
    /// Its first day, YYYY-MM-DD
    #[arg(long, value_parser = values::day)]
    from: String,
}

/// What the units' documents say of one unit.
struct Known {
    end: String,
    successor: String,
    programme: bool,
}

fn units(node: &Node) -> Result<BTreeMap<UnitPath, Known>> {
    node.materialise()?;
    let sql = "SELECT unit, end, successor, programme FROM unit ORDER BY doc DESC";
    let rows: Vec<(String, Known)> = node.with(|r| {
        r.query(sql, [], |row| {
            let known =
                Known { end: row.get(1)?, successor: row.get(2)?, programme: row.get::<_, i64>(3)? == 1 };
            Ok((row.get(0)?, known))
        })
    })?;
    Ok(rows.into_iter().filter_map(|(unit, known)| Some((unit.parse().ok()?, known))).collect())
}

fn refuse<T>(context: &Context, zh: &str, en: &str) -> Result<T> {
    Err(Refused::new(context.say(zh, en)).into())
}

/// The unit in which a unit goes on, at the end of all mergers.
fn last(units: &BTreeMap<UnitPath, Known>, unit: &UnitPath) -> UnitPath {
    let mut now = unit.clone();
    for _ in 0..units.len() {
        let Some(next) = units.get(&now).and_then(|known| known.successor.parse().ok()) else { break };
        now = next;
    }
    now
}

fn write(context: &Context, node: &Node, unit: &UnitPath, edits: Vec<Edit>) -> Result<()> {
    let city = super::city(context, node)?;
    let id = kind::UNIT.fixed_id(unit.as_str()).expect("units are keyed by their path");
    let document = DocumentEdits { id, kind: &kind::UNIT, edits };
    documents::write(context, node, &Space::new(city, Channel::Notices), &[document])?;
    Ok(())
}

fn text(field: &str, value: &str) -> Edit {
    Edit::document(field, Some(Value::from(value)))
}

impl Merge {
    pub fn run(&self, context: &mut Context, node: &Node) -> Result<Ended> {
        realm::known(context, node, &self.merged)?;
        let known = units(node)?;
        let merged = &self.merged;
        let (Some(into), Some(from)) = (&self.into, &self.from) else {
            if known.get(merged).is_none_or(|known| known.successor.is_empty()) {
                return refuse(context, "该单位没有并入其他单位", "the unit was not merged into another");
            }
            write(
                context,
                node,
                merged,
                vec![Edit::document("end", None), Edit::document("successor", None)],
            )?;
            return told(context, merged, None, "");
        };
        realm::known(context, node, into)?;
        if merged.level() != into.level()
            || merged == into
            || !matches!(merged.level(), Level::Street | Level::Community)
        {
            return refuse(
                context,
                "只能并入另一个同级的街道或社区",
                "a street is merged into another street, a community into another community",
            );
        }
        if known.get(merged).is_some_and(|known| !known.successor.is_empty()) {
            return refuse(
                context,
                "该单位已并入其他单位；如需更改，先用 --undo 撤回",
                "the unit was merged already; to change that, take it back with --undo first",
            );
        }
        if known.get(into).is_some_and(|known| !known.end.is_empty()) || last(&known, into) == *merged {
            return refuse(
                context,
                "对方单位已撤销或并入本单位；请用 --into 指明仍存续的单位",
                "that unit has ended or goes on in this one; name one that lasts with --into",
            );
        }
        let eve = date::day_of_iso(from).and_then(|day| date::from_day_number(day - 1)).map(date::to_iso);
        let eve = eve.unwrap_or_default();
        write(context, node, merged, vec![text("end", &eve), text("successor", into.as_str())])?;
        told(context, merged, Some(into), from)
    }
}

impl Split {
    pub fn run(&self, context: &mut Context, node: &Node) -> Result<Ended> {
        realm::known(context, node, &self.from_unit)?;
        let known = units(node)?;
        let parent = self.new.parent();
        if self.new.level() != self.from_unit.level()
            || !matches!(self.new.level(), Level::Street | Level::Community)
        {
            return refuse(
                context,
                "新单位须与原单位同级，且为街道或社区",
                "the new unit has to be a street or community, as the one that it is split from",
            );
        }
        if known.contains_key(&self.new) || parent.as_ref().is_none_or(|parent| !known.contains_key(parent)) {
            return refuse(
                context,
                "该编号已被使用，或没有这个上级单位；`linli unit list` 列出全部单位",
                "that path is taken, or there is no such parent; `linli unit list` lists the units",
            );
        }
        let programme = known.get(&self.from_unit).is_some_and(|known| known.programme);
        let mut edits = vec![
            text("path", self.new.as_str()),
            text("code", &self.new.code()),
            text("level", self.new.level().as_str()),
            text("name", &self.name),
            Edit::document("programme", Some(Value::from(i64::from(programme)))),
            text("start", &self.from),
            text("predecessor", self.from_unit.as_str()),
        ];
        edits.extend(parent.map(|parent| text("parent", parent.as_str())));
        write(context, node, &self.new, edits)?;
        if context.json {
            context.out.json(&json!({"unit": self.new.to_string(), "from": self.from,
                "predecessor": self.from_unit.to_string(), "programme": programme}))?;
        } else {
            context.out.line(&match context.language {
                Language::Chinese => format!("{} 自 {} 起由 {} 分设", self.new, self.from, self.from_unit),
                Language::English => {
                    format!("{} is split from {} from {} on", self.new, self.from_unit, self.from)
                }
            })?;
        }
        context.out.note(context.say(
            "下一步：`linli invite` 为新单位的设备授权；居民用 `linli move offer` 逐人迁入",
            "next: invite the new unit's devices with `linli invite`; people come over with `linli move offer`",
        ));
        Ok(Ended::Done)
    }
}

fn told(context: &mut Context, merged: &UnitPath, into: Option<&UnitPath>, from: &str) -> Result<Ended> {
    if context.json {
        let into = into.map(ToString::to_string);
        context.out.json(&json!({"unit": merged.to_string(), "into": into, "from": from}))?;
        return Ok(Ended::Done);
    }
    context.out.line(&match (into, context.language) {
        (Some(into), Language::Chinese) => format!("{merged} 自 {from} 起并入 {into}"),
        (Some(into), Language::English) => format!("{merged} goes on in {into} from {from} on"),
        (None, Language::Chinese) => format!("已撤回 {merged} 的合并"),
        (None, Language::English) => format!("{merged} is a unit of its own again"),
    })?;
    if into.is_some() {
        context.out.note(context.say(
            "其户卡、人员和历史仍存于原单位名下，自该日起计入接续单位；接续单位的设备可用 `linli invite --unit 原单位` 授权继续登记",
            "its cards, people and history stay under its name and count for the unit that goes on; devices of that unit keep them \
             up with a grant for it: `linli invite --unit` the unit that ended",
        ));
    }
    Ok(Ended::Done)
}
