//! Snapshots of a small realm, made, verified, damaged and forged.

mod differences;
mod forged;
mod forgery;
mod honest;
mod packs;
mod standards;
mod tampered;
mod withheld;
mod world;
