//! From checked cards and what is recorded to edits: only what differs.
//!
//! Cards are known by their number and people by their ID number. What is new takes an id that follows
//! from the bytes of the file, the unit and the number: two devices of a community that import the same
//! file apart from each other create the same documents. The file's bytes are in it because an id stays
//! in the headers of entries for ever, even after a person's document was erased, and one made from the
//! ID number alone could be tried out for every ID number there is.
//!
//! Items of collections take keys that follow from the person, the collection and the first day.

mod states;

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use linli_model::kind::{HOUSEHOLD, PERSON};
use linli_model::{Edit, Value, kept_verification};
use linli_store::DocumentEdits;
use linli_wire::limits::ENTRY_CHANGES_MAX;
use linli_wire::{Digest, DocId, UnitPath};

use crate::check::{Card, Fields, Person, Refused, Why, shown};
use crate::columns;
use crate::import::Tally;
use crate::limits::ENTRY_VALUE_BYTES_MAX;
use crate::recorded::{Recorded, RecordedPerson, text};
pub(crate) use states::{current_certification, current_placement, current_state};

/// What an import is going to write.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// For each household of which anything differs, its entries.
    pub households: Vec<Vec<Vec<DocumentEdits>>>,
    pub cards: Tally,
    pub people: Tally,
    pub refused: Vec<Refused>,
    /// The numbers of cards that went in without a head.
    pub headless: Vec<String>,
}

/// Everything that the plan of one household looks up.
pub(crate) struct Planner<'r> {
    unit: &'r UnitPath,
    recorded: &'r Recorded,
    seed: Digest,
    today_n: i64,
    cards: BTreeMap<&'r str, DocId>,
    people: BTreeMap<&'r str, Vec<DocId>>,
    cards_of: BTreeMap<DocId, Vec<DocId>>,
}

impl<'r> Planner<'r> {
    pub fn new(unit: &'r UnitPath, recorded: &'r Recorded, seed: Digest, today_n: i64) -> Self {
        let (cards, people) = (recorded.card_by_number(), recorded.people_by_number());
        Self { unit, recorded, seed, today_n, cards, people, cards_of: recorded.cards_of_people() }
    }

    pub fn plan(&self, cards: &[Card]) -> Plan {
        let mut plan = Plan::default();
        for card in cards {
            self.household(card, &mut plan);
        }
        plan
    }

    fn household(&self, card: &Card, plan: &mut Plan) {
        let known = self.cards.get(card.card_no.as_str()).copied();
        let id = known.unwrap_or_else(|| self.new_id("household", &card.card_no));
        if let Some(why) = known.is_none().then(|| self.card_is_wrong(id, card)).flatten() {
            plan.refused.extend(card.people.iter().map(|p| refused(p.row, "card_no", &card.card_no, &why)));
            return;
        }
        let mut people: Vec<(DocId, &Person)> = Vec::new();
        for person in &card.people {
            match self.person_id(id, person) {
                Ok(document) => people.push((document, person)),
                Err((column, value, why)) => plan.refused.push(refused(person.row, column, &value, &why)),
            }
        }
        if people.is_empty() {
            return;
        }
        let before = self.recorded.cards.get(&id);
        let mut fields = card.fields.clone();
        if before.is_none() {
            fields.insert("state", Value::from("1"));
        }
        let head = people.iter().find(|(_, person)| person.is_head()).map(|(document, _)| *document);
        if let Some(head) = head {
            fields.insert("head", Value::Text(head.to_string()));
        } else if before.is_none_or(|card| card.text("head").is_empty()) {
            plan.headless.push(card.card_no.clone());
        }
        let mut of_card: Vec<Edit> = differing(&fields, before.map(|card| &card.fields))
            .map(|(field, value)| Edit::document(field, Some(value)))
            .collect();
        let verified = before.map_or("", |card| card.text("verified"));
        of_card.extend(kept_verification(&HOUSEHOLD, verified, &of_card));
        let members = people.iter().map(|(document, person)| {
            let recorded = before.and_then(|card| card.members.get(document));
            let relation = Value::from(person.relation.as_str());
            let differs = recorded != Some(&person.relation);
            let edit =
                differs.then(|| Edit::item("members", &document.to_string(), "relation", Some(relation)));
            (edit, self.person(*document, person, &mut plan.people))
        });
        let members: Vec<(Option<Edit>, Option<DocumentEdits>)> = members.collect();
        let card_changes = !of_card.is_empty() || members.iter().any(|(edit, _)| edit.is_some());
        plan.cards.count(before.is_some(), card_changes);
        let entries = entries(id, of_card, members);
        if !entries.is_empty() {
            plan.households.push(entries);
        }
    }

    /// Why a card that is not recorded under its number cannot be new either.
    fn card_is_wrong(&self, id: DocId, card: &Card) -> Option<Why> {
        if let Some(recorded) = self.recorded.cards.get(&id) {
            return Some(Why::CorrectedSince { now: recorded.text("card_no").to_owned() });
        }
        // A card number is the community's twelve digits and five more; other numbers are taken as they are.
        let is_full = card.card_no.len() == 17 && card.card_no.bytes().all(|b| b.is_ascii_digit());
        let other = is_full.then(|| UnitPath::from_code(&card.card_no[..12]).ok()).flatten();
        other.filter(|unit| unit != self.unit).map(|unit| Why::CardOfOtherUnit { unit })
    }

    /// The document of a person: the one recorded on this card, or on none, or a new one.
    fn person_id(&self, card: DocId, person: &Person) -> Result<DocId, (&'static str, String, Why)> {
        let id_no = || person.id_no.clone();
        let Some(known) = self.people.get(person.id_no.as_str()) else {
            let id = self.new_id("person", &person.id_no);
            return match self.recorded.people.get(&id) {
                None => Ok(id),
                Some(now) => {
                    Err(("id_no", id_no(), Why::CorrectedSince { now: now.text("id_no").to_owned() }))
                }
            };
        };
        let on_card = |document: &&DocId| self.cards_of.get(document).is_some_and(|c| c.contains(&card));
        if let Some(document) = known.iter().find(on_card) {
            return Ok(*document);
        }
        if let Some(other) = known.iter().find_map(|document| self.cards_of.get(document)?.first()) {
            let card = self.recorded.cards.get(other).map(|card| card.text("card_no").to_owned());
            return Err(("id_no", id_no(), Why::OnOtherCard { card: card.unwrap_or_default() }));
        }
        Ok(known[0])
    }

    fn person(&self, id: DocId, person: &Person, tally: &mut Tally) -> Option<DocumentEdits> {
        let before = self.recorded.people.get(&id);
        let mut edits: Vec<Edit> = differing(&person.fields, before.map(|before| &before.fields))
            .map(|(field, value)| Edit::document(field, Some(value)))
            .collect();
        let nothing = RecordedPerson::default();
        let recorded = before.unwrap_or(&nothing);
        edits.extend(kept_verification(&PERSON, recorded.text("verified"), &edits));
        for state in &person.states {
            edits.extend(states::state(id, state, &recorded.episodes, self.today_n));
        }
        edits.extend(states::placement(id, &person.placement, &recorded.placements));
        edits.extend(states::certification(id, &person.certification, &recorded.certifications));
        tally.count(before.is_some(), !edits.is_empty());
        (!edits.is_empty()).then_some(DocumentEdits { id, kind: &PERSON, edits })
    }

    fn new_id(&self, kind: &str, number: &str) -> DocId {
        let parts: [&[u8]; 4] =
            [&self.seed.0, self.unit.as_str().as_bytes(), kind.as_bytes(), number.as_bytes()];
        DocId(half(Digest::of(b"linli/1 import document", &parts)))
    }
}

/// The key of something that happened to a person, by what it is: thirty-two hexadecimal digits. Two devices that hear of one
/// event apart from each other, from a file or from somebody at the desk, write one item.
pub fn item_key(person: DocId, collection: &str, what: &str, start: &str) -> String {
    let parts: [&[u8]; 4] = [&person.0, collection.as_bytes(), what.as_bytes(), start.as_bytes()];
    HEXLOWER.encode(&half(Digest::of(b"linli/1 import item", &parts)))
}

pub(crate) fn half(digest: Digest) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&digest.0[..16]);
    half
}

/// The fields that are not recorded as wanted.
pub(crate) fn differing<'f>(
    wanted: &'f Fields,
    recorded: Option<&'f Fields>,
) -> impl Iterator<Item = (&'static str, Value)> + 'f {
    wanted
        .iter()
        .filter(move |(field, value)| recorded.and_then(|fields| fields.get(*field)) != Some(*value))
        .map(|(field, value)| (*field, value.clone()))
}

fn refused(row: usize, column: &str, value: &str, why: &Why) -> Refused {
    let value = shown(&Value::from(value));
    Refused { row, column: columns::known(column), value, why: why.clone() }
}

/// One entry for a household, or several where it has too many people or too much text for one: the first
/// has the card's own fields, each has some people together with their places on the card.
fn entries(
    card: DocId,
    mut of_card: Vec<Edit>,
    members: Vec<(Option<Edit>, Option<DocumentEdits>)>,
) -> Vec<Vec<DocumentEdits>> {
    let mut entries = Vec::new();
    let mut people: Vec<DocumentEdits> = Vec::new();
    let mut bytes: usize = of_card.iter().map(len_bytes).sum();
    let mut close = |of_card: &mut Vec<Edit>, people: &mut Vec<DocumentEdits>| {
        let edits = std::mem::take(of_card);
        let household = (!edits.is_empty()).then_some(DocumentEdits { id: card, kind: &HOUSEHOLD, edits });
        let documents: Vec<DocumentEdits> = household.into_iter().chain(std::mem::take(people)).collect();
        if !documents.is_empty() {
            entries.push(documents);
        }
    };
    for (member, person) in members {
        let more: usize = member.iter().chain(person.iter().flat_map(|p| &p.edits)).map(len_bytes).sum();
        if people.len() + 2 > ENTRY_CHANGES_MAX || bytes + more > ENTRY_VALUE_BYTES_MAX {
            close(&mut of_card, &mut people);
            bytes = 0;
        }
        bytes += more;
        of_card.extend(member);
        people.extend(person);
    }
    close(&mut of_card, &mut people);
    entries
}

/// About what an edit adds to a change: its key, its field and the columns around them are short.
pub(crate) fn len_bytes(edit: &Edit) -> usize {
    64 + edit.value.as_ref().and_then(Value::as_text).map_or(8, str::len)
}

#[cfg(test)]
mod tests;
