//! The city that every run begins with: enrolled once, then copied disk by disk.

use std::{collections::BTreeMap, sync::OnceLock};

use linli_disk::Disk;
use linli_log::Rights;
use linli_node::{
    Clock, JoinRequest, Node, RealmUnits, Terms, UnitRow, accept_grant, grant_device, init_realm,
};
use linli_store::{Identity, Opened, Replica};
use linli_wire::{DeviceKey, TimeMs, UnitPath};

/// 2026-01-05 08:00 in China, when the runs begin.
pub const BEGIN: TimeMs = TimeMs(1_767_571_200_000);
const DISTRICTS: usize = 2;
const STREETS: usize = 2;
const COMMUNITIES: usize = 3;
/// The root's next keys have numbers from here on.
pub const NEXT_ROOTS: u64 = 9_000;
/// Hubs that take the place of lost ones have numbers from here on.
pub const NEXT_HUBS: u64 = 10_000;
/// Devices of each community.
const DEVICES: usize = 2;

/// One machine of the city as it was enrolled.
#[derive(Debug)]
pub struct Member {
    pub name: String,
    pub unit: UnitPath,
    pub hub: bool,
    pub device: DeviceKey,
    /// The hub that granted it, by its place among the members; the city has none.
    pub parent: Option<usize>,
    pub disk: Disk,
}

/// The members, each after its parent.
#[derive(Debug)]
pub struct Template {
    pub members: Vec<Member>,
    /// The root's, which is kept apart from everything.
    pub root: Disk,
}

impl Template {
    /// The city, made when it is first asked for.
    pub fn get() -> &'static Self {
        static TEMPLATE: OnceLock<Template> = OnceLock::new();
        TEMPLATE.get_or_init(Self::make)
    }

    fn make() -> Self {
        let units = units();
        let vault = Disk::new(0);
        let root = new_node(&vault, 0);
        init_realm(&root, &realm_units(&units), identity(NEXT_ROOTS).device()).expect("a realm begins");
        let mut members: Vec<(Member, Node)> = Vec::new();
        for unit in units {
            let parent = unit.parent().and_then(|above| members.iter().position(|(m, _)| m.unit == above));
            let hub = unit.depth() < 4;
            for device in 0..if hub { 1 } else { DEVICES } {
                let name = format!("{unit}{}", if hub { String::new() } else { format!("#{device}") });
                let issuer = parent.map_or(&root, |at| &members[at].1).clone();
                let member = enrol(&issuer, name, unit.clone(), hub, parent, members.len() as u64 + 1);
                members.push(member);
            }
        }
        // The nodes end here, so that what is copied are disks of machines that were switched off.
        Self { members: members.into_iter().map(|(member, _)| member).collect(), root: vault }
    }
}

fn enrol(
    issuer: &Node,
    name: String,
    unit: UnitPath,
    hub: bool,
    parent: Option<usize>,
    number: u64,
) -> (Member, Node) {
    let disk = Disk::new(number);
    let node = new_node(&disk, number);
    let request = node.with(|r| JoinRequest::of(r, &name));
    let rights = if hub { Rights::hub() } else { Rights::clerk() };
    let terms = Terms { unit: unit.clone(), rights, not_after: None, label: name.clone() };
    let bundle = grant_device(issuer, &request, &terms).expect("the issuer may grant");
    accept_grant(&node, &bundle).expect("the grant is for this device");
    (Member { name, unit, hub, device: node.device(), parent, disk }, node)
}

/// A new device on a disk that is empty.
fn new_node(disk: &Disk, number: u64) -> Node {
    let opened = Opened::create_at(disk.place()).expect("the disk is empty");
    let replica = Replica::init(opened, identity(number)).expect("a new replica");
    Node::with_clock(replica, Clock::at(BEGIN))
}

/// The identity of the machine with this number.
pub fn identity(number: u64) -> Identity {
    let mut seed = [0x51; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let mut recipient = [0x52; 32];
    recipient[..8].copy_from_slice(&number.to_le_bytes());
    Identity::of(seed, recipient)
}

/// The units, each after the one above it.
fn units() -> Vec<UnitPath> {
    let path = |text: String| text.parse::<UnitPath>().expect("a path");
    let mut units = vec![path("3211".to_owned())];
    for district in 1..=DISTRICTS {
        units.push(path(format!("3211/{district:02}")));
        for street in 1..=STREETS {
            units.push(path(format!("3211/{district:02}/{street:03}")));
            for community in 1..=COMMUNITIES {
                units.push(path(format!("3211/{district:02}/{street:03}/{community:03}")));
            }
        }
    }
    units
}

fn realm_units(units: &[UnitPath]) -> RealmUnits {
    let row = |unit: &UnitPath| UnitRow { name: unit.code(), programme: unit.depth() >= 3 };
    RealmUnits(units.iter().map(|unit| (unit.clone(), row(unit))).collect::<BTreeMap<_, _>>())
}
