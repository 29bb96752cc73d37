//! Reading a document's maps with an eye on where each value comes from.
//!
//! Two devices may create an item under one key apart from each other (both list the same person as a
//! member). Automerge keeps both maps and shows one. Here an item is all of them laid over each other:
//! of each field the latest operation stands, and nothing is hidden.

use std::collections::BTreeMap;

use automerge::{ObjId, ObjType, ReadDoc, Value as AutomergeValue, ValueRef};

use crate::kind::{Collection, Field};
use crate::value::{self, Value};

/// The value of a field that stands, and the operation that wrote it.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub value: Value,
    pub written_by: ObjId,
    /// Whether there are concurrent values beside it.
    pub contested: bool,
}

/// The maps that make up an item, in ascending order of the operations that created them.
pub(crate) type Maps = Vec<ObjId>;

/// Reads the fields of a map, or of several laid over each other, in the order of the schema.
pub(crate) fn fields<R: ReadDoc>(doc: &R, maps: &[ObjId], schema: &'static [Field]) -> Vec<Option<Held>> {
    let mut held: Vec<Option<Held>> = vec![None; schema.len()];
    for map in maps {
        for entry in doc.map_range(map, ..) {
            let Some(index) = schema.iter().position(|field| field.name == entry.key) else { continue };
            let found = match &entry.value {
                ValueRef::Scalar(scalar) => value::taken_ref(&schema[index], scalar).map(|value| Held {
                    value,
                    written_by: entry.id(),
                    contested: entry.conflict,
                }),
                ValueRef::Object(_) => None,
            };
            // Where the value that stands is of the wrong shape, a concurrent one may be of the right.
            let found = found.or_else(|| {
                let mut usable = candidates(doc, std::slice::from_ref(map), &schema[index]);
                usable.pop().filter(|_| entry.conflict).map(|(value, written_by)| Held {
                    value,
                    written_by,
                    contested: !usable.is_empty(),
                })
            });
            if let Some(mut found) = found {
                found.contested |= held[index].is_some();
                held[index] = Some(found);
            }
        }
    }
    held
}

/// Every concurrent value of a field that has the field's shape, with the operation that wrote it; the
/// one that stands is the last.
pub(crate) fn candidates<R: ReadDoc>(doc: &R, maps: &[ObjId], field: &Field) -> Vec<(Value, ObjId)> {
    maps.iter()
        .filter_map(|map| doc.get_all(map, field.name).ok())
        .flatten()
        .filter_map(|(found, id)| value::taken(field, &found).map(|value| (value, id)))
        .collect()
}

/// The items of a collection by key, in the order of their keys. Keys of the wrong shape are left out.
pub(crate) fn items<R: ReadDoc>(
    doc: &R,
    container: &ObjId,
    collection: &Collection,
) -> BTreeMap<String, Maps> {
    let mut items = BTreeMap::new();
    // Of a container that the document does not have there is nothing to read.
    if !matches!(doc.object_type(container), Ok(ObjType::Map)) {
        return items;
    }
    for entry in doc.map_range(container, ..) {
        if !collection.is_key(&entry.key) {
            continue;
        }
        let maps = match (&entry.value, entry.conflict) {
            (ValueRef::Object(ObjType::Map), false) => vec![entry.id()],
            (_, true) => item(doc, container, &entry.key),
            (_, false) => Vec::new(),
        };
        if !maps.is_empty() {
            items.insert(entry.key.into_owned(), maps);
        }
    }
    items
}

/// The maps of one item.
pub(crate) fn item<R: ReadDoc>(doc: &R, container: &ObjId, key: &str) -> Maps {
    let found = doc.get_all(container, key).unwrap_or_default();
    found
        .into_iter()
        .filter(|(value, _)| matches!(value, AutomergeValue::Object(ObjType::Map)))
        .map(|(_, id)| id)
        .collect()
}
