//! Every decoder of this crate on damaged bytes: the vectors are the corpus, damaged in a way that is the
//! same in every run. Nothing may panic, and what is taken must be what its canonical form says.

use std::{fs, panic::catch_unwind, path::Path};

use data_encoding::HEXLOWER;
use linli_log::{
    ChangeParts, DocumentGraph, Entry, Grant, Header, Kind, RawSegment, Receipt, Revoke, Rotate, compact,
    fact::{Body, Changes, Genesis},
};
use linli_wire::LogId;
use serde_json::Value;

/// Damaged copies of each vector.
const COPIES: u64 = 60;

/// All byte strings of the vectors, of 8 bytes or more.
fn corpus() -> Vec<Vec<u8>> {
    fn gather(value: &Value, found: &mut Vec<Vec<u8>>) {
        match value {
            Value::String(text) => {
                found.extend(HEXLOWER.decode(text.as_bytes()).ok().filter(|bytes| bytes.len() >= 8));
            }
            Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
            Value::Object(items) => items.values().for_each(|item| gather(item, found)),
            _ => {}
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocol/vectors/log");
    let mut found = Vec::new();
    for name in ["entries", "segments", "frontiers", "reject", "changes"] {
        let text = fs::read_to_string(folder.join(format!("{name}.json"))).expect("the vectors are here");
        gather(&serde_json::from_str(&text).expect("vectors are JSON"), &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Numbers that differ from each other and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }

    fn damage(&mut self, bytes: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes[at..].iter_mut().take(1).for_each(|byte| *byte ^= 1 << self.below(8)),
                1 => bytes[at..]
                    .iter_mut()
                    .take(1)
                    .for_each(|byte| *byte = [0, 0x7f, 0x80, 0xff][self.below(4)]),
                2 => bytes.truncate(at),
                3 => bytes.insert(at, self.below(256) as u8),
                4 => drop(bytes.drain(at..(at + self.below(9)).min(bytes.len()))),
                _ => {
                    let from = self.below(other.len());
                    bytes.splice(at..at, other[from..].iter().take(16).copied());
                }
            }
        }
        bytes
    }
}

/// Decodes a body and writes it again: one value has one encoding.
fn body<B: Body>(bytes: &[u8]) {
    if let Ok(body) = B::decode(bytes) {
        assert_eq!(body.encode(), bytes);
    }
}

fn decode_all(bytes: &[u8]) {
    for segment in [RawSegment::decode(bytes), compact::decode(bytes)].into_iter().flatten() {
        let canonical = segment.encode();
        assert_eq!(canonical.len(), segment.encoded_len());
        assert_eq!(RawSegment::decode(&canonical).as_ref(), Ok(&segment));
        assert_eq!(compact::decode(&compact::encode(&segment, compact::LEVEL_FAST)).as_ref(), Ok(&segment));
        let _ = segment.verify(None);
    }
    if let Ok(header) = Header::decode(bytes) {
        assert_eq!(header.encode(), bytes);
        let _ = Entry::from_parts(bytes.to_vec(), vec![]);
    }
    if let Ok(parts) = ChangeParts::parse(bytes) {
        assert_eq!(parts.build(), bytes);
        let mut log = [0; 32];
        log.iter_mut().zip(parts.actor).for_each(|(to, from)| *to = *from);
        let document = automerge::Automerge::new();
        let _ = DocumentGraph::of(&document).vet(LogId(log), bytes);
    }
    body::<Genesis>(bytes);
    body::<Changes>(bytes);
    body::<Grant>(bytes);
    body::<Revoke>(bytes);
    body::<Receipt>(bytes);
    body::<Rotate>(bytes);
    let _ = Kind::from_code(bytes.first().copied().unwrap_or_default().into());
}

fn survives(name: &str, bytes: &[u8]) {
    let outcome = catch_unwind(|| decode_all(bytes));
    assert!(outcome.is_ok(), "{name}: {}", HEXLOWER.encode(bytes));
}

#[test]
fn damaged_vectors_never_panic_a_decoder() {
    let corpus = corpus();
    assert!(corpus.len() > 50, "the corpus is here: {}", corpus.len());
    let mut dice = Dice(1);
    for (at, bytes) in corpus.iter().enumerate() {
        survives(&format!("vector {at}"), bytes);
        for copy in 0..COPIES {
            let other = &corpus[dice.below(corpus.len())];
            survives(&format!("vector {at}, copy {copy}"), &dice.damage(bytes, other));
        }
    }
}

/// A change keeps its checksum when its contents are damaged, so that what lies behind is reached.
#[test]
fn damaged_changes_with_a_right_checksum_never_panic_vetting() {
    let corpus = corpus();
    let changes: Vec<&Vec<u8>> = corpus.iter().filter(|bytes| ChangeParts::parse(bytes).is_ok()).collect();
    assert!(changes.len() > 10, "{}", changes.len());
    let mut dice = Dice(2);
    for (at, chunk) in changes.iter().enumerate() {
        for copy in 0..COPIES {
            let parts = ChangeParts::parse(chunk).expect("asked above");
            let columns: Vec<Vec<u8>> = parts
                .columns
                .iter()
                .map(|(_, data)| if dice.below(3) == 0 { dice.damage(data, chunk) } else { data.to_vec() })
                .collect();
            let damaged = ChangeParts {
                columns: parts.columns.iter().zip(&columns).map(|((spec, _), d)| (*spec, &d[..])).collect(),
                ..parts
            };
            survives(&format!("change {at}, copy {copy}"), &damaged.build());
        }
    }
}
