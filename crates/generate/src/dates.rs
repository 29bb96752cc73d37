//! Day numbers as the generator uses them, and the ages that follow from them.

use jiff::civil::Date;
use linli_model::{
    date,
    idnumber::Sex,
    retirement::{self, Original},
};

/// The date of a day number.
pub fn civil(day: i64) -> Date {
    date::from_day_number(day).expect("generated people were born after 1900 and live before 2199")
}

pub fn iso(day: i64) -> String {
    date::to_iso(civil(day))
}

/// The day on which somebody born on `birth` reaches an age.
pub fn birthday(birth: i64, years: i16) -> i64 {
    let reached = date::birthday(civil(birth), years).expect("generated people live before 2199");
    date::day_number(reached)
}

/// The greatest age that somebody born on `birth` has reached by `day`.
pub fn age_years(birth: i64, day: i64) -> i64 {
    let years = i64::from(civil(day).year() - civil(birth).year());
    let reached = birthday(birth, years as i16) <= day;
    if reached { years } else { years - 1 }
}

/// A day on which somebody was born who has the age `years` on `day`.
pub fn born(day: i64, years: i64, days_since_birthday: i64) -> i64 {
    birthday_before(day, years) - days_since_birthday.clamp(0, 360)
}

fn birthday_before(day: i64, years: i64) -> i64 {
    let date = civil(day);
    let year = date.year() - years as i16;
    // The 28th exists in every month.
    let born = Date::new(year, date.month(), date.day().min(28)).expect("the 28th exists in every month");
    date::day_number(born)
}

/// The first and the last day of somebody's working age.
pub fn working_age(birth: i64, sex: Sex, retirement: &str) -> (i64, i64) {
    let original = Original::from_code(retirement).unwrap_or(Original::usual(Some(sex)));
    retirement::working_days(civil(birth), original).expect("generated people retire before 2199")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_born_for_an_age_has_it_on_the_day() {
        let day = date::day_of_iso("2026-10-31").expect("a date in a test is one");
        for years in 0..100 {
            for days in [0, 1, 180, 360] {
                assert_eq!(age_years(born(day, years, days), day), years, "{years} years and {days} days");
            }
        }
    }
}
