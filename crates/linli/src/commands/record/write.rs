//! From what was typed to one entry: which space, which document, which item.

use anyhow::Result;
use linli_model::{
    Edit, Value,
    kind::{DISPROOF, FINDING, HOUSEHOLD, PERSON},
};
use linli_node::{Node, as_of_today};
use linli_store::DocumentEdits;
use linli_wire::{Channel, DocId, Level, Space, UnitPath};

use super::{Arguments, check, forms::Form};
use crate::{
    context::{Context, unit_or_own},
    documents,
    failure::Refused,
    language::Language,
    repeated,
};

/// What was written, and where.
pub struct Written {
    pub document: DocId,
    /// The key of the item; `None` where the document itself was written.
    pub key: Option<String>,
    pub changed: bool,
}

pub fn write(context: &mut Context, node: &Node, arguments: &Arguments, form: &Form) -> Result<Written> {
    let fields = today(form, &arguments.fields);
    let (space, id) = place(context, node, arguments, form)?;
    let (mut edits, key) = match form.collection {
        None => (documents::document_edits(context, form.kind, &fields)?, None),
        Some(collection) => {
            let key = key(context, arguments, form)?;
            let given: Vec<(&str, Option<&str>)> =
                fields.iter().map(|(field, value)| (field.as_str(), Some(value.as_str()))).collect();
            (documents::item_edits(context, form.kind, collection.name, &key, &given)?, Some(key))
        }
    };
    if form.kind == &FINDING || form.kind == &DISPROOF {
        complete(context, node, &space.unit, form, arguments.document.is_none(), &mut edits)?;
    }
    refuse_repeated(context, node, arguments, form, (&space, id), &edits)?;
    let changed = documents::write(context, node, &space, &[DocumentEdits { id, kind: form.kind, edits }])?;
    Ok(Written { document: id, key, changed })
}

/// What is added says something that nothing on record says; what changes something may say it again.
fn refuse_repeated(
    context: &Context,
    node: &Node,
    arguments: &Arguments,
    form: &Form,
    (space, id): (&Space, DocId),
    edits: &[Edit],
) -> Result<()> {
    let changes = arguments.key.is_some() || (form.collection.is_none() && arguments.document.is_some());
    match form.collection {
        _ if changes || form.kind.fixed_id("").is_some() && form.collection.is_none() => Ok(()),
        Some(collection) => {
            let next = (
                "更改它用 --key；若确是另一件，请填写与它不同之处",
                "--key changes it; if this is another one, say in what it differs",
            );
            let found = documents::open(node, space.clone(), id, form.kind)?;
            repeated::item(context, &found, collection.name, edits, next)
        }
        None => {
            let next = (
                "更改它用 --document；若确是另一件，请填写与它不同之处",
                "--document changes it; if this is another one, say in what it differs",
            );
            repeated::document(context, node, &space.unit, form.table, edits, next)
        }
    }
}

/// `today` in a date is the day.
fn today(form: &Form, fields: &[(String, String)]) -> Vec<(String, String)> {
    let is_date = |name: &str| {
        let found = form.fields().iter().find(|f| f.name == name || f.zh == name || f.en == name);
        found.is_some_and(|field| field.ty == linli_model::FieldType::Date)
    };
    let read = |(name, value): &(String, String)| match value.as_str() {
        "today" | "今天" if is_date(name) => (name.clone(), as_of_today()),
        _ => (name.clone(), value.clone()),
    };
    fields.iter().map(read).collect()
}

/// The space and the document: the one that was named, the one that the unit has, or another.
fn place(context: &mut Context, node: &Node, arguments: &Arguments, form: &Form) -> Result<(Space, DocId)> {
    if form.kind == &PERSON || form.kind == &HOUSEHOLD {
        let Some(number) = arguments.of.as_ref().or(arguments.document.as_ref()) else {
            let message = context.say(
                "请用 --of 指明是谁的：身份号码或户卡编号",
                "say whose it is: --of and an ID number or a card number",
            );
            return Err(Refused::new(message).into());
        };
        let found = if form.kind == &PERSON {
            documents::person(context, node, number)?
        } else {
            documents::card(context, node, number)?
        };
        return Ok((found.space, found.id));
    }
    let space = space(context, node, arguments, form)?;
    let given = arguments.document.as_ref().or(arguments.of.as_ref());
    let id = match (given, form.kind.fixed_id("")) {
        (Some(document), _) => existing(context, node, &space, form, document)?,
        (None, Some(fixed)) => fixed,
        (None, None) if form.collection.is_none() => documents::random_id()?,
        (None, None) => {
            let message = match context.language {
                Language::Chinese => format!("请用 --of 指明所属的{}（文档编号）", form.kind.zh),
                Language::English => format!("say which {} it belongs to: --of DOCUMENT", form.kind.en),
            };
            return Err(Refused::new(message).into());
        }
    };
    Ok((space, id))
}

fn existing(context: &Context, node: &Node, space: &Space, form: &Form, document: &str) -> Result<DocId> {
    let id: Option<DocId> = document.parse().ok();
    let there = match id {
        Some(id) => node.with(|r| r.document(space, id))?.is_some(),
        None => false,
    };
    id.filter(|_| there).ok_or_else(|| {
        let message = match context.language {
            Language::Chinese => format!("{} 没有编号为 {document} 的{}", space.unit, form.kind.zh),
            Language::English => format!("{} has no {} {document}", space.unit, form.kind.en),
        };
        let hint = context.say("`linli ledger` 列出已登记的内容", "`linli ledger` lists what is recorded");
        Refused::new(message).hint(hint).into()
    })
}

/// The unit's own records or notices; the oversight of a unit below.
fn space(context: &Context, node: &Node, arguments: &Arguments, form: &Form) -> Result<Space> {
    let channels = form.kind.channels;
    if channels == [Channel::Oversight] && arguments.unit.is_none() {
        let message = context.say("请用 --unit 指明是哪个单位", "say which unit it is about: --unit UNIT");
        return Err(Refused::new(message).into());
    }
    let unit = unit_or_own(node, arguments.unit.as_ref())?;
    let own = node.units().contains(&unit);
    let usual = channels
        .iter()
        .copied()
        .find(|channel| (*channel == Channel::Oversight) != own)
        .or_else(|| channels.first().copied())
        .unwrap_or(Channel::Records);
    let channel = arguments.space.unwrap_or(usual);
    if !channels.contains(&channel) {
        let known: Vec<&str> = channels.iter().map(|channel| channel.as_str()).collect();
        let message = match context.language {
            Language::Chinese => format!("{}只能登记在 {}", form.kind.zh, known.join("、")),
            Language::English => format!("a {} stands in {} only", form.kind.en, known.join(", ")),
        };
        return Err(Refused::new(message).into());
    }
    if form.kind == &linli_model::kind::DWELLINGS && unit.level() != Level::Community {
        let message = context.say(
            "住房登记在社区名下：--unit 请给社区",
            "dwellings are those of a community: give one with --unit",
        );
        return Err(Refused::new(message).into());
    }
    Ok(Space::new(unit, channel))
}

fn key(context: &Context, arguments: &Arguments, form: &Form) -> Result<String> {
    let Some(collection) = form.collection else { return Ok(String::new()) };
    match &arguments.key {
        Some(key) if collection.is_key(key) => Ok(key.clone()),
        Some(key) => {
            let message = match context.language {
                Language::Chinese => format!("“{key}”不能作为{}的编号", collection.zh),
                Language::English => format!("`{key}` cannot be a key of {}", collection.en),
            };
            Err(Refused::new(message).into())
        }
        None if form.key_is_given() => {
            let message = match context.language {
                Language::Chinese => format!("请用 --key 给出{}的编号", collection.zh),
                Language::English => format!("give the key among {} with --key", collection.en),
            };
            Err(Refused::new(message).into())
        }
        None => Ok(documents::random_id()?.to_string()),
    }
}

/// What a finding or disproof leaves out: the part of the item, the day.
fn complete(
    context: &Context,
    node: &Node,
    unit: &UnitPath,
    form: &Form,
    is_new: bool,
    edits: &mut Vec<Edit>,
) -> Result<()> {
    if !is_new {
        return Ok(());
    }
    let text = |name| given(edits, name).and_then(Value::as_text).unwrap_or_default();
    let part = check::item(context, node, unit, form.kind, text("item"), text("subject"))?;
    if let Some(part) = part.filter(|_| given(edits, "part").is_none()) {
        edits.push(Edit::document("part", Some(Value::from(part))));
    }
    if given(edits, "day").is_none() {
        edits.push(Edit::document("day", Some(Value::from(as_of_today()))));
    }
    Ok(())
}

fn given<'e>(edits: &'e [Edit], field: &str) -> Option<&'e Value> {
    edits.iter().find(|edit| edit.field == field)?.value.as_ref()
}
