//! `linli demo`: a whole city on one machine, from enrolment to a verified snapshot.
//!
//! Every device and hub is a node with a data directory of its own; they talk QUIC on loopback or
//! carry bundle files. Nothing is assumed: each promise is checked, and the demo fails if one does
//! not hold.

mod checks;
mod city;
mod people;
mod report;
mod trouble;

use std::{path::PathBuf, time::Instant};

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};

use city::City;
pub use city::UNITS;
use linli_node::Period;
pub use report::DemoReport;

/// What the demo is to show.
#[derive(Debug, Clone)]
pub struct Options {
    pub communities: usize,
    pub households: usize,
    pub seed: u64,
    /// Where the data goes; a new directory under the system's temporary one without it.
    pub directory: Option<PathBuf>,
}

/// Runs the demo and says what it found. The report's `ok` says whether every promise held.
pub async fn run(options: Options) -> Result<DemoReport> {
    let progress = Progress::new();
    let directory = match &options.directory {
        Some(directory) => directory.clone(),
        None => tempfile::Builder::new().prefix("linli-demo-").tempdir()?.keep(),
    };
    let mut report = DemoReport { directory: directory.display().to_string(), ..DemoReport::default() };
    let mut clock = Instant::now();
    let mut lap = || std::mem::replace(&mut clock, Instant::now()).elapsed().as_secs_f64();

    progress.step(&format!("enrol: hubs and devices, in {}", directory.display()));
    let city = City::enrol(&directory, &options).await.context("enrolment")?;
    report.communities = city.communities.len();
    report.hubs = city.hubs().count();
    report.devices = city.devices().count();
    report.seconds.enrol = lap();

    progress.step("edit: every community fills its cards, with no network");
    let today = linli_node::as_of_today();
    // All of it is written today.
    let period = Period { close: Some(today.clone()), ..Period::last_until(&today)? };
    let plan = people::plan(&options, &period)?;
    let planted = people::write_all(&city, &plan).await.context("writing cards")?;
    report.seconds.edit = lap();

    progress.step("sync: devices, hubs, a cut link, a bundle file, and three that are refused");
    trouble::stranger_is_refused(&city, &mut report).await?;
    trouble::link_is_cut_and_resumed(&city, &plan, &mut report).await?;
    city.sync_devices().await?;
    trouble::concurrent_edits_keep_both(&city, &mut report).await?;
    trouble::bundle_goes_up(&city, &mut report)?;
    trouble::trespass_and_crash_are_refused(&city, &mut report).await?;
    checks::converge(&city).await.context("before the evaluation")?;
    people::file_registers(&city, &plan).context("filing the streets' registers")?;
    checks::converge(&city).await.context("with the streets' registers")?;
    report.seconds.sync = lap();

    progress.step("evaluate: the city resolves and scores, districts and streets repeat it");
    linli_node::evaluate(&city.hub.node, city.unit(), &period)?;
    report.duplicates = checks::determined(&city, &planted, &period)?;
    checks::converge(&city).await.context("after the determinations")?;
    // The determinations moved the cut; this is the one that everybody now has.
    let official = linli_node::evaluate(&city.hub.node, city.unit(), &period)?;
    checks::tables_agree(&city)?;
    checks::hubs_agree(&city, &period, &official, &mut report)?;
    report.read_evaluation(&city, &official);
    report.seconds.evaluate = lap();

    progress.step("snapshot: the auditor pulls it from the city");
    let bytes = city.pull_snapshot(&period).await.context("pulling the snapshot")?;
    let path = directory.join("snapshot.linli");
    linli_node::write_whole(&path, &bytes)?;
    report.snapshot.file = path.display().to_string();
    report.snapshot.bytes = bytes.len() as u64;
    report.seconds.snapshot = lap();

    progress.step("verify: with nothing but the file and the realm id");
    checks::snapshot_verifies(&bytes, city.realm, &official, &mut report)?;
    report.seconds.verify = lap();

    trouble::bundle_comes_back(&city, &mut report)?;
    checks::converge(&city).await.context("at the end")?;
    report.converged = checks::differences(&city)?.is_empty();
    report.count(&city)?;
    city.stop().await;
    progress.done();
    report.judge(&options);
    Ok(report)
}

/// Steps on standard error: a spinner where a person watches, lines where nobody does.
struct Progress {
    bar: ProgressBar,
    began: Instant,
}

impl Progress {
    fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {elapsed:>4}  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        Self { bar, began: Instant::now() }
    }

    fn step(&self, what: &str) {
        if self.bar.is_hidden() {
            tracing::info!(elapsed_s = self.began.elapsed().as_secs(), "{what}");
        }
        self.bar.println(format!("{:>5.1} s  {what}", self.began.elapsed().as_secs_f64()));
        self.bar.set_message(what.to_owned());
    }

    fn done(self) {
        self.bar.finish_and_clear();
    }
}
