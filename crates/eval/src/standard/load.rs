//! Reading a pack and checking that it is whole, before anything is scored by it.

use std::collections::{BTreeMap, BTreeSet};

use linli_wire::Level;
use thiserror::Error;

use super::{
    Below, Category, FINDINGS, Item, Part, Rule, SIGN_OFF, Slot, Source, Standard, Text, measure_file,
    read::{CategoryFile, ItemFile, PartFile, ReasonsFile, RuleFile, StandardFile},
};
use crate::{
    calendar::{Calendar, CalendarError},
    lint::{self, LintError},
    pack::{self, Files},
    ratio::{Ratio, RatioError},
};

/// Slots of one part, at most: a survey of a large street.
const SLOTS_MAX: u32 = 1000;
/// Files of one pack, at most.
const FILES_MAX: usize = 256;
/// Bytes of one pack, at most.
const BYTES_MAX: usize = 4 << 20;

/// Why a pack is no standard. Each message names the file, and where it can the item.
#[derive(Debug, Error)]
pub enum PackError {
    #[error("the pack has {found}, more than the limit of {limit}; split it or remove what is not needed")]
    TooLarge { found: String, limit: usize },
    #[error("the pack has the file `{0}` twice; keep one")]
    FileTwice(String),
    #[error("the pack has no file `{file}`, which {wanted_by} names; add it or remove the name")]
    FileMissing { file: String, wanted_by: String },
    #[error("nothing in standard.toml names the file `{0}`; name it or remove it")]
    FileUnused(String),
    #[error("{file} is not the TOML expected: {source}")]
    Toml { file: &'static str, source: toml::de::Error },
    #[error("calendar.toml: {0}")]
    Calendar(#[from] CalendarError),
    #[error("{0}")]
    Lint(#[from] LintError),
    #[error("standard.toml, {place}: {source}")]
    Number { place: String, source: RatioError },
    #[error("standard.toml, {place}: {problem}")]
    Invalid { place: String, problem: String },
    #[error("reasons.toml has no text for the reason `{reason}`, which {file} gives; add it")]
    ReasonMissing { reason: String, file: String },
}

pub fn load(files: impl IntoIterator<Item = (String, String)>) -> Result<Standard, PackError> {
    let files = collect(files)?;
    let file: StandardFile = parse(&files, "standard.toml")?;
    let calendar = Calendar::load(content(&files, "calendar.toml", "every standard")?)?;
    let reasons = reasons(&files)?;
    let items = file.item.iter().map(item).collect::<Result<Vec<_>, _>>()?;
    let standard = Standard {
        level: level(&file.level)?,
        total: number("total", &file.total)?,
        threshold: number("threshold", &file.threshold)?,
        id: file.id,
        version: file.version,
        zh: file.zh,
        en: file.en,
        close_workdays: file.close_workdays,
        findings_lag_days: i64::from(file.findings_lag_days),
        categories: file
            .category
            .iter()
            .map(|c| Category { id: c.id.clone(), zh: c.zh.clone(), en: c.en.clone() })
            .collect(),
        items,
        tables: file.tables,
        reasons,
        calendar,
        hash: pack::hash(&files),
        files,
    };
    check_points(&standard, &file.category)?;
    check_vetoes(&standard, &file.hard)?;
    check_files(&standard)?;
    Ok(standard)
}

fn collect(files: impl IntoIterator<Item = (String, String)>) -> Result<Files, PackError> {
    let mut collected = Files::new();
    let mut bytes = 0;
    for (name, content) in files {
        bytes += name.len() + content.len();
        if bytes > BYTES_MAX {
            return Err(PackError::TooLarge { found: format!("{bytes} bytes or more"), limit: BYTES_MAX });
        }
        if collected.len() == FILES_MAX {
            return Err(PackError::TooLarge { found: "more files".to_owned(), limit: FILES_MAX });
        }
        if collected.insert(name.clone(), content).is_some() {
            return Err(PackError::FileTwice(name));
        }
    }
    Ok(collected)
}

fn content<'f>(files: &'f Files, name: &str, wanted_by: &str) -> Result<&'f str, PackError> {
    files
        .get(name)
        .map(String::as_str)
        .ok_or_else(|| PackError::FileMissing { file: name.to_owned(), wanted_by: wanted_by.to_owned() })
}

fn parse<T: serde::de::DeserializeOwned>(files: &Files, file: &'static str) -> Result<T, PackError> {
    toml::from_str(content(files, file, "every standard")?).map_err(|source| PackError::Toml { file, source })
}

fn invalid(place: &str, problem: impl Into<String>) -> PackError {
    PackError::Invalid { place: place.to_owned(), problem: problem.into() }
}

fn number(place: &str, text: &str) -> Result<Ratio, PackError> {
    Ratio::from_decimal(text).map_err(|source| PackError::Number { place: place.to_owned(), source })
}

fn level(text: &str) -> Result<Level, PackError> {
    match text {
        "community" => Ok(Level::Community),
        "street" => Ok(Level::Street),
        _ => Err(invalid("level", format!("`{text}` is scored by no standard; write community or street"))),
    }
}

fn reasons(files: &Files) -> Result<BTreeMap<String, Text>, PackError> {
    let file: ReasonsFile = parse(files, "reasons.toml")?;
    let mut reasons = BTreeMap::new();
    for reason in file.reason {
        let text = Text { zh: reason.zh, en: reason.en };
        if reasons.insert(reason.code.clone(), text).is_some() {
            return Err(PackError::Invalid {
                place: format!("reasons.toml, {}", reason.code),
                problem: "the reason stands twice; keep one".to_owned(),
            });
        }
    }
    Ok(reasons)
}

fn item(file: &ItemFile) -> Result<Item, PackError> {
    let place = format!("item {}", file.id);
    let parts = file
        .part
        .iter()
        .map(|part_file| part(&format!("{place}, part {}", part_file.id), part_file))
        .collect::<Result<Vec<_>, _>>()?;
    let ids: BTreeSet<&str> = parts.iter().map(|part: &Part| part.id.as_str()).collect();
    if parts.is_empty() || ids.len() != parts.len() {
        return Err(invalid(&place, "it needs at least one part, and each under its own id"));
    }
    if ids.contains(SIGN_OFF) {
        return Err(invalid(&place, format!("no part may be called `{SIGN_OFF}`; a reviewer's sign-off is")));
    }
    Ok(Item {
        id: file.id.clone(),
        zh: file.zh.clone(),
        en: file.en.clone(),
        category: file.category.clone(),
        points: number(&place, &file.points)?,
        method: file.method.clone(),
        veto: file.veto.clone(),
        all_parts: file.all_parts,
        twin: file.twin.clone(),
        parts,
    })
}

fn part(place: &str, file: &PartFile) -> Result<Part, PackError> {
    let source = source(place, file)?;
    let below = match file.below.as_deref() {
        None if matches!(source, Source::Findings { .. }) => Below::Pending,
        None | Some("not_applicable") => Below::NotApplicable,
        Some("passes") => Below::Passes,
        Some("pending") => Below::Pending,
        Some(other) => {
            return Err(invalid(
                place,
                format!("below = \"{other}\" is unknown; write not_applicable, passes or pending"),
            ));
        }
    };
    let minimum = match (&source, file.minimum) {
        (_, Some(minimum)) => minimum,
        (Source::Records { .. }, None) => 1,
        (Source::Findings { open: true, .. }, None) => 0,
        (Source::Findings { checks, .. }, None) => checks.len() as u64,
    };
    if let Source::Findings { checks, open: false, .. } = &source
        && (minimum == 0 || minimum > checks.len() as u64)
    {
        return Err(invalid(
            place,
            format!("a minimum of {minimum} does not fit its {} checks", checks.len()),
        ));
    }
    Ok(Part {
        id: file.id.clone(),
        zh: file.zh.clone(),
        en: file.en.clone(),
        points: file.points.as_deref().map_or(Ok(Ratio::ZERO), |points| number(place, points))?,
        rule: rule(place, &file.rule)?,
        source,
        minimum,
        below,
        blocked_by: file.blocked_by.clone(),
        sign_off_blocked_by: file.sign_off_blocked_by.clone(),
    })
}

fn source(place: &str, file: &PartFile) -> Result<Source, PackError> {
    let findings = file.checks.is_some() || file.slots.is_some() || file.open || file.pooled_from.is_some();
    match (&file.measure, &file.rows) {
        (Some(measure), Some(rows)) if !findings => {
            Ok(Source::Records { measure: measure.clone(), rows: rows.clone() })
        }
        (None, None) if findings => {
            let checks = slots(place, file)?;
            if checks.is_empty() != file.open {
                return Err(invalid(place, "it needs either checks (or slots) or open = true, not both"));
            }
            Ok(Source::Findings { checks, pooled_from: file.pooled_from.clone(), open: file.open })
        }
        _ => Err(invalid(
            place,
            "it needs either measure and rows (read from records) or checks, slots or open (read from findings)",
        )),
    }
}

fn slots(place: &str, file: &PartFile) -> Result<Vec<Slot>, PackError> {
    let mut slots: Vec<Slot> = file
        .checks
        .iter()
        .flatten()
        .map(|slot| Slot { subject: slot.subject.clone(), zh: slot.zh.clone(), en: slot.en.clone() })
        .collect();
    if let Some(numbered) = &file.slots {
        if numbered.count > SLOTS_MAX {
            return Err(invalid(place, format!("{} slots are more than {SLOTS_MAX}", numbered.count)));
        }
        let width = numbered.count.to_string().len();
        slots.extend((1..=numbered.count).map(|n| Slot {
            subject: format!("{}{n:0width$}", numbered.prefix),
            zh: numbered.zh.replace("{n}", &n.to_string()),
            en: numbered.en.replace("{n}", &n.to_string()),
        }));
    }
    let subjects: BTreeSet<&str> = slots.iter().map(|slot| slot.subject.as_str()).collect();
    if subjects.len() == slots.len() { Ok(slots) } else { Err(invalid(place, "two checks have one subject")) }
}

fn rule(place: &str, file: &RuleFile) -> Result<Rule, PackError> {
    let one = Ratio::whole(1);
    let rule = match (file.kind.as_str(), &file.at, &file.from, &file.full, &file.per_miss) {
        ("all_or_nothing", Some(at), None, None, None) => {
            Rule::AllOrNothing { at: number(place, at)?, misses_allowed: file.misses_allowed.unwrap_or(0) }
        }
        ("linear", None, Some(from), Some(full), None) => {
            Rule::Linear { from: number(place, from)?, full: number(place, full)? }
        }
        ("deduct", None, None, None, Some(per_miss)) => Rule::Deduct { per_miss: number(place, per_miss)? },
        ("penalty", None, None, None, Some(per_miss)) => Rule::Penalty { per_miss: number(place, per_miss)? },
        _ => {
            return Err(invalid(
                place,
                "the rule is none of all_or_nothing (at), linear (from, full), deduct or penalty (per_miss)",
            ));
        }
    };
    let sound = match rule {
        Rule::AllOrNothing { at, .. } => at <= one,
        Rule::Linear { from, full } => from < full && full <= one,
        Rule::Deduct { per_miss } | Rule::Penalty { per_miss } => per_miss > Ratio::ZERO,
    };
    let allowed = file.misses_allowed.is_none() || matches!(rule, Rule::AllOrNothing { .. });
    if sound && allowed {
        Ok(rule)
    } else {
        Err(invalid(place, "the rule's numbers do not fit: rates are 0 to 1, from < full, per_miss > 0"))
    }
}

fn sum(place: &str, points: impl Iterator<Item = Ratio>) -> Result<Ratio, PackError> {
    points
        .into_iter()
        .try_fold(Ratio::ZERO, Ratio::plus)
        .ok_or_else(|| invalid(place, "the points are too fine to add up exactly"))
}

/// Points add up three times: parts to items, items to categories, items to the total.
fn check_points(standard: &Standard, categories: &[CategoryFile]) -> Result<(), PackError> {
    let mut ids = BTreeSet::new();
    for item in &standard.items {
        let place = format!("item {}", item.id);
        if !ids.insert(item.id.as_str()) {
            return Err(invalid(&place, "the item stands twice; keep one"));
        }
        if !categories.iter().any(|category| category.id == item.category) {
            return Err(invalid(&place, format!("no category is called `{}`", item.category)));
        }
        let parts = sum(&place, item.parts.iter().map(|part| part.points))?;
        let expected = if item.all_parts { Ratio::ZERO } else { item.points };
        if parts != expected {
            let (parts, expected) = (parts.shown(), expected.shown());
            return Err(invalid(
                &place,
                format!("its parts give {parts} points together instead of {expected}"),
            ));
        }
        for part in &item.parts {
            let place = format!("{place}, part {}", part.id);
            let pointless = item.all_parts || matches!(part.rule, Rule::Penalty { .. });
            if pointless != (part.points == Ratio::ZERO) {
                return Err(invalid(
                    &place,
                    "points stand on every part but penalties and parts of all_parts",
                ));
            }
            if item.all_parts && !matches!(part.rule, Rule::AllOrNothing { .. }) {
                return Err(invalid(
                    &place,
                    "a part of an item with all_parts needs the rule all_or_nothing",
                ));
            }
        }
    }
    for category in categories {
        let place = format!("category {}", category.id);
        let items = standard.items.iter().filter(|item| item.category == category.id);
        let found = sum(&place, items.map(|item| item.points))?;
        if found != number(&place, &category.points)? {
            return Err(invalid(&place, format!("its items give {} points together", found.shown())));
        }
    }
    let found = sum("total", standard.items.iter().map(|item| item.points))?;
    if found != standard.total {
        return Err(invalid("total", format!("the items give {} points together", found.shown())));
    }
    if standard.threshold > standard.total {
        return Err(invalid("threshold", "it is more than the total"));
    }
    Ok(())
}

/// Every hard indicator is one item's, and that item passes or fails as a whole.
fn check_vetoes(standard: &Standard, hard: &[String]) -> Result<(), PackError> {
    let vetoes: Vec<&str> = standard.items.iter().filter_map(|item| item.veto.as_deref()).collect();
    if vetoes.iter().collect::<BTreeSet<_>>().len() != vetoes.len()
        || hard.iter().map(String::as_str).collect::<BTreeSet<_>>() != vetoes.iter().copied().collect()
    {
        return Err(invalid("hard", format!("the items carry the vetoes {}", vetoes.join(", "))));
    }
    for item in standard.items.iter().filter(|item| item.veto.is_some()) {
        if !item.parts.iter().all(|part| matches!(part.rule, Rule::AllOrNothing { .. })) {
            let place = format!("item {}", item.id);
            return Err(invalid(&place, "an item with a veto needs all_or_nothing in each part"));
        }
    }
    Ok(())
}

/// Every file named is there, says what the standard expects of it and keeps the rules of portable SQL.
fn check_files(standard: &Standard) -> Result<(), PackError> {
    let mut named: BTreeSet<String> =
        ["standard.toml", "calendar.toml", "reasons.toml"].map(str::to_owned).into();
    for table in &standard.tables {
        lint::table(table, content(&standard.files, table, "standard.toml")?)?;
        named.insert(table.clone());
    }
    for item in &standard.items {
        if item.can_be_empty() {
            let name = measure_file(FINDINGS);
            content(&standard.files, &name, &format!("the sign-off of item {}", item.id))?;
            named.insert(name);
        }
        for part in &item.parts {
            let place = format!("item {}, part {}", item.id, part.id);
            let name = measure_file(part.source.measure());
            let sql = content(&standard.files, &name, &place)?;
            let declared = lint::measure(&name, sql)?;
            let wanted = [part.blocked_by.as_deref(), part.sign_off_blocked_by.as_deref()];
            let rows = part.source.rows(&item.id, &part.id);
            let own = (part.source.measure() != FINDINGS).then_some(rows.as_str());
            for rows in own.into_iter().chain(wanted.into_iter().flatten()) {
                if !declared.rows.iter().any(|name| name == rows) {
                    return Err(invalid(&place, format!("{name} declares no rows `{rows}` in its head")));
                }
            }
            if let Some(reason) = declared.reasons.iter().find(|code| !standard.reasons.contains_key(*code)) {
                return Err(PackError::ReasonMissing { reason: reason.clone(), file: name });
            }
            named.insert(name);
        }
    }
    match standard.files.keys().find(|name| !named.contains(*name)) {
        Some(unused) => Err(PackError::FileUnused(unused.clone())),
        None => Ok(()),
    }
}
