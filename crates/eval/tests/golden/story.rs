//! A street with two communities of 25 and 15 people, told so that every item can be counted by hand.

use linli_eval::{Date, SqlValue};

use crate::support::{AS_OF, COMMUNITY, Person, STREET, World, date, doc};

pub const BRIDGE: &str = "3211/02/001/003";

/// The months of which returns are due, everything being recorded on 1 December 2025.
const MONTHS: [&str; 11] = [
    "2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08",
    "2026-09", "2026-10",
];

pub fn told() -> World {
    let mut world = World::new();
    world.unit(BRIDGE, 1);
    let both = lane(&mut world);
    bridge(&mut world, &both);
    street(&mut world);
    world
}

/// Somebody with an earner at home, registered from 15 November to 28 February (106 days) and in a placement since.
fn placed(world: &mut World, unit: &str, form: &str, recorded: &str) -> Person {
    let person = world.with_earner(unit);
    world.episode(&person, "status", "2", "2025-11-15", "2026-02-28");
    world.episode(&person, "status", "1", "2026-03-01", "");
    let key = world.next_doc();
    let row: [(&str, SqlValue); 8] = [
        ("unit", unit.into()),
        ("doc", person.doc.as_str().into()),
        ("placement", key.as_str().into()),
        ("form", form.into()),
        ("start", "2026-03-01".into()),
        ("evidence", "contract".into()),
        ("origin", if recorded.is_empty() { "import" } else { "event" }.into()),
        ("recorded_n", date(if recorded.is_empty() { "2025-12-01" } else { recorded }).into()),
    ];
    world.add("placement", &row);
    weekly(world, &person);
    person
}

/// A visit every seven days, which closes whatever is due at that household.
fn weekly(world: &mut World, person: &Person) {
    for day in (date("2025-11-01")..=date(AS_OF)).step_by(7) {
        world.visit(person, &Date::from_day_number(day).to_string());
    }
}

/// Of the twenty working days from 2 March, the only ones that the hub's outages leave, so many with an exchange.
fn exchanged(world: &mut World, unit: &str, made: i64) {
    let day = |n: i64| Date::from_day_number(date("2026-03-02") + n / 5 * 7 + n % 5).to_string();
    for n in 0..made {
        world.exchange(unit, &day(n), "link");
    }
    world.outage(unit, "2025-11-01", "2026-03-01").outage(unit, &day(20), AS_OF);
}

fn trained(world: &mut World, person: &Person, state: &str) {
    let row = [
        ("unit", person.unit.as_str().into()),
        ("doc", person.doc.as_str().into()),
        ("start", "2026-04-01".into()),
        ("end", "2026-04-30".into()),
        ("passed", 1.into()),
    ];
    world.add("training", &row).benefit(&person.unit, &person.doc, "training_subsidy", state, "");
}

/// Findings on the checks of a part, met or not.
fn found(world: &mut World, unit: &str, item: &str, part: &str, checks: &[(&str, i64)]) {
    for (check, hit) in checks {
        world.finding(unit, (item, part, check), *hit, &[]);
    }
}

/// People of a sample, each of whom so many of five fields agreed.
fn sampled(world: &mut World, unit: &str, item: &str, agreed: &[(usize, i64)]) {
    let sample = world.next_doc();
    let row = [
        ("unit", unit.into()),
        ("doc", sample.as_str().into()),
        ("item", item.into()),
        ("day", "2026-11-05".into()),
        ("stage", "district".into()),
    ];
    world.add("sample_check", &row);
    for (people, fields) in agreed {
        for _ in 0..*people {
            let subject = world.next_doc();
            let row: [(&str, SqlValue); 5] = [
                ("unit", unit.into()),
                ("doc", sample.as_str().into()),
                ("subject", subject.as_str().into()),
                ("compared", 5.into()),
                ("agreed", (*fields).into()),
            ];
            world.add("sample_subject", &row);
        }
    }
}

/// Answers: so many satisfied and not, so many of all by people out of work.
fn answered(world: &mut World, unit: &str, satisfied: usize, not: usize, out_of_work: usize) {
    for at in 0..satisfied + not {
        world.answer(unit, if at < satisfied { 4 } else { 3 }, i64::from(at < out_of_work));
    }
}

/// What a return of a month says: households, people, and at its end out of work, placed and in hardship.
fn filed(world: &mut World, unit: &str, month: &str, cells: [i64; 5]) {
    let first: Date = format!("{month}-01").parse().expect("a month has a first day");
    // In June the street is late: the fifth working day of July is the 7th.
    let day = if (unit, month) == (STREET, "2026-06") { 19 } else { 2 };
    world.filed(unit, "monthly", month, &first.plus_months(1).plus_days(day).to_string(), cells);
}

/// Lane: 19 cards in 20 dwellings. Returns the one who is also known in Bridge.
fn lane(world: &mut World) -> Person {
    let unit = COMMUNITY;
    // Two in hardship, each with a plan; one placement recorded late and one, a public-welfare post, in time.
    for day in ["2026-01-12", "2026-01-20"] {
        let person = placed(world, unit, "10", "");
        world.certify(&person, "2026-01-10", "").plan(unit, &person.doc, day);
    }
    placed(world, unit, "10", "2026-04-01");
    let both = placed(world, unit, "40", "2026-03-10");
    world.benefit(unit, &both.doc, "aid_post_subsidy", "waived", "");
    // A household of one, without an earner for the 19 days from 1 March.
    let alone = world.person(unit);
    world.episode(&alone, "status", "2", "2026-03-01", "2026-03-19");
    world.episode(&alone, "status", "1", "2026-03-20", "").placement(&alone, "2026-03-20", "", "licence");
    weekly(world, &alone);
    // Out of work since 15 November, guided, offered training, referred three times, never visited.
    let waiting = world.unemployed(unit);
    world.guided(unit, &waiting.doc);
    // Thirteen households of one, nine of whom passed a course; of the ninth the subsidy is only applied for.
    for at in 0..13 {
        let person = world.person(unit);
        if at < 9 {
            trained(world, &person, if at < 8 { "paid" } else { "applied" });
        }
    }
    let stray = world.next_doc();
    world.document(unit, &stray, "911");
    let dwelling = [
        ("unit", unit.into()),
        ("doc", doc(1).as_str().into()),
        ("dwelling_id", "uncarded".into()),
        ("start", "2020-01-01".into()),
    ];
    world.add("dwelling", &dwelling);

    found(world, unit, "C01", "premises", &[("premises", 1)]);
    world.staff(unit, "2024-01-01", "", "");
    let boards = [("sign", 1), ("visits", 1), ("posts", 0), ("goals", 1), ("promises", 1), ("process", 1)];
    found(world, unit, "C02", "boards", &boards);
    // Beside the three vacancies of the referrals a fourth; a policy in every month but December.
    world.vacancy(unit, "records", "2025-11-01", AS_OF).posting(unit, "policy", "2025-11-03");
    for month in &MONTHS[1..] {
        world.posting(unit, "policy", &format!("{month}-08"));
    }
    found(world, unit, "C04", "computer", &[("computer", 1)]);
    found(world, unit, "C04", "printer", &[("printer", 0)]);
    exchanged(world, unit, 18);
    // Flexible work has a signed nil, start-ups have neither.
    world.nil(unit, "L10");
    sampled(world, unit, "C06", &[(24, 5), (1, 0)]);
    found(world, unit, "C08", "institutions", &[("posts", 1), ("goals", 1), ("promises", 0)]);
    for month in MONTHS.iter().filter(|month| **month != "2026-03") {
        filed(world, unit, month, lane_counts(month));
    }
    world.sign_off(unit, "C12");
    answered(world, unit, 35, 5, 6);
    world.complaint(unit, "upheld").complaint(unit, "rejected");
    found(world, unit, "C18", "case", &[("case", 1)]);
    found(world, unit, "C19", "events", &[("e1", 1), ("e2", 1), ("e3", 1), ("e4", 0)]);
    found(world, unit, "C20", "items", &[("i1", 1), ("i2", 0)]);
    both
}

fn lane_counts(month: &str) -> [i64; 5] {
    match month {
        "2025-12" => [19, 25, 5, 0, 0],
        "2026-01" | "2026-02" => [19, 25, 5, 0, 2],
        _ => [19, 25, 1, 5, 2],
    }
}

/// Bridge: ten cards in ten dwellings.
fn bridge(world: &mut World, both: &Person) {
    let unit = BRIDGE;
    let hardship = placed(world, unit, "10", "");
    world.certify(&hardship, "2026-02-02", "");
    placed(world, unit, "10", "");
    // The holder of the public-welfare post in Lane, here with a subsidy that is only applied for.
    let again = placed(world, unit, "40", "");
    world.remove("person", &again.doc).document(unit, &again.doc, &both.id_no);
    world.benefit(unit, &again.doc, "aid_post_subsidy", "applied", "");
    // A couple, both out of work in winter, whose grown-up son has work.
    let head = world.person(unit);
    let spouse = world.member(unit, &head.card, "12");
    let son = world.member(unit, &head.card, "20");
    world.episode(&son, "status", "1", "2020-01-01", "").episode(&head, "status", "3", "2025-12-01", "");
    world.episode(&spouse, "status", "2", "2025-12-01", "2026-03-31");
    world.episode(&spouse, "status", "1", "2026-04-01", "").placement(&spouse, "2026-04-01", "", "contract");
    world.visit(&spouse, "2026-10-01");
    for at in 0..6 {
        let person = world.person(unit);
        if at < 5 {
            trained(world, &person, "paid");
        }
    }
    exchanged(world, unit, 16);
    for month in MONTHS {
        filed(world, unit, month, bridge_counts(month));
    }
    answered(world, unit, 36, 4, 5);
}

fn bridge_counts(month: &str) -> [i64; 5] {
    match month {
        "2025-12" | "2026-01" => [10, 15, 5, 0, 0],
        "2026-02" => [10, 15, 5, 0, 1],
        "2026-03" => [10, 15, 2, 3, 1],
        _ => [10, 15, 1, 4, 1],
    }
}

fn street(world: &mut World) {
    let unit = STREET;
    found(world, unit, "S01", "premises", &[("premises", 1)]);
    world.staff(unit, "2024-01-01", "", "2027-12-31");
    let boards = ["sign", "visits", "posts", "goals", "promises", "process"].map(|check| (check, 1));
    found(world, unit, "S02", "boards", &boards);
    // Something on the display every month, and somebody who found it broken in October.
    world.posting(unit, "display", "2025-11-03");
    for month in MONTHS {
        world.posting(unit, "display", &format!("{month}-08"));
    }
    let display = [("unit", unit.into()), ("doc", "display".into()), ("what", "display".into())];
    world.add("equipment", &display).display_checked(unit, "2026-03-20", 1);
    world.display_checked(unit, "2026-10-20", 0);
    found(world, unit, "S04", "kit", &[("computer", 1), ("printer", 0)]);
    exchanged(world, unit, 20);
    // The register says one household more than there are.
    world.filed(unit, "register", "2026-10", "2026-11-03", [30, 40, 2, 9, 3]);
    sampled(world, COMMUNITY, "S06", &[(25, 5)]);
    sampled(world, BRIDGE, "S06", &[(13, 5), (2, 0)]);
    world.supervised(COMMUNITY).supervised(BRIDGE);
    for month in MONTHS {
        let (lane, bridge) = (lane_counts(month), bridge_counts(month));
        filed(world, unit, month, std::array::from_fn(|cell| lane[cell] + bridge[cell]));
    }
    // Vacancies of the street's own in ten of the twelve months.
    for month in &MONTHS[..10] {
        let day = format!("{month}-15");
        world.vacancy(unit, "records", &day, &day);
    }
    answered(world, unit, 19, 1, 0);
}
