//! What serving promises: it goes on after a restart, and a stop loses nothing.

mod live;

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
    let mut seconds = |ended| redial.wait_after(ended).as_secs();
    let (settled, unsettled, again) = (Ended::Settled, Ended::Unsettled, Ended::Again);
    assert_eq!([unsettled; 10].map(&mut seconds), [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    assert_eq!([settled, settled, unsettled, unsettled].map(&mut seconds), [1, 1, 1, 2]);
    assert_eq!([again, unsettled, again, again, unsettled].map(&mut seconds), [0, 4, 0, 0, 8]);
    for _ in 0..100 {
        assert!(seconds(unsettled) <= 300);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_has_it_from_another_is_sent_nothing_again() {
    let chain = within(Chain::start()).await;
    let second = Serving::start(chain.district.admit(&chain.realm, "second", STREET, Rights::hub()).await);
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    clerk.add_parent(&second.parent(), false).expect("room");
    assert_eq!(clerk.parents().expect("read"), [chain.street.parent(), second.parent()]);
    let cards: Vec<_> = (0..60).map(|n| card(n, &crate::fixture::noise(u64::from(n), 2_000))).collect();
    write(&clerk, COMMUNITY, &cards);
    let (parent, report) = within(crate::sync(&clerk)).await.expect("the first one answers");
    assert_eq!(parent, chain.street.parent());
    assert!(report.pushed > 0 && report.bytes_sent > 50_000, "{report:?}");
    let hubs = [&chain.city.node, &chain.district.node, &chain.street.node, &second.node];
    converge(&chain.street.parent(), &[&clerk], &hubs).await;
    let report = within(sync_with(&clerk, &second.parent())).await.expect("the second one serves");
    assert_eq!((report.pushed, report.received), (0, 0), "{report:?}");
    assert!(report.bytes_sent < 1_024, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_does_not_answer_is_passed_over_and_gone_back_to() {
    let chain = within(Chain::start()).await;
    let second = Serving::start(chain.district.admit(&chain.realm, "second", STREET, Rights::hub()).await);
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    clerk.add_parent(&second.parent(), false).expect("room");
    // Another device answers at the first one's address.
    let replaced = Parent { address: chain.city.hub.address(), device: chain.street.node.device() };
    clerk.add_parent(&replaced, true).expect("room");
    write(&clerk, COMMUNITY, &[card(1, "by the second")]);
    let (parent, report) = within(crate::sync(&clerk)).await.expect("the second one answers");
    assert_eq!((parent, report.settled), (second.parent(), true));
    assert_eq!(cards(&second.node), ["00001 by the second"]);
    assert_eq!(clerk.tally().counts(), [("wrong key", 1)].into());

    let dialled = dial(&clerk, second.hub.address(), Some(second.node.device()), Protocol::Session).await;
    let (dialled, soon) = (dialled.expect("it answers"), Duration::from_millis(200));
    let (report, ended) = within(live(&clerk, dialled, &[chain.street.parent()], soon)).await;
    assert!(ended.is_ok() && report.settled, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serving_device_goes_on_with_the_next_hub_when_the_first_is_gone() {
    let chain = within(Chain::start()).await;
    let second = Serving::start(chain.district.admit(&chain.realm, "second", STREET, Rights::hub()).await);
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    clerk.add_parent(&second.parent(), false).expect("room");
    let serving = Hub::start(&clerk, loopback()).expect("a free port");
    write(&clerk, COMMUNITY, &[card(1, "to the first")]);
    let shown = |node: &Node, count: usize| {
        let node = node.clone();
        within(async move {
            while cards(&node).len() < count {
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        })
    };
    shown(&chain.street.node, 1).await;
    chain.street.hub.stop().await;
    // The first one's port is free, so that another answers there and the device need not wait for silence.
    write(&clerk, COMMUNITY, &[card(2, "to the second")]);
    shown(&second.node, 2).await;
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_of_a_community_sync_with_no_hub() {
    let chain = within(Chain::start()).await;
    let first = within(chain.clerk("first", COMMUNITY)).await;
    let second = within(chain.clerk("second", COMMUNITY)).await;
    within(sync_with(&first, &chain.street.parent())).await.expect("it hears of the other's grant");
    chain.street.hub.stop().await;
    let serving = Hub::start(&first, loopback()).expect("a device may serve");
    write(&first, COMMUNITY, &[card(1, "of the first")]);
    write(&second, COMMUNITY, &[card(2, "of the second")]);
    let report = within(crate::sync_at(&second, serving.address(), None)).await.expect("it is served");
    assert!(report.equal, "{report:?}");
    for node in [&first, &second] {
        assert_eq!(cards(node), ["00001 of the first", "00002 of the second"]);
    }
    // A device of another unit gets nothing but what both may read.
    let stranger = chain.realm.device("stranger");
    let refused = within(crate::sync_at(&stranger, serving.address(), None)).await;
    assert!(refused.is_err());
    within(serving.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_metered_device_sends_no_records_until_it_is_metered_no_longer() {
    let chain = within(Chain::start()).await;
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    let metered = crate::NetworkSettings { metered: true, ..crate::NetworkSettings::default() };
    clerk.set_network_settings(&metered).expect("kept");
    write(&clerk, COMMUNITY, &[card(1, "later")]);
    let report = within(sync_with(&clerk, &chain.street.parent())).await.expect("served");
    assert!(report.settled && report.equal, "of what is carried both hold the same: {report:?}");
    assert_eq!(cards(&chain.street.node), Vec::<String>::new());
    clerk.set_network_settings(&crate::NetworkSettings::default()).expect("kept");
    within(sync_with(&clerk, &chain.street.parent())).await.expect("served");
    assert_eq!(cards(&chain.street.node), ["00001 later"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_and_syncing_go_over_tcp_where_that_worked_before() {
    let chain = within(Chain::start()).await;
    let clerk = chain.realm.device("clerk");
    let address = chain.street.hub.address();
    let now = crate::now().0.to_be_bytes();
    clerk.with(|r| r.set_meta(&format!("tcp {address}"), &now)).expect("kept");
    let invitation = chain.street.invite(COMMUNITY, Rights::clerk()).code();
    within(crate::join(&clerk, &invitation, "clerk")).await.expect("it joins");
    write(&clerk, COMMUNITY, &[card(1, "over tcp")]);
    let report = within(sync_with(&clerk, &chain.street.parent())).await.expect("served");
    assert_eq!((report.transport, report.equal), (linli_net::Transport::Tcp, true));
    assert_eq!(cards(&chain.street.node), ["00001 over tcp"]);
    assert_eq!(held_in(&clerk), [STREET]);
    // What was long ago is not relied on.
    clerk.with(|r| r.set_meta(&format!("tcp {address}"), &0_i64.to_be_bytes())).expect("kept");
    let report = within(sync_with(&clerk, &chain.street.parent())).await.expect("served");
    assert_eq!(report.transport, linli_net::Transport::Quic);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_refused_is_counted_by_reason() {
    let chain = within(Chain::start()).await;
    let stranger = chain.realm.device("stranger");
    for _ in 0..2 {
        let dialled = dial(&stranger, chain.street.hub.address(), None, Protocol::Session).await;
        let Dialled { endpoint, link } = dialled.expect("its key is proved");
        let (_sender, mut receiver) = link.split();
        assert!(within(receiver.recv()).await.is_err(), "it has no grant");
        endpoint.close("done").await;
    }
    assert_eq!(chain.street.node.tally().counts().get("no grant"), Some(&2));
    assert_eq!(chain.city.node.tally().counts().get("no grant"), None);
}
