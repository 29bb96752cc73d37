//! Devices that find each other in the local network and exchange with no hub.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use linli_net::Lan;
use linli_wire::DeviceKey;

use crate::{
    clock,
    dialogue::SessionReport,
    error::{NodeError, chain},
    node::{Node, served_units},
    session::sync_at,
};

/// Looking around once takes so long.
pub const LOOK_PATIENCE: Duration = Duration::from_secs(3);
/// A device that serves looks around again after this.
const LOOK_AGAIN: Duration = Duration::from_mins(1);

/// A device of this realm in the local network, with the addresses that it may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearby {
    pub device: DeviceKey,
    pub addresses: Vec<SocketAddr>,
}

/// Joins the local network; `only` is the address whose interface alone is used.
pub fn join_lan(node: &Node, only: Option<IpAddr>) -> Result<Lan, NodeError> {
    Ok(Lan::join(node.realm()?, node.device(), only)?)
}

/// The devices nearby that this one serves. Blocks the thread for that long.
pub fn nearby(node: &Node, lan: &Lan, patience: Duration) -> Result<Vec<Nearby>, NodeError> {
    let found = lan.look_around(patience)?;
    let known: Vec<DeviceKey> = node.with(|r| {
        let devices = r.trust().grants().map(|(_, authority)| authority.grant.device);
        let now = clock::now();
        devices.filter(|device| !served_units(r, *device, now).is_empty()).collect()
    });
    let mut nearby: BTreeMap<DeviceKey, Vec<SocketAddr>> = BTreeMap::new();
    for neighbour in found {
        // Who it is shows when it answers: what was announced only says whom to ask for.
        if let Some(device) = known.iter().find(|device| device.short() == neighbour.device) {
            nearby.entry(*device).or_default().push(neighbour.address);
        }
    }
    Ok(nearby.into_iter().map(|(device, addresses)| Nearby { device, addresses }).collect())
}

/// Exchanges everything once with a device nearby, at the first of its addresses that answers.
pub async fn sync_nearby(node: &Node, nearby: &Nearby) -> Result<(SocketAddr, SessionReport), NodeError> {
    let mut failed = None;
    for address in &nearby.addresses {
        match sync_at(node, *address, Some(nearby.device)).await {
            Ok(report) => return Ok((*address, report)),
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    Err(failed.unwrap_or(NodeError::NoParent))
}

/// Announces a device that listens at an address, and exchanges with every other that is found, again and
/// again, until it is dropped. Of two that announce themselves the one with the lower key dials.
pub async fn keep_lan(node: Node, listening: SocketAddr, only: Option<IpAddr>) -> Result<(), NodeError> {
    let lan = std::sync::Arc::new(join_lan(&node, only)?);
    lan.announce(listening)?;
    loop {
        let (looking, around) = (node.clone(), lan.clone());
        let found = tokio::task::spawn_blocking(move || nearby(&looking, &around, LOOK_PATIENCE)).await;
        match found {
            Ok(Ok(found)) => {
                for other in found.iter().filter(|other| node.device() < other.device) {
                    if let Err(error) = sync_nearby(&node, other).await {
                        tracing::info!(device = %other.device.short(), error = %chain(&error), "a device nearby");
                    }
                }
            }
            Ok(Err(error)) => tracing::warn!(error = %chain(&error), "the local network"),
            Err(error) => tracing::error!(%error, "looking around failed"),
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use linli_log::Rights;

    use super::*;
    use crate::fixture::{COMMUNITY, Realm, STREET, Serving, card, cards, carry, within, write};

    /// On loopback alone; where that carries no multicast, the test says so.
    #[tokio::test(flavor = "multi_thread")]
    #[expect(clippy::print_stderr, reason = "a test that could not be made says so")]
    async fn two_devices_of_a_community_find_each_other_without_a_hub() {
        let realm = Realm::begin();
        let street = realm.enrol(&realm.root, "street", STREET, Rights::hub());
        let one = realm.enrol(&street, "one", COMMUNITY, Rights::clerk());
        let two = Serving::start(realm.enrol(&street, "two", COMMUNITY, Rights::clerk()));
        carry(&street, &one);
        carry(&street, &two.node);
        write(&one, COMMUNITY, &[card(1, "by the first")]);
        write(&two.node, COMMUNITY, &[card(2, "by the second")]);
        let only = Some(Ipv4Addr::LOCALHOST.into());
        let (Ok(lan), Ok(here)) = (join_lan(&two.node, only), join_lan(&one, only)) else {
            eprintln!("skipped: no multicast DNS on this machine");
            return;
        };
        lan.announce(two.hub.address()).expect("a service");
        let mut found = Vec::new();
        for _ in 0..10 {
            found =
                tokio::task::block_in_place(|| nearby(&one, &here, Duration::from_secs(1))).expect("events");
            if !found.is_empty() {
                break;
            }
        }
        let [other] = found.as_slice() else {
            eprintln!("skipped: loopback carries no multicast on this machine: {found:?}");
            return;
        };
        assert_eq!((other.device, &other.addresses), (two.node.device(), &vec![two.hub.address()]));
        let (address, report) = within(sync_nearby(&one, other)).await.expect("it serves");
        assert!(address == two.hub.address() && report.equal, "{report:?}");
        let both = ["00001 by the first", "00002 by the second"];
        assert_eq!(
            (cards(&one), cards(&two.node)),
            (both.map(str::to_owned).to_vec(), both.map(str::to_owned).to_vec())
        );
    }
}
