//! SQLite itself over the VFS: what it promises about crashes and faults holds on this disk too.

use rusqlite::{Connection, OpenFlags};

use super::NAME;
use crate::{Call, Disk, Fault, Trouble};

fn connect(disk: &Disk) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = Connection::open_with_flags_and_vfs(disk.place().file("a.db"), flags, NAME)?;
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = 10;")?;
    Ok(connection)
}

fn prepare(disk: &Disk) -> Connection {
    let connection = connect(disk).expect("a database");
    connection.execute_batch("CREATE TABLE t(n INTEGER PRIMARY KEY, filler BLOB)").expect("a table");
    connection
}

fn insert(connection: &Connection, n: i64) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN")?;
    connection.execute("INSERT INTO t VALUES (?1, zeroblob(3000))", [2 * n])?;
    connection.execute("INSERT INTO t VALUES (?1, zeroblob(9000))", [2 * n + 1])?;
    if n % 7 == 6 {
        connection.execute("DELETE FROM t WHERE n < ?1", [n])?;
    }
    connection.execute_batch("COMMIT")?;
    if n % 10 == 4 {
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    }
    Ok(())
}

fn rows(connection: &Connection) -> i64 {
    connection.query_row("SELECT COALESCE(MAX(n) + 1, 0) FROM t", [], |row| row.get(0)).expect("a count")
}

fn sound(connection: &Connection) {
    let check: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a check");
    assert_eq!(check, "ok");
}

#[test]
fn what_was_committed_outlives_a_crash_at_every_change_and_transactions_are_whole() {
    let disk = Disk::new(0);
    let connection = prepare(&disk);
    let before = disk.changes();
    (0..40).for_each(|n| insert(&connection, n).expect("the disk works"));
    let changes = disk.changes() - before;
    assert!(changes > 200, "{changes}");
    for cut in 1..=changes {
        let disk = Disk::new(cut);
        let connection = prepare(&disk);
        disk.cut_power_at(cut);
        let committed = (0..40).take_while(|n| insert(&connection, *n).is_ok()).count() as i64;
        disk.crash();
        // What the dead connection does when it is dropped has no effect.
        drop(connection);
        let connection = connect(&disk).expect("it opens again");
        sound(&connection);
        let found = rows(&connection);
        assert!(found == 2 * committed || found == 2 * committed + 2, "cut {cut}: {committed}, {found}");
        insert(&connection, 1_000).expect("and goes on");
    }
}

#[test]
fn a_reader_sees_one_state_while_a_writer_goes_on() {
    let disk = Disk::new(1);
    let writer = prepare(&disk);
    insert(&writer, 0).expect("insert");
    let reader = connect(&disk).expect("a second connection");
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM t").expect("a read transaction");
    insert(&writer, 1).expect("insert");
    assert_eq!((rows(&reader), rows(&writer)), (2, 4));
    reader.execute_batch("COMMIT").expect("commit");
    assert_eq!(rows(&reader), 4);
    // Two writers exclude each other, and waiting costs no time.
    writer.execute_batch("BEGIN IMMEDIATE").expect("the first");
    let refused = reader.execute_batch("BEGIN IMMEDIATE").expect_err("the second waits in vain");
    assert_eq!(refused.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy));
    writer.execute_batch("ROLLBACK").expect("rollback");
    reader.execute_batch("BEGIN IMMEDIATE; ROLLBACK").expect("the way is free");
}

#[test]
fn a_failing_call_fails_a_transaction_as_a_whole_and_the_next_one_works() {
    for call in [Call::Write, Call::Sync, Call::Truncate] {
        for (nth, trouble) in (1..60).flat_map(|nth| [(nth, Trouble::Io), (nth, Trouble::Full)]) {
            let disk = Disk::new(nth);
            let connection = prepare(&disk);
            disk.fail(Fault { call, nth, trouble, lasts: false });
            let mut failed = Vec::new();
            for n in 0..30 {
                if insert(&connection, n).is_err() {
                    failed.push(n);
                    let _ = connection.execute_batch("ROLLBACK");
                }
            }
            assert!(failed.len() <= 1, "{call:?} {nth} {trouble:?}: {failed:?}");
            assert_eq!(rows(&connection), if failed == [29] { 58 } else { 60 });
            drop(connection);
            disk.crash();
            let connection = connect(&disk).expect("it opens again");
            sound(&connection);
            assert_eq!(rows(&connection), if failed == [29] { 58 } else { 60 });
        }
    }
}

#[test]
fn a_copy_goes_its_own_way() {
    let disk = Disk::new(1);
    let connection = prepare(&disk);
    insert(&connection, 0).expect("insert");
    let copy = disk.copy();
    insert(&connection, 1).expect("insert");
    let copied = connect(&copy).expect("the copy opens");
    assert_eq!((rows(&connection), rows(&copied)), (4, 2));
}
