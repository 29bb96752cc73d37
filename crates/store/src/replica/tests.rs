//! The replica's promises, on real databases.

mod asked;
mod changes;
mod contest;
mod declined;
mod disks;
mod erasure;
mod fixture;
mod forks;
mod held;
mod hostile;
mod in_flight;
mod readers;
mod recorded;
mod repack;
mod trust;
