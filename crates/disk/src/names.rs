//! The names of files: those that are live, those that are durable, and the changes between the two.

use std::collections::BTreeMap;

use crate::chance::{Chance, Fate, Survival};

pub(crate) type FileNo = u64;

#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    live: BTreeMap<String, FileNo>,
    durable: BTreeMap<String, FileNo>,
    unsynced: Vec<Change>,
}

/// Names with the file that they stand for from then on; those of a renaming change together.
type Change = Vec<(String, Option<FileNo>)>;

impl Names {
    pub fn get(&self, name: &str) -> Option<FileNo> {
        self.live.get(name).copied()
    }

    pub fn create(&mut self, name: &str, file: FileNo) {
        self.change(vec![(name.to_owned(), Some(file))]);
    }

    pub fn delete(&mut self, name: &str) {
        self.change(vec![(name.to_owned(), None)]);
    }

    /// The file must exist.
    pub fn rename(&mut self, from: &str, to: &str) {
        let file = self.get(from);
        self.change(vec![(to.to_owned(), file), (from.to_owned(), None)]);
    }

    fn change(&mut self, change: Change) {
        apply(&change, &mut self.live);
        self.unsynced.push(change);
    }

    pub fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            apply(&change, &mut self.durable);
        }
    }

    /// The power went. A change of names is never torn.
    pub fn crash(&mut self, survival: Survival, chance: &mut Chance) {
        for change in self.unsynced.drain(..) {
            if survival.of_one(chance) == Fate::Kept {
                apply(&change, &mut self.durable);
            }
        }
        self.live.clone_from(&self.durable);
    }

    /// The same names, all of them durable.
    pub fn copied(&self) -> Self {
        Self { live: self.live.clone(), durable: self.live.clone(), unsynced: Vec::new() }
    }

    /// Whether a name stands, or may stand after a crash, for the file.
    pub fn mention(&self, file: FileNo) -> bool {
        let of_changes = self.unsynced.iter().flatten().filter_map(|(_, file)| file.as_ref());
        self.live.values().chain(self.durable.values()).chain(of_changes).any(|other| *other == file)
    }
}

fn apply(change: &Change, names: &mut BTreeMap<String, FileNo>) {
    for (name, file) in change {
        match file {
            Some(file) => names.insert(name.clone(), *file),
            None => names.remove(name),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renaming_is_kept_whole_or_not_at_all() {
        let mut outcomes = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let mut chance = Chance::new(seed);
            let mut names = Names::default();
            names.create("old", 1);
            names.create("new", 2);
            names.sync();
            names.rename("new", "old");
            names.crash(Survival::Some, &mut chance);
            outcomes.insert((names.get("old"), names.get("new")));
        }
        assert_eq!(outcomes.into_iter().collect::<Vec<_>>(), [(Some(1), Some(2)), (Some(2), None)]);
    }

    #[test]
    fn a_new_name_can_be_lost_until_names_are_synced() {
        let outcomes: std::collections::BTreeSet<_> = (0..50)
            .map(|seed| {
                let mut names = Names::default();
                names.create("a", 1);
                names.crash(Survival::Some, &mut Chance::new(seed));
                names.get("a")
            })
            .collect();
        assert_eq!(outcomes.len(), 2);
        let mut names = Names::default();
        names.create("a", 1);
        names.sync();
        names.crash(Survival::Nothing, &mut Chance::new(1));
        assert_eq!(names.get("a"), Some(1));
    }
}
