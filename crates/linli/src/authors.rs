//! Who wrote a change of a document, on which device, when.

use automerge::ChangeHash;
use linli_model::{Field, Value};
use linli_store::{EntryInfo, OpenedDocument, Replica, StoreError};
use linli_wire::TimeMs;
use serde_json::{Map, Value as Json};

use crate::{commands::devices, documents, language::Language, standing};

/// The device behind a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// What its grant calls it.
    pub label: String,
    pub device: String,
    /// The unit that it wrote for.
    pub unit: String,
    /// By its own clock.
    pub time: TimeMs,
}

impl Author {
    /// `None` where the change came with the kind, or its entry is not in the index.
    pub fn of(
        replica: &Replica,
        document: &OpenedDocument,
        change: &ChangeHash,
    ) -> Result<Option<Self>, StoreError> {
        let Some(origin) = document.origins.of(change) else { return Ok(None) };
        Ok(replica.entry(origin.entry_no)?.map(|entry| Self::of_entry(replica, &entry)))
    }

    pub fn of_entry(replica: &Replica, entry: &EntryInfo) -> Self {
        Self {
            label: devices::label(replica, &entry.log),
            device: entry.device.to_string(),
            unit: replica.trust().writer_unit(&entry.log).map(ToString::to_string).unwrap_or_default(),
            time: entry.time,
        }
    }

    /// The label, or the first digits of a device that has none.
    pub fn name(&self) -> &str {
        if self.label.is_empty() { &self.device[..8] } else { &self.label }
    }

    pub fn shown(&self) -> String {
        format!("{} {} {}", self.name(), self.unit, standing::time(self.time))
    }

    /// Its parts, under these names, among others of an object.
    pub fn put(&self, object: &mut Map<String, Json>) {
        object.insert("device".to_owned(), self.device.as_str().into());
        object.insert("label".to_owned(), self.label.as_str().into());
        object.insert("by_unit".to_owned(), self.unit.as_str().into());
        object.insert("time".to_owned(), standing::time(self.time).into());
    }
}

/// A value alone as a person reads it.
pub fn shown(language: Language, field: &Field, value: &Value) -> String {
    documents::shown(language, field, &[(field.name.to_owned(), value.clone())].into())
}

/// A value for programs.
pub fn json(value: &Value) -> Json {
    match value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Int(number) => Json::from(*number),
    }
}
