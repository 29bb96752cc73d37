//! Calendar dates: ISO text, day numbers, and what a clerk types.
//!
//! A date is stored as ISO 8601 text (`2026-01-05`) and compared as a day number: days since
//! 1970-01-01. Only years 1900 to 2199 are dates here; anything else is a slip of the finger.

use jiff::civil::Date;
use thiserror::Error;

/// The day number that stands for "not ended yet".
pub const OPEN_END: i64 = 99_999_999;
/// The day number that stands for "nobody knows when it began".
pub const UNKNOWN_START: i64 = 0;

const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;
const EPOCH: Date = Date::constant(1970, 1, 1);

/// Why a text is not a date.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DateError {
    #[error("this is not a date; write it like 2026-01-05")]
    Shape,
    #[error("the calendar has no such day")]
    NoSuchDay,
    #[error("the year is outside 1900 to 2199")]
    Year,
}

impl DateError {
    /// The message in Chinese.
    pub const fn zh(&self) -> &'static str {
        match self {
            Self::Shape => "不是日期，请写成 2026-01-05 的样子",
            Self::NoSuchDay => "日历上没有这一天",
            Self::Year => "年份不在 1900 至 2199 之间",
        }
    }
}

/// Reads strict ISO text, `2026-01-05`: the only form that is ever stored.
pub fn from_iso(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        bytes[range]
            .iter()
            .try_fold(0_i16, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i16::from(b - b'0')))
    };
    date(number(0..4)?, number(5..7)?, number(8..10)?).ok()
}

/// The day number of strict ISO text.
pub fn day_of_iso(text: &str) -> Option<i64> {
    from_iso(text).map(day_number)
}

/// Days since 1970-01-01.
pub fn day_number(date: Date) -> i64 {
    date.duration_since(EPOCH).as_secs() / 86_400
}

/// The date of a day number; `None` outside the years 1900 to 2199.
pub fn from_day_number(day_n: i64) -> Option<Date> {
    // The bound keeps the span within what jiff takes, far beyond the years accepted below.
    if !(-1_000_000..=1_000_000).contains(&day_n) {
        return None;
    }
    let date = EPOCH.checked_add(jiff::Span::new().days(day_n)).ok()?;
    YEARS.contains(&date.year()).then_some(date)
}

/// ISO text of a date.
pub fn to_iso(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// Reads a date as people write it: `2026-01-05`, `2026-1-5`, `2026/1/5`, `2026.1.5`, `20260105`,
/// `2026年1月5日` (with or without the last character), in half-width or full-width characters, and
/// with a midnight after it, as spreadsheets add.
pub fn parse(text: &str) -> Result<Date, DateError> {
    let text = half_width(text.trim());
    let text = ["T00:00:00", " 00:00:00", " 0:00:00", " 00:00", " 0:00"]
        .iter()
        .find_map(|midnight| text.strip_suffix(midnight))
        .unwrap_or(&text);
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return date(number(&text[..4])?, number(&text[4..6])?, number(&text[6..])?);
    }
    let text = text.strip_suffix(['日', '号']).unwrap_or(text);
    let parts: Vec<&str> = text.split(['-', '/', '.', '年', '月']).map(str::trim).collect();
    let [year, month, day] = parts[..] else { return Err(DateError::Shape) };
    if year.len() != 4 {
        return Err(DateError::Shape);
    }
    date(number(year)?, number(month)?, number(day)?)
}

/// The day on which somebody born on `birth` has lived `years` full years. Who was born on 29 February
/// reaches an age in a common year on 1 March.
pub fn birthday(birth: Date, years: i16) -> Option<Date> {
    let year = birth.year().checked_add(years)?;
    Date::new(year, birth.month(), birth.day()).or_else(|_| Date::new(year, 3, 1)).ok()
}

fn number(text: &str) -> Result<i16, DateError> {
    if text.is_empty() || text.len() > 4 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DateError::Shape);
    }
    text.parse().map_err(|_| DateError::Shape)
}

fn date(year: i16, month: i16, day: i16) -> Result<Date, DateError> {
    if !YEARS.contains(&year) {
        return Err(DateError::Year);
    }
    let (month, day) = (i8::try_from(month), i8::try_from(day));
    let (Ok(month), Ok(day)) = (month, day) else { return Err(DateError::NoSuchDay) };
    Date::new(year, month, day).map_err(|_| DateError::NoSuchDay)
}

/// Full-width ASCII, as Chinese input methods produce it, in its ordinary form.
pub(crate) fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' => ' ',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_common_form_of_a_date_is_read() {
        for text in [
            "2026-01-05",
            "2026-1-5",
            "2026/1/5",
            "2026.01.05",
            "20260105",
            "2026年1月5日",
            "2026年01月05",
            " 2026年1月5号 ",
            "２０２６－０１－０５",
            "2026-01-05 00:00:00",
            "2026-01-05T00:00:00",
        ] {
            assert_eq!(parse(text).map(to_iso), Ok("2026-01-05".to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_says_why() {
        for (text, error) in [
            ("", DateError::Shape),
            ("26-1-5", DateError::Shape),
            ("2026-01", DateError::Shape),
            ("5/1/2026", DateError::Shape),
            ("2026-01-05 08:30", DateError::Shape),
            ("2026-+1-05", DateError::Shape),
            ("2026-02-29", DateError::NoSuchDay),
            ("20261301", DateError::NoSuchDay),
            ("2026-300-1", DateError::NoSuchDay),
            ("1899-12-31", DateError::Year),
            ("22000101", DateError::Year),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn only_one_form_is_stored() {
        assert!(from_iso("2026-01-05").is_some());
        for text in ["2026-1-5", "20260105", "2026-02-30", "1800-01-01", "2026-01-0五", "+026-01-05", ""] {
            assert_eq!(from_iso(text), None, "{text}");
        }
    }

    #[test]
    fn day_numbers_count_from_1970_and_lead_back() {
        for (text, day_n) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-03-01", 11_017),
            ("2026-11-24", 20_781),
            ("1900-01-01", -25_567),
            ("2199-12-31", 84_005),
        ] {
            assert_eq!(day_of_iso(text), Some(day_n), "{text}");
            assert_eq!(from_day_number(day_n).map(to_iso).as_deref(), Some(text));
        }
        for day_n in [-25_568, 84_006, OPEN_END, i64::MIN + 1, i64::MAX] {
            assert_eq!(from_day_number(day_n), None, "{day_n}");
        }
    }

    #[test]
    fn an_age_is_reached_on_the_birthday() {
        for (birth, years, expected) in [
            ("2010-05-31", 16, "2026-05-31"),
            ("2008-02-29", 16, "2024-02-29"),
            ("1976-02-29", 50, "2026-03-01"),
        ] {
            let birth = from_iso(birth).expect("a date in a test is one");
            assert_eq!(birthday(birth, years).map(to_iso).as_deref(), Some(expected));
        }
    }
}
