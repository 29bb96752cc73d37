//! Cards and people out again, in the columns that the import reads: importing what was exported changes
//! nothing.
//!
//! What goes out is the present: cards in force, the open episode of each dimension, the latest placement
//! and the latest certification. Who exports people writes an access entry; that is for the caller, who
//! knows who asked and why.

use linli_model::{FieldType, Value};
use linli_store::Replica;
use linli_wire::UnitPath;

use crate::check::Fields;
use crate::columns::{COLUMNS, Column, Target};
use crate::error::ImportError;
use crate::plan::{current_certification, current_placement, current_state};
use crate::recorded::{Recorded, RecordedCard, RecordedPerson};
use crate::template;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The template, filled in.
    Xlsx,
    /// UTF-8 with a byte order mark, without which spreadsheets take it for another encoding. For programs:
    /// a spreadsheet that opens it takes ID and card numbers for numbers and loses their last digits.
    Csv,
}

/// The people on a community's cards in force, in the order of card numbers, heads first.
pub fn export(replica: &mut Replica, unit: &UnitPath, format: Format) -> Result<Vec<u8>, ImportError> {
    replica.materialise()?;
    let recorded = Recorded::load(replica, unit)?;
    let people = people(&recorded);
    match format {
        Format::Xlsx => Ok(template::filled(&template::PEOPLE, &people)?),
        Format::Csv => Ok(comma_separated(COLUMNS, &people)),
    }
}

fn people(recorded: &Recorded) -> Vec<Vec<Option<Value>>> {
    let mut rows = Vec::new();
    for card in recorded.cards.values().filter(|card| card.is_open()) {
        for (document, relation) in &card.members {
            let Some(person) = recorded.people.get(document) else { continue };
            let order = (card.text("card_no"), relation.as_str(), document);
            rows.push((order, row(card, relation, person)));
        }
    }
    rows.sort_by_key(|(order, _)| *order);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn row(card: &RecordedCard, relation: &str, person: &RecordedPerson) -> Vec<Option<Value>> {
    let placement = current_placement(&person.placements).map(|(_, fields)| fields);
    let certification = current_certification(&person.certifications).map(|(_, fields)| fields);
    let state = |dimension| current_state(&person.episodes, dimension).map(|(_, fields)| fields);
    let value = |column: &Column| -> Option<Value> {
        let of = |fields: Option<&Fields>, field: &str| fields?.get(field).cloned();
        match column.target {
            Target::Card(field) => of(Some(&card.fields), field),
            Target::Member("relation") => Some(Value::from(relation)).filter(|_| !relation.is_empty()),
            Target::Member(_) | Target::Listed(_) => None,
            Target::Person(field) => of(Some(&person.fields), field),
            Target::State(dimension) => of(state(dimension), "code"),
            Target::Status(field) => of(state("status"), field),
            Target::Placement(field) => of(placement, field),
            Target::Certification(field) => of(certification, field),
        }
    };
    COLUMNS.iter().map(|column| value(column).map(|value| written(column, value))).collect()
}

/// Codes and flags go out by their Chinese names.
pub(crate) fn written(column: &Column, value: Value) -> Value {
    match (&value, column.codes()) {
        (Value::Text(code), Some(list)) => list.get(code).map_or(value.clone(), |code| Value::from(code.zh)),
        (Value::Int(flag), _) if column.field().ty == FieldType::Flag => {
            Value::from(if *flag == 1 { "是" } else { "否" })
        }
        _ => value,
    }
}

pub(crate) fn comma_separated(columns: &[Column], people: &[Vec<Option<Value>>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let headers = columns.iter().map(|column| column.zh.to_owned()).collect();
    let rows = people.iter().map(|row| {
        row.iter()
            .map(|value| match value {
                None => String::new(),
                Some(Value::Text(text)) => text.clone(),
                Some(Value::Int(number)) => number.to_string(),
            })
            .collect::<Vec<String>>()
    });
    for row in std::iter::once(headers).chain(rows) {
        writer.write_record(row).expect("writing to memory does not fail, and every row has every column");
    }
    writer.into_inner().expect("flushing to memory does not fail")
}
