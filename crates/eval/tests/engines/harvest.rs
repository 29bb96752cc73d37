//! What the SQL of packs, ledgers and traps says of columns, from which values for them are drawn.

use std::collections::{BTreeMap, BTreeSet};

use linli_eval::{Standard, findings::dictionary, ledger::ledgers};

/// What the packs' SQL compares columns with, by the column's name, and which names it joins.
#[derive(Default)]
pub struct Harvest {
    literals: BTreeMap<String, BTreeSet<String>>,
    joined: Vec<BTreeSet<String>>,
}

impl Harvest {
    pub fn of(standards: &[&Standard]) -> Self {
        let mut harvest = Self::default();
        let packs = standards.iter().flat_map(|standard| standard.files());
        let of_packs = packs.filter(|(name, _)| name.contains('/')).map(|(_, sql)| sql);
        let of_traps = dictionary().traps.iter().map(|trap| trap.sql);
        for sql in of_packs.chain(ledgers().iter().map(|ledger| ledger.sql)).chain(of_traps) {
            harvest.read(&words(sql));
        }
        harvest
    }

    fn read(&mut self, words: &[String]) {
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        for at in 0..words.len() {
            let Some(column) = column(word(at)) else { continue };
            match (word(at + 1), word(at + 2)) {
                (sign @ ("=" | "<" | ">" | "<=" | ">=" | "<>"), other) if is_literal(other) => {
                    self.note(column, other);
                    if let (">", Ok(number)) = (sign, other.parse::<i64>()) {
                        self.note(column, &(number + 1).to_string());
                    }
                }
                ("=", other) => {
                    if let Some(other) = self::column(other) {
                        self.join(column, other);
                    }
                }
                ("IN", "(") | ("NOT", "IN") => {
                    let list = words[at..].iter().skip_while(|word| *word != "(").skip(1);
                    for value in list.take_while(|word| *word != ")").filter(|word| is_literal(word)) {
                        self.note(column, value);
                    }
                }
                ("WHEN", _) => {
                    let arms = words[at..].iter().take_while(|word| *word != "END").collect::<Vec<_>>();
                    for arm in arms.windows(2).filter(|arm| arm[0] == "WHEN" && is_literal(arm[1])) {
                        self.note(column, arm[1]);
                    }
                }
                _ => {}
            }
        }
    }

    fn note(&mut self, column: &str, literal: &str) {
        self.literals.entry(column.to_owned()).or_default().insert(literal.to_owned());
    }

    fn join(&mut self, one: &str, other: &str) {
        let mut joined: BTreeSet<String> = [one, other].map(str::to_owned).into();
        self.joined.retain(|class| {
            let meets = class.contains(one) || class.contains(other);
            if meets {
                joined.extend(class.iter().cloned());
            }
            !meets
        });
        self.joined.push(joined);
    }

    pub fn class(&self, column: &str) -> String {
        let class = self.joined.iter().find(|class| class.contains(column));
        class.and_then(|class| class.first().cloned()).unwrap_or_else(|| column.to_owned())
    }

    /// Whether a column is joined with one of another name.
    pub fn is_joined(&self, column: &str) -> bool {
        self.joined.iter().any(|class| class.len() > 1 && class.contains(column))
    }

    pub fn texts(&self, column: &str) -> Vec<String> {
        let literals = self.literals.get(column).into_iter().flatten();
        let texts: Vec<String> =
            literals.filter_map(|literal| literal.strip_prefix('\'')).map(str::to_owned).collect();
        // Being compared with nothing but the empty text says nothing of a column's values.
        if texts.iter().all(String::is_empty) { Vec::new() } else { texts }
    }

    /// The numbers that the column is compared with, and what is above a bound.
    pub fn numbers(&self, column: &str) -> Vec<i64> {
        let literals = self.literals.get(column).into_iter().flatten();
        literals.filter_map(|literal| literal.parse::<i64>().ok()).collect()
    }
}

fn is_literal(word: &str) -> bool {
    word.starts_with('\'') || word.starts_with(|c: char| c.is_ascii_digit())
}

/// The column of a name like `q.birth_n`.
fn column(word: &str) -> Option<&str> {
    let (table, column) = word.split_once('.')?;
    (!is_literal(table)).then_some(column)
}

/// The words of a text of SQL: names with their table, numbers, signs, texts with the quote that begins them.
fn words(sql: &str) -> Vec<String> {
    let mut words = Vec::new();
    for line in sql.lines() {
        let mut rest = line.trim_start();
        while !rest.is_empty() && !rest.starts_with("--") {
            let name = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
                .unwrap_or(rest.len());
            let sign = rest.find(|c| !"<>=|".contains(c)).unwrap_or(rest.len());
            if let Some(text) = rest.strip_prefix('\'') {
                let end = text.find('\'').expect("a text ends on its line");
                words.push(format!("'{}", &text[..end]));
                rest = text[end + 1..].trim_start();
                continue;
            }
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let length = if name > 0 {
                name
            } else if sign > 0 {
                sign
            } else {
                first
            };
            words.push(rest[..length].to_owned());
            rest = rest[length..].trim_start();
        }
    }
    words
}
