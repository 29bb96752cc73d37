//! The vectors in `protocol/vectors/log`: what every implementation accepts, with the hashes, and
//! what it refuses, with the reason.
//!
//! The files are made by `vectors/make.rs` and `vectors/reject.rs` and compared. `LINLI_BLESS=1 cargo test -p linli-log
//! --test vectors` writes them anew after a deliberate change of the format.

#[path = "vectors/make.rs"]
mod make;
#[path = "vectors/reject.rs"]
mod reject;

use std::path::PathBuf;

use data_encoding::HEXLOWER;
use linli_log::{Entry, Payload, RawSegment, compact, fact::Body};
use linli_wire::{DeviceKey, Digest, EntryHash, LogId};
use serde_json::Value;

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "protocol", "vectors", "log", name].iter().collect()
}

/// The vectors of a file, after they were made anew if that is asked for.
fn vectors(name: &str, made: &Value) -> Value {
    let file = path(name);
    if std::env::var_os("LINLI_BLESS").is_some_and(|value| value == "1") {
        let text = serde_json::to_string_pretty(made).expect("vectors are JSON");
        std::fs::create_dir_all(file.parent().expect("the file is in a folder"))
            .expect("the folder can be made");
        std::fs::write(&file, text + "\n").expect("the vectors can be written");
    }
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; LINLI_BLESS=1 makes it", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn bytes(vector: &Value, field: &str) -> Vec<u8> {
    HEXLOWER.decode(text(vector, field).as_bytes()).unwrap_or_else(|e| panic!("{field} of {vector}: {e}"))
}

fn text<'v>(vector: &'v Value, field: &str) -> &'v str {
    vector[field].as_str().unwrap_or_else(|| panic!("{vector} has no {field}"))
}

fn list(vectors: &Value) -> &[Value] {
    vectors.as_array().expect("a file of vectors is a list")
}

fn payload(vector: &Value) -> Payload {
    match vector.get("absent") {
        Some(_) => Payload::Absent(text(vector, "absent").parse().expect("a digest")),
        None => Payload::Chunk(bytes(vector, "chunk")),
    }
}

#[test]
fn entries_are_read_and_hashed_as_the_vectors_say() {
    let made = make::entries();
    let vectors = vectors("entries.json", &made);
    assert_eq!(vectors, made, "LINLI_BLESS=1 writes the vectors anew");
    for vector in list(&vectors) {
        let name = text(vector, "name");
        let payloads: Vec<Payload> = list(&vector["payloads"]).iter().map(payload).collect();
        for (payload, vector) in payloads.iter().zip(list(&vector["payloads"])) {
            assert_eq!(
                payload.digest(),
                text(vector, "digest").parse::<Digest>().expect("a digest"),
                "{name}"
            );
        }
        let entry = Entry::from_parts(bytes(vector, "header"), payloads).expect(name);
        assert_eq!(Ok(entry.hash()), text(vector, "hash").parse::<EntryHash>(), "{name}");
        assert_eq!(Ok(entry.log()), text(vector, "log").parse::<LogId>(), "{name}");
        assert_eq!(entry.header().body, bytes(vector, "body"), "{name}");
        assert_eq!(entry.header().kind.code(), vector["kind"].as_u64().expect("a number"), "{name}");
    }
}

#[test]
fn bodies_are_read_as_the_vectors_say() {
    for vector in list(&vectors("entries.json", &make::entries())) {
        let body = bytes(vector, "body");
        let again = match text(vector, "name") {
            name if name.starts_with("genesis") => linli_log::Genesis::decode(&body).map(|b| b.encode()),
            name if name.starts_with("grant") => linli_log::Grant::decode(&body).map(|b| b.encode()),
            name if name.starts_with("revoke") => linli_log::Revoke::decode(&body).map(|b| b.encode()),
            name if name.starts_with("receipt") => linli_log::Receipt::decode(&body).map(|b| b.encode()),
            name if name.starts_with("rotate") => linli_log::Rotate::decode(&body).map(|b| b.encode()),
            name if name.starts_with("changes") => {
                linli_log::fact::Changes::decode(&body).map(|b| b.encode())
            }
            name => panic!("no body is known for {name}"),
        };
        assert_eq!(again, Ok(body), "{vector}");
    }
}

#[test]
fn segments_are_read_and_verified_as_the_vectors_say() {
    let made = make::segments();
    let vectors = vectors("segments.json", &made);
    for (vector, made) in list(&vectors).iter().zip(list(&made)) {
        let name = text(vector, "name");
        for field in ["canonical", "device", "log", "first_seq", "head_seq", "head_hash"] {
            assert_eq!(
                vector[field], made[field],
                "{field} of {name}; LINLI_BLESS=1 writes the vectors anew"
            );
        }
        let canonical = bytes(vector, "canonical");
        let raw = RawSegment::decode(&canonical).expect(name);
        assert_eq!(raw.encode(), canonical, "{name}");
        // Another version of zstd may pack otherwise; what is packed must come back all the same.
        assert_eq!(
            vector["streams"], made["streams"],
            "what zstd packs of {name}; LINLI_BLESS=1 writes the vectors anew"
        );
        for form in ["compact", "compact_canonical"] {
            assert_eq!(compact::decode(&bytes(vector, form)).as_ref(), Ok(&raw), "{form} of {name}");
        }
        let device: DeviceKey = text(vector, "device").parse().expect("a device key");
        let verified = raw.verify(Some(device)).expect(name);
        assert_eq!(Ok(verified.log()), text(vector, "log").parse::<LogId>(), "{name}");
        assert_eq!(Ok(verified.head().hash), text(vector, "head_hash").parse::<EntryHash>(), "{name}");
        assert_eq!(Some(verified.head().seq), vector["head_seq"].as_u64(), "{name}");
        assert_eq!(Some(verified.first_seq()), vector["first_seq"].as_u64(), "{name}");
    }
    assert_eq!(list(&vectors).len(), list(&made).len());
}

#[test]
fn segments_merge_and_are_cut_as_the_vectors_say() {
    let made = make::merges();
    let vectors = vectors("merges.json", &made);
    let segment = |text: &Value| {
        let bytes =
            HEXLOWER.decode(text.as_str().expect("a segment is text").as_bytes()).expect("hexadecimal");
        compact::decode(&bytes).expect("a compact segment")
    };
    for vector in list(&vectors) {
        let name = text(vector, "name");
        if let Some(parts) = vector["merge"].as_array() {
            let mut parts = parts.iter().map(segment);
            let first = parts.next().expect("there are parts");
            match parts.try_fold(first, RawSegment::join) {
                Ok(joined) => {
                    assert_eq!(joined.encode(), bytes(vector, "gives"), "{name}");
                    joined.verify(None).expect(name);
                }
                Err(error) => assert_eq!(reject::reason(&error), text(vector, "reason"), "{name}"),
            }
        } else {
            let skip = vector["skip"].as_u64().expect("a number") as usize;
            let rest = segment(&vector["suffix"]).suffix(skip);
            let gives = vector["gives"].as_str().map(|_| bytes(vector, "gives"));
            assert_eq!(rest.map(|rest| rest.encode()), gives, "{name}");
        }
    }
    assert_eq!(list(&vectors).len(), list(&made).len());
}

#[test]
fn frontiers_have_the_digests_that_the_vectors_say() {
    let made = make::frontiers();
    assert_eq!(vectors("frontiers.json", &made), made, "LINLI_BLESS=1 writes the vectors anew");
}

#[test]
fn what_is_to_be_refused_is_refused_for_the_reason_given() {
    let made = reject::segments();
    let vectors = vectors("reject.json", &made);
    assert_eq!(vectors, made, "LINLI_BLESS=1 writes the vectors anew");
    for vector in list(&vectors) {
        let name = text(vector, "name");
        let device: DeviceKey = text(vector, "device").parse().expect("a device key");
        let input = bytes(vector, "bytes");
        let raw = match text(vector, "form") {
            "canonical" => RawSegment::decode(&input),
            _ => compact::decode(&input),
        };
        let refused = raw.and_then(|raw| raw.verify(Some(device)));
        let error = refused.map(|_| ()).expect_err(name);
        assert_eq!(reject::reason(&error), text(vector, "reason"), "{name}: {error:?}");
    }
}

#[test]
fn changes_are_vetted_as_the_vectors_say() {
    let made = reject::changes();
    let vectors = vectors("changes.json", &made);
    assert_eq!(vectors, made, "LINLI_BLESS=1 writes the vectors anew");
    for vector in list(&vectors) {
        let name = text(vector, "name");
        let log: LogId = text(vector, "log").parse().expect("a log id");
        let mut document = automerge::Automerge::new();
        for before in list(&vector["document"]) {
            let chunk =
                HEXLOWER.decode(before.as_str().expect("hexadecimal").as_bytes()).expect("hexadecimal");
            let change = automerge::Change::from_bytes(chunk).expect("what is there already is good");
            document.apply_changes([change]).expect("what is there already is good");
        }
        let vetted = linli_log::DocumentGraph::of(&document).vet(log, &bytes(vector, "chunk"));
        let reason = vetted.map_or_else(|error| reject::vet_reason(&error), |_| "accepted");
        assert_eq!(reason, text(vector, "reason"), "{name}");
    }
}
