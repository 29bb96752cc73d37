//! The functions of an open file.

use std::{
    ffi::{c_int, c_void},
    ptr, slice,
    sync::{
        Arc,
        atomic::{Ordering, fence},
    },
};

use rusqlite::ffi;

use super::{
    CHARACTERISTICS, Parsed, SECTOR_SIZE, answer,
    locks::Level,
    shared_memory::{Mapping, SharedMemory},
};
use crate::{
    disk::{Failure, Shared},
    names::FileNo,
};

/// What SQLite takes for an open file: its methods, and ours behind them.
#[repr(C)]
pub(super) struct OpenFile {
    base: ffi::sqlite3_file,
    handle: *mut Handle,
}

impl OpenFile {
    /// A file that SQLite will not close.
    pub fn closed() -> Self {
        Self { base: ffi::sqlite3_file { pMethods: ptr::null() }, handle: ptr::null_mut() }
    }

    pub fn opened(handle: Handle) -> Self {
        let handle = Box::into_raw(Box::new(handle));
        Self { base: ffi::sqlite3_file { pMethods: &raw const METHODS }, handle }
    }
}

/// An open file of a disk, since one of its starts.
pub(super) struct Handle {
    disk: Arc<Shared>,
    boot: u64,
    file: FileNo,
    /// The name goes with the file when it is closed.
    delete: Option<String>,
    /// The name of a journal that may be new, or left by a process that was killed, is made durable with
    /// the first content, as the operating system's VFS does.
    sync_names: bool,
    level: Level,
    mapping: Option<Mapping>,
}

impl Handle {
    pub fn open(Parsed { disk, boot, name }: Parsed<'_>, flags: c_int) -> Result<Self, Failure> {
        let journal = flags & (ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_WAL) != 0;
        let create = flags & ffi::SQLITE_OPEN_CREATE != 0;
        let (file, _) = disk.lock().open(boot, name, create)?;
        let delete = (flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0).then(|| name.to_owned());
        Ok(Self {
            disk,
            boot,
            file,
            delete,
            sync_names: create && journal,
            level: Level::None,
            mapping: None,
        })
    }

    fn close(self) -> Result<(), Failure> {
        self.set_level(Level::None)?;
        let mut state = self.disk.lock();
        self.delete.map_or(Ok(()), |name| state.delete(self.boot, &name))
    }

    fn sync(&mut self) -> Result<(), Failure> {
        let mut state = self.disk.lock();
        state.sync(self.boot, self.file)?;
        if self.sync_names {
            state.sync_names(self.boot)?;
            self.sync_names = false;
        }
        Ok(())
    }

    /// Takes the file's lock up or down to a level; `false` where another connection is in the way.
    fn set_level(&self, level: Level) -> Result<bool, Failure> {
        let mut state = self.disk.lock();
        state.serves(self.boot)?;
        let locks = state.locks.entry(self.file).or_default();
        Ok(locks.change(self.level, level))
    }

    fn lock(&mut self, level: Level) -> Result<bool, Failure> {
        let changed = level <= self.level || self.set_level(level)?;
        if changed {
            self.level = self.level.max(level);
        }
        Ok(changed)
    }

    fn unlock(&mut self, level: Level) -> Result<(), Failure> {
        if level < self.level {
            self.set_level(level)?;
            self.level = level;
        }
        Ok(())
    }

    fn is_reserved(&self) -> Result<bool, Failure> {
        let state = self.disk.lock();
        state.serves(self.boot)?;
        Ok(state.locks.get(&self.file).is_some_and(super::Locks::is_reserved))
    }

    fn memory(&mut self) -> Result<&mut Mapping, Failure> {
        if self.mapping.is_none() {
            let mut state = self.disk.lock();
            state.serves(self.boot)?;
            let memory: Arc<SharedMemory> = state.locks.entry(self.file).or_default().memory();
            self.mapping = Some(Mapping::new(memory));
        }
        Ok(self.mapping.as_mut().expect("was made above"))
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The handle behind SQLite's file.
///
/// # Safety
/// `file` was opened by this VFS and is not closed yet, and no other reference to its handle lives:
/// SQLite uses a connection from one thread at a time.
unsafe fn handle<'f>(file: *mut ffi::sqlite3_file) -> &'f mut Handle {
    // SAFETY: as the caller promises; `OpenFile` begins with `sqlite3_file`.
    unsafe { &mut *(*file.cast::<OpenFile>()).handle }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once, and only one that was opened; the handle came from a box.
    let handle = unsafe { Box::from_raw((*file.cast::<OpenFile>()).handle) };
    // The file is gone whatever the disk says.
    let _ = handle.close();
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    out: *mut c_void,
    len: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite calls with an open file and room for `len` bytes that nobody else uses.
    let (handle, out) = unsafe { (handle(file), slice::from_raw_parts_mut(out.cast::<u8>(), len as usize)) };
    out.fill(0);
    let mut read = 0;
    let answer = answer(ffi::SQLITE_IOERR_READ, || {
        read = handle.disk.lock().read(handle.boot, handle.file, offset as usize, out)?;
        Ok(())
    });
    let short = answer == ffi::SQLITE_OK && read < out.len();
    if short { ffi::SQLITE_IOERR_SHORT_READ } else { answer }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    len: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite calls with an open file and `len` bytes that nobody changes meanwhile.
    let (handle, bytes) = unsafe { (handle(file), slice::from_raw_parts(bytes.cast::<u8>(), len as usize)) };
    answer(ffi::SQLITE_IOERR_WRITE, || {
        handle.disk.lock().write(handle.boot, handle.file, offset as usize, bytes)
    })
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite calls with an open file.
    let handle = unsafe { handle(file) };
    answer(ffi::SQLITE_IOERR_TRUNCATE, || handle.disk.lock().truncate(handle.boot, handle.file, len as usize))
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: SQLite calls with an open file.
    let handle = unsafe { handle(file) };
    answer(ffi::SQLITE_IOERR_FSYNC, || handle.sync())
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite calls with an open file and a number to be set.
    let (handle, out) = unsafe { (handle(file), &mut *out) };
    answer(ffi::SQLITE_IOERR_FSTAT, || {
        *out = handle.disk.lock().len(handle.boot, handle.file)? as i64;
        Ok(())
    })
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite calls with an open file.
    let handle = unsafe { handle(file) };
    let mut free = true;
    let answer = answer(ffi::SQLITE_IOERR_LOCK, || {
        free = handle.lock(Level::from_code(level))?;
        Ok(())
    });
    if free { answer } else { ffi::SQLITE_BUSY }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite calls with an open file.
    let handle = unsafe { handle(file) };
    answer(ffi::SQLITE_IOERR_UNLOCK, || handle.unlock(Level::from_code(level)))
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: SQLite calls with an open file and a number to be set.
    let (handle, out) = unsafe { (handle(file), &mut *out) };
    answer(ffi::SQLITE_IOERR_CHECKRESERVEDLOCK, || {
        *out = c_int::from(handle.is_reserved()?);
        Ok(())
    })
}

unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    SECTOR_SIZE
}

unsafe extern "C" fn device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    CHARACTERISTICS
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    len: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite calls with an open file and a pointer to be set.
    let (handle, out) = unsafe { (handle(file), &mut *out) };
    answer(ffi::SQLITE_IOERR_SHMMAP, || {
        let mapping = handle.memory()?;
        *out = mapping.region(region as usize, len as usize, extend != 0).cast();
        Ok(())
    })
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: SQLite calls with an open file.
    let handle = unsafe { handle(file) };
    let slots = first as usize..(first + count) as usize;
    let mut free = true;
    let answer = answer(ffi::SQLITE_IOERR_SHMLOCK, || {
        let mapping = handle.memory()?;
        if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
            mapping.unlock(slots);
        } else {
            free = mapping.lock(slots, flags & ffi::SQLITE_SHM_EXCLUSIVE != 0);
        }
        Ok(())
    });
    if free { answer } else { ffi::SQLITE_BUSY }
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {
    fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: SQLite calls with an open file.
    let handle = unsafe { handle(file) };
    // The last one to go takes the memory with it.
    handle.mapping = None;
    ffi::SQLITE_OK
}
