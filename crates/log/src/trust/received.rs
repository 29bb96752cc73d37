//! What hubs received of a log, and when: the dates by which trust judges are those of receipts.

use std::collections::{BTreeMap, BTreeSet};

use linli_wire::{EntryHash, LogId, TimeMs, UnitPath};

use super::{Ancestry, Authority, Fact, FactBody, Position, Trust, Writer};
use crate::{entry::Kind, frontier::Head};

/// What hubs above received of a log up to a date, and after it. Of heads on one branch only the furthest
/// is kept, so the question costs the same however many receipts there are.
#[derive(Debug, Clone, Default)]
pub(super) struct Received {
    pub in_time: Vec<Head>,
    pub late: Vec<Head>,
}

/// One receipt about one log, until the dates are known by which it matters.
struct Told<'f> {
    time: TimeMs,
    /// The unit that the hub acts for.
    hub: UnitPath,
    heads: &'f [Head],
}

/// The receipts of the ranks that are settled, by the log that they are about.
#[derive(Default)]
pub(super) struct Receipts<'f>(BTreeMap<LogId, Vec<Told<'f>>>);

impl<'f> Receipts<'f> {
    /// Adds one receipt whose writer may write it.
    pub(super) fn add(&mut self, fact: &'f Fact, hub: &UnitPath) {
        let FactBody::Receipt(receipt) = &fact.body else { return };
        for state in &receipt.logs {
            let told = Told { time: fact.time, hub: hub.clone(), heads: &state.heads.heads };
            self.0.entry(state.heads.log).or_default().push(told);
        }
    }

    /// Judges the logs of one rank. Whoever gives receipts for them stands on a lower rank, so all that
    /// count are here, and so are the revocations that bind.
    pub(super) fn judge(&self, trust: &mut Trust, rank: usize, ancestry: &dyn Ancestry) {
        for (log, told) in &self.0 {
            let Ok(Writer::Granted(authority)) = trust.writer(log) else { continue };
            if authority.rank() != rank {
                continue;
            }
            let unit = &authority.grant.unit;
            let mut judged: BTreeMap<TimeMs, Received> = BTreeMap::new();
            for date in dates(trust, authority) {
                let received = judged.entry(date).or_default();
                for one in told.iter().filter(|t| t.hub != *unit && trust.over(&t.hub, unit).is_ok()) {
                    let known = if one.time <= date { &mut received.in_time } else { &mut received.late };
                    for head in one.heads {
                        keep_furthest(known, *log, *head, ancestry);
                    }
                }
            }
            if !judged.is_empty() {
                trust.received.insert(*log, judged);
            }
        }
    }
}

/// Every date that decides about what is written under an authority.
fn dates(trust: &Trust, authority: &Authority) -> BTreeSet<TimeMs> {
    let revoked = trust.cuts_of(authority).filter(|cut| !cut.revoke.since_compromise).map(|cut| cut.time);
    let unit = &authority.grant.unit;
    let moved = trust.moves.moves().iter().filter_map(|one| trust.over(unit, &one.unit).ok().flatten());
    authority.grant.not_after.into_iter().chain(revoked).chain(moved).collect()
}

impl Trust {
    /// Whether a further receipt of this date about a log can change what counts.
    pub fn receipt_matters(&self, log: &LogId, time: TimeMs) -> bool {
        let Ok(Writer::Granted(authority)) = self.writer(log) else { return false };
        let received = self.received.get(log);
        let some_late = |date| received.and_then(|dates| dates.get(date)).is_some_and(|r| !r.late.is_empty());
        // What a revocation lets stand grows with what was received in time; all else is lost by what was
        // received late.
        let revoked = self.cuts_of(authority).any(|cut| time <= cut.time);
        revoked || dates(self, authority).iter().any(|date| time > *date || some_late(date))
    }

    /// Those of the dates that decide about a grant's logs after which hubs received this entry.
    pub(super) fn late_for(
        &self,
        at: &Position,
        grant: &EntryHash,
        ancestry: &dyn Ancestry,
    ) -> BTreeSet<TimeMs> {
        let Some(authority) = self.grants.get(grant) else { return BTreeSet::new() };
        dates(self, authority).into_iter().filter(|date| self.came_late(at, *date, ancestry)).collect()
    }
}

/// The receipts among the facts of one log, if its writer may give them.
pub(super) fn collect<'f>(
    receipts: &mut Receipts<'f>,
    trust: &Trust,
    facts: &[&'f Fact],
    ancestry: &dyn Ancestry,
) {
    for fact in facts {
        let is_receipt = matches!(fact.body, FactBody::Receipt(_));
        if !is_receipt || trust.check(&fact.at, Kind::Receipt, &[], ancestry, false).is_err() {
            continue;
        }
        if let Some(hub) = trust.writer_unit(&fact.at.log) {
            receipts.add(fact, hub);
        }
    }
}

/// Adds a head unless another one lies beyond it, and drops those that it lies beyond.
fn keep_furthest(known: &mut Vec<Head>, log: LogId, head: Head, ancestry: &dyn Ancestry) {
    let at = |head: &Head| Position { log, seq: head.seq, hash: head.hash };
    if !ancestry.is_within(&at(&head), known) {
        known.retain(|other| !ancestry.is_within(&at(other), &[head]));
        known.push(head);
        known.sort_unstable();
    }
}
