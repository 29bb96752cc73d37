//! What follows from a person's fields: whether the ID number is valid, and the days of working age.

use super::text_of;
use crate::date::{self, OPEN_END, UNKNOWN_START};
use crate::idnumber::{IdNumber, Sex};
use crate::kind::Kind;
use crate::retirement::{self, Original};
use crate::view::Held;

pub(super) struct PersonFacts {
    /// The number is one, and neither a recorded birth date nor a recorded sex contradicts it.
    pub id_valid: bool,
    pub work_from_n: i64,
    pub work_until_n: i64,
}

impl PersonFacts {
    /// Birth date and sex are those recorded, else those of a valid ID number. Of somebody whose birth
    /// date nobody knows every day is one of working age, so that a field left empty takes nobody out
    /// of a denominator.
    pub(super) fn of(kind: &Kind, held: &[Option<Held>]) -> Self {
        let text = |name| text_of(kind.fields, held, name).unwrap_or_default();
        let number = IdNumber::parse(text("id_no")).ok();
        let birth = date::from_iso(text("birth"));
        let sex = Sex::from_code(text("sex"));
        let id_valid = number.as_ref().is_some_and(|number| {
            birth.is_none_or(|birth| birth == number.birth()) && sex.is_none_or(|sex| sex == number.sex())
        });
        let birth = birth.or_else(|| number.as_ref().map(IdNumber::birth));
        let sex = sex.or_else(|| number.as_ref().map(IdNumber::sex));
        let original = Original::from_code(text("retirement")).unwrap_or(Original::usual(sex));
        let (work_from_n, work_until_n) = birth
            .and_then(|birth| retirement::working_days(birth, original))
            .unwrap_or((UNKNOWN_START, OPEN_END));
        Self { id_valid, work_from_n, work_until_n }
    }
}
