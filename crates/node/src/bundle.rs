//! Bundles: what a session would carry, in a file for a USB stick.
//!
//! ```text
//! age( frames ): hello (who it is from and for), segments, pushed (how many)
//! ```
//!
//! The frames are those of a session ([`linli_sync::Message`]); the file is encrypted to the X25519
//! keys that stand in the receivers' grants. A bundle proves nothing of who made it, and needs not:
//! every segment in it is sealed by the device that wrote it.

use std::path::Path;

use age::x25519;
use linli_log::Right;
use linli_store::{PROGRAM, Replica, Stored};
use linli_sync::{Hello, Message};
use linli_wire::{Channel, DeviceKey, Frame, Lane, Space, UnitPath};

use crate::{
    error::NodeError,
    files,
    node::{Node, units_of},
};

/// What a bundle carried.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BundleReport {
    pub segments: usize,
    /// Segments that brought something new; only when a bundle is taken in.
    pub new: usize,
    pub bytes: u64,
    pub declined: Vec<String>,
}

/// Writes a bundle with everything that the devices of `unit` may read and are not known to hold.
pub fn export_bundle(node: &Node, unit: &UnitPath, path: &Path) -> Result<BundleReport, NodeError> {
    let (receivers, frames, segments) = node.with(|r| {
        r.seal()?;
        let receivers = receivers(r, unit);
        if receivers.is_empty() {
            return Err(NodeError::NoRecipient(unit.clone()));
        }
        let (frames, segments) = frames(r, unit, &receivers)?;
        Ok((receivers, frames, segments))
    })?;
    let recipients = receivers.iter().map(|(_, key)| recipient(key)).collect::<Result<Vec<_>, _>>()?;
    let encrypted = encrypt(&recipients, &frames).map_err(|reason| NodeError::BadFile {
        path: path.to_owned(),
        what: "place for a bundle",
        reason,
    })?;
    files::write_whole(path, &encrypted)?;
    Ok(BundleReport { segments, bytes: encrypted.len() as u64, ..BundleReport::default() })
}

/// Takes a bundle in: safe to repeat. A hub writes its receipts, which the next bundle back carries.
pub fn import_bundle(node: &Node, path: &Path) -> Result<BundleReport, NodeError> {
    let encrypted = files::read(path)?;
    let bad = |reason: String| NodeError::BadFile { path: path.to_owned(), what: "bundle", reason };
    let secret = node.with(|r| r.identity().recipient_secret());
    let plain = match decrypt(&secret, &encrypted) {
        Ok(plain) => plain,
        Err(age::DecryptError::NoMatchingKeys) => return Err(NodeError::BundleForOther(node.device())),
        Err(age::DecryptError::Io(_) | age::DecryptError::InvalidHeader) => {
            let reason =
                "it does not begin like an encrypted bundle, or it was cut short; copy the file again";
            return Err(bad(reason.to_owned()));
        }
        Err(error) => return Err(bad(format!("{error}; copy the file again"))),
    };
    let segments = read_frames(node, &plain).map_err(bad)?;
    let mine = node.units();
    let count = segments.len();
    let stored =
        node.with(|r| r.store(segments, &|space: &Space| mine.iter().any(|u| space.is_read_by(u))))?;
    node.settle_stored()?;
    let mut report =
        BundleReport { segments: count, bytes: encrypted.len() as u64, ..BundleReport::default() };
    for one in stored {
        match one {
            Stored::New { .. } => report.new += 1,
            Stored::Known { .. } => {}
            Stored::Declined { reason, .. } => report.declined.push(reason),
        }
    }
    Ok(report)
}

/// The devices that take bundles for a unit: its hubs where it has any, else all its devices.
fn receivers(replica: &Replica, unit: &UnitPath) -> Vec<(DeviceKey, [u8; 32])> {
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

fn frames(
    replica: &mut Replica,
    unit: &UnitPath,
    receivers: &[(DeviceKey, [u8; 32])],
) -> Result<(Vec<u8>, usize), NodeError> {
    let realm = replica.realm().ok_or(NodeError::NoRealm)?;
    let mine = units_of(replica, replica.identity().device());
    let hello = Hello::bare(realm, mine.clone(), vec![unit.clone()], PROGRAM);
    let mut bytes = Message::Hello(hello).encode().encode();
    let mut segments = 0_usize;
    let shared = |space: &Space| space.is_read_by(unit) && mine.iter().any(|m| space.is_read_by(m));
    let mut spaces: Vec<Space> = replica.space_digests()?.into_keys().filter(shared).collect();
    // Trust before what it decides about.
    spaces.sort_by_key(|space| (space.channel != Channel::Notices, space.clone()));
    let devices: Vec<DeviceKey> = receivers.iter().map(|(device, _)| *device).collect();
    for space in spaces {
        let lane = if space.channel == Channel::Notices { Lane::Trust } else { Lane::Bulk };
        for segment in replica.segments_beyond(&space, &devices)? {
            bytes.extend(Message::Segment { lane, bytes: segment }.encode().encode());
            segments += 1;
        }
    }
    bytes.extend(Message::Pushed { segments: segments as u64 }.encode().encode());
    Ok((bytes, segments))
}

fn read_frames(node: &Node, plain: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut rest = plain;
    let mut segments: Vec<Vec<u8>> = Vec::new();
    let (mut greeted, mut complete) = (false, false);
    while let Some(frame) = Frame::take(&mut rest).map_err(|e| e.to_string())? {
        match Message::decode(&frame).map_err(|e| e.to_string())? {
            Message::Hello(hello) if !greeted => {
                let realm = node.realm().map_err(|e| e.to_string())?;
                if hello.realm != realm {
                    return Err(format!("it belongs to realm {}, this is {realm}", hello.realm));
                }
                greeted = true;
            }
            Message::Segment { bytes, .. } if greeted && !complete => segments.push(bytes),
            Message::Pushed { segments: count } if greeted && !complete && count == segments.len() as u64 => {
                complete = true;
            }
            _ => return Err("a frame stands where it does not belong".to_owned()),
        }
    }
    if complete { Ok(segments) } else { Err("it ends too early; copy the file again".to_owned()) }
}

fn recipient(key: &[u8; 32]) -> Result<x25519::Recipient, NodeError> {
    bech32("age", key)
        .parse()
        .map_err(|reason: &str| NodeError::BadAnswer(format!("a bundle key in a grant: {reason}")))
}

/// age names keys in Bech32; its library reads them in no other form.
fn bech32(prefix: &str, key: &[u8; 32]) -> String {
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

fn encrypt(recipients: &[x25519::Recipient], plain: &[u8]) -> Result<Vec<u8>, String> {
    use std::io::Write as _;
    let recipients = recipients.iter().map(|r| r as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients).map_err(|e| e.to_string())?;
    let mut out = Vec::new();
    let mut writer = encryptor.wrap_output(&mut out).map_err(|e| e.to_string())?;
    writer.write_all(plain).and_then(|()| writer.finish().map(|_| ())).map_err(|e| e.to_string())?;
    Ok(out)
}

fn decrypt(secret: &[u8; 32], encrypted: &[u8]) -> Result<Vec<u8>, age::DecryptError> {
    use std::io::Read as _;
    let identity: x25519::Identity = bech32("age-secret-key-", secret)
        .to_uppercase()
        .parse()
        .map_err(|_| age::DecryptError::NoMatchingKeys)?;
    let decryptor = age::Decryptor::new(encrypted)?;
    let mut reader = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity))?;
    let mut plain = Vec::new();
    reader.read_to_end(&mut plain)?;
    Ok(plain)
}

#[cfg(test)]
mod tests;
