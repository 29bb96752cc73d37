//! A street's hub and a community's device, each on a disk of its own, and what each was told is safe.

use std::collections::BTreeSet;

use linli_disk::Disk;
use linli_log::{Genesis, Grant, Kind, Rights, Root, Rotate};
use linli_store::{Identity, Opened, Replica, StoreError};
use linli_wire::{Channel, DeviceKey, RealmId, Space, TimeMs, UnitPath};

pub const CITY: &str = "3211";
pub const STREET: &str = "3211/02/001";
pub const COMMUNITY: &str = "3211/02/001/001";
/// 2026-11-23 in China.
pub const NOW: TimeMs = TimeMs(1_795_400_000_000);

pub fn unit(path: &str) -> UnitPath {
    path.parse().expect("a path in a test is one")
}

pub fn space(path: &str, channel: Channel) -> Space {
    Space::new(unit(path), channel)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Hub,
    Device,
}

impl Who {
    pub const BOTH: [Self; 2] = [Self::Hub, Self::Device];

    pub const fn other(self) -> Self {
        match self {
            Self::Hub => Self::Device,
            Self::Device => Self::Hub,
        }
    }

    pub const fn unit(self) -> &'static str {
        match self {
            Self::Hub => STREET,
            Self::Device => COMMUNITY,
        }
    }
}

/// A machine that is switched on.
pub struct Machine {
    pub disk: Disk,
    pub replica: Replica,
    /// The hashes of the entries that it was told are stored.
    pub acknowledged: BTreeSet<Vec<u8>>,
}

impl Machine {
    /// Everything that is there now was acknowledged.
    pub fn acknowledge(&mut self) -> Result<(), StoreError> {
        self.acknowledged = self.entries()?;
        Ok(())
    }

    pub fn entries(&self) -> Result<BTreeSet<Vec<u8>>, StoreError> {
        Ok(self.replica.query("SELECT hash FROM entry", [], |row| row.get(0))?.into_iter().collect())
    }

    /// Opens again what is on the disk, after closing what was open.
    pub fn reopen(&mut self) -> Result<(), StoreError> {
        // Something has to be open meanwhile.
        drop(std::mem::replace(&mut self.replica, replica(Opened::in_memory()?)));
        self.replica = Replica::load(Opened::open_at(self.disk.place())?)?;
        Ok(())
    }
}

/// Two machines.
pub struct World {
    pub hub: Machine,
    pub device: Machine,
}

/// Two machines' disks at one moment.
pub struct Saved([(Disk, BTreeSet<Vec<u8>>); 2]);

impl World {
    /// Both enrolled, and the device's grant known to both.
    pub fn begin(seed: u64) -> Self {
        let mut root = replica(Opened::in_memory().expect("memory"));
        let genesis = Genesis {
            device: root.identity().device(),
            space: space(CITY, Channel::Notices),
            grant: None,
            incarnation: [1; 16],
            root: Some(Root { next_root: Rotate::announcement(DeviceKey([9; 32])), suite: 1 }),
        };
        let log = root.write(NOW, |w| w.begin_realm(&genesis)).expect("a realm begins");
        let realm = RealmId::from(log);
        root.set_realm(realm).expect("a new replica takes a realm");
        let mut machines = [seed, seed + 1].map(|seed| {
            let disk = Disk::new(seed);
            let replica = replica(Opened::create_at(disk.place()).expect("the disk is empty"));
            let mut machine = Machine { disk, replica, acknowledged: BTreeSet::new() };
            machine.replica.set_realm(realm).expect("set");
            machine
        });
        let [hub, device] = &mut machines;
        grant(&mut root, CITY, &hub.replica, STREET, Rights::hub());
        copy(&mut root, &mut hub.replica, &[CITY]);
        grant(&mut hub.replica, STREET, &device.replica, COMMUNITY, Rights::clerk());
        copy(&mut hub.replica, &mut device.replica, &[CITY, STREET]);
        let [hub, device] = machines;
        let mut world = Self { hub, device };
        for who in Who::BOTH {
            world.machine(who).acknowledge().expect("the disk works");
        }
        world
    }

    pub fn machine(&mut self, who: Who) -> &mut Machine {
        match who {
            Who::Hub => &mut self.hub,
            Who::Device => &mut self.device,
        }
    }

    /// What is on the disks now, durable or not.
    pub fn save(&self) -> Saved {
        let save = |machine: &Machine| (machine.disk.twin(0), machine.acknowledged.clone());
        Saved([save(&self.hub), save(&self.device)])
    }
}

impl Saved {
    /// The machines at that moment, their processes just started.
    pub fn restore(&self, seed: u64) -> World {
        let [hub, device] = self.0.each_ref().map(|(disk, acknowledged)| {
            let disk = disk.twin(seed);
            let replica = Replica::load(Opened::open_at(disk.place()).expect("open")).expect("load");
            Machine { disk, replica, acknowledged: acknowledged.clone() }
        });
        World { hub, device }
    }
}

fn replica(opened: Opened) -> Replica {
    Replica::init(opened, Identity::random().expect("random")).expect("init")
}

fn grant(issuer: &mut Replica, notices: &str, to: &Replica, path: &str, rights: Rights) {
    let (device, recipient) = (to.identity().device(), to.identity().recipient());
    let grant =
        Grant { device, recipient, unit: unit(path), rights, not_after: None, label: path.to_owned() };
    let notices = space(notices, Channel::Notices);
    issuer.write(NOW, |w| w.fact(&notices, Kind::Grant, &grant)).expect("the issuer may grant");
}

fn copy(from: &mut Replica, to: &mut Replica, notices: &[&str]) {
    from.seal().expect("seal");
    for path in notices {
        let segments = from.segments(&space(path, Channel::Notices)).expect("segments");
        to.store(segments, &|_| true).expect("store");
    }
    to.materialise().expect("materialise");
}
