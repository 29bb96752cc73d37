//! What the demo checks rather than assumes.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use linli_node::{Evaluated, Node, Period};
use linli_wire::{Digest, RealmId, Space, UnitPath};

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
            if reference.get(space) != Some(digest) {
                differences.push(format!("{unit} and the city differ in {space}"));
            }
        }
        let missing = reference.keys().filter(|space| space.is_read_by(&unit) && !held.contains_key(space));
        differences.extend(missing.map(|space| format!("{unit} lacks {space}")));
    }
    Ok(differences)
}

/// Every hub's tables say the same of its units as the city's do.
pub fn tables_agree(city: &City) -> Result<()> {
    for hub in city.hubs().skip(1) {
        let (theirs, ours) = (rows(&hub.node, &hub.unit)?, rows(&city.hub.node, &hub.unit)?);
        let differs = theirs.iter().zip(&ours).find(|(a, b)| a != b);
        ensure!(theirs == ours, "the tables of {} and the city differ: {differs:?}", hub.unit);
        ensure!(!ours.is_empty(), "the tables of {} are empty", hub.unit);
    }
    Ok(())
}

fn rows(node: &Node, unit: &UnitPath) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for table in linli_model::tables() {
        let columns: Vec<String> = table.columns.iter().map(|c| format!("quote(\"{}\")", c.name)).collect();
        let sql = format!(
            "SELECT {} FROM \"{}\" WHERE unit = ?1 OR unit LIKE ?1 || '/%' ORDER BY 1",
            columns.join("||'|'||"),
            table.name
        );
        let rows: Vec<String> = node.with(|r| r.query(&sql, [unit.as_str()], |row| row.get(0)))?;
        all.extend(rows.into_iter().map(|row| format!("{}|{row}", table.name)));
    }
    Ok(all)
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

/// Districts and streets that hold the same cut score their units to the same bytes.
pub fn hubs_agree(city: &City, period: &Period, official: &Evaluated, report: &mut DemoReport) -> Result<()> {
    let mut compared = 0;
    for hub in city.districts.iter().chain(&city.streets) {
        let provisional = linli_node::evaluate(&hub.node, &hub.unit, period)?;
        ensure!(!provisional.official, "what is scored below the city is provisional");
        for card in &provisional.evaluation.scorecards {
            let city_card = official.evaluation.scorecard(&card.unit);
            let city_card = city_card.with_context(|| format!("the city did not score {}", card.unit))?;
            ensure!(
                card.encode() == city_card.encode(),
                "the city and {} score {} differently",
                hub.unit,
                card.unit
            );
            compared += 1;
        }
    }
    ensure!(compared == 2 * official.evaluation.scorecards.len(), "not every scorecard was compared twice");
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
    // What the auditor recomputed is, byte for byte, what the city announced.
    report.snapshot.scorecards_equal = verified.scorecards.iter().all(|card| {
        let announced = official
            .evaluation
            .scorecards
            .iter()
            .find(|c| c.unit == card.unit && c.standard == card.standard);
        announced.is_some_and(|announced| announced.digest() == card.digest)
    });
    // One changed byte and it does not.
    let mut changed = bytes.to_vec();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    ensure!(linli_audit::verify(&changed, realm).is_err(), "a changed snapshot was accepted");
    Ok(())
}
