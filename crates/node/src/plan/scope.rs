//! Which units are in the programme, and why the others are not.

use std::collections::BTreeSet;

use linli_wire::{Level, UnitPath};
use serde::Serialize;

use super::Units;
use crate::{error::NodeError, evaluation::require_kept, node::Node};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// Districts, streets and communities in the programme; a district is where a unit of it is.
    pub districts: usize,
    pub streets: usize,
    pub communities: usize,
    /// The highest units of which nothing is in the programme.
    pub left_out: Vec<LeftOut>,
    /// How many of these give no reason, nor does a unit above them.
    pub without_reason: usize,
}

/// A unit that is left out with everything below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub unit: String,
    pub name: String,
    pub level: &'static str,
    /// What is left out with it, itself counted.
    pub streets: usize,
    pub communities: usize,
    /// Its own reason, or else that of the nearest unit above.
    pub reason: String,
}

/// The scope of the programme at and below a unit.
pub fn scope(node: &Node, root: &UnitPath) -> Result<Scope, NodeError> {
    require_kept(node, root)?;
    node.materialise()?;
    let units = node.with(|r| Units::read(r, root))?;
    // A unit of which anything is in the programme, with everything above it.
    let mut reached: BTreeSet<UnitPath> = BTreeSet::new();
    for (unit, _) in units.0.iter().filter(|(_, row)| row.programme) {
        reached.extend(std::iter::successors(Some(unit.clone()), UnitPath::parent));
    }
    let count =
        |level: Level| reached.iter().filter(|unit| unit.level() == level && root.covers(unit)).count();
    let highest = units.0.iter().filter(|(unit, _)| {
        let above = unit.parent().filter(|above| root.covers(above));
        !reached.contains(*unit) && above.is_none_or(|above| reached.contains(&above))
    });
    let left_out: Vec<LeftOut> = highest
        .map(|(unit, row)| {
            let below = |level: Level| {
                units.0.keys().filter(|other| other.level() == level && unit.covers(other)).count()
            };
            LeftOut {
                unit: unit.to_string(),
                name: row.name.clone(),
                level: unit.level().as_str(),
                streets: below(Level::Street),
                communities: below(Level::Community),
                reason: reason(&units, unit),
            }
        })
        .collect();
    let without_reason = left_out.iter().filter(|one| one.reason.is_empty()).count();
    let [districts, streets, communities] = [Level::District, Level::Street, Level::Community].map(count);
    Ok(Scope { districts, streets, communities, left_out, without_reason })
}

fn reason(units: &Units, unit: &UnitPath) -> String {
    let upwards = std::iter::successors(Some(unit.clone()), UnitPath::parent);
    let mut reasons = upwards.filter_map(|unit| units.0.get(&unit)).map(|row| row.reason.clone());
    reasons.find(|reason| !reason.is_empty()).unwrap_or_default()
}
