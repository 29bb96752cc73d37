//! Promises of reading: whatever a device wrote is read without harm, and what does not hold together is
//! named.

use automerge::transaction::Transactable as _;
use automerge::{ObjType, ScalarValue};

use super::*;
use crate::edit::{Edit, apply};
use crate::kind;
use crate::new_document;

const ONE: &str = "00000000000000000000000000000001";
const TWO: &str = "00000000000000000000000000000002";

#[test]
fn what_has_the_wrong_shape_is_passed_over() {
    let mut doc = new_document(&kind::PERSON);
    let mut tx = doc.transaction();
    let junk: [(&str, ScalarValue); 8] = [
        ("name", ScalarValue::Int(7)),
        ("birth", "tomorrow".into()),
        ("sex", ScalarValue::Boolean(true)),
        ("education", "DROP TABLE".into()),
        ("phone", "a\u{0}b".into()),
        ("skills", "x".repeat(5000).into()),
        ("unheard_of", "x".into()),
        ("verified", ScalarValue::Null),
    ];
    for (name, value) in junk {
        tx.put(ROOT, name, value).expect("the root takes any value");
    }
    tx.put_object(ROOT, "marriage", ObjType::Text).expect("the root takes any object");
    let episodes = base::container(&kind::PERSON, "episodes").expect("a person has episodes");
    tx.put(episodes, ONE, "not an item").expect("a map takes any value");
    tx.put_object(episodes, "short", ObjType::Map).expect("a map takes any key");
    let item = tx.put_object(episodes, TWO, ObjType::Map).expect("a map takes an item");
    tx.put(&item, "code", ScalarValue::F64(f64::NAN)).expect("an item takes any value");
    tx.put(&item, "start", "2026-01-05").expect("an item takes a date");
    tx.commit();

    let record = read(&doc, &kind::PERSON);
    assert!(record.fields.is_empty(), "{record:?}");
    let keys: Vec<&str> = record.items("episodes").map(|(key, _)| key).collect();
    assert_eq!(keys, [TWO]);
    assert_eq!(text(&record.collections["episodes"][TWO], "start"), "2026-01-05");
    assert_eq!(record.collections["episodes"][TWO].len(), 1);
}

#[test]
fn overwriting_a_collection_does_not_hide_its_items() {
    let mut doc = new_document(&kind::PERSON);
    let mut tx = doc.transaction();
    let edits = [Edit::item("episodes", ONE, "code", Some(Value::from("2")))];
    apply(&mut tx, &kind::PERSON, &edits).expect("the edits fit");
    tx.put(ROOT, "episodes", "gone").expect("the root takes any value");
    tx.commit();
    let mut doc = automerge::Automerge::load(&doc.save()).expect("a saved document loads");
    assert_eq!(read(&doc, &kind::PERSON).items("episodes").count(), 1);
    // And one can still be added.
    let mut tx = doc.transaction();
    let edits = [Edit::item("episodes", TWO, "code", Some(Value::from("2")))];
    assert_eq!(apply(&mut tx, &kind::PERSON, &edits).expect("the edits fit"), 1);
    tx.commit();
    assert_eq!(read(&doc, &kind::PERSON).items("episodes").count(), 2);
}

#[test]
fn a_document_without_the_fixed_changes_reads_as_having_no_items() {
    let record = read(&automerge::Automerge::new(), &kind::PERSON);
    assert!(record.fields.is_empty());
    assert_eq!(record.items("episodes").count(), 0);
}

type Fields<'a> = &'a [(&'a str, &'a str)];

/// A record of fields, and of items as (collection, key, fields).
fn record(fields: Fields<'_>, items: &[(&str, &str, Fields<'_>)]) -> Record {
    let values = |fields: Fields<'_>| -> Item {
        fields.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
    };
    let mut record = Record { fields: values(fields), collections: BTreeMap::new() };
    for (collection, key, fields) in items {
        let items = record.collections.entry((*collection).to_owned()).or_default();
        items.insert((*key).to_owned(), values(fields));
    }
    record
}

fn problems(kind: &Kind, record: &Record) -> Vec<String> {
    let found = validate(kind, record);
    assert!(found.iter().all(|problem| !problem.zh().is_empty()));
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn a_record_that_holds_together_has_no_problems() {
    let person = record(
        &[
            ("name", "张三"),
            ("id_no", "11010519491231002X"),
            ("birth", "1949-12-31"),
            ("sex", "2"),
            ("retirement", "f50"),
        ],
        &[
            (
                "episodes",
                ONE,
                &[("dimension", "status"), ("code", "2"), ("start", "2026-01-01"), ("end", "2026-01-31")],
            ),
            ("episodes", TWO, &[("dimension", "status"), ("code", "1"), ("start", "2026-02-01")]),
            ("episodes", "3", &[("dimension", "wish"), ("code", "1"), ("start", "2026-01-01")]),
        ],
    );
    assert_eq!(problems(&kind::PERSON, &person), Vec::<String>::new());
    let household = record(
        &[("head", ONE), ("opened", "2026-01-01"), ("verified", "2026-01-01")],
        &[("members", ONE, &[("relation", "02")]), ("members", TWO, &[("relation", "12")])],
    );
    assert_eq!(problems(&kind::HOUSEHOLD, &household), Vec::<String>::new());
}

#[test]
fn what_contradicts_itself_is_named_with_its_place() {
    let open = |dimension, code, start| vec![("dimension", dimension), ("code", code), ("start", start)];
    for (record, expected) in [
        (record(&[], &[]), "name: name is missing; enter it"),
        (record(&[("id_no", "110105194912310021")], &[]), "id_no: the ID number does not hold together"),
        (
            record(&[("id_no", "11010519491231002X"), ("birth", "1949-12-30")], &[]),
            "birth: the ID number gives the birth date 1949-12-31",
        ),
        (
            record(&[("id_no", "11010519491231002X"), ("sex", "1")], &[]),
            "sex: the ID number gives the other sex",
        ),
        (record(&[("sex", "1"), ("retirement", "f55")], &[]), "retirement: the original retirement age"),
        (record(&[("sex", "5")], &[]), "sex: `5` is no code of the list"),
        (
            record(&[], &[("episodes", ONE, &[("dimension", "wish"), ("code", "99")])]),
            "episodes/00000000000000000000000000000001, code: `99` is no code of the list",
        ),
        (
            record(
                &[],
                &[
                    ("episodes", ONE, &open("status", "2", "2026-01-01")),
                    ("episodes", TWO, &open("status", "1", "2026-02-01")),
                ],
            ),
            "episodes/00000000000000000000000000000002, start: another episode of the same dimension is open",
        ),
        (
            record(
                &[],
                &[
                    (
                        "episodes",
                        ONE,
                        &[("dimension", "status"), ("start", "2026-01-01"), ("end", "2026-02-01")],
                    ),
                    ("episodes", TWO, &open("status", "1", "2026-02-01")),
                ],
            ),
            "episodes/00000000000000000000000000000002, start: it overlaps another episode",
        ),
        (
            record(&[], &[("placements", ONE, &[("start", "2026-02-01"), ("end", "2026-01-31")])]),
            "placements/00000000000000000000000000000001, end: it ends before it begins",
        ),
        (
            record(&[("birth", "1980-01-01")], &[("placements", ONE, &[("start", "1979-12-31")])]),
            "placements/00000000000000000000000000000001, start: it begins before the birth date",
        ),
        (
            record(
                &[("birth", "1980-01-01"), ("sex", "1")],
                &[("certifications", ONE, &[("category", "1"), ("start", "2026-02-01")])],
            ),
            "certifications/00000000000000000000000000000001, start: this category begins at the age of 50, which the \
             person reaches on 2030-01-01",
        ),
    ] {
        let found = problems(&kind::PERSON, &record);
        assert!(found.iter().any(|problem| problem.starts_with(expected)), "{expected} in {found:?}");
    }
    let household = record(
        &[("head", "0"), ("opened", "2026-01-02"), ("verified", "2026-01-01")],
        &[("members", ONE, &[("relation", "02")]), ("members", TWO, &[("relation", "01")])],
    );
    let found: Vec<What> =
        validate(&kind::HOUSEHOLD, &household).into_iter().map(|problem| problem.what).collect();
    assert_eq!(found, [What::TwoHeads, What::HeadNotMember, What::VerifiedBeforeOpened]);
}
