//! The edits that lead from one state of a document to another.

use std::collections::BTreeSet;

use automerge::{Automerge, ObjId, ROOT};

use super::{Edit, Place};
use crate::{
    base,
    kind::{Field, Kind},
    value::Value,
    view,
};

/// What differs between two states of a document, field by field, as edits that make the one of the other.
///
/// Only what the kind knows is looked at. Applied to a third state they say again what was said between
/// the two, and leave everything else as it is there.
pub fn between(kind: &'static Kind, before: &Automerge, after: &Automerge) -> Vec<Edit> {
    let mut edits = differing(&Place::Document, kind.fields, (before, &[ROOT]), (after, &[ROOT]));
    for collection in kind.collections {
        let Some(container) = base::container(kind, collection.name) else { continue };
        let old = view::items(before, container, collection);
        let new = view::items(after, container, collection);
        for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            let had = old.get(key).map_or(&[][..], Vec::as_slice);
            match new.get(key) {
                Some(has) => {
                    let place = Place::item(collection.name, key);
                    edits.extend(differing(&place, collection.fields, (before, had), (after, has)));
                }
                None => edits.push(Edit::remove_item(collection.name, key)),
            }
        }
    }
    edits
}

/// A state of a document, and the maps in it that make up one place.
type Standing<'d> = (&'d Automerge, &'d [ObjId]);

fn differing(
    place: &Place,
    schema: &'static [Field],
    before: Standing<'_>,
    after: Standing<'_>,
) -> Vec<Edit> {
    let values = |(document, maps): Standing<'_>| -> Vec<Option<Value>> {
        view::fields(document, maps, schema).into_iter().map(|held| held.map(|held| held.value)).collect()
    };
    let pairs = schema.iter().zip(values(before).into_iter().zip(values(after)));
    pairs
        .filter(|(_, (old, new))| old != new)
        .map(|(field, (_, value))| Edit { place: place.clone(), field: field.name.to_owned(), value })
        .collect()
}

#[cfg(test)]
mod tests {
    use automerge::transaction::Transactable as _;

    use super::*;
    use crate::{apply, kind, new_document};

    const MEMBER: &str = "00112233445566778899aabbccddeeff";
    const OTHER: &str = "ffeeddccbbaa99887766554433221100";

    fn with(document: &Automerge, edits: &[Edit]) -> Automerge {
        let mut document = document.fork();
        let mut transaction = document.transaction();
        apply(&mut transaction, &kind::HOUSEHOLD, edits).expect("edits of a test fit");
        transaction.commit();
        document
    }

    #[test]
    fn edits_that_were_made_are_found_again_and_say_the_same_elsewhere() {
        let text = |field: &str, value: &str| Edit::document(field, Some(Value::from(value)));
        let member = |key: &str, value: Option<Value>| Edit::item("members", key, "relation", value);
        let start = new_document(&kind::HOUSEHOLD);
        let relation = || Some(Value::from("01"));
        let before = with(&start, &[text("phone", "1"), text("address", "A"), member(OTHER, relation())]);
        let made = vec![
            text("phone", "2"),
            Edit::document("address", None),
            member(MEMBER, relation()),
            Edit::remove_item("members", OTHER),
        ];
        let after = with(&before, &made);
        let mut found = between(&kind::HOUSEHOLD, &before, &after);
        let mut expected = made;
        found.sort_by(|a, b| (&a.place, &a.field).cmp(&(&b.place, &b.field)));
        expected.sort_by(|a, b| (&a.place, &a.field).cmp(&(&b.place, &b.field)));
        assert_eq!(found, expected);
        assert_eq!(between(&kind::HOUSEHOLD, &before, &before), []);
        // On a state that others made, what they wrote stays.
        let elsewhere = with(&start, &[text("card_no", "32110200100100001"), text("phone", "9")]);
        let again = with(&elsewhere, &found);
        let left = between(&kind::HOUSEHOLD, &elsewhere, &again);
        assert_eq!(left, [text("phone", "2"), member(MEMBER, relation())]);
    }

    #[test]
    fn what_the_kind_does_not_know_is_no_edit() {
        let before = new_document(&kind::HOUSEHOLD);
        let mut after = before.fork();
        let mut transaction = after.transaction();
        transaction.put(ROOT, "no_such_field", "x").expect("the root takes it");
        transaction.commit();
        assert_eq!(between(&kind::HOUSEHOLD, &before, &after), []);
    }
}
