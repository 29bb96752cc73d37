//! The plan of an invented programme: published by the city, its districts and streets, each in its own notices.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use linli_generate::{Plan, StreetPart, campaign, leading_group, left_out, papers, target};
use linli_node::Node;
use linli_store::DocumentEdits;
use linli_wire::{Channel, Level, Space, UnitPath};

use super::{devices::Devices, papers::write};

/// Of a community's households, a quarter is to have somebody re-employed.
const REEMPLOYED_OF: usize = 4;

/// Groups, papers, targets split down to the communities, the campaign, and why districts are left out, if there is a reason.
/// Of one street the parts are one less than the whole, for whoever looks to find.
pub fn publish(
    node: &Node,
    plan: &Plan,
    (city, year): (&UnitPath, i64),
    streets: &[StreetPart],
    reason: Option<&str>,
    devices: &mut Devices,
) -> Result<()> {
    let names = crate::commands::realm::names(node)?;
    let name = |unit: &UnitPath| names.get(unit.as_str()).cloned().unwrap_or_default();
    let mut notices: BTreeMap<UnitPath, Vec<DocumentEdits>> = BTreeMap::new();
    let mut add = |unit: &UnitPath, documents: Vec<DocumentEdits>| {
        notices.entry(unit.clone()).or_default().extend(documents);
    };
    let district = |unit: &UnitPath| unit.at_level(Level::District).context("a street lies in a district");

    let mut by_district: BTreeMap<UnitPath, [i64; 2]> = BTreeMap::new();
    let (mut passed, mut halves) = (0, 0);
    for (at, street) in streets.iter().enumerate() {
        let district = district(&street.unit)?;
        // Half of the communities of the city, however they fall on streets.
        passed += street.communities.len() as i64;
        let communities = passed / 2 - halves;
        halves += communities;
        let each = (plan.households / REEMPLOYED_OF).max(1) as i64;
        let short = i64::from(at + 1 == streets.len());
        let reemployed = each * street.communities.len() as i64;
        for (what, value) in [("communities", communities), ("reemployed", reemployed)] {
            add(&district, vec![target(plan, &district, &street.unit, what, year, value)]);
        }
        for (number, part) in street.communities.iter().enumerate() {
            let value = each - if number == 0 { short } else { 0 };
            add(&street.unit, vec![target(plan, &street.unit, &part.unit, "reemployed", year, value)]);
        }
        let sums = by_district.entry(district).or_default();
        *sums = [sums[0] + communities, sums[1] + reemployed];
    }
    let whole = by_district.values().fold([0, 0], |sum, part| [sum[0] + part[0], sum[1] + part[1]]);
    let set = |unit: &UnitPath, [communities, reemployed]: [i64; 2]| {
        [("communities", communities), ("reemployed", reemployed)]
            .map(|(what, value)| target(plan, city, unit, what, year, value))
    };
    add(city, set(city, whole).into());
    for (district, sums) in &by_district {
        add(city, set(district, *sums).into());
        add(district, papers(plan, district, &name(district)));
        add(district, vec![leading_group(plan, district, &name(district))]);
    }
    add(city, papers(plan, city, &name(city)));
    add(city, vec![leading_group(plan, city, &name(city)), campaign(plan, city)]);
    let districts = names.keys().filter_map(|unit| unit.parse::<UnitPath>().ok());
    let districts = districts.filter(|unit| unit.level() == Level::District && city.covers(unit));
    let outside = districts.filter(|unit| !by_district.contains_key(unit));
    add(city, outside.filter_map(|unit| reason.map(|reason| left_out(&unit, reason))).collect());

    let own = notices.remove(city).unwrap_or_default();
    write(node, &BTreeMap::from([(Space::new(city.clone(), Channel::Notices), own)]))?;
    for (unit, documents) in notices {
        devices.of(&unit)?.write(&Space::new(unit.clone(), Channel::Notices), documents, node.now())?;
    }
    devices.hand_over(node)
}
