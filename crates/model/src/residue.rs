//! What is left of a person whose document was erased: sex, month of birth, episodes, placements and
//! certifications, so that measures still fold; no name, no number, no exact date of birth, nothing that
//! somebody typed.
//!
//! The residue's rows stand under the erased document's id. That id is random, and the card of the household
//! still names it as a member, so it is the pseudonym under which the person goes on being counted.

use automerge::{Automerge, ROOT};
use linli_wire::{DocId, Space};

use crate::base;
use crate::date::{self, UNKNOWN_START};
use crate::edit::Edit;
use crate::idnumber::{IdNumber, Sex};
use crate::kind::{Field, PERSON, RESIDUE};
use crate::rows::{Days, Provenance, ResidueProjection, Row, Writers, text_of};
use crate::value::Value;
use crate::view::{self, Held};

/// What stands in a text column of which only it is kept that something was entered.
pub const ERASED: &str = "erased";
/// The field of a residue, and of its items, that keeps the day on which the erased thing was recorded.
const RECORDED: &str = "recorded";
/// The field of its items that keeps the day on which the last day was recorded.
const END_RECORDED: &str = "end_recorded";
const BIRTH_MONTH: &str = "birth_month";

/// The edits that make the residue of a person.
pub fn of_person(person: &Automerge, provenance: &dyn Provenance) -> Vec<Edit> {
    let mut writers = Writers::new(person, provenance);
    let held = view::fields(person, &[ROOT], PERSON.fields);
    let mut edits = Vec::new();
    let mut set = |field: &str, value: Value| edits.push(Edit::document(field, Some(value)));
    for (field, value) in kept(PERSON.fields, RESIDUE.fields, &held) {
        set(field, value);
    }
    let text = |name| text_of(PERSON.fields, &held, name).unwrap_or_default();
    let number = IdNumber::parse(text("id_no")).ok();
    let birth = date::from_iso(text("birth")).or_else(|| number.as_ref().map(IdNumber::birth));
    if let Some(birth) = birth {
        set(BIRTH_MONTH, Value::from(&date::to_iso(birth)[..7]));
    }
    if let (None, Some(number)) = (Sex::from_code(text("sex")), &number) {
        set("sex", Value::from(number.sex().code()));
    }
    if let Some(day) = date::from_day_number(writers.first_day_of_document(&held)) {
        set(RECORDED, Value::from(date::to_iso(day).as_str()));
    }
    for collection in RESIDUE.collections {
        let Some(of_person) = PERSON.collection(collection.name) else { continue };
        let Some(container) = base::container(&PERSON, collection.name) else { continue };
        for (key, maps) in view::items(person, container, of_person) {
            let held = view::fields(person, &maps, of_person.fields);
            let item = |field: &str, value| Edit::item(collection.name, &key, field, Some(value));
            edits.extend(
                kept(of_person.fields, collection.fields, &held).map(|(field, value)| item(field, value)),
            );
            if let Some(day) = date::from_day_number(writers.first_day(&maps)) {
                edits.push(item(RECORDED, Value::from(date::to_iso(day).as_str())));
            }
            let end = of_person.fields.iter().position(|field| field.name == "end");
            let end =
                end.filter(|_| collection.field(END_RECORDED).is_some()).and_then(|at| held[at].as_ref());
            let recorded = end.map(|end| writers.first_day(std::slice::from_ref(&end.written_by)));
            if let Some(day) = recorded.and_then(date::from_day_number) {
                edits.push(item(END_RECORDED, Value::from(date::to_iso(day).as_str())));
            }
        }
    }
    edits
}

/// The rows that a residue gives in the place of the person `erased`.
pub fn rows(residue: &Automerge, erased: DocId, space: &Space) -> Vec<Row> {
    if !RESIDUE.channels.contains(&space.channel) {
        return Vec::new();
    }
    let fields = view::fields(residue, &[ROOT], RESIDUE.fields);
    let mut held = stands_for(PERSON.fields, RESIDUE.fields, &fields);
    let month = text_of(RESIDUE.fields, &fields, BIRTH_MONTH).map(|month| format!("{month}-01"));
    if let Some(first) = month.filter(|first| date::from_iso(first).is_some()) {
        let at = |schema: &[Field], name| schema.iter().position(|field| field.name == name);
        let written = at(RESIDUE.fields, BIRTH_MONTH).and_then(|at| fields[at].as_ref());
        if let (Some(at), Some(written)) = (at(PERSON.fields, "birth"), written) {
            held[at] = Some(Held { value: Value::Text(first), ..written.clone() });
        }
    }
    let mut projection = ResidueProjection::new(residue, space.unit.to_string(), erased.to_string(), &held);
    projection.document(recorded(RESIDUE.fields, &fields), held);
    for collection in RESIDUE.collections {
        let Some(of_person) = PERSON.collection(collection.name) else { continue };
        let Some(container) = base::container(&RESIDUE, collection.name) else { continue };
        for (key, maps) in view::items(residue, container, collection) {
            let fields = view::fields(residue, &maps, collection.fields);
            let held = stands_for(of_person.fields, collection.fields, &fields);
            projection.item(of_person, &key, recorded(collection.fields, &fields), held);
        }
    }
    projection.rows()
}

/// The fields of a person or an item that a residue keeps, each with what it keeps of it.
fn kept<'a>(
    of_person: &'static [Field],
    of_residue: &'static [Field],
    held: &'a [Option<Held>],
) -> impl Iterator<Item = (&'static str, Value)> + 'a {
    of_person.iter().zip(held).filter_map(|(field, held)| {
        let (value, kept) = (&held.as_ref()?.value, of_residue.iter().find(|kept| kept.name == field.name)?);
        match (kept.ty == field.ty, value) {
            (true, value) => Some((kept.name, value.clone())),
            // Of a text that somebody typed it is kept that there was one.
            (false, Value::Text(text)) => (!text.is_empty()).then_some((kept.name, Value::Int(1))),
            (false, Value::Int(_)) => None,
        }
    })
}

/// What a residue holds, in the places of a person's fields.
fn stands_for(of_person: &[Field], of_residue: &[Field], held: &[Option<Held>]) -> Vec<Option<Held>> {
    let of = |field: &Field| {
        let at = of_residue.iter().position(|kept| kept.name == field.name)?;
        let held = held[at].clone()?;
        match (of_residue[at].ty == field.ty, &held.value) {
            (true, _) => Some(held),
            (false, Value::Int(1)) => Some(Held { value: Value::from(ERASED), ..held }),
            (false, _) => None,
        }
    };
    of_person.iter().map(of).collect()
}

/// A residue without the day of an end was written before residues kept it, or has no end: its end then counts
/// as recorded with the thing.
fn recorded(schema: &[Field], held: &[Option<Held>]) -> Days {
    let day = |name| text_of(schema, held, name).and_then(date::day_of_iso);
    let thing = day(RECORDED).unwrap_or(UNKNOWN_START);
    Days { thing, end: day(END_RECORDED).unwrap_or(thing) }
}

#[cfg(test)]
mod tests;
