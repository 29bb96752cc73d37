//! Whom a bundle is encrypted to: the X25519 keys that stand in grants.

use age::x25519;
use linli_log::Right;
use linli_store::Replica;
use linli_wire::{DeviceKey, UnitPath};

use crate::error::NodeError;

/// The devices that take bundles for a unit: its hubs where it has any, else all its devices.
pub(super) fn receivers(replica: &Replica, unit: &UnitPath) -> Vec<(DeviceKey, [u8; 32])> {
    let me = replica.identity().device();
    let all: Vec<_> = replica
        .trust()
        .grants()
        .filter(|(_, a)| a.grant.unit == *unit && a.grant.device != me && !replica.trust().is_revoked(a))
        .collect();
    let hubs = all.iter().any(|(_, a)| a.grant.rights.has(Right::Receipt));
    all.into_iter()
        .filter(|(_, a)| !hubs || a.grant.rights.has(Right::Receipt))
        .map(|(_, a)| (a.grant.device, a.grant.recipient))
        .collect()
}

pub(super) fn recipient(key: &[u8; 32]) -> Result<x25519::Recipient, NodeError> {
    bech32("age", key)
        .parse()
        .map_err(|reason: &str| NodeError::BadAnswer(format!("a bundle key in a grant: {reason}")))
}

/// The identity of a device's secret; `None` where the library cannot read it.
pub(super) fn identity(secret: &[u8; 32]) -> Option<x25519::Identity> {
    bech32("age-secret-key-", secret).to_uppercase().parse().ok()
}

/// age names keys in Bech32; its library reads them in no other form.
pub(super) fn bech32(prefix: &str, key: &[u8; 32]) -> String {
    const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let mut values = Vec::with_capacity(52);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in key {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            values.push(((held >> bits) & 31) as u8);
        }
        held &= (1 << bits) - 1;
    }
    values.push(((held << (5 - bits)) & 31) as u8);
    let step = |sum: u32, value: u8| {
        let top = sum >> 25;
        let next = ((sum & 0x1ff_ffff) << 5) ^ u32::from(value);
        GENERATOR.iter().enumerate().fold(next, |sum, (at, g)| if top >> at & 1 == 1 { sum ^ g } else { sum })
    };
    let high = prefix.bytes().map(|b| b >> 5);
    let low = prefix.bytes().map(|b| b & 31);
    let spread = high.chain([0]).chain(low).chain(values.iter().copied()).chain([0; 6]);
    let sum = spread.fold(1, step) ^ 1;
    values.extend((0..6).map(|at| ((sum >> (5 * (5 - at))) & 31) as u8));
    let text: String = values.iter().map(|v| ALPHABET[usize::from(*v)] as char).collect();
    format!("{prefix}1{text}")
}
