//! `linli ledger`: the published tables.

use anyhow::Result;
use clap::Args;
use linli_eval::{Engine as _, SqlValue};
use linli_model::{Table as Published, tables};
use linli_node::{Node, NodeError, note_view};
use linli_wire::UnitPath;
use serde_json::{Map, Value};

use crate::{
    cli::values,
    context::{Context, unit_or_own},
    failure::{Ended, Refused},
    language::Language,
    output::Table,
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  linli --data street ledger\n  linli --data street ledger placement --unit 3211/02/001/001\n  \
    linli --data street ledger person --csv > people.csv\n\n\
    Without a table it lists them. That people's data was looked at, and why, goes on record."
)]
pub struct Arguments {
    /// The table; without it the tables are listed
    table: Option<String>,
    /// Only this unit and what is below it
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// As CSV, for spreadsheets
    #[arg(long)]
    csv: bool,
    /// Why somebody looks at people's data
    #[arg(long, default_value = "ledger")]
    why: String,
}

/// The tables that say nothing about people.
const WITHOUT_PEOPLE: [&str; 4] = ["unit", "profile", "dwelling", "finding"];

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let Some(name) = &self.table else {
            list(context)?;
            return Ok(Ended::Done);
        };
        let Some(table) = tables().iter().find(|t| t.name == *name || t.zh == *name) else {
            return Err(unknown(context, name));
        };
        let node = context.node()?;
        node.materialise()?;
        if !WITHOUT_PEOPLE.contains(&table.name.as_str()) {
            let unit = unit_or_own(&node, self.unit.as_ref())?;
            note_view(&node, &unit, &format!("ledger {}", table.name), &self.why)?;
        }
        let rows = rows(&node, table, self.unit.as_ref())?;
        if context.json {
            let all: Vec<Map<String, Value>> = rows.iter().map(|row| object(table, row)).collect();
            context.out.json(&all)?;
        } else if self.csv {
            let bytes = comma_separated(context.language, table, &rows)?;
            context.out.bytes(&bytes)?;
        } else {
            print(context, table, &rows)?;
        }
        Ok(Ended::Done)
    }
}

fn list(context: &mut Context) -> Result<()> {
    let language = context.language;
    if context.json {
        let all: Vec<Value> = tables()
            .iter()
            .map(|t| serde_json::json!({"table": t.name, "zh": t.zh, "en": t.en, "columns": t.columns.len()}))
            .collect();
        return context.out.json(&all);
    }
    let mut table = Table::new([language.pick("台账", "table"), language.pick("名称", "what")]);
    for published in tables() {
        table.row([published.name.as_str(), language.pick(&published.zh, &published.en)]);
    }
    context.out.table(&table)
}

fn unknown(context: &Context, name: &str) -> anyhow::Error {
    let known: Vec<&str> = tables().iter().map(|t| t.name.as_str()).collect();
    let message = match context.language {
        Language::Chinese => format!("没有台账“{name}”"),
        Language::English => format!("there is no table `{name}`"),
    };
    let hint = format!("{} {}", context.say("可用：", "there are:"), known.join(", "));
    Refused::new(message).hint(hint).into()
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

fn object(table: &Published, row: &[SqlValue]) -> Map<String, Value> {
    let named = table.columns.iter().zip(row);
    named
        .map(|(column, value)| {
            let value = match value {
                SqlValue::Int(number) => Value::from(*number),
                SqlValue::Text(text) => Value::from(text.as_str()),
                SqlValue::Null => Value::Null,
            };
            (column.name.clone(), value)
        })
        .collect()
}

fn text(value: &SqlValue) -> String {
    match value {
        SqlValue::Int(number) => number.to_string(),
        SqlValue::Text(text) => text.clone(),
        SqlValue::Null => String::new(),
    }
}

fn comma_separated(language: Language, table: &Published, rows: &[Vec<SqlValue>]) -> Result<Vec<u8>> {
    // Without the mark, spreadsheets take UTF-8 for another encoding.
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(table.columns.iter().map(|c| match language {
        Language::Chinese => c.zh.as_str(),
        Language::English => c.name.as_str(),
    }))?;
    for row in rows {
        writer.write_record(row.iter().map(text).map(without_formula))?;
    }
    Ok(writer.into_inner().map_err(csv::IntoInnerError::into_error)?)
}

/// A text that a spreadsheet does not take for a formula.
fn without_formula(text: String) -> String {
    if text.starts_with(['=', '+', '@', '\t', '\r'])
        || (text.starts_with('-') && text.parse::<i64>().is_err())
    {
        format!("'{text}")
    } else {
        text
    }
}

/// For people: without the document ids and day numbers, which stand beside the same dates.
fn print(context: &mut Context, table: &Published, rows: &[Vec<SqlValue>]) -> Result<()> {
    let language = context.language;
    let shown: Vec<usize> = (0..table.columns.len())
        .filter(|at| {
            let name = table.columns[*at].name.as_str();
            let is_day = name.strip_suffix("_n").is_some_and(|date| table.column(date).is_some());
            !is_day
        })
        .collect();
    let heading = |at: &usize| match language {
        Language::Chinese => table.columns[*at].zh.clone(),
        Language::English => table.columns[*at].name.clone(),
    };
    let numbers: Vec<usize> =
        (0..shown.len()).filter(|at| table.columns[shown[*at]].ty == linli_model::ColumnType::Int).collect();
    let mut printed = Table::new(shown.iter().map(heading)).right(&numbers);
    for row in rows {
        printed.row(shown.iter().map(|at| cell(&table.columns[*at].name, &row[*at])));
    }
    context.out.table(&printed)?;
    context.out.note(&match language {
        Language::Chinese => format!("共 {} 行", rows.len()),
        Language::English => format!("rows: {}", rows.len()),
    });
    Ok(())
}

/// Days as dates, ids by their first digits.
fn cell(column: &str, value: &SqlValue) -> String {
    match value {
        SqlValue::Int(day) if column.ends_with("_n") => {
            linli_model::date::from_day_number(*day).map_or_else(String::new, linli_model::date::to_iso)
        }
        SqlValue::Text(id) if id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) => {
            id[..8].to_owned()
        }
        other => text(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_taken_for_a_formula() {
        for (given, expected) in
            [("=1+1", "'=1+1"), ("-5", "-5"), ("-a", "'-a"), ("@x", "'@x"), ("张三", "张三"), ("", "")]
        {
            assert_eq!(without_formula(given.to_owned()), expected);
        }
    }

    #[test]
    fn what_is_said_to_be_without_people_are_tables() {
        for name in WITHOUT_PEOPLE {
            assert!(tables().iter().any(|table| table.name == name), "{name}");
        }
    }
}
