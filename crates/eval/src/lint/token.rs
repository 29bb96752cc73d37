//! Words, numbers, strings and signs of a pack's SQL; comments are left out.

use super::Linted;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Word,
    Number,
    Text,
    Sign,
}

/// A token and where it stands; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'t> {
    pub kind: Kind,
    pub text: &'t str,
    pub line: usize,
    pub column: usize,
}

impl Token<'_> {
    /// Whether this is that word, whatever its case, or that sign; never a text in quotes.
    pub fn is(&self, word: &str) -> bool {
        self.kind != Kind::Text && self.text.eq_ignore_ascii_case(word)
    }

    pub fn is_one_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }
}

/// Signs of the language. Division, quoted identifiers and escapes are missing on purpose.
const SIGNS: &[&str] = &["||", "<=", ">=", "<>", "(", ")", ",", ".", ";", "=", "<", ">", "+", "-", "*"];

/// Takes the text apart. A sign that is not portable is noted and left out.
pub fn tokens<'t>(linted: &mut Linted<'_>, sql: &'t str) -> Vec<Token<'t>> {
    let mut tokens = Vec::new();
    for (index, line_text) in sql.lines().enumerate() {
        let line = index + 1;
        let mut rest = line_text.trim_start();
        while !rest.is_empty() && !rest.starts_with("--") {
            let column = line_text[..line_text.len() - rest.len()].chars().count() + 1;
            let length = match next(rest) {
                Ok((kind, length)) => {
                    tokens.push(Token { kind, text: &rest[..length], line, column });
                    length
                }
                Err((sign, length)) => {
                    linted.note(
                        line,
                        column,
                        format!("`{sign}` is not portable here; see the rules in the README"),
                    );
                    length
                }
            };
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// The kind and length of what stands first, or the sign that is refused and how much to pass over.
fn next(rest: &str) -> Result<(Kind, usize), (char, usize)> {
    let first = rest.chars().next().unwrap_or(' ');
    let run = |allowed: fn(char) -> bool| rest.find(|c| !allowed(c)).unwrap_or(rest.len());
    if first.is_ascii_alphabetic() || first == '_' {
        return Ok((Kind::Word, run(|c| c.is_ascii_alphanumeric() || c == '_')));
    }
    if first.is_ascii_digit() {
        return Ok((Kind::Number, run(|c| c.is_ascii_alphanumeric() || c == '.')));
    }
    if first == '\'' {
        // A text ends on its own line and holds no quote and no backslash: codes need neither.
        let end = rest[1..].find(['\'', '\\']).ok_or(('\'', rest.len()))?;
        return if rest.as_bytes()[end + 1] == b'\'' {
            Ok((Kind::Text, end + 2))
        } else {
            Err(('\\', end + 2))
        };
    }
    let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
    sign.map(|sign| (Kind::Sign, sign.len())).ok_or((first, first.len_utf8()))
}
