//! What a revoked device left behind, and what was built on it: listed, explained, written again.

use linli_tests::{COMMUNITY, Place, Realm, STREET, Stick};
use serde_json::Value;

#[test]
fn what_was_built_on_a_revoked_device_is_explained_and_written_again() {
    let realm = Realm::begin();
    let street = realm.join_by_files(&realm.city, STREET, "hub", "street");
    let lost = realm.join_by_files(&street, COMMUNITY, "clerk", "lost");
    let desk = realm.join_by_files(&street, COMMUNITY, "clerk", "desk");
    let stick = Stick("stick.bundle".to_owned());
    // So that the two devices of the community know each other.
    stick.carry(&street, COMMUNITY, &lost);

    let card = lost.json(&["card", "new", "address=朱方路1号101"]);
    let card = card["card_no"].as_str().expect("a new card has a number").to_owned();
    stick.carry(&lost, STREET, &street);
    // This never reached the street before the machine was lost; the desk had it, and went on from there.
    lost.run(&["card", "set", &card, "address=朱方路9号909"]).done();
    stick.carry(&lost, COMMUNITY, &desk);
    desk.run(&["card", "set", &card, "phone=0511-1"]).done();
    let device = lost.json(&["status"])["device"].as_str().expect("a device has a key")[..16].to_owned();
    street.run(&["revoke", &device, "--reason", "laptop lost"]).done();
    stick.carry(&desk, STREET, &street);

    let listed = street.json(&["held", "list"]);
    let listed = listed.as_array().expect("a list");
    let states: Vec<&Value> = listed.iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["refused", "pending"], "{listed:?}");
    let of = |at: usize| listed[at]["entry"].as_str().expect("an entry has a name").to_owned();
    let (refused, waits) = (of(0), of(1));
    let why = street.json(&["held", "why", &waits[..12]]);
    assert_eq!(
        (&why["chain"][0]["because"], &why["chain"][0]["of"]),
        (&"entry".into(), &refused.as_str().into())
    );
    assert!(why["chain"][1]["device"].as_str().is_some_and(|key| key.starts_with(&device)), "{why}");
    assert!(why["next"].as_str().is_some_and(|next| next.contains("reauthor")), "{why}");
    assert_eq!(street.json(&["held", "release"])["held"], 2, "that changes nothing about them");
    street.run(&["held", "reauthor", &waits]).refused(&["may not write"]);
    street.run(&["held", "why", "0000"]).refused(&["held list"]);

    // The desk hears of it, and vouches for what it wrote itself.
    stick.carry(&street, COMMUNITY, &desk);
    assert_eq!(shown(&desk, &card), ("朱方路1号101".to_owned(), String::new()));
    let again = desk.json(&["held", "reauthor", &waits]);
    assert!(again[0]["again"].is_string(), "{again}");
    assert_eq!(shown(&desk, &card), ("朱方路1号101".to_owned(), "0511-1".to_owned()));
    stick.carry(&desk, STREET, &street);
    assert_eq!(shown(&street, &card), shown(&desk, &card));
    let left = street.json(&["held", "list"]);
    assert_eq!(left.as_array().map(Vec::len), Some(1), "what was written again is done: {left}");
    let all = street.json(&["held", "list", "--all", "--unit", COMMUNITY]);
    assert_eq!(all[1]["again"], again[0]["again"], "{all}");
    // The rest of it, too.
    assert_eq!(
        desk.json(&["held", "reauthor", "--all", "--device", &device]).as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(shown(&desk, &card), ("朱方路9号909".to_owned(), "0511-1".to_owned()));
    for place in [&desk, &street] {
        place.is_sound();
    }
}

/// Address and telephone on a card.
fn shown(place: &Place, card: &str) -> (String, String) {
    let cards = place.json(&["ledger", "household", "--unit", COMMUNITY]);
    let row = cards.as_array().into_iter().flatten().find(|row| row["card_no"] == card).cloned();
    let row = row.expect("the card is there");
    let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
    (text("address"), text("phone"))
}
