//! Promises of the rows: what was recorded is in them, with when and by whom, and nothing else is.

use std::collections::BTreeMap;

use automerge::transaction::Transactable as _;
use automerge::{ActorId, ObjType, ScalarValue};
use proptest::prelude::*;

use super::*;
use crate::edit::{Edit, apply};
use crate::kind;
use crate::new_document;

const KEY: &str = "00000000000000000000000000000001";
const COMMUNITY: &str = "3211/02/001/001";

/// A log in miniature: every change that a device wrote, with its day and level.
#[derive(Default)]
struct Log(BTreeMap<ChangeHash, Written>);

impl Provenance for Log {
    fn written(&self, change: &ChangeHash) -> Option<Written> {
        self.0.get(change).copied()
    }

    fn first_day(&self) -> Option<i64> {
        self.0.values().map(|written| written.day_n).min()
    }
}

impl Log {
    fn write(&mut self, doc: &mut Automerge, kind: &Kind, day_n: i64, level: Level, edits: &[Edit]) {
        let mut tx = doc.transaction();
        apply(&mut tx, kind, edits).expect("the edits fit");
        let (hash, _) = tx.commit();
        self.0.insert(hash.expect("the edits changed something"), Written { day_n, level });
    }
}

fn space(unit: &str, channel: Channel) -> Space {
    Space::new(unit.parse().expect("a path in a test is one"), channel)
}

fn set(field: &str, value: &str) -> Edit {
    Edit::document(field, Some(Value::from(value)))
}

fn set_item(collection: &str, field: &str, value: &str) -> Edit {
    Edit::item(collection, KEY, field, Some(Value::from(value)))
}

/// The rows of one table as column = value.
fn named<'a>(rows: &'a [Row], table: &str) -> Vec<BTreeMap<&'static str, &'a Cell>> {
    let index = crate::tables::table_index(table).expect("the dictionary has the table");
    let columns = tables()[index].columns.iter().map(|column| column.name.as_str());
    rows.iter()
        .filter(|row| row.table == index)
        .map(|row| {
            assert_eq!(row.cells.len(), columns.len());
            columns.clone().zip(&row.cells).collect()
        })
        .collect()
}

fn assert_cells(row: &BTreeMap<&'static str, &Cell>, expected: &[(&str, Cell)]) {
    for (column, cell) in expected {
        assert_eq!(row.get(column), Some(&cell), "{column}");
    }
}

fn t(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

const fn n(number: i64) -> Cell {
    Cell::Int(number)
}

fn day(text: &str) -> i64 {
    date::day_of_iso(text).expect("a date in a test is one")
}

#[test]
fn a_person_gives_a_row_for_itself_and_one_for_each_item() {
    let mut log = Log::default();
    let mut doc = new_document(&kind::PERSON);
    let edits = [
        set("name", "张三"),
        set("id_no", "11010519491231002X"),
        set("sex", "2"),
        set_item("episodes", "dimension", "status"),
        set_item("episodes", "code", "2"),
        set_item("episodes", "start", "2026-01-05"),
    ];
    log.write(&mut doc, &kind::PERSON, 20_500, Level::Community, &edits);
    let later = [
        set("phone", "05110000000"),
        set_item("episodes", "end", "2026-02-05"),
        Edit::item("placements", KEY, "pay", Some(Value::Int(3500))),
    ];
    log.write(&mut doc, &kind::PERSON, 20_540, Level::Community, &later);

    let id = DocId([7; 16]);
    let rows = rows(&kind::PERSON, &doc, id, &space(COMMUNITY, Channel::Records), &log);
    assert_eq!(rows.len(), 3);
    assert_cells(
        &named(&rows, "person")[0],
        &[
            ("unit", t(COMMUNITY)),
            ("doc", t(&id.to_string())),
            ("id_no", t("11010519491231002X")),
            ("id_valid", n(1)),
            ("birth", t("")),
            ("birth_n", n(0)),
            ("work_from_n", n(day("1965-12-31"))),
            ("work_until_n", n(day("1999-11-30"))),
            ("verified_n", n(0)),
            ("recorded_n", n(20_500)),
        ],
    );
    assert_cells(
        &named(&rows, "episode")[0],
        &[
            ("episode", t(KEY)),
            ("dimension", t("status")),
            ("code", t("2")),
            ("start_n", n(day("2026-01-05"))),
            ("end", t("2026-02-05")),
            ("end_n", n(day("2026-02-05"))),
            ("origin", t("")),
            ("recorded_n", n(20_500)),
            ("end_recorded_n", n(20_540)),
        ],
    );
    assert_cells(
        &named(&rows, "placement")[0],
        &[
            ("pay", n(3500)),
            ("start_n", n(0)),
            ("end_n", n(99_999_999)),
            ("recorded_n", n(20_540)),
            ("end_recorded_n", n(99_999_999)),
        ],
    );
}

#[test]
fn a_document_keeps_the_day_of_its_first_change_however_often_it_is_rewritten() {
    let mut log = Log::default();
    let mut doc = new_document(&kind::PERSON);
    let number = |text| [set("name", text), set("id_no", text)];
    log.write(&mut doc, &kind::PERSON, 20_500, Level::Community, &number("11010519491231002X"));
    log.write(&mut doc, &kind::PERSON, 20_540, Level::Community, &number("110105194912310011"));
    let item = [set_item("episodes", "dimension", "status"), set_item("episodes", "code", "2")];
    log.write(&mut doc, &kind::PERSON, 20_550, Level::Community, &item);
    let recorded = |log: &Log, doc: &Automerge, table: &str| {
        let rows = rows(&kind::PERSON, doc, DocId([7; 16]), &space(COMMUNITY, Channel::Records), log);
        let cell = named(&rows, table)[0].get("recorded_n").copied().cloned();
        cell.expect("the table says when it was recorded")
    };
    assert_eq!(recorded(&log, &doc, "person"), n(20_500));
    assert_eq!(recorded(&log, &doc, "episode"), n(20_550), "an item has its own day");

    // Emptied and written anew, it is still the same document.
    let empty = ["name", "id_no"].map(|field| Edit::document(field, None));
    log.write(&mut doc, &kind::PERSON, 20_560, Level::Community, &empty);
    log.write(&mut doc, &kind::PERSON, 20_570, Level::Street, &number("11010519491231002X"));
    assert_eq!(recorded(&log, &doc, "person"), n(20_500));
    assert_eq!(recorded(&Log::default(), &doc, "person"), n(date::UNKNOWN_START));
}

#[test]
fn an_id_number_is_valid_unless_something_contradicts_it() {
    for (fields, expected) in [
        (vec![("id_no", "11010519491231002X")], 1),
        (vec![("id_no", "11010519491231002X"), ("sex", "2"), ("birth", "1949-12-31")], 1),
        (vec![("id_no", "11010519491231002X"), ("sex", "9")], 1),
        (vec![("id_no", "11010519491231002X"), ("sex", "1")], 0),
        (vec![("id_no", "11010519491231002X"), ("birth", "1949-12-30")], 0),
        (vec![("name", "张三")], 0),
    ] {
        let mut doc = new_document(&kind::PERSON);
        let edits: Vec<Edit> = fields.iter().map(|(field, value)| set(field, value)).collect();
        Log::default().write(&mut doc, &kind::PERSON, 1, Level::Community, &edits);
        let space = space(COMMUNITY, Channel::Records);
        let rows = rows(&kind::PERSON, &doc, DocId([7; 16]), &space, &Log::default());
        assert_cells(&named(&rows, "person")[0], &[("id_valid", n(expected)), ("recorded_n", n(0))]);
    }
}

#[test]
fn nobody_leaves_the_workforce_by_an_empty_birth_date() {
    let mut doc = new_document(&kind::PERSON);
    Log::default().write(&mut doc, &kind::PERSON, 1, Level::Community, &[set("name", "张三")]);
    let rows =
        rows(&kind::PERSON, &doc, DocId([7; 16]), &space(COMMUNITY, Channel::Records), &Log::default());
    let expected = [("work_from_n", n(0)), ("work_until_n", n(99_999_999))];
    assert_cells(&named(&rows, "person")[0], &expected);
}

#[test]
fn concurrent_values_of_a_vital_field_are_a_conflict_until_settled() {
    let mut log = Log::default();
    let mut one = new_document(&kind::PERSON).with_actor(ActorId::from([1; 16]));
    let begin = [set("name", "张三"), set_item("episodes", "start", "2026-01-01")];
    log.write(&mut one, &kind::PERSON, 10, Level::Community, &begin);
    let mut other = one.fork().with_actor(ActorId::from([2; 16]));
    let edits = [set("name", "张珊"), set("phone", "1"), set_item("episodes", "start", "2026-01-02")];
    log.write(&mut one, &kind::PERSON, 11, Level::Community, &edits);
    let edits = [set("name", "章三"), set("phone", "2"), set_item("episodes", "start", "2026-01-02")];
    log.write(&mut other, &kind::PERSON, 12, Level::Community, &edits);
    one.merge(&mut other).expect("two documents of one origin merge");

    let space = space(COMMUNITY, Channel::Records);
    let project = |doc: &Automerge, log: &Log| rows(&kind::PERSON, doc, DocId([7; 16]), &space, log);
    let before = project(&one, &log);
    let conflicts = named(&before, "conflict");
    assert_eq!(conflicts.len(), 1, "a phone is not vital, and the same date twice is no conflict");
    assert_cells(
        &conflicts[0],
        &[("unit", t(COMMUNITY)), ("place", t("")), ("field", t("name")), ("vals", n(2)), ("since_n", n(12))],
    );

    log.write(&mut one, &kind::PERSON, 13, Level::Community, &[set("name", "张珊")]);
    assert!(named(&project(&one, &log), "conflict").is_empty());
}

#[test]
fn an_item_created_twice_is_one_row_with_its_conflict_named() {
    let mut log = Log::default();
    let mut one = new_document(&kind::PERSON).with_actor(ActorId::from([1; 16]));
    let mut other = new_document(&kind::PERSON).with_actor(ActorId::from([2; 16]));
    log.write(&mut one, &kind::PERSON, 11, Level::Community, &[set_item("episodes", "code", "2")]);
    log.write(&mut other, &kind::PERSON, 12, Level::Community, &[set_item("episodes", "code", "3")]);
    one.merge(&mut other).expect("two documents of one kind merge");
    let rows = rows(&kind::PERSON, &one, DocId([7; 16]), &space(COMMUNITY, Channel::Records), &log);
    assert_cells(&named(&rows, "episode")[0], &[("code", t("3")), ("recorded_n", n(11))]);
    let place = t(&format!("episodes/{KEY}"));
    let expected = [("place", place), ("field", t("code")), ("vals", n(2)), ("since_n", n(12))];
    assert_cells(&named(&rows, "conflict")[0], &expected);
}

#[test]
fn the_stage_of_a_finding_is_that_of_its_lowest_writer() {
    let mut log = Log::default();
    let mut doc = new_document(&kind::FINDING);
    let edits = [set("item", "C02"), Edit::document("hit", Some(Value::Int(0)))];
    log.write(&mut doc, &kind::FINDING, 10, Level::City, &edits);
    let space = space(COMMUNITY, Channel::Oversight);
    let stage = |doc: &Automerge, log: &Log| {
        let rows = rows(&kind::FINDING, doc, DocId([7; 16]), &space, log);
        named(&rows, "finding").first().map(|row| (row["stage"].clone(), row["recorded_n"].clone()))
    };
    assert_eq!(stage(&doc, &log), Some((t("city"), n(10))));
    log.write(&mut doc, &kind::FINDING, 11, Level::Street, &[set("note", "补充说明")]);
    assert_eq!(
        stage(&doc, &log),
        Some((t("street"), n(10))),
        "a street that touched it made it the street's"
    );
    log.write(&mut doc, &kind::FINDING, 12, Level::City, &[set("note", "核实")]);
    assert_eq!(stage(&doc, &log), Some((t("street"), n(10))), "and it stays so");
    assert_eq!(stage(&doc, &Log::default()), None, "a finding of an unknown writer counts for nothing");
}

#[test]
fn emptying_a_field_of_a_higher_units_record_counts_as_writing_to_it() {
    let mut log = Log::default();
    let mut doc = new_document(&kind::DISPROOF);
    log.write(&mut doc, &kind::DISPROOF, 10, Level::City, &[set("subject", "p1"), set("item", "C10")]);
    log.write(&mut doc, &kind::DISPROOF, 11, Level::District, &[Edit::document("item", None)]);
    let space = space(COMMUNITY, Channel::Oversight);
    let rows = rows(&kind::DISPROOF, &doc, DocId([7; 16]), &space, &log);
    assert_cells(&named(&rows, "disproof")[0], &[("item", t("")), ("stage", t("district"))]);
}

#[test]
fn a_record_that_says_nothing_gives_no_rows() {
    for (kind, edits) in [
        (&kind::FINDING, vec![set("item", "C02")]),
        (&kind::DISPROOF, vec![set("reason", "x")]),
        (&kind::DETERMINATION, vec![set("counted_unit", COMMUNITY)]),
        (&kind::DETERMINATION, vec![set("id_no", "11010519491231002X")]),
    ] {
        let mut log = Log::default();
        let mut doc = new_document(kind);
        log.write(&mut doc, kind, 10, Level::City, &edits);
        let space = space(COMMUNITY, Channel::Oversight);
        assert_eq!(rows(kind, &doc, DocId([7; 16]), &space, &log), [], "{}", kind.name);
    }
}

#[test]
fn a_document_in_the_wrong_channel_gives_no_rows() {
    let mut log = Log::default();
    for kind in kind::ALL {
        let mut doc = new_document(kind);
        if kind.field("day").is_some() {
            log.write(&mut doc, kind, 1, Level::City, &[set("day", "2026-01-01")]);
        }
        for channel in [Channel::Records, Channel::Oversight, Channel::Notices] {
            if !kind.channels.contains(&channel) {
                let space = space(COMMUNITY, channel);
                assert_eq!(rows(kind, &doc, DocId([7; 16]), &space, &log), [], "{} in {space}", kind.name);
            }
        }
    }
}

#[test]
fn a_community_has_one_dwelling_register_in_its_oversight() {
    let mut log = Log::default();
    let mut doc = new_document(&kind::DWELLINGS);
    log.write(&mut doc, &kind::DWELLINGS, 1, Level::Street, &[set_item("dwellings", "dwelling", "1-101")]);
    let id = kind::DWELLINGS.fixed_id("").expect("a register has a fixed id");
    let from = |id, channel, log: &Log| rows(&kind::DWELLINGS, &doc, id, &space(COMMUNITY, channel), log);
    let found = from(id, Channel::Oversight, &log);
    assert_cells(
        &named(&found, "dwelling")[0],
        &[
            ("unit", t(COMMUNITY)),
            ("dwelling_id", t(KEY)),
            ("dwelling", t("1-101")),
            ("start_n", n(0)),
            ("end_n", n(99_999_999)),
        ],
    );
    assert_eq!(found.len(), 1);
    assert!(from(id, Channel::Records, &log).is_empty(), "what a community says of its dwellings itself");
    assert!(from(DocId([7; 16]), Channel::Oversight, &log).is_empty(), "a second register");
    assert!(from(id, Channel::Oversight, &Log::default()).is_empty(), "the register of an unknown writer");
}

#[test]
fn only_the_city_says_which_units_there_are() {
    let log = Log::default();
    let mut doc = new_document(&kind::UNIT);
    let edits = [
        set("path", "3211/02/001"),
        set("name", "正东路街道"),
        Edit::document("programme", Some(Value::Int(1))),
    ];
    Log::default().write(&mut doc, &kind::UNIT, 1, Level::City, &edits);
    let id = kind::UNIT.fixed_id("3211/02/001").expect("a unit has a fixed id");
    let from = |unit: &str, id| rows(&kind::UNIT, &doc, id, &space(unit, Channel::Notices), &log);
    assert_cells(
        &named(&from("3211", id), "unit")[0],
        &[
            ("unit", t("3211/02/001")),
            ("parent", t("3211/02")),
            ("level", t("street")),
            ("code", t("321102001")),
            ("name", t("正东路街道")),
            ("programme", n(1)),
        ],
    );
    assert!(from("3211/02", id).is_empty());
    assert!(from("3212", id).is_empty());
    assert!(from("3211", DocId([7; 16])).is_empty(), "a second document of the same unit does not count");
}

#[test]
fn a_unit_has_one_profile() {
    let mut doc = new_document(&kind::PROFILE);
    let edits = [Edit::document("households", Some(Value::Int(900)))];
    Log::default().write(&mut doc, &kind::PROFILE, 1, Level::Community, &edits);
    let space = space(COMMUNITY, Channel::Records);
    let id = kind::PROFILE.fixed_id("").expect("a profile has a fixed id");
    let found = rows(&kind::PROFILE, &doc, id, &space, &Log::default());
    assert_cells(&named(&found, "profile")[0], &[("households", n(900))]);
    assert!(rows(&kind::PROFILE, &doc, DocId([7; 16]), &space, &Log::default()).is_empty());
}

/// Anything that a device could put into a map.
fn junk() -> impl Strategy<Value = ScalarValue> {
    prop_oneof![
        ".{0,20}".prop_map(|text| ScalarValue::Str(text.as_str().into())),
        any::<i64>().prop_map(ScalarValue::Int),
        any::<u64>().prop_map(ScalarValue::Uint),
        any::<f64>().prop_map(ScalarValue::F64),
        any::<bool>().prop_map(ScalarValue::Boolean),
        any::<i64>().prop_map(ScalarValue::counter),
        any::<i64>().prop_map(ScalarValue::Timestamp),
        prop::collection::vec(any::<u8>(), 0..8).prop_map(ScalarValue::Bytes),
        Just(ScalarValue::Null),
        Just(ScalarValue::Str("2026-01-05".into())),
        Just(ScalarValue::Str("99999999999999999999".into())),
    ]
}

/// Writes junk under every name that the kind knows, and some that it does not.
fn vandalise(doc: &mut Automerge, kind: &Kind, values: &[ScalarValue], objects: bool) {
    let mut value = values.iter().cycle().cloned();
    let mut next = || value.next().unwrap_or(ScalarValue::Null);
    let mut tx = doc.transaction();
    for name in kind.fields.iter().map(|field| field.name).chain(["unknown"]) {
        tx.put(ROOT, name, next()).expect("the root takes any value");
    }
    for collection in kind.collections {
        let container = base::container(kind, collection.name).expect("the kind has the collection");
        let item = tx.put_object(container, KEY, ObjType::Map).expect("a map takes an item");
        for field in collection.fields {
            tx.put(&item, field.name, next()).expect("an item takes any value");
        }
        tx.put(container, "not a key", next()).expect("a map takes any value");
        if objects {
            tx.put_object(container, KEY.replace('0', "2"), ObjType::List).expect("a map takes a list");
            tx.put(ROOT, collection.name, next()).expect("the root takes any value");
        }
    }
    tx.commit();
}

proptest! {
    #[test]
    fn junk_in_a_document_never_panics_and_gives_the_same_rows_on_every_device(
        kind in prop::sample::select(kind::ALL),
        values in prop::collection::vec(junk(), 1..30),
        others in prop::collection::vec(junk(), 1..30),
        objects in any::<bool>(),
    ) {
        let mut one = new_document(kind).with_actor(ActorId::from([1; 16]));
        let mut other = one.fork().with_actor(ActorId::from([2; 16]));
        vandalise(&mut one, kind, &values, objects);
        vandalise(&mut other, kind, &others, !objects);
        let mut merged = one.fork();
        merged.merge(&mut other).expect("two documents of one kind merge");
        other.merge(&mut one).expect("two documents of one kind merge");
        let log = Log::default();
        for (unit, channel) in [("3211", Channel::Notices), ("3211/02/001", Channel::Records), (COMMUNITY, Channel::Oversight)] {
            let space = space(unit, channel);
            let id = kind.fixed_id(COMMUNITY).unwrap_or(DocId([7; 16]));
            let found = rows(kind, &merged, id, &space, &log);
            prop_assert_eq!(&found, &rows(kind, &other, id, &space, &log));
            for row in &found {
                let columns = &tables()[row.table].columns;
                prop_assert_eq!(row.cells.len(), columns.len());
                for (cell, column) in row.cells.iter().zip(columns) {
                    prop_assert_eq!(matches!(cell, Cell::Int(_)), column.ty == ColumnType::Int);
                }
            }
        }
        let record = crate::read(&merged, kind);
        crate::validate(kind, &record);
    }
}
