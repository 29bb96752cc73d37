//! The days on which units exchanged data with their hub, from the receipts that the hub gave: written into the
//! units' oversight, where the standards read them.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use linli_log::{Kind, Right, fact::Changes};
use linli_model::{Edit, Value, date, kind};
use linli_store::{DocumentEdits, Replica, StoreError, Writing};
use linli_wire::{Channel, DeviceKey, Space, TimeMs, UnitPath};

use crate::{error::NodeError, node::Node};

/// Notes the days from the first to the last on which this hub received something of the units of which it is
/// the lowest hub. Returns how many days were not on record yet.
pub fn note_exchanges(node: &Node, first_n: i64, last_n: i64) -> Result<usize, NodeError> {
    let now = node.now();
    let noted = node.with(|r| {
        let device = r.identity().device();
        let hub = r
            .trust()
            .grants_of(device)
            .find(|(_, a)| a.grant.rights.has(Right::Receipt) && a.grant.rights.has(Right::Oversight))
            .map(|(_, a)| a.grant.unit.clone());
        hub.map_or(Ok(0), |hub| note(r, device, &hub, first_n..=last_n, now))
    })?;
    if noted > 0 {
        node.announce();
    }
    Ok(noted)
}

fn note(
    replica: &mut Replica,
    device: DeviceKey,
    hub: &UnitPath,
    period: RangeInclusive<i64>,
    now: TimeMs,
) -> Result<usize, StoreError> {
    let on_record: BTreeSet<(String, String)> = replica
        .query("SELECT unit, day FROM exchange_day", [], |row| Ok((row.get(0)?, row.get(1)?)))?
        .into_iter()
        .collect();
    let mut days: BTreeMap<UnitPath, BTreeSet<String>> = BTreeMap::new();
    for (unit, by_hub) in receipts(replica, &period)? {
        let lowest = by_hub.keys().max_by_key(|(depth, _)| *depth).map(|(_, device)| *device);
        let Some(given) = by_hub.iter().find(|((_, giver), _)| *giver == device).map(|(_, given)| given)
        else {
            continue;
        };
        if lowest != Some(device) || !replica.trust().arrangement(now.day_number()).is_above(hub, &unit) {
            continue;
        }
        let missing = given
            .iter()
            .filter_map(|day| date::from_day_number(*day).map(date::to_iso))
            .filter(|day| !on_record.contains(&(unit.to_string(), day.clone())))
            .collect::<BTreeSet<_>>();
        if !missing.is_empty() {
            days.insert(unit, missing);
        }
    }
    let count = days.values().map(BTreeSet::len).sum();
    if count > 0 {
        replica.write(now, |w| {
            for (unit, days) in &days {
                let space = Space::new(unit.clone(), Channel::Oversight);
                for documents in Writing::fitting(vec![document(days)]) {
                    w.edit(&space, &documents, Changes::default())?;
                }
            }
            Ok::<_, StoreError>(())
        })?;
    }
    Ok(count)
}

/// The days of a period on which each hub gave receipts about a unit, by the hub's depth (the lowest last) and
/// device.
type ByHub = BTreeMap<(usize, DeviceKey), BTreeSet<i64>>;

fn receipts(
    replica: &Replica,
    period: &RangeInclusive<i64>,
) -> Result<BTreeMap<UnitPath, ByHub>, StoreError> {
    let rows: Vec<(String, [u8; 32], i64)> = replica.query(
        "SELECT s.unit, l.device, e.time FROM space s JOIN log l ON l.space_no = s.space_no
         JOIN entry e ON e.log_no = l.log_no WHERE s.channel = ?1 AND e.kind = ?2
         AND e.time >= ?3 AND e.time < ?4",
        [
            i64::from(Channel::Oversight.code()),
            Kind::Receipt.code() as i64,
            TimeMs::start_of_day(*period.start()).0,
            TimeMs::start_of_day(period.end() + 1).0,
        ],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let mut depths: BTreeMap<DeviceKey, Option<usize>> = BTreeMap::new();
    let mut receipts: BTreeMap<UnitPath, ByHub> = BTreeMap::new();
    for (unit, device, time) in rows {
        let Ok(unit) = unit.parse::<UnitPath>() else { continue };
        let device = DeviceKey(device);
        let depth = *depths.entry(device).or_insert_with(|| {
            let grants = replica.trust().grants_of(device);
            let hubs = grants.filter(|(_, a)| a.grant.rights.has(Right::Receipt));
            hubs.map(|(_, a)| a.grant.unit.depth()).max()
        });
        if let Some(depth) = depth {
            let days = receipts.entry(unit).or_default().entry((depth, device)).or_default();
            days.insert(TimeMs(time).day_number());
        }
    }
    Ok(receipts)
}

fn document(days: &BTreeSet<String>) -> DocumentEdits {
    let id = kind::EXCHANGES.fixed_id("").expect("a unit has one list of exchanges");
    let edits = days.iter().map(|day| Edit::item("days", day, "means", Some(Value::from("link"))));
    DocumentEdits { id, kind: &kind::EXCHANGES, edits: edits.collect() }
}

#[cfg(test)]
mod tests {
    use linli_log::Rights;

    use super::*;
    use crate::{
        fixture::{CITY, COMMUNITY, Realm, card, unit, write},
        now,
        receipts::write as write_receipts,
    };

    #[test]
    fn a_hub_notes_the_days_on_which_it_received_something_and_each_once() {
        let realm = Realm::begin();
        let hub = realm.enrol(&realm.root, "hub", CITY, Rights::hub());
        // What the hub receives here is its own word about the community; who wrote it does not matter.
        write(&hub, CITY, &[card(1, "here")]);
        let today = now().day_number();
        let days = |hub: &crate::Node| {
            hub.materialise().expect("it materialises");
            hub.with(|r| r.query("SELECT unit FROM exchange_day", [], |row| row.get::<_, String>(0)))
                .expect("the table is there")
        };
        assert_eq!(note_exchanges(&hub, today - 1, today).expect("it looks"), 0);
        let clerk = realm.enrol(&realm.root, "clerk", COMMUNITY, Rights::clerk());
        write(&clerk, COMMUNITY, &[card(2, "here")]);
        crate::fixture::carry(&clerk, &hub);
        hub.with(|r| write_receipts(r, &unit(CITY), now())).expect("it gives receipts");
        assert_eq!(note_exchanges(&hub, today - 9, today - 1).expect("it looks"), 0, "another time");
        assert_eq!(note_exchanges(&hub, today - 1, today).expect("it notes"), 1);
        assert_eq!(days(&hub), [COMMUNITY]);
        assert_eq!(note_exchanges(&hub, today - 1, today).expect("it looks"), 0, "on record");
    }
}
