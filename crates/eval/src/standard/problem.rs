//! What is wrong with a pack, each problem with its place.

use thiserror::Error;

use crate::{calendar::CalendarError, lint::LintError, ratio::RatioError};

/// Why a pack is no standard. Each message names the file, and where it can the line and the item.
#[derive(Debug, Error)]
pub enum PackError {
    #[error("the pack has {found}, more than the limit of {limit}; split it or remove what is not needed")]
    TooLarge { found: String, limit: usize },
    #[error("the pack has the file `{0}` twice; keep one")]
    FileTwice(String),
    #[error("the pack has no file `{file}`, which {wanted_by} names; add it or remove the name")]
    FileMissing { file: String, wanted_by: String },
    #[error("nothing in standard.toml names the file `{0}`; name it or remove it")]
    FileUnused(String),
    #[error("{file} is not the TOML expected: {source}")]
    Toml { file: &'static str, source: Box<toml::de::Error> },
    #[error("calendar.toml: {0}")]
    Calendar(#[from] CalendarError),
    #[error("{0}")]
    Lint(#[from] LintError),
    #[error("standard.toml, line {line}, {place}: {source}")]
    Number { place: String, line: usize, source: RatioError },
    #[error("standard.toml, line {line}, {place}: {problem}")]
    Invalid { place: String, line: usize, problem: String },
    #[error("reasons.toml, {reason}: the reason stands twice; keep one")]
    ReasonTwice { reason: String },
    #[error("reasons.toml has no text for the reason `{reason}`, which {file} gives; add it")]
    ReasonMissing { reason: String, file: String },
    #[error("{0} is not the city's; a district changes thresholds in standard.toml alone")]
    NotTheCitys(String),
}

impl PackError {
    /// The file that the problem is in, where it is in one.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::TooLarge { .. } => None,
            Self::FileTwice(file) | Self::FileUnused(file) | Self::NotTheCitys(file) => Some(file),
            Self::Toml { file, .. } => Some(file),
            Self::Calendar(_) => Some("calendar.toml"),
            Self::Lint(error) => Some(&error.file),
            Self::FileMissing { .. } | Self::Number { .. } | Self::Invalid { .. } => Some("standard.toml"),
            Self::ReasonTwice { .. } | Self::ReasonMissing { .. } => Some("reasons.toml"),
        }
    }

    /// Line and column, as far as they are known.
    pub const fn place(&self) -> (Option<usize>, Option<usize>) {
        match self {
            Self::Lint(LintError { line, column, .. }) => (Some(*line), Some(*column)),
            Self::Number { line, .. } | Self::Invalid { line, .. } => (Some(*line), None),
            _ => (None, None),
        }
    }
}

/// Every problem found so far, in the order of the checks.
#[derive(Debug, Default)]
pub struct Problems(pub Vec<PackError>);

impl Problems {
    /// The value, or nothing and one problem more.
    pub fn note<T>(&mut self, result: Result<T, PackError>) -> Option<T> {
        result.map_err(|error| self.0.push(error)).ok()
    }

    /// The value, or nothing and the problems of a file's SQL more.
    pub fn note_lint<T>(&mut self, result: Result<T, Vec<LintError>>) -> Option<T> {
        result.map_err(|found| self.0.extend(found.into_iter().map(PackError::Lint))).ok()
    }
}

/// A place in standard.toml: what it is called there, and on which line it stands.
#[derive(Debug, Clone)]
pub struct Place {
    pub name: String,
    pub line: usize,
}

impl Place {
    /// The place of something that begins at a byte of the file.
    pub fn of(content: &str, name: impl Into<String>, byte: usize) -> Self {
        let before = content.as_bytes().iter().take(byte);
        Self { name: name.into(), line: before.filter(|byte| **byte == b'\n').count() + 1 }
    }

    pub fn invalid(&self, problem: impl Into<String>) -> PackError {
        PackError::Invalid { place: self.name.clone(), line: self.line, problem: problem.into() }
    }

    pub fn number(&self, source: RatioError) -> PackError {
        PackError::Number { place: self.name.clone(), line: self.line, source }
    }
}
