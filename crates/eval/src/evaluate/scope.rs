//! The units that an evaluation is about, and in which portions they are scored.

use std::collections::BTreeMap;

use linli_wire::{Arrangement, Level, UnitPath};

use super::prepare::{integer, rows, shape, text};
use crate::{engine::Engine, error::EvalError};

/// Communities in one portion that lie in no street which is scored.
const LOOSE_MAX: usize = 8;

/// The programme units of an evaluation and which records count for each.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Programme communities.
    communities: Vec<UnitPath>,
    /// Programme streets at or below the root.
    streets: Vec<UnitPath>,
    arrangement: Arrangement,
}

/// Units that are scored in one go: a score follows from the unit's own subtree and what stands above it, so a
/// street and its communities need no other street.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portion {
    pub communities: Vec<UnitPath>,
    pub street: Option<UnitPath>,
}

/// A unit that a standard scores, and the communities whose records count for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pooled {
    pub unit: UnitPath,
    pub members: Vec<UnitPath>,
}

impl Scope {
    /// The programme units at or below the root. Where two documents describe one unit, the smaller id holds.
    pub fn read<E: Engine>(
        engine: &mut E,
        root: &UnitPath,
        arrangement: &Arrangement,
    ) -> Result<Self, EvalError<E::Error>> {
        let what = "reading the units";
        let mut units: BTreeMap<UnitPath, (String, i64)> = BTreeMap::new();
        let sql = "SELECT u.unit AS unit, u.doc AS doc, u.programme AS programme FROM unit u";
        for row in rows(engine, what, 3, sql)? {
            let path = text(what, &row, 0)?;
            let unit: UnitPath =
                path.parse().map_err(|error| shape(what, format!("`{path}` as a unit: {error}")))?;
            let found = (text(what, &row, 1)?, integer(what, &row, 2)?);
            if arrangement.covers(root, &unit) {
                let known = units.entry(unit).or_insert_with(|| found.clone());
                if found < *known {
                    *known = found;
                }
            }
        }
        if !units.contains_key(root) {
            return Err(EvalError::UnknownUnit(root.clone()));
        }
        let of = |level: Level| -> Vec<UnitPath> {
            let inside =
                units.iter().filter(|(unit, (_, programme))| unit.level() == level && *programme == 1);
            inside.map(|(unit, _)| unit.clone()).collect()
        };
        let (communities, streets) = (of(Level::Community), of(Level::Street));
        Ok(Self { communities, streets, arrangement: arrangement.clone() })
    }

    /// Everything to be scored: each street with its communities, and those that lie in no such street.
    pub fn portions(&self) -> Vec<Portion> {
        let below = |street: &UnitPath| self.members(street);
        let mut portions: Vec<Portion> = self
            .streets
            .iter()
            .map(|street| Portion { communities: below(street), street: Some(street.clone()) })
            .collect();
        let loose =
            |unit: &&UnitPath| !self.streets.iter().any(|street| self.arrangement.is_above(street, unit));
        let loose: Vec<UnitPath> = self.communities.iter().filter(loose).cloned().collect();
        let portion = |units: &[UnitPath]| Portion { communities: units.to_vec(), street: None };
        portions.extend(loose.chunks(LOOSE_MAX).map(portion));
        // The largest first, so that no reader is left with one at the end.
        portions.sort_by_key(|portion| std::cmp::Reverse(portion.communities.len()));
        portions
    }

    fn members(&self, street: &UnitPath) -> Vec<UnitPath> {
        self.communities.iter().filter(|unit| self.arrangement.is_above(street, unit)).cloned().collect()
    }

    /// A unit of the programme with the communities whose records count for it.
    pub fn pooled(&self, unit: &UnitPath, level: Level) -> Option<Pooled> {
        let units = if level == Level::Community { &self.communities } else { &self.streets };
        let known = units.contains(unit) && unit.level() == level;
        known.then(|| Pooled {
            unit: unit.clone(),
            members: if level == Level::Community { vec![unit.clone()] } else { self.members(unit) },
        })
    }
}

impl Portion {
    /// All its units.
    pub fn units(&self) -> impl Iterator<Item = &UnitPath> {
        self.communities.iter().chain(&self.street)
    }

    /// The units that a standard of this level scores.
    pub fn scored(&self, level: Level) -> Vec<Pooled> {
        if level == Level::Community {
            let alone = |unit: &UnitPath| Pooled { unit: unit.clone(), members: vec![unit.clone()] };
            return self.communities.iter().map(alone).collect();
        }
        let street = |street: &UnitPath| Pooled { unit: street.clone(), members: self.communities.clone() };
        self.street.iter().map(street).collect()
    }
}
