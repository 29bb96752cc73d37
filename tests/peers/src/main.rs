//! Linli beside the engines that it could have been built on, over one workload, in one run. See README.md.

mod floor;
mod linli;
mod merge;
mod pouchdb;
mod quic;
mod report;
mod samod;
mod side;
mod workload;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Parser, Subcommand, ValueEnum};
use serde::Serialize;

use crate::{
    floor::Batches,
    report::{Cold, Idle, OnePercent, Report, median, median_count, seconds},
    side::Usage,
    workload::{Card, Order, Workload},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Compare Linli with samod, PouchDB, Automerge's sync and the floors beneath them.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    /// Household cards.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    documents: u64,
    /// Changes of each card after the one that creates it.
    #[arg(long, default_value_t = 10)]
    changes: u64,
    /// In which order they were written.
    #[arg(long, value_enum, default_value_t = Order::Cards)]
    order: Order,
    /// Runs of which the medians are reported.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    runs: u64,
    /// Instead, let so many communities sync with one hub within a minute, a day's 50 entries each.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=999))]
    children: Option<u64>,
    /// Instead, only measure the hub's memory in a first sync.
    #[arg(long, conflicts_with = "children")]
    memory: bool,
    /// Leave a peer out; may be given again, or as a list with commas.
    #[arg(long, value_enum, value_delimiter = ',')]
    without: Vec<Peer>,
    /// Where data directories are made and removed again.
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    place: PathBuf,
    /// Only the JSON object on standard output; otherwise it is laid out for reading.
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Peer {
    Samod,
    Pouchdb,
    Automerge,
    Floor,
    Quic,
}

/// The processes that the comparison starts.
#[derive(Debug, Subcommand)]
enum Role {
    #[command(hide = true)]
    Hub { directory: PathBuf },
    #[command(hide = true)]
    Device { directory: PathBuf },
    #[command(hide = true)]
    SamodServer { directory: PathBuf },
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    match &arguments.role {
        Some(Role::Hub { directory }) => linli::sides::hub(directory),
        Some(Role::Device { directory }) => linli::sides::device(directory),
        Some(Role::SamodServer { directory }) => samod::server(directory),
        None => {
            println!("{}", measure(&arguments)?);
            Ok(())
        }
    }
}

fn measure(arguments: &Arguments) -> anyhow::Result<String> {
    let place = tempfile::tempdir_in(&arguments.place).context("a place for data directories")?;
    let directory = place.path();
    let workload =
        Workload { documents: arguments.documents, changes: arguments.changes, order: arguments.order };
    if let Some(children) = arguments.children {
        return text(arguments, &linli::children::run(directory, children)?);
    }
    let realm = linli::realm::make(directory, workload)?;
    if arguments.memory {
        return text(arguments, &linli::memory(&realm, directory, workload)?);
    }
    text(arguments, &compare(arguments, workload, &realm, directory)?)
}

fn text(arguments: &Arguments, report: &impl Serialize) -> anyhow::Result<String> {
    let text =
        if arguments.json { serde_json::to_string(report) } else { serde_json::to_string_pretty(report) };
    text.context("the report")
}

fn compare(
    arguments: &Arguments,
    workload: Workload,
    realm: &linli::realm::Realm,
    directory: &Path,
) -> anyhow::Result<Report> {
    let with = |peer| !arguments.without.contains(&peer);
    let cards = linli::realm::cards(realm, workload)?;
    let raw_bytes = workload::raw_bytes(&cards);
    describe(workload, &cards, raw_bytes);

    let mut report = Report { documents: workload.documents, raw_bytes, ..Report::default() };
    measure_linli(&mut report, arguments, realm, directory)?;
    if with(Peer::Floor) {
        measure_floor(&mut report.cold, arguments.runs, &cards, directory)?;
    }
    if with(Peer::Quic) {
        measure_quic(arguments.runs, &cards)?;
    }
    if with(Peer::Automerge) {
        measure_automerge(&mut report.cold, arguments.runs, &cards)?;
    }
    if with(Peer::Pouchdb) {
        measure_pouchdb(&mut report.cold, arguments.runs, &cards, directory)?;
    }
    if with(Peer::Samod) {
        measure_samod(&mut report, arguments.runs, &cards, directory)?;
    }
    Ok(report)
}

fn runs<R>(count: u64, run: impl Fn() -> anyhow::Result<R>) -> anyhow::Result<Vec<R>> {
    (0..count).map(|_| run()).collect()
}

fn describe(workload: Workload, cards: &[Card], raw_bytes: u64) {
    let created: usize = cards.iter().map(|card| card.written()[0].raw_bytes().len()).sum();
    let later = workload.documents * workload.changes;
    eprintln!(
        "workload: {} cards, {} entries; {} raw bytes a creating change, {} a later one",
        workload.documents,
        workload.entry_count(),
        created as u64 / workload.documents,
        if later == 0 { 0 } else { (raw_bytes - created as u64) / later },
    );
}

fn measure_linli(
    report: &mut Report,
    arguments: &Arguments,
    realm: &linli::realm::Realm,
    directory: &Path,
) -> anyhow::Result<()> {
    let run = || linli::run(realm, directory, arguments.documents, arguments.changes + 1);
    let runs = runs(arguments.runs, run)?;
    report.hub_rss_mb = median(&runs, |r| r.hub.peak_mb).round();
    report.cold = Cold {
        linli_s: seconds(median(&runs, |r| r.durable_s)),
        linli_applied_s: seconds(median(&runs, |r| r.applied_s)),
        linli_wire_bytes: median_count(&runs, |r| r.cold.frame_bytes),
        linli_slow_link_bytes: linli::slow_link_bytes(realm, directory)?,
        ..Cold::default()
    };
    report.idle = Idle {
        linli_bytes: median_count(&runs, |r| r.idle.frame_bytes),
        linli_round_trips: median_count(&runs, |r| r.idle_round_trips),
        linli_cpu_ms: seconds(median(&runs, |r| r.idle_cpu_ms.0.max(r.idle_cpu_ms.1))),
        samod_bytes: None,
    };
    report.one_percent = OnePercent {
        changes: median_count(&runs, |r| r.one_percent_changes),
        linli_bytes: median_count(&runs, |r| r.one_percent.frame_bytes),
        samod_bytes: None,
    };
    eprintln!(
        "linli: durable {:.3} s, applied {:.3} s, receipt {:.3} s; hub {:.0} ms of CPU and {:.0} MB, device {:.0} ms and {:.0} MB",
        median(&runs, |r| r.durable_s),
        median(&runs, |r| r.applied_s),
        median(&runs, |r| r.receipt_s),
        median(&runs, |r| r.hub.cpu_ms),
        median(&runs, |r| r.hub.peak_mb),
        median(&runs, |r| r.device.cpu_ms),
        median(&runs, |r| r.device.peak_mb),
    );
    eprintln!(
        "linli: {:.0} bytes in UDP for {:.0} in frames; idle {:.0} for {:.0}, {:.2} ms of CPU at the device, {:.2} at the hub",
        median(&runs, |r| r.cold.udp_bytes as f64),
        median(&runs, |r| r.cold.frame_bytes as f64),
        median(&runs, |r| r.idle.udp_bytes as f64),
        median(&runs, |r| r.idle.frame_bytes as f64),
        median(&runs, |r| r.idle_cpu_ms.0),
        median(&runs, |r| r.idle_cpu_ms.1),
    );
    Ok(())
}

fn measure_floor(cold: &mut Cold, count: u64, cards: &[Card], directory: &Path) -> anyhow::Result<()> {
    let batches = Batches::of(cards);
    let runs = runs(count, || batches.floor_s(directory))?;
    cold.floor_s = Some(seconds(median(&runs, |s| *s)));
    cold.zstd3_bytes = Some(batches.zstd_bytes()?);
    Ok(())
}

fn measure_quic(count: u64, cards: &[Card]) -> anyhow::Result<()> {
    let parts = Batches::of(cards).compressed()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let runs = runs(count, || runtime.block_on(quic::transfer_s(parts.clone())))?;
    let bytes: usize = parts.iter().map(Vec::len).sum();
    eprintln!("plain quinn: {:.4} s for {bytes} bytes", median(&runs, |s| *s));
    Ok(())
}

fn measure_automerge(cold: &mut Cold, count: u64, cards: &[Card]) -> anyhow::Result<()> {
    let runs = runs(count, || {
        let before = Usage::here()?;
        let seconds = merge::apply_s(cards)?;
        Ok((seconds, Usage::here()?.cpu_ms - before.cpu_ms))
    })?;
    cold.automerge_apply_s = Some(seconds(median(&runs, |r| r.0)));
    eprintln!("automerge: {:.0} ms of CPU to apply, save and hydrate", median(&runs, |r| r.1));
    let (bytes, idle) = merge::sync_bytes(cards)?;
    cold.automerge_sync_bytes = Some(bytes);
    eprintln!("automerge sync: {bytes} bytes; {idle} when nothing differs");
    Ok(())
}

fn measure_pouchdb(cold: &mut Cold, count: u64, cards: &[Card], directory: &Path) -> anyhow::Result<()> {
    if let Some(reason) = pouchdb::missing() {
        eprintln!("pouchdb: left out: {reason}");
        return Ok(());
    }
    let runs = runs(count, || pouchdb::run(cards, directory))?;
    cold.pouchdb_s = Some(seconds(median(&runs, |r| r.cold_s)));
    eprintln!(
        "pouchdb: {:.3} s, {:.0} bytes, server {:.0} MB; idle {:.4} s, {:.0} bytes, {:.0} requests",
        median(&runs, |r| r.cold_s),
        median(&runs, |r| r.cold_bytes as f64),
        median(&runs, |r| r.server_mb),
        median(&runs, |r| r.idle_s),
        median(&runs, |r| r.idle_bytes as f64),
        median(&runs, |r| r.idle_requests as f64),
    );
    Ok(())
}

fn measure_samod(report: &mut Report, count: u64, cards: &[Card], directory: &Path) -> anyhow::Result<()> {
    let runs = runs(count, || samod::run(cards, directory))?;
    report.cold.samod_s = Some(seconds(median(&runs, |r| r.cold_s)));
    report.idle.samod_bytes = Some(median_count(&runs, |r| r.idle_bytes));
    report.one_percent.samod_bytes = Some(median_count(&runs, |r| r.one_percent_bytes));
    eprintln!(
        "samod: {:.3} s, {:.0} bytes, server {:.0} ms of CPU and {:.0} MB",
        median(&runs, |r| r.cold_s),
        median(&runs, |r| r.cold_bytes as f64),
        median(&runs, |r| r.server.cpu_ms),
        median(&runs, |r| r.server.peak_mb),
    );
    Ok(())
}
