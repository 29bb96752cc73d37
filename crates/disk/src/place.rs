//! The disk as a place where a replica keeps its files.

use std::{io, path::PathBuf, sync::Arc};

use linli_store::{Place, StoreError};

use crate::{
    disk::{Failure, Shared},
    fault::Trouble,
    vfs,
};

/// A disk since one of its starts.
#[derive(Debug)]
pub(crate) struct DiskPlace {
    pub disk: Arc<Shared>,
    pub boot: u64,
}

impl Place for DiskPlace {
    fn path(&self) -> PathBuf {
        PathBuf::from(format!("disk {}", self.disk.number))
    }

    fn file(&self, name: &str) -> PathBuf {
        PathBuf::from(vfs::path(self.disk.number, self.boot, name))
    }

    fn vfs(&self) -> Option<&str> {
        Some(vfs::NAME)
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        Ok(self.disk.lock().find(self.boot, name).map_err(error)?.is_some())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut state = self.disk.lock();
        let (file, _) = state.open(self.boot, name, false).map_err(error)?;
        let mut bytes = vec![0; state.len(self.boot, file).map_err(error)?];
        state.read(self.boot, file, 0, &mut bytes).map_err(error)?;
        Ok(bytes)
    }

    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let mut state = self.disk.lock();
        let (file, new) = state.open(self.boot, name, true).map_err(error)?;
        if !new {
            state.truncate(self.boot, file, 0).map_err(error)?;
        }
        state.write(self.boot, file, 0, content).map_err(error)?;
        state.sync(self.boot, file).map_err(error)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.lock().rename(self.boot, from, to).map_err(error)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.lock().sync_names(self.boot).map_err(error)
    }

    fn fill_random(&self, buffer: &mut [u8]) -> Result<(), StoreError> {
        self.disk.lock().fill_random(buffer);
        Ok(())
    }
}

fn error(failure: Failure) -> io::Error {
    match failure {
        Failure::NotFound => io::ErrorKind::NotFound.into(),
        Failure::Trouble(Trouble::Full) => io::ErrorKind::StorageFull.into(),
        Failure::NoPower => io::Error::other("the disk has no power"),
        Failure::Trouble(Trouble::Io) => io::Error::other("the disk has a fault"),
    }
}
