//! The files of the figures, part of the program.

pub const DICTIONARY: &str = include_str!("../../../../protocol/report/figures.toml");

macro_rules! texts {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../protocol/report/", $name)))),*]
    };
}

/// Every file that the dictionary may name, by its path from where the dictionary stands.
pub const TEXTS: &[(&str, &str)] = texts![
    "../standards/shared/tables/10_determined.sql",
    "../standards/shared/tables/20_responsible.sql",
    "../standards/shared/tables/30_exits.sql",
    "../ledgers/sql/tables/05_units.sql",
    "../ledgers/sql/tables/07_everybody.sql",
    "../ledgers/sql/tables/10_counted.sql",
    "../ledgers/sql/tables/20_states.sql",
    "../ledgers/sql/tables/30_work.sql",
    "../ledgers/sql/tables/50_labour.sql",
    "sql/tables/60_place.sql",
    "sql/units.sql",
    "sql/organisation.sql",
    "sql/platform.sql",
    "sql/people.sql",
    "sql/help.sql",
    "sql/oversight.sql",
];

pub fn content(name: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(file, _)| *file == name).map(|(_, text)| *text)
}
