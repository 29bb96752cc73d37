//! Moves of people between communities: what the hub that covers both does about offers.
//!
//! The sender's offer stands in its records, which the receiver cannot read. So the hub copies it, with the person and
//! the card, into the receiver's oversight; the receiver answers in its own records; and the hub copies the answer
//! into the sender's oversight. The offer and its copy have one document id, which answers name. That the person then counts with the
//! receiver is a determination, as with everybody whom two communities have.

mod content;

use std::collections::{BTreeMap, BTreeSet};

use linli_eval::{Date, Standard};
use linli_model::{Edit, Value, kind};
use linli_store::{DocumentEdits, Replica, StoreError};
use linli_wire::{Arrangement, Channel, Digest, DocId, Space, UnitPath};

use crate::{error::NodeError, road};

pub use content::person_edits;

/// The answer of a sender who takes an offer back.
const WITHDRAWN: &str = "withdrawn";

/// A move as its sender offers it.
struct Offer {
    id: DocId,
    from: UnitPath,
    to: UnitPath,
    person: DocId,
    id_no: String,
    day: String,
    reason: String,
}

/// An answer as it stands in a unit's records or oversight.
struct Answer {
    decision: String,
    person: String,
    day: String,
    reason: String,
}

/// What a hub has to write about the offers between units of which it is the lowest to cover both.
pub(crate) fn due(
    replica: &Replica,
    hub: &UnitPath,
    arrangement: &Arrangement,
    today: Date,
) -> Result<Vec<(Space, DocumentEdits)>, NodeError> {
    let workdays = road::rules()?.0.move_answer_workdays;
    let offers = offers(replica)?;
    let copied: BTreeSet<(String, String)> = replica
        .query("SELECT unit, doc FROM move_offer WHERE unit = to_unit", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .into_iter()
        .collect();
    let answers = answers(replica)?;
    let mut calendar = None;
    let mut due = Vec::new();
    for offer in offers {
        if offer.from == offer.to || arrangement.lowest_cover(&offer.from, &offer.to).as_ref() != Some(hub) {
            continue;
        }
        let answered = |unit: &UnitPath| answers.get(&(unit.to_string(), offer.id.to_string()));
        let oversight = |unit: &UnitPath| Space::new(unit.clone(), Channel::Oversight);
        match (answered(&offer.to), answered(&offer.from)) {
            // The receiver is to know that there is nothing to answer any more; a person it has accepted by then it counts.
            (None, Some(answer)) if answer.decision == WITHDRAWN && copied.contains(&of_receiver(&offer)) => {
                due.push((oversight(&offer.to), answer_edits(&offer, answer)));
            }
            (_, Some(_)) => {}
            (Some(answer), None) => due.push((oversight(&offer.from), answer_edits(&offer, answer))),
            (None, None) => {
                let calendar = &calendar.get_or_insert_with(Standard::community).calendar;
                let last = offer.day.parse::<Date>().map(|day| calendar.plus_workdays(day, workdays));
                if last.is_ok_and(|last| last < today) {
                    let answer = Answer {
                        decision: "refused".to_owned(),
                        person: String::new(),
                        day: today.to_string(),
                        reason: format!("unanswered for {workdays} working days"),
                    };
                    due.extend(
                        [&offer.from, &offer.to].map(|unit| (oversight(unit), answer_edits(&offer, &answer))),
                    );
                } else if !copied.contains(&of_receiver(&offer)) {
                    due.extend(copy(replica, &offer)?.map(|copy| (oversight(&offer.to), copy)));
                }
            }
        }
    }
    Ok(due)
}

fn of_receiver(offer: &Offer) -> (String, String) {
    (offer.to.to_string(), offer.id.to_string())
}

/// By ID number, the community that accepted the person last, of those to which somebody had offered them.
pub(crate) fn accepted(replica: &Replica) -> Result<BTreeMap<String, String>, StoreError> {
    let sql = "SELECT s.id_no, a.unit FROM move_answer a
               JOIN move_offer o ON o.unit = a.unit AND o.doc = a.offer AND o.to_unit = a.unit
               JOIN move_offer s ON s.doc = a.offer AND s.unit = s.from_unit AND s.to_unit = a.unit AND s.unit <> a.unit
               WHERE a.decision = 'accepted' AND s.id_no <> '' ORDER BY a.day_n, a.offer, a.unit";
    Ok(replica.query(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
}

fn offers(replica: &Replica) -> Result<Vec<Offer>, NodeError> {
    let sql = "SELECT doc, from_unit, to_unit, person, id_no, day, reason FROM move_offer
               WHERE unit = from_unit ORDER BY unit, doc";
    let rows: Vec<[String; 7]> = replica.query(sql, [], |row| {
        Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?])
    })?;
    // A path or id that is none comes from a device that writes what it likes; such an offer is no offer.
    let offer = |[id, from, to, person, id_no, day, reason]: [String; 7]| {
        let (from, to) = (from.parse().ok()?, to.parse().ok()?);
        Some(Offer { id: id.parse().ok()?, from, to, person: person.parse().ok()?, id_no, day, reason })
    };
    Ok(rows.into_iter().filter_map(offer).collect())
}

/// By unit and offer.
fn answers(replica: &Replica) -> Result<BTreeMap<(String, String), Answer>, StoreError> {
    let sql = "SELECT unit, offer, decision, person, day, reason FROM move_answer ORDER BY day_n, doc";
    let rows = replica.query(sql, [], |row| {
        let answer =
            Answer { decision: row.get(2)?, person: row.get(3)?, day: row.get(4)?, reason: row.get(5)? };
        Ok(((row.get(0)?, row.get(1)?), answer))
    })?;
    Ok(rows.into_iter().collect())
}

/// The offer for the receiver; `None` where the person is not here, or not any more.
fn copy(replica: &Replica, offer: &Offer) -> Result<Option<DocumentEdits>, NodeError> {
    let Some((content, digest)) = content::of(replica, &offer.from, offer.person)? else { return Ok(None) };
    let mut edits = filled(&[
        ("from_unit", offer.from.as_str()),
        ("to_unit", offer.to.as_str()),
        ("person", &offer.person.to_string()),
        ("id_no", &offer.id_no),
        ("day", &offer.day),
        ("reason", &offer.reason),
        ("digest", &digest),
    ]);
    edits.extend(filled(&[("content", &content)]));
    Ok(Some(DocumentEdits { id: offer.id, kind: &kind::MOVE_OFFER, edits }))
}

fn answer_edits(offer: &Offer, answer: &Answer) -> DocumentEdits {
    let edits = filled(&[
        ("offer", &offer.id.to_string()),
        ("decision", &answer.decision),
        ("person", &answer.person),
        ("day", &answer.day),
        ("reason", &answer.reason),
    ]);
    DocumentEdits { id: answer_id(offer.id), kind: &kind::MOVE_ANSWER, edits }
}

/// The document of a hub's answer: another one than the offer's copy, beside which it may stand.
fn answer_id(offer: DocId) -> DocId {
    let Digest(hash) = Digest::of(b"linli/1 move answer", &[&offer.0]);
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    DocId(id)
}

/// Edits of the fields that have a value.
fn filled(fields: &[(&str, &str)]) -> Vec<Edit> {
    let filled = fields.iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(field, value)| Edit::document(field, Some(Value::from(*value)))).collect()
}

#[cfg(test)]
mod tests;
