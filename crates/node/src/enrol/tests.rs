//! What joining a realm promises, over the network and by files.

use std::{path::PathBuf, time::Duration};

use linli_log::Rights;

use linli_net::Endpoint;

use super::*;
use crate::{
    clock,
    fixture::{
        CITY, COMMUNITY, Chain, DISTRICT, NEIGHBOUR, Realm, STREET, Serving, card, entries, in_an_hour,
        loopback, terms, unit, within, write,
    },
    invite,
};

fn has_joined_nothing(node: &Node) -> bool {
    node.with(|r| r.realm()).is_none()
        && node.units().is_empty()
        && crate::fixture::entries(node).0 == 0
        && node.parent().expect("readable").is_none()
}

#[tokio::test(flavor = "multi_thread")]
async fn hubs_and_devices_join_one_below_the_other() {
    let chain = within(Chain::start()).await;
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    let realm = chain.realm.root.realm().expect("begun");
    for (node, path) in [
        (&chain.city.node, CITY),
        (&chain.district.node, DISTRICT),
        (&chain.street.node, STREET),
        (&clerk, COMMUNITY),
    ] {
        assert_eq!(node.unit().expect("a grant"), unit(path));
        assert_eq!(node.realm().expect("joined"), realm);
    }
    assert_eq!(clerk.parent().expect("readable"), Some(chain.street.parent()));
    let names: Vec<String> = clerk
        .with(|r| r.query("SELECT name FROM unit WHERE unit = ?1", [COMMUNITY], |row| row.get(0)))
        .expect("rows");
    assert_eq!(names, ["Community"], "the units came with the grant");
    write(&clerk, COMMUNITY, &[card(1, "here")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_refused_can_still_join_and_may_join_twice() {
    let chain = within(Chain::start()).await;
    let device = chain.realm.device("clerk");
    let refused = |code: String| {
        let device = device.clone();
        async move { within(join(&device, &code, "")).await.expect_err("not this one") }
    };
    let good = chain.street.invite(COMMUNITY, Rights::clerk());

    let error = refused(format!("{}A", good.code())).await;
    assert!(matches!(error, NodeError::BadInvitation(_)), "{error}");
    // The street's key, at the district's address.
    let district = chain.district.hub.address();
    let elsewhere = invite(&chain.street.node, district, terms(COMMUNITY, Rights::clerk()), in_an_hour());
    let error = refused(elsewhere.expect("an invitation").code()).await;
    assert!(error.to_string().contains("check the address"), "{error}");
    let soon = TimeMs(clock::now().0 + 30);
    let short =
        invite(&chain.street.node, chain.street.hub.address(), terms(COMMUNITY, Rights::clerk()), soon);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert!(matches!(refused(short.expect("an invitation").code()).await, NodeError::ExpiredInvitation(_)));
    let used = chain.street.invite(NEIGHBOUR, Rights::clerk());
    let other = chain.realm.device("other");
    within(join(&other, &used.code(), "")).await.expect("the other device");
    let error = refused(used.code()).await.to_string();
    assert!(error.contains("the hub refuses") && error.contains(&other.device().to_string()), "{error}");

    assert!(has_joined_nothing(&device));
    for _ in 0..2 {
        assert_eq!(within(join(&device, &good.code(), "")).await.expect("a good code"), unit(COMMUNITY));
    }
    let grants = chain.street.node.with(|r| r.trust().grants_of(device.device()).count());
    assert_eq!(grants, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_where_nobody_listens_is_named_with_what_to_check() {
    let realm = Realm::begin();
    let street = realm.enrol(&realm.root, "street", STREET, Rights::hub());
    let socket = std::net::UdpSocket::bind(loopback()).expect("a free port");
    let address = socket.local_addr().expect("bound");
    let code =
        invite(&street, address, terms(COMMUNITY, Rights::clerk()), in_an_hour()).expect("made").code();
    let device = realm.device("clerk");
    let error = within(join(&device, &code, "")).await.expect_err("nobody answers").to_string();
    assert!(error.contains(&address.to_string()) && error.contains("check the address"), "{error}");
    assert!(has_joined_nothing(&device));
    drop(socket);
    let hub = crate::Hub::start(&street, address).expect("the port is free again");
    within(join(&device, &code, "")).await.expect("now somebody listens");
    within(hub.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_cannot_ask_for_another_key() {
    let realm = Realm::begin();
    let street = Serving::start(realm.enrol(&realm.root, "street", STREET, Rights::hub()));
    let (device, other) = (realm.device("device"), realm.device("other"));
    let invitation = street.invite(COMMUNITY, Rights::clerk());
    let request =
        Request::Join { invitation: invitation.encode(), who: other.with(|r| JoinRequest::of(r, "")) };
    let endpoint = Endpoint::bind(loopback(), &device.net_identity()).expect("a free port");
    let link = endpoint.connect(street.hub.address(), street.node.device(), Protocol::Request);
    let link = within(link).await.expect("the hub serves");
    let answer = within(request::ask(link, &request)).await.expect("an answer");
    assert!(matches!(&answer, Answer::Refused(why) if why.contains("for itself alone")), "{answer:?}");
    assert!(street.node.with(|r| r.trust().grants_of(other.device()).next().is_none()));
}

struct Files {
    realm: Realm,
    street: Node,
    clerk: Node,
    request: PathBuf,
    grant: PathBuf,
}

/// A street, a device that has made its request, and the answer to it.
fn files() -> Files {
    let realm = Realm::begin();
    let street = realm.enrol(&realm.root, "street", STREET, Rights::hub());
    let clerk = realm.device("clerk");
    let (request, grant) = (realm.path("request"), realm.path("grant"));
    make_request(&clerk, "clerk", &request).expect("a request");
    let device =
        export_grant(&street, &request, &terms(COMMUNITY, Rights::clerk()), &grant).expect("granted");
    assert_eq!(device, clerk.device());
    Files { realm, street, clerk, request, grant }
}

#[test]
fn a_device_without_a_network_joins_by_two_files() {
    let files = files();
    for _ in 0..2 {
        assert_eq!(import_grant(&files.clerk, &files.grant).expect("its own grant"), unit(COMMUNITY));
    }
    assert_eq!(files.clerk.realm().expect("joined"), files.street.realm().expect("joined"));
    write(&files.clerk, COMMUNITY, &[card(1, "here")]);
}

#[test]
fn a_grant_file_for_another_device_leaves_nothing_behind() {
    let files = files();
    let other = files.realm.device("other");
    let error = import_grant(&other, &files.grant).expect_err("not its own");
    assert!(matches!(error, NodeError::GrantForOther(device) if device == other.device()), "{error}");
    assert!(error.to_string().contains("this device's own request"), "{error}");
    assert!(has_joined_nothing(&other));
    // It is free to join where it was meant to, another realm included.
    let elsewhere = Realm::begin();
    crate::fixture::grant_by_file(
        &elsewhere.root,
        &other,
        elsewhere.directory.path(),
        &terms(CITY, Rights::hub()),
    );
    assert_eq!(other.realm().expect("joined"), elsewhere.root.realm().expect("begun"));
}

#[test]
fn a_grant_file_of_another_realm_does_not_move_a_device() {
    let files = files();
    import_grant(&files.clerk, &files.grant).expect("its own grant");
    let before = (files.clerk.realm().expect("joined"), crate::fixture::entries(&files.clerk));
    let elsewhere = Realm::begin();
    let grant = elsewhere.path("grant");
    export_grant(&elsewhere.root, &files.request, &terms(CITY, Rights::hub()), &grant)
        .expect("granted there");
    let error = import_grant(&files.clerk, &grant).expect_err("one realm a device");
    assert!(matches!(error, NodeError::RealmTaken { own, .. } if own == before.0), "{error}");
    assert!(!error.is_internal() && error.to_string().contains("--data"), "{error}");
    assert_eq!((files.clerk.realm().expect("joined"), crate::fixture::entries(&files.clerk)), before);
}

#[test]
fn damaged_files_are_named_and_leave_nothing_behind() {
    let files = files();
    let damaged = files.realm.path("damaged");
    let whole = std::fs::read(&files.grant).expect("readable");
    let mut cases: Vec<Vec<u8>> =
        vec![Vec::new(), b"hello".to_vec(), std::fs::read(&files.request).expect("readable")];
    cases.extend((1..20).map(|part| whole[..whole.len() * part / 20].to_vec()));
    cases.push([&whole[..], b"x"].concat());
    // Past the head, which names the realm and the hub, every byte is vouched for.
    let head = whole.len() - whole.len() * 9 / 10;
    for at in (head.max(96)..whole.len()).step_by(whole.len() / 60) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        cases.push(flipped);
    }
    for (number, case) in cases.iter().enumerate() {
        std::fs::write(&damaged, case).expect("a file");
        let error = import_grant(&files.clerk, &damaged).expect_err(&format!("case {number}"));
        assert!(
            matches!(&error, NodeError::BadFile { path, what: "grant file", .. } if *path == damaged)
                || matches!(error, NodeError::GrantForOther(_)),
            "case {number}: {error}"
        );
        assert!(has_joined_nothing(&files.clerk), "case {number}");
    }
    import_grant(&files.clerk, &files.grant).expect("the file itself is good");

    let request = std::fs::read(&files.request).expect("readable");
    let granted = |node: &Node| node.with(|r| r.trust().grants().count());
    let before = granted(&files.street);
    for case in [&request[..request.len() - 1], b"", &whole[..]] {
        std::fs::write(&damaged, case).expect("a file");
        let out = files.realm.path("never");
        let error = export_grant(&files.street, &damaged, &terms(COMMUNITY, Rights::clerk()), &out);
        assert!(matches!(error, Err(NodeError::BadFile { what: "join request", .. })), "{error:?}");
        assert!(!out.exists());
    }
    assert_eq!(granted(&files.street), before);
    let absent = import_grant(&files.clerk, &files.realm.path("absent")).expect_err("no such file");
    assert!(matches!(absent, NodeError::Read { .. }), "{absent}");
    let nowhere =
        make_request(&files.clerk, "", &files.realm.path("no/such/folder")).expect_err("no such folder");
    assert!(matches!(nowhere, NodeError::Write { .. }), "{nowhere}");
}

#[test]
fn a_key_that_is_weak_is_granted_nothing() {
    let realm = Realm::begin();
    let who = JoinRequest { device: DeviceKey([0; 32]), recipient: [1; 32], label: String::new() };
    let error = grant_device(&realm.root, &who, &terms(CITY, Rights::hub())).expect_err("a weak key");
    assert!(matches!(error, NodeError::RefusedByHub(_)), "{error}");
    assert!(realm.root.with(|r| r.trust().grants().next().is_none()));
}

#[test]
fn several_devices_are_granted_together_or_none_of_them() {
    let realm = Realm::begin();
    let city = realm.enrol(&realm.root, "city", CITY, Rights::hub());
    let asked = |name: &str, path: &str| {
        let device = realm.device(name);
        (device.with(|r| JoinRequest::of(r, name)), terms(path, Rights::clerk()))
    };
    let (first, second) = (asked("a", COMMUNITY), asked("b", NEIGHBOUR));
    let before = entries(&city);
    let beyond = (first.0.clone(), terms("3212/01/001/001", Rights::clerk()));
    grant_devices(&city, &[first.clone(), beyond]).expect_err("another city's unit");
    assert_eq!(entries(&city), before);
    let granted = grant_devices(&city, &[first.clone(), second]).expect("the hub may grant");
    let known = city.with(|r| r.trust().grants_of(first.0.device).map(|(hash, _)| *hash).collect::<Vec<_>>());
    assert_eq!((granted.len(), known), (2, vec![granted[0]]));
}
