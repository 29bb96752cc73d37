//! A replica that keeps segments in memory and checks each as a real one does.

use std::collections::BTreeMap;

use linli_log::{Head, RawSegment, SpaceFrontier, VerifiedSegment, compact};
use linli_sync::{Holdings, Missing, Stored};
use linli_wire::{DeviceKey, Digest, LogId, Space, UnitPath};
use thiserror::Error;

use crate::seeds::logs;

pub(crate) fn unit(path: &str) -> UnitPath {
    path.parse().expect("a path that stands in this crate is one")
}

/// A log is one space's; each of its segments follows the one before.
struct Kept {
    space: Space,
    device: DeviceKey,
    segments: Vec<(Head, Vec<u8>)>,
}

pub(crate) struct Shelf(BTreeMap<LogId, Kept>);

#[derive(Debug, Error)]
#[error("a shelf never fails")]
pub(crate) struct Never;

impl Shelf {
    /// A hub that has one log of the community's to push.
    pub fn with_one_log() -> Self {
        let mut shelf = Self(BTreeMap::new());
        for segment in &logs()[0] {
            shelf.keep(segment.clone(), &|_| true);
        }
        shelf
    }

    fn keep(&mut self, bytes: Vec<u8>, allowed: &dyn Fn(&Space) -> bool) -> Stored {
        let declined =
            |log, reason: &str| Stored::Declined { log, seq: 0, reason: reason.to_owned(), lasting: true };
        let raw: RawSegment = match compact::decode(&bytes) {
            Ok(raw) => raw,
            Err(error) => return declined(None, &error.to_string()),
        };
        let log = raw.log;
        let segment: VerifiedSegment = match raw.verify(self.0.get(&log).map(|kept| kept.device)) {
            Ok(segment) => segment,
            Err(error) => return declined(Some(log), &error.to_string()),
        };
        let (space, device) = match (self.0.get(&log), segment.genesis()) {
            (Some(kept), _) => (kept.space.clone(), kept.device),
            (None, Some(genesis)) => (genesis.space.clone(), genesis.device),
            (None, None) => return declined(Some(log), "its beginning is not here"),
        };
        if !allowed(&space) {
            return declined(Some(log), "it is not shared");
        }
        let head = segment.head();
        let parent = segment.parent().map(|hash| Head { seq: segment.first_seq() - 1, hash });
        let new = Kept { space: space.clone(), device, segments: Vec::new() };
        let kept = self.0.entry(log).or_insert(new);
        if kept.segments.iter().any(|(known, _)| *known == head) {
            return Stored::Known { space, log, parent, head };
        }
        if kept.segments.last().map(|(head, _)| *head) != parent {
            return declined(Some(log), "what it follows is not here");
        }
        kept.segments.push((head, bytes));
        Stored::New { space, log, parent, head }
    }
}

impl Holdings for Shelf {
    type Error = Never;

    fn meet(&mut self, _: &str) -> Result<(), Never> {
        Ok(())
    }

    fn digests(&mut self, wanted: &dyn Fn(&Space) -> bool) -> Result<BTreeMap<Space, Digest>, Never> {
        let mut spaces: Vec<Space> = self.0.values().map(|kept| kept.space.clone()).collect();
        spaces.retain(|space| wanted(space));
        spaces.into_iter().map(|space| Ok((space.clone(), self.frontier(&space)?.digest()))).collect()
    }

    fn frontier(&mut self, space: &Space) -> Result<SpaceFrontier, Never> {
        let logs = self.0.iter().filter(|(_, kept)| kept.space == *space);
        let heads = logs.map(|(log, kept)| (*log, kept.segments.last().map(|(head, _)| *head)));
        Ok(SpaceFrontier(heads.map(|(log, head)| (log, head.into_iter().collect())).collect()))
    }

    fn knows(&mut self, log: LogId, head: &Head) -> Result<bool, Never> {
        Ok(self.0.get(&log).is_some_and(|kept| kept.segments.iter().any(|(known, _)| known == head)))
    }

    fn missing(&mut self, log: LogId, theirs: &[Head], _: usize) -> Result<Missing, Never> {
        let Some(kept) = self.0.get(&log) else { return Ok(Missing::default()) };
        let known = kept.segments.iter().rposition(|(head, _)| theirs.contains(head));
        let lacking = &kept.segments[known.map_or(0, |at| at + 1)..];
        let heads = kept.segments.last().map(|(head, _)| *head).into_iter().collect();
        let segments = lacking.iter().map(|(_, bytes)| bytes.clone()).collect();
        Ok(Missing { segments, heads, more: false })
    }

    fn store(
        &mut self,
        segments: Vec<Vec<u8>>,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Vec<Stored>, Never> {
        Ok(segments.into_iter().map(|bytes| self.keep(bytes, allowed)).collect())
    }
}
