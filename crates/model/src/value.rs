//! The two shapes that a stored value has, and how they stand in an Automerge document.

use automerge::{ScalarValue, ScalarValueRef, Value as AutomergeValue};

use crate::date;
use crate::kind::{Field, FieldType};

/// A stored value. Dates (ISO), codes, ID numbers, documents and unit paths are text; flags are 0 or 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Text(String),
    Int(i64),
}

impl Value {
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Int(_) => None,
        }
    }

    pub const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Text(_) => None,
            Self::Int(number) => Some(*number),
        }
    }

    /// The scalar that stands for this in a document. Text is a scalar, not an Automerge text object:
    /// two people who both correct a name leave two names to choose from, not one made of both.
    pub(crate) fn to_scalar(&self) -> ScalarValue {
        match self {
            Self::Text(text) => ScalarValue::Str(text.as_str().into()),
            Self::Int(number) => ScalarValue::Int(*number),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// What a field takes from a value found in a document; `None` where the value does not have the
/// field's shape. A device may write anything, so this is where what cannot be meant is left out.
pub(crate) fn taken(field: &Field, value: &AutomergeValue<'_>) -> Option<Value> {
    let AutomergeValue::Scalar(scalar) = value else { return None };
    match scalar.as_ref() {
        ScalarValue::Str(text) => text_taken(field, text),
        ScalarValue::Int(number) => int_taken(field, *number),
        _ => None,
    }
}

/// As [`taken`], for the borrowed values that iterating over a map gives.
pub(crate) fn taken_ref(field: &Field, value: &ScalarValueRef<'_>) -> Option<Value> {
    match value {
        ScalarValueRef::Str(text) => text_taken(field, text),
        ScalarValueRef::Int(number) => int_taken(field, *number),
        _ => None,
    }
}

fn text_taken(field: &Field, text: &str) -> Option<Value> {
    let fits = !text.is_empty()
        && text.len() <= field.bytes_max()
        && match field.ty {
            FieldType::Text | FieldType::Content | FieldType::IdNumber => !has_control(text),
            FieldType::Date => date::from_iso(text).is_some(),
            FieldType::Code(_) | FieldType::CodeBy { .. } => is_code_shaped(text),
            FieldType::Document => is_hex32(text),
            FieldType::Unit => text.parse::<linli_wire::UnitPath>().is_ok(),
            FieldType::Int { .. } | FieldType::Flag => false,
        };
    fits.then(|| Value::Text(text.to_owned()))
}

fn int_taken(field: &Field, number: i64) -> Option<Value> {
    let fits = match field.ty {
        FieldType::Int { min, max } => (min..=max).contains(&number),
        FieldType::Flag => matches!(number, 0 | 1),
        _ => false,
    };
    fits.then_some(Value::Int(number))
}

/// Control characters other than line feed and tab have no place in what people write.
pub(crate) fn has_control(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
}

/// A code that this version does not know may come from a later one, so reading asks for the shape only.
fn is_code_shaped(text: &str) -> bool {
    text.len() <= 16 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Thirty-two lower-case hexadecimal digits: a document's id or an item's key.
pub(crate) fn is_hex32(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
