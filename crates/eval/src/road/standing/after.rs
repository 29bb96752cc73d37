//! What follows a publication: objections, the decision, its review, re-checks, the end.

use super::{Objection, Walk, done};
use crate::road::{Paper, Refusal, Standing, Verdict};

impl Walk<'_> {
    pub(super) fn objection(&mut self, paper: &Paper) -> Result<(), Refusal> {
        self.at(&[Standing::Published])?;
        done(paper)?;
        if let Some(until) = self.published_until.filter(|until| paper.day > *until) {
            return Err(Refusal::TooLate(until));
        }
        self.objections.insert(paper.id.clone(), Objection { received: paper.day, accepted: None });
        Ok(())
    }

    pub(super) fn acceptance(&mut self, paper: &Paper) -> Result<(), Refusal> {
        let objection = self.objections.get_mut(&paper.about).filter(|open| open.accepted.is_none());
        let objection = objection.ok_or(Refusal::NothingToAnswer)?;
        match paper.verdict {
            Verdict::Accepted => objection.accepted = Some(paper.day),
            Verdict::Refused => self.close(paper),
            _ => return Err(Refusal::NoSuchVerdict),
        }
        Ok(())
    }

    pub(super) fn answer(&mut self, paper: &Paper) -> Result<(), Refusal> {
        let objection = self.objections.get(&paper.about).filter(|open| open.accepted.is_some());
        objection.ok_or(Refusal::NothingToAnswer)?;
        match paper.verdict {
            Verdict::Upheld => {
                self.objections.clear();
                self.go(Standing::ObjectionUpheld, paper.day);
            }
            Verdict::Dismissed => self.close(paper),
            _ => return Err(Refusal::NoSuchVerdict),
        }
        Ok(())
    }

    /// An objection is dealt with; the decision is due from then.
    pub(super) fn close(&mut self, paper: &Paper) {
        self.objections.remove(&paper.about);
        self.since = self.since.max(paper.day);
    }

    pub(super) fn decision(&mut self, paper: &Paper) -> Result<(), Refusal> {
        self.at(&[Standing::Published, Standing::ObjectionUpheld])?;
        if !self.objections.is_empty() {
            return Err(Refusal::Held);
        }
        let published = self.road.standing == Standing::Published;
        if let Some(until) = self.published_until.filter(|until| published && paper.day <= *until) {
            return Err(Refusal::TooEarly(until));
        }
        match paper.verdict {
            Verdict::Recognised if published => {
                self.road.recognised = Some(paper.day);
                self.go(Standing::Recognised, paper.day);
            }
            Verdict::Refused => self.go(Standing::NotRecognised, paper.day),
            _ => return Err(Refusal::NoSuchVerdict),
        }
        Ok(())
    }

    pub(super) fn review(&mut self, paper: &Paper) -> Result<(), Refusal> {
        let appeal = self.appeals.get(&paper.about).filter(|appeal| appeal.item.is_empty());
        appeal.ok_or(Refusal::NothingToAnswer)?;
        self.at(&[Standing::NotRecognised])?;
        match paper.verdict {
            Verdict::Upheld => {
                self.road.recognised = Some(paper.day);
                self.go(Standing::Recognised, paper.day);
            }
            Verdict::Dismissed => {}
            _ => return Err(Refusal::NoSuchVerdict),
        }
        self.appeals.remove(&paper.about);
        Ok(())
    }

    pub(super) fn appeal_decision(&mut self, paper: &Paper) -> Result<(), Refusal> {
        let appeal = self.appeals.get(&paper.about).filter(|appeal| !appeal.item.is_empty());
        appeal.ok_or(Refusal::NothingToAnswer)?;
        match paper.verdict {
            Verdict::Upheld => self.reopened = true,
            Verdict::Dismissed => {}
            _ => return Err(Refusal::NoSuchVerdict),
        }
        self.appeals.remove(&paper.about);
        Ok(())
    }

    pub(super) fn recheck(&mut self, paper: &Paper) -> Result<(), Refusal> {
        self.at(&[Standing::Recognised, Standing::Mending])?;
        match (paper.verdict, self.road.standing) {
            (Verdict::Passed, _) => self.go(Standing::Recognised, paper.day),
            (Verdict::Fails, Standing::Recognised) => self.go(Standing::Failing, paper.day),
            // The time to mend goes on as it was set.
            (Verdict::Fails, _) => {}
            _ => return Err(Refusal::NoSuchVerdict),
        }
        Ok(())
    }

    pub(super) fn mend_order(&mut self, paper: &Paper) -> Result<(), Refusal> {
        self.at(&[Standing::Failing])?;
        done(paper)?;
        self.mend_until = Some(paper.day.plus_days(self.rules.mend_days));
        self.go(Standing::Mending, paper.day);
        Ok(())
    }

    pub(super) fn withdrawal(&mut self, paper: &Paper) -> Result<(), Refusal> {
        match paper.verdict {
            Verdict::Falsified
                if self.road.standing != Standing::Ended && self.road.declaration.is_some() =>
            {
                self.road.barred_until = Some(paper.day.plus_months(12 * self.rules.bar_years));
            }
            Verdict::Falsified => return Err(Refusal::NotNow(self.road.standing)),
            Verdict::NotMended => {
                self.at(&[Standing::Mending])?;
                if let Some(until) = self.mend_until.filter(|until| paper.day <= *until) {
                    return Err(Refusal::TooEarly(until));
                }
            }
            Verdict::Lapsed | Verdict::Merged => {
                self.at(&[Standing::Recognised, Standing::Failing, Standing::Mending])?;
            }
            _ => return Err(Refusal::NoSuchVerdict),
        }
        self.road.ended = Some(paper.day);
        self.objections.clear();
        self.go(Standing::Ended, paper.day);
        Ok(())
    }
}
