//! The mark: how far this machine's own logs may have left it, kept beside the database.
//!
//! A database that is behind its mark was restored from a copy: what followed was written by a later
//! state of this machine, and writing again at those places would fork the log.

use std::collections::BTreeMap;

use linli_wire::LogId;

use crate::{
    error::StoreError,
    place::{self, Place, file_error},
};

const NAME: &str = "mark";

/// For each own log the last sequence number that may have left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mark(BTreeMap<LogId, i64>);

impl Mark {
    pub fn read(place: &dyn Place) -> Result<Self, StoreError> {
        let text = match place.read(NAME) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(file_error(&place.file(NAME))(error)),
        };
        let text = String::from_utf8_lossy(&text);
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
    pub fn raise(&mut self, place: &dyn Place, ends: &BTreeMap<LogId, i64>) -> Result<(), StoreError> {
        let mut raised = self.clone();
        for (log, end) in ends {
            let seq = raised.0.entry(*log).or_insert(*end);
            *seq = (*seq).max(*end);
        }
        if raised != *self {
            let text: Vec<String> = raised.0.iter().map(|(log, seq)| format!("{log} {seq}\n")).collect();
            place::replace(place, NAME, text.concat().as_bytes())?;
            *self = raised;
        }
        Ok(())
    }
}
