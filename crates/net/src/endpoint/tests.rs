mod flood;

use std::error::Error as _;

use linli_wire::DeviceKey;

use super::*;
use crate::{
    connection::Ended,
    dial::SERVER_NAME,
    fixture::{
        BOUND, SHORT, Stranger, accept, acceptor, bind, dialler, impatient, linked, loopback,
        server_that_shows, within,
    },
    identity::encode_spki,
};

/// The SubjectPublicKeyInfo of some P-256 key, with its point left out: it is refused by its algorithm.
const P256_SPKI_START: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

fn p256_spki() -> Vec<u8> {
    [&P256_SPKI_START[..], &[4], &[0x5a; 64]].concat()
}

fn weak_spki() -> Vec<u8> {
    let mut neutral = [0; 32];
    neutral[0] = 1;
    encode_spki(DeviceKey(neutral))
}

/// What the acceptor says of a stranger, and what the stranger learns.
async fn meet(stranger: Stranger) -> (NetError, quinn::ConnectionError) {
    let far = bind(&acceptor(), Options::default());
    let address = far.local_addr();
    let coming = async {
        let near = Stranger::endpoint();
        let connecting = near.connect_with(stranger.config(), address, SERVER_NAME).expect("a usable config");
        match connecting.await {
            Ok(connection) => connection.closed().await,
            Err(error) => error,
        }
    };
    let (accepted, learnt) = within(async { tokio::join!(accept(&far), coming) }).await;
    (accepted.expect_err("a stranger is refused"), learnt)
}

#[tokio::test]
async fn both_ends_know_each_other_by_their_proven_keys() {
    for protocol in Protocol::ALL {
        let (near, far) = (bind(&dialler(), Options::default()), bind(&acceptor(), Options::default()));
        let dialling = near.connect(far.local_addr(), acceptor().device(), protocol);
        let (dialled, accepted) = within(async { tokio::join!(dialling, accept(&far)) }).await;
        let (dialled, accepted) = (dialled.expect("it dials"), accepted.expect("it accepts"));
        assert_eq!((dialled.peer(), dialled.protocol()), (acceptor().device(), protocol));
        assert_eq!((accepted.peer(), accepted.protocol()), (dialler().device(), protocol));
        assert_eq!(dialled.remote_addr(), far.local_addr());
        assert_eq!(accepted.remote_addr(), near.local_addr());
    }
}

#[tokio::test]
async fn two_endpoints_dial_each_other_from_the_sockets_they_serve_on() {
    let (near, far) = (bind(&dialler(), Options::default()), bind(&acceptor(), Options::default()));
    let there = near.connect(far.local_addr(), acceptor().device(), Protocol::Session);
    let back = far.connect(near.local_addr(), dialler().device(), Protocol::Session);
    let (there, back, at_near, at_far) =
        within(async { tokio::join!(there, back, accept(&near), accept(&far)) }).await;
    assert_eq!(there.expect("it dials").peer(), at_near.expect("it accepts").peer());
    assert_eq!(back.expect("it dials").peer(), at_far.expect("it accepts").peer());
}

#[tokio::test]
async fn another_device_at_the_address_is_refused_and_both_keys_are_named() {
    let (near, far) = (bind(&dialler(), Options::default()), bind(&acceptor(), Options::default()));
    let expected = Identity::from_seed([3; 32]).device();
    let dialling = near.connect(far.local_addr(), expected, Protocol::Session);
    let (dialled, accepted) = within(async { tokio::join!(dialling, accept(&far)) }).await;
    let error = dialled.expect_err("this is another device");
    assert!(matches!(error, NetError::WrongKey { found, .. } if found == acceptor().device()), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(&expected.short()) && text.contains(&acceptor().device().short()), "{text}");
    assert!(accepted.is_err());
}

#[tokio::test]
async fn a_client_without_a_key_is_refused() {
    let (error, _) = meet(Stranger { shows: None, ..Stranger::default() }).await;
    assert!(matches!(error, NetError::Handshake { .. }), "{error:?}");
}

#[tokio::test]
async fn a_client_whose_key_is_not_ed25519_is_refused() {
    let (error, learnt) = meet(Stranger { shows: Some(p256_spki()), ..Stranger::default() }).await;
    assert!(matches!(error, NetError::BadKey { source: KeyError::NotEd25519, .. }), "{error:?}");
    assert!(matches!(Ended::from(learnt.clone()), Ended::KeyRefused(_)), "{learnt}");
}

#[tokio::test]
async fn a_client_with_a_weak_key_is_refused() {
    let (error, _) = meet(Stranger { shows: Some(weak_spki()), ..Stranger::default() }).await;
    assert!(matches!(error, NetError::BadKey { source: KeyError::Weak, .. }), "{error:?}");
}

#[tokio::test]
async fn a_client_that_shows_anothers_key_is_refused() {
    let stolen = encode_spki(Identity::from_seed([3; 32]).device());
    let (error, learnt) = meet(Stranger { shows: Some(stolen), ..Stranger::default() }).await;
    assert!(matches!(error, NetError::Handshake { .. }), "{error:?}");
    assert!(matches!(Ended::from(learnt.clone()), Ended::KeyRefused(_)), "{learnt}");
}

#[tokio::test]
async fn a_client_of_another_protocol_is_refused() {
    for alpn in [vec![b"h3".to_vec()], vec![]] {
        let (_, learnt) = meet(Stranger { alpn, ..Stranger::default() }).await;
        let error = handshake_error(loopback(), Some(Protocol::Session), SHORT, learnt);
        assert!(matches!(error, NetError::OtherProtocol { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_server_whose_key_is_not_a_device_key_is_refused() {
    for (spki, why) in [(p256_spki(), KeyError::NotEd25519), (weak_spki(), KeyError::Weak)] {
        let far = server_that_shows(spki);
        let near = bind(&dialler(), Options::default());
        let address = far.local_addr().expect("a bound socket has an address");
        let serving = async { far.accept().await.expect("the endpoint is open").await };
        let dialling = near.connect(address, acceptor().device(), Protocol::Session);
        let (dialled, _) = within(async { tokio::join!(dialling, serving) }).await;
        let error = dialled.expect_err("this is no device");
        assert!(matches!(error, NetError::BadKey { source, .. } if source == why), "{error:?}");
    }
}

#[tokio::test]
async fn a_server_that_shows_the_expected_key_without_holding_it_is_refused() {
    let expected = Identity::from_seed([3; 32]).device();
    let far = server_that_shows(encode_spki(expected));
    let near = bind(&dialler(), Options::default());
    let address = far.local_addr().expect("a bound socket has an address");
    let serving = async { far.accept().await.expect("the endpoint is open").await };
    let dialling = near.connect(address, expected, Protocol::Session);
    let (dialled, _) = within(async { tokio::join!(dialling, serving) }).await;
    let error = dialled.expect_err("it signed with another key");
    assert!(matches!(error, NetError::Handshake { .. }), "{error:?}");
}

#[tokio::test]
async fn a_silent_address_is_given_up_in_time() {
    let silent = std::net::UdpSocket::bind(loopback()).expect("loopback has a free port");
    let address = silent.local_addr().expect("a bound socket has an address");
    let near = bind(&dialler(), impatient());
    let error = within(near.connect(address, acceptor().device(), Protocol::Session)).await;
    assert!(matches!(error, Err(NetError::NoAnswer { waited: SHORT, .. })), "{error:?}");
}

#[tokio::test]
async fn a_client_that_opens_no_stream_is_given_up_in_time() {
    let far = bind(&acceptor(), impatient());
    let near = Stranger::endpoint();
    let connecting = near
        .connect_with(Stranger::default().config(), far.local_addr(), SERVER_NAME)
        .expect("a usable config");
    let (accepted, connection) = within(async { tokio::join!(accept(&far), connecting) }).await;
    assert!(matches!(accepted, Err(NetError::NoAnswer { .. })), "{accepted:?}");
    within(connection.expect("its key is good").closed()).await;
}

#[tokio::test]
async fn a_client_that_does_not_begin_with_an_opening_is_refused() {
    let far = bind(&acceptor(), Options::default());
    let near = Stranger::endpoint();
    let connecting = near
        .connect_with(Stranger::default().config(), far.local_addr(), SERVER_NAME)
        .expect("a usable config");
    let talking = async {
        let connection = connecting.await.expect("its key is good");
        let (mut send, _receive) = connection.open_bi().await.expect("one stream is allowed");
        assert!(tokio::time::timeout(SHORT, connection.open_bi()).await.is_err(), "a second stream");
        send.write_all(b"GET / HTTP/1.1").await.expect("it is sent");
        connection.closed().await
    };
    let (accepted, _) = within(async { tokio::join!(accept(&far), talking) }).await;
    assert!(matches!(accepted, Err(NetError::NoOpening { peer }) if peer == dialler().device()));
}

#[tokio::test]
async fn no_session_is_resumed_and_no_early_data_taken() {
    let far = bind(&acceptor(), Options::default());
    let near = Stranger::endpoint();
    let config = Stranger { resumes: true, ..Stranger::default() }.config();
    for _ in 0..3 {
        let connecting =
            near.connect_with(config.clone(), far.local_addr(), SERVER_NAME).expect("a usable config");
        let connecting = connecting.into_0rtt().map(|_| ()).expect_err("nothing to resume");
        let talking = async {
            let connection = connecting.await.expect("its key is good");
            let (mut send, receive) = connection.open_bi().await.expect("one stream is allowed");
            send.write_all(&OPENING).await.expect("it is sent");
            // Time for a ticket to arrive, if there were one.
            tokio::time::sleep(SHORT / 3).await;
            (connection, send, receive)
        };
        let (accepted, _open) = within(async { tokio::join!(accept(&far), talking) }).await;
        accepted.expect("its key is good");
    }
}

#[tokio::test]
async fn under_load_a_dialler_must_prove_its_address_first() {
    for (unvalidated_max, proved) in [(0, true), (1, false)] {
        let options = Options { handshakes_unvalidated_max: unvalidated_max, ..Options::default() };
        let (near, far) = (bind(&dialler(), Options::default()), bind(&acceptor(), options));
        let dialling = near.connect(far.local_addr(), acceptor().device(), Protocol::Session);
        let accepting = async {
            let incoming = far.accept().await.expect("the endpoint is open");
            assert_eq!(incoming.is_address_validated(), proved);
            assert_eq!(incoming.remote_addr(), near.local_addr());
            incoming.await
        };
        let (dialled, accepted) = within(async { tokio::join!(dialling, accepting) }).await;
        assert!(dialled.is_ok() && accepted.is_ok());
    }
}

#[tokio::test]
async fn handshakes_past_the_limit_are_refused_at_once() {
    let options = Options { handshakes_max: 1, ..Options::default() };
    let (near, far) = (bind(&dialler(), Options::default()), bind(&acceptor(), options));
    let connect = || near.connect(far.local_addr(), acceptor().device(), Protocol::Session);
    let second = async {
        let under_way = far.accept().await.expect("the endpoint is open");
        let (refused, again) = tokio::join!(connect(), tokio::time::timeout(SHORT, far.accept()));
        assert!(again.is_err(), "nothing more is accepted");
        (refused, under_way.await)
    };
    let (first, (refused, accepted)) = within(async { tokio::join!(connect(), second) }).await;
    assert!(first.is_ok() && accepted.is_ok());
    assert!(matches!(refused, Err(NetError::Busy { .. })), "{refused:?}");
}

#[tokio::test]
async fn links_past_the_limit_are_refused_and_room_returns() {
    let options = Options { accepted_links_max: 1, ..Options::default() };
    let (near, far) = (bind(&dialler(), Options::default()), bind(&acceptor(), options));
    let connect = || near.connect(far.local_addr(), acceptor().device(), Protocol::Session);
    let (_first, held) = within(async { tokio::join!(connect(), accept(&far)) }).await;
    let (second, refused) = within(async { tokio::join!(connect(), accept(&far)) }).await;
    assert!(matches!(refused, Err(NetError::Busy { .. })), "{refused:?}");
    let learnt = match second {
        Ok(link) => within(link.split().1.recv()).await.map(|_| ()),
        Err(error) => Err(error),
    };
    assert!(matches!(learnt, Err(NetError::Busy { .. })), "{learnt:?}");
    drop(held);
    let (third, accepted) = within(async { tokio::join!(connect(), accept(&far)) }).await;
    assert!(third.is_ok() && accepted.is_ok());
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let taken = bind(&acceptor(), Options::default());
    let error = Endpoint::bind(taken.local_addr(), &dialler()).expect_err("it is in use");
    assert!(error.to_string().contains(&taken.local_addr().to_string()));
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_closed_endpoint_accepts_nothing_and_tells_its_peers_why() {
    let (near, far) = (bind(&dialler(), Options::default()), bind(&acceptor(), Options::default()));
    let (dialled, _accepted) = crate::fixture::linked_through(&near, &far, far.local_addr()).await;
    let (_sender, mut receiver) = dialled.split();
    within(far.close("the hub restarts")).await;
    let error = within(receiver.recv()).await;
    assert!(
        matches!(&error, Err(NetError::ClosedByPeer { reason, .. }) if reason == "the hub restarts"),
        "{error:?}"
    );
    assert!(within(far.accept()).await.is_none());
}

#[tokio::test]
async fn a_link_costs_little_before_it_says_anything() {
    let (dialled, accepted) = linked(Options::default()).await;
    assert!(dialled.handle().round_trip().expect("QUIC measures it") < BOUND);
    let bytes = accepted.handle().transport_bytes_received();
    // Two datagrams are padded to 1,200 bytes by QUIC itself.
    assert!((1200..6000).contains(&bytes), "{bytes}");
}
