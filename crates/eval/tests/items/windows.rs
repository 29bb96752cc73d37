//! The days from which and until which a thing counts: on the first and the last of them, and not on the day before or
//! after.

use linli_eval::{Date, SqlValue};

use crate::{
    case::{Place, counted},
    support::{AS_OF, Person, World, date},
};

/// The period is from 1 November 2025 to 31 October 2026, records are received until 13 November, and findings, disproofs,
/// samples and surveys are those of 2026.
pub const START: &str = "2025-11-01";
pub const CLOSE: &str = "2026-11-13";
const YEAR: [&str; 2] = ["2026-01-01", "2026-12-31"];

/// Hits and subjects.
type Count = (u64, u64);

/// What is told of a day, in the community or its street.
type Story = fn(&mut World, &Place, &str);

pub struct Window {
    what: &'static str,
    part: &'static str,
    /// The first day and the last, or none.
    days: [&'static str; 2],
    inside: Count,
    outside: Count,
    story: Story,
}

/// A window with its days, hits and subjects within it and outside it.
pub const fn window(
    what: &'static str,
    part: &'static str,
    days: [&'static str; 2],
    inside: Count,
    outside: Count,
    story: Story,
) -> Window {
    Window { what, part, days, inside, outside, story }
}

pub fn hold(windows: &[Window]) {
    let mut cases = Vec::new();
    for window in windows {
        for (end, step) in window.days.iter().zip([-1, 1]).filter(|(end, _)| !end.is_empty()) {
            let beyond = Date::from_day_number(date(end) + step).to_string();
            cases.push((window, (*end).to_owned(), window.inside));
            cases.push((window, beyond, window.outside));
        }
    }
    let counts = counted(cases.iter().map(|(window, day, _)| {
        let story = window.story;
        (window.part, move |world: &mut World, place: &Place| story(world, place, day))
    }));
    let differs: Vec<String> = cases
        .iter()
        .zip(counts)
        .filter(|((_, _, expected), found)| expected != found)
        .map(|((window, day, expected), found)| {
            format!("{} {} {day}: {expected:?}, and not {found:?}", window.part, window.what)
        })
        .collect();
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}

/// A row about the community.
pub fn row(world: &mut World, place: &Place, table: &str, given: &[(&str, SqlValue)]) {
    about(world, &place.community, table, given);
}

fn about(world: &mut World, unit: &str, table: &str, given: &[(&str, SqlValue)]) {
    let doc = world.next_doc();
    let has_doc = given.iter().any(|(name, _)| *name == "doc");
    let head = [("unit", unit.into()), ("doc", doc.as_str().into())];
    world.add(table, &[&head[..if has_doc { 1 } else { 2 }], given].concat());
}

pub fn of(person: &Person) -> (&'static str, SqlValue) {
    ("doc", person.doc.as_str().into())
}

pub fn recorded(day: &str) -> (&'static str, SqlValue) {
    ("recorded_n", date(day).into())
}

/// Somebody with an earner at home.
pub fn somebody(world: &mut World, place: &Place) -> Person {
    world.with_earner(&place.community)
}

fn vacancies(world: &mut World, unit: &str, start: &str, end: &str) {
    for _ in 0..4 {
        world.vacancy(unit, "records", start, end);
    }
}

#[test]
fn findings_and_disproofs_are_those_of_the_year_after_which_the_inspection_lags() {
    hold(&[
        window("finding", "C18.case", YEAR, (1, 1), (0, 0), |world, place, day| {
            world.finding(&place.community, ("C18", "case", "case"), 1, &[("day", day.into())]);
        }),
        window("disproof", "C10.placed", YEAR, (0, 1), (1, 1), |world, place, day| {
            let person = world.placed(&place.community);
            world.disproof(&place.community, &person.doc, "C10", &[("day", day.into())]);
        }),
        window("sample", "C06.sample", YEAR, (1, 1), (0, 0), |world, place, day| {
            let sample = [("doc", "s".into()), ("item", "C06".into()), ("day", day.into())];
            row(world, place, "sample_check", &sample);
            let subject = [("doc", "s".into()), ("compared", 1.into()), ("agreed", 1.into())];
            row(world, place, "sample_subject", &subject);
        }),
        window("survey", "C17.answers", YEAR, (1, 1), (0, 0), |world, place, day| {
            row(world, place, "survey", &[("doc", "s".into()), ("day", day.into())]);
            row(world, place, "survey_answer", &[("doc", "s".into()), ("score", 5.into())]);
        }),
        window("determination", "C10.placed", ["", YEAR[1]], (0, 0), (0, 1), |world, place, day| {
            let person = world.unemployed(&place.community);
            world.determine(&person, "3211/02/001/009", "street", day);
        }),
        window("complaint", "C17.complaints", [START, AS_OF], (0, 1), (0, 0), |world, place, day| {
            row(world, place, "complaint", &[("day", day.into()), ("result", "upheld".into())]);
        }),
    ]);
}

#[test]
fn what_is_received_after_the_close_does_not_count() {
    let until = ["", CLOSE];
    hold(&[
        window("person", "C07.a", until, (0, 1), (0, 0), |world, place, day| {
            row(world, place, "person", &[recorded(day)]);
        }),
        window("card", "C05.coverage", until, (1, 1), (0, 1), |world, place, day| {
            row(world, place, "dwelling", &[("dwelling", "d".into())]);
            row(world, place, "member", &[("doc", "h".into()), ("person", "p".into())]);
            let card = [
                ("doc", "h".into()),
                ("card_no", "1".into()),
                ("kind", "1".into()),
                ("state", "1".into()),
                ("head", "p".into()),
                ("dwelling", "d".into()),
                ("address", "1 Lane".into()),
                ("opened", "2025-11-10".into()),
            ];
            row(world, place, "household", &[&card[..], &[recorded(day)]].concat());
        }),
        window("status", "C10.placed", until, (0, 1), (0, 0), |world, place, day| {
            let person = somebody(world, place);
            let status = [of(&person), ("dimension", "status".into()), ("code", "2".into())];
            row(world, place, "episode", &[&status[..], &[("start", START.into()), recorded(day)]].concat());
        }),
        window("lawful exit", "C10.placed", until, (0, 0), (0, 1), |world, place, day| {
            let person = world.unemployed(&place.community);
            let exit = [of(&person), ("dimension", "status".into()), ("code", "7".into()), recorded(day)];
            let more = [("start", "2026-06-01".into()), ("evidence", "file 1".into())];
            row(world, place, "episode", &[&exit[..], &more].concat());
        }),
        window("certification", "C11.placed", until, (0, 1), (0, 0), |world, place, day| {
            let person = somebody(world, place);
            row(world, place, "certification", &[of(&person), ("start", "2026-01-10".into()), recorded(day)]);
        }),
        window("visit", "C08.visits", until, (1, 1), (0, 1), |world, place, day| {
            due_a_visit(world, place, "2025-01-01");
            row(world, place, "visit", &[("doc", "h".into()), ("day", "2026-05-05".into()), recorded(day)]);
        }),
        window("plan", "C14.plans", until, (1, 1), (0, 1), |world, place, day| {
            let person = somebody(world, place);
            world.certify(&person, "2026-03-02", "");
            let plan = [of(&person), ("day", "2026-03-03".into()), ("worker", "worker".into())];
            row(world, place, "aid_plan", &[&plan[..], &[recorded(day)]].concat());
        }),
        window("benefit", "C16.policies", until, (1, 1), (0, 1), |world, place, day| {
            let person = somebody(world, place);
            world.placement_in(&person, "40", "2026-03-01");
            let benefit = [of(&person), ("policy", "aid_post_subsidy".into()), ("state", "paid".into())];
            row(world, place, "benefit", &[&benefit[..], &[recorded(day)]].concat());
        }),
        window("benefit paid", "C16.policies", until, (1, 1), (0, 1), |world, place, day| {
            let person = somebody(world, place);
            world.placement_in(&person, "40", "2026-03-01");
            let benefit = [of(&person), ("policy", "aid_post_subsidy".into()), ("state", "paid".into())];
            row(world, place, "benefit", &[&benefit[..], &[("day", day.into())]].concat());
        }),
        window("worker", "C01.staff", until, (1, 2), (0, 2), |world, place, day| {
            let worker = [("full_time", 1.into()), ("start", "2020-01-01".into()), recorded(day)];
            row(world, place, "staff", &worker);
        }),
        window("vacancy", "C03.months", until, (1, 12), (0, 12), |world, place, day| {
            world.posting(&place.community, "policy", "2026-05-05");
            for _ in 0..4 {
                row(world, place, "vacancy", &[("start", START.into()), recorded(day)]);
            }
        }),
        window("posting", "C03.months", until, (1, 12), (0, 12), |world, place, day| {
            vacancies(world, &place.community, START, AS_OF);
            let posting = [("board", "policy".into()), ("start", "2026-05-05".into()), recorded(day)];
            row(world, place, "posting", &posting);
        }),
        window("return", "C07.e", until, (1, 1), (0, 0), |world, place, day| {
            world.filed(&place.community, "monthly", "2026-09", day, [1, 0, 0, 0, 0]);
        }),
        window("event", "C07.c", until, (1, 1), (0, 0), |world, place, day| {
            let person = world.person(&place.community);
            let event = [of(&person), ("origin", "event".into()), ("start", "2026-10-30".into())];
            row(world, place, "placement", &[&event[..], &[recorded(day)]].concat());
        }),
        window("event", "C07.f", ["", AS_OF], (0, 1), (0, 0), |world, place, day| {
            let person = world.person(&place.community);
            let event = [of(&person), ("origin", "event".into()), ("start", "2026-10-20".into())];
            row(world, place, "placement", &[&event[..], &[recorded(day)]].concat());
        }),
        window("event of the period", "C07.c", [START, ""], (1, 1), (0, 0), |world, place, day| {
            let person = world.person(&place.community);
            world.remove("household", &person.card);
            row(
                world,
                place,
                "household",
                &[("doc", person.card.as_str().into()), ("opened", "2025-01-01".into())],
            );
            let event = [of(&person), ("origin", "event".into()), ("start", "2025-10-20".into())];
            row(world, place, "placement", &[&event[..], &[recorded(day)]].concat());
        }),
    ]);
}

/// A valid card without members, `h`, opened on a day: due one visit where that was before the period.
pub fn due_a_visit(world: &mut World, place: &Place, opened: &str) {
    row(world, place, "household", &[("doc", "h".into()), ("state", "1".into()), ("opened", opened.into())]);
}

#[test]
fn boards_equipment_exchanges_and_dwellings_count_by_their_days() {
    let all = [START, AS_OF];
    hold(&[
        window("policy", "C03.months", all, (1, 12), (0, 12), |world, place, day| {
            vacancies(world, &place.community, "2025-01-01", "2027-01-01");
            row(world, place, "posting", &[("board", "policy".into()), ("start", day.into())]);
        }),
        window("last day of vacancies", "C03.months", [START, ""], (1, 12), (0, 12), |world, place, day| {
            vacancies(world, &place.community, "2025-01-01", day);
            world.posting(&place.community, "policy", "2025-11-05");
        }),
        window("first day of vacancies", "C03.months", ["", AS_OF], (1, 12), (0, 12), |world, place, day| {
            vacancies(world, &place.community, day, "2027-01-01");
            world.posting(&place.community, "policy", "2026-10-05");
        }),
        window("last day shown", "S03.months", [START, ""], (1, 12), (0, 12), |world, place, day| {
            let posting = [("board", "display".into()), ("start", "2025-01-01".into()), ("end", day.into())];
            about(world, &place.street, "posting", &posting);
        }),
        window("first day shown", "S03.months", ["", AS_OF], (1, 12), (0, 12), |world, place, day| {
            about(world, &place.street, "posting", &[("board", "display".into()), ("start", day.into())]);
        }),
        window("vacancy shown", "S03.months", [START, ""], (1, 12), (0, 12), |world, place, day| {
            let shown = [("board", "display".into()), ("start", START.into()), ("vacancy", "v".into())];
            about(world, &place.street, "posting", &shown);
            let vacancy = [("doc", "v".into()), ("start", "2025-01-01".into()), ("end", day.into())];
            about(world, &place.street, "vacancy", &vacancy);
        }),
        window("display checked", "S03.display", all, (1, 1), (0, 1), |world, place, day| {
            about(
                world,
                &place.street,
                "equipment",
                &[("doc", "display".into()), ("what", "display".into())],
            );
            world.display_checked(&place.street, day, 1);
        }),
        window("vacancy gathered", "S15.months", all, (1, 12), (0, 12), |world, place, day| {
            world.vacancy(&place.street, "records", day, "2027-01-01");
        }),
        window("outage's end", "C04.exchange", ["", "2026-03-01"], (0, 1), (0, 0), |world, place, day| {
            world.outage(&place.community, START, day).outage(&place.community, "2026-03-03", AS_OF);
        }),
        window("outage's start", "C04.exchange", ["2026-03-03", ""], (0, 1), (0, 0), |world, place, day| {
            world.outage(&place.community, START, "2026-03-01").outage(&place.community, day, AS_OF);
        }),
        window("dwelling occupied from", "C05.coverage", ["", AS_OF], (0, 1), (0, 0), |world, place, day| {
            row(world, place, "dwelling", &[("dwelling_id", "d".into()), ("start", day.into())]);
        }),
        window(
            "dwelling occupied until",
            "C05.coverage",
            [AS_OF, ""],
            (0, 1),
            (0, 0),
            |world, place, day| {
                row(world, place, "dwelling", &[("dwelling_id", "d".into()), ("end", day.into())]);
            },
        ),
        window("supervision", "S08.supervision", all, (1, 4), (0, 4), |world, place, day| {
            row(world, place, "supervision", &[("day", day.into())]);
        }),
        window(
            "first quarter",
            "S08.supervision",
            ["", "2026-01-30"],
            (1, 4),
            (2, 4),
            |world, place, day| {
                row(world, place, "supervision", &[("day", START.into())]);
                row(world, place, "supervision", &[("day", day.into())]);
            },
        ),
        window("last quarter", "S08.supervision", ["2026-08-01", ""], (1, 4), (2, 4), |world, place, day| {
            row(world, place, "supervision", &[("day", AS_OF.into())]);
            row(world, place, "supervision", &[("day", day.into())]);
        }),
    ]);
}
