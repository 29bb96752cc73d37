//! A person moves from one community to another of the same street.

use linli_tests::{COMMUNITY, OTHER_COMMUNITY, Place, Realm, STREET, Stick};
use serde_json::{Value, json};

#[test]
fn who_moves_is_counted_by_the_sender_until_the_receiver_accepts() {
    let realm = Realm::begin();
    let street = realm.join_by_files(&realm.city, STREET, "hub", "street");
    let [sender, receiver] = [(COMMUNITY, "sender"), (OTHER_COMMUNITY, "receiver")]
        .map(|(unit, name)| realm.join_by_files(&street, unit, "clerk", name));
    let stick = Stick("stick.bundle".to_owned());
    let night = || {
        stick.carry(&sender, STREET, &street);
        stick.carry(&receiver, STREET, &street);
        street.run(&["evaluate"]).done();
        stick.carry(&street, COMMUNITY, &sender);
        stick.carry(&street, OTHER_COMMUNITY, &receiver);
    };
    let (number, other) = (id_no(1), id_no(2));
    let card = |place: &Place| {
        place.json(&["card", "new", "address=朱方路1号101"])["card_no"].as_str().expect("a number").to_owned()
    };
    let (old, new) = (card(&sender), card(&receiver));
    for (relation, number) in [("户主", &number), ("配偶", &other)] {
        let id_no = format!("id_no={number}");
        sender.run(&["person", "new", "--card", &old, "--relation", relation, "name=张三", &id_no]).done();
        sender.run(&["person", "status", number, "2", "--since", "2026-03-01"]).done();
    }
    sender.run(&["move", "offer", &number, "--to", COMMUNITY]).refused(&["already"]);
    let [offer, refused] = [&number, &other].map(|number| {
        let offer = sender.json(&["move", "offer", number, "--to", OTHER_COMMUNITY, "--reason", "搬家"]);
        offer["offer"].as_str().expect("an offer has an id").to_owned()
    });
    sender.run(&["move", "offer", &number, "--to", OTHER_COMMUNITY]).refused(&["already"]);
    assert_eq!(receiver.json(&["move", "list"]), json!([]), "the receiver cannot read the sender's records");
    night();
    let listed = receiver.json(&["move", "list"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(2), "{listed}");
    assert_eq!(counted(&street, &number), [COMMUNITY], "until there is an answer");

    receiver.run(&["move", "accept", "0000", "--card", &new, "--relation", "户主"]).refused(&["move list"]);
    receiver.run(&["move", "accept", &offer, "--card", &new, "--relation", "户主"]).done();
    receiver.run(&["move", "refuse", &refused, "--reason", "未居住"]).done();
    receiver.run(&["move", "accept", &offer, "--card", &new, "--relation", "户主"]).refused(&["move list"]);
    night();
    let person = receiver.json(&["person", "show", &number]);
    assert_eq!(
        (&person["fields"]["name"], &person["fields"]["previous_unit"]),
        (&json!("张三"), &json!(COMMUNITY))
    );
    assert_eq!(person["episodes"][0]["code"], "2", "with the history: {person}");
    for place in [&street, &sender, &receiver] {
        let told = place.json(&["ledger", "determination"]);
        let told: Vec<&Value> = told.as_array().into_iter().flatten().collect();
        assert!(!told.is_empty(), "each is told");
        assert!(
            told.iter()
                .all(|one| one["counted_unit"] == OTHER_COMMUNITY && one["reason"] == "accepted the move")
        );
    }
    assert_eq!(counted(&street, &number), [OTHER_COMMUNITY]);
    assert_eq!(counted(&street, &other), [COMMUNITY], "who was refused stays");
    let answers = sender.json(&["move", "list"]);
    let mut answers: Vec<&str> =
        answers.as_array().into_iter().flatten().filter_map(|one| one["decision"].as_str()).collect();
    answers.sort_unstable();
    assert_eq!(answers, ["accepted", "refused"]);

    // A whole card, taken back before anybody answers.
    let offered = sender.json(&["move", "offer", "--card", &old, "--to", OTHER_COMMUNITY]);
    let offers: Vec<String> = offered["offers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|id| Some(id.as_str()?.to_owned()))
        .collect();
    assert_eq!(offers.len(), 1, "who has gone is not offered again: {offered}");
    sender.run(&["move", "offer", "--card", &old, "--to", OTHER_COMMUNITY]).refused(&["nobody on the card"]);
    night();
    receiver.run(&["move", "withdraw", &offers[0]]).refused(&["move list"]);
    for offer in &offers {
        sender.run(&["move", "withdraw", offer, "--reason", "不搬了"]).done();
    }
    night();
    receiver
        .run(&["move", "accept", &offers[0], "--card", &new, "--relation", "配偶"])
        .refused(&["move list"]);
    let listed = receiver.json(&["move", "list"]);
    let taken = listed.as_array().into_iter().flatten().filter(|one| one["decision"] == "withdrawn").count();
    assert_eq!(taken, 1, "{listed}");
    assert_eq!(counted(&street, &other), [COMMUNITY]);
}

/// The communities in whose ledger of the workforce somebody stands.
fn counted(place: &Place, number: &str) -> Vec<String> {
    let rows = place.json(&["ledger", "L03"]);
    let rows = rows.as_array().into_iter().flatten().filter(|row| row["id_no"] == number);
    rows.map(|row| row["unit"].as_str().unwrap_or_default().to_owned()).collect()
}

/// An ID number of nobody.
fn id_no(number: u16) -> String {
    let body = format!("97010119800101{number:03}");
    format!("{body}{}", linli_model::idnumber::check_digit(&body).expect("seventeen digits"))
}
