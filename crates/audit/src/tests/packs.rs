//! Which pack scores a unit: what was published by the period's first day, by who may, and only if it tightens.

use linli_eval::Standard;
use linli_log::{Kind, Revoke, Rights, fact::Changes};
use linli_model::{Edit, Value, kind::STANDARD};
use linli_store::{DocumentEdits, Replica};
use linli_wire::{Arrangement, Channel, TimeMs};

use super::world::{
    AS_OF, CITY, COMMUNITY, DISTRICT, NOW, STREET, World, document, grant, pass, replica, space, unit,
};
use crate::{
    CreateOptions, SnapshotError, create,
    packs::{self, Effect, InForce},
    verify,
};

const DAY_MS: i64 = 86_400_000;

/// The community standard with another rate for H1.
fn with_h1(rate: &str) -> Standard {
    let community = Standard::community();
    let files = community.files().map(|(name, content)| {
        let rule = "at = \"0.80\" }\nmeasure = \"placed\"";
        let content = content.replacen(rule, &rule.replace("0.80", rate), 1);
        (name.to_owned(), content)
    });
    Standard::load(files.collect::<Vec<_>>()).expect("the pack is sound")
}

/// Writes a pack in the notices of a unit, as published at a moment under a hash.
fn publish(
    replica: &mut Replica,
    path: &str,
    number: u32,
    standard: &Standard,
    hash: &str,
    at: i64,
) -> Result<(), SnapshotError> {
    let fields = [("standard", standard.id.as_str()), ("version", &standard.version), ("hash", hash)];
    let fields = fields.map(|(field, value)| Edit::document(field, Some(Value::from(value))));
    let files = standard
        .files()
        .map(|(name, content)| Edit::item("files", name, "content", Some(Value::from(content))));
    let edits = fields.into_iter().chain(files).collect();
    let pack = DocumentEdits { id: document(number), kind: &STANDARD, edits };
    replica.write(TimeMs(at), |w| {
        w.edit(&space(path, Channel::Notices), &[pack], Changes::default()).map_err(SnapshotError::from)
    })?;
    Ok(())
}

fn publish_whole(replica: &mut Replica, path: &str, number: u32, standard: &Standard, at: i64) {
    let hash = standard.hash.to_string();
    publish(replica, path, number, standard, &hash, at).expect("the pack can be written");
}

fn in_force(replica: &mut Replica, start_n: i64) -> InForce {
    replica.materialise().expect("a replica materialises");
    packs::in_force(replica, &Arrangement::default(), &unit(CITY), start_n).expect("the packs can be read")
}

fn of_community(replica: &mut Replica, start_n: i64) -> Standard {
    in_force(replica, start_n).of(&unit(COMMUNITY)).expect("the community is in the programme").clone()
}

fn effects(replica: &mut Replica, start_n: i64) -> Vec<Effect> {
    replica.materialise().expect("a replica materialises");
    packs::effects(&packs::published(replica).expect("the packs can be read"), start_n)
}

#[test]
fn a_pack_scores_the_periods_that_begin_on_its_day_or_later() {
    let mut world = World::new(1);
    let (first, second, day) = (with_h1("0.85"), with_h1("0.70"), TimeMs(NOW).day_number());
    publish_whole(&mut world.city, CITY, 900, &first, NOW);
    publish_whole(&mut world.city, CITY, 901, &second, NOW + 10 * DAY_MS);
    for (start, expected) in
        [(day - 1, Standard::community()), (day, first.clone()), (day + 9, first), (day + 10, second)]
    {
        assert_eq!(of_community(&mut world.city, start).hash, expected.hash, "{}", start - day);
    }
    assert_eq!(effects(&mut world.city, day + 5), [Effect::InForce, Effect::Later]);
    assert_eq!(effects(&mut world.city, day + 10), [Effect::Replaced, Effect::InForce]);
    let street = in_force(&mut world.city, day).of(&unit(STREET)).map(|standard| standard.hash);
    assert_eq!(street, Some(Standard::street().hash), "the street's standard is another's");
}

#[test]
fn a_pack_by_a_device_without_the_right_has_no_effect_anywhere() {
    let mut world = World::new(1);
    let [mut office, mut thief] = [replica(), replica()];
    for (device, rights) in [(&mut office, Rights::clerk()), (&mut thief, Rights::hub())] {
        device.set_realm(world.realm).expect("a new replica takes any realm");
        grant(&mut world.root, CITY, device, CITY, rights, "a device of the city");
        world.gather();
        pass(&mut world.city, device);
    }
    let pack = with_h1("0.10");
    let refused =
        publish(&mut office, CITY, 900, &pack, &pack.hash.to_string(), NOW).expect_err("it may not");
    assert!(format!("{refused:?}").contains("MissingRight(Publish)"), "{refused:?}");

    // Another writes while it thinks that it may, and the root has taken all of its rights away.
    publish_whole(&mut thief, CITY, 900, &pack, NOW);
    assert_eq!(of_community(&mut thief, i64::MAX).hash, pack.hash);
    let device = thief.identity().device();
    let revoke = Revoke { device, cut: Vec::new(), since_compromise: true, reason: "stolen".to_owned() };
    let notices = space(CITY, Channel::Notices);
    let written = world
        .root
        .write(TimeMs(NOW), |w| w.fact(&notices, Kind::Revoke, &revoke).map_err(SnapshotError::from));
    written.expect("the root revokes");
    pass(&mut thief, &mut world.city);
    world.gather();
    pass(&mut world.city, &mut thief);
    for replica in [&mut thief, &mut world.city, &mut world.street] {
        assert_eq!(effects(replica, i64::MAX), []);
        assert_eq!(of_community(replica, i64::MAX).hash, Standard::community().hash);
    }
}

#[test]
fn a_districts_pack_scores_its_units_only_while_it_tightens_the_citys() {
    let mut world = World::new(1);
    let mut district = replica();
    district.set_realm(world.realm).expect("a new replica takes any realm");
    grant(&mut world.city, CITY, &district, DISTRICT, Rights::hub(), "the district's hub");
    pass(&mut world.city, &mut district);
    let (looser, stricter, day) = (with_h1("0.75"), with_h1("0.90"), TimeMs(NOW).day_number());
    publish_whole(&mut district, DISTRICT, 900, &looser, NOW);
    pass(&mut district, &mut world.city);
    assert_eq!(of_community(&mut world.city, day).hash, Standard::community().hash);
    let [Effect::Loosens(places)] = &effects(&mut world.city, day)[..] else { panic!("it loosens") };
    assert!(places[0].contains("item C10, part placed: at 0.75 is lower than the city's 0.80"), "{places:?}");

    publish_whole(&mut district, DISTRICT, 901, &stricter, NOW + DAY_MS);
    pass(&mut district, &mut world.city);
    world.gather();
    for replica in [&mut district, &mut world.city, &mut world.street] {
        assert_eq!(of_community(replica, day + 1).hash, stricter.hash);
    }
    // Once the city asks for more than the district did, the city's holds there as well.
    publish_whole(&mut world.city, CITY, 902, &with_h1("0.95"), NOW + 2 * DAY_MS);
    assert_eq!(of_community(&mut world.city, day + 1).hash, stricter.hash);
    assert_eq!(of_community(&mut world.city, day + 2).hash, with_h1("0.95").hash);
}

#[test]
fn a_document_that_is_no_whole_pack_of_a_publishing_unit_has_no_effect() {
    let mut world = World::new(1);
    let other = with_h1("0.86").hash.to_string();
    publish(&mut world.city, CITY, 900, &with_h1("0.85"), &other, NOW).expect("the pack can be written");
    publish_whole(&mut world.street, STREET, 901, &with_h1("0.85"), NOW);
    world.gather();
    let effects = effects(&mut world.city, i64::MAX);
    let [Effect::NoPack(damaged), Effect::NoPack(street)] = &effects[..] else { panic!("{effects:?}") };
    assert!(damaged.contains("not those of the hash"), "{damaged}");
    assert!(street.contains("a street publishes no standard"), "{street}");
    assert_eq!(of_community(&mut world.city, i64::MAX).hash, Standard::community().hash);
}

#[test]
fn a_snapshot_is_verified_by_the_packs_that_its_entries_publish() {
    let mut world = World::new(2);
    let own = with_h1("0.85");
    publish_whole(&mut world.city, CITY, 900, &own, NOW);
    let start = linli_model::date::from_day_number(TimeMs(NOW).day_number()).map(linli_model::date::to_iso);
    let mut made = |standards: Vec<&Standard>, start: Option<String>, as_of: &str| {
        let mut options = CreateOptions::new(unit(CITY), as_of, TimeMs(NOW), standards);
        options.start = start;
        let mut bytes = Vec::new();
        create(&mut world.city, &options, &mut bytes).map(|_| bytes)
    };
    let street = Standard::street();
    let snapshot = made(vec![&own, &street], start, "2027-10-31").expect("the pack is in force");
    let verified = verify(&snapshot, world.realm).expect("the entries publish the pack");
    let hashes: Vec<_> = verified.standards.iter().map(|standard| standard.hash).collect();
    assert!(hashes.contains(&own.hash) && hashes.contains(&street.hash), "{hashes:?}");
    assert_eq!(verified.scorecards.len(), 2);
    // Of an earlier period the same pack was not in force, so that nobody is scored by it afterwards.
    let early = made(vec![&own, &street], None, AS_OF).expect_err("the period began before");
    assert!(matches!(early, SnapshotError::UnknownStandard { hash, .. } if hash == own.hash), "{early}");
}
