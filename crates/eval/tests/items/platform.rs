//! C01 to C04 and S01 to S04, and what inspectors alone are asked: posts, boards, equipment, exchanges, publicity.

use linli_eval::Date;

use crate::{
    case::{Scene, Told, hold},
    support::{AS_OF, date},
};

/// Findings for so many of the part's checks, in the standard's order; the others wait.
fn checked(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    let (item, part) = (scene.item.id.clone(), scene.part.id.clone());
    for (at, check) in scene.checks().iter().take(hits + misses).enumerate() {
        scene.world.finding(&scene.unit, (&item, &part, check), i64::from(at < hits), &[]);
    }
}

/// A post and its certificate: a worker with both, one without a certificate, or nobody.
fn posts(scene: &mut Scene<'_>, hits: usize, _: usize) {
    let unit = scene.unit.clone();
    if hits > 0 {
        scene.world.staff(&unit, "2024-01-01", "", if hits == 2 { "2027-12-31" } else { "" });
    }
}

/// The days on which the months of the period begin.
fn months() -> impl Iterator<Item = String> {
    (0..12).map(|month| "2025-11-01".parse::<Date>().expect("a day").plus_months(month).to_string())
}

/// Four vacancies all the time, and a policy put up in so many months.
fn boards(scene: &mut Scene<'_>, hits: usize, _: usize) {
    let unit = scene.unit.clone();
    for _ in 0..4 {
        scene.world.vacancy(&unit, "records", "2025-11-01", AS_OF);
    }
    for month in months().take(hits) {
        scene.world.posting(&unit, "policy", &month);
    }
}

/// Something on the display in so many months.
fn shown(scene: &mut Scene<'_>, hits: usize, _: usize) {
    let unit = scene.unit.clone();
    for month in months().take(hits) {
        scene.world.posting(&unit, "display", &month);
    }
}

/// Vacancies of the street's own in so many months.
pub fn gathered(scene: &mut Scene<'_>, hits: usize, _: usize) {
    let unit = scene.unit.clone();
    for month in months().take(hits) {
        scene.world.vacancy(&unit, "records", &month, AS_OF);
    }
}

/// A display that somebody looked at.
fn display(scene: &mut Scene<'_>, hits: usize, _: usize) {
    let unit = scene.unit.clone();
    let equipment = [("unit", unit.as_str().into()), ("doc", "display".into()), ("what", "display".into())];
    scene.world.add("equipment", &equipment);
    scene.world.display_checked(&unit, "2026-10-20", hits as i64);
}

/// Working days from Monday 2 March on, of the unit and, where it is a street, of its communities by turns; the hub
/// was down on all others, so that they are not counted.
fn exchanges(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    let mut sites = scene.members.clone();
    if !sites.contains(&scene.unit) {
        sites.insert(0, scene.unit.clone());
    }
    let monday = date("2026-03-02");
    let iso = |day: i64| Date::from_day_number(day).to_string();
    for (place, site) in sites.iter().enumerate() {
        let ours = (0..hits + misses).filter(|at| at % sites.len() == place);
        let mut days = 0;
        for at in ours {
            let day = monday + days / 5 * 7 + days % 5;
            days += 1;
            if at < hits {
                scene.world.exchange(site, &iso(day), "link");
            }
        }
        let next = monday + days / 5 * 7 + days % 5;
        scene.world.outage(site, "2025-11-01", &iso(monday - 1)).outage(site, &iso(next), AS_OF);
    }
}

/// Of six checks at half a point each.
const SIX: &[(&str, &str)] = &[
    ("6/6", "3"),
    ("5/6", "5/2"),
    ("3/6", "3/2"),
    ("0/6", "0"),
    // One of those looked at is not met; the four others may still be or not.
    ("1/2", "1/2…5/2 pending"),
    ("0/0", "0…3 pending"),
];

/// Of two, each of which takes a half.
const TWO_HALVES: &[(&str, &str)] = &[("2/2", "1"), ("1/2", "1/2"), ("0/2", "0"), ("1/1", "1/2…1 pending")];

const ONE_POINT: &[(&str, &str)] = &[("1/1", "1"), ("0/1", "0"), ("0/0", "0…1 pending")];

const HALF_A_POINT: &[(&str, &str)] = &[("1/1", "1/2"), ("0/1", "0"), ("0/0", "0…1/2 pending")];

const POSTS: &[(&str, &str)] = &[("2/2", "2"), ("1/2", "1"), ("0/2", "0")];

/// Of twelve months: from nine on (75%) a third of two points each.
const MONTHS: &[(&str, &str)] =
    &[("12/12", "2"), ("11/12", "4/3"), ("10/12", "2/3"), ("9/12", "0"), ("8/12", "0"), ("0/12", "0")];

pub const TOLD: &[Told] = &[
    Told { part: "C01.premises", story: checked, cases: ONE_POINT },
    Told { part: "C01.staff", story: posts, cases: POSTS },
    Told { part: "C02.boards", story: checked, cases: SIX },
    Told { part: "C03.months", story: boards, cases: MONTHS },
    Told { part: "C04.computer", story: checked, cases: HALF_A_POINT },
    Told { part: "C04.printer", story: checked, cases: HALF_A_POINT },
    Told {
        part: "C04.exchange",
        story: exchanges,
        // From 16 of 20 days (80%) to 19 (95%) a point each.
        cases: &[
            ("20/20", "3"),
            ("19/20", "3"),
            ("18/20", "2"),
            ("17/20", "1"),
            ("16/20", "0"),
            ("15/20", "0"),
            ("0/20", "0"),
            ("0/0", "0…3 pending"),
            ("signed 0/0", "3 not applicable"),
        ],
    },
    Told {
        part: "C08.institutions",
        story: checked,
        cases: &[
            ("3/3", "1"),
            ("2/3", "1/2"),
            ("1/3", "0"),
            // A deduction of three halves from one point stops at nothing.
            ("0/3", "0"),
            ("2/2", "1/2…1 pending"),
        ],
    },
    Told { part: "C18.case", story: checked, cases: ONE_POINT },
    Told {
        part: "C19.events",
        story: checked,
        cases: &[("4/4", "1"), ("3/4", "3/4"), ("1/4", "1/4"), ("0/4", "0"), ("3/3", "3/4…1 pending")],
    },
    Told { part: "C20.items", story: checked, cases: TWO_HALVES },
    Told { part: "S01.premises", story: checked, cases: ONE_POINT },
    Told { part: "S01.staff", story: posts, cases: POSTS },
    Told { part: "S02.boards", story: checked, cases: SIX },
    Told { part: "S03.display", story: display, cases: &[("1/1", "1"), ("0/1", "0")] },
    Told { part: "S03.months", story: shown, cases: MONTHS },
    Told { part: "S04.kit", story: checked, cases: TWO_HALVES },
    Told {
        part: "S04.exchange",
        story: exchanges,
        // Twenty days of three sites: from 48 (80%) to 57 (95%) a third of a point each.
        cases: &[
            ("60/60", "3"),
            ("57/60", "3"),
            ("56/60", "8/3"),
            ("49/60", "1/3"),
            ("48/60", "0"),
            ("47/60", "0"),
            ("0/60", "0"),
            ("0/0", "0…3 pending"),
            ("signed 0/0", "3 not applicable"),
        ],
    },
];

#[test]
fn posts_boards_equipment_and_publicity_give_what_their_counts_say() {
    hold(TOLD);
}
