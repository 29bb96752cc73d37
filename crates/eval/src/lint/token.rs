//! Words, numbers, strings and signs of a pack's SQL; comments are left out.

use super::{LintError, problem};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Word,
    Number,
    Text,
    Sign,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'t> {
    pub kind: Kind,
    pub text: &'t str,
    pub line: usize,
}

impl Token<'_> {
    /// Whether this is that word, whatever its case, or that sign; never a text in quotes.
    pub fn is(&self, word: &str) -> bool {
        self.kind != Kind::Text && self.text.eq_ignore_ascii_case(word)
    }
}

/// Signs of the language. Division, quoted identifiers and escapes are missing on purpose.
const SIGNS: &[&str] = &["||", "<=", ">=", "<>", "(", ")", ",", ".", ";", "=", "<", ">", "+", "-", "*"];

/// Takes the text apart; a sign that is not portable is refused here.
pub fn tokens<'t>(file: &str, sql: &'t str) -> Result<Vec<Token<'t>>, LintError> {
    let mut tokens = Vec::new();
    for (index, line_text) in sql.lines().enumerate() {
        let line = index + 1;
        let mut rest = line_text.trim_start();
        while !rest.is_empty() && !rest.starts_with("--") {
            let (kind, length) = next(rest).map_err(|sign| {
                problem(file, line, format!("`{sign}` is not portable here; see the rules in the README"))
            })?;
            tokens.push(Token { kind, text: &rest[..length], line });
            rest = rest[length..].trim_start();
        }
    }
    Ok(tokens)
}

fn next(rest: &str) -> Result<(Kind, usize), char> {
    let first = rest.chars().next().ok_or(' ')?;
    let run = |allowed: fn(char) -> bool| rest.find(|c| !allowed(c)).unwrap_or(rest.len());
    if first.is_ascii_alphabetic() || first == '_' {
        return Ok((Kind::Word, run(|c| c.is_ascii_alphanumeric() || c == '_')));
    }
    if first.is_ascii_digit() {
        return Ok((Kind::Number, run(|c| c.is_ascii_alphanumeric() || c == '.')));
    }
    if first == '\'' {
        // A text ends on its own line and holds no quote and no backslash: codes need neither.
        let end = rest[1..].find(['\'', '\\']).ok_or('\'')?;
        return if rest.as_bytes()[end + 1] == b'\'' { Ok((Kind::Text, end + 2)) } else { Err('\\') };
    }
    SIGNS.iter().find(|sign| rest.starts_with(**sign)).map(|sign| (Kind::Sign, sign.len())).ok_or(first)
}
