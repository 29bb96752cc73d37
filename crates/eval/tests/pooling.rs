//! A street's counts are about its people, and not about which of its communities they are counted in.

mod support;

use linli_eval::{Scorecard, SqlValue};
use proptest::prelude::*;
use support::*;

const THIRD: &str = "3211/02/001/003";

/// What a street counts by site: what a community exchanges and passes, and where the street looked in.
const BY_SITE: [&str; 3] = ["S04.exchange", "S07.communities", "S08.supervision"];

/// A street with two communities of which nothing is known but a closed card, a register, a sample and a survey, and
/// with a return of its own.
fn street() -> World {
    let mut world = World::new();
    world.unit(THIRD, 1);
    for unit in [COMMUNITY, THIRD] {
        let doc = |what: &str| SqlValue::Text(format!("{what} of {unit}"));
        world.add("household", &[("unit", unit.into()), ("doc", doc("card")), ("state", "3".into())]);
        let gone = [("dwelling_id", "gone".into()), ("end", "2020-01-01".into())];
        world.add("dwelling", &[&[("unit", unit.into()), ("doc", doc("register"))], &gone[..]].concat());
        let day = [("unit", unit.into()), ("day", "2026-11-05".into())];
        world.add("survey", &[&day[..], &[("doc", doc("survey"))]].concat());
        let sample = [("doc", doc("sample")), ("item", "S06".into()), ("stage", "district".into())];
        world.add("sample_check", &[&day[..], &sample].concat());
    }
    world.filed(STREET, "monthly", "2026-09", "2026-10-05", [9, 12, 3, 3, 1]);
    world.filed(STREET, "register", "2026-10", "2026-11-03", [9, 12, 3, 3, 1]);
    world
}

/// One household or other thing of a community; most of them in a good and in a bad variant.
fn tell(world: &mut World, unit: &str, story: usize, good: bool) {
    let stories: [fn(&mut World, &str, bool); 14] = [
        |world, unit, good| {
            let person = if good { world.placed(unit) } else { world.unemployed(unit) };
            world.guided(unit, &person.doc);
        },
        |world, unit, good| {
            let person = if good { world.placed(unit) } else { world.unemployed(unit) };
            world.certify(&person, "2026-01-10", "").plan(unit, &person.doc, "2026-01-12");
        },
        |world, unit, good| {
            let person = world.with_earner(unit);
            world.episode(&person, "status", "4", "2025-12-15", if good { "2025-12-31" } else { "" });
            world.certify(&person, "2026-02-02", "");
        },
        |world, unit, good| {
            let head = world.person(unit);
            let spouse = world.member(unit, &head.card, "12");
            world.episode(&head, "status", "3", "2025-12-01", "");
            world.episode(&spouse, "status", "2", "2025-12-01", "");
            world.placement(&spouse, "2025-12-20", if good { "" } else { "2026-05-05" }, "contract");
            world.visit(&spouse, "2026-10-01");
        },
        |world, unit, good| {
            let person = world.with_earner(unit);
            world.placement_in(&person, "40", "2026-03-01");
            let state = if good { "paid" } else { "applied" };
            world.benefit(unit, &person.doc, "aid_post_subsidy", state, "");
        },
        |world, unit, good| {
            let id = world.next_doc();
            let row = [("unit", unit.into()), ("dwelling_id", id.as_str().into())];
            world.add("dwelling", &row);
            if good {
                world.person(unit);
            }
        },
        |world, unit, good| {
            let person = world.next_doc();
            let id_no = if good { "" } else { "123" };
            let row = [("unit", unit.into()), ("doc", person.as_str().into()), ("id_no", id_no.into())];
            world.add("person", &row);
        },
        |world, unit, good| {
            let person = world.person(unit);
            let recorded = date(if good { "2026-10-16" } else { "2026-10-17" });
            let row: [(&str, SqlValue); 5] = [
                ("unit", unit.into()),
                ("doc", person.doc.as_str().into()),
                ("start", "2026-10-01".into()),
                ("origin", "event".into()),
                ("recorded_n", recorded.into()),
            ];
            world.add("placement", &row);
        },
        |world, unit, good| {
            let person = world.placed(unit);
            world.disproof(unit, &person.doc, if good { "C11" } else { "" }, &[]);
        },
        |world, unit, good| {
            let person = world.unemployed(unit);
            let evidence = if good { "file 1" } else { "" };
            let more = [("evidence", evidence.into())];
            world.episode_with(&person, "status", "7", "2026-06-01", "", &more);
        },
        |world, unit, good| {
            let (card, day) = (world.next_doc(), if good { "2026-05-05" } else { "2025-10-05" });
            let about = [("unit", unit.into()), ("doc", card.as_str().into())];
            let household = [("state", "1".into()), ("opened", "2025-01-01".into())];
            world.add("household", &[&about[..], &household].concat());
            world.add("visit", &[&about[..], &[("day", day.into())]].concat());
        },
        |world, unit, good| {
            let (subject, sample) = (world.next_doc(), format!("sample of {unit}"));
            let row: [(&str, SqlValue); 5] = [
                ("unit", unit.into()),
                ("doc", sample.as_str().into()),
                ("subject", subject.as_str().into()),
                ("compared", 5.into()),
                ("agreed", if good { 5 } else { 3 }.into()),
            ];
            world.add("sample_subject", &row);
        },
        |world, unit, good| {
            let (token, survey) = (world.next_doc(), format!("survey of {unit}"));
            let row: [(&str, SqlValue); 4] = [
                ("unit", unit.into()),
                ("doc", survey.as_str().into()),
                ("token", token.as_str().into()),
                ("score", if good { 5 } else { 1 }.into()),
            ];
            world.add("survey_answer", &row);
        },
        |world, unit, good| {
            world.complaint(unit, if good { "rejected" } else { "upheld" });
        },
    ];
    stories[story % stories.len()](world, unit, good);
}

type Part = (String, u64, u64, u64, u64);

/// Every part of the street that is not counted by site: its subjects, hits, hits disproved, and what is only listed.
fn pooled(card: &Scorecard) -> Vec<Part> {
    let items = card.items.iter();
    let parts =
        items.flat_map(|item| item.parts.iter().map(move |part| (format!("{}.{}", item.id, part.id), part)));
    parts
        .filter(|(name, _)| !BY_SITE.contains(&name.as_str()))
        .map(|(name, part)| (name, part.n, part.hits, part.disproved, part.listed))
        .collect()
}

/// Somebody of whom both communities have a document under one ID number: in each, whether placed there.
fn known_twice(world: &mut World, placed: [bool; 2]) -> [Person; 2] {
    let mut of = |unit: &str, placed: bool| {
        let person = if placed { world.placed(unit) } else { world.unemployed(unit) };
        world.certify(&person, "2026-01-10", "").placement_in(&person, "40", "2026-09-01");
        person
    };
    let (here, mut there) = (of(COMMUNITY, placed[0]), of(THIRD, placed[1]));
    world.remove("person", &there.doc).document(THIRD, &there.doc, &here.id_no);
    there.id_no.clone_from(&here.id_no);
    [here, there]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn splitting_a_community_in_two_or_merging_two_leaves_the_streets_counts_as_they_were(
        told in prop::collection::vec((0..14_usize, any::<bool>(), any::<bool>()), 1..24)
    ) {
        let counted = |place: &dyn Fn(bool) -> &'static str| {
            let mut world = street();
            for (story, good, side) in &told {
                tell(&mut world, place(*side), *story, *good);
            }
            pooled(&card(&world, STREET))
        };
        let split = counted(&|side| if side { COMMUNITY } else { THIRD });
        prop_assert_eq!(&counted(&|_| COMMUNITY), &split);
        prop_assert_eq!(&counted(&|_| THIRD), &split);
    }

    #[test]
    fn a_determination_moves_a_person_between_communities_and_none_out_of_the_street(
        people in prop::collection::vec((any::<[bool; 2]>(), 0..3_usize), 1..8)
    ) {
        let parts = [
            ("10", "placed"), ("11", "placed"), ("13", "placed"), ("14", "plans"), ("15", "services"),
            ("16", "policies"),
        ];
        let mut world = street();
        let known: Vec<[Person; 2]> =
            people.iter().map(|(placed, _)| known_twice(&mut world, *placed)).collect();
        let before = card(&world, STREET);
        for (person, (_, determined)) in known.iter().zip(&people) {
            if let Some(unit) = [COMMUNITY, THIRD].get(*determined) {
                for person in person {
                    world.determine(person, unit, "street", "2026-10-20");
                }
            }
        }
        let after = card(&world, STREET);
        let units = [COMMUNITY, THIRD].map(|unit| card(&world, unit));
        for (item, part) in parts {
            let of = |card: &Scorecard, level| counts(card, &format!("{level}{item}"), part);
            let n = people.len() as u64;
            prop_assert_eq!((of(&before, "S").0, of(&after, "S").0), (n, n), "{}", item);
            for (at, unit) in units.iter().enumerate() {
                let here = people.iter().filter(|(_, determined)| *determined == at || *determined == 2);
                prop_assert_eq!(of(unit, "C").0, here.count() as u64, "{} in {}", item, unit.unit);
            }
        }
        // Whoever is determined is placed where they are counted, or not at all; others where they like.
        let placed = people.iter().filter(|(placed, determined)| match placed.get(*determined) {
            Some(there) => *there,
            None => placed[0] || placed[1],
        });
        prop_assert_eq!(counts(&after, "S10", "placed").1, placed.count() as u64);
    }
}
