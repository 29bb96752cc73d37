//! Dates as the records write them: ISO text and days since 1970-01-01, proleptic Gregorian.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// A text that is no date of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a date between 1900-01-01 and 2199-12-31; write it like 2026-10-31")]
pub struct DateError(pub String);

/// A calendar date, kept as its day number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i64);

impl Date {
    /// The date of a year, month and day; `None` where the calendar has no such day.
    pub fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let exists = (1900..2200).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        exists.then(|| Self(days_from_civil(year, month, day)))
    }

    /// Days since 1970-01-01.
    pub const fn day_number(self) -> i64 {
        self.0
    }

    /// The date that is `day_number` days after 1970-01-01.
    pub const fn from_day_number(day_number: i64) -> Self {
        Self(day_number)
    }

    /// Year, month and day.
    pub fn civil(self) -> (i64, i64, i64) {
        civil_from_days(self.0)
    }

    /// This date moved by whole days.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    /// This date moved by whole months, held to the last day of a shorter month: six months before
    /// 31 October is 30 April.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Self {
        let (year, month, day) = self.civil();
        let index = year * 12 + (month - 1) + months;
        let (year, month) = (index.div_euclid(12), index.rem_euclid(12) + 1);
        Self(days_from_civil(year, month, day.min(days_in_month(year, month))))
    }

    /// The last day of the month before this date's month.
    #[must_use]
    pub fn previous_month_end(self) -> Self {
        let (_, _, day) = self.civil();
        self.plus_days(-day)
    }

    /// 0 for Monday to 6 for Sunday.
    pub const fn weekday(self) -> i64 {
        // 1970-01-01 was a Thursday.
        (self.0 + 3).rem_euclid(7)
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes
                .iter()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
        if !shaped {
            return Err(DateError(text.to_owned()));
        }
        let number = |range: std::ops::Range<usize>| {
            bytes[range].iter().fold(0, |value, byte| value * 10 + i64::from(byte - b'0'))
        };
        Self::new(number(0..4), number(5..7), number(8..10)).ok_or_else(|| DateError(text.to_owned()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 by counting years from March, so that a leap day ends a year.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + (month <= 2) as i64;
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date in a test is one")
    }

    #[test]
    fn day_numbers_count_from_1970() {
        for (text, number) in [("1970-01-01", 0), ("2000-03-01", 11_017), ("2026-11-23", 20_780)] {
            assert_eq!(date(text).day_number(), number);
            assert_eq!(Date::from_day_number(number).to_string(), text);
        }
    }

    #[test]
    fn every_day_of_three_centuries_reads_back_and_follows_the_one_before() {
        let (first, last) = (date("1900-01-01").day_number(), date("2199-12-31").day_number());
        for number in first..=last {
            assert_eq!(date(&Date::from_day_number(number).to_string()).day_number(), number);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["2026-02-29", "2026-13-01", "2026-1-1", "20261031", "2026-10-31 ", "1899-12-31", ""] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn months_are_held_to_the_end_of_a_shorter_one() {
        assert_eq!(date("2026-10-31").plus_months(-6), date("2026-04-30"));
        assert_eq!(date("2026-10-31").plus_months(-12 * 40), date("1986-10-31"));
        assert_eq!(date("2024-02-29").plus_months(-12), date("2023-02-28"));
        assert_eq!(date("2026-10-31").previous_month_end(), date("2026-09-30"));
        assert_eq!(date("2026-11-23").weekday(), 0);
    }
}
