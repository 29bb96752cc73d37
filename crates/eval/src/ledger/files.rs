//! The files of the ledgers, part of the program.

pub const DICTIONARY: &str = include_str!("../../../../protocol/ledgers/ledgers.toml");

macro_rules! texts {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../protocol/ledgers/", $name)))),*]
    };
}

/// Every file that the dictionary may name, by its path from where the dictionary stands.
pub const TEXTS: &[(&str, &str)] = texts![
    "../standards/shared/tables/10_determined.sql",
    "../standards/shared/tables/20_responsible.sql",
    "../standards/shared/tables/30_exits.sql",
    "../standards/shared/tables/70_families.sql",
    "sql/tables/05_units.sql",
    "sql/tables/07_everybody.sql",
    "sql/tables/08_out_of_work.sql",
    "sql/tables/10_counted.sql",
    "sql/tables/20_states.sql",
    "sql/tables/30_work.sql",
    "sql/tables/40_visits.sql",
    "sql/tables/50_labour.sql",
    "sql/tables/60_registered.sql",
    "sql/L01.sql",
    "sql/L02.sql",
    "sql/L03.sql",
    "sql/L04.sql",
    "sql/L05.sql",
    "sql/L06.sql",
    "sql/L07.sql",
    "sql/L08.sql",
    "sql/L09.sql",
    "sql/L10.sql",
    "sql/L11.sql",
    "sql/L12.sql",
    "sql/L13.sql",
    "sql/L14.sql",
    "sql/L15.sql",
    "sql/L16.sql",
    "sql/L17.sql",
    "sql/L18.sql",
    "sql/L19.sql",
];

pub fn content(name: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(file, _)| *file == name).map(|(_, text)| *text)
}
