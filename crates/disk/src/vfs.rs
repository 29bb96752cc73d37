//! The SQLite VFS: C functions by which SQLite reaches the files of every disk of this process.
//!
//! A path is `linli-disk-NUMBER-START/NAME`: who was there before the last start of the disk has no path to
//! what is there now. What a function needs to decide is decided in safe code, here
//! and in `disk.rs`; the unsafe blocks only take SQLite's pointers apart.
#![allow(unsafe_code, reason = "SQLite calls a VFS by C functions with raw pointers")]

mod locks;
mod methods;
mod open;
mod shared_memory;

use std::{
    ffi::{CStr, c_char, c_int},
    ptr,
    sync::{Arc, Once},
};

use rusqlite::ffi;

use crate::{
    disk::{Failure, Shared},
    fault::Trouble,
};
pub(crate) use locks::Locks;

/// What SQLite calls the VFS.
pub(crate) const NAME: &str = "linli-disk";
const C_NAME: &CStr = c"linli-disk";
const PREFIX: &str = "linli-disk-";

/// As the operating system's VFS says on Linux: what lies beside a write is safe. Anything more that
/// SQLite were told, it would rely on.
const CHARACTERISTICS: c_int = ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE;
/// What SQLite takes for the size of a sector, as the operating system's VFS says.
const SECTOR_SIZE: c_int = 4096;

/// The path of a file on a disk since one of its starts.
pub(crate) fn path(disk: u64, boot: u64, name: &str) -> String {
    format!("{PREFIX}{disk}-{boot}/{name}")
}

/// What a path says.
struct Parsed<'p> {
    disk: Arc<Shared>,
    boot: u64,
    name: &'p str,
}

fn parse(path: &str) -> Option<Parsed<'_>> {
    let (place, name) = path.strip_prefix(PREFIX)?.split_once('/')?;
    let (disk, boot) = place.split_once('-')?;
    Some(Parsed { disk: Shared::by_number(disk.parse().ok()?)?, boot: boot.parse().ok()?, name })
}

/// Makes the VFS known to SQLite, once in a process.
pub(crate) fn register() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // SAFETY: SQLite initialises itself in this call, if it has not yet.
        let system = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        assert!(!system.is_null(), "SQLite has a VFS for the operating system");
        // SAFETY: the default VFS is never unregistered, and a copy of its table is ours to change.
        let system = unsafe { ptr::read(system) };
        let vfs = ffi::sqlite3_vfs {
            iVersion: 2,
            szOsFile: size_of::<methods::OpenFile>() as c_int,
            pNext: ptr::null_mut(),
            zName: C_NAME.as_ptr(),
            pAppData: ptr::null_mut(),
            xOpen: Some(open::open),
            xDelete: Some(open::delete),
            xAccess: Some(open::access),
            xFullPathname: Some(open::full_pathname),
            xSleep: Some(open::sleep),
            xCurrentTime: Some(open::current_time),
            xCurrentTimeInt64: Some(open::current_time_int64),
            xGetLastError: None,
            ..system
        };
        // SAFETY: SQLite keeps the pointer for as long as the process lives; the table is never freed.
        let code = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite takes a VFS that is well-formed");
    });
}

/// Runs what a C function is about, and says to SQLite how it went.
fn answer(failed: c_int, run: impl FnOnce() -> Result<(), Failure>) -> c_int {
    match run() {
        Ok(()) => ffi::SQLITE_OK,
        Err(Failure::Trouble(Trouble::Full)) => ffi::SQLITE_FULL,
        Err(Failure::NoPower | Failure::NotFound | Failure::Trouble(Trouble::Io)) => failed,
    }
}

/// A path that SQLite hands over; `None` for one that cannot be one of ours.
///
/// # Safety
/// `path` is null or points to a string that ends in a null byte and outlives the answer.
unsafe fn text<'p>(path: *const c_char) -> Option<&'p str> {
    if path.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(path) }.to_str().ok()
}

#[cfg(test)]
mod tests;
