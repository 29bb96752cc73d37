//! What is typed twice, or against age and birth date, is refused with what stands on record already.

use linli_tests::{COMMUNITY, Place, Realm};
use serde_json::json;

/// A man born on 1 January 1980, on a card of his own.
struct Setting {
    _realm: Realm,
    desk: Place,
    card: String,
    number: String,
}

impl Setting {
    fn new() -> Self {
        let realm = Realm::begin();
        let desk = realm.join_by_files(&realm.city, COMMUNITY, "clerk", "desk");
        let made = desk.json(&["card", "new", "address=朱方路1号101"]);
        let card = made["card_no"].as_str().expect("a card has a number").to_owned();
        let body = "97010119800101001";
        let check = linli_model::idnumber::check_digit(body).expect("seventeen digits");
        let number = format!("{body}{check}");
        let id_no = format!("id_no={number}");
        desk.run(&["person", "new", "--card", &card, "--relation", "户主", "name=张三", &id_no]).done();
        Self { _realm: realm, desk, card, number }
    }

    /// Types it once, and again; the same with other words goes in.
    fn once(&self, typed: &[&str], other: &[&str], told: &[&str]) {
        self.desk.run(typed).done();
        self.desk.run(typed).refused(&[&["on record already", "hint"], told].concat());
        self.desk.run(other).done();
    }
}

#[test]
fn the_very_same_thing_is_recorded_once() {
    let it = Setting::new();
    let number = it.number.as_str();
    let place = |from, employer| {
        [
            "person",
            "place",
            number,
            "--from",
            from,
            "--form",
            "10",
            "--evidence",
            "contract",
            "--employer",
            employer,
        ]
    };
    it.once(&place("2026-05-06", "甲公司"), &place("2026-05-06", "乙公司"), &["2026-05-06", "person leave"]);
    let certify = |category, since| ["person", "certify", number, "--category", category, "--since", since];
    it.once(&certify("2", "2026-02-01"), &certify("3", "2026-02-01"), &["2026-02-01", "person show"]);
    it.desk.run(&certify("2", "2026-03-01")).refused(&["2026-02-01", "in force on that day"]);
    let service = |what| ["record", "service", "--of", number, what, "day=2026-03-01", "worker=王芳"];
    it.once(&service("what=guidance"), &service("what=training_offer"), &["2026-03-01", "--key"]);
    let vacancy = |openings| ["record", "vacancy", "employer=甲公司", openings, "start=2026-03-01"];
    it.once(&vacancy("openings=3"), &vacancy("openings=4"), &["2026-03-01", "--document"]);
    let visit = |result| ["visit", it.card.as_str(), "--day", "2026-03-01", "--result", result];
    it.once(&visit("在家"), &visit("外出"), &["2026-03-01", "card show"]);
    let status = |code| ["person", "status", number, code, "--since", "2026-06-01"];
    it.desk.run(&status("2")).done();
    it.desk.run(&status("2")).refused(&["on record already", "2026-06-01"]);
    let shown = it.desk.json(&["person", "show", number]);
    for (collection, count) in [("placements", 2), ("certifications", 2)] {
        assert_eq!(shown[collection].as_array().map(Vec::len), Some(count), "{shown}");
    }
}

#[test]
fn nobody_is_certified_before_the_age_nor_placed_before_birth() {
    let it = Setting::new();
    let certify = ["person", "certify", &it.number, "--category", "1", "--since", "2026-02-01"];
    it.desk.run(&certify).refused(&["age of 50", "2030-01-01", "another category"]);
    let place =
        ["person", "place", &it.number, "--from", "1979-12-31", "--form", "10", "--evidence", "contract"];
    it.desk.run(&place).refused(&["before the birth date"]);
    let shown = it.desk.json(&["person", "show", &it.number]);
    assert_eq!((&shown["placements"], &shown["certifications"]), (&json!([]), &json!([])));
}

#[test]
fn a_placement_that_was_ended_by_mistake_is_recorded_again() {
    let it = Setting::new();
    let place =
        ["person", "place", &it.number, "--from", "2026-05-06", "--form", "10", "--evidence", "contract"];
    it.desk.run(&place).done();
    it.desk.run(&["person", "leave", &it.number, "--on", "2026-05-31"]).done();
    it.desk.run(&place).done();
    it.desk.run(&place).refused(&["on record already"]);
}
