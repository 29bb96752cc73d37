//! Opening a data directory: one process at a time, encrypted, brought to this version.
//!
//! ```text
//! DIR/lock       held by the process that uses the directory
//! DIR/key        the database key, 64 hexadecimal digits, readable by its owner alone
//! DIR/linli.db   the database (SQLCipher), with its -wal and -shm while it is open
//! DIR/attachments.db   the bytes of attachments, once there are any, under the same key
//! DIR/mark       per own log the last sequence number that may have left this machine
//! ```

use std::{num::NonZero, path::Path, sync::Arc, thread};

use data_encoding::HEXLOWER;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::Migrations;

use crate::{
    attachments,
    engine::DetachedEngine,
    error::StoreError,
    place::{self, Directory, Place, file_error},
    schema,
};

const DATABASE: &str = "linli.db";
const ATTACHMENTS: &str = "attachments.db";
const KEY: &str = "key";

/// KiB of pages that the writer keeps, and one who reads much at once: a bound on memory, however large the
/// database is.
const WRITER_CACHE_KIB: u32 = 16 << 10;
const READER_CACHE_KIB: u32 = 64 << 10;

/// Rows of an index that are looked at to tell a plan what a temporary table is like. All of them would take as long as making it.
const ANALYSED_ROWS: u32 = 1_000;

/// Connections that read at the same time for one piece of work: a bound on memory, whatever the machine.
const READERS_MAX: usize = 4;

/// The 256-bit key of a database.
struct DatabaseKey([u8; 32]);

impl DatabaseKey {
    fn random(place: Option<&dyn Place>) -> Result<Self, StoreError> {
        let mut key = [0; 32];
        place::fill_random(place, &mut key)?;
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
    // Closed before the place is let go of.
    pub(crate) connection: Connection,
    /// Opened when it is first asked for.
    attachments: Option<Connection>,
    /// `None` for a replica in memory.
    pub(crate) place: Option<Arc<dyn Place>>,
    key: DatabaseKey,
}

impl Opened {
    /// Creates a data directory; refuses one that has data.
    pub fn create(directory: &Path) -> Result<Self, StoreError> {
        Self::create_at(Arc::new(Directory::make(directory)?))
    }

    /// Opens a data directory that has data.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        if !directory.join(DATABASE).exists() {
            return Err(StoreError::NotInitialised(directory.to_owned()));
        }
        Self::open_at(Arc::new(Directory::lock(directory)?))
    }

    /// Creates a database in a place that has none.
    pub fn create_at(place: Arc<dyn Place>) -> Result<Self, StoreError> {
        if has_database(&*place)? {
            return Err(StoreError::AlreadyInitialised(place.path()));
        }
        let key = DatabaseKey::random(Some(&*place))?;
        place::replace(&*place, KEY, HEXLOWER.encode(&key.0).as_bytes())?;
        let connection = connect(&*place, DATABASE, &key, true)?;
        Self { connection, attachments: None, place: Some(place), key }.migrated()
    }

    /// Opens the database of a place.
    pub fn open_at(place: Arc<dyn Place>) -> Result<Self, StoreError> {
        if !has_database(&*place)? {
            return Err(StoreError::NotInitialised(place.path()));
        }
        let path = place.file(KEY);
        let text = place.read(KEY).map_err(file_error(&path))?;
        let key = HEXLOWER.decode(text.trim_ascii()).ok().and_then(|bytes| bytes.try_into().ok());
        let key = DatabaseKey(key.ok_or(StoreError::WrongKey { path })?);
        renew_log(&*place, DATABASE)?;
        let connection = connect(&*place, DATABASE, &key, false)?;
        Self { connection, attachments: None, place: Some(place), key }.migrated()
    }

    /// A replica in memory, for checking a snapshot.
    pub fn in_memory() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory()?;
        let key = DatabaseKey::random(None)?;
        Self { connection, attachments: None, place: None, key }.migrated()
    }

    fn migrated(mut self) -> Result<Self, StoreError> {
        migrate(&schema::migrations(), &mut self.connection, self.place.as_deref())?;
        Ok(self)
    }

    /// A second connection that only reads; `None` for a replica in memory.
    pub(crate) fn reader(&self) -> Result<Option<Connection>, StoreError> {
        let Some(place) = self.place.as_ref() else { return Ok(None) };
        let connection = connect(&**place, DATABASE, &self.key, false)?;
        connection.execute_batch(&format!(
            "PRAGMA cache_size = -{READER_CACHE_KIB}; PRAGMA analysis_limit = {ANALYSED_ROWS};"
        ))?;
        Ok(Some(connection))
    }

    /// Engines on one state for so many tasks: the caller lets nobody write meanwhile.
    pub(crate) fn readers(&self, tasks: usize) -> Result<Vec<DetachedEngine>, StoreError> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get).min(READERS_MAX);
        // A simulated disk counts its calls, so they come to it in one order.
        let simulated = self.place.as_ref().is_some_and(|place| place.vfs().is_some());
        let count = if simulated { 1 } else { tasks.clamp(1, cores) };
        let readers = (0..count).map(|_| self.reader()?.map(DetachedEngine::of).transpose());
        readers.filter_map(Result::transpose).collect()
    }

    /// The database of attachments, made if there is none.
    pub(crate) fn attachments(&mut self) -> Result<&mut Connection, StoreError> {
        if self.attachments.is_none() {
            let mut files = match self.place.as_deref() {
                Some(place) => {
                    renew_log(place, ATTACHMENTS)?;
                    connect(place, ATTACHMENTS, &self.key, true)?
                }
                None => Connection::open_in_memory()?,
            };
            files.execute_batch(attachments::SETTINGS)?;
            migrate(&attachments::migrations(), &mut files, self.place.as_deref())?;
            self.attachments = Some(files);
        }
        Ok(self.attachments.as_mut().expect("it was just opened"))
    }

    /// Whether there is a database of attachments.
    pub(crate) fn has_attachments(&self) -> Result<bool, StoreError> {
        match self.place.as_deref() {
            Some(place) if self.attachments.is_none() => {
                place.exists(ATTACHMENTS).map_err(file_error(&place.file(ATTACHMENTS)))
            }
            _ => Ok(self.attachments.is_some()),
        }
    }
}

fn has_database(place: &dyn Place) -> Result<bool, StoreError> {
    place.exists(DATABASE).map_err(file_error(&place.file(DATABASE)))
}

/// Writes a write-ahead log that a former process left behind anew.
///
/// Where a sync failed, parts of it can be read and yet will never be durable, however often one syncs. SQLite
/// would go on behind them, and lose what it then commits together with them when the power goes.
fn renew_log(place: &dyn Place, database: &str) -> Result<(), StoreError> {
    let log = format!("{database}-wal");
    let failed = |error| file_error(&place.file(&log))(error);
    if place.exists(&log).map_err(failed)? {
        let content = place.read(&log).map_err(failed)?;
        if !content.is_empty() {
            place::replace(place, &log, &content)?;
        }
    }
    Ok(())
}

fn migrate(
    migrations: &Migrations<'_>,
    connection: &mut Connection,
    place: Option<&dyn Place>,
) -> Result<(), StoreError> {
    migrations.to_latest(connection).map_err(|error| match error {
        rusqlite_migration::Error::MigrationDefinition(
            rusqlite_migration::MigrationDefinitionError::DatabaseTooFarAhead,
        ) => StoreError::NewerVersion(place.map(Place::path).unwrap_or_default()),
        rusqlite_migration::Error::RusqliteError { err, .. } => StoreError::from(err),
        other => StoreError::Migration(Box::new(other)),
    })
}

fn connect(place: &dyn Place, name: &str, key: &DatabaseKey, create: bool) -> Result<Connection, StoreError> {
    let path = place.file(name);
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = match place.vfs() {
        Some(vfs) => Connection::open_with_flags_and_vfs(&path, flags, vfs)?,
        None => Connection::open_with_flags(&path, flags)?,
    };
    // SQLCipher would write what we report as errors to standard error as well.
    connection.execute_batch(&format!("PRAGMA cipher_log_level = NONE; {}", key.pragma()))?;
    let settings = format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = FAST;
         PRAGMA cache_size = -{WRITER_CACHE_KIB}; PRAGMA busy_timeout = 10000;"
    );
    connection.execute_batch(&settings).map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreError::WrongKey { path },
        _ => StoreError::from(error),
    })?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}
