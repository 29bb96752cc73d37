//! Rows of a ledger as a page, and a page on the screen or as JSON.

use anyhow::Result;
use linli_eval::{
    SqlValue,
    ledger::{ColumnKind, Ledger},
};
use linli_model::{
    codes,
    date::{self, OPEN_END, UNKNOWN_START},
};
use linli_node::{LedgerDays, Node, as_of_today};
use linli_wire::{Level, UnitPath};
use linli_workbook::{Cell, Heading, Holds, Page, PageColumn, Tongue};
use serde_json::{Map, Value};

use crate::{context::Context, language::Language, output::Table};

pub const fn tongue(language: Language) -> Tongue {
    match language {
        Language::Chinese => Tongue::Chinese,
        Language::English => Tongue::English,
    }
}

pub fn of_ledger(ledger: &Ledger, rows: Vec<Vec<SqlValue>>) -> Page {
    let holds = |column: &linli_eval::ledger::Column| match column.kind {
        ColumnKind::Text => Holds::Text,
        ColumnKind::Int => Holds::Number,
        ColumnKind::Flag => Holds::Flag,
        ColumnKind::Date => Holds::Date,
        ColumnKind::Code => codes::by_name(&column.list).map_or(Holds::Text, Holds::Code),
    };
    let columns: Vec<PageColumn> = ledger
        .columns
        .iter()
        .map(|column| PageColumn {
            // Without the mark of a day number: as a date goes out what SQL counted in days.
            name: match column.kind {
                ColumnKind::Date => column.name.strip_suffix("_n").unwrap_or(&column.name).to_owned(),
                _ => column.name.clone(),
            },
            zh: column.zh.clone(),
            en: column.en.clone(),
            holds: holds(column),
            hidden: column.hidden,
        })
        .collect();
    let row = |row: Vec<SqlValue>| columns.iter().zip(row).map(|(c, value)| cell(c.holds, value)).collect();
    let rows = rows.into_iter().map(row).collect();
    Page { columns, rows }
}

/// A value of SQL as its column holds it.
fn cell(holds: Holds, value: SqlValue) -> Cell {
    match (holds, value) {
        (_, SqlValue::Null) | (Holds::Date, SqlValue::Int(OPEN_END | UNKNOWN_START)) => Cell::Empty,
        (Holds::Date, SqlValue::Int(day)) => Cell::Day(day),
        (Holds::Date, SqlValue::Text(text)) => date::day_of_iso(&text).map_or(Cell::Empty, Cell::Day),
        (_, SqlValue::Text(text)) if text.is_empty() => Cell::Empty,
        (_, SqlValue::Text(text)) => Cell::Text(text),
        (_, SqlValue::Int(number)) => Cell::Number(number),
    }
}

/// The title and the line of the unit.
pub fn heading(
    language: Language,
    node: &Node,
    ledger: &Ledger,
    unit: &UnitPath,
    days: &LedgerDays,
) -> Result<Heading> {
    let title = match language {
        Language::Chinese => title_zh(unit.level(), &ledger.zh),
        Language::English => format!("{} {}", ledger.id, ledger.en),
    };
    let mut line = unit_line(language, node, unit)?;
    line.push(format!("{}{}", language.pick("截止日期：", "as of: "), days.as_of));
    if days.known != as_of_today() {
        line.push(format!("{}{}", language.pick("录入截至：", "recorded by: "), days.known));
    }
    line.push(printed(language));
    Ok(Heading { title, line, sheet: ledger.id.clone() })
}

/// 社区下岗失业人员台账
fn title_zh(level: Level, name: &str) -> String {
    let level = match level {
        Level::City => "市",
        Level::District => "区",
        Level::Street => "街道",
        Level::Community => "社区",
    };
    let name = name.strip_prefix("社区").unwrap_or(name).replace('/', "、");
    let end = if name.ends_with('册') { "" } else { "台账" };
    format!("{level}{name}{end}")
}

/// The unit's name and path.
pub fn unit_line(language: Language, node: &Node, unit: &UnitPath) -> Result<Vec<String>> {
    let sql = "SELECT MIN(name) FROM unit WHERE unit = ?1";
    let names: Vec<Option<String>> = node.with(|r| r.query(sql, [unit.as_str()], |row| row.get(0)))?;
    let name = names.into_iter().flatten().next().unwrap_or_default();
    Ok(vec![format!("{}{name}（{unit}）", language.pick("单位：", "unit: "))])
}

pub fn printed(language: Language) -> String {
    format!("{}{}", language.pick("打印日期：", "printed: "), as_of_today())
}

/// A row for programs: codes, ISO dates, null where there is nothing that a date or code could be.
pub fn object(page: &Page, row: &[Cell]) -> Value {
    let named = page.columns.iter().zip(row).map(|(column, cell)| {
        let value = match (column.holds, cell) {
            (Holds::Text, Cell::Empty) => Value::from(""),
            (_, Cell::Empty) => Value::Null,
            (_, Cell::Number(number)) => Value::from(*number),
            (_, cell) => Value::from(cell.written()),
        };
        (column.name.clone(), value)
    });
    Value::Object(named.collect::<Map<_, _>>())
}

/// On the screen: what people read, ids of documents by their first digits.
pub fn print(context: &mut Context, page: &Page, heading: &Heading) -> Result<()> {
    let (language, tongue) = (context.language, tongue(context.language));
    let shown: Vec<usize> = (0..page.columns.len()).filter(|at| !page.columns[*at].hidden).collect();
    let numbers: Vec<usize> =
        (0..shown.len()).filter(|at| page.columns[shown[*at]].holds == Holds::Number).collect();
    let headings = shown.iter().map(|at| page.columns[*at].heading(tongue));
    let mut table = Table::new(headings).right(&numbers);
    for row in &page.rows {
        table.row(shown.iter().map(|at| short(page.columns[*at].shown(&row[*at], tongue))));
    }
    context.out.note(&format!("{}  {}", heading.title, heading.line.join("  ")));
    context.out.table(&table)?;
    context.out.note(&match language {
        Language::Chinese => format!("共 {} 行", page.rows.len()),
        Language::English => format!("rows: {}", page.rows.len()),
    });
    Ok(())
}

fn short(text: String) -> String {
    let is_id = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if is_id { text[..8].to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_the_level_once() {
        for (level, name, expected) in [
            (Level::Community, "下岗失业人员", "社区下岗失业人员台账"),
            (Level::Street, "社区从业人员", "街道从业人员台账"),
            (Level::Community, "家庭户卡册", "社区家庭户卡册"),
            (Level::City, "零就业/双下岗双失业家庭", "市零就业、双下岗双失业家庭台账"),
        ] {
            assert_eq!(title_zh(level, name), expected);
        }
    }

    #[test]
    fn a_date_is_one_however_the_query_gives_it() {
        let text = |text: &str| SqlValue::Text(text.to_owned());
        for (value, expected) in [
            (text("2026-01-05"), Cell::Day(20_458)),
            (SqlValue::Int(20_458), Cell::Day(20_458)),
            (text(""), Cell::Empty),
            (SqlValue::Int(99_999_999), Cell::Empty),
            (SqlValue::Int(0), Cell::Empty),
        ] {
            assert_eq!(cell(Holds::Date, value), expected);
        }
    }
}
