//! Who wrote the operations of a document, and when.

use automerge::{Automerge, ChangeHash, ObjId};
use linli_wire::Level;

use super::{Provenance, Written};
use crate::base;
use crate::date::UNKNOWN_START;
use crate::kind::Kind;
use crate::view::Held;

/// Looks operations up in the log. Neighbouring fields mostly come from one change, so the last answer
/// is kept.
pub(crate) struct Writers<'a> {
    doc: &'a Automerge,
    provenance: &'a dyn Provenance,
    last: Option<(ChangeHash, Option<Written>)>,
}

impl<'a> Writers<'a> {
    pub(crate) const fn new(doc: &'a Automerge, provenance: &'a dyn Provenance) -> Self {
        Self { doc, provenance, last: None }
    }

    pub(crate) fn written(&mut self, operation: &ObjId) -> Option<Written> {
        let hash = self.doc.hash_for_opid(operation)?;
        if let Some((last, written)) = self.last
            && last == hash
        {
            return written;
        }
        let written = self.provenance.written(&hash);
        self.last = Some((hash, written));
        written
    }

    /// The earliest day on which one of the operations was written.
    pub(crate) fn first_day(&mut self, operations: &[ObjId]) -> i64 {
        let days =
            operations.iter().filter_map(|operation| self.written(operation)).map(|written| written.day_n);
        days.min().unwrap_or(UNKNOWN_START)
    }

    /// The day of the document's first change by anybody, which writing its fields again does not move.
    pub(crate) fn first_day_of_document(&mut self, held: &[Option<Held>]) -> i64 {
        let first = self.provenance.first_day();
        // Invariant: no value that stands is older than the first change.
        debug_assert!(
            held.iter()
                .flatten()
                .filter_map(|held| self.written(&held.written_by))
                .all(|written| first.is_some_and(|first| first <= written.day_n)),
            "the first day comes from the same changes as the days of the values"
        );
        first.unwrap_or(UNKNOWN_START)
    }

    /// The level closest to the community among all who wrote to the document, deletions included:
    /// whatever a lower unit had a hand in carries no more weight than that unit's own word, and a
    /// higher unit that wants it back writes a new document. `None` where a writer is unknown, or nobody
    /// wrote.
    pub(crate) fn lowest_level(&self, kind: &Kind) -> Option<Level> {
        let base = base::base_actor(kind);
        let mut lowest = None;
        for change in self.doc.get_changes_meta(&[]) {
            if *change.actor == base {
                continue;
            }
            lowest = lowest.max(Some(self.provenance.written(&change.hash)?.level));
        }
        lowest
    }
}
