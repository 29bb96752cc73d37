//! What two devices wrote apart from each other: listed everywhere, settled once, and told by the history.

use linli_tests::{COMMUNITY, Place, Realm, STREET, Stick};
use serde_json::{Value, json};

/// A street, two devices of its community that are carried to each other by stick, and a man on a card.
struct Setting {
    _realm: Realm,
    street: Place,
    desk: Place,
    laptop: Place,
    card: String,
    number: String,
}

impl Setting {
    fn new() -> Self {
        let realm = Realm::begin();
        let street = realm.join_by_files(&realm.city, STREET, "hub", "street");
        let desk = realm.join_by_files(&street, COMMUNITY, "clerk", "desk");
        let laptop = realm.join_by_files(&street, COMMUNITY, "clerk", "laptop");
        let made = desk.json(&["card", "new", "address=朱方路1号101"]);
        let card = made["card_no"].as_str().expect("a number").to_owned();
        let number = id_no();
        let id_no = format!("id_no={number}");
        desk.run(&["person", "new", "--card", &card, "--relation", "户主", "name=张三", &id_no]).done();
        let it = Self { _realm: realm, street, desk, laptop, card, number };
        it.exchange();
        it
    }

    fn exchange(&self) {
        let stick = Stick("stick.bundle".to_owned());
        stick.carry(&self.desk, STREET, &self.street);
        stick.carry(&self.laptop, STREET, &self.street);
        stick.carry(&self.street, COMMUNITY, &self.desk);
        stick.carry(&self.street, COMMUNITY, &self.laptop);
    }
}

#[test]
fn one_event_that_two_devices_hear_of_is_one() {
    let it = Setting::new();
    let number = it.number.as_str();
    for (place, evidence) in [(&it.desk, "contract"), (&it.laptop, "insurance")] {
        let placed = ["--from", "2026-05-06", "--form", "10", "--employer", "某公司", "--evidence", evidence];
        place.run(&[&["person", "place", number][..], &placed].concat()).done();
        place.run(&["person", "certify", number, "--category", "2", "--since", "2026-02-01"]).done();
    }
    it.laptop
        .run(&["person", "place", number, "--from", "2026-05-06", "--form", "20", "--evidence", "licence"])
        .done();
    it.exchange();
    for place in [&it.desk, &it.laptop, &it.street] {
        let shown = place.json(&["person", "show", number]);
        let count = |what: &str| shown[what].as_array().map(Vec::len);
        assert_eq!(count("certifications"), Some(1), "{shown}");
        assert_eq!(count("episodes"), Some(1), "{shown}");
        assert_eq!(count("placements"), Some(2), "the other one is another: {shown}");
        assert_eq!(shown["problems"], json!([]));
        assert_eq!(place.json(&["conflicts", "--unit", COMMUNITY]), json!([]));
        let card = place.json(&["card", "show", &it.card]);
        let fields: Vec<&Value> =
            card["settled"].as_array().into_iter().flatten().map(|one| &one["field"]).collect();
        assert_eq!(fields, [&json!("evidence")], "one of the two papers holds, and it is said: {card}");
        place.is_sound();
    }
}

#[test]
fn concurrent_names_are_listed_everywhere_until_one_choice_settles_them() {
    let it = Setting::new();
    let Setting { street, desk, laptop, card, number, .. } = &it;
    let exchange = || it.exchange();

    // Apart from each other: a name, which is vital, and a telephone, which is not.
    desk.run(&["person", "set", number, "name=张珊", "phone=1"]).done();
    laptop.run(&["person", "set", number, "name=章三", "phone=2"]).done();
    exchange();
    let everywhere = [desk, laptop, street];
    let listed = everywhere.map(|place| place.json(&["conflicts", "--unit", COMMUNITY]));
    for one in &listed {
        assert_eq!(one, &listed[0], "every replica lists the same");
        assert_eq!(one.as_array().map(Vec::len), Some(1), "{one}");
        let one = &one[0];
        assert_eq!(
            (&one["field"], &one["card_no"], &one["id_no"]),
            (&json!("name"), &json!(card), &json!(number))
        );
        let mut values: Vec<(&str, &str, &str)> =
            one["values"].as_array().into_iter().flatten().map(of).collect();
        values.sort_unstable();
        assert_eq!(values, [("张珊", "desk", COMMUNITY), ("章三", "laptop", COMMUNITY)]);
    }
    // The telephone settled itself, and the card says so until somebody writes it again.
    for place in everywhere {
        let shown = place.run(&["card", "show", card]);
        let told = &shown.done().err;
        assert!(told.contains("written at the same time") && told.contains("phone is now"), "{told}");
    }
    let document = listed[0][0]["document"].as_str().expect("a document has an id")[..8].to_owned();
    desk.run(&["conflicts", "settle", &document, "phone", "--take", "1"]).refused(&["linli conflicts"]);
    desk.run(&["conflicts", "settle", &document, "name", "--take", "3"]).refused(&["1", "2"]);
    let values = listed[0][0]["values"].as_array().expect("values");
    let take =
        values.iter().find(|value| value["value"] == "章三").expect("it is listed")["take"].to_string();
    let settled = desk.json(&["conflicts", "settle", &document, "name", "--take", &take]);
    assert_eq!(settled["changed"], true);
    exchange();
    for place in everywhere {
        assert_eq!(place.json(&["conflicts", "--unit", COMMUNITY]), json!([]));
    }
    desk.run(&["conflicts", "settle", &document, "name", "--take", &take]).refused(&["linli conflicts"]);

    let history = street.json(&["person", "show", number, "--history"]);
    assert_eq!(history, laptop.json(&["person", "show", number, "--history"]));
    let of_field = |field: &str| -> Vec<Value> {
        let all = history.as_array().into_iter().flatten();
        all.filter(|line| line["field"] == field).cloned().collect()
    };
    let names = of_field("name");
    let last = names.last().expect("the name was changed");
    assert_eq!(
        (&last["new"], &last["settled"], &last["label"]),
        (&json!("章三"), &json!(true), &json!("desk"))
    );
    assert_eq!(last["old"].as_array().map(Vec::len), Some(2), "{last}");
    // Of the telephones one stood, and the history says over which.
    let phones = of_field("phone");
    let stands = street.json(&["person", "show", number])["fields"]["phone"].clone();
    let overwritten = phones.iter().find(|line| line["new"] != stands).expect("one was overwritten");
    assert_eq!(
        (&overwritten["concurrent"][0]["value"], &overwritten["concurrent"][0]["stood"]),
        (&stands, &json!(true))
    );
    let shown = desk.run(&["person", "show", number, "--history"]);
    let told = &shown.done().out;
    assert!(told.contains("overwritten by the concurrent"), "{told}");
    for place in [desk, street] {
        place.is_sound();
    }
}

/// A value with who wrote it, on which device and for which unit.
fn of(value: &Value) -> (&str, &str, &str) {
    let by = &value["by"][0];
    assert!(by["time"].as_str().is_some_and(|time| !time.is_empty()), "{value}");
    (
        value["value"].as_str().unwrap_or_default(),
        by["label"].as_str().unwrap_or_default(),
        by["by_unit"].as_str().unwrap_or_default(),
    )
}

/// An ID number of nobody.
fn id_no() -> String {
    let body = "97010119800101001";
    format!("{body}{}", linli_model::idnumber::check_digit(body).expect("seventeen digits"))
}
