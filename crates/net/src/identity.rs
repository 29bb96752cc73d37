//! A device's key pair, and device keys as they stand in a handshake.
//!
//! On the wire an Ed25519 key is the 44 bytes of its SubjectPublicKeyInfo (RFC 8410 §4): twelve that
//! never differ, then the key. Anything else is refused, even another encoding of the same key.

use std::{fmt, sync::Arc};

use ed25519_dalek::{SigningKey, VerifyingKey};
use linli_wire::DeviceKey;
use rustls::{
    crypto::ring::sign::any_eddsa_type,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    sign::CertifiedKey,
};
use thiserror::Error;
use zeroize::Zeroizing;

/// The device's own key pair, which it shows and proves in every handshake.
#[derive(Clone)]
pub struct Identity {
    device: DeviceKey,
    pub(crate) certified_key: Arc<CertifiedKey>,
}

impl Identity {
    /// The identity of which `seed` is the Ed25519 private key (RFC 8032 §5.1.5).
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let seed = Zeroizing::new(seed);
        let device = DeviceKey(SigningKey::from_bytes(&seed).verifying_key().to_bytes());
        let mut pkcs8 = Zeroizing::new([0; PKCS8_PREFIX.len() + 32]);
        pkcs8[..PKCS8_PREFIX.len()].copy_from_slice(&PKCS8_PREFIX);
        pkcs8[PKCS8_PREFIX.len()..].copy_from_slice(&*seed);
        let signing_key = any_eddsa_type(&PrivatePkcs8KeyDer::from(&pkcs8[..]))
            .expect("any 32 bytes are an Ed25519 private key");
        let certified_key =
            Arc::new(CertifiedKey::new(vec![CertificateDer::from(encode_spki(device))], signing_key));
        Self { device, certified_key }
    }

    /// The public key, by which others know this device.
    pub fn device(&self) -> DeviceKey {
        self.device
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("device", &self.device).finish_non_exhaustive()
    }
}

/// Why what a peer showed is not a device key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    #[error("the peer showed no key")]
    Missing,
    #[error("the peer showed {0} keys, a device has one")]
    Several(usize),
    #[error("the peer's key is not an Ed25519 key")]
    NotEd25519,
    #[error("the peer's key is a weak Ed25519 key, under which signatures prove nothing")]
    Weak,
}

/// The key in its SubjectPublicKeyInfo.
pub(crate) fn encode_spki(device: DeviceKey) -> Vec<u8> {
    [&SPKI_PREFIX[..], device.as_bytes()].concat()
}

/// The key in `spki`, if it is an Ed25519 key that can prove anything.
pub(crate) fn decode_spki(spki: &[u8]) -> Result<DeviceKey, KeyError> {
    let key: &[u8; 32] =
        spki.strip_prefix(&SPKI_PREFIX).and_then(|key| key.try_into().ok()).ok_or(KeyError::NotEd25519)?;
    let point = VerifyingKey::from_bytes(key).map_err(|_| KeyError::NotEd25519)?;
    if point.is_weak() {
        return Err(KeyError::Weak);
    }
    Ok(DeviceKey(*key))
}

/// SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING … }
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// SEQUENCE { version 0, SEQUENCE { OID 1.3.101.112 }, OCTET STRING { OCTET STRING … } } (RFC 8410 §7)
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_the_key_of_its_seed() {
        // RFC 8032 §7.1, test 1.
        let seed = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
            0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
        ];
        let identity = Identity::from_seed(seed);
        assert_eq!(
            identity.device().to_string(),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
        let shown = &identity.certified_key.cert[0];
        assert_eq!(decode_spki(shown), Ok(identity.device()));
        assert!(!format!("{identity:?}").contains("9d61"), "a seed never shows");
    }

    #[test]
    fn only_an_ed25519_key_that_proves_something_is_a_device_key() {
        let good = encode_spki(Identity::from_seed([7; 32]).device());
        assert!(decode_spki(&good).is_ok());
        for cut in 0..good.len() {
            assert_eq!(decode_spki(&good[..cut]), Err(KeyError::NotEd25519), "cut at {cut}");
        }
        assert_eq!(decode_spki(&[&good[..], &[0]].concat()), Err(KeyError::NotEd25519));
        for bit in 0..8 * SPKI_PREFIX.len() {
            let mut other = good.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode_spki(&other), Err(KeyError::NotEd25519), "bit {bit}");
        }
        // The neutral element, the point of order two, and a value that is no point.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut order_two = [0xff; 32];
        order_two[0] = 0xec;
        order_two[31] = 0x7f;
        let mut no_point = [0; 32];
        no_point[0] = 2;
        assert_eq!(decode_spki(&encode_spki(DeviceKey(neutral))), Err(KeyError::Weak));
        assert_eq!(decode_spki(&encode_spki(DeviceKey(order_two))), Err(KeyError::Weak));
        assert_eq!(decode_spki(&encode_spki(DeviceKey(no_point))), Err(KeyError::NotEd25519));
    }
}
