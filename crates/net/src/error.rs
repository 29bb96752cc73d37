//! What can go wrong on the way to a peer, and what a person can do about it.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use linli_wire::{DeviceKey, FrameError};
use quinn::{ConnectError, ConnectionError};
use thiserror::Error;

use crate::{
    endpoint::Protocol,
    identity::KeyError,
    limits::{CODE_BUSY, REASON_CHARS_MAX},
    tcp::alert,
};

/// Why there is no link, or why one ended.
#[derive(Debug, Clone, Error)]
pub enum NetError {
    #[error("cannot open {address} for UDP and TCP: choose another address or end what uses this one")]
    Bind { address: SocketAddr, source: Arc<io::Error> },
    #[error("cannot dial {address}: check that it is an address this machine can reach")]
    Dial { address: SocketAddr, source: TransportError },
    #[error(
        "{address} did not answer within {:.1} s: check the address, and that the network lets UDP or TCP through",
        .waited.as_secs_f32()
    )]
    NoAnswer { address: SocketAddr, waited: Duration },
    #[error(
        "the device at {address} is {}, not {}: check the address, \
         and ask for a new invitation if the hub was replaced",
        .found.short(), .expected.short()
    )]
    WrongKey { address: SocketAddr, expected: DeviceKey, found: DeviceKey },
    #[error("{address} is no device of ours: check the address")]
    BadKey { address: SocketAddr, source: KeyError },
    #[error(
        "{address} does not speak {protocol}: check the address, and that both ends have the same version"
    )]
    OtherProtocol { address: SocketAddr, protocol: Protocol },
    #[error("{address} named no protocol: check that both ends have the same version")]
    NoProtocol { address: SocketAddr },
    #[error("{address} has as many links as it allows: try again later")]
    Busy { address: SocketAddr },
    #[error("{address} refused this device's key: enrol this device again")]
    Refused { address: SocketAddr, source: TransportError },
    #[error("the handshake with {address} failed: check that both ends have the same version")]
    Handshake { address: SocketAddr, source: TransportError },
    #[error("device {} did not begin with an opening frame: check that both ends have the same version", .peer.short())]
    NoOpening { peer: DeviceKey },
    #[error("device {} sent what is not a frame, the link is closed: check that both ends have the same version", .peer.short())]
    Frame { peer: DeviceKey, source: FrameError },
    #[error("a frame for device {} cannot be sent", .peer.short())]
    Unsendable { peer: DeviceKey, source: FrameError },
    #[error("device {} ended its stream within a frame: connect again to go on", .peer.short())]
    Truncated { peer: DeviceKey },
    #[error("device {} left before the exchange was over: connect again to go on", .peer.short())]
    Abandoned { peer: DeviceKey },
    #[error("device {} closed the link{}", .peer.short(), after_colon(.reason))]
    ClosedByPeer { peer: DeviceKey, reason: String },
    #[error("what is shared with device {} has changed: connect again to go on", .peer.short())]
    Again { peer: DeviceKey },
    #[error("the link to device {} is closed: connect again to go on", .peer.short())]
    Closed { peer: DeviceKey },
    #[error("the link to device {} was cut after {bytes} bytes, as a drill", .peer.short())]
    Cut { peer: DeviceKey, bytes: u64 },
    #[error(
        "device {} made no progress for {:.1} s, the link is closed: connect again to go on",
        .peer.short(), .waited.as_secs_f32()
    )]
    Stalled { peer: DeviceKey, waited: Duration },
    #[error(
        "the proxy {proxy} did not connect to {address}: {reason}; check the proxy's address, or ask who runs it to allow this one"
    )]
    Proxy { proxy: String, address: SocketAddr, reason: String },
    #[error("the link to device {} was lost: connect again to go on", .peer.short())]
    Lost { peer: DeviceKey, source: TransportError },
    #[error("the local network cannot be searched: {0}; give the other device's address with --peer")]
    Lan(String),
}

/// What a transport says of how a connection failed.
#[derive(Debug, Clone, Error)]
pub enum TransportError {
    #[error(transparent)]
    Dial(#[from] ConnectError),
    #[error(transparent)]
    Quic(#[from] ConnectionError),
    #[error(transparent)]
    Tcp(Arc<io::Error>),
    #[error("nothing came for {:.0} s", .0.as_secs_f32())]
    Silent(Duration),
    #[error("the peer sent {0}")]
    Record(&'static str),
}

impl From<io::Error> for TransportError {
    fn from(error: io::Error) -> Self {
        Self::Tcp(Arc::new(error))
    }
}

impl NetError {
    /// The kind of failure, in a word or two: what failures are counted by.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Bind { .. } | Self::Dial { .. } => "cannot dial",
            Self::NoAnswer { .. } => "no answer",
            Self::WrongKey { .. } => "wrong key",
            Self::BadKey { .. } => "bad key",
            Self::OtherProtocol { .. } | Self::NoProtocol { .. } => "other protocol",
            Self::Busy { .. } => "too many links",
            Self::Refused { .. } => "key refused",
            Self::Handshake { .. } => "handshake failed",
            Self::NoOpening { .. } | Self::Frame { .. } | Self::Truncated { .. } => "not frames",
            Self::Unsendable { .. } => "frame too large",
            Self::Abandoned { .. } | Self::ClosedByPeer { .. } | Self::Closed { .. } => "closed",
            Self::Again { .. } => "begun again",
            Self::Cut { .. } => "drill",
            Self::Stalled { .. } => "stalled",
            Self::Proxy { .. } => "proxy",
            Self::Lost { .. } => "lost",
            Self::Lan(_) => "no multicast",
        }
    }

    /// Whether whoever was dialled has answered, so that another way to it would end no better.
    pub(crate) const fn is_verdict(&self) -> bool {
        matches!(
            self,
            Self::WrongKey { .. }
                | Self::BadKey { .. }
                | Self::OtherProtocol { .. }
                | Self::NoProtocol { .. }
                | Self::Busy { .. }
                | Self::Refused { .. }
        )
    }
}

/// What `error` means when it ends a handshake over TCP with `address`.
pub(crate) fn tls_error(address: SocketAddr, protocol: Option<Protocol>, error: io::Error) -> NetError {
    match (alert(&error).map(|alert| 0x0100 + u64::from(u8::from(alert))), protocol) {
        (Some(ALERT_NO_APPLICATION_PROTOCOL), Some(protocol)) => {
            NetError::OtherProtocol { address, protocol }
        }
        (Some(code), _) if is_key_alert(code) => NetError::Refused { address, source: error.into() },
        _ => NetError::Handshake { address, source: error.into() },
    }
}

/// What `error` means when it ends a QUIC handshake with `address`.
pub(crate) fn handshake_error(
    address: SocketAddr,
    protocol: Option<Protocol>,
    waited: Duration,
    source: ConnectionError,
) -> NetError {
    match (&source, protocol) {
        (ConnectionError::TimedOut, _) => NetError::NoAnswer { address, waited },
        (ConnectionError::ApplicationClosed(close), _) if close.error_code == CODE_BUSY.into() => {
            NetError::Busy { address }
        }
        (ConnectionError::ConnectionClosed(close), protocol) => {
            match (u64::from(close.error_code), protocol) {
                (CONNECTION_REFUSED, _) => NetError::Busy { address },
                (ALERT_NO_APPLICATION_PROTOCOL, Some(protocol)) => {
                    NetError::OtherProtocol { address, protocol }
                }
                (code, _) if is_key_alert(code) => NetError::Refused { address, source: source.into() },
                _ => NetError::Handshake { address, source: source.into() },
            }
        }
        _ => NetError::Handshake { address, source: source.into() },
    }
}

/// A peer's reason as it may be shown: bounded, and without what would move a terminal's cursor.
pub(crate) fn printable(reason: &[u8]) -> String {
    String::from_utf8_lossy(reason).chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect()
}

/// RFC 9000 §20.1.
const CONNECTION_REFUSED: u64 = 0x02;
/// RFC 9001 §4.8: an alert is 0x0100 and its number.
const ALERT_NO_APPLICATION_PROTOCOL: u64 = 0x0100 + 120;

/// Alerts about a certificate: bad_certificate (42) … certificate_unknown (46), unknown_ca (48),
/// access_denied (49), decrypt_error (51: its signature), certificate_required (116).
pub(crate) fn is_key_alert(code: u64) -> bool {
    matches!(code.checked_sub(0x0100), Some(42..=46 | 48 | 49 | 51 | 116))
}

fn after_colon(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}
