//! Finding out what differs: digests of all shared spaces, then frontiers of those that differ, both
//! in pages.

use std::collections::{BTreeMap, BTreeSet};

use linli_log::SpaceFrontier;
use linli_wire::{
    Digest, LogId, Space,
    limits::{LOG_HEADS_MAX, MESSAGE_LOGS_MAX, MESSAGE_SPACES_MAX},
};

use crate::{
    error::{Misbehaved, PeerFault},
    holdings::Holdings,
    limits::{PAGE_FILL_BYTES, SESSION_HEADS_MAX, SESSION_LOGS_MAX, SESSION_SPACES_MAX},
    message::Message,
    shared::Shared,
};

/// Bytes that a space takes in a page, beside its logs; and a log beside its heads; and a head.
const SPACE_BYTES: usize = 56;
const LOG_BYTES: usize = 38;
const HEAD_BYTES: usize = 44;

/// What this side holds of the shared spaces, at one time.
///
/// Invariant: both what is sent and what the peer is later taken to hold of equal spaces come from
/// this, never from a second look at a replica to which others may have written in between.
pub(crate) fn take<H: Holdings>(
    holdings: &mut H,
    shared: &Shared,
) -> Result<BTreeMap<Space, SpaceFrontier>, H::Error> {
    let mut spaces = BTreeMap::new();
    for space in holdings.digests(&|space| shared.allows(space))?.into_keys() {
        if shared.allows(&space) {
            let frontier = holdings.frontier(&space)?;
            if !frontier.0.is_empty() {
                spaces.insert(space, frontier);
            }
        }
    }
    Ok(spaces)
}

/// The digest of each space.
pub(crate) fn digests(spaces: &BTreeMap<Space, SpaceFrontier>) -> BTreeMap<Space, Digest> {
    spaces.iter().map(|(space, frontier)| (space.clone(), frontier.digest())).collect()
}

/// One comparison, from the first page of digests to the last of frontiers.
#[derive(Debug)]
pub(crate) struct Compare {
    ours: BTreeMap<Space, SpaceFrontier>,
    our_digests: BTreeMap<Space, Digest>,
    /// Where each log of this side stands, and each of the peer's.
    places: BTreeMap<LogId, Space>,
    digests_out: Option<BTreeMap<Space, Digest>>,
    frontiers_out: Option<BTreeMap<Space, SpaceFrontier>>,
    their_digests: BTreeMap<Space, Digest>,
    differing: BTreeSet<Space>,
    theirs: BTreeMap<Space, SpaceFrontier>,
    /// The last space that the peer named in these pages, shared or not.
    their_last: Option<Space>,
    their_spaces: usize,
    their_logs: usize,
    their_heads: usize,
}

impl Compare {
    pub(crate) fn new(ours: BTreeMap<Space, SpaceFrontier>) -> Self {
        let our_digests = digests(&ours);
        let places = ours
            .iter()
            .flat_map(|(space, frontier)| frontier.0.keys().map(|log| (*log, space.clone())))
            .collect();
        Self {
            ours,
            digests_out: Some(our_digests.clone()),
            our_digests,
            places,
            frontiers_out: None,
            their_digests: BTreeMap::new(),
            differing: BTreeSet::new(),
            theirs: BTreeMap::new(),
            their_last: None,
            their_spaces: 0,
            their_logs: 0,
            their_heads: 0,
        }
    }

    /// The next page to send, if it can be sent already.
    pub(crate) fn next_page(&mut self) -> Option<Message> {
        if let Some(mut left) = self.digests_out.take() {
            let page = digests_page(&mut left);
            let more = !left.is_empty();
            self.digests_out = more.then_some(left);
            return Some(Message::Digests { spaces: page, more });
        }
        let mut left = self.frontiers_out.take()?;
        let page = frontiers_page(&mut left);
        let more = !left.is_empty();
        self.frontiers_out = more.then_some(left);
        Some(Message::Frontiers { spaces: page, more })
    }

    /// Takes a page of the peer's digests. After the last one it is known which spaces differ, and
    /// this side's frontiers of them are ready to be sent.
    pub(crate) fn take_digests(
        &mut self,
        spaces: Vec<(Space, Digest)>,
        more: bool,
        shared: &Shared,
    ) -> Result<(), PeerFault> {
        page_goes_on(spaces.is_empty(), more)?;
        for (space, digest) in spaces {
            if self.their_last.as_ref().is_some_and(|last| *last >= space) {
                return Err(Misbehaved::SpaceOrder(space).into());
            }
            self.their_spaces += 1;
            within(self.their_spaces, "the spaces of the peer", SESSION_SPACES_MAX)?;
            // One side may have heard of a unit's move and the other not: what only one of them takes to be
            // shared is passed over.
            if shared.allows(&space) {
                self.their_digests.insert(space.clone(), digest);
            }
            self.their_last = Some(space);
        }
        if !more {
            self.their_last = None;
            let all = self.our_digests.keys().chain(self.their_digests.keys());
            self.differing =
                all.filter(|s| self.our_digests.get(s) != self.their_digests.get(s)).cloned().collect();
            let (differing, equal) =
                std::mem::take(&mut self.ours).into_iter().partition(|(s, _)| self.differing.contains(s));
            self.frontiers_out = Some(differing);
            self.theirs = equal;
        }
        Ok(())
    }

    /// Takes a page of the peer's frontiers. After the last one, what the peer holds of every shared
    /// space is known and returned.
    pub(crate) fn take_frontiers(
        &mut self,
        spaces: Vec<(Space, SpaceFrontier)>,
        more: bool,
        shared: &Shared,
    ) -> Result<Option<BTreeMap<Space, SpaceFrontier>>, PeerFault> {
        page_goes_on(spaces.is_empty(), more)?;
        for (space, frontier) in spaces {
            if self.their_last.as_ref().is_some_and(|last| *last > space) {
                return Err(Misbehaved::SpaceOrder(space).into());
            }
            self.count(&frontier)?;
            if self.differing.contains(&space) {
                self.take_frontier(&space, frontier)?;
            } else if shared.allows(&space) {
                return Err(Misbehaved::UncalledFrontier(space).into());
            }
            self.their_last = Some(space);
        }
        if more {
            return Ok(None);
        }
        for space in &self.differing {
            let frontier = self.theirs.get(space);
            if frontier.map(SpaceFrontier::digest) != self.their_digests.get(space).copied() {
                return Err(Misbehaved::FrontierDigest(space.clone()).into());
            }
        }
        Ok(Some(std::mem::take(&mut self.theirs)))
    }

    /// Counts what came, shared or not. A log that goes on in the next page counts again.
    fn count(&mut self, frontier: &SpaceFrontier) -> Result<(), Misbehaved> {
        self.their_logs += frontier.0.len();
        self.their_heads += frontier.0.values().map(Vec::len).sum::<usize>();
        within(self.their_logs, "the logs of the peer", SESSION_LOGS_MAX)?;
        within(self.their_heads, "the heads of the peer", SESSION_HEADS_MAX)
    }

    fn take_frontier(&mut self, space: &Space, frontier: SpaceFrontier) -> Result<(), PeerFault> {
        if frontier.0.is_empty() {
            return Err(Misbehaved::EmptyFrontier(space.clone()).into());
        }
        let known = self.theirs.entry(space.clone()).or_default();
        for (log, heads) in frontier.0 {
            // A log with many heads goes on in the next page.
            let last = known.0.last_key_value();
            let goes_on = last.is_some_and(|(last, said)| *last == log && said.last() < heads.first());
            if !goes_on && last.is_some_and(|(last, _)| *last >= log) {
                return Err(Misbehaved::LogOrder { space: space.clone(), log }.into());
            }
            let place = self.places.entry(log).or_insert_with(|| space.clone());
            if place != space {
                let (ours, theirs) = (place.clone(), space.clone());
                return Err(Misbehaved::LogPlace { log, ours, theirs }.into());
            }
            known.0.entry(log).or_default().extend(heads);
        }
        Ok(())
    }
}

fn digests_page(left: &mut BTreeMap<Space, Digest>) -> Vec<(Space, Digest)> {
    let count = MESSAGE_SPACES_MAX.min(PAGE_FILL_BYTES / SPACE_BYTES);
    std::iter::from_fn(|| left.pop_first()).take(count).collect()
}

fn frontiers_page(left: &mut BTreeMap<Space, SpaceFrontier>) -> Vec<(Space, SpaceFrontier)> {
    let (mut page, mut logs, mut bytes) = (Vec::new(), 0, 0);
    while page.len() < MESSAGE_SPACES_MAX && logs < MESSAGE_LOGS_MAX && bytes < PAGE_FILL_BYTES {
        let Some((space, mut frontier)) = left.pop_first() else { break };
        let mut part = SpaceFrontier::default();
        bytes += SPACE_BYTES;
        while logs < MESSAGE_LOGS_MAX && bytes < PAGE_FILL_BYTES {
            let Some((log, mut heads)) = frontier.0.pop_first() else { break };
            let rest = heads.split_off(heads.len().min(LOG_HEADS_MAX));
            logs += 1;
            bytes += LOG_BYTES + HEAD_BYTES * heads.len();
            part.0.insert(log, heads);
            if !rest.is_empty() {
                frontier.0.insert(log, rest);
                break;
            }
        }
        if !part.0.is_empty() {
            page.push((space.clone(), part));
        }
        if !frontier.0.is_empty() {
            left.insert(space, frontier);
            break;
        }
    }
    page
}

fn page_goes_on(empty: bool, more: bool) -> Result<(), Misbehaved> {
    if empty && more { Err(Misbehaved::EmptyPage) } else { Ok(()) }
}

fn within(found: usize, what: &'static str, limit: usize) -> Result<(), Misbehaved> {
    if found > limit { Err(Misbehaved::TooMany { what, limit }) } else { Ok(()) }
}
