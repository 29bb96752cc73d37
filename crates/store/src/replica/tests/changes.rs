//! Entries, documents and rows.

use data_encoding::HEXLOWER;
use linli_log::{Rights, change::row_key, fact::Changes};
use linli_model::{Edit, Value, kind::HOUSEHOLD, new_key};
use linli_wire::Channel;

use super::fixture::{
    NOW, OTHER, card, community, copy, digests, everything, id, in_memory, join, person, phones, records,
    space, tables, write,
};
use crate::{DocumentEdits, EntryState, StoreError, Stored};

#[test]
fn one_entry_changes_several_documents_and_their_rows_together() {
    let (_, mut clerk) = community();
    let entry = write(&mut clerk, &[card(1, "1"), person(2, "张三")]);
    let found: Vec<(String, i64)> = clerk
        .query("SELECT name, recorded_n FROM person", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("rows");
    assert_eq!(found, [("张三".to_owned(), NOW.day_number())]);
    assert_eq!(phones(&clerk), ["1"]);
    let opened = clerk.document(&records(), id(1)).expect("read").expect("it is there");
    let origin = *opened.origins.iter().next().expect("it has an origin");
    let info = clerk.entry(origin.entry_no).expect("read").expect("it is there");
    assert_eq!((info.hash, info.state, info.device), (entry, EntryState::Applied, clerk.identity().device()));
}

#[test]
fn each_new_row_has_a_key_of_its_own_and_a_reader_can_work_it_out() {
    let (_, mut clerk) = community();
    write(&mut clerk, &[card(1, "1")]);
    let visit = |day: &str| Edit::item("visits", &new_key(0), "day", Some(Value::from(day)));
    // Two drafts of one card, each of which calls its visit the first new one.
    for day in ["2026-11-02", "2026-11-03"] {
        write(&mut clerk, &[DocumentEdits { id: id(1), kind: &HOUSEHOLD, edits: vec![visit(day)] }]);
    }
    let opened = clerk.document(&records(), id(1)).expect("read").expect("it is there");
    let made = opened.document.get_changes(&[]);
    let clerks = made.last().map(|last| last.actor_id().clone());
    let own = made.iter().filter(|change| Some(change.actor_id()) == clerks.as_ref() && change.seq() > 1);
    let mut expected: Vec<String> = own
        .map(|change| HEXLOWER.encode(&row_key(id(1), change.actor_id().to_bytes(), change.seq(), 0)))
        .collect();
    expected.sort();
    let record = linli_model::read(&opened.document, &HOUSEHOLD);
    let keys: Vec<&str> = record.items("visits").map(|(key, _)| key).collect();
    assert_eq!(keys, expected);
    assert_eq!(keys.len(), 2);
}

#[test]
fn an_edit_that_changes_nothing_writes_no_entry() {
    let (_, mut clerk) = community();
    write(&mut clerk, &[card(1, "1")]);
    let before = clerk.counts().expect("counts");
    let again = clerk.write(NOW, |w| w.edit(&records(), &[card(1, "1")], Changes::default()));
    assert_eq!(again.expect("allowed"), None);
    assert_eq!(clerk.counts().expect("counts"), before);
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let (_, mut clerk) = community();
    write(&mut clerk, &[card(1, "1")]);
    let (before, rows) = (clerk.counts().expect("counts"), tables(&clerk));
    let result: Result<(), StoreError> = clerk.write(NOW, |w| {
        w.edit(&records(), &[card(2, "2")], Changes::default())?;
        Err(StoreError::Corrupt("told to fail".to_owned()))
    });
    assert!(result.is_err());
    assert_eq!(clerk.counts().expect("counts"), before);
    assert_eq!(tables(&clerk), rows);
    write(&mut clerk, &[card(2, "3")]);
    assert_eq!(phones(&clerk), ["1", "3"]);
}

#[test]
fn two_devices_that_exchange_everything_hold_the_same() {
    let (mut root, mut first) = community();
    let mut second = join(&mut root, super::fixture::COMMUNITY, Rights::clerk());
    copy(&mut root, &mut first);
    write(&mut first, &[card(1, "1"), person(2, "张三")]);
    copy(&mut first, &mut second);
    // Both change the same field without knowing of each other.
    write(&mut first, &[person(2, "张四")]);
    write(&mut second, &[person(2, "章三"), card(3, "3")]);
    copy(&mut first, &mut second);
    copy(&mut second, &mut first);
    assert_eq!(digests(&first), digests(&second));
    assert_eq!(tables(&first), tables(&second));
    let conflicts: Vec<(String, i64)> = first
        .query("SELECT field, vals FROM conflict", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("rows");
    assert_eq!(conflicts, [("name".to_owned(), 2)], "neither name is lost");
}

#[test]
fn segments_give_the_same_in_any_order_of_arrival() {
    let (mut root, mut first) = community();
    let mut second = join(&mut root, super::fixture::COMMUNITY, Rights::clerk());
    copy(&mut root, &mut first);
    write(&mut first, &[card(1, "1")]);
    for phone in ["2", "3", "4"] {
        copy(&mut first, &mut second);
        write(&mut second, &[card(1, phone)]);
        copy(&mut second, &mut first);
        write(&mut first, &[card(1, &format!("{phone}{phone}"))]);
    }
    copy(&mut first, &mut second);
    let segments = everything(&first);
    for turn in 0..segments.len() {
        let mut replica = in_memory();
        replica.set_realm(first.realm().expect("realm")).expect("set");
        let mut waiting = segments.clone();
        waiting.rotate_left(turn);
        waiting.reverse();
        // A segment whose log has not begun here is declined, and comes again.
        for _ in 0..segments.len() {
            waiting.retain(|bytes| {
                let stored = replica.store(vec![bytes.clone()], &|_| true).expect("store");
                replica.materialise().expect("materialise");
                matches!(stored[0], Stored::Early { .. })
            });
        }
        assert!(waiting.is_empty());
        assert_eq!(tables(&replica), tables(&second), "turn {turn}");
        assert_eq!(digests(&replica), digests(&second), "turn {turn}");
    }
}

#[test]
fn a_rebuild_makes_every_cache_as_it_was() {
    let (mut root, mut first) = community();
    let mut second = join(&mut root, super::fixture::COMMUNITY, Rights::clerk());
    copy(&mut root, &mut first);
    for n in 1..20 {
        write(&mut first, &[card(n, "1"), person(100 + n, "人")]);
    }
    copy(&mut first, &mut second);
    write(&mut second, &[person(101, "乙")]);
    write(&mut first, &[person(101, "甲")]);
    copy(&mut second, &mut first);
    // The open tail of this device is part of what is rebuilt.
    write(&mut first, &[card(1, "tail")]);
    let before = (tables(&first), digests(&first), first.counts().expect("counts"));
    first.rebuild().expect("rebuild");
    assert_eq!((tables(&first), digests(&first), first.counts().expect("counts")), before);
    assert_eq!(first.verify_segments().expect("sound"), before.2.segments as usize);
}

#[test]
fn a_document_of_another_space_stays_what_it_is() {
    let (mut root, mut clerk) = community();
    let mut other = join(&mut root, OTHER, Rights::clerk());
    copy(&mut root, &mut clerk);
    write(&mut clerk, &[card(1, "mine")]);
    let theirs = space(OTHER, Channel::Records);
    other.write(NOW, |w| w.edit(&theirs, &[card(1, "theirs")], Changes::default())).expect("their own space");
    copy(&mut clerk, &mut root);
    copy(&mut other, &mut root);
    let found: Vec<(String, String)> = root
        .query("SELECT unit, phone FROM household ORDER BY unit", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("rows");
    let expected = [(super::fixture::COMMUNITY, "mine"), (OTHER, "theirs")];
    assert_eq!(found, expected.map(|(unit, phone)| (unit.to_owned(), phone.to_owned())));
}
