//! That runs can be repeated, and that the checks can fail.

use super::*;

#[test]
fn the_same_seed_gives_the_same_run() {
    let told = |seed| {
        let outcome = run(seed, false);
        let Tally { actions, sessions, frames, crashes, machine_ms, rounds, .. } = outcome.tally;
        (actions, sessions, frames, crashes, machine_ms, rounds, outcome.violation.map(|(v, _)| v))
    };
    assert_eq!(told(2), told(2));
}
