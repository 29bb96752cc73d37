//! `linli held`: entries that are kept without effect, and what can be done about them.

use anyhow::Result;
use clap::{Args, Subcommand};
use linli_node::{Node, NodeError, now};
use linli_store::{HeldEntry, Replica};
use linli_wire::{EntryHash, UnitPath};
use serde::Serialize;

use super::devices;
use crate::{
    cli::values,
    context::Context,
    failure::{Ended, Refused},
    language::Language,
    output::Table,
    standing,
};

mod why;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the entries without effect, each with its reason
    #[command(
        after_help = "Examples:\n  linli --data street held list\n  linli --data street held list --unit \
        3211/02/001/001 --device 王芳\n\n\
        An entry that waits is released by itself as soon as what it waits for arrives."
    )]
    List(List),
    /// Explain what an entry waits for or was refused for
    #[command(after_help = "Example:\n  linli --data street held why 3f2a91bc")]
    Why {
        /// The first digits of the entry, as `linli held list` shows them
        entry: String,
    },
    /// Decide all of them again
    #[command(after_help = "Example:\n  linli --data street held release\n\n\
        What waits for a grant or a change needs no release. This is for after an update of the program.")]
    Release,
    /// Write entries again, by this device and on what counts now
    #[command(
        after_help = "Examples:\n  linli --data clerk held reauthor 3f2a91bc\n  linli --data clerk held \
        reauthor --all --device 3f2a91bc\n\n\
        The entries stay as they are, as evidence; the new ones name them. Look at what they say first: this \
        device vouches for it."
    )]
    Reauthor(Reauthor),
}

#[derive(Debug, Args)]
struct List {
    /// Only entries about this unit and below
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// Only entries of this device: the first digits of its key, or its name
    #[arg(long)]
    device: Option<String>,
    /// Also those that were written again
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
struct Reauthor {
    /// The first digits of the entries
    #[arg(value_name = "ENTRY", required_unless_present = "all")]
    entries: Vec<String>,
    /// All that can be, in the order in which they came
    #[arg(long, conflicts_with = "entries")]
    all: bool,
    /// Of these, only entries of this device
    #[arg(long, requires = "all")]
    device: Option<String>,
}

/// Digits of an entry that tables show and that are enough to name it.
const SHOWN_DIGITS: usize = 16;
const DIGITS_MIN: usize = 4;

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        node.materialise()?;
        match &self.action {
            Action::List(list) => list.run(context, &node),
            Action::Why { entry } => why::run(context, &node, meant(context, &node, entry)?),
            Action::Release => release(context, &node),
            Action::Reauthor(reauthor) => reauthor.run(context, &node),
        }
    }
}

/// An entry without effect, as it is shown.
#[derive(Debug, Serialize)]
struct Held {
    entry: String,
    #[serde(rename = "in")]
    space: String,
    device: String,
    label: String,
    log: String,
    seq: u64,
    kind: String,
    device_time: String,
    state: &'static str,
    reason: String,
    /// The entry that says the same again.
    again: Option<String>,
}

impl Held {
    fn of(replica: &Replica, held: &HeldEntry) -> Self {
        let info = &held.info;
        Self {
            entry: info.hash.to_string(),
            space: info.space.to_string(),
            device: info.device.to_string(),
            label: devices::label(replica, &info.log),
            log: info.log.to_string(),
            seq: info.seq,
            kind: format!("{:?}", info.kind).to_lowercase(),
            device_time: standing::time(info.time),
            state: info.state.as_str(),
            reason: info.reason.clone().unwrap_or_default(),
            again: held.again.map(|again| again.to_string()),
        }
    }
}

impl List {
    fn run(&self, context: &mut Context, node: &Node) -> Result<Ended> {
        let held: Vec<Held> = node.with(|r| {
            let entries = r.held()?;
            let shown = entries.iter().filter(|held| {
                self.unit.as_ref().is_none_or(|unit| unit.covers(&held.info.space.unit))
                    && self.device.as_ref().is_none_or(|device| is_by(r, held, device))
                    && (self.all || held.again.is_none())
            });
            Ok::<_, NodeError>(shown.map(|held| Held::of(r, held)).collect())
        })?;
        if context.json {
            context.out.json(&held)?;
            return Ok(Ended::Done);
        }
        let language = context.language;
        if held.is_empty() {
            context.out.line(language.pick("没有未生效条目", "no entry is without effect"))?;
            return Ok(Ended::Done);
        }
        let headings = [
            ("条目", "entry"),
            ("所在", "in"),
            ("设备", "device"),
            ("名称", "name"),
            ("序号", "number"),
            ("设备时间", "its time"),
            ("状态", "state"),
            ("原因", "reason"),
            ("重写为", "again"),
        ];
        let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[4]);
        for one in &held {
            table.row([
                &one.entry[..SHOWN_DIGITS],
                &one.space,
                &one.device[..8],
                &one.label,
                &one.seq.to_string(),
                &one.device_time,
                state(language, one.state),
                &one.reason,
                one.again.as_ref().map_or("", |again| &again[..SHOWN_DIGITS]),
            ]);
        }
        context.out.table(&table)?;
        Ok(Ended::Done)
    }
}

/// Whether an entry is of the device that a text means.
fn is_by(replica: &Replica, held: &HeldEntry, device: &str) -> bool {
    held.info.device.to_string().starts_with(&device.to_lowercase())
        || devices::label(replica, &held.info.log) == device
}

/// A state in the language of whoever asked.
fn state(language: Language, state: &'static str) -> &'static str {
    if language == Language::English {
        return state;
    }
    match state {
        "new" => "待定",
        "pending" => "等待",
        "refused" => "无权",
        "quarantined" => "隔离",
        "repeated" => "重复",
        "needs a newer version" => "需更新程序",
        "erased" => "已删除",
        "unappliable" => "无法应用",
        other => other,
    }
}

fn release(context: &mut Context, node: &Node) -> Result<Ended> {
    let held =
        |r: &Replica| r.held().map(|held| held.into_iter().map(|held| held.info.hash).collect::<Vec<_>>());
    let before = node.with(|r| held(r)).map_err(NodeError::from)?;
    node.with(Replica::try_again).map_err(NodeError::from)?;
    let after = node.with(|r| held(r)).map_err(NodeError::from)?;
    let released: Vec<String> =
        before.iter().filter(|hash| !after.contains(hash)).map(ToString::to_string).collect();
    node.announce();
    if context.json {
        context.out.json(&serde_json::json!({ "released": released, "held": after.len() }))?;
        return Ok(Ended::Done);
    }
    let (released, left) = (released.len(), after.len());
    context.out.line(&match context.language {
        Language::Chinese => format!("{released} 条已生效，{left} 条仍未生效"),
        Language::English => format!("{released} entries have their effect now; {left} stay without"),
    })?;
    Ok(Ended::Done)
}

/// What came of writing one entry again.
#[derive(Debug, Serialize)]
struct Rewritten {
    entry: String,
    /// The new entry; none where all that the old one said is so already, or where it was refused.
    again: Option<String>,
    refused: Option<String>,
}

impl Reauthor {
    fn run(&self, context: &mut Context, node: &Node) -> Result<Ended> {
        let entries = if self.all {
            node.with(|r| {
                let held = r.held()?;
                let open = held.iter().filter(|held| held.again.is_none());
                let open =
                    open.filter(|held| self.device.as_ref().is_none_or(|device| is_by(r, held, device)));
                Ok::<_, NodeError>(open.map(|held| held.info.hash).collect())
            })?
        } else {
            self.entries.iter().map(|text| meant(context, node, text)).collect::<Result<Vec<_>>>()?
        };
        let mut outcomes = Vec::new();
        for entry in entries {
            let outcome = node.with(|r| r.reauthor(&entry, now()));
            outcomes.push(match outcome {
                Ok(again) => {
                    Rewritten { entry: entry.to_string(), again: again.map(|a| a.to_string()), refused: None }
                }
                // One that was named is to be written: whoever named it hears why it is not.
                Err(error) if !self.all => return Err(NodeError::from(error).into()),
                Err(error) => {
                    Rewritten { entry: entry.to_string(), again: None, refused: Some(error.to_string()) }
                }
            });
        }
        node.announce();
        let partly = outcomes.iter().any(|outcome| outcome.refused.is_some());
        if context.json {
            context.out.json(&outcomes)?;
        } else {
            print(context, &outcomes)?;
        }
        Ok(if partly { Ended::Refused } else { Ended::Done })
    }
}

fn print(context: &mut Context, outcomes: &[Rewritten]) -> Result<()> {
    let language = context.language;
    if outcomes.is_empty() {
        return context.out.line(language.pick("没有可重写的条目", "there is none to be written again"));
    }
    for one in outcomes {
        let entry = &one.entry[..SHOWN_DIGITS];
        let line = match (&one.again, &one.refused, language) {
            (_, Some(why), Language::Chinese) => format!("{entry} 未重写：{why}"),
            (_, Some(why), Language::English) => format!("{entry} was not written again: {why}"),
            (Some(again), None, Language::Chinese) => {
                format!("{entry} 已重写为 {}", &again[..SHOWN_DIGITS])
            }
            (Some(again), None, Language::English) => {
                format!("{entry} was written again as {}", &again[..SHOWN_DIGITS])
            }
            (None, None, Language::Chinese) => format!("{entry} 的内容现已如此，无需重写"),
            (None, None, Language::English) => format!("{entry}: all that it says is so already"),
        };
        context.out.line(&line)?;
    }
    Ok(())
}

/// The one entry without effect that a text means.
fn meant(context: &Context, node: &Node, text: &str) -> Result<EntryHash> {
    let digits = text.to_lowercase();
    let held = node.with(|r| r.held()).map_err(NodeError::from)?;
    let mut found: Vec<EntryHash> = held
        .iter()
        .map(|held| held.info.hash)
        .filter(|hash| digits.len() >= DIGITS_MIN && hash.to_string().starts_with(&digits))
        .collect();
    found.dedup();
    match found.as_slice() {
        [entry] => Ok(*entry),
        [] => {
            let message = match context.language {
                Language::Chinese => format!("未生效条目中没有“{text}”"),
                Language::English => format!("no entry without effect begins with `{text}`"),
            };
            let hint = context.say(
                "`linli held list --all` 列出全部；至少给 4 位",
                "`linli held list --all` lists all; give at least 4 digits",
            );
            Err(Refused::new(message).hint(hint).into())
        }
        several => {
            let message = match context.language {
                Language::Chinese => format!("“{text}”对应 {} 个条目；请多给几位", several.len()),
                Language::English => format!("`{text}` means {} entries; give more digits", several.len()),
            };
            Err(Refused::new(message).into())
        }
    }
}
