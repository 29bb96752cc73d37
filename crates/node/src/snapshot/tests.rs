//! What pulling a snapshot promises.

use linli_log::Rights;
use linli_wire::TimeMs;

use linli_net::Endpoint;

use super::*;
use crate::{
    NodeError,
    fixture::{
        CITY, COMMUNITY, DISTRICT, Realm, STREET, Serving, accesses, card, grant_by_file, loopback, terms,
        unit, within, write,
    },
    now,
};

fn period() -> Period {
    Period::ending("2026-10-31")
}

/// A street's hub with a community's records, an auditor of the street, and the clerk.
async fn street() -> (Realm, Serving, Node, Node) {
    let realm = Realm::begin();
    let street = realm.hub(&realm.root, "street", STREET);
    let clerk = street.admit(&realm, "clerk", COMMUNITY, Rights::clerk()).await;
    write(&clerk, COMMUNITY, &[card(1, "here")]);
    crate::sync_with(&clerk, &street.parent()).await.expect("served");
    let auditor = street.admit(&realm, "auditor", STREET, Rights::auditor()).await;
    (realm, street, auditor, clerk)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_pulls_a_snapshot_of_what_the_grant_covers_and_the_hub_notes_it() {
    let (realm, street, auditor, _clerk) = within(street()).await;
    for (number, path) in [(1, STREET), (2, COMMUNITY)] {
        let bytes =
            within(pull_snapshot(&auditor, &street.parent(), &unit(path), &period())).await.expect("allowed");
        let verified =
            linli_audit::verify(&bytes, realm.root.realm().expect("begun")).expect("it holds by itself");
        assert_eq!(verified.unit, unit(path));
        assert_eq!(accesses(&street.node), number);
    }
    let sql = "SELECT COUNT(*) FROM entry JOIN log USING (log_no) JOIN space USING (space_no)
               WHERE log.own = 1 AND space.unit = ?1 AND space.channel = 1";
    let own: Vec<i64> = street.node.with(|r| r.query(sql, [STREET], |row| row.get(0))).expect("rows");
    assert_eq!(own, [3], "the log's beginning and two accesses stand in the hub's own records");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_snapshot_carries_the_note_that_it_was_made() {
    let (_realm, street, auditor, _clerk) = within(street()).await;
    let bytes =
        within(pull_snapshot(&auditor, &street.parent(), &unit(STREET), &period())).await.expect("allowed");
    let manifest = linli_audit::show(&bytes).expect("a snapshot");
    let records = crate::fixture::space(STREET, linli_wire::Channel::Records);
    assert_eq!(
        manifest.frontier.get(&records),
        crate::fixture::digests(&street.node).get(&records),
        "it was on record before the snapshot was cut"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_audit_a_unit_is_refused_and_nothing_is_made() {
    let (realm, street, auditor, clerk) = within(street()).await;
    let passing = realm.device("passing");
    let mut ended = terms(STREET, Rights::auditor());
    ended.not_after = Some(TimeMs(now().0 - 1));
    grant_by_file(&street.node, &passing, realm.directory.path(), &ended);
    let revoked = street.admit(&realm, "revoked", STREET, Rights::auditor()).await;
    crate::fixture::revoke(&street.node, STREET, revoked.device());
    let stranger = realm.device("stranger");
    for (node, path) in [
        (&clerk, COMMUNITY),
        (&auditor, DISTRICT),
        (&auditor, CITY),
        (&passing, STREET),
        (&revoked, STREET),
        (&stranger, STREET),
    ] {
        let error =
            within(pull_snapshot(node, &street.parent(), &unit(path), &period())).await.expect_err(path);
        assert!(
            matches!(&error, NodeError::RefusedByHub(why) if why.contains("no grant to audit")),
            "{error}"
        );
    }
    assert_eq!(accesses(&street.node), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_makes_no_snapshot_of_what_it_does_not_keep() {
    let (realm, street, _auditor, _clerk) = within(street()).await;
    let auditor = realm.enrol(&realm.root, "city-auditor", CITY, Rights::auditor());
    crate::fixture::carry(&realm.root, &street.node);
    let error = within(pull_snapshot(&auditor, &street.parent(), &unit(DISTRICT), &period())).await;
    let error = error.expect_err("the street knows one street").to_string();
    assert!(error.contains("ask a hub that stands above it"), "{error}");
    let error =
        within(pull_snapshot(&auditor, &street.parent(), &unit(STREET), &Period::ending("soon"))).await;
    assert!(error.expect_err("no date").to_string().contains("write it like 2026-10-31"));
    assert_eq!(accesses(&street.node), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_on_which_nothing_sensible_is_asked_is_answered_with_why() {
    let (_realm, street, _auditor, clerk) = within(street()).await;
    let endpoint = Endpoint::bind(loopback(), &clerk.net_identity()).expect("a free port");
    let link = endpoint.connect(street.hub.address(), street.node.device(), Protocol::Request);
    let (sender, mut receiver) = within(link).await.expect("served").split();
    let nonsense = linli_wire::Frame { lane: linli_wire::Lane::Control, body: b"nonsense".to_vec() };
    sender.send(nonsense).await.expect("sent");
    let answer = within(receiver.recv()).await.expect("an answer").expect("a frame");
    assert_eq!(answer.body[..2], [0x82, 0], "refused, with a reason");
}
