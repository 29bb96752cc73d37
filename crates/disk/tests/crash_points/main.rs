//! A hub and a device go through about 300 operations, and at every write and sync one of them loses
//! power, or its disk fails.
//!
//! Each point starts a few operations before, from what was on the disks then. An ordinary run takes
//! every so many points; `LINLI_EVERY_POINT=1` takes all of them, which wants a release build.
//! `LINLI_TESTS_SEED=n` makes another script and other crashes. A failure prints which point it was.
#![allow(clippy::print_stdout, reason = "whoever looks at a failing test wants to know which point it was")]

mod checks;
mod exchange;
mod failed_sync;
mod script;
mod world;

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use linli_disk::{Call, Fault, Trouble};
use script::Operation;
use world::{Saved, Who, World};

/// Operations that a machine has done since it started, before it loses power in the next.
const WARM: usize = 2;
/// Which points an ordinary run takes: each of these, in a debug build a fraction of a second.
const EVERY_CRASH: usize = 211;
const EVERY_FAULT: usize = 907;
/// Points at which a rebuild is compared with what it replaces.
const EVERY_REBUILD: usize = 10;

#[test]
fn nothing_acknowledged_is_lost_wherever_the_power_goes() {
    at_every_point(EVERY_CRASH, |before, whose, calls| {
        let changes = Call::ALL.iter().filter(|call| **call != Call::Read).map(|call| calls[*call as usize]);
        // One past the last: the power goes after the operation.
        let cuts = 1..=changes.sum::<u64>() + 1;
        cuts.map(|cut| Point { at: before, whose, trouble: Where::Cut(cut) }).collect()
    });
}

#[test]
fn a_disk_that_fails_or_fills_up_costs_nothing_but_the_operation() {
    at_every_point(EVERY_FAULT, |before, whose, calls| {
        let mut points = Vec::new();
        for call in Call::ALL {
            for nth in 1..=calls[call as usize] {
                for (trouble, lasts) in
                    [(Trouble::Io, false), (Trouble::Io, true), (Trouble::Full, false), (Trouble::Full, true)]
                {
                    // A disk that is full can be read.
                    if call != Call::Read || trouble == Trouble::Io {
                        let fault = Fault { call, nth, trouble, lasts };
                        points.push(Point { at: before, whose, trouble: Where::Fault(fault) });
                    }
                }
            }
        }
        points
    });
}

/// A point of the script at which something happens to one of the machines.
#[derive(Debug, Clone, Copy)]
struct Point {
    /// The operation.
    at: usize,
    whose: Who,
    trouble: Where,
}

#[derive(Debug, Clone, Copy)]
enum Where {
    /// The power goes in the so-manieth change.
    Cut(u64),
    Fault(Fault),
}

/// Goes through the script and tries its points, or every so many of them.
fn at_every_point(every: usize, points: impl Fn(usize, Who, [u64; Call::ALL.len()]) -> Vec<Point>) {
    let seed = env::var("LINLI_TESTS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let every = if env::var_os("LINLI_EVERY_POINT").is_some() { 1 } else { every };
    let script = script::script(seed);
    let mut world = World::begin(seed);
    let mut saved = vec![world.save()];
    let mut number: usize = 0;
    let mut tried = 0;
    for (at, operation) in script.iter().enumerate() {
        let calls = |world: &mut World| {
            Who::BOTH.map(|who| Call::ALL.map(|call| world.machine(who).disk.calls(call)))
        };
        let before = calls(&mut world);
        operation.perform(&mut world).expect("the disks work");
        let after = calls(&mut world);
        let mut due = Vec::new();
        for (who, (before, after)) in Who::BOTH.into_iter().zip(before.into_iter().zip(after)) {
            let made = std::array::from_fn(|call| after[call] - before[call]);
            if made.iter().all(|calls| *calls == 0) {
                continue;
            }
            for point in points(at, who, made) {
                number += 1;
                // Repacking replaces what is acknowledged, twice in the script.
                let replaces = matches!(operation, Operation::Repack(_));
                if number.is_multiple_of(if replaces { every.div_ceil(20) } else { every }) {
                    due.push((number, point));
                }
            }
        }
        tried += due.len();
        try_points(&script, &saved, &due, seed);
        saved.push(world.save());
        if saved.len() > WARM + 1 {
            saved.remove(0);
        }
    }
    println!("seed {seed}: {tried} of {number} points");
    assert!(tried > 40, "{tried} points are too few");
}

/// Tries points of one operation, on as many threads as there are processors.
fn try_points(script: &[Operation], saved: &[Saved], due: &[(usize, Point)], seed: u64) {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from).min(due.len());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((number, point)) = due.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let seed = seed.wrapping_mul(1_000_003).wrapping_add(*number as u64);
                    let tried = catch_unwind(AssertUnwindSafe(|| point.try_it(script, saved, seed, *number)));
                    if let Err(panic) = tried {
                        println!("point {number}: {point:?} in {:?}", script[point.at]);
                        resume_unwind(panic);
                    }
                }
            });
        }
    });
}

impl Point {
    fn try_it(&self, script: &[Operation], saved: &[Saved], seed: u64, number: usize) {
        let Self { at, whose, trouble } = *self;
        let operation = &script[at];
        let mut world = saved[0].restore(seed);
        for warm in &script[at + 1 - saved.len()..at] {
            warm.perform(&mut world).expect("the disks work");
        }
        let disk = world.machine(whose).disk.clone();
        let mut done = at;
        match trouble {
            Where::Cut(change) => {
                disk.cut_power_at(change);
                if operation.perform(&mut world).is_ok() && disk.has_power() {
                    done += 1;
                }
            }
            Where::Fault(fault) => {
                disk.fail(fault);
                let _ = operation.perform(&mut world);
                disk.repair();
                if fault.call == Call::Read {
                    // SQLCipher does not get over a page that could not be read: the process starts again.
                    world.machine(whose).reopen().expect("the disk works");
                }
                // A machine that did not start has nothing open to look at.
                if !matches!(operation, Operation::Reopen(_)) {
                    checks::nothing_is_lost(&mut world, whose);
                }
                operation.perform(&mut world).expect("what failed can be repeated once the disk works");
                checks::nothing_is_lost(&mut world, whose);
                done += 1;
            }
        }
        disk.crash();
        checks::survived(&mut world, whose, &script[..done], script.get(done));
        if number.is_multiple_of(EVERY_REBUILD) {
            checks::caches_equal_a_rebuild(&mut world.machine(whose).replica);
        }
    }
}
