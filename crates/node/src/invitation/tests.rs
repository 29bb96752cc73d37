//! What an invitation promises.

use std::time::Duration;

use linli_log::{Right, Rights};
use linli_wire::TimeMs;

use super::*;
use crate::{
    clock,
    enrol::{self, JoinRequest},
    fixture::{COMMUNITY, DISTRICT, Realm, STREET, in_an_hour, loopback, terms, unit, within},
    join,
};

/// A realm, and a street's hub that does not serve.
fn street() -> (Realm, Node) {
    let realm = Realm::begin();
    let node = realm.enrol(&realm.root, "street", STREET, Rights::hub());
    (realm, node)
}

fn for_clerk(hub: &Node, expires: TimeMs) -> Invitation {
    invite(hub, ([192, 0, 2, 1], 4460).into(), terms(COMMUNITY, Rights::clerk()), expires)
        .expect("the hub may invite")
}

fn who(node: &Node) -> JoinRequest {
    node.with(|r| JoinRequest::of(r, "clerk"))
}

#[test]
fn a_code_reads_back_however_it_was_passed_on() {
    let (_realm, hub) = street();
    let mut invitation = for_clerk(&hub, in_an_hour());
    invitation.terms.label = "王芳的电脑".to_owned();
    invitation.terms.not_after = Some(TimeMs(4_000_000_000_000));
    invitation.signature = hub.with(|r| r.identity().secret().sign(CONTEXT, &invitation.statement()));
    let code = invitation.code();
    let mut lines = String::new();
    for (index, character) in code.chars().enumerate() {
        lines.push(character);
        if index % 17 == 16 {
            lines.push_str(" \r\n\t");
        }
    }
    for passed_on in
        [code.clone(), code.to_lowercase(), lines.clone(), format!("  {}\n", lines.to_lowercase())]
    {
        assert_eq!(Invitation::parse(&passed_on).expect("the same code"), invitation);
    }
}

#[test]
fn any_one_character_changed_is_refused() {
    let (_realm, hub) = street();
    let code = for_clerk(&hub, in_an_hour()).code();
    for at in 0..code.len() {
        let before = code.as_bytes()[at] as char;
        let other = if before == 'A' { 'B' } else { 'A' };
        let changed = format!("{}{other}{}", &code[..at], &code[at + 1..]);
        let error = Invitation::parse(&changed).expect_err("a changed code").to_string();
        assert!(error.contains("copy the whole code"), "{error}");
        let without = format!("{}{}", &code[..at], &code[at + 1..]);
        assert!(Invitation::parse(&without).is_err(), "character {at} may not be missing");
    }
    for text in ["", "LINLI1:", "LINLI2:AAAA", "hello", "LINLI1:1111"] {
        assert!(matches!(Invitation::parse(text), Err(NodeError::BadInvitation(_))), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_invitation_is_refused_before_anybody_is_asked() {
    let (realm, hub) = street();
    let invitation = for_clerk(&hub, TimeMs(clock::now().0 - 1));
    let device = realm.device("clerk");
    let error = within(join(&device, &invitation.code(), "")).await.expect_err("expired");
    assert!(matches!(error, NodeError::ExpiredInvitation(_)), "{error}");
    assert!(error.to_string().contains("ask the hub for a new one"));
    assert_eq!(device.with(|r| r.realm()), None);
}

#[test]
fn an_expired_invitation_is_refused_at_the_hub() {
    let (realm, hub) = street();
    let invitation = for_clerk(&hub, TimeMs(clock::now().0 + 20));
    std::thread::sleep(Duration::from_millis(40));
    let error = enrol::honour(&hub, &invitation.encode(), &who(&realm.device("clerk"))).expect_err("expired");
    assert!(matches!(error, NodeError::ExpiredInvitation(_)), "{error}");
}

#[test]
fn an_invitation_of_another_hub_is_refused() {
    let (realm, hub) = street();
    let other = realm.enrol(&realm.root, "district", DISTRICT, Rights::hub());
    let invitation = for_clerk(&other, in_an_hour());
    let error = enrol::honour(&hub, &invitation.encode(), &who(&realm.device("clerk"))).expect_err("foreign");
    assert!(matches!(error, NodeError::ForeignInvitation), "{error}");
}

#[test]
fn an_invitation_that_says_the_hub_made_it_but_was_signed_by_another_is_refused() {
    let (realm, hub) = street();
    let thief = realm.device("thief");
    let mut invitation = for_clerk(&hub, in_an_hour());
    invitation.terms.rights = Rights::hub();
    invitation.signature = thief.with(|r| r.identity().secret().sign(CONTEXT, &invitation.statement()));
    let error = enrol::honour(&hub, &invitation.encode(), &who(&thief)).expect_err("forged");
    assert!(matches!(error, NodeError::BadInvitation(_)), "{error}");
}

#[test]
fn an_invitation_is_good_for_one_device_which_may_ask_again() {
    let (realm, hub) = street();
    let invitation = for_clerk(&hub, in_an_hour()).encode();
    let (first, second) = (realm.device("first"), realm.device("second"));
    let bundle = enrol::honour(&hub, &invitation, &who(&first)).expect("the first device");
    let again = enrol::honour(&hub, &invitation, &who(&first)).expect("its answer was lost");
    assert_eq!(bundle, again, "the second time nothing is granted anew");
    let error = enrol::honour(&hub, &invitation, &who(&second)).expect_err("used");
    assert!(matches!(error, NodeError::UsedInvitation(device) if device == first.device()), "{error}");
    assert!(error.to_string().contains(&first.device().to_string()));
}

#[test]
fn a_revoked_device_does_not_come_back_by_its_old_invitation() {
    let (realm, hub) = street();
    let invitation = for_clerk(&hub, in_an_hour()).encode();
    let device = realm.device("clerk");
    enrol::honour(&hub, &invitation, &who(&device)).expect("the first time");
    crate::fixture::revoke(&hub, STREET, device.device());
    let error = enrol::honour(&hub, &invitation, &who(&device)).expect_err("revoked").to_string();
    assert!(error.contains("was revoked"), "{error}");
}

#[test]
fn terms_that_the_hub_could_not_keep_are_refused_when_made() {
    let (realm, hub) = street();
    let narrow = Rights::of(&[Right::Issue, Right::Records, Right::Notices]);
    let modest = realm.enrol(&realm.root, "modest", STREET, narrow);
    let clerk = realm.enrol(&hub, "clerk", COMMUNITY, Rights::clerk());
    let mut until_march = terms(COMMUNITY, Rights::clerk());
    until_march.not_after = Some(TimeMs(1_900_000_000_000));
    let passing = realm.device("passing");
    let mut ends = terms(STREET, Rights::hub());
    ends.not_after = until_march.not_after;
    crate::fixture::grant_by_file(&realm.root, &passing, realm.directory.path(), &ends);
    let mut long = terms(COMMUNITY, Rights::clerk());
    long.label = "x".repeat(257);
    let cases = [
        (&hub, terms("3211/02/002/001", Rights::clerk()), "does not stand above"),
        (&hub, terms(DISTRICT, Rights::clerk()), "does not stand above"),
        (&hub, terms(STREET, Rights::hub()), "does not stand above"),
        (&modest, terms(COMMUNITY, Rights::auditor()), "more than this device has"),
        (&clerk, terms(COMMUNITY, Rights::clerk()), "does not include the right `issue`"),
        (&realm.root, terms("3212", Rights::hub()), "does not lie in this realm"),
        (&passing, terms(COMMUNITY, Rights::clerk()), "own grant ends on"),
        (&hub, long, "257 bytes"),
    ];
    for (node, terms, why) in cases {
        let shown = format!("{terms:?}");
        let error = invite(node, loopback(), terms, in_an_hour()).expect_err(&shown).to_string();
        assert!(error.contains(why), "{error}");
    }
    invite(&passing, loopback(), until_march, in_an_hour()).expect("terms within its own");
    invite(&hub, loopback(), terms(STREET, Rights::clerk()), in_an_hour())
        .expect("a clerk of the street itself");
    let mut at_the_limit = terms(COMMUNITY, Rights::clerk());
    at_the_limit.label = "x".repeat(256);
    let invitation = invite(&hub, loopback(), at_the_limit, in_an_hour()).expect("a label at the limit");
    assert_eq!(Invitation::parse(&invitation.code()).expect("its code reads back"), invitation);
    let stranger = realm.device("stranger");
    let none = invite(&stranger, loopback(), terms(COMMUNITY, Rights::clerk()), in_an_hour());
    assert!(matches!(none, Err(NodeError::NoRealm)));
    assert_eq!(unit(STREET), hub.unit().expect("a unit"));
}
