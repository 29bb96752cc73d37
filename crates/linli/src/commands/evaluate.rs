//! `linli evaluate`: scoring units by the standard.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use linli_eval::{ItemScore, Scorecard, State};
use linli_node::{
    Evaluated, Node, Period, as_of_today, evaluate, evaluate_anew,
    programme::{Met, Scored, scored},
};
use linli_wire::{Level, UnitPath};
use serde::Serialize;

use crate::{
    cli::{period::PeriodArguments, values},
    context::{Context, unit_or_own},
    failure::Ended,
    language::Language,
    output::Table,
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  linli --data street evaluate\n  \
    linli --data city evaluate --unit 3211/02 --as-of 2026-10-31 --json\n\n\
    The city's scores are official, those of a hub or device below it provisional.")]
pub struct Arguments {
    /// Score this unit and what is below it; without it the device's own
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    #[command(flatten)]
    period: PeriodArguments,
    /// Count everything anew, also what nothing changed since an evaluation before
    #[arg(long)]
    anew: bool,
}

#[derive(Debug, Serialize)]
struct Answer {
    as_of: String,
    start: Option<String>,
    close: Option<String>,
    official: bool,
    determined: usize,
    left_out: usize,
    /// Slices of records that were not counted again, because nothing had changed, and those that were.
    reused: usize,
    counted: usize,
    #[serde(flatten)]
    programme: Scored,
    units: Vec<Unit>,
}

#[derive(Debug, Serialize)]
#[allow(clippy::struct_field_names, reason = "the names are those of the JSON")]
struct Unit {
    unit: String,
    name: String,
    standard: String,
    /// The hash of the pack that scored it.
    standard_hash: String,
    total_min: String,
    total_max: String,
    outcome: &'static str,
    vetoes: Vec<Veto>,
    pending: Vec<String>,
    needs_sign_off: bool,
    without_records: Vec<String>,
    items: Vec<Item>,
    digest: String,
}

#[derive(Debug, Serialize)]
struct Veto {
    id: String,
    item: String,
    state: &'static str,
    parts: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Item {
    id: String,
    state: &'static str,
    points_min: String,
    points_max: String,
    parts: Vec<Part>,
}

#[derive(Debug, Serialize)]
struct Part {
    id: String,
    state: &'static str,
    points_min: String,
    points_max: String,
    n: u64,
    hits: u64,
    disproved: u64,
    listed: u64,
    missing: u64,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let unit = unit_or_own(&node, self.unit.as_ref())?;
        evaluate_and_print(context, &node, &unit, &self.period.period()?, self.anew)
    }
}

pub fn evaluate_and_print(
    context: &mut Context,
    node: &Node,
    unit: &UnitPath,
    period: &Period,
    anew: bool,
) -> Result<Ended> {
    let evaluated = if anew { evaluate_anew(node, unit, period)? } else { evaluate(node, unit, period)? };
    let names = super::realm::names(node)?;
    let units = evaluated.evaluation.scorecards.iter().map(|card| answer(card, &names)).collect();
    let programme = scored(node, unit, &evaluated)?;
    let closed = evaluated.evaluation.scorecards.iter().map(|card| card.close.clone()).max();
    let answer = Answer {
        as_of: evaluated.period.as_of.clone(),
        start: evaluated.period.start.clone(),
        close: closed.or_else(|| evaluated.period.close.clone()),
        official: evaluated.official,
        determined: evaluated.determined,
        left_out: evaluated.left_out,
        reused: evaluated.reused,
        counted: evaluated.counted,
        programme,
        units,
    };
    if context.json {
        context.out.json(&answer)?;
    } else {
        print(context, unit, &evaluated, &answer)?;
    }
    Ok(Ended::Done)
}

fn answer(card: &Scorecard, names: &BTreeMap<String, String>) -> Unit {
    let pending = card.items.iter().filter(|item| item.state == State::Pending);
    Unit {
        unit: card.unit.to_string(),
        name: names.get(card.unit.as_str()).cloned().unwrap_or_default(),
        standard: card.standard.clone(),
        standard_hash: card.pack.to_string(),
        total_min: card.total.min.shown(),
        total_max: card.total.max.shown(),
        outcome: card.outcome.as_str(),
        vetoes: card
            .vetoes
            .iter()
            .map(|veto| Veto {
                id: veto.id.clone(),
                item: veto.item.clone(),
                state: veto.state.as_str(),
                parts: veto.parts.clone(),
            })
            .collect(),
        pending: pending.map(|item| item.id.clone()).collect(),
        needs_sign_off: card.needs_sign_off,
        without_records: card.without_records.iter().map(ToString::to_string).collect(),
        items: card.items.iter().map(item).collect(),
        digest: card.digest().to_string(),
    }
}

fn item(item: &ItemScore) -> Item {
    let parts = item.parts.iter().map(|part| Part {
        id: part.id.clone(),
        state: part.state.as_str(),
        points_min: part.points.min.shown(),
        points_max: part.points.max.shown(),
        n: part.n,
        hits: part.hits,
        disproved: part.disproved,
        listed: part.listed,
        missing: part.missing,
    });
    Item {
        id: item.id.clone(),
        state: item.state.as_str(),
        points_min: item.points.min.shown(),
        points_max: item.points.max.shown(),
        parts: parts.collect(),
    }
}

fn print(context: &mut Context, unit: &UnitPath, evaluated: &Evaluated, answer: &Answer) -> Result<()> {
    let language = context.language;
    let kind = match (answer.official, language) {
        (true, _) => language.pick("正式", "official"),
        (false, _) => language.pick("试算", "provisional"),
    };
    let headings = [
        ("单位", "unit"),
        ("名称", "name"),
        ("总分", "total"),
        ("结论", "outcome"),
        ("否决项", "vetoes"),
        ("待定项目", "pending items"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[2]);
    for (card, unit) in evaluated.evaluation.scorecards.iter().zip(&answer.units) {
        table.row([
            unit.unit.as_str(),
            &unit.name,
            &card.total.shown(),
            outcome(language, unit.outcome),
            &vetoes(language, unit),
            &runs(&unit.pending),
        ]);
    }
    let close = answer.close.as_deref().unwrap_or(&answer.as_of);
    context.out.line(&match language {
        Language::Chinese => format!("截至 {}，计入 {close} 及以前收到的记录，{kind}", answer.as_of),
        Language::English => {
            format!("as of {}, with the records received until {close}, {kind}", answer.as_of)
        }
    })?;
    context.out.table(&table)?;
    if close < as_of_today().as_str() && evaluated.period.close.is_none() {
        context.out.note(&match language {
            Language::Chinese => format!("{close} 之后收到的记录不计入；不给 `--close` 则计入，评分另成一份"),
            Language::English => format!(
                "what was received after {close} does not count; without `--close` it does, in scores that supersede these"
            ),
        });
    }
    if table.is_empty() {
        context.out.note(&match language {
            Language::Chinese => format!("{unit} 及以下没有列入创建的街道或社区"),
            Language::English => format!("{unit} has no street or community in the programme at or below it"),
        });
    } else {
        context.out.note(&told(language, &answer.programme, Level::Community));
        context.out.note(&told(language, &answer.programme, Level::Street));
        context.out.note(language.pick(
            "`linli explain 单位 项目` 列出每一项所依据的人员与事项",
            "`linli explain UNIT ITEM` lists everybody and everything that an item was counted from",
        ));
    }
    if answer.reused > 0 {
        let (reused, counted) = (answer.reused, answer.counted);
        context.out.note(&match language {
            Language::Chinese => format!("{reused} 份记录此后没有变动，沿用上次的统计，{counted} 份重新统计；`--anew` 全部重新统计"),
            Language::English => format!(
                "{reused} slices of records have not changed and stand as counted before, {counted} were counted; `--anew` counts all"
            ),
        });
    }
    if answer.determined > 0 {
        context.out.note(&match language {
            Language::Chinese => format!("本次对 {} 名在多个社区登记的人员作出归属认定", answer.determined),
            Language::English => {
                format!(
                    "decided for {} people whom several communities have which one counts them",
                    answer.determined
                )
            }
        });
    }
    if answer.left_out > 0 {
        context.out.note(&match language {
            Language::Chinese => format!("有 {} 条内容未生效，见 `linli status`", answer.left_out),
            Language::English => {
                format!("{} entries are without effect, see `linli status`", answer.left_out)
            }
        });
    }
    Ok(())
}

/// The programme of a level in one line.
fn told(language: Language, programme: &Scored, level: Level) -> String {
    let (Met { in_programme, declared, met }, zh, en) = match level {
        Level::Street => (programme.streets, "街道", "streets"),
        _ => (programme.communities, "社区", "communities"),
    };
    match language {
        Language::Chinese => format!("{zh}：列入创建 {in_programme} 个，申报 {declared} 个，达标 {met} 个"),
        Language::English => {
            format!("{en}: {in_programme} in the programme, {declared} declared, {met} meet the standard")
        }
    }
}

/// Items in a row as a run: `C01–C03 C05`.
fn runs(items: &[String]) -> String {
    let number = |item: &str| item.get(1..).and_then(|digits| digits.parse::<u32>().ok());
    let follows = |a: &String, b: &String| number(b).is_some() && number(a).map(|n| n + 1) == number(b);
    let run = |run: &[String]| match run {
        [] => String::new(),
        [one] => one.clone(),
        [first, second] => format!("{first} {second}"),
        [first, .., last] => format!("{first}–{last}"),
    };
    items.chunk_by(follows).map(run).collect::<Vec<_>>().join(" ")
}

fn outcome(language: Language, outcome: &str) -> &str {
    match outcome {
        "meets" => language.pick("达标", "meets"),
        "does_not_meet" => language.pick("未达标", "does not meet"),
        "undetermined" => language.pick("待定", "undetermined"),
        "no_records" => language.pick("无记录", "no records"),
        other => other,
    }
}

fn vetoes(language: Language, unit: &Unit) -> String {
    let told: Vec<String> = unit
        .vetoes
        .iter()
        .filter(|veto| veto.state != "passes")
        .map(|veto| match veto.state {
            "fails" => veto.id.clone(),
            _ => format!("{}{}", veto.id, language.pick("（待定）", " (pending)")),
        })
        .collect();
    told.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_in_a_row_are_told_as_a_run() {
        let items = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (given, expected) in [
            ("", ""),
            ("C01", "C01"),
            ("C01 C02", "C01 C02"),
            ("C01 C02 C03 C05 C19 C20", "C01–C03 C05 C19 C20"),
        ] {
            assert_eq!(runs(&items(given)), expected);
        }
    }
}
