//! Opening a data directory: one process at a time, encrypted, brought to this version.
//!
//! ```text
//! DIR/lock       held by the process that uses the directory
//! DIR/key        the database key, 64 hexadecimal digits, readable by its owner alone
//! DIR/linli.db   the database (SQLCipher), with its -wal and -shm while it is open
//! DIR/mark       per own log the last sequence number that may have left this machine
//! ```

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write as _,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use rusqlite::{Connection, OpenFlags};

use crate::{error::StoreError, schema};

/// The 256-bit key of a database.
#[derive(Clone)]
pub struct DatabaseKey([u8; 32]);

impl DatabaseKey {
    pub fn random() -> Result<Self, StoreError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self(key))
    }

    fn pragma(&self) -> String {
        format!("PRAGMA key = \"x'{}'\";", HEXLOWER.encode(&self.0))
    }
}

impl std::fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseKey(…)")
    }
}

/// An open data directory.
#[derive(Debug)]
pub struct Opened {
    pub(crate) connection: Connection,
    pub(crate) directory: Option<PathBuf>,
    key: DatabaseKey,
    /// Held until the replica is dropped; the operating system lets go of it with the process.
    _lock: Option<File>,
}

impl Opened {
    /// Creates a data directory; refuses one that has data.
    pub fn create(directory: &Path) -> Result<Self, StoreError> {
        create_private(directory)?;
        let lock = lock(directory)?;
        let database = directory.join("linli.db");
        if database.exists() {
            return Err(StoreError::AlreadyInitialised(directory.to_owned()));
        }
        let key = DatabaseKey::random()?;
        write_private(&directory.join("key"), HEXLOWER.encode(&key.0).as_bytes())?;
        let connection = connect(&database, &key, true)?;
        Self { connection, directory: Some(directory.to_owned()), key, _lock: Some(lock) }.migrated()
    }

    /// Opens a data directory that has data.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let database = directory.join("linli.db");
        if !database.exists() {
            return Err(StoreError::NotInitialised(directory.to_owned()));
        }
        let lock = lock(directory)?;
        let path = directory.join("key");
        let text = fs::read_to_string(&path).map_err(file_error(&path))?;
        let key = HEXLOWER.decode(text.trim().as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        let key = DatabaseKey(key.ok_or_else(|| StoreError::WrongKey { path: path.clone() })?);
        let connection = connect(&database, &key, false)?;
        Self { connection, directory: Some(directory.to_owned()), key, _lock: Some(lock) }.migrated()
    }

    /// A replica in memory, for checking a snapshot.
    pub fn in_memory() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory()?;
        let key = DatabaseKey::random()?;
        Self { connection, directory: None, key, _lock: None }.migrated()
    }

    fn migrated(mut self) -> Result<Self, StoreError> {
        let directory = self.directory.clone().unwrap_or_default();
        schema::migrations().to_latest(&mut self.connection).map_err(|error| match error {
            rusqlite_migration::Error::MigrationDefinition(
                rusqlite_migration::MigrationDefinitionError::DatabaseTooFarAhead,
            ) => StoreError::NewerVersion(directory),
            rusqlite_migration::Error::RusqliteError { err, .. } => StoreError::from(err),
            other => StoreError::Migration(Box::new(other)),
        })?;
        Ok(self)
    }

    /// A second connection that only reads; `None` for a replica in memory.
    pub(crate) fn reader(&self) -> Result<Option<Connection>, StoreError> {
        let Some(directory) = &self.directory else { return Ok(None) };
        let connection = connect(&directory.join("linli.db"), &self.key, false)?;
        Ok(Some(connection))
    }
}

fn connect(path: &Path, key: &DatabaseKey, create: bool) -> Result<Connection, StoreError> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = Connection::open_with_flags(path, flags)?;
    // SQLCipher would write what we report as errors to standard error as well.
    connection.execute_batch(&format!("PRAGMA cipher_log_level = NONE; {}", key.pragma()))?;
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;
                    PRAGMA cache_size = -65536; PRAGMA busy_timeout = 10000;";
    connection.execute_batch(settings).map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreError::WrongKey { path: path.to_owned() },
        _ => StoreError::from(error),
    })?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join("lock");
    let options = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = options.map_err(file_error(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(StoreError::File { path, source }),
    }
}

/// Makes a directory that only its owner can enter, if there is none.
fn create_private(directory: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(file_error(directory))
}

/// Writes a file that only its owner can read, whole or not at all, and durably.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let partial = path.with_extension("partial");
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&partial).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
    });
    written.map_err(file_error(path))
}

pub(crate) fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError + '_ {
    move |source| match source.kind() {
        std::io::ErrorKind::StorageFull => StoreError::DiskFull,
        _ => StoreError::File { path: path.to_owned(), source },
    }
}
