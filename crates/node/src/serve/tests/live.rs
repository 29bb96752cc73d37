//! Links that live on while trust changes under them.

use std::time::Instant;

use linli_wire::{Channel, TimeMs};

use super::*;
use crate::{
    Terms,
    fixture::{NEIGHBOUR, OTHER_STREET, carry, grant_by_file, space, terms, unit},
    move_unit, now, replace_key,
};

/// Waits until a node shows these cards.
async fn shows(node: &Node, expected: &[&str]) {
    within(async {
        while cards(node) != expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

fn failures(node: &Node) -> u64 {
    node.tally().counts().into_iter().filter(|(reason, _)| *reason != "begun again").map(|(_, n)| n).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_grant_is_shared_at_once_on_a_live_link() {
    let chain = within(Chain::start()).await;
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    let live = Hub::start(&clerk, loopback()).expect("a free port");
    write(&clerk, COMMUNITY, &[card(1, "here")]);
    shows(&chain.street.node, &["00001 here"]).await;
    grant_by_file(
        &chain.street.node,
        &clerk,
        chain.realm.directory.path(),
        &terms(NEIGHBOUR, Rights::clerk()),
    );
    chain.street.node.announce();
    write(&clerk, NEIGHBOUR, &[card(2, "next door")]);
    let since = Instant::now();
    shows(&chain.city.node, &["00001 here", "00002 next door"]).await;
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    assert_eq!((failures(&clerk), failures(&chain.street.node)), (0, 0));
    within(live.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_ends_leaves_a_live_link_what_others_give() {
    let chain = within(Chain::start()).await;
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    let end = TimeMs(now().0 + 3_000);
    let ending = Terms { not_after: Some(end), ..terms(NEIGHBOUR, Rights::clerk()) };
    grant_by_file(&chain.street.node, &clerk, chain.realm.directory.path(), &ending);
    let live = Hub::start(&clerk, loopback()).expect("a free port");
    write(&clerk, NEIGHBOUR, &[card(1, "in time")]);
    shows(&chain.street.node, &["00001 in time"]).await;
    let left_ms = (end.0 - now().0).max(0) as u64;
    tokio::time::sleep(Duration::from_millis(left_ms + 50)).await;
    write(&clerk, NEIGHBOUR, &[card(2, "too late")]);
    write(&clerk, COMMUNITY, &[card(3, "here")]);
    shows(&chain.street.node, &["00001 in time", "00003 here"]).await;
    within(live.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_moves_is_sent_to_its_next_street_over_the_links_that_live() {
    let chain = within(Chain::start()).await;
    let other =
        Serving::start(chain.district.admit(&chain.realm, "other", OTHER_STREET, Rights::hub()).await);
    // Granted by the city: what the street that it leaves grants on this day has no effect any more.
    let clerk = chain.realm.enrol(&chain.city.node, "clerk", COMMUNITY, Rights::clerk());
    chain.city.node.announce();
    clerk.add_parent(&chain.street.parent(), true).expect("room");
    let live = Hub::start(&clerk, loopback()).expect("a free port");
    write(&clerk, COMMUNITY, &[card(1, "before")]);
    shows(&chain.city.node, &["00001 before"]).await;
    let to = unit("3211/02/002/009");
    move_unit(&chain.realm.root, &unit(COMMUNITY), &to, now().day_number()).expect("the root may");
    carry(&chain.realm.root, &chain.city.node);
    shows(&other.node, &["00001 before"]).await;
    // The street that it left takes and sends nothing of it any more; the one that it came to serves it now.
    let records = space(COMMUNITY, Channel::Records);
    let left = chain.street.node.with(|r| r.space_digests()).expect("read")[&records];
    write(&clerk, COMMUNITY, &[card(2, "after")]);
    within(sync_with(&clerk, &other.parent())).await.expect("its grant stands");
    shows(&chain.city.node, &["00001 before", "00002 after"]).await;
    assert_eq!(chain.street.node.with(|r| r.space_digests()).expect("read")[&records], left);
    within(live.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_serves_goes_on_under_another_key() {
    let chain = within(Chain::start()).await;
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    let live = Hub::start(&clerk, loopback()).expect("a free port");
    write(&clerk, COMMUNITY, &[card(1, "before")]);
    shows(&chain.street.node, &["00001 before"]).await;
    within(replace_key(&clerk)).await.expect("the street renews");
    write(&clerk, COMMUNITY, &[card(2, "after")]);
    shows(&chain.street.node, &["00001 before", "00002 after"]).await;
    within(live.stop()).await;
}
