//! A person and their card as a copied offer carries them: JSON, with the names of the fields.

use linli_model::{
    Edit, Kind, Place, Record, Value, check,
    kind::{ATTACHMENTS, CONTENT_BYTES_MAX, HOUSEHOLD, PERSON},
    record::Item,
};
use linli_store::Replica;
use linli_wire::{Channel, DocId, Space, UnitPath};
use serde_json::{Map, Value as Json, json};

use crate::error::NodeError;

/// The content, and a digest of the history that it is the end of: the hashes of the document's last changes. `None`
/// where the person is not here, or too much is recorded of them to go into one field.
pub(super) fn of(
    replica: &Replica,
    unit: &UnitPath,
    person: DocId,
) -> Result<Option<(String, String)>, NodeError> {
    let space = Space::new(unit.clone(), Channel::Records);
    let Some(opened) = replica.document(&space, person)? else { return Ok(None) };
    let mut heads: Vec<String> = opened.document.get_heads().iter().map(ToString::to_string).collect();
    heads.sort();
    let record = linli_model::read(&opened.document, &PERSON);
    let cards: Vec<String> = replica.query(
        "SELECT MIN(h.doc) FROM member m JOIN household h ON h.unit = m.unit AND h.doc = m.doc
         WHERE m.unit = ?1 AND m.person = ?2 AND h.state IN ('', '1') GROUP BY m.person",
        [unit.as_str(), &person.to_string()],
        |row| row.get(0),
    )?;
    let card = match cards.first().and_then(|card| card.parse().ok()) {
        Some(card) => {
            replica.document(&space, card)?.map(|card| linli_model::read(&card.document, &HOUSEHOLD))
        }
        None => None,
    };
    let card = card.map_or(Json::Null, |card| item(&card.fields));
    let content = json!({"person": record_json(&record), "card": card}).to_string();
    Ok((content.len() <= CONTENT_BYTES_MAX).then(|| (content, heads.join(" "))))
}

fn record_json(record: &Record) -> Json {
    let collections = PERSON.collections.iter().filter(|collection| collection.name != ATTACHMENTS.name);
    let items = collections.map(|collection| {
        let items = record.items(collection.name).map(|(key, found)| (key.to_owned(), item(found)));
        (collection.name.to_owned(), Json::Object(items.collect()))
    });
    json!({"fields": item(&record.fields), "collections": items.collect::<Map<_, _>>()})
}

fn item(item: &Item) -> Json {
    let value = |value: &Value| match value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Int(number) => Json::from(*number),
    };
    Json::Object(item.iter().map(|(field, found)| (field.clone(), value(found))).collect())
}

/// The edits that make the person of a content, in a document that names the one it comes from.
pub fn person_edits(content: &str, from: &str, previous: &str) -> Result<Vec<Edit>, NodeError> {
    let unreadable =
        |why: String| NodeError::Evaluation(format!("the copy of the person cannot be read: {why}"));
    let content: Json = serde_json::from_str(content).map_err(|error| unreadable(error.to_string()))?;
    let person = &content["person"];
    let mut edits = Vec::new();
    read(&Place::Document, &person["fields"], &mut edits);
    for (collection, items) in person["collections"].as_object().into_iter().flatten() {
        for (key, fields) in items.as_object().into_iter().flatten() {
            read(&Place::item(collection, key), fields, &mut edits);
        }
    }
    edits.retain(|edit| !matches!(edit.field.as_str(), "previous_unit" | "previous"));
    for (field, value) in [("previous_unit", from), ("previous", previous)] {
        edits.push(Edit::document(field, Some(Value::from(value))));
    }
    let kind: &'static Kind = &PERSON;
    for edit in &edits {
        check(kind, edit).map_err(|error| unreadable(error.to_string()))?;
    }
    Ok(edits)
}

fn read(place: &Place, fields: &Json, edits: &mut Vec<Edit>) {
    for (field, value) in fields.as_object().into_iter().flatten() {
        let value = match (value.as_str(), value.as_i64()) {
            (Some(text), _) => Value::from(text),
            (None, Some(number)) => Value::Int(number),
            (None, None) => continue,
        };
        edits.push(Edit { place: place.clone(), field: field.clone(), value: Some(value) });
    }
}
