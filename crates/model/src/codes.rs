//! Code lists: what a coded field may hold, and what each code is called in Chinese and English.
//!
//! Codes are text, as the standards write them (`01`, not 1). Each list names its source; where that is
//! "programme" the list is a chosen default of this software.

mod person;
mod road;
mod services;
mod work;

pub use person::{
    ABILITY, EDUCATION, HARDSHIP, MARRIAGE, REGISTRATION_KIND, RELATION, RESIDENCE, RETIREMENT, SEX, STATUS,
    WISH,
};
pub use road::{ROAD_RESULT, ROAD_STEP};
pub use services::{
    BENEFIT_STATE, BOARD, COMPLAINT_KIND, COMPLAINT_RESULT, EQUIPMENT, EXCHANGE_MEANS, FAMILY_KIND,
    MOVE_DECISION, OPINION_KIND, PAPER_KIND, PUBLICITY_KIND, REFERRAL_RESULT, RETURN_FORM, SERVICE, TARGET,
};
pub use work::{
    DIMENSION, EMPLOYMENT_FORM, EVIDENCE, HOUSEHOLD_KIND, HOUSEHOLD_STATE, LEVEL, ORIGIN, REASON, VISIT_HOW,
};

/// One code and its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    pub code: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
}

/// A list of codes.
#[derive(Debug, PartialEq, Eq)]
pub struct CodeList {
    pub name: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    /// The standard or statute that the list is taken from.
    pub source: &'static str,
    pub codes: &'static [Code],
}

/// Every list.
pub const ALL: &[&CodeList] = &[
    &SEX,
    &EDUCATION,
    &MARRIAGE,
    &RELATION,
    &REGISTRATION_KIND,
    &RETIREMENT,
    &HARDSHIP,
    &DIMENSION,
    &STATUS,
    &ABILITY,
    &WISH,
    &RESIDENCE,
    &REASON,
    &EMPLOYMENT_FORM,
    &EVIDENCE,
    &ORIGIN,
    &HOUSEHOLD_KIND,
    &HOUSEHOLD_STATE,
    &VISIT_HOW,
    &LEVEL,
    &SERVICE,
    &REFERRAL_RESULT,
    &BENEFIT_STATE,
    &BOARD,
    &EQUIPMENT,
    &EXCHANGE_MEANS,
    &COMPLAINT_KIND,
    &COMPLAINT_RESULT,
    &PUBLICITY_KIND,
    &RETURN_FORM,
    &PAPER_KIND,
    &TARGET,
    &MOVE_DECISION,
    &FAMILY_KIND,
    &OPINION_KIND,
    &ROAD_STEP,
    &ROAD_RESULT,
];

/// The list of a name.
pub fn by_name(name: &str) -> Option<&'static CodeList> {
    ALL.iter().copied().find(|list| list.name == name)
}

impl CodeList {
    /// The code exactly as stored.
    pub fn get(&self, code: &str) -> Option<&'static Code> {
        self.codes.iter().find(|c| c.code == code)
    }

    /// What a person typed: the code, also with a leading zero lost or added as spreadsheets do, the
    /// Chinese name, or the English name, in any case.
    pub fn find(&self, text: &str) -> Option<&'static Code> {
        let text = text.trim();
        self.get(text)
            .or_else(|| {
                self.codes.iter().find(|c| {
                    c.zh == text || [c.code, c.en].iter().any(|name| name.eq_ignore_ascii_case(text))
                })
            })
            .or_else(|| {
                let digits = |code: &str| -> Option<u32> {
                    (code.len() <= 3 && code.bytes().all(|b| b.is_ascii_digit()))
                        .then(|| code.parse().ok())?
                };
                let number = digits(text)?;
                self.codes.iter().find(|c| digits(c.code) == Some(number))
            })
    }

    /// The codes and Chinese names on one line, for a message that says what may be entered.
    pub fn choices_zh(&self) -> String {
        choices(self.codes.iter().map(|c| (c.code, c.zh)), "、")
    }

    /// The codes and English names on one line, for a message that says what may be entered.
    pub fn choices_en(&self) -> String {
        choices(self.codes.iter().map(|c| (c.code, c.en)), ", ")
    }
}

/// The longest list of choices that a message shows.
const CHOICES_MAX: usize = 12;

fn choices(codes: impl ExactSizeIterator<Item = (&'static str, &'static str)>, separator: &str) -> String {
    let more = codes.len() > CHOICES_MAX;
    let mut shown: Vec<String> =
        codes.take(CHOICES_MAX).map(|(code, name)| format!("{code} {name}")).collect();
    if more {
        shown.push("…".to_owned());
    }
    shown.join(separator)
}

/// Writes a list as lines of code, Chinese name, English name.
macro_rules! codes {
    ($($code:literal $zh:literal $en:literal,)*) => {
        &[$($crate::codes::Code { code: $code, zh: $zh, en: $en }),*]
    };
}
use codes;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_list_has_a_code_or_a_name_twice() {
        for list in ALL {
            let unique = |names: Vec<String>| {
                let set: BTreeSet<&String> = names.iter().collect();
                assert_eq!(set.len(), names.len(), "{}: {names:?}", list.name);
            };
            unique(list.codes.iter().map(|c| c.code.to_owned()).collect());
            unique(list.codes.iter().map(|c| c.zh.to_owned()).collect());
            unique(list.codes.iter().map(|c| c.en.to_lowercase()).collect());
        }
        let names: BTreeSet<&str> = ALL.iter().map(|list| list.name).collect();
        assert_eq!(names.len(), ALL.len());
    }

    #[test]
    fn no_name_means_two_things_in_an_episode() {
        let mut seen = BTreeSet::new();
        for list in [&STATUS, &ABILITY, &WISH, &RESIDENCE] {
            for code in list.codes {
                assert!(seen.insert(code.zh), "{}", code.zh);
                assert!(seen.insert(code.en), "{}", code.en);
            }
        }
    }

    #[test]
    fn codes_are_found_by_code_and_by_either_name() {
        for (list, text, expected) in [
            (&SEX, "2", Some("2")),
            (&SEX, "女", Some("2")),
            (&SEX, "Female", Some("2")),
            (&SEX, "3", None),
            (&RELATION, "01", Some("01")),
            (&RELATION, "1", Some("01")),
            (&RELATION, "户主", Some("02")),
            (&RELATION, " 妻 ", Some("12")),
            (&STATUS, "02", Some("2")),
            (&STATUS, "登记失业", Some("2")),
            (&REASON, "9", Some("09")),
            (&EVIDENCE, "CONTRACT", Some("contract")),
            (&EVIDENCE, "", None),
            (&STATUS, "", None),
            (&STATUS, "00002", None),
        ] {
            assert_eq!(list.find(text).map(|c| c.code), expected, "{} {text}", list.name);
        }
    }

    #[test]
    fn a_message_names_the_choices_but_not_ninety_of_them() {
        assert_eq!(WISH.choices_zh(), "1 有就业愿望、2 无就业愿望");
        assert_eq!(WISH.choices_en(), "1 wants to work, 2 no wish to work");
        assert!(RELATION.choices_en().ends_with("…"));
    }
}
