//! Targets as they are split from above to below, with what has come of each, and where the parts are not the whole.

use std::collections::BTreeMap;

use linli_eval::{Date, road::Road};
use linli_wire::{Level, UnitPath};
use serde::Serialize;

use super::{Units, counts};
use crate::{error::NodeError, evaluation::require_kept, node::Node, road};

/// What a unit is to reach in a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    pub unit: String,
    pub name: String,
    /// A code of the list `target`.
    pub what: String,
    pub value: i64,
    /// The unit in whose notices it stands.
    pub set_by: String,
    pub set_on: String,
    /// What was reached by the day that was asked about: units recognised, people, cards.
    pub done: u64,
    pub reached: bool,
    /// The sum of what the next units below are to reach, and how many of them are named. Nothing where it is not
    /// split.
    pub split: Option<(i64, usize)>,
}

/// Where targets do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "gap", rename_all = "snake_case")]
pub enum Gap {
    /// The units below are to reach more or less together than the one above them.
    SumDiffers { unit: String, name: String, what: String, value: i64, split: i64 },
    /// A unit was given two different values; the latest is taken, of those of one day that of the highest unit.
    SetTwice { unit: String, name: String, what: String, value: i64, other: i64, other_set_by: String },
    /// It is set for a unit that does not lie below the one that set it.
    NotBelow { unit: String, set_by: String, what: String, value: i64 },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Targets {
    pub year: i64,
    pub on: String,
    /// By what they count, then from above to below.
    pub targets: Vec<Target>,
    pub gaps: Vec<Gap>,
}

struct Set {
    value: i64,
    by: UnitPath,
    day: String,
}

/// The targets of a year at and below a unit, as things stand at the end of a day.
pub fn targets(node: &Node, root: &UnitPath, year: i64, on: &str) -> Result<Targets, NodeError> {
    require_kept(node, root)?;
    node.materialise()?;
    let units = node.with(|r| Units::read(r, root))?;
    let mut gaps = Vec::new();
    let chosen = chosen(node, root, year, &units, &mut gaps)?;
    let roads = roads(node, root, year, on)?;
    let (start, as_of) = (format!("{}-11-01", year - 1), format!("{year}-10-31"));
    let mut targets = Vec::new();
    for ((what, unit), set) in &chosen {
        let done = match counts::count(node, unit, what, [&start, &as_of, on])? {
            Some(done) => done,
            None => recognised(&roads, unit, what),
        };
        let below = chosen
            .iter()
            .filter(|((other, below), _)| other == what && lies_next(&chosen, what, unit, below));
        let below: Vec<i64> = below.map(|(_, set)| set.value).collect();
        let split = (!below.is_empty()).then(|| (below.iter().sum::<i64>(), below.len()));
        let name = units.name(unit);
        if let Some((sum, _)) = split.filter(|(sum, _)| *sum != set.value) {
            let (unit, what) = (unit.to_string(), what.clone());
            gaps.push(Gap::SumDiffers { unit, name: name.clone(), what, value: set.value, split: sum });
        }
        targets.push(Target {
            unit: unit.to_string(),
            name,
            what: what.clone(),
            value: set.value,
            set_by: set.by.to_string(),
            set_on: set.day.clone(),
            done,
            reached: i64::try_from(done).is_ok_and(|done| done >= set.value),
            split,
        });
    }
    Ok(Targets { year, on: on.to_owned(), targets, gaps })
}

type Chosen = BTreeMap<(String, UnitPath), Set>;

/// One value for each unit and thing counted.
fn chosen(
    node: &Node,
    root: &UnitPath,
    year: i64,
    units: &Units,
    gaps: &mut Vec<Gap>,
) -> Result<Chosen, NodeError> {
    let sql =
        "SELECT what, for_unit, unit, value, day FROM target WHERE year = ?1 ORDER BY day_n DESC, unit, doc";
    let rows: Vec<(String, String, String, i64, String)> = node.with(|r| {
        r.query(sql, [year], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
    })?;
    let mut chosen = Chosen::new();
    for (what, unit, by, value, day) in rows {
        let (Ok(unit), Ok(by)) = (unit.parse::<UnitPath>(), by.parse::<UnitPath>()) else { continue };
        if !root.covers(&unit) {
            continue;
        }
        if !by.covers(&unit) {
            gaps.push(Gap::NotBelow { unit: unit.to_string(), set_by: by.to_string(), what, value });
            continue;
        }
        match chosen.get(&(what.clone(), unit.clone())) {
            None => {
                chosen.insert((what, unit), Set { value, by, day });
            }
            Some(set) if set.value == value => {}
            Some(set) => gaps.push(Gap::SetTwice {
                name: units.name(&unit),
                unit: unit.to_string(),
                what,
                value: set.value,
                other: value,
                other_set_by: by.to_string(),
            }),
        }
    }
    Ok(chosen)
}

/// Whether `below` lies below `unit` with no other target of the kind between them.
fn lies_next(chosen: &Chosen, what: &str, unit: &UnitPath, below: &UnitPath) -> bool {
    let above = std::iter::successors(below.parent(), UnitPath::parent);
    let mut named = above.filter(|above| chosen.contains_key(&(what.to_owned(), above.clone())));
    named.next().as_ref() == Some(unit)
}

fn roads(node: &Node, root: &UnitPath, year: i64, on: &str) -> Result<BTreeMap<UnitPath, Road>, NodeError> {
    let (rules, calendar) = road::rules()?;
    let today: Date = on.parse().map_err(|e: linli_eval::DateError| NodeError::Evaluation(e.to_string()))?;
    let cases = node.with(|r| road::cases(r, root, year))?;
    let stand = |(unit, years): (UnitPath, road::Years)| {
        road::stand(&rules, &calendar, &years, today).map(|road| (unit, road))
    };
    Ok(cases.into_iter().filter_map(stand).collect())
}

/// The units of a target's level, at and below a unit, that are recognised in the year.
fn recognised(roads: &BTreeMap<UnitPath, Road>, unit: &UnitPath, what: &str) -> u64 {
    let level = if what == "streets" { Level::Street } else { Level::Community };
    let below = roads.iter().filter(|(other, _)| other.level() == level && unit.covers(other));
    below.filter(|(_, road)| road.recognised.is_some() && road.ended.is_none()).count() as u64
}
