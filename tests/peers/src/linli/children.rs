//! A street's communities that all sync with its hub within a minute, each with what a day brought.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use linli_node::Node;
use linli_wire::DeviceKey;
use serde::Serialize;
use tokio::task::JoinSet;

use super::{
    realm,
    sides::{self, Reached},
};
use crate::{
    report::seconds,
    side::Side,
    workload::{Order, Workload},
};

/// In which all of them sync, evenly spread.
const WITHIN: Duration = Duration::from_secs(60);
/// A day of a community: five cards with nine changes each.
const DAY: Workload = Workload { documents: 5, changes: 9, order: Order::Rounds };
/// How long before its turn a child opens its database: it was open all day.
const AHEAD: Duration = Duration::from_secs(1);

/// What the hub's children had to wait, and what they cost the hub.
#[derive(Debug, Serialize)]
pub struct Children {
    children: u64,
    entries_each: u64,
    /// From connecting until the hub's receipt is there and the session has ended.
    receipt_median_s: f64,
    receipt_p95_s: f64,
    receipt_max_s: f64,
    hub_cpu_ms: f64,
    hub_rss_mb: f64,
}

/// Lets the children sync, each in its own time; they are tasks of this process, the hub is another.
pub fn run(directory: &Path, children: u64) -> anyhow::Result<Children> {
    let hub = directory.join("hub");
    let places: Vec<(u64, PathBuf)> =
        (1..=children).map(|n| (n, directory.join(format!("child {n}")))).collect();
    let street = realm::street(directory, &hub, children)?;
    for (number, place) in &places {
        realm::write(&realm::child(&street, directory, place, *number)?, *number, DAY)?;
    }
    drop(street);
    let (mut hub, reached): (Side, Reached) = Side::start(Side::own("hub", &[hub.as_os_str()])?)?;
    let before = hub.usage()?;
    let mut waited = sides::runtime()?.block_on(minute(places, &reached))?;
    waited.sort_by(f64::total_cmp);
    let after = hub.usage()?;
    let at = |part: f64| seconds(waited[((waited.len() - 1) as f64 * part).ceil() as usize]);
    Ok(Children {
        children,
        entries_each: DAY.entry_count(),
        receipt_median_s: at(0.5),
        receipt_p95_s: at(0.95),
        receipt_max_s: at(1.0),
        hub_cpu_ms: (after.cpu_ms - before.cpu_ms).round(),
        hub_rss_mb: after.peak_mb.round(),
    })
}

async fn minute(places: Vec<(u64, PathBuf)>, reached: &Reached) -> anyhow::Result<Vec<f64>> {
    let apart = WITHIN / u32::try_from(places.len()).context("the number of children")?;
    let (address, hub) = (reached.address, sides::key(&reached.device)?);
    let begun = Instant::now() + AHEAD;
    let mut syncs = JoinSet::new();
    for (number, place) in places {
        let at = begun + apart * u32::try_from(number - 1)?;
        syncs.spawn(turn(place, at, address, hub));
    }
    let mut waited = Vec::new();
    while let Some(sync) = syncs.join_next().await {
        waited.push(sync.context("a child's task")??);
    }
    Ok(waited)
}

/// Waits for a child's turn and syncs; returns how many seconds that took.
async fn turn(place: PathBuf, at: Instant, address: SocketAddr, hub: DeviceKey) -> anyhow::Result<f64> {
    tokio::time::sleep_until((at - AHEAD).into()).await;
    let node = tokio::task::spawn_blocking(move || Node::open(&place)).await??;
    tokio::time::sleep_until(at.into()).await;
    let synced = sides::sync(&node, address, hub).await?;
    ensure!(synced.equal, "a child and the hub do not hold the same after a sync");
    Ok(synced.total_s)
}
