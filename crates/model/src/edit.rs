//! From what a person typed to operations on a document.
//!
//! [`parse_value`] reads a text for a field, [`check`] says whether an edit fits its kind, and [`apply`]
//! writes edits into an Automerge transaction: only what differs, so that importing a file a second time
//! adds nothing. [`between`] goes the other way, from two states of a document to edits.

mod between;
mod error;
mod parse;

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjId, ObjType, ROOT};

pub use between::between;
pub use error::{EditError, Reason};
pub use parse::parse_value;

use crate::base;
use crate::kind::{Field, FieldType, Kind};
use crate::value::{self, Value};
use crate::view;

/// What no key begins with.
const NEW_KEY: char = '+';

/// Where in a document a field is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The document itself.
    Document,
    /// An item of a collection.
    Item { collection: String, key: String },
}

impl Place {
    pub fn item(collection: &str, key: &str) -> Self {
        Self::Item { collection: collection.to_owned(), key: key.to_owned() }
    }

    /// A place as the table of conflicts writes it.
    pub fn parse(text: &str) -> Self {
        match text.split_once('/') {
            Some((collection, key)) => Self::item(collection, key),
            None => Self::Document,
        }
    }
}

impl std::fmt::Display for Place {
    /// As the table of conflicts writes it: empty for the document, else `collection/key`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Document => Ok(()),
            Self::Item { collection, key } => write!(f, "{collection}/{key}"),
        }
    }
}

/// One field set to a value, or emptied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub place: Place,
    /// The name of the field; empty only where a whole item is removed.
    pub field: String,
    /// `None` deletes the field.
    pub value: Option<Value>,
}

impl Edit {
    /// Sets or empties a field of the document itself.
    pub fn document(field: &str, value: Option<Value>) -> Self {
        Self { place: Place::Document, field: field.to_owned(), value }
    }

    /// Sets or empties a field of an item.
    pub fn item(collection: &str, key: &str, field: &str, value: Option<Value>) -> Self {
        Self { place: Place::item(collection, key), field: field.to_owned(), value }
    }

    /// Takes a whole item out of its collection.
    pub fn remove_item(collection: &str, key: &str) -> Self {
        Self { place: Place::item(collection, key), field: String::new(), value: None }
    }

    const fn removes_item(&self) -> bool {
        self.field.is_empty() && self.value.is_none() && matches!(self.place, Place::Item { .. })
    }
}

/// What stands for the key of a new item of a document's edits until [`with_keys`] gives it one; others of
/// the same edits have other numbers.
pub fn new_key(number: usize) -> String {
    format!("{NEW_KEY}{number}")
}

/// Gives new items their keys, by how many stand before them.
pub fn with_keys(edits: &[Edit], key: impl Fn(u64) -> String) -> Vec<Edit> {
    let mut edits = edits.to_vec();
    let mut new: Vec<String> = Vec::new();
    for edit in &mut edits {
        let Place::Item { key: named, .. } = &mut edit.place else { continue };
        if !named.starts_with(NEW_KEY) {
            continue;
        }
        let nth = new.iter().position(|before| before == named).unwrap_or_else(|| {
            new.push(named.clone());
            new.len() - 1
        });
        *named = key(nth as u64);
    }
    edits
}

/// Where edits of a card or a person write over the day of the last verification, the edit that keeps that day: the ends
/// of past months are judged by it.
pub fn kept_verification(kind: &Kind, day: &str, edits: &[Edit]) -> Option<Edit> {
    kind.collection("verifications")?;
    let written = edits.iter().find(|edit| edit.place == Place::Document && edit.field == "verified")?;
    let other = written.value.as_ref().and_then(Value::as_text) != Some(day);
    (!day.is_empty() && other).then(|| Edit::item("verifications", day, "day", Some(Value::from(day))))
}

/// Whether an edit fits its kind: the field exists, the key has its shape, the value its type.
pub fn check(kind: &Kind, edit: &Edit) -> Result<(), EditError> {
    resolve(kind, edit).map(drop)
}

/// Writes edits in their order and returns how many of them changed something.
///
/// All are checked before the first is written. An item is created by the first of its fields. A field
/// that already has the value is left alone, unless there are other values beside it: then writing it
/// settles the conflict, and the second time changes nothing.
pub fn apply<T: Transactable>(tx: &mut T, kind: &Kind, edits: &[Edit]) -> Result<usize, EditError> {
    let targets: Vec<Target<'_>> = edits.iter().map(|edit| resolve(kind, edit)).collect::<Result<_, _>>()?;
    let mut changed = 0;
    for (edit, target) in edits.iter().zip(targets) {
        changed += usize::from(write(tx, edit, &target)?);
    }
    Ok(changed)
}

/// Where an edit goes: the item's container and key unless it is the document, and the field unless the
/// whole item is removed.
struct Target<'a> {
    item: Option<(&'static ObjId, &'a str)>,
    field: Option<&'static Field>,
}

fn resolve<'a>(kind: &Kind, edit: &'a Edit) -> Result<Target<'a>, EditError> {
    let unknown_field = || EditError::UnknownField {
        kind: kind.name,
        place: edit.place.to_string(),
        field: edit.field.clone(),
    };
    let (item, field) = match &edit.place {
        Place::Document => (None, kind.field(&edit.field)),
        Place::Item { collection: name, key } => {
            let (Some(collection), Some(container)) = (kind.collection(name), base::container(kind, name))
            else {
                return Err(EditError::UnknownCollection { kind: kind.name, collection: name.clone() });
            };
            if !collection.is_key(key) {
                return Err(EditError::Key { collection: collection.name, key: key.clone() });
            }
            (Some((container, key.as_str())), collection.field(&edit.field))
        }
    };
    if edit.removes_item() {
        return Ok(Target { item, field: None });
    }
    let field = field.ok_or_else(unknown_field)?;
    if let Some(value) = &edit.value {
        check_value(field, value).map_err(|reason| EditError::refused(field, value, reason))?;
    }
    Ok(Target { item, field: Some(field) })
}

fn check_value(field: &Field, value: &Value) -> Result<(), Reason> {
    match value {
        Value::Int(number) => match field.ty {
            FieldType::Int { min, max } if (min..=max).contains(number) => Ok(()),
            FieldType::Int { min, max } => Err(Reason::Range { min, max }),
            FieldType::Flag if matches!(number, 0 | 1) => Ok(()),
            FieldType::Flag => Err(Reason::Flag),
            _ => Err(Reason::NotText),
        },
        Value::Text(_) if matches!(field.ty, FieldType::Int { .. } | FieldType::Flag) => {
            Err(Reason::NotNumber)
        }
        Value::Text(text) => check_text(field, text),
    }
}

fn check_text(field: &Field, text: &str) -> Result<(), Reason> {
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    if text.len() > field.bytes_max() {
        return Err(Reason::TooLong { bytes: text.len(), bytes_max: field.bytes_max() });
    }
    if value::has_control(text) {
        return Err(Reason::ControlCharacter);
    }
    // A value is stored in one form only: the form that parsing the text for the field gives.
    match parse::parsed(field, text)? {
        Value::Text(stored) if stored == text => Ok(()),
        Value::Text(stored) => Err(Reason::Form { stored }),
        Value::Int(_) => Err(Reason::NotText),
    }
}

fn write<T: Transactable>(tx: &mut T, edit: &Edit, target: &Target<'_>) -> Result<bool, EditError> {
    let mut maps = match target.item {
        None => vec![ROOT],
        Some((container, key)) => {
            if !matches!(tx.object_type(container), Ok(ObjType::Map)) {
                return Err(EditError::NoContainer);
            }
            view::item(tx, container, key)
        }
    };
    let Some(field) = target.field else { return remove(tx, target) };
    match &edit.value {
        Some(value) => {
            let found = found(tx, &maps, field)?;
            if !found.is_empty() && found.iter().all(|found| found.as_ref() == Some(value)) {
                return Ok(false);
            }
            if maps.is_empty()
                && let Some((container, key)) = target.item
            {
                maps.push(tx.put_object(container, key, ObjType::Map)?);
            }
            let last = maps.pop().expect("a document has its root, an item was just created");
            clear(tx, &maps, field)?;
            tx.put(&last, field.name, value.to_scalar())?;
            Ok(true)
        }
        None => clear(tx, &maps, field),
    }
}

fn remove<T: Transactable>(tx: &mut T, target: &Target<'_>) -> Result<bool, EditError> {
    let Some((container, key)) = target.item else { return Ok(false) };
    if tx.get(container, key)?.is_none() {
        return Ok(false);
    }
    tx.delete(container, key)?;
    Ok(true)
}

/// Everything that stands under a field's name; `None` for what does not have the field's shape.
fn found<T: Transactable>(
    tx: &T,
    maps: &[ObjId],
    field: &Field,
) -> Result<Vec<Option<Value>>, AutomergeError> {
    let mut all = Vec::new();
    for map in maps {
        let found = tx.get_all(map, field.name)?;
        all.extend(found.iter().map(|(found, _)| value::taken(field, found)));
    }
    Ok(all)
}

fn clear<T: Transactable>(tx: &mut T, maps: &[ObjId], field: &Field) -> Result<bool, EditError> {
    let mut changed = false;
    for map in maps {
        if tx.get(map, field.name)?.is_some() {
            tx.delete(map, field.name)?;
            changed = true;
        }
    }
    Ok(changed)
}

#[cfg(test)]
mod tests;
