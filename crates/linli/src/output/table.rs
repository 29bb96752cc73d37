//! Tables that are readable without colour and with wide characters in them.

use std::fmt;

/// On which side of its column a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

/// Headings and rows.
#[derive(Debug, Clone)]
pub struct Table {
    headings: Vec<String>,
    sides: Vec<Side>,
    rows: Vec<Vec<String>>,
}

/// Spaces between two columns.
const GAP: &str = "  ";

impl Table {
    /// A table whose columns stand on the left.
    pub fn new<S: Into<String>>(headings: impl IntoIterator<Item = S>) -> Self {
        let headings: Vec<String> = headings.into_iter().map(Into::into).collect();
        Self { sides: vec![Side::Left; headings.len()], headings, rows: Vec::new() }
    }

    /// The same with some columns, of numbers, on the right.
    #[must_use]
    pub fn right(mut self, columns: &[usize]) -> Self {
        for column in columns {
            self.sides[*column] = Side::Right;
        }
        self
    }

    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clean = |cell: &String| cell.chars().map(harmless).collect::<String>();
        let lines: Vec<Vec<String>> = std::iter::once(&self.headings)
            .chain(&self.rows)
            .map(|cells| cells.iter().map(clean).collect())
            .collect();
        let widths: Vec<usize> = (0..self.headings.len())
            .map(|column| lines.iter().filter_map(|l| l.get(column)).map(|c| width(c)).max().unwrap_or(0))
            .collect();
        for cells in &lines {
            let mut line = String::new();
            for (column, cell) in cells.iter().enumerate().take(widths.len()) {
                let space = " ".repeat(widths[column] - width(cell));
                line.push_str(if column == 0 { "" } else { GAP });
                match self.sides[column] {
                    Side::Left => line.extend([cell.as_str(), &space]),
                    Side::Right => line.extend([space.as_str(), cell]),
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A character that stays on its line and moves nothing.
pub(super) fn harmless(c: char) -> char {
    match c {
        '\n' | '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        // Marks that turn the direction of writing could show a row as another one.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c => c,
    }
}

/// The columns that a text takes on a terminal: wide East Asian characters take two.
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// By the ranges of Unicode's East Asian Width `W` and `F` that occur in names, addresses and messages.
fn char_width(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036f | 0x200b..=0x200f | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0x303e
        | 0x3041..=0x33ff
        | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff
        | 0xa000..=0xa4cf
        | 0xa960..=0xa97f
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff01..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_aligned_with_wide_characters_in_them() {
        let mut table = Table::new(["单位", "total"]).right(&[1]);
        table.row(["镇江市", "9.50"]);
        table.row(["x", "100.00"]);
        assert_eq!(table.to_string(), "单位     total\n镇江市    9.50\nx       100.00\n");
    }

    #[test]
    fn a_name_cannot_move_the_cursor_or_turn_the_line_round() {
        let mut table = Table::new(["name"]);
        table.row(["a\u{1b}[2Jb\n\u{202e}c"]);
        assert_eq!(table.to_string(), "name\na\u{fffd}[2Jb \u{fffd}c\n");
    }

    #[test]
    fn widths_are_those_of_a_terminal() {
        for (text, expected) in [("", 0), ("abc", 3), ("张三", 4), ("（试算）", 8), ("é", 1), ("e\u{301}", 1)]
        {
            assert_eq!(width(text), expected, "{text}");
        }
    }
}
