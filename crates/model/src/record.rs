//! From a document back to plain values, and what is wrong with them.

mod problem;
mod validate;

use std::collections::BTreeMap;

use automerge::{ROOT, ReadDoc};

pub use problem::{Problem, What};
pub use validate::validate;

use crate::base;
use crate::codes::Code;
use crate::kind::{Field, FieldType, Kind};
use crate::value::Value;
use crate::view;

/// The fields of one item by name.
pub type Item = BTreeMap<String, Value>;

/// A document's values without its history. Only what its kind knows is in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    pub fields: Item,
    /// Collection, key, field.
    pub collections: BTreeMap<String, BTreeMap<String, Item>>,
}

impl Record {
    /// The text of a field of the document; empty where there is none.
    pub fn text(&self, field: &str) -> &str {
        text(&self.fields, field)
    }

    /// The number in a field of the document.
    pub fn int(&self, field: &str) -> Option<i64> {
        self.fields.get(field).and_then(Value::as_int)
    }

    /// The items of a collection in the order of their keys.
    pub fn items(&self, collection: &str) -> impl Iterator<Item = (&str, &Item)> {
        self.collections.get(collection).into_iter().flatten().map(|(key, item)| (key.as_str(), item))
    }
}

/// The text of an item's field; empty where there is none.
pub fn text<'a>(item: &'a Item, field: &str) -> &'a str {
    item.get(field).and_then(Value::as_text).unwrap_or_default()
}

/// The code in a field of an item, with its names; `None` where the field is empty or has a code that its
/// list does not know.
pub fn code(field: &Field, item: &Item) -> Option<&'static Code> {
    let list = match field.ty {
        FieldType::Code(list) => list,
        FieldType::CodeBy { field: by, lists } => {
            lists.iter().find(|(name, _)| *name == text(item, by)).map(|(_, list)| list)?
        }
        _ => return None,
    };
    list.get(text(item, field.name))
}

/// Reads a document. Fields that the kind does not know, values of the wrong shape and keys of the wrong
/// shape are passed over: a device may have written anything.
pub fn read<R: ReadDoc>(doc: &R, kind: &Kind) -> Record {
    let collections = kind.collections.iter().map(|collection| {
        let items = match base::container(kind, collection.name) {
            Some(container) => view::items(doc, container, collection),
            None => BTreeMap::new(),
        };
        let items =
            items.into_iter().map(|(key, maps)| (key, values(doc, &maps, collection.fields))).collect();
        (collection.name.to_owned(), items)
    });
    Record { fields: values(doc, &[ROOT], kind.fields), collections: collections.collect() }
}

fn values<R: ReadDoc>(doc: &R, maps: &[automerge::ObjId], schema: &'static [Field]) -> Item {
    let held = view::fields(doc, maps, schema);
    let named = schema.iter().zip(held);
    named.filter_map(|(field, held)| Some((field.name.to_owned(), held?.value))).collect()
}

#[cfg(test)]
mod tests;
