//! The node: what a device and a hub do with a replica.
//!
//! A [`Node`] shares one replica between the links that are open, the local commands and the
//! materialiser. Everything that decides is elsewhere (`log`, `sync`, `eval`); here is when it is
//! asked, and what is written for the answers: receipts, determinations, grants.

mod bundle;
mod clock;
mod command;
mod dial;
mod dialogue;
mod enrol;
mod erasing;
mod error;
mod evaluation;
mod exchanges;
mod files;
#[cfg(test)]
mod fixture;
mod heartbeat;
mod invitation;
mod lan;
mod ledger;
mod moves;
mod network;
mod node;
mod parents;
pub mod plan;
pub mod programme;
mod realm;
mod receipts;
mod rekey;
pub mod report;
mod request;
mod resolve;
mod returns;
pub mod road;
mod root;
mod serve;
mod session;
mod snapshot;
mod standing;
mod upkeep;

pub use bundle::{
    BundleReport, ExportOptions, SPLIT_BYTES_MIN, bundle_parts, export_bundle, import_bundle, import_bundles,
};
pub use clock::{Clock, now};
pub use command::{make_snapshot, note_view};
pub use dialogue::{Departure, Dialogue, SessionReport, Step};
pub use enrol::{
    GrantBundle, JoinRequest, Terms, accept_grant, export_grant, grant_device, grant_devices, import_grant,
    join, make_request,
};
pub use erasing::{ErasurePlan, erase, plan_erasure};
pub use error::{NodeError, chain};
pub use evaluation::{
    Evaluated, ExplainedSubject, Period, as_of_today, evaluate, evaluate_anew, explain, standard_in_force,
};
pub use exchanges::note_exchanges;
pub use files::write_whole;
pub use heartbeat::{HEARTBEAT_INTERVAL_MS, SILENT_AFTER_MS};
pub use invitation::{Invitation, invite};
pub use lan::{LOOK_PATIENCE, Nearby, join_lan, keep_lan, nearby, sync_nearby};
pub use ledger::{LedgerDays, findings, ledger_rows};
pub use moves::person_edits as moved_person;
pub use network::{NetworkSettings, Window};
pub use node::Node;
pub use parents::{PARENTS_MAX, Parent};
pub use realm::{RealmUnits, UnitRow, init_realm, read_units};
pub use receipts::write as write_receipts;
pub use rekey::{Renewal, begin_renewal, finish_renewal, renew, replace_key, written};
pub use resolve::resolve;
pub use returns::{Cells, ReturnHead, month_end, recount, return_document};
pub use root::{move_unit, rotate_root};
pub use serve::Hub;
pub use session::{run_session, sync, sync_at, sync_with};
pub use snapshot::pull_snapshot;
