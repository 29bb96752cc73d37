//! What no engine can go below: hashing the bytes, compressing them and writing them down.

use std::{path::Path, time::Instant};

use anyhow::Context as _;
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use crate::workload::Card;

/// Raw bytes of a batch: what a full segment holds.
const BATCH_BYTES: usize = 256 << 10;
const LEVEL: i32 = 3;

/// The raw changes of a workload, in batches.
pub struct Batches(Vec<Vec<u8>>);

impl Batches {
    pub fn of(cards: &[Card]) -> Self {
        let mut batches = vec![Vec::new()];
        for change in cards.iter().flat_map(Card::written) {
            if batches.last().is_some_and(|batch| batch.len() >= BATCH_BYTES) {
                batches.push(Vec::new());
            }
            batches.last_mut().expect("there is always one").extend_from_slice(change.raw_bytes());
        }
        Self(batches)
    }

    /// Seconds to hash, compress and store every batch, each in a transaction of its own that is on disk
    /// before the next one begins.
    pub fn floor_s(&self, directory: &Path) -> anyhow::Result<f64> {
        let place = tempfile::tempdir_in(directory).context("a place for a database")?;
        let mut database = Connection::open(place.path().join("floor.db"))?;
        database.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE batch(no INTEGER PRIMARY KEY, hash BLOB NOT NULL, bytes BLOB NOT NULL);",
        )?;
        let begun = Instant::now();
        for batch in &self.0 {
            let hash: [u8; 32] = Sha256::digest(batch).into();
            let bytes = zstd::bulk::compress(batch, LEVEL)?;
            let transaction = database.transaction()?;
            transaction
                .prepare_cached("INSERT INTO batch(hash, bytes) VALUES (?1, ?2)")?
                .execute((hash, bytes))?;
            transaction.commit()?;
        }
        Ok(begun.elapsed().as_secs_f64())
    }

    /// Bytes of everything compressed as one.
    pub fn zstd_bytes(&self) -> anyhow::Result<u64> {
        Ok(zstd::bulk::compress(&self.0.concat(), LEVEL)?.len() as u64)
    }

    /// The compressed batches, to be sent.
    pub fn compressed(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        Ok(self.0.iter().map(|batch| zstd::bulk::compress(batch, LEVEL)).collect::<Result<_, _>>()?)
    }
}
