//! Invented communities: plausible people, cards and a year of work, for demonstrations and benchmarks.
//!
//! A [`Plan`] and a [`Community`] give a [`CommunityData`]: for each household the edits of its documents,
//! as a clerk's entry would hold them. A community has a [`Quality`], which says how it fares under the
//! community standard; the tests evaluate generated communities by the real standard.
//!
//! What happened is dated on or before the plan's evaluation date T. When it is *recorded* is up to the
//! caller, who writes the entries. The first content of a card is marked as a first import, so that a demo
//! that writes a whole year today is not taken for one that recorded it late; [`later_edits`] are marked as
//! day-to-day work, to be recorded on their day. A [`Diary`] parts a year's documents into what was written on which
//! day.
//!
//! Nobody here exists: ID numbers begin with 97, 98 or 99, which no division of GB/T 2260 does, telephone
//! numbers with 12, which no mobile number does, and names are put together from lists.
//!
//! A whole city is a cast: which community fares how, and which units declare. [`source`] casts the one that the
//! programme's source tells of, by numbers that it states and a few that are assumed ([`cast`]); [`plain`] one that
//! is only plausible. A [`Desk`] is an invented device that signs what it writes, so that a hub takes it in as
//! anybody's.
//!
//! This crate is pure: it reads no clock, no randomness and no file. The same plan gives the same edits,
//! document ids and item keys on every machine.

mod card;
pub mod cast;
mod community;
mod dates;
mod day;
mod desk;
mod diary;
mod dice;
mod family;
mod findings;
mod help;
mod household;
mod import;
mod names;
mod number;
mod office;
mod oversight;
mod pair;
mod programme;
mod returns;
mod roles;
mod story;
mod street;
mod traps;
mod visits;
mod work;
mod write;

pub use cast::{CommunityPart, Course, OtherProgramme, StreetPart, Units, plain, source};
pub use community::{Community, CommunityData, HouseholdData, community};
pub use day::later_edits;
pub use desk::{Desk, DeskError};
pub use diary::{Diary, Keeping};
pub use findings::{Asked, finding};
pub use import::imports_csv;
pub use number::COMMUNITIES_MAX;
pub use office::office;
pub use oversight::{exchanges, oversight};
pub use pair::planted_pair;
pub use programme::{campaign, leading_group, left_out, papers, target};
pub use returns::{Cells, as_known, file, returns, street_register};
pub use roles::{HOUSEHOLDS_MIN, Quality};
pub use street::{dwelling_register, profile};
pub use traps::{certify_too_young, set_traps};

/// What every community of a demo or benchmark has in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Another seed gives other people.
    pub seed: u64,
    /// The evaluation date T, as days since 1970-01-01. Nothing is dated after it.
    pub as_of: i64,
    /// The first day of the period that ends at T, at least 200 days before it.
    pub period_start: i64,
    /// Households of a community, at least [`HOUSEHOLDS_MIN`].
    pub households: usize,
}
