//! A data directory, and commands that use it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;

use crate::{
    network::Host,
    outcome::Outcome,
    process::{Process, start},
};

/// How long a command may take. The longest are imports and evaluations in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_mins(5);

/// Runs a command that needs no data.
pub fn linli(directory: &Path, arguments: &[&str]) -> Outcome {
    start(directory, None, arguments, None).finish(PATIENCE)
}

/// A data directory, named to every command by `LINLI_DATA`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where the commands run: relative paths start here.
    pub directory: PathBuf,
    pub data: PathBuf,
    /// The host that its commands run on; `None` is this machine.
    pub host: Option<Host>,
}

impl Place {
    /// The data directory `name` in `directory`; whether it exists is up to the commands.
    pub fn new(directory: &Path, name: &str) -> Self {
        Self { directory: directory.to_owned(), data: directory.join(name), host: None }
    }

    /// The same place, its commands run on another host.
    #[must_use]
    pub fn on(&self, host: &Host) -> Self {
        Self { host: Some(host.clone()), ..self.clone() }
    }

    pub fn start(&self, arguments: &[&str]) -> Process {
        start(&self.directory, Some(&self.data), arguments, self.host.as_ref())
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.start(arguments).finish(PATIENCE)
    }

    /// Runs a command that must succeed, and reads its JSON.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).done().json()
    }

    /// The files of the data directory with their lengths, for telling whether anything was written.
    pub fn files(&self) -> Vec<(String, u64)> {
        let Ok(entries) = fs::read_dir(&self.data) else { return Vec::new() };
        let mut files: Vec<(String, u64)> = entries
            .map(|entry| {
                let entry = entry.expect("a directory of the test's own can be read");
                let bytes = entry.metadata().expect("a file of the test's own can be asked about").len();
                (entry.file_name().to_string_lossy().into_owned(), bytes)
            })
            .collect();
        files.sort();
        files
    }

    /// Every segment is sound, and what the tables say is what the segments say.
    #[track_caller]
    pub fn is_sound(&self) {
        let answer = self.json(&["doctor", "--rebuild"]);
        assert_eq!(answer["rebuilt"], true, "{answer}");
        assert_eq!(answer["differed"], serde_json::json!([]), "{answer}");
    }
}
