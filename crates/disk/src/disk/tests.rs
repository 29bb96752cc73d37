use std::io::ErrorKind;

use super::*;

#[test]
fn the_same_seed_and_calls_leave_the_same_bytes() {
    let left = || {
        let disk = Disk::new(3);
        for round in 0..20_u8 {
            disk.cut_power_at(3 + u64::from(round % 4));
            for name in ["a", "b"] {
                let _ = disk.place().write(name, &[round; 3_000]);
                let _ = disk.place().sync();
            }
            disk.crash();
        }
        (disk.place().read("a").ok(), disk.place().read("b").ok())
    };
    assert_eq!(left(), left());
}

#[test]
fn a_place_from_before_a_crash_or_a_kill_is_dead() {
    let disk = Disk::new(1);
    let place = disk.place();
    place.write("a", b"1").expect("the disk works");
    place.sync().expect("sync");
    disk.crash();
    assert!(place.read("a").is_err() && place.write("a", b"2").is_err() && place.exists("a").is_err());
    let place = disk.place();
    assert_eq!(place.read("a").expect("read"), b"1");
    disk.kill();
    assert!(place.rename("a", "b").is_err());
}

#[test]
fn a_kill_keeps_what_was_written_and_not_synced() {
    let disk = Disk::new(1);
    // The write comes through, the sync does not.
    disk.fail(Fault { call: Call::Sync, nth: 1, trouble: Trouble::Io, lasts: true });
    disk.place().write("a", b"1").expect_err("the sync fails");
    disk.kill();
    assert_eq!(disk.place().read("a").expect("read"), b"1");
}

#[test]
fn without_power_nothing_works_until_the_disk_starts_again() {
    let disk = Disk::new(1);
    // Creating, writing, syncing: the power goes in the write.
    disk.cut_power_at(2);
    disk.place().write("a", b"1").expect_err("the power goes");
    assert!(!disk.has_power());
    disk.place().exists("a").expect_err("no power");
    disk.crash();
    assert!(disk.has_power());
    disk.place().write("a", b"1").expect("it works again");
}

#[test]
fn a_fault_strikes_the_nth_call_of_its_kind_once_or_for_good() {
    let write = |disk: &Disk| disk.place().write("a", &[1; 10]).map_err(|error| error.kind());
    for (lasts, fifth) in [(false, Ok(())), (true, Err(ErrorKind::StorageFull))] {
        let disk = Disk::new(1);
        disk.fail(Fault { call: Call::Write, nth: 3, trouble: Trouble::Full, lasts });
        assert_eq!((write(&disk), write(&disk)), (Ok(()), Ok(())));
        assert_eq!(write(&disk), Err(ErrorKind::StorageFull));
        assert_eq!(disk.place().read("a").expect("read"), [1; 5], "half of it was written");
        assert_eq!(write(&disk), fifth);
        assert!(disk.repair());
        assert_eq!(write(&disk), Ok(()));
    }
}

#[test]
fn a_disk_that_nobody_holds_is_gone() {
    let disk = Disk::new(1);
    let number = disk.0.number;
    drop(disk);
    assert!(Shared::by_number(number).is_none());
}

#[test]
fn a_replica_lives_on_the_disk_and_on_a_copy_of_it() {
    use linli_store::{Identity, Opened, Replica};
    let disk = Disk::new(1);
    let opened = Opened::create_at(disk.place()).expect("an empty disk");
    let replica = Replica::init(opened, Identity::random().expect("random")).expect("init");
    replica.set_meta("a", b"1").expect("a setting");
    assert!(replica.detached_reader().expect("a second connection").is_some());
    let copy = disk.copy();
    disk.crash();
    replica.set_meta("a", b"2").expect_err("the machine is gone");
    drop(replica);
    for disk in [disk, copy] {
        let replica = Replica::load(Opened::open_at(disk.place()).expect("it opens")).expect("load");
        assert_eq!(replica.meta("a").expect("a setting"), Some(b"1".to_vec()));
    }
}
