//! The targets. Each says what it promises beyond not to panic.

mod session;
mod vetting;

use data_encoding::BASE32_NOPAD;
use linli_eval::Scorecard;
use linli_log::{
    Access, Alias, ChangeParts, Checkpoint, Erase, Genesis, Grant, RawSegment, Receipt, Revoke, Rotate,
    SpaceFrontier, compact as compact_form,
    entry::Header,
    fact::{Body, Changes},
};
use linli_node::Invitation;
use linli_sync::Message;
use linli_wire::{
    Frame, Reader, RealmId, Writer,
    limits::{MESSAGE_LOGS_MAX, SEGMENT_BYTES_MAX},
};

pub use session::session;
pub(crate) use session::{COMMUNITY, HUB, REALM};
pub use vetting::vetting;
pub(crate) use vetting::without_checksum;

/// Frames, and the message in each: what is read is written again with the same bytes.
pub fn frames(bytes: &[u8]) {
    let mut rest = bytes;
    while let Ok(Some(frame)) = Frame::take(&mut rest) {
        let encoded = frame.encode();
        assert!(bytes.ends_with(&[&encoded, rest].concat()), "a frame has another encoding");
        if let Ok(message) = Message::decode(&frame) {
            assert_eq!(message.encode(), frame, "a message has another encoding");
        }
    }
}

/// An entry's header.
pub fn header(bytes: &[u8]) {
    if let Ok(header) = Header::decode(bytes) {
        assert_eq!(header.encode(), bytes, "a header has another encoding");
    }
}

/// The bodies of the facts; the first byte says which.
pub fn fact(bytes: &[u8]) {
    fn one<B: Body>(bytes: &[u8]) {
        if let Ok(body) = B::decode(bytes) {
            assert_eq!(body.encode(), bytes, "a body has another encoding");
        }
    }
    let Some((kind, body)) = bytes.split_first() else { return };
    match kind {
        0 => one::<Genesis>(body),
        1 => one::<Changes>(body),
        2 => one::<Grant>(body),
        3 => one::<Revoke>(body),
        4 => one::<Receipt>(body),
        5 => one::<Erase>(body),
        6 => one::<Access>(body),
        7 => one::<Checkpoint>(body),
        8 => one::<Rotate>(body),
        9 => one::<Alias>(body),
        _ => {}
    }
}

/// The frontier of a space.
pub fn frontier(bytes: &[u8]) {
    if let Ok(frontier) = Reader::whole(bytes, |r| SpaceFrontier::read(r, MESSAGE_LOGS_MAX)) {
        let mut writer = Writer::new();
        frontier.write(&mut writer);
        assert_eq!(writer.finish(), bytes, "a frontier has another encoding");
    }
}

/// A segment in its canonical form, and the checks of chain and seal.
pub fn segment(bytes: &[u8]) {
    if let Ok(segment) = RawSegment::decode(bytes) {
        assert_eq!(segment.encode(), bytes, "a segment has another encoding");
        assert_eq!(segment.encoded_len(), bytes.len(), "a segment's length is told wrong");
        let _ = segment.verify(None);
    }
}

/// A segment in a compact form: it unpacks within the limit, and packed again it is the same segment.
pub fn compact(bytes: &[u8]) {
    if let Ok(segment) = compact_form::decode(bytes) {
        assert!(segment.encoded_len() <= SEGMENT_BYTES_MAX, "a compact segment unpacks beyond its limit");
        let again = compact_form::encode(&segment, compact_form::LEVEL_FAST);
        assert!(compact_form::decode(&again).as_ref() == Ok(&segment), "a segment packs into another");
        let _ = segment.verify(None);
    }
}

/// A change chunk.
pub fn change(bytes: &[u8]) {
    if let Ok(parts) = ChangeParts::parse(bytes) {
        assert_eq!(parts.build(), bytes, "a change has another encoding");
    }
}

/// An invitation, as the bytes of its code.
pub fn invitation(bytes: &[u8]) {
    let code = format!("LINLI1:{}", BASE32_NOPAD.encode(bytes));
    if let Ok(invitation) = Invitation::parse(&code) {
        assert_eq!(invitation.code(), code, "an invitation has another code");
    }
    // What people type is not even base32.
    let _ = Invitation::parse(&String::from_utf8_lossy(bytes));
}

/// A scorecard.
pub fn scorecard(bytes: &[u8]) {
    if let Ok(card) = Scorecard::decode(bytes) {
        assert_eq!(card.encode(), bytes, "a scorecard has another encoding");
    }
}

/// A snapshot: what it says of itself, and its verification.
pub fn snapshot(bytes: &[u8]) {
    if linli_audit::show(bytes).is_ok() {
        let _ = linli_audit::verify(bytes, RealmId([0; 32]));
    }
}

/// A workbook or a file of comma-separated values.
pub fn workbook(bytes: &[u8]) {
    if let Err(error) = linli_workbook::read(bytes, "cards.xlsx") {
        assert!(!error.to_string().is_empty(), "a refusal says why");
    }
}
