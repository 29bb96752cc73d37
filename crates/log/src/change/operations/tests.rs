//! Reading operations promises that writing them gives the columns back.

use automerge::{Automerge, ObjType, ROOT, ScalarValue, transaction::Transactable};
use linli_wire::LogId;
use proptest::prelude::*;

use super::*;
use crate::fixture::{actor, edit, put};

fn operations(chunk: &[u8]) -> Option<usize> {
    let parts = ChangeParts::parse(chunk).expect("Automerge made it");
    read(&parts).map(|operations| operations.len())
}

#[test]
fn changes_of_maps_are_read_and_written_as_automerge_writes_them() {
    let (ours, theirs) = (actor(LogId([1; 32]), 1), actor(LogId([2; 32]), 2));
    let mut document = Automerge::new();
    let made = edit(&mut document, &ours, |t| {
        let members = t.put_object(ROOT, "members", ObjType::Map).expect("a map");
        for n in 0..3 {
            let member = t.put_object(&members, n.to_string(), ObjType::Map).expect("a map");
            t.put(&member, "name", "王芳").expect("a value");
            t.put(&member, "born", -20_780_i64).expect("a value");
        }
        t.put(ROOT, "phone", "138").expect("a value");
        t.put(ROOT, "gone", ScalarValue::Null).expect("a value");
    });
    assert_eq!(operations(&made), Some(12));
    let mut other = document.fork();
    assert_eq!(operations(&put(&mut document, &ours, "phone", "139")), Some(1));
    put(&mut other, &theirs, "phone", "137");
    document.merge(&mut other).expect("both have the same history");
    let settled = edit(&mut document, &theirs, |t| {
        t.delete(ROOT, "gone").expect("it is there");
        t.put(ROOT, "phone", "136").expect("a value");
        t.delete(ROOT, "members").expect("it is there");
    });
    assert_eq!(operations(&settled), Some(3));
}

#[test]
fn lists_and_texts_are_not_read() {
    let mut document = Automerge::new();
    let chunk = edit(&mut document, &actor(LogId([1; 32]), 1), |t| {
        let text = t.put_object(ROOT, "notes", ObjType::Text).expect("a text");
        t.splice_text(&text, 0, 0, "visited").expect("text");
    });
    assert_eq!(operations(&chunk), None);
}

#[test]
fn runs_of_more_than_a_change_may_have_are_not_unfolded() {
    let mut document = Automerge::new();
    let chunk = put(&mut document, &actor(LogId([1; 32]), 1), "a", "b");
    let parts = ChangeParts::parse(&chunk).expect("Automerge made it");
    let run = |count: i64, value: &[u8]| {
        let mut data = Vec::new();
        put_leb(&mut data, count);
        data.extend_from_slice(value);
        data
    };
    for (count, read_as) in
        [(CHANGE_OPS_MAX, Some(CHANGE_OPS_MAX as usize)), (CHANGE_OPS_MAX + 1, None), (1 << 60, None)]
    {
        let mut insert = Vec::new();
        put_uleb(&mut insert, count);
        let count = count as i64;
        let columns = [
            (column::KEY_TEXT, run(count, b"\x01a")),
            (column::INSERT, insert),
            (column::ACTION, run(count, &[1])),
            (column::VALUE_LENGTHS, run(count, &[0])),
            (column::PREDECESSOR_COUNT, run(count, &[0])),
        ];
        let columns = columns.iter().map(|(spec, data)| (*spec, data.as_slice())).collect();
        let many = ChangeParts { columns, ..parts.clone() };
        assert_eq!(read(&many).map(|operations| operations.len()), read_as);
    }
}

proptest! {
    #[test]
    fn runs_come_back_as_they_were(values in proptest::collection::vec(proptest::option::of(0..3_u64), 0..40)) {
        let mut data = Vec::new();
        runs(&mut data, values.iter().copied(), put_uleb);
        let mut column = Column { input: Input(&data), read: Input::uleb, left: 0, run: Run::Literal };
        for value in &values {
            prop_assert_eq!(column.next(), Ok(*value));
        }
        prop_assert_eq!(column.next(), Ok(None));
        prop_assert!(data.is_empty() == values.iter().all(Option::is_none));
    }
}
