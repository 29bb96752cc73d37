//! Work on every core, with results that are taken in order.

use std::{
    collections::BTreeMap,
    num::NonZero,
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
};

/// How much there is to a task.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grain {
    /// Fewer tasks than this a thread are not worth a thread.
    tasks_a_thread: usize,
    /// Results that wait to be taken before the work pauses.
    waiting_max: usize,
}

/// A document, or a few entries.
pub(crate) const SMALL: Grain = Grain { tasks_a_thread: 8, waiting_max: 256 };
/// Hundreds of entries: the results take memory.
pub(crate) const LARGE: Grain = Grain { tasks_a_thread: 1, waiting_max: 4 };

/// Works on tasks in any order and on several threads, and gives every result to `take` on this one, in the
/// order of the tasks: what comes of it does not depend on how many threads there are. After the first
/// error no further work is begun.
pub(crate) fn in_order<T: Send, R: Send, E>(
    grain: Grain,
    tasks: Vec<T>,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(tasks.len() / grain.tasks_a_thread);
    if threads <= 1 {
        return tasks.into_iter().try_for_each(|task| take(work(task)));
    }
    let tasks = Mutex::new(tasks.into_iter().enumerate());
    let (sender, results) = mpsc::sync_channel(grain.waiting_max);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, tasks, work) = (sender.clone(), &tasks, &work);
            scope.spawn(move || {
                loop {
                    let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((at, task)) = next else { return };
                    // Nobody takes results after an error.
                    if sender.send((at, work(task))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        take_in_order(results, &mut take)
    })
}

fn take_in_order<R, E>(
    results: Receiver<(usize, R)>,
    take: &mut impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let (mut early, mut next) = (BTreeMap::new(), 0);
    for (at, result) in results {
        early.insert(at, result);
        while let Some(result) = early.remove(&next) {
            take(result)?;
            next += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Duration};

    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_tasks() {
        for count in [0, 1, 7, 8, 100, 1_000] {
            let mut taken = Vec::new();
            let work = |task: u64| {
                // The first ones take longest.
                thread::sleep(Duration::from_micros(if task < 4 { 2_000 - task * 400 } else { 0 }));
                task * 3
            };
            let done = in_order(SMALL, (0..count).collect(), work, |result| {
                taken.push(result);
                Ok::<_, Infallible>(())
            });
            assert_eq!(done, Ok(()));
            assert_eq!(taken, (0..count).map(|task| task * 3).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_ends_it_and_leaves_the_rest_undone() {
        let mut taken = 0;
        let done = in_order(
            SMALL,
            (0..100_000).collect(),
            |task: u32| task,
            |result| {
                taken += 1;
                if result == 10 { Err("enough") } else { Ok(()) }
            },
        );
        assert_eq!((done, taken), (Err("enough"), 11));
    }
}
