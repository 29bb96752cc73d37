//! Comparing two snapshots of one realm, entry by entry.

use std::collections::{BTreeMap, BTreeSet};

use linli_log::compact;
use linli_wire::{EntryHash, LogId, Space, TimeMs, UnitPath};

use crate::{
    container::{Checked, Parsed},
    error::SnapshotError,
    scorecards, segments,
};

/// What changed from one snapshot to another, in the spaces that both carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub made_at: [TimeMs; 2],
    /// Units of which the entries differ.
    pub frontiers: Vec<UnitPath>,
    pub scorecards: Vec<ScorecardChange>,
    /// Entries that only the second has.
    pub entries_added: u64,
    /// Logs that only the second has.
    pub logs_added: u64,
    /// A finding: no log ever loses an entry.
    pub went_backwards: Vec<WentBackwards>,
}

/// A scorecard that is not the same in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScorecardChange {
    pub unit: UnitPath,
    pub standard: String,
    /// The total as shown; `None` where that snapshot has no such scorecard.
    pub totals: [Option<String>; 2],
    /// Where they first differ; empty where one of them is missing.
    pub first: String,
}

/// A log of which the second snapshot lacks entries that the first has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WentBackwards {
    pub space: Space,
    pub log: LogId,
    pub entries_missing: u64,
    /// The first of them.
    pub first_seq: u64,
}

/// Compares two snapshots. Both are checked byte by byte against their signatures, and neither is
/// believed for that: [`verify`](crate::verify) each of them too.
pub fn diff(a: &[u8], b: &[u8]) -> Result<Difference, SnapshotError> {
    let (a, b) = (Parsed::parse(a)?.check()?, Parsed::parse(b)?.check()?);
    let (expected, found) = (a.manifest.realm, b.manifest.realm);
    if expected != found {
        return Err(SnapshotError::OtherRealm { found, expected });
    }
    let shared = |space: &Space| space.is_read_by(&a.manifest.unit) && space.is_read_by(&b.manifest.unit);
    let (logs_a, logs_b) = (logs(&a, &shared)?, logs(&b, &shared)?);
    let frontiers: BTreeSet<UnitPath> = a
        .manifest
        .frontier
        .keys()
        .chain(b.manifest.frontier.keys())
        .filter(|space| shared(space))
        .filter(|space| a.manifest.frontier.get(*space) != b.manifest.frontier.get(*space))
        .map(|space| space.unit.clone())
        .collect();
    Ok(Difference {
        made_at: [a.manifest.made_at, b.manifest.made_at],
        frontiers: frontiers.into_iter().collect(),
        scorecards: scorecard_changes(&a, &b)?,
        entries_added: logs_b
            .iter()
            .map(|(log, entries)| lacking(logs_a.get(log), entries).len() as u64)
            .sum(),
        logs_added: logs_b.keys().filter(|log| !logs_a.contains_key(*log)).count() as u64,
        went_backwards: logs_a
            .iter()
            .filter_map(|((space, log), entries)| {
                let missing = lacking(logs_b.get(&(space.clone(), *log)), entries);
                let (first_seq, _) = *missing.first()?;
                let entries_missing = missing.len() as u64;
                Some(WentBackwards { space: space.clone(), log: *log, entries_missing, first_seq })
            })
            .collect(),
    })
}

/// The entries of a log, by sequence number.
type Entries = BTreeSet<(u64, EntryHash)>;

/// What of `entries` the other side does not have, in order.
fn lacking(other: Option<&Entries>, entries: &Entries) -> Vec<(u64, EntryHash)> {
    entries.iter().filter(|entry| !other.is_some_and(|other| other.contains(*entry))).copied().collect()
}

fn logs(
    snapshot: &Checked<'_>,
    wanted: &dyn Fn(&Space) -> bool,
) -> Result<BTreeMap<(Space, LogId), Entries>, SnapshotError> {
    let section = snapshot.section(segments::NAME)?;
    let mut logs: BTreeMap<(Space, LogId), Entries> = BTreeMap::new();
    for group in segments::decode(&section, &snapshot.manifest.unit)? {
        if !wanted(&group.space) {
            continue;
        }
        for bytes in group.segments {
            let segment = compact::decode(bytes).map_err(|error| SnapshotError::BrokenChain {
                log: None,
                seq: 0,
                reason: error.to_string(),
            })?;
            let entries = logs.entry((group.space.clone(), segment.log)).or_default();
            entries.extend(segment.entries.iter().map(|entry| (entry.header().seq, entry.hash())));
        }
    }
    Ok(logs)
}

fn scorecard_changes(a: &Checked<'_>, b: &Checked<'_>) -> Result<Vec<ScorecardChange>, SnapshotError> {
    let cards = |snapshot: &Checked<'_>| {
        let cards = scorecards::decode(&snapshot.section(scorecards::NAME)?)?;
        let key = |unit: &UnitPath, standard: &str| (unit.clone(), standard.to_owned());
        let by_key = cards.into_iter().map(|card| (key(&card.unit, &card.standard), card));
        Ok::<_, SnapshotError>(by_key.collect::<BTreeMap<_, _>>())
    };
    let (cards_a, cards_b) = (cards(a)?, cards(b)?);
    let covered = |unit: &UnitPath| a.manifest.unit.covers(unit) && b.manifest.unit.covers(unit);
    let keys: BTreeSet<_> = cards_a.keys().chain(cards_b.keys()).filter(|(unit, _)| covered(unit)).collect();
    let mut changes = Vec::new();
    for key in keys {
        let (one, other) = (cards_a.get(key), cards_b.get(key));
        if one == other {
            continue;
        }
        let first = match (one, other) {
            (Some(one), Some(other)) => scorecards::first_difference(one, other),
            _ => String::new(),
        };
        changes.push(ScorecardChange {
            unit: key.0.clone(),
            standard: key.1.clone(),
            totals: [one, other].map(|card| card.map(|card| card.total.shown())),
            first,
        });
    }
    Ok(changes)
}
