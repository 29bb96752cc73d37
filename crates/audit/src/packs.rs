//! The packs that units of a realm publish in their notices, and which of them scores which unit.
//!
//! A pack is a document of kind `standard` in the notices of the city or of a district; writing one takes the
//! right `publish`, and what was written without it is never in a document. The pack of a period is fixed on the
//! period's first day: the last one that was published by then. The city's takes the place of the one that is
//! built in; a district's scores the units of the district where it only tightens the city's.

use std::collections::{BTreeMap, BTreeSet};

use linli_eval::Standard;
use linli_model::{kind, record};
use linli_store::Replica;
use linli_wire::{Arrangement, Channel, DeviceKey, Digest, DocId, Level, Space, TimeMs, UnitPath};

use crate::error::SnapshotError;

/// A document that publishes a pack, whether or not it has an effect.
#[derive(Debug, Clone)]
pub struct Published {
    pub unit: UnitPath,
    pub document: DocId,
    /// The device that wrote to it last.
    pub device: Option<DeviceKey>,
    /// The day on which the last of it was recorded.
    pub day_n: i64,
    /// When its device wrote that, by which two of one day are told apart.
    pub time: TimeMs,
    /// What it says of itself.
    pub id: String,
    pub version: String,
    /// The pack, or why it is none.
    pub standard: Result<Standard, String>,
}

/// The packs by which the programme units at and below a unit are scored.
#[derive(Debug, Clone)]
pub struct InForce {
    /// Each once, by id and hash; at least one for each level.
    pub standards: Vec<Standard>,
    /// The hash of the pack of each unit.
    pub scored_by: BTreeMap<UnitPath, Digest>,
}

impl InForce {
    /// The pack of a unit; of one that is not in the programme none.
    pub fn of(&self, unit: &UnitPath) -> Option<&Standard> {
        let hash = self.scored_by.get(unit)?;
        self.standards.iter().find(|standard| standard.hash == *hash)
    }
}

/// Every pack that is published in the notices that a replica holds, by unit, day and document.
pub fn published(replica: &Replica) -> Result<Vec<Published>, SnapshotError> {
    // In this order, so that the documents of other spaces, which are most, are never looked at.
    let sql = "SELECT space.unit, document.id FROM space CROSS JOIN document USING (space_no)
               WHERE document.kind = ?1 AND space.channel = ?2";
    let listed: Vec<(String, [u8; 16])> =
        replica.query(sql, (kind::STANDARD.code, Channel::Notices.code()), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut found = Vec::new();
    for (unit, document) in listed {
        let Ok(unit) = unit.parse::<UnitPath>() else { continue };
        let (space, document) = (Space::new(unit.clone(), Channel::Notices), DocId(document));
        let Some(opened) = replica.document(&space, document)? else { continue };
        let Some(day_n) = opened.origins.iter().map(|origin| origin.day_n).max() else { continue };
        let mut last = None;
        for origin in opened.origins.iter() {
            let entry = replica.entry(origin.entry_no)?.map(|entry| (entry.time, entry.device));
            last = last.max(entry);
        }
        let written = linli_model::read(&opened.document, &kind::STANDARD);
        found.push(Published {
            device: last.map(|(_, device)| device),
            day_n,
            time: last.map_or(TimeMs(0), |(time, _)| time),
            id: written.text("standard").to_owned(),
            version: written.text("version").to_owned(),
            standard: pack(&unit, &written),
            unit,
            document,
        });
    }
    found.sort_by(|a, b| (&a.unit, a.day_n, a.time, a.document).cmp(&(&b.unit, b.day_n, b.time, b.document)));
    Ok(found)
}

/// The pack that a document holds, if it is whole, is the one that it says, and its unit may publish one.
fn pack(unit: &UnitPath, written: &record::Record) -> Result<Standard, String> {
    if !matches!(unit.level(), Level::City | Level::District) {
        return Err(format!("a {} publishes no standard; the city and its districts do", unit.level()));
    }
    let files = written
        .items("files")
        .map(|(name, file)| (name.to_owned(), record::text(file, "content").to_owned()));
    let standard = Standard::load(files).map_err(|error| error.to_string())?;
    if standard.hash.to_string() != written.text("hash") {
        return Err("its files are not those of the hash that was published with them".to_owned());
    }
    let expected = built_in(standard.level).id;
    if standard.id != expected {
        return Err(format!("a standard for this level is called `{expected}`, not `{}`", standard.id));
    }
    Ok(standard)
}

/// The pack of a level that a unit published last by a day.
pub fn last<'p>(
    published: &'p [Published],
    unit: &UnitPath,
    level: Level,
    by_n: i64,
) -> Option<&'p Published> {
    let mut of_unit = published.iter().filter(|one| one.unit == *unit && one.day_n <= by_n);
    of_unit.rfind(|one| one.standard.as_ref().is_ok_and(|standard| standard.level == level))
}

/// The standard of a level of which every copy of this version is the same.
pub fn built_in(level: Level) -> Standard {
    if level == Level::Street { Standard::street() } else { Standard::community() }
}

/// The packs that score the programme units at and below `root` in a period that begins on a day.
pub fn in_force(
    replica: &Replica,
    arrangement: &Arrangement,
    root: &UnitPath,
    start_n: i64,
) -> Result<InForce, SnapshotError> {
    let published = published(replica)?;
    let units: Vec<String> =
        replica.query("SELECT unit FROM unit WHERE programme = 1 ORDER BY unit", [], |row| row.get(0))?;
    let units: BTreeSet<UnitPath> = units.iter().filter_map(|unit| unit.parse().ok()).collect();
    let mut standards: Vec<Standard> = Vec::new();
    let mut scored_by = BTreeMap::new();
    let mut chosen: BTreeMap<(Option<UnitPath>, Level), Digest> = BTreeMap::new();
    for unit in units.into_iter().filter(|unit| arrangement.covers(root, unit)) {
        let level = unit.level();
        if !matches!(level, Level::Community | Level::Street) {
            continue;
        }
        let district = above(arrangement, &unit, Level::District);
        let key = (district.clone(), level);
        let hash = chosen.get(&key).copied().unwrap_or_else(|| {
            let standard = choose(&published, arrangement, &unit, level, start_n);
            let hash = standard.hash;
            if standards.iter().all(|known| known.hash != hash) {
                standards.push(standard);
            }
            hash
        });
        chosen.insert(key, hash);
        scored_by.insert(unit, hash);
    }
    // A level of which nobody is in the programme here has its standard all the same.
    for level in [Level::Community, Level::Street] {
        if standards.iter().all(|standard| standard.level != level) {
            standards.push(choose(&published, arrangement, root, level, start_n));
        }
    }
    standards.sort_by(|a, b| (&a.id, a.hash).cmp(&(&b.id, b.hash)));
    Ok(InForce { standards, scored_by })
}

/// The pack of a level by which a unit, or what is below it, is scored in a period that begins on a day.
pub fn in_force_at(
    replica: &Replica,
    arrangement: &Arrangement,
    unit: &UnitPath,
    level: Level,
    start_n: i64,
) -> Result<Standard, SnapshotError> {
    Ok(choose(&published(replica)?, arrangement, unit, level, start_n))
}

/// The unit of a level at or above another.
fn above(arrangement: &Arrangement, unit: &UnitPath, level: Level) -> Option<UnitPath> {
    let mut above = Some(unit.clone());
    while let Some(lower) = above.take_if(|unit| unit.level() != level) {
        above = arrangement.parent(&lower);
    }
    above
}

fn choose(
    published: &[Published],
    arrangement: &Arrangement,
    unit: &UnitPath,
    level: Level,
    start_n: i64,
) -> Standard {
    let of = |rank: Level| {
        let own = above(arrangement, unit, rank)?;
        last(published, &own, level, start_n)?.standard.clone().ok()
    };
    let citys = of(Level::City).unwrap_or_else(|| built_in(level));
    of(Level::District).filter(|own| own.loosened_from(&citys).is_empty()).unwrap_or(citys)
}

/// What a published pack does in a period that begins on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    InForce,
    /// It was published after the period began, and counts for those that begin from that day on.
    Later,
    /// Its unit published another one since.
    Replaced,
    /// It does not only tighten the city's: each place.
    Loosens(Vec<String>),
    /// It is no pack, and why.
    NoPack(String),
}

/// The effect of each published pack in a period.
pub fn effects(published: &[Published], start_n: i64) -> Vec<Effect> {
    let effect = |one: &Published| {
        let standard = match &one.standard {
            Ok(standard) => standard,
            Err(why) => return Effect::NoPack(why.clone()),
        };
        if one.day_n > start_n {
            return Effect::Later;
        }
        let prevails = last(published, &one.unit, standard.level, start_n);
        if prevails.is_some_and(|last| last.document != one.document) {
            return Effect::Replaced;
        }
        let city = one.unit.parent().filter(|_| one.unit.level() == Level::District);
        let loosened = city.map_or_else(Vec::new, |city| {
            let citys =
                last(published, &city, standard.level, start_n).and_then(|last| last.standard.as_ref().ok());
            standard.loosened_from(citys.unwrap_or(&built_in(standard.level)))
        });
        if loosened.is_empty() {
            Effect::InForce
        } else {
            Effect::Loosens(loosened.iter().map(ToString::to_string).collect())
        }
    };
    published.iter().map(effect).collect()
}
