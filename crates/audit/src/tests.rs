//! Snapshots of a small realm, made, verified, damaged and forged.

mod differences;
mod forged;
mod honest;
mod tampered;
mod world;
