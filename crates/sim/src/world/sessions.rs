//! Dialogues between machines, frame by frame.

use linli_node::{Dialogue, Node, NodeError, Step, chain};
use linli_sync::Role;
use linli_wire::TimeMs;

use super::{Event, World, switching::NOTICE_MS};
use crate::{
    check,
    hostile::Mangler,
    link::{End, Link, Quality},
    trouble::Violation,
};

/// A link on which more frames travel is one that does not end.
const FRAMES_MAX: u64 = 20_000;
/// Waiting before a hub calls the one above again.
const REDIAL_MS: u64 = 120_000;
/// Waiting before a session follows one whose terms have changed.
const AGAIN_MS: u64 = 100;

impl World {
    /// One machine calls another. Whether a link came about is its own matter.
    pub fn dial(&mut self, from: usize, to: usize, linger: bool) -> Result<(), Violation> {
        let (Some(caller), Some(answerer)) =
            (self.machines[from].node.clone(), self.machines[to].node.clone())
        else {
            return Ok(());
        };
        if !self.reach(from, to) || from == to || self.machines[from].device == self.machines[to].device {
            return Ok(());
        }
        let Some(dialler) = self.open(from, &caller, to, Role::Dialler, linger)? else {
            return Ok(());
        };
        let Some(acceptor) = self.open(to, &answerer, from, Role::Acceptor, true)? else {
            dialler.end().1.ok();
            return Ok(());
        };
        if !self.calm {
            for (machine, until) in [(from, dialler.until()), (to, acceptor.until())] {
                // By the machine's own clock.
                let skew_ms = self.machines[machine].skew_ms;
                if let Some(until) = until {
                    self.at(TimeMs(until.0 - skew_ms), Event::Look(machine));
                }
            }
        }
        let quality = if self.calm { Quality::GOOD } else { Quality::draw(&mut self.chance) };
        let number = self.number();
        let end = |world: &mut Self, machine: usize, dialogue| {
            let mangler = world.machines[machine].hostile.then(|| world.mangler(machine));
            End::new(machine, world.machines[machine].boot, dialogue, mangler)
        };
        let (dialler, acceptor) = (end(self, from, dialler), end(self, to, acceptor));
        self.links.insert(number, Link::new(dialler, acceptor, quality, linger));
        self.tally.sessions += 1;
        self.work(from)?;
        self.work(to)
    }

    /// A hub calls the one above it, unless they talk already.
    pub fn redial(&mut self, hub: usize) -> Result<(), Violation> {
        self.follow_moves(hub);
        let Some(parent) = self.machines[hub].parent.filter(|_| !self.calm) else { return Ok(()) };
        let parent = self.who_is_known(hub, parent);
        if self.talks(hub, parent) {
            return Ok(());
        }
        self.dial(hub, parent, true)?;
        let again = REDIAL_MS + self.chance.below(24 * 3_600_000);
        self.after(again, Event::Redial(hub));
        Ok(())
    }

    /// Whether a machine has called another, and they are not through.
    pub fn talks(&self, from: usize, to: usize) -> bool {
        self.links.values().any(|link| link.ends[0].machine == from && link.ends[1].machine == to)
    }

    /// Begins a side; `None` where it does not serve the other.
    fn open(
        &mut self,
        machine: usize,
        node: &Node,
        peer: usize,
        role: Role,
        linger: bool,
    ) -> Result<Option<Dialogue>, Violation> {
        match Dialogue::begin(node, self.machines[peer].device, role, linger) {
            Ok(dialogue) => Ok(Some(dialogue)),
            Err(NodeError::UnknownDevice(_) | NodeError::EndedGrant(_) | NodeError::NoGrant) => {
                let name = self.machines[peer].name.clone();
                self.note(machine, &format!("does not serve {name}"));
                Ok(None)
            }
            Err(error) => {
                self.failed(machine, &error)?;
                Ok(None)
            }
        }
    }

    fn mangler(&mut self, machine: usize) -> Mangler {
        let forged = self.forge(machine);
        Mangler::new(self.chance.next(), forged)
    }

    /// An error of a machine: its disk's, or a violation.
    pub fn failed(&mut self, machine: usize, error: &NodeError) -> Result<(), Violation> {
        if self.is_ailing(machine) {
            self.note(machine, &format!("fails: {error}"));
            return self.look_after(machine);
        }
        Err(self.violation(machine, format!("fails: {}", chain(error))))
    }

    /// Lets a machine do all that its dialogues have to do now.
    pub fn work(&mut self, machine: usize) -> Result<(), Violation> {
        loop {
            let boot = self.machines[machine].boot;
            let ends: Vec<(u64, usize)> = self
                .links
                .iter()
                .flat_map(|(number, link)| [(*number, 0), (*number, 1)].map(|at| (at, &link.ends[at.1])))
                .filter(|(_, end)| end.machine == machine && end.boot == boot && end.dialogue.is_some())
                .map(|(at, _)| at)
                .collect();
            let mut moved = false;
            for (link, side) in ends {
                moved |= self.poll(link, side)?;
            }
            if !moved {
                return self.look_after(machine);
            }
        }
    }

    /// Frames have arrived.
    pub fn arrive(&mut self, number: u64, side: usize) -> Result<(), Violation> {
        let Some(link) = self.links.get_mut(&number) else { return Ok(()) };
        let now = self.now;
        let frames = link.ends[side].take(now);
        let (machine, sender) = (link.ends[side].machine, link.ends[1 - side].machine);
        let Some(dialogue) = &mut link.ends[side].dialogue else { return Ok(()) };
        if frames.is_empty() {
            return Ok(());
        }
        for frame in frames {
            dialogue.frame(frame);
        }
        dialogue.flush();
        self.work(machine)?;
        // It has room for more now.
        self.work(sender)
    }

    /// A side learns that its link is gone.
    pub fn broken(&mut self, number: u64, side: usize) -> Result<(), Violation> {
        let Some(link) = self.links.get_mut(&number) else { return Ok(()) };
        let dialogue = link.ends[side].dialogue.take();
        let machine = link.ends[side].machine;
        if link.ends.iter().all(|end| end.dialogue.is_none()) {
            self.tally.frames += link.frames;
            self.links.remove(&number);
        }
        match dialogue {
            Some(dialogue) => self.end(machine, dialogue),
            None => Ok(()),
        }
    }

    /// Does what one dialogue asks for. Says whether it did anything.
    fn poll(&mut self, number: u64, side: usize) -> Result<bool, Violation> {
        let Some(link) = self.links.get_mut(&number) else { return Ok(false) };
        let machine = link.ends[side].machine;
        let Some(mut dialogue) = link.ends[side].dialogue.take() else { return Ok(false) };
        let mut moved = false;
        loop {
            if !self.links[&number].has_room(side) {
                break;
            }
            match dialogue.poll() {
                Ok(Step::Send(frame)) => {
                    self.send(number, side, frame)?;
                    moved = true;
                }
                Ok(Step::Wait) => break,
                Ok(Step::Over(reason)) => {
                    let outcome = dialogue.outcome(reason);
                    // Before a machine that failed is looked after.
                    self.judge(number, side, outcome)?;
                    self.end(machine, dialogue)?;
                    self.break_link(number);
                    return Ok(true);
                }
                Ok(Step::Again(departure)) => {
                    self.note(machine, &format!("begins a session again, left {departure:?}"));
                    self.end(machine, dialogue)?;
                    self.begin_again(number);
                    return Ok(true);
                }
                Ok(Step::Lost(why)) => {
                    self.note(machine, &format!("ends a link: {why}"));
                    self.end(machine, dialogue)?;
                    self.break_link(number);
                    return Ok(true);
                }
                Err(error) => {
                    drop(dialogue);
                    self.break_link(number);
                    self.failed(machine, &error)?;
                    return Ok(false);
                }
            }
        }
        if let Some(link) = self.links.get_mut(&number) {
            link.ends[side].dialogue = Some(dialogue);
        }
        Ok(moved)
    }

    fn send(&mut self, number: u64, side: usize, frame: linli_wire::Frame) -> Result<(), Violation> {
        let now = self.now;
        let link = self.links.get_mut(&number).expect("whoever sends has looked");
        if link.ends[side].mangler.is_none() {
            let [from, to] = [side, 1 - side].map(|side| link.ends[side].machine);
            check::may_cross(self, from, to, &frame)?;
        }
        let link = self.links.get_mut(&number).expect("it was just there");
        let frames = match &mut link.ends[side].mangler {
            Some(mangler) => mangler.mangle(frame),
            None => vec![frame],
        };
        let mut arrivals = Vec::new();
        for frame in frames {
            arrivals.extend(link.send(side, frame, now, &mut self.chance));
        }
        let (cut, frames, machine) = (link.cut, link.frames, link.ends[side].machine);
        let honest = link.ends.iter().all(|end| end.mangler.is_none());
        for at in arrivals {
            self.at(at, Event::Arrive { link: number, side: 1 - side });
        }
        if frames > FRAMES_MAX && honest {
            return Err(self.violation(machine, "a session does not end"));
        }
        if cut || frames > FRAMES_MAX {
            self.break_link(number);
        }
        Ok(())
    }

    /// A session between honest machines whose disks work has no other end than being done.
    fn judge(&mut self, number: u64, side: usize, outcome: Result<(), NodeError>) -> Result<(), Violation> {
        let Err(error) = outcome else { return Ok(()) };
        let link = &self.links[&number];
        let machines = [link.ends[side].machine, link.ends[1 - side].machine];
        let excused =
            link.excused || machines.iter().any(|at| self.is_ailing(*at) || self.machines[*at].hostile);
        if excused {
            // The other side hears of it when all is well again.
            self.links.get_mut(&number).expect("it was just there").excused = true;
            self.note(machines[0], &format!("a session fails: {error}"));
            return Ok(());
        }
        Err(self.violation(
            machines[0],
            format!("a session with {} fails: {}", self.machines[machines[1]].name, chain(&error)),
        ))
    }

    /// A dialogue ends; what it brought has its effects.
    fn end(&mut self, machine: usize, dialogue: Dialogue) -> Result<(), Violation> {
        let (report, kept) = dialogue.end();
        let (pushed, received, settled) = (report.pushed, report.received, report.settled);
        if !self.calm {
            self.note(
                machine,
                &format!("ends a session, settled: {settled}; {pushed} segments out, {received} in"),
            );
        }
        match kept {
            Ok(()) => self.look_after(machine),
            Err(error) => self.failed(machine, &error),
        }
    }

    /// Another session follows one whose terms have changed. Both sides learn of it by the way in which the link
    /// ends.
    fn begin_again(&mut self, number: u64) {
        let Some(link) = self.links.get(&number) else { return };
        let ([from, to], linger) = (link.ends.each_ref().map(|end| end.machine), link.linger);
        self.break_link(number);
        self.after(AGAIN_MS, Event::Dial { from, to, linger });
    }

    /// Both sides will learn that a link is gone, each in its time.
    pub fn break_link(&mut self, number: u64) {
        if let Some(link) = self.links.get_mut(&number) {
            link.cut = true;
            // What is on its way may still arrive before the side learns of it.
            for side in [0, 1] {
                let notice = if self.calm { 10 } else { self.chance.below(NOTICE_MS) };
                self.after(notice, Event::Broken { link: number, side });
            }
        }
    }

    /// A machine's dialogues are gone with it.
    pub fn drop_links(&mut self, machine: usize) {
        let boot = self.machines[machine].boot;
        let mut gone = Vec::new();
        for (number, link) in &mut self.links {
            for end in link.ends.iter_mut().filter(|end| end.machine == machine && end.boot == boot) {
                end.dialogue = None;
                gone.push(*number);
            }
        }
        for number in gone {
            self.break_link(number);
        }
    }
}
