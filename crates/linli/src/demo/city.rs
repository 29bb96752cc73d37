//! The demo's city: which units, and a node for each hub and device.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use linli_log::{DeviceSecret, Rights};
use linli_node::{Hub, Invitation, Node, Parent, Period, Terms, invite, join, now};
use linli_wire::{Level, RealmId, TimeMs, UnitPath};

use super::Options;

/// The real divisions of the city, as published, with the programme's streets and communities marked.
/// The real units of a city, as `realm init` reads them.
pub const UNITS: &str = include_str!("zhenjiang-units.csv");
/// Districts and streets of the demo; more streets are taken where the communities need them.
const DISTRICTS: usize = 2;
const STREETS: usize = 4;
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// How long an invitation of the demo can be redeemed.
const INVITATION_MS: i64 = 3_600_000;

/// A hub and the endpoint that it serves on.
pub struct ServingHub {
    pub unit: UnitPath,
    pub node: Node,
    pub hub: Hub,
}

impl ServingHub {
    fn start(unit: UnitPath, node: Node) -> Result<Self> {
        let hub = Hub::start(&node, LOOPBACK)?;
        Ok(Self { unit, node, hub })
    }

    pub fn parent(&self) -> Parent {
        Parent { address: self.hub.address(), device: self.node.device() }
    }

    /// An invitation to `unit`, good for an hour and for one device.
    fn invite(&self, unit: &UnitPath, rights: Rights, label: &str) -> Result<Invitation> {
        let terms = Terms { unit: unit.clone(), rights, not_after: None, label: label.to_owned() };
        Ok(invite(&self.node, self.hub.address(), terms, TimeMs(now().0 + INVITATION_MS))?)
    }
}

/// A community's devices.
pub struct CommunityDevices {
    pub unit: UnitPath,
    pub name: String,
    pub devices: Vec<Node>,
    /// Reached by bundle file alone.
    pub offline: bool,
}

pub struct City {
    pub directory: PathBuf,
    pub realm: RealmId,
    pub hub: ServingHub,
    pub districts: Vec<ServingHub>,
    pub streets: Vec<ServingHub>,
    pub communities: Vec<CommunityDevices>,
    pub auditor: Node,
    names: BTreeMap<UnitPath, String>,
}

impl City {
    /// Makes the realm and everybody in it.
    pub async fn enrol(directory: &Path, options: &Options) -> Result<Self> {
        let units = choose(options.communities)?;
        let file = directory.join("units.csv");
        std::fs::create_dir_all(directory)?;
        linli_node::write_whole(&file, units.csv().as_bytes())?;

        let root = Node::create(&directory.join("root"))?;
        let next_root = DeviceSecret::from_seed(&seed(&directory.join("next-root.key"))?).device();
        let realm = linli_node::init_realm(&root, &linli_node::read_units(&file)?, next_root)?;

        // The city hub is enrolled by files: the root's machine is never on a network.
        let hub = enrol_by_file(&root, &directory.join("city"), &units.city, Rights::hub())?;
        let hub = ServingHub::start(units.city.clone(), hub)?;
        let mut districts = Vec::new();
        for unit in &units.districts {
            districts.push(Self::join_hub(directory, &hub, unit).await?);
        }
        let mut streets = Vec::new();
        for unit in &units.streets {
            let above = parent_of(&districts, unit)?;
            streets.push(Self::join_hub(directory, above, unit).await?);
        }
        let mut communities = Vec::new();
        for (index, unit) in units.communities.iter().enumerate() {
            let street = parent_of(&streets, unit)?;
            // The last community has no network at all, the first has two devices.
            let offline = index + 1 == units.communities.len();
            let mut devices = Vec::new();
            for device in 1..=if index == 0 { 2 } else { 1 } {
                let place = directory.join(format!("{}-{device}", unit.code()));
                devices.push(if offline {
                    enrol_by_file(&street.node, &place, unit, Rights::clerk())?
                } else {
                    let code = street.invite(unit, Rights::clerk(), "clerk")?.code();
                    let node = Node::create(&place)?;
                    join(&node, &code, &format!("{} {device}", units.names[unit])).await?;
                    node
                });
            }
            communities.push(CommunityDevices {
                unit: unit.clone(),
                name: units.names[unit].clone(),
                devices,
                offline,
            });
        }
        let auditor = Node::create(&directory.join("auditor"))?;
        join(&auditor, &hub.invite(&units.city, Rights::auditor(), "auditor")?.code(), "auditor").await?;
        let directory = directory.to_owned();
        Ok(Self { directory, realm, hub, districts, streets, communities, auditor, names: units.names })
    }

    async fn join_hub(directory: &Path, above: &ServingHub, unit: &UnitPath) -> Result<ServingHub> {
        let node = Node::create(&directory.join(unit.code()))?;
        let code = above.invite(unit, Rights::hub(), "hub")?.code();
        join(&node, &code, &format!("hub of {unit}")).await.with_context(|| format!("the hub of {unit}"))?;
        ServingHub::start(unit.clone(), node)
    }

    pub fn unit(&self) -> &UnitPath {
        &self.hub.unit
    }

    pub fn name(&self, unit: &UnitPath) -> &str {
        self.names.get(unit).map_or("", String::as_str)
    }

    pub fn hubs(&self) -> impl Iterator<Item = &ServingHub> {
        std::iter::once(&self.hub).chain(&self.districts).chain(&self.streets)
    }

    pub fn devices(&self) -> impl Iterator<Item = &Node> {
        self.communities.iter().flat_map(|community| &community.devices)
    }

    /// The hub that a community or street reports to.
    pub fn street_of(&self, unit: &UnitPath) -> Result<&ServingHub> {
        parent_of(&self.streets, unit)
    }

    pub fn district_of(&self, unit: &UnitPath) -> Result<&ServingHub> {
        let district = unit.at_level(Level::District);
        let found = self.districts.iter().find(|hub| Some(&hub.unit) == district.as_ref());
        found.with_context(|| format!("no hub above {unit}"))
    }

    /// Every device with a network exchanges once with its street.
    pub async fn sync_devices(&self) -> Result<()> {
        for community in self.communities.iter().filter(|c| !c.offline) {
            let parent = self.street_of(&community.unit)?.parent();
            for device in &community.devices {
                let report = linli_node::sync_with(device, &parent).await;
                let report = report.with_context(|| format!("a device of {}", community.unit))?;
                ensure!(report.settled, "the session of {} did not settle", community.unit);
            }
        }
        Ok(())
    }

    pub async fn pull_snapshot(&self, period: &Period) -> Result<Vec<u8>> {
        Ok(linli_node::pull_snapshot(&self.auditor, &self.hub.parent(), self.unit(), period).await?)
    }

    pub async fn stop(self) {
        for hub in self.streets.into_iter().chain(self.districts).chain([self.hub]) {
            hub.hub.stop().await;
        }
    }
}

fn parent_of<'h>(hubs: &'h [ServingHub], unit: &UnitPath) -> Result<&'h ServingHub> {
    let above = unit.parent();
    hubs.iter().find(|hub| Some(&hub.unit) == above.as_ref()).with_context(|| format!("no hub above {unit}"))
}

/// A request file out, a grant file back.
fn enrol_by_file(issuer: &Node, place: &Path, unit: &UnitPath, rights: Rights) -> Result<Node> {
    let node = Node::create(place)?;
    let (request, grant) = (place.join("request"), place.join("grant"));
    linli_node::make_request(&node, &format!("{unit}"), &request)?;
    let terms = Terms { unit: unit.clone(), rights, not_after: None, label: unit.to_string() };
    linli_node::export_grant(issuer, &request, &terms, &grant)?;
    linli_node::import_grant(&node, &grant)?;
    Ok(node)
}

/// A key that is kept apart from everything else.
fn seed(path: &Path) -> Result<[u8; 32]> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    linli_node::write_whole(path, seed.map(|b| format!("{b:02x}")).concat().as_bytes())?;
    Ok(seed)
}

/// The units that take part.
struct Chosen {
    city: UnitPath,
    districts: Vec<UnitPath>,
    streets: Vec<UnitPath>,
    communities: Vec<UnitPath>,
    names: BTreeMap<UnitPath, String>,
}

impl Chosen {
    fn csv(&self) -> String {
        let programme = |unit: &UnitPath| u8::from(unit.level() >= Level::Street);
        let all = [std::slice::from_ref(&self.city), &self.districts, &self.streets, &self.communities];
        let lines = all.into_iter().flatten().map(|unit| {
            let parent = unit.parent().map(|p| p.code()).unwrap_or_default();
            format!("{},{},{},{parent},{}\n", unit.code(), unit.level(), self.names[unit], programme(unit))
        });
        std::iter::once("code,level,name,parent,programme\n".to_owned()).chain(lines).collect()
    }
}

/// Takes streets of the programme, two districts' first, and spreads the communities over them.
fn choose(communities: usize) -> Result<Chosen> {
    let mut names = BTreeMap::new();
    let mut marked: BTreeMap<UnitPath, Vec<UnitPath>> = BTreeMap::new();
    for line in UNITS.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [code, _, name, _, programme] = fields.as_slice() else {
            bail!("the list of units has a bad line")
        };
        let unit = UnitPath::from_code(code)?;
        names.insert(unit.clone(), (*name).to_owned());
        if let (Level::Community, "1", Some(street)) = (unit.level(), *programme, unit.parent()) {
            marked.entry(street).or_default().push(unit);
        }
    }
    ensure!(communities >= 4, "the demo needs at least 4 communities");
    let total: usize = marked.values().map(Vec::len).sum();
    ensure!(communities <= total, "the programme has {total} communities");
    let mut by_district: BTreeMap<UnitPath, Vec<UnitPath>> = BTreeMap::new();
    for street in marked.keys() {
        let district = street.parent().context("a street lies in a district")?;
        by_district.entry(district).or_default().push(street.clone());
    }
    // The first streets of the first two districts, then whatever the communities need besides.
    let per_district = STREETS / DISTRICTS;
    let first = by_district.values().filter(|s| s.len() >= per_district).take(DISTRICTS);
    let mut streets: Vec<UnitPath> = first.flat_map(|s| s.iter().take(per_district).cloned()).collect();
    let room = |streets: &[UnitPath]| streets.iter().map(|s| marked[s].len()).sum::<usize>();
    for street in marked.keys() {
        if room(&streets) >= communities {
            break;
        }
        if !streets.contains(street) {
            streets.push(street.clone());
        }
    }
    let mut chosen = Vec::new();
    for turn in 0.. {
        for street in &streets {
            if chosen.len() < communities
                && let Some(unit) = marked[street].get(turn)
            {
                chosen.push(unit.clone());
            }
        }
        if chosen.len() == communities {
            break;
        }
    }
    chosen.sort();
    streets.sort();
    let mut districts: Vec<UnitPath> = streets.iter().filter_map(UnitPath::parent).collect();
    districts.dedup();
    let city = districts[0].parent().context("a district lies in a city")?;
    Ok(Chosen { city, districts, streets, communities: chosen, names })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_city_is_real_and_as_large_as_asked() {
        let chosen = choose(12).expect("there are as many");
        assert_eq!((chosen.districts.len(), chosen.streets.len(), chosen.communities.len()), (2, 4, 12));
        assert!(chosen.communities.iter().all(|c| chosen.streets.contains(&c.parent().expect("a street"))));
        assert_eq!(choose(178).expect("the whole programme").streets.len(), 13);
        assert!(choose(179).is_err());
    }
}
