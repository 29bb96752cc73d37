//! Citizen ID numbers (GB 11643-1999): division code of six digits, birth date of eight, serial of
//! three whose last digit is odd for men, and a check digit.

use jiff::civil::Date;
use thiserror::Error;

use crate::date;

/// The factor of each of the first seventeen digits.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check digit for each remainder of the weighted sum modulo 11.
const CHECK_DIGITS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

/// The sex that an ID number encodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    Male,
    Female,
}

impl Sex {
    /// From GB/T 2261.1: 1 male, 2 female; 0 and 9 say nothing.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "1" => Some(Self::Male),
            "2" => Some(Self::Female),
            _ => None,
        }
    }

    /// The code of GB/T 2261.1.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
        }
    }
}

/// A citizen ID number that holds together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdNumber {
    text: String,
    birth: Date,
    sex: Sex,
}

/// Why a text is not an ID number, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdNumberError {
    #[error("a 15-digit number is no longer in use; enter the 18 digits of the present identity card")]
    FifteenDigits,
    #[error("an ID number has 18 characters, this has {0}; compare it with the identity card")]
    Length(usize),
    #[error("an ID number is 17 digits and a digit or X; compare it with the identity card")]
    Characters,
    #[error("digits 7 to 14, {0}, are no birth date; compare them with the identity card")]
    BirthDate(String),
    #[error(
        "the check digit does not fit: if the first 17 digits are right it is {expected}; compare the \
         number with the identity card"
    )]
    CheckDigit { expected: char },
}

impl IdNumberError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::FifteenDigits => "15 位号码已停用，请按现行身份证填写 18 位号码".to_owned(),
            Self::Length(found) => format!("身份号码应为 18 位，现为 {found} 位，请与身份证核对"),
            Self::Characters => "身份号码应为 17 位数字加 1 位数字或 X，请与身份证核对".to_owned(),
            Self::BirthDate(digits) => format!("第 7 至 14 位 {digits} 不是出生日期，请与身份证核对"),
            Self::CheckDigit { expected } => {
                format!("校验位不符：若前 17 位无误，末位应为 {expected}，请与身份证核对")
            }
        }
    }
}

impl IdNumber {
    /// Reads a number as typed: spaces around it go, full-width characters and a lower-case x are
    /// taken. Nothing else is mended; a fix is suggested in the error, never applied.
    pub fn parse(text: &str) -> Result<Self, IdNumberError> {
        let text = date::half_width(text).trim().to_uppercase();
        let count = text.chars().count();
        if count == 15 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(IdNumberError::FifteenDigits);
        }
        if count != 18 {
            return Err(IdNumberError::Length(count));
        }
        let expected = check_digit(&text).ok_or(IdNumberError::Characters)?;
        let last = text.chars().next_back().filter(|c| c.is_ascii_digit() || *c == 'X');
        let last = last.ok_or(IdNumberError::Characters)?;
        let digits = &text[6..14];
        let birth = date::parse(digits).map_err(|_| IdNumberError::BirthDate(digits.to_owned()))?;
        if last != expected {
            return Err(IdNumberError::CheckDigit { expected });
        }
        let odd = (text.as_bytes()[16] - b'0') % 2 == 1;
        Ok(Self { birth, sex: if odd { Sex::Male } else { Sex::Female }, text })
    }

    /// The eighteen characters, X in upper case.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub const fn birth(&self) -> Date {
        self.birth
    }

    pub const fn sex(&self) -> Sex {
        self.sex
    }

    /// The six-digit division code of the first registration.
    pub fn division(&self) -> &str {
        &self.text[..6]
    }
}

/// The check digit for the first seventeen characters; `None` where they are not digits.
pub fn check_digit(text: &str) -> Option<char> {
    let head = text.as_bytes().get(..17)?;
    let sum = head
        .iter()
        .zip(WEIGHTS)
        .try_fold(0, |sum, (b, weight)| b.is_ascii_digit().then(|| sum + u32::from(b - b'0') * weight))?;
    Some(CHECK_DIGITS[(sum % 11) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_the_standard_are_accepted() {
        // The first is from GB 11643-1999, annex A; the others are the forms in which it is typed.
        for text in [
            "11010519491231002X",
            "11010519491231002x",
            " 11010519491231002X ",
            "１１０１０５１９４９１２３１００２Ｘ",
        ] {
            let number = IdNumber::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(number.as_str(), "11010519491231002X");
            assert_eq!(date::to_iso(number.birth()), "1949-12-31");
            assert_eq!(number.sex(), Sex::Female);
            assert_eq!(number.division(), "110105");
        }
        let number = IdNumber::parse("999999197611240012").map(|number| number.sex());
        assert_eq!(number, Ok(Sex::Male), "an odd seventeenth digit");
    }

    #[test]
    fn a_wrong_number_says_what_is_wrong_with_it() {
        for (text, error) in [
            ("110105491231002", IdNumberError::FifteenDigits),
            ("", IdNumberError::Length(0)),
            ("1101051949123100", IdNumberError::Length(16)),
            ("11010519491231002", IdNumberError::Length(17)),
            ("110105194912310021X", IdNumberError::Length(19)),
            ("11010519491231X02X", IdNumberError::Characters),
            ("11010519491231002Y", IdNumberError::Characters),
            ("一一〇一〇五一九四九一二三一〇〇二X", IdNumberError::Characters),
            ("110105194902310020", IdNumberError::BirthDate("19490231".to_owned())),
            // The annex's second example, which nobody on a card can have any more.
            ("440524188001010014", IdNumberError::BirthDate("18800101".to_owned())),
            ("110105194912310021", IdNumberError::CheckDigit { expected: 'X' }),
            ("11010519491231003X", IdNumberError::CheckDigit { expected: '8' }),
        ] {
            assert_eq!(IdNumber::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn every_single_wrong_digit_is_found() {
        let valid = "11010519491231002X";
        for position in 0..17 {
            for digit in b'0'..=b'9' {
                let mut bytes = valid.as_bytes().to_vec();
                if bytes[position] == digit {
                    continue;
                }
                bytes[position] = digit;
                let text = String::from_utf8(bytes).expect("digits are UTF-8");
                assert!(IdNumber::parse(&text).is_err(), "{text}");
            }
        }
    }
}
