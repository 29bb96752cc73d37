//! Settling the facts of trust, from the root downwards.

use std::collections::BTreeMap;

use linli_wire::{EntryHash, LogId, RealmId, limits::GRANT_DEPTH_MAX};

use super::{Ancestry, Authority, Cut, Fact, FactBody, LogOrigin, Position, Refusal, Trust, Verdict, Writer};
use crate::{
    entry::Kind,
    fact::{Grant, Rotate},
    frontier::Head,
    rights::Right,
};

/// The ranks that grants can have: two for each of the four levels, after the root's.
const RANKS: std::ops::RangeInclusive<usize> = 2..=9;

pub(super) fn build(
    realm: RealmId,
    origins: BTreeMap<LogId, LogOrigin>,
    facts: &[Fact],
    ancestry: &dyn Ancestry,
) -> Trust {
    let realm_log = LogId::from(realm);
    let Some(root) = origins.get(&realm_log).filter(|o| o.root.is_some() && o.grant.is_none()).cloned()
    else {
        return Trust { origins, ..Trust::default() };
    };
    let city = Some(root.space.unit.clone());
    let mut trust = Trust { city, realm_log: Some(realm_log), origins, ..Trust::default() };
    trust.roots.insert(None, root.device);

    let mut by_log: ByLog<'_> = BTreeMap::new();
    for fact in facts {
        by_log.entry(fact.at.log).or_default().push(fact);
    }
    for facts in by_log.values_mut() {
        facts.sort_by_key(|fact| (fact.at.seq, fact.at.hash));
    }
    let by_grant = logs_by_grant(&trust);
    settle_root(&mut trust, realm_log, &root, &by_log, &by_grant, ancestry);
    for rank in RANKS {
        settle_rank(&mut trust, rank, &by_log, ancestry);
    }
    refuse_the_rest(&mut trust, &by_log, &by_grant);
    settle_receipts(&mut trust, facts, ancestry);
    trust
}

/// The facts of each log in their order.
type ByLog<'f> = BTreeMap<LogId, Vec<&'f Fact>>;
/// The logs that name a grant or rotation in their genesis.
type ByGrant = BTreeMap<EntryHash, Vec<LogId>>;

fn logs_by_grant(trust: &Trust) -> ByGrant {
    let mut logs = ByGrant::new();
    for (log, origin) in &trust.origins {
        if let Some(grant) = origin.grant {
            logs.entry(grant).or_default().push(*log);
        }
    }
    logs
}

/// The realm log and the logs of the root keys that followed one another.
fn settle_root(
    trust: &mut Trust,
    realm_log: LogId,
    origin: &LogOrigin,
    by_log: &ByLog<'_>,
    by_grant: &ByGrant,
    ancestry: &dyn Ancestry,
) {
    let mut announced = origin.root.map(|r| r.next_root);
    let (mut brought_by, mut logs) = (None, vec![realm_log]);
    loop {
        let facts = || logs.iter().filter_map(|log| by_log.get(log)).flatten();
        let rotation = announced.and_then(|announced| {
            // A rotation that the new key has begun a log on stands before one that it has not: the
            // old key alone can write as many as it likes.
            facts()
                .filter_map(|fact| match &fact.body {
                    FactBody::Rotate(rotate) => Some((fact.at, rotate)),
                    _ => None,
                })
                .filter(|(_, rotate)| Rotate::announcement(rotate.new_root) == announced)
                .min_by_key(|(at, rotate)| {
                    let confirmed = !logs_of(trust, by_grant, at.hash, rotate).is_empty();
                    (!confirmed, at.log, at.seq, at.hash)
                })
        });
        if let Some((at, rotate)) = rotation {
            trust.root_cuts.insert(brought_by, at);
            trust.roots.insert(Some(at.hash), rotate.new_root);
        }
        for fact in facts() {
            settle_fact(trust, fact, None, ancestry);
        }
        let Some((at, rotate)) = rotation else { return };
        announced = Some(rotate.next_root);
        logs = logs_of(trust, by_grant, at.hash, rotate);
        brought_by = Some(at.hash);
    }
}

/// The logs that a root key began on the rotation that brought it.
fn logs_of(trust: &Trust, by_grant: &ByGrant, rotation: EntryHash, rotate: &Rotate) -> Vec<LogId> {
    let logs = by_grant.get(&rotation).map_or(&[][..], Vec::as_slice);
    logs.iter().filter(|log| trust.origins[*log].device == rotate.new_root).copied().collect()
}

/// The grants and then the revocations by everybody of one rank. Whoever may issue gives only to
/// higher ranks, so a rank is complete when its turn comes.
fn settle_rank(trust: &mut Trust, rank: usize, by_log: &ByLog<'_>, ancestry: &dyn Ancestry) {
    let logs: Vec<(LogId, EntryHash)> = by_log
        .keys()
        .filter_map(|log| match trust.writer(log) {
            Ok(Writer::Granted(authority)) if authority.rank() == rank => {
                trust.origins[log].grant.map(|grant| (*log, grant))
            }
            _ => None,
        })
        .collect();
    for (log, grant) in logs {
        for fact in &by_log[&log] {
            settle_fact(trust, fact, Some(grant), ancestry);
        }
    }
}

/// Lets one grant or revocation count, if its writer may make it. `writer` is `None` for the root.
fn settle_fact(trust: &mut Trust, fact: &Fact, writer: Option<EntryHash>, ancestry: &dyn Ancestry) {
    let kind = match &fact.body {
        FactBody::Grant(_) => Kind::Grant,
        FactBody::Revoke(_) => Kind::Revoke,
        FactBody::Receipt(_) | FactBody::Rotate(_) => return,
    };
    let allowed = trust.check(&fact.at, kind, &[], ancestry, false);
    match &fact.body {
        FactBody::Grant(grant) => {
            let outcome = match allowed {
                Ok(()) => narrows(trust, writer, grant),
                Err(Verdict::Refused(refusal)) => Err(refusal),
                Err(_) => return,
            };
            match outcome {
                Ok(depth) => {
                    let authority =
                        Authority { grant: grant.clone(), issuer: writer, depth, since: fact.time };
                    trust.grants.insert(fact.at.hash, authority);
                }
                Err(refusal) => {
                    trust.refused_grants.insert(fact.at.hash, refusal);
                }
            }
        }
        FactBody::Revoke(revoke) if allowed.is_ok() => {
            let (unit, rank) = match writer.map(|w| &trust.grants[&w]) {
                Some(authority) => (Some(authority.grant.unit.clone()), authority.rank()),
                None => (None, 0),
            };
            let mut revoke = revoke.clone();
            revoke.cut.sort_by_key(|heads| heads.log);
            trust.cuts.entry(revoke.device).or_default().push(Cut { revoke, unit, rank });
        }
        _ => {}
    }
}

/// Checks that a grant gives less than its issuer has, and returns its depth.
fn narrows(trust: &Trust, issuer: Option<EntryHash>, grant: &Grant) -> Result<usize, Refusal> {
    let fail = |why: String| Err(Refusal::DoesNotNarrow(why));
    crate::seal::check_key(grant.device).map_err(|e| Refusal::DoesNotNarrow(e.to_string()))?;
    let Some(issuer) = issuer else {
        let city = trust.city.as_ref();
        return if city.is_some_and(|city| city.covers(&grant.unit)) {
            Ok(1)
        } else {
            fail(format!("{} is not in this realm", grant.unit))
        };
    };
    let issuer = &trust.grants[&issuer];
    let (from, to) = (&issuer.grant, grant);
    if !from.unit.covers(&to.unit) {
        return fail(format!("{} is not below {}", to.unit, from.unit));
    }
    if to.rights.has(Right::Issue) && !from.unit.is_above(&to.unit) {
        return fail(format!("whoever may issue grants stands strictly below {}", from.unit));
    }
    if !to.rights.within(from.rights) {
        return fail(format!("{} is more than the issuer's {}", to.rights, from.rights));
    }
    let outlives = match (from.not_after, to.not_after) {
        (Some(from), Some(to)) => to > from,
        (Some(_), None) => true,
        (None, _) => false,
    };
    if outlives {
        return fail("it outlives the issuer's own grant".to_owned());
    }
    match issuer.depth + 1 {
        depth if depth > GRANT_DEPTH_MAX => fail(format!("it is {depth} grants from the root")),
        depth => Ok(depth),
    }
}

/// Refuses the grants in logs that are refused themselves, and so on downwards: nothing that may
/// still come can make them count, so nobody waits for them.
fn refuse_the_rest(trust: &mut Trust, by_log: &ByLog<'_>, by_grant: &ByGrant) {
    let mut open: Vec<LogId> = by_log.keys().copied().collect();
    while let Some(log) = open.pop() {
        let Err(Verdict::Refused(refusal)) = trust.writer(&log) else { continue };
        for fact in by_log.get(&log).into_iter().flatten() {
            let settled = trust.refused_grants.contains_key(&fact.at.hash);
            if settled || !matches!(fact.body, FactBody::Grant(_)) {
                continue;
            }
            trust.refused_grants.insert(fact.at.hash, refusal.clone());
            open.extend(by_grant.get(&fact.at.hash).into_iter().flatten());
        }
    }
}

/// Remembers when hubs received the logs whose grants end one day.
fn settle_receipts(trust: &mut Trust, facts: &[Fact], ancestry: &dyn Ancestry) {
    for fact in facts {
        let FactBody::Receipt(receipt) = &fact.body else { continue };
        if trust.check(&fact.at, Kind::Receipt, &[], ancestry, false).is_err() {
            continue;
        }
        let Some(hub) = trust.writer_unit(&fact.at.log).cloned() else { continue };
        for state in &receipt.logs {
            let log = state.heads.log;
            let not_after = match trust.writer(&log) {
                Ok(Writer::Granted(authority)) if hub.is_above(&authority.grant.unit) => {
                    authority.grant.not_after
                }
                _ => None,
            };
            let Some(not_after) = not_after else { continue };
            let received = trust.received.entry(log).or_default();
            let known = if fact.time <= not_after { &mut received.in_time } else { &mut received.late };
            for head in &state.heads.heads {
                keep_furthest(known, log, *head, ancestry);
            }
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

/// Where an entry stands, for messages and tests.
impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "entry {} of log {}", self.seq, self.log.short())
    }
}
