//! A batch as JSON lines: an object a line, as a table under the names of their fields.

use std::{collections::BTreeSet, fmt::Display};

use anyhow::Result;
use linli_workbook::{
    Column, Refused, Why,
    columns::Target,
    lists::{ListReport, feed},
};
use serde_json::{Map, Value};

/// What a line is refused under of which no field can be read.
static WHOLE: Column = Column {
    name: "line",
    zh: "整行",
    en: "whole line",
    aliases: &[],
    required: false,
    target: Target::Person("name"),
    example: "",
};

/// The characters of a bad line that are shown.
const SHOWN_CHARS_MAX: usize = 40;

/// A batch as a table, with the lines that are no object.
pub struct Lines {
    pub table: Vec<u8>,
    bad: Vec<Refused>,
}

impl Lines {
    /// Whether a file is one of JSON lines, by its name or by what it begins with.
    pub fn are_in(name: &str, bytes: &[u8]) -> bool {
        let ends = |end: &&str| name.to_ascii_lowercase().ends_with(end);
        [".jsonl", ".ndjson"].iter().any(ends) || bytes.trim_ascii_start().starts_with(b"{")
    }

    pub fn read(bytes: &[u8]) -> Result<Self> {
        let (mut objects, mut bad) = (Vec::new(), Vec::new());
        for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            // An empty row stands for a bad line, so that the others keep their numbers.
            objects.push(object(line).unwrap_or_else(|why| {
                let shown: String =
                    String::from_utf8_lossy(line).trim().chars().take(SHOWN_CHARS_MAX).collect();
                bad.push(Refused { row: at + 1, column: &WHOLE, value: shown, why });
                Map::new()
            }));
        }
        let mut names: BTreeSet<&str> = objects.iter().flat_map(Map::keys).map(String::as_str).collect();
        if names.is_empty() {
            names = feed().columns.iter().map(|column| column.name).collect();
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&names)?;
        for object in &objects {
            writer.write_record(names.iter().map(|name| match object.get(*name) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            }))?;
        }
        Ok(Self { table: writer.into_inner().map_err(csv::IntoInnerError::into_error)?, bad })
    }

    /// Numbers what was refused of the table by the lines of the file, and adds the lines that are no object.
    pub fn complete(self, report: &mut ListReport) {
        // The table has a line of headers before what stands in the first line of the file.
        for refused in &mut report.refused {
            refused.row -= 1;
        }
        report.rows += self.bad.len();
        report.refused.extend(self.bad);
        report.refused.sort_by_key(|refused| refused.row);
    }
}

fn object(line: &[u8]) -> Result<Map<String, Value>, Why> {
    let wrong = |what: &dyn Display| Why::Other {
        en: format!("it is no JSON object: {what}"),
        zh: format!("不是一个 JSON 对象：{what}"),
    };
    let text = std::str::from_utf8(line).map_err(|error| wrong(&error))?;
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_str(text).map_err(|error| wrong(&error))
}
