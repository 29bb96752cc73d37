//! Opening, changing and checking documents on behalf of whoever typed the change.

use anyhow::Result;
use automerge::Automerge;
use linli_log::fact::Changes;
use linli_model::{Edit, Field, Kind, Place, Problem, Record, Value, kind};
use linli_node::{Node, NodeError};
use linli_store::{DocumentEdits, Replica, StoreError, Writing};
use linli_wire::{Channel, DocId, Space, UnitPath};

use crate::{context::Context, failure::Refused, language::Language};

/// A document and where it is.
#[derive(Debug, Clone)]
pub struct Found {
    pub space: Space,
    pub id: DocId,
    pub kind: &'static Kind,
    pub record: Record,
}

/// A fresh random id or key.
pub fn random_id() -> Result<DocId> {
    let mut id = [0; 16];
    getrandom::fill(&mut id)?;
    Ok(DocId(id))
}

/// The household card of a number: of several the one in the device's own unit.
pub fn card(context: &Context, node: &Node, card_no: &str) -> Result<Found> {
    let rows = located(node, "SELECT unit, doc FROM household WHERE card_no = ?1 ORDER BY unit", card_no)?;
    let missing = match context.language {
        Language::Chinese => format!("没有编号为 {card_no} 的户卡"),
        Language::English => format!("there is no card {card_no}"),
    };
    let hint = context.say("`linli card list` 列出户卡", "`linli card list` lists the cards");
    one(node, rows, &kind::HOUSEHOLD)?.ok_or_else(|| Refused::new(missing).hint(hint).into())
}

/// The person of an ID number, or of a document id for those who have none.
pub fn person(context: &Context, node: &Node, number: &str) -> Result<Found> {
    let number = number.trim().to_ascii_uppercase();
    let rows = if number.len() == 32 {
        located(node, "SELECT unit, doc FROM person WHERE doc = ?1 ORDER BY unit", &number.to_lowercase())?
    } else {
        let parsed = linli_model::idnumber::IdNumber::parse(&number);
        let parsed = parsed.map_err(|e| {
            Refused::new(match context.language {
                Language::Chinese => format!("{number}：{}", e.zh()),
                Language::English => format!("{number}: {e}"),
            })
        })?;
        located(node, "SELECT unit, doc FROM person WHERE id_no = ?1 ORDER BY unit", parsed.as_str())?
    };
    let missing = match context.language {
        Language::Chinese => format!("没有身份号码为 {number} 的人员"),
        Language::English => format!("there is nobody with the ID number {number}"),
    };
    let hint = context.say(
        "`linli ledger person` 列出人员；无身份号码者可用 32 位文档编号",
        "`linli ledger person` lists people; who has no number is found by the 32 digits of the document",
    );
    one(node, rows, &kind::PERSON)?.ok_or_else(|| Refused::new(missing).hint(hint).into())
}

/// The unit and document of each row that a query finds for a value.
pub fn located(node: &Node, sql: &str, value: &str) -> Result<Vec<(String, String)>> {
    node.materialise()?;
    Ok(node.with(|r| r.query(sql, [value], |row| Ok((row.get(0)?, row.get(1)?))))?)
}

fn one(node: &Node, rows: Vec<(String, String)>, kind: &'static Kind) -> Result<Option<Found>> {
    let own = node.units();
    let best = rows.into_iter().min_by_key(|(unit, _)| !own.iter().any(|own| own.as_str() == unit));
    let Some((unit, id)) = best else { return Ok(None) };
    let space = Space::new(unit.parse::<UnitPath>()?, Channel::Records);
    open(node, space, id.parse()?, kind).map(Some)
}

/// A document as it is now, empty where there is none yet.
pub fn open(node: &Node, space: Space, id: DocId, kind: &'static Kind) -> Result<Found> {
    let opened = node.with(|r| r.document(&space, id))?;
    let record = opened.map_or_else(Record::default, |opened| linli_model::read(&opened.document, kind));
    Ok(Found { space, id, kind, record })
}

/// Writes edits as one entry, all of them or none, after checking that they make nothing worse. Returns
/// whether they changed anything.
pub fn write(context: &Context, node: &Node, space: &Space, documents: &[DocumentEdits]) -> Result<bool> {
    write_all(context, node, &[(space, documents)])
}

/// The same in several spaces: an entry in each, and all of them or none.
pub fn write_all(context: &Context, node: &Node, spaces: &[(&Space, &[DocumentEdits])]) -> Result<bool> {
    let changed = node.with(|r| {
        let mut whole = Vec::new();
        for (space, documents) in spaces {
            let checked = documents.iter().map(|edits| checked(context, r, space, edits));
            whole.push((*space, checked.collect::<Result<Vec<_>>>()?));
        }
        let write = |w: &mut Writing<'_>| -> Result<bool, StoreError> {
            let mut changed = false;
            for (space, documents) in &whole {
                changed |= w.edit(space, documents, Changes::default())?.is_some();
            }
            Ok(changed)
        };
        r.write(linli_node::now(), write).map_err(|error| anyhow::Error::new(NodeError::from(error)))
    })?;
    node.announce();
    Ok(changed)
}

/// Refuses edits after which something does not hold together that did before; adds what keeps a day of
/// verification that they write over.
fn checked(
    context: &Context,
    replica: &Replica,
    space: &Space,
    edits: &DocumentEdits,
) -> Result<DocumentEdits> {
    let opened = replica.document(space, edits.id).map_err(NodeError::from)?;
    let is_new = opened.is_none();
    let mut document: Automerge =
        opened.map_or_else(|| linli_model::new_document(edits.kind), |opened| opened.document);
    refuse_ahead(context, edits)?;
    let record = linli_model::read(&document, edits.kind);
    let before = linli_model::validate(edits.kind, &record);
    let mut edits = edits.clone();
    let kept = linli_model::kept_verification(edits.kind, record.text("verified"), &edits.edits);
    edits.edits.extend(kept);
    let mut transaction = document.transaction();
    let keyed = linli_model::with_keys(&edits.edits, |nth| format!("{nth:032x}"));
    linli_model::apply(&mut transaction, edits.kind, &keyed)?;
    transaction.commit();
    // Whoever moves in is as the community before recorded it, which nobody here could have mended.
    if is_new && edits.edits.iter().any(|edit| edit.place == Place::Document && edit.field == "previous") {
        return Ok(edits);
    }
    let after = linli_model::validate(edits.kind, &linli_model::read(&document, edits.kind));
    let new: Vec<&Problem> = after.iter().filter(|problem| !before.contains(problem)).collect();
    let Some(first) = new.first() else { return Ok(edits) };
    let field = named(edits.kind, first);
    let message = match (context.language, field) {
        (Language::Chinese, _) => format!("{}未保存：{}", edits.kind.zh, first.zh()),
        (Language::English, Some(field)) => {
            format!("the {} was not saved: {}: {}", edits.kind.en, field.en, first.what)
        }
        (Language::English, None) => format!("the {} was not saved: {}", edits.kind.en, first.what),
    };
    Err(Refused::new(message).into())
}

/// Refuses days of people and cards on which something is said to have happened and that lie ahead. Last days may.
fn refuse_ahead(context: &Context, edits: &DocumentEdits) -> Result<()> {
    if edits.kind.code != kind::HOUSEHOLD.code && edits.kind.code != kind::PERSON.code {
        return Ok(());
    }
    let today = linli_node::as_of_today();
    let happened =
        |edit: &&Edit| matches!(edit.field.as_str(), "start" | "day" | "opened" | "verified" | "issued");
    let day = |edit: &Edit| edit.value.as_ref().and_then(Value::as_text).map(str::to_owned);
    let ahead = edits.edits.iter().filter(happened).filter_map(day).find(|day| *day > today);
    let Some(day) = ahead else { return Ok(()) };
    let message = match context.language {
        Language::Chinese => format!("未保存：{day} 晚于今天 {today}"),
        Language::English => format!("not saved: {day} lies ahead of today, {today}"),
    };
    let hint = context.say("发生之后再登记", "record it once it has happened");
    Err(Refused::new(message).hint(hint).into())
}

/// The field that a problem is about.
fn named(kind: &'static Kind, problem: &Problem) -> Option<&'static Field> {
    match &problem.place {
        Place::Document => kind.field(problem.field),
        Place::Item { collection, .. } => kind.collection(collection)?.field(problem.field),
    }
}

/// Edits from `field=value`, each read for its field.
pub fn edits(
    context: &Context,
    fields: &'static [Field],
    assignments: &[(String, String)],
) -> Result<Vec<(&'static Field, Option<Value>)>> {
    let read = |(name, text): &(String, String)| {
        let field = fields
            .iter()
            .find(|field| field.name == name || field.zh == name || field.en == name)
            .ok_or_else(|| unknown(context, fields, name))?;
        Ok((field, linli_model::parse_value(field, text)?))
    };
    assignments.iter().map(read).collect()
}

fn unknown(context: &Context, fields: &'static [Field], name: &str) -> anyhow::Error {
    let known: Vec<String> = fields
        .iter()
        .map(|field| match context.language {
            Language::Chinese => format!("{}（{}）", field.name, field.zh),
            Language::English => field.name.to_owned(),
        })
        .collect();
    let message = match context.language {
        Language::Chinese => format!("没有字段“{name}”"),
        Language::English => format!("there is no field `{name}`"),
    };
    let hint = match context.language {
        Language::Chinese => format!("可填：{}", known.join("、")),
        Language::English => format!("there are: {}", known.join(", ")),
    };
    Refused::new(message).hint(hint).into()
}

/// Edits of the document's own fields.
pub fn document_edits(
    context: &Context,
    kind: &'static Kind,
    assignments: &[(String, String)],
) -> Result<Vec<Edit>> {
    let edits = edits(context, kind.fields, assignments)?;
    Ok(edits.into_iter().map(|(field, value)| Edit::document(field.name, value)).collect())
}

/// Edits of one item; `given` names fields and what was typed for them.
pub fn item_edits(
    context: &Context,
    kind: &'static Kind,
    collection: &str,
    key: &str,
    given: &[(&str, Option<&str>)],
) -> Result<Vec<Edit>> {
    let fields = kind.collection(collection).map_or(&[][..], |c| c.fields);
    let assignments: Vec<(String, String)> =
        given.iter().filter_map(|(field, value)| Some(((*field).to_owned(), (*value)?.to_owned()))).collect();
    let edits = edits(context, fields, &assignments)?;
    Ok(edits.into_iter().map(|(field, value)| Edit::item(collection, key, field.name, value)).collect())
}

/// A stored value as a person reads it: codes with their names.
pub fn shown(language: Language, field: &Field, item: &linli_model::record::Item) -> String {
    let Some(value) = item.get(field.name) else { return String::new() };
    if let Some(code) = linli_model::record::code(field, item) {
        return format!("{} {}", code.code, language.pick(code.zh, code.en));
    }
    match (value, field.ty) {
        (Value::Int(1), kind::FieldType::Flag) => language.pick("是", "yes").to_owned(),
        (Value::Int(0), kind::FieldType::Flag) => language.pick("否", "no").to_owned(),
        (Value::Int(number), _) => number.to_string(),
        (Value::Text(text), _) => text.clone(),
    }
}
