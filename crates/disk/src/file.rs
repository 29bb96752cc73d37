//! One file: what is live, what is durable, and the changes between the two.

use crate::{
    SECTOR_BYTES,
    chance::{Chance, Fate, Survival},
};

#[derive(Debug, Clone, Default)]
pub(crate) struct File {
    live: Vec<u8>,
    durable: Vec<u8>,
    /// Invariant: `durable` with these applied in order is `live`, unless a sync failed.
    unsynced: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

impl File {
    pub fn bytes(&self) -> &[u8] {
        &self.live
    }

    /// A file of which everything is durable.
    pub fn copied(&self) -> Self {
        Self { live: self.live.clone(), durable: self.live.clone(), unsynced: Vec::new() }
    }

    /// Fills `buffer` from `offset` on; returns how many bytes there were.
    pub fn read(&self, offset: usize, buffer: &mut [u8]) -> usize {
        let there = self.live.get(offset..).unwrap_or_default();
        let len = there.len().min(buffer.len());
        buffer[..len].copy_from_slice(&there[..len]);
        len
    }

    pub fn write(&mut self, offset: usize, bytes: &[u8]) {
        put(&mut self.live, offset, bytes);
        self.unsynced.push(Change::Write { offset, bytes: bytes.to_vec() });
    }

    pub fn truncate(&mut self, len: usize) {
        self.live.resize(len, 0);
        self.unsynced.push(Change::Truncate(len));
    }

    pub fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// A sync that failed: a part is durable, and what is not will not be written again.
    pub fn sync_badly(&mut self, chance: &mut Chance) {
        self.keep_some(Survival::Some, chance);
    }

    /// The power went.
    pub fn crash(&mut self, survival: Survival, chance: &mut Chance) {
        self.keep_some(survival, chance);
        self.live.clone_from(&self.durable);
    }

    fn keep_some(&mut self, survival: Survival, chance: &mut Chance) {
        for change in self.unsynced.drain(..) {
            match (survival.of_one(chance), change) {
                (Fate::Lost, _) | (Fate::Torn, Change::Truncate(_)) => {}
                (Fate::Kept, kept) => kept.apply(&mut self.durable),
                (Fate::Torn, Change::Write { offset, bytes }) => {
                    for (at, sector) in sectors(offset, &bytes) {
                        if chance.coin() {
                            put(&mut self.durable, at, sector);
                        }
                    }
                }
            }
        }
    }
}

impl Change {
    fn apply(self, to: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => put(to, offset, &bytes),
            Self::Truncate(len) => to.resize(len, 0),
        }
    }
}

fn put(to: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if to.len() < end {
        to.resize(end, 0);
    }
    to[offset..end].copy_from_slice(bytes);
}

/// The parts of a write that lie in one sector each.
fn sectors(offset: usize, bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = offset;
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let len = rest.len().min(SECTOR_BYTES - at % SECTOR_BYTES);
        let (sector, later) = rest.split_at(len);
        let found = (at, sector);
        (at, rest) = (at + len, later);
        (len > 0).then_some(found)
    })
}

#[cfg(test)]
mod tests;
