//! Edits, one field after the other.

use linli_model::{Edit, Place, Value};

use crate::dates::iso;

/// Collects edits; fields go to the document until an item is named, then to that item.
#[derive(Debug)]
pub struct Fields {
    place: Place,
    edits: Vec<Edit>,
}

impl Default for Fields {
    fn default() -> Self {
        Self { place: Place::Document, edits: Vec::new() }
    }
}

impl Fields {
    /// Turns to an item of a collection.
    pub fn item(&mut self, collection: &str, key: &str) -> &mut Self {
        self.place = Place::item(collection, key);
        self
    }

    /// Sets a field; an empty text leaves it unset.
    pub fn text(&mut self, field: &str, text: &str) -> &mut Self {
        if text.is_empty() { self } else { self.set(field, Value::from(text)) }
    }

    pub fn number(&mut self, field: &str, number: i64) -> &mut Self {
        self.set(field, Value::Int(number))
    }

    /// Sets a date; without a day the field stays unset.
    pub fn day(&mut self, field: &str, day: Option<i64>) -> &mut Self {
        match day {
            Some(day) => self.set(field, Value::from(iso(day))),
            None => self,
        }
    }

    pub fn done(self) -> Vec<Edit> {
        self.edits
    }

    fn set(&mut self, field: &str, value: Value) -> &mut Self {
        self.edits.push(Edit { place: self.place.clone(), field: field.to_owned(), value: Some(value) });
        self
    }
}

/// Marks an item as part of the first import, which no test of promptness looks at.
pub fn first_import(fields: &mut Fields) {
    fields.text("origin", "import");
}

/// Marks an item as recorded day to day.
pub fn as_event(fields: &mut Fields) {
    fields.text("origin", "event");
}
