//! A city in one process, in which everything goes wrong that can: machines lose power in the middle of a
//! write, disks fail and fill up, links stall and break at any byte, clocks are years off, backups are
//! restored, disks are cloned, sticks are carried late and twice, devices are revoked and fall into the wrong
//! hands. Then all is healed, and everything that Linli promises is checked.
//!
//! What runs is the real thing: `linli-node`'s dialogues, `linli-store` on SQLCipher over the disk of
//! `linli-disk`. Simulated are the clock, the links and the disks. The same seed gives the same run.
//!
//! ```text
//! template   the enrolled city, made once, copied disk by disk
//! world      time, machines, sessions between them, switching machines on and off
//! link       frames on their way
//! actions    what people, accidents and adversaries do
//! root       the realm's root, which speaks seldom and is offline
//! hostile    forged entries, and what becomes of the frames of a device in the wrong hands
//! healing    the end: everybody talks until all agree
//! check      what must hold then
//! ```

mod actions;
mod check;
mod healing;
mod hostile;
mod link;
mod machine;
mod root;
mod run;
mod template;
mod trouble;
mod world;

pub use run::{Outcome, run};
pub use trouble::Violation;
pub use world::Tally;

#[cfg(test)]
mod tests;
