//! Settling the facts of trust, from the root downwards.

use std::collections::BTreeMap;

use linli_wire::{
    Arrangement, EntryHash, LogId, Move, RealmId, TimeMs,
    limits::{GRANT_DEPTH_MAX, MOVES_MAX},
};

use super::{
    Ancestry, Authority, Cut, Fact, FactBody, LogOrigin, NotOver, Position, Refusal, Trust, Verdict, Writer,
    received::{self, Receipts},
};
use crate::{
    entry::Kind,
    fact::{Alias, Grant, Rotate},
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
    let mut receipts = Receipts::default();
    for rank in RANKS {
        receipts.judge(&mut trust, rank, ancestry);
        settle_rank(&mut trust, rank, &by_log, &mut receipts, ancestry);
    }
    refuse_the_rest(&mut trust, &by_log, &by_grant);
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
    let mut aliases: Vec<Aliased<'_>> = Vec::new();
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
            match &fact.body {
                FactBody::Rotate(rotate)
                    if announced.is_none_or(|a| Rotate::announcement(rotate.new_root) != a) =>
                {
                    trust.refused_grants.insert(fact.at.hash, Refusal::WrongRoot);
                }
                FactBody::Alias(alias) => {
                    if trust.check(&fact.at, Kind::Alias, &[], ancestry, false).is_ok() {
                        aliases.push(Aliased { alias, at: fact.at, written: fact.time });
                    }
                }
                _ => settle_fact(trust, fact, None, ancestry),
            }
        }
        trust.root = trust.roots.get(&brought_by).copied();
        trust.next_root = announced;
        let Some((at, rotate)) = rotation else { break };
        announced = Some(rotate.next_root);
        logs = logs_of(trust, by_grant, at.hash, rotate);
        brought_by = Some(at.hash);
    }
    settle_moves(trust, aliases);
}

/// An alias that the root may write.
struct Aliased<'f> {
    alias: &'f Alias,
    at: Position,
    written: TimeMs,
}

/// The moves of units, by the day from which they hold and then by their place. One that leaves its
/// level or city, or is one too many, has no effect.
fn settle_moves(trust: &mut Trust, mut aliases: Vec<Aliased<'_>>) {
    aliases.sort_unstable_by_key(|one| (one.alias.from_day, one.at.log, one.at.seq, one.at.hash));
    let city = trust.city.clone();
    let inside = |one: &Move| city.as_ref().is_some_and(|city| city.covers(&one.unit));
    let mut moves = Vec::new();
    for Aliased { alias, written, .. } in aliases {
        let one = Move { unit: alias.unit.clone(), now: alias.now.clone() };
        if moves.len() == MOVES_MAX || one.check().is_err() || !inside(&one) {
            continue;
        }
        let date = TimeMs::start_of_day(alias.from_day);
        trust.move_dates.push(date);
        // What was granted in a unit before anybody could know that it moves was granted by whoever was over it
        // then, even if the move is dated back.
        trust.word_ends.push(date.max(written));
        moves.push(one);
    }
    trust.moves = Arrangement::new(moves).expect("each was checked, and they were counted");
}

/// The logs that a root key began on the rotation that brought it.
fn logs_of(trust: &Trust, by_grant: &ByGrant, rotation: EntryHash, rotate: &Rotate) -> Vec<LogId> {
    let logs = by_grant.get(&rotation).map_or(&[][..], Vec::as_slice);
    logs.iter().filter(|log| trust.origins[*log].device == rotate.new_root).copied().collect()
}

/// The grants, revocations and receipts by everybody of one rank. Whoever may issue gives only to
/// higher ranks, so a rank is complete when its turn comes.
fn settle_rank<'f>(
    trust: &mut Trust,
    rank: usize,
    by_log: &ByLog<'f>,
    receipts: &mut Receipts<'f>,
    ancestry: &dyn Ancestry,
) {
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
        received::collect(receipts, trust, &by_log[&log], ancestry);
    }
}

/// Lets one grant or revocation count, if its writer may make it. `writer` is `None` for the root.
fn settle_fact(trust: &mut Trust, fact: &Fact, writer: Option<EntryHash>, ancestry: &dyn Ancestry) {
    let kind = match &fact.body {
        FactBody::Grant(_) => Kind::Grant,
        FactBody::Revoke(_) => Kind::Revoke,
        FactBody::Receipt(_) | FactBody::Rotate(_) | FactBody::Alias(_) => return,
    };
    let allowed = trust.check(&fact.at, kind, &[], ancestry, false);
    match &fact.body {
        FactBody::Grant(grant) => {
            let outcome = match allowed {
                Ok(()) => narrows(trust, writer, grant, &fact.at, ancestry),
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
            let late_for = writer.map(|w| trust.late_for(&fact.at, &w, ancestry)).unwrap_or_default();
            let mut revoke = revoke.clone();
            revoke.cut.sort_by_key(|heads| heads.log);
            let cut = Cut { unit, rank, time: fact.time, late_for, revoke };
            trust.cuts.entry(cut.revoke.device).or_default().push(cut);
        }
        _ => {}
    }
}

/// Checks that a grant gives less than its issuer has, and returns its depth.
fn narrows(
    trust: &Trust,
    issuer: Option<EntryHash>,
    grant: &Grant,
    at: &Position,
    ancestry: &dyn Ancestry,
) -> Result<usize, Refusal> {
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
    match trust.over(&from.unit, &to.unit) {
        Err(NotOver) => return fail(format!("{} is not below {}", to.unit, from.unit)),
        Ok(Some(date)) if trust.came_late(at, date, ancestry) => {
            return Err(Refusal::Moved { unit: to.unit.clone(), from: from.unit.clone() });
        }
        Ok(_) => {}
    }
    if to.rights.has(Right::Issue) && from.unit == to.unit {
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

/// Where an entry stands, for messages and tests.
impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "entry {} of log {}", self.seq, self.log.short())
    }
}
