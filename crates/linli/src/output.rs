//! What a command shows: data on standard output, the rest on standard error.
//!
//! Everything goes through [`Output`], so that a command runs alike in its own process and in the one that
//! serves (see [`crate::control`]).

mod table;

use std::{
    fmt,
    io::{self, IsTerminal as _, Write},
};

use anyhow::Result;
use serde::Serialize;

pub use table::Table;

/// Whoever read our output has gone away: there is nobody left to tell anything.
#[derive(Debug)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the output was closed")
    }
}

impl std::error::Error for Closed {}

/// The two streams of a command.
pub struct Output {
    data: Box<dyn Write + Send>,
    rest: Box<dyn Write + Send>,
    /// Whether a person watches standard error, who may like to see progress.
    watched: bool,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("watched", &self.watched).finish_non_exhaustive()
    }
}

impl Output {
    /// The streams of this process.
    pub fn standard() -> Self {
        let watched = io::stderr().is_terminal();
        Self { data: Box::new(io::stdout()), rest: Box::new(io::stderr()), watched }
    }

    /// Streams that lead elsewhere.
    pub fn to(data: Box<dyn Write + Send>, rest: Box<dyn Write + Send>) -> Self {
        Self { data, rest, watched: false }
    }

    pub const fn is_watched(&self) -> bool {
        self.watched
    }

    /// One line of data. Control characters, which could move a terminal's cursor, are taken out.
    pub fn line(&mut self, text: &str) -> Result<()> {
        let text: String = text.chars().map(table::harmless).collect();
        self.bytes(format!("{text}\n").as_bytes())
    }

    pub fn table(&mut self, table: &Table) -> Result<()> {
        self.bytes(table.to_string().as_bytes())
    }

    pub fn json<T: Serialize>(&mut self, value: &T) -> Result<()> {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        self.bytes(text.as_bytes())
    }

    /// Data as it is.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.data.write_all(bytes).and_then(|()| self.data.flush());
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => anyhow::Error::new(Closed),
            _ => anyhow::Error::new(error).context("cannot write to standard output"),
        })
    }

    /// A remark that is no data. Whether it can be shown decides nothing.
    pub fn note(&mut self, text: &str) {
        let mut text: String = text.chars().map(|c| if c == '\n' { c } else { table::harmless(c) }).collect();
        text.push('\n');
        // In one piece, so that it arrives as one remark where it is passed on.
        let _ = self.rest.write_all(text.as_bytes()).and_then(|()| self.rest.flush());
    }
}
