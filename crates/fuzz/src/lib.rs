//! Everything that reads bytes from outside, as functions on any bytes.
//!
//! A [`Target`] takes bytes, gives them to one decoder or to one session, and panics where a promise is
//! broken: whatever comes, nothing of ours panics, and what is accepted has one encoding. `fuzz/` runs
//! the targets under libFuzzer; the tests of this crate run them on the [`seeds`], on the committed
//! corpus, and on mutations of both, so that a find stays found.

mod seeds;
mod shelf;
pub mod targets;

use std::collections::BTreeMap;

pub use seeds::seeds;

/// One way in.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name of its program under `fuzz/fuzz_targets` and of its folder in `fuzz/corpus`.
    pub name: &'static str,
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "change", run: targets::change },
    Target { name: "compact", run: targets::compact },
    Target { name: "fact", run: targets::fact },
    Target { name: "frames", run: targets::frames },
    Target { name: "frontier", run: targets::frontier },
    Target { name: "header", run: targets::header },
    Target { name: "invitation", run: targets::invitation },
    Target { name: "scorecard", run: targets::scorecard },
    Target { name: "segment", run: targets::segment },
    Target { name: "session", run: targets::session },
    Target { name: "snapshot", run: targets::snapshot },
    Target { name: "vetting", run: targets::vetting },
    Target { name: "workbook", run: targets::workbook },
];

/// Runs the target of this name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("every program under fuzz_targets names a target").run)(bytes);
}

/// Inputs by the name of their target.
pub type Inputs = BTreeMap<&'static str, Vec<Vec<u8>>>;
