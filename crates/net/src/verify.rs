//! What each end of a handshake demands of the other's key: one raw Ed25519 key, the expected one
//! where one is expected, and an Ed25519 signature that proves it.

use std::sync::{Arc, OnceLock};

use linli_wire::DeviceKey;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, PeerIncompatible,
    PeerMisbehaved, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

use crate::identity::{KeyError, decode_spki};

/// Accepts the device with the expected key, or any device where none is expected: who it is then decides
/// what it may do, later.
///
/// One is made for each handshake, in either role, so that it can hand back what it saw: the transports
/// keep of an error nothing but its text.
#[derive(Debug)]
pub(crate) struct DeviceVerifier {
    expected: Option<DeviceKey>,
    shown: OnceLock<Result<DeviceKey, KeyError>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl DeviceVerifier {
    pub(crate) fn new(expected: Option<DeviceKey>, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { expected, shown: OnceLock::new(), algorithms }
    }

    /// The key that the peer showed, if it came to that. That it also holds the key is proved by the end of
    /// the handshake.
    pub(crate) fn shown(&self) -> Option<Result<DeviceKey, KeyError>> {
        self.shown.get().copied()
    }

    fn check_key(&self, key: &CertificateDer<'_>, more: &[CertificateDer<'_>]) -> Result<(), Error> {
        let shown = if more.is_empty() { decode_spki(key) } else { Err(KeyError::Several(1 + more.len())) };
        match (*self.shown.get_or_init(|| shown), self.expected) {
            (Err(error), _) => Err(CertificateError::Other(OtherError(Arc::new(error))).into()),
            (Ok(found), Some(expected)) if found != expected => {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
            (Ok(_), _) => Ok(()),
        }
    }

    fn check_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if signature.scheme != SignatureScheme::ED25519 {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        }
        let key = SubjectPublicKeyInfoDer::from(key.as_ref());
        verify_tls13_signature_with_raw_key(message, &key, signature, &self.algorithms)
    }
}

impl ServerCertVerifier for DeviceVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check_key(end_entity, intermediates).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls13RequiredForQuic.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for DeviceVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.check_key(end_entity, intermediates).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        ServerCertVerifier::verify_tls12_signature(self, message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ServerCertVerifier::supported_verify_schemes(self)
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
