//! The plan of the programme against what is on record: targets and how they are split, campaigns, the equipment of
//! sites, the units that are left out, and who is in charge by which papers.

mod campaigns;
mod counts;
mod organisation;
mod scope;
mod sites;
mod targets;

use std::collections::BTreeMap;

use linli_model::date;
use linli_store::{Replica, StoreError};
use linli_wire::UnitPath;

pub use campaigns::{Campaign, Registered, campaigns};
pub use counts::{CARDS, HARDSHIP, TRAINED};
pub use organisation::{Group, Organisation, Paper, organisation};
pub use scope::{LeftOut, Scope, scope};
pub use sites::{Equipment, Kit, Site, sites};
pub use targets::{Gap, Target, Targets, targets};

use crate::error::NodeError;

/// The units at and below a root as the published table has them.
struct Units(BTreeMap<UnitPath, Unit>);

struct Unit {
    name: String,
    programme: bool,
    reason: String,
}

impl Units {
    fn read(replica: &Replica, root: &UnitPath) -> Result<Self, StoreError> {
        let rows: Vec<(String, Unit)> =
            replica.query("SELECT unit, name, programme, reason FROM unit", [], |row| {
                let unit = Unit { name: row.get(1)?, programme: row.get(2)?, reason: row.get(3)? };
                Ok((row.get(0)?, unit))
            })?;
        let read = rows.into_iter().filter_map(|(path, unit)| Some((path.parse::<UnitPath>().ok()?, unit)));
        Ok(Self(read.filter(|(path, _)| root.covers(path)).collect()))
    }

    fn name(&self, unit: &UnitPath) -> String {
        self.0.get(unit).map(|found| found.name.clone()).unwrap_or_default()
    }
}

/// A day of the plan as a number.
fn day(iso: &str) -> Result<i64, NodeError> {
    date::day_of_iso(iso)
        .ok_or_else(|| NodeError::Evaluation(format!("`{iso}` is no date; write it like 2026-10-31")))
}

#[cfg(test)]
mod tests;
