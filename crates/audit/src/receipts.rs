//! What hubs acknowledged, held against what a snapshot has.
//!
//! A receipt names the heads of logs that a hub durably holds. It stands in the oversight of the unit
//! whose logs it names, and a snapshot carries all three channels of every unit whose oversight it
//! carries. So each head that a receipt in a snapshot names must be among its entries: of a log that is
//! absent altogether, and of a branch beside another that is as long, as much as at a log's end.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use linli_log::{Head, Kind, Position, RawSegment, Receipt, Verdict, compact, fact::Body};
use linli_store::Replica;
use linli_wire::{Channel, DeviceKey, EntryHash, LogId, UnitPath};

use crate::{
    error::SnapshotError,
    segments::{self, Group},
};

/// An entry that a hub says it holds and that is not among the entries: either it had not come yet, or
/// somebody withholds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShortLog {
    pub log: LogId,
    /// The unit in whose oversight the receipt stands: the log's own.
    pub unit: UnitPath,
    /// The entry that the hub says it holds.
    pub receipted_seq: u64,
    pub receipted_hash: EntryHash,
    pub hub: DeviceKey,
    /// The unit that the hub acts for.
    pub hub_unit: UnitPath,
    /// The last entry of the log that is here; `None` where the whole log is absent.
    pub last_seq: Option<u64>,
}

impl fmt::Display for ShortLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { log, unit, receipted_seq, receipted_hash, hub, hub_unit, last_seq } = self;
        write!(
            f,
            "the hub {hub} of {hub_unit} acknowledged entry {receipted_seq} ({receipted_hash}) of log {log} of \
             {unit}, and "
        )?;
        match last_seq {
            None => write!(f, "nothing of that log is here"),
            Some(last) if last < receipted_seq => write!(f, "the log ends at entry {last} here"),
            Some(last) => write!(f, "that branch of the log, whose last entry here is {last}, is not here"),
        }
    }
}

/// The heads that receipts name, and where those receipts stand.
type Promised = BTreeMap<(LogId, Head), Vec<(Position, UnitPath)>>;

/// Every acknowledged head that is not among the entries, once for each hub that acknowledged it. A
/// receipt counts by the same rule as any entry: its writer may give receipts, stands above the unit, and
/// wrote it before any cut that revokes it. `replica` holds just these segments, and is asked only for
/// that.
pub(crate) fn short_logs(replica: &Replica, groups: &[Group<'_>]) -> Result<Vec<ShortLog>, SnapshotError> {
    let mut promised = promised(groups)?;
    let mut last_seqs: BTreeMap<LogId, u64> = BTreeMap::new();
    for bytes in groups.iter().flat_map(|group| &group.segments) {
        if promised.is_empty() {
            return Ok(Vec::new());
        }
        let RawSegment { log, entries, .. } = decode(bytes)?;
        for entry in &entries {
            promised.remove(&(log, Head { seq: entry.header().seq, hash: entry.hash() }));
        }
        let last = entries.iter().map(|entry| entry.header().seq).max();
        let known = last_seqs.entry(log).or_default();
        *known = last.unwrap_or_default().max(*known);
    }
    let mut short = BTreeSet::new();
    for ((log, head), receipts) in promised {
        for (at, unit) in receipts {
            if replica.authorise(&at, Kind::Receipt, &[]) != Verdict::Authorised {
                continue;
            }
            let trust = replica.trust();
            let (Some(origin), Some(hub_unit)) = (trust.origin(&at.log), trust.writer_unit(&at.log)) else {
                continue;
            };
            short.insert(ShortLog {
                log,
                unit,
                receipted_seq: head.seq,
                receipted_hash: head.hash,
                hub: origin.device,
                hub_unit: hub_unit.clone(),
                last_seq: last_seqs.get(&log).copied(),
            });
        }
    }
    Ok(short.into_iter().collect())
}

fn promised(groups: &[Group<'_>]) -> Result<Promised, SnapshotError> {
    let mut promised = Promised::new();
    for group in groups.iter().filter(|group| group.space.channel == Channel::Oversight) {
        for bytes in &group.segments {
            let RawSegment { log, entries, .. } = decode(bytes)?;
            for entry in entries.iter().filter(|entry| entry.header().kind == Kind::Receipt) {
                // A body that cannot be read promises nothing, whoever signed it.
                let Ok(receipt) = Receipt::decode(&entry.header().body) else { continue };
                let at = Position { log, seq: entry.header().seq, hash: entry.hash() };
                for heads in receipt.logs.into_iter().map(|state| state.heads) {
                    for head in heads.heads {
                        let receipts = promised.entry((heads.log, head)).or_default();
                        receipts.push((at, group.space.unit.clone()));
                    }
                }
            }
        }
    }
    Ok(promised)
}

fn decode(bytes: &[u8]) -> Result<RawSegment, SnapshotError> {
    compact::decode(bytes).map_err(|error| SnapshotError::content(segments::NAME, error))
}
