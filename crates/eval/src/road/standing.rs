//! The state machine: what may take effect where a unit stands, and what is due then.

mod after;
mod due;

use std::collections::BTreeMap;

use linli_wire::Level;

use super::event::{Event, events};
use super::{Appeal, Case, Declaration, Paper, Refusal, Road, Rules, Standing, Step, Verdict};
use crate::calendar::Calendar;
use crate::date::Date;

/// Where the unit of a case stands at the end of a day.
///
/// The order in which the parts of the case are listed does not matter. Within a day whatever may take effect
/// does, until nothing more may; so a declaration returned, corrected and passed on one day has passed.
pub fn follow(rules: &Rules, calendar: &Calendar, case: &Case, today: Date) -> Road {
    let mut walk = Walk::new(rules, calendar, case);
    let events = events(case, today);
    for day in events.chunk_by(|a, b| a.day() == b.day()) {
        let mut waiting: Vec<Event<'_>> = day.to_vec();
        while let Some(at) = waiting.iter().position(|event| walk.take(event).is_ok()) {
            waiting.remove(at);
        }
        for event in waiting {
            if let Err(refusal) = walk.clone().take(&event) {
                walk.road.without_effect.insert(event.id().to_owned(), refusal);
            }
        }
    }
    walk.finish(today)
}

/// An objection that is not closed.
#[derive(Debug, Clone)]
struct Objection {
    received: Date,
    accepted: Option<Date>,
}

#[derive(Debug, Clone)]
struct Walk<'a> {
    rules: &'a Rules,
    calendar: &'a Calendar,
    level: Level,
    road: Road,
    /// The day of what the next step follows.
    since: Date,
    /// Whether the district passed the declaration that stands.
    checked: bool,
    published_until: Option<Date>,
    mend_until: Option<Date>,
    objections: BTreeMap<String, Objection>,
    /// Appeals without an answer.
    appeals: BTreeMap<String, Appeal>,
    /// Whether an appeal was upheld after the inspection, so that the city inspects again.
    reopened: bool,
}

impl<'a> Walk<'a> {
    fn new(rules: &'a Rules, calendar: &'a Calendar, case: &Case) -> Self {
        let road = Road {
            standing: Standing::NotDeclared,
            declared: None,
            inspected: None,
            met: None,
            published: None,
            recognised: None,
            ended: None,
            late: false,
            declaration: None,
            inspection: None,
            frozen: Vec::new(),
            barred_until: case.barred_until,
            due: Vec::new(),
            without_effect: BTreeMap::new(),
        };
        Self {
            rules,
            calendar,
            level: case.level,
            road,
            since: Date::from_day_number(0),
            checked: false,
            published_until: None,
            mend_until: None,
            objections: BTreeMap::new(),
            appeals: BTreeMap::new(),
            reopened: false,
        }
    }

    /// Lets an event take effect, or says why it may not and changes nothing.
    fn take(&mut self, event: &Event<'_>) -> Result<(), Refusal> {
        match event {
            Event::Declare(declaration) => self.declare(declaration),
            Event::Withdraw(declaration) => self.undeclare(declaration),
            Event::Appeal(appeal) => self.appeal(appeal),
            Event::Paper(paper) => {
                if paper.altered {
                    return Err(Refusal::Altered);
                }
                self.may(paper)?;
                self.step(paper)
            }
        }
    }

    fn declare(&mut self, declaration: &Declaration) -> Result<(), Refusal> {
        if let Some(until) = self.road.barred_until.filter(|until| declaration.day <= *until) {
            return Err(Refusal::Barred(until));
        }
        match self.road.standing {
            Standing::NotDeclared | Standing::Returned | Standing::Undeclared => {
                self.go(Standing::Declared, declaration.day);
            }
            Standing::MetNotRecognised => {
                self.road.late = true;
                self.go(Standing::Met, declaration.day);
            }
            standing => return Err(Refusal::NotNow(standing)),
        }
        self.road.declared = Some(declaration.day);
        self.road.declaration = Some(declaration.id.clone());
        Ok(())
    }

    /// A unit may withdraw until it is decided about it.
    fn undeclare(&mut self, declaration: &Declaration) -> Result<(), Refusal> {
        if self.road.declaration.as_deref() != Some(declaration.id.as_str()) {
            return Err(Refusal::NothingToAnswer);
        }
        let day = declaration.withdrawn.unwrap_or(declaration.day);
        match self.road.standing {
            Standing::Declared | Standing::Returned | Standing::Reviewed | Standing::Checked => {
                self.go(Standing::Undeclared, day);
            }
            Standing::Met | Standing::Published => self.go(Standing::MetNotRecognised, day),
            standing => return Err(Refusal::NotNow(standing)),
        }
        self.road.declared = None;
        self.road.declaration = None;
        self.checked = false;
        self.objections.clear();
        Ok(())
    }

    /// A contested miss follows the inspection, a contested decision the decision.
    fn appeal(&mut self, appeal: &Appeal) -> Result<(), Refusal> {
        let from = if appeal.item.is_empty() {
            (self.road.standing == Standing::NotRecognised).then_some(self.since)
        } else {
            self.road.inspected
        };
        let from = from.ok_or(Refusal::NotNow(self.road.standing))?;
        let until = self.calendar.plus_workdays(from, self.rules.filing_workdays);
        if appeal.day > until {
            return Err(Refusal::TooLate(until));
        }
        self.appeals.insert(appeal.id.clone(), appeal.clone());
        Ok(())
    }

    /// Whether the level that wrote a paper may: the one that is due, or, once that one has missed its day, one
    /// above it. Nobody at or below the unit's own level ever may.
    fn may(&self, paper: &Paper) -> Result<(), Refusal> {
        let by = self.rules.by(paper.step, self.level);
        if paper.by == by {
            return Ok(());
        }
        let missed = || {
            let due = self.due();
            let due = due.iter().find(|due| {
                due.step == Some(paper.step) && (due.about.is_empty() || due.about == paper.about)
            });
            due.and_then(|due| due.until).is_some_and(|until| paper.day > until)
        };
        if paper.by < by && missed() { Ok(()) } else { Err(Refusal::NotYours(by)) }
    }

    fn step(&mut self, paper: &Paper) -> Result<(), Refusal> {
        match paper.step {
            Step::FirstReview => self.first_review(paper),
            Step::Check => self.check(paper),
            Step::Inspection => self.inspection(paper),
            Step::Publication => self.publication(paper),
            Step::Objection => self.objection(paper),
            Step::Acceptance => self.acceptance(paper),
            Step::Answer => self.answer(paper),
            Step::Decision => self.decision(paper),
            Step::Review => self.review(paper),
            Step::Recheck => self.recheck(paper),
            Step::MendOrder => self.mend_order(paper),
            Step::Withdrawal => self.withdrawal(paper),
            Step::AppealDecision => self.appeal_decision(paper),
        }
    }

    fn first_review(&mut self, paper: &Paper) -> Result<(), Refusal> {
        self.at(&[Standing::Declared])?;
        if self.road.declaration.as_deref() != Some(paper.about.as_str()) {
            return Err(Refusal::NothingToAnswer);
        }
        let next = match paper.verdict {
            Verdict::Passed => Standing::Reviewed,
            Verdict::Returned => Standing::Returned,
            Verdict::Refused => Standing::ReviewRefused,
            _ => return Err(Refusal::NoSuchVerdict),
        };
        self.go(next, paper.day);
        Ok(())
    }

    fn check(&mut self, paper: &Paper) -> Result<(), Refusal> {
        self.at(&[Standing::Reviewed])?;
        let next = match paper.verdict {
            Verdict::Passed => Standing::Checked,
            Verdict::Returned => Standing::Returned,
            Verdict::Refused => Standing::CheckRefused,
            _ => return Err(Refusal::NoSuchVerdict),
        };
        self.checked = next == Standing::Checked;
        self.go(next, paper.day);
        Ok(())
    }

    /// Every unit is inspected, whether or not it declared; one whose declaration is under way, after its check.
    fn inspection(&mut self, paper: &Paper) -> Result<(), Refusal> {
        let again = self.reopened
            && matches!(
                self.road.standing,
                Standing::DoesNotMeet | Standing::MetNotRecognised | Standing::Met
            );
        if !again {
            self.at(&[
                Standing::Checked,
                Standing::NotDeclared,
                Standing::Undeclared,
                Standing::Returned,
                Standing::ReviewRefused,
                Standing::CheckRefused,
                Standing::ObjectionUpheld,
            ])?;
        }
        let declared = self.checked || self.road.late;
        let next = match (paper.verdict, declared) {
            (Verdict::Meets, true) => Standing::Met,
            (Verdict::Meets, false) => Standing::MetNotRecognised,
            (Verdict::Fails, _) => Standing::DoesNotMeet,
            _ => return Err(Refusal::NoSuchVerdict),
        };
        self.reopened = false;
        self.road.inspected = Some(paper.day);
        self.road.met = (paper.verdict == Verdict::Meets).then_some(paper.day);
        self.road.inspection = Some(paper.score.clone());
        self.go(next, paper.day);
        Ok(())
    }

    fn publication(&mut self, paper: &Paper) -> Result<(), Refusal> {
        self.at(&[Standing::Met])?;
        done(paper)?;
        if self.road.inspection.as_ref() != Some(&paper.score) {
            return Err(Refusal::OtherScore);
        }
        let least = self.rules.publication_workdays_least;
        let until = paper.until.filter(|until| *until >= self.calendar.plus_workdays(paper.day, least));
        self.published_until = Some(until.ok_or(Refusal::TooShort(least))?);
        self.road.published = Some(paper.day);
        self.road.frozen.push((paper.day, paper.score.clone()));
        self.go(Standing::Published, paper.day);
        Ok(())
    }

    fn at(&self, standings: &[Standing]) -> Result<(), Refusal> {
        let standing = self.road.standing;
        if standings.contains(&standing) { Ok(()) } else { Err(Refusal::NotNow(standing)) }
    }

    fn go(&mut self, standing: Standing, day: Date) {
        self.road.standing = standing;
        self.since = day;
    }

    fn finish(mut self, today: Date) -> Road {
        let mut due = self.due();
        for due in &mut due {
            due.overdue = due.until.is_some_and(|until| today > until);
            due.escalated_to = if due.overdue { above(due.by) } else { None };
        }
        self.road.due = due;
        if self.road.standing == Standing::Published && !self.objections.is_empty() {
            self.road.standing = Standing::Held;
        }
        self.road
    }
}

fn done(paper: &Paper) -> Result<(), Refusal> {
    if paper.verdict == Verdict::Done { Ok(()) } else { Err(Refusal::NoSuchVerdict) }
}

/// The level above; nobody is above the city.
const fn above(level: Level) -> Option<Level> {
    match level {
        Level::City => None,
        Level::District => Some(Level::City),
        Level::Street => Some(Level::District),
        Level::Community => Some(Level::Street),
    }
}
