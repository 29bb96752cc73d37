//! The files of a standard: named texts, and the hash over all of them.

use std::collections::BTreeMap;

use linli_wire::Digest;

/// The working days of mainland China, the file `calendar.toml` of both packs of this tree.
pub const CALENDAR_CN: &str = include_str!("../../../protocol/calendar/cn.toml");

/// Files of one pack, at most.
pub const FILES_MAX: usize = 256;
/// Bytes of one pack, at most.
pub const BYTES_MAX: usize = 4 << 20;

/// The context of a pack's hash.
const PACK_CONTEXT: &[u8] = b"linli/1 standard pack";

macro_rules! shared {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../protocol/standards/shared/", $name)))),*]
    };
}

/// What the community's and the street's pack have in common.
const SHARED: &[(&str, &str)] = shared![
    "reasons.toml",
    "tables/10_determined.sql",
    "tables/15_findings.sql",
    "tables/20_responsible.sql",
    "tables/21_units.sql",
    "tables/30_exits.sql",
    "tables/35_site.sql",
    "tables/40_placed.sql",
    "tables/50_unemployed.sql",
    "tables/60_hardship.sql",
    "tables/70_families.sql",
    "tables/75_eligible.sql",
    "tables/80_cards.sql",
    "tables/90_verified.sql",
    "tables/92_visits.sql",
    "tables/94_returns.sql",
    "tables/95_ledgers.sql",
    "tables/96_help.sql",
    "tables/97_policies.sql",
    "tables/98_answers.sql",
    "measures/answers.sql",
    "measures/boards.sql",
    "measures/coverage.sql",
    "measures/data_faults.sql",
    "measures/events.sql",
    "measures/exchanges.sql",
    "measures/families.sql",
    "measures/findings.sql",
    "measures/hardship_placed.sql",
    "measures/help.sql",
    "measures/office.sql",
    "measures/one_card.sql",
    "measures/placed.sql",
    "measures/policies.sql",
    "measures/returns.sql",
    "measures/verified.sql",
    "measures/visits.sql",
];

const COMMUNITY: &str = include_str!("../../../protocol/standards/community/standard.toml");
const STREET: &str = include_str!("../../../protocol/standards/street/standard.toml");
/// What the community's pack alone has.
const COMMUNITY_MEASURES: &[(&str, &str)] =
    &[("measures/ledgers.sql", include_str!("../../../protocol/standards/community/measures/ledgers.sql"))];
/// What the street's pack alone has.
const STREET_MEASURES: &[(&str, &str)] = &[
    (
        "measures/communities_passing.sql",
        include_str!("../../../protocol/standards/street/measures/communities_passing.sql"),
    ),
    (
        "measures/street_sample.sql",
        include_str!("../../../protocol/standards/street/measures/street_sample.sql"),
    ),
    ("measures/supervision.sql", include_str!("../../../protocol/standards/street/measures/supervision.sql")),
];

/// The files of a pack by name.
pub type Files = BTreeMap<String, String>;

/// The files of the community standard of this tree.
pub fn community_files() -> Files {
    files(COMMUNITY, COMMUNITY_MEASURES)
}

/// The files of the street standard of this tree.
pub fn street_files() -> Files {
    files(STREET, STREET_MEASURES)
}

fn files(standard: &str, own: &[(&str, &str)]) -> Files {
    [("standard.toml", standard), ("calendar.toml", CALENDAR_CN)]
        .into_iter()
        .chain(own.iter().copied())
        .chain(SHARED.iter().copied())
        .map(|(name, content)| (name.to_owned(), content.to_owned()))
        .collect()
}

/// The hash of a pack: over each file's name and content, sorted by name.
pub fn hash(files: &Files) -> Digest {
    let parts: Vec<&[u8]> =
        files.iter().flat_map(|(name, content)| [name.as_bytes(), content.as_bytes()]).collect();
    Digest::of(PACK_CONTEXT, &parts)
}
