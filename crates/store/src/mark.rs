//! The mark: how far this machine's own logs may have left it, kept beside the database.
//!
//! A database that is behind its mark was restored from a copy: what followed was written by a later
//! state of this machine, and writing again at those places would fork the log.

use std::{collections::BTreeMap, path::Path};

use linli_wire::LogId;

use crate::{
    error::StoreError,
    open::{file_error, write_private},
};

/// For each own log the last sequence number that may have left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mark(BTreeMap<LogId, i64>);

impl Mark {
    pub fn read(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join("mark");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(file_error(&path)(error)),
        };
        let line = |line: &str| {
            let (log, seq) = line.split_once(' ')?;
            Some((log.parse().ok()?, seq.parse().ok()?))
        };
        Ok(Self(text.lines().filter_map(line).collect()))
    }

    /// The logs that end before the mark.
    pub fn ahead_of<'m>(&'m self, ends: &'m BTreeMap<LogId, i64>) -> impl Iterator<Item = LogId> + 'm {
        self.0.iter().filter(|(log, seq)| ends.get(log).copied().unwrap_or(-1) < **seq).map(|(log, _)| *log)
    }

    /// Moves the mark up to these ends, durably, before anything leaves. It never moves back.
    pub fn raise(&mut self, directory: &Path, ends: &BTreeMap<LogId, i64>) -> Result<(), StoreError> {
        let mut raised = self.clone();
        for (log, end) in ends {
            let seq = raised.0.entry(*log).or_insert(*end);
            *seq = (*seq).max(*end);
        }
        if raised != *self {
            let text: Vec<String> = raised.0.iter().map(|(log, seq)| format!("{log} {seq}\n")).collect();
            write_private(&directory.join("mark"), text.concat().as_bytes())?;
            *self = raised;
        }
        Ok(())
    }
}
