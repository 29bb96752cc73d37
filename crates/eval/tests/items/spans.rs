//! From which and until which day people are counted, visited, helped and entitled.

use crate::{
    case::Place,
    support::{AS_OF, World, date},
    windows::{CLOSE, START, due_a_visit, hold, of, recorded, row, somebody, window},
};

#[test]
fn exits_certifications_and_events_count_by_their_days() {
    hold(&[
        window("lawful exit", "C10.placed", ["", AS_OF], (0, 0), (0, 1), |world, place, day| {
            let person = world.unemployed(&place.community);
            world.episode_with(&person, "status", "7", day, "", &[("evidence", "file 1".into())]);
        }),
        window("died", "C07.a", [AS_OF, ""], (0, 0), (0, 1), |world, place, day| {
            row(world, place, "person", &[("doc", "p".into())]);
            let died = [("doc", "p".into()), ("dimension", "status".into()), ("code", "99".into())];
            let more = [("reason", "22".into()), ("evidence", "file 1".into()), ("end", day.into())];
            row(world, place, "episode", &[&died[..], &more].concat());
        }),
        window("certified until", "C11.placed", [START, ""], (0, 1), (0, 0), |world, place, day| {
            let person = somebody(world, place);
            world.certify(&person, "2020-01-01", day);
        }),
        window("event", "C07.c", ["2025-11-11", AS_OF], (1, 1), (0, 0), |world, place, day| {
            // The card was opened on 10 November.
            let person = world.person(&place.community);
            let event = [of(&person), ("origin", "event".into()), ("start", day.into())];
            row(world, place, "certification", &[&event[..], &[("recorded_n", date(day).into())]].concat());
        }),
    ]);
}

#[test]
fn visits_fall_due_where_their_whole_window_lies_in_the_period() {
    let (due, none) = ((0, 1), (0, 0));
    hold(&[
        window("card opened", "C08.visits", ["", "2025-10-31"], due, none, |world, place, day| {
            due_a_visit(world, place, day);
        }),
        window("made", "C08.visits", [START, AS_OF], (1, 1), (0, 1), |world, place, day| {
            due_a_visit(world, place, "2025-01-01");
            row(world, place, "visit", &[("doc", "h".into()), ("day", day.into())]);
        }),
        window("registered from", "C08.visits", ["", "2026-10-02"], due, none, |world, place, day| {
            let person = somebody(world, place);
            world.episode(&person, "status", "2", day, "");
        }),
        window("registered until", "C08.visits", ["2025-11-30", ""], due, none, |world, place, day| {
            let person = somebody(world, place);
            world.episode(&person, "status", "2", "2025-01-01", day);
        }),
        window("certified from", "C08.visits", ["", "2026-10-02"], due, none, |world, place, day| {
            let person = somebody(world, place);
            world.certify(&person, day, "");
        }),
        window("certified until", "C08.visits", ["2025-11-30", ""], due, none, |world, place, day| {
            let person = somebody(world, place);
            world.certify(&person, "2025-01-01", day);
        }),
        window("without an earner from", "C08.visits", ["", "2026-10-25"], due, none, |world, place, day| {
            let person = world.person(&place.community);
            world.episode(&person, "status", "3", day, "");
        }),
        window(
            "without an earner until",
            "C08.visits",
            ["2025-11-07", ""],
            due,
            none,
            |world, place, day| {
                let person = world.person(&place.community);
                world.episode(&person, "status", "3", "2025-01-01", day);
            },
        ),
        window("placed from", "C08.visits", ["", AS_OF], due, none, |world, place, day| {
            let person = somebody(world, place);
            world.placement(&person, day, "", "contract");
        }),
        window("placed until", "C08.visits", [AS_OF, ""], due, none, |world, place, day| {
            let person = somebody(world, place);
            world.placement(&person, "2020-01-01", day, "contract");
        }),
        // Day 30 is 31 March, and the window ends on 15 April: from day 30 on the visit is due.
        window("placed for a month", "C08.visits", ["2026-03-31", ""], due, none, |world, place, day| {
            let person = somebody(world, place);
            world.placement(&person, "2026-03-01", day, "contract");
        }),
        // Fifteen days before day 30 the period has begun; the windows of months 3 and 6 lie later.
        window(
            "month one in the period",
            "C08.visits",
            ["2025-10-17", ""],
            due,
            none,
            |world, place, day| {
                let person = somebody(world, place);
                world.placement(&person, day, "2026-01-10", "contract");
            },
        ),
    ]);
}

/// Somebody registered since 15 November: guided, offered training and referred to three vacancies on these days.
fn helped(world: &mut World, place: &Place, guided: &str, offered: &str, referred: &str) {
    let unit = &place.community;
    let person = world.unemployed(unit);
    world.service(unit, &person.doc, "guidance", guided);
    world.service(unit, &person.doc, "training_offer", offered);
    for vacancy in ["v1", "v2", "v3"] {
        world.opened(unit, vacancy, "2025-01-01", "").referred(unit, &person.doc, vacancy, referred);
    }
}

#[test]
fn plans_services_and_referrals_count_from_the_first_day_out_of_work_to_the_last_of_the_period() {
    let out = ["2025-11-15", AS_OF];
    hold(&[
        window("plan", "C14.plans", ["", AS_OF], (1, 1), (0, 0), |world, place, day| {
            // Due on the tenth working day after 19 October, 2 November.
            let person = somebody(world, place);
            world.certify(&person, "2026-10-19", "").plan(&place.community, &person.doc, day);
        }),
        window("plan overdue", "C14.plans", ["", "2026-10-18"], (0, 1), (0, 0), |world, place, day| {
            // Ten working days after Friday 16 October, and after the weekend, is the 30th, the last of the period.
            let person = somebody(world, place);
            world.certify(&person, day, "");
        }),
        window("guidance", "C15.services", out, (1, 1), (0, 1), |world, place, day| {
            helped(world, place, day, "2026-02-02", "2026-02-02");
        }),
        window("training offered", "C15.services", out, (1, 1), (0, 1), |world, place, day| {
            helped(world, place, "2026-02-02", day, "2026-02-02");
        }),
        window("referrals", "C15.services", out, (1, 1), (0, 1), |world, place, day| {
            helped(world, place, "2026-02-02", "2026-02-02", day);
        }),
        window(
            "vacancies",
            "C15.services",
            ["2026-02-01", "2026-02-28"],
            (1, 1),
            (0, 1),
            |world, place, day| {
                let unit = &place.community;
                let person = world.unemployed(unit);
                world.service(unit, &person.doc, "guidance", "2026-02-02");
                world.service(unit, &person.doc, "training_offer", "2026-02-02");
                for vacancy in ["v1", "v2", "v3"] {
                    world.opened(unit, vacancy, "2026-02-01", "2026-02-28");
                    world.referred(unit, &person.doc, vacancy, day);
                }
            },
        ),
        window("guidance received", "C15.services", ["", CLOSE], (1, 1), (0, 1), |world, place, day| {
            let unit = &place.community;
            let person = world.unemployed(unit);
            world.service(unit, &person.doc, "training_offer", "2026-02-02");
            for vacancy in ["v1", "v2", "v3"] {
                world.opened(unit, vacancy, "2025-01-01", "");
                world.referred(unit, &person.doc, vacancy, "2026-02-02");
            }
            let given = [of(&person), ("what", "guidance".into()), ("day", "2026-02-02".into())];
            row(world, place, "service", &[&given[..], &[recorded(day)]].concat());
        }),
        window("referral received", "C15.services", ["", CLOSE], (1, 1), (0, 1), |world, place, day| {
            let unit = &place.community;
            let person = world.unemployed(unit);
            world.service(unit, &person.doc, "guidance", "2026-02-02");
            world.service(unit, &person.doc, "training_offer", "2026-02-02");
            for vacancy in ["v1", "v2", "v3"] {
                let given = [of(&person), ("vacancy", vacancy.into()), ("day", "2026-02-02".into())];
                world.opened(unit, vacancy, "2025-01-01", "");
                row(world, place, "referral", &[&given[..], &[recorded(day)]].concat());
            }
        }),
        window("ninety days", "C15.services", ["2026-02-12", ""], (0, 1), (0, 0), |world, place, day| {
            let person = somebody(world, place);
            world.episode(&person, "status", "2", "2025-11-15", day);
        }),
        window(
            "ninety days to the date",
            "C15.services",
            ["", "2026-08-03"],
            (0, 1),
            (0, 0),
            |world, place, day| {
                let person = somebody(world, place);
                world.episode(&person, "status", "2", day, "");
            },
        ),
    ]);
}

#[test]
fn policies_entitle_from_the_first_day_of_the_period_and_are_not_asked_for_in_its_last_thirty() {
    let (due, none) = ((0, 1), (0, 0));
    let last = "2026-10-01";
    hold(&[
        window("post from", "C16.policies", ["", last], due, none, |world, place, day| {
            let person = somebody(world, place);
            world.placement_in(&person, "40", day);
        }),
        window("post until", "C16.policies", [START, ""], due, none, |world, place, day| {
            let person = somebody(world, place);
            row(world, place, "placement", &[of(&person), ("form", "40".into()), ("end", day.into())]);
        }),
        window("flexible from", "C16.policies", ["", last], due, none, |world, place, day| {
            let person = somebody(world, place);
            let work = [of(&person), ("form", "30".into()), ("insured", 1.into()), ("start", day.into())];
            world.certify(&person, "2026-01-10", "");
            row(world, place, "placement", &work);
        }),
        window("flexible until", "C16.policies", [START, ""], due, none, |world, place, day| {
            let person = somebody(world, place);
            let work = [of(&person), ("form", "30".into()), ("insured", 1.into()), ("end", day.into())];
            world.certify(&person, "2026-01-10", "");
            row(world, place, "placement", &work);
        }),
        window("course passed", "C16.policies", [START, last], due, none, |world, place, day| {
            let person = somebody(world, place);
            row(world, place, "training", &[of(&person), ("passed", 1.into()), ("end", day.into())]);
        }),
        window("business opened", "C16.policies", [START, last], due, none, |world, place, day| {
            let person = somebody(world, place);
            row(world, place, "startup", &[of(&person), ("licence", "L1".into()), ("start", day.into())]);
        }),
    ]);
}
