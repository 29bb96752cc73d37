//! What is not counted again changes no byte.

mod support;

use std::collections::BTreeMap;

use linli_eval::{Again, Changes, Kept, KeptSlice, Request, Standard, evaluate, evaluate_on};
use linli_wire::{Arrangement, Channel, Move, Space};
use proptest::prelude::*;
use support::*;

const THIRD: &str = "3211/02/001/003";
const OTHER_STREET: &str = "3211/02/002";
const COMMUNITIES: [&str; 4] = [COMMUNITY, THIRD, "3211/02/002/001", "3211/02/002/002"];

/// A city that is evaluated again and again.
struct City {
    world: World,
    changes: Changes,
    kept: Kept,
    arrangement: Arrangement,
    as_of: &'static str,
}

impl City {
    fn new() -> Self {
        let mut world = World::new();
        world.unit(OTHER_STREET, 1);
        for unit in &COMMUNITIES[1..] {
            world.unit(unit, 1);
        }
        for unit in COMMUNITIES {
            world.placed(unit);
            world.unemployed(unit);
        }
        let (changes, kept) = (Changes::default(), Kept::new());
        Self { world, changes, kept, arrangement: Arrangement::default(), as_of: AS_OF }
    }

    /// Changes what stands in a space.
    fn change(&mut self, unit: &str, channel: Channel, change: impl FnOnce(&mut World)) {
        change(&mut self.world);
        self.changes.now += 1;
        self.changes.spaces.insert(Space::new(path(unit), channel), self.changes.now);
    }

    /// Evaluates with what is kept, and from nothing: both say the same.
    fn again(&mut self) -> Again {
        let (community, street) = (Standard::community(), Standard::street());
        let mut request = Request::new(path("3211"), self.as_of, vec![&community, &street]);
        request.arrangement = self.arrangement.clone();
        let mut engines = [Sqlite::of(&self.world), Sqlite::of(&self.world)];
        let again = evaluate_on(&mut engines, &request, &self.kept, &self.changes).expect("it evaluates");
        let whole = evaluate(&mut Sqlite::of(&self.world), &request).expect("it evaluates from nothing");
        assert_eq!(again.evaluation, whole);
        let bytes = again.fresh.iter().map(|(name, slice)| (name.clone(), slice.encode()));
        for (name, bytes) in bytes {
            self.kept.insert(name, KeptSlice::decode(&bytes).expect("what is kept can be read"));
        }
        again
    }

    /// The slices that are counted again.
    fn counted(&mut self) -> Vec<String> {
        self.again().fresh.into_keys().collect()
    }
}

#[test]
fn one_community_is_counted_again_with_its_streets_own_part() {
    let mut city = City::new();
    assert_eq!(city.counted().len(), 4 + 2 + 4);
    assert_eq!(city.counted(), Vec::<String>::new());
    city.change(COMMUNITY, Channel::Records, |world| {
        world.unemployed(COMMUNITY);
    });
    let again = city.again();
    assert_eq!(again.reused, 7);
    let counted: Vec<&str> = again.fresh.keys().map(String::as_str).collect();
    let (own, member) = (format!("street {STREET} "), format!("street {STREET} {COMMUNITY}"));
    assert_eq!(counted, [&*format!("community {COMMUNITY} "), &*own, &*member]);
}

#[test]
fn a_disproof_of_the_street_reaches_all_its_members_and_a_notice_all_below() {
    let mut city = City::new();
    let placed = city.world.placed(COMMUNITY);
    city.again();
    city.change(STREET, Channel::Oversight, |world| {
        world.disproof(STREET, &placed.doc, "S10", &[]);
    });
    assert_eq!(city.counted().len(), 5, "the street with its communities");
    city.change("3211/02", Channel::Notices, |world| {
        world.vacancy("3211/02", "notices", "2026-01-01", "2026-12-31");
    });
    assert_eq!(city.counted().len(), 10);
    city.change("3211/02", Channel::Oversight, |_| {});
    assert_eq!(city.counted(), Vec::<String>::new(), "nobody below reads it");
}

#[test]
fn somebody_known_to_two_members_is_counted_once_from_the_day_that_shows_it() {
    let mut city = City::new();
    let here = city.world.placed(COMMUNITY);
    let there = city.world.unemployed(THIRD);
    city.again();
    city.change(THIRD, Channel::Records, |world| {
        world.remove("person", &there.doc).document(THIRD, &there.doc, &here.id_no);
    });
    assert_eq!(city.counted().len(), 5, "the street and its communities");
    city.change(COMMUNITY, Channel::Records, |world| {
        world.unemployed(COMMUNITY);
    });
    city.again();
    city.change(THIRD, Channel::Oversight, |world| {
        let there = Person { id_no: here.id_no.clone(), ..there.clone() };
        world.determine(&there, COMMUNITY, "street", "2026-05-01");
    });
    city.again();
    city.change(COMMUNITY, Channel::Records, |world| {
        world.unemployed(COMMUNITY);
    });
    assert_eq!(city.counted().len(), 3, "nobody is known to two any more");
}

#[test]
fn a_unit_that_moves_and_another_day_are_counted_again() {
    let mut city = City::new();
    city.again();
    let moved = Move { unit: path(THIRD), now: path("3211/02/002/003") };
    city.arrangement = Arrangement::new([moved]).expect("it may move");
    assert!(city.counted().len() >= 6, "both streets");
    city.arrangement = Arrangement::default();
    city.again();
    city.as_of = "2026-09-30";
    assert_eq!(city.counted().len(), 10);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn after_any_changes_the_bytes_are_those_from_nothing(
        changes in prop::collection::vec((0..8_u8, 0..COMMUNITIES.len()), 2..5)
    ) {
        let mut city = City::new();
        let known: BTreeMap<&str, _> = COMMUNITIES.map(|unit| (unit, city.world.placed(unit))).into();
        city.again();
        for (what, at) in changes {
            let unit = COMMUNITIES[at];
            let street = &unit[..STREET.len()];
            let person = &known[unit];
            match what {
                0 => city.change(unit, Channel::Records, |world| { world.unemployed(unit); }),
                1 => city.change(unit, Channel::Records, |world| { world.visit(person, "2026-10-20"); }),
                2 => city.change(unit, Channel::Oversight, |world| { world.disproof(unit, &person.doc, "", &[]); }),
                3 => city.change(street, Channel::Records, |world| {
                    world.posting(street, "policy", "2026-03-01").staff(street, "2024-01-01", "", "2027-12-31");
                }),
                4 => city.change("3211", Channel::Notices, |world| {
                    world.vacancy("3211", "notices", "2026-02-01", "2026-12-31");
                }),
                5 => city.change(unit, Channel::Oversight, |world| { world.sampled(unit, "S06", 3, 5); }),
                6 => city.change(unit, Channel::Oversight, |world| {
                    world.determine(person, STREET, "city", "2026-05-01");
                }),
                _ => city.change(unit, Channel::Records, |world| {
                    let doc = world.next_doc();
                    world.document(unit, &doc, &known[COMMUNITY].id_no);
                }),
            }
            city.again();
        }
    }
}
