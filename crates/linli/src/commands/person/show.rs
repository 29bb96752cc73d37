//! Showing people, and what their records have in common with those of cards.

use anyhow::Result;
use linli_model::{FieldType, Record, Value, record, record::Item};
use linli_node::note_view;
use serde_json::{Map, Value as Json, json};

use crate::{
    context::Context,
    documents::{self, Found},
    failure::Ended,
    language::Language,
    output::Table,
};

pub fn show(context: &mut Context, id_no: &str, history: bool, why: &str) -> Result<Ended> {
    let node = context.node()?;
    let person = documents::person(context, &node, id_no)?;
    note_view(&node, &person.space.unit, "person show", why)?;
    if history {
        crate::history::show(context, &node, &person)?;
        return Ok(Ended::Done);
    }
    let problems = linli_model::validate(person.kind, &person.record);
    if context.json {
        let mut answer = json(&person);
        answer["problems"] = problems.iter().map(ToString::to_string).collect();
        context.out.json(&answer)?;
        return Ok(Ended::Done);
    }
    print_fields(context, &person)?;
    for collection in ["episodes", "placements", "certifications"] {
        print_items(context, &person, collection)?;
    }
    for problem in &problems {
        context.out.note(&match context.language {
            Language::Chinese => format!("注意：{}", problem.zh()),
            Language::English => format!("note: {problem}"),
        });
    }
    Ok(Ended::Done)
}

/// A person for programs.
pub fn json(person: &Found) -> Json {
    json!({
        "unit": person.space.unit.to_string(),
        "document": person.id.to_string(),
        "fields": values(&person.record.fields),
        "episodes": items(&person.record, "episodes"),
        "placements": items(&person.record, "placements"),
        "certifications": items(&person.record, "certifications"),
    })
}

pub fn values(item: &Item) -> Map<String, Json> {
    let value = |value: &Value| match value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Int(number) => Json::from(*number),
    };
    item.iter().map(|(field, found)| (field.clone(), value(found))).collect()
}

/// The items of a collection for programs, the earliest first.
pub fn items(found: &Record, collection: &str) -> Vec<Json> {
    let item = |(key, item): (&str, &Item)| {
        let mut fields = values(item);
        fields.insert("key".to_owned(), Json::from(key));
        Json::Object(fields)
    };
    sorted(found, collection).into_iter().map(item).collect()
}

fn sorted<'r>(found: &'r Record, collection: &str) -> Vec<(&'r str, &'r Item)> {
    let mut items: Vec<(&str, &Item)> = found.items(collection).collect();
    let day = |item: &'r Item| match record::text(item, "start") {
        "" => record::text(item, "day"),
        start => start,
    };
    items.sort_by(|(a, x), (b, y)| (day(x), a).cmp(&(day(y), b)));
    items
}

/// The document's own fields that are filled in.
pub fn print_fields(context: &mut Context, found: &Found) -> Result<()> {
    let language = context.language;
    // Ids of other documents say nothing to a person; the head stands among the members.
    let fields = found.kind.fields.iter().filter(|field| field.ty != FieldType::Document);
    let filled = fields.filter(|field| found.record.fields.contains_key(field.name));
    let mut rows = filled.map(|field| {
        let shown = documents::shown(language, field, &found.record.fields);
        [language.pick(field.zh, field.en).to_owned(), shown]
    });
    let Some(first) = rows.next() else { return Ok(()) };
    let mut table = Table::new(first);
    rows.for_each(|row| table.row(row));
    context.out.table(&table)
}

/// A collection as a table under its name; nothing where it is empty.
pub fn print_items(context: &mut Context, found: &Found, name: &str) -> Result<()> {
    let language = context.language;
    let Some(collection) = found.kind.collection(name) else { return Ok(()) };
    let items = sorted(&found.record, name);
    if items.is_empty() {
        return Ok(());
    }
    let filled: Vec<_> = collection
        .fields
        .iter()
        .filter(|f| items.iter().any(|(_, item)| item.contains_key(f.name)))
        .collect();
    let mut table = Table::new(filled.iter().map(|field| language.pick(field.zh, field.en)));
    for (_, item) in items {
        table.row(filled.iter().map(|field| documents::shown(language, field, item)));
    }
    context.out.line("")?;
    context.out.line(language.pick(collection.zh, collection.en))?;
    context.out.table(&table)
}

/// What is open: status, placement, hardship.
pub fn now(language: Language, person: &Record) -> String {
    let open = |collection: &str| {
        let items: Vec<&Item> = person
            .items(collection)
            .map(|(_, item)| item)
            .filter(|item| record::text(item, "end").is_empty())
            .collect();
        items
    };
    let mut told = Vec::new();
    let statuses = open("episodes").into_iter().filter(|item| record::text(item, "dimension") == "status");
    for item in statuses {
        let code = linli_model::codes::STATUS.get(record::text(item, "code"));
        told.extend(code.map(|c| format!("{} {}", language.pick(c.zh, c.en), record::text(item, "start"))));
    }
    for item in open("certifications") {
        let code = linli_model::codes::HARDSHIP.get(record::text(item, "category"));
        told.extend(code.map(|c| language.pick(c.zh, c.en).to_owned()));
    }
    for item in open("placements") {
        told.push(record::text(item, "employer").to_owned());
    }
    told.retain(|text| !text.trim().is_empty());
    told.join(language.pick("，", ", "))
}
