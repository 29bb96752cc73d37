//! How a device comes to a grant: by redeeming an invitation at the hub, or without a network by a
//! request file out and a grant file back.

use std::path::Path;

use linli_log::{Grant, Kind, Right, Rights, trust::Authority};
use linli_net::Protocol;
use linli_store::{Identity, Opened, Replica, Stored};
use linli_wire::{
    Channel, DecodeError, DeviceKey, EntryHash, Reader, RealmId, Space, TimeMs, UnitPath, Writer,
    limits::{COMPACT_BYTES_MAX, FIELD_BYTES_MAX},
};

use crate::{
    dial::{Dialled, dial},
    error::NodeError,
    files,
    invitation::{Invitation, day_text},
    node::{Node, units_of},
    parents::Parent,
    request::{self, Answer, Request},
};

/// What a device is to be granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub unit: UnitPath,
    pub rights: Rights,
    /// When the grant ends; `None` = when it is revoked.
    pub not_after: Option<TimeMs>,
    /// What people call the device.
    pub label: String,
}

/// Who asks: what stands in a request file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRequest {
    pub device: DeviceKey,
    pub recipient: [u8; 32],
    pub label: String,
}

/// What a device needs to begin: the realm and the trust that its grant rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantBundle {
    pub realm: RealmId,
    /// The device that issued the grant.
    pub hub: DeviceKey,
    /// Compact segments of the notices of the realm and of the hubs above.
    pub segments: Vec<Vec<u8>>,
}

/// Segments that a grant bundle may carry: a log of notices for each device that ever wrote one on
/// the way up, in segments of up to 256 KiB.
const BUNDLE_SEGMENTS_MAX: usize = 16_384;
/// Bytes of what people call a device: an invitation with it must fit a code that people pass on.
const LABEL_BYTES_MAX: usize = 256;
const REQUEST_MAGIC: &str = "linli join request 1";
const GRANT_MAGIC: &str = "linli grant 1";

impl JoinRequest {
    pub fn of(replica: &Replica, label: &str) -> Self {
        let identity = replica.identity();
        Self { device: identity.device(), recipient: identity.recipient(), label: label.to_owned() }
    }

    fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.array(4).text(REQUEST_MAGIC).bytes(self.device.as_bytes()).bytes(&self.recipient).text(&self.label);
        w.finish()
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Reader::whole(bytes, |r| {
            r.array_of(4)?;
            expect_magic(r, REQUEST_MAGIC)?;
            let (device, recipient) = (DeviceKey(r.bytes_of()?), r.bytes_of()?);
            Ok(Self { device, recipient, label: r.text("a label", FIELD_BYTES_MAX)?.to_owned() })
        })
    }
}

impl GrantBundle {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.array(4).text(GRANT_MAGIC).bytes(self.realm.as_bytes()).bytes(self.hub.as_bytes());
        w.array(self.segments.len());
        for segment in &self.segments {
            w.bytes(segment);
        }
        w.finish()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Reader::whole(bytes, |r| {
            r.array_of(4)?;
            expect_magic(r, GRANT_MAGIC)?;
            let (realm, hub) = (RealmId(r.bytes_of()?), DeviceKey(r.bytes_of()?));
            let count = r.array("segments in a grant", BUNDLE_SEGMENTS_MAX)?;
            let segments = (0..count)
                .map(|_| r.bytes("a segment", COMPACT_BYTES_MAX).map(<[u8]>::to_vec))
                .collect::<Result<_, _>>()?;
            Ok(Self { realm, hub, segments })
        })
    }
}

fn expect_magic(r: &mut Reader<'_>, magic: &str) -> Result<(), DecodeError> {
    if r.text("a file's first words", 64)? == magic {
        Ok(())
    } else {
        Err(DecodeError::Invalid(format!("it does not begin with `{magic}`")))
    }
}

/// Redeems an invitation: asks the hub that made it, and keeps its address as this device's parent.
pub async fn join(node: &Node, code: &str, label: &str) -> Result<UnitPath, NodeError> {
    let invitation = Invitation::parse(code)?;
    if node.now() > invitation.expires {
        return Err(NodeError::ExpiredInvitation(day_text(invitation.expires)));
    }
    let request =
        Request::Join { invitation: invitation.encode(), who: node.with(|r| JoinRequest::of(r, label)) };
    let Dialled { endpoint, link } =
        dial(node, invitation.address, Some(invitation.hub), Protocol::Request).await?;
    let answer = request::ask(link, &request).await;
    endpoint.close("done").await;
    let bundle = match answer? {
        Answer::Granted(bundle) => bundle,
        Answer::Refused(reason) => return Err(NodeError::RefusedByHub(reason)),
        Answer::File(_) => return Err(NodeError::BadAnswer("a file where a grant was due".to_owned())),
    };
    if bundle.realm != invitation.realm {
        return Err(NodeError::OtherRealm { expected: invitation.realm, found: bundle.realm });
    }
    let granted = accept_grant(node, &bundle)?;
    let unit = invitation.terms.unit;
    if !granted.contains(&unit) {
        return Err(NodeError::BadAnswer(format!(
            "it has no grant for {unit}; ask the hub for a new invitation"
        )));
    }
    node.add_parent(&Parent { address: invitation.address, device: invitation.hub }, false)?;
    Ok(unit)
}

/// Honours an invitation at the hub. The same device may ask again: an answer can be lost.
pub(crate) fn honour(node: &Node, invitation: &[u8], who: &JoinRequest) -> Result<GrantBundle, NodeError> {
    let invitation = Invitation::decode(invitation).map_err(|e| NodeError::BadInvitation(e.to_string()))?;
    let now = node.now();
    node.with(|r| {
        invitation.check(r, now)?;
        match r.redeem(&invitation.nonce, who.device, now)? {
            Some(device) if device != who.device => return Err(NodeError::UsedInvitation(device)),
            Some(_) if has_grant(r, who.device, &invitation.terms) => {
                return bundle_for(r, &invitation.terms.unit, now);
            }
            _ => {}
        }
        let mut terms = invitation.terms.clone();
        if !who.label.is_empty() {
            terms.label.clone_from(&who.label);
        }
        grant(r, who, &terms, now)
    })
}

/// Writes the request file of a device that has no network.
pub fn make_request(node: &Node, label: &str, path: &Path) -> Result<(), NodeError> {
    files::write_whole(path, &node.with(|r| JoinRequest::of(r, label)).encode())
}

/// Answers a request file with a grant file.
pub fn export_grant(node: &Node, request: &Path, terms: &Terms, out: &Path) -> Result<DeviceKey, NodeError> {
    let who = JoinRequest::decode(&files::read(request)?).map_err(|e| NodeError::BadFile {
        path: request.to_owned(),
        what: "join request",
        reason: e.to_string(),
    })?;
    let bundle = grant_device(node, &who, terms)?;
    files::write_whole(out, &bundle.encode())?;
    Ok(who.device)
}

/// Grants a device directly.
pub fn grant_device(node: &Node, who: &JoinRequest, terms: &Terms) -> Result<GrantBundle, NodeError> {
    let now = node.now();
    let bundle = node.with(|r| grant(r, who, terms, now))?;
    node.announce();
    Ok(bundle)
}

/// Grants several devices in one transaction, all of them or none. Returns the entry of each grant, in order.
pub fn grant_devices(node: &Node, devices: &[(JoinRequest, Terms)]) -> Result<Vec<EntryHash>, NodeError> {
    let now = node.now();
    let granted = node.with(|r| {
        let units = devices.iter().map(|(who, terms)| admissible(r, who, terms, now));
        let units: Vec<UnitPath> = units.collect::<Result<_, _>>()?;
        let granted = r.write(now, |w| {
            let grants = devices.iter().zip(units).map(|((who, terms), unit)| {
                let notices = Space::new(unit, Channel::Notices);
                w.fact(&notices, Kind::Grant, &grant_of(who, terms)).map_err(NodeError::from)
            });
            grants.collect::<Result<Vec<_>, NodeError>>()
        })?;
        r.seal()?;
        Ok::<_, NodeError>(granted)
    })?;
    node.announce();
    Ok(granted)
}

/// Takes a grant file.
pub fn import_grant(node: &Node, path: &Path) -> Result<UnitPath, NodeError> {
    let bundle = GrantBundle::decode(&files::read(path)?).map_err(|e| NodeError::BadFile {
        path: path.to_owned(),
        what: "grant file",
        reason: e.to_string(),
    })?;
    accept_grant(node, &bundle).map_err(|error| match error {
        NodeError::BadAnswer(reason) => {
            NodeError::BadFile { path: path.to_owned(), what: "grant file", reason }
        }
        other => other,
    })?;
    node.unit()
}

/// Takes in the trust of a grant bundle once it is known to hold a grant for this device. Returns
/// the units that it grants.
///
/// Invariant: a device's realm is set only by a bundle that grants it something there, and never
/// changes after that. A bundle that was refused leaves nothing behind.
pub fn accept_grant(node: &Node, bundle: &GrantBundle) -> Result<Vec<UnitPath>, NodeError> {
    accept_grant_for(node, bundle, node.device())
}

/// The same for a key that this device is about to go on under.
pub(crate) fn accept_grant_for(
    node: &Node,
    bundle: &GrantBundle,
    device: DeviceKey,
) -> Result<Vec<UnitPath>, NodeError> {
    if let Some(own) = node.with(|r| r.realm()).filter(|own| *own != bundle.realm) {
        return Err(NodeError::RealmTaken { own, found: bundle.realm });
    }
    let granted = granted(bundle, device)?;
    node.with(|r| {
        r.set_realm(bundle.realm)?;
        store_notices(r, bundle)
    })?;
    node.materialise()?;
    node.announce();
    Ok(granted)
}

/// What a bundle grants a device, by nothing but what is in it: tried in a replica that is thrown away.
fn granted(bundle: &GrantBundle, device: DeviceKey) -> Result<Vec<UnitPath>, NodeError> {
    let mut trial = Replica::init(Opened::in_memory()?, Identity::random()?)?;
    trial.set_realm(bundle.realm)?;
    store_notices(&mut trial, bundle)?;
    let units = units_of(&trial, device);
    if units.is_empty() { Err(NodeError::GrantForOther(device)) } else { Ok(units) }
}

fn store_notices(replica: &mut Replica, bundle: &GrantBundle) -> Result<(), NodeError> {
    let notices = |space: &Space| space.channel == Channel::Notices;
    for stored in replica.store(bundle.segments.clone(), &notices)? {
        let reason = match stored {
            Stored::New { .. } | Stored::Known { .. } => continue,
            Stored::Early { reason, .. } => reason.to_owned(),
            Stored::Declined { reason, .. } => reason,
        };
        return Err(NodeError::BadAnswer(format!("{reason}; have it made again")));
    }
    Ok(())
}

/// Whether this device could keep its word about these terms.
pub(crate) fn check_terms(replica: &Replica, terms: &Terms, now: TimeMs) -> Result<(), NodeError> {
    issuer(replica, terms, now).map(|_| ())
}

/// The unit in whose notices this device would issue such a grant.
fn issuer(replica: &Replica, terms: &Terms, now: TimeMs) -> Result<UnitPath, NodeError> {
    let arrangement = replica.trust().arrangement(now.day_number());
    let device = replica.identity().device();
    if terms.label.len() > LABEL_BYTES_MAX {
        let reason = format!("the label has {} bytes, {LABEL_BYTES_MAX} are allowed", terms.label.len());
        return Err(NodeError::RefusedByHub(reason));
    }
    if let Some(root) = replica.trust().root_unit(device) {
        if root.covers(&terms.unit) {
            return Ok(root.clone());
        }
        return Err(NodeError::RefusedByHub(format!("{} does not lie in this realm, {root}", terms.unit)));
    }
    let mut refused = None;
    for (_, authority) in replica.trust().grants_of(device) {
        let ours = &authority.grant;
        let unit = ours.unit.clone();
        let issues_below = !terms.rights.has(Right::Issue) || arrangement.is_above(&ours.unit, &terms.unit);
        if !ours.rights.has(Right::Issue) {
            refused.get_or_insert("this device's grant does not include the right `issue`".to_owned());
        } else if !arrangement.covers(&ours.unit, &terms.unit) || !issues_below {
            refused = Some(format!("{} does not stand above {}", ours.unit, terms.unit));
        } else if !terms.rights.within(ours.rights) {
            refused = Some(format!("{} is more than this device has itself ({})", terms.rights, ours.rights));
        } else if let Some(end) = ours.not_after
            && terms.not_after.is_none_or(|theirs| theirs > end)
        {
            refused = Some(format!(
                "this device's own grant ends on {}, name that day or an earlier one",
                day_text(end)
            ));
        } else {
            return Ok(unit);
        }
    }
    Err(match refused {
        Some(reason) => NodeError::RefusedByHub(reason),
        None => NodeError::NoGrant,
    })
}

fn grant(
    replica: &mut Replica,
    who: &JoinRequest,
    terms: &Terms,
    now: TimeMs,
) -> Result<GrantBundle, NodeError> {
    let unit = admissible(replica, who, terms, now)?;
    let notices = Space::new(unit, Channel::Notices);
    let grant = grant_of(who, terms);
    replica.write(now, |w| w.fact(&notices, Kind::Grant, &grant).map_err(NodeError::from))?;
    replica.seal()?;
    bundle_for(replica, &terms.unit, now)
}

/// The unit in whose notices this device may grant this, to a key that is one and was not revoked.
pub(crate) fn admissible(
    replica: &Replica,
    who: &JoinRequest,
    terms: &Terms,
    now: TimeMs,
) -> Result<UnitPath, NodeError> {
    let unit = issuer(replica, terms, now)?;
    linli_log::seal::check_key(who.device).map_err(|e| NodeError::RefusedByHub(e.to_string()))?;
    let authority = Authority { grant: grant_of(who, terms), issuer: None, depth: 1, since: now };
    if replica.trust().is_revoked(&authority) {
        let reason =
            format!("device {} was revoked; it joins anew with a new directory and a new key", who.device);
        return Err(NodeError::RefusedByHub(reason));
    }
    Ok(unit)
}

pub(crate) fn grant_of(who: &JoinRequest, terms: &Terms) -> Grant {
    Grant {
        device: who.device,
        recipient: who.recipient,
        unit: terms.unit.clone(),
        rights: terms.rights,
        not_after: terms.not_after,
        label: terms.label.clone(),
    }
}

/// Whether a device has what these terms offer.
fn has_grant(replica: &Replica, device: DeviceKey, terms: &Terms) -> bool {
    let mut grants = replica.trust().grants_of(device).map(|(_, authority)| &authority.grant);
    grants.any(|grant| grant.unit == terms.unit && terms.rights.within(grant.rights))
}

/// The notices that everybody in `unit` holds: of the unit itself and everything above.
pub(crate) fn bundle_for(
    replica: &mut Replica,
    unit: &UnitPath,
    now: TimeMs,
) -> Result<GrantBundle, NodeError> {
    replica.seal()?;
    let realm = replica.realm().ok_or(NodeError::NoRealm)?;
    let mut segments = Vec::new();
    let spaces: Vec<Space> = replica.space_digests()?.into_keys().collect();
    // Of a unit that moved also those of whom it lay below before: older grants stand there.
    let arrangement = replica.trust().arrangement(now.day_number());
    let notices = |space: &Space| space.channel == Channel::Notices && arrangement.reads(unit, space);
    for space in spaces.into_iter().filter(notices) {
        segments.extend(replica.segments(&space)?);
    }
    Ok(GrantBundle { realm, hub: replica.identity().device(), segments })
}

impl From<GrantBundle> for Answer {
    fn from(bundle: GrantBundle) -> Self {
        Self::Granted(bundle)
    }
}

#[cfg(test)]
mod tests;
