//! Which tables and columns there are: published, made by the evaluator, and derived by a pack's own files.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use super::{Kind, LintError, Linted, Token, inside, split, token, words::is_keyword};
use crate::evaluate::evaluator_tables;

const DICTIONARY: &str = include_str!("../../../../protocol/ledgers/tables.toml");

/// What a column holds, where that is known: those of derived tables follow from an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Text,
    Number,
    Anything,
}

type Columns = BTreeMap<String, Holds>;

static GIVEN: LazyLock<BTreeMap<String, Columns>> = LazyLock::new(|| {
    let file: toml::Table = DICTIONARY.parse().expect("a test reads the dictionary of this tree");
    let list = |table: &toml::Table, key: &str| table[key].as_array().cloned().unwrap_or_default();
    let text = |value: &toml::Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let column = |column: &toml::Value| {
        let holds = if text(column, "type") == "int" { Holds::Number } else { Holds::Text };
        (text(column, "name"), holds)
    };
    let published = list(&file, "table").into_iter().filter_map(|table| {
        let columns = list(table.as_table()?, "columns").iter().map(column).collect();
        Some((text(&table, "name"), columns))
    });
    let own = evaluator_tables().map(|(name, columns)| {
        let column = |column: &str| {
            let mut words = column.split_whitespace().map(str::to_owned);
            let name = words.next().unwrap_or_default();
            (name, if words.next().is_some_and(|kind| kind == "TEXT") { Holds::Text } else { Holds::Number })
        };
        (name.to_owned(), columns.split(',').map(column).collect())
    });
    published.chain(own).collect()
});

/// The tables that a pack's files find, one file after another.
#[derive(Debug, Clone)]
pub struct Schema {
    tables: BTreeMap<String, Columns>,
}

impl Schema {
    /// What is there before the first file of a pack.
    pub fn given() -> Self {
        Self { tables: GIVEN.clone() }
    }

    /// Whether there is a table with these columns.
    pub fn has(&self, table: &str, columns: &[&str]) -> bool {
        let known = self.tables.get(table);
        known.is_some_and(|known| columns.iter().all(|column| known.contains_key(*column)))
    }

    /// Checks the names in a file that keeps the other rules, and adds the tables that it creates.
    pub fn check(&mut self, file: &str, sql: &str) -> Result<(), Vec<LintError>> {
        let mut linted = Linted::new(file);
        let tokens = token::tokens(&mut linted, sql);
        for statement in tokens.split(|token| token.is(";")).filter(|statement| !statement.is_empty()) {
            self.statement(&mut linted, statement);
            if let [create, _, _, name, ..] = statement
                && create.is("CREATE")
            {
                if self.tables.contains_key(name.text) {
                    let problem = format!(
                        "there is a table {} already; engines differ in which one they take",
                        name.text
                    );
                    linted.at(name, problem);
                }
                self.tables.insert(name.text.to_owned(), columns_of(statement, 0));
            }
        }
        linted.end(())
    }

    fn statement(&self, linted: &mut Linted<'_>, statement: &[Token<'_>]) {
        let aliases = self.aliases(linted, statement);
        for (at, window) in statement.windows(3).enumerate() {
            let [alias, dot, name] = window else { continue };
            if !dot.is(".") || alias.kind != Kind::Word {
                continue;
            }
            let Some(tables) = aliases.get(alias.text) else {
                linted.at(alias, format!("no table goes by {} here", alias.text));
                continue;
            };
            let holds: Vec<Holds> =
                tables.iter().filter_map(|columns| columns.get(name.text).copied()).collect();
            // A table that is missing was told already.
            if holds.is_empty() && !tables.iter().any(BTreeMap::is_empty) {
                let known: BTreeSet<&str> =
                    tables.iter().flat_map(BTreeMap::keys).map(String::as_str).collect();
                let known = known.into_iter().collect::<Vec<_>>().join(", ");
                linted.at(name, format!("{}.{} is no column; there are {known}", alias.text, name.text));
            }
            compared(linted, statement, at, &holds);
        }
    }

    /// The columns of what each alias of a statement may stand for: an alias may be used again in another query.
    fn aliases(&self, linted: &mut Linted<'_>, statement: &[Token<'_>]) -> BTreeMap<String, Vec<Columns>> {
        let mut aliases: BTreeMap<String, Vec<Columns>> = BTreeMap::new();
        for (at, token) in statement.iter().enumerate() {
            if !token.is_one_of(&["FROM", "JOIN"]) {
                continue;
            }
            let Some(source) = statement.get(at + 1) else { continue };
            let (columns, after) = if source.is("(") {
                let query = inside(statement, at + 1);
                (columns_of(query, 0), at + query.len() + 3)
            } else {
                let known = self.tables.get(source.text).cloned();
                if known.is_none() {
                    linted.at(source, format!("there is no table {} here", source.text));
                }
                (known.unwrap_or_default(), at + 2)
            };
            let alias = statement.get(after).filter(|alias| alias.kind == Kind::Word && !is_keyword(alias));
            let alias = alias.map_or(source.text, |alias| alias.text);
            aliases.entry(alias.to_owned()).or_default().push(columns);
        }
        aliases
    }
}

/// The names in the first select list.
pub fn columns(tokens: &[Token<'_>]) -> BTreeSet<String> {
    columns_of(tokens, 0).into_keys().collect()
}

/// The names in the first select list at or after a place.
fn columns_of(tokens: &[Token<'_>], from: usize) -> Columns {
    let Some(select) = tokens.iter().skip(from).position(|token| token.is("SELECT")) else {
        return Columns::new();
    };
    let list = &tokens[from + select + 1..];
    let mut depth = 0_usize;
    let end = list.iter().position(|token| {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && token.is("FROM")
    });
    let columns = split(&list[..end.unwrap_or(list.len())]);
    columns.iter().filter_map(|column| Some((column.last()?.text.to_owned(), Holds::Anything))).collect()
}

/// A text compared with a number is converted by one engine, refused by another, and unequal for a third.
fn compared(linted: &mut Linted<'_>, statement: &[Token<'_>], at: usize, holds: &[Holds]) {
    let (Some(sign), Some(other)) = (statement.get(at + 3), statement.get(at + 4)) else { return };
    let literal = match other.kind {
        _ if !sign.is_one_of(&["=", "<>", "<", ">", "<=", ">="]) => return,
        Kind::Text => Holds::Number,
        Kind::Number => Holds::Text,
        _ => return,
    };
    if !holds.is_empty() && holds.iter().all(|holds| *holds == literal) {
        let (column, held) =
            (statement[at + 2].text, if literal == Holds::Text { "texts" } else { "numbers" });
        linted
            .at(other, format!("{column} holds {held}; engines differ in what they make of {}", other.text));
    }
}
