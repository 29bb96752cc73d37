//! Promises of the dictionary of ledgers.

use std::collections::BTreeSet;

use super::*;

const TABLES: &str = include_str!("../../../../protocol/ledgers/tables.toml");
const CODES: &str = include_str!("../../../../protocol/ledgers/codes.toml");

fn listed(text: &str, list: &str) -> Vec<toml::Value> {
    let file: toml::Table = text.parse().expect("the file is TOML");
    file[list].as_array().expect("it is a list").clone()
}

#[test]
fn there_are_nineteen_ledgers_in_their_order() {
    let expected: Vec<String> = (1..=19).map(|number| format!("L{number:02}")).collect();
    let found: Vec<&str> = ledgers().iter().map(|ledger| ledger.id.as_str()).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_column_names_published_columns_and_codes_a_published_list() {
    let tables = listed(TABLES, "table");
    let published: BTreeSet<String> = tables
        .iter()
        .flat_map(|table| {
            let columns = table["columns"].as_array().expect("a table has columns");
            columns.iter().map(|column| {
                format!("{}.{}", table["name"].as_str().unwrap_or(""), column["name"].as_str().unwrap_or(""))
            })
        })
        .collect();
    let codes = listed(CODES, "list");
    let lists: BTreeSet<&str> = codes.iter().filter_map(|list| list["name"].as_str()).collect();
    for ledger in ledgers() {
        for column in &ledger.columns {
            let place = format!("{} {}", ledger.id, column.name);
            assert!(column.from.iter().all(|from| published.contains(from)), "{place}: {:?}", column.from);
            assert_eq!(column.from.is_empty(), column.name == "as_of", "{place}");
            assert_eq!(column.kind == ColumnKind::Code, lists.contains(column.list.as_str()), "{place}");
        }
        let names: BTreeSet<&str> = ledger.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names.len(), ledger.columns.len(), "{}", ledger.id);
    }
}

#[test]
fn the_files_of_the_ledgers_are_portable_and_used() {
    let mut used = BTreeSet::new();
    for ledger in ledgers() {
        for (name, sql) in &ledger.tables {
            lint::table(name, sql).expect("a table of a ledger keeps the rules");
            used.insert(name.clone());
        }
    }
    for (name, _) in files::TEXTS {
        assert!(used.contains(*name) || name.starts_with("sql/L"), "{name}");
    }
}

#[test]
fn a_ledger_whose_query_returns_other_columns_is_refused() {
    let without = files::DICTIONARY.replace("name = \"former_employer\"", "name = \"employer_before\"");
    let error = read(&without).expect_err("the query returns another column");
    assert!(error.starts_with("L05"), "{error}");
}
