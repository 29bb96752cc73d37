//! Links between devices: frames over QUIC, or over TCP where UDP is blocked, both ends known by their Ed25519 device keys.
//!
//! The key is the identity. Each end shows its device key as a raw public key (RFC 7250) in TLS 1.3
//! and proves that it holds it; there are no certificates, nothing expires while a machine is
//! offline, and no early data or session resumption can replay or link connections. What a
//! device *may do* is no matter of this crate: it knows nothing of logs, grants or the store, so an
//! acceptor must judge [`Link::peer`] before it acts on what comes.
//!
//! ```no_run
//! # use linli_net::{Endpoint, Identity, NetError, Protocol};
//! # use linli_wire::{DeviceKey, Frame, Lane};
//! # async fn example(seed: [u8; 32], hub: DeviceKey) -> Result<(), NetError> {
//! let endpoint = Endpoint::bind(([0, 0, 0, 0], 0).into(), &Identity::from_seed(seed))?;
//! let link = endpoint.connect(([192, 0, 2, 1], 4460).into(), hub, Protocol::Session).await?;
//! let (sender, mut receiver) = link.split();
//! sender.send(Frame { lane: Lane::Control, body: b"hello".to_vec() }).await?;
//! sender.finish().await?;
//! while let Some(frame) = receiver.recv().await? {
//!     println!("{} bytes in lane {:?}", frame.body.len(), frame.lane);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # On the wire
//!
//! One QUIC connection carries one bidirectional stream, which the dialler opens. The application
//! protocol is `linli/1` for sessions and `linli-request/1` for requests (joining a realm, pulling a snapshot). The stream is a run of
//! frames as [`linli_wire::frame`] describes them; the dialler's first frame is the *opening*, an
//! empty frame in the control lane, which lets the acceptor know of the stream before either side
//! has anything to say and is not handed on. Each direction ends with the stream's own end. An end
//! that has read the other's stream to its end closes the connection with code 0, which tells the
//! other that all was read; [`limits`] lists the other codes.
//!
//! Where QUIC has no answer within [`limits::FALLBACK_DELAY`], the same goes over TLS 1.3 on TCP, at the same
//! port, with the same keys and protocol names, through an HTTP proxy if there is one. The stream of frames
//! then travels in records beside others that say what QUIC says by itself: `tcp/record.rs` has their table.
//!
//! A request is a link like any other: the client sends one frame with its request, the server
//! answers with one or more and finishes.

mod config;
mod connection;
mod dial;
mod endpoint;
mod error;
#[cfg(test)]
mod fixture;
mod identity;
mod lan;
pub mod limits;
mod link;
mod pace;
mod places;
mod proxy;
mod queue;
mod receiver;
mod sender;
mod tally;
mod tcp;
mod verify;

pub use connection::Transport;
pub use dial::Dial;
pub use endpoint::{Endpoint, Incoming, Protocol};
pub use error::{NetError, TransportError};
pub use identity::{Identity, KeyError};
pub use lan::{Lan, Neighbour};
pub use limits::Options;
pub use link::{Link, LinkHandle};
pub use pace::{Pace, RATE_BYTES_MIN};
pub use proxy::{Proxy, ProxyError};
pub use receiver::LinkReceiver;
pub use sender::LinkSender;
pub use tally::Tally;
