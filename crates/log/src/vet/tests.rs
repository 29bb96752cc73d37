//! What vetting promises: honest changes pass, every other is named, and Automerge never meets it.

mod hostile;
mod place;

use automerge::{
    Automerge, Change, ExpandedChange, ObjType, ROOT, ReadDoc, ScalarValue,
    legacy::{Key, ObjectId, OpId, OpType},
    transaction::Transactable,
};
use linli_wire::LogId;

use super::*;
use crate::fixture::{actor, edit, put, salt, text_at};

/// The log that carries the changes of these tests, and another one.
const LOG: LogId = LogId([1; 32]);
const OTHER: LogId = LogId([2; 32]);

/// Vets a change; one that is let through is written as Automerge itself writes it.
fn vet(document: &Automerge, chunk: &[u8]) -> Result<VettedChange, VetError> {
    let vetted = DocumentGraph::of(document).vet(LOG, chunk)?;
    assert_eq!(Change::from(vetted.change.decode()).raw_bytes(), chunk, "Automerge writes it otherwise");
    Ok(vetted)
}

fn refusal(document: &Automerge, chunk: &[u8]) -> VetError {
    vet(document, chunk).map(|_| ()).expect_err("it is hostile")
}

/// A card with one change, and the change.
fn card() -> (Automerge, Vec<u8>) {
    let mut document = Automerge::new();
    let chunk = edit(&mut document, &actor(LOG, 1), |t| {
        let members = t.put_object(ROOT, "members", ObjType::Map).expect("a map");
        t.put(&members, "a", "王芳").expect("a value");
        t.put(ROOT, "phone", "138").expect("a value");
    });
    (document, chunk)
}

/// A good change on top of a card, taken apart so that one thing about it can be made wrong.
fn next(document: &Automerge) -> ExpandedChange {
    let mut fork = document.fork();
    let chunk = edit(&mut fork, &actor(LOG, 1), |t| t.put(ROOT, "phone", "139").expect("a value"));
    Change::from_bytes(chunk).expect("Automerge made it").decode()
}

fn chunk(expanded: ExpandedChange) -> Vec<u8> {
    Change::from(expanded).raw_bytes().to_vec()
}

/// A change on top of a card with one thing about it made wrong.
fn altered(document: &Automerge, alter: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
    let mut expanded = next(document);
    alter(&mut expanded);
    chunk(expanded)
}

#[test]
fn what_an_honest_device_writes_is_let_through() {
    let ours = actor(LOG, 1);
    let (mut document, first) = card();
    assert!(vet(&Automerge::new(), &first).is_ok());
    let edits: [fn(&mut automerge::transaction::Transaction<'_>); 5] = [
        |t| t.put(ROOT, "phone", "139").expect("a value"),
        |t| t.put(ROOT, "opened", -5_i64).expect("a value"),
        |t| {
            let (_, members) = t.get(ROOT, "members").expect("it is there").expect("it is there");
            let member = t.put_object(&members, "b", ObjType::Map).expect("a map");
            t.put(&member, "name", "李伟").expect("a value");
            t.put(&member, "name", "李伟伟").expect("a value");
            t.delete(&members, "a").expect("it is there");
        },
        |t| t.delete(ROOT, "phone").expect("it is there"),
        |t| {
            t.put(ROOT, "phone", "1").expect("a value");
            t.delete(ROOT, "phone").expect("it is there");
            t.delete(ROOT, "members").expect("it is there");
        },
    ];
    for (at, change) in edits.into_iter().enumerate() {
        let before = document.clone();
        let chunk = edit(&mut document, &ours, change);
        let vetted = vet(&before, &chunk).unwrap_or_else(|error| panic!("edit {at}: {error}"));
        assert_eq!(vetted.hash, ChangeParts::parse(&chunk).expect("it is a change").hash);
        let mut after = before.clone();
        after.apply_changes([vetted.change]).expect("it was vetted");
        assert_eq!(after.get_heads(), document.get_heads());
        let loaded = Automerge::load(&after.save()).expect("what was vetted saves and loads");
        assert_eq!(loaded.get_heads(), document.get_heads());
    }
}

#[test]
fn concurrent_edits_by_two_actors_are_let_through_in_either_order() {
    let (mut document, _) = card();
    let mut fork = document.fork();
    let base = document.clone();
    let ours = put(&mut document, &actor(LOG, 1), "phone", "ours");
    let theirs = put(&mut fork, &actor(LOG, 2), "phone", "theirs");
    document.merge(&mut fork).expect("they share their history");
    // A value over both of the conflicting ones.
    let both = put(&mut document, &actor(LOG, 2), "phone", "both");
    for order in [[&ours, &theirs], [&theirs, &ours]] {
        let mut graph = DocumentGraph::of(&base);
        let mut after = base.clone();
        assert!(graph.vet(LOG, &both).is_err_and(|e| e.is_pending()));
        for chunk in [order[0], order[1], &both] {
            let vetted = graph.vet(LOG, chunk).expect("it is honest");
            graph.add(&vetted);
            after.apply_changes([vetted.change]).expect("it was vetted");
        }
        assert_eq!(text_at(&after, "phone").as_deref(), Some("both"));
        assert_eq!(after.get_heads(), document.get_heads());
        // The same again, each against a document that has the ones before.
        let mut after = base.clone();
        for chunk in [order[0], order[1], &both] {
            let vetted = vet(&after, chunk).expect("it is honest");
            after.apply_changes([vetted.change]).expect("it was vetted");
        }
    }
}

#[test]
fn a_late_edit_over_what_was_overwritten_meanwhile_is_let_through() {
    let (mut document, _) = card();
    let mut fork = document.fork();
    for value in ["1", "2", "3"] {
        put(&mut document, &actor(LOG, 1), "phone", value);
    }
    edit(&mut document, &actor(LOG, 1), |t| t.delete(ROOT, "members").expect("it is there"));
    let late = edit(&mut fork, &actor(LOG, 2), |t| {
        let (_, members) = t.get(ROOT, "members").expect("it is there").expect("it is there");
        t.put(&members, "a", "王芳芳").expect("a value");
        t.put(ROOT, "phone", "late").expect("a value");
    });
    let vetted = vet(&document, &late).expect("it is honest");
    document.apply_changes([vetted.change]).expect("it was vetted");
    assert!(document.get_heads().len() == 2);
}

#[test]
fn a_chain_within_one_batch_is_vetted_before_any_of_it_is_applied() {
    let mut document = Automerge::new();
    let ours = actor(LOG, 1);
    let mut chunks = vec![edit(&mut document, &ours, |t| {
        t.put_object(ROOT, "members", ObjType::Map).expect("a map");
    })];
    for n in 0..20 {
        chunks.push(edit(&mut document, &ours, |t| {
            let (_, members) = t.get(ROOT, "members").expect("it is there").expect("it is there");
            let member = t.put_object(&members, format!("{n}"), ObjType::Map).expect("a map");
            t.put(&member, "name", n).expect("a value");
            t.put(ROOT, "count", n).expect("a value");
            if n > 2 {
                t.delete(&members, format!("{}", n - 1)).expect("it is there");
            }
        }));
    }
    let empty = Automerge::new();
    let mut graph = DocumentGraph::of(&empty);
    let mut changes = Vec::new();
    for chunk in &chunks {
        let vetted = graph.vet(LOG, chunk).expect("it is honest");
        assert!(!graph.contains(&vetted.hash));
        graph.add(&vetted);
        graph.add(&vetted);
        assert!(graph.contains(&vetted.hash));
        assert_eq!(graph.vet(LOG, chunk).map(|_| ()), Err(VetError::Repeated(vetted.change.seq())));
        changes.push(vetted.change);
    }
    let mut after = Automerge::new();
    after.apply_changes(changes).expect("all were vetted");
    assert_eq!(after.get_heads(), document.get_heads());
}

#[test]
fn a_change_of_as_many_operations_as_the_limit_is_let_through_and_of_one_more_is_not() {
    for (count, expected) in
        [(CHANGE_OPS_MAX, Ok(())), (CHANGE_OPS_MAX + 1, Err(VetError::Operations(CHANGE_OPS_MAX + 1)))]
    {
        let mut document = Automerge::new();
        let chunk = edit(&mut document, &actor(LOG, 1), |t| {
            for n in 0..count {
                t.put(ROOT, format!("{n}"), n as i64).expect("a value");
            }
        });
        assert_eq!(vet(&Automerge::new(), &chunk).map(|_| ()), expected);
    }
}

#[test]
fn only_a_missing_dependency_is_worth_waiting_for() {
    assert!(VetError::MissingDependency([0; 32]).is_pending());
    for error in [VetError::Actor, VetError::UnknownObject, VetError::NotAfterOwn, VetError::Undecodable] {
        assert!(!error.is_pending());
    }
}
