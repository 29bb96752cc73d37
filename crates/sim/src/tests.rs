//! That runs can be repeated, and that each check can fail.

use linli_wire::{Channel, Space, UnitPath};

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
    healed_of(6)
}

fn healed_of(size: usize) -> World {
    let mut world = World::begin(5, size, false);
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

#[test]
fn a_machine_that_goes_by_a_former_root_is_noticed() {
    let mut world = healed();
    let now = world.now;
    world.root.rotate(now).expect("its disk works");
    assert!(violated(&mut world, &Entries::new()).contains("another root"));
}

#[test]
fn a_machine_that_reports_where_its_unit_lay_before_is_noticed() {
    let mut world = healed();
    let device = world.on(|m| !m.hub)[0];
    let unit = world.machines[device].unit.clone();
    let to = "3211/02/090/001".parse().expect("a path");
    let now = world.now;
    world.root.move_unit(&unit, &to, now.day_number(), now).expect("a good move");
    let (at, what) = check::agree(&world).expect("the disks work").expect_err("it has not heard");
    assert!(at == device && what.contains("still reports"), "{what}");
}

#[test]
fn what_a_replaced_key_wrote_and_lost_is_noticed() {
    let mut world = healed();
    let device = world.on(|m| !m.hub)[0];
    let former = world.machines[device].device;
    world.replace_key(device).expect("nothing is wrong");
    assert_ne!(world.machines[device].device, former);
    world.heal().expect("nothing is lost by it");
    let city = world.city();
    let logs = format!("SELECT log_no FROM log WHERE lower(hex(device)) = '{former}'");
    let lost = "UPDATE entry SET state = 3, reason = 'the device was revoked'";
    tamper(&world, city, &format!("{lost} WHERE log_no IN ({logs}) RETURNING 1"));
    assert!(violated(&mut world, &Entries::new()).contains("replaced key"));
}

#[test]
fn an_empty_hub_is_filled_by_those_below() {
    let mut world = healed();
    let street = world.on(|m| m.hub).pop().expect("a street");
    let before = world.machines[street].device;
    world.replace_hub(street).expect("the hub above knows all");
    assert!(world.machines[street].device != before && world.machines[street].node.is_none());
    world.heal().expect("it has everything again");
}

/// A street in which one device has attached a photo, after everybody has talked.
fn with_a_photo() -> (World, usize) {
    let mut world = healed();
    let device = world.on(|m| !m.hub)[0];
    while world.attached.is_empty() {
        world.attach(device).expect("nothing is wrong");
    }
    (world, device)
}

#[test]
fn a_photo_that_a_hub_does_not_fetch_is_noticed() {
    let (mut world, device) = with_a_photo();
    let street = world.machines[device].parent.expect("a street");
    let node = world.machines[street].node.clone().expect("it is on");
    node.with(|r| r.set_attachment_fetch(0)).expect("kept");
    let violation = world.heal().expect_err("it never comes");
    assert!(violation.what.contains("lacks file"), "{violation}");
    let (mut world, _) = with_a_photo();
    world.heal().expect("the hubs fetch it");
}

#[test]
fn a_photo_of_an_erased_card_that_is_still_there_is_noticed() {
    let (mut world, _) = with_a_photo();
    world.heal().expect("the hubs fetch it");
    let file = world.attached[0].clone();
    // The document's own check comes first, so it is one that nobody has.
    let space = file.space.clone();
    world.attached[0].document = linli_wire::DocId([9; 16]);
    world.erased.insert((space, linli_wire::DocId([9; 16])));
    assert!(violated(&mut world, &Entries::new()).contains("of an erased document"));
}

#[test]
fn a_segment_that_goes_where_it_may_not_be_read_is_noticed() {
    let world = healed();
    let devices = world.on(|m| !m.hub);
    let [one, other] = [devices[0], *devices.last().expect("several")];
    let records = Space::new(world.machines[one].unit.clone(), Channel::Records);
    assert_ne!(world.machines[one].unit, world.machines[other].unit);
    let node = world.machines[one].node.clone().expect("it is on");
    let bytes = node.with(|r| r.segments(&records)).expect("sealed").remove(0);
    let frame = linli_sync::Message::Segment { lane: linli_wire::Lane::Recent, bytes }.encode();
    let street = world.machines[one].parent.expect("a street");
    check::may_cross(&world, one, street, &frame).expect("the street reads it");
    let violation = check::may_cross(&world, one, other, &frame).expect_err("the other may not");
    assert!(violation.what.contains("may not read"), "{violation}");
}

/// A community that is to move.
struct Moving {
    device: usize,
    unit: UnitPath,
    former: usize,
    next: usize,
    to: UnitPath,
}

fn moving(world: &World) -> Moving {
    let device = world.on(|m| !m.hub)[0];
    let former = world.machines[device].parent.expect("a street");
    let streets = world.on(|m| m.hub && m.unit.depth() == 3);
    let next = streets.into_iter().find(|at| *at != former).expect("two streets");
    let to = format!("{}/090", world.machines[next].unit).parse().expect("a path");
    Moving { device, unit: world.machines[device].unit.clone(), former, next, to }
}

/// Seed 488: the former street had granted the unit's devices on that same day, and took its grants to be late.
#[test]
fn a_unit_that_moves_on_the_day_on_which_it_was_granted_takes_its_devices_along() {
    let mut world = healed_of(16);
    let Moving { device, unit, former, next, to } = moving(&world);
    let now = world.now;
    world.root.move_unit(&unit, &to, now.day_number(), now).expect("a good move");
    // The former street has heard of it before the devices have.
    world.take_roots_word().expect("the city takes it in");
    let district = world.machines[former].parent.expect("a district");
    for (below, above) in [(district, world.city()), (former, district)] {
        world.call(below, above).expect("nothing is wrong");
    }
    world.heal().expect("all agree");
    assert_eq!(world.machines[device].parent, Some(next));
}

/// Seeds 11 and 38: its next street did not fetch what is attached in a unit that moved, and a hub did not see that
/// its own receipt made the word of the former street late.
#[test]
fn a_unit_that_moved_is_whole_at_its_next_street_and_the_former_one_has_no_word_left() {
    let mut world = healed_of(16);
    let Moving { device, unit, former, next, to } = moving(&world);
    while world.attached.is_empty() {
        world.attach(device).expect("nothing is wrong");
    }
    let now = world.now;
    world.root.move_unit(&unit, &to, now.day_number() + 1, now).expect("a good move");
    world.now = linli_wire::TimeMs::start_of_day(now.day_number() + 2);
    world.write_finding(former).expect("it has not heard of the move");
    world.heal().expect("all agree");
    assert_eq!(world.machines[device].parent, Some(next));
    let node = world.machines[next].node.clone().expect("it is on");
    let file = world.attached[0].hash;
    assert!(node.with(|r| r.read_attachment(&file, |_| Ok(()))).is_ok());
}
