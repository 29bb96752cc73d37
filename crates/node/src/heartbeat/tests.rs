//! Signs of life: who gives them, when, and what they make visible.

use linli_log::{Kind, Receipt, Rights, fact::Body as _};
use linli_wire::{Channel, DeviceKey, Space, TimeMs};

use super::{HEARTBEAT_INTERVAL_MS, SILENT_AFTER_MS, beat};
use crate::{
    fixture::{
        CITY, COMMUNITY, Chain, DISTRICT, Realm, STREET, card, carry, converge, revoke, space, within, write,
    },
    node::Node,
    now,
    session::sync_with,
};

const HOUR_MS: i64 = 3_600_000;

fn beats(node: &Node, space: &Space) -> Vec<TimeMs> {
    let sql = "SELECT e.time FROM entry e JOIN log USING (log_no) JOIN space USING (space_no)
               WHERE space.unit = ?1 AND space.channel = ?2 AND e.kind = ?3 ORDER BY e.entry_no";
    let parameters = (space.unit.as_str(), space.channel.code(), Kind::Checkpoint.code() as i64);
    node.with(|r| r.query(sql, parameters, |row| Ok(TimeMs(row.get(0)?)))).expect("entries")
}

fn beat_at(node: &Node, hours: i64) -> bool {
    node.with(|r| beat(r, TimeMs(now().0 + hours * HOUR_MS))).expect("a heartbeat can be written")
}

#[test]
fn a_device_gives_a_sign_of_life_when_it_has_given_none_for_a_while() {
    let realm = Realm::begin();
    let hub = realm.enrol(&realm.root, "city", CITY, Rights::hub());
    let clerk = realm.enrol(&hub, "clerk", COMMUNITY, Rights::clerk());
    let auditor = realm.enrol(&hub, "auditor", CITY, Rights::auditor());
    for (node, at) in [(&hub, space(CITY, Channel::Notices)), (&clerk, space(COMMUNITY, Channel::Records))] {
        // A hub has just granted: that is a sign of life in the same log.
        let first = beat_at(node, 0);
        assert_eq!(first, beats(node, &at).len() == 1);
        assert!(!beat_at(node, 19));
        assert!(beat_at(node, 40));
        assert!(!beat_at(node, 40 + 19), "it is not due again so soon");
        assert!(beat_at(node, -1), "a clock that was set back does not silence it");
        assert!(beats(node, &at).len() >= 2);
    }
    write(&clerk, COMMUNITY, &[card(1, "A")]);
    assert!(!beat_at(&clerk, 1), "whoever works need not say so");
    for hours in [0, 1000] {
        assert!(!beat_at(&auditor, hours), "an auditor writes nothing");
    }
    assert_eq!(HEARTBEAT_INTERVAL_MS, 20 * HOUR_MS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_session_is_one_round_trip_for_all_the_heartbeats() {
    let chain = Chain::start().await;
    let clerk = chain.clerk("clerk", COMMUNITY).await;
    converge(&chain.street.parent(), &[&clerk], &[&chain.city.node, &chain.street.node]).await;
    let report = within(sync_with(&clerk, &chain.street.parent())).await.expect("the hub serves");
    assert!(report.equal && report.pushed == 0 && report.received == 0, "{report:?}");
    assert!(report.bytes_sent + report.bytes_received < 1024, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_name_the_last_heartbeat_of_the_hub_above() {
    let chain = Chain::start().await;
    let clerk = chain.clerk("clerk", COMMUNITY).await;
    write(&clerk, COMMUNITY, &[card(1, "A")]);
    let hubs = [&chain.city.node, &chain.district.node, &chain.street.node];
    converge(&chain.street.parent(), &[&clerk], &hubs).await;
    let named = |hub: DeviceKey| -> Vec<Option<String>> {
        let sql = "SELECT fact.body FROM fact JOIN entry USING (entry_no) JOIN log USING (log_no)
                   WHERE fact.kind = 4 AND log.device = ?1";
        let bodies: Vec<Vec<u8>> = clerk.with(|r| r.query(sql, [hub.0], |row| row.get(0))).expect("facts");
        let read = |body: &Vec<u8>| Receipt::decode(body).expect("a receipt").heartbeat;
        bodies.iter().map(|body| read(body).map(|(_, head)| head.hash.to_string())).collect()
    };
    for (hub, above) in [(&chain.street, DISTRICT), (&chain.district, CITY)] {
        let beat = clerk
            .with(|r| r.latest_checkpoint(&space(above, Channel::Notices)))
            .expect("read")
            .map(|(_, head)| head.hash.to_string());
        assert!(beat.is_some(), "the heartbeat of {above} came down");
        assert!(named(hub.node.device()).contains(&beat), "{above}");
    }
    assert!(named(chain.city.node.device()).iter().all(Option::is_none), "nobody is above the city");
    assert_eq!(clerk.with(|r| r.backdated_receipts()).expect("read"), []);
    let all = clerk.with(|r| r.entries_held(5)).expect("read");
    let levels: Vec<Vec<String>> =
        all.iter().map(|one| one.held.iter().map(|(unit, _)| unit.to_string()).collect()).collect();
    assert!(levels.iter().any(|held| *held == [STREET, DISTRICT, CITY]), "{levels:?}");
}

#[test]
fn what_a_hub_has_and_somebody_keeps_back_is_named() {
    let realm = Realm::begin();
    let street = realm.enrol(&realm.root, "street", STREET, Rights::hub());
    let clerk = realm.enrol(&street, "clerk", COMMUNITY, Rights::clerk());
    let other = realm.enrol(&street, "other", COMMUNITY, Rights::clerk());
    write(&clerk, COMMUNITY, &[card(1, "A")]);
    carry(&clerk, &street);
    carry(&street, &other);
    assert_eq!(other.with(|r| r.ahead()).expect("read"), []);
    write(&clerk, COMMUNITY, &[card(2, "B")]);
    carry(&clerk, &street);
    // Only the street's word comes through, not what it speaks of.
    let oversight = street.with(|r| {
        r.seal()?;
        r.segments(&space(COMMUNITY, Channel::Oversight))
    });
    other.with(|r| r.store(oversight.expect("segments"), &|_| true)).expect("stored");
    other.materialise().expect("sound");
    let ahead = other.with(|r| r.ahead()).expect("read");
    assert_eq!(ahead.len(), 1);
    assert_eq!(
        (ahead[0].hub, ahead[0].space.clone()),
        (street.device(), Some(space(COMMUNITY, Channel::Records)))
    );
    let heard = street.with(|r| r.heard()).expect("read");
    assert!(heard[&clerk.device()].received.is_some() && heard[&clerk.device()].wrote.is_some());
    assert!(!heard.contains_key(&other.device()), "of whom nothing came nothing was heard");
    carry(&street, &other);
    assert_eq!(other.with(|r| r.ahead()).expect("read"), []);
}

#[test]
fn whoever_keeps_a_revocation_back_makes_the_hub_silent_within_three_days() {
    let realm = Realm::begin();
    let street = realm.enrol(&realm.root, "street", STREET, Rights::hub());
    let clerk = realm.enrol(&street, "clerk", COMMUNITY, Rights::clerk());
    let lost = realm.enrol(&street, "lost", COMMUNITY, Rights::clerk());
    carry(&street, &clerk);
    let notices = space(STREET, Channel::Notices);
    let sent = |node: &Node| {
        node.with(|r| {
            r.seal()?;
            r.segments(&notices)
        })
        .expect("sealed")
    };
    let before = sent(&street);
    revoke(&street, STREET, lost.device());
    let with_it = sent(&street);
    assert!(beat_at(&street, 30) && beat_at(&street, 60));
    // A relay passes on whatever the street says, except the revocation.
    let kept_back = |segment: &Vec<u8>| with_it.contains(segment) && !before.contains(segment);
    let passed: Vec<Vec<u8>> = sent(&street).into_iter().filter(|segment| !kept_back(segment)).collect();
    assert!(passed.len() > before.len(), "the signs of life went out");
    clerk.take_in(passed).expect("stored, as far as it follows");
    let last_word = || clerk.with(|r| r.heard()).expect("read")[&street.device()].wrote.expect("it spoke");
    let days = |count: i64| TimeMs(now().0 + count * 24 * HOUR_MS);
    assert!(days(3).0 - last_word().0 >= SILENT_AFTER_MS - HOUR_MS, "nothing later counts as heard");
    assert!(clerk.with(|r| r.trust().grants_of(lost.device()).next().is_some()));
    // Once it comes, so does the rest.
    clerk.take_in(sent(&street)).expect("stored");
    assert!(clerk.with(|r| r.trust().grants_of(lost.device()).next().is_none()));
    assert!(last_word() >= days(2));
}
