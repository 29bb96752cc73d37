//! The same person in two communities, for a hub to find.

use linli_model::idnumber::Sex;
use linli_wire::{Digest, UnitPath};

use crate::{
    Plan,
    card::{Card, Member},
    community::HouseholdData,
    dates,
    dice::Dice,
    family::{self, Home, Shape},
    household, names,
    number::Numbers,
    work,
};

/// Planted cards are numbered from here, beyond what a community has.
const CARD_FROM: u64 = 90_000;

/// Two households with one person in common, told by the ID number: at home in `unit_a` with residence
/// state 1, in `unit_b` with state 2 for the last eight months. Both communities count the person until a
/// hub above both determines who does. In `unit_b` the person
/// has given another telephone number.
pub fn planted_pair(plan: &Plan, unit_a: &UnitPath, unit_b: &UnitPath) -> (HouseholdData, HouseholdData) {
    let purpose = [unit_a.as_str(), unit_b.as_str(), "pair"];
    let mut dice = Dice::new(plan.seed, &purpose);
    let digest = Digest::of(b"linli/1 planted pair", &purpose.map(str::as_bytes));
    let group = u64::from(u16::from_be_bytes([digest.0[0], digest.0[1]]));
    let mut numbers = Numbers::of_planted(group);
    let verified = plan.as_of - dice.between(3, 20);
    let home = Home {
        as_of: plan.as_of,
        registration_kind: "51",
        registration_division: unit_a.code()[..6].to_owned(),
        verified,
    };
    let shape = Shape::Couple { man: 41, woman: 39, children: 1, parents: false };
    let mut here = family::members(&mut dice, &mut numbers, &home, shape);
    for member in &mut here {
        work::ordinary(&mut dice, member, plan.as_of, true);
    }
    let at = usize::from(here[0].sex != Sex::Male);
    let mut there = here[at].clone();
    there.id = dice.document();
    there.relation = "02";
    there.phone = names::phone(&mut dice);
    there.registration_kind = "52";
    for episode in &mut there.episodes {
        episode.key = dice.key();
    }
    for member in &mut here {
        work::state(&mut dice, member, "residence", "1", plan.as_of - 2_500, "");
    }
    work::state(&mut dice, &mut there, "residence", "2", plan.as_of - 240, "");
    let number = CARD_FROM + group % 9_000;
    let opened = plan.period_start - 120;
    (
        HouseholdData::of(card(&mut dice, unit_a, number, opened, verified, here)),
        HouseholdData::of(card(
            &mut dice,
            unit_b,
            number,
            (plan.as_of - 200).min(verified),
            verified,
            vec![there],
        )),
    )
}

fn card(
    dice: &mut Dice,
    unit: &UnitPath,
    number: u64,
    opened: i64,
    verified: i64,
    members: Vec<Member>,
) -> Card {
    let place = household::dwelling("", number as usize);
    let address = format!("新区路{}号{}", dates::civil(opened).day(), place.number);
    Card {
        id: dice.document(),
        number: format!("{}{number:05}", unit.code()),
        dwelling: place.number,
        registered_address: address.clone(),
        address,
        phone: members[0].phone.clone(),
        low_income: false,
        opened,
        split_from: None,
        verified,
        verified_by: names::worker(dice),
        visits: vec![household::visit(dice, verified)],
        members,
    }
}
