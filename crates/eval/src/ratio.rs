//! Exact rational numbers: points, thresholds and rates are never rounded to decide anything.

use std::{cmp::Ordering, fmt, str::FromStr};

use thiserror::Error;

/// Why a text is not an exact number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RatioError {
    #[error(
        "`{0}` is not an exact decimal: write up to 9 digits, a point and up to 9 digits, in quotes (\"0.80\")"
    )]
    Decimal(String),
    #[error("`{0}` is not a fraction in lowest terms with a positive denominator, like 5/2")]
    Fraction(String),
}

/// A fraction in lowest terms with a positive denominator.
///
/// Every operation is checked: where a result would not fit 128 bits it is `None`, never rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    num: i128,
    den: i128,
}

impl Ratio {
    pub const ZERO: Self = Self { num: 0, den: 1 };

    /// The whole number `value`.
    pub const fn whole(value: i64) -> Self {
        Self { num: value as i128, den: 1 }
    }

    /// `num / den` in lowest terms; `None` where `den` is not positive.
    pub fn new(num: i128, den: i128) -> Option<Self> {
        if den <= 0 {
            return None;
        }
        let divisor = greatest_common_divisor(num.checked_abs()?, den);
        Some(Self { num: num / divisor, den: den / divisor })
    }

    /// Reads a decimal such as `0.80` or `25`, exactly.
    pub fn from_decimal(text: &str) -> Result<Self, RatioError> {
        let fail = || RatioError::Decimal(text.to_owned());
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.len() <= 9 && part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || text.ends_with('.') {
            return Err(fail());
        }
        let num: i128 = format!("{whole}{fraction}").parse().map_err(|_| fail())?;
        let den = 10_i128.pow(u32::try_from(fraction.len()).map_err(|_| fail())?);
        Self::new(num, den).ok_or_else(fail)
    }

    pub const fn num(self) -> i128 {
        self.num
    }

    pub const fn den(self) -> i128 {
        self.den
    }

    pub fn plus(self, other: Self) -> Option<Self> {
        let divisor = greatest_common_divisor(self.den, other.den);
        let scale = other.den / divisor;
        let left = self.num.checked_mul(scale)?;
        let right = other.num.checked_mul(self.den / divisor)?;
        Self::new(left.checked_add(right)?, self.den.checked_mul(scale)?)
    }

    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self { num: other.num.checked_neg()?, den: other.den })
    }

    pub fn times(self, other: Self) -> Option<Self> {
        let left = greatest_common_divisor(self.num.checked_abs()?, other.den);
        let right = greatest_common_divisor(other.num.checked_abs()?, self.den);
        Self::new(
            (self.num / left).checked_mul(other.num / right)?,
            (self.den / right).checked_mul(other.den / left)?,
        )
    }

    /// This divided by `other`; `None` also where `other` is not positive.
    pub fn over(self, other: Self) -> Option<Self> {
        if other.num <= 0 {
            return None;
        }
        self.times(Self { num: other.den, den: other.num })
    }

    /// This, but no less than `low` and no more than `high`.
    #[must_use]
    pub fn clamped(self, low: Self, high: Self) -> Self {
        self.max(low).min(high)
    }

    /// Two decimals, truncated towards zero, for showing only: 79.996 shows as `79.99`.
    pub fn shown(self) -> String {
        let sign = if self.num < 0 { "-" } else { "" };
        let magnitude = self.num.unsigned_abs();
        let den = self.den.unsigned_abs();
        let whole = magnitude / den;
        let rest = magnitude % den;
        // The next two digits by long division, which cannot overflow as `rest * 100` might.
        let (first, rest) = next_digit(rest, den);
        let (second, _) = next_digit(rest, den);
        format!("{sign}{whole}.{first}{second}")
    }
}

/// The next decimal digit of `rest / den` (with `rest < den`) and what is left, without overflow.
fn next_digit(rest: u128, den: u128) -> (u128, u128) {
    let mut digit = 0;
    let mut left = 0_u128;
    for _ in 0..10 {
        // left + rest < 2 * den, and den fits 127 bits, so the sum fits 128.
        left += rest;
        if left >= den {
            left -= den;
            digit += 1;
        }
    }
    (digit, left)
}

fn greatest_common_divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    if a == 0 { 1 } else { a }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    /// Exact for every pair: whole parts first, then the remainders turned upside down (a continued
    /// fraction), so that nothing is multiplied and nothing can overflow.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (*self, *other);
        let mut turned = false;
        loop {
            let order = a.num.div_euclid(a.den).cmp(&b.num.div_euclid(b.den));
            let (rest_a, rest_b) = (a.num.rem_euclid(a.den), b.num.rem_euclid(b.den));
            let order = order.then_with(|| match (rest_a, rest_b) {
                (0, 0) => Ordering::Equal,
                (0, _) => Ordering::Less,
                (_, 0) => Ordering::Greater,
                _ => Ordering::Equal,
            });
            if order != Ordering::Equal || rest_a == 0 {
                return if turned { order.reverse() } else { order };
            }
            a = Self { num: a.den, den: rest_a };
            b = Self { num: b.den, den: rest_b };
            turned = !turned;
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

impl FromStr for Ratio {
    type Err = RatioError;

    /// Reads what `Display` writes, and only that, so that a number has one spelling.
    fn from_str(text: &str) -> Result<Self, RatioError> {
        text.split_once('/')
            .and_then(|(num, den)| Self::new(num.parse().ok()?, den.parse().ok()?))
            .filter(|ratio| ratio.to_string() == text)
            .ok_or_else(|| RatioError::Fraction(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ratio(num: i128, den: i128) -> Ratio {
        Ratio::new(num, den).expect("denominators in tests are positive")
    }

    #[test]
    fn decimals_are_read_exactly_and_nothing_else_is() {
        for (text, expected) in [("0.80", ratio(4, 5)), ("25", ratio(25, 1)), ("0.995", ratio(199, 200))] {
            assert_eq!(Ratio::from_decimal(text), Ok(expected));
        }
        for text in ["", ".5", "5.", "-1", "1e3", "1/2", "0.1234567891", "１", " 1"] {
            assert!(Ratio::from_decimal(text).is_err(), "{text}");
        }
    }

    #[test]
    fn two_decimals_are_truncated_never_rounded_up() {
        let cases = [
            (ratio(79_996, 1000), "79.99"),
            (ratio(2, 3), "0.66"),
            (ratio(85, 1), "85.00"),
            (ratio(-1, 3), "-0.33"),
            (ratio(i128::MAX - 1, i128::MAX), "0.99"),
        ];
        for (value, shown) in cases {
            assert_eq!(value.shown(), shown);
        }
    }

    #[test]
    fn a_fraction_has_one_spelling() {
        assert_eq!("5/2".parse(), Ok(ratio(5, 2)));
        for text in ["10/4", "5/-2", "5", "5/0", "+5/2", "05/2"] {
            assert!(text.parse::<Ratio>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_instead_of_rounded() {
        let tiny = ratio(1, i128::MAX);
        assert_eq!(tiny.plus(ratio(1, i128::MAX - 1)), None);
        assert_eq!(tiny.times(tiny), None);
        assert!(tiny < ratio(1, i128::MAX - 1));
    }

    proptest! {
        #[test]
        fn ordering_agrees_with_cross_multiplication(
            a in -10_000_i128..10_000, b in 1_i128..10_000, c in -10_000_i128..10_000, d in 1_i128..10_000
        ) {
            prop_assert_eq!(ratio(a, b).cmp(&ratio(c, d)), (a * d).cmp(&(c * b)));
        }

        #[test]
        fn adding_and_taking_away_cancel(a in -9999_i128..9999, b in 1_i128..9999, c in 1_i128..9999) {
            let (left, right) = (ratio(a, b), ratio(c, b + c));
            prop_assert_eq!(left.plus(right).and_then(|sum| sum.minus(right)), Some(left));
            prop_assert_eq!(left.times(right).and_then(|product| product.over(right)), Some(left));
        }
    }
}
