use std::time::Instant;

use linli_wire::{Frame, Lane};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::TcpListener,
};

use super::*;
use crate::{
    Options,
    fixture::{
        SHORT, TcpRelay, accept, acceptor, bind, dialler, frame, impatient, linked_over, loopback, within,
    },
    identity::{Identity, encode_spki},
};

/// Falls back at once, so that a test need not wait.
fn hasty() -> Options {
    Options { fallback_delay: SHORT / 10, ..Options::default() }
}

fn towards(address: SocketAddr) -> Dial {
    Dial::to(address, acceptor().device(), Protocol::Session)
}

async fn exchange(near: Link, far: Link) {
    let (near, mut far) = (near.split(), far.split());
    near.0.send(frame(Lane::Bulk, vec![7; 300_000])).await.expect("the link is open");
    assert_eq!(within(far.1.recv()).await.expect("it comes"), Some(frame(Lane::Bulk, vec![7; 300_000])));
    far.0.send(frame(Lane::Control, *b"got it")).await.expect("the link is open");
    let (_near, mut receiver) = near;
    assert_eq!(within(receiver.recv()).await.expect("it comes"), Some(frame(Lane::Control, *b"got it")));
}

#[tokio::test]
async fn where_udp_is_blocked_the_same_link_goes_over_tcp() {
    for protocol in Protocol::ALL {
        let (near, far) = (bind(&dialler(), hasty()), bind(&acceptor(), hasty()));
        let relay = TcpRelay::to(far.local_addr()).await;
        let dialling = near.connect(relay.address, acceptor().device(), protocol);
        let (dialled, accepted) = within(async { tokio::join!(dialling, accept(&far)) }).await;
        let (dialled, accepted) = (dialled.expect("it dials"), accepted.expect("it accepts"));
        for (link, peer) in [(&dialled, acceptor()), (&accepted, dialler())] {
            assert_eq!(
                (link.transport(), link.protocol(), link.peer()),
                (Transport::Tcp, protocol, peer.device())
            );
        }
        exchange(dialled, accepted).await;
    }
}

#[tokio::test]
async fn quic_is_taken_where_it_answers_and_tcp_where_it_worked_before() {
    for first in Transport::ALL {
        let (near, far) = (bind(&dialler(), Options::default()), bind(&acceptor(), Options::default()));
        let dial = Dial { first, ..towards(far.local_addr()) };
        let (dialled, accepted) = within(async { tokio::join!(near.dial(&dial), accept(&far)) }).await;
        assert_eq!(dialled.expect("it dials").transport(), first);
        assert_eq!(accepted.expect("it accepts").transport(), first);
    }
}

#[tokio::test]
async fn a_way_that_no_longer_works_falls_back_to_the_other() {
    let near = bind(&dialler(), Options::default());
    // An endpoint at which nobody can dial in over TCP: it is refused at once, and QUIC follows.
    let far = Endpoint::dialler(loopback(), &acceptor()).expect("any port");
    let address = SocketAddr::from(([127, 0, 0, 1], far.local_addr().port()));
    let dial = Dial { first: Transport::Tcp, ..towards(address) };
    let (dialled, accepted) = within(async { tokio::join!(near.dial(&dial), accept(&far)) }).await;
    assert_eq!(dialled.expect("it dials").transport(), Transport::Quic);
    assert!(accepted.is_ok());
}

#[tokio::test]
async fn a_device_that_is_not_the_expected_one_is_refused_over_tcp_too() {
    let (near, far) = (bind(&dialler(), Options::default()), bind(&acceptor(), Options::default()));
    let expected = Identity::from_seed([3; 32]).device();
    let dial = Dial { expected: Some(expected), first: Transport::Tcp, ..towards(far.local_addr()) };
    let (dialled, accepted) = within(async { tokio::join!(near.dial(&dial), accept(&far)) }).await;
    let error = dialled.expect_err("this is another device");
    assert!(matches!(error, NetError::WrongKey { found, .. } if found == acceptor().device()), "{error:?}");
    assert!(accepted.is_err());
}

#[tokio::test]
async fn where_nobody_is_expected_whoever_answers_proves_who_it_is() {
    for first in Transport::ALL {
        let (near, far) = (bind(&dialler(), Options::default()), bind(&acceptor(), Options::default()));
        let dial = Dial { expected: None, first, ..towards(far.local_addr()) };
        let (dialled, accepted) = within(async { tokio::join!(near.dial(&dial), accept(&far)) }).await;
        assert_eq!(dialled.expect("it dials").peer(), acceptor().device());
        assert_eq!(accepted.expect("it accepts").peer(), dialler().device());
    }
}

#[tokio::test]
async fn an_address_where_nothing_answers_is_given_up_in_time() {
    let silent = TcpListener::bind(loopback()).await.expect("loopback has a free port");
    let address = silent.local_addr().expect("bound");
    let _udp = std::net::UdpSocket::bind(address).expect("free for UDP too");
    let options = Options { fallback_delay: SHORT / 10, ..impatient() };
    let near = bind(&dialler(), options);
    let error = within(near.connect(address, acceptor().device(), Protocol::Session)).await;
    assert!(matches!(error, Err(NetError::NoAnswer { waited: SHORT, .. })), "{error:?}");
}

/// A proxy that opens tunnels, and counts them in what it returns.
async fn open_proxy() -> (Proxy, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind(loopback()).await.expect("loopback has a free port");
    let proxy = listener.local_addr().expect("bound").to_string().parse().expect("host and port");
    let serving = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.expect("somebody comes");
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(client.read_u8().await.expect("a request"));
        }
        let asked = String::from_utf8(asked).expect("text");
        let target = asked.split(' ').nth(1).expect("CONNECT address").to_owned();
        let mut target = tokio::net::TcpStream::connect(target).await.expect("the target listens");
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("the client waits");
        // Ends when either side leaves, however it does.
        let _ = copy_bidirectional(&mut client, &mut target).await;
        asked
    });
    (proxy, serving)
}

#[tokio::test]
async fn a_link_goes_through_a_proxy_with_the_same_proofs() {
    let (near, far) = (bind(&dialler(), hasty()), bind(&acceptor(), hasty()));
    let (proxy, serving) = open_proxy().await;
    let dial = Dial { first: Transport::Tcp, proxy: Some(proxy), ..towards(far.local_addr()) };
    let (dialled, accepted) = within(async { tokio::join!(near.dial(&dial), accept(&far)) }).await;
    let (dialled, accepted) = (dialled.expect("it dials"), accepted.expect("it accepts"));
    assert_eq!((dialled.peer(), accepted.peer()), (acceptor().device(), dialler().device()));
    exchange(dialled, accepted).await;
    let asked = within(serving).await.expect("it served");
    assert!(asked.starts_with(&format!("CONNECT {} HTTP/1.1\r\n", far.local_addr())), "{asked}");
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_where_udp_is_blocked_too() {
    let closed = TcpListener::bind(loopback()).await.expect("loopback has a free port");
    let proxy: Proxy = closed.local_addr().expect("bound").to_string().parse().expect("host and port");
    drop(closed);
    let udp = std::net::UdpSocket::bind(loopback()).expect("loopback has a free port");
    let near = bind(&dialler(), Options { fallback_delay: SHORT / 10, ..impatient() });
    let dial = Dial { proxy: Some(proxy.clone()), ..towards(udp.local_addr().expect("bound")) };
    let error = within(near.dial(&dial)).await.expect_err("no way leads there");
    assert!(
        matches!(&error, NetError::Proxy { proxy: named, .. } if *named == proxy.to_string()),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_client_that_is_no_device_is_refused_over_tcp_by_the_same_rules() {
    use crate::fixture::Stranger;
    let stolen = encode_spki(Identity::from_seed([3; 32]).device());
    let mut weak = [0; 32];
    weak[0] = 1;
    let weak = encode_spki(DeviceKey(weak));
    for (shows, alpn, reason) in [
        (None, true, "handshake failed"),
        (Some(stolen), true, "handshake failed"),
        (Some(weak), true, "bad key"),
        (Stranger::default().shows, false, "other protocol"),
    ] {
        let stranger = Stranger { shows, ..Stranger::default() };
        let stranger = if alpn { stranger } else { Stranger { alpn: vec![], ..stranger } };
        let far = bind(&acceptor(), Options::default());
        let coming = async {
            let stream = tokio::net::TcpStream::connect(far.local_addr()).await.expect("it listens");
            let name = ServerName::try_from(SERVER_NAME).expect("a name");
            let stream = TlsConnector::from(Arc::new(stranger.tls())).connect(name, stream).await;
            if let Ok(mut stream) = stream {
                let mut rest = Vec::new();
                let _ = stream.read_to_end(&mut rest).await;
            }
        };
        let (accepted, ()) = within(async { tokio::join!(accept(&far), coming) }).await;
        let error = accepted.expect_err("a stranger is refused");
        assert_eq!(error.reason(), reason, "{error:?}");
    }
}

#[tokio::test]
async fn no_session_over_tcp_is_resumed() {
    use crate::fixture::Stranger;
    let far = bind(&acceptor(), Options::default());
    let config = Arc::new(Stranger { resumes: true, ..Stranger::default() }.tls());
    for _ in 0..2 {
        let coming = async {
            let stream = tokio::net::TcpStream::connect(far.local_addr()).await.expect("it listens");
            let name = ServerName::try_from(SERVER_NAME).expect("a name");
            let mut stream =
                TlsConnector::from(config.clone()).connect(name, stream).await.expect("its key is good");
            let mut opening = Vec::new();
            crate::tcp::encode_data(&OPENING, &mut opening);
            stream.write_all(&opening).await.expect("it is sent");
            // Time for a ticket to arrive, if there were one.
            let mut byte = [0];
            let _ = timeout(SHORT / 3, stream.read(&mut byte)).await;
            assert_eq!(stream.get_ref().1.handshake_kind(), Some(rustls::HandshakeKind::Full));
        };
        let (accepted, ()) = within(async { tokio::join!(accept(&far), coming) }).await;
        accepted.expect("its key is good");
    }
}

#[tokio::test]
async fn a_closed_endpoint_tells_its_peers_over_tcp_why_and_leaves_nothing_behind() {
    let (near, far) = (bind(&dialler(), Options::default()), bind(&acceptor(), Options::default()));
    let dial = Dial { first: Transport::Tcp, ..towards(far.local_addr()) };
    let (dialled, accepted) = within(async { tokio::join!(near.dial(&dial), accept(&far)) }).await;
    let ((_sender, mut receiver), _accepted) = (dialled.expect("it dials").split(), accepted);
    let began = Instant::now();
    let (closed, error) =
        within(async { tokio::join!(far.close("the hub restarts"), receiver.recv()) }).await;
    let () = closed;
    assert!(
        matches!(&error, Err(NetError::ClosedByPeer { reason, .. }) if reason == "the hub restarts"),
        "{error:?}"
    );
    assert!(began.elapsed() < crate::limits::CLOSE_TIMEOUT, "it does not wait out its time");
}

#[tokio::test]
async fn links_past_a_device_s_places_are_refused_over_either_transport() {
    for first in Transport::ALL {
        let options = Options { links_per_device_max: 1, ..Options::default() };
        let (near, far) = (bind(&dialler(), options), bind(&acceptor(), options));
        let tally = crate::Tally::default();
        let far = far.counting(tally.clone());
        let dial = Dial { first, ..towards(far.local_addr()) };
        let (_held, first_link) = within(async { tokio::join!(near.dial(&dial), accept(&far)) }).await;
        let first_link = first_link.expect("there is room");
        let (second, refused) = within(async { tokio::join!(near.dial(&dial), accept(&far)) }).await;
        assert!(matches!(refused, Err(NetError::Busy { .. })), "{refused:?}");
        let learnt = match second {
            Ok(link) => within(link.split().1.recv()).await.map(|_| ()),
            Err(error) => Err(error),
        };
        assert!(matches!(learnt, Err(NetError::Busy { .. })), "{learnt:?}");
        assert_eq!(tally.counts(), [("too many links", 1)].into());
        // Another device has places of its own, and the links that are open are not the worse for it.
        let other = bind(&Identity::from_seed([5; 32]), options);
        let (third, accepted) = within(async { tokio::join!(other.dial(&dial), accept(&far)) }).await;
        assert!(third.is_ok() && accepted.is_ok());
        let handle = first_link.handle();
        assert!(timeout(SHORT / 10, handle.closed()).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_there_is_room_for_goes_both_ways_at_once() {
    for over in Transport::ALL {
        let (dialled, accepted) = linked_over(over, Options::default()).await;
        let ends = [dialled, accepted].map(|link| async {
            let (sender, mut receiver) = link.split();
            let sending = async {
                for number in 0..8 {
                    sender.send(frame(Lane::Bulk, vec![number; 1_400_000])).await?;
                }
                sender.finish().await
            };
            let reading = async {
                let mut frames = 0;
                while let Some(Frame { body, .. }) = receiver.recv().await? {
                    assert!(body.iter().all(|byte| *byte == frames) && body.len() == 1_400_000);
                    frames += 1;
                }
                Ok(frames)
            };
            let (sent, frames): (_, Result<u8, NetError>) = tokio::join!(sending, reading);
            sent.and(frames)
        });
        let [near, far] = ends;
        let (near, far) = within(async { tokio::join!(near, far) }).await;
        assert_eq!((near.expect("a clean end"), far.expect("a clean end")), (8, 8));
    }
}
