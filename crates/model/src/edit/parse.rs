//! Reading a typed text for a field.

use linli_wire::UnitPath;

use super::error::{EditError, Reason};
use crate::date;
use crate::idnumber::IdNumber;
use crate::kind::{Field, FieldType};
use crate::value::{self, Value};

/// Reads what a person typed, or a spreadsheet held, for a field: dates and ID numbers in their usual
/// forms, codes by code or name, flags as yes or no. An empty text is `None`: the field is emptied.
pub fn parse_value(field: &'static Field, text: &str) -> Result<Option<Value>, EditError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let refused = |reason| EditError::refused(field, &Value::from(text), reason);
    if text.len() > field.bytes_max() {
        return Err(refused(Reason::TooLong { bytes: text.len(), bytes_max: field.bytes_max() }));
    }
    if value::has_control(text) {
        return Err(refused(Reason::ControlCharacter));
    }
    parsed(field, text).map(Some).map_err(refused)
}

/// The stored form of a text that is neither empty nor too long.
pub(super) fn parsed(field: &Field, text: &str) -> Result<Value, Reason> {
    match field.ty {
        FieldType::Text | FieldType::Content => Ok(Value::from(text)),
        FieldType::Date => date::parse(text).map(|day| Value::Text(date::to_iso(day))).map_err(Reason::Date),
        FieldType::IdNumber => {
            IdNumber::parse(text).map(|number| Value::from(number.as_str())).map_err(Reason::IdNumber)
        }
        FieldType::Int { min, max } => whole_number(text, min, max).map(Value::Int),
        FieldType::Flag => flag(text).map(Value::Int).ok_or(Reason::Flag),
        FieldType::Code(list) => list
            .find(&date::half_width(text))
            .map(|code| Value::from(code.code))
            .ok_or(Reason::Code { ty: field.ty }),
        FieldType::CodeBy { lists, .. } => lists
            .iter()
            .find_map(|(_, list)| list.find(&date::half_width(text)))
            .map(|code| Value::from(code.code))
            .ok_or(Reason::Code { ty: field.ty }),
        FieldType::Document => {
            let text = text.to_ascii_lowercase();
            value::is_hex32(&text).then_some(Value::Text(text)).ok_or(Reason::Document)
        }
        FieldType::Unit => {
            text.parse::<UnitPath>().map(|unit| Value::from(unit.as_str())).map_err(|_| Reason::Unit)
        }
    }
}

/// Digits, with the thousands' commas, the unit and the empty decimals that spreadsheets add.
fn whole_number(text: &str, min: i64, max: i64) -> Result<i64, Reason> {
    let text = date::half_width(text).replace(',', "");
    let text = text.strip_suffix('元').unwrap_or(&text).trim();
    let text = match text.split_once('.') {
        Some((whole, decimals)) if !decimals.is_empty() && decimals.bytes().all(|b| b == b'0') => whole,
        _ => text,
    };
    let number: i64 = text.parse().map_err(|_| Reason::NotNumber)?;
    (min..=max).contains(&number).then_some(number).ok_or(Reason::Range { min, max })
}

fn flag(text: &str) -> Option<i64> {
    match date::half_width(text).to_lowercase().as_str() {
        "1" | "是" | "有" | "√" | "yes" | "y" | "true" => Some(1),
        "0" | "否" | "无" | "×" | "no" | "n" | "false" => Some(0),
        _ => None,
    }
}
