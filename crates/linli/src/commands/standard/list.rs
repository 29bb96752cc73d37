//! `linli standard list`: the standards, where each comes from and what it does in a period.

use std::collections::BTreeMap;

use anyhow::Result;
use linli_audit::packs::{self, Effect, Published};
use linli_eval::Standard;
use linli_model::date;
use linli_node::{Node, Period};
use linli_wire::{Digest, Level};
use serde::Serialize;

use super::chinese;
use crate::{
    context::{Context, own_unit},
    language::Language,
    output::Table,
    standing,
};

#[derive(Debug, Serialize)]
struct Listed {
    id: String,
    version: String,
    level: Option<&'static str>,
    zh: String,
    en: String,
    items: usize,
    total: String,
    threshold: String,
    hash: Option<String>,
    /// `built_in` or `published`.
    origin: &'static str,
    /// Who published it.
    unit: Option<String>,
    device: Option<String>,
    since: Option<String>,
    /// `in_force`, `later`, `replaced` or `no_effect`.
    effect: &'static str,
    why: Vec<String>,
    /// How many programme units of the device's unit it scores.
    units_scored: usize,
}

pub fn run(context: &mut Context, period: &Period) -> Result<()> {
    let built_in = [Standard::community(), Standard::street()];
    let mut below_the_city = false;
    let listed = if context.has_data() {
        let node = context.node()?;
        below_the_city = own_unit(&node)?.level() != Level::City;
        of_node(&node, &built_in, period)?
    } else {
        built_in.iter().map(|standard| described(standard, "in_force")).collect()
    };
    if context.json {
        return context.out.json(&listed);
    }
    print(context, &listed, period, below_the_city)
}

fn of_node(node: &Node, built_in: &[Standard], period: &Period) -> Result<Vec<Listed>> {
    node.materialise()?;
    let unit = own_unit(node)?;
    let (start_n, as_of_n) = (period.start_n()?, period.as_of_n()?);
    let (published, scored) = node.with(|r| {
        let in_force = packs::in_force(r, &r.trust().arrangement(as_of_n), &unit, start_n)?;
        Ok::<_, linli_audit::SnapshotError>((packs::published(r)?, in_force.scored_by))
    })?;
    let mut units_of: BTreeMap<Digest, usize> = BTreeMap::new();
    for hash in scored.into_values() {
        *units_of.entry(hash).or_default() += 1;
    }
    let city =
        published.iter().filter(|one| one.unit.level() == Level::City).map(|one| one.unit.clone()).next();
    let mut listed: Vec<Listed> = Vec::new();
    for standard in built_in {
        let replaced = city
            .as_ref()
            .is_some_and(|city| packs::last(&published, city, standard.level, start_n).is_some());
        listed.push(described(standard, if replaced { "replaced" } else { "in_force" }));
    }
    let effects = packs::effects(&published, start_n);
    listed.extend(published.iter().zip(effects).map(|(one, effect)| of_published(one, effect)));
    // A pack that a unit publishes again may be another's, byte for byte: what is in force counts.
    for one in listed.iter_mut().filter(|one| one.effect == "in_force") {
        one.units_scored =
            units_of.iter().find(|(hash, _)| one.hash == Some(hash.to_string())).map_or(0, |(_, n)| *n);
    }
    Ok(listed)
}

fn described(standard: &Standard, effect: &'static str) -> Listed {
    Listed {
        id: standard.id.clone(),
        version: standard.version.clone(),
        level: Some(standard.level.as_str()),
        zh: standard.zh.clone(),
        en: standard.en.clone(),
        items: standard.items.len(),
        total: standard.total.shown(),
        threshold: standard.threshold.shown(),
        hash: Some(standard.hash.to_string()),
        origin: "built_in",
        unit: None,
        device: None,
        since: None,
        effect,
        why: Vec::new(),
        units_scored: 0,
    }
}

fn of_published(one: &Published, effect: Effect) -> Listed {
    let (effect, why) = match effect {
        Effect::InForce => ("in_force", Vec::new()),
        Effect::Later => ("later", Vec::new()),
        Effect::Replaced => ("replaced", Vec::new()),
        Effect::Loosens(places) => ("no_effect", places),
        Effect::NoPack(why) => ("no_effect", vec![why]),
    };
    let unknown = |_: &String| Listed {
        id: one.id.clone(),
        version: one.version.clone(),
        level: None,
        zh: String::new(),
        en: String::new(),
        items: 0,
        total: String::new(),
        threshold: String::new(),
        hash: None,
        origin: "published",
        unit: None,
        device: None,
        since: None,
        effect,
        why: Vec::new(),
        units_scored: 0,
    };
    let described = one.standard.as_ref().map_or_else(unknown, |standard| described(standard, effect));
    Listed {
        origin: "published",
        unit: Some(one.unit.to_string()),
        device: one.device.map(|device| device.to_string()),
        since: date::from_day_number(one.day_n).map(date::to_iso),
        why,
        ..described
    }
}

fn print(context: &mut Context, listed: &[Listed], period: &Period, below_the_city: bool) -> Result<()> {
    let language = context.language;
    let headings = [
        ("标准", "standard"),
        ("版本", "version"),
        ("级别", "level"),
        ("达标", "needed"),
        ("来源", "from"),
        ("发布日期", "published on"),
        ("效力", "effect"),
        ("评分单位", "units scored"),
        ("摘要", "hash"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[3, 7]);
    for one in listed {
        let level =
            [Level::Community, Level::Street].into_iter().find(|level| one.level == Some(level.as_str()));
        table.row([
            one.id.as_str(),
            &one.version,
            level.map_or("", |level| standing::level_name(language, level)),
            &one.threshold,
            one.unit.as_deref().unwrap_or(language.pick("内置", "built in")),
            one.since.as_deref().unwrap_or(""),
            effect(language, one.effect),
            &one.units_scored.to_string(),
            one.hash.as_deref().unwrap_or(""),
        ]);
    }
    context.out.table(&table)?;
    context.out.note(&match language {
        Language::Chinese => format!("效力指截至 {} 的考核期；考核期首日已发布者有效", period.as_of),
        Language::English => {
            format!(
                "the effect is that in the period to {}: what was published by its first day is in force",
                period.as_of
            )
        }
    });
    if below_the_city {
        context.out.note(language.pick(
            "仅就本机已收到的而言：市新发布而尚未同步到本机的标准不在其中",
            "as far as it has come here: what the city has published since the last sync is not in it",
        ));
    }
    for one in listed.iter().filter(|one| !one.why.is_empty()) {
        let (id, unit) = (&one.id, one.unit.as_deref().unwrap_or_default());
        context.out.note(&match language {
            Language::Chinese => format!("{unit} 的 {id} {} 无效：", one.version),
            Language::English => format!("the standard {id} {} of {unit} has no effect:", one.version),
        });
        for why in &one.why {
            context.out.note(&format!("  {}", chinese::told(language, why)));
        }
    }
    Ok(())
}

fn effect(language: Language, effect: &str) -> &str {
    match effect {
        "in_force" => language.pick("有效", "in force"),
        "later" => language.pick("下一考核期起", "from a later period on"),
        "replaced" => language.pick("已被取代", "replaced"),
        _ => language.pick("无效", "no effect"),
    }
}
