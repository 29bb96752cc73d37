//! A bureau changes a threshold in text files, and nothing is built again: checked, published at the city's hub,
//! sent down, and scored by at every level; a district may ask for more and never for less.

use std::{fs, path::Path, time::Duration};

use linli_tests::{
    CITY, COMMUNITY, DISTRICT, Hub, Place, Realm, STREET, as_of, eventually, people_csv, table, verify_alone,
};
use serde_json::Value;

/// Five are out of work and four of them placed: 80%, which is enough until the bureau asks for 85%.
const PEOPLE: usize = 5;
const PLACED: usize = 4;
const PATIENCE: Duration = Duration::from_mins(1);
const H1: (&str, &str) =
    ("at = \"0.80\" }\nmeasure = \"placed\"\nrows = \"d1\"", "measure = \"placed\"\nrows = \"d1\"");

#[test]
fn a_bureau_changes_a_threshold_as_text_and_every_level_scores_by_it() {
    let realm = Realm::begin();
    let [city, district, street] = realm.serve_hubs();
    people_of_whom_four_in_five_are_placed(&realm, &street);
    eventually("the people reach the city", PATIENCE, || {
        let people = city.place.json(&["ledger", "person", "--unit", COMMUNITY]);
        let found = people.as_array().map_or(0, Vec::len);
        if found == PEOPLE { Ok(()) } else { Err(format!("{found} of {PEOPLE}")) }
    });

    city.place.run(&["standard", "export", "community", "ours"]).done();
    a_pack_with_mistakes_is_refused_with_every_place(&city.place);
    set_h1(&city.place.directory.join("ours"), "0.80", "0.85");
    let checked = city.place.json(&["standard", "check", "ours"]);
    assert_eq!((&checked["sound"], &checked["hard_points"]), (&true.into(), &"55.00".into()), "{checked}");
    street
        .place
        .run(&["standard", "publish", "ours"])
        .refused(&["the city and its districts publish standards"]);
    let published = city.place.json(&["standard", "publish", "ours"]);
    assert_eq!((&published["unit"], &published["hash"]), (&CITY.into(), &checked["hash"]), "{published}");
    let again = city.place.json(&["standard", "publish", "ours"]);
    assert_eq!((&again["new"], &again["hash"]), (&false.into(), &checked["hash"]), "{again}");

    set_h1(&city.place.directory.join("ours"), "0.85", "0.86");
    let hash = checked["hash"].as_str().expect("a hash is text");
    city.place.run(&["standard", "publish", "ours"]).refused(&[
        "is published already",
        hash,
        "raise the version in standard.toml",
    ]);

    let day = in_force_below(&street, CITY, &checked["hash"]);
    for hub in [&city, &district, &street] {
        let card = scored(&hub.place, &day, &day);
        assert_eq!((&card["standard_hash"], h1(&card)), (&checked["hash"], "fails"), "{card}");
        // The pack of a period is fixed on its first day: one that began before goes on by the standard it had.
        let card = scored(&hub.place, &before(&day), &day);
        assert_ne!(card["standard_hash"], checked["hash"]);
        assert_eq!(h1(&card), "passes", "{card}");
    }
    let shown =
        street.place.run(&["explain", COMMUNITY, "C10", "--start", &day, "--as-of", &day]).done().out.clone();
    assert!(!shown.is_empty());

    a_district_may_ask_for_more_and_not_for_less(&district, &street, &day);
    a_snapshot_carries_the_packs_and_is_verified_by_them(&realm, &city, &day);
}

fn people_of_whom_four_in_five_are_placed(realm: &Realm, street: &Hub) {
    let desk = realm.place("desk");
    desk.json(&["join", &street.invite(COMMUNITY, "clerk")]);
    let people = table(&people_csv(60, 5).0);
    let column =
        |name: &str| people[0].iter().position(|header| header == name).expect("the file has the column");
    let taken = [
        "户卡编号",
        "户别",
        "居住地址",
        "建卡日期",
        "姓名",
        "公民身份号码",
        "与户主关系",
        "性别",
        "出生日期",
    ];
    let columns: Vec<usize> = taken.iter().map(|name| column(name)).collect();
    let (card, number) = (column("户卡编号"), column("公民身份号码"));
    let mut chosen: Vec<&Vec<String>> = Vec::new();
    for row in &people[1..] {
        if !row[number].is_empty()
            && chosen.len() < PEOPLE
            && chosen.iter().all(|other| other[card] != row[card])
        {
            chosen.push(row);
        }
    }
    let since = "2026-01-05";
    let mut lines = vec![format!("{},就业状况,状况起始日期\n", taken.join(","))];
    for row in &chosen {
        let cells: Vec<&str> = columns.iter().map(|at| row[*at].as_str()).collect();
        lines.push(format!("{},2,{since}\n", cells.join(",")));
    }
    realm.write("people.csv", lines.concat());
    let taken = desk.json(&["import", "people.csv"]);
    assert_eq!((&taken["people"]["new"], &taken["refused_rows"]), (&PEOPLE.into(), &0.into()), "{taken}");
    for row in &chosen[..PLACED] {
        let place =
            ["person", "place", &row[number], "--from", since, "--form", "10", "--evidence", "contract"];
        desk.run(&[&place[..], &["--keep-status"]].concat()).done();
        desk.run(&["visit", &row[card], "--result", "在岗"]).done();
    }
    desk.run(&["sync"]).done();
}

fn set_h1(pack: &Path, from: &str, to: &str) {
    let file = pack.join("standard.toml");
    let text = fs::read_to_string(&file).expect("the pack has a heading");
    let rule = |at: &str| H1.0.replace("0.80", at);
    assert!(text.contains(&rule(from)) && rule(from).ends_with(H1.1), "H1 stands at {from}");
    fs::write(&file, text.replacen(&rule(from), &rule(to), 1)).expect("the pack can be written");
}

fn a_pack_with_mistakes_is_refused_with_every_place(city: &Place) {
    city.run(&["standard", "export", "community", "broken"]).done();
    let edit = |name: &str, from: &str, to: &str| {
        let file = city.directory.join("broken").join(name);
        let text = fs::read_to_string(&file).expect("the pack has the file");
        assert!(text.contains(from), "{from}");
        let line = text[..text.find(from).expect("it is there")].lines().count().max(1);
        fs::write(&file, text.replacen(from, to, 1)).expect("the pack can be written");
        line
    };
    edit("standard.toml", "points = \"25\"\nmethod", "points = \"26\"\nmethod");
    let hard = edit("standard.toml", "hard_points = \"55\"", "hard_points = \"54\"");
    let sql = edit("measures/placed.sql", "u.in_d1 = 1", "u.in_d1 LIKE '1'");
    let outcome = city.run(&["standard", "check", "broken", "--json"]);
    let problems = outcome.partly().json()["problems"].as_array().cloned().unwrap_or_default();
    let told = |file: &str, line: usize, says: &str| {
        problems.iter().any(|problem| {
            problem["file"] == file
                && problem["line"].as_u64().is_some_and(|at| at.abs_diff(line as u64) <= 1)
                && problem["problem"].as_str().is_some_and(|text| text.contains(says))
        })
    };
    assert!(told("standard.toml", hard, "instead of 54.00"), "{problems:#?}");
    assert!(told("measures/placed.sql", sql, "LIKE"), "{problems:#?}");
    assert!(
        problems.iter().any(|p| p["problem"].as_str().is_some_and(|text| text.contains("item C10"))),
        "{problems:#?}"
    );
    city.run(&["standard", "publish", "broken"]).refused(&["LIKE", "instead of 54.00"]);
}

/// Waits until a pack of a unit is in force at a hub, and returns the day from which it counts.
fn in_force_below(hub: &Hub, unit: &str, hash: &Value) -> String {
    eventually("the standard comes down", PATIENCE, || {
        let today = as_of();
        let listed = hub.place.json(&["standard", "list", "--start", &today, "--as-of", &today]);
        let found = listed.as_array().into_iter().flatten().find(|one| one["hash"] == *hash);
        let found = found.ok_or_else(|| listed.to_string())?;
        assert_eq!((&found["unit"], &found["origin"]), (&unit.into(), &"published".into()), "{found}");
        if found["effect"] == "in_force" && found["units_scored"].as_u64() > Some(0) {
            Ok(found["since"].as_str().expect("a published pack has a day").to_owned())
        } else {
            Err(found.to_string())
        }
    })
}

fn scored(place: &Place, start: &str, end: &str) -> Value {
    let answer = place.json(&["evaluate", "--unit", COMMUNITY, "--start", start, "--as-of", end]);
    let card =
        answer["units"].as_array().and_then(|cards| cards.iter().find(|card| card["unit"] == COMMUNITY));
    card.expect("the community is scored").clone()
}

fn h1(card: &Value) -> &str {
    let vetoes = card["vetoes"].as_array().into_iter().flatten();
    vetoes
        .clone()
        .find(|veto| veto["id"] == "H1")
        .and_then(|veto| veto["state"].as_str())
        .expect("H1 is there")
}

fn before(day: &str) -> String {
    let number = linli_model::date::day_of_iso(day).expect("a day");
    linli_model::date::from_day_number(number - 1).map(linli_model::date::to_iso).expect("the day before")
}

fn a_district_may_ask_for_more_and_not_for_less(district: &Hub, street: &Hub, day: &str) {
    let place = &district.place;
    let citys = scored(place, day, day)["standard_hash"].clone();
    let exported = place.json(&["standard", "export", "community", "districts"]);
    assert_eq!(exported["hash"], citys, "a district begins with the city's");
    let pack = place.directory.join("districts");
    set_h1(&pack, "0.85", "0.84");
    place
        .run(&["standard", "publish", "districts"])
        .refused(&["item C10, part placed: at 0.84 is lower than the city's 0.85", "may only tighten"]);
    assert_eq!(scored(place, day, day)["standard_hash"], citys);

    set_h1(&pack, "0.84", "0.90");
    let own = place.json(&["standard", "check", "districts"]);
    let published = place.run(&["standard", "publish", "districts"]);
    let told = &published.done().err;
    assert!(told.contains("compared with the last one of the city's that came here"), "{told}");
    let listed = place.run(&["standard", "list"]);
    assert!(listed.done().err.contains("as far as it has come here"), "{}", listed.err);
    in_force_below(street, DISTRICT, &own["hash"]);
    let card = scored(&street.place, day, day);
    assert_eq!(card["standard_hash"], own["hash"], "{card}");
    assert_ne!(own["hash"], citys);
}

fn a_snapshot_carries_the_packs_and_is_verified_by_them(realm: &Realm, city: &Hub, day: &str) {
    let verified = eventually("the city scores by the district's standard", PATIENCE, || {
        let hash = scored(&city.place, day, day)["standard_hash"].clone();
        city.place.run(&["snapshot", "create", "s.snapshot", "--start", day, "--as-of", day]).done();
        let verified = verify_alone(&realm.path().join("s.snapshot"), &realm.id).done().json();
        let hashes: Vec<&Value> = verified["standards"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|standard| &standard["hash"])
            .collect();
        if hashes.contains(&&hash) && hashes.len() == 3 {
            Ok(verified)
        } else {
            Err(format!("{hash} {hashes:?}"))
        }
    });
    let cards = verified["scorecards"].as_array().cloned().unwrap_or_default();
    assert!(
        cards.iter().any(|card| card["unit"] == STREET) && cards.iter().all(|card| card["equal"] == true)
    );
    let again = city.place.json(&["snapshot", "recompute", "s.snapshot"]);
    assert!(
        again.as_array().is_some_and(|cards| cards.iter().all(|card| card["recomputed"] == "equal")),
        "{again}"
    );
}
