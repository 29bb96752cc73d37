//! That runs can be repeated, and that each check can fail.

use linli_wire::{Channel, Space};

use super::*;
use crate::{machine::Entries, world::World};

#[test]
fn the_same_seed_gives_the_same_run() {
    let told = |seed| {
        let outcome = run(seed, false);
        let Tally { actions, sessions, frames, crashes, machine_ms, rounds, entries } = outcome.tally;
        (actions, sessions, frames, crashes, machine_ms, rounds, entries, outcome.violation)
    };
    assert_eq!(told(2), told(2));
}

/// A street with some cards, after everybody has talked.
fn healed() -> World {
    let mut world = World::begin(5, 6, false);
    world.calm = true;
    for machine in 0..world.machines.len() {
        world.start(machine).expect("nothing is wrong");
    }
    for device in world.on(|m| !m.hub) {
        world.edit_cards(device).expect("nothing is wrong");
    }
    world.heal().expect("nothing is wrong");
    world
}

/// Changes a machine's database behind its back. The statement returns something.
fn tamper(world: &World, machine: usize, sql: &str) {
    let node = world.machines[machine].node.clone().expect("it is on");
    let changed = node.with(|r| r.query(sql, [], |row| row.get::<_, i64>(0))).expect("a statement");
    assert!(!changed.is_empty(), "nothing was changed: {sql}");
}

fn violated(world: &mut World, promised: &Entries) -> String {
    check::all(world, promised).expect_err("something is wrong").what
}

#[test]
fn an_entry_that_did_not_arrive_is_noticed() {
    assert!(violated(&mut healed(), &Entries::from([[7; 32]])).contains("did not arrive"));
}

#[test]
fn a_receipt_for_what_is_not_there_is_noticed() {
    let mut world = healed();
    let street = world.on(|m| m.hub).pop().expect("a street");
    tamper(
        &world,
        street,
        "DELETE FROM entry WHERE log_no IN (SELECT log_no FROM log WHERE own = 0) AND seq > 0 RETURNING seq",
    );
    assert!(violated(&mut world, &Entries::new()).contains("it gave a receipt"));
}

#[test]
fn a_forged_entry_that_counts_is_noticed() {
    let mut world = healed();
    world.forged = world.entries(0).expect("it is on");
    assert!(violated(&mut world, &Entries::new()).contains("forged"));
}

#[test]
fn an_erased_document_that_is_still_there_is_noticed() {
    let mut world = healed();
    let device = world.on(|m| !m.hub)[0];
    let node = world.machines[device].node.clone().expect("it is on");
    let sql = "SELECT doc FROM household LIMIT 1";
    let cards: Vec<String> = node.with(|r| r.query(sql, [], |row| row.get(0))).expect("a table");
    let records = Space::new(world.machines[device].unit.clone(), Channel::Records);
    world.erased.insert((records, cards[0].parse().expect("an id")));
    assert!(violated(&mut world, &Entries::new()).contains("erased"));
}

#[test]
fn a_row_that_only_one_machine_shows_is_noticed() {
    let mut world = healed();
    let device = world.on(|m| !m.hub)[0];
    tamper(&world, device, "UPDATE household SET phone = 'other' RETURNING 1");
    assert!(violated(&mut world, &Entries::new()).contains("rows differ"));
}

#[test]
fn a_verdict_of_its_own_is_noticed() {
    let mut world = healed();
    let device = world.on(|m| !m.hub)[0];
    tamper(&world, device, "UPDATE entry SET state = 3 WHERE seq = 1 RETURNING 1");
    assert!(violated(&mut world, &Entries::new()).contains("verdicts differ"));
}

#[test]
fn a_cache_that_is_not_what_a_rebuild_makes_is_noticed() {
    let mut world = healed();
    for machine in world.on(|_| true) {
        let node = world.machines[machine].node.clone().expect("it is on");
        let sql = "UPDATE household SET phone = 'other' RETURNING 1";
        node.with(|r| r.query(sql, [], |row| row.get::<_, i64>(0))).expect("a statement");
    }
    assert!(violated(&mut world, &Entries::new()).contains("a rebuild makes other rows"));
}

#[test]
fn machines_that_did_not_talk_do_not_agree() {
    let mut world = healed();
    let device = world.on(|m| !m.hub)[0];
    world.edit_cards(device).expect("it may write");
    let node = world.machines[device].node.clone().expect("it is on");
    node.with(linli_store::Replica::seal).expect("its disk works");
    assert!(check::agree(&world).expect("the disks work").is_err());
}

#[test]
fn an_entry_that_power_took_is_noticed() {
    let mut world = healed();
    world.power_goes(0).expect("nothing is wrong");
    world.committed.entry(0).or_default().insert([7; 32]);
    let violation = world.start(0).expect_err("something is wrong");
    assert!(violation.what.contains("are gone"), "{violation}");
}
