//! The shape of a query as far as its own text says it: its sources, what its columns are made of, what it groups by.

use super::{Kind, Token, inside, split, words::is_keyword};

/// One SELECT; the parts of a UNION are several.
pub struct Query<'s, 't> {
    /// Each an expression, AS and a name.
    columns: Vec<&'s [Token<'t>]>,
    sources: Vec<(&'t str, Source<'s, 't>)>,
    /// What makes one row of several: the columns after GROUP BY, or all of a SELECT DISTINCT.
    pub groups: Vec<&'s [Token<'t>]>,
    /// Where it says so.
    pub grouped_at: Option<&'s Token<'t>>,
}

enum Source<'s, 't> {
    Table(&'t str),
    Queries(Vec<Query<'s, 't>>),
}

/// What ends the list of groups.
const AFTER_GROUPS: [&str; 2] = ["HAVING", ";"];

/// The parts of a query, one for each SELECT of a UNION.
pub fn queries<'s, 't>(tokens: &'s [Token<'t>]) -> Vec<Query<'s, 't>> {
    let mut depth = 0_usize;
    let parts = tokens.split(|token| outside(&mut depth, token) && token.is("UNION"));
    parts.filter_map(query).collect()
}

/// Whether a token stands outside brackets, one after the other.
fn outside(depth: &mut usize, token: &Token<'_>) -> bool {
    if token.is("(") {
        *depth += 1;
    } else if token.is(")") {
        *depth = depth.saturating_sub(1);
    }
    *depth == 0
}

fn query<'s, 't>(tokens: &'s [Token<'t>]) -> Option<Query<'s, 't>> {
    let select = tokens.iter().position(|token| token.is("SELECT"))?;
    let distinct = tokens.get(select + 1).filter(|token| token.is("DISTINCT"));
    let list = &tokens[select + 1 + usize::from(distinct.is_some())..];
    let mut depth = 0_usize;
    let places: Vec<(usize, &Token<'t>)> =
        list.iter().enumerate().filter(|(_, token)| outside(&mut depth, token)).collect();
    let from = places.iter().find(|(_, token)| token.is("FROM"))?.0;
    let columns = split(&list[..from]);
    let sources = places.iter().filter(|(_, token)| token.is_one_of(&["FROM", "JOIN"]));
    let sources = sources.filter_map(|(at, _)| source(list, at + 1)).collect();
    let (groups, grouped_at) = match places.iter().find(|(_, token)| token.is("GROUP")) {
        Some((at, token)) => {
            let end = places.iter().find(|(other, token)| other > at && token.is_one_of(&AFTER_GROUPS));
            (split(&list[at + 2..end.map_or(list.len(), |(end, _)| *end)]), Some(*token))
        }
        None if distinct.is_some() => (columns.iter().map(|column| expression(column)).collect(), distinct),
        None => (Vec::new(), None),
    };
    Some(Query { columns, sources, groups, grouped_at })
}

fn source<'s, 't>(list: &'s [Token<'t>], at: usize) -> Option<(&'t str, Source<'s, 't>)> {
    let first = list.get(at)?;
    let (source, after) = if first.is("(") {
        let query = inside(list, at);
        (Source::Queries(queries(query)), at + query.len() + 2)
    } else {
        (Source::Table(first.text), at + 1)
    };
    let alias = list.get(after).filter(|alias| alias.kind == Kind::Word && !is_keyword(alias));
    Some((alias.map_or(first.text, |alias| alias.text), source))
}

fn expression<'s, 't>(column: &'s [Token<'t>]) -> &'s [Token<'t>] {
    &column[..column.len().saturating_sub(2)]
}

impl<'s, 't> Query<'s, 't> {
    /// Itself and every query that stands in brackets within.
    pub fn all(&self) -> Vec<&Self> {
        let within = self.sources.iter().flat_map(|(_, source)| match source {
            Source::Table(_) => Vec::new(),
            Source::Queries(queries) => queries.iter().flat_map(Query::all).collect(),
        });
        std::iter::once(self).chain(within).collect()
    }

    /// The columns of tables that an expression stands for, if it is a column.
    pub fn origins(&self, expression: &[Token<'t>]) -> Vec<(&'t str, &'t str)> {
        let [alias, dot, name] = expression else { return Vec::new() };
        if !dot.is(".") {
            return Vec::new();
        }
        let of = |source: &Source<'s, 't>| match source {
            Source::Table(table) => vec![(*table, name.text)],
            Source::Queries(queries) => queries.iter().flat_map(|query| query.column(name.text)).collect(),
        };
        self.sources
            .iter()
            .filter(|(known, _)| *known == alias.text)
            .flat_map(|(_, source)| of(source))
            .collect()
    }

    fn column(&self, name: &str) -> Vec<(&'t str, &'t str)> {
        self.named(name).map_or_else(Vec::new, |expression| self.origins(expression))
    }

    fn named(&self, name: &str) -> Option<&'s [Token<'t>]> {
        let column =
            self.columns.iter().find(|column| column.last().is_some_and(|last| last.text == name))?;
        Some(expression(column))
    }

    /// The texts that a column can hold, where they are written in the query.
    pub fn texts(&self, name: &str) -> Vec<&'s Token<'t>> {
        let mut found = Vec::new();
        if let Some(expression) = self.named(name) {
            self.collect(expression, &mut found);
        }
        found
    }

    fn collect(&self, expression: &'s [Token<'t>], found: &mut Vec<&'s Token<'t>>) {
        match expression {
            [one] if one.kind == Kind::Text => found.push(one),
            [alias, dot, name] if dot.is(".") => {
                for (_, source) in self.sources.iter().filter(|(known, _)| *known == alias.text) {
                    if let Source::Queries(queries) = source {
                        found.extend(queries.iter().flat_map(|query| query.texts(name.text)));
                    }
                }
            }
            [case, ..] if case.is("CASE") => {
                for arm in arms(expression) {
                    self.collect(arm, found);
                }
            }
            [name, open, ..] if open.is("(") && name.is_one_of(&["COALESCE", "MAX", "MIN"]) => {
                for value in split(inside(expression, 1)) {
                    self.collect(value, found);
                }
            }
            _ => {}
        }
    }
}

/// What a CASE gives: all that stands after its own THEN and ELSE.
fn arms<'s, 't>(case: &'s [Token<'t>]) -> Vec<&'s [Token<'t>]> {
    let (mut arms, mut begun, mut depth) = (Vec::new(), None, 0_usize);
    for (at, token) in case.iter().enumerate() {
        let ends = depth == 1 && token.is_one_of(&["WHEN", "ELSE", "END"]);
        if let Some(from) = begun.filter(|_| ends) {
            arms.push(&case[from..at]);
            begun = None;
        }
        if token.is("CASE") {
            depth += 1;
        } else if token.is("END") {
            depth = depth.saturating_sub(1);
        } else if depth == 1 && token.is_one_of(&["THEN", "ELSE"]) {
            begun = Some(at + 1);
        }
    }
    arms
}
