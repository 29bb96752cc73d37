//! Promises of editing: what is typed is read, what is wrong is explained, what is there is left alone.

use automerge::ActorId;
use linli_wire::limits::FIELD_BYTES_MAX;
use proptest::prelude::*;

use super::*;
use crate::kind::{self, CONTENT_BYTES_MAX};
use crate::record::{self, Record};
use crate::{new_document, read};

const KEY: &str = "00000000000000000000000000000001";

fn field(kind: &'static Kind, name: &str) -> &'static Field {
    kind.field(name).expect("the field is one of the kind")
}

fn item_field(kind: &'static Kind, collection: &str, name: &str) -> &'static Field {
    kind.collection(collection).and_then(|c| c.field(name)).expect("the field is one of the collection")
}

/// The value of a text; of an empty one, none.
fn text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| Value::from(text))
}

#[test]
fn what_clerks_type_is_read_for_its_field() {
    let person = |name| field(&kind::PERSON, name);
    let household = |name| field(&kind::HOUSEHOLD, name);
    for (field, typed, expected) in [
        (person("name"), " 张三 ", text("张三")),
        (person("name"), "  ", None),
        (person("birth"), "2026年1月5日", text("2026-01-05")),
        (person("id_no"), "11010519491231002x", text("11010519491231002X")),
        (person("sex"), "女", text("2")),
        (person("sex"), "１", text("1")),
        (person("education"), "bachelor", text("20")),
        (person("retirement"), "女 55 周岁", text("f55")),
        (household("low_income"), "是", Some(Value::Int(1))),
        (household("low_income"), "No", Some(Value::Int(0))),
        (household("head"), &KEY.replace('0', "A"), text(&KEY.replace('0', "a"))),
        (item_field(&kind::PERSON, "placements", "pay"), "3,500.00元", Some(Value::Int(3500))),
        (item_field(&kind::PERSON, "episodes", "code"), "登记失业", text("2")),
        (item_field(&kind::PERSON, "episodes", "code"), "有就业愿望", text("1")),
        (item_field(&kind::PERSON, "episodes", "reason"), "1", text("01")),
        (item_field(&kind::HOUSEHOLD, "members", "relation"), "户主", text("02")),
        (field(&kind::DETERMINATION, "counted_unit"), "3211/02/001/001", text("3211/02/001/001")),
    ] {
        let read = parse_value(field, typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
        assert_eq!(read, expected, "{typed}");
    }
}

#[test]
fn a_refusal_names_field_value_reason_and_next_step() {
    for (field, typed, en, zh) in [
        (
            field(&kind::PERSON, "id_no"),
            "110105194912310021",
            "citizen ID number: `110105194912310021` was not taken: the check digit does not fit: if the \
             first 17 digits are right it is X; compare the number with the identity card",
            "公民身份号码：“110105194912310021”未录入：校验位不符：若前 17 位无误，末位应为 X，请与身份证核对",
        ),
        (
            field(&kind::PERSON, "birth"),
            "2026-02-30",
            "birth date: `2026-02-30` was not taken: the calendar has no such day",
            "出生日期：“2026-02-30”未录入：日历上没有这一天",
        ),
        (
            item_field(&kind::HOUSEHOLD, "visits", "how"),
            "mail",
            "how: `mail` was not taken: it is neither a code nor a name; enter one of: home at home, phone \
             by phone, office at the office",
            "方式：“mail”未录入：不是代码也不是名称，可填：home 上门、phone 电话、office 来访",
        ),
        (
            item_field(&kind::PERSON, "placements", "pay"),
            "-1",
            "monthly pay, yuan: `-1` was not taken: it is out of range; enter 0 to 10000000",
            "月收入：“-1”未录入：超出范围，请填 0 至 10000000",
        ),
        (
            field(&kind::HOUSEHOLD, "low_income"),
            "maybe",
            "low-income allowance: `maybe` was not taken: it is neither yes nor no; enter yes or no",
            "享受低保：“maybe”未录入：请填“是”或“否”",
        ),
    ] {
        let error = parse_value(field, typed).expect_err("the text is wrong");
        assert_eq!(error.to_string(), en);
        assert_eq!(error.zh(), zh);
    }
}

#[test]
fn an_edit_that_does_not_fit_its_kind_is_refused() {
    let person = |edit| check(&kind::PERSON, &edit).map_err(|error| error.to_string());
    for (edit, complaint) in [
        (Edit::document("shoe_size", text("41")), "no field `shoe_size`"),
        (Edit::document("", None), "no field ``"),
        (Edit::item("shoes", KEY, "size", text("41")), "no collection `shoes`"),
        (Edit::item("episodes", "1", "code", text("1")), "cannot be a key"),
        (Edit::item("episodes", KEY, "", text("1")), "no field ``"),
        (Edit::item("episodes", KEY, "code", text("77")), "neither a code nor a name"),
        (Edit::document("birth", text("2026/1/5")), "stored as `2026-01-05`"),
        (Edit::document("sex", text("男")), "stored as `1`"),
        (Edit::document("sex", Some(Value::Int(1))), "not a text"),
        (Edit::document("name", Some(Value::from(""))), "it is empty"),
        (Edit::document("name", text("a\u{0}b")), "control characters"),
        (Edit::document("name", text(&"a".repeat(FIELD_BYTES_MAX + 1))), "4097 bytes"),
        (Edit::item("placements", KEY, "pay", text("3500")), "not a number"),
        (Edit::item("placements", KEY, "pay", Some(Value::Int(10_000_001))), "out of range"),
    ] {
        let refused = person(edit).expect_err(complaint);
        assert!(refused.contains(complaint), "{refused}");
    }
    for edit in [
        Edit::document("name", text(&"a".repeat(FIELD_BYTES_MAX))),
        Edit::document("name", None),
        Edit::item("placements", KEY, "pay", Some(Value::Int(10_000_000))),
        Edit::remove_item("episodes", KEY),
    ] {
        assert_eq!(person(edit), Ok(()));
    }
}

#[test]
fn a_whole_file_fits_a_standard_up_to_its_limit() {
    let edit = |length: usize| Edit::item("files", "items.toml", "content", text(&"a".repeat(length)));
    assert!(check(&kind::STANDARD, &edit(CONTENT_BYTES_MAX)).is_ok());
    assert!(check(&kind::STANDARD, &edit(CONTENT_BYTES_MAX + 1)).is_err());
}

fn write_all(doc: &mut automerge::Automerge, kind: &Kind, edits: &[Edit]) -> usize {
    let mut tx = doc.transaction();
    let changed = apply(&mut tx, kind, edits).expect("the edits fit");
    tx.commit();
    changed
}

#[test]
fn nothing_is_written_when_one_edit_of_several_is_refused() {
    let mut doc = new_document(&kind::PERSON);
    let edits = [Edit::document("name", text("张三")), Edit::document("sex", text("7"))];
    let mut tx = doc.transaction();
    assert!(apply(&mut tx, &kind::PERSON, &edits).is_err());
    assert_eq!(tx.pending_ops(), 0);
}

#[test]
fn importing_the_same_again_adds_no_operation() {
    let mut doc = new_document(&kind::PERSON);
    let edits = [
        Edit::document("name", text("张三")),
        Edit::item("episodes", KEY, "dimension", text("status")),
        Edit::item("episodes", KEY, "code", text("2")),
        Edit::item("placements", KEY, "pay", Some(Value::Int(3500))),
    ];
    assert_eq!(write_all(&mut doc, &kind::PERSON, &edits), 4);
    let mut tx = doc.transaction();
    assert_eq!(apply(&mut tx, &kind::PERSON, &edits).expect("the edits fit"), 0);
    assert_eq!(tx.pending_ops(), 0);
}

#[test]
fn an_emptied_field_and_a_removed_item_are_gone() {
    let mut doc = new_document(&kind::PERSON);
    let edits = [Edit::document("name", text("张三")), Edit::item("episodes", KEY, "code", text("2"))];
    write_all(&mut doc, &kind::PERSON, &edits);
    let removal = [Edit::document("name", None), Edit::remove_item("episodes", KEY)];
    assert_eq!(write_all(&mut doc, &kind::PERSON, &removal), 2);
    assert_eq!(read(&doc, &kind::PERSON), read(&new_document(&kind::PERSON), &kind::PERSON));
    assert_eq!(write_all(&mut doc, &kind::PERSON, &removal), 0);
}

#[test]
fn a_document_begun_without_the_fixed_changes_is_refused() {
    let mut doc = automerge::Automerge::new();
    let mut tx = doc.transaction();
    let edits = [Edit::item("episodes", KEY, "code", text("2"))];
    assert!(matches!(apply(&mut tx, &kind::PERSON, &edits), Err(EditError::NoContainer)));
}

/// Two devices that write apart from each other, merged.
fn merged(kind: &Kind, begin: &[Edit], one: &[Edit], other: &[Edit]) -> automerge::Automerge {
    let mut first = new_document(kind).with_actor(ActorId::from([1; 16]));
    write_all(&mut first, kind, begin);
    let mut second = first.fork().with_actor(ActorId::from([2; 16]));
    write_all(&mut first, kind, one);
    write_all(&mut second, kind, other);
    first.merge(&mut second).expect("two documents of one origin merge");
    first
}

#[test]
fn two_devices_that_create_the_same_item_lose_nothing() {
    let one = [
        Edit::item("episodes", KEY, "code", text("2")),
        Edit::item("episodes", KEY, "start", text("2026-01-05")),
    ];
    let other = [
        Edit::item("episodes", KEY, "code", text("3")),
        Edit::item("episodes", KEY, "evidence", text("证明")),
    ];
    let mut doc = merged(&kind::PERSON, &[], &one, &other);
    let record = read(&doc, &kind::PERSON);
    let item = &record.collections["episodes"][KEY];
    assert_eq!(record::text(item, "code"), "3", "of both, the later operation stands");
    assert_eq!(record::text(item, "start"), "2026-01-05");
    assert_eq!(record::text(item, "evidence"), "证明");

    // Choosing one settles it for good; choosing it again changes nothing.
    let settle = [Edit::item("episodes", KEY, "code", text("3"))];
    assert_eq!(write_all(&mut doc, &kind::PERSON, &settle), 1);
    assert_eq!(write_all(&mut doc, &kind::PERSON, &settle), 0);
    let emptied = [Edit::item("episodes", KEY, "start", None)];
    assert_eq!(write_all(&mut doc, &kind::PERSON, &emptied), 1);
    assert_eq!(record::text(&read(&doc, &kind::PERSON).collections["episodes"][KEY], "start"), "");
}

#[test]
fn two_devices_that_write_the_same_value_leave_nothing_to_settle() {
    let edits = [Edit::document("name", text("张三"))];
    let mut doc = merged(&kind::PERSON, &[], &edits, &edits);
    assert_eq!(write_all(&mut doc, &kind::PERSON, &edits), 0);
}

/// A value that fits a field, from a seed.
fn fitting(field: &Field, seed: &str, number: i64) -> Value {
    let date = crate::date::from_day_number(number.rem_euclid(80_000)).expect("within the years");
    match field.ty {
        FieldType::Text | FieldType::Content => Value::from(format!("x{seed}")),
        FieldType::Date => Value::Text(crate::date::to_iso(date)),
        FieldType::Int { min, max } => Value::Int(number.rem_euclid(max - min) + min),
        FieldType::Flag => Value::Int(number.rem_euclid(2)),
        FieldType::Code(list) => {
            Value::from(list.codes[number.rem_euclid(list.codes.len() as i64) as usize].code)
        }
        FieldType::CodeBy { lists, .. } => Value::from(lists[0].1.codes[0].code),
        FieldType::IdNumber => Value::from("11010519491231002X"),
        FieldType::Document => Value::Text(format!("{:032x}", number.unsigned_abs())),
        FieldType::Unit => Value::from("3211/02/001/001"),
    }
}

/// Edits of any kind that fit it: each picks a field of the document or of an item.
fn edits_of_a_kind() -> impl Strategy<Value = (&'static Kind, Vec<Edit>)> {
    let pick =
        (any::<prop::sample::Index>(), 0..3_u8, "[a-z张 ]{0,8}", any::<i32>(), prop::bool::weighted(0.8));
    (prop::sample::select(kind::ALL), prop::collection::vec(pick, 1..20)).prop_map(|(kind, picks)| {
        let document = kind.fields.iter().map(|field| (None, field));
        let items = kind.collections.iter().flat_map(|c| c.fields.iter().map(move |field| (Some(c), field)));
        let places: Vec<_> = document.chain(items).collect();
        let edits = picks.into_iter().map(|(index, key, seed, number, set)| {
            let (collection, field) = places[index.index(places.len())];
            let value = set.then(|| fitting(field, &seed, i64::from(number)));
            match collection {
                None => Edit::document(field.name, value),
                Some(c) => Edit::item(c.name, &format!("{key:032x}"), field.name, value),
            }
        });
        (kind, edits.collect())
    })
}

/// What a record must hold after edits: the plainest possible model.
fn expected(kind: &Kind, edits: &[Edit]) -> Record {
    let mut record = read(&new_document(kind), kind);
    for edit in edits {
        let fields = match (&edit.place, &edit.value) {
            (Place::Document, _) => &mut record.fields,
            (Place::Item { collection, key }, Some(_)) => record
                .collections
                .get_mut(collection)
                .expect("the collection is one of the kind")
                .entry(key.clone())
                .or_default(),
            (Place::Item { collection, key }, None) => {
                match record.collections.get_mut(collection).and_then(|items| items.get_mut(key)) {
                    Some(item) => item,
                    None => continue,
                }
            }
        };
        match &edit.value {
            Some(value) => fields.insert(edit.field.clone(), value.clone()),
            None => fields.remove(&edit.field),
        };
    }
    record
}

proptest! {
    #[test]
    fn reading_gives_what_was_written((kind, edits) in edits_of_a_kind()) {
        let mut doc = new_document(kind);
        write_all(&mut doc, kind, &edits);
        prop_assert_eq!(read(&doc, kind), expected(kind, &edits));
        let saved = automerge::Automerge::load(&doc.save()).expect("a saved document loads");
        prop_assert_eq!(read(&saved, kind), expected(kind, &edits));
    }

    #[test]
    fn what_is_already_there_is_not_written_again((kind, edits) in edits_of_a_kind()) {
        let mut doc = new_document(kind);
        write_all(&mut doc, kind, &edits);
        let record = read(&doc, kind);
        // The edits that lead to the record as it stands, whatever was overwritten on the way.
        let document = record.fields.iter().map(|(name, value)| Edit::document(name, Some(value.clone())));
        let items = record.collections.iter().flat_map(|(collection, items)| {
            items.iter().flat_map(move |(key, item)| {
                item.iter().map(move |(name, value)| Edit::item(collection, key, name, Some(value.clone())))
            })
        });
        let again: Vec<Edit> = document.chain(items).collect();
        let mut tx = doc.transaction();
        prop_assert_eq!(apply(&mut tx, kind, &again).expect("what was read fits"), 0);
        prop_assert_eq!(tx.pending_ops(), 0);
    }

    #[test]
    fn no_text_makes_parsing_panic(typed in ".{0,40}") {
        for kind in kind::ALL {
            for field in kind.fields.iter().chain(kind.collections.iter().flat_map(|c| c.fields)) {
                if let Ok(Some(value)) = parse_value(field, &typed) {
                    prop_assert_eq!(check_value(field, &value), Ok(()), "{} of {}", field.name, kind.name);
                }
            }
        }
    }
}

#[test]
fn a_day_of_verification_that_is_written_over_is_kept() {
    let verified = |day: &str| vec![Edit::document("verified", Some(Value::from(day)))];
    let kept = |kind: &Kind, before: &str, edits: &[Edit]| {
        crate::kept_verification(kind, before, edits).map(|edit| (edit.place, edit.value))
    };
    let day = Some(Value::from("2026-05-01"));
    for kind in [&crate::kind::HOUSEHOLD, &crate::kind::PERSON] {
        let expected = Some((Place::item("verifications", "2026-05-01"), day.clone()));
        assert_eq!(kept(kind, "2026-05-01", &verified("2026-06-01")), expected);
        assert_eq!(
            kept(kind, "2026-05-01", &[Edit::document("verified", None)]),
            expected,
            "also where it is emptied"
        );
        assert_eq!(kept(kind, "2026-05-01", &verified("2026-05-01")), None);
        assert_eq!(kept(kind, "", &verified("2026-06-01")), None);
        assert_eq!(kept(kind, "2026-05-01", &[Edit::document("phone", None)]), None);
        let edit = crate::kept_verification(kind, "2026-05-01", &verified("2026-06-01")).expect("kept");
        crate::check(kind, &edit).expect("the edit fits its kind");
    }
    assert_eq!(kept(&crate::kind::PROFILE, "2026-05-01", &verified("2026-06-01")), None);
}

#[test]
fn new_items_are_named_in_the_order_in_which_they_stand() {
    let item = |key: &str, field: &str| Edit::item("visits", key, field, text("x"));
    let edits = [
        item(&new_key(7), "result"),
        item(KEY, "result"),
        item(&new_key(2), "result"),
        item(&new_key(7), "visitor"),
    ];
    let named = with_keys(&edits, |nth| format!("{:032x}", nth + 10));
    let keys: Vec<String> = named.iter().map(|edit| edit.place.to_string()).collect();
    let [first, second] = [10, 11].map(|nth| format!("visits/{nth:032x}"));
    assert_eq!(keys, [first.clone(), format!("visits/{KEY}"), second, first]);
    assert!(matches!(check(&kind::HOUSEHOLD, &edits[0]), Err(EditError::Key { .. })), "it is no key itself");
}
