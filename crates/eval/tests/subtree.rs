//! A score follows from what its unit reads: its own records, those below it, and the notices of those above it. So the
//! unit's hub, the city and an auditor with a snapshot of the unit agree.

#[path = "engines/city.rs"]
mod city;
#[path = "engines/harvest.rs"]
mod harvest;
mod support;

use linli_eval::{Request, Scorecard, SqlValue, Standard, evaluate};
use support::*;

/// What a unit reads of a world. The units themselves stand in the city's notices.
fn read_by(world: &World, unit: &str) -> World {
    let channels: Vec<(String, usize)> = world
        .tables()
        .filter_map(|(table, columns)| {
            let channel = columns.iter().position(|(name, _)| name == "channel")?;
            Some((table.to_owned(), channel))
        })
        .collect();
    world.seen(|table, row| {
        let SqlValue::Text(at) = &row[0] else { return false };
        let channel = channels.iter().find(|(name, _)| name == table);
        let noticed = channel.is_some_and(|(_, column)| row[*column] == SqlValue::from("notices"));
        let below = |lower: &str, upper: &str| lower == upper || lower.starts_with(&format!("{upper}/"));
        table == "unit" || below(at, unit) || (noticed && below(unit, at))
    })
}

/// The scorecard of a unit, evaluated from some place above it.
fn scored(world: &World, root: &str, unit: &str) -> Scorecard {
    let standards = [Standard::community(), Standard::street()];
    let request = Request::new(path(root), AS_OF, standards.iter().collect());
    let evaluation = evaluate(&mut Sqlite::of(world), &request).expect("the world evaluates");
    evaluation.scorecard(&path(unit)).expect("the unit has a scorecard").clone()
}

#[test]
fn a_unit_scores_from_what_it_reads_as_the_city_does_from_everything() {
    let standards = [Standard::community(), Standard::street()];
    let standards: Vec<&Standard> = standards.iter().collect();
    for seed in [7, 2027] {
        let world = city::generate(seed, &standards);
        for unit in [STREET, COMMUNITY, "3211/02/002", "3211/02/002/001"] {
            let read = read_by(&world, unit);
            assert!(read.rows().count() < world.rows().count());
            let (here, above) = (scored(&read, unit, unit), scored(&world, "3211", unit));
            for (here, above) in here.items.iter().zip(&above.items) {
                assert_eq!(here, above, "{unit} of city {seed}");
            }
            assert_eq!(here, above, "{unit} of city {seed}");
        }
    }
}

/// Where a vacancy stands, and whether a display in the street and a referral in the community may name it.
const PLACES: [(&str, &str, bool, bool); 9] = [
    (COMMUNITY, "records", true, true),
    (COMMUNITY, "notices", true, true),
    (SECOND, "records", true, false),
    (STREET, "records", true, false),
    (STREET, "notices", true, true),
    ("3211/02", "records", false, false),
    ("3211/02", "notices", true, true),
    ("3211", "notices", true, true),
    ("3211/02/009", "notices", false, false),
];

#[test]
fn a_display_shows_vacancies_that_its_street_reads() {
    for (host, channel, shown, _) in PLACES {
        let mut world = World::new();
        world.unit("3211/02/009", 0).person(COMMUNITY);
        let vacancy = world.next_doc();
        let posting = [
            ("unit", STREET.into()),
            ("doc", doc(7).as_str().into()),
            ("board", "display".into()),
            ("vacancy", vacancy.as_str().into()),
            ("start", "2025-11-01".into()),
        ];
        world.add("posting", &posting);
        let given = [
            ("unit", host.into()),
            ("doc", vacancy.as_str().into()),
            ("channel", channel.into()),
            ("start", "2025-12-31".into()),
            ("end", "2026-02-01".into()),
        ];
        world.add("vacancy", &given);
        let months = counts(&card(&world, STREET), "S03", "months");
        // December, January and February.
        assert_eq!(months, (12, if shown { 3 } else { 0 }), "{channel} of {host}");
    }
}

#[test]
fn a_referral_counts_to_vacancies_that_its_community_reads() {
    for (host, channel, _, referred) in PLACES {
        let mut world = World::new();
        let person = world.unit("3211/02/009", 0).unemployed(COMMUNITY);
        world.service(COMMUNITY, &person.doc, "guidance", "2026-01-05");
        world.service(COMMUNITY, &person.doc, "training_offer", "2026-01-05");
        for _ in 0..3 {
            let vacancy = world.next_doc();
            let given = [
                ("unit", host.into()),
                ("doc", vacancy.as_str().into()),
                ("channel", channel.into()),
                ("start", "2026-01-01".into()),
            ];
            world.add("vacancy", &given).referred(COMMUNITY, &person.doc, &vacancy, "2026-02-02");
        }
        let helped = counts(&card(&world, COMMUNITY), "C15", "services");
        assert_eq!(helped, (1, u64::from(referred)), "{channel} of {host}");
    }
}
