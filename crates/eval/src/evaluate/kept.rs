//! Results that are used again: the tallies of each slice of a unit's records, as long as nothing changed that they
//! were counted from.
//!
//! A community's slice follows from what is written to the community and from the notices of the units above it. A
//! street has a slice of its own, which follows from everything at and below it, and one for each community in it. So
//! one change takes the slices of one community, and its street's own, to be counted again.

use std::collections::BTreeMap;

use linli_wire::{Arrangement, Channel, DecodeError, Digest, Reader, Space, UnitPath, Writer};

use super::{family::Family, portion::Scored, tally::Tallies};
use crate::{
    fold::{PartTally, Tally},
    standard::Standard,
};

/// Bounds of what is read back.
const TALLIES_MAX: usize = 4096;
const TEXT_BYTES_MAX: usize = 256;

/// When each space last changed, in steps that only grow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The step of the last change of any space.
    pub now: u64,
    pub spaces: BTreeMap<Space, u64>,
}

/// The tallies of one slice, and what they hold for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSlice {
    /// Everything beside records that they follow from: pack, days, units, disproofs.
    ground: Digest,
    /// The step up to which changes are in them.
    now: u64,
    slice: Slice,
}

/// The kept slices, by standard, unit and member.
pub type Kept = BTreeMap<String, KeptSlice>;

/// What was counted in one slice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slice {
    pub tallies: Tallies,
    /// Somebody is known to several members of the street, so those are counted in its own slice.
    pub shared: bool,
    /// Communities of which no record was received in time.
    pub without_records: Vec<UnitPath>,
}

/// A slice of a unit: that of one of a street's communities, with those that go on in it, or the unit's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SliceId {
    /// The positions of the family and of the standard in it.
    pub family: usize,
    pub standard: usize,
    pub unit: UnitPath,
    pub member: Option<UnitPath>,
}

/// What decides whether a kept slice still holds.
pub struct Ground<'r> {
    kept: &'r Kept,
    now: u64,
    arrangement: &'r Arrangement,
    /// The digest of the units as they are described.
    units: Digest,
    /// By unit, the last change at or below it, and in its notices.
    below: BTreeMap<UnitPath, u64>,
    notices: BTreeMap<UnitPath, u64>,
}

impl<'r> Ground<'r> {
    pub fn new(kept: &'r Kept, changes: &Changes, arrangement: &'r Arrangement, units: Digest) -> Self {
        let (mut below, mut notices) = (BTreeMap::new(), BTreeMap::new());
        let note = |of: &mut BTreeMap<UnitPath, u64>, unit: UnitPath, changed: u64| {
            let last = of.entry(unit).or_default();
            *last = changed.max(*last);
        };
        for (space, changed) in &changes.spaces {
            if space.channel == Channel::Notices {
                note(&mut notices, space.unit.clone(), *changed);
            }
            for unit in chain(arrangement, &space.unit) {
                note(&mut below, unit, *changed);
            }
        }
        Self { kept, now: changes.now, arrangement, units, below, notices }
    }

    /// The name under which a slice is kept.
    fn name(standard: &Standard, id: &SliceId) -> String {
        let member = id.member.as_ref().map_or("", UnitPath::as_str);
        format!("{} {} {member}", standard.id, id.unit)
    }

    /// The slice, if it was counted before and nothing changed since.
    pub fn find(&self, family: &Family<'_>, id: &SliceId, one: &Scored) -> Option<&Slice> {
        let standard = family.standards[id.standard];
        let kept = self.kept.get(&Self::name(standard, id))?;
        let holds = kept.ground == self.digest(family, id, one) && self.changed(id, one) <= kept.now;
        holds.then_some(&kept.slice)
    }

    /// What is to be kept of a slice that was counted now.
    pub fn keep(&self, family: &Family<'_>, id: &SliceId, one: &Scored, slice: Slice) -> (String, KeptSlice) {
        let name = Self::name(family.standards[id.standard], id);
        (name, KeptSlice { ground: self.digest(family, id, one), now: self.now, slice })
    }

    fn digest(&self, family: &Family<'_>, id: &SliceId, one: &Scored) -> Digest {
        let Scored { pooled, disproofs, .. } = one;
        let standard = family.standards[id.standard];
        let period = &family.period;
        let days = [period.start, period.as_of, period.close].map(|day| day.to_string());
        let mut w = Writer::new();
        w.bytes(&standard.hash.0).bytes(&self.units.0).text(id.unit.as_str());
        w.text(id.member.as_ref().map_or("", UnitPath::as_str));
        for day in &days {
            w.text(day);
        }
        w.array(pooled.members.len());
        for unit in pooled.members.iter().chain([&pooled.unit]) {
            for unit in chain(self.arrangement, unit) {
                w.text(unit.as_str());
            }
        }
        w.array(disproofs.len());
        for ((item, subject), disproof) in disproofs {
            w.text(item).text(subject).text(&disproof.stage).text(&disproof.reference);
        }
        Digest::of(b"linli/1 kept slice", &[&w.finish()])
    }

    /// The last change of anything that a slice follows from.
    fn changed(&self, id: &SliceId, one: &Scored) -> u64 {
        let of = |unit: &UnitPath| {
            let above = chain(self.arrangement, unit).into_iter().skip(1);
            let noticed = above.filter_map(|unit| self.notices.get(&unit).copied()).max();
            self.below.get(unit).copied().max(noticed).unwrap_or_default()
        };
        let own = id.member.is_none().then(|| of(&id.unit));
        one.members(id).iter().map(of).max().max(own).unwrap_or_default()
    }
}

/// A unit and those above it.
fn chain(arrangement: &Arrangement, unit: &UnitPath) -> Vec<UnitPath> {
    std::iter::successors(Some(unit.clone()), |unit| arrangement.parent(unit)).collect()
}

impl KeptSlice {
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.array(5).bytes(&self.ground.0).uint(self.now).bool(self.slice.shared);
        w.array(self.slice.without_records.len());
        for unit in &self.slice.without_records {
            w.text(unit.as_str());
        }
        w.array(self.slice.tallies.len());
        for ((item, part), tally) in &self.slice.tallies {
            let Tally { subjects, n, hits, disproved, listed } = tally.score;
            w.array(9).text(item).text(part).uint(subjects).uint(n).uint(hits).uint(disproved).uint(listed);
            w.uint(tally.blocking).uint(tally.blocking_sign_off);
        }
        w.finish()
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Reader::whole(bytes, |r| {
            r.array_of(5)?;
            let (ground, now) = (Digest(r.bytes_of()?), r.uint()?);
            let mut slice = Slice { shared: r.bool()?, ..Slice::default() };
            for _ in 0..r.array("units without records", TALLIES_MAX)? {
                let unit = r.text("unit", TEXT_BYTES_MAX)?.parse();
                slice.without_records.extend(unit.ok());
            }
            for _ in 0..r.array("tallies", TALLIES_MAX)? {
                r.array_of(9)?;
                let item = r.text("item", TEXT_BYTES_MAX)?.to_owned();
                let part = r.text("part", TEXT_BYTES_MAX)?.to_owned();
                let score = Tally {
                    subjects: r.uint()?,
                    n: r.uint()?,
                    hits: r.uint()?,
                    disproved: r.uint()?,
                    listed: r.uint()?,
                };
                let tally = PartTally { score, blocking: r.uint()?, blocking_sign_off: r.uint()? };
                slice.tallies.insert((item, part), tally);
            }
            Ok(Self { ground, now, slice })
        })
    }
}
