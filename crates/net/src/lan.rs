//! Finding devices of one realm in the same local network, by multicast DNS (RFC 6762 and 6763).
//!
//! A device announces a service of the type `_linli._udp` at its port, for QUIC and TCP alike. The instance is
//! called by the first 8 digits of a hash of the realm's id and the first 8 of the device's key. No unit, no
//! name of a person or machine, and not the realm's id: whoever listens learns that some devices belong
//! together. Who is at an address is proved by the link, never by what was announced.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use linli_wire::{DeviceKey, Digest, RealmId};
use mdns_sd::{IfKind, ServiceDaemon, ServiceEvent, ServiceInfo};

use crate::error::NetError;

const SERVICE: &str = "_linli._udp.local.";
/// Devices that one look around finds at most.
const FOUND_MAX: usize = 64;

/// A device in the local network, as it says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Neighbour {
    /// The first eight digits of its key.
    pub device: String,
    pub address: SocketAddr,
}

/// What the instance of a device of a realm is called.
fn instance(realm: RealmId, device: &str) -> String {
    let realm = Digest::of(b"linli/1 lan", &[realm.as_bytes()]).short();
    format!("{realm}-{device}")
}

/// The local network, on all interfaces or on that of one address.
pub struct Lan {
    daemon: ServiceDaemon,
    realm: RealmId,
    own: String,
}

impl std::fmt::Debug for Lan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lan({})", self.own)
    }
}

impl Lan {
    /// Joins in on all interfaces but loopback, or, where `only` is an address, on that of this address alone.
    pub fn join(realm: RealmId, device: DeviceKey, only: Option<IpAddr>) -> Result<Self, NetError> {
        let daemon = ServiceDaemon::new().map_err(failed)?;
        match only {
            Some(address) => {
                daemon.disable_interface(IfKind::All).map_err(failed)?;
                daemon.enable_interface(address).map_err(failed)?;
            }
            None => daemon.disable_interface(vec![IfKind::LoopbackV4, IfKind::LoopbackV6]).map_err(failed)?,
        }
        Ok(Self { daemon, realm, own: device.short() })
    }

    /// Announces this device at a port until it is dropped. Where it listens on one address alone, that is said;
    /// else each interface's own.
    pub fn announce(&self, listening: SocketAddr) -> Result<(), NetError> {
        let name = instance(self.realm, &self.own);
        let host = format!("linli-{name}.local.");
        let no_properties: &[(&str, &str)] = &[];
        let service = if listening.ip().is_unspecified() {
            ServiceInfo::new(SERVICE, &name, &host, "", listening.port(), no_properties)
                .map(ServiceInfo::enable_addr_auto)
        } else {
            ServiceInfo::new(SERVICE, &name, &host, listening.ip(), listening.port(), no_properties)
        };
        self.daemon.register(service.map_err(failed)?).map_err(failed)
    }

    /// Looks around for so long; returns the other devices of the realm, each with its addresses in order.
    /// Blocks the thread.
    pub fn look_around(&self, patience: Duration) -> Result<Vec<Neighbour>, NetError> {
        let events = self.daemon.browse(SERVICE).map_err(failed)?;
        let until = Instant::now() + patience;
        let mut found = BTreeSet::new();
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            let Ok(event) = events.recv_timeout(left) else { break };
            let ServiceEvent::ServiceResolved(service) = event else { continue };
            let name = service.get_fullname().strip_suffix(SERVICE).and_then(|name| name.strip_suffix('.'));
            let Some(device) = name.and_then(|name| self.device_of(name)) else { continue };
            for address in service.get_addresses() {
                let address = SocketAddr::new(address.to_ip_addr(), service.get_port());
                if found.len() < FOUND_MAX {
                    found.insert(Neighbour { device: device.clone(), address });
                }
            }
        }
        self.daemon.stop_browse(SERVICE).map_err(failed)?;
        Ok(found.into_iter().collect())
    }

    /// The device that an instance of this realm is called by, unless it is this one.
    fn device_of(&self, name: &str) -> Option<String> {
        let (_, device) = name.split_once('-')?;
        let is_device = device.len() == 8 && device.bytes().all(|b| b.is_ascii_hexdigit());
        (is_device && device != self.own && name == instance(self.realm, device)).then(|| device.to_owned())
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        // The daemon says that the device is gone and ends; there is nobody to tell if that fails.
        let _ = self.daemon.shutdown();
    }
}

#[expect(clippy::needless_pass_by_value, reason = "that is how errors are mapped")]
fn failed(error: mdns_sd::Error) -> NetError {
    NetError::Lan(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const REALM: RealmId = RealmId([1; 32]);

    #[test]
    fn what_is_announced_names_neither_realm_nor_place_nor_person() {
        let name = instance(REALM, &DeviceKey([2; 32]).short());
        assert_eq!(name.len(), 17);
        assert!(name.ends_with("-02020202") && !name.contains("01010101"), "{name}");
        assert_ne!(name, instance(RealmId([3; 32]), "02020202"));
    }

    /// Two devices and one of another realm, on loopback alone.
    #[test]
    #[expect(clippy::print_stderr, reason = "a test that could not be made says so")]
    fn devices_of_one_realm_find_each_other_and_nobody_else() {
        let only = Some(Ipv4Addr::LOCALHOST.into());
        let joined = |realm, device: u8| Lan::join(realm, DeviceKey([device; 32]), only);
        let (Ok(one), Ok(two), Ok(other)) = (joined(REALM, 1), joined(REALM, 2), joined(RealmId([9; 32]), 3))
        else {
            eprintln!("skipped: no multicast DNS on this machine");
            return;
        };
        let at = |port| SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        two.announce(at(7311)).expect("a service");
        other.announce(at(7312)).expect("a service");
        let mut found = Vec::new();
        for _ in 0..10 {
            found = one.look_around(Duration::from_secs(1)).expect("events");
            if !found.is_empty() {
                break;
            }
        }
        if found.is_empty() {
            eprintln!("skipped: loopback carries no multicast on this machine");
            return;
        }
        assert_eq!(found, [Neighbour { device: "02020202".to_owned(), address: at(7311) }]);
        assert_eq!(two.look_around(Duration::from_secs(1)).expect("events"), [], "nobody finds himself");
    }
}
