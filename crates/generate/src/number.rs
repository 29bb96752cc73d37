//! ID numbers that hold together and belong to nobody.
//!
//! The first two digits of a real number are those of a province in GB/T 2260: 11 to 15, 21 to 23, 31 to
//! 37, 41 to 46, 50 to 54, 61 to 65, 71, 81 to 83, and 91 for foreign residents. Nothing begins with 97 to
//! 99, so communities take 990000 to 999999 (one prefix each, by index), planted people 98 and people in
//! files for import 97.

use std::collections::BTreeMap;

use linli_model::{date, idnumber, idnumber::Sex};

use crate::dates;

/// Communities with an index of this or more share prefixes, so their numbers may repeat.
pub const COMMUNITIES_MAX: u64 = 10_000;

/// Gives out numbers of one prefix, none of them twice.
#[derive(Debug)]
pub struct Numbers {
    prefix: String,
    given: BTreeMap<(i64, bool), u32>,
}

impl Numbers {
    /// The numbers of a community.
    pub fn of_community(index: u64) -> Self {
        Self { prefix: format!("99{:04}", index % COMMUNITIES_MAX), given: BTreeMap::new() }
    }

    /// The numbers of the people in a community's import file.
    pub fn of_imported(index: u64) -> Self {
        Self { prefix: format!("97{:04}", index % COMMUNITIES_MAX), given: BTreeMap::new() }
    }

    /// The numbers of planted people; `group` is below 10,000.
    pub fn of_planted(group: u64) -> Self {
        Self { prefix: format!("98{:04}", group % COMMUNITIES_MAX), given: BTreeMap::new() }
    }

    /// A new number for somebody born on a day. A community has 500 for each sex and day.
    pub fn next(&mut self, birth: i64, sex: Sex) -> String {
        let male = sex == Sex::Male;
        let given = self.given.entry((birth, male)).or_insert(0);
        let serial = (*given % 500) * 2 + u32::from(male);
        *given += 1;
        let head =
            format!("{}{}{serial:03}", self.prefix, date::to_iso(dates::civil(birth)).replace('-', ""));
        let check =
            idnumber::check_digit(&head).expect("the prefix, a date and a serial are seventeen digits");
        format!("{head}{check}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_valid_and_say_the_birth_date_and_the_sex() {
        let mut numbers = Numbers::of_community(305);
        let birth = date::day_of_iso("1984-02-29").expect("a date in a test is one");
        let mut seen = std::collections::BTreeSet::new();
        for sex in [Sex::Male, Sex::Female].into_iter().cycle().take(100) {
            let text = numbers.next(birth, sex);
            let number = idnumber::IdNumber::parse(&text).expect("a generated number is valid");
            assert_eq!((number.sex(), date::day_number(number.birth())), (sex, birth));
            assert_eq!(number.division(), "990305");
            assert!(seen.insert(text));
        }
    }
}
