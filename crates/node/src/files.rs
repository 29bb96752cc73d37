//! Files that are there whole or not at all.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use crate::error::NodeError;

/// Reads a file that a person named.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, NodeError> {
    fs::read(path).map_err(|source| NodeError::Read { path: path.to_owned(), source })
}

/// Writes a file beside its place, durably, and then moves it there.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<(), NodeError> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    written.map_err(|source| {
        // What could not be finished is of no use to anybody.
        let _ = fs::remove_file(&partial);
        NodeError::Write { path: path.to_owned(), source }
    })
}
