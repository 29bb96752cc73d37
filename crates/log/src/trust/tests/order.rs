//! The outcome depends on the set of facts, not on the order in which they came.

use proptest::prelude::*;

use super::*;

/// A realm in which everything happens: several hubs and clerks, revocations, receipts, a rotation.
fn busy() -> World {
    let mut chain = chain();
    let world = &mut chain.world;
    let records = world.log(4, COMMUNITY, Channel::Oversight, chain.clerk_grant);
    let oversight = world.log(3, COMMUNITY, Channel::Oversight, chain.street.grant);
    for seed in 10..20 {
        let ends = (seed % 3 == 0).then_some(TimeMs(5000));
        let grant = world.grant_with(chain.street.notices, seed, COMMUNITY, Rights::clerk(), ends);
        let log = world.log(seed, COMMUNITY, Channel::Records, grant);
        world.receipt(oversight, 4000 + 200 * i64::from(seed), log, u64::from(seed));
        world.receipt(oversight, 3000 + 200 * i64::from(seed), log, u64::from(seed) / 2);
        if seed % 4 == 0 {
            world.revoke(chain.street.notices, seed, &[(log, 3)]);
            world.revoke(chain.district.notices, seed, &[(log, 5)]);
        }
    }
    let cut = world.next_seq[&chain.street.notices];
    world.grant(chain.street.notices, 30, COMMUNITY, Rights::hub());
    let below = world.hub(chain.street.notices, 31, COMMUNITY);
    world.grant(below.notices, 32, COMMUNITY, Rights::clerk());
    world.revoke(chain.district.notices, 3, &[(chain.street.notices, cut), (oversight, 9)]);
    world.revoke(chain.city.notices, 4, &[(records, 2)]);
    let other = world.hub(chain.district.notices, 33, "3211/02/002");
    let moved = crate::fact::Alias { unit: unit(COMMUNITY), now: unit("3211/02/002/004"), from_day: 0 };
    world.fact(chain.root, FactBody::Alias(moved));
    world.log(33, COMMUNITY, Channel::Oversight, other.grant);
    let district = world.log(2, COMMUNITY, Channel::Oversight, chain.district.grant);
    world.receipt(district, 900, records, 4);
    world.receipt(district, 950, oversight, 7);
    let rotate = Rotate { new_root: device(200), next_root: Rotate::announcement(device(201)) };
    let rotation = world.fact(chain.root, FactBody::Rotate(rotate));
    world.grant(chain.root, 40, CITY, Rights::hub());
    let new_root = world.log(200, CITY, Channel::Notices, rotation.hash);
    world.hub(new_root, 41, "3211/11");
    chain.world
}

fn outcome(world: &World) -> String {
    let trust = world.trust();
    let mut all = Vec::new();
    for log in world.origins.keys() {
        for seq in 0..25 {
            for kind in [Kind::Changes, Kind::Grant] {
                all.push(format!("{:?}", trust.authorise(&at(*log, seq), kind, &[1], &Linear)));
            }
        }
    }
    format!("{:?} {all:?}", trust.grants().collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn the_order_of_facts_makes_no_difference(facts in Just(busy().facts).prop_shuffle()) {
        let world = busy();
        let shuffled = World { facts, ..world.clone() };
        prop_assert_eq!(outcome(&shuffled), outcome(&world));
    }

    #[test]
    fn facts_that_come_twice_make_no_difference(again in any::<prop::sample::Index>()) {
        let world = busy();
        let mut twice = world.clone();
        twice.facts.push(world.facts[again.index(world.facts.len())].clone());
        prop_assert_eq!(outcome(&twice), outcome(&world));
    }
}

#[test]
fn thousands_of_grants_are_settled_in_one_go() {
    let mut chain = chain();
    let mut logs = Vec::new();
    for n in 0..5000_u32 {
        let grant = chain.world.grant(chain.street.notices, (n % 50) as u8 + 50, COMMUNITY, Rights::clerk());
        logs.push(chain.world.log((n % 50) as u8 + 50, COMMUNITY, Channel::Records, grant));
    }
    let trust = chain.world.trust();
    for (n, log) in logs.iter().enumerate() {
        for seq in 0..10 {
            let verdict = trust.authorise(&at(*log, seq), Kind::Changes, &[1], &Linear);
            assert_eq!(verdict, Verdict::Authorised, "log {n}");
        }
    }
}
