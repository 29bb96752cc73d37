//! A residue's rows: those of a person, under the erased document's id.

use automerge::{Automerge, ChangeHash};
use linli_wire::Channel;

use super::person::PersonFacts;
use super::{Days, Part, Projection, Provenance, Row, Writers, Written, plan};
use crate::kind::{Collection, PERSON};
use crate::view::Held;

/// Gives a person's rows from what a residue keeps.
pub(crate) struct ResidueProjection<'a>(Projection<'a>);

/// A residue says itself when things were recorded, so nobody is asked who wrote them.
struct Nobody;

impl Provenance for Nobody {
    fn written(&self, _: &ChangeHash) -> Option<Written> {
        None
    }

    fn first_day(&self) -> Option<i64> {
        None
    }
}

impl<'a> ResidueProjection<'a> {
    /// `held` are the values in the places of a person's fields.
    pub fn new(doc: &'a Automerge, unit: String, id: String, held: &[Option<Held>]) -> Self {
        let person = Some(PersonFacts::of(&PERSON, held));
        Self(Projection {
            kind: &PERSON,
            doc,
            unit,
            id,
            channel: Channel::Oversight,
            stage: None,
            person,
            derived: None,
            rows: Vec::new(),
        })
    }

    pub fn document(&mut self, recorded: Days, held: Vec<Option<Held>>) {
        self.row(plan(&PERSON).document, &Part { key: "", created: None, recorded: Some(recorded), held });
    }

    pub fn item(&mut self, collection: &Collection, key: &str, recorded: Days, held: Vec<Option<Held>>) {
        let at = PERSON.collections.iter().position(|c| c.name == collection.name);
        let table = at.and_then(|at| plan(&PERSON).items[at]);
        self.row(table, &Part { key, created: None, recorded: Some(recorded), held });
    }

    fn row(&mut self, table: Option<usize>, part: &Part<'_>) {
        let Some(table) = table else { return };
        self.0.row(table, part, &mut Writers::new(self.0.doc, &Nobody));
    }

    pub fn rows(self) -> Vec<Row> {
        self.0.rows
    }
}
