//! A community's old lists come in with one command, however long they are.

use std::time::Instant;

use linli_tests::{COMMUNITY, Realm, card_numbers, people_csv, say};

const PEOPLE: usize = 10_000;

#[test]
fn ten_thousand_people_come_in_with_one_command_and_only_once() {
    let realm = Realm::begin();
    let desk = realm.join_by_files(&realm.city, COMMUNITY, "clerk", "desk");
    let (csv, rows) = people_csv(PEOPLE, 11);
    assert!(rows >= PEOPLE);
    realm.write("people.csv", &csv);
    let cards = card_numbers(&csv).len();

    let begun = Instant::now();
    let first = desk.json(&["import", "people.csv"]);
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!((&first["rows"], &first["refused_rows"]), (&rows.into(), &0.into()), "{}", first["refused"]);
    assert_eq!((&first["people"]["new"], &first["cards"]["new"]), (&rows.into(), &cards.into()));
    let before = desk.json(&["status"]);
    assert_eq!((&before["people"], &before["households"]), (&rows.into(), &cards.into()));
    assert_eq!(before["left_out"].as_array().map(Vec::len), Some(0));

    let again = desk.json(&["import", "people.csv"]);
    assert_eq!((&again["people"]["unchanged"], &again["cards"]["unchanged"]), (&rows.into(), &cards.into()));
    assert_eq!(again["entries"], 0, "{again}");
    assert_eq!(desk.json(&["status"])["entries"], before["entries"], "the second run adds nothing");
    say(&format!("{rows} people in {seconds:.1} s"));
}
