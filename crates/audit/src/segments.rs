//! The section `segments`: the entries themselves, under their seals.
//!
//! ```text
//! segments = group*                                     spaces in order, each once, none empty
//! group    = unit length: u8 ‖ unit ‖ channel: u8 ‖ count: u32 ‖ segment{count}
//! segment  = length: u32 ‖ the compact form, as stored          (integers big-endian)
//! ```

use linli_log::compact;
use linli_store::{Identity, Opened, Replica, Stored};
use linli_wire::{Channel, RealmId, Space, UnitPath};

use crate::{
    error::SnapshotError,
    limits::{BATCH_BYTES, EXPANSION_MAX},
};

pub(crate) const NAME: &str = "segments";

/// The segments of one space.
#[derive(Debug, Clone)]
pub(crate) struct Group<'b> {
    pub space: Space,
    pub segments: Vec<&'b [u8]>,
}

/// The section for these spaces, which are in order.
pub(crate) fn encode<'s>(
    replica: &Replica,
    spaces: impl Iterator<Item = &'s Space>,
) -> Result<Vec<u8>, SnapshotError> {
    let mut bytes = Vec::new();
    for space in spaces {
        let segments = replica.segments(space)?;
        let unit = space.unit.as_str().as_bytes();
        bytes.push(unit.len() as u8);
        bytes.extend_from_slice(unit);
        bytes.push(space.channel.code());
        bytes.extend_from_slice(&(segments.len() as u32).to_be_bytes());
        for segment in segments {
            bytes.extend_from_slice(&(segment.len() as u32).to_be_bytes());
            bytes.extend_from_slice(&segment);
        }
    }
    Ok(bytes)
}

/// Tells the segments of the section apart, refusing spaces that a snapshot of `unit` does not carry.
pub(crate) fn decode<'b>(bytes: &'b [u8], unit: &UnitPath) -> Result<Vec<Group<'b>>, SnapshotError> {
    let mut rest = bytes;
    let mut groups: Vec<Group<'b>> = Vec::new();
    let mut plain_bytes = 0_usize;
    while !rest.is_empty() {
        let group = group(&mut rest).ok_or_else(|| SnapshotError::content(NAME, "it ends too early"))??;
        if !group.space.is_read_by(unit) {
            let problem = format!("{} does not belong into a snapshot of {unit}", group.space);
            return Err(SnapshotError::content(NAME, problem));
        }
        if groups.last().is_some_and(|last| last.space >= group.space) {
            return Err(SnapshotError::content(NAME, "its spaces are not in order"));
        }
        for segment in &group.segments {
            plain_bytes = plain_bytes.saturating_add(compact::unpacked_len(segment).unwrap_or(0));
        }
        groups.push(group);
    }
    // Invariant: the entries need no more memory than the section's bytes times the limit.
    if plain_bytes > bytes.len().saturating_mul(EXPANSION_MAX) {
        let problem = "it would become larger than any honest section does";
        return Err(SnapshotError::content(NAME, problem));
    }
    Ok(groups)
}

/// A replica in memory that holds these segments. Every chain and every seal is checked on the way
/// in; what the replica will not store is a failure. Nothing is materialised yet.
pub(crate) fn replica(
    realm: RealmId,
    unit: &UnitPath,
    groups: &[Group<'_>],
) -> Result<Replica, SnapshotError> {
    let mut replica = Replica::init(Opened::in_memory()?, Identity::random()?)?;
    // The realm comes first: a replica without one takes no realm log.
    replica.set_realm(realm)?;
    let all = groups.iter().flat_map(|group| group.segments.iter().map(move |bytes| (&group.space, *bytes)));
    let mut batch: Vec<(&Space, &[u8])> = Vec::new();
    let mut batch_bytes = 0;
    for (space, bytes) in all {
        batch.push((space, bytes));
        batch_bytes += bytes.len();
        if batch_bytes >= BATCH_BYTES {
            store(&mut replica, unit, &batch)?;
            batch.clear();
            batch_bytes = 0;
        }
    }
    store(&mut replica, unit, &batch)?;
    Ok(replica)
}

fn store(replica: &mut Replica, unit: &UnitPath, batch: &[(&Space, &[u8])]) -> Result<(), SnapshotError> {
    let segments = batch.iter().map(|(_, bytes)| bytes.to_vec()).collect();
    let stored = replica.store(segments, &|space| space.is_read_by(unit))?;
    for (stored, (expected, _)) in stored.into_iter().zip(batch) {
        match stored {
            Stored::New { space, .. } if space == **expected => {}
            Stored::New { space, log, head, .. } => {
                let reason = format!("it belongs to {space} and stands under {expected}");
                return Err(SnapshotError::BrokenChain { log: Some(log), seq: head.seq, reason });
            }
            Stored::Known { log, head, .. } => {
                let reason = "the same entries stand twice".to_owned();
                return Err(SnapshotError::BrokenChain { log: Some(log), seq: head.seq, reason });
            }
            Stored::Early { log, seq, reason } => {
                return Err(SnapshotError::BrokenChain { log: Some(log), seq, reason: reason.to_owned() });
            }
            Stored::Declined { log, seq, reason, .. } => {
                return Err(SnapshotError::BrokenChain { log, seq, reason });
            }
        }
    }
    Ok(())
}

/// The next group; `None` where the bytes end within it.
fn group<'b>(rest: &mut &'b [u8]) -> Option<Result<Group<'b>, SnapshotError>> {
    let [len] = take(rest)?;
    let (unit, after) = rest.split_at_checked(usize::from(len))?;
    *rest = after;
    let [channel] = take(rest)?;
    let count = u32::from_be_bytes(take(rest)?);
    let unit = std::str::from_utf8(unit).ok().and_then(|text| text.parse().ok());
    let (Some(unit), Some(channel)) = (unit, Channel::from_code(u64::from(channel))) else {
        return Some(Err(SnapshotError::content(NAME, "the name of a space cannot be read")));
    };
    if count == 0 {
        return Some(Err(SnapshotError::content(NAME, "a space has no segments")));
    }
    let mut segments = Vec::new();
    for _ in 0..count {
        let len = u32::from_be_bytes(take(rest)?) as usize;
        let (segment, after) = rest.split_at_checked(len)?;
        *rest = after;
        segments.push(segment);
    }
    Some(Ok(Group { space: Space::new(unit, channel), segments }))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}
