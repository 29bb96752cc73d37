//! What the report on the programme is made from: figures of the records, dates of the road, scorecards and traps.

mod units;

use std::collections::{BTreeMap, BTreeSet};

use linli_audit::packs;
use linli_eval::{
    Outcome, Scorecard, VetoState,
    figures::{Figures, dictionary},
    findings::Severity,
};
use linli_report::{Facts, Number, Row, Source};
use linli_wire::{Level, UnitPath};

use crate::{
    error::NodeError,
    evaluation::{Period, evaluate},
    ledger::{LedgerDays, findings, read_figures},
    node::Node,
    programme::{self, Programme, RE_EMPLOYED},
};
use units::Units;

/// The file of [`RE_EMPLOYED`], as its sources name it.
const RE_EMPLOYED_FILE: &str = "re_employed.sql";

/// Whom a report is about, and when.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The report is about this unit and what lies below it.
    pub unit: &'a UnitPath,
    /// The year of the programme.
    pub year: i64,
    /// The day at whose end things stand as they are told, ISO.
    pub on: &'a str,
    /// Why somebody looks.
    pub why: &'a str,
}

/// Communities whose command stands with a number.
const EXPLAINED_MAX: usize = 3;

impl Asked<'_> {
    fn command(&self, words: &str) -> Source {
        Source::Command(format!("linli {words} --unit {}", self.unit))
    }
}

/// Gathers everything that a report of a unit may say.
///
/// It evaluates, so that the numbers are those of the scorecards of the same moment.
pub fn facts(node: &Node, asked: &Asked<'_>) -> Result<Facts, NodeError> {
    let programme = programme::programme(node, asked.unit, asked.year, asked.on)?;
    // In a year that is not over everything is told as it stands.
    let as_of = programme.as_of.as_str().min(asked.on).to_owned();
    let days = LedgerDays { as_of: as_of.clone(), known: asked.on.to_owned() };
    let period = Period { as_of, start: Some(programme.start.clone()), close: Some(asked.on.to_owned()) };
    let evaluated = evaluate(node, asked.unit, &period)?;
    let figures = read_figures(node, asked.unit, &days)?;
    let units = Units::read(node, asked)?;
    let mut facts = Facts { texts: texts(&programme, &units, asked, &days), ..Facts::default() };
    of_records(&mut facts, &figures);
    of_programme(&mut facts, asked, &programme);
    of_scorecards(&mut facts, asked, &days, &evaluated.evaluation.scorecards);
    of_traps(&mut facts, node, asked, &days)?;
    for (district, name) in units.districts() {
        facts.rows.push(row(node, asked, &programme, &district, name)?);
    }
    facts.lists = units.met();
    Ok(facts)
}

fn texts(
    programme: &Programme,
    units: &Units,
    asked: &Asked<'_>,
    days: &LedgerDays,
) -> BTreeMap<String, String> {
    let whole = match asked.unit.level() {
        Level::City => "全市",
        Level::District => "全区",
        Level::Street => "全街道",
        Level::Community => "本社区",
    };
    let texts = [
        ("unit", units.name(asked.unit)),
        ("whole", whole.to_owned()),
        ("year", asked.year.to_string()),
        ("start", written(&programme.start)),
        ("as_of", written(&days.as_of)),
        ("made", written(asked.on)),
    ];
    texts.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}

/// A day as papers write it: 2026年10月31日.
fn written(iso: &str) -> String {
    match iso.split('-').map(|part| part.trim_start_matches('0')).collect::<Vec<_>>()[..] {
        [year, month, day] => format!("{year}年{month}月{day}日"),
        _ => iso.to_owned(),
    }
}

fn number(facts: &mut Facts, id: &str, value: u64, told: [&str; 3], source: Source) {
    let [zh, en, of] = told.map(str::to_owned);
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    facts.numbers.insert(id.to_owned(), Number { value, zh, en, of, source });
}

fn of_records(facts: &mut Facts, figures: &Figures) {
    for query in &dictionary().queries {
        for figure in &query.figures {
            let source = Source::Query { file: query.file.clone(), sql: query.sql.to_owned() };
            let value = figures.total(&figure.id).unsigned_abs();
            number(facts, &figure.id, value, [&figure.zh, &figure.en, &figure.of], source);
        }
    }
}

/// What the road says of one level, by the last part of its id.
fn of_road(progress: &programme::Progress) -> [(&'static str, u64, &'static str, &'static str); 10] {
    [
        ("in_programme", progress.in_programme, "列入创建范围", "in the programme"),
        ("declared", progress.declared.count, "申报", "declared in time"),
        ("declared_late", progress.declared_late.count, "补报", "declared late"),
        ("inspected", progress.inspected.count, "检查评估", "inspected"),
        ("met", progress.met.count, "检查达标", "met the standard when inspected"),
        ("declared_met", progress.declared_met.count, "申报并达标", "declared in time and met"),
        (
            "declared_failed",
            progress.declared_failed.count,
            "申报未达标",
            "declared in time and did not meet",
        ),
        (
            "met_undeclared",
            progress.met.count - progress.declared_met.count.min(progress.met.count),
            "未申报而达标",
            "met without having declared in time",
        ),
        ("published", progress.published.count, "公示", "published"),
        ("recognised", progress.recognised.count, "认定", "recognised"),
    ]
}

fn of_programme(facts: &mut Facts, asked: &Asked<'_>, programme: &Programme) {
    let status = format!("assess status --year {} --on {}", asked.year, asked.on);
    let levels = [
        ("communities", "社区", "communities", &programme.communities),
        ("streets", "街道", "streets", &programme.streets),
    ];
    for (level, zh, en, progress) in levels {
        for (id, value, told_zh, told_en) in of_road(progress) {
            let told = [&*format!("{told_zh}的{zh}"), &*format!("{en}: {told_en}"), "个"];
            number(facts, &format!("{level}.{id}"), value, told, asked.command(&status));
        }
        let needed = progress.in_all.needed;
        let short = needed.saturating_sub(progress.in_all.share.count);
        let goals = || Source::Command("protocol/road/road.toml".to_owned());
        let told = [&*format!("三年应认定的{zh}"), &*format!("{en} to be recognised in three years"), "个"];
        number(facts, &format!("target.{level}"), needed, told, goals());
        let told = [&*format!("离三年目标还差的{zh}"), &*format!("{en} still to be recognised"), "个"];
        number(facts, &format!("target.{level}_short"), short, told, asked.command(&status));
    }
    let query = || Source::Query { file: RE_EMPLOYED_FILE.to_owned(), sql: RE_EMPLOYED.to_owned() };
    let people = &programme.people;
    let told = ["本期实现再就业人员", "people re-employed in the period", "人"];
    number(facts, "people.re_employed", people.re_employed, told, query());
    let told = ["累计实现再就业人员", "people re-employed in every year on record", "人"];
    number(facts, "people.re_employed_in_all", people.re_employed_in_all, told, query());
}

fn of_scorecards(facts: &mut Facts, asked: &Asked<'_>, days: &LedgerDays, cards: &[Scorecard]) {
    let words = format!("evaluate --as-of {} --close {}", days.as_of, days.known);
    let communities: Vec<&Scorecard> =
        cards.iter().filter(|card| card.unit.level() == Level::Community).collect();
    let count =
        |holds: &dyn Fn(&Scorecard) -> bool| communities.iter().filter(|card| holds(card)).count() as u64;
    let standard = packs::built_in(Level::Community);
    for veto in standard.items.iter().filter_map(|item| item.veto.as_ref()).collect::<BTreeSet<_>>() {
        let fails = count(&|card| card.vetoes.iter().any(|v| v.id == *veto && v.state == VetoState::Fails));
        let told = [&*format!("硬指标{veto}不合格的社区"), &*format!("communities that fail {veto}"), "个"];
        number(facts, &format!("communities.fails_{veto}"), fails, told, asked.command(&words));
    }
    let undetermined = count(&|card| card.outcome == Outcome::Undetermined);
    let told = ["暂不能得出结论的社区", "communities that are not decided yet", "个"];
    number(facts, "communities.undetermined", undetermined, told, asked.command(&words));
    let silent = count(&|card| card.outcome == Outcome::NoRecords);
    let told = ["没有报送记录的社区", "communities without records", "个"];
    number(facts, "communities.without_records", silent, told, asked.command(&words));
    for item in &standard.items {
        for part in &item.parts {
            let parts = communities
                .iter()
                .filter_map(|card| card.item(&item.id)?.parts.iter().find(|found| found.id == part.id));
            let (n, hits) = parts.fold((0, 0), |(n, hits), part| (n + part.n, hits + part.hits));
            let explain = Source::Command(explained(&item.id, &part.id, days, &communities));
            let mut add = |id: &str, value, zh: &str, en: &str| {
                let told = [
                    &*format!("{} {}：{zh}", item.id, part.zh),
                    &*format!("{} {}: {en}", item.id, part.en),
                    "",
                ];
                number(facts, &format!("{}.{}.{id}", item.id, part.id), value, told, explain.clone());
            };
            add("n", n, "应计", "counted");
            add("hits", hits, "达到", "hits");
            add("misses", n.saturating_sub(hits), "未达到", "misses");
        }
    }
}

/// The commands that list the subjects of an item: one for each community that counts some, of many the first few.
fn explained(item: &str, part: &str, days: &LedgerDays, communities: &[&Scorecard]) -> String {
    let counts = |card: &&&Scorecard| {
        card.item(item).is_some_and(|item| item.parts.iter().any(|found| found.id == part && found.n > 0))
    };
    let mut units: Vec<String> =
        communities.iter().filter(counts).map(|card| card.unit.to_string()).collect();
    if units.is_empty() {
        units.extend(communities.first().map(|card| card.unit.to_string()));
    }
    let command =
        |unit: &String| format!("linli explain {unit} {item} --as-of {} --close {}", days.as_of, days.known);
    let mut told: Vec<String> = units.iter().take(EXPLAINED_MAX).map(command).collect();
    if let Some(more) = units.len().checked_sub(EXPLAINED_MAX).filter(|more| *more > 0) {
        told.push(format!("… +{more}"));
    }
    told.join("; ")
}

fn of_traps(facts: &mut Facts, node: &Node, asked: &Asked<'_>, days: &LedgerDays) -> Result<(), NodeError> {
    let found = findings(node, asked.unit, days, asked.why)?;
    let source = || asked.command(&format!("findings --as-of {} --known {}", days.as_of, days.known));
    let told = ["数据核查发现的情况", "what the traps have caught", "项"];
    number(facts, "traps.all", found.len() as u64, told, source());
    let serious = found.iter().filter(|found| found.severity == Severity::Serious).count() as u64;
    number(facts, "traps.serious", serious, ["其中严重的情况", "of these serious", "项"], source());
    Ok(())
}

/// The numbers of one district.
fn row(
    node: &Node,
    asked: &Asked<'_>,
    programme: &Programme,
    district: &UnitPath,
    name: String,
) -> Result<Row, NodeError> {
    let (communities, streets) = programme::of_levels(node, district, asked.year, units::day(asked.on)?)?;
    let mut numbers = BTreeMap::new();
    for (level, progress) in [("communities", &communities), ("streets", &streets)] {
        let told = of_road(progress).into_iter();
        numbers.extend(
            told.map(|(id, value, ..)| (format!("{level}.{id}"), value.try_into().unwrap_or(i64::MAX))),
        );
    }
    let days = [programme.start.as_str(), &programme.as_of, asked.on];
    let re_employed = programme::re_employed(node, district, days)?;
    numbers.insert("people.re_employed".to_owned(), re_employed.try_into().unwrap_or(i64::MAX));
    Ok(Row { name, numbers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_papers_write_it() {
        assert_eq!(written("2026-01-09"), "2026年1月9日");
        assert_eq!(written("soon"), "soon");
    }
}
