//! Where a replica keeps its files and gets its randomness: a directory of the operating system, or for
//! tests a disk that loses power.

use std::{
    fmt::Debug,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::error::StoreError;

/// A flat set of named files, and the SQLite VFS that reaches them.
///
/// Written content is durable when [`write`](Self::write) returns; names are durable after
/// [`sync`](Self::sync).
pub trait Place: Debug + Send + Sync {
    /// What messages call the place.
    fn path(&self) -> PathBuf;
    /// A file's path, as SQLite and messages know it.
    fn file(&self, name: &str) -> PathBuf;
    /// The name of the SQLite VFS that knows such paths; `None` for the operating system's.
    fn vfs(&self) -> Option<&str>;
    fn exists(&self, name: &str) -> io::Result<bool>;
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;
    /// Writes a file anew, for its owner alone.
    fn write(&self, name: &str, content: &[u8]) -> io::Result<()>;
    /// Gives a file another name, which it takes over from any file that has it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Makes durable which names there are.
    fn sync(&self) -> io::Result<()>;
    /// Fills a buffer so that nobody can guess it: keys, salts and incarnations are made of it.
    fn fill_random(&self, buffer: &mut [u8]) -> Result<(), StoreError> {
        Ok(getrandom::fill(buffer)?)
    }
}

/// Randomness of a place, or of the system for a replica in memory.
pub(crate) fn fill_random(place: Option<&dyn Place>, buffer: &mut [u8]) -> Result<(), StoreError> {
    match place {
        Some(place) => place.fill_random(buffer),
        None => Ok(getrandom::fill(buffer)?),
    }
}

/// Replaces a file by one with this content: whole or not at all, and durably.
pub(crate) fn replace(place: &dyn Place, name: &str, content: &[u8]) -> Result<(), StoreError> {
    let partial = format!("{name}.partial");
    let replaced = place
        .write(&partial, content)
        .and_then(|()| place.rename(&partial, name))
        .and_then(|()| place.sync());
    replaced.map_err(file_error(&place.file(name)))
}

/// A directory of the operating system, held against other processes.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    /// The operating system lets go of it with the process.
    _lock: File,
}

impl Directory {
    /// Makes a directory that only its owner can enter, if there is none.
    pub fn make(path: &Path) -> Result<Self, StoreError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(file_error(path))?;
        Self::lock(path)
    }

    /// Takes a directory that there is.
    pub fn lock(path: &Path) -> Result<Self, StoreError> {
        let file = path.join("lock");
        let options = OpenOptions::new().create(true).truncate(false).write(true).open(&file);
        let lock = options.map_err(file_error(&file))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(StoreError::File { path: file, source }),
        }
    }
}

impl Place for Directory {
    fn path(&self) -> PathBuf {
        self.path.clone()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn vfs(&self) -> Option<&str> {
        None
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.file(name).try_exists()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.file(name))
    }

    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(self.file(name))?;
        file.write_all(content)?;
        file.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.file(from), self.file(to))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

pub(crate) fn file_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError + '_ {
    move |source| match source.kind() {
        io::ErrorKind::StorageFull => StoreError::DiskFull,
        _ => StoreError::File { path: path.to_owned(), source },
    }
}
