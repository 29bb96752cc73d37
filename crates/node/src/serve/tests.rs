//! What serving promises: it goes on after a restart, and a stop loses nothing.

use std::time::Duration;

use linli_log::Rights;

use super::*;
use crate::{
    NodeError,
    fixture::{
        COMMUNITY, Chain, DISTRICT, Realm, STREET, Serving, card, cards, converge, held_in, loopback, within,
        write,
    },
    sync_with,
};

#[test]
fn a_parent_is_dialled_more_and_more_seldom_until_a_session_settles() {
    let mut redial = Redial::default();
    let mut seconds = |settled| redial.wait_after(settled).as_secs();
    assert_eq!([false; 10].map(&mut seconds), [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    assert_eq!([true, true, false, false].map(&mut seconds), [1, 1, 1, 2]);
    for _ in 0..100 {
        assert!(seconds(false) <= 300);
    }
}

/// Opens a node's directory again once nobody uses it any more.
async fn reopen(directory: &std::path::Path) -> Node {
    within(async {
        loop {
            match Node::open(directory) {
                Ok(node) => return node,
                Err(NodeError::Store(linli_store::StoreError::Locked(_))) => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_stopped_lets_go_of_its_directory_at_once() {
    let chain = within(Chain::start()).await;
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    write(&clerk, COMMUNITY, &[card(1, "here")]);
    within(sync_with(&clerk, &chain.street.parent())).await.expect("served");
    let Serving { node, hub } = chain.street;
    within(hub.stop()).await;
    drop(node);
    Node::open(&chain.realm.path("street")).expect("nobody uses it");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_go_on_when_a_hub_is_restarted() {
    let chain = within(Chain::start()).await;
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    write(&clerk, COMMUNITY, &[card(1, "before")]);
    let hubs = [&chain.city.node, &chain.district.node, &chain.street.node];
    converge(&chain.street.parent(), &[&clerk], &hubs).await;

    // The district goes away without a word, as when its process ends.
    let Serving { node, hub } = chain.district;
    let address = hub.address();
    drop((node, hub));
    write(&clerk, COMMUNITY, &[card(2, "while it was away")]);
    within(sync_with(&clerk, &chain.street.parent())).await.expect("the street serves meanwhile");
    let node = reopen(&chain.realm.path("district")).await;
    assert_eq!(cards(&node), ["00001 before"]);
    let _hub = within(async {
        loop {
            match Hub::start(&node, address) {
                Ok(hub) => return hub,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    })
    .await;
    converge(&chain.street.parent(), &[&clerk], &[&chain.city.node, &node, &chain.street.node]).await;
    assert_eq!(cards(&chain.city.node), ["00001 before", "00002 while it was away"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hub_has_acknowledged_is_there_after_it_was_stopped_mid_way() {
    let realm = Realm::begin();
    let mut street = realm.hub(&realm.root, "street", STREET);
    let clerk = street.admit(&realm, "clerk", COMMUNITY, Rights::clerk()).await;
    let mut acknowledged = 0;
    for round in 0..12_u16 {
        for number in 0..20 {
            write(&clerk, COMMUNITY, &[card(round * 20 + number, &"门".repeat(200))]);
        }
        let (device, parent) = (clerk.clone(), street.parent());
        let syncing = tokio::spawn(async move { sync_with(&device, &parent).await });
        tokio::time::sleep(Duration::from_millis(u64::from(round) * 6)).await;
        let Serving { node, hub } = street;
        if round % 2 == 0 {
            drop(hub);
        } else {
            within(hub.stop()).await;
        }
        drop(node);
        // It may have come through or have failed; either way it ends.
        let _ = within(syncing).await.expect("no panic");
        let node = reopen(&realm.path("street")).await;
        for held in clerk.with(|r| r.held_by(true)).expect("receipts") {
            let sql =
                "SELECT COUNT(*) FROM entry JOIN log USING (log_no) WHERE log.id = ?1 AND entry.seq = ?2";
            let here: Vec<i64> = node
                .with(|r| {
                    r.query(
                        sql,
                        [rusqlite::types::Value::from(held.log.0.to_vec()), (held.seq as i64).into()],
                        |row| row.get(0),
                    )
                })
                .expect("rows");
            assert_eq!(here, [1], "round {round}: entry {} was acknowledged", held.seq);
            acknowledged = acknowledged.max(held.seq);
        }
        node.with(|r| r.verify_segments()).expect("nothing is damaged");
        street = Serving::start(node);
    }
    assert!(acknowledged > 0, "no receipt came in any round");
    within(sync_with(&clerk, &street.parent())).await.expect("the hub serves again");
    assert_eq!(cards(&street.node), cards(&clerk));
    assert_eq!(cards(&clerk).len(), 240);
    assert_eq!(held_in(&clerk), [STREET]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_ended_before_it_acknowledged_makes_up_for_it() {
    let realm = Realm::begin();
    let street = realm.hub(&realm.root, "street", STREET);
    let clerk = street.admit(&realm, "clerk", COMMUNITY, Rights::clerk()).await;
    let Serving { node, hub } = street;
    within(hub.stop()).await;
    write(&clerk, COMMUNITY, &[card(1, "here")]);
    let records = crate::fixture::space(COMMUNITY, linli_wire::Channel::Records);
    let segments = clerk.with(|r| {
        r.seal()?;
        r.segments(&records)
    });
    // Stored, and then nothing more.
    node.with(|r| r.store(segments.expect("sealed"), &|_| true)).expect("stored");
    let street = Serving::start(node);
    within(sync_with(&clerk, &street.parent())).await.expect("served");
    assert_eq!(held_in(&clerk), [STREET]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_serves_itself_is_told_as_soon_as_anything_happens() {
    let chain = within(Chain::start()).await;
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    let live = Hub::start(&clerk, loopback()).expect("a free port");
    write(&clerk, COMMUNITY, &[card(1, "here")]);
    let all = [STREET, DISTRICT, "3211"];
    within(async {
        while !all.iter().all(|unit| held_in(&clerk).iter().any(|held| held == unit)) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(cards(&chain.city.node), ["00001 here"]);
    within(live.stop()).await;
}
