//! The functions that are about paths, and the few others of the VFS itself.

use std::{
    ffi::{c_char, c_int},
    mem::MaybeUninit,
    ptr,
};

use rusqlite::ffi;

use super::{
    Parsed, answer,
    methods::{Handle, OpenFile},
    parse, text,
};
use crate::disk::Failure;

/// Noon of 23 November 2026, as the number of its Julian day and in milliseconds: a disk has no clock.
const NOW_JULIAN_DAY: f64 = 2_461_368.0;
const NOW_JULIAN_MS: i64 = 2_461_368 * 86_400_000;

pub(super) unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let file = file.cast::<MaybeUninit<OpenFile>>();
    // SAFETY: SQLite gives `szOsFile` bytes, aligned for any type, for the file that is opened. Without
    // methods it does not close a file that could not be opened.
    let file = unsafe { &mut *file };
    file.write(OpenFile::closed());
    // SAFETY: SQLite's paths are strings that live through the call.
    let path = unsafe { text(path) };
    let opened = answer(ffi::SQLITE_CANTOPEN, || {
        let handle = Handle::open(path.and_then(parse).ok_or(Failure::NotFound)?, flags)?;
        file.write(OpenFile::opened(handle));
        Ok(())
    });
    if opened == ffi::SQLITE_OK && !out_flags.is_null() {
        // SAFETY: where it is not null it points to a number to be set.
        unsafe { *out_flags = flags };
    }
    opened
}

pub(super) unsafe extern "C" fn delete(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    sync_directory: c_int,
) -> c_int {
    // SAFETY: SQLite's paths are strings that live through the call.
    let Some(Parsed { disk, boot, name }) = unsafe { text(path) }.and_then(parse) else {
        return ffi::SQLITE_IOERR_DELETE;
    };
    let mut state = disk.lock();
    let mut found = true;
    let deleted = answer(ffi::SQLITE_IOERR_DELETE, || {
        found = state.find(boot, name)?.is_some();
        if found {
            state.delete(boot, name)?;
        }
        if found && sync_directory != 0 {
            state.sync_names(boot)?;
        }
        Ok(())
    });
    if found { deleted } else { ffi::SQLITE_IOERR_DELETE_NOENT }
}

pub(super) unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's paths are strings that live through the call.
    let Some(Parsed { disk, boot, name }) = unsafe { text(path) }.and_then(parse) else {
        return ffi::SQLITE_IOERR_ACCESS;
    };
    let state = disk.lock();
    answer(ffi::SQLITE_IOERR_ACCESS, || {
        let there = match state.find(boot, name)? {
            // As the operating system's VFS: an empty file is as good as none.
            Some(file) if flags == ffi::SQLITE_ACCESS_EXISTS => state.len(boot, file)? > 0,
            Some(_) => true,
            None => false,
        };
        // SAFETY: SQLite gives a number to be set.
        unsafe { *out = c_int::from(there) };
        Ok(())
    })
}

pub(super) unsafe extern "C" fn full_pathname(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    capacity: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite's paths are strings that live through the call.
    let Some(path) = (unsafe { text(path) }) else { return ffi::SQLITE_CANTOPEN };
    if path.len() >= capacity as usize {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: there is room for `capacity` bytes, which the path and its null byte do not exceed.
    unsafe {
        ptr::copy_nonoverlapping(path.as_ptr().cast(), out, path.len());
        *out.add(path.len()) = 0;
    }
    ffi::SQLITE_OK
}

/// Waiting for a lock costs no time, though another thread may let go of it.
pub(super) unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    std::thread::yield_now();
    microseconds
}

pub(super) unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: SQLite gives a number to be set.
    unsafe { *out = NOW_JULIAN_DAY };
    ffi::SQLITE_OK
}

pub(super) unsafe extern "C" fn current_time_int64(
    _: *mut ffi::sqlite3_vfs,
    out: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives a number to be set.
    unsafe { *out = NOW_JULIAN_MS };
    ffi::SQLITE_OK
}
