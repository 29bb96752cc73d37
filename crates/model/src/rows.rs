//! A document as rows of the published tables.
//!
//! Rows are a function of the document, the space it stands in, and who wrote each change; they come
//! in a fixed order. A document gives no rows at all where it has no business: in a channel that its
//! kind does not use, under another id than its kind fixes, about a unit that its space may not speak
//! for, or without a field that it says nothing without.

mod person;
mod residue;
mod writers;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use automerge::{Automerge, ChangeHash, ObjId, ROOT};
use linli_wire::{Channel, DocId, Level, Space, UnitPath};

use self::person::PersonFacts;
pub(crate) use self::residue::ResidueProjection;
pub(crate) use self::writers::Writers;
use crate::base;
use crate::date;
use crate::edit::Place;
use crate::kind::{ATTACHMENTS, Field, Kind};
use crate::tables::{ColumnType, Origin, Source, tables};
use crate::value::Value;
use crate::view::{self, Held};

/// When and by a device of which level a change was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The day of the entry, as days since 1970-01-01.
    pub day_n: i64,
    /// The level of the unit that the writer's grant names.
    pub level: Level,
}

/// What the log knows about changes.
pub trait Provenance {
    /// `None` where the change is not known, as the fixed changes of a kind are not.
    fn written(&self, change: &ChangeHash) -> Option<Written>;

    /// The earliest day on which anybody changed the document; `None` where no change is known.
    ///
    /// The day stays however often fields are written again, so that nobody makes a document younger than
    /// it is.
    fn first_day(&self) -> Option<i64>;
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    Text(String),
    Int(i64),
}

/// One row of one table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The position of the table in [`tables()`].
    pub table: usize,
    /// One cell a column, in the order of the columns.
    pub cells: Vec<Cell>,
}

/// The rows that a document gives.
pub fn rows(
    kind: &'static Kind,
    doc: &Automerge,
    id: DocId,
    space: &Space,
    provenance: &dyn Provenance,
) -> Vec<Row> {
    if !kind.channels.contains(&space.channel) || !plan(kind).gives_rows {
        return Vec::new();
    }
    let held = view::fields(doc, &[ROOT], kind.fields);
    let Some(unit) = unit_spoken_for(kind, &held, id, space) else { return Vec::new() };
    let lacks = |name: &&str| {
        kind.fields.iter().zip(&held).any(|(field, held)| field.name == *name && held.is_none())
    };
    if kind.required.iter().any(lacks) {
        return Vec::new();
    }
    let mut writers = Writers::new(doc, provenance);
    let document = Part { key: "", created: None, recorded: None, held };
    let mut projection = Projection {
        kind,
        doc,
        unit: unit.to_string(),
        id: id.to_string(),
        channel: space.channel,
        stage: None,
        person: (kind.name == "person").then(|| PersonFacts::of(kind, &document.held)),
        derived: (kind.name == "unit").then_some(unit),
        rows: Vec::new(),
    };
    if space.channel == Channel::Oversight {
        let Some(level) = writers.lowest_level(kind) else { return Vec::new() };
        projection.stage = Some(level);
    }
    projection.document(&document, &mut writers);
    projection.rows
}

/// The unit that a document's rows are about; `None` where the document has no business there.
fn unit_spoken_for(kind: &Kind, held: &[Option<Held>], id: DocId, space: &Space) -> Option<UnitPath> {
    let Some(field) = kind.keyed_by else {
        let has_its_id = kind.fixed_id("").is_none_or(|fixed| fixed == id);
        return has_its_id.then(|| space.unit.clone());
    };
    let key = text_of(kind.fields, held, field)?;
    if kind.fixed_id(key) != Some(id) {
        return None;
    }
    // The documents with a key are those of units, and the city's notices are the one place that says
    // which units there are.
    let unit: UnitPath = key.parse().ok()?;
    (space.unit.level() == Level::City && space.unit.covers(&unit)).then_some(unit)
}

pub(crate) fn text_of<'a>(schema: &[Field], held: &'a [Option<Held>], name: &str) -> Option<&'a str> {
    let index = schema.iter().position(|field| field.name == name)?;
    held.get(index)?.as_ref()?.value.as_text()
}

/// The document itself or one item, as far as rows need it.
struct Part<'a> {
    key: &'a str,
    /// The operations that created an item; `None` for the document.
    created: Option<&'a [ObjId]>,
    /// When it was recorded, where that is not when its operations were written.
    recorded: Option<Days>,
    held: Vec<Option<Held>>,
}

/// The days that a residue keeps of what was erased.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days {
    /// When the thing was recorded.
    pub thing: i64,
    /// When its last day was.
    pub end: i64,
}

struct Projection<'a> {
    kind: &'static Kind,
    doc: &'a Automerge,
    unit: String,
    id: String,
    channel: Channel,
    stage: Option<Level>,
    person: Option<PersonFacts>,
    /// For a unit's own document, the path from which fields left empty follow.
    derived: Option<UnitPath>,
    rows: Vec<Row>,
}

impl Projection<'_> {
    fn document(&mut self, document: &Part<'_>, writers: &mut Writers<'_>) {
        let plan = plan(self.kind);
        if let Some(table) = plan.document {
            self.row(table, document, writers);
        }
        self.conflicts(&Place::Document, &[ROOT], self.kind.fields, &document.held, writers);
        for (collection, table) in self.kind.collections.iter().zip(&plan.items) {
            let Some(container) = base::container(self.kind, collection.name) else { continue };
            for (key, maps) in view::items(self.doc, container, collection) {
                let held = view::fields(self.doc, &maps, collection.fields);
                let place = Place::item(collection.name, &key);
                self.conflicts(&place, &maps, collection.fields, &held, writers);
                if let Some(table) = *table {
                    self.row(table, &Part { key: &key, created: Some(&maps), recorded: None, held }, writers);
                }
            }
        }
    }

    fn row(&mut self, table: usize, part: &Part<'_>, writers: &mut Writers<'_>) {
        let columns = &tables()[table].columns;
        let cells =
            columns.iter().map(|column| self.cell(column.origin, column.ty, &column.name, part, writers));
        let cells = cells.collect();
        self.rows.push(Row { table, cells });
    }

    fn cell(
        &self,
        origin: Origin,
        ty: ColumnType,
        name: &str,
        part: &Part<'_>,
        writers: &mut Writers<'_>,
    ) -> Cell {
        match origin {
            Origin::Unit => Cell::Text(self.unit.clone()),
            Origin::Document => Cell::Text(self.id.clone()),
            Origin::Key => Cell::Text(part.key.to_owned()),
            Origin::Field(index) => match part.held.get(index).and_then(Option::as_ref) {
                Some(held) => cell_of(&held.value),
                None => self.empty(ty, name),
            },
            Origin::Day(index, missing) => {
                let held = part.held.get(index).and_then(Option::as_ref);
                Cell::Int(held.and_then(|held| date::day_of_iso(held.value.as_text()?)).unwrap_or(missing))
            }
            Origin::Recorded => Cell::Int(match (part.recorded, part.created) {
                (Some(days), _) => days.thing,
                (None, None) => writers.first_day_of_document(&part.held),
                (None, Some(created)) => writers.first_day(created),
            }),
            Origin::FieldRecorded(index) => {
                let held = part.held.get(index).and_then(Option::as_ref);
                Cell::Int(held.map_or(date::OPEN_END, |held| match part.recorded {
                    Some(days) => days.end,
                    None => writers.first_day(std::slice::from_ref(&held.written_by)),
                }))
            }
            Origin::Stage => Cell::Text(self.stage.map(Level::as_str).unwrap_or_default().to_owned()),
            Origin::Channel => Cell::Text(self.channel.as_str().to_owned()),
            Origin::IdValid => Cell::Int(self.person.as_ref().map_or(0, |person| i64::from(person.id_valid))),
            Origin::WorkFrom => Cell::Int(self.person.as_ref().map_or(0, |person| person.work_from_n)),
            Origin::WorkUntil => Cell::Int(self.person.as_ref().map_or(0, |person| person.work_until_n)),
            Origin::Conflict => self.empty(ty, name),
        }
    }

    /// What stands in a column where nothing was entered.
    fn empty(&self, ty: ColumnType, name: &str) -> Cell {
        match (ty, &self.derived, name) {
            (ColumnType::Int, ..) => Cell::Int(0),
            (ColumnType::Text, Some(unit), "parent") => {
                Cell::Text(unit.parent().map(|parent| parent.to_string()).unwrap_or_default())
            }
            (ColumnType::Text, Some(unit), "level") => Cell::Text(unit.level().as_str().to_owned()),
            (ColumnType::Text, Some(unit), "code") => Cell::Text(unit.code()),
            (ColumnType::Text, ..) => Cell::Text(String::new()),
        }
    }

    fn conflicts(
        &mut self,
        place: &Place,
        maps: &[ObjId],
        schema: &'static [Field],
        held: &[Option<Held>],
        writers: &mut Writers<'_>,
    ) {
        let Some(table) = conflict_table() else { return };
        for (field, held) in schema.iter().zip(held) {
            if !field.vital || !held.as_ref().is_some_and(|held| held.contested) {
                continue;
            }
            let all = view::candidates(self.doc, maps, field);
            let distinct: BTreeSet<&Value> = all.iter().map(|(value, _)| value).collect();
            if distinct.len() < 2 {
                continue;
            }
            let since =
                all.iter().filter_map(|(_, id)| writers.written(id)).map(|written| written.day_n).max();
            self.rows.push(Row {
                table,
                cells: vec![
                    Cell::Text(self.unit.clone()),
                    Cell::Text(self.id.clone()),
                    Cell::Text(place.to_string()),
                    Cell::Text(field.name.to_owned()),
                    Cell::Int(distinct.len() as i64),
                    Cell::Int(since.unwrap_or(date::UNKNOWN_START)),
                ],
            });
        }
    }
}

fn cell_of(value: &Value) -> Cell {
    match value {
        Value::Text(text) => Cell::Text(text.clone()),
        Value::Int(number) => Cell::Int(*number),
    }
}

/// Which tables a kind fills.
struct Plan {
    document: Option<usize>,
    /// For each collection of the kind, its table.
    items: Vec<Option<usize>>,
    /// Whether there is a table to fill, or a vital field that may be in conflict.
    gives_rows: bool,
}

fn plan(kind: &Kind) -> &'static Plan {
    static PLANS: OnceLock<Vec<Plan>> = OnceLock::new();
    let plans = PLANS.get_or_init(|| {
        let table = |source: Source| tables().iter().position(|table| table.source == source);
        crate::kind::ALL
            .iter()
            .map(|kind| {
                let document = table(Source::Document(kind));
                let items: Vec<Option<usize>> = kind
                    .collections
                    .iter()
                    .map(|items| match items.name {
                        name if name == ATTACHMENTS.name => table(Source::Attachments),
                        _ => table(Source::Items(kind, items)),
                    })
                    .collect();
                let mut fields = kind.fields.iter().chain(kind.collections.iter().flat_map(|c| c.fields));
                let gives_rows = document.is_some()
                    || items.iter().any(Option::is_some)
                    || fields.any(|field| field.vital);
                Plan { document, items, gives_rows }
            })
            .collect()
    });
    let index = usize::from(kind.code).checked_sub(1).expect("codes of kinds begin at 1");
    plans.get(index).expect("every kind stands in the list of all kinds, in the order of its code")
}

fn conflict_table() -> Option<usize> {
    static INDEX: OnceLock<Option<usize>> = OnceLock::new();
    *INDEX.get_or_init(|| tables().iter().position(|table| table.source == Source::Conflicts))
}

#[cfg(test)]
mod tests;
