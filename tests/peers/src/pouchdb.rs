//! PouchDB: a client replicates to an Express PouchDB server over HTTP, both in Node.js with LevelDB.

use std::{
    ffi::OsStr,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::{side::Side, workload::Card};

/// One run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub cold_s: f64,
    pub cold_bytes: u64,
    pub idle_s: f64,
    pub idle_bytes: u64,
    pub idle_requests: u64,
    pub server_mb: f64,
}

#[derive(Deserialize)]
struct Port {
    port: u16,
}

#[derive(Deserialize)]
struct Documents {
    documents: usize,
}

#[derive(Deserialize)]
struct Served {
    bytes: u64,
    requests: u64,
    rss_mb: f64,
}

#[derive(Deserialize)]
struct Replicated {
    seconds: f64,
    docs_written: usize,
}

/// Why PouchDB cannot be measured here, if it cannot.
pub fn missing() -> Option<String> {
    if !Command::new("node").arg("--version").output().is_ok_and(|out| out.status.success()) {
        return Some("Node.js is not here".to_owned());
    }
    let scripts = scripts();
    if !scripts.join("node_modules/express-pouchdb").is_dir() {
        return Some(format!("its packages are not here; run `npm ci` in {}", scripts.display()));
    }
    None
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pouchdb")
}

/// Replicates the present state of all cards to a server that has nothing, and then once more.
pub fn run(cards: &[Card], directory: &Path) -> anyhow::Result<Run> {
    let place = tempfile::tempdir_in(directory).context("a place for a run")?;
    let (server, client) = (place.path().join("server"), place.path().join("client"));
    std::fs::create_dir(&server)?;
    std::fs::create_dir(&client)?;
    let documents = place.path().join("documents.jsonl");
    let mut file = BufWriter::new(std::fs::File::create(&documents)?);
    for card in cards {
        writeln!(file, "{}", card.json())?;
    }
    file.into_inner().context("the documents")?;

    let (mut server, Port { port }) = Side::start(script("server.mjs", &[server.as_os_str()]))?;
    let url = format!("http://127.0.0.1:{port}/cards");
    let arguments = [client.as_os_str(), documents.as_os_str(), OsStr::new(&url)];
    let (mut client, Documents { documents }) = Side::start(script("client.mjs", &arguments))?;
    ensure!(documents == cards.len(), "the client took in {documents} documents of {}", cards.len());
    let cold: Replicated = client.ask("replicate")?;
    ensure!(cold.docs_written == cards.len(), "the server took {} documents", cold.docs_written);
    let after_cold: Served = server.ask("served")?;
    let idle: Replicated = client.ask("replicate")?;
    ensure!(idle.docs_written == 0, "a second replication wrote documents");
    let after_idle: Served = server.ask("served")?;
    Ok(Run {
        cold_s: cold.seconds,
        cold_bytes: after_cold.bytes,
        idle_s: idle.seconds,
        idle_bytes: after_idle.bytes - after_cold.bytes,
        idle_requests: after_idle.requests - after_cold.requests,
        server_mb: after_cold.rss_mb,
    })
}

fn script(name: &str, arguments: &[&OsStr]) -> Command {
    let mut command = Command::new("node");
    command.arg(scripts().join(name)).args(arguments);
    command
}
