//! Select lists: names, groups and what is a value.

use super::{Kind, Linted, MEASURE_COLUMNS, Token, inside, split, words::is_keyword};

const AGGREGATES: [&str; 4] = ["COUNT", "MAX", "MIN", "SUM"];
/// What ends a clause of a query, at its own depth of brackets.
const CLAUSES: [&str; 8] = ["FROM", "WHERE", "GROUP", "HAVING", "UNION", "EXCEPT", "INTERSECT", ";"];

/// The expressions between a SELECT and its FROM, and how deep in brackets they stand.
pub struct SelectList<'s, 't> {
    pub select: Token<'t>,
    pub depth: usize,
    columns: Vec<&'s [Token<'t>]>,
}

impl SelectList<'_, '_> {
    /// The names of its columns, in order.
    pub fn names(&self) -> Vec<String> {
        self.columns.iter().filter_map(|column| Some(column.last()?.text.to_owned())).collect()
    }
}

/// Finds every query and checks its columns: each has a name, is a value, and is grouped or aggregated.
pub fn check<'s, 't>(linted: &mut Linted<'_>, tokens: &'s [Token<'t>]) -> Vec<SelectList<'s, 't>> {
    let mut lists = Vec::new();
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            if depth == 0 {
                linted.at(token, "a bracket too many");
                return lists;
            }
            depth -= 1;
        } else if token.is("SELECT") {
            let distinct = usize::from(tokens.get(at + 1).is_some_and(|token| token.is("DISTINCT")));
            let Some(list) =
                clause(tokens, at + distinct).filter(|(_, end)| end.is_some_and(|t| t.is("FROM")))
            else {
                linted.at(token, "a SELECT without a FROM");
                continue;
            };
            let columns = split(list.0);
            for column in &columns {
                check_column(linted, token, column);
            }
            check_groups(linted, tokens, at, &columns);
            lists.push(SelectList { select: *token, depth, columns });
        }
    }
    lists
}

/// The clause after the word at `at`, and the word that ends it.
fn clause<'s, 't>(tokens: &'s [Token<'t>], at: usize) -> Option<(&'s [Token<'t>], Option<&'s Token<'t>>)> {
    let rest = tokens.get(at + 1..)?;
    let mut depth = 0_usize;
    for (length, token) in rest.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") && depth > 0 {
            depth -= 1;
        } else if token.is(")") || depth == 0 && token.is_one_of(&CLAUSES) {
            return Some((&rest[..length], Some(token)));
        }
    }
    Some((rest, None))
}

fn check_column(linted: &mut Linted<'_>, select: &Token<'_>, column: &[Token<'_>]) {
    if !(column.len() > 2 && column[column.len() - 2].is("AS")) {
        let place = column.first().unwrap_or(select);
        linted.at(place, "every column needs a name: expression AS name");
        return;
    }
    check_values(linted, &column[..column.len() - 2]);
}

/// A condition is no value: an engine has 0 and 1 for it, another true and false. Within CASE, conditions stand
/// between WHEN and THEN, and what the arms give is of one type.
fn check_values(linted: &mut Linted<'_>, expression: &[Token<'_>]) {
    const CONDITION: [&str; 12] =
        ["=", "<", ">", "<=", ">=", "<>", "AND", "OR", "NOT", "IN", "IS", "BETWEEN"];
    let mut in_condition = vec![false];
    let mut arms: Vec<Option<Kind>> = Vec::new();
    for (at, token) in expression.iter().enumerate() {
        if token.is("SELECT") {
            linted.at(token, "join instead of a query in place of a value");
        }
        if token.is("CASE") {
            in_condition.push(false);
            arms.push(None);
        } else if token.is("END") && in_condition.len() > 1 && !(at > 0 && expression[at - 1].is(".")) {
            in_condition.pop();
            arms.pop();
        } else if token.is("WHEN") || token.is("THEN") || token.is("ELSE") {
            if let Some(last) = in_condition.last_mut() {
                *last = token.is("WHEN");
            }
        } else if token.is_one_of(&CONDITION) && in_condition.iter().all(|inside| !inside) {
            linted.at(token, "a condition is no value in every engine; write CASE WHEN … THEN 1 ELSE 0 END");
        }
        let alone = expression.get(at + 2).is_none_or(|next| next.is_one_of(&["WHEN", "ELSE", "END"]));
        let result = expression.get(at + 1).filter(|_| token.is_one_of(&["THEN", "ELSE"]) && alone);
        if let (Some(result), Some(arm)) = (result.filter(|r| r.kind != Kind::Word), arms.last_mut()) {
            if arm.is_some_and(|kind| kind != result.kind) {
                linted.at(result, "the arms of a CASE give texts or numbers, not both");
            }
            *arm = Some(result.kind);
        }
    }
}

/// Where a query groups or aggregates, every column outside an aggregate is one that it groups by: an engine
/// would take any row's value, others refuse.
fn check_groups(linted: &mut Linted<'_>, tokens: &[Token<'_>], select: usize, columns: &[&[Token<'_>]]) {
    let mut groups = Vec::new();
    let mut having: &[Token<'_>] = &[];
    let mut grouped = false;
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(select + 1) {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") && depth > 0 {
            depth -= 1;
        } else if token.is(")") || depth == 0 && token.is_one_of(&["UNION", "EXCEPT", "INTERSECT", ";"]) {
            break;
        } else if depth == 0 && token.is("GROUP") {
            grouped = true;
            groups = clause(tokens, at + 1).map(|(list, _)| split(list)).unwrap_or_default();
        } else if depth == 0 && token.is("HAVING") {
            having = clause(tokens, at).map(|(list, _)| list).unwrap_or_default();
        }
    }
    let aggregates = columns.iter().any(|column| column.iter().any(|token| token.is_one_of(&AGGREGATES)));
    if !grouped && !aggregates {
        return;
    }
    for group in groups.iter().filter(|group| group.len() == 1 && group[0].kind == Kind::Number) {
        linted.at(&group[0], "group by columns, not by their numbers");
    }
    for expression in columns.iter().map(|column| &column[..column.len().saturating_sub(2)]).chain([having]) {
        ungrouped(linted, expression, &groups);
    }
}

fn ungrouped(linted: &mut Linted<'_>, expression: &[Token<'_>], groups: &[&[Token<'_>]]) {
    let same = |a: &[Token<'_>], b: &[Token<'_>]| {
        a.len() == b.len()
            && a.iter().zip(b).all(|(a, b)| a.kind == b.kind && a.text.eq_ignore_ascii_case(b.text))
    };
    let mut at = 0;
    while at < expression.len() {
        let rest = &expression[at..];
        let group = groups
            .iter()
            .filter(|g| !g.is_empty() && g.len() <= rest.len())
            .find(|g| same(g, &rest[..g.len()]));
        let called = rest.get(1).is_some_and(|next| next.is("("));
        at += if let Some(group) = group {
            group.len()
        } else if called && rest[0].is_one_of(&AGGREGATES) {
            // The name, both brackets and what is between them.
            inside(rest, 1).len() + 3
        } else {
            let column = rest[0].kind == Kind::Word && !is_keyword(&rest[0]);
            if column && rest.get(1).is_some_and(|next| next.is(".")) {
                let name = rest.get(2).map_or("", |token| token.text);
                linted.at(
                    &rest[0],
                    format!("{}.{name} is neither grouped by nor in an aggregate", rest[0].text),
                );
                3
            } else {
                1
            }
        };
    }
}

/// The seven columns of a measure, in order, hit and weight cast.
pub fn check_measure(linted: &mut Linted<'_>, list: &SelectList<'_, '_>) {
    if list.names() != MEASURE_COLUMNS {
        let expected = MEASURE_COLUMNS.join(", ");
        linted.at(&list.select, format!("a measure returns {expected}, in that order"));
        return;
    }
    for column in &list.columns[3..5] {
        let cast = column[0].is("CAST")
            && column.len() > 5
            && column[column.len() - 3].is(")")
            && column[column.len() - 4].is("BIGINT");
        if !cast {
            linted.at(&column[0], "write CAST(… AS BIGINT) AS hit, and AS weight too");
        }
    }
}
