//! A person is erased: everywhere, whatever arrives again, and the scores go on.

use std::{collections::BTreeMap, time::Duration};

use linli_tests::{COMMUNITY, Hub, Place, Realm, STREET, as_of, eventually, people_csv, table, verify_alone};
use serde_json::Value;

const PEOPLE: usize = 40;
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn what_is_erased_is_gone_everywhere_stays_gone_and_goes_on_being_counted() {
    let realm = Realm::begin();
    let [city, _district, street] = realm.serve_hubs();
    let desk = realm.place("desk");
    desk.run(&["join", &street.invite(COMMUNITY, "clerk")]).done();
    let other_desk = realm.join_by_files(&street.place, COMMUNITY, "clerk", "other-desk");
    // The desk learns of the other one, for whom it will write a bundle.
    desk.run(&["sync"]).done();
    let (csv, rows) = people_csv(PEOPLE, 11);
    let erased = whom(&csv);
    realm.write("cards.csv", csv);
    desk.json(&["import", "cards.csv"]);
    // A stick that is forgotten in a drawer, with everything as it was.
    for unit in [STREET, COMMUNITY] {
        desk.run(&["bundle", "export", "--for", unit, "--to", &drawer(unit)]).done();
    }
    synced(&desk);
    let before = scores(&city);
    city.place.run(&["snapshot", "create", "before.snapshot"]).done();
    let recomputed = |place: &Place| outcomes(&place.json(&["snapshot", "recompute", "before.snapshot"]));
    assert!(recomputed(&city.place).values().all(|outcome| outcome == "equal"));

    street.place.run(&["erase", &erased.number, "--reason", "asked for"]).refused(&["--yes"]);
    assert!(knows(&street.place, &erased.name), "nothing is erased without --yes");
    street.place.run(&["erase", &erased.number, "--reason", "asked for", "--yes"]).done();
    gone(&[&street.place, &desk, &city.place], &desk, &erased);

    // It arrives again: at a hub that has erased it, and at a device that never had it.
    street.place.run(&["bundle", "import", &drawer(STREET)]).done();
    other_desk.json(&["bundle", "import", &drawer(COMMUNITY)]);
    other_desk.run(&["sync", "--peer", &street.address]).done();
    desk.run(&["sync"]).done();
    gone(&[&street.place, &desk, &city.place, &other_desk], &desk, &erased);
    for place in [&street.place, &city.place, &desk, &other_desk] {
        let people = place.json(&["ledger", "person", "--unit", COMMUNITY]);
        assert_eq!(
            people.as_array().map(Vec::len),
            Some(rows),
            "the residue is counted: {}",
            place.data.display()
        );
        let list = place.json(&["erase", "--list"]);
        assert_eq!(list.as_array().map(Vec::len), Some(1), "the act is on record: {list}");
        assert_eq!(list[0]["reason"], "asked for");
    }
    desk.is_sound();
    other_desk.is_sound();

    assert_eq!(scores(&city), before, "a residue folds as the person did");
    let then = verify_alone(&realm.path().join("before.snapshot"), &realm.id).done().json();
    let cards = then["scorecards"].as_array().expect("the scorecards are listed");
    assert!(cards.iter().all(|card| card["equal"] == true), "the snapshot from before still proves itself");
    let now = recomputed(&city.place);
    assert_eq!(now[COMMUNITY], "not recomputable: 1 erased", "{now:?}");
    assert_eq!(now[STREET], "not recomputable: 1 erased", "{now:?}");
    assert!(now.values().any(|outcome| outcome == "equal"), "other units are as they were: {now:?}");
    city.place.run(&["snapshot", "create", "after.snapshot"]).done();
    verify_alone(&realm.path().join("after.snapshot"), &realm.id).done();
    assert!(
        outcomes(&city.place.json(&["snapshot", "recompute", "after.snapshot"]))
            .values()
            .all(|o| o == "equal")
    );
}

struct Person {
    name: String,
    number: String,
}

/// The first person of the file, by the headers.
fn whom(csv: &str) -> Person {
    let rows = table(csv);
    let cell = |header: &str| {
        let at = rows[0].iter().position(|found| found == header).expect("the file has this column");
        rows[1][at].clone()
    };
    Person { name: cell("姓名"), number: cell("公民身份号码") }
}

fn drawer(unit: &str) -> String {
    format!("drawer-{}.bundle", unit.replace('/', "-"))
}

/// Syncs until every level holds everything.
fn synced(desk: &Place) {
    eventually("every level holds everything", PATIENCE, || {
        let answer = desk.json(&["sync"]);
        let held = answer["held"].as_array().cloned().unwrap_or_default();
        let all = held.len() == 3 && held.iter().all(|one| one["held"] == one["entries"]);
        if all { Ok(()) } else { Err(answer.to_string()) }
    });
}

fn knows(place: &Place, name: &str) -> bool {
    let people = place.json(&["ledger", "person", "--unit", COMMUNITY]);
    people.as_array().into_iter().flatten().any(|row| row["name"] == name)
}

/// The person is at none of the places any more.
fn gone(places: &[&Place], desk: &Place, person: &Person) {
    eventually("the erasure reaches everybody", PATIENCE, || {
        desk.run(&["sync"]).done();
        let left = places.iter().find(|place| knows(place, &person.name));
        left.map_or(Ok(()), |place| Err(format!("{} has {}", place.data.display(), person.name)))
    });
    for place in places {
        let all = place.run(&["ledger", "person", "--unit", COMMUNITY, "--json"]).done().out.clone();
        assert!(!all.contains(&person.number), "{} has the number", place.data.display());
    }
}

/// What the city's scorecards say, without the digest, which covers the frontier.
fn scores(city: &Hub) -> BTreeMap<String, Value> {
    let answer = city.place.json(&["evaluate", "--unit", STREET, "--as-of", &as_of()]);
    let cards = answer["units"].as_array().cloned().unwrap_or_default();
    cards
        .into_iter()
        .map(|mut card| {
            card["digest"].take();
            (card["unit"].as_str().unwrap_or_default().to_owned(), card)
        })
        .collect()
}

fn outcomes(cards: &Value) -> BTreeMap<String, String> {
    let of = |card: &Value, field: &str| card[field].as_str().unwrap_or_default().to_owned();
    cards.as_array().into_iter().flatten().map(|card| (of(card, "unit"), of(card, "recomputed"))).collect()
}
