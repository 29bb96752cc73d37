//! The rules of portable SQL that can be checked in the text of a pack's files.
//!
//! SQLite, DuckDB, PostgreSQL and Spark have to give the same rows, so what one of them does differently is
//! refused: see `protocol/standards/README.md` for the list with the reasons.

mod token;

use thiserror::Error;

use token::{Kind, Token};

/// The columns that every measure returns.
pub const MEASURE_COLUMNS: [&str; 7] = ["unit", "part", "subject", "hit", "weight", "reason", "ref"];

/// Where a file breaks a rule, and which.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}, line {line}: {problem}")]
pub struct LintError {
    pub file: String,
    pub line: usize,
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

/// Words that are refused wherever they stand, and what to write instead.
const REFUSED: &[(&str, &str)] = &[
    ("LIKE", "compare SUBSTR with a code"),
    ("ILIKE", "compare SUBSTR with a code"),
    ("GLOB", "compare SUBSTR with a code"),
    ("REGEXP", "compare SUBSTR with a code"),
    ("SIMILAR", "compare SUBSTR with a code"),
    ("ORDER", "the order of rows means nothing; use MIN or MAX and join back"),
    ("LIMIT", "the order of rows means nothing; use MIN or MAX and join back"),
    ("OFFSET", "the order of rows means nothing; use MIN or MAX and join back"),
    ("OVER", "group and join back"),
    ("LATERAL", "join and group"),
    ("EXISTS", "join and group"),
    ("GREATEST", "use CASE"),
    ("LEAST", "use CASE"),
    ("IIF", "use CASE"),
    ("IFNULL", "use COALESCE"),
    ("NVL", "use COALESCE"),
    ("TRUE", "use 1"),
    ("FALSE", "use 0"),
    ("REAL", "use integers"),
    ("DOUBLE", "use integers"),
    ("FLOAT", "use integers"),
    ("AVG", "sum and count, and let the rule divide"),
    ("RANDOM", "the same records have to give the same rows"),
    ("CURRENT_DATE", "use param.as_of_n"),
    ("CURRENT_TIMESTAMP", "use param.as_of_n"),
    ("NOW", "use param.as_of_n"),
    ("DATE", "use day numbers"),
    ("DATETIME", "use day numbers"),
    ("JULIANDAY", "use day numbers"),
    ("STRFTIME", "use day numbers"),
    ("INSERT", "a pack only selects"),
    ("UPDATE", "a pack only selects"),
    ("DELETE", "a pack only selects"),
    ("DROP", "a pack only selects"),
    ("ALTER", "a pack only selects"),
    ("ATTACH", "a pack only selects"),
    ("PRAGMA", "a pack only selects"),
];

/// Checks a measure: one query over the seven columns. Returns what it declares.
pub fn measure(file: &str, sql: &str) -> Result<Declared, LintError> {
    let tokens = token::tokens(file, sql)?;
    check(file, &tokens)?;
    if let Some(token) = tokens.iter().find(|token| token.is(";") || token.is("CREATE")) {
        return Err(problem(file, token.line, "a measure is one query, without a semicolon"));
    }
    if !tokens.first().is_some_and(|token| token.is("SELECT")) {
        return Err(problem(file, 1, "a measure begins with SELECT"));
    }
    for list in select_lists(file, &tokens)?.into_iter().filter(|list| list.depth == 0) {
        check_columns(file, &list)?;
    }
    let declared = Declared { rows: head(sql, "-- rows:"), reasons: head(sql, "-- reasons:") };
    if file.ends_with("findings.sql") || !declared.rows.is_empty() && !declared.reasons.is_empty() {
        Ok(declared)
    } else {
        Err(problem(file, 1, "its head needs the lines `-- rows: …` and `-- reasons: …`"))
    }
}

/// Checks a file of derived tables. Returns the names of the tables that it creates, in order.
pub fn table(file: &str, sql: &str) -> Result<Vec<String>, LintError> {
    let tokens = token::tokens(file, sql)?;
    check(file, &tokens)?;
    select_lists(file, &tokens)?;
    let mut names = Vec::new();
    for statement in tokens.split(|token| token.is(";")).filter(|statement| !statement.is_empty()) {
        let shaped = statement.len() > 5
            && ["CREATE", "TEMP", "TABLE"].iter().zip(statement).all(|(word, token)| token.is(word))
            && statement[4].is("AS")
            && statement[5].is("SELECT")
            && !statement[1..].iter().any(|token| token.is("CREATE"));
        if !shaped {
            return Err(problem(file, statement[0].line, "a statement is CREATE TEMP TABLE … AS SELECT …"));
        }
        names.push(statement[3].text.to_owned());
    }
    Ok(names)
}

/// Checks a ledger: one query. Returns the names of its columns, in order.
pub fn query(file: &str, sql: &str) -> Result<Vec<String>, LintError> {
    let tokens = token::tokens(file, sql)?;
    check(file, &tokens)?;
    if let Some(token) = tokens.iter().find(|token| token.is(";") || token.is("CREATE")) {
        return Err(problem(file, token.line, "a ledger is one query, without a semicolon"));
    }
    if !tokens.first().is_some_and(|token| token.is("SELECT")) {
        return Err(problem(file, 1, "a ledger begins with SELECT"));
    }
    let mut names = None;
    for list in select_lists(file, &tokens)?.into_iter().filter(|list| list.depth == 0) {
        let of = |column: &&[Token<'_>]| column[column.len() - 1].text.to_owned();
        let own: Vec<String> = list.columns.iter().map(of).collect();
        if names.get_or_insert_with(|| own.clone()) != &own {
            return Err(problem(file, list.line, "every part of a UNION returns the same columns"));
        }
    }
    Ok(names.unwrap_or_default())
}

fn problem(file: &str, line: usize, problem: impl Into<String>) -> LintError {
    LintError { file: file.to_owned(), line, problem: problem.into() }
}

fn head(sql: &str, key: &str) -> Vec<String> {
    sql.lines()
        .filter_map(|line| line.strip_prefix(key))
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect()
}

/// The rules that hold in every file.
fn check(file: &str, tokens: &[Token<'_>]) -> Result<(), LintError> {
    for (at, token) in tokens.iter().enumerate() {
        let refuse = |why: String| Err(problem(file, token.line, why));
        let next = tokens.get(at + 1);
        if let Some((word, instead)) = REFUSED.iter().find(|(word, _)| token.is(word)) {
            return refuse(format!("{word} is not portable or not reproducible; {instead}"));
        }
        if token.kind == Kind::Number && token.text.contains('.') {
            return refuse(format!("{} is no integer; multiply both sides instead", token.text));
        }
        if token.is("*") && at > 0 && (tokens[at - 1].is("SELECT") || tokens[at - 1].is(".")) {
            return refuse("name the columns instead of *".to_owned());
        }
        if token.is("IN") && tokens.get(at + 2).is_some_and(|token| token.is("SELECT")) {
            return refuse("join instead of IN (SELECT …)".to_owned());
        }
        if (token.is("MAX") || token.is("MIN")) && next.is_some_and(|next| next.is("(")) {
            let inner = inside(tokens, at + 1);
            if split(inner).len() > 1 {
                return refuse(format!("{} of two values is not portable; use CASE", token.text));
            }
        }
        if token.is("SUM") && !(at >= 2 && tokens[at - 1].is("(") && tokens[at - 2].is("CAST")) {
            return refuse("write CAST(SUM(…) AS BIGINT): engines differ in the type of a sum".to_owned());
        }
        if token.is("CAST") && next.is_some_and(|next| next.is("(")) {
            let inner = inside(tokens, at + 1);
            if !inner.last().is_some_and(|token| token.is("BIGINT")) {
                return refuse("cast to BIGINT alone".to_owned());
            }
        }
    }
    Ok(())
}

/// The expressions between a SELECT and its FROM, and how deep in brackets they stand.
struct SelectList<'t> {
    line: usize,
    depth: usize,
    columns: Vec<&'t [Token<'t>]>,
}

/// Finds every select list and checks that each column has a name of its own.
fn select_lists<'t>(file: &str, tokens: &'t [Token<'t>]) -> Result<Vec<SelectList<'t>>, LintError> {
    let mut lists = Vec::new();
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.checked_sub(1).ok_or_else(|| problem(file, token.line, "a bracket too many"))?;
        } else if token.is("SELECT") {
            let mut start = at + 1;
            if tokens.get(start).is_some_and(|token| token.is("DISTINCT")) {
                start += 1;
            }
            let length = until_from(&tokens[start..])
                .ok_or_else(|| problem(file, token.line, "a SELECT without a FROM"))?;
            let columns = split(&tokens[start..start + length]);
            for column in &columns {
                let named = column.len() > 2 && column[column.len() - 2].is("AS");
                if !named {
                    return Err(problem(file, token.line, "every column needs a name: expression AS name"));
                }
            }
            lists.push(SelectList { line: token.line, depth, columns });
        }
    }
    Ok(lists)
}

fn check_columns(file: &str, list: &SelectList<'_>) -> Result<(), LintError> {
    let names: Vec<&str> = list.columns.iter().map(|column| column[column.len() - 1].text).collect();
    if names != MEASURE_COLUMNS {
        let expected = MEASURE_COLUMNS.join(", ");
        return Err(problem(file, list.line, format!("a measure returns {expected}, in that order")));
    }
    for column in &list.columns[3..5] {
        let cast = column[0].is("CAST")
            && column.len() > 5
            && column[column.len() - 3].is(")")
            && column[column.len() - 4].is("BIGINT");
        if !cast {
            return Err(problem(file, list.line, "write CAST(… AS BIGINT) AS hit, and AS weight too"));
        }
    }
    Ok(())
}

/// How many tokens stand before the FROM that ends this select list.
fn until_from(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.checked_sub(1)?;
        } else if depth == 0 && token.is("FROM") {
            return Some(at);
        }
    }
    None
}

/// What stands between the bracket at `open` and the one that closes it.
fn inside<'t>(tokens: &'t [Token<'t>], open: usize) -> &'t [Token<'t>] {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth -= 1;
            if depth == 0 {
                return &tokens[open + 1..at];
            }
        }
    }
    &tokens[open + 1..]
}

/// Splits at the commas outside brackets.
fn split<'t>(tokens: &'t [Token<'t>]) -> Vec<&'t [Token<'t>]> {
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
