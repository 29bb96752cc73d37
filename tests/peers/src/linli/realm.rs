//! A small realm: a street's hub, and a community's device with the workload on it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use linli_log::{Rights, fact::Changes};
use linli_node::{Node, Terms, export_grant, import_grant, init_realm, make_request, now, read_units};
use linli_store::StoreError;
use linli_wire::{Channel, DeviceKey, Space};

use crate::workload::{self, Card, Workload};

const UNITS: &str = "code,level,name,parent,programme
3211,city,City,,0
321102,district,District,3211,0
321102001,street,Street,321102,1
321102001001,community,Community,321102001,1
";
/// Entries that are written in one transaction while the workload is made.
const BATCH: usize = 1024;

/// Data directories from which every run begins.
pub struct Realm {
    pub hub: PathBuf,
    pub device: PathBuf,
}

/// Where the cards stand.
pub fn records() -> Space {
    Space::new("3211/02/001/001".parse().expect("a path of units"), Channel::Records)
}

/// Makes the realm and writes the workload on the community's device, sealed and ready to be sent.
pub fn make(directory: &Path, workload: Workload) -> anyhow::Result<(Realm, Vec<Card>)> {
    let root = Node::create(&directory.join("root"))?;
    let units = directory.join("units.csv");
    std::fs::write(&units, UNITS).context("the realm's units")?;
    init_realm(&root, &read_units(&units)?, DeviceKey([9; 32]))?;
    let realm = Realm { hub: directory.join("hub"), device: directory.join("device") };
    let city = enrol(&root, directory, &directory.join("city"), "3211", Rights::hub())?;
    let hub = enrol(&city, directory, &realm.hub, "3211/02/001", Rights::hub())?;
    let device = enrol(&hub, directory, &realm.device, "3211/02/001/001", Rights::clerk())?;
    write(&device, workload)?;
    let cards = cards(&device, workload)?;
    Ok((realm, cards))
}

fn enrol(issuer: &Node, directory: &Path, place: &Path, unit: &str, rights: Rights) -> anyhow::Result<Node> {
    let node = Node::create(place)?;
    let (request, grant) = (directory.join("request"), directory.join("grant"));
    make_request(&node, "", &request)?;
    let terms = Terms { unit: unit.parse()?, rights, not_after: None, label: unit.to_owned() };
    export_grant(issuer, &request, &terms, &grant)?;
    import_grant(&node, &grant)?;
    Ok(node)
}

fn write(device: &Node, workload: Workload) -> anyhow::Result<()> {
    let entries: Vec<(u64, u64)> = workload.entries().collect();
    for batch in entries.chunks(BATCH) {
        change(device, batch.iter().copied())?;
    }
    device.with(|r| r.seal())?;
    Ok(())
}

/// Writes one entry for each of these changes.
pub fn change(device: &Node, changes: impl Iterator<Item = (u64, u64)>) -> Result<(), StoreError> {
    let records = records();
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
fn cards(device: &Node, workload: Workload) -> anyhow::Result<Vec<Card>> {
    let fixed = linli_model::base::base_changes(&linli_model::kind::HOUSEHOLD).len();
    let card = |number| {
        let id = workload::card_id(number);
        let opened = device.with(|r| r.document(&records(), id))?.context("a card that was just written")?;
        let changes = opened.document.get_changes(&[]);
        anyhow::ensure!(
            changes.len() as u64 == fixed as u64 + 1 + workload.changes,
            "a change changed nothing"
        );
        Ok(Card { id, changes, fixed })
    };
    (0..workload.documents).map(card).collect()
}
