//! Ancestry within logs that may have forked, answered from the database.

use linli_log::{Head, Position, trust::Ancestry};
use linli_wire::LogId;
use rusqlite::{Connection, OptionalExtension, params};

/// The ancestry of the logs that a database holds.
///
/// A log that never forked is answered by sequence numbers: a head that is not here lies beyond what
/// is held. Once it has forked, nothing is known of where such a head stands, and nothing is taken to
/// stand before it until it is here.
pub(crate) struct Stored<'c>(pub &'c Connection);

impl Stored<'_> {
    fn within(&self, at: &Position, head: &Head) -> rusqlite::Result<bool> {
        if at.seq > head.seq || (at.seq == head.seq && at.hash != head.hash) {
            return Ok(false);
        }
        if at.hash == head.hash {
            return Ok(true);
        }
        let Some(log_no) = self.log(at.log)? else { return Ok(false) };
        let branches: i64 = self
            .0
            .prepare_cached("SELECT COUNT(*) FROM branch WHERE log_no = ?1")?
            .query_row([log_no], |row| row.get(0))?;
        if branches <= 1 {
            return Ok(true);
        }
        let Some(target) = self.branch(log_no, at.seq, &at.hash.0)? else { return Ok(false) };
        let Some(mut branch) = self.branch(log_no, head.seq, &head.hash.0)? else { return Ok(false) };
        let mut upto = head.seq;
        loop {
            if branch == target {
                return Ok(at.seq <= upto);
            }
            let parent: (Option<i64>, Option<u64>) = self
                .0
                .prepare_cached("SELECT parent, base_seq FROM branch WHERE log_no = ?1 AND branch = ?2")?
                .query_row(params![log_no, branch], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let (Some(parent), Some(base_seq)) = parent else { return Ok(false) };
            branch = parent;
            upto = upto.min(base_seq);
        }
    }

    fn log(&self, log: LogId) -> rusqlite::Result<Option<i64>> {
        self.0
            .prepare_cached("SELECT log_no FROM log WHERE id = ?1")?
            .query_row([log.0], |row| row.get(0))
            .optional()
    }

    fn branch(&self, log_no: i64, seq: u64, hash: &[u8; 32]) -> rusqlite::Result<Option<i64>> {
        self.0
            .prepare_cached("SELECT branch FROM entry WHERE log_no = ?1 AND seq = ?2 AND hash = ?3")?
            .query_row(params![log_no, seq, hash], |row| row.get(0))
            .optional()
    }
}

impl Ancestry for Stored<'_> {
    fn is_within(&self, at: &Position, heads: &[Head]) -> bool {
        // A database that cannot be read fails every operation around this one; until then the
        // careful answer is that the entry lies outside.
        heads.iter().any(|head| {
            self.within(at, head).unwrap_or_else(|error| {
                tracing::error!(%error, "the ancestry of an entry cannot be read");
                false
            })
        })
    }
}
