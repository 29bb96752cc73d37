//! What the peer holds, as far as this side knows: what it said, what it pushed, what it was sent.

use std::collections::BTreeMap;

use linli_log::{Head, SpaceFrontier};
use linli_wire::{Digest, LogId, Space};

use crate::limits::SESSION_HEADS_MAX;

#[derive(Debug, Default)]
pub(crate) struct PeerView {
    spaces: BTreeMap<Space, PeerSpace>,
    /// Heads of all logs together.
    heads: usize,
}

#[derive(Debug, Default)]
struct PeerSpace {
    frontier: SpaceFrontier,
    digest: Option<Digest>,
}

impl PeerView {
    /// Replaces all that is known.
    pub(crate) fn assign(&mut self, spaces: BTreeMap<Space, SpaceFrontier>) {
        self.heads = spaces.values().flat_map(|frontier| frontier.0.values()).map(Vec::len).sum();
        self.spaces = spaces
            .into_iter()
            .map(|(space, frontier)| (space, PeerSpace { frontier, digest: None }))
            .collect();
    }

    /// The digest of the peer's space, if it holds anything of it.
    pub(crate) fn digest(&mut self, space: &Space) -> Option<Digest> {
        let known = self.spaces.get_mut(space)?;
        Some(*known.digest.get_or_insert_with(|| known.frontier.digest()))
    }

    /// In order.
    pub(crate) fn heads(&self, space: &Space, log: LogId) -> &[Head] {
        self.spaces.get(space).and_then(|known| known.frontier.0.get(&log)).map_or(&[], Vec::as_slice)
    }

    /// The peer's heads of `log` are these from now on.
    pub(crate) fn set(&mut self, space: &Space, log: LogId, heads: Vec<Head>) {
        let known = self.spaces.entry(space.clone()).or_default();
        known.digest = None;
        self.heads += heads.len();
        self.heads -= known.frontier.0.insert(log, heads).map_or(0, |before| before.len());
    }

    /// The peer has shown that it holds `log` up to `head`, which follows `parent`.
    pub(crate) fn reached(&mut self, space: &Space, log: LogId, parent: Option<Head>, head: Head) {
        let mut heads = self.heads(space, log).to_vec();
        heads.retain(|known| Some(*known) != parent);
        if let Err(at) = heads.binary_search(&head) {
            heads.insert(at, head);
        }
        // A head forgotten means at worst that the peer is sent what it has.
        if self.heads >= SESSION_HEADS_MAX && heads.len() > 1 {
            heads.remove(0);
        }
        self.set(space, log, heads);
    }
}
