//! What reading a change chunk without Automerge promises.

use automerge::{Automerge, ObjType, ROOT, transaction::Transactable};
use linli_wire::LogId;
use proptest::prelude::*;

use super::*;
use crate::fixture::{actor, edit, put};

/// Chunks of every sort that Automerge makes, not only those that vetting lets through.
fn real_chunks() -> Vec<Vec<u8>> {
    let (ours, theirs) = (actor(LogId([1; 32]), 1), actor(LogId([2; 32]), 2));
    let mut document = Automerge::new();
    let mut chunks = vec![edit(&mut document, &ours, |t| {
        let members = t.put_object(ROOT, "members", ObjType::Map).expect("a map");
        t.put(&members, "head", "王芳").expect("a value");
        t.put(ROOT, "opened", -20_780_i64).expect("a value");
        t.put(ROOT, "counter", automerge::ScalarValue::counter(3)).expect("a counter");
        let text = t.put_object(ROOT, "notes", ObjType::Text).expect("a text");
        t.splice_text(&text, 0, 0, "visited").expect("text");
    })];
    let mut other = document.fork();
    chunks.push(put(&mut document, &ours, "phone", "13800000000"));
    chunks.push(put(&mut other, &theirs, "phone", "13900000000"));
    document.merge(&mut other).expect("both have the same history");
    chunks.push(edit(&mut document, &theirs, |t| {
        t.delete(ROOT, "phone").expect("it is there");
        t.increment(ROOT, "counter", 1).expect("it is a counter");
        for at in 0..300 {
            t.put(ROOT, format!("field {at}"), at).expect("a value");
        }
    }));
    chunks
}

#[test]
fn parsing_and_building_gives_what_automerge_made() {
    for chunk in real_chunks() {
        let parts = ChangeParts::parse(&chunk).expect("Automerge made it");
        assert_eq!(parts.build(), chunk);
        let change = automerge::Change::from_bytes(chunk.clone()).expect("Automerge made it");
        assert_eq!(parts.hash, change.hash().0);
        assert_eq!(hash_of(&chunk), change.hash().0);
        assert_eq!(parts.deps, change.deps().iter().map(|d| d.0).collect::<Vec<_>>());
        assert_eq!(parts.actor, change.actor_id().to_bytes());
        assert_eq!((parts.seq, parts.start_op), (change.seq(), change.start_op().get()));
        assert_eq!((parts.time, parts.message), (change.timestamp(), change.message().unwrap_or("")));
        let others: Vec<_> = change.other_actor_ids().iter().map(automerge::ActorId::to_bytes).collect();
        assert_eq!(parts.other_actors, others);
        assert_eq!(parts.rest, change.extra_bytes());
    }
}

#[test]
fn a_deflated_chunk_is_refused() {
    let chunk = real_chunks().pop().expect("there are several");
    let mut change = automerge::Change::from_bytes(chunk).expect("Automerge made it");
    let deflated = change.bytes().to_vec();
    assert_eq!(ChangeParts::parse(&deflated), Err(ChangeError::Type(2)));
}

#[test]
fn a_chunk_is_refused_when_anything_about_it_is_off() {
    let chunk = real_chunks().remove(0);
    for cut in 0..chunk.len() {
        assert_eq!(ChangeParts::parse(&chunk[..cut]), Err(ChangeError::Truncated), "cut at {cut}");
    }
    assert_eq!(ChangeParts::parse(&[&chunk[..], &[0]].concat()), Err(ChangeError::Trailing));
    let with = |at: usize, byte: u8| {
        let mut chunk = chunk.clone();
        chunk[at] = byte;
        ChangeParts::parse(&chunk).map(|_| ())
    };
    assert_eq!(with(0, 0), Err(ChangeError::Magic));
    assert_eq!(with(4, !chunk[4]), Err(ChangeError::Checksum));
    assert_eq!(with(8, 0), Err(ChangeError::Type(0)));
    for (at, byte) in chunk.iter().enumerate().skip(11) {
        assert_eq!(with(at, !byte), Err(ChangeError::Checksum), "byte {at}");
    }
}

/// A chunk around contents that need not make sense.
fn around(contents: &[u8]) -> Vec<u8> {
    let mut chunk = [&MAGIC[..], &[0; 4], &[1]].concat();
    put_uleb(&mut chunk, contents.len() as u64);
    chunk.extend_from_slice(contents);
    let hash = hash_of(&chunk);
    chunk[4..8].copy_from_slice(&hash[..4]);
    chunk
}

#[test]
fn counts_are_bounded_before_anything_is_read() {
    let mut deps = Vec::new();
    put_uleb(&mut deps, CHANGE_DEPS_MAX as u64 + 1);
    assert_eq!(
        ChangeParts::parse(&around(&deps)),
        Err(ChangeError::TooMany {
            what: "dependencies",
            found: CHANGE_DEPS_MAX as u64 + 1,
            limit: CHANGE_DEPS_MAX
        })
    );
    let mut others = vec![0, 0, 1, 1, 0, 0];
    put_uleb(&mut others, 1 << 40);
    assert_eq!(
        ChangeParts::parse(&around(&others)),
        Err(ChangeError::TooMany { what: "other actors", found: 1 << 40, limit: CHANGE_ACTORS_MAX })
    );
    let columns = [0, 0, 1, 1, 0, 0, 0, COLUMNS_MAX as u8 + 1];
    assert_eq!(
        ChangeParts::parse(&around(&columns)),
        Err(ChangeError::TooMany { what: "columns", found: COLUMNS_MAX as u64 + 1, limit: COLUMNS_MAX })
    );
    assert_eq!(ChangeParts::parse(&around(&[0, 0, 1, 1, 0, 1, 0xff])), Err(ChangeError::Message));
}

#[test]
fn numbers_have_one_encoding() {
    for bytes in [&[0x80, 0x00][..], &[0xff, 0x80, 0x00], &[0x80; 11]] {
        assert_eq!(Input(bytes).uleb(), Err(ChangeError::Number), "{bytes:02x?}");
    }
    let signed: [&[u8]; 4] = [
        &[0x80, 0x00],
        &[0xff, 0x7f],
        &[0x80; 11],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    ];
    for bytes in signed {
        assert_eq!(Input(bytes).leb(), Err(ChangeError::Number), "{bytes:02x?}");
    }
    for value in [i64::MIN, -65, -64, -1, 0, 63, 64, i64::MAX] {
        let mut bytes = Vec::new();
        put_leb(&mut bytes, value);
        assert_eq!(Input(&bytes).leb(), Ok(value));
    }
}

proptest! {
    #[test]
    fn any_number_reads_back(unsigned in any::<u64>(), signed in any::<i64>()) {
        let mut bytes = Vec::new();
        put_uleb(&mut bytes, unsigned);
        put_leb(&mut bytes, signed);
        let mut input = Input(&bytes);
        prop_assert_eq!((input.uleb(), input.leb()), (Ok(unsigned), Ok(signed)));
        prop_assert!(input.0.is_empty());
    }

    #[test]
    fn whatever_parses_builds_again(contents in proptest::collection::vec(any::<u8>(), 0..60)) {
        let chunk = around(&contents);
        if let Ok(parts) = ChangeParts::parse(&chunk) {
            prop_assert_eq!(parts.build(), chunk);
        }
    }
}
