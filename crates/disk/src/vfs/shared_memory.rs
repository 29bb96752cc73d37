//! The memory that connections in WAL mode share: the index of the write-ahead log and eight locks.
//!
//! It does not outlive the connections, so a database that is opened anew always reads its log anew.

use std::{
    alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error},
    ops::Range,
    ptr,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::ffi;

const SLOTS: usize = ffi::SQLITE_SHM_NLOCK as usize;
/// SQLite reads and writes words in the regions.
const ALIGN: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct SharedMemory(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    regions: Vec<Region>,
    slots: [Slot; SLOTS],
}

#[derive(Debug, Default, Clone, Copy)]
struct Slot {
    readers: usize,
    writer: bool,
}

/// A piece of memory that SQLite alone reads and writes.
#[derive(Debug)]
struct Region {
    start: *mut u8,
    layout: Layout,
}

// SAFETY: only SQLite looks behind the pointer, and it orders what its threads do there by the locks and
// barriers of the VFS.
unsafe impl Send for Region {}

impl Region {
    fn new(len: usize) -> Self {
        let layout = Layout::from_size_align(len.max(1), ALIGN).expect("SQLite's regions are small");
        // SAFETY: the layout is not empty.
        let start = unsafe { alloc_zeroed(layout) };
        if start.is_null() {
            handle_alloc_error(layout);
        }
        Self { start, layout }
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this layout; every connection that had it mapped is closed.
        unsafe { dealloc(self.start, self.layout) };
    }
}

/// The shared memory as one connection uses it.
#[derive(Debug)]
pub(crate) struct Mapping {
    memory: Arc<SharedMemory>,
    /// The locks that this connection has.
    reads: [bool; SLOTS],
    writes: [bool; SLOTS],
}

impl Mapping {
    pub fn new(memory: Arc<SharedMemory>) -> Self {
        Self { memory, reads: [false; SLOTS], writes: [false; SLOTS] }
    }

    /// A region; null where it is not there and is not to be made.
    pub fn region(&self, number: usize, len: usize, extend: bool) -> *mut u8 {
        let mut inner = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        while extend && inner.regions.len() <= number {
            inner.regions.push(Region::new(len));
        }
        inner.regions.get(number).map_or(ptr::null_mut(), |region| region.start)
    }

    /// Takes all of these locks, or none: `false` where another connection is in the way.
    pub fn lock(&mut self, slots: Range<usize>, exclusive: bool) -> bool {
        let mut inner = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        let free = slots.clone().all(|at| {
            let Slot { readers, writer } = inner.slots[at];
            let others_write = writer && !self.writes[at];
            let others_read = readers > usize::from(self.reads[at]);
            !(others_write || exclusive && others_read)
        });
        if free {
            for at in slots {
                let (slot, held) = (&mut inner.slots[at], self.reads[at] || self.writes[at]);
                match (held, exclusive) {
                    (true, _) => {}
                    (false, true) => (slot.writer, self.writes[at]) = (true, true),
                    (false, false) => {
                        slot.readers += 1;
                        self.reads[at] = true;
                    }
                }
            }
        }
        free
    }

    pub fn unlock(&mut self, slots: Range<usize>) {
        let mut inner = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        for at in slots {
            if std::mem::take(&mut self.writes[at]) {
                inner.slots[at].writer = false;
            }
            if std::mem::take(&mut self.reads[at]) {
                inner.slots[at].readers -= 1;
            }
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.unlock(0..SLOTS);
    }
}
