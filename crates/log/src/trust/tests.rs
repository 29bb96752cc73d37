//! What trust promises: who counts is decided by the set of facts, from the root downwards.

mod endless;
mod moves;
mod order;
mod revocation;
mod root;

use linli_wire::{Channel, DeviceKey, Digest, EntryHash, LogId, RealmId, TimeMs, limits::GRANT_DEPTH_MAX};

use super::*;
use crate::{
    fact::{HeldState, LogHeads, ReceiptState},
    fixture::{secret, space, unit},
    rights::Rights,
};

const CITY: &str = "3211";
const DISTRICT: &str = "3211/02";
const STREET: &str = "3211/02/001";
const COMMUNITY: &str = "3211/02/001/001";

fn device(seed: u8) -> DeviceKey {
    secret(seed).device()
}

fn hash(log: LogId, seq: u64) -> EntryHash {
    EntryHash(Digest::of(b"test entry", &[&log.0, &seq.to_be_bytes()]).0)
}

fn at(log: LogId, seq: u64) -> Position {
    Position { log, seq, hash: hash(log, seq) }
}

fn head(log: LogId, seq: u64) -> Head {
    Head { seq, hash: hash(log, seq) }
}

/// A realm in the making: logs and what stands in them.
#[derive(Clone, Default)]
struct World {
    origins: BTreeMap<LogId, LogOrigin>,
    facts: Vec<Fact>,
    next_seq: BTreeMap<LogId, u64>,
}

/// A device that acts under a grant.
#[derive(Clone, Copy)]
struct Hub {
    grant: EntryHash,
    notices: LogId,
}

impl World {
    /// A realm whose root key is that of seed 0 and whose next one is that of seed 200.
    fn new() -> (Self, LogId) {
        let mut world = Self::default();
        let root = Root { next_root: Rotate::announcement(device(200)), suite: 1 };
        let log = world.log_with(0, CITY, Channel::Notices, None, Some(root));
        (world, log)
    }

    fn realm() -> RealmId {
        let (world, log) = Self::new();
        assert_eq!(world.origins.len(), 1);
        RealmId::from(log)
    }

    fn log_with(
        &mut self,
        seed: u8,
        path: &str,
        channel: Channel,
        grant: Option<EntryHash>,
        root: Option<Root>,
    ) -> LogId {
        let grant_bytes = grant.map_or([0; 32], |g| g.0);
        let nth = (self.origins.len() as u64).to_be_bytes();
        let id =
            LogId(Digest::of(b"test log", &[&[seed, channel.code()], path.as_bytes(), &grant_bytes, &nth]).0);
        self.origins.insert(id, LogOrigin { device: device(seed), space: space(path, channel), grant, root });
        id
    }

    fn log(&mut self, seed: u8, path: &str, channel: Channel, grant: EntryHash) -> LogId {
        self.log_with(seed, path, channel, Some(grant), None)
    }

    fn fact(&mut self, log: LogId, body: FactBody) -> Position {
        let seq = self.next_seq.entry(log).or_insert(1);
        let at = at(log, *seq);
        *seq += 1;
        self.facts.push(Fact { at, time: TimeMs(1000), body });
        at
    }

    fn grant_with(
        &mut self,
        log: LogId,
        seed: u8,
        path: &str,
        rights: Rights,
        not_after: Option<TimeMs>,
    ) -> EntryHash {
        let grant = Grant {
            device: device(seed),
            recipient: [seed; 32],
            unit: unit(path),
            rights,
            not_after,
            label: String::new(),
        };
        self.fact(log, FactBody::Grant(grant)).hash
    }

    fn grant(&mut self, log: LogId, seed: u8, path: &str, rights: Rights) -> EntryHash {
        self.grant_with(log, seed, path, rights, None)
    }

    fn hub(&mut self, issuer: LogId, seed: u8, path: &str) -> Hub {
        let grant = self.grant(issuer, seed, path, Rights::hub());
        Hub { grant, notices: self.log(seed, path, Channel::Notices, grant) }
    }

    fn revoke(&mut self, log: LogId, seed: u8, cut: &[(LogId, u64)]) -> Position {
        let cut =
            cut.iter().map(|(log, seq)| LogHeads { log: *log, heads: vec![head(*log, *seq)] }).collect();
        let revoke = Revoke { device: device(seed), cut, since_compromise: false, reason: String::new() };
        self.fact(log, FactBody::Revoke(revoke))
    }

    fn receipt(&mut self, log: LogId, time: i64, of: LogId, seq: u64) {
        let heads = LogHeads { log: of, heads: vec![head(of, seq)] };
        let logs = vec![ReceiptState { heads, state: HeldState::Held }];
        self.fact(log, FactBody::Receipt(Receipt { logs, heartbeat: None }));
        self.facts.last_mut().expect("one was just pushed").time = TimeMs(time);
    }

    fn trust(&self) -> Trust {
        Trust::build(Self::realm(), self.origins.clone(), &self.facts, &Linear)
    }

    fn verdict(&self, log: LogId, seq: u64, kind: Kind) -> Verdict {
        self.trust().authorise(&at(log, seq), kind, &[1], &Linear)
    }
}

/// Root → city → district → street → community, each hub granted by the one above.
struct Chain {
    world: World,
    root: LogId,
    city: Hub,
    district: Hub,
    street: Hub,
    /// The clerk's records of the community.
    records: LogId,
    clerk_grant: EntryHash,
}

fn chain() -> Chain {
    let (mut world, root) = World::new();
    let city = world.hub(root, 1, CITY);
    let district = world.hub(city.notices, 2, DISTRICT);
    let street = world.hub(district.notices, 3, STREET);
    let clerk_grant = world.grant(street.notices, 4, COMMUNITY, Rights::clerk());
    let records = world.log(4, COMMUNITY, Channel::Records, clerk_grant);
    Chain { world, root, city, district, street, records, clerk_grant }
}

fn refused(refusal: Refusal) -> Verdict {
    Verdict::Refused(refusal)
}

#[test]
fn a_clerk_four_grants_from_the_root_may_write_the_communitys_records() {
    let chain = chain();
    let trust = chain.world.trust();
    assert_eq!(chain.world.verdict(chain.records, 1, Kind::Changes), Verdict::Authorised);
    assert_eq!(trust.grant(&chain.clerk_grant).map(|a| a.depth), Some(4));
    assert_eq!(trust.grant(&chain.clerk_grant).and_then(|a| a.issuer), Some(chain.street.grant));
    assert_eq!(trust.grant(&chain.city.grant).map(|a| (a.depth, a.issuer)), Some((1, None)));
    assert_eq!(trust.writer_unit(&chain.records), Some(&unit(COMMUNITY)));
    assert_eq!(trust.writer_unit(&chain.root), Some(&unit(CITY)));
    assert_eq!(trust.grants().count(), 4);
    assert_eq!(trust.grants_of(device(4)).count(), 1);
}

#[test]
fn the_channels_are_written_by_whom_the_rule_says() {
    let mut chain = chain();
    let wrong_space = |path: &str, at: &str, channel| {
        refused(Refusal::WrongSpace { unit: unit(path), space: space(at, channel) })
    };
    let cases = [
        (3, STREET, STREET, Channel::Records, Verdict::Authorised),
        (3, STREET, COMMUNITY, Channel::Records, wrong_space(STREET, COMMUNITY, Channel::Records)),
        (3, STREET, COMMUNITY, Channel::Oversight, Verdict::Authorised),
        (3, STREET, STREET, Channel::Oversight, wrong_space(STREET, STREET, Channel::Oversight)),
        (3, STREET, DISTRICT, Channel::Oversight, wrong_space(STREET, DISTRICT, Channel::Oversight)),
        (
            3,
            STREET,
            "3211/02/002/001",
            Channel::Oversight,
            wrong_space(STREET, "3211/02/002/001", Channel::Oversight),
        ),
        (3, STREET, COMMUNITY, Channel::Notices, wrong_space(STREET, COMMUNITY, Channel::Notices)),
        (4, COMMUNITY, COMMUNITY, Channel::Notices, Verdict::Authorised),
        (4, COMMUNITY, COMMUNITY, Channel::Oversight, wrong_space(COMMUNITY, COMMUNITY, Channel::Oversight)),
        (
            4,
            COMMUNITY,
            "3211/02/001/002",
            Channel::Records,
            wrong_space(COMMUNITY, "3211/02/001/002", Channel::Records),
        ),
    ];
    for (seed, of, path, channel, expected) in cases {
        let grant = if seed == 3 { chain.street.grant } else { chain.clerk_grant };
        let log = chain.world.log(seed, path, channel, grant);
        assert_eq!(chain.world.verdict(log, 1, Kind::Changes), expected, "{of} in {path}:{channel:?}");
    }
}

#[test]
fn each_kind_takes_its_right_in_its_channel() {
    let all = [
        (Kind::Changes, Channel::Records, Right::Records),
        (Kind::Changes, Channel::Notices, Right::Notices),
        (Kind::Changes, Channel::Oversight, Right::Oversight),
        (Kind::Grant, Channel::Notices, Right::Issue),
        (Kind::Revoke, Channel::Notices, Right::Revoke),
        (Kind::Receipt, Channel::Oversight, Right::Receipt),
        (Kind::Erase, Channel::Records, Right::Erase),
        (Kind::Erase, Channel::Oversight, Right::Erase),
    ];
    for (kind, channel, right) in all {
        for granted in [true, false] {
            let (mut world, root) = World::new();
            let rights = if granted {
                Rights::of(&[right])
            } else {
                Rights::from_bits(Rights::all().bits() & !Rights::of(&[right]).bits())
            };
            let grant = world.grant(root, 5, STREET, rights);
            let path = if channel == Channel::Oversight { COMMUNITY } else { STREET };
            let log = world.log(5, path, channel, grant);
            let expected = if granted { Verdict::Authorised } else { refused(Refusal::MissingRight(right)) };
            assert_eq!(world.verdict(log, 1, kind), expected, "{kind:?} in {channel:?}, granted {granted}");
            for free in [Kind::Genesis, Kind::Access, Kind::Checkpoint, Kind::Unknown(50)] {
                assert_eq!(world.verdict(log, 1, free), Verdict::Authorised);
            }
        }
    }
}

#[test]
fn a_kind_out_of_its_channel_is_refused() {
    let mut chain = chain();
    for (kind, path, channel) in [
        (Kind::Grant, STREET, Channel::Records),
        (Kind::Grant, COMMUNITY, Channel::Oversight),
        (Kind::Revoke, STREET, Channel::Records),
        (Kind::Receipt, STREET, Channel::Notices),
        (Kind::Rotate, STREET, Channel::Notices),
        (Kind::Alias, STREET, Channel::Notices),
    ] {
        let log = chain.world.log(3, path, channel, chain.street.grant);
        let expected = refused(Refusal::WrongKind { kind, space: space(path, channel) });
        assert_eq!(chain.world.verdict(log, 1, kind), expected);
    }
    let expected = refused(Refusal::WrongKind { kind: Kind::Receipt, space: space(CITY, Channel::Notices) });
    assert_eq!(chain.world.verdict(chain.root, 50, Kind::Receipt), expected);
}

#[test]
fn publishing_a_standard_takes_a_right_of_its_own() {
    let (mut world, root) = World::new();
    let may_publish = world.grant(root, 5, CITY, Rights::of(&[Right::Publish]));
    let may_write = world.grant(root, 6, CITY, Rights::of(&[Right::Notices]));
    let publisher = world.log(5, CITY, Channel::Notices, may_publish);
    let clerk = world.log(6, CITY, Channel::Notices, may_write);
    let trust = world.trust();
    let verdict = |log, documents: &[u64]| trust.authorise(&at(log, 1), Kind::Changes, documents, &Linear);
    assert_eq!(verdict(publisher, &[STANDARD_DOCUMENT_KIND]), Verdict::Authorised);
    assert_eq!(verdict(publisher, &[1]), refused(Refusal::MissingRight(Right::Notices)));
    assert_eq!(verdict(clerk, &[1]), Verdict::Authorised);
    assert_eq!(verdict(clerk, &[1, STANDARD_DOCUMENT_KIND]), refused(Refusal::MissingRight(Right::Publish)));
}

#[test]
fn a_grant_is_for_one_device() {
    let mut chain = chain();
    let stolen = chain.world.log(9, COMMUNITY, Channel::Records, chain.clerk_grant);
    let expected = refused(Refusal::WrongDevice { granted: device(4), writer: device(9) });
    assert_eq!(chain.world.verdict(stolen, 1, Kind::Changes), expected);
}

#[test]
fn a_log_without_a_grant_or_unknown_has_no_say() {
    let mut chain = chain();
    let log = chain.world.log_with(9, COMMUNITY, Channel::Records, None, None);
    assert_eq!(chain.world.verdict(log, 1, Kind::Changes), refused(Refusal::NoGrant));
    assert_eq!(chain.world.verdict(LogId([77; 32]), 1, Kind::Changes), refused(Refusal::NoGrant));
}

#[test]
fn what_waits_for_its_grant_is_pending_until_the_grant_comes() {
    let mut chain = chain();
    let missing =
        chain.world.facts.iter().position(|f| f.at.hash == chain.street.grant).expect("it is a fact");
    let fact = chain.world.facts.remove(missing);
    assert_eq!(
        chain.world.verdict(chain.street.notices, 1, Kind::Grant),
        Verdict::Pending(chain.street.grant)
    );
    assert_eq!(chain.world.verdict(chain.records, 1, Kind::Changes), Verdict::Pending(chain.clerk_grant));
    chain.world.facts.push(fact);
    assert_eq!(chain.world.verdict(chain.records, 1, Kind::Changes), Verdict::Authorised);
}

#[test]
fn a_grant_gives_less_than_its_issuer_has() {
    let issuers = Rights::of(&[Right::Issue, Right::Records, Right::Notices]);
    let clerk = Rights::clerk();
    let in_time = Some(TimeMs(5000));
    let cases = [
        ("below", COMMUNITY, clerk, in_time, None),
        ("the same unit", STREET, clerk, in_time, None),
        ("may issue, strictly below", COMMUNITY, issuers, in_time, None),
        ("ends earlier", COMMUNITY, clerk, Some(TimeMs(4999)), None),
        ("another street", "3211/02/002", clerk, in_time, Some("3211/02/002 is not below 3211/02/001")),
        ("above", DISTRICT, clerk, in_time, Some("3211/02 is not below 3211/02/001")),
        ("more rights", COMMUNITY, Rights::hub(), in_time, Some("is more than")),
        ("an unknown right", COMMUNITY, Rights::from_bits(1 << 40), in_time, Some("is more than")),
        ("may issue for its own unit", STREET, issuers, in_time, Some("strictly below")),
        ("ends later", COMMUNITY, clerk, Some(TimeMs(5001)), Some("outlives")),
        ("never ends", COMMUNITY, clerk, None, Some("outlives")),
    ];
    for (what, path, rights, not_after, why) in cases {
        let (mut world, root) = World::new();
        let issuer = world.grant_with(root, 5, STREET, issuers, in_time);
        let notices = world.log(5, STREET, Channel::Notices, issuer);
        let grant = world.grant_with(notices, 6, path, rights, not_after);
        let trust = world.trust();
        match why {
            None => assert!(trust.grant(&grant).is_some(), "{what}: {:?}", trust.refused_grant(&grant)),
            Some(why) => {
                let refusal = trust.refused_grant(&grant).expect(what).to_string();
                assert!(refusal.contains(why), "{what}: {refusal}");
                let log = world.log(6, path, Channel::Records, grant);
                let verdict = world.verdict(log, 1, Kind::Changes);
                assert!(matches!(verdict, Verdict::Refused(Refusal::GrantRefused(_))), "{what}: {verdict:?}");
            }
        }
    }
}

#[test]
fn the_root_grants_within_its_city_to_keys_that_may_be_used() {
    let (mut world, root) = World::new();
    let elsewhere = world.grant(root, 5, "3210/02", Rights::clerk());
    let weak = world.grant(root, 6, CITY, Rights::clerk());
    let FactBody::Grant(grant) = &mut world.facts.last_mut().expect("it was granted").body else {
        unreachable!("it is a grant")
    };
    grant.device = DeviceKey([0; 32]);
    let trust = world.trust();
    assert!(trust.refused_grant(&elsewhere).expect("refused").to_string().contains("not in this realm"));
    assert!(trust.refused_grant(&weak).expect("refused").to_string().contains("Ed25519"));
}

#[test]
fn the_tree_of_units_bounds_the_depth_of_grants() {
    // Whoever may issue stands strictly lower each time: four levels and a clerk are the deepest.
    let mut chain = chain();
    let community = chain.world.hub(chain.street.notices, 5, COMMUNITY);
    let clerk = chain.world.grant(community.notices, 6, COMMUNITY, Rights::clerk());
    let trust = chain.world.trust();
    assert_eq!(trust.grant(&clerk).map(|a| a.depth), Some(5));
    assert!(trust.grants().all(|(_, a)| a.depth <= GRANT_DEPTH_MAX));
}

#[test]
fn what_a_refused_issuer_granted_is_refused_all_the_way_down() {
    let (mut world, root) = World::new();
    let city = world.hub(root, 1, CITY);
    let clerk = world.grant(city.notices, 2, DISTRICT, Rights::clerk());
    let notices = world.log(2, DISTRICT, Channel::Notices, clerk);
    // A clerk may not issue, so this street hub and everything that it grants are nothing.
    let street = world.hub(notices, 3, STREET);
    let below = world.hub(street.notices, 4, COMMUNITY);
    let records = world.log(4, COMMUNITY, Channel::Records, below.grant);
    let trust = world.trust();
    assert_eq!(trust.refused_grant(&street.grant), Some(&Refusal::MissingRight(Right::Issue)));
    assert!(matches!(trust.refused_grant(&below.grant), Some(Refusal::GrantRefused(_))));
    assert!(matches!(world.verdict(records, 1, Kind::Changes), Verdict::Refused(Refusal::GrantRefused(_))));
}
