//! Revocation and expiry.

use super::*;

fn revoked(seed: u8) -> Verdict {
    refused(Refusal::Revoked(device(seed)))
}

#[test]
fn a_revoked_device_counts_up_to_its_cut() {
    let mut chain = chain();
    chain.world.revoke(chain.street.notices, 4, &[(chain.records, 5)]);
    for (seq, expected) in [(4, Verdict::Authorised), (5, Verdict::Authorised), (6, revoked(4))] {
        assert_eq!(chain.world.verdict(chain.records, seq, Kind::Changes), expected, "entry {seq}");
    }
    // On another branch the cut's sequence number says nothing.
    let twin = Position { hash: EntryHash([9; 32]), ..at(chain.records, 5) };
    assert_eq!(chain.world.trust().authorise(&twin, Kind::Changes, &[1], &Linear), revoked(4));
}

#[test]
fn of_a_log_that_the_cut_does_not_name_nothing_counts() {
    let mut chain = chain();
    let notices = chain.world.log(4, COMMUNITY, Channel::Notices, chain.clerk_grant);
    chain.world.revoke(chain.street.notices, 4, &[(chain.records, 5)]);
    assert_eq!(chain.world.verdict(notices, 1, Kind::Changes), revoked(4));
    assert_eq!(chain.world.verdict(chain.records, 1, Kind::Changes), Verdict::Authorised);
    let trust = chain.world.trust();
    assert!(trust.grant(&chain.clerk_grant).is_some_and(|authority| trust.is_revoked(authority)));
    assert_eq!(trust.grants_of(device(4)).count(), 0);
}

#[test]
fn a_revoked_hub_kills_what_it_granted_after_the_cut_and_not_before() {
    let mut chain = chain();
    let cut = chain.world.next_seq[&chain.street.notices] - 1;
    let late = chain.world.grant(chain.street.notices, 7, COMMUNITY, Rights::clerk());
    let late_records = chain.world.log(7, COMMUNITY, Channel::Records, late);
    assert_eq!(chain.world.verdict(late_records, 1, Kind::Changes), Verdict::Authorised);
    chain.world.revoke(chain.district.notices, 3, &[(chain.street.notices, cut)]);
    assert_eq!(chain.world.verdict(chain.records, 1, Kind::Changes), Verdict::Authorised);
    let expected = refused(Refusal::GrantRefused(Box::new(Refusal::Revoked(device(3)))));
    assert_eq!(chain.world.verdict(late_records, 1, Kind::Changes), expected);
}

#[test]
fn a_revoked_hubs_own_revocations_count_up_to_its_cut() {
    let mut chain = chain();
    let early = chain.world.grant(chain.street.notices, 7, COMMUNITY, Rights::clerk());
    let records = chain.world.log(7, COMMUNITY, Channel::Records, early);
    let cut = chain.world.revoke(chain.street.notices, 7, &[]).seq;
    chain.world.revoke(chain.street.notices, 4, &[]);
    chain.world.revoke(chain.district.notices, 3, &[(chain.street.notices, cut)]);
    assert_eq!(chain.world.verdict(records, 1, Kind::Changes), revoked(7));
    assert_eq!(chain.world.verdict(chain.records, 1, Kind::Changes), Verdict::Authorised);
}

#[test]
fn only_those_above_who_may_revoke_are_heard() {
    let mut chain = chain();
    let beside = chain.world.hub(chain.city.notices, 8, "3211/11");
    let street_clerk = chain.world.grant(chain.street.notices, 9, STREET, Rights::clerk());
    let clerks_notices = chain.world.log(9, STREET, Channel::Notices, street_clerk);
    let peer = chain.world.hub(chain.district.notices, 10, STREET);
    chain.world.revoke(beside.notices, 4, &[]);
    chain.world.revoke(clerks_notices, 4, &[]);
    chain.world.revoke(peer.notices, 3, &[]);
    chain.world.revoke(chain.street.notices, 2, &[]);
    chain.world.revoke(chain.street.notices, 3, &[]);
    assert_eq!(chain.world.verdict(chain.records, 1, Kind::Changes), Verdict::Authorised);
    assert_eq!(chain.world.verdict(chain.street.notices, 1, Kind::Grant), Verdict::Authorised);
    assert_eq!(chain.world.verdict(chain.district.notices, 1, Kind::Grant), Verdict::Authorised);
    // The other hub of the same street may revoke its clerks.
    chain.world.revoke(peer.notices, 4, &[]);
    assert_eq!(chain.world.verdict(chain.records, 1, Kind::Changes), revoked(4));
}

#[test]
fn of_several_revokers_the_one_nearest_the_root_wins() {
    let mut chain = chain();
    chain.world.revoke(chain.street.notices, 4, &[(chain.records, 3)]);
    assert_eq!(chain.world.verdict(chain.records, 5, Kind::Changes), revoked(4));
    chain.world.revoke(chain.district.notices, 4, &[(chain.records, 6)]);
    for (seq, expected) in [(5, Verdict::Authorised), (6, Verdict::Authorised), (7, revoked(4))] {
        assert_eq!(chain.world.verdict(chain.records, seq, Kind::Changes), expected, "entry {seq}");
    }
    chain.world.revoke(chain.root, 4, &[(chain.records, 2)]);
    assert_eq!(chain.world.verdict(chain.records, 3, Kind::Changes), revoked(4));
    // Two words of the same rank: only what both let stand does.
    chain.world.revoke(chain.root, 4, &[(chain.records, 1)]);
    assert_eq!(chain.world.verdict(chain.records, 2, Kind::Changes), revoked(4));
    assert_eq!(chain.world.verdict(chain.records, 1, Kind::Changes), Verdict::Authorised);
}

#[test]
fn what_was_acknowledged_before_a_revocation_stands_although_its_cut_lies_lower() {
    let mut chain = chain();
    let district = chain.world.log(2, COMMUNITY, Channel::Oversight, chain.district.grant);
    chain.world.revoke(chain.street.notices, 4, &[(chain.records, 2)]);
    chain.world.receipt(district, 1000, chain.records, 5);
    chain.world.receipt(district, 1001, chain.records, 9);
    for (seq, expected) in [(2, Verdict::Authorised), (5, Verdict::Authorised), (6, revoked(4))] {
        assert_eq!(chain.world.verdict(chain.records, seq, Kind::Changes), expected, "entry {seq}");
    }
}

#[test]
fn only_since_a_compromise_does_a_revocation_reach_below_what_was_acknowledged() {
    let mut chain = chain();
    let street = chain.world.log(3, COMMUNITY, Channel::Oversight, chain.street.grant);
    chain.world.receipt(street, 900, chain.records, 5);
    chain.world.revoke(chain.street.notices, 4, &[(chain.records, 2)]);
    let Some(FactBody::Revoke(revoke)) = chain.world.facts.last_mut().map(|fact| &mut fact.body) else {
        unreachable!("it is a revocation")
    };
    revoke.since_compromise = true;
    assert_eq!(chain.world.verdict(chain.records, 2, Kind::Changes), Verdict::Authorised);
    assert_eq!(
        chain.world.verdict(chain.records, 3, Kind::Changes),
        refused(Refusal::Compromised(device(4)))
    );
}

#[test]
fn what_a_revoked_hub_granted_stands_as_far_as_it_was_acknowledged_before() {
    let mut chain = chain();
    let oversight = chain.world.log(2, STREET, Channel::Oversight, chain.district.grant);
    let granted = chain.world.grant(chain.street.notices, 7, COMMUNITY, Rights::clerk());
    let records = chain.world.log(7, COMMUNITY, Channel::Records, granted);
    let upto = chain.world.next_seq[&chain.street.notices] - 1;
    // The city revokes the street's hub and does not know of its notices; the district did.
    chain.world.revoke(chain.city.notices, 3, &[]);
    assert!(matches!(
        chain.world.verdict(records, 1, Kind::Changes),
        Verdict::Refused(Refusal::GrantRefused(_))
    ));
    chain.world.receipt(oversight, 1000, chain.street.notices, upto);
    assert_eq!(chain.world.verdict(records, 1, Kind::Changes), Verdict::Authorised);
    // A receipt by a hub that was itself revoked before says nothing.
    chain.world.revoke(chain.root, 2, &[(chain.district.notices, 9)]);
    assert!(matches!(
        chain.world.verdict(records, 1, Kind::Changes),
        Verdict::Refused(Refusal::GrantRefused(_))
    ));
}

/// A clerk whose grant ends at 5000, and the street's oversight of the community.
fn ending() -> (Chain, LogId, LogId, LogId) {
    let mut chain = chain();
    let grant =
        chain.world.grant_with(chain.street.notices, 7, COMMUNITY, Rights::clerk(), Some(TimeMs(5000)));
    let records = chain.world.log(7, COMMUNITY, Channel::Records, grant);
    let street = chain.world.log(3, COMMUNITY, Channel::Oversight, chain.street.grant);
    let district = chain.world.log(2, COMMUNITY, Channel::Oversight, chain.district.grant);
    (chain, records, street, district)
}

#[test]
fn expiry_is_judged_by_the_earliest_receipt_of_a_hub_above() {
    let (mut chain, records, street, district) = ending();
    assert_eq!(
        chain.world.verdict(records, 9, Kind::Changes),
        Verdict::Authorised,
        "nobody has received it yet"
    );
    chain.world.receipt(street, 5000, records, 3);
    chain.world.receipt(street, 5001, records, 6);
    for (seq, expected) in [
        (3, Verdict::Authorised),
        (4, refused(Refusal::Expired)),
        (6, refused(Refusal::Expired)),
        (7, Verdict::Authorised),
    ] {
        assert_eq!(chain.world.verdict(records, seq, Kind::Changes), expected, "entry {seq}");
    }
    // Another hub had it before.
    chain.world.receipt(district, 4000, records, 5);
    assert_eq!(chain.world.verdict(records, 5, Kind::Changes), Verdict::Authorised);
    assert_eq!(chain.world.verdict(records, 6, Kind::Changes), refused(Refusal::Expired));
}

#[test]
fn receipts_by_others_than_hubs_above_decide_nothing() {
    let (mut chain, records, street, _) = ending();
    chain.world.receipt(street, 6000, records, 3);
    assert_eq!(chain.world.verdict(records, 3, Kind::Changes), refused(Refusal::Expired));
    // The device's own word, a hub elsewhere, and a hub of the city in a space that it may not write.
    let elsewhere = chain.world.hub(chain.city.notices, 8, "3211/11");
    let others = chain.world.log(8, "3211/11/001", Channel::Oversight, elsewhere.grant);
    chain.world.receipt(others, 1000, records, 3);
    chain.world.receipt(records, 1000, records, 3);
    let wrong = chain.world.log(1, CITY, Channel::Oversight, chain.city.grant);
    chain.world.receipt(wrong, 1000, records, 3);
    assert_eq!(chain.world.verdict(records, 3, Kind::Changes), refused(Refusal::Expired));
}

#[test]
fn a_grant_without_an_end_does_not_expire() {
    let (mut chain, _, street, _) = ending();
    chain.world.receipt(street, i64::MAX, chain.records, 3);
    assert_eq!(chain.world.verdict(chain.records, 3, Kind::Changes), Verdict::Authorised);
}

#[test]
fn many_receipts_make_no_entry_dearer() {
    let (mut chain, records, street, _) = ending();
    for n in 0..3000 {
        chain.world.receipt(street, 3000 + n, records, n as u64);
    }
    let trust = chain.world.trust();
    let received = &trust.received[&records][&TimeMs(5000)];
    assert_eq!((received.in_time.len(), received.late.len()), (1, 1));
    for (seq, expected) in [(2000, Verdict::Authorised), (2001, refused(Refusal::Expired))] {
        assert_eq!(trust.authorise(&at(records, seq), Kind::Changes, &[1], &Linear), expected);
    }
}
