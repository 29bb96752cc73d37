//! The units that an evaluation is about, and in which portions they are scored.

use std::collections::{BTreeMap, BTreeSet};

use linli_wire::{Arrangement, Digest, Level, UnitPath};

use super::prepare::{integer, rows, shape, text};
use crate::{engine::Engine, error::EvalError};

/// Communities in one portion that lie in no street which is scored.
const LOOSE_MAX: usize = 8;

/// The programme units of an evaluation and which records count for each.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Programme communities that are there on the last day of the period, each with those that go on in it.
    communities: Vec<Pooled>,
    /// Programme streets at or below the root.
    streets: Vec<UnitPath>,
    arrangement: Arrangement,
    /// The digest of everything that is said of units, of any place.
    pub described: Digest,
}

/// Units that are scored in one go: a score follows from the unit's own subtree and what stands above it, so a
/// street and its communities need no other street.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portion {
    pub communities: Vec<Pooled>,
    pub street: Option<UnitPath>,
}

/// A unit that a standard scores, and the communities whose records count for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pooled {
    pub unit: UnitPath,
    pub members: Vec<UnitPath>,
}

/// What the units' documents say of one unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Described {
    doc: String,
    programme: i64,
    start_n: i64,
    end_n: i64,
    successor: String,
}

type Units = BTreeMap<UnitPath, Described>;

/// The units of the tables. Where two documents describe one unit, the smaller id holds.
fn described<E: Engine>(engine: &mut E) -> Result<(Units, Digest), EvalError<E::Error>> {
    let what = "reading the units";
    let mut units = Units::new();
    let sql = "SELECT u.unit AS unit, u.doc AS doc, u.programme AS programme, u.start_n AS start_n, u.end_n AS end_n, \
               u.successor AS successor, u.predecessor AS predecessor, u.parent AS parent, u.level AS level FROM unit u";
    let mut all = BTreeSet::new();
    for row in rows(engine, what, 9, sql)? {
        all.insert(format!("{row:?}"));
        let path = text(what, &row, 0)?;
        let unit: UnitPath =
            path.parse().map_err(|error| shape(what, format!("`{path}` as a unit: {error}")))?;
        let found = Described {
            doc: text(what, &row, 1)?,
            programme: integer(what, &row, 2)?,
            start_n: integer(what, &row, 3)?,
            end_n: integer(what, &row, 4)?,
            successor: text(what, &row, 5)?,
        };
        let known = units.entry(unit).or_insert_with(|| found.clone());
        if found < *known {
            *known = found;
        }
    }
    let all: Vec<&[u8]> = all.iter().map(String::as_bytes).collect();
    Ok((units, Digest::of(b"linli/1 described units", &all)))
}

impl Pooled {
    /// Whether it pools the records of communities that are scored themselves.
    pub fn is_street(&self) -> bool {
        self.unit.level() == Level::Street
    }
}

impl Scope {
    /// The programme units at or below the root that are there on a day.
    pub fn read<E: Engine>(
        engine: &mut E,
        root: &UnitPath,
        arrangement: &Arrangement,
        on_n: i64,
    ) -> Result<Self, EvalError<E::Error>> {
        let (units, described) = described(engine)?;
        if !units.contains_key(root) {
            return Err(EvalError::UnknownUnit(root.clone()));
        }
        let of = |level: Level| {
            let scored = units.iter().filter(move |(unit, described)| {
                unit.level() == level
                    && described.programme == 1
                    && (described.start_n..=described.end_n).contains(&on_n)
            });
            scored.map(|(unit, _)| unit).filter(|unit| arrangement.covers(root, unit)).cloned()
        };
        let streets = of(Level::Street).collect();
        let alone = of(Level::Community).map(|unit| (unit, Vec::new()));
        let mut followed: BTreeMap<UnitPath, Vec<UnitPath>> = alone.collect();
        for (unit, last) in merged(&units, arrangement, on_n) {
            if let Some(members) = followed.get_mut(&last) {
                members.push(unit);
            }
        }
        let pooled = |(unit, followers): (UnitPath, Vec<UnitPath>)| {
            let members = std::iter::once(unit.clone()).chain(followers).collect();
            Pooled { unit, members }
        };
        let communities = followed.into_iter().map(pooled).collect();
        Ok(Self { communities, streets, arrangement: arrangement.clone(), described })
    }

    /// Everything to be scored: each street with its communities, and those that lie in no such street.
    pub fn portions(&self) -> Vec<Portion> {
        let below = |street: &UnitPath| self.below(street).cloned().collect();
        let mut portions: Vec<Portion> = self
            .streets
            .iter()
            .map(|street| Portion { communities: below(street), street: Some(street.clone()) })
            .collect();
        let loose = |pooled: &&Pooled| {
            !self.streets.iter().any(|street| self.arrangement.is_above(street, &pooled.unit))
        };
        let loose: Vec<Pooled> = self.communities.iter().filter(loose).cloned().collect();
        let portion = |units: &[Pooled]| Portion { communities: units.to_vec(), street: None };
        portions.extend(loose.chunks(LOOSE_MAX).map(portion));
        // The largest first, so that no reader is left with one at the end.
        portions.sort_by_key(|portion| std::cmp::Reverse(portion.communities.len()));
        portions
    }

    /// Every community whose records count for another or itself.
    pub fn members(&self) -> impl Iterator<Item = &UnitPath> {
        self.communities.iter().flat_map(|pooled| &pooled.members)
    }

    fn below(&self, street: &UnitPath) -> impl Iterator<Item = &Pooled> {
        self.communities.iter().filter(|pooled| self.arrangement.is_above(street, &pooled.unit))
    }

    /// A unit of the programme with the communities whose records count for it.
    pub fn pooled(&self, unit: &UnitPath, level: Level) -> Option<Pooled> {
        if level == Level::Community {
            return self.communities.iter().find(|pooled| pooled.unit == *unit).cloned();
        }
        let known = self.streets.contains(unit) && unit.level() == level;
        let members = self.below(unit).flat_map(|pooled| pooled.members.iter().cloned());
        known.then(|| Pooled { unit: unit.clone(), members: members.collect() })
    }
}

/// The communities that have ended by a day, each with the one in which it goes on on that day.
pub fn merged_on<E: Engine>(
    engine: &mut E,
    arrangement: &Arrangement,
    on_n: i64,
) -> Result<BTreeMap<UnitPath, UnitPath>, EvalError<E::Error>> {
    Ok(merged(&described(engine)?.0, arrangement, on_n).collect())
}

fn merged<'u>(
    units: &'u Units,
    arrangement: &'u Arrangement,
    on_n: i64,
) -> impl Iterator<Item = (UnitPath, UnitPath)> + 'u {
    let ended = units.iter().filter(move |(_, described)| described.end_n < on_n);
    ended.filter_map(move |(unit, described)| {
        let last = last(units, unit, described, on_n)?;
        // Whoever keeps the records of the one keeps those of the other only below one street.
        let goes_on = unit.level() == Level::Community
            && last.level() == Level::Community
            && arrangement.parent(last) == arrangement.parent(unit);
        goes_on.then(|| (unit.clone(), last.clone()))
    })
}

/// The communities whose records count on a day for a unit, or for one below it, and the unit itself.
pub fn counted_on<E: Engine>(
    engine: &mut E,
    unit: &UnitPath,
    arrangement: &Arrangement,
    on_n: i64,
) -> Result<BTreeSet<UnitPath>, EvalError<E::Error>> {
    match Scope::read(engine, unit, arrangement, on_n) {
        Ok(scope) => Ok(scope.members().chain([unit]).cloned().collect()),
        Err(EvalError::UnknownUnit(_)) => Ok(BTreeSet::from([unit.clone()])),
        Err(error) => Err(error),
    }
}

/// The unit that goes on at the end of all mergers, if there is one.
fn last<'u>(
    units: &'u Units,
    unit: &'u UnitPath,
    described: &'u Described,
    on_n: i64,
) -> Option<&'u UnitPath> {
    let mut now = (unit, described);
    // No longer way leads anywhere but round in a circle.
    for _ in 0..units.len() {
        if now.1.end_n >= on_n {
            return Some(now.0);
        }
        let successor: UnitPath = now.1.successor.parse().ok()?;
        now = units.get_key_value(&successor)?;
    }
    None
}

impl Portion {
    /// The units that a standard of this level scores.
    pub fn scored(&self, level: Level) -> Vec<Pooled> {
        if level == Level::Community {
            return self.communities.clone();
        }
        let members: Vec<UnitPath> =
            self.communities.iter().flat_map(|pooled| pooled.members.clone()).collect();
        let street = |street: &UnitPath| Pooled { unit: street.clone(), members: members.clone() };
        self.street.iter().map(street).collect()
    }
}
