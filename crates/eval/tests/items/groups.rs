//! C10 to C16 and S10 to S16: who is placed, families, and the help that people out of work get.

use crate::{
    case::{Scene, Told, hold},
    platform,
    support::World,
};

fn out_of_work(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    scene.each(hits, misses, |world, unit, hit| {
        if hit {
            world.placed(unit)
        } else {
            world.unemployed(unit)
        };
    });
}

fn in_hardship(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    scene.each(hits, misses, |world, unit, hit| {
        let person = if hit { world.placed(unit) } else { world.unemployed(unit) };
        world.certify(&person, "2026-01-10", "");
    });
}

/// Somebody who lives on an allowance and is not certified, beside the others.
fn beside_somebody_eligible(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    in_hardship(scene, hits, misses);
    let unit = scene.members[0].clone();
    let person = scene.world.unemployed(&unit);
    let second = scene.world.next_doc();
    let card = [("unit", unit.as_str().into()), ("doc", second.as_str().into()), ("low_income", 1.into())];
    scene.world.add("household", &card);
    let member = [
        ("unit", unit.as_str().into()),
        ("doc", second.as_str().into()),
        ("person", person.doc.as_str().into()),
    ];
    scene.world.add("member", &member);
}

/// People who were certified so lately that they are only listed.
fn certified_lately(scene: &mut Scene<'_>, _: usize, _: usize) {
    scene.each(0, 2, |world, unit, _| {
        let person = world.unemployed(unit);
        world.certify(&person, "2026-10-26", "");
    });
}

/// Families that nobody earns for since 1 March, cleared within the thirty days or not.
fn without_an_earner(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    scene.each(hits, misses, |world, unit, hit| {
        let person = world.person(unit);
        world.episode_with(&person, "status", "2", "2026-03-01", "", &[("recorded_n", day("2026-03-01"))]);
        world.placement(&person, if hit { "2026-03-31" } else { "2026-04-01" }, "", "contract");
    });
}

fn day(text: &str) -> linli_eval::SqlValue {
    crate::support::date(text).into()
}

/// Couples who were both out of work, one of them in a verified placement since or not.
fn both_out(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    scene.each(hits, misses, |world, unit, hit| {
        let head = world.person(unit);
        let spouse = world.member(unit, &head.card, "12");
        world.episode(&head, "status", "3", "2025-12-01", "").episode(
            &spouse,
            "status",
            "2",
            "2025-12-01",
            "",
        );
        if hit {
            world.placement(&spouse, "2026-04-01", "", "licence").visit(&spouse, "2026-10-01");
        }
    });
}

fn plans(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    scene.each(hits, misses, |world, unit, hit| {
        let person = world.with_earner(unit);
        // The tenth working day after Monday 2 March is Monday the 16th.
        world.certify(&person, "2026-03-02", "");
        world.plan(unit, &person.doc, if hit { "2026-03-16" } else { "2026-03-17" });
    });
}

fn services(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    scene.each(hits, misses, |world, unit, hit| {
        let person = world.unemployed(unit);
        if hit {
            world.guided(unit, &person.doc);
        }
    });
}

fn policies(scene: &mut Scene<'_>, hits: usize, misses: usize) {
    scene.each(hits, misses, |world: &mut World, unit, hit| {
        let person = world.with_earner(unit);
        world.placement_in(&person, "40", "2026-03-01");
        world.benefit(unit, &person.doc, "aid_post_subsidy", if hit { "paid" } else { "applied" }, "");
    });
}

/// At least 80%: whole people, and 79 of 99 is 79.79%.
const H1: &[(&str, &str)] = &[
    ("5/5", "25"),
    ("4/5", "25"),
    ("3/5", "0"),
    ("80/99", "25"),
    ("79/99", "0"),
    ("0/3", "0"),
    ("0/0", "0…25 pending"),
    ("signed 0/0", "25 not applicable"),
];

/// All of them: 19 of 20 are none.
const H2: &[(&str, &str)] = &[
    ("20/20", "20"),
    ("19/20", "0"),
    ("0/2", "0"),
    ("0/0", "0…20 pending"),
    ("signed 0/0", "20 not applicable"),
];

const CLEARED: &[(&str, &str)] =
    &[("4/4", "3"), ("3/4", "0"), ("0/2", "0"), ("0/0", "0…3 pending"), ("signed 0/0", "3 not applicable")];

/// From 8 of 10 to all, a point for each of two more.
const COUPLES: &[(&str, &str)] = &[
    ("10/10", "2"),
    ("9/10", "1"),
    ("8/10", "0"),
    ("7/10", "0"),
    ("0/2", "0"),
    ("0/0", "0…2 pending"),
    ("signed 0/0", "2 not applicable"),
];

/// From 80% to 85%: 32 to 34 of 40.
const D3: &[(&str, &str)] = &[
    ("40/40", "3"),
    ("34/40", "3"),
    ("33/40", "3/2"),
    ("32/40", "0"),
    ("31/40", "0"),
    ("0/2", "0"),
    ("0/0", "0…3 pending"),
    ("signed 0/0", "3 not applicable"),
];

/// From 90% to all: 18 to 20 of 20.
const PLANS: &[(&str, &str)] = &[
    ("20/20", "2"),
    ("19/20", "1"),
    ("18/20", "0"),
    ("17/20", "0"),
    ("0/2", "0"),
    ("0/0", "0…2 pending"),
    ("signed 0/0", "2 not applicable"),
];

/// Who is only listed leaves nobody to count.
const NONE_OF_TWENTY: &[(&str, &str)] = &[("0/0", "0…20 pending"), ("signed 0/0", "20 not applicable")];

const NONE_OF_TWO: &[(&str, &str)] = &[("0/0", "0…2 pending"), ("signed 0/0", "2 not applicable")];

pub const TOLD: &[Told] = &[
    Told { part: "C10.placed", story: out_of_work, cases: H1 },
    Told { part: "S10.placed", story: out_of_work, cases: H1 },
    Told { part: "C11.placed", story: in_hardship, cases: H2 },
    Told {
        part: "C11.placed",
        story: beside_somebody_eligible,
        cases: &[("signed 0/0", "0…20 pending"), ("1/1", "20")],
    },
    Told { part: "S11.placed", story: in_hardship, cases: H2 },
    Told {
        part: "S11.placed",
        story: beside_somebody_eligible,
        cases: &[("signed 0/0", "0…20 pending"), ("1/1", "20")],
    },
    Told { part: "C11.placed", story: certified_lately, cases: NONE_OF_TWENTY },
    Told { part: "S11.placed", story: certified_lately, cases: NONE_OF_TWENTY },
    Told { part: "C14.plans", story: certified_lately, cases: NONE_OF_TWO },
    Told { part: "S14.plans", story: certified_lately, cases: NONE_OF_TWO },
    Told { part: "C12.zero", story: without_an_earner, cases: CLEARED },
    Told { part: "S12.zero", story: without_an_earner, cases: CLEARED },
    Told { part: "C12.both_out", story: both_out, cases: COUPLES },
    Told { part: "S12.both_out", story: both_out, cases: COUPLES },
    Told { part: "C13.placed", story: out_of_work, cases: D3 },
    Told { part: "S13.placed", story: out_of_work, cases: D3 },
    Told { part: "C14.plans", story: plans, cases: PLANS },
    Told { part: "S14.plans", story: plans, cases: PLANS },
    Told { part: "C15.services", story: services, cases: COUPLES },
    Told {
        part: "S15.months",
        story: platform::gathered,
        cases: &[("12/12", "1"), ("11/12", "2/3"), ("9/12", "0"), ("8/12", "0"), ("0/12", "0")],
    },
    Told {
        part: "S15.services",
        story: services,
        cases: &[
            ("10/10", "1"),
            ("9/10", "1/2"),
            ("8/10", "0"),
            ("7/10", "0"),
            ("0/2", "0"),
            ("0/0", "0…1 pending"),
            ("signed 0/0", "1 not applicable"),
        ],
    },
    Told {
        part: "C16.policies",
        story: policies,
        // From 16 to 19 of 20 two thirds of a point each.
        cases: &[
            ("20/20", "2"),
            ("19/20", "2"),
            ("18/20", "4/3"),
            ("16/20", "0"),
            ("15/20", "0"),
            ("0/2", "0"),
            ("0/0", "0…2 pending"),
            ("signed 0/0", "2 not applicable"),
        ],
    },
    Told {
        part: "S16.policies",
        story: policies,
        cases: &[
            ("20/20", "3"),
            ("19/20", "3"),
            ("18/20", "2"),
            ("16/20", "0"),
            ("15/20", "0"),
            ("0/2", "0"),
            ("0/0", "0…3 pending"),
            ("signed 0/0", "3 not applicable"),
        ],
    },
];

#[test]
fn placements_families_and_help_give_what_their_counts_say() {
    hold(TOLD);
}
