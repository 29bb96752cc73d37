//! A flood of first packets, from addresses at which nobody answers.

use std::{
    collections::BTreeMap,
    net::UdpSocket,
    time::{Duration, Instant},
};

use super::*;

/// First packets of the flood, each of a connection of its own, and how often each is sent.
const CONNECTIONS: usize = 150;
const REPEATED: usize = 20;
const UNVALIDATED_MAX: usize = 8;

/// What diallers say first: genuine packets of connections that were never meant to go on.
async fn first_packets() -> Vec<Vec<u8>> {
    let sink = UdpSocket::bind(loopback()).expect("loopback has a free port");
    sink.set_nonblocking(true).expect("a socket of the test's own");
    let address = sink.local_addr().expect("it is bound");
    let near = bind(&dialler(), impatient());
    let mut packets = BTreeMap::new();
    let until = Instant::now() + BOUND;
    while packets.len() < CONNECTIONS {
        assert!(Instant::now() < until, "only {} dialled", packets.len());
        let dialling = near.connect(address, acceptor().device(), Protocol::Session);
        let _ = tokio::time::timeout(Duration::from_millis(3), dialling).await;
        let mut packet = [0; 2048];
        while let Ok(len) = sink.recv(&mut packet) {
            // A long header: flags, version, and the connection's id behind its length.
            let id = packet[6..6 + usize::from(packet[5])].to_vec();
            packets.entry(id).or_insert_with(|| packet[..len].to_vec());
        }
    }
    packets.into_values().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_packets_that_nobody_stands_behind_keeps_nobody_out() {
    let packets = first_packets().await;
    let tally = Tally::default();
    let options = Options { handshakes_unvalidated_max: UNVALIDATED_MAX, ..Options::default() };
    let far = bind(&acceptor(), options).counting(tally.clone());
    let serving = far.clone();
    let accepting = tokio::spawn(async move {
        while let Some(incoming) = serving.accept().await {
            tokio::spawn(async move { incoming.await });
        }
    });
    let target = far.local_addr();
    let flood = std::thread::spawn(move || {
        for round in 0..REPEATED {
            // Another address each time; what is answered is never read.
            let socket = UdpSocket::bind(loopback()).expect("loopback has a free port");
            for packet in &packets {
                // The kernel may drop some, as a network would.
                let _ = socket.send_to(packet, target);
            }
            std::thread::sleep(Duration::from_millis(round as u64));
        }
    });
    let near = bind(&dialler(), Options::default());
    for _ in 0..3 {
        let link = within(near.connect(target, acceptor().device(), Protocol::Session)).await;
        assert!(link.is_ok(), "an honest dialler comes through: {link:?}");
        assert!(far.places.handshakes() <= UNVALIDATED_MAX + 4, "{} under way", far.places.handshakes());
    }
    flood.join().expect("the flood ends");
    let asked = tally.counts().get("address to be proved").copied().unwrap_or_default();
    assert!(asked as usize >= CONNECTIONS / 2, "{asked} were asked to prove their address");
    accepting.abort();
}
