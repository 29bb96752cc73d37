//! What goes wrong in the demo on purpose, and what must come of it.

use anyhow::{Context as _, Result, bail, ensure};
use automerge::{
    Automerge, ROOT, ReadDoc as _,
    transaction::{CommitOptions, Transactable as _},
};
use linli_generate::Plan;
use linli_log::{
    ChangeParts, Draft, DraftChange, Entry, Genesis, Grant, Kind, LogWriter, Rights,
    author::seal_segment,
    compact,
    fact::{Body as _, Changes},
};
use linli_model::{Edit, Value, kind};
use linli_net::{Endpoint, Identity, Protocol};
use linli_node::{ExportOptions, Node, NodeError, now, run_session, sync_with};
use linli_store::{DocumentEdits, EntryState};
use linli_sync::Role;
use linli_wire::{Channel, Digest, DocId, LogId, Space, UnitPath};

use super::{
    city::{City, CommunityDevices},
    people::{self, edit},
    report::DemoReport,
};

/// A device that nobody invited proves its key, and is sent away without a word about the data.
pub async fn stranger_is_refused(city: &City, report: &mut DemoReport) -> Result<()> {
    let stranger = Endpoint::bind(([127, 0, 0, 1], 0).into(), &Identity::from_seed([77; 32]))?;
    let hub = city.streets[0].parent();
    let link = stranger.connect(hub.address, hub.device, Protocol::Session).await?;
    let (_sender, mut receiver) = link.split();
    let refusal = match receiver.recv().await {
        Ok(None) => "the hub ended the link".to_owned(),
        Ok(Some(frame)) => bail!("a stranger was sent a frame of {} bytes", frame.body.len()),
        Err(error) => error.to_string(),
    };
    stranger.close("done").await;
    report.refusals.push(format!("unrecognised device: {refusal}"));
    Ok(())
}

/// The live link of one community breaks in the middle of a segment; the next one goes on from there.
pub async fn link_is_cut_and_resumed(city: &City, plan: &Plan, report: &mut DemoReport) -> Result<()> {
    let community = &city.communities[1];
    let device = &community.devices[0];
    let street = city.street_of(&community.unit)?;
    let endpoint = Endpoint::bind(([127, 0, 0, 1], 0).into(), &device.net_identity())?;
    let hub = street.parent();
    let link = endpoint.connect(hub.address, hub.device, Protocol::Session).await?;
    let handle = link.handle();
    device.with(linli_store::Replica::seal)?;
    let live = {
        let device = device.clone();
        tokio::spawn(async move { run_session(&device, link, Role::Dialler, true).await })
    };
    let records = Space::new(community.unit.clone(), Channel::Records);
    let held = |node: &Node| -> Result<Digest> {
        let digest = node.with(|r| r.space_digests())?.get(&records).copied();
        digest.with_context(|| format!("{} has no records yet", community.unit))
    };
    let mut waited = 0;
    while held(&street.node).ok() != Some(held(device)?) {
        ensure!(waited < 200, "the street does not get the records of {}", community.unit);
        waited += 1;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let before = device.with(|r| r.segments(&records))?.len();
    // A day's work goes out at once, and the link breaks within it.
    let sent = handle.bytes_sent();
    handle.cut_after_sent(sent + 300);
    for edits in people::day(plan, community, 1) {
        edit(device, &records, vec![edits])?;
    }
    ensure!(live.await?.is_err(), "the link was to break and did not");
    endpoint.close("cut").await;
    ensure!(held(&street.node)? != held(device)?, "what was cut off has arrived all the same");
    let resumed = sync_with(device, &hub).await.context("resuming after the cut")?;
    ensure!(resumed.settled && resumed.equal, "the resumed session did not bring both sides together");
    let after = device.with(|r| r.segments(&records))?.len();
    ensure!(
        resumed.pushed > 0 && (resumed.pushed as usize) <= after - before,
        "the resumed session pushed {} segments where {} were missing",
        resumed.pushed,
        after - before
    );
    report.cut =
        format!("cut 300 bytes into a day's work, resumed with {} of {after} segments", resumed.pushed);
    Ok(())
}

/// Two devices of one community change the same card without knowing of each other.
pub async fn concurrent_edits_keep_both(city: &City, report: &mut DemoReport) -> Result<()> {
    let community = &city.communities[0];
    let [first, second] = community.devices.as_slice() else { bail!("the first community has two devices") };
    let street = city.street_of(&community.unit)?.parent();
    // The second device learns of the cards first.
    sync_with(second, &street).await?;
    let records = Space::new(community.unit.clone(), Channel::Records);
    let (household, person): (String, String) = first
        .with(|r| {
            r.query(
                "SELECT h.doc, m.person FROM household h JOIN member m ON m.doc = h.doc
                 WHERE h.unit = ?1 AND m.relation IN ('01', '02') ORDER BY h.card_no LIMIT 1",
                [community.unit.as_str()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })?
        .into_iter()
        .next()
        .context("the first community has cards")?;
    for (device, name, phone) in [(first, "改名甲", "12000000001"), (second, "改名乙", "12000000002")] {
        let text = |field, value: &str| Edit::document(field, Some(Value::from(value)));
        let card = DocumentEdits {
            id: household.parse()?,
            kind: &kind::HOUSEHOLD,
            edits: vec![text("phone", phone)],
        };
        let head =
            DocumentEdits { id: person.parse()?, kind: &kind::PERSON, edits: vec![text("name", name)] };
        edit(device, &records, vec![card, head])?;
    }
    for device in [first, second, first] {
        sync_with(device, &street).await?;
    }
    let seen = |node: &Node| -> Result<(Vec<String>, i64)> {
        let phone = node.with(|r| {
            r.query("SELECT phone FROM household WHERE doc = ?1", [&household], |row| row.get(0))
        })?;
        let conflicts = node.with(|r| {
            r.query("SELECT vals FROM conflict WHERE doc = ?1 AND field = 'name'", [&person], |row| {
                row.get(0)
            })
        })?;
        Ok((phone, conflicts.first().copied().unwrap_or(0)))
    };
    let (ours, theirs) = (seen(first)?, seen(second)?);
    ensure!(ours == theirs, "two devices show different cards: {ours:?} and {theirs:?}");
    ensure!(ours.1 == 2, "a vital field that two people changed is to keep both values");
    report.concurrent =
        String::from("one card changed on two devices: both names kept for a clerk to settle");
    Ok(())
}

/// The community without a network sends its work on a stick.
pub fn bundle_goes_up(city: &City, report: &mut DemoReport) -> Result<()> {
    let (community, street) = offline(city)?;
    let path = city.directory.join("up.bundle");
    let sent =
        linli_node::export_bundle(&community.devices[0], &street.unit, &path, &ExportOptions::default())?;
    let taken = linli_node::import_bundle(&street.node, &path)?;
    ensure!(taken.declined.is_empty(), "the street declined {:?}", taken.declined);
    let again = linli_node::import_bundle(&street.node, &path)?;
    ensure!(again.new == 0, "a bundle that is taken twice is to add nothing");
    report.bundle = format!("{} segments, {} bytes by file", sent.segments, sent.bytes);
    Ok(())
}

/// What the hubs know, receipts first of all, goes back on the stick.
pub fn bundle_comes_back(city: &City, report: &mut DemoReport) -> Result<()> {
    let (community, street) = offline(city)?;
    let path = city.directory.join("down.bundle");
    linli_node::export_bundle(&street.node, &community.unit, &path, &ExportOptions::default())?;
    let device = &community.devices[0];
    linli_node::import_bundle(device, &path)?;
    let held = device.with(|r| r.held_by(true))?;
    let units: std::collections::BTreeSet<UnitPath> = held.into_iter().filter_map(|h| h.unit).collect();
    ensure!(units.len() == 3, "street, district and city acknowledge the bundle; {units:?} did");
    report.bundle.push_str(", acknowledged by street, district and city");
    Ok(())
}

fn offline(city: &City) -> Result<(&CommunityDevices, &super::city::ServingHub)> {
    let community = city.communities.iter().find(|c| c.offline).context("one community has no network")?;
    Ok((community, city.street_of(&community.unit)?))
}

/// One device writes itself a hub's grant in its street's notices, another one signs a change that
/// makes Automerge fail. Both are kept as evidence, at every hub, and have no effect at any.
pub async fn trespass_and_crash_are_refused(city: &City, report: &mut DemoReport) -> Result<()> {
    let (trespasser, crasher) = (&city.communities[1], &city.communities[2]);
    let street = city.street_of(&trespasser.unit)?;
    let device = &trespasser.devices[0];
    let notices = Space::new(street.unit.clone(), Channel::Notices);
    let (log, entries) = forge(device, &notices, |_| {
        let own = device.with(|r| (r.identity().device(), r.identity().recipient()));
        let grant = Grant {
            device: own.0,
            recipient: own.1,
            unit: street.unit.clone(),
            rights: Rights::hub(),
            not_after: None,
            label: "self-made".to_owned(),
        };
        Ok(Draft::fact(Kind::Grant, &grant))
    })?;
    slip_in(device, log, entries)?;

    let records = Space::new(crasher.unit.clone(), Channel::Records);
    let (log, entries) = forge(&crasher.devices[0], &records, |log| {
        let change = DraftChange { document: DocId([0xcc; 16]), kind: 1, schema: 1, chunk: crashing(log)? };
        Ok(Draft { kind: Kind::Changes, body: Changes::default().encode(), changes: vec![change] })
    })?;
    slip_in(&crasher.devices[0], log, entries)?;

    for community in [trespasser, crasher] {
        let parent = city.street_of(&community.unit)?.parent();
        match sync_with(&community.devices[0], &parent).await {
            Ok(_) | Err(NodeError::Session { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    super::checks::converge(city).await?;
    for (community, what, state) in [
        (trespasser, "write outside its unit", EntryState::Refused),
        (crasher, "change that crashes Automerge", EntryState::Quarantined),
    ] {
        let mut reason = String::new();
        for hub in [&city.hub, city.district_of(&community.unit)?, city.street_of(&community.unit)?] {
            let device = community.devices[0].device();
            let left_out = hub.node.with(|r| r.left_out())?;
            let of_device: Vec<_> =
                left_out.into_iter().filter(|e| e.device == device && e.kind != Kind::Genesis).collect();
            ensure!(
                of_device.len() == 1 && of_device[0].state == state,
                "the {what} is to be {} at {}, not {of_device:?}",
                state.as_str(),
                hub.unit
            );
            reason = of_device[0].reason.clone().unwrap_or_default();
        }
        report.refusals.push(format!("{what}: {reason}"));
    }
    let all = city.hub.node.with(|r| r.left_out())?.iter().filter(|e| e.kind != Kind::Genesis).count();
    ensure!(all == 2, "nobody else's entries are to be left out, but {all} are");
    Ok(())
}

/// A log that the software itself would never write, signed with the device's own key.
fn forge(
    device: &Node,
    space: &Space,
    draft: impl FnOnce(LogId) -> Result<Draft>,
) -> Result<(LogId, Vec<Entry>)> {
    let (key, grant) = device.with(|r| {
        let key = r.identity().device();
        (key, r.trust().grants_of(key).map(|(hash, _)| *hash).next())
    });
    let incarnation = [0xee; 16];
    let genesis = Genesis { device: key, space: space.clone(), grant, incarnation, root: None };
    let (mut writer, begin) = LogWriter::begin(&genesis, now())?;
    let draft = draft(writer.log())?;
    let entry = writer.append(draft, now())?;
    Ok((writer.log(), vec![begin, entry]))
}

/// Puts the forged log where the device's next session will send it from.
fn slip_in(device: &Node, log: LogId, entries: Vec<Entry>) -> Result<()> {
    device.with(|r| {
        let segment = seal_segment(&r.identity().secret(), log, entries).context("a log has entries")?;
        r.store(vec![compact::encode(&segment, compact::LEVEL_FAST)], &|_| true)?;
        Ok(())
    })
}

/// A change whose operations claim to start far beyond their dependencies: Automerge 0.12 panics
/// when it applies it.
fn crashing(log: LogId) -> Result<Vec<u8>> {
    let mut actor = [0; 16];
    actor[..10].copy_from_slice(&log.0[..10]);
    let mut document: Automerge = linli_model::new_document(&kind::HOUSEHOLD);
    document.set_actor(actor.into());
    let mut transaction = document.transaction();
    transaction.put(ROOT, "phone", "12000000000")?;
    let options = CommitOptions::default().with_time(0).with_message("A".repeat(22));
    let (hash, _) = transaction.commit_with(options);
    let change = hash.and_then(|hash| document.get_change_by_hash(&hash)).context("a change was made")?;
    let mut parts = ChangeParts::parse(change.raw_bytes())?;
    parts.start_op = u64::from(u32::MAX);
    Ok(parts.build())
}
