//! C06: which rows a ledger has, which nils cover it, and what has to agree with what.

use crate::{
    case::Place,
    support::{AS_OF, Person, World, date},
    windows::{CLOSE, START, hold, of, recorded, row, window},
};

#[test]
fn ledgers_have_the_rows_of_the_period_and_nils_that_cover_its_end() {
    let (all, kept, empty) = ([START, AS_OF], (1, 16), (0, 16));
    hold(&[
        window("L03 from", "C06.ledgers", ["", AS_OF], kept, empty, |world, place, day| {
            let age = [("work_from_n", date(day).into()), ("work_until_n", date("2050-01-01").into())];
            row(world, place, "person", &age);
        }),
        window("L03 until", "C06.ledgers", [AS_OF, ""], kept, empty, |world, place, day| {
            row(world, place, "person", &[("work_until_n", date(day).into())]);
        }),
        window("L04 from", "C06.ledgers", ["", AS_OF], kept, empty, |world, place, day| {
            let work = [("dimension", "status".into()), ("code", "1".into()), ("start", day.into())];
            row(world, place, "episode", &work);
        }),
        window("L04 until", "C06.ledgers", [AS_OF, ""], kept, empty, |world, place, day| {
            let work = [("dimension", "status".into()), ("code", "1".into()), ("end", day.into())];
            row(world, place, "episode", &work);
        }),
        window("L05 from", "C06.ledgers", ["", AS_OF], kept, empty, |world, place, day| {
            let out = [("dimension", "status".into()), ("code", "4".into()), ("start", day.into())];
            row(world, place, "episode", &out);
        }),
        window("L05 until", "C06.ledgers", [START, ""], kept, empty, |world, place, day| {
            let out = [("dimension", "status".into()), ("code", "3".into()), ("end", day.into())];
            row(world, place, "episode", &out);
        }),
        window("L06 until", "C06.ledgers", [START, ""], kept, empty, |world, place, day| {
            row(world, place, "placement", &[("end", day.into())]);
        }),
        window("L07 until", "C06.ledgers", [START, ""], kept, empty, |world, place, day| {
            row(world, place, "registration", &[("end", day.into())]);
        }),
        window("L08 from", "C06.ledgers", ["", AS_OF], kept, empty, |world, place, day| {
            row(world, place, "certification", &[("start", day.into())]);
        }),
        window("L08 until", "C06.ledgers", [START, ""], kept, empty, |world, place, day| {
            row(world, place, "certification", &[("end", day.into())]);
        }),
        window("L10 until", "C06.ledgers", [START, ""], (2, 16), empty, |world, place, day| {
            row(world, place, "placement", &[("form", "30".into()), ("end", day.into())]);
        }),
        window("L11 from", "C06.ledgers", ["", AS_OF], kept, empty, |world, place, day| {
            row(world, place, "aid_post", &[("start", day.into())]);
        }),
        window("L11 until", "C06.ledgers", [START, ""], kept, empty, |world, place, day| {
            row(world, place, "aid_post", &[("end", day.into())]);
        }),
        window("L12 from", "C06.ledgers", ["", AS_OF], kept, empty, |world, place, day| {
            row(world, place, "vacancy", &[("start", day.into())]);
        }),
        window("L12 until", "C06.ledgers", [START, ""], kept, empty, |world, place, day| {
            row(world, place, "vacancy", &[("end", day.into())]);
        }),
        window("L13", "C06.ledgers", all, kept, empty, |world, place, day| {
            row(world, place, "referral", &[("day", day.into())]);
        }),
        window("L14 from", "C06.ledgers", ["", AS_OF], kept, empty, |world, place, day| {
            row(world, place, "training", &[("start", day.into())]);
        }),
        window("L14 until", "C06.ledgers", [START, ""], kept, empty, |world, place, day| {
            row(world, place, "training", &[("end", day.into())]);
        }),
        window("L15 from", "C06.ledgers", ["", AS_OF], kept, empty, |world, place, day| {
            row(world, place, "startup", &[("start", day.into())]);
        }),
        window("L15 until", "C06.ledgers", [START, ""], kept, empty, |world, place, day| {
            row(world, place, "startup", &[("end", day.into())]);
        }),
        window("L16", "C06.ledgers", all, kept, empty, |world, place, day| {
            row(world, place, "benefit", &[("day", day.into())]);
        }),
        window("L17", "C06.ledgers", all, kept, empty, |world, place, day| {
            row(world, place, "visit", &[("day", day.into())]);
        }),
        window("nil signed", "C06.ledgers", [START, ""], kept, empty, |world, place, day| {
            row(world, place, "nil", &[("ledger", "L15".into()), ("day", day.into())]);
        }),
        window("nil until", "C06.ledgers", [AS_OF, ""], kept, empty, |world, place, day| {
            let nil = [("ledger", "L15".into()), ("day", AS_OF.into()), ("end", day.into())];
            row(world, place, "nil", &nil);
        }),
    ]);
}

#[test]
fn ledgers_have_what_was_received_by_the_close() {
    let (until, kept, empty) = (["", CLOSE], (1, 16), (0, 16));
    hold(&[
        window("L02", "C06.ledgers", until, kept, empty, |world, place, day| {
            row(world, place, "household", &[("state", "1".into()), recorded(day)]);
        }),
        window("L04", "C06.ledgers", until, kept, empty, |world, place, day| {
            let work = [("dimension", "status".into()), ("code", "1".into()), recorded(day)];
            row(world, place, "episode", &work);
        }),
        window("L05", "C06.ledgers", until, kept, empty, |world, place, day| {
            let out = [("dimension", "status".into()), ("code", "3".into()), recorded(day)];
            row(world, place, "episode", &out);
        }),
        window("L06", "C06.ledgers", until, kept, empty, |world, place, day| {
            row(world, place, "placement", &[("end", "2026-05-05".into()), recorded(day)]);
        }),
        window("L07", "C06.ledgers", until, kept, empty, |world, place, day| {
            row(world, place, "registration", &[("end", "2026-05-05".into()), recorded(day)]);
        }),
        window("L08", "C06.ledgers", until, kept, empty, |world, place, day| {
            row(world, place, "certification", &[recorded(day)]);
        }),
        window("L10", "C06.ledgers", until, (2, 16), empty, |world, place, day| {
            let work = [("form", "30".into()), ("end", "2026-05-05".into()), recorded(day)];
            row(world, place, "placement", &work);
        }),
        window("L11", "C06.ledgers", until, kept, empty, |world, place, day| {
            row(world, place, "aid_post", &[recorded(day)]);
        }),
        window("L12", "C06.ledgers", until, kept, empty, |world, place, day| {
            row(world, place, "vacancy", &[recorded(day)]);
        }),
        window("L13", "C06.ledgers", until, kept, empty, |world, place, day| {
            row(world, place, "referral", &[("day", AS_OF.into()), recorded(day)]);
        }),
        window("L14", "C06.ledgers", until, kept, empty, |world, place, day| {
            row(world, place, "training", &[recorded(day)]);
        }),
        window("L15", "C06.ledgers", until, kept, empty, |world, place, day| {
            row(world, place, "startup", &[recorded(day)]);
        }),
        window("L16", "C06.ledgers", until, kept, empty, |world, place, day| {
            row(world, place, "benefit", &[("day", AS_OF.into()), recorded(day)]);
        }),
        window("L17", "C06.ledgers", until, kept, empty, |world, place, day| {
            row(world, place, "visit", &[("day", AS_OF.into()), recorded(day)]);
        }),
        window("nil", "C06.ledgers", until, kept, empty, |world, place, day| {
            row(world, place, "nil", &[("ledger", "L15".into()), ("day", AS_OF.into()), recorded(day)]);
        }),
    ]);
}

#[test]
fn an_open_registration_and_its_status_agree_at_the_date() {
    // Beside the workforce's and the unemployed's ledgers, which have rows in any case.
    let (agree, disagree) = ((3, 16), (2, 16));
    hold(&[
        window("status until", "C06.ledgers", [AS_OF, ""], agree, disagree, |world, place, day| {
            let person = working_age(world, place);
            world.episode(&person, "status", "2", "2026-01-10", day).registered(&person, "2026-01-10");
        }),
        window("registration until", "C06.ledgers", [AS_OF, ""], agree, disagree, |world, place, day| {
            let person = working_age(world, place);
            world.episode(&person, "status", "2", "2026-01-10", "");
            let span = [of(&person), ("start", "2026-01-10".into()), ("end", day.into())];
            row(world, place, "registration", &span);
        }),
        window("registration from", "C06.ledgers", ["", AS_OF], agree, disagree, |world, place, day| {
            let person = working_age(world, place);
            world.episode(&person, "status", "2", "2026-01-10", "").registered(&person, day);
        }),
    ]);
}

/// Somebody of working age on no card.
fn working_age(world: &mut World, place: &Place) -> Person {
    let doc = world.next_doc();
    world.document(&place.community, &doc, &doc);
    Person { unit: place.community.clone(), card: String::new(), id_no: doc.clone(), doc }
}
