//! Trust: who may write where, decided from entries alone.
//!
//! [`Trust::build`] goes from the realm's root downwards. What stands nearer the root is settled
//! before what it decides about, so the outcome depends on the set of facts and not on the order in
//! which they came. [`Trust::authorise`] is the one answer that replica, hub and auditor use.

mod build;
mod received;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use linli_wire::{
    Arrangement, Channel, DeviceKey, Digest, EntryHash, LogId, Move, Over, RealmId, Space, TimeMs, UnitPath,
};

use self::received::Received;
pub use self::verdict::{Refusal, Verdict};
use crate::{
    STANDARD_DOCUMENT_KIND,
    entry::Kind,
    fact::{Alias, Genesis, Grant, LogHeads, Receipt, Revoke, Root, Rotate},
    frontier::Head,
    rights::Right,
};

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub log: LogId,
    pub seq: u64,
    pub hash: EntryHash,
}

impl Position {
    const fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }
}

/// What a log's genesis says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogOrigin {
    pub device: DeviceKey,
    pub space: Space,
    pub grant: Option<EntryHash>,
    pub root: Option<Root>,
}

/// An entry that says something about trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub at: Position,
    pub time: TimeMs,
    pub body: FactBody,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactBody {
    Grant(Grant),
    Revoke(Revoke),
    Receipt(Receipt),
    Rotate(Rotate),
    Alias(Alias),
}

/// Answers whether an entry lies at or before one of some heads of its log, on the same branch.
pub trait Ancestry {
    fn is_within(&self, at: &Position, heads: &[Head]) -> bool;
}

/// The ancestry of logs that never forked: an earlier entry is an ancestor.
#[derive(Debug, Clone, Copy)]
pub struct Linear;

impl Ancestry for Linear {
    fn is_within(&self, at: &Position, heads: &[Head]) -> bool {
        heads.iter().any(|head| at.seq < head.seq || (at.seq == head.seq && at.hash == head.hash))
    }
}

/// What a grant that counts gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    pub grant: Grant,
    /// The grant that the issuer acted under; `None` where the root granted.
    pub issuer: Option<EntryHash>,
    /// Grants between the root and this one, this one included.
    pub depth: usize,
    /// When the grant was written.
    pub since: TimeMs,
}

impl Authority {
    /// Whose word counts over whose: the lower, the nearer the root. Those who may issue stand
    /// before those of the same unit who may not.
    fn rank(&self) -> usize {
        2 * self.grant.unit.depth() + usize::from(!self.grant.rights.has(Right::Issue))
    }
}

/// A revocation that counts.
#[derive(Debug, Clone)]
struct Cut {
    revoke: Revoke,
    /// The unit of the revoker; `None` for the root.
    unit: Option<UnitPath>,
    rank: usize,
    time: TimeMs,
    /// The dates of moves after which hubs above the revoker received the revocation.
    late_for: BTreeSet<TimeMs>,
}

impl Cut {
    /// What still counts of a log. The cut's logs are in order.
    fn of(&self, log: &LogId) -> Option<&LogHeads> {
        let logs = &self.revoke.cut;
        logs.get(logs.partition_point(|heads| heads.log < *log)).filter(|heads| heads.log == *log)
    }
}

/// Under whose authority a log is written.
enum Writer<'t> {
    Root,
    Granted(&'t Authority),
}

/// Everything that decides who may write where, at one moment.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    city: Option<UnitPath>,
    realm_log: Option<LogId>,
    origins: BTreeMap<LogId, LogOrigin>,
    /// Root keys, by the rotation that brought them; the realm log's own under `None`.
    roots: BTreeMap<Option<EntryHash>, DeviceKey>,
    /// The root key that the word of the realm is with, and the digest of the one announced to follow.
    root: Option<DeviceKey>,
    next_root: Option<Digest>,
    /// Where a rotated root's word ends, by the rotation that brought it.
    root_cuts: BTreeMap<Option<EntryHash>, Position>,
    grants: BTreeMap<EntryHash, Authority>,
    refused_grants: BTreeMap<EntryHash, Refusal>,
    cuts: BTreeMap<DeviceKey, Vec<Cut>>,
    /// What hubs above received of a log up to a date that decides about it: the end of its grant, a
    /// revocation, a move.
    received: BTreeMap<LogId, BTreeMap<TimeMs, Received>>,
    /// The moves of units in their order, and the date of each.
    moves: Arrangement,
    move_dates: Vec<TimeMs>,
    /// For each move, when the word of those it took the unit from ended: at its date, but not before the root
    /// wrote of it.
    word_ends: Vec<TimeMs>,
}

impl Trust {
    /// Settles every fact. `origins` are the logs that are known, in any order.
    pub fn build(
        realm: RealmId,
        origins: BTreeMap<LogId, LogOrigin>,
        facts: &[Fact],
        ancestry: &dyn Ancestry,
    ) -> Self {
        build::build(realm, origins, facts, ancestry)
    }

    /// The grants that count.
    pub fn grants(&self) -> impl Iterator<Item = (&EntryHash, &Authority)> {
        self.grants.iter()
    }

    pub fn grant(&self, hash: &EntryHash) -> Option<&Authority> {
        self.grants.get(hash)
    }

    pub fn refused_grant(&self, hash: &EntryHash) -> Option<&Refusal> {
        self.refused_grants.get(hash)
    }

    /// The grants of a device that count and are not revoked.
    pub fn grants_of(&self, device: DeviceKey) -> impl Iterator<Item = (&EntryHash, &Authority)> {
        self.grants.iter().filter(move |(_, a)| a.grant.device == device && !self.is_revoked(a))
    }

    /// Whether anybody who may has revoked this grant's device.
    pub fn is_revoked(&self, authority: &Authority) -> bool {
        self.cuts_of(authority).next().is_some()
    }

    pub fn origin(&self, log: &LogId) -> Option<&LogOrigin> {
        self.origins.get(log)
    }

    /// The unit that the log's device acts for: the grant's, or the city for the root.
    pub fn writer_unit(&self, log: &LogId) -> Option<&UnitPath> {
        match self.writer(log) {
            Ok(Writer::Granted(authority)) => Some(&authority.grant.unit),
            Ok(Writer::Root) => self.city.as_ref(),
            Err(_) => None,
        }
    }

    /// Whether a log in `space` could be begun under this grant and hold such an entry.
    pub fn may_begin(
        &self,
        grant: &EntryHash,
        space: &Space,
        kind: Kind,
        documents: &[u64],
    ) -> Result<(), Refusal> {
        let authority = self.grants.get(grant).ok_or(Refusal::NoGrant)?;
        self.may_write(authority, space, kind, documents)
    }

    /// Which unit lies below which, by the moves that are in effect on a day.
    pub fn arrangement(&self, day: i64) -> Arrangement {
        let begun = self.move_dates.iter().filter(|date| **date <= TimeMs::start_of_day(day)).count();
        let moves: Vec<Move> = self.moves.moves().iter().take(begun).cloned().collect();
        Arrangement::new(moves).expect("a part of what counts keeps its limits")
    }

    /// When the next move after this moment takes effect.
    pub fn next_move(&self, now: TimeMs) -> Option<TimeMs> {
        self.move_dates.iter().copied().find(|date| *date > now)
    }

    /// The unit of the realm, if this is one of its root keys.
    pub fn root_unit(&self, device: DeviceKey) -> Option<&UnitPath> {
        self.city.as_ref().filter(|_| self.roots.values().any(|root| *root == device))
    }

    /// Whether one unit lies or lay strictly above another.
    pub fn stands_above(&self, above: &UnitPath, unit: &UnitPath) -> bool {
        above != unit && self.over(above, unit).is_ok()
    }

    /// The root key that the word of the realm is with.
    pub fn root(&self) -> Option<DeviceKey> {
        self.root
    }

    /// The digest of the key that the root may hand over to.
    pub fn next_root(&self) -> Option<Digest> {
        self.next_root
    }

    /// The rotation that brought a root key; `None` for any other key, and for the realm's first.
    pub fn rotation_to(&self, root: DeviceKey) -> Option<EntryHash> {
        self.roots.iter().find(|(_, key)| **key == root).and_then(|(rotation, _)| *rotation)
    }

    /// Adds a log under a grant that is known already, without settling the facts again.
    pub fn add_origin(&mut self, log: LogId, genesis: &Genesis) {
        let Genesis { device, space, grant, root, .. } = genesis.clone();
        self.origins.insert(log, LogOrigin { device, space, grant, root });
    }

    /// Everything that decides about a log's entries besides the entries themselves, as a text that
    /// changes when the outcome for any of them may change. `None` while the grant is unknown.
    pub fn stance(&self, log: &LogId) -> Option<String> {
        match self.writer(log) {
            Ok(Writer::Root) => {
                let cut = self.origins.get(log).and_then(|o| self.root_cuts.get(&o.grant));
                Some(format!("root {cut:?}"))
            }
            Ok(Writer::Granted(authority)) => Some(self.granted_stance(log, authority)),
            Err(Verdict::Refused(refusal)) => Some(format!("refused {refusal:?}")),
            Err(_) => None,
        }
    }

    fn granted_stance(&self, log: &LogId, authority: &Authority) -> String {
        let received = self.received.get(log);
        let on = |date: TimeMs| received.and_then(|dates| dates.get(&date));
        let cut = |cut: &Cut| {
            let acknowledged = on(cut.time).filter(|_| !cut.revoke.since_compromise).map(|r| &r.in_time);
            format!("{:?} {} {} {acknowledged:?}", cut.revoke.cut, cut.rank, cut.revoke.since_compromise)
        };
        let cuts: Vec<_> = self.cuts_of(authority).map(cut).collect();
        // While no hub received anything late, what it received in time makes no difference.
        let late = |date: TimeMs| on(date).filter(|received| !received.late.is_empty());
        let expiry = authority.grant.not_after.and_then(late);
        let space = self.origins.get(log).map(|origin| &origin.space);
        let over = space.filter(|space| space.channel == Channel::Oversight).map(|space| {
            let over = self.over(&authority.grant.unit, &space.unit);
            (over, over.ok().flatten().and_then(late))
        });
        match over {
            None | Some((Ok(None), _)) => format!("granted {cuts:?} {expiry:?}"),
            Some(over) => format!("granted {cuts:?} {expiry:?} {over:?}"),
        }
    }

    /// Whether it matters on which branch of the log an entry stands: something counts up to certain heads.
    pub fn asks_for_branches(&self, log: &LogId) -> bool {
        match self.writer(log) {
            Ok(Writer::Root) => self.origins.get(log).is_some_and(|o| self.root_cuts.contains_key(&o.grant)),
            Ok(Writer::Granted(authority)) => self.is_revoked(authority) || self.received.contains_key(log),
            Err(_) => false,
        }
    }

    /// Whether an entry counts. `documents` are the kinds of the documents that it changes.
    pub fn authorise(
        &self,
        at: &Position,
        kind: Kind,
        documents: &[u64],
        ancestry: &dyn Ancestry,
    ) -> Verdict {
        match self.check(at, kind, documents, ancestry, true) {
            Ok(()) => Verdict::Authorised,
            Err(verdict) => verdict,
        }
    }

    fn check(
        &self,
        at: &Position,
        kind: Kind,
        documents: &[u64],
        ancestry: &dyn Ancestry,
        expiry: bool,
    ) -> Result<(), Verdict> {
        let refuse = |refusal| Err(Verdict::Refused(refusal));
        let Some(origin) = self.origins.get(&at.log) else {
            return refuse(Refusal::NoGrant);
        };
        match self.writer(&at.log)? {
            Writer::Root => {
                if matches!(kind, Kind::Receipt | Kind::Erase) {
                    return refuse(Refusal::WrongKind { kind, space: origin.space.clone() });
                }
                match self.root_cuts.get(&origin.grant) {
                    Some(cut) if at.log != cut.log || !ancestry.is_within(at, &[cut.head()]) => {
                        refuse(Refusal::Revoked(origin.device))
                    }
                    _ => Ok(()),
                }
            }
            Writer::Granted(authority) => {
                self.may_write(authority, &origin.space, kind, documents).map_err(Verdict::Refused)?;
                self.stands_in_cuts(authority, origin.device, at, ancestry).map_err(Verdict::Refused)?;
                let came_late = |date| self.came_late(at, date, ancestry);
                if origin.space.channel == Channel::Oversight
                    && self
                        .over(&authority.grant.unit, &origin.space.unit)
                        .is_ok_and(|u| u.is_some_and(came_late))
                {
                    let (unit, from) = (origin.space.unit.clone(), authority.grant.unit.clone());
                    return refuse(Refusal::Moved { unit, from });
                }
                if expiry && authority.grant.not_after.is_some_and(came_late) {
                    return refuse(Refusal::Expired);
                }
                Ok(())
            }
        }
    }

    fn writer(&self, log: &LogId) -> Result<Writer<'_>, Verdict> {
        let refuse = |refusal| Err(Verdict::Refused(refusal));
        let Some(origin) = self.origins.get(log) else {
            return refuse(Refusal::NoGrant);
        };
        if origin.grant.is_none() && origin.root.is_none() {
            return refuse(Refusal::NoGrant);
        }
        if let Some(root) = self.roots.get(&origin.grant) {
            let in_city = Some(&origin.space.unit) == self.city.as_ref();
            let is_realm_log = origin.grant.is_some() || self.realm_log == Some(*log);
            let belongs = in_city && is_realm_log && origin.space.channel == Channel::Notices;
            return if belongs && *root == origin.device {
                Ok(Writer::Root)
            } else {
                refuse(Refusal::ForeignRealm)
            };
        }
        let Some(hash) = origin.grant else {
            return refuse(Refusal::ForeignRealm);
        };
        if let Some(refusal) = self.refused_grants.get(&hash) {
            return refuse(match refusal {
                // The first reason is the one: grants upon refused grants may go on without end.
                Refusal::GrantRefused(_) => refusal.clone(),
                first => Refusal::GrantRefused(Box::new(first.clone())),
            });
        }
        let authority = self.grants.get(&hash).ok_or(Verdict::Pending(hash))?;
        if authority.grant.device != origin.device {
            return refuse(Refusal::WrongDevice { granted: authority.grant.device, writer: origin.device });
        }
        Ok(Writer::Granted(authority))
    }

    /// The revocations that bind an authority: of those by whoever stands nearest the root, all.
    fn cuts_of<'t>(&'t self, authority: &'t Authority) -> impl Iterator<Item = &'t Cut> {
        let binding = move |cut: &&Cut| {
            let covers = cut.unit.as_ref().is_none_or(|unit| match self.over(unit, &authority.grant.unit) {
                Ok(until) => until.is_none_or(|date| !cut.late_for.contains(&date)),
                Err(NotOver) => false,
            });
            covers && cut.rank < authority.rank()
        };
        let cuts = self.cuts.get(&authority.grant.device).map_or(&[][..], Vec::as_slice);
        let nearest = cuts.iter().filter(binding).map(|cut| cut.rank).min();
        cuts.iter().filter(binding).filter(move |cut| Some(cut.rank) == nearest)
    }

    /// Whether every revocation that binds the authority lets this entry stand. What hubs above had
    /// acknowledged by the time of a revocation stands, unless it says that the key was compromised.
    fn stands_in_cuts(
        &self,
        authority: &Authority,
        device: DeviceKey,
        at: &Position,
        ancestry: &dyn Ancestry,
    ) -> Result<(), Refusal> {
        for cut in self.cuts_of(authority) {
            if cut.of(&at.log).is_some_and(|log| ancestry.is_within(at, &log.heads)) {
                continue;
            }
            if cut.revoke.since_compromise {
                return Err(Refusal::Compromised(device));
            }
            let acknowledged = self.received.get(&at.log).and_then(|dates| dates.get(&cut.time));
            if !acknowledged.is_some_and(|received| ancestry.is_within(at, &received.in_time)) {
                return Err(Refusal::Revoked(device));
            }
        }
        Ok(())
    }

    /// Whether the first hub that received the entry did so after this date. An entry that no hub has
    /// yet received is not late: device clocks decide nothing.
    fn came_late(&self, at: &Position, date: TimeMs, ancestry: &dyn Ancestry) -> bool {
        self.received.get(&at.log).and_then(|dates| dates.get(&date)).is_some_and(|received| {
            !ancestry.is_within(at, &received.in_time) && ancestry.is_within(at, &received.late)
        })
    }

    /// Whether one unit is or was over another: `None` for good, or until the move that ended it ended its word.
    fn over(&self, above: &UnitPath, unit: &UnitPath) -> Result<Option<TimeMs>, NotOver> {
        match self.moves.over(above, unit) {
            Over::Lasting => Ok(None),
            Over::Until(at) => Ok(Some(self.word_ends[at])),
            Over::Never => Err(NotOver),
        }
    }

    /// The rule of the channels and the rights.
    fn may_write(
        &self,
        authority: &Authority,
        space: &Space,
        kind: Kind,
        documents: &[u64],
    ) -> Result<(), Refusal> {
        let (unit, rights) = (&authority.grant.unit, authority.grant.rights);
        let belongs = match space.channel {
            Channel::Records | Channel::Notices => space.unit == *unit,
            Channel::Oversight => *unit != space.unit && self.over(unit, &space.unit).is_ok(),
        };
        if !belongs {
            return Err(Refusal::WrongSpace { unit: unit.clone(), space: space.clone() });
        }
        let wrong = || Err(Refusal::WrongKind { kind, space: space.clone() });
        let needed = match (kind, space.channel) {
            (Kind::Genesis | Kind::Access | Kind::Checkpoint | Kind::Unknown(_), _) => return Ok(()),
            (Kind::Changes, Channel::Records) => Right::Records,
            (Kind::Changes, Channel::Oversight) => Right::Oversight,
            (Kind::Changes, Channel::Notices) if documents.contains(&STANDARD_DOCUMENT_KIND) => {
                Right::Publish
            }
            (Kind::Changes, Channel::Notices) => Right::Notices,
            (Kind::Grant, Channel::Notices) => Right::Issue,
            (Kind::Revoke, Channel::Notices) => Right::Revoke,
            (Kind::Receipt, Channel::Oversight) => Right::Receipt,
            (Kind::Erase, _) => Right::Erase,
            _ => return wrong(),
        };
        if rights.has(needed) { Ok(()) } else { Err(Refusal::MissingRight(needed)) }
    }
}

/// One unit never lay below another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NotOver;

#[cfg(test)]
mod tests;
