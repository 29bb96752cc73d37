//! Households that are put together or taken apart, and what undoes it.

use linli_tests::{COMMUNITY, Place, Realm, STREET};
use serde_json::{Value, json};

#[test]
fn a_merge_and_a_split_of_cards_are_each_undone_as_a_whole() {
    let realm = Realm::begin();
    let street = realm.join_by_files(&realm.city, STREET, "hub", "street");
    let clerk = realm.join_by_files(&street, COMMUNITY, "clerk", "clerk");
    let card = || {
        clerk.json(&["card", "new", "address=朱方路1号101"])["card_no"].as_str().expect("a number").to_owned()
    };
    let (one, two) = (card(), card());
    let (head, spouse, single) = (id_no(1), id_no(2), id_no(3));
    for (card, relation, number) in [(&one, "户主", &head), (&one, "配偶", &spouse), (&two, "户主", &single)]
    {
        let number = format!("id_no={number}");
        clerk.run(&["person", "new", "--card", card, "--relation", relation, "name=张三", &number]).done();
    }
    let before = [&one, &two].map(|card| shown(&clerk, card));

    clerk.run(&["card", "merge", &one, "--into", &one]).refused(&["two cards"]);
    clerk.run(&["card", "merge", &two, "--into", &one, &format!("{single}=子")]).done();
    let (closed, joined) = (shown(&clerk, &two), shown(&clerk, &one));
    assert_eq!(
        (&closed["state"], closed["members"].as_array().map(Vec::len)),
        (&json!("3"), Some(0)),
        "{closed}"
    );
    assert_eq!(
        relations(&joined),
        [(head.clone(), "02"), (spouse.clone(), "10"), (single.clone(), "20")].map(owned)
    );
    clerk.run(&["card", "merge", &two, "--into", &one]).refused(&[&two]);
    clerk.run(&["card", "undo", &two]).done();
    assert_eq!([&one, &two].map(|card| shown(&clerk, card)), before, "as if nothing had been merged");
    clerk.run(&["card", "undo", &two]).refused(&["neither"]);

    clerk.run(&["card", "split", &one, &format!("{spouse}=配偶")]).refused(&["head"]);
    clerk.run(&["card", "split", &one, &format!("{single}=户主")]).refused(&[&single]);
    let new = clerk.json(&["card", "split", &one, &format!("{spouse}=户主")]);
    let new = new["card_no"].as_str().expect("the new card has a number").to_owned();
    assert_eq!(relations(&shown(&clerk, &new)), [(spouse.clone(), "02")].map(owned));
    assert_eq!(relations(&shown(&clerk, &one)), [(head.clone(), "02")].map(owned));
    clerk.run(&["card", "undo", &new]).done();
    assert_eq!(shown(&clerk, &one), before[0]);
    assert_eq!(shown(&clerk, &new)["state"], "3", "its number is not used again");

    // What was changed since is not taken back.
    clerk.run(&["card", "merge", &two, "--into", &one]).done();
    clerk.run(&["card", "set", &two, "closed_why=拆迁"]).done();
    let both = [&one, &two].map(|card| shown(&clerk, card));
    clerk.run(&["card", "undo", &two]).refused(&["changed since"]);
    assert_eq!([&one, &two].map(|card| shown(&clerk, card)), both);
    clerk.is_sound();
}

/// The fields of a card and its members.
fn shown(place: &Place, card: &str) -> Value {
    let shown = place.json(&["card", "show", card]);
    let mut fields = shown["fields"].clone();
    let members = shown["members"].as_array().into_iter().flatten();
    let mut members: Vec<Value> =
        members.map(|member| json!([member["fields"]["id_no"], member["relation"]])).collect();
    members.sort_by_key(ToString::to_string);
    fields["members"] = members.into();
    fields
}

fn relations(card: &Value) -> Vec<(String, String)> {
    let members = card["members"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    members.map(|member| (text(&member[0]), text(&member[1]))).collect()
}

fn owned((number, relation): (String, &str)) -> (String, String) {
    (number, relation.to_owned())
}

/// An ID number of nobody.
fn id_no(number: u16) -> String {
    let body = format!("97010119800101{number:03}");
    format!("{body}{}", linli_model::idnumber::check_digit(&body).expect("seventeen digits"))
}
