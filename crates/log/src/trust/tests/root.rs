//! The root of a realm and its rotation.

use super::*;

/// The root rotates to the key of seed 200, whose successor is that of seed 201.
fn rotate(world: &mut World, log: LogId, to: u8, next: u8) -> Position {
    let rotate = Rotate { new_root: device(to), next_root: Rotate::announcement(device(next)) };
    world.fact(log, FactBody::Rotate(rotate))
}

#[test]
fn in_another_realm_nobody_counts() {
    let chain = chain();
    let trust = Trust::build(RealmId([9; 32]), chain.world.origins.clone(), &chain.world.facts, &Linear);
    let verdict = |log| trust.authorise(&at(log, 1), Kind::Changes, &[1], &Linear);
    assert_eq!(verdict(chain.root), refused(Refusal::ForeignRealm));
    assert_ne!(verdict(chain.records), Verdict::Authorised);
    assert_eq!(trust.grants().count(), 0);
}

#[test]
fn a_second_realm_log_by_the_same_key_is_another_realm() {
    let mut chain = chain();
    let root = Root { next_root: Digest([0; 32]), suite: 1 };
    let second = chain.world.log_with(0, CITY, Channel::Notices, None, Some(root));
    let stranger = chain.world.log_with(9, CITY, Channel::Notices, None, Some(root));
    chain.world.revoke(second, 4, &[]);
    for log in [second, stranger] {
        assert_eq!(chain.world.verdict(log, 1, Kind::Grant), refused(Refusal::ForeignRealm));
    }
    assert_eq!(chain.world.verdict(chain.records, 1, Kind::Changes), Verdict::Authorised);
}

#[test]
fn the_announced_key_takes_over_and_the_old_ones_later_word_does_not_count() {
    let mut chain = chain();
    let at = rotate(&mut chain.world, chain.root, 200, 201);
    let late = chain.world.grant(chain.root, 30, CITY, Rights::hub());
    let new_root = chain.world.log(200, CITY, Channel::Notices, at.hash);
    let fresh = chain.world.grant(new_root, 31, CITY, Rights::hub());
    let trust = chain.world.trust();
    assert!(trust.grant(&chain.city.grant).is_some(), "what the old root granted before stands");
    assert!(trust.grant(&fresh).is_some());
    assert_eq!(trust.refused_grant(&late), Some(&Refusal::Revoked(device(0))));
    assert_eq!(chain.world.verdict(chain.records, 1, Kind::Changes), Verdict::Authorised);
    assert_eq!(chain.world.verdict(chain.root, at.seq, Kind::Rotate), Verdict::Authorised);
    assert_eq!(
        chain.world.verdict(chain.root, at.seq + 1, Kind::Grant),
        refused(Refusal::Revoked(device(0)))
    );
    assert_eq!(trust.writer_unit(&new_root), Some(&unit(CITY)));
    // And once more.
    let again = rotate(&mut chain.world, new_root, 201, 202);
    let third = chain.world.log(201, CITY, Channel::Notices, again.hash);
    let last = chain.world.grant(third, 32, CITY, Rights::hub());
    let late = chain.world.grant(new_root, 33, CITY, Rights::hub());
    let trust = chain.world.trust();
    assert!(trust.grant(&last).is_some() && trust.grant(&fresh).is_some());
    assert!(trust.grant(&late).is_none());
}

#[test]
fn a_new_root_may_begin_more_than_one_log() {
    let mut chain = chain();
    let at = rotate(&mut chain.world, chain.root, 200, 201);
    let logs = [(); 2].map(|()| chain.world.log(200, CITY, Channel::Notices, at.hash));
    let grants = logs.map(|log| chain.world.grant(log, 31, CITY, Rights::hub()));
    let trust = chain.world.trust();
    assert!(grants.iter().all(|grant| trust.grant(grant).is_some()));
}

#[test]
fn a_key_that_was_not_announced_does_not_take_over() {
    let mut chain = chain();
    let wrong = rotate(&mut chain.world, chain.root, 99, 201);
    let usurper = chain.world.log(99, CITY, Channel::Notices, wrong.hash);
    let grant = chain.world.grant(usurper, 30, CITY, Rights::hub());
    let later = chain.world.grant(chain.root, 31, CITY, Rights::hub());
    let trust = chain.world.trust();
    let expected = Refusal::GrantRefused(Box::new(Refusal::WrongRoot));
    assert_eq!(chain.world.verdict(usurper, 1, Kind::Grant), refused(expected));
    assert!(trust.grant(&grant).is_none());
    assert!(trust.grant(&later).is_some(), "the old root still stands");
    // A mistaken rotation does not stand in the way of the right one.
    let right = rotate(&mut chain.world, chain.root, 200, 201);
    let new_root = chain.world.log(200, CITY, Channel::Notices, right.hash);
    let grant = chain.world.grant(new_root, 32, CITY, Rights::hub());
    assert!(chain.world.trust().grant(&grant).is_some());
}

#[test]
fn a_log_on_a_rotation_is_the_new_keys_in_the_citys_notices() {
    let mut chain = chain();
    let at = rotate(&mut chain.world, chain.root, 200, 201);
    for (seed, path, channel) in
        [(5, CITY, Channel::Notices), (200, DISTRICT, Channel::Notices), (200, CITY, Channel::Records)]
    {
        let log = chain.world.log(seed, path, channel, at.hash);
        assert_eq!(
            chain.world.verdict(log, 1, Kind::Grant),
            refused(Refusal::ForeignRealm),
            "{path}:{channel:?}"
        );
    }
}

#[test]
fn an_old_key_cannot_rotate_anew_what_the_new_key_has_confirmed() {
    let mut chain = chain();
    let at = rotate(&mut chain.world, chain.root, 200, 201);
    let new_root = chain.world.log(200, CITY, Channel::Notices, at.hash);
    let fresh = chain.world.grant(new_root, 31, CITY, Rights::hub());
    // Whoever stole the old key writes another branch with an earlier rotation, to a successor of theirs.
    let mut forged = chain.world.facts.iter().find(|f| f.at == at).expect("it is a fact").clone();
    forged.at = Position { seq: 1, hash: EntryHash([0; 32]), ..at };
    let FactBody::Rotate(rotate) = &mut forged.body else { unreachable!("it is a rotation") };
    rotate.next_root = Rotate::announcement(device(99));
    chain.world.facts.insert(0, forged);
    let trust = chain.world.trust();
    assert!(trust.grant(&fresh).is_some());
    assert!(trust.grant(&chain.city.grant).is_some());
}

#[test]
fn the_roots_word_on_a_branch_beside_its_rotation_does_not_count() {
    /// The root's log has a second branch that the rotation does not stand on.
    struct Branched(Position);
    impl Ancestry for Branched {
        fn is_within(&self, at: &Position, heads: &[Head]) -> bool {
            *at != self.0 && Linear.is_within(at, heads)
        }
    }
    let mut chain = chain();
    rotate(&mut chain.world, chain.root, 200, 201);
    let grant = chain.world.grant(chain.root, 30, CITY, Rights::hub());
    let beside = chain.world.facts.last_mut().expect("it was granted");
    beside.at.seq = 1;
    let beside = beside.at;
    let trust =
        Trust::build(World::realm(), chain.world.origins.clone(), &chain.world.facts, &Branched(beside));
    assert_eq!(trust.refused_grant(&grant), Some(&Refusal::Revoked(device(0))));
}
