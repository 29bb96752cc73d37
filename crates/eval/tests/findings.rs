//! Each trap in a story in which it springs, and in one that comes close and in which it does not.

mod support;

use linli_eval::{
    SqlValue,
    findings::{Severity, find},
    ledger::View,
};
use linli_wire::Arrangement;
use support::*;

const KNOWN: &str = "2026-11-14";

/// What a trap finds at T: subject, severity and reason.
fn caught_in(world: &World, unit: &str, trap: &str) -> Vec<(String, Severity, String)> {
    let (unit, arrangement) = (path(unit), Arrangement::default());
    let view = View { unit: &unit, arrangement: &arrangement, as_of: AS_OF, known: KNOWN };
    let all = find(&mut Sqlite::of(world), &view).expect("the traps read");
    let of_trap = all.into_iter().filter(|found| found.trap.id == trap);
    of_trap.map(|found| (found.subject, found.severity, found.reason.code.clone())).collect()
}

/// The reasons alone.
fn caught(world: &World, trap: &str) -> Vec<String> {
    caught_in(world, STREET, trap).into_iter().map(|(_, _, reason)| reason).collect()
}

fn recorded(day: &str) -> (&'static str, SqlValue) {
    ("recorded_n", date(day).into())
}

/// A placement with whatever columns a test needs.
fn placement(world: &mut World, person: &Person, given: &[(&str, &str)]) {
    let key = world.next_doc();
    let mut row: Vec<(&str, SqlValue)> = vec![
        ("unit", person.unit.as_str().into()),
        ("doc", person.doc.as_str().into()),
        ("placement", key.as_str().into()),
    ];
    row.extend(given.iter().map(|(name, value)| (*name, (*value).into())));
    world.add("placement", &row);
}

#[test]
fn one_person_in_two_communities_is_found_until_it_is_determined() {
    let mut world = World::new();
    let (here, there) = (world.person(COMMUNITY), world.next_doc());
    world.document(SECOND, &there, &here.id_no);
    let found = caught_in(&world, STREET, "two_communities");
    assert_eq!(
        found.iter().map(|(subject, ..)| subject.as_str()).collect::<Vec<_>>(),
        [here.doc.as_str(), &there]
    );
    assert!(caught_in(&world, COMMUNITY, "two_communities").is_empty(), "one community sees nothing of it");
    let elsewhere = Person { unit: SECOND.to_owned(), doc: there, ..here.clone() };
    world.determine(&here, COMMUNITY, "street", "2026-10-01").determine(
        &elsewhere,
        COMMUNITY,
        "street",
        "2026-10-01",
    );
    assert!(caught(&world, "two_communities").is_empty());
}

#[test]
fn a_move_is_found_until_it_is_answered_and_weighs_more_once_it_is_late() {
    for (day, expected) in [("2026-10-25", Severity::Notice), ("2026-10-01", Severity::Warning)] {
        let mut world = World::new();
        let person = world.person(COMMUNITY);
        let offer = world.next_doc();
        world.add(
            "move_offer",
            &[
                ("unit", COMMUNITY.into()),
                ("doc", offer.as_str().into()),
                ("from_unit", COMMUNITY.into()),
                ("to_unit", SECOND.into()),
                ("person", person.doc.as_str().into()),
                ("day", day.into()),
            ],
        );
        let found = caught_in(&world, STREET, "move_open");
        assert_eq!(
            found.iter().map(|(subject, severity, _)| (subject, *severity)).collect::<Vec<_>>(),
            [(&person.doc, expected)]
        );
        let answer = [
            ("unit", SECOND.into()),
            ("doc", offer.as_str().into()),
            ("offer", offer.as_str().into()),
            ("decision", "refused".into()),
            ("day", "2026-10-28".into()),
        ];
        world.add("move_answer", &answer);
        assert!(caught(&world, "move_open").is_empty());
    }
}

#[test]
fn who_is_out_of_work_unregistered_is_found_from_day_31() {
    for (first, expected) in [("2026-09-30", 1), ("2026-10-01", 0)] {
        let mut world = World::new();
        let person = world.with_earner(COMMUNITY);
        world.episode_with(&person, "status", "4", "2026-09-01", "", &[recorded(first)]);
        assert_eq!(caught(&world, "unregistered").len(), expected, "first recorded on {first}");
    }
    let mut world = World::new();
    let person = world.with_earner(COMMUNITY);
    world.episode_with(&person, "status", "4", "2026-09-01", "2026-10-19", &[recorded("2026-09-01")]);
    assert_eq!(caught(&world, "unregistered").len(), 1, "nothing follows");
    world.placement(&person, "2026-10-20", "", "contract");
    assert!(caught(&world, "unregistered").is_empty(), "in work now");
}

#[test]
fn who_looks_eligible_and_is_not_certified_is_found() {
    let mut world = World::new();
    let alone = world.person(COMMUNITY);
    world.episode(&alone, "status", "2", "2026-03-01", "");
    let with_income = world.unemployed(COMMUNITY);
    let found = caught_in(&world, STREET, "uncertified");
    assert_eq!(
        found.iter().map(|(subject, ..)| subject).collect::<Vec<_>>(),
        [&alone.doc],
        "not {}",
        with_income.doc
    );
    world.certify(&alone, "2026-04-01", "");
    assert!(caught(&world, "uncertified").is_empty());
}

#[test]
fn a_status_that_changes_three_times_in_a_year_is_found() {
    let mut world = World::new();
    let person = world.with_earner(COMMUNITY);
    world.episode(&person, "status", "2", "2025-12-01", "2026-02-28");
    world.episode(&person, "status", "1", "2026-03-01", "2026-05-31");
    world.episode(&person, "status", "2", "2026-06-01", "2026-08-31");
    assert!(caught(&world, "flapping").is_empty(), "the first is no change");
    world.episode(&person, "status", "1", "2026-09-01", "");
    assert_eq!(caught(&world, "flapping"), ["changes_often"]);
    let mut long_ago = World::new();
    let person = long_ago.with_earner(COMMUNITY);
    for (code, start) in [
        ("2", "2024-01-01"),
        ("1", "2024-06-01"),
        ("2", "2025-01-01"),
        ("1", "2025-06-01"),
        ("2", "2026-01-01"),
    ] {
        long_ago.episode(&person, "status", code, start, "");
    }
    assert!(caught(&long_ago, "flapping").is_empty());
}

#[test]
fn a_placement_without_evidence_is_found() {
    let mut world = World::new();
    let person = world.with_earner(COMMUNITY);
    world.placement(&person, "2026-03-01", "", "contract");
    assert!(caught(&world, "no_evidence").is_empty());
    world.placement(&person, "2026-01-01", "2026-02-01", "hearsay").placement(&person, "2026-04-01", "", "");
    let mut found = caught(&world, "no_evidence");
    found.sort();
    assert_eq!(found, ["ended_without_evidence", "open_without_evidence"]);
}

#[test]
fn a_piece_of_evidence_with_two_placements_is_found_with_both() {
    let mut world = World::new();
    let (one, other) = (world.with_earner(COMMUNITY), world.with_earner(SECOND));
    let given =
        |number: &'static str| [("start", "2026-03-01"), ("evidence", "contract"), ("evidence_ref", number)];
    placement(&mut world, &one, &given("HT-1"));
    placement(&mut world, &other, &given("HT-2"));
    placement(&mut world, &other, &given(""));
    placement(&mut world, &one, &given(""));
    assert!(caught(&world, "evidence_reused").is_empty());
    placement(&mut world, &other, &given("HT-1"));
    assert_eq!(caught(&world, "evidence_reused"), ["used_for_another", "used_for_another"]);
    placement(&mut world, &other, &given("HT-2"));
    let mut found = caught(&world, "evidence_reused");
    found.sort();
    assert_eq!(found[2..], ["used_twice_for_one", "used_twice_for_one"]);
}

#[test]
fn an_employer_of_ten_people_within_a_month_is_found_and_of_nine_is_not() {
    let mut world = World::new();
    for number in 0..9 {
        let person = world.with_earner(COMMUNITY);
        let day = format!("2026-05-{:02}", 2 + 3 * number);
        placement(&mut world, &person, &[("start", &day), ("employer", "某公司"), ("evidence", "contract")]);
    }
    let late = world.with_earner(COMMUNITY);
    placement(
        &mut world,
        &late,
        &[("start", "2026-06-01"), ("employer", "某公司"), ("evidence", "contract")],
    );
    assert!(caught(&world, "mass_hiring").is_empty(), "thirty days after the first is another month");
    let tenth = world.with_earner(COMMUNITY);
    placement(
        &mut world,
        &tenth,
        &[("start", "2026-05-31"), ("employer", "某公司"), ("evidence", "contract")],
    );
    let found = caught_in(&world, STREET, "mass_hiring");
    assert_eq!(found, [("某公司".to_owned(), Severity::Warning, "many_in_a_month".to_owned())]);
}

#[test]
fn a_placement_that_ends_soon_after_the_day_is_found_as_far_as_it_is_known() {
    for (end, known, expected) in [
        ("2026-11-10", "2026-11-12", 1),
        ("2026-11-10", "2026-11-15", 0),
        ("2026-11-30", "2026-11-12", 0),
        ("2026-11-29", "2026-11-12", 1),
        ("2026-10-30", "2026-11-12", 0),
    ] {
        let mut world = World::new();
        let person = world.with_earner(COMMUNITY);
        world.add(
            "placement",
            &[
                ("unit", COMMUNITY.into()),
                ("doc", person.doc.as_str().into()),
                ("start", "2026-05-01".into()),
                ("end", end.into()),
                ("evidence", "contract".into()),
                ("end_recorded_n", date(known).into()),
            ],
        );
        assert_eq!(caught(&world, "short_placement").len(), expected, "{end} known {known}");
    }
}

#[test]
fn who_was_not_verified_lately_is_found() {
    let mut world = World::new();
    world.person(COMMUNITY);
    assert!(caught(&world, "stale").is_empty(), "verified at T");
    let never = world.next_doc();
    world.add("person", &[("unit", COMMUNITY.into()), ("doc", never.as_str().into()), ("id_no", "x".into())]);
    let old = world.next_doc();
    let given = [
        ("unit", COMMUNITY.into()),
        ("doc", old.as_str().into()),
        ("id_no", "y".into()),
        ("verified", "2025-10-30".into()),
    ];
    world.add("person", &given);
    let found = caught_in(&world, STREET, "stale");
    let reasons: Vec<(&str, &str)> =
        found.iter().map(|(subject, _, reason)| (subject.as_str(), reason.as_str())).collect();
    assert_eq!(reasons, [(never.as_str(), "never_verified"), (old.as_str(), "verified_too_long_ago")]);
}

#[test]
fn ledgers_that_say_what_cannot_both_be_are_found() {
    let mut sound = World::new();
    sound.placed(COMMUNITY);
    sound.unemployed(COMMUNITY);
    assert!(caught(&sound, "ledgers_disagree").is_empty());
    let mut world = World::new();
    let placed = world.with_earner(COMMUNITY);
    world.episode(&placed, "status", "3", "2026-01-01", "").placement(&placed, "2026-03-01", "", "contract");
    let registered = world.with_earner(COMMUNITY);
    world.episode(&registered, "status", "1", "2026-01-01", "").registered(&registered, "2026-01-01");
    let both = world.placed(COMMUNITY);
    world.registered(&both, "2026-01-01");
    let mut found = caught(&world, "ledgers_disagree");
    found.sort();
    assert_eq!(found, ["placed_and_registered", "placed_not_employed", "registered_not_unemployed"]);
}

#[test]
fn who_leaves_in_the_last_thirty_days_is_found() {
    for (dimension, code, start, expected) in [
        ("status", "7", "2026-10-02", Some("exit_before_t")),
        ("status", "7", "2026-10-01", None),
        ("status", "2", "2026-10-20", None),
        ("wish", "2", "2026-10-31", Some("no_wish_before_t")),
        ("wish", "2", "2026-11-01", None),
        ("ability", "3", "2026-10-15", Some("exit_before_t")),
    ] {
        let mut world = World::new();
        let person = world.with_earner(COMMUNITY);
        world.episode(&person, dimension, code, start, "");
        let found = caught(&world, "late_exit");
        assert_eq!(found.first().map(String::as_str), expected, "{dimension} {code} from {start}");
    }
}

#[test]
fn no_wish_without_three_documented_refusals_is_found() {
    for (days, evidence, expected) in [
        (["2026-03-01", "2026-03-10", "2026-03-20"], "scan", 0),
        (["2026-03-01", "2026-03-10", "2026-03-20"], "", 1),
        // The third came after the wish was gone.
        (["2026-03-01", "2026-03-10", "2026-04-02"], "scan", 1),
    ] {
        let mut world = World::new();
        let person = world.with_earner(COMMUNITY);
        world.episode(&person, "wish", "2", "2026-04-01", "");
        for day in days {
            let key = world.next_doc();
            world.add(
                "referral",
                &[
                    ("unit", COMMUNITY.into()),
                    ("doc", person.doc.as_str().into()),
                    ("referral", key.as_str().into()),
                    ("day", day.into()),
                    ("result", "refused".into()),
                    ("evidence", evidence.into()),
                ],
            );
        }
        assert_eq!(caught(&world, "no_wish").len(), expected, "{days:?} {evidence}");
    }
}

#[test]
fn an_older_ones_age_is_that_of_the_day_of_certification() {
    for (birth, sex, since, expected) in [
        ("1976-05-05", "1", "2026-05-04", 1),
        ("1976-05-05", "1", "2026-05-05", 0),
        ("1986-02-28", "2", "2026-02-28", 0),
        ("1986-03-01", "2", "2026-02-28", 1),
        ("1976-05-06", "1", "2026-05-05", 1),
    ] {
        let mut world = World::new();
        let person = world.next_doc();
        world.add(
            "person",
            &[
                ("unit", COMMUNITY.into()),
                ("doc", person.as_str().into()),
                ("id_no", "z".into()),
                ("sex", sex.into()),
                ("birth", birth.into()),
            ],
        );
        let older =
            Person { unit: COMMUNITY.to_owned(), card: String::new(), doc: person, id_no: "z".to_owned() };
        world.certify(&older, since, "");
        assert_eq!(caught(&world, "too_young").len(), expected, "{birth} {sex} {since}");
    }
}

#[test]
fn a_household_split_around_zero_employment_is_found() {
    for (opened, expected) in [("2026-04-20", 1), ("2026-07-15", 0), ("2026-01-02", 1)] {
        let mut world = World::new();
        let person = world.person(COMMUNITY);
        world.episode(&person, "status", "2", "2026-03-01", "");
        let card = world.next_doc();
        world.add(
            "household",
            &[
                ("unit", COMMUNITY.into()),
                ("doc", card.as_str().into()),
                ("kind", "1".into()),
                ("state", "1".into()),
                ("opened", opened.into()),
                ("split_from", person.card.as_str().into()),
            ],
        );
        let found = caught_in(&world, STREET, "split_household");
        assert_eq!(found.len(), expected, "{opened}");
        assert!(found.iter().all(|(subject, ..)| *subject == card));
    }
}

#[test]
fn what_is_recorded_late_is_found_unless_it_is_an_import() {
    for (origin, day, expected) in
        [("event", "2026-03-17", 1), ("event", "2026-03-16", 0), ("import", "2026-05-01", 0)]
    {
        let mut world = World::new();
        let person = world.with_earner(COMMUNITY);
        let key = world.next_doc();
        world.add(
            "episode",
            &[
                ("unit", COMMUNITY.into()),
                ("doc", person.doc.as_str().into()),
                ("episode", key.as_str().into()),
                ("dimension", "status".into()),
                ("code", "2".into()),
                ("start", "2026-03-01".into()),
                ("origin", origin.into()),
                recorded(day),
            ],
        );
        assert_eq!(caught(&world, "back_dated").len(), expected, "{origin} recorded on {day}");
    }
}

#[test]
fn cramming_is_found_above_a_fifth_of_thirty_events() {
    // Of thirty events six are a fifth, and of twenty-nine nobody asks.
    for (early, late, expected) in [(24, 6, 0), (23, 7, 1), (20, 9, 0)] {
        let mut world = World::new();
        for number in 0..early + late {
            let person = world.with_earner(COMMUNITY);
            let day = if number < early { "2026-05-05" } else { "2026-10-17" };
            let key = world.next_doc();
            world.add(
                "episode",
                &[
                    ("unit", COMMUNITY.into()),
                    ("doc", person.doc.as_str().into()),
                    ("episode", key.as_str().into()),
                    ("dimension", "status".into()),
                    ("code", "2".into()),
                    ("start", "2026-05-01".into()),
                    ("origin", "event".into()),
                    recorded(day),
                ],
            );
        }
        let found = caught_in(&world, STREET, "crammed");
        assert_eq!(found.len(), expected, "{early} and {late}");
        assert!(found.iter().all(|(subject, ..)| subject == COMMUNITY));
    }
}
