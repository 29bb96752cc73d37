//! The road to recognition: from what was declared and decided to where a unit stands.
//!
//! A [`Case`] is one unit in one year: its declarations and appeals, and the papers that units above wrote
//! about it. [`follow`] takes them in the order of their days and lets each take effect that may: at its place
//! on the road, by the level that is due, within its time. What may not is listed with the reason and changes
//! nothing, so a forged paper, or one that skips a step, has no effect whoever wrote it. A step that is missed
//! is never taken as done: it goes up to the level above, which may take it from then on.
//!
//! No clock: the day is passed in, and papers of later days are not there yet.

mod event;
mod rules;
mod sample;
mod standing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use linli_wire::Level;

pub use rules::{Goals, ROAD, Rules, RulesError, Sites};
pub use sample::{Drawn, draw};
pub use standing::follow;

use crate::date::Date;

/// Writes an enum whose variants are codes of one list.
macro_rules! coded {
    ($(#[$meta:meta])* $name:ident { $($variant:ident $code:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($variant,)* }

        impl $name {
            pub const ALL: [Self; [$($code),*].len()] = [$(Self::$variant),*];

            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.code() == code)
            }
        }
    };
}

coded! {
    /// What a unit above does, in the order of the road.
    Step {
        FirstReview "first_review",
        Check "check",
        Inspection "inspection",
        Publication "publication",
        Objection "objection",
        Acceptance "acceptance",
        Answer "answer",
        Decision "decision",
        Review "review",
        Recheck "recheck",
        MendOrder "mend_order",
        Withdrawal "withdrawal",
        AppealDecision "appeal_decision",
    }
}

coded! {
    /// What came of a step.
    Verdict {
        Passed "passed",
        Returned "returned",
        Refused "refused",
        Meets "meets",
        Fails "fails",
        Done "done",
        Accepted "accepted",
        Upheld "upheld",
        Dismissed "dismissed",
        Recognised "recognised",
        Falsified "falsified",
        NotMended "not_mended",
        Lapsed "lapsed",
        Merged "merged",
    }
}

coded! {
    /// Where a unit stands.
    Standing {
        NotDeclared "not_declared",
        Declared "declared",
        Returned "returned",
        ReviewRefused "review_refused",
        Reviewed "reviewed",
        CheckRefused "check_refused",
        Checked "checked",
        Undeclared "declaration_withdrawn",
        DoesNotMeet "does_not_meet",
        MetNotRecognised "met_not_recognised",
        Met "met",
        Published "published",
        Held "held",
        ObjectionUpheld "objection_upheld",
        NotRecognised "not_recognised",
        Recognised "recognised",
        Failing "recheck_failed",
        Mending "mending",
        Ended "withdrawn",
    }
}

/// A score as a paper names it: it is the scorecard of this digest, whatever is evaluated later.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Score {
    pub scorecard: String,
    pub standard_hash: String,
    pub as_of: String,
    pub total: String,
    pub outcome: String,
}

/// What a unit declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    pub id: String,
    pub day: Date,
    pub withdrawn: Option<Date>,
    pub score: Score,
}

/// One step, as a unit above wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    pub id: String,
    pub step: Step,
    pub verdict: Verdict,
    /// The level of whoever wrote it, from the grant.
    pub by: Level,
    pub day: Date,
    /// The last day of a publication.
    pub until: Option<Date>,
    /// The document that it answers.
    pub about: String,
    pub score: Score,
    /// Whether its result or score was written again after the day on which it was made.
    pub altered: bool,
}

/// What a unit contests: a subject of an item, or, where the item is empty, the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appeal {
    pub id: String,
    pub day: Date,
    pub item: String,
    pub subject: String,
}

/// One unit in one year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub level: Level,
    pub declarations: Vec<Declaration>,
    pub papers: Vec<Paper>,
    pub appeals: Vec<Appeal>,
    /// The day until which a falsification of an earlier year bars the unit.
    pub barred_until: Option<Date>,
}

/// Why something has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not the step that follows where the unit stands.
    NotNow(Standing),
    /// Another level is due.
    NotYours(Level),
    /// A step of that kind has no such result.
    NoSuchVerdict,
    /// Not before that day is over.
    TooEarly(Date),
    /// The time ended on that day.
    TooLate(Date),
    /// What it is about is not there, or is dealt with.
    NothingToAnswer,
    /// An objection is open.
    Held,
    /// A publication is shorter than it has to be.
    TooShort(u32),
    /// The score is not the one that was inspected.
    OtherScore,
    /// A falsification bars the unit until that day.
    Barred(Date),
    /// It was changed after it was made.
    Altered,
}

/// What is due, by whom and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// `None` for the unit's own correction of its declaration.
    pub step: Option<Step>,
    pub by: Level,
    /// The last day; `None` where the programme sets none.
    pub until: Option<Date>,
    /// The document that waits for the answer.
    pub about: String,
    pub overdue: bool,
    /// The level that may take the step too because it is overdue, and has to see to it.
    pub escalated_to: Option<Level>,
}

/// Where a unit stands, and how it got there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Road {
    pub standing: Standing,
    /// Dated facts, each for itself: when the unit declared, was inspected, met, was published, recognised.
    pub declared: Option<Date>,
    pub inspected: Option<Date>,
    pub met: Option<Date>,
    pub published: Option<Date>,
    pub recognised: Option<Date>,
    pub ended: Option<Date>,
    /// Whether it declared after it had been found to meet.
    pub late: bool,
    /// The declaration that stands.
    pub declaration: Option<String>,
    /// The score of the latest inspection.
    pub inspection: Option<Score>,
    /// The published scores, the latest last. None of them ever changes.
    pub frozen: Vec<(Date, Score)>,
    pub barred_until: Option<Date>,
    pub due: Vec<Due>,
    /// What has no effect, and why.
    pub without_effect: BTreeMap<String, Refusal>,
}
