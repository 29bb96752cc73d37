//! Segments that came before what they follow: kept until that has come too.
//!
//! On a link this does not happen. On sticks it does: a later part of a bundle is taken in first.

use linli_wire::{Digest, LogId, Space};
use rusqlite::params;

use crate::{error::StoreError, ingest::Stored, replica::Replica};

/// Bytes of segments that are kept. Past them a segment is declined, to be brought again.
pub const EARLY_BYTES_MAX: u64 = 1 << 30;
/// Bytes that are tried again at a time.
const RETRY_BYTES: usize = 4 << 20;

pub(crate) const SCHEMA: &str = "
CREATE TABLE early(
  early_no INTEGER PRIMARY KEY,
  log BLOB NOT NULL,
  first_seq INTEGER NOT NULL,
  digest BLOB NOT NULL UNIQUE,
  bytes BLOB NOT NULL);
CREATE INDEX early_by_log ON early(log, first_seq);
";

impl Replica {
    /// As [`store`](Self::store), and keeps what comes too early for [`retry_early`](Self::retry_early).
    pub fn store_or_keep(
        &mut self,
        segments: &[Vec<u8>],
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut stored = self.store(segments.to_vec(), allowed)?;
        for (outcome, bytes) in stored.iter_mut().zip(segments) {
            if let Stored::Early { log, seq, .. } = outcome
                && !self.keep(*log, *seq, bytes)?
            {
                let reason = "too many segments wait for what they follow; bring the earlier files first";
                let (log, seq) = (Some(*log), *seq);
                *outcome = Stored::Declined { log, seq, lasting: false, reason: reason.to_owned() };
            }
        }
        Ok(stored)
    }

    /// Tries what was kept again where its log has begun by now. One outcome for each that is not kept
    /// any longer.
    pub fn retry_early(&mut self, allowed: &dyn Fn(&Space) -> bool) -> Result<Vec<Stored>, StoreError> {
        let mut done = Vec::new();
        let mut after = (Vec::new(), -1, -1);
        loop {
            let batch = self.early_after(&after)?;
            let Some((place, _)) = batch.last() else { return Ok(done) };
            after = place.clone();
            let (places, segments): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            for (outcome, (_, _, early_no)) in self.store(segments, allowed)?.into_iter().zip(places) {
                if !matches!(outcome, Stored::Early { .. }) {
                    self.connection().execute("DELETE FROM early WHERE early_no = ?1", [early_no])?;
                    done.push(outcome);
                }
            }
        }
    }

    /// Segments that wait for what they follow.
    pub fn early_count(&self) -> Result<usize, StoreError> {
        Ok(self.connection().query_row("SELECT COUNT(*) FROM early", [], |row| row.get(0))?)
    }

    /// Durably keeps a segment; says whether there was room for it.
    fn keep(&self, log: LogId, seq: u64, bytes: &[u8]) -> Result<bool, StoreError> {
        let kept: u64 =
            self.connection()
                .query_row("SELECT COALESCE(SUM(LENGTH(bytes)), 0) FROM early", [], |row| row.get(0))?;
        if kept + bytes.len() as u64 > EARLY_BYTES_MAX {
            return Ok(false);
        }
        let digest = Digest::of(b"linli/1 early", &[bytes]);
        self.connection()
            .prepare_cached(
                "INSERT OR IGNORE INTO early(log, first_seq, digest, bytes) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![log.0, seq, digest.0, bytes])?;
        Ok(true)
    }

    /// The next few of what was kept of logs that are here, parents before children.
    fn early_after(&self, after: &EarlyPlace) -> Result<Vec<(EarlyPlace, Vec<u8>)>, StoreError> {
        let mut statement = self.connection().prepare_cached(
            "SELECT log, first_seq, early_no, bytes FROM early WHERE log IN (SELECT id FROM log)
             AND (log, first_seq, early_no) > (?1, ?2, ?3) ORDER BY log, first_seq, early_no",
        )?;
        let mut rows = statement.query(params![after.0, after.1, after.2])?;
        let (mut batch, mut len_bytes) = (Vec::new(), 0);
        while len_bytes < RETRY_BYTES
            && let Some(row) = rows.next()?
        {
            let bytes: Vec<u8> = row.get(3)?;
            len_bytes += bytes.len();
            batch.push(((row.get(0)?, row.get(1)?, row.get(2)?), bytes));
        }
        Ok(batch)
    }
}

/// Log, first sequence number and row of a segment that was kept.
type EarlyPlace = (Vec<u8>, i64, i64);
