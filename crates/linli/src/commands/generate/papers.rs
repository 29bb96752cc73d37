//! The road of an invented year: declared, reviewed, checked, inspected, declared late, published.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use linli_eval::{
    Date, Evaluation, Outcome, Scorecard,
    road::{Paper, Score, Step, Verdict},
};
use linli_generate::{Course, StreetPart};
use linli_log::fact::Changes;
use linli_node::{Node, now};
use linli_store::{DocumentEdits, StoreError};
use linli_wire::{Channel, Level, Space, UnitPath};

use super::{devices::Devices, schedule::Schedule};
use crate::{
    commands::assess::{
        paper::{self, NoticeHead},
        score,
    },
    documents::random_id,
};

/// Documents of one entry: a scorecard is some ten thousand bytes, and an entry holds a million.
const TOGETHER: usize = 32;
const NEWSPAPER: &str = "晚报";
const TITLE: &str = "关于拟认定充分就业社区、街道的公示";

/// A year's papers on their way to the documents that they stand in.
pub struct Papers<'a> {
    pub year: i64,
    pub schedule: &'a Schedule,
    pub evaluation: &'a Evaluation,
}

impl Papers<'_> {
    /// What units declare, and what streets and districts decide about it: each written by its own device.
    pub fn before_the_inspection(
        &self,
        node: &Node,
        streets: &[StreetPart],
        devices: &mut Devices,
    ) -> Result<()> {
        for unit in of_course(streets, Course::Declares) {
            let declaration = self.declare(unit, self.schedule.declared, devices)?;
            let reviewer = unit.parent().context("a unit of the programme has one above it")?;
            let district = unit.at_level(Level::District).context("a street lies in a district")?;
            let review = self.paper(unit, Step::FirstReview, Verdict::Passed, self.schedule.reviewed)?;
            let review = Paper { about: declaration, score: Score::default(), ..review };
            let check = self.paper(unit, Step::Check, Verdict::Passed, self.schedule.checked)?;
            for (by, paper, note) in [(reviewer, review, "材料齐全，同意上报"), (district, check, "")]
            {
                let document = paper::step(self.year, &paper, "", note)?;
                let oversight = Space::new(unit.clone(), Channel::Oversight);
                devices.of(&by)?.write(&oversight, vec![document], now())?;
            }
        }
        devices.hand_over(node)
    }

    /// The city inspects every unit: its score decides.
    pub fn inspect(&self, node: &Node, city: &UnitPath, streets: &[StreetPart]) -> Result<()> {
        let mut written = BTreeMap::new();
        let kept = Space::new(city.clone(), Channel::Records);
        for (at, (unit, _)) in all(streets).enumerate() {
            let card = self.card(unit)?;
            let verdict = match card.outcome {
                Outcome::Meets => Verdict::Meets,
                _ => Verdict::Fails,
            };
            let paper = self.paper(unit, Step::Inspection, verdict, self.schedule.inspected(at))?;
            let about = Space::new(unit.clone(), Channel::Oversight);
            written.insert(about, vec![paper::step(self.year, &paper, "", "")?]);
            written.entry(kept.clone()).or_default().push(score::keep(card));
        }
        write(node, &written)
    }

    /// Those that were found to meet without having declared declare now.
    pub fn declare_late(&self, node: &Node, streets: &[StreetPart], devices: &mut Devices) -> Result<()> {
        for unit in of_course(streets, Course::DeclaresLate) {
            self.declare(unit, self.schedule.declared_late, devices)?;
        }
        devices.hand_over(node)
    }

    /// The city publishes every unit that declared and meets, in one list. Returns how many.
    pub fn publish(&self, node: &Node, city: &UnitPath, streets: &[StreetPart]) -> Result<usize> {
        let mut listed = Vec::new();
        for (unit, _) in all(streets).filter(|(_, course)| *course != Course::Stays) {
            let card = self.card(unit)?;
            if card.outcome == Outcome::Meets {
                listed.push((unit, card, score::named(card)));
            }
        }
        let (start, end) = (self.schedule.published, self.schedule.published_until);
        let (start_text, end_text) = (start.to_string(), end.to_string());
        let head = NoticeHead {
            start: &start_text,
            end: &end_text,
            newspaper: NEWSPAPER,
            newspaper_day: &start_text,
            title: TITLE,
        };
        let id = random_id()?;
        let named = listed.iter().map(|(unit, _, score)| (unit.as_str(), score));
        let mut notices = vec![paper::notice(id, self.year, head, named)];
        notices.extend(listed.iter().map(|(_, card, _)| score::keep(card)));
        // The list first: a paper that names it is never without it.
        write(node, &BTreeMap::from([(Space::new(city.clone(), Channel::Notices), notices)]))?;
        let mut written = BTreeMap::new();
        for (unit, ..) in &listed {
            let paper = self.paper(unit, Step::Publication, Verdict::Done, start)?;
            let paper = Paper { until: Some(end), about: id.to_string(), ..paper };
            let about = Space::new((*unit).clone(), Channel::Oversight);
            written.insert(about, vec![paper::step(self.year, &paper, "", "")?]);
        }
        write(node, &written)?;
        Ok(listed.len())
    }

    /// Writes a unit's declaration and returns the document's id.
    fn declare(&self, unit: &UnitPath, day: Date, devices: &mut Devices) -> Result<String> {
        let id = random_id()?;
        let own = score::named(self.card(unit)?);
        let document = paper::declaration(id, self.year, &day.to_string(), "", &own);
        let records = Space::new(unit.clone(), Channel::Records);
        devices.of(unit)?.write(&records, vec![document], now())?;
        Ok(id.to_string())
    }

    /// A paper about a unit that names its score.
    fn paper(&self, unit: &UnitPath, step: Step, verdict: Verdict, day: Date) -> Result<Paper> {
        Ok(Paper {
            id: random_id()?.to_string(),
            step,
            verdict,
            by: Level::City,
            day,
            until: None,
            about: String::new(),
            score: score::named(self.card(unit)?),
            altered: false,
        })
    }

    fn card(&self, unit: &UnitPath) -> Result<&Scorecard> {
        self.evaluation.scorecard(unit).with_context(|| format!("{unit} has no score"))
    }
}

/// Every street and community with its course.
fn all(streets: &[StreetPart]) -> impl Iterator<Item = (&UnitPath, Course)> {
    streets.iter().flat_map(|street| {
        let below = street.communities.iter().map(|part| (&part.unit, part.course));
        std::iter::once((&street.unit, street.course)).chain(below)
    })
}

fn of_course(streets: &[StreetPart], course: Course) -> impl Iterator<Item = &UnitPath> {
    all(streets).filter(move |(_, of)| *of == course).map(|(unit, _)| unit)
}

/// Writes as the hub.
pub fn write(node: &Node, documents: &BTreeMap<Space, Vec<DocumentEdits>>) -> Result<()> {
    node.with(|r| {
        r.write(node.now(), |w| {
            for (space, documents) in documents {
                for together in documents.chunks(TOGETHER) {
                    w.edit(space, together, Changes::default())?;
                }
            }
            Ok::<_, StoreError>(())
        })
    })
    .map_err(linli_node::NodeError::from)?;
    node.announce();
    Ok(())
}
