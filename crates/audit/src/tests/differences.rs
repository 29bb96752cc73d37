//! Two snapshots compared.

use linli_wire::Channel;

use super::{
    forgery::Forgery,
    world::{CITY, COMMUNITY, STREET, World, both_standards, space, unit},
};
use crate::{SnapshotError, diff};

#[test]
fn a_later_snapshot_adds_entries_and_changes_scorecards() {
    let mut world = World::new(2);
    let before = world.snapshot(CITY, &both_standards());
    world.household(7);
    world.telephone(0, "0511-7654321");
    world.gather();
    let after = world.snapshot(CITY, &both_standards());
    let found = diff(&before, &after).expect("both are of one realm");
    assert_eq!(found.frontiers, [unit(COMMUNITY)]);
    assert_eq!((found.entries_added, found.logs_added), (2, 0));
    assert!(found.went_backwards.is_empty());
    let cards: Vec<_> = found.scorecards.iter().map(|card| card.unit.as_str()).collect();
    assert_eq!(cards, [STREET, COMMUNITY]);
    assert_eq!(diff(&after, &after).map(|same| same.scorecards.len()).ok(), Some(0));
}

#[test]
fn a_log_that_went_backwards_is_a_finding() {
    let mut world = World::new(1);
    let before = world.snapshot(CITY, &[]);
    world.household(7);
    world.gather();
    let after = world.snapshot(CITY, &[]);
    let found = diff(&after, &before).expect("both are of one realm");
    assert_eq!(found.entries_added, 0);
    let [log] = &found.went_backwards[..] else { panic!("one log lost an entry: {found:?}") };
    assert_eq!((&log.space, log.entries_missing, log.first_seq), (&space(COMMUNITY, Channel::Records), 1, 2));
}

#[test]
fn what_only_one_of_two_cuts_carries_is_no_loss() {
    let mut world = World::new(1);
    let (city, street) = (world.snapshot(CITY, &both_standards()), world.snapshot(STREET, &both_standards()));
    let found = diff(&city, &street).expect("both are of one realm");
    assert!(found.went_backwards.is_empty() && found.frontiers.is_empty() && found.scorecards.is_empty());
}

#[test]
fn snapshots_of_two_realms_are_not_compared() {
    let (mut one, mut other) = (World::new(1), World::new(1));
    let (one, other) = (one.snapshot(CITY, &[]), other.snapshot(CITY, &[]));
    assert!(matches!(diff(&one, &other), Err(SnapshotError::OtherRealm { .. })));
    let mut damaged = one.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert!(matches!(diff(&one, &damaged), Err(SnapshotError::DamagedSection { .. })));
    assert!(Forgery::of(&one).manifest.unit == unit(CITY));
}
