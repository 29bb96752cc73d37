//! What comes beside and after recognition: a declaration taken back, a contested miss, a re-check that fails.

use linli_tests::{COMMUNITY, Place};
use serde_json::Value;

use crate::city::{City, ago, stands};

/// Takes a step about the community, with more words.
fn step(place: &Place, step: &str, words: &[&str]) -> Value {
    place.json(&[&["assess", step, "--unit", COMMUNITY], words].concat())
}

fn refused(place: &Place, step: &str, words: &[&str], texts: &[&str]) {
    let words = [&["assess", step, "--unit", COMMUNITY], words].concat();
    place.run(&words).refused(texts);
}

#[test]
fn a_recognition_that_fails_its_recheck_ends_once_the_days_to_mend_are_over() {
    let city = City::begin();
    city.records_that_meet();
    let (community, street, district, top) =
        (&city.community, &city.street, &city.district, &city.realm.city);
    community.json(&["assess", "declare", "--day", &ago(150)]);
    city.up();
    step(street, "review", &["--result", "passed", "--day", &ago(148)]);
    city.up();
    step(district, "check", &["--result", "passed", "--day", &ago(140)]);
    city.up();
    step(top, "inspect", &["--day", &ago(125)]);
    step(top, "publish", &["--day", &ago(120)]);
    let recognised = step(top, "decide", &["--result", "recognised", "--day", &ago(100)]);
    assert_eq!(recognised["standing"], "recognised", "{recognised}");
    city.down();

    refused(street, "recheck", &["--result", "fails", "--day", &ago(90)], &["district"]);
    let failed = step(district, "recheck", &["--result", "fails", "--day", &ago(90), "--note", "台账不实"]);
    assert_eq!(failed["standing"], "recheck_failed", "{failed}");
    city.up();
    refused(top, "end", &["--result", "not_mended", "--day", &ago(88)], &["does not follow"]);
    let ordered = step(top, "order", &["--day", &ago(85), "--note", "限期整改"]);
    assert_eq!(ordered["standing"], "mending", "{ordered}");
    refused(top, "end", &["--result", "not_mended", "--day", &ago(40)], &["not before"]);
    let ended = step(top, "end", &["--result", "not_mended", "--day", &ago(20)]);
    assert_eq!(ended["standing"], "withdrawn", "{ended}");
    city.down();
    let told = stands(community);
    assert_eq!((&told["standing"], &told["ended"]), (&"withdrawn".into(), &ago(20).into()), "{told}");
    assert_eq!(told["frozen"].as_array().map(Vec::len), Some(1), "the published score stays: {told}");
    community.run(&["assess", "declare"]).refused(&["not saved"]);
}

#[test]
fn a_contested_miss_that_is_upheld_has_the_city_inspect_again() {
    let city = City::begin();
    city.records_that_meet();
    let (community, street, district, top) =
        (&city.community, &city.street, &city.district, &city.realm.city);
    community.json(&["assess", "declare", "--day", &ago(60)]);
    let withdrawn = community.json(&["assess", "withdraw", "--day", &ago(59)]);
    assert_eq!(withdrawn["standing"], "declaration_withdrawn", "{withdrawn}");
    community.run(&["assess", "withdraw"]).refused(&["no declaration to withdraw"]);
    community.json(&["assess", "declare", "--day", &ago(58)]);
    city.up();
    step(street, "review", &["--result", "passed", "--day", &ago(56)]);
    city.up();
    step(district, "check", &["--result", "passed", "--day", &ago(50)]);
    city.up();
    let failed = step(top, "inspect", &["--day", &ago(35), "--fails", "--note", "台账不实"]);
    assert_eq!(failed["standing"], "does_not_meet", "{failed}");
    city.down();

    let subjects = community.json(&["explain", COMMUNITY, "C10"]);
    let subject = subjects[0]["subject"].as_str().expect("somebody is counted").to_owned();
    let unknown = ["assess", "appeal", "--item", "C99", "--subject", &subject, "--reason", "合同已补"];
    community.run(&unknown).refused(&["no item `C99`", "C01 C02"]);
    let contest = ["assess", "appeal", "--item", "C10", "--subject", &subject, "--reason", "合同已补"];
    let contested = community.json(&[&contest[..], &["--day", &ago(33)]].concat());
    let about = contested["document"].as_str().expect("an appeal is a document").to_owned();
    city.up();
    let upheld = ["--about", &about, "--result", "upheld", "--day", &ago(30)];
    refused(street, "appeal", &upheld, &["city"]);
    step(top, "appeal", &upheld);
    let due = stands(top)["due"][0].clone();
    assert_eq!((&due["step"], &due["by"]), (&"inspection".into(), &"city".into()), "{due}");
    let again = step(top, "inspect", &["--day", &ago(28)]);
    assert_eq!(again["standing"], "met", "{again}");
    city.down();
    assert_eq!(stands(community), stands(top), "the community and the city see the same");
    // It was never recognised, so that no recognition ends.
    let struck = top.run(&["assess", "end", "--unit", COMMUNITY, "--result", "falsified"]);
    let told = &struck.done().out;
    assert!(told.contains("striking off recorded") && told.contains("never recognised"), "{told}");
}
