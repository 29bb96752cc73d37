//! Scoring the cut of an earlier snapshot again from what a device holds today.
//!
//! The snapshot says where the cut lies and which scores it had; the device says which of the entries up to
//! there still have their content. Entries are known by their hashes, so they are the same ones or missing;
//! only an erasure can have taken something out of them since.

use std::collections::BTreeSet;

use linli_log::compact;
use linli_store::Replica;
use linli_wire::{DocId, RealmId, Space, UnitPath};

use crate::{
    container::Parsed,
    error::SnapshotError,
    scorecards::{self, Period},
    segments::{self, Group},
    standards,
};

/// What became of a scorecard when it was computed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recomputed {
    Equal,
    /// Where it first differs.
    Different(String),
    /// Documents of the unit that were erased since: their content is gone, and with it the score's ground.
    NotRecomputable {
        erased: u64,
    },
}

impl std::fmt::Display for Recomputed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Equal => f.write_str("equal"),
            Self::Different(item) => write!(f, "different in {item}"),
            Self::NotRecomputable { erased } => write!(f, "not recomputable: {erased} erased"),
        }
    }
}

/// A scorecard of the snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecomputedScorecard {
    pub unit: UnitPath,
    pub standard: String,
    pub recomputed: Recomputed,
}

/// Computes the scorecards of a snapshot again from what a replica holds.
///
/// That the snapshot itself holds is for [`crate::verify`]; this takes its cut and its scorecards as signed.
pub fn recompute(
    bytes: &[u8],
    realm: RealmId,
    replica: &Replica,
) -> Result<Vec<RecomputedScorecard>, SnapshotError> {
    let parsed = Parsed::parse(bytes)?;
    let found = parsed.manifest.realm;
    let snapshot = parsed.check()?;
    if found != realm {
        return Err(SnapshotError::OtherRealm { found, expected: realm });
    }
    let manifest = &snapshot.manifest;
    let entries = snapshot.section(segments::NAME)?;
    let groups = segments::decode(&entries, &manifest.unit)?;
    let (held, erased) = as_held(replica, &groups)?;
    let held: Vec<Group<'_>> = held
        .iter()
        .map(|(space, segments)| Group {
            space: space.clone(),
            segments: segments.iter().map(Vec::as_slice).collect(),
        })
        .collect();
    let mut then = segments::replica(realm, &manifest.unit, &held)?;
    then.materialise()?;
    let period = Period::of(manifest);
    let in_force = period.in_force(&then, &manifest.unit)?;
    let standards = standards::load(&snapshot, &in_force)?;
    let again = scorecards::compute(&then, &manifest.unit, period, &in_force, standards.iter().collect())?;
    let then = scorecards::decode(&snapshot.section(scorecards::NAME)?)?;
    let outcome = |card: &linli_eval::Scorecard| {
        let erased = erased.iter().filter(|(space, _)| card.unit.covers(&space.unit)).count() as u64;
        let same = again.iter().find(|other| scorecards::key(other) == scorecards::key(card));
        match same {
            _ if erased > 0 => Recomputed::NotRecomputable { erased },
            Some(other) if other.encode() == card.encode() => Recomputed::Equal,
            Some(other) => Recomputed::Different(scorecards::first_difference(card, other)),
            None => Recomputed::Different("all of it: there is none".to_owned()),
        }
    };
    Ok(then
        .iter()
        .map(|card| RecomputedScorecard {
            unit: card.unit.clone(),
            standard: card.standard.clone(),
            recomputed: outcome(card),
        })
        .collect())
}

/// Segments by space.
type Segments = Vec<(Space, Vec<Vec<u8>>)>;

/// The segments with what the replica has of them, and the documents of which it has nothing any more.
fn as_held(
    replica: &Replica,
    groups: &[Group<'_>],
) -> Result<(Segments, BTreeSet<(Space, DocId)>), SnapshotError> {
    let gone: BTreeSet<(Space, DocId)> = replica
        .erasures()?
        .into_iter()
        .filter(|erasure| erasure.counts)
        .map(|erasure| (erasure.space, erasure.document))
        .collect();
    let (mut held, mut erased) = (Vec::new(), BTreeSet::new());
    for Group { space, segments } in groups {
        let mut kept = Vec::new();
        for bytes in segments {
            let segment =
                compact::decode(bytes).map_err(|error| SnapshotError::content(segments::NAME, error))?;
            require_head(replica, space, &segment)?;
            let is_gone = |document: &DocId| gone.contains(&(space.clone(), *document));
            kept.push(match segment.without(&is_gone) {
                None => bytes.to_vec(),
                Some(stripped) => {
                    let changes = segment.entries.iter().flat_map(linli_log::Entry::changes);
                    let taken =
                        changes.filter(|(change, chunk)| chunk.is_some() && is_gone(&change.document));
                    erased.extend(taken.map(|(change, _)| (space.clone(), change.document)));
                    compact::encode(&stripped, compact::LEVEL_FAST)
                }
            });
        }
        held.push((space.clone(), kept));
    }
    Ok((held, erased))
}

/// Refuses a replica that does not hold the end of a segment, and with it everything before.
fn require_head(
    replica: &Replica,
    space: &Space,
    segment: &linli_log::RawSegment,
) -> Result<(), SnapshotError> {
    let Some(last) = segment.entries.last() else { return Ok(()) };
    let sql =
        "SELECT COUNT(*) FROM entry JOIN log USING (log_no) WHERE log.id = ?1 AND seq = ?2 AND hash = ?3";
    let (seq, hash) = (last.header().seq, last.hash());
    let found: Vec<u64> =
        replica.query(sql, (segment.log.as_bytes(), seq, hash.as_bytes()), |row| row.get(0))?;
    if found == [0] {
        return Err(SnapshotError::NotHeld { space: space.clone(), log: segment.log, seq });
    }
    Ok(())
}
