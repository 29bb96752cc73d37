//! A list out again, in the columns that its import reads, and the empty workbook to fill in.

use std::collections::BTreeMap;

use linli_model::Value;
use linli_store::Replica;
use linli_wire::UnitPath;

use super::import::listed;
use super::{List, Owner};
use crate::error::{ImportError, WorkbookError};
use crate::export::{Format, comma_separated, written};
use crate::recorded;
use crate::template::{Purpose, filled};

/// The workbook of a list without rows.
pub fn template(list: &'static List) -> Result<Vec<u8>, WorkbookError> {
    filled(&purpose(list), &[])
}

/// What a unit has recorded of a list, in the order of owners and fields.
pub fn export(
    replica: &mut Replica,
    unit: &UnitPath,
    list: &'static List,
    format: Format,
) -> Result<Vec<u8>, ImportError> {
    replica.materialise()?;
    let rows = rows(replica, unit, list)?;
    match format {
        Format::Xlsx => Ok(filled(&purpose(list), &rows)?),
        Format::Csv => Ok(comma_separated(&list.columns, &rows)),
    }
}

fn purpose(list: &'static List) -> Purpose {
    Purpose {
        sheet: list.zh,
        columns: &list.columns,
        notes: [
            "一行一条记录；空白单元格不改变已有记录；本页与“代码表”不会导入。",
            "A row a record; an empty cell leaves what is recorded; this sheet and the codes are not imported.",
        ],
    }
}

fn rows(replica: &Replica, unit: &UnitPath, list: &List) -> Result<Vec<Vec<Option<Value>>>, ImportError> {
    let sql = match list.owner {
        Owner::Person => Some("SELECT doc, id_no FROM person WHERE unit = ?1"),
        Owner::Card => Some("SELECT doc, card_no FROM household WHERE unit = ?1"),
        Owner::Register | Owner::Unit => None,
    };
    let numbers: Vec<(String, String)> = match sql {
        Some(sql) => replica.query(sql, [unit.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?,
        None => Vec::new(),
    };
    let numbers: BTreeMap<String, String> = numbers.into_iter().collect();
    let fields: Vec<_> = list.columns.iter().filter_map(listed).collect();
    let mut rows = Vec::new();
    for (doc, _, found) in recorded::rows(replica, unit, list.name, None, &fields)? {
        let number = numbers.get(&doc.to_string()).filter(|number| !number.is_empty());
        // Nobody could say whose a row without a number is.
        if sql.is_some() && number.is_none() {
            continue;
        }
        let value = |column: &crate::Column| match listed(column) {
            Some(field) => found.get(field.name).cloned().map(|value| written(column, value)),
            None => number.map(|number| Value::from(number.as_str())),
        };
        rows.push(list.columns.iter().map(value).collect::<Vec<Option<Value>>>());
    }
    rows.sort();
    Ok(rows)
}
