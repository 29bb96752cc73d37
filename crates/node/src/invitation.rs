//! Invitations: what a hub gives a device so that it can join.
//!
//! An invitation needs no state at the hub until it is redeemed: the hub signs what it offers, and
//! notes the nonce when it is used. As a code it is `LINLI1:` and base32 without padding of
//!
//! ```text
//! CBOR [version 1, realm, hub device, address, unit, rights, grant ends (ms) / null,
//!       invitation ends (ms), nonce 16 bytes, label] ‖ signature 64 bytes
//! ```
//!
//! with the signature over context `linli/1 invitation` and a zero byte, by the hub's device key.

use std::net::SocketAddr;

use data_encoding::BASE32_NOPAD;
use linli_log::{Rights, seal::verify_statement};
use linli_store::Replica;
use linli_wire::{
    DecodeError, DeviceKey, Reader, RealmId, TimeMs, UnitPath, Writer, limits::FIELD_BYTES_MAX,
};

use crate::{enrol::Terms, error::NodeError, node::Node};

const PREFIX: &str = "LINLI1:";
const CONTEXT: &[u8] = b"linli/1 invitation\0";
const VERSION: u64 = 1;

/// What a hub offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub realm: RealmId,
    pub hub: DeviceKey,
    pub address: SocketAddr,
    pub terms: Terms,
    /// Until when it can be redeemed.
    pub expires: TimeMs,
    pub nonce: [u8; 16],
    signature: [u8; 64],
}

/// Makes an invitation that this hub will honour once.
pub fn invite(
    node: &Node,
    address: SocketAddr,
    terms: Terms,
    expires: TimeMs,
) -> Result<Invitation, NodeError> {
    let realm = node.realm()?;
    if terms.not_after.is_some_and(|end| end <= node.now()) {
        let reason = "the grant would have ended already; choose a later day";
        return Err(NodeError::RefusedByHub(reason.to_owned()));
    }
    node.with(|r| {
        let mut nonce = [0; 16];
        r.fill_random(&mut nonce)?;
        // An offer that the hub could not keep is refused when it is made.
        crate::enrol::check_terms(r, &terms, node.now())?;
        let hub = r.identity().device();
        let mut invitation = Invitation { realm, hub, address, terms, expires, nonce, signature: [0; 64] };
        invitation.signature = r.identity().secret().sign(CONTEXT, &invitation.statement());
        Ok(invitation)
    })
}

impl Invitation {
    /// The code that people pass on.
    pub fn code(&self) -> String {
        let bytes = [self.statement(), self.signature.to_vec()].concat();
        format!("{PREFIX}{}", BASE32_NOPAD.encode(&bytes))
    }

    /// Reads a code, however it was broken into lines.
    pub fn parse(code: &str) -> Result<Self, NodeError> {
        let bad = |why: &str| NodeError::BadInvitation(why.to_owned());
        let compact: String = code.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
        let text = compact.strip_prefix(PREFIX).ok_or_else(|| bad("it does not begin with LINLI1:"))?;
        let bytes = BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| bad("a part is missing or mistyped"))?;
        Self::decode(&bytes).map_err(|error| bad(&error.to_string()))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (statement, signature) = bytes.split_last_chunk::<64>().ok_or(DecodeError::Truncated)?;
        let invitation = Reader::whole(statement, |r| {
            r.array_of(10)?;
            let version = r.uint()?;
            if version != VERSION {
                return Err(DecodeError::Unknown { what: "the invitation's version", value: version });
            }
            let realm = RealmId(r.bytes_of()?);
            let hub = DeviceKey(r.bytes_of()?);
            let invalid = |what: &str| DecodeError::Invalid(format!("{what} cannot be read"));
            let address = r.text("an address", 64)?.parse().map_err(|_| invalid("the address"))?;
            let unit: UnitPath = r.text("a unit", 32)?.parse().map_err(|_| invalid("the unit"))?;
            let rights = Rights::from_bits(r.uint()?);
            let not_after = if r.null()? { None } else { Some(TimeMs(r.int()?)) };
            let expires = TimeMs(r.int()?);
            let nonce = r.bytes_of()?;
            let label = r.text("a label", FIELD_BYTES_MAX)?.to_owned();
            let terms = Terms { unit, rights, not_after, label };
            Ok(Self { realm, hub, address, terms, expires, nonce, signature: *signature })
        })?;
        if verify_statement(invitation.hub, CONTEXT, statement, signature) {
            Ok(invitation)
        } else {
            Err(DecodeError::Invalid("a character is wrong, its signature does not fit".to_owned()))
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        [self.statement(), self.signature.to_vec()].concat()
    }

    /// Whether this hub may honour it now.
    pub(crate) fn check(&self, replica: &Replica, now: TimeMs) -> Result<(), NodeError> {
        if self.hub != replica.identity().device() || Some(self.realm) != replica.realm() {
            return Err(NodeError::ForeignInvitation);
        }
        if now > self.expires {
            return Err(NodeError::ExpiredInvitation(day_text(self.expires)));
        }
        Ok(())
    }

    fn statement(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.array(10).uint(VERSION).bytes(self.realm.as_bytes()).bytes(self.hub.as_bytes());
        w.text(&self.address.to_string()).text(self.terms.unit.as_str()).uint(self.terms.rights.bits());
        match self.terms.not_after {
            Some(time) => w.int(time.0),
            None => w.null(),
        };
        w.int(self.expires.0).bytes(&self.nonce).text(&self.terms.label);
        w.finish()
    }
}

/// The day of an instant, for people.
pub(crate) fn day_text(time: TimeMs) -> String {
    linli_model::date::from_day_number(time.day_number())
        .map_or_else(|| "an unknown day".to_owned(), linli_model::date::to_iso)
}

#[cfg(test)]
mod tests;
