//! What is written in the demo: cards, registers, findings.

use anyhow::{Context as _, Result};
use linli_eval::{Check, Standard};
use linli_generate::{Asked, Community, CommunityData, Plan, Quality};
use linli_log::fact::Changes;
use linli_model::date;
use linli_node::{Node, Period, ReturnHead};
use linli_store::{DocumentEdits, StoreError, Writing};
use linli_wire::{Channel, DocId, Space, UnitPath};

use super::{
    Options,
    city::{City, CommunityDevices},
};

/// A person whom two communities of different districts have.
pub struct Planted {
    pub units: [UnitPath; 2],
    /// The person's document in each.
    pub people: Vec<(UnitPath, String)>,
}

/// Days of a year, before the period's end, for the generator.
const YEAR_DAYS: i64 = 364;

pub fn plan(options: &Options, period: &Period) -> Result<Plan> {
    let as_of = date::day_of_iso(&period.as_of).context("the period ends on a date")?;
    Ok(Plan { seed: options.seed, as_of, period_start: as_of - YEAR_DAYS, households: options.households })
}

/// How each community of the demo fares: most are good, and every way to fail is there.
fn quality(index: usize) -> Quality {
    match index % 12 {
        2 => Quality::StalePlacements,
        4 => Quality::HardshipMissed,
        7 => Quality::StaleCards,
        9 => Quality::CardsMissing,
        10 => Quality::ZeroEmployment,
        _ => Quality::Good,
    }
}

/// Fills every community's cards offline, and writes what the streets and districts know of them.
pub async fn write_all(city: &City, plan: &Plan) -> Result<Planted> {
    let (first, last) = (&city.communities[0].unit, &city.communities[city.communities.len() - 2].unit);
    let (here, there) = linli_generate::planted_pair(plan, first, last);
    let planted = Planted {
        units: [first.clone(), last.clone()],
        people: [(first, &here), (last, &there)]
            .into_iter()
            .flat_map(|(unit, data)| data.documents[1..].iter().map(|d| (unit.clone(), d.id.to_string())))
            .collect(),
    };
    let mut writing = tokio::task::JoinSet::new();
    for (index, community) in city.communities.iter().enumerate() {
        let what = Community {
            unit: &community.unit,
            name: &community.name,
            index: index as u64,
            quality: quality(index),
        };
        let data = linli_generate::community(plan, &what);
        let street = city.street_of(&community.unit)?;
        let oversight = Space::new(community.unit.clone(), Channel::Oversight);
        let kept = linli_generate::dwelling_register(plan, &data).into_iter();
        for document in
            kept.chain([linli_generate::exchanges(plan)]).chain(linli_generate::oversight(plan, &data))
        {
            edit(&street.node, &oversight, vec![document])?;
        }
        let mut extra = Vec::new();
        extra.extend((community.unit == *first).then(|| here.documents.clone()));
        extra.extend((community.unit == *last).then(|| there.documents.clone()));
        let (node, plan, name) = (community.devices[0].clone(), *plan, community.name.clone());
        writing.spawn_blocking(move || write_community(&node, &plan, &name, &data, extra));
    }
    while let Some(done) = writing.join_next().await {
        done??;
    }
    write_streets(city, plan)?;
    write_findings(city, plan)?;
    Ok(planted)
}

/// A working day's edits in the community at this place of the demo, dated on the period's last day.
pub fn day(plan: &Plan, community: &CommunityDevices, index: usize) -> Vec<DocumentEdits> {
    let what = Community {
        unit: &community.unit,
        name: &community.name,
        index: index as u64,
        quality: quality(index),
    };
    linli_generate::later_edits(plan, &linli_generate::community(plan, &what), plan.as_of, 0)
}

/// One entry a household, each its own transaction, as a clerk would write them.
fn write_community(
    node: &Node,
    plan: &Plan,
    name: &str,
    data: &CommunityData,
    extra: Vec<Vec<DocumentEdits>>,
) -> Result<()> {
    let records = Space::new(data.unit.clone(), Channel::Records);
    edit(node, &records, vec![linli_generate::profile(plan, &data.unit, name, data.households.len())])?;
    edit(node, &records, linli_generate::office(plan, &data.unit, Some(data)))?;
    for documents in data.households.iter().map(|h| h.documents.clone()).chain(extra) {
        edit(node, &records, documents)?;
    }
    Ok(())
}

/// What the streets keep of their own, and the districts of them.
fn write_streets(city: &City, plan: &Plan) -> Result<()> {
    for street in &city.streets {
        let records = Space::new(street.unit.clone(), Channel::Records);
        edit(&street.node, &records, linli_generate::office(plan, &street.unit, None))?;
        let oversight = Space::new(street.unit.clone(), Channel::Oversight);
        edit(&city.district_of(&street.unit)?.node, &oversight, vec![linli_generate::exchanges(plan)])?;
    }
    Ok(())
}

/// Every street files its register, with what its communities have on record today.
pub fn file_registers(city: &City, plan: &Plan) -> Result<()> {
    let today = date::day_of_iso(&linli_node::as_of_today()).context("today is a date")?;
    let as_of = date::from_day_number(plan.as_of).map(date::to_iso).context("the period ends on a date")?;
    for street in &city.streets {
        street.node.materialise()?;
        let cells = street.node.with(|r| linli_node::recount(r, &street.unit, plan.as_of, today))?;
        let head =
            ReturnHead { form: "register", month: &as_of[..7], filed_by: "李明", correction_of: None };
        let id = DocId::singleton(&format!("register {}", street.unit));
        let register = linli_node::return_document(id, &head, plan.as_of, today, &cells);
        edit(&street.node, &Space::new(street.unit.clone(), Channel::Records), vec![register])?;
    }
    Ok(())
}

/// Writes one entry.
pub fn edit(node: &Node, space: &Space, documents: Vec<DocumentEdits>) -> Result<()> {
    node.with(|r| {
        r.write(linli_node::now(), |w| {
            for documents in Writing::fitting(documents) {
                w.edit(space, &documents, Changes::default())?;
            }
            Ok::<_, StoreError>(())
        })
    })?;
    node.announce();
    Ok(())
}

/// The districts check what records do not answer yet, in every community and street, and sign what may come
/// out empty.
fn write_findings(city: &City, plan: &Plan) -> Result<()> {
    let (community, street) = (Standard::community(), Standard::street());
    for (standard, units) in [
        (&community, city.communities.iter().map(|c| &c.unit).collect::<Vec<_>>()),
        (&street, city.streets.iter().map(|s| &s.unit).collect()),
    ] {
        let (checks, sign_offs) = (standard.checks(), standard.sign_offs());
        for (index, unit) in units.into_iter().enumerate() {
            let findings = checks
                .iter()
                .enumerate()
                // A few checks are missed here and there, as in life.
                .map(|(at, check)| answer(unit, check, (at + 7 * index) % 97 != 0, plan.as_of))
                // Whatever comes out empty is signed off; where somebody is counted it says nothing.
                .chain(sign_offs.iter().map(|check| answer(unit, check, true, plan.as_of)))
                .collect();
            edit(&city.district_of(unit)?.node, &Space::new(unit.clone(), Channel::Oversight), findings)?;
        }
    }
    Ok(())
}

fn answer(unit: &UnitPath, check: &Check, hit: bool, day: i64) -> DocumentEdits {
    let asked = Asked { item: &check.item, part: &check.part, subject: &check.subject };
    linli_generate::finding(unit, asked, hit, day)
}
