//! Ages that the law sets: statutory retirement, working age, and the "4050" group.
//!
//! Retirement follows the decision of the Standing Committee of the National People's Congress of
//! 13 September 2024 (全国人大常委会关于实施渐进式延迟法定退休年龄的决定), in force from 2025-01-01: with
//! *k* the months from January 2025 to the month in which the original age is reached, retirement
//! moves by
//!
//! - men 60 and women 55: one month for every four, ⌊k/4⌋+1, at most 36;
//! - women 50: one month for every two, ⌊k/2⌋+1, at most 60;
//! - nobody whose original month lies before January 2025.

use jiff::civil::Date;

use crate::date;
use crate::idnumber::Sex;

/// The original retirement age that applies to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Original {
    /// Men, 60.
    Man60,
    /// Women in management and technical posts, 55.
    Woman55,
    /// Women workers, 50.
    Woman50,
}

impl Original {
    /// From the code of a person's field `retirement`.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "m60" => Some(Self::Man60),
            "f55" => Some(Self::Woman55),
            "f50" => Some(Self::Woman50),
            _ => None,
        }
    }

    /// What applies where nothing is recorded: men 60, women 50. Where not even the sex is known the
    /// longest working life applies, so that leaving a field empty takes nobody out of a denominator.
    pub const fn usual(sex: Option<Sex>) -> Self {
        match sex {
            Some(Sex::Female) => Self::Woman50,
            Some(Sex::Male) | None => Self::Man60,
        }
    }

    const fn age_years(self) -> i64 {
        match self {
            Self::Man60 => 60,
            Self::Woman55 => 55,
            Self::Woman50 => 50,
        }
    }
}

/// The statutory retirement month of somebody born in a month, both as (year, month 1 to 12).
pub fn retirement_month(birth: (i64, i64), original: Original) -> (i64, i64) {
    let reached = (birth.0 + original.age_years()) * 12 + birth.1 - 1;
    let months_since_reform = reached - 2025 * 12;
    let delay = if months_since_reform < 0 {
        0
    } else {
        match original {
            Original::Man60 | Original::Woman55 => 36.min(months_since_reform / 4 + 1),
            Original::Woman50 => 60.min(months_since_reform / 2 + 1),
        }
    };
    let month = reached + delay;
    (month.div_euclid(12), month.rem_euclid(12) + 1)
}

/// The days on which a person is of working age: from the sixteenth birthday to the last day before
/// the statutory retirement month, both included, as day numbers.
pub fn working_days(birth: Date, original: Original) -> Option<(i64, i64)> {
    let from = date::birthday(birth, 16)?;
    let (year, month) = retirement_month((i64::from(birth.year()), i64::from(birth.month())), original);
    let retires = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
    Some((date::day_number(from), date::day_number(retires) - 1))
}

/// The age from which a person belongs to the older unemployed ("4050"): women 40, men 50.
pub const fn older_from_years(sex: Sex) -> i16 {
    match sex {
        Sex::Female => 40,
        Sex::Male => 50,
    }
}

/// The hardship category of the older unemployed.
const OLDER: &str = "1";

/// Whether a person has reached the "4050" age on a day.
pub fn is_older(birth: Date, sex: Sex, on: Date) -> bool {
    date::birthday(birth, older_from_years(sex)).is_some_and(|reached| reached <= on)
}

/// Why something of a person cannot have begun on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TooEarly {
    BeforeBirth,
    /// Certified as one of the older unemployed before the age of `years`, which is reached on `from`.
    NotOfAge {
        years: i16,
        from: Date,
    },
}

/// Holds the day on which something of a person began against birth date and sex, of a certification also its
/// hardship category; elsewhere that is empty.
pub fn too_early(birth: Date, sex: Option<Sex>, category: &str, start: Date) -> Option<TooEarly> {
    if start < birth {
        return Some(TooEarly::BeforeBirth);
    }
    let years = older_from_years(sex.filter(|_| category == OLDER)?);
    let from = date::birthday(birth, years)?;
    (start < from).then_some(TooEarly::NotOfAge { years, from })
}

#[cfg(test)]
mod tests {
    use super::Original::{Man60, Woman50, Woman55};
    use super::*;

    fn day(text: &str) -> Date {
        date::from_iso(text).expect("a date in a test is one")
    }

    #[test]
    fn retirement_months_are_those_of_the_published_tables() {
        // From the tables annexed to the State Council's measures: the first and last rows of each
        // step at either end, and the month from which the delay stays at its greatest.
        for (original, birth, expected) in [
            (Man60, (1964, 12), (2024, 12)),
            (Man60, (1965, 1), (2025, 2)),
            (Man60, (1965, 4), (2025, 5)),
            (Man60, (1965, 5), (2025, 7)),
            (Man60, (1966, 1), (2026, 5)),
            (Man60, (1976, 8), (2039, 7)),
            (Man60, (1976, 9), (2039, 9)),
            (Man60, (1976, 12), (2039, 12)),
            (Man60, (1990, 6), (2053, 6)),
            (Woman55, (1969, 12), (2024, 12)),
            (Woman55, (1970, 1), (2025, 2)),
            (Woman55, (1970, 5), (2025, 7)),
            (Woman55, (1981, 9), (2039, 9)),
            (Woman50, (1974, 12), (2024, 12)),
            (Woman50, (1975, 1), (2025, 2)),
            (Woman50, (1975, 2), (2025, 3)),
            (Woman50, (1975, 3), (2025, 5)),
            (Woman50, (1984, 10), (2039, 9)),
            (Woman50, (1984, 11), (2039, 11)),
            (Woman50, (1984, 12), (2039, 12)),
        ] {
            assert_eq!(retirement_month(birth, original), expected, "{original:?} born {birth:?}");
        }
    }

    #[test]
    fn working_age_ends_on_the_last_day_before_the_retirement_month() {
        for (birth, original, from, until) in [
            ("1965-01-15", Man60, "1981-01-15", "2025-01-31"),
            ("1965-01-31", Man60, "1981-01-31", "2025-01-31"),
            ("1964-12-31", Man60, "1980-12-31", "2024-11-30"),
            ("1975-01-01", Woman50, "1991-01-01", "2025-01-31"),
            ("2008-02-29", Woman50, "2024-02-29", "2063-01-31"),
        ] {
            let expected = (date::day_number(day(from)), date::day_number(day(until)));
            assert_eq!(working_days(day(birth), original), Some(expected), "{birth}");
        }
    }

    #[test]
    fn the_4050_ages_count_from_the_birthday_itself() {
        for (birth, sex, on, expected) in [
            ("1976-11-24", Sex::Male, "2026-11-23", false),
            ("1976-11-24", Sex::Male, "2026-11-24", true),
            ("1986-11-24", Sex::Female, "2026-11-24", true),
            ("1986-11-24", Sex::Male, "2026-11-24", false),
            ("1986-11-25", Sex::Female, "2026-11-24", false),
        ] {
            assert_eq!(is_older(day(birth), sex, day(on)), expected, "{birth} {sex:?} {on}");
        }
    }

    #[test]
    fn nothing_begins_before_birth_and_nobody_is_certified_as_older_before_that_age() {
        let born = "1976-11-24";
        let of_age = |years, from| Some(TooEarly::NotOfAge { years, from: day(from) });
        for (sex, category, start, expected) in [
            (Some(Sex::Male), "", "1976-11-23", Some(TooEarly::BeforeBirth)),
            (Some(Sex::Male), "", "1976-11-24", None),
            (Some(Sex::Male), "1", "2026-11-23", of_age(50, "2026-11-24")),
            (Some(Sex::Male), "1", "2026-11-24", None),
            (Some(Sex::Female), "1", "2016-11-23", of_age(40, "2016-11-24")),
            (Some(Sex::Female), "1", "2016-11-24", None),
            (Some(Sex::Male), "2", "2010-01-01", None),
            (None, "1", "2010-01-01", None),
        ] {
            assert_eq!(
                too_early(day(born), sex, category, day(start)),
                expected,
                "{sex:?} {category} {start}"
            );
        }
    }

    #[test]
    fn an_unknown_sex_shortens_no_working_life() {
        assert_eq!(Original::usual(None), Man60);
        assert_eq!(Original::usual(Some(Sex::Female)), Woman50);
        assert_eq!(Original::from_code("f55"), Some(Woman55));
        assert_eq!(Original::from_code("60"), None);
    }
}
