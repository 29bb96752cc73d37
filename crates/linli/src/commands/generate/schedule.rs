//! On which days the papers of a year are dated: as the source has them, as far as those days have come.

use anyhow::Result;
use linli_eval::{Calendar, Date};
use linli_node::{as_of_today, road};

/// Working days after the end of the period.
const DECLARED: u32 = 1;
const REVIEWED: u32 = 3;
const CHECKED: u32 = 6;
/// Inspections take so many working days from this one on.
const INSPECTED_FROM: u32 = 8;
const INSPECTED_DAYS: u32 = 11;
const DECLARED_LATE: u32 = 26;

/// The days of one year. Where today comes before one of them, it and those before it move up to today, in their
/// order.
pub struct Schedule {
    calendar: Calendar,
    as_of: Date,
    pub declared: Date,
    pub reviewed: Date,
    pub checked: Date,
    inspected_until: Date,
    pub declared_late: Date,
    /// 21 December.
    pub published: Date,
    pub published_until: Date,
}

impl Schedule {
    pub fn of(as_of: &str) -> Result<Self> {
        Self::as_seen_on(as_of.parse()?, as_of_today().parse()?)
    }

    fn as_seen_on(as_of: Date, today: Date) -> Result<Self> {
        let (rules, calendar) = road::rules()?;
        let after = |days| calendar.plus_workdays(as_of, days);
        let source = Date::new(as_of.civil().0, 12, 21).unwrap_or(today);
        let published = source.min(today);
        // A late declaration follows the day of the inspection: on one day it would come before it.
        let declared_late = after(DECLARED_LATE).min(published);
        let inspected_until = after(INSPECTED_FROM + INSPECTED_DAYS - 1).min(declared_late.plus_days(-1));
        let checked = after(CHECKED).min(inspected_until);
        let reviewed = after(REVIEWED).min(checked);
        Ok(Self {
            declared: after(DECLARED).min(reviewed),
            reviewed,
            checked,
            inspected_until,
            declared_late,
            published,
            published_until: calendar.plus_workdays(published, rules.publication_workdays),
            as_of,
            calendar,
        })
    }

    /// The day on which the city inspects the `at`-th unit.
    pub fn inspected(&self, at: usize) -> Date {
        let days = INSPECTED_FROM + at as u32 % INSPECTED_DAYS;
        self.calendar.plus_workdays(self.as_of, days).min(self.inspected_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date in a test is one")
    }

    fn days(today: &str) -> Vec<String> {
        let schedule = Schedule::as_seen_on(date("2026-10-31"), date(today)).expect("the rules are sound");
        let inspected = (0..40).map(|at| schedule.inspected(at));
        let (first, last) = (inspected.clone().min(), inspected.max());
        let days = [schedule.declared, schedule.reviewed, schedule.checked];
        let days = days.into_iter().chain(first).chain(last);
        days.chain([schedule.declared_late, schedule.published]).map(|day| day.to_string()).collect()
    }

    #[test]
    fn a_year_that_is_over_has_its_inspection_in_november_and_its_list_on_21_december() {
        let full = [
            "2026-11-02",
            "2026-11-04",
            "2026-11-09",
            "2026-11-11",
            "2026-11-25",
            "2026-12-07",
            "2026-12-21",
        ];
        assert_eq!(days("2026-12-21"), full);
        assert_eq!(days("2030-01-01"), full);
    }

    #[test]
    fn no_paper_lies_ahead_and_a_late_declaration_follows_the_inspection() {
        for today in ["2026-10-31", "2026-11-01", "2026-11-05", "2026-11-27", "2026-12-20"] {
            let days = days(today);
            assert!(days.is_sorted() && days.iter().all(|day| day.as_str() <= today), "{today}: {days:?}");
            assert!(days[4] < days[5], "{today}: {days:?}");
        }
    }
}
