//! `linli assess status`: where every unit stands, and what is due.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use linli_eval::{
    Date,
    road::{Due, Refusal, Road, Score},
};
use linli_node::road;
use linli_wire::{Level, UnitPath};
use serde_json::{Value, json};

use super::{step, words};
use crate::{
    cli::values,
    context::{Context, unit_or_own},
    language::Language,
    output::Table,
};

#[derive(Debug, Args)]
pub struct Status {
    /// The unit, with all below it; without it the device's own
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// The year of the programme; without it that of the last 31 October
    #[arg(long)]
    year: Option<i64>,
    /// As things stood at the end of this day
    #[arg(long, value_name = "DATE", default_value = "today", value_parser = values::day)]
    on: String,
}

impl Status {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        let node = context.node()?;
        let unit = unit_or_own(&node, self.unit.as_ref())?;
        let year = step::year(self.year)?;
        let on: Date = self.on.parse()?;
        let (rules, calendar) = road::rules()?;
        node.materialise()?;
        let cases = node.with(|r| road::cases(r, &unit, year))?;
        let names = super::super::realm::names(&node)?;
        let roads: Vec<(UnitPath, Road)> = cases
            .into_iter()
            .filter_map(|(unit, years)| Some((unit, road::stand(&rules, &calendar, &years, on)?)))
            .collect();
        if context.json {
            let units: Vec<Value> = roads.iter().map(|(unit, road)| told(unit, road, &names)).collect();
            return context.out.json(&json!({"year": year, "on": self.on, "units": units}));
        }
        print(context, &roads, &names)?;
        if !calendar.knows(on.civil().0) {
            context.out.note(context.say(
                "该年度的节假日安排尚未收录，工作日按周一至周五计",
                "the holidays of that year are not known yet: working days are counted from Monday to Friday",
            ));
        }
        Ok(())
    }
}

fn told(unit: &UnitPath, road: &Road, names: &BTreeMap<String, String>) -> Value {
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    let due: Vec<Value> = road
        .due
        .iter()
        .map(|due| {
            json!({"step": due.step.map_or("correction", |step| step.code()), "by": due.by.as_str(),
                "until": day(due.until), "about": due.about, "overdue": due.overdue,
                "escalated_to": due.escalated_to.map(Level::as_str)})
        })
        .collect();
    let frozen: Vec<Value> = road
        .frozen
        .iter()
        .map(|(published, score)| {
            let mut told = scored(score);
            told["published"] = json!(published.to_string());
            told
        })
        .collect();
    let without_effect: BTreeMap<&String, String> = road
        .without_effect
        .iter()
        .map(|(id, refusal): (&String, &Refusal)| (id, words::refusal(Language::English, *refusal)))
        .collect();
    json!({
        "unit": unit.to_string(), "name": names.get(unit.as_str()), "level": unit.level().as_str(),
        "standing": road.standing.code(), "declared": day(road.declared), "late": road.late,
        "inspected": day(road.inspected), "met": day(road.met), "published": day(road.published),
        "recognised": day(road.recognised), "ended": day(road.ended),
        "barred_until": day(road.barred_until), "declaration": road.declaration,
        "inspection": road.inspection.as_ref().map(scored), "frozen": frozen, "due": due,
        "without_effect": without_effect,
    })
}

fn scored(score: &Score) -> Value {
    json!({"scorecard": score.scorecard, "standard_hash": score.standard_hash, "as_of": score.as_of,
        "total": score.total, "outcome": score.outcome})
}

fn print(context: &mut Context, roads: &[(UnitPath, Road)], names: &BTreeMap<String, String>) -> Result<()> {
    let language = context.language;
    let headings = [
        ("单位", "unit"),
        ("名称", "name"),
        ("状态", "standing"),
        ("申报", "declared"),
        ("评估", "inspected"),
        ("公示", "published"),
        ("认定", "recognised"),
        ("应办", "due"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    for (unit, road) in roads {
        let due: Vec<String> = road.due.iter().map(|due| task(language, due)).collect();
        table.row([
            unit.as_str(),
            names.get(unit.as_str()).map_or("", String::as_str),
            words::stands(language, road),
            &day(road.declared),
            &day(road.inspected),
            &day(road.published),
            &day(road.recognised),
            &due.join("；"),
        ]);
    }
    context.out.table(&table)?;
    let ignored: usize = roads.iter().map(|(_, road)| road.without_effect.len()).sum();
    if ignored > 0 {
        context.out.note(&match language {
            Language::Chinese => format!("有 {ignored} 件文书不产生效力，见 --json 的 without_effect"),
            Language::English => {
                format!("{ignored} papers have no effect, see without_effect in --json")
            }
        });
    }
    Ok(())
}

/// What is due in a few words: the step, by whom, until when, and who has to see to it now.
fn task(language: Language, due: &Due) -> String {
    let step = due.step.map_or(language.pick("补正", "correction"), |step| words::step(language, step));
    let by = words::level(language, due.by);
    let until = due.until.map(|until| until.to_string()).unwrap_or_default();
    let about = if due.about.is_empty() { String::new() } else { format!(" {}", due.about) };
    let overdue = match (due.overdue, due.escalated_to, language) {
        (false, ..) => String::new(),
        (true, Some(level), Language::Chinese) => format!(" 逾期，转{}督办", words::level(language, level)),
        (true, Some(level), Language::English) => format!(" overdue, goes to the {}", level.as_str()),
        (true, None, _) => language.pick(" 逾期", " overdue").to_owned(),
    };
    match language {
        Language::Chinese => format!("{step}{about}（{by}，{until} 前）{overdue}"),
        Language::English => format!("{step}{about} ({by}, until {until}){overdue}"),
    }
}
