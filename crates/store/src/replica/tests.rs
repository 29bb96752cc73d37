//! The replica's promises, on real databases.

mod changes;
mod contest;
mod declined;
mod disks;
mod erasure;
mod fixture;
mod forks;
mod held;
mod hostile;
mod repack;
mod trust;
