//! `linli bench`: how long this machine takes for a city of a size.

mod city;
mod report;
mod timed;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use linli_eval::{
    Again, Kept, Request, Standard,
    ledger::{View, ledgers, rows},
};
use linli_wire::{Arrangement, UnitPath};

use crate::{context::Context, failure::Ended};
use city::City;
use report::{Report, Slow};
use timed::Timed;

/// Statements of the full evaluation that are listed.
const SLOWEST: usize = 12;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Evaluate an invented city: all of it, again after one community changed, one item, one ledger page
    #[command(
        after_help = "Example:\n  linli bench evaluate --communities 306 --households 300000 --json\n\n\
        Rows of six invented communities, one of each quality, stand under the paths of as many units as asked for, with \
        other documents and ID numbers, in an encrypted database in a temporary directory (about 2 KB a person)."
    )]
    Evaluate(Evaluate),
}

#[derive(Debug, Args)]
struct Evaluate {
    /// Communities of the programme
    #[arg(long, default_value_t = 306, value_parser = clap::value_parser!(u16).range(1..=700))]
    communities: u16,
    /// Households of all of them together
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u32).range(1..))]
    households: u32,
    /// Another seed invents other people
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Connections that read at the same time, at most; never more than there are cores
    #[arg(long, default_value_t = 4)]
    readers: usize,
    /// Where the database stands while the benchmark runs; the system's temporary directory unless given
    #[arg(long, value_name = "DIR")]
    directory: Option<std::path::PathBuf>,
}

/// What one evaluation took.
struct Evaluated {
    taken: Duration,
    cpu_s: Option<f64>,
    readers: usize,
    scorecards: usize,
    rows_scanned: u64,
    vm_steps: u64,
    slowest: Vec<Slow>,
    again: Again,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let Action::Evaluate(evaluate) = &self.action;
        let report = evaluate.run(context)?;
        if context.json {
            context.out.json(&report)?;
        } else {
            report.show(context)?;
        }
        Ok(Ended::Done)
    }
}

impl Evaluate {
    fn run(&self, context: &mut Context) -> Result<Report> {
        let parent = self.directory.clone().unwrap_or_else(std::env::temp_dir);
        let directory = tempfile::Builder::new().prefix("linli-bench-").tempdir_in(parent)?;
        let tell =
            |context: &mut Context, zh: &str, en: &str| context.out.note(context.language.pick(zh, en));
        tell(context, "正在生成城市 …", "making the city …");
        let started = Instant::now();
        let per_community = (self.households as usize).div_ceil(usize::from(self.communities));
        let mut city = City::create(
            &directory.path().join("data"),
            usize::from(self.communities),
            per_community,
            self.seed,
        )?;
        let made = started.elapsed();

        tell(context, "正在评估全市 …", "evaluating all of it …");
        let (community, street) = (Standard::community(), Standard::street());
        let as_of = city.as_of.clone();
        let evaluate = |city: &City, kept: &Kept| -> Result<Evaluated> {
            let (started, cpu) = (Instant::now(), cpu_s());
            let engines = city.tables.engines(self.readers)?;
            let mut engines: Vec<_> = engines.into_iter().map(Timed::of).collect();
            let request = Request::new(city.root.clone(), &as_of, vec![&community, &street]);
            let again = linli_eval::evaluate_on(&mut engines, &request, kept, &city.changes)?;
            let taken = started.elapsed();

            Ok(Evaluated {
                taken,
                cpu_s: cpu_s().zip(cpu).map(|(after, before)| after - before),
                readers: engines.len(),
                scorecards: again.evaluation.scorecards.len(),
                rows_scanned: engines.iter().map(|engine| engine.engine.work().rows_scanned).sum(),
                vm_steps: engines.iter().map(|engine| engine.engine.work().vm_steps).sum(),
                slowest: slow(&engines),
                again,
            })
        };
        let full = evaluate(&city, &Kept::new())?;
        let full_rss_mb = peak_memory_mb();

        tell(context, "正在评估变动的社区 …", "evaluating what one change touches …");
        let changed = city.change_one()?;
        let one_changed = evaluate(&city, &full.again.fresh)?;

        let explain = {
            let mut engine = city.tables.engine()?;
            let request = Request::new(changed.clone(), &as_of, vec![&community]);
            let started = Instant::now();
            linli_eval::explain(&mut engine, &request, &changed, "C10")?;
            started.elapsed()
        };
        let (page, page_slowest) = ledger_page(&city, &changed)?;
        Ok(Report {
            communities: usize::from(self.communities),
            households: city.households,
            people: city.people,
            rows: city.rows,
            scorecards: full.scorecards,
            readers: full.readers,
            made_s: made.as_secs_f64(),
            full_s: full.taken.as_secs_f64(),
            full_cpu_s: full.cpu_s,
            full_rss_mb,
            full_rows_scanned: full.rows_scanned,
            full_vm_steps: full.vm_steps,
            one_changed_counted: one_changed.again.fresh.len(),
            one_changed_s: one_changed.taken.as_secs_f64(),
            one_changed_cpu_s: one_changed.cpu_s,
            explain_ms: millis(explain),
            ledger_page_ms: millis(page),
            slowest: full.slowest,
            changed_slowest: one_changed.slowest,
            page_slowest,
        })
    }
}

/// The ledger of the laid-off and unemployed of one community, as of the end of the period.
fn ledger_page(city: &City, unit: &UnitPath) -> Result<(Duration, Vec<Slow>)> {
    let ledger = ledgers().iter().find(|ledger| ledger.id == "L05").context("there is the ledger")?;
    let arrangement = Arrangement::default();
    let mut engine = Timed::of(city.tables.engine()?);
    let view = View { unit, arrangement: &arrangement, as_of: &city.as_of, known: &city.as_of };
    let started = Instant::now();
    rows(&mut engine, ledger, &view)?;
    Ok((started.elapsed(), slow(&[engine])))
}

/// The slowest statements of some engines.
fn slow<E>(engines: &[Timed<E>]) -> Vec<Slow> {
    let slowest = timed::slowest(engines, SLOWEST).into_iter();
    slowest.map(|(what, taken)| Slow { what, ms: millis(taken) }).collect()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Seconds of processor time that this process has taken, where the system says so, in hundredths.
fn cpu_s() -> Option<f64> {
    let status = std::fs::read_to_string(Path::new("/proc/self/stat")).ok()?;
    // The program's name, in brackets, may hold anything.
    let mut fields = status.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(f64::from(ticks()? + ticks()?) / 100.0)
}

/// The most memory that this process has held, where the system says so.
fn peak_memory_mb() -> Option<u64> {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kib| kib / 1024)
}
