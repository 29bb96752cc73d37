//! A community's lists come in from workbooks, its ledgers go out as files, and a labour market's vacancies come in batches.

use std::fs;

use linli_tests::{COMMUNITY, Place, Realm, STREET};
use serde_json::Value;

const PEOPLE: &str = "户卡编号,姓名,公民身份号码,与户主关系,就业状况,状况起始日期\n\
    32110200400100001,王芳,11010519491231002X,户主,登记失业,2026-03-10\n";

/// A street's hub and a clerk's desk of one of its communities, with one card.
fn street_and_desk(realm: &Realm) -> (Place, Place) {
    let street = realm.join_by_files(&realm.city, STREET, "hub", "street");
    let desk = realm.join_by_files(&street, COMMUNITY, "clerk", "desk");
    realm.write("cards.csv", PEOPLE);
    desk.run(&["import", "cards.csv"]).done();
    (street, desk)
}

fn rows(place: &Place, ledger: &str, more: &[&str]) -> Vec<Value> {
    let answer = place.json(&[&["ledger", ledger], more].concat());
    answer.as_array().expect("a ledger answers with rows").clone()
}

#[test]
fn lists_come_in_by_their_headers_and_ledgers_go_out_as_files() {
    let realm = Realm::begin();
    let (street, desk) = street_and_desk(&realm);
    assert_eq!(rows(&desk, "L05", &[]).len(), 1);
    assert_eq!(rows(&desk, "L05", &["--as-of", "2026-03-09"]).len(), 0);

    let placements = "公民身份号码,就业日期,就业形式,单位,证明\n11010519491231002X,2026-06-01,单位就业,市第一超市,劳动合同\n";
    realm.write("placements.csv", placements);
    let first = desk.json(&["import", "placements.csv"]);
    assert_eq!((&first["kind"], &first["new"]), (&Value::from("placement"), &Value::from(1)), "{first}");
    let again = desk.json(&["import", "placements.csv"]);
    assert_eq!((&again["unchanged"], &again["entries"]), (&Value::from(1), &Value::from(0)), "{again}");
    let bad = format!("{placements}110105194912310011,2026-06-01,,,\n");
    realm.write("bad.csv", bad);
    desk.run(&["import", "bad.csv"]).partly();
    let employed = rows(&desk, "L04", &[]);
    assert_eq!((employed.len(), &employed[0]["employer"]), (1, &Value::from("市第一超市")));
    assert_eq!(rows(&desk, "L05", &[]).len(), 0, "whoever has an open placement is not out of work");

    // The dwelling register is the street's to write.
    realm.write("dwellings.csv", "住房编号,地址,入住日期\n1-101,中山路 1 号,2020-01-01\n");
    let dwellings = street.json(&["import", "dwellings.csv", "--unit", COMMUNITY]);
    assert_eq!(dwellings["new"], 1, "{dwellings}");
    assert_eq!(rows(&street, "dwelling", &["--unit", COMMUNITY]).len(), 1);

    desk.run(&["ledger", "L04", "--xlsx", "L04.xlsx"]).done();
    desk.run(&["ledger", "L04", "--parquet", "L04.parquet"]).done();
    for (file, begins) in [("L04.xlsx", b"PK\x03\x04"), ("L04.parquet", b"PAR1")] {
        let bytes = fs::read(realm.path().join(file)).expect("the file is written");
        assert!(bytes.starts_with(begins), "{file}");
    }
    desk.run(&["export", "--kind", "placement", "--out", "out.xlsx"]).done();
    assert_eq!(desk.json(&["import", "out.xlsx"])["entries"], 0, "what goes out comes in as it is");
    desk.run(&["ledger", "placement", "--as-of", "2026-06-30"]).refused(&["L01"]);
    desk.run(&["ledger", "L04", "--json", "--csv"]).refused(&["cannot be used together"]);
    desk.run(&["ledger", "L01", "--as-of", "2099-06-30"]).refused(&["ahead of today"]);
}

#[test]
fn a_market_sends_vacancies_in_batches_and_gets_seekers_without_names() {
    let realm = Realm::begin();
    let (street, desk) = street_and_desk(&realm);
    let line = |no: &str, end: &str| {
        format!(
            r#"{{"employer":"市第一超市","start":"2026-11-01","end":"{end}","source":"市人才网","source_no":"{no}","openings":3}}"#
        )
    };
    let good = (line("A-1", "2099-12-31"), line("A-2", "2099-12-31"));
    let batch = ["{no object", &good.0, "[]", &good.1, &line("A-3", "soon")].join("\n");
    realm.write("feed.jsonl", &batch);
    let taken = street.run(&["market", "import", "feed.jsonl", "--reject", "rejected.csv", "--json"]);
    let taken = taken.partly().json();
    assert_eq!((&taken["new"], &taken["rows"], &taken["refused_rows"]), (&2.into(), &5.into(), &3.into()));
    let rejected = fs::read_to_string(realm.path().join("rejected.csv")).expect("the file is written");
    let begins = ["1,whole line,{no object,it is no JSON object", "3,whole line,[],", "5,last day,soon,"];
    for (told, begins) in rejected.lines().skip(1).zip(begins) {
        assert!(told.trim_matches('"').starts_with(begins), "{rejected}");
    }
    assert_eq!(rejected.lines().count(), 4, "{rejected}");
    let good = [line("A-1", "2099-12-31"), line("A-2", "2026-11-10")].join("\n");
    realm.write("later.jsonl", good);
    let later = street.json(&["market", "import", "later.jsonl"]);
    assert_eq!((&later["new"], &later["changed"], &later["unchanged"]), (&0.into(), &1.into(), &1.into()));
    assert_eq!(street.json(&["market", "import", "later.jsonl"])["entries"], 0);
    let vacancies = rows(&street, "L12", &[]);
    let in_force: Vec<&Value> = vacancies.iter().map(|row| &row["in_force"]).collect();
    assert_eq!(in_force.iter().filter(|flag| **flag == 1).count(), 1, "{vacancies:?}");
    realm.write("nameless.csv", "用人单位,发布日期,来源\n市第一超市,2026-11-01,市人才网\n");
    street.run(&["market", "import", "nameless.csv"]).refused(&["number at the source"]);

    let seekers = desk.json(&["market", "export", "seekers"]);
    assert_eq!((&seekers[0]["name"], &seekers[0]["id_no"]), (&"王*".into(), &"110105**********2X".into()));
    let full = desk.json(&["market", "export", "seekers", "--full", "--why", "agreement"]);
    assert_eq!(full[0]["name"], "王芳");
    desk.run(&["market", "export", "seekers", "--full"]).refused(&["--why"]);
}
