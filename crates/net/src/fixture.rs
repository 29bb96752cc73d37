//! What the tests of several modules build on: endpoints and links on loopback, a network that can
//! go silent, and peers that do not keep to the rules.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use linli_wire::{Frame, Lane};
use rustls::{
    client::AlwaysResolvesClientRawPublicKeys, pki_types::CertificateDer, sign::CertifiedKey, version::TLS13,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream, UdpSocket,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

use crate::{
    Dial, Endpoint, Identity, Link, NetError, Options, Protocol, Transport, config::Settings,
    verify::DeviceVerifier,
};

/// No test waits longer than this for anything.
pub(crate) const BOUND: Duration = Duration::from_secs(20);
/// A timeout that a test waits out.
pub(crate) const SHORT: Duration = Duration::from_millis(500);

pub(crate) fn loopback() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

pub(crate) fn dialler() -> Identity {
    Identity::from_seed([1; 32])
}

pub(crate) fn acceptor() -> Identity {
    Identity::from_seed([2; 32])
}

/// Both ends give up early.
pub(crate) fn impatient() -> Options {
    Options {
        handshake_timeout: SHORT,
        idle_timeout: SHORT,
        keep_alive_interval: SHORT / 4,
        stall_timeout: SHORT,
        ..Options::default()
    }
}

pub(crate) fn bind(identity: &Identity, options: Options) -> Endpoint {
    Endpoint::bind_with(loopback(), identity, options).expect("loopback has a free port")
}

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(BOUND, future).await.expect("the test would hang")
}

/// Accepts the next device.
pub(crate) async fn accept(endpoint: &Endpoint) -> Result<Link, NetError> {
    within(async { endpoint.accept().await.expect("the endpoint is open").await }).await
}

/// A link: the dialler's end and the acceptor's.
pub(crate) async fn linked_over(over: Transport, options: Options) -> (Link, Link) {
    let (near, far) = (bind(&dialler(), options), bind(&acceptor(), options));
    let dial = Dial { first: over, ..Dial::to(far.local_addr(), acceptor().device(), Protocol::Session) };
    let (dialled, accepted) = within(async { tokio::join!(near.dial(&dial), accept(&far)) }).await;
    let (dialled, accepted) = (dialled.expect("the dial succeeds"), accepted.expect("it is accepted"));
    assert_eq!((dialled.transport(), accepted.transport()), (over, over));
    (dialled, accepted)
}

/// A link over QUIC.
pub(crate) async fn linked(options: Options) -> (Link, Link) {
    linked_over(Transport::Quic, options).await
}

/// A link of which the dialler reaches the acceptor at `address`.
pub(crate) async fn linked_through(near: &Endpoint, far: &Endpoint, address: SocketAddr) -> (Link, Link) {
    let dialling = near.connect(address, acceptor().device(), Protocol::Session);
    let (dialled, accepted) = within(async { tokio::join!(dialling, accept(far)) }).await;
    (dialled.expect("the dial succeeds"), accepted.expect("the handshake succeeds"))
}

pub(crate) fn frame(lane: Lane, body: impl Into<Vec<u8>>) -> Frame {
    Frame { lane, body: body.into() }
}

/// A relay in front of `target` that can fall silent, as a network does whose cable is pulled.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    silent: Arc<AtomicBool>,
}

impl Relay {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let outside = UdpSocket::bind(loopback()).await.expect("loopback has a free port");
        let inside = UdpSocket::bind(loopback()).await.expect("loopback has a free port");
        let address = outside.local_addr().expect("a bound socket has an address");
        let silent = Arc::new(AtomicBool::new(false));
        let (quiet, mut client) = (silent.clone(), None);
        tokio::spawn(async move {
            let (mut from_client, mut from_target) = (vec![0; 65_536], vec![0; 65_536]);
            loop {
                let sent = tokio::select! {
                    read = outside.recv_from(&mut from_client) => {
                        let (len, from) = read.expect("loopback works");
                        client = Some(from);
                        if quiet.load(Ordering::Relaxed) { continue; }
                        inside.send_to(&from_client[..len], target).await
                    }
                    read = inside.recv_from(&mut from_target) => {
                        let (len, _) = read.expect("loopback works");
                        let Some(to) = client else { continue };
                        if quiet.load(Ordering::Relaxed) { continue; }
                        outside.send_to(&from_target[..len], to).await
                    }
                };
                sent.expect("loopback works");
            }
        });
        Self { address, silent }
    }

    pub(crate) fn fall_silent(&self) {
        self.silent.store(true, Ordering::Relaxed);
    }
}

/// A relay of TCP in front of `target`, at an address where nothing answers over UDP. It can fall silent.
pub(crate) struct TcpRelay {
    pub(crate) address: SocketAddr,
    silent: Arc<AtomicBool>,
    _udp: std::net::UdpSocket,
}

impl TcpRelay {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(loopback()).await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        // Nobody reads it: a network that drops UDP.
        let udp = std::net::UdpSocket::bind(address).expect("the port is free for UDP too");
        let silent = Arc::new(AtomicBool::new(false));
        let quiet = silent.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(target).await.expect("the target listens");
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(pass_on(near_in, far_out, quiet.clone()));
                tokio::spawn(pass_on(far_in, near_out, quiet.clone()));
            }
        });
        Self { address, silent, _udp: udp }
    }

    pub(crate) fn fall_silent(&self) {
        self.silent.store(true, Ordering::Relaxed);
    }
}

async fn pass_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, silent: Arc<AtomicBool>) {
    let mut bytes = vec![0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if !silent.load(Ordering::Relaxed) && to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
    if silent.load(Ordering::Relaxed) {
        // A network that is down does not tell either end that the other has left.
        std::future::pending::<()>().await;
    }
}

/// A client that may show what no device shows, over plain quinn.
pub(crate) struct Stranger {
    /// The SubjectPublicKeyInfo that it shows; none at all for a client without a key.
    pub(crate) shows: Option<Vec<u8>>,
    pub(crate) alpn: Vec<Vec<u8>>,
    /// Whether it would take up an earlier session and send early data, if it could.
    pub(crate) resumes: bool,
}

impl Default for Stranger {
    fn default() -> Self {
        let shows = Some(dialler().certified_key.cert[0].to_vec());
        Self { shows, alpn: vec![Protocol::Session.alpn().to_vec()], resumes: false }
    }
}

impl Stranger {
    /// The client's settings for QUIC.
    pub(crate) fn config(&self) -> quinn::ClientConfig {
        let crypto = quinn::crypto::rustls::QuicClientConfig::try_from(self.tls()).expect("ring suits QUIC");
        quinn::ClientConfig::new(Arc::new(crypto))
    }

    /// The client's settings; it signs with the dialler's key whatever it shows.
    pub(crate) fn tls(&self) -> rustls::ClientConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            DeviceVerifier::new(Some(acceptor().device()), provider.signature_verification_algorithms);
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .expect("ring has TLS 1.3")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut tls = match &self.shows {
            Some(spki) => {
                let key = CertifiedKey::new(
                    vec![CertificateDer::from(spki.clone())],
                    dialler().certified_key.key.clone(),
                );
                builder.with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(Arc::new(
                    key,
                ))))
            }
            None => builder.with_no_client_auth(),
        };
        tls.alpn_protocols.clone_from(&self.alpn);
        tls.enable_early_data = self.resumes;
        if !self.resumes {
            tls.resumption = rustls::client::Resumption::disabled();
        }
        tls
    }

    pub(crate) fn endpoint() -> quinn::Endpoint {
        quinn::Endpoint::client(loopback()).expect("loopback has a free port")
    }
}

/// A server that holds the acceptor's private key and shows `spki` for it.
pub(crate) fn server_that_shows(spki: Vec<u8>) -> quinn::Endpoint {
    let mut identity = acceptor();
    let key = identity.certified_key.key.clone();
    identity.certified_key = Arc::new(CertifiedKey::new(vec![CertificateDer::from(spki)], key));
    let config = Settings::new(&identity, Options::default()).server();
    quinn::Endpoint::server(config, loopback()).expect("loopback has a free port")
}
