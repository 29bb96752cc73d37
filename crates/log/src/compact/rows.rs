//! Keys of rows that follow from the change that makes them.

use linli_wire::DocId;

use crate::change::row_key;

/// The action of an operation that makes a row under the key that follows.
pub(super) const MAKE_ROW: u64 = 15;

/// The keys of a change's rows, one after the other.
pub(super) struct RowKeys<'c> {
    document: DocId,
    actor: &'c [u8],
    seq: u64,
    /// So many rows have taken their key.
    taken: u64,
}

impl<'c> RowKeys<'c> {
    pub fn new(document: DocId, actor: &'c [u8], seq: u64) -> Self {
        Self { document, actor, seq, taken: 0 }
    }

    /// The key that follows.
    pub fn take(&mut self) -> [u8; 16] {
        let key = self.upcoming();
        self.taken += 1;
        key
    }

    /// The key that follows, if it is this one.
    pub fn take_if(&mut self, key: &[u8]) -> Option<[u8; 16]> {
        let found = super::id_of(key).filter(|found| *found == self.upcoming())?;
        self.taken += 1;
        Some(found)
    }

    fn upcoming(&self) -> [u8; 16] {
        row_key(self.document, self.actor, self.seq, self.taken)
    }
}
