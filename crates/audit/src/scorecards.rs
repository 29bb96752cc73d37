//! The section `scorecards`: canonical scorecards, ordered by unit and standard, each with its length
//! before it as a big-endian u32.

use std::collections::BTreeMap;

use linli_eval::{Date, Request, Scorecard, Standard, evaluate, merged_on, period_start};
use linli_store::Replica;
use linli_wire::{Arrangement, Digest, UnitPath};

use crate::{
    error::SnapshotError,
    limits::SCORECARD_BYTES_MAX,
    manifest::Manifest,
    packs::{self, InForce},
};

pub(crate) const NAME: &str = "scorecards";

/// The period that scorecards are of, as a request gives it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Period<'a> {
    pub as_of: &'a str,
    pub start: Option<&'a str>,
    pub close: Option<&'a str>,
}

impl<'a> Period<'a> {
    pub fn of(manifest: &'a Manifest) -> Self {
        Self { as_of: &manifest.as_of, start: manifest.start.as_deref(), close: manifest.close.as_deref() }
    }

    fn arrangement(&self, replica: &Replica) -> Result<Arrangement, SnapshotError> {
        Ok(replica.trust().arrangement(self.as_of.parse::<Date>()?.day_number()))
    }

    /// The packs that score what lies below a unit in this period, fixed on its first day.
    pub fn in_force(&self, replica: &Replica, unit: &UnitPath) -> Result<InForce, SnapshotError> {
        let start = self.start.map_or_else(|| period_start(self.as_of), |start| Ok(start.to_owned()))?;
        packs::in_force(replica, &self.arrangement(replica)?, unit, start.parse::<Date>()?.day_number())
    }
}

/// Scores a materialised replica; without standards there are no scorecards.
pub(crate) fn compute(
    replica: &Replica,
    unit: &UnitPath,
    period: Period<'_>,
    in_force: &InForce,
    standards: Vec<&Standard>,
) -> Result<Vec<Scorecard>, SnapshotError> {
    if standards.is_empty() {
        return Ok(Vec::new());
    }
    let arrangement = period.arrangement(replica)?;
    let request = Request {
        root: unit.clone(),
        frontiers: frontiers(replica, &arrangement, unit, period.as_of.parse::<Date>()?.day_number())?,
        arrangement,
        as_of: period.as_of,
        start: period.start,
        close: period.close,
        standards,
        scored_by: Some(in_force.scored_by.clone()),
    };
    Ok(evaluate(&mut replica.reader()?, &request).map_err(Box::new)?.scorecards)
}

pub(crate) fn encode(cards: &[Scorecard]) -> Result<Vec<u8>, SnapshotError> {
    let mut bytes = Vec::new();
    for card in cards {
        let encoded = card.encode();
        if encoded.len() > SCORECARD_BYTES_MAX {
            let what = format!("scorecard of {}", card.unit);
            return Err(SnapshotError::TooLarge { what, found: encoded.len(), limit: SCORECARD_BYTES_MAX });
        }
        bytes.extend_from_slice(&(encoded.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&encoded);
    }
    Ok(bytes)
}

/// Reads the scorecards of a snapshot, which are in order and each of them canonical.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Scorecard>, SnapshotError> {
    let mut rest = bytes;
    let mut cards: Vec<Scorecard> = Vec::new();
    while !rest.is_empty() {
        let card = rest.split_first_chunk().and_then(|(len, after)| {
            let (card, after) = after.split_at_checked(u32::from_be_bytes(*len) as usize)?;
            rest = after;
            Some(card)
        });
        let card = Scorecard::decode(card.ok_or_else(|| SnapshotError::content(NAME, "it ends too early"))?)?;
        if cards.last().is_some_and(|last| key(last) >= key(&card)) {
            return Err(SnapshotError::content(NAME, "the scorecards are not in order"));
        }
        cards.push(card);
    }
    Ok(cards)
}

/// Compares the scorecards of a snapshot with those that follow from its entries.
pub(crate) fn compare(found: &[Scorecard], expected: &[Scorecard]) -> Result<(), SnapshotError> {
    let by_key = |cards: &'_ [Scorecard]| -> BTreeMap<(UnitPath, String), Scorecard> {
        cards.iter().map(|card| ((card.unit.clone(), card.standard.clone()), card.clone())).collect()
    };
    let (found, expected) = (by_key(found), by_key(expected));
    for at in found.keys().chain(expected.keys()) {
        let item = match (found.get(at), expected.get(at)) {
            (Some(one), Some(other)) if one.encode() == other.encode() => continue,
            (Some(one), Some(other)) => first_difference(one, other),
            (Some(_), None) => "all of it: there should be none".to_owned(),
            (None, _) => "all of it: there is none".to_owned(),
        };
        return Err(SnapshotError::ScorecardDiffers { unit: at.0.clone(), standard: at.1.clone(), item });
    }
    Ok(())
}

/// What names a scorecard within a snapshot.
pub(crate) fn key(card: &Scorecard) -> (&UnitPath, &str) {
    (&card.unit, &card.standard)
}

/// Where two scorecards of one unit first differ, in words.
pub(crate) fn first_difference(one: &Scorecard, other: &Scorecard) -> String {
    let items = one.items.iter().zip(&other.items).find(|(a, b)| a != b);
    let vetoes = one.vetoes.iter().zip(&other.vetoes).find(|(a, b)| a != b);
    if let Some((item, _)) = items {
        format!("item {}", item.id)
    } else if let Some((veto, _)) = vetoes {
        format!("veto {}", veto.id)
    } else if one.total != other.total || one.outcome != other.outcome {
        "the total or the outcome".to_owned()
    } else if one.frontier != other.frontier {
        "the frontier that it names".to_owned()
    } else {
        "its heading".to_owned()
    }
}

/// The digest of the records and the oversight of every unit of the subtree, as a hub's own
/// evaluation names it.
fn frontiers(
    replica: &Replica,
    arrangement: &Arrangement,
    root: &UnitPath,
    on_n: i64,
) -> Result<BTreeMap<UnitPath, Digest>, SnapshotError> {
    let merged = merged_on(&mut replica.reader()?, arrangement, on_n).map_err(Box::new)?;
    let units: Vec<String> = replica.query("SELECT DISTINCT unit FROM unit", (), |row| row.get(0))?;
    let units =
        units.iter().filter_map(|unit| unit.parse().ok()).filter(|unit| arrangement.covers(root, unit));
    Ok(replica.subtree_digests(arrangement, &merged, units)?)
}
