//! What may not stand anywhere, and what must stand around some words.

use super::{Kind, Linted, Token, inside, split};

/// Words that are refused wherever they stand, and what to write instead.
const REFUSED: &[(&[&str], &str)] = &[
    (&["LIKE", "ILIKE", "GLOB", "REGEXP", "SIMILAR", "MATCH", "ESCAPE"], "compare SUBSTR with a code"),
    (&["ORDER", "LIMIT", "OFFSET", "FETCH"], "the order of rows means nothing; use MIN or MAX and join back"),
    (&["OVER", "WINDOW", "QUALIFY", "FILTER"], "group and join back"),
    (&["LATERAL", "EXISTS", "NATURAL", "USING"], "join by equality, with ON, and group"),
    (&["WITH", "RECURSIVE", "VALUES"], "make a derived table"),
    (&["GREATEST", "LEAST", "IIF", "IF", "DECODE"], "use CASE"),
    (&["IFNULL", "NVL", "ISNULL", "NOTNULL"], "use COALESCE, or IS NULL"),
    (&["TRUE", "FALSE"], "use 1 and 0"),
    (&["REAL", "DOUBLE", "FLOAT", "NUMERIC", "DECIMAL"], "use integers"),
    (&["AVG", "TOTAL"], "sum and count, and let the rule divide"),
    (&["RANDOM"], "the same records have to give the same rows"),
    (
        &[
            "CURRENT_DATE",
            "CURRENT_TIME",
            "CURRENT_TIMESTAMP",
            "NOW",
            "DATE",
            "DATETIME",
            "JULIANDAY",
            "STRFTIME",
        ],
        "use day numbers, and param.as_of_n for today",
    ),
    (&["COLLATE"], "codes are equal or not; their order means nothing"),
    (&["INSERT", "UPDATE", "DELETE", "DROP", "ALTER", "ATTACH", "PRAGMA", "COPY"], "a pack only selects"),
];

/// The functions that all engines have and read alike.
const FUNCTIONS: &[&str] =
    &["ABS", "CAST", "COALESCE", "COUNT", "LENGTH", "MAX", "MIN", "NULLIF", "SUBSTR", "SUM"];

/// Words of the language; no column or table is called so, and no dot stands beside them.
const KEYWORDS: &[&str] = &[
    "ALL",
    "AND",
    "AS",
    "BETWEEN",
    "BIGINT",
    "BY",
    "CASE",
    "CREATE",
    "CROSS",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IN",
    "INNER",
    "INTERSECT",
    "IS",
    "JOIN",
    "LEFT",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "OUTER",
    "RIGHT",
    "SELECT",
    "TABLE",
    "TEMP",
    "THEN",
    "UNION",
    "WHEN",
    "WHERE",
];

/// Words that an engine keeps for itself, though this language has no use for them.
const RESERVED: &[&str] = &[
    "ANALYSE",
    "ANALYZE",
    "ANY",
    "ARRAY",
    "ASC",
    "ASYMMETRIC",
    "BOTH",
    "CHECK",
    "COLLATION",
    "COLUMN",
    "CONSTRAINT",
    "CURRENT_USER",
    "DEFAULT",
    "DEFERRABLE",
    "DESC",
    "DO",
    "FOR",
    "FOREIGN",
    "FREEZE",
    "GRANT",
    "INDEX",
    "INDEXED",
    "INITIALLY",
    "INTO",
    "KEY",
    "LEADING",
    "PIVOT",
    "PLACING",
    "PRIMARY",
    "QUALIFY",
    "REFERENCES",
    "RETURNING",
    "SAMPLE",
    "SESSION_USER",
    "SET",
    "SHOW",
    "SOME",
    "SUMMARIZE",
    "SYMMETRIC",
    "TO",
    "TRAILING",
    "TRANSACTION",
    "UNIQUE",
    "UNPIVOT",
    "USER",
    "VARIADIC",
    "VERBOSE",
];

pub fn is_keyword(token: &Token<'_>) -> bool {
    token.kind == Kind::Word && token.is_one_of(KEYWORDS)
}

/// The rules that hold for single words and what is next to them.
pub fn check(linted: &mut Linted<'_>, tokens: &[Token<'_>]) {
    for at in 0..tokens.len() {
        words(linted, tokens, at);
        names(linted, tokens, at);
        comparisons(linted, tokens, at);
        calls(linted, tokens, at);
    }
}

fn words(linted: &mut Linted<'_>, tokens: &[Token<'_>], at: usize) {
    let token = &tokens[at];
    if let Some((_, instead)) = REFUSED.iter().find(|(words, _)| token.is_one_of(words)) {
        let word = token.text.to_uppercase();
        linted.at(token, format!("{word} is not portable or not reproducible; {instead}"));
    }
    if token.kind == Kind::Number && !token.text.bytes().all(|byte| byte.is_ascii_digit()) {
        linted.at(token, format!("{} is no integer; multiply both sides instead", token.text));
    }
    if token.is("*") && at > 0 && (tokens[at - 1].is("SELECT") || tokens[at - 1].is(".")) {
        linted.at(token, "name the columns instead of *");
    }
    if token.is("IN") && tokens.get(at + 2).is_some_and(|token| token.is("SELECT")) {
        linted.at(token, "join instead of IN (SELECT …)");
    }
    if token.is("IS") {
        let not = usize::from(tokens.get(at + 1).is_some_and(|token| token.is("NOT")));
        if !tokens.get(at + 1 + not).is_some_and(|token| token.is("NULL")) {
            linted.at(token, "engines differ in what may follow IS; write IS NULL, IS NOT NULL or =");
        }
    }
}

/// Every column is written with its table, so that no engine can find another one of that name.
fn names(linted: &mut Linted<'_>, tokens: &[Token<'_>], at: usize) {
    let token = &tokens[at];
    let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at));
    let follows = |words: &[&str]| before(1).is_some_and(|token| token.is_one_of(words));
    let named = follows(&["AS", ".", "TABLE"]);
    if token.kind != Kind::Word {
        return;
    }
    if named
        && (token.is_one_of(RESERVED) || is_keyword(token))
        && !(follows(&["AS"]) && token.is_one_of(&["SELECT", "BIGINT"]))
        // All of them take this one behind a dot or AS, and the published tables have it.
        && !token.is("END")
    {
        linted.at(token, format!("engines keep the word {} for themselves; choose another name", token.text));
    }
    let called = tokens.get(at + 1).is_some_and(|next| next.is("("));
    let dotted = tokens.get(at + 1).is_some_and(|next| next.is("."));
    let refused = REFUSED.iter().any(|(words, _)| token.is_one_of(words));
    if named || called || dotted || refused || is_keyword(token) || follows(&["FROM", "JOIN"]) {
        return;
    }
    let aliases_table = before(1).is_some_and(|name| name.kind == Kind::Word && !is_keyword(name))
        && before(2).is_some_and(|token| token.is_one_of(&["FROM", "JOIN"]));
    if aliases_table || follows(&[")"]) {
        if token.is_one_of(RESERVED) {
            linted.at(
                token,
                format!("engines keep the word {} for themselves; choose another name", token.text),
            );
        }
        return;
    }
    linted.at(
        token,
        format!(
            "write {0} with its table, as in t.{0}; tables are joined by JOIN, not by a comma",
            token.text
        ),
    );
}

fn comparisons(linted: &mut Linted<'_>, tokens: &[Token<'_>], at: usize) {
    let token = &tokens[at];
    let beside = [at.checked_sub(1).and_then(|at| tokens.get(at)), tokens.get(at + 1)];
    let has_text = beside.into_iter().flatten().any(|token| token.kind == Kind::Text);
    if token.is_one_of(&["<", ">", "<=", ">=", "BETWEEN"]) && has_text {
        linted.at(token, "engines order texts differently; compare day numbers or codes by equality");
    }
    if token.is("=") && tokens.get(at + 1).is_some_and(|next| next.is("=")) {
        linted.at(token, "write = instead of ==");
    }
    let day = at.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(|token| token.text.ends_with("_n"));
    if token.is_one_of(&["=", "<>"]) && day && tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Text)
    {
        linted.at(token, "a day number is compared with a number; engines differ in what a text becomes");
    }
}

fn calls(linted: &mut Linted<'_>, tokens: &[Token<'_>], at: usize) {
    let token = &tokens[at];
    if token.kind != Kind::Word || !tokens.get(at + 1).is_some_and(|next| next.is("(")) {
        return;
    }
    let inner = inside(tokens, at + 1);
    let arguments = split(inner);
    if (token.is("MAX") || token.is("MIN")) && arguments.len() > 1 {
        linted.at(token, format!("{} of two values is not portable; use CASE", token.text));
    }
    if token.is("SUM") && !(at >= 2 && tokens[at - 1].is("(") && tokens[at - 2].is("CAST")) {
        linted.at(token, "write CAST(SUM(…) AS BIGINT): engines differ in the type of a sum");
    }
    if token.is("CAST") && !inner.last().is_some_and(|token| token.is("BIGINT")) {
        linted.at(token, "cast to BIGINT alone");
    }
    if token.is("SUBSTR") {
        let whole = |argument: &&[Token<'_>]| argument.len() == 1 && argument[0].kind == Kind::Number;
        let begins = arguments.get(1).is_some_and(|argument| whole(argument) && argument[0].text != "0");
        if !begins || !arguments.iter().skip(2).all(whole) {
            linted.at(
                token,
                "engines agree on SUBSTR only from a fixed place, 1 or more, and over a fixed length",
            );
        }
    }
    let refused = REFUSED.iter().any(|(words, _)| token.is_one_of(words));
    if !token.is_one_of(FUNCTIONS) && !is_keyword(token) && !refused {
        let known = FUNCTIONS.join(", ");
        linted
            .at(token, format!("{} is not in every engine, or not the same; there are {known}", token.text));
    }
}
