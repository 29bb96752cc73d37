//! Receipts: what a hub says it holds, after it holds it.

use linli_log::{HeldState, Kind, Receipt, ReceiptState, Right};
use linli_store::{Replica, StoreError};
use linli_wire::{Channel, Space, TimeMs, UnitPath};

use crate::heartbeat;

/// Writes one receipt entry for each unit below this hub whose logs it holds further than it has
/// said. Returns how many.
///
/// Invariant: nothing is acknowledged before it is durable. What is stored here was committed
/// before this is called, and the receipt is committed before it is sent.
pub fn write(replica: &mut Replica, unit: &UnitPath, now: TimeMs) -> Result<usize, StoreError> {
    let device = replica.identity().device();
    let may = replica.trust().grants_of(device).any(|(_, a)| a.grant.rights.has(Right::Receipt));
    if !may {
        return Ok(0);
    }
    let arrangement = replica.trust().arrangement(now.day_number());
    let mut below: Vec<UnitPath> = replica
        .space_digests()?
        .into_keys()
        .map(|space| space.unit)
        .filter(|other| arrangement.is_above(unit, other))
        .collect();
    below.dedup();
    let heartbeat = heartbeat::of_parent(replica, &arrangement, unit)?;
    let mut receipts = Vec::new();
    for below in below {
        let states =
            replica.unacknowledged(&arrangement, unit, &below)?.into_iter().map(|(heads, left_out)| {
                let state = match left_out {
                    Some((from_seq, why)) => HeldState::Quarantined { from_seq, why },
                    None => HeldState::Held,
                };
                ReceiptState { heads, state }
            });
        for logs in Receipt::packed(states.collect()) {
            receipts.push((below.clone(), Receipt { logs, heartbeat }));
        }
    }
    let count = receipts.len();
    if count > 0 {
        replica.write(now, |writing| {
            for (unit, receipt) in &receipts {
                writing.fact(&Space::new(unit.clone(), Channel::Oversight), Kind::Receipt, receipt)?;
            }
            Ok::<_, StoreError>(())
        })?;
        replica.seal()?;
    }
    Ok(count)
}
