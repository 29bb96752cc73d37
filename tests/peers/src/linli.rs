//! Linli: a device and a hub as processes of their own, over QUIC on loopback, with their data on disk.

pub mod children;
mod delay;
pub mod realm;
pub mod sides;
mod watch;

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, ensure};
use serde::Serialize;

use self::{
    delay::{DELAY, Relay},
    realm::Realm,
    sides::{PATIENCE, Reached, Synced},
    watch::Watch,
};
use crate::{
    report::seconds,
    side::{Side, Usage},
    workload::Workload,
};

/// Syncs over which the cost of one without anything new is averaged.
const IDLE_SYNCS: u32 = 20;

/// One run.
#[derive(Debug, Clone)]
pub struct Run {
    /// From the device's connecting to the hub's commit of everything.
    pub durable_s: f64,
    /// Until the hub's documents and ledgers are up to date.
    pub applied_s: f64,
    /// Until the device has the hub's receipt and the session has ended.
    pub receipt_s: f64,
    pub cold: Synced,
    pub hub: Usage,
    pub device: Usage,
    pub idle: Synced,
    /// Processor time of one idle sync, at the device and at the hub.
    pub idle_cpu_ms: (f64, f64),
    pub idle_round_trips: u64,
    pub one_percent: Synced,
    pub one_percent_changes: u64,
}

/// A device and a hub that run.
struct Pair {
    hub: Side,
    device: Side,
    reached: Reached,
    places: (PathBuf, PathBuf),
}

impl Pair {
    /// Starts the two on copies of the realm's directories.
    fn start(realm: &Realm, directory: &Path) -> anyhow::Result<Self> {
        let places = (directory.join("hub"), directory.join("device"));
        copy(&realm.hub, &places.0)?;
        copy(&realm.device, &places.1)?;
        let (hub, reached) = Side::start(Side::own("hub", &[places.0.as_os_str()])?)?;
        let (device, ()) = Side::start(Side::own("device", &[places.1.as_os_str()])?)?;
        Ok(Self { hub, device, reached, places })
    }

    fn sync(&mut self) -> anyhow::Result<Synced> {
        let command = self.sync_command(&self.reached);
        self.device.ask(&command)
    }

    fn sync_command(&self, reached: &Reached) -> String {
        format!("sync {} {}", reached.address, reached.device)
    }
}

/// Measures everything once, from a hub that has nothing.
pub fn run(realm: &Realm, directory: &Path, cards: u64, next_change: u64) -> anyhow::Result<Run> {
    let place = tempfile::tempdir_in(directory).context("a place for a run")?;
    let mut pair = Pair::start(realm, place.path())?;
    let watch = Watch::begin(&pair.places.0, &pair.places.1)?;
    let before = (pair.hub.usage()?, pair.device.usage()?);
    let command = pair.sync_command(&pair.reached);
    let begun = Instant::now();
    pair.device.tell(&command)?;
    let durable = watch.durable(PATIENCE)?;
    let applied = watch.applied(PATIENCE)?;
    let cold: Synced = pair.device.answer()?;
    ensure!(cold.equal, "the two do not hold the same after a sync");
    watch.check(cards)?;
    let after = (pair.hub.usage()?, pair.device.usage()?);

    let idle = pair.sync()?;
    let (hub, device) = (pair.hub.usage()?, pair.device.usage()?);
    for _ in 0..IDLE_SYNCS {
        ensure!(pair.sync()?.equal, "an idle sync found a difference");
    }
    let per_sync = |then: Usage, now: Usage| (now.cpu_ms - then.cpu_ms) / f64::from(IDLE_SYNCS);
    let idle_cpu_ms = (per_sync(device, pair.device.usage()?), per_sync(hub, pair.hub.usage()?));
    let idle_round_trips = round_trips(&mut pair)?;

    let changed = (cards / 100).max(1);
    let () = pair.device.ask(&format!("change {changed} {next_change}"))?;
    let one_percent = pair.sync()?;
    ensure!(one_percent.equal, "the two do not hold the same after one percent changed");

    let spent = |then: Usage, now: Usage| Usage { cpu_ms: now.cpu_ms - then.cpu_ms, ..now };
    Ok(Run {
        durable_s: (durable - begun).as_secs_f64(),
        applied_s: (applied - begun).as_secs_f64(),
        receipt_s: cold.total_s,
        cold,
        hub: spent(before.0, after.0),
        device: spent(before.1, after.1),
        idle,
        idle_cpu_ms,
        idle_round_trips,
        one_percent,
        one_percent_changes: changed,
    })
}

/// How often an idle session waits for the other side, by the clock: over a link with a long delay. The wait
/// for the transport's word that the goodbye has arrived is not one of the session's.
fn round_trips(pair: &mut Pair) -> anyhow::Result<u64> {
    let relay = Relay::towards(pair.reached.address)?;
    let reached = Reached { address: relay.address, ..pair.reached.clone() };
    let command = pair.sync_command(&reached);
    let synced: Synced = pair.device.ask(&command)?;
    // A busy machine only adds to it.
    let waits = (synced.session_s / (2.0 * DELAY.as_secs_f64())).floor() as u64;
    Ok(waits.saturating_sub(1))
}

/// A first sync, at the hub alone.
#[derive(Debug, Serialize)]
pub struct Memory {
    documents: u64,
    entries: u64,
    applied_s: f64,
    hub_cpu_ms: f64,
    hub_rss_mb: f64,
}

/// The most memory that the hub has by the end of a first sync, and what that takes there.
pub fn memory(realm: &Realm, directory: &Path, workload: Workload) -> anyhow::Result<Memory> {
    let place = tempfile::tempdir_in(directory).context("a place for a run")?;
    let mut pair = Pair::start(realm, place.path())?;
    let watch = Watch::begin(&pair.places.0, &pair.places.1)?;
    let begun = Instant::now();
    let command = pair.sync_command(&pair.reached);
    pair.device.tell(&command)?;
    let applied = watch.applied(PATIENCE)?;
    let synced: Synced = pair.device.answer()?;
    ensure!(synced.equal, "the two do not hold the same after a sync");
    watch.check(workload.documents)?;
    let hub = pair.hub.usage()?;
    Ok(Memory {
        documents: workload.documents,
        entries: workload.entry_count(),
        applied_s: seconds((applied - begun).as_secs_f64()),
        hub_cpu_ms: hub.cpu_ms.round(),
        hub_rss_mb: hub.peak_mb.round(),
    })
}

/// Bytes of a first sync in the setting for slow links: the device packs as hard as it can.
pub fn slow_link_bytes(realm: &Realm, directory: &Path) -> anyhow::Result<u64> {
    let place = tempfile::tempdir_in(directory).context("a place for a run")?;
    let mut pair = Pair::start(realm, place.path())?;
    let () = pair.device.ask("slow")?;
    Ok(pair.sync()?.frame_bytes)
}

/// Copies a data directory that nobody uses.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir(to)?;
    for file in std::fs::read_dir(from)? {
        let file = file?;
        if file.file_name() != OsStr::new("lock") {
            std::fs::copy(file.path(), to.join(file.file_name()))?;
        }
    }
    Ok(())
}
