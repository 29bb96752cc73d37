//! The units of a report by name.

use std::collections::{BTreeMap, BTreeSet};

use linli_eval::Date;
use linli_report::Group;
use linli_wire::{Level, UnitPath};

use super::Asked;
use crate::{error::NodeError, node::Node, programme, road};

pub(super) fn day(iso: &str) -> Result<Date, NodeError> {
    iso.parse().map_err(|e: linli_eval::DateError| NodeError::Evaluation(e.to_string()))
}

/// What units are called, which are in the programme, and which of them met the standard.
pub(super) struct Units {
    names: BTreeMap<String, String>,
    marked: BTreeSet<UnitPath>,
    met: Vec<UnitPath>,
}

impl Units {
    pub fn read(node: &Node, asked: &Asked<'_>) -> Result<Self, NodeError> {
        let (rules, calendar) = road::rules()?;
        let today = day(asked.on)?;
        let sql = "SELECT unit, name FROM unit";
        let names: Vec<(String, String)> =
            node.with(|r| r.query(sql, [], |row| Ok((row.get(0)?, row.get(1)?))))?;
        let marked: BTreeSet<UnitPath> =
            node.with(|r| programme::marked(r, asked.unit, today))?.into_keys().collect();
        let cases = node.with(|r| road::cases(r, asked.unit, asked.year))?;
        let meets = |years: &road::Years| {
            road::stand(&rules, &calendar, years, today).is_some_and(|road| road.met.is_some())
        };
        let met = cases.iter().filter(|(unit, years)| marked.contains(*unit) && meets(years));
        let met = met.map(|(unit, _)| unit.clone()).collect();
        Ok(Self { names: names.into_iter().collect(), marked, met })
    }

    /// The unit's name, or its path where it has none.
    pub fn name(&self, unit: &UnitPath) -> String {
        let named = self.names.get(unit.as_str()).filter(|name| !name.is_empty());
        named.cloned().unwrap_or_else(|| unit.to_string())
    }

    /// The districts with units of the programme, in the order of their paths, and their names.
    pub fn districts(&self) -> impl Iterator<Item = (UnitPath, String)> + '_ {
        let districts: BTreeSet<UnitPath> = self.marked.iter().filter_map(district).collect();
        districts.into_iter().map(|unit| {
            let name = self.name(&unit);
            (unit, name)
        })
    }

    /// The units of each level that met, by district.
    pub fn met(&self) -> BTreeMap<String, Vec<Group>> {
        let of = |level: Level| {
            let mut groups: BTreeMap<UnitPath, Vec<String>> = BTreeMap::new();
            for unit in self.met.iter().filter(|unit| unit.level() == level) {
                let street = unit.parent().filter(|_| level == Level::Community);
                let street = street.map(|street| self.name(&street)).unwrap_or_default();
                let named = format!("{street}{}", self.name(unit));
                groups.entry(district(unit).unwrap_or_else(|| unit.clone())).or_default().push(named);
            }
            groups.into_iter().map(|(unit, units)| Group { name: self.name(&unit), units }).collect()
        };
        [("communities.met", Level::Community), ("streets.met", Level::Street)]
            .map(|(id, level)| (id.to_owned(), of(level)))
            .into()
    }
}

/// The district that a unit lies in.
fn district(unit: &UnitPath) -> Option<UnitPath> {
    unit.at_level(Level::District)
}
