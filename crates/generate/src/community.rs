//! A community: its households, and what the street knows of its dwellings.

use linli_store::DocumentEdits;
use linli_wire::UnitPath;

use crate::{
    Plan,
    card::Card,
    dice::Dice,
    household::{self, Place},
    number::Numbers,
    office::Vacancies,
    roles::{self, HOUSEHOLDS_MIN, Quality},
};

/// Which community to make up.
#[derive(Debug, Clone, Copy)]
pub struct Community<'a> {
    pub unit: &'a UnitPath,
    /// Its name, from which addresses are made.
    pub name: &'a str,
    /// Its place among the communities of the demo, from 0: what keeps ID numbers apart.
    pub index: u64,
    pub quality: Quality,
}

/// A community's invented records.
#[derive(Debug, Clone)]
pub struct CommunityData {
    pub unit: UnitPath,
    pub quality: Quality,
    /// In the order of their card numbers.
    pub households: Vec<HouseholdData>,
    /// Dwellings that are occupied and have no card.
    pub(crate) without_card: Vec<Place>,
    /// Dwellings that nobody has lived in since a day.
    pub(crate) vacant: Vec<(Place, i64)>,
}

/// One household's documents: one entry's worth.
#[derive(Debug, Clone)]
pub struct HouseholdData {
    pub card_no: String,
    /// The household first, then its people.
    pub documents: Vec<DocumentEdits>,
    pub(crate) card: Card,
}

impl HouseholdData {
    pub(crate) fn of(card: Card) -> Self {
        Self { card_no: card.number.clone(), documents: card.documents(), card }
    }
}

impl CommunityData {
    /// How many people its cards have.
    pub fn people(&self) -> usize {
        self.households.iter().map(|household| household.card.members.len()).sum()
    }
}

/// Makes up a community with the plan's number of households, and at least [`HOUSEHOLDS_MIN`].
pub fn community(plan: &Plan, community: &Community<'_>) -> CommunityData {
    let count = plan.households.max(HOUSEHOLDS_MIN);
    let mut dice = Dice::new(plan.seed, &[community.unit.as_str(), "community"]);
    let mut numbers = Numbers::of_community(community.index);
    let roles = roles::roles(&mut dice, count, community.quality);
    let vacancies = Vacancies::of(plan, community.unit);
    let households = roles
        .into_iter()
        .enumerate()
        .map(|(number, role)| {
            HouseholdData::of(household::household(plan, community, &mut numbers, number, role, &vacancies))
        })
        .collect();
    let missing = roles::dwellings_without_card(count, community.quality);
    let place = |number| household::dwelling(community.name, number);
    let vacant = (count + missing..=count + missing + count / 60)
        .map(|number| (place(number), plan.as_of - dice.between(20, 900)))
        .collect();
    CommunityData {
        unit: community.unit.clone(),
        quality: community.quality,
        households,
        without_card: (count..count + missing).map(place).collect(),
        vacant,
    }
}
