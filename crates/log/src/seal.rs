//! Seals: a device's signature that vouches for a whole prefix of its log.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use linli_wire::{DeviceKey, EntryHash, LogId};
use thiserror::Error;

/// Why a seal does not vouch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    #[error("device key {0} is not an Ed25519 key that may be used")]
    WeakKey(DeviceKey),
    #[error("the seal at entry {seq} of log {log} is not the signature of device {device}")]
    Signature { log: LogId, seq: u64, device: DeviceKey },
}

/// The context that keeps a seal from being read as a signature of anything else.
const CONTEXT: &[u8] = b"linli/1 seal\0";

/// A device's private key.
#[derive(Clone)]
pub struct DeviceSecret(SigningKey);

impl DeviceSecret {
    /// The key whose Ed25519 seed these random bytes are.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    pub fn device(&self) -> DeviceKey {
        DeviceKey(self.0.verifying_key().to_bytes())
    }

    /// Vouches for a log up to an entry.
    pub fn seal(&self, log: LogId, seq: u64, hash: EntryHash) -> Seal {
        Seal { signature: self.0.sign(&message(log, seq, hash)).to_bytes() }
    }

    /// Signs a statement of another kind; `context` says which and ends in a zero byte.
    pub fn sign(&self, context: &[u8], statement: &[u8]) -> [u8; 64] {
        self.0.sign(&[context, statement].concat()).to_bytes()
    }
}

impl std::fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceSecret({})", self.device().short())
    }
}

/// A signature over (context, log, seq, entry hash).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    pub signature: [u8; 64],
}

impl Seal {
    pub fn verify(&self, device: DeviceKey, log: LogId, seq: u64, hash: EntryHash) -> Result<(), SealError> {
        verifying_key(device)?
            .verify_strict(&message(log, seq, hash), &Signature::from_bytes(&self.signature))
            .map_err(|_| SealError::Signature { log, seq, device })
    }
}

/// Checks a signature made by [`DeviceSecret::sign`].
pub fn verify_statement(device: DeviceKey, context: &[u8], statement: &[u8], signature: &[u8; 64]) -> bool {
    verifying_key(device).is_ok_and(|key| {
        key.verify_strict(&[context, statement].concat(), &Signature::from_bytes(signature)).is_ok()
    })
}

/// Refuses a key that is no point of the curve or one of the few for which signatures can be forged.
pub fn check_key(device: DeviceKey) -> Result<(), SealError> {
    verifying_key(device).map(|_| ())
}

fn verifying_key(device: DeviceKey) -> Result<VerifyingKey, SealError> {
    VerifyingKey::from_bytes(device.as_bytes())
        .ok()
        .filter(|key| is_canonical(device.as_bytes()) && !key.is_weak())
        .ok_or(SealError::WeakKey(device))
}

/// Whether the key's coordinate is below 2²⁵⁵ − 19. The curve arithmetic would take a few values
/// above as other names of keys below, and then one key would be two devices.
fn is_canonical(key: &[u8; 32]) -> bool {
    key[31] & 0x7f != 0x7f || key[1..31].iter().any(|byte| *byte != 0xff) || key[0] < 0xed
}

fn message(log: LogId, seq: u64, hash: EntryHash) -> Vec<u8> {
    let mut message = Vec::with_capacity(CONTEXT.len() + 72);
    message.extend_from_slice(CONTEXT);
    message.extend_from_slice(log.as_bytes());
    message.extend_from_slice(&seq.to_be_bytes());
    message.extend_from_slice(hash.as_bytes());
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_vouches_for_one_head_of_one_log_by_one_device() {
        let secret = DeviceSecret::from_seed(&[7; 32]);
        let (log, hash) = (LogId([1; 32]), EntryHash([2; 32]));
        let seal = secret.seal(log, 3, hash);
        assert_eq!(seal.verify(secret.device(), log, 3, hash), Ok(()));
        let other = DeviceSecret::from_seed(&[8; 32]).device();
        assert!(seal.verify(other, log, 3, hash).is_err());
        assert!(seal.verify(secret.device(), LogId([9; 32]), 3, hash).is_err());
        assert!(seal.verify(secret.device(), log, 4, hash).is_err());
        assert!(seal.verify(secret.device(), log, 3, EntryHash([9; 32])).is_err());
    }

    #[test]
    fn weak_keys_are_refused() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        for key in [[0; 32], neutral, [0xff; 32]] {
            assert!(matches!(check_key(DeviceKey(key)), Err(SealError::WeakKey(_))), "{key:02x?}");
        }
    }
}
