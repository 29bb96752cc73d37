//! The README's five minutes by hand, as a newcomer types them, with a district and a street between.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use calamine::{Reader as _, Xlsx, open_workbook};
use linli_tests::{
    CITY, COMMUNITY, DISTRICT, Hub, Place, Realm, STREET, as_of, eventually, people_csv, table, verify_alone,
};
use rust_xlsxwriter::Workbook;
use serde_json::Value;

const PEOPLE: usize = 60;
/// Receipts of three levels come within this time; on an idle machine it takes less than a second.
const RECEIPTS_PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn a_city_set_up_by_hand_scores_its_people_alike_everywhere_and_proves_it() {
    let realm = Realm::begin();
    let [city, district, street] = realm.serve_hubs();
    let desk = a_clerk_joins(&realm, &street);
    let rows = a_filled_template_goes_in_once(&realm, &desk);
    every_hub_says_that_it_holds_the_work(&desk);
    for hub in [&city, &district, &street] {
        let status = hub.place.json(&["status"]);
        assert_eq!((&status["people"], &status["serving"]), (&rows.into(), &true.into()), "{status}");
        assert_eq!(status["left_out"], Value::from(Vec::<Value>::new()));
        let people = hub.place.json(&["ledger", "person", "--unit", COMMUNITY]);
        assert_eq!(people.as_array().map(Vec::len), Some(rows), "the ledger has a row for each person");
    }
    let score = city_and_street_score_alike(&city, &street);
    every_score_follows_from_the_rows_that_explain_it(&city, &score);
    a_snapshot_needs_nothing_but_itself(&realm, &city);
    for mut hub in [street, district, city] {
        hub.stop().done();
    }
}

fn a_clerk_joins(realm: &Realm, street: &Hub) -> Place {
    let desk = realm.place("desk");
    let code = street.invite(COMMUNITY, "clerk");
    let joined = desk.json(&["join", &code, "--label", "front desk"]);
    assert_eq!((&joined["unit"], &joined["realm"]), (&COMMUNITY.into(), &realm.id.as_str().into()));
    let devices = street.place.json(&["devices", "--unit", COMMUNITY]);
    let labels: Vec<&Value> =
        devices.as_array().into_iter().flatten().map(|device| &device["label"]).collect();
    assert_eq!(labels, ["front desk"], "the hub knows whom it enrolled");
    desk
}

/// Returns how many people were on the sheet.
fn a_filled_template_goes_in_once(realm: &Realm, desk: &Place) -> usize {
    desk.run(&["import", "--template", "cards.xlsx"]).done();
    let rows = fill(&realm.path().join("cards.xlsx"));
    let first = desk.json(&["import", "cards.xlsx"]);
    assert_eq!((&first["rows"], &first["refused_rows"]), (&rows.into(), &0.into()), "{first}");
    assert_eq!(first["people"]["new"], rows, "{first}");
    let entries = desk.json(&["status"])["entries"].clone();
    let again = desk.json(&["import", "cards.xlsx"]);
    for what in ["cards", "people"] {
        assert_eq!((&again[what]["new"], &again[what]["changed"]), (&0.into(), &0.into()), "{again}");
    }
    assert_eq!(again["people"]["unchanged"], rows, "{again}");
    assert_eq!(desk.json(&["status"])["entries"], entries, "the second import adds no entry");
    rows
}

/// Fills the template in: each cell below the Chinese header that it belongs to.
fn fill(template: &Path) -> usize {
    let (csv, rows) = people_csv(PEOPLE, 7);
    let people = table(&csv);
    let mut workbook: Xlsx<_> = open_workbook(template).expect("the template is a workbook");
    let sheet = workbook.worksheet_range_at(0).expect("it has a first sheet").expect("which can be read");
    let headers: Vec<String> =
        sheet.rows().next().expect("the template has headers").iter().map(ToString::to_string).collect();
    let mut filled = Workbook::new();
    let sheet = filled.add_worksheet();
    for (at, header) in (0u16..).zip(&headers) {
        sheet.write_string(0, at, header).expect("a header fits in a cell");
        let Some(column) = people[0].iter().position(|other| other == header) else { continue };
        for (row, person) in (1u32..).zip(&people[1..]) {
            sheet.write_string(row, at, &person[column]).expect("a value fits in a cell");
        }
    }
    let unknown: Vec<&String> = people[0].iter().filter(|header| !headers.contains(header)).collect();
    assert!(unknown.is_empty(), "the template lacks {unknown:?}");
    filled.save(template).expect("the workbook can be written");
    rows
}

fn every_hub_says_that_it_holds_the_work(desk: &Place) {
    let first = desk.json(&["sync"]);
    assert_eq!(first["declined"], Value::from(Vec::<Value>::new()), "{first}");
    eventually("receipts of street, district and city", RECEIPTS_PATIENCE, || {
        let synced = desk.json(&["sync"]);
        let held = synced["held"].as_array().cloned().unwrap_or_default();
        let units: Vec<&str> = held.iter().filter_map(|one| one["unit"].as_str()).collect();
        assert_eq!(units, [STREET, DISTRICT, CITY], "each level is named, the nearest first");
        let all = held.iter().all(|one| one["entries"].as_u64() > Some(0) && one["held"] == one["entries"]);
        if all { Ok(()) } else { Err(synced.to_string()) }
    });
    let shown = desk.run(&["status"]).done().out.clone();
    for unit in [STREET, DISTRICT, CITY] {
        assert!(shown.contains(unit), "{shown}");
    }
}

/// Returns the city's scorecards by unit.
fn city_and_street_score_alike(city: &Hub, street: &Hub) -> BTreeMap<String, Value> {
    let as_of = as_of();
    let evaluate = |hub: &Hub| {
        let answer = hub.place.json(&["evaluate", "--unit", STREET, "--as-of", &as_of]);
        let cards = answer["units"].as_array().cloned().unwrap_or_default();
        let cards: BTreeMap<String, Value> = cards
            .into_iter()
            .map(|card| (card["unit"].as_str().unwrap_or_default().to_owned(), card))
            .collect();
        (answer["official"].clone(), cards)
    };
    // A digest also covers which entries were there, receipts among them, and these still travel for a moment
    // after the last edit. What was counted is the same all the while.
    eventually("city and street score to the same bytes", RECEIPTS_PATIENCE, || {
        let (official, cards) = evaluate(city);
        let (provisional, same) = evaluate(street);
        assert_eq!((official, provisional), (true.into(), false.into()), "the city alone scores officially");
        assert!(cards.contains_key(STREET) && cards.contains_key(COMMUNITY), "both levels are scored");
        assert_eq!(without_digests(&cards), without_digests(&same), "the same records give the same scores");
        if cards == same { Ok(cards) } else { Err("the digests differ".to_owned()) }
    })
}

fn without_digests(cards: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut cards = cards.clone();
    for card in cards.values_mut() {
        assert!(card["digest"].take().is_string(), "every scorecard has a digest");
    }
    cards
}

fn every_score_follows_from_the_rows_that_explain_it(city: &Hub, cards: &BTreeMap<String, Value>) {
    let as_of = as_of();
    let (mut counted, mut written) = (0, 0);
    for item in cards[COMMUNITY]["items"].as_array().into_iter().flatten() {
        let id = item["id"].as_str().expect("an item has an id");
        let subjects = city.place.json(&["explain", COMMUNITY, id, "--as-of", &as_of]);
        for row in subjects.as_array().into_iter().flatten().filter(|row| is_document(&row["ref"])) {
            let by = &row["written"];
            let (entry, unit) = (by["entry"].as_str(), by["by_unit"].as_str());
            assert_eq!(entry.map(str::len), Some(64), "a record has an entry that wrote it: {row}");
            assert!(unit.is_some_and(|unit| unit.starts_with(CITY)) && by["time"].is_string(), "{row}");
            written += 1;
        }
        for part in item["parts"].as_array().into_iter().flatten() {
            let rows = || {
                let rows = subjects.as_array().into_iter().flatten();
                rows.filter(|row| row["part"] == part["id"] && row["disproof"].is_null())
            };
            let weight = |row: &Value| row["weight"].as_u64().expect("a weight is a number");
            let hits: u64 = rows().filter(|row| row["hit"] == true).map(weight).sum();
            let all: u64 = rows().filter(|row| !row["hit"].is_null()).map(weight).sum();
            assert_eq!((&part["hits"], &part["n"]), (&hits.into(), &all.into()), "{id}: {part}");
            counted += all;
        }
    }
    assert!(
        counted > 0 && written > 0,
        "people were counted, and somebody wrote what they were counted from"
    );
}

fn is_document(reference: &Value) -> bool {
    let hex = |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    reference.as_str().is_some_and(hex)
}

fn a_snapshot_needs_nothing_but_itself(realm: &Realm, city: &Hub) {
    let created = city.place.json(&["snapshot", "create", "audit.linli"]);
    let shown = city.place.json(&["realm", "show"]);
    assert_eq!(shown["realm"], realm.id.as_str());
    let file = realm.path().join("audit.linli");
    let bytes = fs::read(&file).expect("the snapshot was written");
    assert_eq!(created["bytes"], bytes.len());
    let verified = verify_alone(&file, &realm.id).done().json();
    assert_eq!((&verified["verified"], &verified["unit"]), (&true.into(), &CITY.into()));
    let cards = verified["scorecards"].as_array().expect("the scorecards are listed");
    assert!(cards.iter().any(|card| card["unit"] == COMMUNITY));
    assert!(cards.iter().all(|card| card["equal"] == true), "each score is computed again");

    let changed = realm.path().join("changed.linli");
    for at in [0, bytes.len() / 4, bytes.len() / 2, bytes.len() - 1] {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        fs::write(&changed, bytes).expect("a file can be written in a temporary directory");
        verify_alone(&changed, &realm.id).refused(&["error: "]);
    }
    let other = "0".repeat(64);
    verify_alone(&file, &other).refused(&[&realm.id, &other, "check the realm id"]);
}
