//! The world of one run: its time, its machines, what goes on between them.

mod sessions;
mod switching;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use linli_disk::Chance;
use linli_log::Head;
use linli_node::Clock;
use linli_wire::{DeviceKey, DocId, LogId, Space, TimeMs};

use crate::{
    actions::Attached,
    link::Link,
    machine::{Entries, Machine},
    root::Root,
    template::{BEGIN, Template},
    trouble::Violation,
};

/// Lines of what happened that are kept for a report.
const TRACE_LINES: usize = 60;

/// Something that is going to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Frames arrive at a side of a link.
    Arrive { link: u64, side: usize },
    /// A side of a link learns that it is gone.
    Broken { link: u64, side: usize },
    /// A machine is switched on.
    Start(usize),
    /// A hub calls the one above.
    Redial(usize),
    /// A machine calls another.
    Dial { from: usize, to: usize, linger: bool },
    /// What the root wrote is taken to the city's hub.
    RootsWord,
    /// A device whose key is being replaced asks for it again.
    Renew(usize),
    /// A machine sees what the hour asks of it.
    Look(usize),
    /// A disk that had a fault is mended; the machine's process starts anew.
    Mend(usize),
    /// A stick with a bundle arrives at a machine.
    Stick { machine: usize, number: usize },
    /// The two parts of the city that could not reach each other can again.
    Heal,
    /// The next thing that somebody does.
    Act,
}

/// What a run did, for the report.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub actions: u64,
    pub sessions: u64,
    pub frames: u64,
    pub crashes: u64,
    pub entries: u64,
    pub machine_ms: i64,
    /// Exchanges until everything was equal after healing.
    pub rounds: u64,
}

#[derive(Debug)]
pub struct World {
    pub chance: Chance,
    pub now: TimeMs,
    pub machines: Vec<Machine>,
    pub links: BTreeMap<u64, Link>,
    events: BTreeMap<(TimeMs, u64), Event>,
    next_number: u64,
    /// Machines that cannot reach the others.
    pub apart: BTreeSet<usize>,
    /// Entries that must never count anywhere.
    pub forged: Entries,
    /// Documents that were erased.
    pub erased: BTreeSet<(Space, DocId)>,
    /// The files that were attached, and to which document.
    pub attached: Vec<Attached>,
    /// The realm's root.
    pub root: Root,
    /// Keys that were replaced, with what their devices had written by then.
    pub renewed: BTreeMap<DeviceKey, Vec<(LogId, Head)>>,
    /// Machines whose hub may have replaced their key, and that have not heard of it.
    pub renewing: BTreeSet<usize>,
    /// Hubs that took the place of others.
    pub new_hubs: u64,
    /// What each machine had when its power was about to go.
    pub committed: BTreeMap<usize, Entries>,
    /// Machines whose disk fails just now.
    pub ailing: BTreeSet<usize>,
    /// Links are as good as they come, and nothing is left to chance any more.
    pub calm: bool,
    pub sticks: Vec<std::path::PathBuf>,
    pub directory: tempfile::TempDir,
    trace: VecDeque<String>,
    /// Prints what happens as it happens.
    pub loud: bool,
    pub tally: Tally,
}

impl World {
    /// A city of about `size` machines: a street is whole or absent.
    pub fn begin(seed: u64, size: usize, loud: bool) -> Self {
        let mut chance = Chance::new(seed);
        let template = Template::get();
        let chosen = choose(template, size, &mut chance);
        let root = Root::begin(template.root.twin(chance.next()));
        let place = |at: usize| chosen.iter().position(|chosen| *chosen == at);
        let machines = chosen.iter().map(|at| {
            let member = &template.members[*at];
            Machine {
                name: member.name.clone(),
                unit: member.unit.clone(),
                hub: member.hub,
                device: member.device,
                parent: member.parent.and_then(place),
                disk: member.disk.twin(chance.next()),
                clock: Clock::at(BEGIN),
                skew_ms: 0,
                node: None,
                boot: 0,
                on_since: BEGIN,
                on_ms: 0,
                backups: Vec::new(),
                restored_at: None,
                outcast: false,
                hostile: false,
            }
        });
        let machines = machines.collect();
        Self {
            chance,
            now: BEGIN,
            machines,
            links: BTreeMap::new(),
            events: BTreeMap::new(),
            next_number: 0,
            apart: BTreeSet::new(),
            forged: Entries::new(),
            erased: BTreeSet::new(),
            attached: Vec::new(),
            root,
            renewed: BTreeMap::new(),
            renewing: BTreeSet::new(),
            new_hubs: 0,
            committed: BTreeMap::new(),
            ailing: BTreeSet::new(),
            calm: false,
            sticks: Vec::new(),
            directory: tempfile::tempdir().expect("a temporary directory"),
            trace: VecDeque::new(),
            loud,
            tally: Tally::default(),
        }
    }

    /// Lets something happen after so long.
    pub fn after(&mut self, ms: u64, event: Event) {
        self.at(TimeMs(self.now.0 + ms as i64), event);
    }

    pub fn at(&mut self, time: TimeMs, event: Event) {
        self.next_number += 1;
        self.events.insert((time, self.next_number), event);
    }

    /// The next thing that happens, its time having come.
    pub fn next_event(&mut self) -> Option<Event> {
        let ((time, _), event) = self.events.pop_first()?;
        self.now = self.now.max(time);
        for machine in self.machines.iter().filter(|machine| machine.node.is_some()) {
            machine.clock.set(TimeMs(self.now.0 + machine.skew_ms));
        }
        Some(event)
    }

    /// Nobody looks at the clock any more.
    pub fn forget_looks(&mut self) {
        self.events.retain(|_, event| !matches!(event, Event::Look(_)));
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// Notes what happened.
    pub fn note(&mut self, machine: usize, what: &str) {
        let at =
            Violation { at: self.now, machine: self.machines[machine].name.clone(), what: what.to_owned() };
        let line = at.to_string();
        if self.loud {
            eprint_line(&line);
        }
        if self.trace.len() == TRACE_LINES {
            self.trace.pop_front();
        }
        self.trace.push_back(line);
    }

    pub fn violation(&self, machine: usize, what: impl Into<String>) -> Violation {
        Violation { at: self.now, machine: self.machines[machine].name.clone(), what: what.into() }
    }

    /// What happened last, oldest first.
    pub fn trace(&self) -> Vec<String> {
        self.trace.iter().cloned().collect()
    }

    /// Machines of a kind that are on.
    pub fn on(&self, which: impl Fn(&Machine) -> bool) -> Vec<usize> {
        let on = |machine: &Machine| machine.node.is_some() && which(machine);
        (0..self.machines.len()).filter(|at| on(&self.machines[*at])).collect()
    }

    /// Whether two machines can reach each other.
    pub fn reach(&self, one: usize, other: usize) -> bool {
        self.apart.contains(&one) == self.apart.contains(&other)
    }
}

#[allow(clippy::print_stderr, reason = "somebody asked to see it")]
fn eprint_line(line: &str) {
    eprintln!("{line}");
}

/// The machines of a run: hubs that are needed for as many streets as make up the size.
fn choose(template: &Template, size: usize, chance: &mut Chance) -> Vec<usize> {
    let members = &template.members;
    let mut streets: Vec<usize> =
        (0..members.len()).filter(|at| members[*at].hub && members[*at].unit.depth() == 3).collect();
    let mut chosen = BTreeSet::new();
    while chosen.len() < size && !streets.is_empty() {
        let street = streets.swap_remove(chance.below(streets.len() as u64) as usize);
        let mut above = Some(street);
        while let Some(at) = above {
            chosen.insert(at);
            above = members[at].parent;
        }
        chosen.extend((0..members.len()).filter(|at| members[*at].parent == Some(street)));
    }
    chosen.into_iter().collect()
}
