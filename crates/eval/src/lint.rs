//! The rules of portable SQL that can be checked in the text of a pack's files.
//!
//! SQLite, DuckDB, PostgreSQL and Spark have to give the same rows, so what one of them lacks or reads
//! differently is refused: see `protocol/standards/README.md` for the list with the reasons. Every place that
//! breaks a rule is listed, not only the first.

mod query;
mod schema;
mod select;
mod token;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

pub use schema::Schema;
use token::{Kind, Token};

/// The columns that every measure returns.
pub const MEASURE_COLUMNS: [&str; 7] = ["unit", "part", "subject", "hit", "weight", "reason", "ref"];

/// By table, sets of columns.
pub type Joins = BTreeMap<String, BTreeSet<BTreeSet<String>>>;

/// Where a file breaks a rule, and which. Lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}, line {line}, column {column}: {problem}")]
pub struct LintError {
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub problem: String,
}

/// What a measure says of itself in its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The values that its column `part` takes.
    pub rows: Vec<String>,
    /// The values that its column `reason` takes.
    pub reasons: Vec<String>,
}

/// The problems found in one file so far.
struct Linted<'f> {
    file: &'f str,
    found: Vec<LintError>,
}

impl<'f> Linted<'f> {
    const fn new(file: &'f str) -> Self {
        Self { file, found: Vec::new() }
    }

    fn note(&mut self, line: usize, column: usize, problem: impl Into<String>) {
        self.found.push(LintError { file: self.file.to_owned(), line, column, problem: problem.into() });
    }

    fn at(&mut self, token: &Token<'_>, problem: impl Into<String>) {
        self.note(token.line, token.column, problem);
    }

    /// The result, or what was found, in the order of the file and each place once.
    fn end<T>(mut self, result: T) -> Result<T, Vec<LintError>> {
        self.found.sort_by_key(|error| (error.line, error.column));
        self.found.dedup();
        if self.found.is_empty() { Ok(result) } else { Err(self.found) }
    }
}

/// Checks a measure: one query over the seven columns. Returns what it declares.
pub fn measure(file: &str, sql: &str) -> Result<Declared, Vec<LintError>> {
    let mut linted = Linted::new(file);
    let tokens = token::tokens(&mut linted, sql);
    words::check(&mut linted, &tokens);
    if let Some(token) = tokens.iter().find(|token| token.is(";") || token.is("CREATE")) {
        linted.at(token, "a measure is one query, without a semicolon");
    }
    if !tokens.first().is_some_and(|token| token.is("SELECT")) {
        let (line, column) = tokens.first().map_or((1, 1), |token| (token.line, token.column));
        linted.note(line, column, "a measure begins with SELECT");
    }
    for list in select::check(&mut linted, &tokens).into_iter().filter(|list| list.depth == 0) {
        select::check_measure(&mut linted, &list);
    }
    let declared = Declared { rows: head(sql, "-- rows:"), reasons: head(sql, "-- reasons:") };
    if !file.ends_with("findings.sql") && (declared.rows.is_empty() || declared.reasons.is_empty()) {
        linted.note(1, 1, "its head needs the lines `-- rows: …` and `-- reasons: …`");
    } else {
        undeclared(&mut linted, &tokens, &declared);
    }
    linted.end(declared)
}

/// Notes the rows and reasons that a measure gives and does not declare: nobody would score them, or know what they mean. Those
/// that are not written in it but read from a table cannot be told.
fn undeclared(linted: &mut Linted<'_>, tokens: &[Token<'_>], declared: &Declared) {
    let lists = [("part", "rows", &declared.rows), ("reason", "reasons", &declared.reasons)];
    for query in query::queries(tokens) {
        for (column, head, known) in lists {
            for text in query.texts(column) {
                let given = text.text.trim_matches('\'');
                if !known.iter().any(|known| known == given) && !known.is_empty() {
                    linted.at(text, format!("its head does not declare `{given}`; add it to `-- {head}:`"));
                }
            }
        }
    }
}

/// Checks what the head of a street's measure says of pooling. What makes one row of the rows of several communities has to say
/// so, since a street's counts are otherwise added up from those of its communities.
pub fn pooling(file: &str, sql: &str, schema: &Schema) -> Result<(), Vec<LintError>> {
    let mut linted = Linted::new(file);
    let tokens = token::tokens(&mut linted, sql);
    let mut is_said = false;
    for (at, line) in sql.lines().enumerate() {
        for word in line.strip_prefix("-- together:").into_iter().flat_map(str::split_whitespace) {
            is_said = true;
            let known =
                word.split_once('.').is_some_and(|(table, column)| schema.has(table, &["unit", column]));
            if !known {
                linted.note(at + 1, 1, format!("`{word}` is no column, as table.column, of a table by unit"));
            }
        }
        for word in line.strip_prefix("-- across:").into_iter().flat_map(str::split_whitespace) {
            is_said = true;
            if word != "members" {
                linted.note(at + 1, 1, format!("`{word}` is unknown; write `-- across: members`"));
            }
        }
    }
    let parts = query::queries(&tokens);
    for query in parts.iter().flat_map(query::Query::all).filter(|_| !is_said) {
        let by =
            |column: &str| query.groups.iter().any(|group| query.origins(group).contains(&("pool", column)));
        if let Some(place) = query.grouped_at.filter(|_| by("unit") && !by("member")) {
            linted.at(
                place,
                "it makes one row of those of several communities; add `-- together: table.column` with what they have in \
                 common, or `-- across: members`, to the head",
            );
        }
    }
    linted.end(())
}

/// Checks a file of derived tables. Returns the names of the tables that it creates, in order.
pub fn table(file: &str, sql: &str) -> Result<Vec<String>, Vec<LintError>> {
    let mut linted = Linted::new(file);
    let tokens = token::tokens(&mut linted, sql);
    words::check(&mut linted, &tokens);
    select::check(&mut linted, &tokens);
    let mut names = Vec::new();
    for statement in tokens.split(|token| token.is(";")).filter(|statement| !statement.is_empty()) {
        let shaped = statement.len() > 5
            && ["CREATE", "TEMP", "TABLE"].iter().zip(statement).all(|(word, token)| token.is(word))
            && statement[4].is("AS")
            && statement[5].is("SELECT")
            && !statement[1..].iter().any(|token| token.is("CREATE"));
        if shaped {
            names.push(statement[3].text.to_owned());
        } else {
            linted.at(&statement[0], "a statement is CREATE TEMP TABLE … AS SELECT …");
        }
    }
    linted.end(names)
}

/// The statements of a file of derived tables, one after the other: the table that each creates, and its text.
pub fn statements<'s>(file: &str, sql: &'s str) -> Result<Vec<(&'s str, &'s str)>, Vec<LintError>> {
    table(file, sql)?;
    let tokens = token::tokens(&mut Linted::new(file), sql);
    let mut statements = Vec::new();
    let mut from = 0;
    for statement in tokens.split_inclusive(|token| token.is(";")) {
        let Some(name) = statement.get(3) else { continue };
        // A token is a piece of the text.
        let ends =
            |token: &Token<'s>| token.text.as_ptr() as usize - sql.as_ptr() as usize + token.text.len();
        let to = statement.last().map_or(sql.len(), ends);
        statements.push((name.text, &sql[from..to]));
        from = to;
    }
    Ok(statements)
}

/// The tables that a query reads, or the statement that makes one.
pub fn reads(sql: &str) -> BTreeSet<String> {
    let tokens = token::tokens(&mut Linted::new(""), sql);
    let sources = tokens.windows(2).filter(|pair| pair[0].is_one_of(&["FROM", "JOIN"]));
    sources.filter(|pair| pair[1].kind == Kind::Word).map(|pair| pair[1].text.to_owned()).collect()
}

/// The columns that a query returns, or the table has that a statement makes.
pub fn columns(sql: &str) -> BTreeSet<String> {
    schema::columns(&token::tokens(&mut Linted::new(""), sql))
}

/// Whether a query looks at a column of a table otherwise than to return and group by it under its own name.
pub fn asks(sql: &str, table: &str, column: &str) -> bool {
    let tokens = token::tokens(&mut Linted::new(""), sql);
    let named = |place: &[Token<'_>]| place[0].is_one_of(&["FROM", "JOIN"]) && place[1].is(table);
    let aliases: BTreeSet<&str> =
        tokens.windows(3).filter(|place| named(place)).map(|place| place[2].text).collect();
    tokens.windows(5).any(|place| {
        let [before, alias, dot, name, after] = place else { return false };
        let is_it = aliases.contains(alias.text) && dot.is(".") && name.is(column);
        is_it && !after.is("AS") && !before.is("BY")
            || is_it && after.is("AS") && !before.is_one_of(&["SELECT", "ALL"])
    })
}

/// By table, the sets of its columns by which a statement compares it with other tables for equality.
pub fn joins(sql: &str) -> Joins {
    let tokens = token::tokens(&mut Linted::new(""), sql);
    let mut aliases: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for place in tokens.windows(3).filter(|place| place[0].is_one_of(&["FROM", "JOIN"])) {
        if place[1..].iter().all(|token| token.kind == Kind::Word && !words::is_keyword(token)) {
            aliases.entry(place[2].text).or_default().insert(place[1].text);
        }
    }
    // What a table is compared by with one other at a time: it is looked up from there.
    let mut columns: BTreeMap<(&str, &str, &str), BTreeSet<String>> = BTreeMap::new();
    for place in tokens.windows(7) {
        let [left, dot, column, equals, right, other_dot, other] = place else { continue };
        if !(dot.is(".") && equals.is("=") && other_dot.is(".")) {
            continue;
        }
        for (alias, from, column) in
            [(left.text, right.text, column.text), (right.text, left.text, other.text)]
        {
            for table in aliases.get(alias).into_iter().flatten() {
                columns.entry((table, alias, from)).or_default().insert(column.to_owned());
            }
        }
    }
    let mut joins = Joins::new();
    for ((table, ..), columns) in columns {
        joins.entry(table.to_owned()).or_default().insert(columns);
    }
    joins
}

/// Checks a ledger: one query. Returns the names of its columns, in order.
pub fn query(file: &str, sql: &str) -> Result<Vec<String>, Vec<LintError>> {
    let mut linted = Linted::new(file);
    let tokens = token::tokens(&mut linted, sql);
    words::check(&mut linted, &tokens);
    if let Some(token) = tokens.iter().find(|token| token.is(";") || token.is("CREATE")) {
        linted.at(token, "a ledger is one query, without a semicolon");
    }
    if !tokens.first().is_some_and(|token| token.is("SELECT")) {
        linted.note(1, 1, "a ledger begins with SELECT");
    }
    let mut names = None;
    for list in select::check(&mut linted, &tokens).into_iter().filter(|list| list.depth == 0) {
        let own = list.names();
        if names.get_or_insert_with(|| own.clone()) != &own {
            linted.at(&list.select, "every part of a UNION returns the same columns");
        }
    }
    linted.end(names.unwrap_or_default())
}

/// What the head of a file says under a key.
pub fn head(sql: &str, key: &str) -> Vec<String> {
    sql.lines()
        .filter_map(|line| line.strip_prefix(key))
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect()
}

/// What stands between the bracket at `open` and the one that closes it.
fn inside<'t, 's>(tokens: &'s [Token<'t>], open: usize) -> &'s [Token<'t>] {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return &tokens[open + 1..at];
            }
        }
    }
    tokens.get(open + 1..).unwrap_or_default()
}

/// Splits at the commas outside brackets.
fn split<'t, 's>(tokens: &'s [Token<'t>]) -> Vec<&'s [Token<'t>]> {
    let mut depth = 0_usize;
    tokens
        .split(move |token| {
            if token.is("(") {
                depth += 1;
            } else if token.is(")") {
                depth = depth.saturating_sub(1);
            }
            depth == 0 && token.is(",")
        })
        .collect()
}

#[cfg(test)]
mod tests;
