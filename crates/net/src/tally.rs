//! How often what went wrong, by reason, since the program began.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

/// Counts by reason. Clones share them. The reasons are the program's own words, so there are few.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    counts: Arc<Mutex<BTreeMap<&'static str, u64>>>,
}

impl Tally {
    pub fn count(&self, reason: &'static str) {
        *self.lock().entry(reason).or_default() += 1;
    }

    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.counts.lock().expect("nothing panics while it holds the counts")
    }
}
