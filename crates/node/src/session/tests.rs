//! What a session over QUIC promises.

mod attachments;

use std::collections::BTreeSet;

use linli_log::{Rights, fact::Changes};
use linli_model::{Edit, Value, kind};
use linli_store::DocumentEdits;
use linli_sync::{Hello, Message};
use linli_wire::{Channel, DeviceKey, TimeMs};

use linli_net::Endpoint;

use super::*;
use crate::{
    fixture::{
        BOUND, CITY, COMMUNITY, Chain, DISTRICT, NEIGHBOUR, Realm, STREET, Serving, card, cards, converge,
        digests, entries, grant_by_file, held_in, id, loopback, noise, revoke, space, terms, within, write,
    },
    now,
};

/// A street's hub and a clerk's device.
async fn pair() -> (Realm, Serving, Node) {
    let realm = Realm::begin();
    let street = realm.hub(&realm.root, "street", STREET);
    let clerk = within(street.admit(&realm, "clerk", COMMUNITY, Rights::clerk())).await;
    within(sync_with(&clerk, &street.parent())).await.expect("served");
    (realm, street, clerk)
}

fn finding(number: u16, note: &str) -> DocumentEdits {
    let text = |field: &str, value: &str| Edit::document(field, Some(Value::from(value)));
    let hit = Edit::document("hit", Some(Value::from(1)));
    DocumentEdits {
        id: id(number),
        kind: &kind::FINDING,
        edits: vec![text("item", "C01"), hit, text("note", note)],
    }
}

/// Writes what the hub found into the community's oversight.
fn find(hub: &Node, documents: &[DocumentEdits]) {
    let oversight = space(COMMUNITY, Channel::Oversight);
    hub.with(|r| r.write(now(), |w| w.edit(&oversight, documents, Changes::default()))).expect("the hub may");
    hub.announce();
}

fn findings(node: &Node) -> usize {
    node.materialise().expect("sound");
    node.with(|r| r.query("SELECT doc FROM finding", [], |row| row.get::<_, String>(0))).expect("rows").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_and_three_hubs_converge_and_every_hub_acknowledges() {
    let chain = within(Chain::start()).await;
    let first = within(chain.clerk("first", COMMUNITY)).await;
    let second = within(chain.clerk("second", COMMUNITY)).await;
    write(&first, COMMUNITY, &[card(1, "north"), card(2, "south")]);
    write(&second, COMMUNITY, &[card(3, "east")]);
    // Both know the card and change it without knowing of one another.
    converge(&chain.street.parent(), &[&first, &second], &[]).await;
    write(&first, COMMUNITY, &[card(2, "south, gate 1")]);
    write(&second, COMMUNITY, &[card(2, "south, gate 2")]);
    let hubs = [&chain.city.node, &chain.district.node, &chain.street.node];
    within(async {
        loop {
            converge(&chain.street.parent(), &[&first, &second], &hubs).await;
            if [&first, &second].iter().all(|device| held_in(device) == [CITY, DISTRICT, STREET]) {
                return;
            }
        }
    })
    .await;
    let expected = cards(&first);
    assert_eq!(expected.len(), 3);
    for node in [&second].into_iter().chain(hubs) {
        assert_eq!(cards(node), expected);
        assert_eq!(entries(node).1, 0, "nothing is left out");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_sync_is_one_round_trip_below_a_kilobyte() {
    let (_realm, street, clerk) = pair().await;
    for number in 0..40 {
        write(&clerk, COMMUNITY, &[card(number, "here")]);
    }
    within(sync_with(&clerk, &street.parent())).await.expect("served");
    let idle = within(sync_with(&clerk, &street.parent())).await.expect("served");
    assert!(idle.settled && idle.equal, "{idle:?}");
    assert_eq!((idle.pushed, idle.received), (0, 0));
    assert!(idle.bytes_sent + idle.bytes_received < 1024, "{idle:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_comes_in_the_session_that_it_is_for() {
    let (_realm, street, clerk) = pair().await;
    write(&clerk, COMMUNITY, &[card(1, "here")]);
    let report = within(sync_with(&clerk, &street.parent())).await.expect("served");
    assert!(report.settled && report.equal && report.declined.is_empty(), "{report:?}");
    assert_eq!(held_in(&clerk), [STREET]);
    assert!(digests(&clerk).contains_key(&space(COMMUNITY, Channel::Oversight)));
}

/// One session from an endpoint that stays, with something done to its link first.
async fn session_from(
    endpoint: &Endpoint,
    node: &Node,
    parent: &Parent,
    drill: impl FnOnce(&linli_net::LinkHandle),
) -> Result<SessionReport, NodeError> {
    let link = endpoint.connect(parent.address, parent.device, Protocol::Session).await?;
    drill(&link.handle());
    run_session(node, link, Role::Dialler, false).await
}

/// Every byte of the beginning, then sixty points over the rest.
fn cut_points(total: u64) -> Vec<u64> {
    let rest = total.saturating_sub(300);
    (0..300.min(total)).chain((0..60).map(|part| 300 + rest * part / 60)).filter(|at| *at < total).collect()
}

async fn resume_after_cuts(sending: bool) {
    let (_realm, street, clerk) = pair().await;
    let mut number = 0;
    let mut change = || {
        number += 1;
        write(&clerk, COMMUNITY, &[card(number, &noise(u64::from(number), 2_000))]);
        find(&street.node, &[finding(number, &noise(u64::from(number) + 70_000, 2_000))]);
        usize::from(number)
    };
    change();
    let whole = within(sync_with(&clerk, &street.parent())).await.expect("served");
    let total = if sending { whole.bytes_sent } else { whole.bytes_received };
    assert!(total > 2_000, "{whole:?}");
    let endpoint = Endpoint::bind(loopback(), &clerk.net_identity()).expect("a free port");
    let (parent, mut failed) = (street.parent(), 0);
    let points = cut_points(total - 64);
    for at in &points {
        let written = change();
        let cut = session_from(&endpoint, &clerk, &parent, |handle| {
            if sending { handle.cut_after_sent(*at) } else { handle.cut_after_received(*at) }
        });
        match within(cut).await {
            Err(NodeError::Net(_) | NodeError::Session { .. }) => failed += 1,
            Err(other) => panic!("cut at byte {at}: {other}"),
            Ok(_) => {}
        }
        let report = within(session_from(&endpoint, &clerk, &parent, |_| {})).await;
        let report = report.unwrap_or_else(|error| panic!("after a cut at byte {at}: {error}"));
        assert!(report.settled, "after a cut at byte {at}");
        assert_eq!(cards(&street.node).len(), written, "after a cut at byte {at}");
        assert_eq!(findings(&clerk), written, "after a cut at byte {at}");
    }
    // A few last receipts may still have been on their way.
    converge(&street.parent(), &[&clerk], &[&street.node]).await;
    assert_eq!(cards(&street.node), cards(&clerk));
    assert_eq!(held_in(&clerk), [STREET]);
    for node in [&street.node, &clerk] {
        let sql = "SELECT COUNT(*), COUNT(DISTINCT hash) FROM entry";
        let counts: Vec<(i64, i64)> =
            node.with(|r| r.query(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))).expect("rows");
        assert_eq!(counts[0].0, counts[0].1, "no entry is stored twice");
        assert_eq!(entries(node).1, 0, "nothing is left out");
        node.with(|r| r.verify_segments()).expect("nothing is damaged");
    }
    assert_eq!(failed, points.len(), "every cut ends its session");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_goes_on_after_a_cut_at_any_byte_sent() {
    resume_after_cuts(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_goes_on_after_a_cut_at_any_byte_received() {
    resume_after_cuts(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_the_hub_does_not_know_is_refused() {
    let (realm, street, clerk) = pair().await;
    // The root granted it something after the hub last heard of the root.
    let unknown = realm.enrol(&realm.root, "unknown", COMMUNITY, Rights::clerk());
    let error = within(sync_with(&unknown, &street.parent())).await.expect_err("refused").to_string();
    assert!(error.contains("has no grant in this realm"), "{error}");
    let elsewhere = Realm::begin();
    let foreign = elsewhere.enrol(&elsewhere.root, "foreign", COMMUNITY, Rights::clerk());
    let error = within(sync_with(&foreign, &street.parent())).await.expect_err("it knows no such hub");
    assert!(matches!(error, NodeError::UnknownDevice(device) if device == street.node.device()), "{error}");
    let stranger = realm.device("stranger");
    let error = within(sync_with(&stranger, &street.parent())).await.expect_err("it has joined nothing");
    assert!(matches!(error, NodeError::NoRealm), "{error}");
    within(sync_with(&clerk, &street.parent())).await.expect("others are served");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_whose_grant_has_ended_is_refused_until_it_has_another() {
    let (realm, street, _clerk) = pair().await;
    let device = realm.device("passing");
    let mut ending = terms(COMMUNITY, Rights::clerk());
    ending.not_after = Some(TimeMs(now().0 + 1_500));
    grant_by_file(&street.node, &device, realm.directory.path(), &ending);
    within(sync_with(&device, &street.parent())).await.expect("its grant lasts");
    tokio::time::sleep(Duration::from_millis(1_600)).await;
    let error = within(sync_with(&device, &street.parent())).await.expect_err("ended").to_string();
    assert!(error.contains("has ended"), "{error}");
    grant_by_file(&street.node, &device, realm.directory.path(), &terms(COMMUNITY, Rights::clerk()));
    within(sync_with(&device, &street.parent())).await.expect("it has another");
}

async fn dial(node: &Node, parent: &Parent) -> (Endpoint, Link) {
    let endpoint = Endpoint::bind(loopback(), &node.net_identity()).expect("a free port");
    let link =
        within(endpoint.connect(parent.address, parent.device, Protocol::Session)).await.expect("served");
    (endpoint, link)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_link_of_a_revoked_device_is_closed_at_once() {
    let (_realm, street, clerk) = pair().await;
    let (_endpoint, link) = dial(&clerk, &street.parent()).await;
    let device = clerk.clone();
    let live = tokio::spawn(async move { run_session(&device, link, Role::Dialler, true).await });
    write(&clerk, COMMUNITY, &[card(1, "before")]);
    within(async {
        while held_in(&clerk) != [STREET] {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    revoke(&street.node, STREET, clerk.device());
    let ended = tokio::time::timeout(Duration::from_secs(5), live).await.expect("at once").expect("no panic");
    let error = ended.expect_err("closed").to_string();
    assert!(error.contains("revoked"), "{error}");
    write(&clerk, COMMUNITY, &[card(2, "after")]);
    let error = within(sync_with(&clerk, &street.parent())).await.expect_err("refused").to_string();
    assert!(error.contains("revoked"), "{error}");
    assert_eq!(cards(&street.node), ["00001 before"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_that_is_being_sent_much_gets_no_more_of_it() {
    let (realm, street, clerk) = pair().await;
    for batch in 0..10_u16 {
        let many: Vec<_> =
            (0..200).map(|n| card(batch * 200 + n, &noise(u64::from(batch * 200 + n), 4_000))).collect();
        write(&clerk, COMMUNITY, &many);
    }
    within(sync_with(&clerk, &street.parent())).await.expect("served");
    let second = street.admit(&realm, "second", COMMUNITY, Rights::clerk()).await;
    let (_endpoint, link) = dial(&second, &street.parent()).await;
    let handle = link.handle();
    let (sender, _unread) = link.split();
    // It says that it holds nothing, and then reads nothing.
    let (mine, theirs) = (vec![crate::fixture::unit(COMMUNITY)], vec![crate::fixture::unit(STREET)]);
    let realm = second.realm().expect("joined");
    for message in [
        Message::Hello(Hello::bare(realm, mine, theirs, "test 1")),
        Message::Digests { spaces: Vec::new(), more: false },
        Message::Frontiers { spaces: Vec::new(), more: false },
    ] {
        sender.send(message.encode()).await.expect("sent");
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    revoke(&street.node, STREET, second.device());
    let ended =
        tokio::time::timeout(Duration::from_secs(5), handle.closed()).await.expect("at once").to_string();
    assert!(ended.contains("revoked"), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_of_two_units_is_served_for_both() {
    let (realm, street, clerk) = pair().await;
    grant_by_file(&street.node, &clerk, realm.directory.path(), &terms(NEIGHBOUR, Rights::clerk()));
    within(sync_with(&clerk, &street.parent())).await.expect("served for both");
    let units: BTreeSet<String> = clerk.units().iter().map(ToString::to_string).collect();
    assert_eq!(units, BTreeSet::from([COMMUNITY.to_owned(), NEIGHBOUR.to_owned()]));
    write(&clerk, NEIGHBOUR, &[card(1, "next door")]);
    within(sync_with(&clerk, &street.parent())).await.expect("served for both");
    assert_eq!(cards(&street.node), ["00001 next door"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn much_in_both_directions_at_once_does_not_deadlock() {
    let (_realm, street, clerk) = pair().await;
    for batch in 0..11_u16 {
        let numbers = || (batch * 200..batch * 200 + 200).map(|n| (n, noise(u64::from(n) + 1, 4_000)));
        write(&clerk, COMMUNITY, &numbers().map(|(n, text)| card(n, &text)).collect::<Vec<_>>());
        find(&street.node, &numbers().map(|(n, text)| finding(n, &text)).collect::<Vec<_>>());
    }
    let report = tokio::time::timeout(BOUND, sync_with(&clerk, &street.parent())).await.expect("a deadlock");
    let report = report.expect("served");
    assert!(report.bytes_sent > 6 << 20 && report.bytes_received > 6 << 20, "{report:?}");
    assert_eq!((cards(&street.node).len(), findings(&clerk)), (2_200, 2_200));
    assert_eq!(held_in(&clerk), [STREET]);
}

#[test]
fn an_error_is_told_with_causes_it_does_not_name_itself() {
    let missing = crate::read_units(std::path::Path::new("/no/such/file")).expect_err("no such file");
    let told = chain(&missing);
    assert!(told.starts_with("cannot read /no/such/file") && told.contains("(os error 2)"), "{told}");
    let unknown = NodeError::UnknownDevice(DeviceKey([1; 32]));
    assert_eq!(chain(&unknown), unknown.to_string());
}
