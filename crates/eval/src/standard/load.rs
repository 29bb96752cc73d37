//! Reading a pack and checking that it is whole, before anything is scored by it.

use std::collections::{BTreeMap, BTreeSet};

use linli_wire::Level;
use toml::Spanned;

use super::{
    Below, Category, Item, Part, Rule, SIGN_OFF, Slot, Source, Standard, Text,
    check::{check_files, check_points, check_vetoes},
    problem::{PackError, Place, Problems},
    read::{CategoryFile, ItemFile, PartFile, ReasonsFile, RuleFile, StandardFile},
};
use crate::{
    calendar::Calendar,
    derived::Derived,
    lint,
    pack::{self, BYTES_MAX, FILES_MAX, Files},
    ratio::Ratio,
};

/// Slots of one part, at most: a survey of a large street.
const SLOTS_MAX: u32 = 1000;

/// Reads a pack, or says everything that is wrong with it: what is found in one file hides nothing in another.
pub fn load(files: impl IntoIterator<Item = (String, String)>) -> Result<Standard, Vec<PackError>> {
    let mut problems = Problems::default();
    let files = collect(files).map_err(|error| vec![error])?;
    let file: Option<StandardFile> = problems.note(parse(&files, "standard.toml"));
    let calendar =
        content(&files, "calendar.toml", "every standard").and_then(|text| Ok(Calendar::load(text)?));
    let calendar = problems.note(calendar);
    let reasons = reasons(&files, &mut problems);
    let read = file.and_then(|file| {
        let text = &files["standard.toml"];
        let items: Vec<Item> = file.item.iter().filter_map(|one| item(text, one, &mut problems)).collect();
        let levels = level(text, &file.level);
        let level = problems.note(levels);
        let mut top = |name: &str, value: &Spanned<String>| {
            let place = Place::of(text, name, value.span().start);
            problems.note(number(&place, value.get_ref()))
        };
        let (total, threshold) = (top("total", &file.total), top("threshold", &file.threshold));
        let hard_points = top("hard_points", &file.hard_points);
        let whole = items.len() == file.item.len();
        Some((file, items, level?, total?, threshold?, hard_points?, whole))
    });
    let Some((file, items, level, total, threshold, hard_points, whole)) = read else {
        return Err(without_heading(&files, problems));
    };
    check_files(&files, &file, &items, reasons.as_ref(), &mut problems);
    let (Some(calendar), Some(reasons)) = (calendar, reasons) else { return Err(problems.0) };
    let derived = file.tables.iter().filter_map(|table| {
        let name = table.get_ref();
        // What is wrong with one was noted.
        Derived::of(name, files.get(name)?).ok()
    });
    let derived = derived.flatten().collect();
    let standard = Standard {
        level,
        total,
        threshold,
        hard_points,
        categories: file.category.iter().map(category).collect(),
        items,
        tables: file.tables.iter().map(|name| name.get_ref().clone()).collect(),
        reasons,
        calendar,
        hash: pack::hash(&files),
        close_workdays: file.close_workdays,
        findings_lag_days: i64::from(file.findings_lag_days),
        derived,
        id: file.id.clone(),
        version: file.version.clone(),
        zh: file.zh.clone(),
        en: file.en.clone(),
        files,
    };
    // Points of items that could not be read would only seem to be missing.
    if whole {
        check_points(&standard, &file, &mut problems);
        check_vetoes(&standard, &file, &mut problems);
    }
    if problems.0.is_empty() { Ok(standard) } else { Err(problems.0) }
}

/// What can be said of the SQL of a pack whose heading cannot be read.
fn without_heading(files: &Files, mut problems: Problems) -> Vec<PackError> {
    for (name, sql) in files {
        if name.starts_with("tables/") {
            problems.note_lint(lint::table(name, sql));
        } else if name.starts_with("measures/") {
            problems.note_lint(lint::measure(name, sql));
        }
    }
    problems.0
}

fn category(file: &CategoryFile) -> Category {
    Category { id: file.id.get_ref().clone(), zh: file.zh.clone(), en: file.en.clone() }
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
    let text = content(files, file, "every standard")?;
    toml::from_str(text).map_err(|source| PackError::Toml { file, source: Box::new(source) })
}

fn number(place: &Place, text: &str) -> Result<Ratio, PackError> {
    Ratio::from_decimal(text).map_err(|source| place.number(source))
}

fn level(content: &str, text: &Spanned<String>) -> Result<Level, PackError> {
    match text.get_ref().as_str() {
        "community" => Ok(Level::Community),
        "street" => Ok(Level::Street),
        other => {
            let place = Place::of(content, "level", text.span().start);
            Err(place.invalid(format!("`{other}` is scored by no standard; write community or street")))
        }
    }
}

fn reasons(files: &Files, problems: &mut Problems) -> Option<BTreeMap<String, Text>> {
    let file: ReasonsFile = problems.note(parse(files, "reasons.toml"))?;
    let mut reasons = BTreeMap::new();
    for reason in file.reason {
        let text = Text { zh: reason.zh, en: reason.en };
        if reasons.insert(reason.code.clone(), text).is_some() {
            problems.0.push(PackError::ReasonTwice { reason: reason.code });
        }
    }
    Some(reasons)
}

/// The item, where it and all its parts can be read.
fn item(content: &str, file: &ItemFile, problems: &mut Problems) -> Option<Item> {
    let id = file.id.get_ref();
    let place = Place::of(content, format!("item {id}"), file.id.span().start);
    let parts: Vec<Part> = file
        .part
        .iter()
        .filter_map(|file| problems.note(part(&part_place(content, id, &file.id), file)))
        .collect();
    let ids: BTreeSet<&str> = file.part.iter().map(|part| part.id.get_ref().as_str()).collect();
    let known = problems.0.len();
    if file.part.is_empty() || ids.len() != file.part.len() {
        problems.0.push(place.invalid("it needs at least one part, and each under its own id"));
    }
    if ids.contains(SIGN_OFF) {
        let problem = format!("no part may be called `{SIGN_OFF}`; a reviewer's sign-off is");
        problems.0.push(place.invalid(problem));
    }
    let points = problems.note(number(&place, &file.points))?;
    (parts.len() == file.part.len() && problems.0.len() == known).then(|| Item {
        id: id.clone(),
        zh: file.zh.clone(),
        en: file.en.clone(),
        category: file.category.clone(),
        points,
        method: file.method.clone(),
        veto: file.veto.clone(),
        all_parts: file.all_parts,
        twin: file.twin.clone(),
        parts,
    })
}

fn part_place(content: &str, item: &str, part: &Spanned<String>) -> Place {
    Place::of(content, format!("item {item}, part {}", part.get_ref()), part.span().start)
}

fn part(place: &Place, file: &PartFile) -> Result<Part, PackError> {
    let source = source(place, file)?;
    let below = match file.below.as_deref() {
        None if matches!(source, Source::Findings { .. }) => Below::Pending,
        None | Some("not_applicable") => Below::NotApplicable,
        Some("passes") => Below::Passes,
        Some("pending") => Below::Pending,
        Some(other) => {
            return Err(place.invalid(format!(
                "below = \"{other}\" is unknown; write not_applicable, passes or pending"
            )));
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
        return Err(place.invalid(format!("a minimum of {minimum} does not fit its {} checks", checks.len())));
    }
    Ok(Part {
        id: file.id.get_ref().clone(),
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

fn source(place: &Place, file: &PartFile) -> Result<Source, PackError> {
    let findings = file.checks.is_some() || file.slots.is_some() || file.open || file.pooled_from.is_some();
    match (&file.measure, &file.rows) {
        (Some(measure), Some(rows)) if !findings => {
            Ok(Source::Records { measure: measure.clone(), rows: rows.clone() })
        }
        (None, None) if findings => {
            let checks = slots(place, file)?;
            if checks.is_empty() != file.open {
                return Err(place.invalid("it needs either checks (or slots) or open = true, not both"));
            }
            Ok(Source::Findings { checks, pooled_from: file.pooled_from.clone(), open: file.open })
        }
        _ => Err(place.invalid("it needs either measure and rows (read from records) or checks, slots or open (read from findings)",
        )),
    }
}

fn slots(place: &Place, file: &PartFile) -> Result<Vec<Slot>, PackError> {
    let mut slots: Vec<Slot> = file
        .checks
        .iter()
        .flatten()
        .map(|slot| Slot { subject: slot.subject.clone(), zh: slot.zh.clone(), en: slot.en.clone() })
        .collect();
    if let Some(numbered) = &file.slots {
        if numbered.count > SLOTS_MAX {
            return Err(place.invalid(format!("{} slots are more than {SLOTS_MAX}", numbered.count)));
        }
        let width = numbered.count.to_string().len();
        slots.extend((1..=numbered.count).map(|n| Slot {
            subject: format!("{}{n:0width$}", numbered.prefix),
            zh: numbered.zh.replace("{n}", &n.to_string()),
            en: numbered.en.replace("{n}", &n.to_string()),
        }));
    }
    let subjects: BTreeSet<&str> = slots.iter().map(|slot| slot.subject.as_str()).collect();
    if subjects.len() == slots.len() { Ok(slots) } else { Err(place.invalid("two checks have one subject")) }
}

fn rule(place: &Place, file: &RuleFile) -> Result<Rule, PackError> {
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
            return Err(place.invalid(
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
        Err(place.invalid("the rule's numbers do not fit: rates are 0 to 1, from < full, per_miss > 0"))
    }
}
