//! C05, C06, C08, C09 and C17 with their twins: cards, ledgers, samples, visits, returns, supervision and answers.

use linli_eval::{Date, SqlValue};

use crate::{
    case::{Scene, Told, hold},
    support::{World, doc},
};

/// Occupied dwellings with a complete card, or with none.
pub fn dwellings(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    scene.each(hits, misses, |world, unit, hit| {
        if hit {
            world.person(unit);
        } else {
            let id = world.next_doc();
            let dwelling = [
                ("unit", unit.into()),
                ("doc", doc(1).as_str().into()),
                ("dwelling_id", id.as_str().into()),
                ("start", "2020-01-01".into()),
            ];
            world.add("dwelling", &dwelling);
        }
    });
}

/// The same, with no register of the last community's dwellings.
pub fn without_a_register(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    dwellings(scene, hits, misses);
    let last = scene.members.last().expect("every unit has a community").clone();
    scene.world.remove("dwelling", &last);
}

fn nils(scene: &mut Scene<'_>, hits: usize, _: usize) {
    let unit = scene.unit.clone();
    for number in 2..2 + hits {
        scene.world.nil(&unit, &format!("L{number:02}"));
    }
}

/// A sample in each community, of people of whom one field each was compared.
fn sampled(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    let item = scene.item.id.clone();
    let mut samples = Vec::new();
    for member in scene.members.clone() {
        let sample = scene.world.next_doc();
        let row = [
            ("unit", member.as_str().into()),
            ("doc", sample.as_str().into()),
            ("item", item.as_str().into()),
            ("day", "2026-11-05".into()),
            ("stage", "district".into()),
        ];
        scene.world.add("sample_check", &row);
        samples.push((member, sample));
    }
    for at in 0..hits + misses {
        let (member, sample) = &samples[at % samples.len()];
        let row: [(&str, SqlValue); 5] = [
            ("unit", member.as_str().into()),
            ("doc", sample.as_str().into()),
            ("subject", format!("person {at}").as_str().into()),
            ("compared", 1.into()),
            ("agreed", i64::from(at < hits).into()),
        ];
        scene.world.add("sample_subject", &row);
    }
}

/// The same, of communities in which more people than these live.
fn sampled_of_many(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    sampled(scene, hits, misses);
    scene.each(hits + misses + 1, 0, |world, unit, _| {
        world.person(unit);
    });
}

/// Valid cards from before the period, each of which is due one visit.
fn visits(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    scene.each(hits, misses, |world, unit, hit| {
        let card = world.next_doc();
        let household = [
            ("unit", unit.into()),
            ("doc", card.as_str().into()),
            ("state", "1".into()),
            ("opened", "2025-01-01".into()),
        ];
        world.add("household", &household);
        if hit {
            let visit = [("unit", unit.into()), ("doc", card.as_str().into()), ("day", "2026-05-05".into())];
            world.add("visit", &visit);
        }
    });
}

/// The eleven months from that in which something was first recorded, 1 December, on.
fn months() -> impl Iterator<Item = (String, String)> {
    let first: Date = "2025-12-01".parse().expect("a day");
    (0..11).map(move |month| {
        let filed = first.plus_months(month + 1).plus_days(2).to_string();
        (first.plus_months(month).to_string()[..7].to_owned(), filed)
    })
}

/// What the unit has on record: the one card that each of its communities began with.
fn right(scene: &Scene<'_>) -> [i64; 5] {
    [scene.members.len() as i64, 0, 0, 0, 0]
}

/// So many returns that are right, of the eleven that are due.
fn returns(scene: &mut Scene<'_>, hits: usize, _: usize) {
    let (unit, right) = (scene.unit.clone(), right(scene));
    for (month, day) in months().take(hits) {
        scene.world.filed(&unit, "monthly", &month, &day, right);
    }
}

/// Right and wrong returns; the others are missing, which is not looked at.
pub fn filed(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    let (unit, right) = (scene.unit.clone(), right(scene));
    for (at, (month, day)) in months().take(hits + misses).enumerate() {
        let cells = if at < hits { right } else { [99, 0, 0, 0, 0] };
        scene.world.filed(&unit, "monthly", &month, &day, cells);
    }
}

/// Everything was recorded after the last month of the period.
fn begun_late(scene: &mut Scene<'_>, _: usize, _: usize) {
    for member in scene.members.clone() {
        scene.world.remove("household", &member);
        let person = scene.world.next_doc();
        let row: [(&str, SqlValue); 3] = [
            ("unit", member.as_str().into()),
            ("doc", person.as_str().into()),
            ("recorded_n", crate::support::date("2026-11-05").into()),
        ];
        scene.world.add("person", &row);
    }
}

/// The street's register with so many cells right; with none of them nothing is filed.
fn register(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    let (unit, mut cells) = (scene.unit.clone(), right(scene));
    if hits + misses > 0 {
        cells[hits..].iter_mut().for_each(|cell| *cell = 99);
        scene.world.filed(&unit, "register", "2026-10", "2026-11-03", cells);
    }
}

/// Visits of the street to its two communities, quarter after quarter.
fn supervised(scene: &mut Scene<'_>, hits: usize, _: usize) {
    for at in 0..hits {
        let member = scene.members[at % 2].clone();
        let day = ["2026-01-30", "2026-05-01", "2026-07-31", "2026-10-31"][at / 2];
        let id = scene.world.next_doc();
        let row = [("unit", member.as_str().into()), ("doc", id.as_str().into()), ("day", day.into())];
        scene.world.add("supervision", &row);
    }
}

fn answers(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    scene.each(hits, misses, |world: &mut World, unit, hit| {
        world.answer(unit, if hit { 4 } else { 3 }, 0);
    });
}

/// The same where somebody is out of work, of whom nobody was asked.
fn answers_of_others(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    answers(scene, hits, misses);
    scene.each(1, 0, |world, unit, _| {
        world.unemployed(unit);
    });
}

fn complaints(scene: &mut Scene<'_>, _: usize, misses: usize) {
    let unit = scene.unit.clone();
    for _ in 0..misses {
        scene.world.complaint(&unit, "upheld");
    }
}

/// From 45 (90%) to 49 (98%) of 50 a point for each.
const COVERAGE: &[(&str, &str)] = &[
    ("50/50", "4"),
    ("49/50", "4"),
    ("48/50", "3"),
    ("46/50", "1"),
    ("45/50", "0"),
    ("44/50", "0"),
    ("0/2", "0"),
    ("0/0", "0…4 pending"),
    ("signed 0/0", "4 not applicable"),
];

const SAMPLE: &[(&str, &str)] =
    &[("20/20", "2"), ("19/20", "1"), ("18/20", "0"), ("17/20", "0"), ("0/2", "0"), ("0/0", "0…2 pending")];

/// From 16 to 19 of 20 two thirds of a point each.
const VISITS: &[(&str, &str)] = &[
    ("20/20", "2"),
    ("19/20", "2"),
    ("18/20", "4/3"),
    ("17/20", "2/3"),
    ("16/20", "0"),
    ("15/20", "0"),
    ("0/2", "0"),
    ("0/0", "0…2 pending"),
    ("signed 0/0", "2 not applicable"),
];

const RETURNS: &[(&str, &str)] =
    &[("11/11", "2"), ("10/11", "3/2"), ("8/11", "1/2"), ("7/11", "0"), ("0/11", "0")];

const NONE_DUE: &[(&str, &str)] = &[("0/0", "0…2 pending"), ("signed 0/0", "2 not applicable")];

pub const TOLD: &[Told] = &[
    Told { part: "C05.coverage", story: dwellings, cases: COVERAGE },
    Told {
        part: "C05.coverage",
        story: without_a_register,
        cases: &[("0/0", "0…4 pending"), ("signed 0/0", "0…4 pending")],
    },
    Told { part: "S05.coverage", story: dwellings, cases: COVERAGE },
    // The register of one of two communities is not enough.
    Told { part: "S05.coverage", story: without_a_register, cases: &[("1/1", "0…4 pending")] },
    Told {
        part: "C06.ledgers",
        story: nils,
        cases: &[("16/16", "2"), ("15/16", "7/4"), ("9/16", "1/4"), ("8/16", "0"), ("0/16", "0")],
    },
    Told { part: "C06.sample", story: sampled, cases: SAMPLE },
    Told { part: "C06.sample", story: sampled_of_many, cases: &[("29/29", "0…2 pending"), ("30/30", "2")] },
    Told {
        part: "S06.register",
        story: register,
        cases: &[("5/5", "2"), ("4/5", "3/2"), ("1/5", "0"), ("0/5", "0"), ("0/0", "0…2 pending")],
    },
    Told { part: "S06.sample", story: sampled, cases: SAMPLE },
    Told { part: "S06.sample", story: sampled_of_many, cases: &[("59/59", "0…2 pending"), ("60/60", "2")] },
    Told { part: "C08.visits", story: visits, cases: VISITS },
    Told { part: "S08.visits", story: visits, cases: VISITS },
    Told { part: "S08.supervision", story: supervised, cases: &[("8/8", "1"), ("7/8", "0"), ("0/8", "0")] },
    Told { part: "C09.returns", story: returns, cases: RETURNS },
    Told { part: "C09.returns", story: begun_late, cases: NONE_DUE },
    Told { part: "S09.returns", story: returns, cases: RETURNS },
    Told { part: "S09.returns", story: begun_late, cases: NONE_DUE },
    Told {
        part: "C17.answers",
        story: answers,
        // From 28 (70%) to 36 (90%) of 40.
        cases: &[
            ("40/40", "3"),
            ("36/40", "3"),
            ("35/40", "21/8"),
            ("32/40", "3/2"),
            ("28/40", "0"),
            ("27/40", "0"),
            ("0/30", "0"),
            ("29/29", "0…3 pending"),
            ("0/0", "0…3 pending"),
        ],
    },
    Told { part: "C17.answers", story: answers_of_others, cases: &[("40/40", "0…3 pending")] },
    Told { part: "C17.complaints", story: complaints, cases: &[("0/0", "0"), ("0/1", "-1"), ("0/4", "-4")] },
    Told {
        part: "S17.answers",
        story: answers,
        cases: &[
            ("100/100", "4"),
            ("90/100", "4"),
            ("89/100", "19/5"),
            ("80/100", "2"),
            ("70/100", "0"),
            ("69/100", "0"),
            ("0/100", "0"),
            ("99/99", "0…4 pending"),
            ("0/0", "0…4 pending"),
        ],
    },
    Told { part: "S17.answers", story: answers_of_others, cases: &[("100/100", "0…4 pending")] },
    Told { part: "S17.complaints", story: complaints, cases: &[("0/0", "0"), ("0/1", "-1"), ("0/5", "-5")] },
];

#[test]
fn cards_ledgers_visits_returns_and_answers_give_what_their_counts_say() {
    hold(TOLD);
}
