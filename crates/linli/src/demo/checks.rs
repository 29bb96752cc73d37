//! What the demo checks rather than assumes.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use linli_node::{Evaluated, Node, Period};
use linli_wire::{Digest, RealmId, Space};

use super::{city::City, people::Planted, report::DemoReport};

/// Exchanges after which everybody must hold the same.
const ROUNDS_MAX: usize = 40;
const PAUSE: Duration = Duration::from_millis(150);

/// Lets devices and hubs exchange until nobody differs; fails if they do not come together.
pub async fn converge(city: &City) -> Result<()> {
    for _ in 0..ROUNDS_MAX {
        if differences(city)?.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
        city.sync_devices().await?;
    }
    bail!("hubs and devices do not converge: {}", differences(city)?.join("; "));
}

/// Every space that some hub or device holds otherwise than the city. The community without a
/// network is held to what has reached it when its last bundle came.
pub fn differences(city: &City) -> Result<Vec<String>> {
    let reference = digests(&city.hub.node)?;
    let mut differences = Vec::new();
    let hubs = city.hubs().map(|hub| (hub.unit.clone(), &hub.node));
    let online = city.communities.iter().filter(|c| !c.offline);
    let devices = online.flat_map(|c| c.devices.iter().map(|d| (c.unit.clone(), d)));
    for (unit, node) in hubs.chain(devices) {
        let held = digests(node)?;
        for (space, digest) in &held {
            if reference.get(space).is_some_and(|other| other != digest) {
                differences.push(format!("{unit} and the city differ in {space}"));
            }
        }
        let missing = reference.keys().filter(|space| space.is_read_by(&unit) && !held.contains_key(space));
        differences.extend(missing.map(|space| format!("{unit} lacks {space}")));
    }
    Ok(differences)
}

fn digests(node: &Node) -> Result<BTreeMap<Space, Digest>> {
    Ok(node.with(|r| {
        r.seal()?;
        r.space_digests()
    })?)
}

/// The planted person was found, decided about by the city, and is counted in one community.
pub fn determined(city: &City, planted: &Planted, period: &Period) -> Result<usize> {
    let told: Vec<(String, String, String)> = city.hub.node.with(|r| {
        r.query(
            "SELECT unit, id_no, counted_unit FROM determination WHERE stage = 'city' ORDER BY unit",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
    })?;
    let [a, b] = told.as_slice() else {
        bail!("one person in two communities, but {} determinations", told.len())
    };
    ensure!((&a.1, &a.2) == (&b.1, &b.2), "the two communities were told different things");
    ensure!(
        [&a.0, &b.0].iter().all(|unit| planted.units.iter().any(|p| p.as_str() == unit.as_str())),
        "the determination went to other communities"
    );
    // Counted once: the same person is a subject of one community's dynamic management alone.
    let mut counted = Vec::new();
    for unit in &planted.units {
        let subjects = linli_node::explain(&city.hub.node, unit, "C07", period, "demo: counted once")?;
        let doubles: Vec<&String> = {
            let id_no = &a.1;
            let docs: Vec<String> = city.hub.node.with(|r| {
                r.query(
                    "SELECT doc FROM person WHERE unit = ?1 AND id_no = ?2",
                    [unit.as_str(), id_no],
                    |row| row.get(0),
                )
            })?;
            let known = planted.people.iter().filter(|(u, doc)| u == unit && docs.contains(doc));
            known.map(|(_, doc)| doc).collect()
        };
        ensure!(doubles.len() == 1, "the planted person is on one card of {unit}");
        if subjects.iter().any(|s| s.subject.subject == *doubles[0]) {
            counted.push(unit.to_string());
        }
    }
    ensure!(counted == [a.2.clone()], "the person is counted in {counted:?}, not in {} alone", a.2);
    Ok(1)
}

/// A district that holds the same cut scores its units to the same bytes.
pub fn districts_agree(
    city: &City,
    period: &Period,
    official: &Evaluated,
    report: &mut DemoReport,
) -> Result<()> {
    let mut compared = 0;
    for district in &city.districts {
        let provisional = linli_node::evaluate(&district.node, &district.unit, period)?;
        ensure!(!provisional.official, "what a district scores is provisional");
        for card in &provisional.evaluation.scorecards {
            let city_card = official.evaluation.scorecard(&card.unit);
            let city_card = city_card.with_context(|| format!("the city did not score {}", card.unit))?;
            ensure!(card.encode() == city_card.encode(), "city and district score {} differently", card.unit);
            compared += 1;
        }
    }
    ensure!(compared == official.evaluation.scorecards.len(), "not every scorecard was compared");
    report.agreed = compared;
    Ok(())
}

/// The snapshot holds by itself, and its scorecards are the city's.
pub fn snapshot_verifies(
    bytes: &[u8],
    realm: RealmId,
    official: &Evaluated,
    report: &mut DemoReport,
) -> Result<()> {
    let verified = linli_audit::verify(bytes, realm).context("verifying the snapshot")?;
    report.snapshot.verified = true;
    ensure!(
        verified.scorecards.len() == official.evaluation.scorecards.len(),
        "the snapshot has {} scorecards, the city made {}",
        verified.scorecards.len(),
        official.evaluation.scorecards.len()
    );
    report.snapshot.scorecards_equal = verified.scorecards.iter().all(|card| card.equal);
    // One changed byte and it does not.
    let mut changed = bytes.to_vec();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    ensure!(linli_audit::verify(&changed, realm).is_err(), "a changed snapshot was accepted");
    Ok(())
}
