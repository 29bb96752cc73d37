//! A community that never has a network: enrolled, gathered and answered by files on a stick alone.

use linli_tests::{CITY, COMMUNITY, Place, Realm, STREET, Stick, people_csv};
use serde_json::Value;

const PEOPLE: usize = 30;

#[test]
fn a_community_without_a_network_is_enrolled_counted_and_receipted_by_files() {
    let realm = Realm::begin();
    let street = realm.join_by_files(&realm.city, STREET, "hub", "street");
    let desk = realm.join_by_files(&street, COMMUNITY, "clerk", "desk");
    let status = desk.json(&["status"]);
    assert_eq!((&status["unit"], &status["parent"]), (&COMMUNITY.into(), &Value::Null), "{status}");
    desk.run(&["sync"]).refused(&["no hub", "linli bundle"]);

    let (csv, rows) = people_csv(PEOPLE, 3);
    realm.write("cards.csv", csv);
    desk.json(&["import", "cards.csv"]);
    let card = a_card_typed_by_hand(&desk);

    let stick = Stick("stick.bundle".to_owned());
    assert!(stick.carry(&desk, STREET, &street) > 0, "the work is new at the street");
    assert_eq!(people(&street), rows + 1);
    assert_eq!(stick.carry(&desk, STREET, &street), 0, "the same work again is nothing new");
    assert!(stick.carry(&street, CITY, &realm.city) > 0, "and at the city");
    assert_eq!(people(&realm.city), rows + 1);
    held(&desk, |unit, held, entries| {
        assert_eq!(held, 0, "nothing of {entries} entries is acknowledged by {unit} before an answer came");
    });

    stick.carry(&realm.city, STREET, &street);
    assert!(stick.carry(&street, COMMUNITY, &desk) > 0, "the answer is new at the desk");
    let levels = held(&desk, |unit, held, entries| match unit {
        // No district has a hub, and so none says that it holds anything.
        CITY | STREET => assert_eq!(held, entries, "{unit} holds everything"),
        _ => assert_eq!(held, 0, "{unit} holds nothing"),
    });
    assert_eq!(levels, 3);

    // What was typed after the first stick goes up with the next.
    desk.run(&["card", "set", &card, "address=朱方路2号202"]).done();
    by_parts(&desk, &street);
    stick.carry(&street, CITY, &realm.city);
    let cards = realm.city.json(&["ledger", "household", "--unit", COMMUNITY]);
    let found = cards.as_array().into_iter().flatten().find(|row| row["card_no"] == card.as_str());
    assert_eq!(found.map(|row| &row["address"]), Some(&"朱方路2号202".into()));
    for place in [&desk, &street, &realm.city] {
        assert_eq!(place.json(&["status"])["left_out"], Value::from(Vec::<Value>::new()));
        place.is_sound();
    }
}

/// Carries by the parts of a split bundle, after a copy that was pulled out of the machine too early.
fn by_parts(desk: &Place, street: &Place) {
    let answer = desk.json(&["bundle", "export", "--for", STREET, "--to", "parts", "--split", "2MiB"]);
    assert_eq!(answer["files"].as_array().map(Vec::len), Some(1), "{answer}");
    desk.run(&["bundle", "export", "--for", STREET, "--to", "parts", "--split", "25KB"])
        .refused(&["--split"]);
    let whole = std::fs::read(desk.directory.join("parts.1")).expect("the first part has its number");
    std::fs::write(desk.directory.join("cut"), &whole[..whole.len() - 9]).expect("a file");
    street.run(&["bundle", "import", "cut"]).refused(&["copy"]);
    let taken = street.json(&["bundle", "import", "parts"]);
    assert!(taken["new"].as_u64() > Some(0) && taken["cut"].is_null(), "{taken}");
    let again = street.json(&["bundle", "import", "parts.1", "parts.1"]);
    assert_eq!((&again["new"], &again["early"]), (&Value::from(0), &Value::from(0)), "{again}");
}

/// Returns the number of the card.
fn a_card_typed_by_hand(desk: &Place) -> String {
    let card = desk.json(&["card", "new", "address=朱方路1号101"]);
    let card = card["card_no"].as_str().expect("a new card has a number").to_owned();
    desk.run(&["person", "new", "--card", &card, "--relation", "户主", "name=张三"]).done();
    card
}

fn people(place: &Place) -> usize {
    place.json(&["ledger", "person", "--unit", COMMUNITY]).as_array().map_or(0, Vec::len)
}

/// Looks at what each unit above the desk says that it holds; returns how many there are.
fn held(desk: &Place, mut look: impl FnMut(&str, u64, u64)) -> usize {
    let status = desk.json(&["status"]);
    let levels = status["held"].as_array().expect("the units above are listed");
    for level in levels {
        let number = |field: &str| level[field].as_u64().expect("what is held is counted");
        let (held, entries) = (number("held"), number("entries"));
        assert!(entries > 0, "something was written: {status}");
        look(level["unit"].as_str().expect("a unit is text"), held, entries);
    }
    levels.len()
}
