//! The files of the traps, part of the program.

pub const DICTIONARY: &str = include_str!("../../../../protocol/findings/findings.toml");

macro_rules! texts {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../protocol/findings/", $name)))),*]
    };
}

/// Every file that the dictionary may name, by its path from where the dictionary stands.
pub const TEXTS: &[(&str, &str)] = texts![
    "../standards/shared/tables/10_determined.sql",
    "../standards/shared/tables/20_responsible.sql",
    "../standards/shared/tables/30_exits.sql",
    "../standards/shared/tables/40_placed.sql",
    "../standards/shared/tables/50_unemployed.sql",
    "../standards/shared/tables/60_hardship.sql",
    "../standards/shared/tables/70_families.sql",
    "../standards/shared/tables/75_eligible.sql",
    "../standards/shared/tables/80_cards.sql",
    "../standards/shared/tables/90_verified.sql",
    "sql/two_communities.sql",
    "sql/move_open.sql",
    "sql/unregistered.sql",
    "sql/uncertified.sql",
    "sql/flapping.sql",
    "sql/no_evidence.sql",
    "sql/evidence_reused.sql",
    "sql/mass_hiring.sql",
    "sql/short_placement.sql",
    "sql/stale.sql",
    "sql/ledgers_disagree.sql",
    "sql/late_exit.sql",
    "sql/no_wish.sql",
    "sql/too_young.sql",
    "sql/split_household.sql",
    "sql/back_dated.sql",
    "sql/crammed.sql",
];

pub fn content(name: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(file, _)| *file == name).map(|(_, text)| *text)
}
