//! Watching a hub's database from outside: what is committed there, it holds.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use rusqlite::{Connection, OpenFlags};

/// Between two looks. Each of them takes next to nothing, however much the hub holds.
const INTERVAL: Duration = Duration::from_millis(1);

pub struct Watch {
    connection: Connection,
    /// The sequence number with which the device's log ends.
    last_seq: i64,
    id: Vec<u8>,
}

impl Watch {
    /// Watches for the longest log of the device in the hub's database.
    pub fn begin(hub: &Path, device: &Path) -> anyhow::Result<Self> {
        let (id, last_seq) = open(device)?.query_row(
            "SELECT log.id, branch.last_seq FROM log JOIN branch USING (log_no) WHERE own = 1
             ORDER BY branch.last_seq DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(Self { connection: open(hub)?, last_seq, id })
    }

    /// Waits until the hub has committed all segments of the log.
    pub fn durable(&self, patience: Duration) -> anyhow::Result<Instant> {
        self.wait(
            "EXISTS (SELECT 1 FROM log JOIN branch USING (log_no) WHERE log.id = ?1 AND branch.last_seq >= ?2)",
            patience,
        )
    }

    /// Waits until nothing is left to decide at the hub.
    pub fn applied(&self, patience: Duration) -> anyhow::Result<Instant> {
        self.wait(
            "EXISTS (SELECT 1 FROM log JOIN entry USING (log_no) WHERE log.id = ?1 AND entry.seq = ?2)
             AND NOT EXISTS (SELECT 1 FROM segment WHERE indexed = 0)
             AND NOT EXISTS (SELECT 1 FROM entry WHERE state = 0 AND state <> 1)",
            patience,
        )
    }

    fn wait(&self, condition: &str, patience: Duration) -> anyhow::Result<Instant> {
        let mut statement = self.connection.prepare(&format!("SELECT {condition}"))?;
        let until = Instant::now() + patience;
        loop {
            if statement.query_row((&self.id, self.last_seq), |row| row.get(0))? {
                return Ok(Instant::now());
            }
            ensure!(Instant::now() < until, "the hub does not come to hold everything");
            std::thread::sleep(INTERVAL);
        }
    }

    /// Fails unless the hub shows so many cards and has left out nothing.
    pub fn check(&self, cards: u64) -> anyhow::Result<()> {
        let (shown, left_out): (u64, u64) = self.connection.query_row(
            "SELECT (SELECT COUNT(*) FROM household), (SELECT COUNT(*) FROM entry WHERE state <> 1)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        ensure!(shown == cards, "the hub shows {shown} cards of {cards}");
        ensure!(left_out == 0, "the hub left out {left_out} entries");
        Ok(())
    }
}

fn open(directory: &Path) -> anyhow::Result<Connection> {
    let key = std::fs::read_to_string(directory.join("key")).context("the key of a database")?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(directory.join("linli.db"), flags)?;
    connection.execute_batch(&format!("PRAGMA key = \"x'{}'\"; PRAGMA query_only = 1;", key.trim()))?;
    connection.busy_timeout(Duration::from_secs(10))?;
    Ok(connection)
}
