//! A published table as a page, every row as it stands.

use anyhow::Result;
use linli_eval::{Engine as _, SqlValue};
use linli_model::{ColumnType, Table as Published};
use linli_node::{Node, NodeError, note_view};
use linli_wire::UnitPath;
use linli_workbook::{Cell, Heading, Holds, Page, PageColumn};

use super::page::{printed, unit_line};
use crate::{context::unit_or_own, language::Language};

/// The tables that say nothing about people.
const WITHOUT_PEOPLE: [&str; 4] = ["unit", "profile", "dwelling", "finding"];

pub fn page(
    language: Language,
    node: &Node,
    table: &Published,
    unit: Option<&UnitPath>,
    why: &str,
) -> Result<(Page, Heading)> {
    node.materialise()?;
    let whose = unit_or_own(node, unit)?;
    if !WITHOUT_PEOPLE.contains(&table.name.as_str()) {
        note_view(node, &whose, &format!("ledger {}", table.name), why)?;
    }
    let rows = rows(node, table, unit)?;
    let columns: Vec<PageColumn> = table.columns.iter().map(|column| self::column(table, column)).collect();
    let rows = rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect();
    let mut line = unit_line(language, node, &whose)?;
    line.push(printed(language));
    let title = language.pick(&table.zh, &table.en).to_owned();
    Ok((Page { columns, rows }, Heading { title, line, sheet: table.name.clone() }))
}

/// Day numbers are for programs: people have the date beside them, or where there is none the day as a date.
fn column(table: &Published, column: &linli_model::Column) -> PageColumn {
    let dated = column.name.strip_suffix("_n").is_some_and(|date| table.column(date).is_some());
    PageColumn {
        name: column.name.clone(),
        zh: column.zh.clone(),
        en: column.name.clone(),
        holds: match column.ty {
            ColumnType::Int if column.name.ends_with("_n") => Holds::DayNumber,
            ColumnType::Int => Holds::Number,
            ColumnType::Text => Holds::Text,
        },
        hidden: dated,
    }
}

/// The rows of a table in the order of unit, document and every other column.
fn rows(node: &Node, table: &Published, unit: Option<&UnitPath>) -> Result<Vec<Vec<SqlValue>>> {
    let columns: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let columns = columns.join(", ");
    // A unit's path is digits and slashes, so it stands in the statement as it is.
    let narrowed = unit.map_or_else(String::new, |unit| {
        format!("WHERE \"unit\" = '{unit}' OR substr(\"unit\", 1, {}) = '{unit}/'", unit.as_str().len() + 1)
    });
    let order: Vec<String> = (1..=table.columns.len()).map(|at| at.to_string()).collect();
    let sql = format!("SELECT {columns} FROM \"{}\" {narrowed} ORDER BY {}", table.name, order.join(", "));
    let rows = node.with(|r| {
        let mut reader = r.reader().map_err(NodeError::from)?;
        reader.query(&sql).map_err(|error| NodeError::Evaluation(error.to_string()))
    })?;
    Ok(rows)
}

fn cell(value: SqlValue) -> Cell {
    match value {
        SqlValue::Int(number) => Cell::Number(number),
        SqlValue::Text(text) if !text.is_empty() => Cell::Text(text),
        SqlValue::Text(_) | SqlValue::Null => Cell::Empty,
    }
}

#[cfg(test)]
mod tests {
    use linli_model::tables;

    use super::*;

    #[test]
    fn what_is_said_to_be_without_people_are_tables() {
        for name in WITHOUT_PEOPLE {
            assert!(tables().iter().any(|table| table.name == name), "{name}");
        }
    }
}
