//! Why an edit is refused: the field, the value, the reason, and what to enter instead.

use automerge::AutomergeError;
use thiserror::Error;

use crate::codes::CodeList;
use crate::date::DateError;
use crate::idnumber::IdNumberError;
use crate::kind::{Field, FieldType};
use crate::value::Value;

/// Why an edit cannot be made.
#[derive(Debug, Error)]
pub enum EditError {
    #[error("a {kind} has no collection `{collection}`; see the list of document kinds")]
    UnknownCollection { kind: &'static str, collection: String },
    #[error("a {kind} has no field `{field}` at `{place}`; see the list of document kinds")]
    UnknownField { kind: &'static str, place: String, field: String },
    #[error(
        "`{key}` cannot be a key in `{collection}`; keys are 32 lower-case hexadecimal digits, or file names"
    )]
    Key { collection: &'static str, key: String },
    #[error("{}: `{value}` was not taken: {reason}", field.en)]
    Refused { field: &'static Field, value: String, reason: Reason },
    #[error("the document does not hold the fixed changes of its kind; begin it with `new_document`")]
    NoContainer,
    #[error("the document could not be written")]
    Automerge(#[from] AutomergeError),
}

impl EditError {
    pub(super) fn refused(field: &'static Field, value: &Value, reason: Reason) -> Self {
        let value = match value {
            Value::Text(text) => shortened(text),
            Value::Int(number) => number.to_string(),
        };
        Self::Refused { field, value, reason }
    }

    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::UnknownCollection { kind, collection } => {
                format!("“{kind}”没有集合“{collection}”，请查看文档种类表")
            }
            Self::UnknownField { kind, place, field } => {
                format!("“{kind}”在“{place}”处没有字段“{field}”，请查看文档种类表")
            }
            Self::Key { collection, key } => {
                format!("“{key}”不能作为“{collection}”的键，键为 32 位小写十六进制数字或文件名")
            }
            Self::Refused { field, value, reason } => {
                format!("{}：“{value}”未录入：{}", field.zh, reason.zh())
            }
            Self::NoContainer => "文档缺少本种类的固定起始变更，请重新建立文档".to_owned(),
            Self::Automerge(source) => format!("文档写入失败：{source}"),
        }
    }
}

/// The characters of a refused value that a message repeats.
const SHOWN_CHARS_MAX: usize = 40;

fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN_CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(SHOWN_CHARS_MAX).chain(['…']).collect()
}

/// Why a value does not fit its field, and what would.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    #[error("it is empty; leave the field out instead")]
    Empty,
    #[error("it has {bytes} bytes, the field takes {bytes_max}; shorten it")]
    TooLong { bytes: usize, bytes_max: usize },
    #[error("it has control characters in it; type it anew")]
    ControlCharacter,
    #[error("{0}")]
    Date(DateError),
    #[error("{0}")]
    IdNumber(IdNumberError),
    #[error("it is neither a code nor a name; enter one of: {}", choices(*.ty, CodeList::choices_en, "; "))]
    Code { ty: FieldType },
    #[error("it is not a number; enter a whole number")]
    NotNumber,
    #[error("it is not a text; enter a text")]
    NotText,
    #[error("it is out of range; enter {min} to {max}")]
    Range { min: i64, max: i64 },
    #[error("it is neither yes nor no; enter yes or no")]
    Flag,
    #[error("it is not a document; give the 32 hexadecimal digits of one")]
    Document,
    #[error("it is not a unit; write its path like 3211/02/001/001")]
    Unit,
    #[error("it is stored as `{stored}`; parse the text before writing it")]
    Form { stored: String },
}

impl Reason {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Empty => "内容为空，请不填此项".to_owned(),
            Self::TooLong { bytes, bytes_max } => {
                format!("共 {bytes} 字节，本项最多 {bytes_max} 字节，请缩短")
            }
            Self::ControlCharacter => "含有控制字符，请重新输入".to_owned(),
            Self::Date(error) => error.zh().to_owned(),
            Self::IdNumber(error) => error.zh(),
            Self::Code { ty } => {
                format!("不是代码也不是名称，可填：{}", choices(*ty, CodeList::choices_zh, "；"))
            }
            Self::NotNumber => "不是数字，请填整数".to_owned(),
            Self::NotText => "不是文字，请填文字".to_owned(),
            Self::Range { min, max } => format!("超出范围，请填 {min} 至 {max}"),
            Self::Flag => "请填“是”或“否”".to_owned(),
            Self::Document => "不是文档编号，应为 32 位十六进制数字".to_owned(),
            Self::Unit => "不是单位，请写路径，如 3211/02/001/001".to_owned(),
            Self::Form { stored } => format!("应写作“{stored}”"),
        }
    }
}

fn choices(ty: FieldType, of: impl Fn(&CodeList) -> String, separator: &str) -> String {
    match ty {
        FieldType::Code(list) => of(list),
        FieldType::CodeBy { lists, .. } => {
            lists.iter().map(|(_, list)| of(list)).collect::<Vec<_>>().join(separator)
        }
        _ => String::new(),
    }
}
