//! The disk as a test holds it, and the one way in which every call reaches its files.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use linli_store::Place;

use crate::{
    chance::Chance,
    fault::{Armed, Call, Fault, Trouble},
    file::File,
    names::{FileNo, Names},
    place::DiskPlace,
    vfs::{self, Locks},
};

/// A disk of one machine. A clone is another handle on the same disk; see [`copy`](Self::copy).
#[derive(Debug, Clone)]
pub struct Disk(Arc<Shared>);

/// What the handles of a disk, its open files and its places share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub number: u64,
    state: Mutex<State>,
}

/// Disks by their numbers, for the VFS: it knows nothing but paths.
static DISKS: Mutex<(u64, BTreeMap<u64, Weak<Shared>>)> = Mutex::new((0, BTreeMap::new()));

impl Disk {
    /// An empty disk. The seed decides what crashes and failed syncs leave.
    pub fn new(seed: u64) -> Self {
        Self::with(State::new(seed))
    }

    fn with(state: State) -> Self {
        vfs::register();
        let mut disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
        disks.0 += 1;
        let shared = Arc::new(Shared { number: disks.0, state: Mutex::new(state) });
        disks.1.insert(shared.number, Arc::downgrade(&shared));
        Self(shared)
    }

    /// The place that a replica is created or opened at, until the next crash.
    pub fn place(&self) -> Arc<dyn Place> {
        Arc::new(DiskPlace { disk: self.0.clone(), boot: self.0.lock().boot })
    }

    /// Another disk with everything that is live on this one, durably: a backup, or a clone. Taken
    /// while the database is open it is what a snapshot of the running machine would be.
    #[must_use]
    pub fn copy(&self) -> Self {
        let copied = self.0.lock().copied();
        Self::with(copied)
    }

    /// The same disk once more, in every respect but what chance will do to it: what is not durable is
    /// not durable there either.
    #[must_use]
    pub fn twin(&self, seed: u64) -> Self {
        let twin = self.0.lock().twin(seed);
        Self::with(twin)
    }

    /// The machine loses power and starts again: durable content and names stay, of later changes any
    /// part. Whatever had files open finds that nothing works any more; armed faults and cuts are off.
    pub fn crash(&self) {
        self.0.lock().crash();
    }

    /// The process ends, the machine goes on: as [`crash`](Self::crash), but everything written stays.
    pub fn kill(&self) {
        self.0.lock().start();
    }

    /// The power goes in the middle of the `nth` change from now on, counted from 1; nothing works from
    /// then on until [`crash`](Self::crash).
    pub fn cut_power_at(&self, nth: u64) {
        let mut state = self.0.lock();
        state.cut_at = Some(state.changes + nth);
    }

    /// How often something was changed or synced so far: the moments at which power can be cut.
    pub fn changes(&self) -> u64 {
        self.0.lock().changes
    }

    /// How many calls of a kind there were so far.
    pub fn calls(&self, call: Call) -> u64 {
        self.0.lock().calls.get(&call).copied().unwrap_or(0)
    }

    pub fn has_power(&self) -> bool {
        self.0.lock().power
    }

    /// Makes calls fail from now on, instead of those that failed so far.
    pub fn fail(&self, fault: Fault) {
        self.0.lock().fault = Some(Armed::new(fault));
    }

    /// Makes calls succeed again. Says whether any failed.
    pub fn repair(&self) -> bool {
        self.0.lock().fault.take().is_some_and(|fault| fault.has_struck())
    }
}

impl Shared {
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The disk of this number, if anything still holds it.
    pub fn by_number(number: u64) -> Option<Arc<Self>> {
        DISKS.lock().unwrap_or_else(PoisonError::into_inner).1.get(&number)?.upgrade()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        DISKS.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&self.number);
    }
}

/// Why a call did not do what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    NoPower,
    NotFound,
    Trouble(Trouble),
}

/// How a call goes.
enum Course {
    Through,
    /// The power goes in the middle of it.
    Cut,
    Fails(Trouble),
}

#[derive(Debug)]
pub(crate) struct State {
    files: BTreeMap<FileNo, File>,
    names: Names,
    next_file: FileNo,
    chance: Chance,
    /// What the machine takes for randomness; apart from `chance`, so that neither shifts the other.
    randomness: Chance,
    /// Counts starts. What was opened before the last one is dead.
    pub boot: u64,
    power: bool,
    changes: u64,
    cut_at: Option<u64>,
    calls: BTreeMap<Call, u64>,
    fault: Option<Armed>,
    /// The locks of open databases; they do not outlive the process.
    pub locks: BTreeMap<FileNo, Locks>,
}

impl State {
    fn new(seed: u64) -> Self {
        Self {
            files: BTreeMap::new(),
            names: Names::default(),
            next_file: 0,
            chance: Chance::new(seed),
            randomness: Chance::new(!seed),
            boot: 0,
            power: true,
            changes: 0,
            cut_at: None,
            calls: BTreeMap::new(),
            fault: None,
            locks: BTreeMap::new(),
        }
    }

    fn copied(&mut self) -> Self {
        let named = self.files.iter().filter(|(file, _)| self.names.mention(**file));
        let files = named.map(|(no, file)| (*no, file.copied())).collect();
        let mut copied = Self::new(self.chance.next());
        (copied.files, copied.names, copied.next_file) = (files, self.names.copied(), self.next_file);
        copied
    }

    fn twin(&self, seed: u64) -> Self {
        let mut twin = Self::new(seed);
        let named = self.files.iter().filter(|(file, _)| self.names.mention(**file));
        twin.files = named.map(|(no, file)| (*no, file.clone())).collect();
        (twin.names, twin.next_file) = (self.names.clone(), self.next_file);
        twin
    }

    fn crash(&mut self) {
        let survival = self.chance.crash();
        self.names.crash(survival, &mut self.chance);
        for file in self.files.values_mut() {
            file.crash(survival, &mut self.chance);
        }
        self.start();
    }

    fn start(&mut self) {
        self.boot += 1;
        self.power = true;
        self.cut_at = None;
        self.fault = None;
        self.locks.clear();
        let names = &self.names;
        self.files.retain(|file, _| names.mention(*file));
    }

    pub fn fill_random(&mut self, buffer: &mut [u8]) {
        for part in buffer.chunks_mut(8) {
            part.copy_from_slice(&self.randomness.next().to_le_bytes()[..part.len()]);
        }
    }

    /// Whether someone who was there at that start can still use the disk.
    pub fn serves(&self, boot: u64) -> Result<(), Failure> {
        if self.power && self.boot == boot { Ok(()) } else { Err(Failure::NoPower) }
    }

    /// Counts a call and says how it goes.
    fn course(&mut self, boot: u64, call: Call, changes: bool) -> Result<Course, Failure> {
        self.serves(boot)?;
        *self.calls.entry(call).or_default() += 1;
        if changes {
            self.changes += 1;
            if self.cut_at == Some(self.changes) {
                self.power = false;
                return Ok(Course::Cut);
            }
        }
        let trouble = self.fault.as_mut().and_then(|fault| fault.strike(call));
        Ok(trouble.map_or(Course::Through, Course::Fails))
    }

    /// A call that changes nothing durable, or nothing at all.
    fn plain(&mut self, boot: u64, call: Call) -> Result<(), Failure> {
        match self.course(boot, call, false)? {
            Course::Fails(trouble) => Err(Failure::Trouble(trouble)),
            Course::Through | Course::Cut => Ok(()),
        }
    }

    /// A change that happens whole, or not at all where it fails. Where the power goes in the middle of
    /// it, it may have happened: that is for the crash to decide.
    fn change(&mut self, boot: u64, call: Call, change: impl FnOnce(&mut Self)) -> Result<(), Failure> {
        match self.course(boot, call, true)? {
            Course::Through => {
                change(self);
                Ok(())
            }
            Course::Cut => {
                change(self);
                Err(Failure::NoPower)
            }
            Course::Fails(trouble) => Err(Failure::Trouble(trouble)),
        }
    }

    pub fn find(&self, boot: u64, name: &str) -> Result<Option<FileNo>, Failure> {
        self.serves(boot)?;
        Ok(self.names.get(name))
    }

    /// Opens a file, or creates it where it may; says whether it is new.
    pub fn open(&mut self, boot: u64, name: &str, create: bool) -> Result<(FileNo, bool), Failure> {
        if let Some(file) = self.names.get(name) {
            self.plain(boot, Call::Open)?;
            return Ok((file, false));
        }
        if !create {
            self.serves(boot)?;
            return Err(Failure::NotFound);
        }
        self.next_file += 1;
        let file = self.next_file;
        self.change(boot, Call::Open, |state| {
            state.files.insert(file, File::default());
            state.names.create(name, file);
        })?;
        Ok((file, true))
    }

    pub fn len(&self, boot: u64, file: FileNo) -> Result<usize, Failure> {
        self.serves(boot)?;
        Ok(self.files.get(&file).map_or(0, |file| file.bytes().len()))
    }

    /// Reads what there is; returns how many bytes that is.
    pub fn read(
        &mut self,
        boot: u64,
        file: FileNo,
        offset: usize,
        buffer: &mut [u8],
    ) -> Result<usize, Failure> {
        self.plain(boot, Call::Read)?;
        Ok(self.files.get(&file).map_or(0, |file| file.read(offset, buffer)))
    }

    pub fn write(&mut self, boot: u64, file: FileNo, offset: usize, bytes: &[u8]) -> Result<(), Failure> {
        let course = self.course(boot, Call::Write, true)?;
        let file = self.files.get_mut(&file).ok_or(Failure::NotFound)?;
        match course {
            Course::Through => {
                file.write(offset, bytes);
                Ok(())
            }
            Course::Cut => {
                file.write(offset, bytes);
                Err(Failure::NoPower)
            }
            Course::Fails(trouble) => {
                file.write(offset, &bytes[..bytes.len() / 2]);
                Err(Failure::Trouble(trouble))
            }
        }
    }

    pub fn truncate(&mut self, boot: u64, file: FileNo, len: usize) -> Result<(), Failure> {
        self.change(boot, Call::Truncate, |state| {
            if let Some(file) = state.files.get_mut(&file) {
                file.truncate(len);
            }
        })
    }

    pub fn sync(&mut self, boot: u64, file: FileNo) -> Result<(), Failure> {
        let course = self.course(boot, Call::Sync, true)?;
        let file = self.files.get_mut(&file).ok_or(Failure::NotFound)?;
        match course {
            Course::Through => {
                file.sync();
                Ok(())
            }
            Course::Cut => Err(Failure::NoPower),
            Course::Fails(trouble) => {
                file.sync_badly(&mut self.chance);
                Err(Failure::Trouble(trouble))
            }
        }
    }

    pub fn sync_names(&mut self, boot: u64) -> Result<(), Failure> {
        match self.course(boot, Call::Sync, true)? {
            Course::Through => {
                self.names.sync();
                Ok(())
            }
            Course::Cut => Err(Failure::NoPower),
            Course::Fails(trouble) => Err(Failure::Trouble(trouble)),
        }
    }

    pub fn rename(&mut self, boot: u64, from: &str, to: &str) -> Result<(), Failure> {
        self.find(boot, from)?.ok_or(Failure::NotFound)?;
        self.change(boot, Call::Rename, |state| state.names.rename(from, to))
    }

    pub fn delete(&mut self, boot: u64, name: &str) -> Result<(), Failure> {
        self.find(boot, name)?.ok_or(Failure::NotFound)?;
        self.change(boot, Call::Delete, |state| state.names.delete(name))
    }
}

#[cfg(test)]
mod tests;
