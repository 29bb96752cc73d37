//! The tables of the database and how a database of an older version is brought up to them.

use rusqlite_migration::{M, Migrations};

use crate::{early, held, kept, unindexed};

/// Everything but the published tables, which follow the program's dictionary.
const CORE: &str = "
CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE space(
  space_no INTEGER PRIMARY KEY,
  unit TEXT NOT NULL,
  channel INTEGER NOT NULL,
  digest BLOB,                        -- NULL: to be computed again
  rebuild INTEGER NOT NULL DEFAULT 0, -- not 0: documents are made anew, see materialise
  contested INTEGER NOT NULL DEFAULT 0,
  UNIQUE(unit, channel));

CREATE TABLE log(
  log_no INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  space_no INTEGER NOT NULL,
  device BLOB NOT NULL,
  grant_hash BLOB,
  genesis BLOB NOT NULL,
  own INTEGER NOT NULL,
  stance TEXT);
CREATE INDEX log_by_space ON log(space_no);

-- A run of entries in compact form, as it came or as it was sealed here.
CREATE TABLE segment(
  segment_no INTEGER PRIMARY KEY,
  log_no INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  bytes BLOB NOT NULL);
CREATE INDEX segment_by_log ON segment(log_no, first_seq);

CREATE TABLE entry(
  entry_no INTEGER PRIMARY KEY,
  log_no INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  branch INTEGER NOT NULL,
  segment_no INTEGER,                 -- NULL: still in the tail
  kind INTEGER NOT NULL,
  time INTEGER NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT);
CREATE INDEX entry_by_log ON entry(log_no, seq);
CREATE INDEX entry_by_segment ON entry(segment_no);
-- Of use to a statement only where that says `state <> 1` itself.
CREATE INDEX entry_open ON entry(state, log_no) WHERE state <> 1;

-- Branch 0 is the log's trunk; another one leaves its parent branch after base_seq.
CREATE TABLE branch(
  log_no INTEGER NOT NULL,
  branch INTEGER NOT NULL,
  parent INTEGER,
  base_seq INTEGER,
  last_seq INTEGER NOT NULL,
  last_hash BLOB NOT NULL,
  PRIMARY KEY(log_no, branch)) WITHOUT ROWID;

-- This device's entries that are not sealed yet.
CREATE TABLE tail(entry_no INTEGER PRIMARY KEY, header BLOB NOT NULL, payloads BLOB NOT NULL);

-- Entries of trust, taken out so that trust can be settled without reading segments.
CREATE TABLE fact(entry_no INTEGER PRIMARY KEY, kind INTEGER NOT NULL, body BLOB NOT NULL);

-- How far each hub says it holds a log: its last receipt about it.
CREATE TABLE held(
  log BLOB NOT NULL,
  hub BLOB NOT NULL,
  entry_no INTEGER NOT NULL,
  receipt_log BLOB NOT NULL,
  receipt_seq INTEGER NOT NULL,
  heads BLOB NOT NULL,
  time INTEGER NOT NULL,
  quarantined_from INTEGER,
  why TEXT,
  PRIMARY KEY(log, hub)) WITHOUT ROWID;

CREATE TABLE document(
  doc_no INTEGER PRIMARY KEY,
  space_no INTEGER NOT NULL,
  id BLOB NOT NULL,
  kind INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  origins BLOB NOT NULL,
  UNIQUE(space_no, id));

-- Invitations that were redeemed: each is good once.
CREATE TABLE redeemed(nonce BLOB PRIMARY KEY, device BLOB NOT NULL, time INTEGER NOT NULL) WITHOUT ROWID;
";

/// What either side of a link has declined for good, and with which program. Digests for that peer leave
/// the log out.
const DECLINED: &str = "
CREATE TABLE declined(
  peer BLOB NOT NULL,
  log BLOB NOT NULL,
  by_peer INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  reason TEXT NOT NULL,
  program TEXT NOT NULL,
  PRIMARY KEY(peer, log)) WITHOUT ROWID;
";

/// Every receipt about a log, by its date: trust judges by them, and people ask who had an entry when.
const RECEIPTED: &str = "
CREATE TABLE receipted(
  log BLOB NOT NULL,
  time INTEGER NOT NULL,
  entry_no INTEGER NOT NULL,          -- the receipt
  heads BLOB NOT NULL,
  PRIMARY KEY(log, time, entry_no)) WITHOUT ROWID;
";

/// Documents that are to be erased. `space_no` is the document's; `counts` says what was carried out.
const ERASURE: &str = "
CREATE TABLE erase(
  entry_no INTEGER PRIMARY KEY,
  space_no INTEGER NOT NULL,
  document BLOB NOT NULL,
  residue BLOB,
  counts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX erase_by_document ON erase(space_no, document);
CREATE INDEX erase_by_residue ON erase(residue) WHERE residue IS NOT NULL;
";

/// Bytes of the entries of a segment that repacking has made; 0 for one that is as it came or was sealed.
const PACKED: &str = "ALTER TABLE segment ADD COLUMN packed_bytes INTEGER NOT NULL DEFAULT 0;";

/// Logs may have any number of branches, so what was declined for having too many is taken now; and own logs
/// of which entries came back from outside are known, so that nothing is written after them.
const BRANCHES: &str = "
DELETE FROM declined;
ALTER TABLE log ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;
";

/// Documents are dated again: what came late counts as recorded on the day of its first receipt.
const DATED_AGAIN: &str = "UPDATE space SET rebuild = 1;";

/// The steps from an empty database to the present one.
pub(crate) fn migrations() -> Migrations<'static> {
    Migrations::new(vec![
        M::up(CORE),
        M::up(DECLINED),
        M::up(RECEIPTED),
        M::up(ERASURE),
        M::up(PACKED),
        M::up(early::SCHEMA),
        M::up(BRANCHES),
        M::up(held::SCHEMA),
        M::up(unindexed::SCHEMA),
        M::up(DATED_AGAIN),
        M::up(kept::SCHEMA),
    ])
}
