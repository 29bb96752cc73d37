//! The period: from 1 November to 31 October, and the days that measures count from.

use crate::{
    calendar::Calendar,
    date::{Date, DateError},
    engine::SqlValue,
    standard::Standard,
};

/// Days of the calendar table before the period and after its end.
const CALENDAR_DAYS_BEFORE: i64 = 400;
const CALENDAR_DAYS_AFTER: i64 = 100;

/// The period that ended last on or before `day`, as (first day, as-of date): on 23 November 2026 that is
/// 1 November 2025 to 31 October 2026.
pub fn default_period(day: &str) -> Result<(String, String), DateError> {
    let next = day.parse::<Date>()?.plus_days(1);
    let as_of = november_first(next).plus_days(-1);
    Ok((november_first(as_of).to_string(), as_of.to_string()))
}

/// The first day of the period that `as_of` lies in.
pub fn period_start(as_of: &str) -> Result<String, DateError> {
    Ok(november_first(as_of.parse()?).to_string())
}

/// The last 1 November on or before a day.
fn november_first(day: Date) -> Date {
    let (year, month, _) = day.civil();
    let year = if month >= 11 { year } else { year - 1 };
    Date::new(year, 11, 1).unwrap_or(day)
}

/// The days of one evaluation by one standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub start: Date,
    pub as_of: Date,
    pub close: Date,
    pub findings_lag_days: i64,
}

impl Period {
    /// The period of a standard; without a start it is the one that `as_of` lies in, without a close the
    /// standard's working days after `as_of`.
    pub fn of(
        standard: &Standard,
        start: Option<&str>,
        as_of: &str,
        close: Option<&str>,
    ) -> Result<Self, DateError> {
        let as_of: Date = as_of.parse()?;
        Ok(Self {
            start: start.map_or(Ok(november_first(as_of)), str::parse)?,
            as_of,
            close: close.map_or_else(
                || Ok(standard.calendar.plus_workdays(as_of, standard.close_workdays)),
                str::parse,
            )?,
            findings_lag_days: standard.findings_lag_days,
        })
    }

    /// The first day of the period that a day lies in.
    pub fn start(day: Date) -> Date {
        november_first(day)
    }

    pub fn runs_forwards(&self) -> bool {
        self.start <= self.as_of && self.as_of <= self.close
    }

    /// The first and the last day on which a finding or disproof about this period is dated. Inspection
    /// follows the period, so its window lags behind; the windows of two periods in a row do not overlap.
    pub fn findings(&self) -> (Date, Date) {
        (self.start.plus_days(self.findings_lag_days), self.as_of.plus_days(self.findings_lag_days))
    }

    /// The one row of the table `param`.
    pub fn param(&self) -> Vec<SqlValue> {
        let (from, until) = self.findings();
        let mut row = vec![SqlValue::Text(self.as_of.to_string()), SqlValue::Text(self.start.to_string())];
        let days = [
            self.as_of,
            self.start,
            self.close,
            from,
            until,
            self.as_of.plus_months(-6),
            self.as_of.plus_months(-12 * 40),
            self.as_of.plus_months(-12 * 50),
        ];
        row.extend(days.map(|day| SqlValue::Int(day.day_number())));
        row
    }

    /// The rows of the table `month_end`: the as-of date and the ends of the three months before its month.
    pub fn month_ends(&self) -> Vec<Vec<SqlValue>> {
        let mut day = self.as_of;
        let mut rows = Vec::new();
        for month in 0..4_i64 {
            let half_year = day.plus_months(-6);
            rows.push([month, day.day_number(), half_year.day_number()].map(SqlValue::Int).to_vec());
            day = day.previous_month_end();
        }
        rows
    }

    /// The rows of the table `calendar`.
    pub fn calendar(&self, calendar: &Calendar) -> Vec<Vec<SqlValue>> {
        let first = self.start.day_number() - CALENDAR_DAYS_BEFORE;
        let last = self.close.day_number() + CALENDAR_DAYS_AFTER;
        let mut workdays = 0;
        (first..=last)
            .map(|number| {
                let day = Date::from_day_number(number);
                let worked = i64::from(calendar.is_workday(day));
                workdays += worked;
                let text = day.to_string();
                let month = text[..7].to_owned();
                vec![
                    SqlValue::Text(text),
                    SqlValue::Int(number),
                    SqlValue::Text(month),
                    SqlValue::Int(worked),
                    SqlValue::Int(workdays),
                ]
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_period_is_the_last_that_is_over() {
        for (day, start, as_of) in [
            ("2026-11-23", "2025-11-01", "2026-10-31"),
            ("2026-10-31", "2025-11-01", "2026-10-31"),
            ("2026-10-30", "2024-11-01", "2025-10-31"),
            ("2026-11-01", "2025-11-01", "2026-10-31"),
        ] {
            assert_eq!(default_period(day), Ok((start.to_owned(), as_of.to_owned())), "{day}");
        }
        assert_eq!(period_start("2026-11-01").as_deref(), Ok("2026-11-01"));
        assert!(default_period("yesterday").is_err());
    }

    #[test]
    fn the_windows_for_findings_of_two_years_touch_and_do_not_overlap() {
        let standard = Standard::community();
        let of = |as_of| Period::of(&standard, None, as_of, None).expect("the date is one");
        let (first, second) = (of("2025-10-31").findings(), of("2026-10-31").findings());
        assert_eq!(first.1.plus_days(1), second.0);
        assert_eq!(second.1.to_string(), "2026-12-31");
    }

    #[test]
    fn months_end_where_the_calendar_says() {
        let period = Period::of(&Standard::community(), None, "2026-10-31", None).expect("the date is one");
        let days: Vec<String> = period
            .month_ends()
            .iter()
            .map(|row| match row[1] {
                SqlValue::Int(day) => Date::from_day_number(day).to_string(),
                _ => String::new(),
            })
            .collect();
        assert_eq!(days, ["2026-10-31", "2026-09-30", "2026-08-31", "2026-07-31"]);
        assert_eq!(period.close.to_string(), "2026-11-13");
    }
}
