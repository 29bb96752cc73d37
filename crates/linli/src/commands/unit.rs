//! `linli unit`: the units of the realm, moving one under another parent, and which are in the programme.

mod change;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use linli_model::{Edit, Value, kind};
use linli_node::{Node, move_unit};
use linli_store::DocumentEdits;
use linli_wire::{Channel, Level, Space, UnitPath};
use serde::Serialize;

use super::realm;
use crate::{
    cli::values,
    context::{Context, own_unit},
    documents,
    failure::{Ended, Refused},
    language::Language,
    output::Table,
    standing,
};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the units and what each lies below today
    #[command(after_help = "Example:\n  linli --data city unit list")]
    List,
    /// Put a unit under another parent from a day on
    #[command(
        after_help = "Example:\n  linli --data root unit move 3211/02/004/001 --to 3211/02/005/009 --from \
        2027-01-01\n\n\
        The root says so, in the realm's log; take it to the city's hub with `linli sync --peer ADDRESS` or a \
        bundle. The unit's records stay where they are and keep their name; whoever is above it from that day \
        on reads, grants and scores it."
    )]
    Move(Move),
    /// Take a unit into the programme, or say why it is left out
    #[command(after_help = "Examples:\n  linli --data city unit scope 3211/12 --out --reason 没有县城\n  \
        linli --data city unit scope 3211/02/004/001 --in\n\n\
        The city says so, in its notices. A reason holds for everything below the unit that gives none of its own; \
        `linli programme scope` lists what is left out.")]
    Scope(Scope),
    /// Let a unit go on in another from a day on, or take that back
    #[command(
        after_help = "Examples:\n  linli --data city unit merge 3211/02/004/001 --into 3211/02/004/002 --from 2026-07-01\n  \
        linli --data city unit merge 3211/02/004/001 --undo\n\n\
        The city says so, in its notices. What the unit has on record stays under its name; for a day from the merger on it is counted for \
        the unit that goes on, and the unit itself is not scored."
    )]
    Merge(change::Merge),
    /// Split a new unit off from a day on
    #[command(
        after_help = "Example:\n  linli --data city unit split 3211/02/004/001 --new 3211/02/004/098 --name 新区社区 --from 2026-07-01\n\n\
        The new unit is in the programme if the other is, and owes nothing for the days before its first. Its people come over with \
        `linli move`."
    )]
    Split(change::Split),
}

#[derive(Debug, Args)]
struct Scope {
    /// The unit
    #[arg(value_parser = values::unit)]
    marked: UnitPath,
    /// It is in the programme
    #[arg(long = "in", group = "where")]
    inside: bool,
    /// It is not
    #[arg(long = "out", group = "where", requires = "reason")]
    outside: bool,
    /// Why not
    #[arg(long, required_unless_present = "inside", conflicts_with = "inside")]
    reason: Option<String>,
}

#[derive(Debug, Args)]
struct Move {
    /// The unit, as its records are named
    #[arg(value_parser = values::unit)]
    moved: UnitPath,
    /// The path that it has from then on: below its new parent
    #[arg(long, value_parser = values::unit)]
    to: UnitPath,
    /// The first day, YYYY-MM-DD
    #[arg(long, value_parser = values::day)]
    from: String,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        match &self.action {
            Action::List => list(context, &node),
            Action::Move(arguments) => arguments.run(context, &node),
            Action::Scope(arguments) => arguments.run(context, &node),
            Action::Merge(arguments) => arguments.run(context, &node),
            Action::Split(arguments) => arguments.run(context, &node),
        }
    }
}

#[derive(Debug, Serialize)]
struct Shown {
    unit: String,
    name: String,
    level: &'static str,
    /// The path that people see, where that is another.
    path: String,
    parent: Option<String>,
}

fn list(context: &mut Context, node: &Node) -> Result<Ended> {
    node.materialise()?;
    let arrangement = node.with(|r| r.trust().arrangement(node.now().day_number()));
    let units: Vec<Shown> = realm::names(node)?
        .into_iter()
        .filter_map(|(unit, name)| Some((unit.parse::<UnitPath>().ok()?, name)))
        .map(|(unit, name)| Shown {
            name,
            level: unit.level().as_str(),
            path: arrangement.path(&unit).to_string(),
            parent: arrangement.parent(&unit).map(|parent| parent.to_string()),
            unit: unit.to_string(),
        })
        .collect();
    if context.json {
        context.out.json(&units)?;
        return Ok(Ended::Done);
    }
    let language = context.language;
    let headings = [("单位", "unit"), ("名称", "name"), ("级别", "level"), ("现路径", "path today")];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
    for one in &units {
        let level = [Level::City, Level::District, Level::Street, Level::Community]
            .into_iter()
            .find(|level| level.as_str() == one.level)
            .map_or("", |level| standing::level_name(language, level));
        let path = if one.path == one.unit { "" } else { one.path.as_str() };
        table.row([one.unit.as_str(), &one.name, level, path]);
    }
    context.out.table(&table)?;
    Ok(Ended::Done)
}

/// The city that this device speaks for; nobody below says what units there are.
fn city(context: &Context, node: &Node) -> Result<UnitPath> {
    let own = own_unit(node)?;
    if own.level() == Level::City {
        return Ok(own);
    }
    let message = match context.language {
        Language::Chinese => format!("{own} 不是市级单位：单位的设立、撤并和列入创建的范围由市确定"),
        Language::English => {
            format!("{own} is no city: the city says which units there are and which are in the programme")
        }
    };
    Err(Refused::new(message).into())
}

impl Scope {
    fn run(&self, context: &mut Context, node: &Node) -> Result<Ended> {
        realm::known(context, node, &self.marked)?;
        let own = city(context, node)?;
        let path = self.marked.as_str();
        let id = kind::UNIT.fixed_id(path).context("units are keyed by their path")?;
        let reason = self.reason.as_deref().filter(|_| !self.inside);
        let edits = vec![
            Edit::document("programme", Some(Value::Int(i64::from(self.inside)))),
            Edit::document("reason", reason.map(Value::from)),
        ];
        let notices = Space::new(own, Channel::Notices);
        documents::write(context, node, &notices, &[DocumentEdits { id, kind: &kind::UNIT, edits }])?;
        if context.json {
            context
                .out
                .json(&serde_json::json!({"unit": path, "programme": self.inside, "reason": reason}))?;
        } else {
            context.out.line(&match (context.language, self.inside) {
                (Language::Chinese, true) => format!("{path} 列入创建"),
                (Language::Chinese, false) => format!("{path} 不列入创建：{}", reason.unwrap_or_default()),
                (Language::English, true) => format!("{path} is in the programme"),
                (Language::English, false) => {
                    format!("{path} is not in the programme: {}", reason.unwrap_or_default())
                }
            })?;
        }
        Ok(Ended::Done)
    }
}

impl Move {
    fn run(&self, context: &mut Context, node: &Node) -> Result<Ended> {
        let Self { moved, to, from: day } = self;
        realm::known(context, node, moved)?;
        if let Some(parent) = to.parent() {
            realm::known(context, node, &parent)?;
        }
        if moved != to && realm::names(node)?.contains_key(to.as_str()) {
            let message = match context.language {
                Language::Chinese => format!("{to} 已是另一个单位的路径"),
                Language::English => format!("{to} is another unit's path"),
            };
            let hint =
                context.say("请给新上级下面未用的编号", "give a number below the new parent that is free");
            return Err(Refused::new(message).hint(hint).into());
        }
        let from_day = linli_model::date::day_of_iso(day).context("a day was checked when it was read")?;
        move_unit(node, moved, to, from_day)?;
        if context.json {
            context.out.json(&serde_json::json!({
                "unit": moved.to_string(), "now": to.to_string(), "from": day,
            }))?;
        } else {
            context.out.line(&match context.language {
                Language::Chinese => format!("{moved} 自 {day} 起为 {to}"),
                Language::English => format!("{moved} is {to} from {day} on"),
            })?;
        }
        context.out.note(context.say(
            "下一步：用 `linli sync --peer 地址` 或 U 盘把根的这条记录送到市级机器",
            "next: take the root's word to the city's hub, with `linli sync --peer ADDRESS` or a bundle",
        ));
        Ok(Ended::Done)
    }
}
