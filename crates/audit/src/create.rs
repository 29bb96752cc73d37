//! Making a snapshot.

use std::io::Write;

use linli_eval::{Date, Standard};
use linli_store::Replica;
use linli_wire::{Digest, TimeMs, UnitPath};

use crate::{
    container::{self, Packed},
    error::SnapshotError,
    left_out,
    manifest::Manifest,
    receipts,
    scorecards::{self, Period},
    segments, signer, standards, tables,
};

/// What a snapshot is to be of.
#[derive(Debug, Clone)]
pub struct CreateOptions<'a> {
    /// The unit whose subtree it carries.
    pub unit: UnitPath,
    /// The last day of the period that the scorecards are of, ISO.
    pub as_of: String,
    /// The first day of the period; without it the standards' rule.
    pub start: Option<String>,
    /// The last day on which records were received; without it the standards' rule.
    pub close: Option<String>,
    pub made_at: TimeMs,
    /// The standards that the subtree is scored by, each once and each in force; without any there are no
    /// scorecards.
    pub standards: Vec<&'a Standard>,
}

impl<'a> CreateOptions<'a> {
    /// Options with the period that the standards' rule gives.
    pub fn new(unit: UnitPath, as_of: &str, made_at: TimeMs, standards: Vec<&'a Standard>) -> Self {
        Self { unit, as_of: as_of.to_owned(), start: None, close: None, made_at, standards }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub bytes: u64,
    /// The digest over the digests of all spaces in the snapshot.
    pub frontier: Digest,
    pub spaces: u64,
    pub logs: u64,
    pub entries: u64,
    pub documents: u64,
    /// Rows of all tables together.
    pub rows: u64,
    pub scorecards: u64,
    /// Entries without effect.
    pub left_out: u64,
}

/// Seals and materialises the replica and writes a snapshot of a unit's subtree.
///
/// Entries, tables and scorecards are of one state, because nobody else writes while the replica is
/// lent. Where the replica holds more than the snapshot carries, tables and scorecards are made from
/// a replica in memory that holds just the snapshot's entries: what is verified is what follows from
/// these and from nothing else.
///
/// What a reader would refuse is refused: a device that is no hub of the unit, a standard that is not in
/// force, and a state in which a receipt came before what it acknowledges. The last is over once the session
/// that brings it is.
///
/// The caller writes the access entry that says who took the snapshot, before, and verifies what came
/// out before handing it on.
pub fn create(
    replica: &mut Replica,
    options: &CreateOptions<'_>,
    out: &mut dyn Write,
) -> Result<Summary, SnapshotError> {
    for date in [Some(&options.as_of), options.start.as_ref(), options.close.as_ref()].into_iter().flatten() {
        date.parse::<Date>()?;
    }
    let realm = replica.realm().ok_or(SnapshotError::NoRealm)?;
    let (unit, device) = (&options.unit, replica.identity().device());
    replica.seal()?;
    replica.materialise()?;
    if signer::find(replica.trust(), device, unit, options.made_at).is_none() {
        return Err(SnapshotError::MayNotSign { device, unit: unit.clone() });
    }
    let mut frontier = replica.space_digests()?;
    let held = frontier.len();
    frontier.retain(|space, _| space.is_read_by(unit));
    if !frontier.keys().any(|space| unit.covers(&space.unit)) {
        return Err(SnapshotError::NothingHeld(unit.clone()));
    }
    let segments = segments::encode(replica, frontier.keys())?;
    let groups = segments::decode(&segments, unit)?;
    let narrowed;
    let state: &Replica = if frontier.len() == held {
        replica
    } else {
        let mut part = segments::replica(realm, unit, &groups)?;
        part.materialise()?;
        narrowed = part;
        &narrowed
    };
    let short = receipts::short_logs(state, &groups)?;
    if !short.is_empty() {
        return Err(SnapshotError::NotAllHere(short));
    }
    let period =
        Period { as_of: &options.as_of, start: options.start.as_deref(), close: options.close.as_deref() };
    let in_force = period.in_force(state, unit)?;
    let standards = standards::pack(&options.standards, &in_force)?;
    let cards = scorecards::compute(state, unit, period, &in_force, options.standards.clone())?;
    let left_out = left_out::list(state)?;
    let mut sections = vec![Packed::plain(segments::NAME.to_owned(), segments)];
    let mut rows = 0;
    for table in linli_model::tables() {
        let (parquet, count) = tables::write(state, table)?;
        sections.push(Packed::plain(tables::section_name(&table.name), parquet));
        rows += count;
    }
    sections.extend(standards);
    sections.push(Packed::compressed(scorecards::NAME.to_owned(), scorecards::encode(&cards)?));
    sections.push(Packed::compressed(left_out::NAME.to_owned(), left_out::encode(&left_out)));
    let manifest = Manifest {
        realm,
        unit: unit.clone(),
        as_of: options.as_of.clone(),
        start: options.start.clone(),
        close: options.close.clone(),
        made_at: options.made_at,
        signer: device,
        frontier,
        sections: sections.iter().map(|packed| packed.section.clone()).collect(),
    };
    let counts = state.counts()?;
    let bytes = container::write(&manifest, &sections, &replica.identity().secret(), out)?;
    Ok(Summary {
        bytes,
        frontier: linli_log::frontier::digest_of(&manifest.frontier),
        spaces: manifest.frontier.len() as u64,
        logs: counts.logs,
        entries: counts.entries,
        documents: counts.documents,
        rows,
        scorecards: cards.len() as u64,
        left_out: left_out.len() as u64,
    })
}
