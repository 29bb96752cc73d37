//! Records and findings that are written.

use linli_log::fact::Changes;
use linli_model::{Edit, Value, idnumber, kind};
use linli_node::{NodeError, Period};
use linli_store::{DocumentEdits, StoreError};
use linli_wire::{Channel, DocId, Space, UnitPath};

use crate::{trouble::Violation, world::World};

/// Cards and people of a community: few, so that several devices change the same ones.
const CARDS: u64 = 12;
const PEOPLE: u64 = 8;
/// Cards of one import.
const IMPORTED: u64 = 40;
/// What is evaluated. Clocks that are wrong by years would each close it on a day of their own.
pub fn period() -> Period {
    Period { close: Some("2026-04-30".to_owned()), ..Period::ending("2026-03-31") }
}

impl World {
    /// A clerk changes some cards.
    pub fn edit_cards(&mut self, device: usize) -> Result<(), Violation> {
        let count = 1 + self.chance.below(3);
        let cards: Vec<DocumentEdits> = (0..count).map(|_| self.card(device, CARDS)).collect();
        self.write_records(device, &unique(cards))
    }

    /// A clerk takes in a workbook.
    pub fn import_cards(&mut self, device: usize) -> Result<(), Violation> {
        let cards: Vec<DocumentEdits> = (0..IMPORTED).map(|_| self.card(device, 4 * IMPORTED)).collect();
        self.write_records(device, &unique(cards))
    }

    /// A clerk changes what is known of a person, whom two communities may have.
    pub fn edit_person(&mut self, device: usize) -> Result<(), Violation> {
        let number = self.chance.below(PEOPLE);
        let (dimension, codes) =
            if self.chance.coin() { ("status", ["1", "2", "7"]) } else { ("residence", ["1", "2", "3"]) };
        let code = *self.chance.pick(&codes).expect("there are some");
        let day = format!("2026-{:02}-{:02}", 1 + self.chance.below(3), 1 + self.chance.below(28));
        let key = format!("{:032x}", self.chance.below(3));
        let mut edits = vec![text("name", &format!("居民{number}")), text("id_no", &id_no(number))];
        for (field, value) in [("dimension", dimension), ("code", code), ("start", day.as_str())] {
            edits.push(Edit::item("episodes", &key, field, Some(Value::from(value))));
        }
        let id = self.document(device, 2, number);
        self.write_records(device, &[DocumentEdits { id, kind: &kind::PERSON, edits }])
    }

    /// A hub writes what it found about a community below.
    pub fn write_finding(&mut self, hub: usize) -> Result<(), Violation> {
        let Some(unit) = self.community_below(hub) else { return Ok(()) };
        let number = self.chance.below(6);
        let edits = vec![
            text("item", "C07"),
            Edit::document("hit", Some(Value::from(i64::from(self.chance.coin())))),
            text("note", &self.chance.next().to_string()),
        ];
        let id = DocId([0x70 + number as u8; 16]);
        let space = Space::new(unit, Channel::Oversight);
        self.write(hub, &space, &[DocumentEdits { id, kind: &kind::FINDING, edits }])
    }

    /// A hub evaluates what it has.
    pub fn evaluate(&mut self, hub: usize) -> Result<(), Violation> {
        let Some(node) = self.machines[hub].node.clone() else { return Ok(()) };
        let Some(unit) = self.community_below(hub) else { return Ok(()) };
        self.note(hub, "evaluates");
        match linli_node::evaluate(&node, &unit, &period()) {
            Ok(_) => self.work(hub),
            Err(error) => self.failed(hub, &error),
        }
    }

    /// A community below a hub, of those that are in the run.
    pub fn community_below(&mut self, hub: usize) -> Option<UnitPath> {
        let node = self.machines[hub].node.clone()?;
        let own = &self.machines[hub].unit;
        // As the hub knows it.
        let now = node.now();
        let known = node.with(|r| r.trust().arrangement(now.day_number()));
        let below = self.machines.iter().filter(|m| !m.hub && known.covers(own, &m.unit));
        let below: Vec<UnitPath> = below.map(|m| m.unit.clone()).collect();
        self.chance.pick(&below).cloned()
    }

    fn card(&mut self, device: usize, of: u64) -> DocumentEdits {
        let number = self.chance.below(of);
        let marker = self.chance.next().to_string();
        let edits =
            vec![text("card_no", &format!("{number:05}")), text("phone", &marker[..marker.len().min(11)])];
        DocumentEdits { id: self.document(device, 1, number), kind: &kind::HOUSEHOLD, edits }
    }

    /// A document's id: the same for all devices of a community.
    fn document(&self, device: usize, kind: u8, number: u64) -> DocId {
        let mut id = [kind; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        let unit = self.machines[device].unit.as_str().as_bytes();
        id[8..15].copy_from_slice(&unit[unit.len() - 7..]);
        DocId(id)
    }

    fn write_records(&mut self, device: usize, documents: &[DocumentEdits]) -> Result<(), Violation> {
        let space = Space::new(self.machines[device].unit.clone(), Channel::Records);
        self.write(device, &space, documents)
    }

    /// One of the cards of a device's community.
    pub fn card_id(&mut self, device: usize) -> DocId {
        let number = self.chance.below(CARDS);
        self.document(device, 1, number)
    }

    pub fn write(
        &mut self,
        machine: usize,
        space: &Space,
        documents: &[DocumentEdits],
    ) -> Result<(), Violation> {
        let Some(node) = self.machines[machine].node.clone() else { return Ok(()) };
        let now = node.now();
        self.note(machine, &format!("writes {} documents in {space}", documents.len()));
        let written = node.with(|r| r.write(now, |w| w.edit(space, documents, Changes::default())));
        match written {
            Ok(_) => node.announce(),
            Err(StoreError::Erased(_)) => {}
            // It knows that it may not.
            Err(StoreError::NotAllowed { .. } | StoreError::NoGrant(_)) if self.machines[machine].outcast => {
            }
            Err(error) => return self.failed(machine, &NodeError::from(error)),
        }
        self.work(machine)
    }
}

fn text(field: &str, value: &str) -> Edit {
    Edit::document(field, Some(Value::from(value)))
}

/// One edit each of every document.
fn unique(mut documents: Vec<DocumentEdits>) -> Vec<DocumentEdits> {
    documents.sort_by_key(|document| document.id);
    documents.dedup_by_key(|document| document.id);
    documents
}

/// An ID number of nobody, with its check digit.
fn id_no(number: u64) -> String {
    let body = format!("97010119800101{number:03}");
    let digit = idnumber::check_digit(&body).expect("seventeen digits");
    format!("{body}{digit}")
}
