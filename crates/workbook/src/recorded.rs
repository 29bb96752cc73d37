//! What a unit has recorded of cards and people: six queries over the published tables, whatever the
//! number of rows.

use std::collections::BTreeMap;

use linli_model::kind::{Field, HOUSEHOLD, PERSON};
use linli_model::{FieldType, Value};
use linli_store::Replica;
use linli_wire::{DocId, UnitPath};

use crate::check::Fields;
use crate::error::ImportError;

/// Items of a collection by key.
pub(crate) type Items = BTreeMap<String, Fields>;

/// Every card and person of a unit.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    pub cards: BTreeMap<DocId, RecordedCard>,
    pub people: BTreeMap<DocId, RecordedPerson>,
}

#[derive(Debug, Default)]
pub(crate) struct RecordedCard {
    pub fields: Fields,
    /// The relation to the head by person.
    pub members: BTreeMap<DocId, String>,
}

#[derive(Debug, Default)]
pub(crate) struct RecordedPerson {
    pub fields: Fields,
    pub episodes: Items,
    pub placements: Items,
    pub certifications: Items,
}

impl RecordedCard {
    pub fn text(&self, field: &str) -> &str {
        text(&self.fields, field)
    }

    /// Whether its people are counted on it: it is neither moved out nor closed.
    pub fn is_open(&self) -> bool {
        !matches!(self.text("state"), "2" | "3")
    }
}

impl RecordedPerson {
    pub fn text(&self, field: &str) -> &str {
        text(&self.fields, field)
    }
}

/// The text of a field; empty where there is none.
pub(crate) fn text<'f>(fields: &'f Fields, field: &str) -> &'f str {
    fields.get(field).and_then(Value::as_text).unwrap_or_default()
}

impl Recorded {
    pub fn load(replica: &Replica, unit: &UnitPath) -> Result<Self, ImportError> {
        let mut recorded = Self::default();
        // The tables do not carry the original retirement age, nor does the import.
        let of_person: Vec<&'static Field> =
            PERSON.fields.iter().filter(|field| field.name != "retirement").collect();
        for (doc, _, fields) in
            rows(replica, unit, "household", None, &HOUSEHOLD.fields.iter().collect::<Vec<_>>())?
        {
            recorded.cards.insert(doc, RecordedCard { fields, members: BTreeMap::new() });
        }
        for (doc, _, fields) in rows(replica, unit, "person", None, &of_person)? {
            recorded.people.insert(doc, RecordedPerson { fields, ..RecordedPerson::default() });
        }
        for (doc, person, fields) in collection(replica, unit, "member", &HOUSEHOLD, "members", "person")? {
            if let (Some(card), Ok(person)) = (recorded.cards.get_mut(&doc), person.parse()) {
                card.members.insert(person, text(&fields, "relation").to_owned());
            }
        }
        for (table, items) in
            [("episode", "episodes"), ("placement", "placements"), ("certification", "certifications")]
        {
            for (doc, key, fields) in collection(replica, unit, table, &PERSON, items, table)? {
                let Some(person) = recorded.people.get_mut(&doc) else { continue };
                let items = match table {
                    "episode" => &mut person.episodes,
                    "placement" => &mut person.placements,
                    _ => &mut person.certifications,
                };
                items.insert(key, fields);
            }
        }
        Ok(recorded)
    }

    /// The card of each number; of several the one in force, then the one of the lowest id.
    pub fn card_by_number(&self) -> BTreeMap<&str, DocId> {
        let mut found: BTreeMap<&str, (bool, DocId)> = BTreeMap::new();
        for (doc, card) in &self.cards {
            let this = (!card.is_open(), *doc);
            let best = found.entry(card.text("card_no")).or_insert(this);
            *best = this.min(*best);
        }
        found.into_iter().map(|(number, (_, doc))| (number, doc)).collect()
    }

    /// Everybody recorded under each ID number.
    pub fn people_by_number(&self) -> BTreeMap<&str, Vec<DocId>> {
        let mut found: BTreeMap<&str, Vec<DocId>> = BTreeMap::new();
        for (doc, person) in &self.people {
            found.entry(person.text("id_no")).or_default().push(*doc);
        }
        found
    }

    /// The open cards that each person is on.
    pub fn cards_of_people(&self) -> BTreeMap<DocId, Vec<DocId>> {
        let mut found: BTreeMap<DocId, Vec<DocId>> = BTreeMap::new();
        for (doc, card) in self.cards.iter().filter(|(_, card)| card.is_open()) {
            for person in card.members.keys() {
                found.entry(*person).or_default().push(*doc);
            }
        }
        found
    }
}

pub(crate) type Rows = Vec<(DocId, String, Fields)>;

fn collection(
    replica: &Replica,
    unit: &UnitPath,
    table: &str,
    kind: &'static linli_model::Kind,
    name: &str,
    key: &str,
) -> Result<Rows, ImportError> {
    let collection = kind.collection(name).expect("the kind has the collection, which a test reads");
    rows(replica, unit, table, Some(key), &collection.fields.iter().collect::<Vec<_>>())
}

/// Documents, keys and fields of one table. What stands for nothing entered is left out.
pub(crate) fn rows(
    replica: &Replica,
    unit: &UnitPath,
    table: &str,
    key: Option<&str>,
    fields: &[&'static Field],
) -> Result<Rows, ImportError> {
    let names: Vec<String> = fields.iter().map(|field| format!("\"{}\"", field.name)).collect();
    let key = key.unwrap_or("''");
    let sql = format!("SELECT doc, {key}, {} FROM {table} WHERE unit = ?1", names.join(", "));
    let found = replica.query(&sql, [unit.as_str()], |row| {
        let doc: String = row.get(0)?;
        let key: String = row.get(1)?;
        let mut values = Fields::new();
        for (index, field) in fields.iter().enumerate() {
            let value = match field.ty {
                FieldType::Int { .. } | FieldType::Flag => Value::Int(row.get(index + 2)?),
                _ => Value::Text(row.get(index + 2)?),
            };
            if value.as_text() != Some("") {
                values.insert(field.name, value);
            }
        }
        Ok((doc, key, values))
    })?;
    let parsed = found.into_iter().filter_map(|(doc, key, fields)| Some((doc.parse().ok()?, key, fields)));
    Ok(parsed.collect())
}
