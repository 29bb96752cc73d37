//! What the traps catch is listed by the command, at a hub that sees more than each community does.

use linli_tests::{COMMUNITY, OTHER_COMMUNITY, Place, Realm, STREET, Stick};
use serde_json::{Value, json};

#[test]
fn a_person_whom_two_communities_have_is_listed_at_the_street_until_it_determines() {
    let realm = Realm::begin();
    let street = realm.join_by_files(&realm.city, STREET, "hub", "street");
    let stick = Stick("stick.bundle".to_owned());
    let body = "97010119800101007";
    let number = format!("{body}{}", linli_model::idnumber::check_digit(body).expect("seventeen digits"));
    let clerks = [(COMMUNITY, "one"), (OTHER_COMMUNITY, "two")].map(|(unit, name)| {
        let clerk = realm.join_by_files(&street, unit, "clerk", name);
        let card = clerk.json(&["card", "new", "address=朱方路1号101"])["card_no"]
            .as_str()
            .expect("a number")
            .to_owned();
        let id_no = format!("id_no={number}");
        clerk.run(&["person", "new", "--card", &card, "--relation", "户主", "name=张三", &id_no]).done();
        assert_eq!(
            clerk.json(&["findings", "--trap", "two_communities"]),
            json!([]),
            "{unit} sees its own alone"
        );
        stick.carry(&clerk, STREET, &street);
        clerk
    });
    let twice = |place: &Place| place.json(&["findings", "--trap", "two_communities"]);
    let found = twice(&street);
    let units: Vec<&Value> = found.as_array().into_iter().flatten().map(|one| &one["unit"]).collect();
    assert_eq!(units, [COMMUNITY, OTHER_COMMUNITY], "{found}");
    assert_eq!((&found[0]["name"], &found[0]["severity"]), (&json!("张三"), &json!("warning")));
    let told = street.run(&["findings"]);
    assert!(told.done().out.contains("nobody has determined"), "{}", told.told());
    street.run(&["findings", "--trap", "nothing"]).refused(&["two_communities"]);
    clerks[0].run(&["findings", "--unit", OTHER_COMMUNITY]).refused(&[OTHER_COMMUNITY]);
    street.run(&["evaluate"]).done();
    assert_eq!(twice(&street), json!([]), "the street has determined");
}
