//! A day's work of a community's clerks, on the households that it already has.

use linli_model::kind;
use linli_store::DocumentEdits;

use crate::{
    CommunityData, Plan,
    card::{Episode, Member, verification},
    community::HouseholdData,
    dates::iso,
    dice::Dice,
    household, names, work,
    write::{Fields, as_event},
};

/// Households that are visited on a day.
const VISITS: u64 = 4;

/// The edits of one working day: visits with the verification of card and people, a changed telephone
/// number, and while anybody registered is out of work, one of them placed, with evidence.
///
/// `turn` counts the working days from 0: each places another person, so that the days of a sequence fit
/// together. `day` is the day on which they are to be recorded; what happened is dated on it. A document
/// stands in the list once.
pub fn later_edits(plan: &Plan, data: &CommunityData, day: i64, turn: usize) -> Vec<DocumentEdits> {
    let mut dice = Dice::new(plan.seed, &[data.unit.as_str(), "day", &turn.to_string()]);
    let count = data.households.len();
    let mut edits = Vec::new();
    let placed = seekers(data).nth(turn);
    let first = dice.below(count as u64) as usize;
    let mut visited: Vec<usize> = (0..VISITS as usize).map(|at| (first + at * 7) % count).collect();
    visited.extend(placed.map(|(household, _)| household));
    visited.sort_unstable();
    visited.dedup();
    for (order, at) in visited.into_iter().enumerate() {
        let place = placed.filter(|(household, _)| *household == at).map(|(_, member)| member);
        visit(&mut dice, &data.households[at], day, order == 0, place, &mut edits);
    }
    edits
}

/// Everybody who is laid off or registered at the evaluation date, as positions of household and member.
fn seekers(data: &CommunityData) -> impl Iterator<Item = (usize, usize)> {
    data.households.iter().enumerate().flat_map(|(household, found)| {
        let seeks = |member: &Member| matches!(member.open_unemployment(), Some(e) if e.code != "4");
        let members = found.card.members.iter().enumerate();
        members.filter(move |(_, member)| seeks(member)).map(move |(member, _)| (household, member))
    })
}

fn visit(
    dice: &mut Dice,
    household: &HouseholdData,
    day: i64,
    new_phone: bool,
    placed: Option<usize>,
    edits: &mut Vec<DocumentEdits>,
) {
    let card = &household.card;
    let mut fields = Fields::default();
    fields.text("verified", &iso(day)).text("verified_by", names::worker(dice));
    if new_phone {
        fields.text("phone", &names::phone(dice));
    }
    household::visit(dice, day).write(&mut fields);
    verification(&mut fields, card.verified);
    edits.push(DocumentEdits { id: card.id, kind: &kind::HOUSEHOLD, edits: fields.done() });
    for (at, member) in card.members.iter().enumerate() {
        let mut fields = Fields::default();
        fields.text("verified", &iso(day));
        if placed == Some(at) {
            place(dice, member, day, &mut fields);
        }
        edits.push(DocumentEdits { id: member.id, kind: &kind::PERSON, edits: fields.done() });
    }
}

/// Ends the time out of work on the day before and begins a job.
fn place(dice: &mut Dice, member: &Member, day: i64, fields: &mut Fields) {
    if let Some(open) = member.open_unemployment() {
        fields.item("episodes", &open.key).text("end", &iso(day - 1));
    }
    for registration in member.help.registrations.iter().filter(|registration| registration.end.is_none()) {
        fields.item("registrations", &registration.key).text("end", &iso(day - 1));
    }
    let key = dice.key();
    Episode { key, dimension: "status", code: "1", start: day, ..Episode::default() }.write(fields);
    as_event(fields);
    work::placement(dice, day, None, false).write(fields);
    as_event(fields);
}
