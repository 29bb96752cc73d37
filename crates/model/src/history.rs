//! What became of a document, field by field: every change with what stood before, and every value that a
//! concurrent one was written beside.
//!
//! Automerge lets one of two concurrent values stand and keeps the other. Here both are told, so that nothing is
//! dropped without anybody being able to see it.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, AutomergeError, ChangeHash, ObjId, ROOT};

use crate::{
    base,
    edit::Place,
    kind::{Field, Kind},
    value::Value,
    view::{self, Held},
};

/// One field that a change wrote or emptied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which change did.
    pub by: ChangeHash,
    pub place: Place,
    pub field: &'static Field,
    /// What its writer had before them; of several concurrent values the last one stood.
    pub old: Vec<Value>,
    /// What they wrote; `None` where they emptied the field.
    pub new: Option<Value>,
    /// Other values that were written into the field by those who did not know of this one.
    pub beside: Vec<Beside>,
}

/// A concurrent value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    pub by: ChangeHash,
    pub value: Option<Value>,
    /// Whether this value stood, and not the one it is beside, when the two met.
    pub stood: bool,
}

/// Every value that stands at one field beside others, in the order of Automerge's operations, with the change that
/// wrote it; the one that stands is the last.
pub fn values(
    kind: &'static Kind,
    doc: &Automerge,
    place: &Place,
    field: &Field,
) -> Vec<(Value, ChangeHash)> {
    let maps = match place {
        Place::Document => vec![ROOT],
        Place::Item { collection, key } => base::container(kind, collection)
            .map_or_else(Vec::new, |container| view::item(doc, container, key)),
    };
    let all = view::candidates(doc, &maps, field).into_iter();
    all.filter_map(|(value, operation)| Some((value, doc.hash_for_opid(&operation)?))).collect()
}

/// A field with every value that stands in it, and which change wrote each.
pub type Concurrent = (Place, &'static Field, Vec<(Value, ChangeHash)>);

/// The fields of which concurrent values differ without anybody being asked: the last of each holds, until somebody writes
/// the field again. Vital fields are not among them.
pub fn settled_alone(kind: &'static Kind, doc: &Automerge) -> Vec<Concurrent> {
    let mut settled = Vec::new();
    let mut take = |place: &Place, maps: &[ObjId], schema: &'static [Field]| {
        for (field, held) in schema.iter().zip(view::fields(doc, maps, schema)) {
            if field.vital || held.is_none_or(|held| !held.contested) {
                continue;
            }
            let values = values(kind, doc, place, field);
            if values.iter().any(|(value, _)| *value != values[0].0) {
                settled.push((place.clone(), field, values));
            }
        }
    };
    take(&Place::Document, &[ROOT], kind.fields);
    for collection in kind.collections {
        let Some(container) = base::container(kind, collection.name) else { continue };
        for (key, maps) in view::items(doc, container, collection) {
            take(&Place::item(collection.name, &key), &maps, collection.fields);
        }
    }
    settled
}

/// All that was changed, each change after those that it builds on.
pub fn history(kind: &'static Kind, doc: &Automerge) -> Result<Vec<Changed>, AutomergeError> {
    let actor = base::base_actor(kind);
    let changes: Vec<(ChangeHash, Vec<ChangeHash>)> = doc
        .get_changes_meta(&[])
        .into_iter()
        .filter(|meta| *meta.actor != actor)
        .map(|meta| (meta.hash, meta.deps))
        .collect();
    let mut told = Vec::new();
    let mut last: Option<(ChangeHash, State)> = None;
    for (hash, deps) in &changes {
        let before = match last {
            Some((before, state)) if deps.as_slice() == [before] => state,
            _ => State::at(kind, doc, deps)?,
        };
        let after = State::at(kind, doc, &[*hash])?;
        told.extend(between(*hash, &before, &after));
        last = Some((*hash, after));
    }
    beside(kind, doc, &ancestors(&changes), &mut told)?;
    Ok(told)
}

type At = (Place, &'static str);

/// The fields of a document as of some changes.
struct State {
    document: Automerge,
    fields: BTreeMap<At, (&'static Field, Vec<ObjId>, Held)>,
}

impl State {
    fn at(kind: &'static Kind, doc: &Automerge, heads: &[ChangeHash]) -> Result<Self, AutomergeError> {
        let document = doc.fork_at(heads)?;
        let mut fields = BTreeMap::new();
        let mut take = |place: &Place, maps: &[ObjId], schema: &'static [Field]| {
            for (field, held) in schema.iter().zip(view::fields(&document, maps, schema)) {
                if let Some(held) = held {
                    fields.insert((place.clone(), field.name), (field, maps.to_vec(), held));
                }
            }
        };
        take(&Place::Document, &[ROOT], kind.fields);
        for collection in kind.collections {
            let Some(container) = base::container(kind, collection.name) else { continue };
            for (key, maps) in view::items(&document, container, collection) {
                take(&Place::item(collection.name, &key), &maps, collection.fields);
            }
        }
        Ok(Self { document, fields })
    }

    fn values(&self, at: &At) -> Vec<Value> {
        let Some((field, maps, held)) = self.fields.get(at) else { return Vec::new() };
        if !held.contested {
            return vec![held.value.clone()];
        }
        let mut values: Vec<Value> = Vec::new();
        for (value, _) in view::candidates(&self.document, maps, field) {
            values.retain(|other| *other != value);
            values.push(value);
        }
        values
    }
}

/// What one change did. Automerge settles concurrent values by the one that stands without writing it again, so
/// that the choice shows by those that went.
fn between(by: ChangeHash, before: &State, after: &State) -> Vec<Changed> {
    let written = after.fields.iter().filter(|(at, (_, _, held))| {
        let is_new = after.document.hash_for_opid(&held.written_by).is_some_and(|hash| hash == by);
        is_new || before.values(at) != after.values(at)
    });
    let changed = |at: &At, field: &'static Field, new: Option<&Held>| Changed {
        by,
        place: at.0.clone(),
        field,
        old: before.values(at),
        new: new.map(|held| held.value.clone()),
        beside: Vec::new(),
    };
    let mut all: Vec<Changed> =
        written.map(|(at, (field, _, held))| changed(at, field, Some(held))).collect();
    let emptied = before.fields.iter().filter(|(at, _)| !after.fields.contains_key(*at));
    all.extend(emptied.map(|(at, (field, ..))| changed(at, field, None)));
    all
}

/// For every change those that it builds on.
fn ancestors(changes: &[(ChangeHash, Vec<ChangeHash>)]) -> BTreeMap<ChangeHash, BTreeSet<ChangeHash>> {
    let mut all: BTreeMap<ChangeHash, BTreeSet<ChangeHash>> = BTreeMap::new();
    for (hash, deps) in changes {
        let mut above: BTreeSet<ChangeHash> = deps.iter().copied().collect();
        above.extend(deps.iter().filter_map(|dep| all.get(dep)).flatten());
        all.insert(*hash, above);
    }
    all
}

/// Finds the values that were written without knowledge of one another. Of each branch only the last one before
/// they met counts.
fn beside(
    kind: &'static Kind,
    doc: &Automerge,
    ancestors: &BTreeMap<ChangeHash, BTreeSet<ChangeHash>>,
    told: &mut [Changed],
) -> Result<(), AutomergeError> {
    let builds_on = |later: &ChangeHash, earlier: &ChangeHash| ancestors[later].contains(earlier);
    let apart = |a: &ChangeHash, b: &ChangeHash| a != b && !builds_on(a, b) && !builds_on(b, a);
    let mut places: BTreeMap<At, Vec<usize>> = BTreeMap::new();
    for (index, changed) in told.iter().enumerate() {
        places.entry((changed.place.clone(), changed.field.name)).or_default().push(index);
    }
    for (at, indices) in places.iter().filter(|(_, indices)| indices.len() > 1) {
        let by = |index: &usize| told[*index].by;
        let is_last = |index: &usize, other: &usize| {
            !indices.iter().any(|next| builds_on(&by(next), &by(index)) && apart(&by(next), &by(other)))
        };
        let mut met = Vec::new();
        for (nth, one) in indices.iter().enumerate() {
            for other in &indices[nth + 1..] {
                let differ = told[*one].new != told[*other].new;
                if differ && apart(&by(one), &by(other)) && is_last(one, other) && is_last(other, one) {
                    let stood = State::at(kind, doc, &[by(one), by(other)])?.values(at).pop();
                    met.push((*one, *other, stood));
                }
            }
        }
        for (one, other, stood) in met {
            for (this, that) in [(one, other), (other, one)] {
                let (by, value) = (told[that].by, told[that].new.clone());
                let stood = stood == value;
                told[this].beside.push(Beside { by, value, stood });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
