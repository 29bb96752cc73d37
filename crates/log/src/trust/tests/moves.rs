//! A unit is moved below another parent.

use super::*;
use crate::fact::Alias;

const OTHER_STREET: &str = "3211/11/001";
const NOW: &str = "3211/11/001/009";
/// The day from which the community belongs to the other street, and its first instant.
const DAY: i64 = 20_000;
const BEGIN: TimeMs = TimeMs::start_of_day(DAY);

fn moved() -> (Chain, Hub) {
    let mut chain = chain();
    let other_district = chain.world.hub(chain.city.notices, 8, "3211/11");
    let other = chain.world.hub(other_district.notices, 9, OTHER_STREET);
    move_to(&mut chain, COMMUNITY, NOW, DAY);
    (chain, other)
}

fn move_to(chain: &mut Chain, from: &str, to: &str, from_day: i64) {
    let alias = Alias { unit: unit(from), now: unit(to), from_day };
    chain.world.fact(chain.root, FactBody::Alias(alias));
}

fn moved_away() -> Verdict {
    refused(Refusal::Moved { unit: unit(COMMUNITY), from: unit(STREET) })
}

/// The city says when it had the log up to an entry.
fn received(chain: &mut Chain, of: LogId, in_unit: &str, time: i64, seq: u64) {
    let oversight = chain.world.log(1, in_unit, Channel::Oversight, chain.city.grant);
    chain.world.receipt(oversight, time, of, seq);
}

#[test]
fn the_new_units_above_write_oversight_and_the_old_ones_up_to_the_day() {
    let (mut chain, other) = moved();
    let new = chain.world.log(9, COMMUNITY, Channel::Oversight, other.grant);
    let old = chain.world.log(3, COMMUNITY, Channel::Oversight, chain.street.grant);
    assert_eq!(chain.world.verdict(new, 1, Kind::Changes), Verdict::Authorised);
    assert_eq!(chain.world.verdict(old, 1, Kind::Changes), Verdict::Authorised, "nobody has it yet");
    received(&mut chain, old, COMMUNITY, BEGIN.0, 3);
    received(&mut chain, old, COMMUNITY, BEGIN.0 + 1, 6);
    for (seq, expected) in [(3, Verdict::Authorised), (4, moved_away()), (6, moved_away())] {
        assert_eq!(chain.world.verdict(old, seq, Kind::Changes), expected, "entry {seq}");
    }
    let elsewhere = chain.world.log(9, "3211/02/001/002", Channel::Oversight, other.grant);
    assert!(matches!(
        chain.world.verdict(elsewhere, 1, Kind::Changes),
        Verdict::Refused(Refusal::WrongSpace { .. })
    ));
}

#[test]
fn the_units_own_devices_go_on_under_the_grants_they_have() {
    let (mut chain, other) = moved();
    assert_eq!(chain.world.verdict(chain.records, 9, Kind::Changes), Verdict::Authorised);
    let new = chain.world.grant(other.notices, 12, COMMUNITY, Rights::clerk());
    let records = chain.world.log(12, COMMUNITY, Channel::Records, new);
    assert_eq!(chain.world.verdict(records, 1, Kind::Changes), Verdict::Authorised);
    // And those above now may take the old ones' access away.
    chain.world.revoke(other.notices, 4, &[(chain.records, 3)]);
    assert_eq!(chain.world.verdict(chain.records, 4, Kind::Changes), refused(Refusal::Revoked(device(4))));
}

#[test]
fn grants_and_revocations_by_the_old_units_above_count_up_to_the_day() {
    let (mut chain, _) = moved();
    let early = chain.world.grant(chain.street.notices, 12, COMMUNITY, Rights::clerk());
    let notices = chain.street.notices;
    let upto = chain.world.next_seq[&notices] - 1;
    let late = chain.world.grant(chain.street.notices, 13, COMMUNITY, Rights::clerk());
    chain.world.revoke(chain.street.notices, 4, &[]);
    received(&mut chain, notices, STREET, BEGIN.0, upto);
    received(&mut chain, notices, STREET, BEGIN.0 + 1, upto + 2);
    let trust = chain.world.trust();
    assert!(trust.grant(&early).is_some());
    let refusal = Refusal::Moved { unit: unit(COMMUNITY), from: unit(STREET) };
    assert_eq!(trust.refused_grant(&late), Some(&refusal));
    assert_eq!(chain.world.verdict(chain.records, 1, Kind::Changes), Verdict::Authorised);
    // Of its other communities the old street still decides.
    let neighbour = chain.world.grant(chain.street.notices, 14, "3211/02/001/002", Rights::clerk());
    assert!(chain.world.trust().grant(&neighbour).is_some());
}

#[test]
fn a_move_that_is_dated_back_takes_nothing_from_what_was_received_before_the_root_wrote_of_it() {
    let (mut chain, _) = moved();
    let written = TimeMs(BEGIN.0 + 36_000_000);
    let alias = chain.world.facts.iter_mut().find(|fact| matches!(fact.body, FactBody::Alias(_)));
    alias.expect("a community moved").time = written;
    let before = chain.world.grant(chain.street.notices, 12, COMMUNITY, Rights::clerk());
    let notices = chain.street.notices;
    let upto = chain.world.next_seq[&notices] - 1;
    let after = chain.world.grant(notices, 13, COMMUNITY, Rights::clerk());
    received(&mut chain, notices, STREET, written.0, upto);
    received(&mut chain, notices, STREET, written.0 + 1, upto + 1);
    let trust = chain.world.trust();
    assert!(trust.grant(&chain.clerk_grant).is_some() && trust.grant(&before).is_some());
    let refusal = Refusal::Moved { unit: unit(COMMUNITY), from: unit(STREET) };
    assert_eq!(trust.refused_grant(&after), Some(&refusal));
    assert!(
        trust.arrangement(DAY).covers(&unit(OTHER_STREET), &unit(COMMUNITY)),
        "it lies there from its day"
    );
}

#[test]
fn who_stands_above_whom_follows_the_day() {
    let (chain, _) = moved();
    let trust = chain.world.trust();
    for (day, old, new) in [(DAY - 1, true, false), (DAY, false, true)] {
        let arrangement = trust.arrangement(day);
        assert_eq!(arrangement.covers(&unit(STREET), &unit(COMMUNITY)), old, "day {day}");
        assert_eq!(arrangement.covers(&unit(OTHER_STREET), &unit(COMMUNITY)), new, "day {day}");
    }
}

#[test]
fn only_the_root_moves_units_and_only_within_their_level() {
    let mut chain = chain();
    move_to(&mut chain, COMMUNITY, OTHER_STREET, DAY);
    move_to(&mut chain, "3210/01", "3210/02", DAY);
    let alias = Alias { unit: unit(COMMUNITY), now: unit(NOW), from_day: DAY };
    chain.world.fact(chain.city.notices, FactBody::Alias(alias));
    assert_eq!(chain.world.trust().arrangement(DAY), linli_wire::Arrangement::default());
    assert!(matches!(
        chain.world.verdict(chain.city.notices, 9, Kind::Alias),
        Verdict::Refused(Refusal::WrongKind { .. })
    ));
}
