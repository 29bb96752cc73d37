//! A whole invented city at its hub.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use linli_eval::{Evaluation, Outcome};
use linli_generate::{CommunityPart, Course, Plan, StreetPart, Units, plain, source};
use linli_log::Right;
use linli_model::date;
use linli_node::{
    Node, Period, as_of_today, evaluate,
    programme::{self, Progress, programme},
    standard_in_force,
};
use linli_wire::{Level, UnitPath};
use serde::Serialize;

use super::{
    Preset,
    devices::Devices,
    papers::Papers,
    people::{self, Written},
    plan,
    schedule::Schedule,
    year::Year,
};
use crate::{
    context::Context,
    failure::{Ended, Refused},
    language::Language,
};

/// Why the source leaves a district out.
const NO_COUNTY_TOWN: &str = "没有县城";
/// Days after the end of the period on which the districts look at what records do not tell.
const CHECKED_DAYS: i64 = 9;

#[derive(Debug, Serialize)]
struct Made {
    preset: &'static str,
    seed: u64,
    year: i64,
    households: usize,
    people: usize,
    devices: usize,
    traps: usize,
    duplicates: usize,
    published: usize,
    communities: Progress,
    streets: Progress,
}

pub fn run(context: &mut Context, node: &Node, plan: &Plan, preset: Preset) -> Result<Ended> {
    let city = hub_without_cards(context, node)?;
    let streets = cast(context, node, &city, plan, preset)?;
    let step = |context: &mut Context, zh: &str, en: &str| context.out.note(context.language.pick(zh, en));

    step(context, "授权虚构设备 …", "granting invented devices …");
    // The year goes by on a clock of its own; what follows it is done today.
    let days = Year::of(plan);
    let past = node.by_clock(days.clock());
    let mut devices = Devices::grant(&past, units(&streets).into_iter())?;
    step(context, "各社区、街道录入一年的工作 …", "communities and streets write the records of a year …");
    let as_of = date::from_day_number(plan.as_of).map(date::to_iso).unwrap_or_default();
    let year = programme::year_of(&as_of)?;
    let reason = (preset == Preset::Source).then_some(NO_COUNTY_TOWN);
    plan::publish(&past, plan, (&city, year), &streets, reason, &mut devices)?;
    let pairs = people::pairs(plan, &streets);
    let written = people::write_records(&past, plan, &days, &streets, &pairs, &mut devices)?;
    people::file_registers(&past, plan, &streets, &mut devices)?;
    let today = as_of_today();
    let period = Period { close: Some(today.clone()), ..Period::ending(&as_of) };
    let standard = |level| standard_in_force(node, &city, level, &period);
    let standards = [standard(Level::Community)?, standard(Level::Street)?];
    let checked = (plan.as_of + CHECKED_DAYS).min(days.until());
    people::answer_checks(&past, checked, &streets, standards.each_ref(), &mut devices)?;

    step(context, "评估全市 …", "evaluating the city …");
    let evaluated = evaluate(node, &city, &period)?;
    if preset == Preset::Source {
        as_planned(&streets, &evaluated.evaluation)?;
    }
    let mut published = 0;
    if preset == Preset::Source {
        step(
            context,
            "申报、审核、检查、评估、公示 …",
            "declaring, reviewing, checking, inspecting, publishing …",
        );
        let schedule = Schedule::of(&as_of)?;
        let papers = Papers { year, schedule: &schedule, evaluation: &evaluated.evaluation };
        papers.before_the_inspection(node, &streets, &mut devices)?;
        papers.inspect(node, &city, &streets)?;
        papers.declare_late(node, &streets, &mut devices)?;
        published = papers.publish(node, &city, &streets)?;
    }
    everything_counts(node)?;
    let counted = programme(node, &city, year, &today)?;
    let Written { households, people, traps } = written;
    let made = Made {
        preset: preset.name(),
        seed: plan.seed,
        year,
        households,
        people,
        devices: devices.count(),
        traps,
        duplicates: pairs.len() / 2,
        published,
        communities: counted.communities,
        streets: counted.streets,
    };
    if context.json {
        context.out.json(&made)?;
    } else {
        tell(context, &made)?;
    }
    Ok(Ended::Done)
}

/// The city whose hub this is, where nobody has a card yet: what is invented must not stand among what is real.
fn hub_without_cards(context: &Context, node: &Node) -> Result<UnitPath> {
    let device = node.device();
    let city = node.units().into_iter().find(|unit| unit.level() == Level::City);
    let is_hub = node.with(|r| {
        r.trust().grants_of(device).any(|(_, authority)| {
            let rights = authority.grant.rights;
            [Right::Issue, Right::Oversight, Right::Notices].into_iter().all(|right| rights.has(right))
        })
    });
    let Some(city) = city.filter(|_| is_hub) else {
        let message = context.say("本机不是市级服务器", "this is no city's hub");
        let hint = context.say(
            "先 `linli realm init`，再 `linli hub init --root … --unit 市`，然后用 --data 指向该目录",
            "run `linli realm init`, then `linli hub init --root … --unit CITY`, and name that directory with --data",
        );
        return Err(Refused::new(message).hint(hint).into());
    };
    node.materialise()?;
    let sql = "SELECT (SELECT COUNT(*) FROM household) + (SELECT COUNT(*) FROM person)";
    let there: Vec<i64> = node.with(|r| r.query(sql, [], |row| row.get(0)))?;
    if there.iter().any(|count| *count > 0) {
        let message = context.say(
            "本机已有户卡或人员，不能再生成虚构的城市",
            "there are cards or people here already, so no invented city can be made here",
        );
        let hint = context.say(
            "换一个空的目录：`linli realm init`、`linli hub init` 各做一次",
            "begin in an empty directory, with `linli realm init` and `linli hub init`",
        );
        return Err(Refused::new(message).hint(hint).into());
    }
    Ok(city)
}

fn cast(
    context: &Context,
    node: &Node,
    city: &UnitPath,
    plan: &Plan,
    preset: Preset,
) -> Result<Vec<StreetPart>> {
    let units = programme_units(node, city)?;
    if preset == Preset::City && !units.is_empty() {
        return Ok(plain(plan.seed, &units));
    }
    source(plan.seed, &units).map_err(|other| {
        let message = match context.language {
            Language::Chinese => format!(
                "列入创建的有 {} 个街道、{} 个社区，与材料中的 13 个街道、178 个社区不符",
                other.streets, other.communities
            ),
            Language::English => format!("{other}, not the 13 and 178 of the source"),
        };
        let hint = context.say(
            "用随附的 zhenjiang-units.csv 建域；其他单位名单可用 --preset city",
            "begin the realm with the zhenjiang-units.csv that comes with the sources; for other units there is --preset city",
        );
        Refused::new(message).hint(hint).into()
    })
}

/// The streets of the programme that have communities in it, with these.
fn programme_units(node: &Node, city: &UnitPath) -> Result<Units> {
    let rows: Vec<(String, String)> = node.with(|r| {
        let sql = "SELECT unit, name FROM unit WHERE programme = 1";
        r.query(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
    })?;
    let mut names = BTreeMap::new();
    for (unit, name) in rows {
        names.insert(unit.parse::<UnitPath>()?, name);
    }
    let mut units = Units::new();
    for (unit, name) in names.iter().filter(|(unit, _)| city.covers(unit)) {
        let street = unit.parent().filter(|_| unit.level() == Level::Community);
        let street = street.and_then(|street| names.get(&street).cloned().map(|name| (street, name)));
        if let Some(street) = street {
            units.entry(street).or_default().push((unit.clone(), name.clone()));
        }
    }
    Ok(units)
}

/// Every unit that works: communities, streets, and the districts above them.
fn units(streets: &[StreetPart]) -> Vec<UnitPath> {
    let mut units: Vec<UnitPath> = streets
        .iter()
        .flat_map(|street| {
            let below = street.communities.iter().map(|part| part.unit.clone());
            below.chain([street.unit.clone()]).chain(street.unit.parent())
        })
        .collect();
    units.sort();
    units.dedup();
    units
}

/// Fails where a unit fares otherwise than it was cast: then the generator and the standard have come apart.
fn as_planned(streets: &[StreetPart], evaluation: &Evaluation) -> Result<()> {
    let communities = streets.iter().flat_map(|street| &street.communities);
    let planned = communities.map(|part| (&part.unit, CommunityPart::meets(part)));
    let planned =
        planned.chain(streets.iter().map(|street| (&street.unit, street.course == Course::Declares)));
    let other: Vec<String> = planned
        .filter_map(|(unit, meets)| {
            let outcome = evaluation.scorecard(unit).map(|card| card.outcome);
            let expected = if meets { Outcome::Meets } else { Outcome::DoesNotMeet };
            (outcome != Some(expected)).then(|| {
                format!("{unit} {} instead of {}", outcome.map_or("-", Outcome::as_str), expected.as_str())
            })
        })
        .collect();
    if other.is_empty() {
        return Ok(());
    }
    bail!("the city did not come out as the source has it: {}; try another --seed", other.join(", "))
}

/// Nothing that was written here is without effect.
fn everything_counts(node: &Node) -> Result<()> {
    node.materialise()?;
    let left_out = node.with(|r| r.left_out())?;
    match left_out.first() {
        None => Ok(()),
        Some(first) => bail!(
            "{} of the entries are without effect, the first because {}",
            left_out.len(),
            first.reason.clone().unwrap_or_default()
        ),
    }
}

fn tell(context: &mut Context, made: &Made) -> Result<()> {
    let Made { year, households, people, devices, traps, duplicates, published, .. } = made;
    context.out.line(&match context.language {
        Language::Chinese => format!(
            "{year} 年度：{households} 户，{people} 人，由 {devices} 台虚构设备录入；设置疑点 {traps} 处，\
             {duplicates} 人在两个社区登记"
        ),
        Language::English => format!(
            "{year}: {households} households, {people} people, written by {devices} invented devices; {traps} traps \
             set, {duplicates} people in two communities"
        ),
    })?;
    for (progress, zh, en) in [(&made.communities, "社区", "communities"), (&made.streets, "街道", "streets")]
    {
        let Progress { in_programme, declared, declared_late, inspected, met, .. } = progress;
        let (declared, late) = (declared.count, declared_late.count);
        let (inspected, met) = (inspected.count, met.count);
        context.out.line(&match context.language {
            Language::Chinese => format!(
                "{zh}：列入创建 {in_programme} 个，申报 {declared} 个，补报 {late} 个，评估 {inspected} 个，达标 {met} 个"
            ),
            Language::English => format!(
                "{en}: {in_programme} in the programme, {declared} declared, {late} declared late, {inspected} \
                 inspected, {met} met"
            ),
        })?;
    }
    if *published > 0 {
        context.out.line(&match context.language {
            Language::Chinese => format!("公示 {published} 个单位"),
            Language::English => format!("{published} units published"),
        })?;
    }
    context.out.note(context.say(
        "虚构设备的密钥已丢弃。接下来：linli evaluate、linli findings、linli assess status",
        "the keys of the invented devices are gone. Next: linli evaluate, linli findings, linli assess status",
    ));
    Ok(())
}
