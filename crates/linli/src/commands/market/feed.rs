//! A batch of vacancies in.

use anyhow::Result;
use linli_node::{now, write_whole};
use linli_workbook::{Refused as RefusedCell, lists};

use super::{Import, lines::Lines};
use crate::{
    commands::import::{cell, finish},
    context::{Context, unit_or_own},
    failure::Ended,
    language::Language,
};

pub fn run(context: &mut Context, import: &Import) -> Result<Ended> {
    let node = context.node()?;
    let unit = unit_or_own(&node, import.unit.as_ref())?;
    let bytes = context.read(&import.file, linli_workbook::limits::FILE_BYTES_MAX as u64)?;
    let name = import.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let lines = if Lines::are_in(&name, &bytes) { Some(Lines::read(&bytes)?) } else { None };
    let table = lines.as_ref().map_or(&bytes, |lines| &lines.table);
    let mut report = node.with(|r| lists::import(r, &unit, lists::feed(), table, &name, now()))?;
    if let Some(lines) = lines {
        lines.complete(&mut report);
    }
    if let Some(file) = &import.reject {
        write_whole(&context.path(file), &rejected(context.language, &report.refused)?)?;
    }
    finish(context, &node, &report)
}

/// What was refused, a bad cell a line.
fn rejected(language: Language, cells: &[RefusedCell]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(["row", "column", "value", "reason"])?;
    for refused in cells {
        let cell = cell(language, refused);
        writer.write_record([&cell.row.to_string(), cell.column, &cell.value, &cell.reason])?;
    }
    Ok(writer.into_inner().map_err(csv::IntoInnerError::into_error)?)
}
