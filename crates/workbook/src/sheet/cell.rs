//! One cell of a sheet.

/// From here on a spreadsheet's number no longer holds every digit that was typed.
const EXACT_MAX: f64 = 1e15;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    #[default]
    Empty,
    /// A text; a spreadsheet's date is its ISO text.
    Text(String),
    Number(f64),
    /// The error that a formula ended in, `#N/A`.
    Error(String),
}

impl Cell {
    /// A text, or nothing where it is blank. Line ends become those of the records.
    pub(super) fn of_text(text: &str) -> Self {
        let text = text.replace("_x000D_", "").replace("\r\n", "\n").replace('\r', "\n");
        match text.trim() {
            "" => Self::Empty,
            trimmed => Self::Text(trimmed.to_owned()),
        }
    }

    /// What the cell says, for reading it as a value and for showing it in a message.
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Error(text) => text.clone(),
            Self::Number(number) if number.fract() == 0.0 && number.abs() < EXACT_MAX => {
                format!("{number:.0}")
            }
            Self::Number(number) => number.to_string(),
        }
    }

    /// Whether a number stands here that was typed as a longer one: a spreadsheet keeps fifteen digits of
    /// a card number and makes the others 0, and writes them to CSV as `3.2E+16`.
    pub fn has_lost_digits(&self) -> bool {
        match self {
            Self::Number(number) => number.abs() >= EXACT_MAX,
            Self::Text(text) => text.split_once("E+").is_some_and(|(digits, exponent)| {
                let is_number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
                is_number(&digits.replacen('.', "", 1)) && is_number(exponent)
            }),
            Self::Empty | Self::Error(_) => false,
        }
    }

    pub(super) fn len_bytes(&self) -> usize {
        match self {
            Self::Text(text) | Self::Error(text) => text.len(),
            Self::Empty | Self::Number(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_lost_its_digits_is_seen() {
        for (cell, expected) in [
            (Cell::Number(32_110_200_100_100_001.0), true),
            (Cell::Number(321_102.0), false),
            (Cell::Text("3.21102E+16".to_owned()), true),
            (Cell::Text("3E+16".to_owned()), true),
            (Cell::Text("GATE+1".to_owned()), false),
            (Cell::Text("E+1".to_owned()), false),
            (Cell::Text("32110200100100001".to_owned()), false),
            (Cell::Empty, false),
        ] {
            assert_eq!(cell.has_lost_digits(), expected, "{cell:?}");
        }
    }

    #[test]
    fn a_whole_number_reads_as_one() {
        assert_eq!(Cell::Number(3200.0).text(), "3200");
        assert_eq!(Cell::Number(3200.5).text(), "3200.5");
        assert_eq!(Cell::of_text("  "), Cell::Empty);
        assert_eq!(Cell::of_text("a\r\nb"), Cell::Text("a\nb".to_owned()));
    }
}
