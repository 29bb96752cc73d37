//! The road to recognition in a city with real scores: declared, reviewed, checked, inspected, published, held by
//! an objection, recognised; one refusal to skip a step, and nobody decides about their own unit.

mod after;
mod city;

use city::{City, ago, finding, stands};
use linli_tests::{COMMUNITY, STREET, as_of};
use serde_json::json;

#[test]
fn a_community_goes_the_whole_road_and_nobody_goes_it_alone() {
    let city = City::begin();
    city.records_that_meet();
    let (community, street, district, top) =
        (&city.community, &city.street, &city.district, &city.realm.city);

    let declared = community.json(&["assess", "declare", "--day", &ago(60)]);
    assert_eq!(declared["standing"], "declared", "{declared}");
    community.run(&["assess", "declare"]).refused(&["declared", "assess status"]);
    city.up();
    let due = stands(street)["due"][0].clone();
    assert_eq!((&due["step"], &due["by"]), (&"first_review".into(), &"street".into()));
    assert_eq!((&due["overdue"], &due["escalated_to"]), (&true.into(), &"district".into()), "sixty days ago");

    // Nobody about themselves, nobody in another's place, no step before its turn.
    let about = ["--unit", COMMUNITY];
    community
        .run(&[&["assess", "review", "--result", "passed"], &about[..]].concat())
        .refused(&["nobody reviews"]);
    street.run(&["assess", "review", "--result", "passed", "--unit", STREET]).refused(&["nobody reviews"]);
    street.run(&[&["assess", "decide", "--result", "recognised"], &about[..]].concat()).refused(&["city"]);
    top.run(&[&["assess", "decide", "--result", "recognised"], &about[..]].concat())
        .refused(&["`declared`", "does not follow"]);

    let passed = ["--result", "passed", "--unit", COMMUNITY, "--day"];
    assert_eq!(
        street.json(&[&["assess", "review"], &passed[..], &[&ago(58)]].concat())["standing"],
        "reviewed"
    );
    city.up();
    let checked = district.json(&[&["assess", "check"], &passed[..], &[&ago(50)]].concat());
    assert_eq!(checked["standing"], "checked", "{checked}");
    city.up();
    city.inspected_published_and_held();
    city.down();
    let told = stands(community);
    assert_eq!((&told["standing"], &told["recognised"]), (&"recognised".into(), &as_of().into()), "{told}");
    assert_eq!(told["without_effect"], json!({}), "{told}");
    assert_eq!(told, stands(top), "the community and the city see the same");
    city.reported();

    for place in [community, street, district, top] {
        place.is_sound();
    }
}

#[test]
fn whoever_has_the_records_draws_the_same_people_by_the_same_seed() {
    let city = City::begin();
    city.community.run(&["generate", "--households", "30"]).done();
    city.up();
    let sample = ["assess", "sample", "--unit", COMMUNITY, "--item", "C06", "--seed", "7"];
    let drawn = city.realm.city.json(&sample);
    let again = city.community.json(&[&sample[..], &["--show"]].concat());
    for what in ["subjects", "frame", "frame_digest"] {
        assert_eq!(drawn[what], again[what], "{what}");
    }
    assert_eq!(drawn["subjects"].as_array().map(Vec::len), Some(30));
    assert!(drawn["document"].is_string() && again["document"].is_null());
    city.community.run(&sample).refused(&["nobody inspects their own unit"]);
    city.realm
        .city
        .run(&["assess", "sample", "--unit", COMMUNITY, "--item", "C01"])
        .refused(&["C06", "not sampled"]);
}

impl City {
    fn inspected_published_and_held(&self) {
        let top = &self.realm.city;
        let about = |words: &[&str]| {
            let words = [&["assess"], words, &["--unit", COMMUNITY]].concat();
            top.run(&[&words[..], &["--json"]].concat())
        };
        about(&["publish"]).refused(&["`checked`"]);
        let inspected = about(&["inspect", "--day", &ago(35)]).done().json();
        assert_eq!(
            (&inspected["result"], &inspected["standing"]),
            (&"meets".into(), &"met".into()),
            "{inspected}"
        );
        let published = about(&["publish", "--day", &ago(30), "--newspaper", "镇江日报"]).done().json();
        assert_eq!(published["units"], json!([COMMUNITY]), "{published}");

        let objection = about(&["object", "--day", &ago(30), "--note", "电话"]).done().json();
        let objection = objection["document"].as_str().expect("an objection is a document").to_owned();
        assert_eq!(stands(top)["standing"], "held");
        let decide = ["decide", "--result", "recognised"];
        about(&decide).refused(&["an objection is open"]);
        let answer = |result: &str, days: i64| {
            about(&["object", "--about", &objection, "--result", result, "--day", &ago(days)])
        };
        answer("dismissed", 29).refused(&["not there"]);
        answer("accepted", 29).done();
        answer("dismissed", 28).done();
        about(&["decide", "--result", "recognised", "--day", &ago(27)]).refused(&["not before"]);

        let frozen = stands(top)["frozen"].clone();
        assert_eq!(frozen[0]["scorecard"], inspected["scorecard"], "{frozen}");
        assert_eq!(about(&decide).done().json()["standing"], "recognised");
        let listed = top.json(&["ledger", "published_unit"]);
        assert_eq!(listed[0]["published"], COMMUNITY, "{listed}");

        // What is found later makes another score and leaves the published one as it is.
        finding(top, &self.checks()[0], "hit=no");
        let scored = top.json(&["evaluate", "--unit", COMMUNITY])["units"][0].clone();
        assert_ne!(scored["digest"], inspected["scorecard"], "{scored}");
        assert_eq!(stands(top)["frozen"], frozen);
    }

    /// The report on the programme counts what happened here, names the unit and leads from each number to where it comes from.
    fn reported(&self) {
        let top = &self.realm.city;
        let told = top.json(&["report", "--html", "report.html", "--docx", "report.docx"]);
        let number = |id: &str| {
            let numbers = told["numbers"].as_array().expect("numbers are a list");
            numbers.iter().find(|number| number["id"] == id).unwrap_or_else(|| panic!("{id}: {told}")).clone()
        };
        for (id, value) in [
            ("communities.declared", 1),
            ("communities.declared_met", 1),
            ("communities.inspected", 1),
            ("communities.published", 1),
            ("communities.recognised", 1),
            ("communities.met_undeclared", 0),
            ("communities.in_programme", 178),
            ("streets.in_programme", 13),
            ("communities", 769),
            ("cards", 40),
        ] {
            assert_eq!(number(id)["value"], value, "{id}");
        }
        let scored = top.json(&["evaluate"]);
        let of_item = |what: &str| -> u64 {
            let units = scored["units"].as_array().into_iter().flatten();
            let items = units.flat_map(|unit| unit["items"].as_array().into_iter().flatten());
            let parts = items.filter(|item| item["id"] == "C10").map(|item| item["parts"][0][what].as_u64());
            parts.map(Option::unwrap_or_default).sum()
        };
        assert_eq!(number("C10.placed.n")["value"], of_item("n"));
        assert!(of_item("n") > 0);
        let page = std::fs::read_to_string(self.realm.path().join("report.html")).expect("the page is there");
        let name = stands(top)["name"].as_str().expect("the unit has a name").to_owned();
        for text in [
            name.as_str(),
            "<a href=\"#communities.recognised\">1</a>",
            "id=\"communities.recognised\"",
            "FROM placement w",
        ] {
            assert!(page.contains(text), "{text}");
        }
        for shown in told["shown"].as_array().expect("what is shown is a list") {
            let row = format!("<tr id=\"{}\">", shown.as_str().expect("ids are texts"));
            assert!(page.contains(&row), "{row}");
        }
        let document = std::fs::read(self.realm.path().join("report.docx")).expect("the document is there");
        assert_eq!(&document[..2], b"PK");
        let explain = number("C10.placed.n")["source"]["command"].as_str().unwrap_or_default().to_owned();
        let words: Vec<&str> = explain.split_whitespace().skip(1).collect();
        assert_eq!(&words[..3], ["explain", COMMUNITY, "C10"], "{explain}");
        assert_eq!(
            top.json(&words).as_array().map(Vec::len).map(|n| n as u64),
            Some(of_item("n")),
            "as it stands"
        );
        top.run(&["report", "--number", "ghost"]).refused(&["`ghost`", "--json"]);
        top.run(&["report", "--year", "2199"]).refused(&["--year"]);
        self.realm.write("own.toml", "title = \"{unit}\"\nopening = \"{ghost}\"\nsection = []\n");
        top.run(&["report", "--template", "own.toml"]).refused(&["`ghost`", "README"]);
    }
}
