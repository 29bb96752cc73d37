//! A batch of vacancies in.

use std::collections::BTreeSet;

use anyhow::Result;
use linli_node::{now, write_whole};
use linli_workbook::{Refused as RefusedCell, lists};
use serde_json::{Map, Value};

use super::Import;
use crate::{
    commands::import::{cell, finish},
    context::{Context, unit_or_own},
    failure::{Ended, Refused},
    language::Language,
};

pub fn run(context: &mut Context, import: &Import) -> Result<Ended> {
    let node = context.node()?;
    let unit = unit_or_own(&node, import.unit.as_ref())?;
    let bytes = context.read(&import.file, linli_workbook::limits::FILE_BYTES_MAX as u64)?;
    let name = import.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let lines = bytes.trim_ascii_start().starts_with(b"{");
    let table = if lines { comma_separated(context, &name, &bytes)? } else { bytes };
    let mut report = node.with(|r| lists::import(r, &unit, lists::feed(), &table, &name, now()))?;
    if lines {
        // The table has a line of headers before what stands in the first line of the file.
        for refused in &mut report.refused {
            refused.row -= 1;
        }
    }
    if let Some(file) = &import.reject {
        write_whole(&context.path(file), &rejected(context.language, &report.refused)?)?;
    }
    finish(context, &node, &report)
}

/// Objects, one a line, as a table under the names of their fields.
fn comma_separated(context: &Context, name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let wrong = |line: usize, what: &str| {
        let message = match context.language {
            Language::Chinese => format!("{name} 第 {line} 行不是一个 JSON 对象：{what}"),
            Language::English => format!("line {line} of {name} is no JSON object: {what}"),
        };
        Refused::new(message)
    };
    let text = std::str::from_utf8(bytes).map_err(|error| wrong(1, &error.to_string()))?;
    let parsed = text.lines().enumerate().map(|(at, line)| match line.trim() {
        "" => Ok(Map::new()),
        line => serde_json::from_str(line).map_err(|error| wrong(at + 1, &error.to_string())),
    });
    let objects: Vec<Map<String, Value>> = parsed.collect::<Result<_, _>>()?;
    let names: BTreeSet<&String> = objects.iter().flat_map(Map::keys).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&names)?;
    for object in &objects {
        writer.write_record(names.iter().map(|name| match object.get(*name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }))?;
    }
    Ok(writer.into_inner().map_err(csv::IntoInnerError::into_error)?)
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
