//! The commands, one file each.

pub mod bundle;
pub mod card;
pub mod demo;
pub mod devices;
pub mod doctor;
pub mod evaluate;
pub mod explain;
pub mod export;
pub mod generate;
pub mod grant;
pub mod hub;
pub mod hubs;
pub mod import;
pub mod invite;
pub mod join;
pub mod ledger;
pub mod person;
pub mod realm;
pub mod record;
pub mod revoke;
pub mod serve;
pub mod snapshot;
pub mod standard;
pub mod status;
pub mod sync;
pub mod visit;
