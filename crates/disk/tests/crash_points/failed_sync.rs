//! A sync that failed, a new start, and then the power.

use linli_disk::{Call, Fault, Trouble};

use crate::{
    checks,
    script::Operation,
    world::{Who, World},
};

/// Worlds that are tried: what a failed sync leaves is left to chance.
const SEEDS: u64 = 24;
/// Syncs of the operation at most, each of which fails once.
const SYNCS: u64 = 2;

fn edit(phone: &str) -> Operation {
    Operation::Edit { cards: vec![1, 2], phone: phone.to_owned() }
}

/// What was written before the failed sync can still be read after the start, and is not durable.
#[test]
fn what_is_acknowledged_after_a_failed_sync_and_a_start_outlives_the_power() {
    let saved = World::begin(1).save();
    for (seed, nth) in (0..SEEDS).flat_map(|seed| (1..=SYNCS).map(move |nth| (seed, nth))) {
        let mut world = saved.restore(seed);
        edit("before").perform(&mut world).expect("the disk works");
        world.device.disk.fail(Fault { call: Call::Sync, nth, trouble: Trouble::Io, lasts: false });
        // The process ends right after the call that failed: what it would write next would take the place of
        // what is not durable.
        let _ = edit("failed").perform(&mut world);
        world.device.disk.repair();
        world.device.disk.kill();
        world.device.reopen().expect("it opens again");
        let after = edit("after");
        after.perform(&mut world).expect("the disk works again");
        world.device.disk.crash();
        checks::survived(&mut world, Who::Device, &[after], None);
    }
}
