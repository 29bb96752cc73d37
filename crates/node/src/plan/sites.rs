//! The equipment of each site of the programme, against what a site is to have.

use std::collections::BTreeMap;

use linli_eval::road::Sites;
use linli_wire::{Level, UnitPath};
use serde::Serialize;

use super::{Units, day};
use crate::{error::NodeError, evaluation::require_kept, node::Node, programme::Share, road};

/// One kind of equipment at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kit {
    /// There, and working when it was last looked at; or nobody has looked.
    Working,
    /// There, and not working when it was last looked at.
    Broken,
    Missing,
}

/// A street or community of the programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Site {
    pub unit: String,
    pub name: String,
    /// By code of the list `equipment`, what the site is to have and whatever else it has.
    pub kit: BTreeMap<String, Kit>,
    /// What it is to have and does not, or not in working order.
    pub lacks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Equipment {
    pub sites: Vec<Site>,
    /// Of the sites that are to have it, those that have it in working order.
    pub working: BTreeMap<String, Share>,
    /// Sites that lack nothing.
    pub complete: Share,
}

/// Equipment in use on the day `?1`, each with its last check by then: 1 working, 0 not, nothing where unchecked.
const IN_USE: &str = "\
SELECT e.unit, e.what, (
  SELECT c.working FROM equipment_check c
  WHERE c.unit = e.unit AND c.doc = e.doc AND c.day_n <= ?1 ORDER BY c.day_n DESC, c.check_id LIMIT 1
)
FROM equipment e
WHERE e.start_n <= ?1 AND e.end_n >= ?1";

/// The sites at and below a unit on a day.
pub fn sites(node: &Node, root: &UnitPath, on: &str) -> Result<Equipment, NodeError> {
    require_kept(node, root)?;
    node.materialise()?;
    let (rules, today) = (road::rules()?.0.site, day(on)?);
    let units = node.with(|r| Units::read(r, root))?;
    let rows: Vec<(String, String, Option<i64>)> =
        node.with(|r| r.query(IN_USE, [today], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))))?;
    let mut found: BTreeMap<String, BTreeMap<String, Kit>> = BTreeMap::new();
    for (unit, what, working) in rows {
        let kit = if working == Some(0) { Kit::Broken } else { Kit::Working };
        let there = found.entry(unit).or_default().entry(what).or_insert(kit);
        // One that works is enough.
        if kit == Kit::Working {
            *there = kit;
        }
    }
    let mut sites = Vec::new();
    let mut tally: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let marked = units
        .0
        .iter()
        .filter(|(unit, row)| row.programme && matches!(unit.level(), Level::Street | Level::Community));
    for (unit, row) in marked {
        let mut kit = found.remove(unit.as_str()).unwrap_or_default();
        let mut lacks = Vec::new();
        for what in needs(&rules, unit) {
            let standing = *kit.entry(what.clone()).or_insert(Kit::Missing);
            let (working, all) = tally.entry(what.clone()).or_default();
            *all += 1;
            if standing == Kit::Working {
                *working += 1;
            } else {
                lacks.push(what.clone());
            }
        }
        sites.push(Site { unit: unit.to_string(), name: row.name.clone(), kit, lacks });
    }
    let complete = sites.iter().filter(|site| site.lacks.is_empty()).count() as u64;
    let complete = Share::new(complete, sites.len() as u64);
    let working = tally.into_iter().map(|(what, (working, all))| (what, Share::new(working, all)));
    Ok(Equipment { working: working.collect(), sites, complete })
}

/// What a site is to have. The numbers of sub-districts lie below 100, those of towns from there on.
fn needs<'r>(rules: &'r Sites, unit: &UnitPath) -> &'r [String] {
    if unit.level() == Level::Community {
        return &rules.community;
    }
    let number = unit.as_str().rsplit('/').next().and_then(|part| part.parse::<u32>().ok());
    if number.is_some_and(|number| number < 100) { &rules.urban_street } else { &rules.street }
}
