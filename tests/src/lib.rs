//! What the end-to-end tests have in common: the real binary, places where it keeps data, hubs that serve on
//! loopback, and invented people.
//!
//! The tests say what a person would type and look at what a person would get: exit status, standard output
//! (mostly `--json`), standard error, and files. Nothing here reaches into a data directory, except to say
//! which files are there.

mod binary;
mod hub;
mod network;
mod outcome;
mod people;
mod place;
mod process;
mod realm;

pub use hub::Hub;
pub use network::{Host, Network};
pub use outcome::Outcome;
pub use people::{
    CITY, COMMUNITY, DISTRICT, OTHER_COMMUNITY, STREET, as_of, card_numbers, people_csv, table,
};
pub use place::{Place, linli};
pub use process::{Process, start};
pub use realm::{Realm, Stick, units_file, verify_alone};

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

/// Asks until the answer is there; panics with the last thing that was missing after `patience`.
pub fn eventually<T>(what: &str, patience: Duration, mut ask: impl FnMut() -> Result<T, String>) -> T {
    let begun = Instant::now();
    loop {
        let missing = match ask() {
            Ok(answer) => return answer,
            Err(missing) => missing,
        };
        assert!(begun.elapsed() < patience, "{what}: not within {patience:?}: {missing}");
        sleep(Duration::from_millis(100));
    }
}

/// Says something that is shown where a test fails, and by `cargo test -- --nocapture`.
#[allow(
    clippy::print_stdout,
    reason = "whoever looks at a failing test wants to know what was done and when"
)]
pub fn say(text: &str) {
    println!("{text}");
}
