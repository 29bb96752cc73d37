//! One UDP socket that dials and accepts links.

use std::{
    fmt,
    net::{SocketAddr, UdpSocket},
    pin::Pin,
    sync::Arc,
};

use linli_wire::{DeviceKey, Lane, frame::FRAME_HEAD_BYTES};
use quinn::{
    Connection, EndpointConfig, ReadError, ReadExactError, TokioRuntime, WriteError,
    crypto::rustls::HandshakeData,
};
use rustls::pki_types::CertificateDer;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::{
    config::Settings,
    error::{NetError, handshake_error},
    identity::{Identity, KeyError, decode_spki},
    limits::{CLOSE_TIMEOUT, CODE_BUSY, CODE_CLOSED, CODE_MALFORMED, Options},
    link::{Halves, Link},
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

/// A UDP socket and the links over it. Clones share it.
///
/// Links outlive it, but a program that ends calls [`Endpoint::close`] first, else the last packets
/// may not leave and peers wait for a timeout.
#[derive(Clone)]
pub struct Endpoint {
    quinn: quinn::Endpoint,
    settings: Arc<Settings>,
    server: Arc<quinn::ServerConfig>,
    options: Options,
    /// Places for handshakes under way and for accepted links.
    handshakes: Arc<Semaphore>,
    links: Arc<Semaphore>,
}

impl Endpoint {
    /// Opens the socket, with the limits of [`crate::limits`]. Port 0 takes any free port. Must be
    /// called within a tokio runtime.
    pub fn bind(address: SocketAddr, identity: &Identity) -> Result<Self, NetError> {
        Self::bind_with(address, identity, Options::default())
    }

    /// As [`Endpoint::bind`], with other limits.
    pub fn bind_with(address: SocketAddr, identity: &Identity, options: Options) -> Result<Self, NetError> {
        let settings = Settings::new(identity, options);
        let bind_error = |source| NetError::Bind { address, source: Arc::new(source) };
        let socket = UdpSocket::bind(address).map_err(bind_error)?;
        let server = settings.server();
        let quinn = quinn::Endpoint::new(
            EndpointConfig::default(),
            Some(server.clone()),
            socket,
            Arc::new(TokioRuntime),
        )
        .map_err(bind_error)?;
        Ok(Self {
            quinn,
            settings: Arc::new(settings),
            server: Arc::new(server),
            options,
            handshakes: Arc::new(Semaphore::new(options.handshakes_max.min(Semaphore::MAX_PERMITS))),
            links: Arc::new(Semaphore::new(options.accepted_links_max.min(Semaphore::MAX_PERMITS))),
        })
    }

    /// The address that the socket has, with the port that it got.
    pub fn local_addr(&self) -> SocketAddr {
        self.quinn.local_addr().expect("a bound socket has an address")
    }

    /// Dials the device `expected` at `address`. It fails if another device answers.
    ///
    /// It does not wait for the acceptor's verdict on this device's key, which would cost another
    /// round trip: a refusal comes as [`NetError::Refused`] from the link's first `recv`.
    pub async fn connect(
        &self,
        address: SocketAddr,
        expected: DeviceKey,
        protocol: Protocol,
    ) -> Result<Link, NetError> {
        let waited = self.options.handshake_timeout;
        let verifier = self.settings.expect_server(expected);
        let config = self.settings.client(protocol, verifier.clone());
        let dialling = async {
            let connecting = self
                .quinn
                .connect_with(config, address, SERVER_NAME)
                .map_err(|source| NetError::Dial { address, source })?;
            let connection = connecting.await.map_err(|source| match verifier.shown() {
                Some(Ok(found)) if found != expected => NetError::WrongKey { address, expected, found },
                Some(Err(source)) => NetError::BadKey { address, source },
                _ => handshake_error(address, Some(protocol), waited, source),
            })?;
            let halves = Halves::new(connection, expected, protocol, self.options.stall_timeout, None);
            let lost = |error| halves.shared.lost(error);
            let (mut send, receive) = halves.shared.connection.open_bi().await.map_err(lost)?;
            send.write_all(&OPENING).await.map_err(|error| match error {
                WriteError::ConnectionLost(error) => halves.shared.lost(error),
                _ => NetError::Abandoned { peer: expected },
            })?;
            Ok(Link::new(halves, send, receive))
        };
        timeout(waited, dialling).await.map_err(|_| NetError::NoAnswer { address, waited })?
    }

    /// The next device that dials in, as far as its first packet; `None` once the endpoint is closed.
    /// Call it again at once and let each [`Incoming`] finish its handshake in a task of its own.
    pub async fn accept(&self) -> Option<Incoming> {
        loop {
            let attempt = self.quinn.accept().await?;
            let address = attempt.remote_address();
            let Ok(place) = self.handshakes.clone().try_acquire_owned() else {
                tracing::debug!(%address, "refused: too many handshakes under way");
                attempt.refuse();
                continue;
            };
            let under_way = self.options.handshakes_max.saturating_sub(self.handshakes.available_permits());
            if under_way > self.options.handshakes_unvalidated_max && !attempt.remote_address_validated() {
                // Every attempt without a validated address may be asked to retry; one that may not
                // is refused as it is dropped.
                let _ = attempt.retry();
                continue;
            }
            return Some(Incoming { attempt, place, endpoint: self.clone() });
        }
    }

    /// Closes every link, tells the peers the reason, and waits a moment for the last packets to leave.
    pub async fn close(&self, reason: &str) {
        self.quinn.close(CODE_CLOSED, reason.as_bytes());
        // A peer that is gone acknowledges nothing; then the moment passes.
        let _ = timeout(CLOSE_TIMEOUT, self.quinn.wait_idle()).await;
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
    attempt: quinn::Incoming,
    place: OwnedSemaphorePermit,
    endpoint: Endpoint,
}

impl Incoming {
    /// Where the first packet came from.
    pub fn remote_addr(&self) -> SocketAddr {
        self.attempt.remote_address()
    }

    /// Whether the dialler has proved that it receives what is sent to that address.
    pub fn is_address_validated(&self) -> bool {
        self.attempt.remote_address_validated()
    }

    async fn complete(self) -> Result<Link, NetError> {
        let Self { attempt, place: _place, endpoint: Endpoint { settings, server, options, links, .. } } =
            self;
        let address = attempt.remote_address();
        let waited = options.handshake_timeout;
        let verifier = settings.any_device();
        let config = settings.handshake(&server, verifier.clone());
        let failed = |error| match verifier.fault() {
            Some(source) => NetError::BadKey { address, source },
            None => handshake_error(address, None, waited, error),
        };
        let accepting = async {
            let connection = attempt.accept_with(config).map_err(failed)?.await.map_err(failed)?;
            let Ok(place) = links.try_acquire_owned() else {
                connection.close(CODE_BUSY, b"too many links");
                return Err(NetError::Busy { address });
            };
            let peer = proven_key(&connection).map_err(|source| NetError::BadKey { address, source })?;
            let protocol = agreed_protocol(&connection).ok_or(NetError::NoProtocol { address })?;
            let halves = Halves::new(connection, peer, protocol, options.stall_timeout, Some(place));
            let lost = |error| halves.shared.lost(error);
            let (send, mut receive) = halves.shared.connection.accept_bi().await.map_err(lost)?;
            let mut opening = [0; FRAME_HEAD_BYTES];
            match receive.read_exact(&mut opening).await {
                Ok(()) if opening == OPENING => Ok(Link::new(halves, send, receive)),
                Err(ReadExactError::ReadError(ReadError::ConnectionLost(error))) => Err(lost(error)),
                _ => {
                    halves.shared.close(CODE_MALFORMED, "no opening frame");
                    Err(NetError::NoOpening { peer })
                }
            }
        };
        timeout(waited, accepting).await.map_err(|_| NetError::NoAnswer { address, waited })?
    }
}

impl IntoFuture for Incoming {
    type Output = Result<Link, NetError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.complete())
    }
}

/// QUIC's libraries ask for a name; it is neither sent nor looked at, since the key is the identity.
const SERVER_NAME: &str = "linli.invalid";

/// The dialler's first frame: in the control lane, with no body.
const OPENING: [u8; FRAME_HEAD_BYTES] = [0, 0, 0, 1, Lane::Control.code()];

/// The key that the handshake proved to be the peer's.
fn proven_key(connection: &Connection) -> Result<DeviceKey, KeyError> {
    let identity = connection.peer_identity().ok_or(KeyError::Missing)?;
    let keys = identity.downcast::<Vec<CertificateDer<'static>>>().map_err(|_| KeyError::Missing)?;
    match &keys[..] {
        [] => Err(KeyError::Missing),
        [key] => decode_spki(key),
        more => Err(KeyError::Several(more.len())),
    }
}

fn agreed_protocol(connection: &Connection) -> Option<Protocol> {
    let data = connection.handshake_data()?.downcast::<HandshakeData>().ok()?;
    Protocol::from_alpn(&data.protocol?)
}

#[cfg(test)]
mod tests;
