//! Places for what comes from outside: so many in all, for one device and for one address, so that nobody
//! takes them all.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use linli_wire::DeviceKey;

use crate::limits::Options;

/// Who has which places.
#[derive(Debug)]
pub(crate) struct Places {
    options: Options,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    handshakes: usize,
    handshakes_by_address: BTreeMap<IpAddr, usize>,
    links: usize,
    links_by_device: BTreeMap<DeviceKey, usize>,
    links_by_address: BTreeMap<IpAddr, usize>,
}

/// A place that is given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    whose: Whose,
}

#[derive(Debug, Clone, Copy)]
enum Whose {
    /// The address, once it is proved that the dialler receives what is sent there. Another may name any
    /// address, and must not use up somebody else's places.
    Handshake(Option<IpAddr>),
    Link(DeviceKey, IpAddr),
}

impl Places {
    pub(crate) fn new(options: Options) -> Arc<Self> {
        Arc::new(Self { options, taken: Mutex::default() })
    }

    /// Handshakes under way.
    pub(crate) fn handshakes(&self) -> usize {
        self.lock().handshakes
    }

    /// A place for a handshake; `None` where there is none left. `address` is that of a dialler that has
    /// proved it.
    pub(crate) fn handshake(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Place> {
        let mut taken = self.lock();
        if taken.handshakes >= self.options.handshakes_max {
            return None;
        }
        if let Some(address) = address {
            let limit = self.options.handshakes_per_address_max;
            add(&mut taken.handshakes_by_address, address, limit)?;
        }
        taken.handshakes += 1;
        Some(Place { places: self.clone(), whose: Whose::Handshake(address) })
    }

    /// A place for a link; where there is none left, of whom there are too many.
    pub(crate) fn link(self: &Arc<Self>, device: DeviceKey, address: IpAddr) -> Result<Place, &'static str> {
        let mut taken = self.lock();
        if taken.links >= self.options.accepted_links_max {
            return Err("too many links");
        }
        add(&mut taken.links_by_device, device, self.options.links_per_device_max)
            .ok_or("too many links of this device")?;
        if add(&mut taken.links_by_address, address, self.options.links_per_address_max).is_none() {
            remove(&mut taken.links_by_device, &device);
            return Err("too many links from this address");
        }
        taken.links += 1;
        Ok(Place { places: self.clone(), whose: Whose::Link(device, address) })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().expect("nothing panics while it holds the places")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        match self.whose {
            Whose::Handshake(address) => {
                taken.handshakes -= 1;
                if let Some(address) = address {
                    remove(&mut taken.handshakes_by_address, &address);
                }
            }
            Whose::Link(device, address) => {
                taken.links -= 1;
                remove(&mut taken.links_by_device, &device);
                remove(&mut taken.links_by_address, &address);
            }
        }
    }
}

fn add<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K, limit: usize) -> Option<()> {
    let count = counts.entry(key).or_default();
    if *count >= limit {
        return None;
    }
    *count += 1;
    Some(())
}

/// Invariant: a key without places is not kept, so memory follows the places that are taken.
fn remove<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [127, 0, 0, last].into()
    }

    #[test]
    fn one_device_or_address_leaves_places_to_others_and_gives_its_own_back() {
        let options = Options {
            accepted_links_max: 5,
            links_per_device_max: 2,
            links_per_address_max: 3,
            ..Options::default()
        };
        let places = Places::new(options);
        let device = |byte| DeviceKey([byte; 32]);
        let taking = |byte, at| places.link(device(byte), address(at));
        let mut held = vec![taking(1, 1).expect("room"), taking(1, 1).expect("room")];
        assert_eq!(taking(1, 2).expect_err("two are enough"), "too many links of this device");
        held.push(taking(2, 1).expect("another device has room"));
        assert_eq!(taking(2, 1).expect_err("three are enough"), "too many links from this address");
        held.push(taking(2, 2).expect("what was refused took nothing"));
        held.push(taking(3, 2).expect("room"));
        assert_eq!(taking(4, 3).expect_err("five are enough"), "too many links");
        held.remove(0);
        held.push(taking(1, 3).expect("a place was given back"));
        drop(held);
        let taken = places.lock();
        assert_eq!((taken.links, taken.links_by_device.len(), taken.links_by_address.len()), (0, 0, 0));
    }

    #[test]
    fn an_address_that_anyone_may_name_uses_up_nobody_s_places() {
        let options = Options { handshakes_max: 4, handshakes_per_address_max: 1, ..Options::default() };
        let places = Places::new(options);
        let unproved = [places.handshake(None), places.handshake(None)];
        assert!(unproved.iter().all(Option::is_some));
        let proved = places.handshake(Some(address(1)));
        assert!(proved.is_some());
        assert!(places.handshake(Some(address(1))).is_none(), "one is enough");
        let other = places.handshake(Some(address(2)));
        assert!(other.is_some());
        assert!(places.handshake(Some(address(3))).is_none(), "four are enough");
        drop((unproved, proved, other));
        assert_eq!(places.handshakes(), 0);
        assert!(places.lock().handshakes_by_address.is_empty());
    }
}
