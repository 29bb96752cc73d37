//! Two households become one, or one becomes two; and either is undone.
//!
//! Each is one entry over both cards, so that it happens on both or not at all, and undoing it takes back what that
//! entry wrote. The history has it.

use anyhow::Result;
use automerge::ChangeHash;
use clap::Args;
use linli_model::{
    Edit, Place, Record, Value, history,
    history::Changed,
    kind::{HOUSEHOLD, Kind},
    parse_value,
};
use linli_node::{Node, NodeError, as_of_today};
use linli_store::{DocumentEdits, Replica};
use linli_wire::{DocId, Space};

use super::{next_number, person};
use crate::{
    cli::values,
    context::Context,
    documents::{self, Found},
    failure::{Ended, Refused},
    language::Language,
};

/// "Other relative": what somebody is to the head of another household, until somebody says more.
const OTHER_RELATIVE: &str = "97";
const VALID: &str = "1";
const CLOSED: &str = "3";

#[derive(Debug, Args)]
pub struct Merge {
    /// The number of the card that is closed
    #[arg(value_name = "CARD_NO")]
    card_no: String,
    /// The number of the card that its people go to
    #[arg(long, value_name = "CARD_NO")]
    into: String,
    /// What people are to the head there; without it "other relative"
    #[arg(value_name = "ID_NO=RELATION", value_parser = values::assignment)]
    relations: Vec<(String, String)>,
}

#[derive(Debug, Args)]
pub struct Split {
    /// The number of the card that people leave
    #[arg(value_name = "CARD_NO")]
    card_no: String,
    /// Who leaves, each with what they are on the new card; one of them is its head
    #[arg(value_name = "ID_NO=RELATION", required = true, value_parser = values::assignment)]
    people: Vec<(String, String)>,
}

/// Closes one card and puts its people on another.
pub fn merge(context: &mut Context, merge: &Merge) -> Result<Ended> {
    let node = context.node()?;
    let (from, into) = (valid(context, &node, &merge.card_no)?, valid(context, &node, &merge.into)?);
    if from.id == into.id || from.space != into.space {
        let message = context.say("须是同一社区的两张户卡", "that takes two cards of one community");
        return Err(Refused::new(message).into());
    }
    let relations = people(context, &node, &from, &merge.relations)?;
    let mut gone = leaving(&from, from.record.items("members").map(|(key, _)| key));
    gone.extend([
        Edit::document("state", Some(Value::from(CLOSED))),
        Edit::document("closed", Some(Value::from(as_of_today()))),
        Edit::document("closed_why", Some(Value::from(merged(context.language, &merge.into)))),
        Edit::document("merged_into", Some(Value::from(into.id.to_string()))),
    ]);
    let come =
        from.record.items("members").filter(|(key, _)| !has_member(&into.record, key)).map(|(key, _)| {
            let given = relations.iter().find(|(person, _)| person.to_string() == key);
            let relation =
                given.map_or_else(|| Value::from(OTHER_RELATIVE), |(_, relation)| relation.clone());
            Edit::item("members", key, "relation", Some(relation))
        });
    let both = [edits(&from, gone), edits(&into, come.collect())];
    let changed = documents::write(context, &node, &from.space, &both)?;
    person::told(context, changed)
}

/// Puts some people of a card on a new one.
pub fn split(context: &mut Context, split: &Split) -> Result<Ended> {
    let node = context.node()?;
    let from = valid(context, &node, &split.card_no)?;
    let people = people(context, &node, &from, &split.people)?;
    let heads: Vec<&DocId> =
        people.iter().filter(|(_, relation)| is_head(relation)).map(|(id, _)| id).collect();
    let [head] = heads.as_slice() else {
        let message = context.say("须有一人是新户卡的户主", "one of them has to be the head of the new card");
        let hint = context.say("如 身份号码=户主", "write ID_NO=head for them");
        return Err(Refused::new(message).hint(hint).into());
    };
    let number = next_number(&node, &from.space.unit)?;
    let mut new = vec![
        Edit::document("card_no", Some(Value::from(number.as_str()))),
        Edit::document("state", Some(Value::from(VALID))),
        Edit::document("opened", Some(Value::from(as_of_today()))),
        Edit::document("split_from", Some(Value::from(from.id.to_string()))),
        Edit::document("head", Some(Value::from(head.to_string()))),
    ];
    let same = ["kind", "address", "registered_address", "dwelling", "phone"];
    let same = same.iter().filter_map(|field| Some((*field, from.record.fields.get(*field)?.clone())));
    new.extend(same.map(|(field, value)| Edit::document(field, Some(value))));
    new.extend(
        people
            .iter()
            .map(|(id, relation)| Edit::item("members", &id.to_string(), "relation", Some(relation.clone()))),
    );
    let keys: Vec<String> = people.iter().map(|(id, _)| id.to_string()).collect();
    let gone = leaving(&from, keys.iter().map(String::as_str));
    let card = DocumentEdits { id: documents::random_id()?, kind: &HOUSEHOLD, edits: new };
    documents::write(context, &node, &from.space, &[edits(&from, gone), card])?;
    if context.json {
        context.out.json(&serde_json::json!({"card_no": number}))?;
    } else {
        context.out.line(&number)?;
    }
    Ok(Ended::Done)
}

/// Takes the merge of a card, or the split that it came from, back.
pub fn undo(context: &mut Context, card_no: &str) -> Result<Ended> {
    let node = context.node()?;
    let card = documents::card(context, &node, card_no)?;
    let merged = !card.record.text("merged_into").is_empty();
    let field = if merged { "merged_into" } else { "split_from" };
    let Ok(other) = card.record.text(field).parse::<DocId>() else {
        let message = match context.language {
            Language::Chinese => format!("户卡 {card_no} 没有并入别的户卡，也不是分出的"),
            Language::English => {
                format!("the card {card_no} was neither merged into another nor split from one")
            }
        };
        let hint = context.say("`linli card show --history` 列出更改", "see `linli card show --history`");
        return Err(Refused::new(message).hint(hint).into());
    };
    let other = documents::open(&node, card.space.clone(), other, &HOUSEHOLD)?;
    let (own, others) = node.with(|r| {
        let entry = entry_of(r, &card, field)?;
        Ok::<_, NodeError>((
            written_by(r, &card.space, card.id, entry)?,
            written_by(r, &card.space, other.id, entry)?,
        ))
    })?;
    let back = |found: &Found, written: &[Changed]| {
        reverted(&found.record, written).ok_or_else(|| {
            let message = match context.language {
                Language::Chinese => format!("户卡 {} 此后又有更改，未撤销", found.record.text("card_no")),
                Language::English => {
                    format!(
                        "the card {} was changed since, and nothing was undone",
                        found.record.text("card_no")
                    )
                }
            };
            let hint = context.say("用 `linli card set` 更改", "correct it with `linli card set`");
            anyhow::Error::from(Refused::new(message).hint(hint))
        })
    };
    let own = if merged { back(&card, &own)? } else { closing(context, &card) };
    let both = [edits(&card, own), edits(&other, back(&other, &others)?)];
    let changed = documents::write(context, &node, &card.space, &both)?;
    person::told(context, changed)
}

fn merged(language: Language, into: &str) -> String {
    match language {
        Language::Chinese => format!("并入 {into}"),
        Language::English => format!("merged into {into}"),
    }
}

/// A card that may still be changed so.
fn valid(context: &Context, node: &Node, card_no: &str) -> Result<Found> {
    let card = documents::card(context, node, card_no)?;
    if matches!(card.record.text("state"), "" | VALID) {
        return Ok(card);
    }
    let message = match context.language {
        Language::Chinese => format!("户卡 {card_no} 不是有效户卡"),
        Language::English => format!("the card {card_no} is not a valid one"),
    };
    Err(Refused::new(message).hint(context.say("`linli card list` 列出户卡", "see `linli card list`")).into())
}

/// The members of a card that were named, each with the code of a relation.
fn people(
    context: &Context,
    node: &Node,
    card: &Found,
    given: &[(String, String)],
) -> Result<Vec<(DocId, Value)>> {
    let relation = HOUSEHOLD.collection("members").and_then(|members| members.field("relation"));
    let relation = relation.expect("a member has a relation to the head");
    let read = |(number, text): &(String, String)| {
        let person = documents::person(context, node, number)?;
        let value = parse_value(relation, text)?.unwrap_or_else(|| Value::from(OTHER_RELATIVE));
        if has_member(&card.record, &person.id.to_string()) {
            return Ok((person.id, value));
        }
        let message = match context.language {
            Language::Chinese => format!("{number} 不在户卡 {} 上", card.record.text("card_no")),
            Language::English => format!("{number} is not on the card {}", card.record.text("card_no")),
        };
        Err(Refused::new(message).hint(context.say("`linli card show` 查看", "see `linli card show`")).into())
    };
    given.iter().map(read).collect()
}

fn has_member(card: &Record, person: &str) -> bool {
    card.items("members").any(|(key, _)| key == person)
}

fn is_head(relation: &Value) -> bool {
    matches!(relation.as_text(), Some("01" | "02"))
}

/// Takes people off a card, its head too if that is one of them.
fn leaving<'p>(card: &Found, people: impl Iterator<Item = &'p str>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for person in people {
        edits.push(Edit::remove_item("members", person));
        if card.record.text("head") == person {
            edits.push(Edit::document("head", None));
        }
    }
    edits
}

/// What ends a card that a split had made.
fn closing(context: &Context, card: &Found) -> Vec<Edit> {
    let mut edits = leaving(card, card.record.items("members").map(|(key, _)| key));
    let why = context.say("撤销分户", "the split was undone");
    edits.extend([
        Edit::document("state", Some(Value::from(CLOSED))),
        Edit::document("closed", Some(Value::from(as_of_today()))),
        Edit::document("closed_why", Some(Value::from(why))),
        Edit::document("split_from", None),
    ]);
    edits
}

fn edits(card: &Found, edits: Vec<Edit>) -> DocumentEdits {
    DocumentEdits { id: card.id, kind: &HOUSEHOLD, edits }
}

/// The entry that wrote the value of a field that stands.
fn entry_of(replica: &Replica, card: &Found, field: &str) -> Result<Option<i64>, NodeError> {
    let Some(opened) = replica.document(&card.space, card.id)? else { return Ok(None) };
    let field = HOUSEHOLD.field(field).expect("a card has the field");
    let standing = history::values(&HOUSEHOLD, &opened.document, &Place::Document, field).pop();
    let by = |change: &ChangeHash| opened.origins.of(change).map(|origin| origin.entry_no);
    Ok(standing.and_then(|(_, change)| by(&change)))
}

/// What one entry wrote into a card.
fn written_by(
    replica: &Replica,
    space: &Space,
    card: DocId,
    entry: Option<i64>,
) -> Result<Vec<Changed>, NodeError> {
    let Some(opened) = replica.document(space, card)? else { return Ok(Vec::new()) };
    let kind: &'static Kind = &HOUSEHOLD;
    let mut told = history::history(kind, &opened.document)
        .map_err(|error| NodeError::Evaluation(format!("the history of {card}: {error}")))?;
    told.retain(|changed| {
        entry.is_some() && opened.origins.of(&changed.by).map(|origin| origin.entry_no) == entry
    });
    Ok(told)
}

/// The edits that take it back; `None` where something of it was changed again.
fn reverted(now: &Record, written: &[Changed]) -> Option<Vec<Edit>> {
    let back = |changed: &Changed| {
        let standing = match &changed.place {
            Place::Document => now.fields.get(changed.field.name),
            Place::Item { collection, key } => {
                let mut items = now.items(collection);
                items.find(|(other, _)| other == key).and_then(|(_, item)| item.get(changed.field.name))
            }
        };
        let edit = match (&changed.place, changed.old.last()) {
            // What the entry added goes as a whole.
            (Place::Item { collection, key }, None) => Edit::remove_item(collection, key),
            (place, old) => {
                Edit { place: place.clone(), field: changed.field.name.to_owned(), value: old.cloned() }
            }
        };
        (standing == changed.new.as_ref()).then_some(edit)
    };
    written.iter().map(back).collect()
}
