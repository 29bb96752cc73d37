//! Calls that fail without the power failing.

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// Opening or creating a file.
    Open,
    Read,
    Write,
    /// Making a file's content, or the names of files, durable.
    Sync,
    Truncate,
    Rename,
    Delete,
}

impl Call {
    pub const ALL: [Self; 7] =
        [Self::Open, Self::Read, Self::Write, Self::Sync, Self::Truncate, Self::Rename, Self::Delete];
}

/// What a failing call says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// An input/output error.
    Io,
    /// No space is left.
    Full,
}

/// Which calls fail: the `nth` of its kind from now on, counted from 1, and where it lasts every
/// later one.
///
/// Of a write that fails, the first half has been written. After a sync that fails some changes are
/// durable and the others never will be, however often one syncs, as on Linux; they can still be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    pub call: Call,
    pub nth: u64,
    pub trouble: Trouble,
    pub lasts: bool,
}

/// A fault that waits for its call.
#[derive(Debug)]
pub(crate) struct Armed {
    fault: Fault,
    calls: u64,
}

impl Armed {
    pub fn new(fault: Fault) -> Self {
        Self { fault, calls: 0 }
    }

    /// Counts a call; how it fails, if it does.
    pub fn strike(&mut self, call: Call) -> Option<Trouble> {
        let Fault { call: struck, nth, trouble, lasts } = self.fault;
        if call != struck {
            return None;
        }
        self.calls += 1;
        (self.calls == nth || lasts && self.calls > nth).then_some(trouble)
    }

    pub fn has_struck(&self) -> bool {
        self.calls >= self.fault.nth
    }
}
