//! One run: the same from the same seed.

use linli_wire::TimeMs;

use crate::{
    trouble::Violation,
    world::{Event, Tally, World},
};

/// Machines of a run: most runs are of one street, so that there are many of them; one in twelve is the whole
/// city.
const SIZES: [usize; 12] = [8, 8, 16, 8, 8, 16, 8, 8, 16, 8, 8, 31];
/// Things that somebody does, for each machine.
const ACTIONS_EACH: u64 = 2;
const ACTIONS_BASE: u64 = 20;

/// How a run went.
#[derive(Debug)]
pub struct Outcome {
    pub seed: u64,
    pub machines: usize,
    pub tally: Tally,
    /// What was violated, and what happened before it.
    pub violation: Option<(Violation, Vec<String>)>,
}

/// Runs the world of a seed to its end.
pub fn run(seed: u64, loud: bool) -> Outcome {
    let size = SIZES[(seed % SIZES.len() as u64) as usize];
    let mut world = World::begin(seed, size, loud);
    let violation = live(&mut world).err().map(|violation| (violation, world.trace()));
    let now = world.now;
    for machine in &mut world.machines {
        machine.stop(now);
        world.tally.machine_ms += machine.on_ms;
    }
    Outcome { seed, machines: world.machines.len(), tally: world.tally, violation }
}

fn live(world: &mut World) -> Result<(), Violation> {
    for machine in 0..world.machines.len() {
        world.start(machine)?;
    }
    let actions = ACTIONS_BASE + ACTIONS_EACH * world.machines.len() as u64;
    schedule(world, actions);
    while let Some(event) = world.next_event() {
        world.happen(event)?;
        if world.tally.actions >= actions {
            break;
        }
    }
    world.heal()
}

/// Spreads what people do over some weeks or months, in bursts.
fn schedule(world: &mut World, actions: u64) {
    let mut at = world.now;
    for _ in 0..actions {
        let gap = match world.chance.below(3) {
            0 => world.chance.below(20_000),
            1 => world.chance.below(3_600_000),
            _ => world.chance.below(3 * 24 * 3_600_000),
        };
        at = TimeMs(at.0 + gap as i64);
        world.at(at, Event::Act);
    }
}

impl World {
    /// Lets an event have its effect.
    pub fn happen(&mut self, event: Event) -> Result<(), Violation> {
        match event {
            Event::Arrive { link, side } => self.arrive(link, side),
            Event::Broken { link, side } => self.broken(link, side),
            Event::Start(machine) => self.start(machine),
            Event::Redial(hub) => self.redial(hub),
            Event::Dial { from, to, linger } => self.dial(from, to, linger && !self.calm),
            Event::RootsWord => self.take_roots_word(),
            Event::Renew(machine) => self.replace_key(machine),
            Event::Look(machine) => self.work(machine),
            Event::Mend(machine) => {
                // Whoever looked after it may have restarted it already.
                if self.ailing.contains(&machine) {
                    self.machines[machine].disk.repair();
                    self.kill(machine);
                }
                Ok(())
            }
            Event::Stick { machine, number } => self.stick_arrives(machine, number),
            Event::Heal => {
                self.apart.clear();
                Ok(())
            }
            Event::Act => self.act(),
        }
    }
}
