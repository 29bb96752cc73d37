//! The settings of TLS, QUIC and TLS over TCP that every link has, in both roles.

use std::{sync::Arc, time::Duration};

use linli_wire::DeviceKey;
use quinn::{
    IdleTimeout, TransportConfig, VarInt,
    crypto::rustls::{QuicClientConfig, QuicServerConfig},
};
use rustls::{
    client::{AlwaysResolvesClientRawPublicKeys, Resumption},
    crypto::CryptoProvider,
    server::{AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage},
    version::TLS13,
};

use crate::{
    endpoint::Protocol,
    identity::Identity,
    limits::{
        ATTEMPT_BYTES_MAX, ATTEMPTS_BYTES_MAX, ATTEMPTS_WAITING_MAX, Options, RECEIVE_WINDOW_BYTES,
        SEND_WINDOW_BYTES,
    },
    verify::DeviceVerifier,
};

/// What an endpoint needs to know in order to dial and to accept.
pub(crate) struct Settings {
    provider: Arc<CryptoProvider>,
    identity: Identity,
    options: Options,
}

impl Settings {
    pub(crate) fn new(identity: &Identity, options: Options) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        Self { provider, identity: identity.clone(), options }
    }

    /// How the socket accepts. Each handshake has a verifier of its own besides, see
    /// [`Settings::handshake`].
    pub(crate) fn server(&self) -> quinn::ServerConfig {
        let mut config = quinn::ServerConfig::with_crypto(self.quic_server(self.verifier(None)));
        config
            .transport_config(Arc::new(self.transport(1)))
            .max_incoming(ATTEMPTS_WAITING_MAX)
            .incoming_buffer_size(ATTEMPT_BYTES_MAX)
            .incoming_buffer_size_total(ATTEMPTS_BYTES_MAX);
        config.validation_token.sent(0);
        config
    }

    /// How one handshake goes on for a socket that accepts as `server` says.
    pub(crate) fn handshake(
        &self,
        server: &quinn::ServerConfig,
        verifier: Arc<DeviceVerifier>,
    ) -> Arc<quinn::ServerConfig> {
        let mut config = server.clone();
        config.crypto = self.quic_server(verifier);
        Arc::new(config)
    }

    /// Who is to be found at the other end: this device, or any that proves its key.
    pub(crate) fn verifier(&self, expected: Option<DeviceKey>) -> Arc<DeviceVerifier> {
        Arc::new(DeviceVerifier::new(expected, self.provider.signature_verification_algorithms))
    }

    fn quic_server(&self, verifier: Arc<DeviceVerifier>) -> Arc<QuicServerConfig> {
        let tls = self.tls_server(verifier);
        Arc::new(QuicServerConfig::try_from(tls).expect("ring has the initial cipher suite of QUIC"))
    }

    /// How a handshake is answered, over either transport.
    pub(crate) fn tls_server(&self, verifier: Arc<DeviceVerifier>) -> rustls::ServerConfig {
        let key = AlwaysResolvesServerRawPublicKeys::new(self.identity.certified_key.clone());
        let mut tls = rustls::ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&TLS13])
            .expect("ring has cipher suites for TLS 1.3")
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::new(key));
        tls.alpn_protocols = Protocol::ALL.iter().map(|protocol| protocol.alpn().to_vec()).collect();
        // Invariant: every handshake is a whole one. Early data could be replayed, and a resumed
        // session would rest on a key that was proved some other time.
        tls.session_storage = Arc::new(NoServerSessionStorage {});
        tls.send_tls13_tickets = 0;
        tls.max_early_data_size = 0;
        tls
    }

    /// How to dial the device that `verifier` accepts, over QUIC.
    pub(crate) fn quic_client(
        &self,
        protocol: Protocol,
        verifier: Arc<DeviceVerifier>,
    ) -> quinn::ClientConfig {
        let tls = self.tls_client(protocol, verifier);
        let crypto = QuicClientConfig::try_from(tls).expect("ring has the initial cipher suite of QUIC");
        let mut config = quinn::ClientConfig::new(Arc::new(crypto));
        config.transport_config(Arc::new(self.transport(0)));
        config
    }

    /// How to dial it, over either transport.
    pub(crate) fn tls_client(
        &self,
        protocol: Protocol,
        verifier: Arc<DeviceVerifier>,
    ) -> rustls::ClientConfig {
        let key = AlwaysResolvesClientRawPublicKeys::new(self.identity.certified_key.clone());
        let mut tls = rustls::ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&TLS13])
            .expect("ring has cipher suites for TLS 1.3")
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_client_cert_resolver(Arc::new(key));
        tls.alpn_protocols = vec![protocol.alpn().to_vec()];
        tls.enable_sni = false;
        tls.enable_early_data = false;
        tls.resumption = Resumption::disabled();
        tls
    }

    /// The transport of a link whose peer may open `peer_streams` streams.
    fn transport(&self, peer_streams: u32) -> TransportConfig {
        let mut transport = TransportConfig::default();
        transport
            .max_concurrent_bidi_streams(VarInt::from_u32(peer_streams))
            .max_concurrent_uni_streams(VarInt::from_u32(0))
            .datagram_receive_buffer_size(None)
            .stream_receive_window(VarInt::from_u32(RECEIVE_WINDOW_BYTES))
            .receive_window(VarInt::from_u32(RECEIVE_WINDOW_BYTES))
            .send_window(SEND_WINDOW_BYTES)
            .keep_alive_interval(Some(self.options.keep_alive_interval))
            .max_idle_timeout(Some(idle_timeout(self.options.idle_timeout)));
        transport
    }
}

/// QUIC counts idle time in milliseconds below 2^62; a longer time is as good as that.
fn idle_timeout(time: Duration) -> IdleTimeout {
    IdleTimeout::try_from(time).unwrap_or_else(|_| IdleTimeout::from(VarInt::MAX))
}
