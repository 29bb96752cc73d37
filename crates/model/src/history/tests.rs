//! Promises of the history: every change is told, and what a concurrent one was written beside.

use automerge::ActorId;
use proptest::prelude::*;

use super::*;
use crate::{Edit, apply, kind::PERSON, new_document};

const KEY: &str = "00000000000000000000000000000001";

fn device(number: u8) -> ActorId {
    ActorId::from([number; 16])
}

fn write(doc: &mut Automerge, edits: &[Edit]) {
    let mut tx = doc.transaction();
    apply(&mut tx, &PERSON, edits).expect("the edits fit");
    tx.commit();
}

fn set(field: &str, value: &str) -> Edit {
    Edit::document(field, Some(Value::from(value)))
}

fn shown(value: Option<&Value>) -> &str {
    value.and_then(Value::as_text).unwrap_or("-")
}

/// The history as `field: old → new`, with what stands beside: `!` where the other value stood.
fn lines(doc: &Automerge) -> Vec<String> {
    let told = history(&PERSON, doc).expect("a document in a test is sound");
    let line = |one: &Changed| {
        let old: Vec<&str> = one.old.iter().map(|value| shown(Some(value))).collect();
        let beside = one.beside.iter().map(|other| {
            format!(" {}{}", if other.stood { "!" } else { "beside " }, shown(other.value.as_ref()))
        });
        let new = shown(one.new.as_ref());
        format!("{}: {} → {new}{}", one.field.name, old.join("|"), beside.collect::<String>())
    };
    told.iter().map(line).collect()
}

#[test]
fn each_change_is_told_with_what_stood_before() {
    let mut doc = new_document(&PERSON).with_actor(device(1));
    write(&mut doc, &[set("name", "张三"), set("phone", "1")]);
    write(&mut doc, &[set("phone", "2"), Edit::item("episodes", KEY, "code", Some(Value::from("2")))]);
    write(&mut doc, &[Edit::document("phone", None), Edit::remove_item("episodes", KEY)]);
    let expected =
        ["name:  → 张三", "phone:  → 1", "phone: 1 → 2", "code:  → 2", "phone: 2 → -", "code: 2 → -"];
    assert_eq!(lines(&doc), expected);
}

#[test]
fn a_value_that_a_concurrent_one_stood_over_is_told_and_so_is_the_choice() {
    let mut one = new_document(&PERSON).with_actor(device(1));
    write(&mut one, &[set("phone", "0")]);
    let mut other = one.fork().with_actor(device(2));
    write(&mut one, &[set("phone", "1")]);
    // In between a value that the same branch replaced before the two met.
    write(&mut other, &[set("phone", "x")]);
    write(&mut other, &[set("phone", "2")]);
    one.merge(&mut other).expect("two documents of one origin merge");
    let place = Place::Document;
    let field = PERSON.field("phone").expect("a person has a telephone");
    let stand: Vec<Value> =
        values(&PERSON, &one, &place, field).into_iter().map(|(value, _)| value).collect();
    assert_eq!(stand, [Value::from("1"), Value::from("2")]);
    write(&mut one, &[set("phone", "2")]);
    assert_eq!(values(&PERSON, &one, &place, field).len(), 1);
    let mut found = lines(&one);
    assert_eq!(found.pop().as_deref(), Some("phone: 1|2 → 2"), "a choice is a change");
    found.sort();
    let expected = ["phone:  → 0", "phone: 0 → 1 !2", "phone: 0 → x", "phone: x → 2 beside 1"];
    assert_eq!(found, expected);
}

proptest! {
    /// Whatever two devices write apart, each value that anybody wrote is told.
    #[test]
    fn no_value_is_missing(writes in proptest::collection::vec((any::<bool>(), 0_usize..3, any::<bool>()), 1..12)) {
        let mut docs = [new_document(&PERSON).with_actor(device(1)), new_document(&PERSON).with_actor(device(2))];
        let fields = ["name", "phone", "skills"];
        let mut written = Vec::new();
        for (number, (second, field, meet)) in writes.into_iter().enumerate() {
            let value = number.to_string();
            write(&mut docs[usize::from(second)], &[set(fields[field], &value)]);
            written.push((fields[field], value));
            if meet {
                let [one, other] = &mut docs;
                one.merge(other).expect("they merge");
                other.merge(one).expect("they merge");
            }
        }
        let [mut one, mut other] = docs;
        one.merge(&mut other).expect("they merge");
        let told = history(&PERSON, &one).expect("sound");
        let mut found: Vec<(&str, String)> =
            told.iter().map(|one| (one.field.name, shown(one.new.as_ref()).to_owned())).collect();
        found.sort();
        written.sort();
        prop_assert_eq!(found, written);
        // Of two that were written apart exactly one stood.
        for one in &told {
            for other in &one.beside {
                let back = told.iter().find(|that| that.by == other.by && that.field.name == one.field.name);
                let back = back.and_then(|that| that.beside.iter().find(|b| b.by == one.by));
                prop_assert_eq!(back.map(|b| b.stood), Some(!other.stood));
            }
        }
    }
}
