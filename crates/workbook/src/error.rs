//! Why a file cannot be imported at all, said so that a clerk knows what to do next.

use linli_store::StoreError;
use linli_wire::UnitPath;
use thiserror::Error;

use crate::columns::Column;

/// Why a file is not a table of people.
#[derive(Debug, Error)]
pub enum WorkbookError {
    #[error("{name} is empty; begin with the template")]
    Empty { name: String },
    #[error("{name} has {bytes} bytes, at most {bytes_max} are read; split it into several files")]
    TooLarge { name: String, bytes: usize, bytes_max: usize },
    #[error("{name} unpacks to more than {bytes_max} bytes; copy its values into a new workbook")]
    Unpacked { name: String, bytes_max: u64 },
    #[error("row {row} is past the last row that is read, {rows_max}; split {name} into several files")]
    TooManyRows { name: String, row: usize, rows_max: usize },
    #[error("column {column} is past the last column that is read; delete the columns after the table")]
    TooManyColumns { column: String },
    #[error("{name} is not a workbook that can be read; save it again as .xlsx or as CSV UTF-8")]
    NotAWorkbook {
        name: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error(
        "{name} is an old .xls workbook or is protected by a password; take the password off and save it as \
         .xlsx"
    )]
    OldOrProtected { name: String },
    #[error("{name} is encoded in {encoding}, not in UTF-8; save it as `CSV UTF-8` or as .xlsx")]
    Encoding { name: String, encoding: &'static str },
    #[error("{name} cannot be read as CSV; save it again as `CSV UTF-8` or as .xlsx")]
    Csv {
        name: String,
        #[source]
        source: csv::Error,
    },
    #[error("{name} has data on several sheets: {}; leave it on one", sheets.join(", "))]
    SeveralSheets { name: String, sheets: Vec<String> },
    #[error(
        "{name} has columns that nobody knows: {}; rename or delete them. There are: {}",
        unknown.join(", "),
        joined(*known, ", ", |c| c.en)
    )]
    UnknownColumns { name: String, unknown: Vec<String>, known: &'static [Column] },
    #[error("{name} lacks mandatory columns: {}; it has: {}", joined(missing.iter().copied(), ", ", |c| c.en), found.join(", "))]
    MissingColumns { name: String, missing: Vec<&'static Column>, found: Vec<String> },
    #[error("columns {first} and {second} of {name} are both `{header}`; delete one")]
    RepeatedColumn { name: String, header: String, first: String, second: String },
    #[error("column {column} has data in row {row} but no header; give it one or delete it")]
    UnnamedColumn { column: String, row: usize },
    #[error("the workbook could not be written")]
    Write(#[from] rust_xlsxwriter::XlsxError),
}

impl WorkbookError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Empty { name } => format!("{name} 是空文件，请用模板填写"),
            Self::TooLarge { name, bytes, bytes_max } => {
                format!("{name} 共 {bytes} 字节，最多读取 {bytes_max} 字节，请拆成几个文件")
            }
            Self::Unpacked { name, bytes_max } => {
                format!("{name} 解压后超过 {bytes_max} 字节，请把数值复制到新工作簿")
            }
            Self::TooManyRows { name, row, rows_max } => {
                format!("第 {row} 行超出最多 {rows_max} 行的限制，请把 {name} 拆成几个文件")
            }
            Self::TooManyColumns { column } => format!("{column} 列超出可读范围，请删除表格右侧多余的列"),
            Self::NotAWorkbook { name, .. } => {
                format!("{name} 不是可读取的工作簿，请另存为 .xlsx 或“CSV UTF-8”")
            }
            Self::OldOrProtected { name } => {
                format!("{name} 是旧版 .xls 或设有密码，请去掉密码并另存为 .xlsx")
            }
            Self::Encoding { name, encoding } => {
                format!("{name} 的编码是 {encoding}，不是 UTF-8，请另存为“CSV UTF-8”或 .xlsx")
            }
            Self::Csv { name, .. } => format!("{name} 无法按 CSV 读取，请另存为“CSV UTF-8”或 .xlsx"),
            Self::SeveralSheets { name, sheets } => {
                format!("{name} 有多张工作表含数据：{}，请只保留一张", sheets.join("、"))
            }
            Self::UnknownColumns { name, unknown, known } => format!(
                "{name} 有不认识的列：{}，请改名或删除。可用的列：{}",
                unknown.join("、"),
                joined(*known, "、", |c| c.zh)
            ),
            Self::MissingColumns { name, missing, found } => {
                let missing = joined(missing.iter().copied(), "、", |c| c.zh);
                format!("{name} 缺少必填列：{missing}；现有：{}", found.join("、"))
            }
            Self::RepeatedColumn { name, header, first, second } => {
                format!("{name} 的 {first} 列与 {second} 列都是“{header}”，请删去一列")
            }
            Self::UnnamedColumn { column, row } => {
                format!("{column} 列第 {row} 行有内容但没有列名，请补上列名或删除该列")
            }
            Self::Write(source) => format!("工作簿写入失败：{source}"),
        }
    }
}

fn joined<'c>(
    columns: impl IntoIterator<Item = &'c Column>,
    separator: &str,
    header: impl Fn(&Column) -> &'static str,
) -> String {
    columns.into_iter().map(header).collect::<Vec<_>>().join(separator)
}

/// Why an import did not happen. Nothing of the file was stored.
#[derive(Debug, Error)]
pub enum ImportError {
    #[error(transparent)]
    Workbook(#[from] WorkbookError),
    #[error("{0} is not a community; cards are kept by communities, name one like 3211/02/001/001")]
    NotACommunity(UnitPath),
    #[error("{0} keeps no {1}; name another unit")]
    NotKeptThere(UnitPath, &'static str, &'static str),
    #[error("the cards could not be stored")]
    Store(#[source] Box<StoreError>),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl ImportError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Workbook(error) => error.zh(),
            Self::NotACommunity(unit) => {
                format!("{unit} 不是社区；户卡由社区管理，请指定社区，如 3211/02/001/001")
            }
            Self::NotKeptThere(unit, _, zh) => format!("{unit} 不登记{zh}，请指定别的单位"),
            Self::Store(error) => format!("户卡未能存入：{error}"),
        }
    }
}
