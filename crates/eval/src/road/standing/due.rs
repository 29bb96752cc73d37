//! What is due next, by whom and until when.

use super::Walk;
use crate::{
    date::Date,
    road::{Due, Standing, Step},
};

impl Walk<'_> {
    /// What is due where the unit stands, whatever day it is.
    pub(super) fn due(&self) -> Vec<Due> {
        let mut due = Vec::new();
        let workdays = |from: Date, step| self.calendar.plus_workdays(from, self.rules.workdays(step));
        let mut wait = |step: Step, until: Date, about: &str| {
            due.push(Due {
                step: Some(step),
                by: self.rules.by(step, self.level),
                until: Some(until),
                about: about.to_owned(),
                overdue: false,
                escalated_to: None,
            });
        };
        let next = match self.road.standing {
            Standing::Declared => Some(Step::FirstReview),
            Standing::Reviewed => Some(Step::Check),
            Standing::Checked | Standing::ObjectionUpheld => Some(Step::Inspection),
            Standing::Met => Some(Step::Publication),
            Standing::Failing => Some(Step::MendOrder),
            _ if self.reopened => Some(Step::Inspection),
            _ => None,
        };
        if let Some(step) = next {
            wait(step, workdays(self.since, step), "");
        }
        match self.road.standing {
            Standing::Published if self.objections.is_empty() => {
                let from = self.published_until.unwrap_or(self.since).max(self.since);
                wait(Step::Decision, workdays(from, Step::Decision), "");
            }
            Standing::Recognised => {
                let until = self.since.plus_months(self.rules.recheck_months);
                wait(Step::Recheck, until, "");
            }
            Standing::Mending => {
                let until = self.mend_until.unwrap_or(self.since);
                wait(Step::Recheck, until, "");
                wait(Step::Withdrawal, workdays(until, Step::Withdrawal), "");
            }
            _ => {}
        }
        for (id, objection) in &self.objections {
            match objection.accepted {
                None => wait(Step::Acceptance, workdays(objection.received, Step::Acceptance), id),
                Some(day) => wait(Step::Answer, workdays(day, Step::Answer), id),
            }
        }
        for (id, appeal) in &self.appeals {
            let step = if appeal.item.is_empty() { Step::Review } else { Step::AppealDecision };
            wait(step, workdays(appeal.day, step), id);
        }
        if self.road.standing == Standing::Returned {
            due.push(Due {
                step: None,
                by: self.level,
                until: Some(self.calendar.plus_workdays(self.since, self.rules.correction_workdays)),
                about: self.road.declaration.clone().unwrap_or_default(),
                overdue: false,
                escalated_to: None,
            });
        }
        due
    }
}
