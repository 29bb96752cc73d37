//! `linli-sim`: runs many seeds and says what was violated.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]

use std::{
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use clap::Parser;
use linli_sim::{Outcome, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A tenth of a year.
const TENTH_MS: i64 = 36_525 * 24 * 3_600;

/// Simulates cities in which everything goes wrong, and checks what Linli promises.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// How many seeds to run
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Runs at the same time; all processors if not said
    #[arg(long)]
    threads: Option<usize>,
    /// Prints everything that happens as it happens; best with --seeds 1
    #[arg(long)]
    trace: bool,
}

#[derive(Debug, Default)]
struct Totals {
    machine_ms: i64,
    sessions: u64,
    frames: u64,
    crashes: u64,
    actions: u64,
    entries: u64,
    violations: Vec<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let next = AtomicU64::new(arguments.first);
    let end = arguments.first.saturating_add(arguments.seeds);
    let totals = Mutex::new(Totals::default());
    let threads =
        arguments.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from)).max(1);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let outcome = run(seed, arguments.trace);
                    let mut totals = totals.lock().unwrap_or_else(PoisonError::into_inner);
                    totals.add(&outcome);
                }
            });
        }
    });
    let totals = totals.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!(
        "{} seeds, {}.{} node-years, {} actions, {} entries, {} sessions, {} frames, {} crashes: {} violations{}",
        arguments.seeds,
        totals.machine_ms / TENTH_MS / 10,
        totals.machine_ms / TENTH_MS % 10,
        totals.actions,
        totals.entries,
        totals.sessions,
        totals.frames,
        totals.crashes,
        totals.violations.len(),
        totals.list(),
    );
    if totals.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Totals {
    fn add(&mut self, outcome: &Outcome) {
        self.machine_ms += outcome.tally.machine_ms;
        self.sessions += outcome.tally.sessions;
        self.frames += outcome.tally.frames;
        self.crashes += outcome.tally.crashes;
        self.actions += outcome.tally.actions;
        self.entries += outcome.tally.entries;
        if let Some((violation, trace)) = &outcome.violation {
            println!("seed {} ({} machines): {violation}", outcome.seed, outcome.machines);
            for line in trace {
                println!("    {line}");
            }
            println!(
                "    again: cargo run --release -p linli-sim -- --seeds 1 --first {} --trace",
                outcome.seed
            );
            self.violations.push(outcome.seed);
        }
    }

    fn list(&self) -> String {
        let seeds: Vec<String> = self.violations.iter().map(u64::to_string).collect();
        if seeds.is_empty() { String::new() } else { format!(", in seeds {}", seeds.join(" ")) }
    }
}
