//! Keys and trust by hand: a device's key replaced, a revocation looked at before it is meant, the root handed over, a unit
//! moved. The real binary, each machine a process of its own.

use linli_tests::{COMMUNITY, OTHER_COMMUNITY, Place, Realm, STREET, Stick};
use serde_json::Value;

fn device(place: &Place) -> String {
    place.json(&["status"])["device"].as_str().expect("a device has a key").to_owned()
}

fn addresses(place: &Place, unit: &str) -> Vec<String> {
    let cards = place.json(&["ledger", "household", "--unit", unit]);
    let text = |row: &Value| row["address"].as_str().unwrap_or_default().to_owned();
    let mut all: Vec<String> = cards.as_array().into_iter().flatten().map(text).collect();
    all.sort();
    all
}

#[test]
fn a_device_replaces_its_key_and_goes_on() {
    let realm = Realm::begin();
    let hubs = realm.serve_hubs();
    let street = &hubs[2];
    let desk = realm.place("desk");
    desk.run(&["rekey"]).refused(&["desk"]);
    desk.run(&["join", &street.invite(COMMUNITY, "clerk"), "--label", "front desk"]).done();
    desk.run(&["card", "new", "address=朱方路1号"]).done();
    let former = device(&desk);
    let told = desk.json(&["rekey"]);
    assert_eq!(told["former"], former.as_str());
    assert_eq!(device(&desk), told["device"].as_str().expect("a key is text"));
    assert_ne!(device(&desk), former);
    desk.run(&["card", "new", "address=朱方路2号"]).done();
    desk.run(&["sync"]).done();
    assert_eq!(addresses(&street.place, COMMUNITY), ["朱方路1号", "朱方路2号"]);
    let devices = street.place.json(&["devices", "--all", "--unit", COMMUNITY]);
    let known: Vec<(bool, &Value)> =
        devices.as_array().into_iter().flatten().map(|one| (one["revoked"] == true, &one["label"])).collect();
    assert!(known.contains(&(true, &"front desk".into())), "{devices}");
    assert!(known.contains(&(false, &"front desk".into())), "{devices}");
    assert_eq!(street.place.json(&["held", "list"]), serde_json::json!([]), "nothing lost its effect");
    desk.is_sound();
}

#[test]
fn a_compromise_is_looked_at_before_it_is_meant() {
    let realm = Realm::begin();
    let street = realm.join_by_files(&realm.city, STREET, "hub", "street");
    let lost = realm.join_by_files(&street, COMMUNITY, "clerk", "lost");
    let stick = Stick("stick.bundle".to_owned());
    lost.run(&["card", "new", "address=朱方路1号"]).done();
    stick.carry(&lost, STREET, &street);
    let key = &device(&lost)[..16].to_owned();
    let revoke = ["revoke", key, "--reason", "stolen", "--since-compromise", "--keep-nothing"];
    let preview = street.run(&[&revoke[..], &["--json"]].concat()).partly().json();
    let would = preview["would_lose_effect"].as_array().expect("a list").len();
    assert!(would > 0, "{preview}");
    assert_eq!(addresses(&street, COMMUNITY), ["朱方路1号"], "nothing has changed yet");
    let meant = street.json(&[&revoke[..], &["--yes"]].concat());
    assert_eq!(meant["entries_without_effect"], would, "what was announced: {meant}");
    assert_eq!(addresses(&street, COMMUNITY), [""; 0]);
    street.run(&["revoke", "nobody", "--reason", "x"]).refused(&["nobody", "linli devices"]);
    street.is_sound();
}

#[test]
fn the_root_is_handed_over_and_a_unit_moves_from_its_day_on() {
    let realm = Realm::begin();
    let stick = Stick("stick.bundle".to_owned());
    let former = device(&realm.root);
    realm.write("no.key", "not a key");
    realm.root.run(&["realm", "rotate", "--next", "no.key"]).refused(&["no.key"]);
    let told = realm.root.json(&["realm", "rotate", "--next", "root/next-root.key"]);
    assert_eq!(told["root"].as_str(), Some(&*device(&realm.root)));
    assert_ne!(device(&realm.root), former);
    stick.carry(&realm.root, "3211", &realm.city);

    // The new root's word is taken, and the grants of the former one stand.
    let free = "3211/02/001/901";
    let moved = ["unit", "move", COMMUNITY, "--to", free, "--from", "2020-01-01"];
    realm
        .root
        .run(&["unit", "move", COMMUNITY, "--to", OTHER_COMMUNITY, "--from", "2027-01-01"])
        .refused(&[OTHER_COMMUNITY]);
    realm.city.run(&moved).refused(&["root"]);
    realm.root.run(&["unit", "move", COMMUNITY, "--to", STREET, "--from", "2027-01-01"]).refused(&[STREET]);
    let told = realm.root.json(&moved);
    assert_eq!((&told["unit"], &told["now"]), (&COMMUNITY.into(), &free.into()));
    stick.carry(&realm.root, "3211", &realm.city);
    let units = realm.city.json(&["unit", "list"]);
    let one = units.as_array().into_iter().flatten().find(|unit| unit["unit"] == COMMUNITY).cloned();
    assert_eq!(one.expect("it is listed")["path"], free);
    realm.city.is_sound();
}

#[test]
fn the_city_merges_communities_and_splits_one_off_and_takes_it_back() {
    let realm = Realm::begin();
    let city = &realm.city;
    let (first, second) = ("3211/02/004/001", "3211/02/004/002");
    let scored = || -> Vec<String> {
        let told = city.json(&["evaluate", "--unit", "3211/02/004"]);
        let units = told["units"].as_array().into_iter().flatten();
        units.map(|unit| unit["unit"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert!(scored().contains(&second.to_owned()), "{:?}", scored());
    let merge = ["unit", "merge", second, "--into", first, "--from", "2026-01-01"];
    let told = city.json(&merge);
    assert_eq!((&told["unit"], &told["into"]), (&second.into(), &first.into()));
    assert!(!scored().contains(&second.to_owned()));
    city.run(&merge).refused(&["--undo"]);
    city.run(&["unit", "merge", first, "--into", second, "--from", "2026-02-01"]).refused(&["--into"]);
    city.run(&["unit", "merge", first, "--into", "3211/02/004", "--from", "2026-02-01"])
        .refused(&["community"]);
    city.run(&["unit", "merge", first, "--undo"]).refused(&["was not merged"]);
    city.json(&["unit", "merge", second, "--undo"]);
    assert!(scored().contains(&second.to_owned()));

    let new = "3211/02/004/098";
    city.run(&["unit", "split", first, "--new", second, "--name", "x", "--from", "2026-01-01"])
        .refused(&["taken"]);
    let split = ["unit", "split", first, "--new", new, "--name", "新分社区", "--from", "2026-01-01"];
    assert_eq!(city.json(&split)["programme"], true);
    assert!(scored().contains(&new.to_owned()));
    let street = realm.join_by_files(city, STREET, "hub", "street");
    street.run(&merge).refused(&["the city says"]);
    city.is_sound();
}
