//! Which rows are good, what is wrong with the others, and which of them make one household.
//!
//! A row is refused whole if any of its cells is; every bad cell of it is named. What a refused row says
//! of the card still counts where those cells are good, because clerks fill the card's columns in on the
//! head's row alone. A card of which no row is good does not go in.

mod people;
mod refused;

use std::collections::BTreeMap;

use linli_model::edit::EditError;
use linli_model::{FieldType, Value, date, parse_value};

pub use refused::{Refused, Why};

use crate::columns::{self, Column, Target};
use crate::limits::CARD_PEOPLE_MAX;
use crate::sheet::{Cell, Row, Sheet, shortened};

/// Fields by name. Empty cells are not in it.
pub type Fields = BTreeMap<&'static str, Value>;

/// The households of a sheet, and what was refused.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checked {
    /// Rows of the sheet that are not empty.
    pub rows: usize,
    /// In the order in which they begin in the sheet.
    pub cards: Vec<Card>,
    /// In the order of rows.
    pub refused: Vec<Refused>,
}

/// One household.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub card_no: String,
    /// The first row that names it.
    pub row: usize,
    pub fields: Fields,
    pub people: Vec<Person>,
}

/// One person of a household.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    pub row: usize,
    pub id_no: String,
    /// The code of the relation to the head.
    pub relation: String,
    pub fields: Fields,
    pub states: Vec<State>,
    pub placement: Fields,
    pub certification: Fields,
}

impl Person {
    /// Whether the relation says that this is the head: GB/T 4761 has two codes for it.
    pub fn is_head(&self) -> bool {
        matches!(self.relation.as_str(), "01" | "02")
    }
}

/// The state that a person is in.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub dimension: &'static str,
    /// `code`, and of the status also `start`, `reason` …
    pub fields: Fields,
}

/// One row's cells as values.
struct Parsed<'s> {
    row: &'s Row,
    values: Vec<(&'static Column, Value)>,
    refused: Vec<Refused>,
}

impl Parsed<'_> {
    fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(column, _)| column.name == name).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_text)
    }

    fn day(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(date::day_of_iso)
    }

    fn refuse(&mut self, name: &str, why: Why) {
        let column = columns::known(name);
        let value = self.value(name).map(shown).unwrap_or_default();
        self.refused.push(Refused { row: self.row.number, column, value, why });
    }
}

/// Checks a sheet. `today_n` is the day of the import: nothing can have happened after it.
pub fn check(sheet: &Sheet, today_n: i64) -> Checked {
    let mut rows: Vec<Parsed<'_>> = sheet.rows.iter().map(|row| parsed(sheet, row)).collect();
    for row in &mut rows {
        people::check(row, today_n);
    }
    refuse_repeated(&mut rows);
    let mut cards = grouped(&mut rows);
    for (card, members) in &mut cards {
        card.people = members.iter().filter_map(|index| people::person(&rows[*index])).collect();
    }
    let cards = cards.into_iter().map(|(card, _)| card).filter(|card| !card.people.is_empty()).collect();
    let mut refused: Vec<Refused> = rows.into_iter().flat_map(|row| row.refused).collect();
    refused.sort_by_key(|refused| refused.row);
    Checked { rows: sheet.rows.len(), cards, refused }
}

fn parsed<'s>(sheet: &Sheet, row: &'s Row) -> Parsed<'s> {
    let mut parsed = Parsed { row, values: Vec::new(), refused: Vec::new() };
    for (column, cell) in sheet.columns.iter().zip(&row.cells) {
        match value_of(column, cell) {
            Ok(Some(value)) => parsed.values.push((column, value)),
            Ok(None) => {}
            Err(why) => {
                let value = shortened(&cell.text());
                parsed.refused.push(Refused { row: row.number, column, value, why });
            }
        }
    }
    parsed
}

pub(crate) fn value_of(column: &'static Column, cell: &Cell) -> Result<Option<Value>, Why> {
    if let Cell::Error(error) = cell {
        return Err(Why::Unreadable { error: error.clone() });
    }
    let field = column.field();
    if matches!(field.ty, FieldType::Text | FieldType::IdNumber) && cell.has_lost_digits() {
        return Err(Why::DigitsLost);
    }
    let text = cell.text();
    if text.is_empty() {
        return if column.required { Err(Why::Missing) } else { Ok(None) };
    }
    parse_value(field, &text).map_err(|error| match error {
        EditError::Refused { reason, .. } => Why::Value(reason),
        other => Why::Other { en: other.to_string(), zh: other.zh() },
    })
}

/// One ID number is one person on one card. On the same card the later row is refused; where two cards
/// have the person nobody can say which is right, so all are.
fn refuse_repeated(rows: &mut [Parsed<'_>]) {
    let mut seen: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        if let (Some(id_no), Some(_)) = (row.text("id_no"), row.text("card_no")) {
            seen.entry(id_no.to_owned()).or_default().push(index);
        }
    }
    for indexes in seen.into_values().filter(|indexes| indexes.len() > 1) {
        let place = |index: usize| {
            let row = &rows[index];
            (index, row.text("card_no").unwrap_or_default().to_owned(), row.row.number)
        };
        let places: Vec<(usize, String, usize)> = indexes.into_iter().map(place).collect();
        for (index, card, row) in &places {
            let first_row = places[0].2;
            let why = match places.iter().find(|(_, other, _)| other != card) {
                Some((_, card, row)) => Why::IdNumberOnTwoCards { row: *row, card: card.clone() },
                None if *row != first_row => Why::IdNumberTwice { row: first_row },
                None => continue,
            };
            rows[*index].refuse("id_no", why);
        }
    }
}

/// Rows with one card number are one card, in the order in which the cards begin. The first row that
/// fills one of the card's columns decides; a later one that says otherwise is refused.
fn grouped(rows: &mut [Parsed<'_>]) -> Vec<(Card, Vec<usize>)> {
    let mut cards: Vec<(Card, Vec<usize>)> = Vec::new();
    let mut index_of: BTreeMap<String, usize> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let Some(card_no) = row.text("card_no").map(str::to_owned) else { continue };
        let at = *index_of.entry(card_no.clone()).or_insert_with(|| {
            let row = row.row.number;
            cards.push((Card { card_no, row, fields: Fields::new(), people: Vec::new() }, Vec::new()));
            cards.len() - 1
        });
        cards[at].1.push(index);
    }
    for (card, members) in &mut cards {
        settle_card(card, members, rows);
    }
    cards
}

fn settle_card(card: &mut Card, members: &[usize], rows: &mut [Parsed<'_>]) {
    let mut decided: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut head: Option<usize> = None;
    for (place, index) in members.iter().enumerate() {
        let row = &mut rows[*index];
        let number = row.row.number;
        let bad: Vec<&str> = row.refused.iter().map(|refused| refused.column.name).collect();
        let of_card: Vec<(&'static Column, &'static str, Value)> = row
            .values
            .iter()
            .filter_map(|(column, value)| match column.target {
                Target::Card(field) if !bad.contains(&column.name) => Some((*column, field, value.clone())),
                _ => None,
            })
            .collect();
        for (column, field, value) in of_card {
            match card.fields.get(field) {
                None => {
                    card.fields.insert(field, value);
                    decided.insert(field, number);
                }
                Some(earlier) if *earlier == value => {}
                Some(earlier) => {
                    let why = Why::CardDiffers { row: decided[field], value: shown(earlier) };
                    row.refuse(column.name, why);
                }
            }
        }
        if place >= CARD_PEOPLE_MAX {
            row.refuse("card_no", Why::TooManyPeople { people_max: CARD_PEOPLE_MAX });
        }
        if row.refused.is_empty() && matches!(row.text("relation"), Some("01" | "02")) {
            match head {
                None => head = Some(number),
                Some(first) => row.refuse("relation", Why::TwoHeads { row: first }),
            }
        }
    }
}

/// A value as a message shows it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => shortened(text),
        Value::Int(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests;
