//! What stands beside the cards: the dwelling register, and a unit's description of itself.

use linli_model::kind;
use linli_store::DocumentEdits;
use linli_wire::UnitPath;

use crate::{CommunityData, Plan, dates::iso, dice::Dice, household::Place, names, write::Fields};

/// Dwellings written at a time, well within what one change may hold.
const DWELLINGS_MAX: usize = 1_000;

/// The dwelling register that a street keeps of a community: one document of the community's oversight,
/// written in as many lists of edits as entries are needed.
pub fn dwelling_register(plan: &Plan, data: &CommunityData) -> Vec<DocumentEdits> {
    let mut dice = Dice::new(plan.seed, &[data.unit.as_str(), "dwellings"]);
    let carded = data.households.iter().map(|household| {
        let card = &household.card;
        (Place { number: card.dwelling.clone(), address: card.address.clone() }, None)
    });
    let others = data.without_card.iter().map(|place| (place.clone(), None));
    let vacant = data.vacant.iter().map(|(place, since)| (place.clone(), Some(*since)));
    let dwellings: Vec<(Place, Option<i64>)> = carded.chain(others).chain(vacant).collect();
    let id = kind::DWELLINGS.fixed_id("").expect("a community has one register");
    dwellings
        .chunks(DWELLINGS_MAX)
        .map(|chunk| {
            let mut fields = Fields::default();
            for (place, until) in chunk {
                let from = until.unwrap_or(plan.as_of) - dice.between(900, 7_000);
                fields
                    .item("dwellings", &dice.key())
                    .text("dwelling", &place.number)
                    .text("address", &place.address)
                    .text("start", &iso(from))
                    .day("end", *until)
                    .text("source", dice.pick(&["公安地址库", "公安地址库", "物业登记"]));
            }
            DocumentEdits { id, kind: &kind::DWELLINGS, edits: fields.done() }
        })
        .collect()
}

/// A unit's description of itself; `households` is how many are expected.
pub fn profile(plan: &Plan, unit: &UnitPath, name: &str, households: usize) -> DocumentEdits {
    let mut dice = Dice::new(plan.seed, &[unit.as_str(), "profile"]);
    let mut fields = Fields::default();
    fields
        .text("address", &format!("{}{}号", names::place_name(name), dice.between(1, 320)))
        .text("phone", &format!("0511-0{}", dice.digits(7)))
        .text("manager", names::worker(&mut dice))
        .number("households", households as i64);
    let id = kind::PROFILE.fixed_id("").expect("a unit has one profile");
    DocumentEdits { id, kind: &kind::PROFILE, edits: fields.done() }
}
