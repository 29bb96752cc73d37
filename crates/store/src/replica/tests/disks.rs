//! Data directories: locked, encrypted, versioned, full, restored.

use std::{fs, path::Path};

use linli_log::{Rights, fact::Changes};

use super::fixture::{COMMUNITY, NOW, card, copy, enrol, person, phones, records, root, tables, write};
use crate::{Identity, Opened, Replica, StoreError};

pub(super) fn on_disk(directory: &Path) -> Replica {
    Replica::init(Opened::create(directory).expect("create"), Identity::random().expect("random"))
        .expect("init")
}

fn clerk_on_disk(directory: &Path) -> (Replica, Replica) {
    let mut root = root();
    let mut clerk = on_disk(directory);
    enrol(&mut root, &mut clerk, COMMUNITY, Rights::clerk());
    (root, clerk)
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let (_, mut clerk) = clerk_on_disk(directory.path());
    write(&mut clerk, &[card(1, "1")]);
    let device = clerk.identity().device();
    drop(clerk);
    let mut clerk = Replica::open(directory.path()).expect("open");
    assert_eq!((clerk.identity().device(), phones(&clerk)), (device, vec!["1".to_owned()]));
    write(&mut clerk, &[card(1, "2")]);
    assert_eq!(phones(&clerk), ["2"]);
    assert_eq!(clerk.logs().expect("logs").iter().filter(|l| l.own).count(), 1, "the log goes on");
}

#[test]
fn a_directory_is_used_by_one_process_at_a_time() {
    let directory = tempfile::tempdir().expect("a directory");
    let clerk = on_disk(directory.path());
    assert!(matches!(Replica::open(directory.path()), Err(StoreError::Locked(_))));
    assert!(matches!(Opened::create(directory.path()), Err(StoreError::Locked(_))));
    drop(clerk);
    assert!(Replica::open(directory.path()).is_ok());
    assert!(matches!(Opened::create(directory.path()), Err(StoreError::AlreadyInitialised(_))));
}

#[test]
fn a_directory_without_data_says_how_to_begin() {
    let directory = tempfile::tempdir().expect("a directory");
    let error = Replica::open(directory.path()).expect_err("nothing is there");
    assert!(error.to_string().contains("linli join"), "{error}");
}

#[test]
fn the_database_is_encrypted_and_opens_with_its_key_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let (_, mut clerk) = clerk_on_disk(directory.path());
    write(&mut clerk, &[person(1, "张三丰")]);
    drop(clerk);
    let bytes = fs::read(directory.path().join("linli.db")).expect("the database");
    assert!(!bytes.windows(9).any(|w| w == "张三丰".as_bytes()));
    assert_ne!(&bytes[..15], b"SQLite format 3");
    fs::write(directory.path().join("key"), "00".repeat(32)).expect("another key");
    assert!(matches!(Replica::open(directory.path()), Err(StoreError::WrongKey { .. })));
    fs::write(directory.path().join("key"), "no key").expect("no key");
    assert!(matches!(Replica::open(directory.path()), Err(StoreError::WrongKey { .. })));
}

#[cfg(unix)]
#[test]
fn the_key_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().expect("a directory");
    drop(on_disk(directory.path()));
    let mode = fs::metadata(directory.path().join("key")).expect("the key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn tables_follow_the_program_that_opens_them() {
    let directory = tempfile::tempdir().expect("a directory");
    let (_, mut clerk) = clerk_on_disk(directory.path());
    write(&mut clerk, &[card(1, "1"), person(2, "甲")]);
    let before = tables(&clerk);
    // As a program with another dictionary would have left it.
    let other = "UPDATE meta SET value = x'00' WHERE name = 'projection'; DROP TABLE person;
                 ALTER TABLE household RENAME COLUMN phone TO telephone;";
    clerk.connection().execute_batch(other).expect("another program");
    drop(clerk);
    let clerk = Replica::open(directory.path()).expect("open");
    assert_eq!(tables(&clerk), before);
}

#[test]
fn a_directory_of_a_newer_version_is_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let clerk = on_disk(directory.path());
    clerk.connection().execute_batch("PRAGMA user_version = 99").expect("set");
    drop(clerk);
    assert!(matches!(Replica::open(directory.path()), Err(StoreError::NewerVersion(_))));
}

#[test]
fn a_full_disk_loses_nothing_and_stores_nothing_by_halves() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut root, mut clerk) = clerk_on_disk(directory.path());
    write(&mut clerk, &[card(1, "1")]);
    let number = |sql: &str, clerk: &Replica| -> i64 {
        clerk.connection().query_row(sql, [], |row| row.get(0)).expect("a number")
    };
    let pages = number("PRAGMA page_count", &clerk);
    number(&format!("PRAGMA max_page_count = {}", pages + 8), &clerk);
    let long = "x".repeat(4_000);
    let mut whole = Vec::new();
    let mut full = None;
    for n in 2..=120 {
        let before = tables(&clerk);
        let edits = [card(n, "2"), person(120 + n, &long)];
        match clerk.write(NOW, |w| w.edit(&records(), &edits, Changes::default())) {
            Ok(_) => whole.push(n),
            Err(error) => {
                assert_eq!(tables(&clerk), before, "nothing of it was stored");
                full = Some(error);
                break;
            }
        }
    }
    assert!(matches!(full, Some(StoreError::DiskFull)), "{full:?}");
    assert_eq!(phones(&clerk).len(), 1 + whole.len(), "nothing of what was stored is lost");
    let check: String =
        clerk.connection().query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("check");
    assert_eq!(check, "ok");
    number(&format!("PRAGMA max_page_count = {}", pages + 10_000), &clerk);
    write(&mut clerk, &[card(250, "later")]);
    copy(&mut clerk, &mut root);
    assert_eq!(phones(&root), phones(&clerk));
}

#[test]
fn a_restored_copy_begins_a_new_log() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut root, mut clerk) = clerk_on_disk(directory.path());
    write(&mut clerk, &[card(1, "1")]);
    clerk.seal().expect("seal");
    drop(clerk);
    let database = directory.path().join("linli.db");
    let old = fs::read(&database).expect("the database");
    let mut clerk = Replica::open(directory.path()).expect("open");
    write(&mut clerk, &[card(1, "2")]);
    copy(&mut clerk, &mut root);
    drop(clerk);
    for leftover in ["linli.db-wal", "linli.db-shm"] {
        let _ = fs::remove_file(directory.path().join(leftover));
    }
    fs::write(&database, old).expect("restore");
    let mut clerk = Replica::open(directory.path()).expect("open");
    assert_eq!(phones(&clerk), ["1"], "the copy knows nothing of the second edit");
    write(&mut clerk, &[card(2, "3")]);
    let own = |replica: &Replica| replica.logs().expect("logs").iter().filter(|l| l.own).count();
    assert_eq!(own(&clerk), 2, "it does not write at places that were used");
    copy(&mut clerk, &mut root);
    assert_eq!(phones(&root), ["2", "3"]);
    copy(&mut root, &mut clerk);
    assert_eq!(phones(&clerk), ["2", "3"], "its own entries come back to it");
}
