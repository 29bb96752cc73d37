//! What an honest hub makes is believed.

use linli_eval::{Outcome, Standard, State};
use linli_wire::{Channel, RealmId, TimeMs};

use super::{
    forgery::Forgery,
    world::{
        AS_OF, CITY, COMMUNITY, DISTRICT, NEIGHBOUR, NOW, STREET, World, both_standards, snapshot, space,
        unit,
    },
};
use crate::{CreateOptions, MAGIC, SnapshotError, create, scorecards, show, verify};

#[test]
fn a_snapshot_is_verified_with_nothing_but_itself_and_the_realm_id() {
    let mut world = World::new(3);
    let bytes = world.snapshot(CITY, &both_standards());
    let verified = verify(&bytes, world.realm).expect("an honest snapshot verifies");
    assert_eq!((verified.unit, verified.as_of.as_str()), (unit(CITY), AS_OF));
    assert_eq!(verified.signer.label, "the city's hub");
    assert_eq!((verified.people, verified.documents), (3, 10));
    assert_eq!((verified.logs, verified.devices), (4, 4));
    assert_eq!(verified.entries, 4 + 3 + 1 + 3);
    assert!(verified.left_out.is_empty());
    let cards: Vec<_> = verified
        .scorecards
        .iter()
        .map(|card| (card.unit.as_str(), card.standard.as_str(), card.equal))
        .collect();
    assert_eq!(cards, [(STREET, "street", true), (COMMUNITY, "community", true)]);
    assert!(verified.scorecards.iter().all(|card| card.outcome != Outcome::NoRecords));
}

#[test]
fn every_hub_above_a_unit_can_make_its_snapshot() {
    let mut world = World::new(2);
    let standards = both_standards();
    for path in [CITY, DISTRICT, STREET, COMMUNITY] {
        let bytes = world.snapshot(path, &standards);
        let verified = verify(&bytes, world.realm).expect("an honest snapshot verifies");
        assert_eq!((verified.unit, verified.people), (unit(path), 2));
        assert_eq!(verified.signer.unit, unit(CITY));
    }
    let (bytes, _) = snapshot(&mut world.street, COMMUNITY, NOW, &standards).expect("the street is a hub");
    let verified = verify(&bytes, world.realm).expect("an honest snapshot verifies");
    assert_eq!(verified.signer.label, "the street's hub");
    assert!(matches!(
        snapshot(&mut world.street, CITY, NOW, &standards),
        Err(SnapshotError::MayNotSign { .. })
    ));
    assert!(matches!(
        snapshot(&mut world.clerk, COMMUNITY, NOW, &standards),
        Err(SnapshotError::MayNotSign { .. })
    ));
}

#[test]
fn two_snapshots_of_one_state_differ_in_nothing_but_their_time() {
    let mut world = World::new(2);
    let standards = both_standards();
    let first = world.snapshot(CITY, &standards);
    assert_eq!(first, world.snapshot(CITY, &standards));
    let (later, _) = snapshot(&mut world.city, CITY, NOW + 1, &standards).expect("the hub makes a snapshot");
    assert_ne!(first, later);
    let (one, mut other) = (show(&first).expect("it parses"), show(&later).expect("it parses"));
    other.made_at = one.made_at;
    assert_eq!(one, other);
    let head = MAGIC.len() + 4 + one.encode().len() + 64;
    assert_eq!(first[head..], later[head..]);
}

#[test]
fn the_manifest_is_shown_without_being_believed() {
    let mut world = World::new(1);
    let (bytes, summary) = snapshot(&mut world.city, STREET, NOW, &[]).expect("the hub makes a snapshot");
    let manifest = show(&bytes).expect("it parses");
    assert_eq!((manifest.realm, manifest.unit), (world.realm, unit(STREET)));
    assert_eq!(summary.bytes, bytes.len() as u64);
    let spaces: Vec<_> = manifest.frontier.keys().cloned().collect();
    let expected =
        [space(CITY, Channel::Notices), space(STREET, Channel::Notices), space(COMMUNITY, Channel::Records)];
    assert_eq!(spaces, expected);
}

#[test]
fn what_has_no_effect_is_listed_with_its_reason() {
    let mut world = World::new(1);
    world.overstep();
    let bytes = world.snapshot(CITY, &both_standards());
    let verified = verify(&bytes, world.realm).expect("an honest snapshot verifies");
    assert_eq!(verified.left_out_counts().into_iter().collect::<Vec<_>>(), [("refused", 2)]);
    let list = crate::left_out::decode(Forgery::of(&bytes).section("left_out")).expect("the list reads");
    assert_eq!(list, verified.left_out);
    assert!(list.iter().all(|entry| entry.reason.as_ref().is_some_and(|why| why.contains("oversight"))));
}

#[test]
fn a_part_of_what_is_held_is_scored_by_that_part_alone() {
    let mut world = World::new(2);
    world.register_dwelling(NEIGHBOUR);
    // Its own records and oversight are all that a community's score follows from, whoever computes it.
    let score = |world: &mut World, registers: [u64; 3]| {
        let mut cards = Vec::new();
        for (path, expected) in [CITY, STREET, COMMUNITY].into_iter().zip(registers) {
            let bytes = world.snapshot(path, &both_standards());
            let verified = verify(&bytes, world.realm).expect("an honest snapshot verifies");
            let table = verified.tables.iter().find(|table| table.name == "dwelling");
            assert_eq!(table.map(|table| table.rows), Some(expected), "{path}");
            let section = Forgery::of(&bytes).section("scorecards").to_owned();
            let found = scorecards::decode(&section).expect("the scorecards read");
            cards.extend(found.into_iter().filter(|card| card.standard == "community"));
        }
        assert_eq!(cards.len(), 3);
        assert!(cards.iter().all(|card| *card == cards[0]));
        cards[0].item("C05").expect("the standard has the item").state
    };
    assert_eq!(score(&mut world, [1, 1, 0]), State::Pending, "the neighbour's register is none of it");
    world.register_dwelling(COMMUNITY);
    assert_eq!(score(&mut world, [2, 2, 1]), State::Scored);
}

#[test]
fn what_cannot_be_made_says_why() {
    let mut world = World::new(1);
    let twice = [Standard::community(), Standard::community()];
    let made = |world: &mut World, path: &str, standards: &[Standard]| {
        snapshot(&mut world.city, path, NOW, standards).map(drop)
    };
    let error = made(&mut world, CITY, &twice).expect_err("a standard stands twice");
    assert!(matches!(&error, SnapshotError::StandardTwice(id) if id == "community"), "{error}");
    let error = made(&mut world, "3211/11", &[]).expect_err("nothing is there");
    assert!(matches!(&error, SnapshotError::NothingHeld(found) if *found == unit("3211/11")), "{error}");
    let options = CreateOptions::new(unit(CITY), "2026-10-32", TimeMs(NOW), Vec::new());
    let undated = create(&mut world.city, &options, &mut Vec::new());
    assert!(matches!(undated, Err(SnapshotError::Date(_))));
    let mut stranger = super::world::replica();
    assert!(matches!(snapshot(&mut stranger, CITY, NOW, &[]), Err(SnapshotError::NoRealm)));
    let full = create(
        &mut world.city,
        &CreateOptions::new(unit(CITY), AS_OF, TimeMs(NOW), Vec::new()),
        &mut &mut [0; 100][..],
    );
    assert!(matches!(full, Err(SnapshotError::Write(_))));
}

#[test]
fn period_standards_and_scorecards_are_named_so_that_two_people_can_compare_them() {
    let mut world = World::new(1);
    let standards = both_standards();
    let mut options = CreateOptions::new(unit(CITY), AS_OF, TimeMs(NOW), standards.iter().collect());
    options.start = Some("2025-11-01".to_owned());
    options.close = Some("2026-11-10".to_owned());
    let mut bytes = Vec::new();
    create(&mut world.city, &options, &mut bytes).expect("the hub makes a snapshot");
    let verified = verify(&bytes, world.realm).expect("an honest snapshot verifies");
    assert_eq!((&verified.start, &verified.close), (&options.start, &options.close));
    let named: Vec<_> = verified.standards.iter().map(|found| (found.version.as_str(), found.hash)).collect();
    assert_eq!(named, standards.each_ref().map(|known| (known.version.as_str(), known.hash)));
    let cards = scorecards::decode(Forgery::of(&bytes).section("scorecards")).expect("the scorecards read");
    let digests: Vec<_> = cards.iter().map(linli_eval::Scorecard::digest).collect();
    assert_eq!(verified.scorecards.iter().map(|card| card.digest).collect::<Vec<_>>(), digests);
    let by_rule = verify(&world.snapshot(CITY, &[]), world.realm).expect("an honest snapshot verifies");
    assert_eq!((by_rule.start, by_rule.close), (None, None));
}

#[test]
fn another_realm_is_said_to_be_another_realm() {
    let mut world = World::new(1);
    let bytes = world.snapshot(CITY, &[]);
    let other = RealmId([9; 32]);
    assert!(matches!(
        verify(&bytes, other),
        Err(SnapshotError::OtherRealm { found, expected }) if found == world.realm && expected == other
    ));
}
