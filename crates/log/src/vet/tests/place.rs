//! Every reason to refuse a change for what it says of itself: its actor, place, shape and values.

use std::num::NonZeroU64;

use linli_wire::limits::{CHANGE_MESSAGE_BYTES_MAX, DOCUMENT_DEPTH_MAX, MAP_KEY_BYTES_MAX};

use super::*;

#[test]
fn a_chunk_that_is_no_change_is_refused() {
    let (document, first) = card();
    assert_eq!(refusal(&document, &first[..20]), VetError::Parse(ChangeError::Truncated));
    assert_eq!(refusal(&document, b"garbage, all of it"), VetError::Parse(ChangeError::Magic));
}

#[test]
fn an_actor_of_another_log_is_refused() {
    let (document, first) = card();
    assert_eq!(DocumentGraph::of(&document).vet(OTHER, &first).map(|_| ()), Err(VetError::Actor));
    let short = put(&mut Automerge::new(), &automerge::ActorId::from(&LOG.0[..10]), "a", "b");
    assert_eq!(refusal(&document, &short), VetError::Actor);
}

#[test]
fn a_change_with_a_time_of_its_own_is_refused() {
    let (document, _) = card();
    for time in [1, -1, i64::MAX] {
        assert_eq!(refusal(&document, &altered(&document, |c| c.time = time)), VetError::Time(time));
    }
}

#[test]
fn the_first_change_of_a_document_is_salted_and_no_message_is_long() {
    let (card, _) = card();
    let first = |document: &Automerge, message: Option<String>| {
        let mut fork = document.fork();
        let mut expanded =
            Change::from_bytes(put(&mut fork, &actor(LOG, 3), "a", "b")).expect("a change").decode();
        expanded.message = message;
        vet(document, &chunk(expanded)).map(|_| ())
    };
    let empty = Automerge::new();
    assert_eq!(first(&empty, Some(salt(5))), Ok(()));
    assert_eq!(first(&empty, None), Err(VetError::Message(0)));
    assert_eq!(first(&empty, Some("s".repeat(SALT_CHARS + 1))), Err(VetError::Message(SALT_CHARS + 1)));
    assert_eq!(first(&card, None), Ok(()), "a salt stands behind it");
    // Beside the salted change and not after it.
    let chunk_beside = {
        let mut expanded = Change::from_bytes(put(&mut Automerge::new(), &actor(LOG, 3), "a", "b"))
            .expect("a change")
            .decode();
        expanded.message = None;
        chunk(expanded)
    };
    assert_eq!(refusal(&card, &chunk_beside), VetError::Message(0));
    let document = card;
    let later = |len: usize| {
        let chunk = altered(&document, |c| c.message = Some("m".repeat(len)));
        vet(&document, &chunk).map(|_| ())
    };
    assert_eq!(later(CHANGE_MESSAGE_BYTES_MAX), Ok(()));
    assert_eq!(later(CHANGE_MESSAGE_BYTES_MAX + 1), Err(VetError::Message(CHANGE_MESSAGE_BYTES_MAX + 1)));
}

#[test]
fn a_change_out_of_its_actors_order_is_refused() {
    let (mut document, _) = card();
    assert_eq!(
        refusal(&document, &altered(&document, |c| c.seq = 3)),
        VetError::SequenceGap { expected: 2, found: 3 }
    );
    assert_eq!(
        refusal(&document, &altered(&document, |c| c.seq = 0)),
        VetError::SequenceGap { expected: 2, found: 0 }
    );
    let twin = altered(&document, |c| c.message = Some("a twin".to_owned()));
    put(&mut document, &actor(LOG, 1), "phone", "139");
    assert_eq!(refusal(&document, &twin), VetError::Repeated(2));
}

#[test]
fn a_change_whose_dependency_is_not_here_waits() {
    let (document, _) = card();
    let chunk = altered(&document, |c| c.deps.push(automerge::ChangeHash([9; 32])));
    assert_eq!(refusal(&document, &chunk), VetError::MissingDependency([9; 32]));
}

#[test]
fn a_change_beside_its_actors_last_one_is_refused() {
    let mut document = Automerge::new();
    let base = put(&mut document, &actor(LOG, 2), "a", "b");
    let mut fork = document.fork();
    put(&mut document, &actor(LOG, 1), "c", "d");
    let mut beside = Change::from_bytes(put(&mut fork, &actor(LOG, 1), "e", "f")).expect("a change").decode();
    beside.seq = 2;
    assert_eq!(refusal(&document, &chunk(beside)), VetError::NotAfterOwn);
    assert!(ChangeParts::parse(&base).is_ok());
}

#[test]
fn operations_start_right_after_those_of_the_dependencies() {
    let (document, _) = card();
    for found in [1, 3, 5, 1 << 40] {
        let chunk = altered(&document, |c| c.start_op = NonZeroU64::new(found).expect("none is zero"));
        assert_eq!(refusal(&document, &chunk), VetError::StartOp { expected: 4, found });
    }
}

#[test]
fn a_change_of_no_operations_is_refused() {
    let (document, _) = card();
    assert_eq!(refusal(&document, &altered(&document, |c| c.operations.clear())), VetError::Operations(0));
}

#[test]
fn what_an_operation_names_stands_behind_its_change() {
    let (mut document, _) = card();
    let ours = actor(LOG, 1);
    let mut fork = document.fork();
    let map = |counter: u64, actor: &automerge::ActorId| ObjectId::Id(OpId::new(counter, actor));
    let stranger = actor(LOG, 9);
    for object in
        [map(99, &ours), map(2, &ours), map(1, &stranger), map(4, &ours), map(u64::from(u32::MAX), &ours)]
    {
        let chunk = altered(&document, |c| {
            c.operations[0].obj = object.clone();
            c.operations[0].pred = Vec::new().into();
        });
        assert_eq!(refusal(&document, &chunk), VetError::UnknownObject, "{object:?}");
    }
    for pred in [OpId::new(99, &ours), OpId::new(1, &ours), OpId::new(3, &stranger), OpId::new(4, &ours)] {
        let chunk = altered(&document, |c| c.operations[0].pred = vec![pred.clone()].into());
        assert_eq!(refusal(&document, &chunk), VetError::UnknownPredecessor, "{pred:?}");
    }
    // A map and a value that are here, but were made beside the change and not before it.
    edit(&mut fork, &actor(LOG, 2), |t| {
        t.put_object(ROOT, "visits", ObjType::Map).expect("a map");
        t.put(ROOT, "phone", "137").expect("a value");
    });
    let into = altered(&document, |c| {
        c.operations[0].obj = map(4, &actor(LOG, 2));
        c.operations[0].pred = Vec::new().into();
    });
    let over = altered(&document, |c| c.operations[0].pred = vec![OpId::new(5, &actor(LOG, 2))].into());
    document.merge(&mut fork).expect("they share their history");
    assert_eq!(refusal(&document, &into), VetError::UnknownObject);
    assert_eq!(refusal(&document, &over), VetError::UnknownPredecessor);
}

#[test]
fn a_batch_is_held_to_the_same_rules() {
    let (document, first) = card();
    let empty = Automerge::new();
    let mut graph = DocumentGraph::of(&empty);
    let vetted = graph.vet(LOG, &first).expect("it is honest");
    graph.add(&vetted);
    let into_value = altered(&document, |c| {
        c.operations[0].obj = ObjectId::Id(OpId::new(3, &actor(LOG, 1)));
        c.operations[0].pred = Vec::new().into();
    });
    let wrong_key = altered(&document, |c| c.operations[0].key = Key::Map("fax".into()));
    assert_eq!(graph.vet(LOG, &into_value).map(|_| ()), Err(VetError::UnknownObject));
    assert_eq!(graph.vet(LOG, &wrong_key).map(|_| ()), Err(VetError::UnknownPredecessor));
}

#[test]
fn documents_are_maps_of_texts_and_whole_numbers() {
    type Edit = fn(&mut automerge::transaction::Transaction<'_>);
    let edits: [(Edit, &str); 10] = [
        (|t| drop(t.put_object(ROOT, "l", ObjType::List).expect("a list")), "a list, text or table"),
        (|t| drop(t.put_object(ROOT, "t", ObjType::Text).expect("a text")), "a list, text or table"),
        (
            |t| t.put(ROOT, "c", ScalarValue::counter(1)).expect("a counter"),
            "a value that is neither text nor whole number",
        ),
        (|t| t.put(ROOT, "b", true).expect("a value"), "a value that is neither text nor whole number"),
        (|t| t.put(ROOT, "f", 1.5).expect("a value"), "a value that is neither text nor whole number"),
        (|t| t.put(ROOT, "u", 1_u64).expect("a value"), "a value that is neither text nor whole number"),
        (|t| t.put(ROOT, "n", ()).expect("a value"), "a value that is neither text nor whole number"),
        (
            |t| t.put(ROOT, "t", ScalarValue::Timestamp(1)).expect("a value"),
            "a value that is neither text nor whole number",
        ),
        (|t| t.put(ROOT, "x", vec![1, 2]).expect("a value"), "a value that is neither text nor whole number"),
        (
            |t| t.put(ROOT, "k".repeat(MAP_KEY_BYTES_MAX + 1), 1).expect("a value"),
            "a key that is empty or too long",
        ),
    ];
    let (document, _) = card();
    for (change, expected) in edits {
        let chunk = edit(&mut document.fork(), &actor(LOG, 1), change);
        assert_eq!(refusal(&document, &chunk), VetError::Operation(expected));
    }
    let mut long = document.fork();
    let chunk =
        edit(&mut long, &actor(LOG, 1), |t| t.put(ROOT, "k".repeat(MAP_KEY_BYTES_MAX), 1).expect("a value"));
    assert!(vet(&document, &chunk).is_ok());
    let nothing = altered(&document, |c| {
        c.operations[0].action = OpType::Delete;
        c.operations[0].pred = Vec::new().into();
    });
    assert_eq!(refusal(&document, &nothing), VetError::Operation("a deletion of nothing"));
    let increment = altered(&document, |c| c.operations[0].action = OpType::Increment(1));
    assert_eq!(refusal(&document, &increment), VetError::Operation("a counter"));
}

#[test]
fn what_stands_in_a_list_or_text_is_refused() {
    let mut document = Automerge::new();
    edit(&mut document, &actor(OTHER, 1), |t| {
        let text = t.put_object(ROOT, "text", ObjType::Text).expect("a text");
        t.splice_text(&text, 0, 0, "abc").expect("text");
    });
    let (_, text) = document.get(ROOT, "text").expect("it is there").expect("it is there");
    let splice =
        edit(&mut document.fork(), &actor(LOG, 1), |t| t.splice_text(&text, 1, 0, "x").expect("text"));
    assert_eq!(refusal(&document, &splice), VetError::Operation("a list or text operation"));
    let mark = edit(&mut document.fork(), &actor(LOG, 1), |t| {
        let mark = automerge::marks::Mark::new("bold".to_owned(), true, 0, 2);
        t.mark(&text, mark, automerge::marks::ExpandMark::Both).expect("a mark");
    });
    assert!(matches!(refusal(&document, &mark), VetError::Operation(_)));
}

#[test]
fn maps_stand_in_maps_only_so_deep() {
    let nested = |depth: usize| {
        let mut document = Automerge::new();
        edit(&mut document, &actor(LOG, 1), |t| {
            (0..depth).fold(ROOT, |map, _| t.put_object(&map, "m", ObjType::Map).expect("a map"));
        })
    };
    let mut document = Automerge::new();
    let vetted = vet(&document, &nested(DOCUMENT_DEPTH_MAX)).expect("it is at the limit");
    assert_eq!(refusal(&document, &nested(DOCUMENT_DEPTH_MAX + 1)), VetError::Depth);
    document.apply_changes([vetted.change]).expect("it was vetted");
    let deepest = ObjectId::Id(OpId::new(DOCUMENT_DEPTH_MAX as u64, &actor(LOG, 1)));
    let deeper = |action: OpType| {
        let mut expanded = next(&document);
        expanded.operations[0].obj = deepest.clone();
        expanded.operations[0].action = action;
        vet(&document, &chunk(expanded)).map(|_| ())
    };
    assert_eq!(deeper(OpType::Put(1_i64.into())), Ok(()));
    assert_eq!(deeper(OpType::Make(ObjType::Map)), Err(VetError::Depth));
}

#[test]
fn a_change_is_written_as_automerge_writes_it() {
    let (document, _) = card();
    let author = altered(&document, |c| c.extra_bytes = vec![1, 2, 3, 4]);
    assert_eq!(refusal(&document, &author), VetError::NotCanonical);
    let good = chunk(next(&document));
    let parts = ChangeParts::parse(&good).expect("Automerge made it");
    let mut unknown = parts.clone();
    unknown.columns.push((0x1000_0001, &[1, 1]));
    assert_eq!(refusal(&document, &unknown.build()), VetError::NotCanonical);
    let mut idle_actor = parts.clone();
    idle_actor.other_actors.push(&[7; 16]);
    assert_eq!(refusal(&document, &idle_actor.build()), VetError::NotCanonical);
    // One value as a literal run instead of as one repetition.
    let mut longer = parts.clone();
    let action = longer.columns.iter_mut().find(|(spec, _)| *spec == 0x42).expect("every change has actions");
    assert_eq!(action.1, [0x7f, 1], "one literal");
    action.1 = &[1, 1];
    assert!(matches!(refusal(&document, &longer.build()), VetError::NotCanonical | VetError::Undecodable));
    let mut cut = parts;
    cut.columns.retain(|(spec, _)| *spec != 0x15);
    assert!(vet(&document, &cut.build()).is_err());
}
