//! The tables of `attachments.db`.

use rusqlite_migration::{M, Migrations};

const FILES: &str = "
CREATE TABLE file(
  file_no INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  bytes INTEGER NOT NULL,            -- of the whole file
  have INTEGER NOT NULL,             -- from its beginning on
  whole INTEGER NOT NULL DEFAULT 0); -- all of it is here and has the hash

CREATE TABLE piece(
  file_no INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,
  at INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE(file_no, at));

-- What a person asked for.
CREATE TABLE wanted(hash BLOB PRIMARY KEY) WITHOUT ROWID;
";

/// What is deleted is overwritten: erasing is to leave nothing.
pub(crate) const SETTINGS: &str = "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;";

pub(crate) fn migrations() -> Migrations<'static> {
    Migrations::new(vec![M::up(FILES)])
}
