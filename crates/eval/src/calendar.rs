//! Working days: the State Council's holidays and make-up days as data, plain weekends elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use thiserror::Error;

use crate::date::{Date, DateError};

/// Why a calendar file cannot be used.
#[derive(Debug, Error)]
pub enum CalendarError {
    #[error("the calendar is not the TOML expected: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("the calendar's year {year} names a day that is none")]
    Day { year: i64, source: DateError },
    #[error("the calendar's year {year} names {day}, which lies in another year")]
    OtherYear { year: i64, day: Date },
    #[error("the calendar's year {year} has the range `{range}`, whose end comes before its start")]
    Range { year: i64, range: String },
    #[error("the calendar says of {0} both that it is off and that it is worked; keep one")]
    Twice(Date),
    #[error("the calendar lists the year {0} twice; keep one")]
    YearTwice(i64),
}

/// Which days are worked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    worked: BTreeMap<Date, bool>,
    years: BTreeSet<i64>,
}

impl Calendar {
    /// Reads a file in the form of `protocol/calendar/cn.toml`.
    pub fn load(text: &str) -> Result<Self, CalendarError> {
        let file: CalendarFile = toml::from_str(text)?;
        let mut calendar = Self::default();
        for entry in &file.year {
            if !calendar.years.insert(entry.year) {
                return Err(CalendarError::YearTwice(entry.year));
            }
            for (ranges, worked) in [(&entry.holidays, false), (&entry.workdays, true)] {
                for day in days(entry.year, ranges)? {
                    if calendar.worked.insert(day, worked).is_some() {
                        return Err(CalendarError::Twice(day));
                    }
                }
            }
        }
        Ok(calendar)
    }

    /// Whether the year's holidays are known; where not, plain weekends hold.
    pub fn knows(&self, year: i64) -> bool {
        self.years.contains(&year)
    }

    pub fn is_workday(&self, day: Date) -> bool {
        self.worked.get(&day).copied().unwrap_or(day.weekday() < 5)
    }

    /// The `count`-th working day after `day`.
    pub fn plus_workdays(&self, day: Date, count: u32) -> Date {
        let mut day = day;
        for _ in 0..count {
            day = day.plus_days(1);
            while !self.is_workday(day) {
                day = day.plus_days(1);
            }
        }
        day
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarFile {
    year: Vec<YearEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct YearEntry {
    year: i64,
    #[expect(dead_code, reason = "the source is for the people who read the file")]
    source: String,
    holidays: Vec<String>,
    workdays: Vec<String>,
}

fn days(year: i64, ranges: &[String]) -> Result<Vec<Date>, CalendarError> {
    let mut days = Vec::new();
    for range in ranges {
        let (first, last) = range.split_once("..").unwrap_or((range, range));
        let parse = |text: &str| text.parse::<Date>().map_err(|source| CalendarError::Day { year, source });
        let (first, last) = (parse(first)?, parse(last)?);
        if let Some(day) = [first, last].into_iter().find(|day| day.civil().0 != year) {
            return Err(CalendarError::OtherYear { year, day });
        }
        if last < first {
            return Err(CalendarError::Range { year, range: range.clone() });
        }
        days.extend((first.day_number()..=last.day_number()).map(Date::from_day_number));
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn china() -> Calendar {
        Calendar::load(crate::pack::CALENDAR_CN).expect("the calendar in the tree is valid")
    }

    fn date(text: &str) -> Date {
        text.parse().expect("a date in a test is one")
    }

    #[test]
    fn announced_holidays_and_make_up_days_prevail_over_weekends() {
        let cases = [
            ("2025-01-27", true),
            ("2025-01-28", false),
            ("2025-01-26", true),
            ("2025-10-08", false),
            ("2026-02-14", true),
            ("2026-02-23", false),
            ("2026-02-24", true),
            ("2026-10-10", true),
            ("2026-10-11", false),
            // Nothing is known of 2027: New Year's Day is a Friday like any other.
            ("2027-01-01", true),
            ("2027-01-02", false),
        ];
        for (day, worked) in cases {
            assert_eq!(china().is_workday(date(day)), worked, "{day}");
        }
        assert!(china().knows(2026) && !china().knows(2027));
    }

    #[test]
    fn ten_working_days_after_the_period_is_the_thirteenth_of_november() {
        assert_eq!(china().plus_workdays(date("2026-10-31"), 10), date("2026-11-13"));
        assert_eq!(china().plus_workdays(date("2026-09-30"), 1), date("2026-10-08"));
    }

    #[test]
    fn a_calendar_that_contradicts_itself_is_refused() {
        let year = |holidays: &str, workdays: &str| {
            format!(
                "[[year]]\nyear = 2026\nsource = \"\"\nholidays = [{holidays}]\nworkdays = [{workdays}]\n"
            )
        };
        for (text, says) in [
            (year("\"2026-01-01\"", "\"2026-01-01\""), "both"),
            (year("\"2025-01-01\"", ""), "another year"),
            (year("\"2026-01-05..2026-01-01\"", ""), "before its start"),
            (year("\"2026-02-30\"", ""), "a day that is none"),
            (year("", "") + &year("", ""), "twice"),
        ] {
            let error = Calendar::load(&text).expect_err("the file contradicts itself").to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
