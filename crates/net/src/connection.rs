//! A connection of either transport, as links see it: one stream of bytes each way, and how it ended.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use quinn::{ConnectionError, ReadError, RecvStream, SendStream, StoppedError, VarInt, WriteError};

use crate::{
    error::{TransportError, is_key_alert},
    limits::{CODE_ABANDONED, CODE_DONE},
    tcp::{TcpConnection, TcpReceive, TcpSend},
};

/// What carries a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Transport {
    #[default]
    Quic,
    /// TLS over TCP, where the network lets no UDP through.
    Tcp,
}

impl Transport {
    pub const ALL: [Self; 2] = [Self::Quic, Self::Tcp];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quic => "quic",
            Self::Tcp => "tcp",
        }
    }
}

/// How a connection ended.
#[derive(Debug, Clone)]
pub(crate) enum Ended {
    /// This end closed it.
    Here,
    ByPeer {
        code: u32,
        reason: Vec<u8>,
    },
    /// The peer did not accept the key that this end showed. In TLS 1.3 the dialler learns this only
    /// after its own part of the handshake is over.
    KeyRefused(TransportError),
    Lost(TransportError),
}

impl From<ConnectionError> for Ended {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::LocallyClosed => Self::Here,
            ConnectionError::ApplicationClosed(close) => Self::ByPeer {
                code: u32::try_from(close.error_code.into_inner()).unwrap_or(u32::MAX),
                reason: close.reason.to_vec(),
            },
            ConnectionError::ConnectionClosed(ref close) if is_key_alert(u64::from(close.error_code)) => {
                Self::KeyRefused(error.into())
            }
            other => Self::Lost(other.into()),
        }
    }
}

/// Why a stream does not go on.
#[derive(Debug)]
pub(crate) enum HalfError {
    /// The peer broke this stream off, or reads no more of it.
    Abandoned,
    /// It was ended here before.
    Closed,
    Ended(Ended),
}

#[derive(Debug)]
pub(crate) enum Connection {
    Quic(quinn::Connection),
    Tcp(TcpConnection),
}

impl Connection {
    pub(crate) const fn transport(&self) -> Transport {
        match self {
            Self::Quic(_) => Transport::Quic,
            Self::Tcp(_) => Transport::Tcp,
        }
    }

    pub(crate) fn remote_address(&self) -> SocketAddr {
        match self {
            Self::Quic(quic) => quic.remote_address(),
            Self::Tcp(tcp) => tcp.remote_address(),
        }
    }

    /// Closes the connection, unless it is closed already.
    pub(crate) fn close(&self, code: u32, reason: &[u8]) {
        match self {
            Self::Quic(quic) => quic.close(VarInt::from_u32(code), reason),
            Self::Tcp(tcp) => tcp.close(code, reason),
        }
    }

    /// Whether this end closed the connection.
    pub(crate) fn is_closed_here(&self) -> bool {
        match self {
            Self::Quic(quic) => matches!(quic.close_reason(), Some(ConnectionError::LocallyClosed)),
            Self::Tcp(tcp) => matches!(tcp.ended(), Some(Ended::Here)),
        }
    }

    /// Waits until it has ended.
    pub(crate) async fn closed(&self) -> Ended {
        match self {
            Self::Quic(quic) => quic.closed().await.into(),
            Self::Tcp(tcp) => tcp.closed().await,
        }
    }

    /// The estimate of a round trip, where the transport makes one.
    pub(crate) fn round_trip(&self) -> Option<Duration> {
        match self {
            Self::Quic(quic) => Some(quic.rtt()),
            Self::Tcp(_) => None,
        }
    }

    /// Bytes sent, as far as the transport counts them: UDP payload, or records within TLS.
    pub(crate) fn transport_bytes_sent(&self) -> u64 {
        match self {
            Self::Quic(quic) => quic.stats().udp_tx.bytes,
            Self::Tcp(tcp) => tcp.bytes_sent(),
        }
    }

    pub(crate) fn transport_bytes_received(&self) -> u64 {
        match self {
            Self::Quic(quic) => quic.stats().udp_rx.bytes,
            Self::Tcp(tcp) => tcp.bytes_received(),
        }
    }
}

#[derive(Debug)]
pub(crate) enum SendHalf {
    Quic(SendStream),
    Tcp(TcpSend),
}

impl SendHalf {
    /// Hands over some of the bytes, at least one; waits while the peer has no room.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<usize, HalfError> {
        match self {
            Self::Quic(stream) => stream.write(bytes).await.map_err(|error| match error {
                WriteError::Stopped(_) => HalfError::Abandoned,
                WriteError::ConnectionLost(error) => HalfError::Ended(error.into()),
                WriteError::ClosedStream | WriteError::ZeroRttRejected => HalfError::Closed,
            }),
            Self::Tcp(stream) => stream.write(bytes).await,
        }
    }

    pub(crate) async fn write_all(&mut self, mut bytes: &[u8]) -> Result<(), HalfError> {
        while !bytes.is_empty() {
            let written = self.write(bytes).await?;
            bytes = &bytes[written..];
        }
        Ok(())
    }

    /// Ends the stream; [`SendHalf::delivered`] waits for it.
    pub(crate) fn finish(&mut self) -> Result<(), HalfError> {
        match self {
            Self::Quic(stream) => stream.finish().map_err(|_| HalfError::Closed),
            Self::Tcp(stream) => stream.finish(),
        }
    }

    /// Waits until the peer's transport has everything up to the end.
    pub(crate) async fn delivered(&mut self) -> Result<(), HalfError> {
        let ended = match self {
            Self::Quic(stream) => match stream.stopped().await {
                Ok(None) => return Ok(()),
                Ok(Some(_)) => return Err(HalfError::Abandoned),
                Err(StoppedError::ConnectionLost(error)) => HalfError::Ended(error.into()),
                Err(StoppedError::ZeroRttRejected) => HalfError::Closed,
            },
            Self::Tcp(stream) => match stream.delivered().await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            },
        };
        match ended {
            // The peer read all of it and left before its acknowledgement arrived.
            HalfError::Ended(Ended::ByPeer { code: CODE_DONE, .. }) => Ok(()),
            other => Err(other),
        }
    }

    /// Breaks the stream off: it would otherwise end as if all had been said.
    pub(crate) fn abandon(&mut self) {
        match self {
            // It fails only if the stream has ended.
            Self::Quic(stream) => drop(stream.reset(VarInt::from_u32(CODE_ABANDONED))),
            Self::Tcp(stream) => stream.abandon(),
        }
    }
}

#[derive(Debug)]
pub(crate) enum ReceiveHalf {
    Quic(RecvStream),
    Tcp(TcpReceive),
}

impl ReceiveHalf {
    /// Up to `max` bytes, at least one; `None` at the stream's end.
    pub(crate) async fn read(&mut self, max: usize) -> Result<Option<Bytes>, HalfError> {
        match self {
            Self::Quic(stream) => match stream.read_chunk(max, true).await {
                Ok(chunk) => Ok(chunk.map(|chunk| chunk.bytes)),
                Err(ReadError::Reset(_)) => Err(HalfError::Abandoned),
                Err(ReadError::ConnectionLost(error)) => Err(HalfError::Ended(error.into())),
                Err(ReadError::ClosedStream | ReadError::IllegalOrderedRead | ReadError::ZeroRttRejected) => {
                    Err(HalfError::Closed)
                }
            },
            Self::Tcp(stream) => stream.read(max).await,
        }
    }
}
