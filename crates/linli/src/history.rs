//! The history of a document on the screen and for programs: day, device, old and new value of each field, and
//! where a value was written beside others.

use anyhow::Result;
use linli_model::{Value, history, history::Changed};
use linli_node::{Node, NodeError};
use linli_store::StoreError;
use linli_wire::TimeMs;
use serde_json::{Map, Value as Json, json};

use crate::{
    authors::{self, Author},
    context::Context,
    documents::Found,
    language::Language,
    output::Table,
};

/// A change with who made it.
struct Line {
    changed: Changed,
    by: Option<Author>,
    /// For each value beside it, who wrote that.
    beside: Vec<Option<Author>>,
}

/// Lists what was changed, the earliest first by the clocks of the devices.
pub fn show(context: &mut Context, node: &Node, found: &Found) -> Result<()> {
    let lines = lines(node, found)?;
    if context.json {
        return context.out.json(&lines.iter().map(object).collect::<Vec<_>>());
    }
    let language = context.language;
    let headings = [
        ("时间", "time"),
        ("设备", "device"),
        ("单位", "unit"),
        ("字段", "field"),
        ("原值", "old"),
        ("新值", "new"),
        ("说明", "remark"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
    for line in &lines {
        let (time, device, unit) = line.by.as_ref().map_or_else(Default::default, |by| {
            (crate::standing::time(by.time), by.name().to_owned(), by.unit.clone())
        });
        let changed = &line.changed;
        let old: Vec<String> =
            changed.old.iter().map(|value| authors::shown(language, changed.field, value)).collect();
        table.row([
            time,
            device,
            unit,
            place(language, changed),
            old.join(language.pick("、", ", ")),
            value(language, changed, changed.new.as_ref()),
            remark(language, line),
        ]);
    }
    context.out.table(&table)
}

fn lines(node: &Node, found: &Found) -> Result<Vec<Line>> {
    let mut lines = node.with(|r| {
        let Some(opened) = r.document(&found.space, found.id)? else { return Ok(Vec::new()) };
        let told = history::history(found.kind, &opened.document)
            .map_err(|error| NodeError::Evaluation(format!("the history of {}: {error}", found.id)))?;
        let line = |changed: Changed| {
            let beside = changed.beside.iter().map(|one| Author::of(r, &opened, &one.by));
            Ok(Line {
                by: Author::of(r, &opened, &changed.by)?,
                beside: beside.collect::<Result<_, StoreError>>()?,
                changed,
            })
        };
        told.into_iter().map(line).collect::<Result<Vec<Line>, NodeError>>()
    })?;
    // Stable: of one time, what builds on something comes after it.
    lines.sort_by_key(|line| line.by.as_ref().map_or(TimeMs(0), |by| by.time));
    Ok(lines)
}

fn place(language: Language, changed: &Changed) -> String {
    let field = language.pick(changed.field.zh, changed.field.en);
    match changed.place.to_string().as_str() {
        "" => field.to_owned(),
        item => format!("{field} @{}", short(item)),
    }
}

/// A collection with the first digits of the item's key.
pub fn short(place: &str) -> String {
    match place.split_once('/') {
        Some((collection, key)) => format!("{collection}/{}", key.chars().take(8).collect::<String>()),
        None => place.to_owned(),
    }
}

fn value(language: Language, changed: &Changed, value: Option<&Value>) -> String {
    match value {
        Some(value) => authors::shown(language, changed.field, value),
        None => language.pick("（清空）", "(emptied)").to_owned(),
    }
}

/// What has to be said beside old and new.
fn remark(language: Language, line: &Line) -> String {
    let mut said = Vec::new();
    if line.changed.old.len() > 1 {
        said.push(language.pick("解决了待定冲突", "settled concurrent values").to_owned());
    }
    for (one, by) in line.changed.beside.iter().zip(&line.beside) {
        let other = value(language, &line.changed, one.value.as_ref());
        let by = by.as_ref().map(Author::shown).unwrap_or_default();
        said.push(match (language, one.stood, line.changed.field.vital) {
            (Language::Chinese, true, false) => format!("被同时写入的 {other} 覆盖（{by}）"),
            (Language::Chinese, false, false) => format!("覆盖了同时写入的 {other}（{by}）"),
            (Language::Chinese, _, true) => format!("与同时写入的 {other} 并存，待人选定（{by}）"),
            (Language::English, true, false) => format!("overwritten by the concurrent {other} ({by})"),
            (Language::English, false, false) => format!("overwrote the concurrent {other} ({by})"),
            (Language::English, _, true) => {
                format!("kept beside the concurrent {other} until somebody chose ({by})")
            }
        });
    }
    said.join(language.pick("；", "; "))
}

fn object(line: &Line) -> Json {
    let changed = &line.changed;
    let mut object = Map::new();
    if let Some(by) = &line.by {
        by.put(&mut object);
    }
    let beside = changed.beside.iter().zip(&line.beside).map(|(one, by)| {
        let mut object = Map::new();
        object.insert("value".to_owned(), one.value.as_ref().map_or(Json::Null, authors::json));
        object.insert("stood".to_owned(), one.stood.into());
        if let Some(by) = by {
            by.put(&mut object);
        }
        Json::Object(object)
    });
    object.insert("place".to_owned(), changed.place.to_string().into());
    object.insert("field".to_owned(), changed.field.name.into());
    object.insert("old".to_owned(), changed.old.iter().map(authors::json).collect());
    object.insert("new".to_owned(), changed.new.as_ref().map_or(Json::Null, authors::json));
    object.insert("settled".to_owned(), json!(changed.old.len() > 1));
    object.insert("vital".to_owned(), changed.field.vital.into());
    object.insert("concurrent".to_owned(), beside.collect());
    Json::Object(object)
}
