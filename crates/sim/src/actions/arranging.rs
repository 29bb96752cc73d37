//! Units that move below others, units that are merged, and a root that hands over to its next key.

use linli_model::{Edit, Value, kind};
use linli_store::DocumentEdits;
use linli_wire::{Arrangement, Channel, Level, Space, UnitPath};

use crate::{
    trouble::Violation,
    world::{Event, World},
};

/// What the root wrote is under way for at most so long.
const CARRIED_MS: u64 = 8 * 24 * 3_600_000;
/// A unit moves so many days after the root says so, or less.
const AHEAD_DAYS: u64 = 6;
/// So many moves of a run: each is in force for good.
const MOVES_MAX: u64 = 4;

impl World {
    /// The root says that a unit lies below another of the same level as the one above it, from a day on.
    pub fn move_unit(&mut self) -> Result<(), Violation> {
        let arrangement = self.arrangement();
        let above = |unit: &UnitPath| arrangement.parent(unit);
        let mut choices = Vec::new();
        for machine in self.machines.iter().filter(|m| m.unit.depth() >= 3) {
            let others = self.machines.iter().filter(|m| m.hub && m.unit.depth() + 1 == machine.unit.depth());
            let others = others.filter(|m| above(&machine.unit).as_ref() != Some(&m.unit));
            choices.extend(others.map(|m| (machine.unit.clone(), m.unit.clone())));
        }
        let Some((unit, to)) = self.chance.pick(&choices).cloned() else { return Ok(()) };
        if self.root.moves == MOVES_MAX {
            return Ok(());
        }
        // A number that no unit has.
        let width = if unit.level() == Level::District { 2 } else { 3 };
        let path = format!("{to}/{:0width$}", 90 + self.root.moves);
        let path: UnitPath = path.parse().map_err(|_| self.violation(0, format!("{path} is no path")))?;
        let from_day = self.now.day_number() + self.chance.below(AHEAD_DAYS) as i64;
        let now = self.now;
        self.note(0, &format!("the root moves {unit} to {path}"));
        self.root
            .move_unit(&unit, &path, from_day, now)
            .map_err(|error| self.violation(0, format!("the root cannot move {unit}: {error}")))?;
        self.send_roots_word();
        Ok(())
    }

    /// The root hands over to the key that it announced.
    pub fn rotate_root(&mut self) -> Result<(), Violation> {
        let now = self.now;
        self.note(0, "the root hands over to its next key");
        self.root
            .rotate(now)
            .map_err(|error| self.violation(0, format!("the root cannot hand over: {error}")))?;
        self.send_roots_word();
        Ok(())
    }

    fn send_roots_word(&mut self) {
        let carried = self.chance.below(CARRIED_MS);
        self.after(carried, Event::RootsWord);
    }

    /// What the root wrote arrives at the city's hub, unless it is switched off: then it is brought again.
    pub fn take_roots_word(&mut self) -> Result<(), Violation> {
        let city = self.city();
        let Some(node) = self.machines[city].node.clone() else {
            self.after(CARRIED_MS / 8, Event::RootsWord);
            return Ok(());
        };
        let word = self.root.word().map_err(|error| self.violation(city, error.to_string()))?;
        self.note(city, "takes in what the root wrote");
        match node.take_in(word) {
            Ok(_) => self.work(city),
            Err(error) => {
                self.after(CARRIED_MS / 8, Event::RootsWord);
                self.failed(city, &error)
            }
        }
    }

    /// The city says that a community is merged into another of its street from a day on.
    pub fn merge_communities(&mut self) -> Result<(), Violation> {
        let city = self.city();
        if self.machines[city].node.is_none() {
            return Ok(());
        }
        let mut pairs = Vec::new();
        for one in self.machines.iter().filter(|m| !m.hub) {
            let beside = self.machines.iter().filter(|m| !m.hub && m.unit.parent() == one.unit.parent());
            // Always the later into the earlier, so that no two go on in each other.
            pairs.extend(beside.filter(|m| m.unit < one.unit).map(|m| (one.unit.clone(), m.unit.clone())));
        }
        let Some((merged, into)) = self.chance.pick(&pairs).cloned() else { return Ok(()) };
        let end = format!("2026-{:02}-{:02}", 1 + self.chance.below(3), 1 + self.chance.below(28));
        let text = |field, value: &str| Edit::document(field, Some(Value::from(value)));
        let id = kind::UNIT.fixed_id(merged.as_str()).expect("units are keyed by their path");
        let edits = vec![text("end", &end), text("successor", into.as_str())];
        let notices = Space::new(self.machines[city].unit.clone(), Channel::Notices);
        self.note(city, &format!("merges {merged} into {into}"));
        self.write(city, &notices, &[DocumentEdits { id, kind: &kind::UNIT, edits }])
    }

    /// Which unit lies below which today, by all that the root has said.
    pub fn arrangement(&self) -> Arrangement {
        self.root.arrangement(self.now)
    }

    /// A machine whose unit lies below another now reports there, as soon as it knows.
    pub fn follow_moves(&mut self, machine: usize) {
        let Some(node) = self.machines[machine].node.clone() else { return };
        let now = node.now();
        let unit = &self.machines[machine].unit;
        let above = node.with(|r| r.trust().arrangement(now.day_number())).parent(unit);
        let to = self.machines.iter().position(|m| m.hub && Some(&m.unit) == above.as_ref());
        if let Some(to) = to.filter(|to| self.machines[machine].parent != Some(*to)) {
            let name = self.machines[to].name.clone();
            self.note(machine, &format!("reports to {name} now"));
            self.machines[machine].parent = Some(to);
        }
    }

    /// Whom to call for the machine above: where its grant is not known yet, the one above it, and so on.
    pub fn who_is_known(&self, machine: usize, parent: usize) -> usize {
        let Some(node) = self.machines[machine].node.clone() else { return parent };
        let mut above = Some(parent);
        while let Some(at) = above {
            let key = self.machines[at].device;
            if node.with(|r| r.trust().grants_of(key).next().is_some()) {
                return at;
            }
            above = self.machines[at].parent;
        }
        parent
    }

    /// The city's hub.
    pub fn city(&self) -> usize {
        let city = self.machines.iter().position(|m| m.unit.level() == Level::City);
        city.expect("every run has the city")
    }
}
