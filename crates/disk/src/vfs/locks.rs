//! The locks of a database between its connections, in the five levels of SQLite.

use std::sync::{Arc, Weak};

use super::shared_memory::SharedMemory;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    None,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

impl Level {
    /// SQLite counts them from 0.
    pub fn from_code(code: i32) -> Self {
        match code {
            0 => Self::None,
            1 => Self::Shared,
            2 => Self::Reserved,
            3 => Self::Pending,
            _ => Self::Exclusive,
        }
    }
}

/// Who has locks on one database, and its shared memory.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    /// How many connections have at least a shared lock.
    readers: usize,
    /// The level of the one that may have more.
    writer: Option<Level>,
    memory: Weak<SharedMemory>,
}

impl Locks {
    /// Takes one connection from a level to another; `false` where another connection is in the way.
    pub fn change(&mut self, from: Level, to: Level) -> bool {
        let mine = from > Level::Shared;
        let other = if mine { None } else { self.writer };
        let others = self.readers - usize::from(from > Level::None);
        let free = match to {
            Level::None => true,
            Level::Shared => other.is_none_or(|other| other < Level::Pending),
            Level::Reserved | Level::Pending => other.is_none(),
            Level::Exclusive => other.is_none() && others == 0,
        };
        if free {
            self.readers = others + usize::from(to > Level::None);
            if mine {
                self.writer = None;
            }
            if to > Level::Shared {
                self.writer = Some(to);
            }
        }
        free
    }

    pub fn is_reserved(&self) -> bool {
        self.writer.is_some()
    }

    /// The memory that the connections of the database share, new where nobody uses it.
    pub fn memory(&mut self) -> Arc<SharedMemory> {
        self.memory.upgrade().unwrap_or_else(|| {
            let memory = Arc::new(SharedMemory::default());
            self.memory = Arc::downgrade(&memory);
            memory
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writes_and_nobody_reads_meanwhile() {
        use Level::{Exclusive, None, Reserved, Shared};
        let mut locks = Locks::default();
        assert!(locks.change(None, Shared), "the first reader");
        assert!(locks.change(None, Shared), "the second");
        assert!(locks.change(Shared, Reserved), "one of them prepares to write");
        assert!(locks.is_reserved());
        assert!(!locks.change(Shared, Reserved), "only one");
        assert!(!locks.change(Reserved, Exclusive), "while the other reads");
        assert!(locks.change(Shared, None));
        assert!(locks.change(Reserved, Exclusive));
        assert!(!locks.change(None, Shared), "while one writes");
        assert!(locks.change(Exclusive, None));
        assert!(locks.change(None, Shared));
    }
}
