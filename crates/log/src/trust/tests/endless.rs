//! Grants without end and in circles: they settle in bounded time and give nobody anything.

use std::time::Duration;

use super::*;

/// Grants of each case; in a debug build trust settles some 100,000 a second.
const GRANTS: u64 = 20_000;
const PATIENCE: Duration = Duration::from_secs(20);

/// Settles, in time.
fn settled(world: &World) -> Trust {
    let (done, waiting) = std::sync::mpsc::channel();
    let world = world.clone();
    std::thread::spawn(move || {
        // Whoever waits may have given up.
        let _ = done.send(world.trust());
    });
    waiting.recv_timeout(PATIENCE).expect("trust settles in bounded time")
}

/// What a grant's hash will be, before it is written.
fn hash_to_come(log: LogId) -> EntryHash {
    hash(log, 1)
}

#[test]
fn grants_in_a_circle_count_for_nobody() {
    for length in [1, 2, 3, 200_u8] {
        let (mut world, _) = World::new();
        // Each log stands under the grant in the next one; no honest hash could close the circle.
        let ids: Vec<LogId> = (0..length).map(|n| LogId([n + 1; 32])).collect();
        for n in 0..usize::from(length) {
            let next = ids[(n + 1) % ids.len()];
            let grant = Some(hash_to_come(next));
            let origin = LogOrigin {
                device: device(n as u8),
                space: space(STREET, Channel::Notices),
                grant,
                root: None,
            };
            world.origins.insert(ids[n], origin);
        }
        for n in 0..usize::from(length) {
            let to = (n + ids.len() - 1) % ids.len();
            world.grant(ids[n], to as u8, STREET, Rights::hub());
        }
        let trust = settled(&world);
        assert_eq!(trust.grants().count(), 0, "a circle of {length}");
        for id in ids {
            let verdict = trust.authorise(&at(id, 1), Kind::Grant, &[], &Linear);
            assert!(!matches!(verdict, Verdict::Authorised), "a circle of {length}: {verdict:?}");
        }
    }
}

#[test]
fn a_chain_of_grants_without_end_counts_as_far_as_the_tree_of_units_goes() {
    let (mut world, root) = World::new();
    let mut hub = world.hub(root, 1, CITY);
    for n in 0..GRANTS {
        let path = [DISTRICT, STREET, COMMUNITY][(n as usize).min(2)];
        hub = world.hub(hub.notices, (n % 200) as u8, path);
    }
    let trust = settled(&world);
    assert_eq!(trust.grants().count(), 4, "city, district, street, community");
    assert!(trust.grants().all(|(_, authority)| authority.depth <= GRANT_DEPTH_MAX));
}

#[test]
fn a_hub_that_grants_without_end_slows_nobody_down_for_long() {
    let mut chain = chain();
    for n in 0..GRANTS {
        chain.world.grant(chain.street.notices, (n % 200) as u8, COMMUNITY, Rights::clerk());
    }
    assert!(settled(&chain.world).grants().count() > GRANTS as usize);
}
