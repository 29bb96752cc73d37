//! One UDP socket, and one for TCP on the same port, that accept links; `dial` has how they dial.

use std::{
    fmt, io,
    net::{SocketAddr, UdpSocket},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use linli_wire::{Lane, frame::FRAME_HEAD_BYTES};
use quinn::{EndpointConfig, TokioRuntime, crypto::rustls::HandshakeData};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use crate::{
    config::Settings,
    connection::{Connection, HalfError, ReceiveHalf, SendHalf, Transport},
    error::{NetError, handshake_error, tls_error},
    identity::{Identity, KeyError},
    limits::{ACCEPT_PAUSE, BIND_TRIES, CLOSE_TIMEOUT, CODE_BUSY, CODE_CLOSED, CODE_MALFORMED, Options},
    link::{Halves, Link},
    places::{Place, Places},
    tally::Tally,
    tcp::{TcpConnection, WeakTcpConnection},
    verify::DeviceVerifier,
};

/// What a dialler comes for. It is agreed on in the handshake (ALPN).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// A sync session between devices that hold grants.
    Session,
    /// One request and its answers: joining a realm, pulling a snapshot.
    Request,
}

impl Protocol {
    pub const ALL: [Self; 2] = [Self::Session, Self::Request];

    /// The protocol's name on the wire.
    pub const fn alpn(self) -> &'static [u8] {
        match self {
            Self::Session => b"linli/1",
            Self::Request => b"linli-request/1",
        }
    }

    fn from_alpn(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.alpn() == name)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.alpn()))
    }
}

/// A UDP socket, a TCP socket on the same port unless it only dials, and the links over both. Clones share
/// it.
///
/// Links outlive it, but a program that ends calls [`Endpoint::close`] first, else the last packets
/// may not leave and peers wait for a timeout.
#[derive(Clone)]
pub struct Endpoint {
    pub(crate) quinn: quinn::Endpoint,
    tcp: Option<Arc<TcpListener>>,
    pub(crate) settings: Arc<Settings>,
    server: Arc<quinn::ServerConfig>,
    pub(crate) options: Options,
    places: Arc<Places>,
    tally: Tally,
    /// Links over TCP, to be closed with the endpoint.
    tcp_links: Arc<Mutex<Vec<WeakTcpConnection>>>,
    /// Held by every link over TCP until its last bytes are out.
    pub(crate) live: Arc<watch::Sender<()>>,
}

impl Endpoint {
    /// Opens both sockets, with the limits of [`crate::limits`]. Port 0 takes any port that is free for both.
    /// Must be called within a tokio runtime.
    pub fn bind(address: SocketAddr, identity: &Identity) -> Result<Self, NetError> {
        Self::bind_with(address, identity, Options::default())
    }

    /// As [`Endpoint::bind`], with other limits.
    pub fn bind_with(address: SocketAddr, identity: &Identity, options: Options) -> Result<Self, NetError> {
        let bind_error = |source| NetError::Bind { address, source: Arc::new(source) };
        let (udp, tcp) = bind_both(address).map_err(bind_error)?;
        Self::over(udp, Some(tcp), identity, options).map_err(bind_error)
    }

    /// An endpoint that dials addresses of the family of `towards`, and at which nobody can dial in over TCP.
    pub fn dialler(towards: SocketAddr, identity: &Identity) -> Result<Self, NetError> {
        let address = match towards {
            SocketAddr::V4(_) => SocketAddr::from(([0, 0, 0, 0], 0)),
            SocketAddr::V6(_) => SocketAddr::from(([0_u16; 8], 0)),
        };
        let bind_error = |source| NetError::Bind { address, source: Arc::new(source) };
        let udp = UdpSocket::bind(address).map_err(bind_error)?;
        Self::over(udp, None, identity, Options::default()).map_err(bind_error)
    }

    fn over(
        udp: UdpSocket,
        tcp: Option<std::net::TcpListener>,
        identity: &Identity,
        options: Options,
    ) -> io::Result<Self> {
        let settings = Settings::new(identity, options);
        let server = settings.server();
        let quinn = quinn::Endpoint::new(
            EndpointConfig::default(),
            Some(server.clone()),
            udp,
            Arc::new(TokioRuntime),
        )?;
        let listen = |listener: std::net::TcpListener| {
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener).map(Arc::new)
        };
        Ok(Self {
            quinn,
            tcp: tcp.map(listen).transpose()?,
            settings: Arc::new(settings),
            server: Arc::new(server),
            options,
            places: Places::new(options),
            tally: Tally::default(),
            tcp_links: Arc::default(),
            live: Arc::new(watch::channel(()).0),
        })
    }

    /// Counts what it refuses in `tally`.
    #[must_use]
    pub fn counting(mut self, tally: Tally) -> Self {
        self.tally = tally;
        self
    }

    /// The address that the socket has, with the port that it got.
    pub fn local_addr(&self) -> SocketAddr {
        self.quinn.local_addr().expect("a bound socket has an address")
    }

    /// The next device that dials in, as far as its first packet; `None` once the endpoint is closed.
    /// Call it again at once and let each [`Incoming`] finish its handshake in a task of its own.
    pub async fn accept(&self) -> Option<Incoming> {
        loop {
            let accepted = tokio::select! {
                attempt = self.quinn.accept() => self.consider_quic(attempt?),
                accepted = next_of(self.tcp.as_deref()) => match accepted {
                    Ok((stream, address)) => self.consider_tcp(stream, address),
                    Err(error) => {
                        // Most likely there are too many open files; each link that ends makes room.
                        tracing::warn!(%error, "no TCP connection can be accepted");
                        sleep(ACCEPT_PAUSE).await;
                        None
                    }
                },
            };
            if accepted.is_some() {
                return accepted;
            }
        }
    }

    fn consider_quic(&self, attempt: quinn::Incoming) -> Option<Incoming> {
        let address = attempt.remote_address();
        let proved = attempt.remote_address_validated();
        if !proved && self.places.handshakes() >= self.options.handshakes_unvalidated_max {
            self.tally.count("address to be proved");
            // Every attempt without a validated address may be asked to retry; one that may not
            // is refused as it is dropped.
            let _ = attempt.retry();
            return None;
        }
        let Some(place) = self.places.handshake(proved.then(|| address.ip())) else {
            tracing::debug!(%address, "refused: too many handshakes under way");
            self.tally.count("too many handshakes");
            attempt.refuse();
            return None;
        };
        Some(Incoming { attempt: Attempt::Quic(Box::new(attempt)), address, place, endpoint: self.clone() })
    }

    fn consider_tcp(&self, stream: TcpStream, address: SocketAddr) -> Option<Incoming> {
        let Some(place) = self.places.handshake(Some(address.ip())) else {
            tracing::debug!(%address, "refused: too many handshakes under way");
            self.tally.count("too many handshakes");
            return None;
        };
        Some(Incoming { attempt: Attempt::Tcp(stream), address, place, endpoint: self.clone() })
    }

    /// Closes every link, tells the peers the reason, and waits a moment for the last packets to leave.
    pub async fn close(&self, reason: &str) {
        self.quinn.close(CODE_CLOSED.into(), reason.as_bytes());
        for link in self.tcp_links().drain(..) {
            link.close(CODE_CLOSED, reason.as_bytes());
        }
        let gone = async {
            self.quinn.wait_idle().await;
            self.live.closed().await;
        };
        // A peer that is gone acknowledges nothing; then the moment passes.
        let _ = timeout(CLOSE_TIMEOUT, gone).await;
    }

    /// Notes a link over TCP, to be closed with the endpoint.
    pub(crate) fn register(&self, connection: &TcpConnection) {
        let mut links = self.tcp_links();
        links.retain(WeakTcpConnection::is_open);
        links.push(connection.downgrade());
    }

    fn tcp_links(&self) -> std::sync::MutexGuard<'_, Vec<WeakTcpConnection>> {
        self.tcp_links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Both sockets on one port. A port that is free for one and not for the other is passed over where any
/// will do.
fn bind_both(address: SocketAddr) -> io::Result<(UdpSocket, std::net::TcpListener)> {
    let mut tries = if address.port() == 0 { BIND_TRIES } else { 1 };
    loop {
        let udp = UdpSocket::bind(address)?;
        match std::net::TcpListener::bind(udp.local_addr()?) {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(error) if tries == 1 || error.kind() != io::ErrorKind::AddrInUse => return Err(error),
            Err(_) => tries -= 1,
        }
    }
}

/// The next TCP connection; never one where none are taken.
async fn next_of(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("local_addr", &self.quinn.local_addr()).finish_non_exhaustive()
    }
}

/// A device that dials in. Awaiting it finishes the handshake, within
/// [`Options::handshake_timeout`]; dropping it refuses the device.
#[derive(Debug)]
pub struct Incoming {
    attempt: Attempt,
    address: SocketAddr,
    place: Place,
    endpoint: Endpoint,
}

#[derive(Debug)]
enum Attempt {
    Quic(Box<quinn::Incoming>),
    Tcp(TcpStream),
}

/// A connection that is through with its handshake.
struct Shaken {
    connection: Connection,
    streams: Option<(SendHalf, ReceiveHalf)>,
    protocol: Option<Protocol>,
}

impl Incoming {
    /// Where the first packet came from.
    pub fn remote_addr(&self) -> SocketAddr {
        self.address
    }

    pub fn transport(&self) -> Transport {
        match self.attempt {
            Attempt::Quic(_) => Transport::Quic,
            Attempt::Tcp(_) => Transport::Tcp,
        }
    }

    /// Whether the dialler has proved that it receives what is sent to that address.
    pub fn is_address_validated(&self) -> bool {
        match &self.attempt {
            Attempt::Quic(attempt) => attempt.remote_address_validated(),
            Attempt::Tcp(_) => true,
        }
    }

    async fn complete(self) -> Result<Link, NetError> {
        let Self { attempt, address, place: _place, endpoint } = self;
        let waited = endpoint.options.handshake_timeout;
        let verifier = endpoint.settings.verifier(None);
        let accepting = async {
            let shaken = match attempt {
                Attempt::Quic(attempt) => endpoint.shake_quic(*attempt, &verifier).await,
                Attempt::Tcp(stream) => endpoint.shake_tcp(stream, address, &verifier).await,
            };
            let shaken = shaken.map_err(|error| match verifier.shown() {
                Some(Err(source)) => NetError::BadKey { address, source },
                _ => error,
            })?;
            endpoint.admit(shaken, address, &verifier).await
        };
        let accepted =
            timeout(waited, accepting).await.unwrap_or(Err(NetError::NoAnswer { address, waited }));
        accepted.inspect_err(|error| endpoint.tally.count(error.reason()))
    }
}

impl Endpoint {
    async fn shake_quic(
        &self,
        attempt: quinn::Incoming,
        verifier: &Arc<DeviceVerifier>,
    ) -> Result<Shaken, NetError> {
        let (address, waited) = (attempt.remote_address(), self.options.handshake_timeout);
        let failed = |error| handshake_error(address, None, waited, error);
        let config = self.settings.handshake(&self.server, verifier.clone());
        let connection = attempt.accept_with(config).map_err(failed)?.await.map_err(failed)?;
        let data = connection.handshake_data().and_then(|data| data.downcast::<HandshakeData>().ok());
        let protocol = data.and_then(|data| Protocol::from_alpn(&data.protocol?));
        Ok(Shaken { connection: Connection::Quic(connection), streams: None, protocol })
    }

    async fn shake_tcp(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        verifier: &Arc<DeviceVerifier>,
    ) -> Result<Shaken, NetError> {
        let failed = |error| tls_error(address, None, error);
        stream.set_nodelay(true).map_err(failed)?;
        let acceptor = TlsAcceptor::from(Arc::new(self.settings.tls_server(verifier.clone())));
        let stream = acceptor.accept(stream).await.map_err(failed)?;
        let protocol = stream.get_ref().1.alpn_protocol().and_then(Protocol::from_alpn);
        let (connection, send, receive) =
            TcpConnection::start(stream, address, &self.options, self.live.subscribe());
        self.register(&connection);
        let streams = Some((SendHalf::Tcp(send), ReceiveHalf::Tcp(receive)));
        Ok(Shaken { connection: Connection::Tcp(connection), streams, protocol })
    }

    /// Gives a connection its place, and waits for the dialler's opening.
    async fn admit(
        &self,
        shaken: Shaken,
        address: SocketAddr,
        verifier: &DeviceVerifier,
    ) -> Result<Link, NetError> {
        let Shaken { connection, streams, protocol } = shaken;
        let shown = verifier.shown().unwrap_or(Err(KeyError::Missing));
        let peer = shown.map_err(|source| NetError::BadKey { address, source })?;
        let Some(protocol) = protocol else {
            connection.close(CODE_MALFORMED, b"no protocol");
            return Err(NetError::NoProtocol { address });
        };
        let place = match self.places.link(peer, address.ip()) {
            Ok(place) => place,
            Err(reason) => {
                tracing::debug!(%address, peer = %peer.short(), reason, "refused");
                connection.close(CODE_BUSY, reason.as_bytes());
                return Err(NetError::Busy { address });
            }
        };
        let halves = Halves::new(connection, peer, protocol, self.options.stall_timeout, Some(place));
        let shared = &halves.shared;
        let (send, mut receive) = match (streams, &shared.connection) {
            (Some(streams), _) => streams,
            (None, Connection::Quic(quic)) => {
                let (send, receive) = quic.accept_bi().await.map_err(|error| shared.lost(error.into()))?;
                (SendHalf::Quic(send), ReceiveHalf::Quic(receive))
            }
            (None, Connection::Tcp(_)) => unreachable!("a connection over TCP comes with its streams"),
        };
        let mut opening = Vec::new();
        while opening.len() < OPENING.len() {
            match receive.read(OPENING.len() - opening.len()).await {
                Ok(Some(bytes)) => opening.extend_from_slice(&bytes),
                Err(HalfError::Ended(ended)) => return Err(shared.lost(ended)),
                Ok(None) | Err(HalfError::Abandoned | HalfError::Closed) => break,
            }
        }
        if opening != OPENING {
            shared.close(CODE_MALFORMED, "no opening frame");
            return Err(NetError::NoOpening { peer });
        }
        Ok(Link::new(halves, send, receive))
    }
}

impl IntoFuture for Incoming {
    type Output = Result<Link, NetError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.complete())
    }
}

/// The dialler's first frame: in the control lane, with no body.
pub(crate) const OPENING: [u8; FRAME_HEAD_BYTES] = [0, 0, 0, 1, Lane::Control.code()];

#[cfg(test)]
mod tests;
