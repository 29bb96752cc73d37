//! Replacing a device's key by another of the same device, at the hub that granted the former one.
//!
//! The device sends all that it has, draws the next key and keeps it, and asks the hub under the former key. The hub
//! grants the next key what the former one was granted and revokes the former one in the same write; the cut names all
//! that it holds, so nothing loses its effect. An answer that was lost is asked for again.

use linli_log::{Head, Kind, LogHeads, Revoke, Right};
use linli_net::Protocol;
use linli_store::{Replica, StoreError};
use linli_wire::{Channel, DeviceKey, EntryHash, LogId, Space, TimeMs, UnitPath, limits::LOG_HEADS_MAX};

use crate::{
    dial::{Dialled, dial},
    enrol::{self, GrantBundle, JoinRequest, Terms},
    error::NodeError,
    node::Node,
    request::{self, Answer, RENEW_LOGS_MAX, Request},
    session,
};

/// Gives this device another key, at its first hub that answers. Returns the new key.
pub async fn replace_key(node: &Node) -> Result<DeviceKey, NodeError> {
    let synced = session::sync(node).await;
    let begun = node.with(|r| r.has_next_identity())?;
    let parent = match synced {
        Ok((parent, _)) => parent,
        // Of one who was cut short the former key may be revoked by now, and no session is held with it.
        Err(_) if begun => node.parent()?.ok_or(NodeError::NoParent)?,
        Err(error) => return Err(error),
    };
    let Renewal { heads, who } = begin_renewal(node)?;
    let Dialled { endpoint, link } =
        dial(node, parent.address, Some(parent.device), Protocol::Request).await?;
    let answer = request::ask(link, &Request::Renew { heads, who }).await;
    endpoint.close("done").await;
    match answer? {
        Answer::Granted(bundle) => finish_renewal(node, &bundle),
        Answer::Refused(reason) => Err(NodeError::RefusedByHub(reason)),
        Answer::File(_) => Err(NodeError::BadAnswer("a file where a grant was due".to_owned())),
    }
}

/// What a device says that asks for another key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    /// Where its logs end, on every branch.
    pub heads: Vec<(LogId, Head)>,
    /// The next key.
    pub who: JoinRequest,
}

/// Draws the next key and keeps it; the same again until [`finish_renewal`].
pub fn begin_renewal(node: &Node) -> Result<Renewal, NodeError> {
    Ok(node.with(|r| {
        let next = r.next_identity()?;
        let who = JoinRequest { device: next.device(), recipient: next.recipient(), label: own_label(r) };
        Ok::<_, StoreError>(Renewal { heads: own_heads(r)?, who })
    })?)
}

/// Goes by the next key from now on, which the hub has granted.
pub fn finish_renewal(node: &Node, bundle: &GrantBundle) -> Result<DeviceKey, NodeError> {
    let next = node.with(Replica::next_identity)?;
    let device = next.device();
    enrol::accept_grant_for(node, bundle, device)?;
    node.with(|r| r.take_over(next))?;
    node.announce();
    Ok(device)
}

/// What people call this device.
fn own_label(replica: &Replica) -> String {
    let mut grants = replica.trust().grants_of(replica.identity().device());
    grants.next().map(|(_, authority)| authority.grant.label.clone()).unwrap_or_default()
}

/// Where this device's logs end, on every branch.
fn own_heads(replica: &mut Replica) -> Result<Vec<(LogId, Head)>, StoreError> {
    replica.seal()?;
    let heads = written(replica, replica.identity().device())?;
    let each = |log: LogHeads| log.heads.into_iter().map(move |head| (log.log, head));
    Ok(heads.into_iter().flat_map(each).take(RENEW_LOGS_MAX).collect())
}

/// Where the logs end that this replica holds of a device.
pub fn written(replica: &Replica, device: DeviceKey) -> Result<Vec<LogHeads>, StoreError> {
    let sql = "SELECT log.id, b.last_seq, b.last_hash FROM log JOIN branch b USING (log_no)
               WHERE log.device = ?1 AND b.last_seq >= 0 ORDER BY log.id, b.last_seq, b.last_hash";
    let rows: Vec<([u8; 32], u64, [u8; 32])> =
        replica.query(sql, [device.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut logs: Vec<LogHeads> = Vec::new();
    for (log, seq, hash) in rows {
        let head = Head { seq, hash: EntryHash(hash) };
        match logs.last_mut().filter(|last| last.log == LogId(log)) {
            Some(last) => last.heads.push(head),
            None => logs.push(LogHeads { log: LogId(log), heads: vec![head] }),
        }
    }
    for log in &mut logs {
        // Of a log with more branches than a cut can name, what was acknowledged stands all the same.
        log.heads.drain(..log.heads.len().saturating_sub(LOG_HEADS_MAX));
    }
    Ok(logs)
}

/// Grants the next key of a device what its former key has, and revokes that one.
pub fn renew(node: &Node, former: DeviceKey, asked: &Renewal) -> Result<GrantBundle, NodeError> {
    let Renewal { heads, who } = asked;
    let now = node.now();
    let bundle = node.with(|r| {
        if let Some(unit) = renewed_before(r, former, who.device) {
            return enrol::bundle_for(r, &unit, now);
        }
        let terms = terms_of(r, former, who, now)?;
        if let Some((log, head)) = missing(r, heads)? {
            return refuse(format!("entry {} of log {} is not here yet; sync first", head.seq, log.short()));
        }
        replace(r, former, who, &terms, now)?;
        let unit = terms[0].unit.clone();
        enrol::bundle_for(r, &unit, now)
    })?;
    node.announce();
    Ok(bundle)
}

fn refuse<T>(reason: String) -> Result<T, NodeError> {
    Err(NodeError::RefusedByHub(reason))
}

/// A unit that both keys were granted, where the next one has replaced the former already.
fn renewed_before(replica: &Replica, former: DeviceKey, next: DeviceKey) -> Option<UnitPath> {
    let trust = replica.trust();
    let was = trust.grants().filter(|(_, a)| a.grant.device == former && trust.is_revoked(a));
    let units: Vec<&UnitPath> = was.map(|(_, a)| &a.grant.unit).collect();
    let mut granted = trust.grants_of(next).map(|(_, authority)| &authority.grant.unit);
    granted.find(|unit| units.contains(unit)).cloned()
}

/// What the former key has and this hub may grant: all of it or nothing.
fn terms_of(
    replica: &Replica,
    former: DeviceKey,
    who: &JoinRequest,
    now: TimeMs,
) -> Result<Vec<Terms>, NodeError> {
    let lasting = replica.trust().grants_of(former).map(|(_, authority)| &authority.grant);
    let terms: Vec<Terms> = lasting
        .filter(|grant| grant.not_after.is_none_or(|end| now <= end))
        .map(|grant| Terms {
            unit: grant.unit.clone(),
            rights: grant.rights,
            not_after: grant.not_after,
            label: if who.label.is_empty() { grant.label.clone() } else { who.label.clone() },
        })
        .collect();
    if terms.is_empty() {
        return refuse(format!("device {} has no grant here that could be renewed", former.short()));
    }
    for one in &terms {
        enrol::admissible(replica, who, one, now)?;
    }
    Ok(terms)
}

/// The first of these entries that this replica does not hold.
fn missing(replica: &Replica, heads: &[(LogId, Head)]) -> Result<Option<(LogId, Head)>, StoreError> {
    for (log, head) in heads {
        let sql =
            "SELECT 1 FROM entry e JOIN log USING (log_no) WHERE log.id = ?1 AND e.seq = ?2 AND e.hash = ?3";
        let found: Vec<i64> = replica.query(sql, (log.0, head.seq, head.hash.0), |row| row.get(0))?;
        if found.is_empty() {
            return Ok(Some((*log, *head)));
        }
    }
    Ok(None)
}

fn replace(
    replica: &mut Replica,
    former: DeviceKey,
    who: &JoinRequest,
    terms: &[Terms],
    now: TimeMs,
) -> Result<(), NodeError> {
    let mut grants = Vec::new();
    for one in terms {
        let unit = enrol::admissible(replica, who, one, now)?;
        grants.push((Space::new(unit, Channel::Notices), enrol::grant_of(who, one)));
    }
    let own = replica.identity().device();
    let revoking = replica.trust().grants_of(own).find(|(_, a)| a.grant.rights.has(Right::Revoke));
    let unit = revoking.map(|(_, authority)| authority.grant.unit.clone());
    let Some(unit) = unit.or_else(|| replica.trust().root_unit(own).cloned()) else {
        return refuse("this device's grant does not include the right `revoke`".to_owned());
    };
    let revoke = Revoke {
        device: former,
        cut: written(replica, former)?,
        since_compromise: false,
        reason: format!("key replaced by {}", who.device),
    };
    replica.write(now, |w| {
        for (notices, grant) in &grants {
            w.fact(notices, Kind::Grant, grant)?;
        }
        w.fact(&Space::new(unit, Channel::Notices), Kind::Revoke, &revoke)
    })?;
    replica.seal()?;
    Ok(())
}

#[cfg(test)]
mod tests;
