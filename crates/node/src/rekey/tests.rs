//! What replacing a key promises.

use super::*;
use crate::fixture::{COMMUNITY, Chain, card, cards, unit, within, write};

#[tokio::test(flavor = "multi_thread")]
async fn a_device_goes_on_under_another_key_and_nothing_loses_its_effect() {
    let chain = within(Chain::start()).await;
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    write(&clerk, COMMUNITY, &[card(1, "before")]);
    let former = clerk.device();
    let next = within(replace_key(&clerk)).await.expect("the street renews");
    assert_ne!(next, former);
    assert_eq!(clerk.device(), next);
    assert_eq!(clerk.unit().expect("a grant"), unit(COMMUNITY));
    let street = &chain.street.node;
    let (was, is) = street.with(|r| {
        let trust = r.trust();
        let revoked = trust.grants().any(|(_, a)| a.grant.device == former && trust.is_revoked(a));
        (revoked, trust.grants_of(next).map(|(_, a)| a.grant.label.clone()).collect::<Vec<_>>())
    });
    assert!(was, "the former key is revoked");
    assert_eq!(is, ["clerk"], "under the same name");
    write(&clerk, COMMUNITY, &[card(2, "after")]);
    within(session::sync(&clerk)).await.expect("the next key is known");
    street.materialise().expect("made");
    assert_eq!((cards(&clerk).len(), cards(street)), (2, cards(&clerk)));
    for node in [&clerk, street] {
        assert_eq!(node.with(|r| r.counts()).expect("counted").left_out, 0);
    }
    // The store keeps the next key alone, and draws another one the next time.
    assert!(!clerk.with(|r| r.has_next_identity()).expect("read"));
    let third = within(replace_key(&clerk)).await.expect("as often as one likes");
    assert!(third != next && third != former);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_is_given_again() {
    let chain = within(Chain::start()).await;
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    write(&clerk, COMMUNITY, &[card(1, "before")]);
    within(session::sync(&clerk)).await.expect("synced");
    let former = clerk.device();
    let asked = begin_renewal(&clerk).expect("drawn");
    let next = asked.who.device;
    renew(&chain.street.node, former, &asked).expect("granted");
    // The device knows nothing of it, and its former key is revoked.
    assert_eq!(within(replace_key(&clerk)).await.expect("granted already"), next);
    let grants = chain.street.node.with(|r| r.trust().grants_of(next).count());
    assert_eq!(grants, 1, "nothing was granted twice");
    write(&clerk, COMMUNITY, &[card(2, "after")]);
    within(session::sync(&clerk)).await.expect("the next key is known");
    chain.street.node.materialise().expect("made");
    assert_eq!(cards(&chain.street.node).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_not_replaced_while_the_hub_lacks_anything_or_for_a_stranger() {
    let chain = within(Chain::start()).await;
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    write(&clerk, COMMUNITY, &[card(1, "not sent yet")]);
    let asked = begin_renewal(&clerk).expect("drawn");
    assert!(!asked.heads.is_empty());
    let next = asked.who.device;
    let street = &chain.street.node;
    let refused = |former, heads: &[(LogId, Head)]| {
        let asked = Renewal { heads: heads.to_vec(), who: asked.who.clone() };
        renew(street, former, &asked).expect_err("refused").to_string()
    };
    let error = refused(clerk.device(), &asked.heads);
    assert!(error.contains("sync first"), "{error}");
    let stranger = chain.realm.device("stranger");
    let error = refused(stranger.device(), &[]);
    assert!(error.contains("no grant here"), "{error}");
    let above = chain.district.node.device();
    let error = refused(above, &[]);
    assert!(error.contains("does not stand above") || error.contains("more than"), "{error}");
    street.with(|r| {
        assert!(r.trust().grants_of(next).next().is_none());
        assert!(r.trust().grants_of(clerk.device()).next().is_some());
    });
}
