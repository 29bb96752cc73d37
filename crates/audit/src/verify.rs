//! Verifying a snapshot with nothing but itself and the realm id.

use std::collections::{BTreeMap, BTreeSet};

use linli_eval::{Outcome, Scorecard, Standard};
use linli_store::Replica;
use linli_wire::{Digest, RealmId, TimeMs, UnitPath};

use crate::{
    container::{Checked, Parsed},
    error::SnapshotError,
    left_out::{self, LeftOut},
    manifest::Manifest,
    packs::InForce,
    receipts,
    scorecards::{self, Period},
    segments,
    signer::{self, Signer},
    standards, tables,
};

/// What a snapshot proves to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub realm: RealmId,
    pub unit: UnitPath,
    /// The last day of the period that the scorecards are of, ISO.
    pub as_of: String,
    /// The first day of the period; `None` where the standards' rule gives it.
    pub start: Option<String>,
    /// The last day on which records were received; `None` where the standards' rule gives it.
    pub close: Option<String>,
    pub made_at: TimeMs,
    pub signer: Signer,
    /// The digest over the digests of all spaces in the snapshot.
    pub frontier: Digest,
    pub entries: u64,
    pub logs: u64,
    /// Devices that wrote these logs.
    pub devices: u64,
    pub documents: u64,
    /// Rows of the table `person`.
    pub people: u64,
    /// The tables, in the order of the dictionary.
    pub tables: Vec<TableCheck>,
    pub standards: Vec<StandardCheck>,
    /// By unit and standard.
    pub scorecards: Vec<ScorecardCheck>,
    /// Entries without effect, each with what became of it and why.
    pub left_out: Vec<LeftOut>,
}

/// A table that equals the one that follows from the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableCheck {
    pub name: String,
    pub rows: u64,
}

/// A standard in the snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardCheck {
    pub id: String,
    pub version: String,
    /// The hash over all its files.
    pub hash: Digest,
}

/// A scorecard and whether it follows from the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScorecardCheck {
    pub unit: UnitPath,
    pub standard: String,
    pub outcome: Outcome,
    /// The total as shown: `79.99`, or a range while something is pending.
    pub total: String,
    /// The digest over the canonical bytes, by which two people compare scorecards.
    pub digest: Digest,
    /// True wherever verification succeeds: a scorecard that differs is an error that names it.
    pub equal: bool,
}

/// Verifies a whole snapshot of a realm.
///
/// The checks, in this order: every byte has its place; the manifest is the signer's; the realm is the
/// one asked for; each section is the manifest's; every chain and seal of the entries; the signer is a hub of the
/// unit or above; the frontier is the entries'; every entry that a hub's receipt acknowledges is there; then
/// everything is made again from the entries, and tables, the list of what is left out, and scorecards by
/// the standards that were in force are compared with it.
pub fn verify(bytes: &[u8], realm: RealmId) -> Result<Verified, SnapshotError> {
    let parsed = Parsed::parse(bytes)?;
    let found = parsed.manifest.realm;
    let snapshot = parsed.check()?;
    if found != realm {
        return Err(SnapshotError::OtherRealm { found, expected: realm });
    }
    check_names(&snapshot)?;
    let manifest = &snapshot.manifest;
    let entries = snapshot.section(segments::NAME)?;
    let groups = segments::decode(&entries, &manifest.unit)?;
    let mut replica = segments::replica(realm, &manifest.unit, &groups)?;
    let signer = signer::find(replica.trust(), manifest.signer, &manifest.unit, manifest.made_at)
        .ok_or(SnapshotError::SignerWithoutGrant { signer: manifest.signer, unit: manifest.unit.clone() })?;
    check_frontier(&replica, manifest)?;
    let short = receipts::short_logs(&replica, &groups)?;
    if !short.is_empty() {
        return Err(SnapshotError::Withheld(short));
    }
    replica.materialise()?;
    let mut tables = Vec::new();
    for table in linli_model::tables() {
        let parquet = snapshot.section(&tables::section_name(&table.name))?;
        let rows = tables::compare(&replica, table, &parquet)?;
        tables.push(TableCheck { name: table.name.clone(), rows });
    }
    let left_out = left_out::compare(&replica, &snapshot.section(left_out::NAME)?)?;
    let in_force = Period::of(manifest).in_force(&replica, &manifest.unit)?;
    let standards = standards::load(&snapshot, &in_force)?;
    let scorecards = check_scorecards(&replica, &snapshot, &in_force, &standards)?;
    let counts = replica.counts()?;
    let logs = replica.logs()?;
    Ok(Verified {
        realm,
        unit: manifest.unit.clone(),
        as_of: manifest.as_of.clone(),
        start: manifest.start.clone(),
        close: manifest.close.clone(),
        made_at: manifest.made_at,
        signer,
        frontier: linli_log::frontier::digest_of(&manifest.frontier),
        entries: counts.entries,
        logs: counts.logs,
        devices: logs.iter().map(|log| log.device).collect::<BTreeSet<_>>().len() as u64,
        documents: counts.documents,
        people: tables.iter().find(|table| table.name == "person").map_or(0, |table| table.rows),
        tables,
        standards: standards.iter().map(StandardCheck::of).collect(),
        scorecards,
        left_out,
    })
}

impl Verified {
    /// How many entries have no effect, by what became of them.
    pub fn left_out_counts(&self) -> BTreeMap<&str, u64> {
        let mut counts = BTreeMap::new();
        for entry in &self.left_out {
            *counts.entry(entry.state.as_str()).or_default() += 1;
        }
        counts
    }
}

impl StandardCheck {
    fn of(standard: &Standard) -> Self {
        Self { id: standard.id.clone(), version: standard.version.clone(), hash: standard.hash }
    }
}

/// Refuses a section that this version does not know: leaving it unread would be leaving it unchecked.
fn check_names(snapshot: &Checked<'_>) -> Result<(), SnapshotError> {
    let tables: BTreeSet<String> =
        linli_model::tables().iter().map(|table| tables::section_name(&table.name)).collect();
    let own = [segments::NAME, scorecards::NAME, left_out::NAME];
    let unknown = snapshot
        .names()
        .find(|name| !own.contains(name) && !tables.contains(*name) && !standards::is_name(name));
    match unknown {
        Some(name) => Err(SnapshotError::NewerVersion(format!("the section `{name}`"))),
        None => Ok(()),
    }
}

fn check_frontier(replica: &Replica, manifest: &Manifest) -> Result<(), SnapshotError> {
    let held = replica.space_digests()?;
    let differs = held
        .keys()
        .chain(manifest.frontier.keys())
        .find(|space| held.get(*space) != manifest.frontier.get(*space));
    match differs {
        Some(space) => Err(SnapshotError::Frontier { space: space.clone() }),
        None => Ok(()),
    }
}

fn check_scorecards(
    replica: &Replica,
    snapshot: &Checked<'_>,
    in_force: &InForce,
    standards: &[Standard],
) -> Result<Vec<ScorecardCheck>, SnapshotError> {
    let manifest = &snapshot.manifest;
    let found = scorecards::decode(&snapshot.section(scorecards::NAME)?)?;
    let period = Period::of(manifest);
    let expected =
        scorecards::compute(replica, &manifest.unit, period, in_force, standards.iter().collect())?;
    scorecards::compare(&found, &expected)?;
    let check = |card: &Scorecard| ScorecardCheck {
        unit: card.unit.clone(),
        standard: card.standard.clone(),
        outcome: card.outcome,
        total: card.total.shown(),
        digest: card.digest(),
        equal: true,
    };
    Ok(found.iter().map(check).collect())
}
