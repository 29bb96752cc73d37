//! Dialling: over QUIC, and over TCP where that has no answer.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use linli_wire::DeviceKey;
use rustls::pki_types::ServerName;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use crate::{
    connection::{Connection, ReceiveHalf, SendHalf, Transport},
    endpoint::{Endpoint, OPENING, Protocol},
    error::{NetError, TransportError, handshake_error, tls_error},
    link::{Halves, Link},
    proxy::Proxy,
    tcp::TcpConnection,
    verify::DeviceVerifier,
};

/// Whom to dial, for what, and which way.
#[derive(Debug, Clone)]
pub struct Dial {
    pub address: SocketAddr,
    /// The device that must answer; without one, whichever does is to be judged by its key.
    pub expected: Option<DeviceKey>,
    pub protocol: Protocol,
    /// The transport that is tried first; the other one follows after
    /// [`FALLBACK_DELAY`](crate::limits::FALLBACK_DELAY).
    pub first: Transport,
    /// The proxy that TCP goes through.
    pub proxy: Option<Proxy>,
}

impl Dial {
    /// Dials `expected` at `address`, QUIC first, through no proxy.
    pub const fn to(address: SocketAddr, expected: DeviceKey, protocol: Protocol) -> Self {
        Self { address, expected: Some(expected), protocol, first: Transport::Quic, proxy: None }
    }

    /// What a failed handshake means, by what the peer showed in it.
    fn failed(&self, verifier: &DeviceVerifier, otherwise: impl FnOnce() -> NetError) -> NetError {
        let address = self.address;
        match (verifier.shown(), self.expected) {
            (Some(Ok(found)), Some(expected)) if found != expected => {
                NetError::WrongKey { address, expected, found }
            }
            (Some(Err(source)), _) => NetError::BadKey { address, source },
            _ => otherwise(),
        }
    }
}

impl Endpoint {
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
        self.dial(&Dial::to(address, expected, protocol)).await
    }

    /// As [`Endpoint::connect`], the way that `dial` says. [`Link::transport`] tells which way it went.
    pub async fn dial(&self, dial: &Dial) -> Result<Link, NetError> {
        // Boxed: two handshakes side by side are large, and every caller's future would be.
        let (quic, tcp) = (Box::pin(self.dial_quic(dial)), Box::pin(self.dial_tcp(dial)));
        let delay = self.options.fallback_delay;
        match dial.first {
            Transport::Quic => either(quic, tcp, delay).await,
            Transport::Tcp => either(tcp, quic, delay).await,
        }
    }

    async fn dial_quic(&self, dial: &Dial) -> Result<Link, NetError> {
        let (address, protocol) = (dial.address, dial.protocol);
        let waited = self.options.handshake_timeout;
        let verifier = self.settings.verifier(dial.expected);
        let config = self.settings.quic_client(protocol, verifier.clone());
        let dialling = async {
            let connecting = self
                .quinn
                .connect_with(config, address, SERVER_NAME)
                .map_err(|source| NetError::Dial { address, source: source.into() })?;
            let connection = connecting.await.map_err(|source| {
                dial.failed(&verifier, || handshake_error(address, Some(protocol), waited, source))
            })?;
            let peer = shown(&verifier, address)?;
            let (send, receive) = connection
                .open_bi()
                .await
                .map_err(|error| handshake_error(address, Some(protocol), waited, error))?;
            let halves =
                Halves::new(Connection::Quic(connection), peer, protocol, self.options.stall_timeout, None);
            open(Link::new(halves, SendHalf::Quic(send), ReceiveHalf::Quic(receive))).await
        };
        timeout(waited, dialling).await.map_err(|_| NetError::NoAnswer { address, waited })?
    }

    async fn dial_tcp(&self, dial: &Dial) -> Result<Link, NetError> {
        let (address, protocol) = (dial.address, dial.protocol);
        let waited = self.options.handshake_timeout;
        let verifier = self.settings.verifier(dial.expected);
        let connector = TlsConnector::from(Arc::new(self.settings.tls_client(protocol, verifier.clone())));
        let dialling = async {
            let stream = match &dial.proxy {
                Some(proxy) => proxy.connect(address).await?,
                None => TcpStream::connect(address)
                    .await
                    .map_err(|error| NetError::Dial { address, source: error.into() })?,
            };
            let no_delay = stream.set_nodelay(true);
            no_delay.map_err(|error| NetError::Dial { address, source: TransportError::from(error) })?;
            let name = ServerName::try_from(SERVER_NAME).expect("it is a name");
            let stream = connector
                .connect(name, stream)
                .await
                .map_err(|error| dial.failed(&verifier, || tls_error(address, Some(protocol), error)))?;
            if stream.get_ref().1.alpn_protocol() != Some(protocol.alpn()) {
                return Err(NetError::OtherProtocol { address, protocol });
            }
            let peer = shown(&verifier, address)?;
            let (connection, send, receive) =
                TcpConnection::start(stream, address, &self.options, self.live.subscribe());
            self.register(&connection);
            let halves =
                Halves::new(Connection::Tcp(connection), peer, protocol, self.options.stall_timeout, None);
            open(Link::new(halves, SendHalf::Tcp(send), ReceiveHalf::Tcp(receive))).await
        };
        timeout(waited, dialling).await.map_err(|_| NetError::NoAnswer { address, waited })?
    }
}

/// The key that the peer showed, and after the handshake has proved to hold.
fn shown(verifier: &DeviceVerifier, address: SocketAddr) -> Result<DeviceKey, NetError> {
    verifier
        .shown()
        .unwrap_or(Err(crate::KeyError::Missing))
        .map_err(|source| NetError::BadKey { address, source })
}

/// Lets the acceptor know of the stream before either side has anything to say.
async fn open(mut link: Link) -> Result<Link, NetError> {
    link.write_raw(&OPENING).await?;
    Ok(link)
}

/// The first way that gives a link. The second one begins when the first has failed, or has taken its time.
async fn either(
    first: impl Future<Output = Result<Link, NetError>>,
    second: impl Future<Output = Result<Link, NetError>>,
    delay: Duration,
) -> Result<Link, NetError> {
    tokio::pin!(first, second);
    let early = match timeout(delay, &mut first).await {
        Ok(Ok(link)) => return Ok(link),
        Ok(Err(error)) if error.is_verdict() => return Err(error),
        Ok(Err(error)) => Some(error),
        Err(_) => None,
    };
    if let Some(error) = early {
        return second.await.map_err(|later| telling(error, later));
    }
    tokio::select! {
        ended = &mut first => match ended {
            Err(error) if !error.is_verdict() => second.await.map_err(|later| telling(error, later)),
            other => other,
        },
        ended = &mut second => match ended {
            Err(error) if !error.is_verdict() => first.await.map_err(|later| telling(later, error)),
            other => other,
        },
    }
}

/// Of the errors of two ways, the one that tells more: what the other end or a proxy said.
fn telling(first: NetError, second: NetError) -> NetError {
    let says = second.is_verdict() || matches!(second, NetError::Proxy { .. });
    if says { second } else { first }
}

/// The libraries ask for a name; it is neither sent nor looked at, since the key is the identity.
pub(crate) const SERVER_NAME: &str = "linli.invalid";

#[cfg(test)]
mod tests;
