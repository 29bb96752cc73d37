//! Erasure: the same outcome in any order of arrival, and nothing of the document left.

use linli_log::{Erase, Kind, Payload, Revoke, Rights, compact, fact::Changes};
use linli_model::{Edit, Value, kind};
use linli_wire::{Channel, DocId};
use proptest::prelude::*;

use super::fixture::{
    CITY, COMMUNITY, NOW, STREET, card, community, copy, digests, everything, id, in_memory, join, person,
    phones, records, space, tables, write,
};
use crate::{DocumentEdits, EntryState, Replica, StoreError};

const SECRET: &str = "张三丰的电话";

/// A street's hub and a clerk's device, which wrote a card and a person together, and both again.
fn street_and_clerk() -> (Replica, Replica, Replica) {
    let (mut city, mut clerk) = community();
    let mut street = join(&mut city, STREET, Rights::hub());
    write(&mut clerk, &[card(1, "1"), person(2, SECRET)]);
    write(&mut clerk, &[card(1, "2"), card(3, "3")]);
    write(&mut clerk, &[person(2, "张三丰")]);
    copy(&mut clerk, &mut street);
    (city, street, clerk)
}

fn erase(hub: &mut Replica, document: DocId, residue: Option<DocId>) {
    let erase = Erase { channel: Channel::Records, document, residue, reason: "asked for".to_owned() };
    let oversight = space(COMMUNITY, Channel::Oversight);
    hub.write(NOW, |w| w.fact(&oversight, Kind::Erase, &erase)).expect("a hub above may");
    hub.materialise().expect("materialise");
}

fn holds(segments: &[Vec<u8>], text: &str) -> bool {
    segments.iter().any(|bytes| {
        let segment = compact::decode(bytes).expect("a segment");
        let chunks = segment.entries.iter().flat_map(linli_log::Entry::payloads).filter_map(Payload::chunk);
        chunks.into_iter().any(|chunk| chunk.windows(text.len()).any(|w| w == text.as_bytes()))
    })
}

fn shown(replica: &Replica) -> (Vec<String>, Vec<(u64, EntryState)>) {
    let mut left_out: Vec<_> =
        replica.left_out().expect("read").into_iter().map(|e| (e.seq, e.state)).collect();
    left_out.sort_unstable();
    (tables(replica), left_out)
}

#[test]
fn an_erased_document_goes_and_its_companions_stay() {
    let (_, mut street, mut clerk) = street_and_clerk();
    let before = digests(&clerk);
    erase(&mut street, id(2), None);
    copy(&mut street, &mut clerk);
    for replica in [&mut street, &mut clerk] {
        assert_eq!(phones(replica), ["2", "3"]);
        assert!(replica.document(&records(), id(2)).expect("read").is_none());
        assert!(!holds(&everything(replica), SECRET), "not a byte of it is kept");
        assert!(!holds(&everything(replica), "张三丰"));
        replica.verify_segments().expect("hashes and seals still verify");
        let (rows, left_out) = shown(replica);
        assert_eq!(left_out, [(3, EntryState::Erased)], "of the first entry the card still counts");
        replica.rebuild().expect("rebuild");
        assert_eq!(shown(replica), (rows, left_out));
        let records = digests(replica).into_iter().find(|(space, _)| *space == records());
        assert_eq!(records, before.iter().find(|(space, _)| *space == self::records()).cloned());
        let erasures = replica.erasures().expect("read");
        assert!(erasures[0].counts && erasures[0].document == id(2) && erasures[0].reason == "asked for");
    }
    let again = clerk.write(NOW, |w| w.edit(&records(), &[person(2, "x")], Changes::default()));
    assert!(matches!(again, Err(StoreError::Erased(document)) if document == id(2)));
    write(&mut clerk, &[card(1, "4")]);
    copy(&mut clerk, &mut street);
    assert_eq!(phones(&street), ["4", "3"]);
}

#[test]
fn open_entries_lose_their_content_too() {
    let (mut city, mut clerk) = community();
    let mut street = join(&mut city, STREET, Rights::hub());
    write(&mut clerk, &[card(1, "1"), person(2, SECRET)]);
    erase(&mut street, id(2), None);
    let segments = {
        street.seal().expect("seal");
        everything(&street)
    };
    // Taken in without sealing what is open: as a device does that is asked while it writes.
    clerk.store(segments, &|_| true).expect("store");
    write(&mut clerk, &[card(1, "2")]);
    clerk.materialise().expect("materialise");
    assert!(!holds(&everything(&clerk), SECRET));
    assert_eq!(phones(&clerk), ["2"]);
    clerk.rebuild().expect("rebuild");
    assert_eq!(phones(&clerk), ["2"]);
}

#[test]
fn content_that_is_gone_waits_for_its_erasure() {
    let (mut city, mut street, mut clerk) = street_and_clerk();
    let oversight = space(COMMUNITY, Channel::Oversight);
    erase(&mut street, id(2), None);
    copy(&mut street, &mut clerk);
    let mut late = in_memory();
    late.set_realm(city.realm().expect("realm")).expect("set");
    copy(&mut city, &mut late);
    let mut segments = everything(&clerk);
    let of_oversight = street.segments(&oversight).expect("segments");
    segments.retain(|segment| !of_oversight.contains(segment));
    late.store(segments, &|_| true).expect("store");
    late.materialise().expect("materialise");
    assert_eq!(phones(&late), Vec::<String>::new());
    let waiting = late.left_out().expect("read");
    assert!(waiting.iter().all(|entry| entry.state == EntryState::Pending));
    assert!(waiting[0].reason.as_ref().is_some_and(|reason| reason.contains("nor its erasure")));
    copy(&mut street, &mut late);
    assert_eq!(shown(&late), shown(&clerk));
}

#[test]
fn an_erasure_counts_by_the_right_of_its_writer() {
    let (_, mut street, mut clerk) = street_and_clerk();
    let erase_as = |clerk: &mut Replica, channel| {
        let erase = Erase { channel, document: id(2), residue: None, reason: String::new() };
        clerk.write(NOW, |w| w.fact(&records(), Kind::Erase, &erase))
    };
    assert!(matches!(erase_as(&mut clerk, Channel::Records), Err(StoreError::NotAllowed { .. })));
    // One who may erase in its own unit still reaches nothing that those above wrote about it.
    let (mut city, mut other) = (super::fixture::root(), in_memory());
    super::fixture::enrol(&mut city, &mut other, COMMUNITY, Rights::all());
    write(&mut other, &[person(2, "甲")]);
    erase_as(&mut other, Channel::Oversight).expect("it is written");
    assert_eq!(other.erasures().expect("read"), [], "and reaches nothing");
    erase_as(&mut other, Channel::Records).expect("it may");
    assert!(other.document(&records(), id(2)).expect("read").is_none());
    copy(&mut clerk, &mut street);
    assert!(street.document(&records(), id(2)).expect("read").is_some());
}

#[test]
fn what_a_revoked_eraser_took_is_gone_and_the_rest_counts() {
    let (mut city, mut street, mut clerk) = street_and_clerk();
    copy(&mut street, &mut city);
    erase(&mut street, id(2), None);
    copy(&mut street, &mut clerk);
    let device = street.identity().device();
    // The cut is empty: nothing that the street wrote counts any more.
    let revoke = Revoke { device, cut: Vec::new(), since_compromise: true, reason: "stolen".to_owned() };
    city.write(NOW, |w| w.fact(&space(CITY, Channel::Notices), Kind::Revoke, &revoke)).expect("the root may");
    copy(&mut city, &mut clerk);
    assert_eq!(phones(&clerk), ["2", "3"], "other documents of the same entries are not touched by it");
    let erasures = clerk.erasures().expect("read");
    assert!(!erasures[0].counts && erasures[0].entry.state == EntryState::Refused);
    assert!(clerk.document(&records(), id(2)).expect("read").is_none(), "what is gone stays gone");
    // Where the erasure never counted nothing is gone.
    copy(&mut clerk, &mut city);
    assert!(city.document(&records(), id(2)).expect("read").is_some());
    let (rows, _) = shown(&clerk);
    clerk.rebuild().expect("rebuild");
    assert_eq!(shown(&clerk).0, rows);
}

fn text(field: &str, value: &str) -> Edit {
    Edit::document(field, Some(Value::from(value)))
}

/// A person with an episode, whose residue the street writes before it erases.
fn with_residue() -> (Replica, Replica, Replica) {
    let (mut city, mut clerk) = community();
    let mut street = join(&mut city, STREET, Rights::hub());
    let key = "ab".repeat(16);
    let item = |field: &str, value: &str| Edit::item("episodes", &key, field, Some(Value::from(value)));
    let edits = vec![
        text("name", SECRET),
        text("birth", "1990-05-17"),
        text("sex", "2"),
        item("dimension", "status"),
        item("code", "3"),
        item("start", "2026-02-01"),
        item("evidence", SECRET),
    ];
    write(&mut clerk, &[DocumentEdits { id: id(2), kind: &kind::PERSON, edits }, card(1, "1")]);
    copy(&mut clerk, &mut street);
    let opened = street.document(&records(), id(2)).expect("read").expect("it is here");
    let edits = linli_model::residue::of_person(&opened.document, &opened.origins);
    let residue = DocumentEdits { id: id(9), kind: &kind::RESIDUE, edits };
    let oversight = space(COMMUNITY, Channel::Oversight);
    street
        .write(NOW, |w| {
            w.edit(&oversight, &[residue], Changes::default())?;
            let erase = Erase {
                channel: Channel::Records,
                document: id(2),
                residue: Some(id(9)),
                reason: "x".to_owned(),
            };
            w.fact(&oversight, Kind::Erase, &erase)
        })
        .expect("a hub above may");
    street.materialise().expect("materialise");
    (city, street, clerk)
}

#[test]
fn a_residue_stands_in_the_place_of_what_was_erased() {
    let (_, mut street, mut clerk) = with_residue();
    let before = tables(&clerk);
    copy(&mut street, &mut clerk);
    for replica in [&mut street, &mut clerk] {
        let rows = tables(replica);
        assert_eq!(rows.len(), before.len(), "each row has another in its place");
        assert!(!rows.iter().any(|row| row.contains(SECRET) || row.contains("1990-05-17")), "{rows:?}");
        let of = |rows: &[String], table: &str| rows.iter().find(|row| row.starts_with(table)).cloned();
        let (was, now) = (of(&before, "episode"), of(&rows, "episode"));
        assert_eq!(
            now,
            was.map(|row| row.replace(SECRET, "erased")),
            "the same episode, recorded the same day"
        );
        assert!(of(&rows, "person").is_some_and(|row| row.contains("1990-05-01")));
        replica.rebuild().expect("rebuild");
        assert_eq!(tables(replica), rows);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_arrival_gives_the_same(
        order in proptest::collection::vec(any::<u16>(), 16),
        eager in any::<u16>(),
        stripped in any::<bool>(),
    ) {
        let (mut city, mut street, mut clerk) = with_residue();
        write(&mut clerk, &[card(1, "2"), person(2, "later")]);
        clerk.seal().expect("seal");
        // The clerk's own segments, whole or as one keeps them who knows of the erasure.
        let mut segments = clerk.segments(&records()).expect("segments");
        copy(&mut clerk, &mut street);
        if stripped {
            segments = street.segments(&records()).expect("segments");
        }
        let of_records = street.segments(&records()).expect("segments");
        segments.extend(everything(&street).into_iter().filter(|segment| !of_records.contains(segment)));
        let mut by: Vec<_> = order.into_iter().zip(segments.iter().cloned()).collect();
        by.sort();
        let mut replica = in_memory();
        replica.set_realm(city.realm().expect("realm")).expect("set");
        copy(&mut city, &mut replica);
        let mut waiting: Vec<Vec<u8>> = by.into_iter().map(|(_, segment)| segment).collect();
        // A segment whose predecessor is not here yet is declined, and comes again.
        let mut at = 0;
        while !waiting.is_empty() {
            let segment = waiting.remove(0);
            let stored = replica.store(vec![segment.clone()], &|_| true).expect("store");
            if matches!(stored[0], crate::Stored::Early { .. }) {
                waiting.push(segment);
            }
            if eager >> (at % 16) & 1 == 1 {
                replica.materialise().expect("materialise");
            }
            at += 1;
            prop_assert!(at < 200, "every segment finds its place");
        }
        replica.materialise().expect("materialise");
        prop_assert_eq!(shown(&replica), shown(&street));
        prop_assert!(!holds(&everything(&replica), SECRET));
        replica.verify_segments().expect("every chain holds");
        let now = shown(&replica);
        replica.rebuild().expect("rebuild");
        prop_assert_eq!(shown(&replica), now);
    }
}

#[test]
fn what_was_erased_is_overwritten_on_the_disk() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut city, mut street) = (super::fixture::root(), super::disks::on_disk(directory.path()));
    super::fixture::enrol(&mut city, &mut street, STREET, Rights::hub());
    let mut clerk = join(&mut city, COMMUNITY, Rights::clerk());
    write(&mut clerk, &[card(1, "1"), person(2, &SECRET.repeat(100))]);
    copy(&mut clerk, &mut street);
    erase(&mut street, id(2), None);
    assert_eq!(street.meta("scour_due").expect("read"), None, "it was done at once");
    let log = std::fs::metadata(directory.path().join("linli.db-wal")).expect("the log");
    assert!(log.len() < 64 << 10, "the write-ahead log was emptied: {} bytes", log.len());
    assert_eq!(phones(&street), ["1"]);
    street.verify_segments().expect("the database holds");
}

#[test]
fn attachments_go_with_the_document_that_names_them() {
    use linli_model::{Edit, Value};
    let directory = tempfile::tempdir().expect("a directory");
    let (mut city, mut street) = (super::fixture::root(), super::disks::on_disk(directory.path()));
    super::fixture::enrol(&mut city, &mut street, STREET, Rights::hub());
    let mut clerk = join(&mut city, COMMUNITY, Rights::clerk());
    let scan = [7_u8; 1_000];
    let hash = street.attach(scan.len() as u64, &scan[..]).expect("it fits");
    let mut named = person(2, "x");
    for (field, value) in [("sha256", crate::attachments::hex(&hash).into()), ("length", Value::Int(1_000))] {
        named.edits.push(Edit::item("attachments", &"ab".repeat(16), field, Some(value)));
    }
    write(&mut clerk, &[named]);
    copy(&mut clerk, &mut street);
    assert!(street.attachments_named(None).expect("read")[0].is_whole());
    erase(&mut street, id(2), None);
    assert_eq!(street.attachments_named(None).expect("read"), []);
    assert_eq!(street.attachment_usage().expect("read").files, 0, "the bytes went at once");
}
