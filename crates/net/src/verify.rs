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

/// Accepts the one server that holds the expected key. One is made for each dial, so that it can
/// hand back what it saw: the transport keeps of an error nothing but its text.
#[derive(Debug)]
pub(crate) struct ExpectedServer {
    expected: DeviceKey,
    shown: OnceLock<Result<DeviceKey, KeyError>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ExpectedServer {
    pub(crate) fn new(expected: DeviceKey, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { expected, shown: OnceLock::new(), algorithms }
    }

    /// The key that the server showed, if it came to that.
    pub(crate) fn shown(&self) -> Option<Result<DeviceKey, KeyError>> {
        self.shown.get().copied()
    }
}

impl ServerCertVerifier for ExpectedServer {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = only_key(end_entity, intermediates);
        let found = *self.shown.get_or_init(|| shown);
        if found.map_err(refused)? != self.expected {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        Ok(ServerCertVerified::assertion())
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
        verify_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// Accepts every client that proves some device key: who it is decides what it may do, later. One is
/// made for each handshake, for the same reason.
#[derive(Debug)]
pub(crate) struct AnyDevice {
    fault: OnceLock<KeyError>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl AnyDevice {
    pub(crate) fn new(algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { fault: OnceLock::new(), algorithms }
    }

    /// Why the key that the client showed is not a device key, if it is not.
    pub(crate) fn fault(&self) -> Option<KeyError> {
        self.fault.get().copied()
    }
}

impl ClientCertVerifier for AnyDevice {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        only_key(end_entity, intermediates).map_err(|error| refused(*self.fault.get_or_init(|| error)))?;
        Ok(ClientCertVerified::assertion())
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
        verify_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

fn only_key(shown: &CertificateDer<'_>, more: &[CertificateDer<'_>]) -> Result<DeviceKey, KeyError> {
    if !more.is_empty() {
        return Err(KeyError::Several(1 + more.len()));
    }
    decode_spki(shown)
}

fn refused(error: KeyError) -> Error {
    CertificateError::Other(OtherError(Arc::new(error))).into()
}

fn verify_signature(
    message: &[u8],
    key: &CertificateDer<'_>,
    signature: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error> {
    if signature.scheme != SignatureScheme::ED25519 {
        return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
    }
    let key = SubjectPublicKeyInfoDer::from(key.as_ref());
    verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
}
