//! Derived tables: what each reads, which of them a query needs, and by what they are looked up.
//!
//! A pack has more than a hundred of them; whoever asks for one item or one ledger makes only those that it reads,
//! directly or through others.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::{self, Joins, LintError};

/// The column that every join begins with.
const UNIT: &str = "unit";

/// One derived table: its name, the statement that makes it, and what this reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    name: String,
    sql: String,
    columns: BTreeSet<String>,
    reads: BTreeSet<String>,
    joins: Joins,
}

/// A derived table that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    pub name: String,
    pub sql: String,
    /// The columns by which later statements look its rows up, `unit` first; none begins another.
    pub keys: Vec<Vec<String>>,
}

impl Derived {
    /// The tables of a file, in the order in which it makes them.
    pub fn of(file: &str, sql: &str) -> Result<Vec<Self>, Vec<LintError>> {
        let statements = lint::statements(file, sql)?;
        let derived = statements.into_iter().map(|(name, sql)| Self {
            name: name.to_owned(),
            sql: sql.to_owned(),
            columns: lint::columns(sql),
            reads: lint::reads(sql),
            joins: lint::joins(sql),
        });
        Ok(derived.collect())
    }
}

/// Those of the derived tables that some queries need, in the order in which they are made.
pub fn needed<'q>(derived: &[Derived], queries: impl IntoIterator<Item = &'q str>) -> Vec<Needed> {
    let mut wanted = BTreeSet::new();
    let mut joined: BTreeMap<&str, BTreeSet<&BTreeSet<String>>> = BTreeMap::new();
    let queries: Vec<_> = queries.into_iter().map(|sql| (lint::reads(sql), lint::joins(sql))).collect();
    for (reads, joins) in &queries {
        wanted.extend(reads);
        note(&mut joined, joins);
    }
    let mut needed = Vec::new();
    // A table reads only what was made before it.
    for table in derived.iter().rev().filter(|table| table.is_in(&mut wanted)) {
        let keys = joined.remove(table.name.as_str()).map(|sets| table.keys(&sets)).unwrap_or_default();
        needed.push(Needed { name: table.name.clone(), sql: table.sql.clone(), keys });
        note(&mut joined, &table.joins);
    }
    needed.reverse();
    needed
}

impl Derived {
    /// Whether it is wanted; what it reads then is, too.
    fn is_in<'d>(&'d self, wanted: &mut BTreeSet<&'d String>) -> bool {
        let is_in = wanted.contains(&self.name);
        if is_in {
            wanted.extend(&self.reads);
        }
        is_in
    }

    /// The longest first, so that one that begins another is seen. In another part of a statement the alias of a table may
    /// stand for another one, whose columns this has not.
    fn keys(&self, sets: &BTreeSet<&BTreeSet<String>>) -> Vec<Vec<String>> {
        let key = |columns: &&BTreeSet<String>| -> Vec<String> {
            let others = columns.iter().filter(|column| *column != UNIT && self.columns.contains(*column));
            std::iter::once(UNIT.to_owned()).chain(others.cloned()).collect()
        };
        let candidates = sets.iter().filter(|set| set.contains(UNIT)).map(key).filter(|key| key.len() > 1);
        let mut candidates: Vec<Vec<String>> = candidates.filter(|_| self.columns.contains(UNIT)).collect();
        candidates.sort_by_key(|key| (std::cmp::Reverse(key.len()), key.clone()));
        let mut keys: Vec<Vec<String>> = Vec::new();
        for key in candidates {
            if !keys.iter().any(|longer| longer.starts_with(&key)) {
                keys.push(key);
            }
        }
        keys
    }
}

fn note<'j>(joined: &mut BTreeMap<&'j str, BTreeSet<&'j BTreeSet<String>>>, joins: &'j Joins) {
    for (table, sets) in joins {
        joined.entry(table).or_default().extend(sets);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "-- a, b from a, c, d from b inside a query\n\
        CREATE TEMP TABLE a AS\nSELECT u.unit AS unit, u.doc AS doc, u.doc AS x FROM unit u;\n\
        CREATE TEMP TABLE b AS\nSELECT a.unit AS unit FROM a a JOIN unit u ON u.unit = a.unit AND a.doc = u.doc;\n\
        CREATE TEMP TABLE c AS\nSELECT u.unit AS unit FROM unit u;\n\
        CREATE TEMP TABLE d AS\nSELECT x.unit AS unit FROM (SELECT b.unit AS unit FROM b b) x\n\
        JOIN a y ON y.unit = x.unit AND y.x = x.unit AND y.doc = x.unit JOIN a z ON z.unit = x.unit AND z.x = x.unit;\n";

    #[test]
    fn a_query_gets_what_it_reads_directly_or_through_others_and_no_more() {
        let derived = Derived::of("t.sql", SQL).expect("the file keeps the rules");
        let names = |query: &str| -> Vec<String> {
            needed(&derived, [query]).into_iter().map(|table| table.name).collect()
        };
        assert_eq!(names("SELECT d.unit AS unit FROM unit u JOIN d d ON d.unit = u.unit"), ["a", "b", "d"]);
        assert_eq!(names("SELECT c.unit AS unit FROM c c"), ["c"]);
        assert!(names("SELECT u.unit AS unit FROM unit u").is_empty());
        assert!(derived[0].sql.ends_with("unit u;") && derived[1].sql.trim_start().starts_with("CREATE"));
    }

    #[test]
    fn a_table_is_looked_up_by_what_later_statements_that_are_made_compare_it_by() {
        let derived = Derived::of("t.sql", SQL).expect("the file keeps the rules");
        let keys = |query: &str| needed(&derived, [query]).swap_remove(0).keys;
        assert_eq!(keys("SELECT b.unit AS unit FROM b b"), [["unit", "doc"]]);
        assert_eq!(
            keys("SELECT d.unit AS unit FROM d d JOIN a a ON a.unit = d.unit"),
            [vec!["unit", "doc", "x"], vec!["unit", "x"]]
        );
        let from_two = "SELECT b.unit AS unit FROM b b JOIN a a ON a.unit = b.unit AND a.x = b.unit \
                        JOIN unit u ON u.unit = a.unit AND u.doc = a.doc";
        assert_eq!(keys(from_two), [["unit", "doc"], ["unit", "x"]]);
        // `c` is another table in the second query.
        let twice = "SELECT c.unit AS unit FROM c c JOIN unit u ON u.unit = c.unit UNION ALL \
                     SELECT c.unit AS unit FROM unit c JOIN unit u ON u.unit = c.unit AND u.doc = c.doc";
        assert!(keys(twice).is_empty());
    }
}
