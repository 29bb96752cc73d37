//! Changes that an authorised device can sign and that stop Automerge 0.12 when it is given them.

use std::{
    num::NonZeroU64,
    panic::{self, AssertUnwindSafe, catch_unwind},
    sync::Mutex,
};

use automerge::legacy::ElementId;
use proptest::prelude::*;

use super::*;

/// The hook that prints panics belongs to the process, so tests that silence it take turns.
static HOOK: Mutex<()> = Mutex::new(());

/// What Automerge does when it is given a change and then saves and loads its document.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Applied,
    Ignored,
    Failed,
    Panicked,
}

/// Runs something without the message that a panic prints.
fn silently<T>(run: impl FnOnce() -> T) -> T {
    let _turn = HOOK.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let printing = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let outcome = catch_unwind(AssertUnwindSafe(run));
    panic::set_hook(printing);
    outcome.unwrap_or_else(|panicked| panic::resume_unwind(panicked))
}

fn apply(document: &Automerge, chunk: &[u8]) -> Outcome {
    let applied = catch_unwind(AssertUnwindSafe(|| {
        let mut document = document.clone();
        let heads = document.get_heads();
        let Ok(change) = Change::from_bytes(chunk.to_vec()) else { return Outcome::Failed };
        if document.apply_changes([change]).is_err() {
            return Outcome::Failed;
        }
        if document.get_heads() == heads {
            return Outcome::Ignored;
        }
        match Automerge::load(&document.save()) {
            Ok(loaded) if loaded.get_heads() == document.get_heads() => Outcome::Applied,
            _ => Outcome::Failed,
        }
    }));
    applied.unwrap_or(Outcome::Panicked)
}

#[test]
fn an_honest_change_is_applied() {
    let (document, _) = card();
    assert_eq!(apply(&document, &chunk(next(&document))), Outcome::Applied);
}

#[test]
fn what_stops_automerge_is_refused_before() {
    let (document, _) = card();
    let ours = actor(LOG, 1);
    let start = |c: &mut ExpandedChange, at: u64| c.start_op = NonZeroU64::new(at).expect("none is zero");
    let into = |c: &mut ExpandedChange, map: OpId| {
        c.operations[0].obj = ObjectId::Id(map);
        c.operations[0].pred = Vec::new().into();
    };
    let over = |c: &mut ExpandedChange, pred: OpId| c.operations[0].pred = vec![pred].into();
    let hostile: Vec<(&str, Vec<u8>)> = vec![
        ("a gap in the sequence", altered(&document, |c| c.seq = 7)),
        ("a sequence number of zero", altered(&document, |c| c.seq = 0)),
        ("a start beyond what 32 bits hold", altered(&document, |c| start(c, 1 << 40))),
        ("a start that is used already", altered(&document, |c| start(c, 1))),
        ("an object that nobody made", altered(&document, |c| into(c, OpId::new(99, &ours)))),
        (
            "an object by an actor that nobody knows",
            altered(&document, |c| into(c, OpId::new(1, &actor(LOG, 9)))),
        ),
        ("an object that is a value", altered(&document, |c| into(c, OpId::new(2, &ours)))),
        ("an object counter beyond 32 bits", altered(&document, |c| into(c, OpId::new(1 << 40, &ours)))),
        ("a predecessor that nobody wrote", altered(&document, |c| over(c, OpId::new(99, &ours)))),
        ("a predecessor at another key", altered(&document, |c| over(c, OpId::new(1, &ours)))),
    ];
    for (what, chunk) in &hostile {
        let outcome = silently(|| apply(&document, chunk));
        assert!(matches!(outcome, Outcome::Failed | Outcome::Panicked), "{what} is harmless: {outcome:?}");
        assert!(silently(|| vet(&document, chunk)).is_err(), "{what} was let through");
    }
}

/// A change whose columns are replaced.
fn with_column(document: &Automerge, spec: u64, data: &[u8]) -> Vec<u8> {
    let good = chunk(next(document));
    let mut parts = ChangeParts::parse(&good).expect("Automerge made it");
    let column = parts.columns.iter_mut().find(|(s, _)| *s == spec).expect("the change has the column");
    column.1 = data;
    parts.build()
}

fn run_of(times: i64, value: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    crate::change::put_leb(&mut data, times);
    data.extend_from_slice(value);
    data
}

#[test]
fn a_few_bytes_that_stand_for_endless_operations_are_refused_at_once() {
    let (document, _) = card();
    let actions = with_column(&document, 0x42, &run_of(1 << 60, &[1]));
    assert!(actions.len() < 200);
    assert_eq!(refusal(&document, &actions), VetError::Operations(1 << 60));
    let nulls = with_column(&document, 0x42, &[0, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    assert!(matches!(refusal(&document, &nulls), VetError::Operations(_)));
    let twice = [run_of(i64::MAX, &[1]), run_of(i64::MAX, &[2]), run_of(i64::MAX, &[1])].concat();
    assert_eq!(refusal(&document, &with_column(&document, 0x42, &twice)), VetError::Operations(u64::MAX));
    let mut many = Vec::new();
    crate::change::put_uleb(&mut many, 1 << 50);
    let preds = with_column(&document, 0x70, &run_of(1, &many));
    assert_eq!(refusal(&document, &preds), VetError::Operations(1 << 50));
}

#[test]
fn a_long_key_repeated_is_refused_at_once() {
    let (document, _) = card();
    let mut key = Vec::new();
    crate::change::put_uleb(&mut key, 500_000);
    key.extend(vec![b'k'; 500_000]);
    let keys = with_column(&document, 0x15, &run_of(20_000, &key));
    assert_eq!(refusal(&document, &keys), VetError::Operation("a key that is empty or too long"));
}

#[test]
fn columns_that_end_too_early_are_refused() {
    let (document, _) = card();
    for (spec, data) in [(0x42, &[0x7f][..]), (0x42, &[0x80]), (0x15, &[0x7f, 9, b'a']), (0x70, &[0x7e, 1])] {
        let chunk = with_column(&document, spec, data);
        assert_eq!(refusal(&document, &chunk), VetError::Parse(ChangeError::Truncated), "{spec:#x}");
    }
}

#[test]
fn a_document_does_not_count_beyond_its_limit() {
    // Such a document cannot be written within a test, so the graph is told of one.
    let (document, _) = card();
    let mut graph = DocumentGraph::of(&document);
    let expanded = next(&document);
    graph.pretend_max_op(DOCUMENT_OPS_MAX - 1);
    let at = |start: u64| {
        let mut expanded = expanded.clone();
        expanded.start_op = NonZeroU64::new(start).expect("it is not zero");
        chunk(expanded)
    };
    assert_eq!(graph.vet(LOG, &at(DOCUMENT_OPS_MAX)).map(|_| ()), Ok(()));
    graph.pretend_max_op(DOCUMENT_OPS_MAX);
    let beyond = VetError::OperationCounter(DOCUMENT_OPS_MAX + 1);
    assert_eq!(graph.vet(LOG, &at(DOCUMENT_OPS_MAX + 1)).map(|_| ()), Err(beyond));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]
    #[test]
    fn a_damaged_change_with_a_good_checksum_never_gets_past(
        at in proptest::prelude::any::<proptest::prelude::prop::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        let (document, _) = card();
        let mut bytes = chunk(next(&document));
        let at = 11 + at.index(bytes.len() - 11);
        bytes[at] ^= flip;
        let hash = crate::change::hash_of(&bytes);
        bytes[4..8].copy_from_slice(&hash[..4]);
        let vetted = silently(|| vet(&document, &bytes));
        if vetted.is_ok() {
            proptest::prop_assert_eq!(apply(&document, &bytes), Outcome::Applied);
        }
    }
}

/// One way in which a change is made wrong.
fn alteration() -> impl Strategy<Value = Alteration> {
    let number = prop_oneof![0..8_u64, Just(1 << 31), Just(1 << 32), Just(u64::MAX >> 1)];
    let kind = 0..10_u8;
    (kind, number, 0..4_u8, any::<bool>()).prop_map(|(kind, number, actor, both)| Alteration {
        kind,
        number,
        actor,
        both,
    })
}

#[derive(Debug, Clone)]
struct Alteration {
    kind: u8,
    number: u64,
    actor: u8,
    both: bool,
}

impl Alteration {
    fn make(&self, change: &mut ExpandedChange) {
        let id = OpId::new(self.number, &actor(if self.both { LOG } else { OTHER }, self.actor));
        let Some(operation) = change.operations.last_mut() else { return };
        match self.kind {
            0 => change.seq = self.number,
            1 => change.start_op = NonZeroU64::new(self.number).unwrap_or(NonZeroU64::MIN),
            2 => operation.obj = ObjectId::Id(id),
            3 => operation.pred = vec![id].into(),
            4 => operation.pred = vec![id.clone(), id].into(),
            5 => operation.key = Key::Seq(ElementId::Id(id)),
            6 => operation.insert = self.both,
            7 => {
                operation.action = match self.number % 6 {
                    0 => OpType::Delete,
                    1 => OpType::Increment(3),
                    2 => OpType::Make(ObjType::Map),
                    3 => OpType::Make(ObjType::List),
                    4 => OpType::Make(ObjType::Text),
                    _ => OpType::Put(ScalarValue::counter(3)),
                };
            }
            8 => change.deps.clear(),
            _ => {
                let again = operation.clone();
                change.operations.push(again);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// The alterations reach every place at which a change refers to something; whatever is wrong with one
    /// that a device signs, Automerge takes what is let through, whole.
    #[test]
    fn what_is_let_through_is_applied_whatever_a_device_made_of_it(
        alterations in proptest::collection::vec(alteration(), 1..4),
    ) {
        let (document, _) = card();
        let made = silently(|| catch_unwind(|| altered(&document, |change| {
            for alteration in &alterations {
                alteration.make(change);
            }
        })));
        // What Automerge itself cannot write down is not sent.
        if let Ok(chunk) = made
            && silently(|| vet(&document, &chunk)).is_ok()
        {
            prop_assert_eq!(silently(|| apply(&document, &chunk)), Outcome::Applied, "{:?}", alterations);
        }
    }
}
