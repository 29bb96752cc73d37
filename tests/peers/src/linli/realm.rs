//! A small realm: a street's hub, and a community's device with the workload on it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use linli_log::{Rights, fact::Changes};
use linli_node::{Node, Terms, export_grant, import_grant, init_realm, make_request, now, read_units};
use linli_store::StoreError;
use linli_wire::{Channel, DeviceKey, Space};

use crate::workload::{self, Card, Workload};

const ABOVE: &str = "code,level,name,parent,programme
3211,city,City,,0
321102,district,District,3211,0
321102001,street,Street,321102,1
";
/// Entries that are written in one transaction while the workload is made.
const BATCH: usize = 1024;

/// Data directories from which every run begins.
pub struct Realm {
    pub hub: PathBuf,
    pub device: PathBuf,
}

/// The community of a number, from 1 on.
fn community(number: u64) -> String {
    format!("3211/02/001/{number:03}")
}

/// Where the cards of a community stand.
pub fn records(number: u64) -> Space {
    Space::new(community(number).parse().expect("a path of units"), Channel::Records)
}

/// Makes the realm and writes the workload on the community's device, sealed and ready to be sent.
pub fn make(directory: &Path, workload: Workload) -> anyhow::Result<Realm> {
    let realm = Realm { hub: directory.join("hub"), device: directory.join("device") };
    let hub = street(directory, &realm.hub, 1)?;
    let device = child(&hub, directory, &realm.device, 1)?;
    write(&device, 1, workload)?;
    Ok(realm)
}

/// Makes a realm of one street with so many communities; returns the street's hub.
pub fn street(directory: &Path, place: &Path, communities: u64) -> anyhow::Result<Node> {
    let root = Node::create(&directory.join("root"))?;
    let units = directory.join("units.csv");
    let rows = (1..=communities).map(|n| format!("321102001{n:03},community,Community,321102001,1\n"));
    std::fs::write(&units, ABOVE.to_owned() + &rows.collect::<String>()).context("the realm's units")?;
    init_realm(&root, &read_units(&units)?, DeviceKey([9; 32]))?;
    let city = enrol(&root, directory, &directory.join("city"), "3211", Rights::hub())?;
    enrol(&city, directory, place, "3211/02/001", Rights::hub())
}

/// Enrols the device of a community.
pub fn child(hub: &Node, directory: &Path, place: &Path, number: u64) -> anyhow::Result<Node> {
    enrol(hub, directory, place, &community(number), Rights::clerk())
}

fn enrol(issuer: &Node, directory: &Path, place: &Path, unit: &str, rights: Rights) -> anyhow::Result<Node> {
    let node = Node::create(place)?;
    let (request, grant) = (directory.join("request"), directory.join("grant"));
    for file in [&request, &grant] {
        // Of the device before.
        let _ = std::fs::remove_file(file);
    }
    make_request(&node, "", &request)?;
    let terms = Terms { unit: unit.parse()?, rights, not_after: None, label: unit.to_owned() };
    export_grant(issuer, &request, &terms, &grant)?;
    import_grant(&node, &grant)?;
    Ok(node)
}

/// Writes a workload on a community's device and seals it.
pub fn write(device: &Node, number: u64, workload: Workload) -> anyhow::Result<()> {
    let entries: Vec<(u64, u64)> = workload.entries().collect();
    for batch in entries.chunks(BATCH) {
        change(device, number, batch.iter().copied())?;
    }
    device.with(|r| r.seal())?;
    Ok(())
}

/// Writes one entry for each of these changes in a community.
pub fn change(
    device: &Node,
    number: u64,
    changes: impl Iterator<Item = (u64, u64)>,
) -> Result<(), StoreError> {
    let records = records(number);
    device.with(|r| {
        r.write(now(), |w| {
            for (card, change) in changes {
                w.edit(&records, &[workload::edits(card, change)], Changes::default())?;
            }
            Ok::<_, StoreError>(())
        })
    })
}

/// The cards as they came to stand on the device.
pub fn cards(realm: &Realm, workload: Workload) -> anyhow::Result<Vec<Card>> {
    let device = Node::open(&realm.device)?;
    let records = records(1);
    let fixed = linli_model::base::base_changes(&linli_model::kind::HOUSEHOLD).len();
    let card = |number| {
        let id = workload::card_id(number);
        let opened = device.with(|r| r.document(&records, id))?.context("a card that was just written")?;
        let changes = opened.document.get_changes(&[]);
        anyhow::ensure!(
            changes.len() as u64 == fixed as u64 + 1 + workload.changes,
            "a change changed nothing"
        );
        Ok(Card { id, changes, fixed })
    };
    (0..workload.documents).map(card).collect()
}
