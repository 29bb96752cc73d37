//! The workbook that clerks fill in: headers, formats and drop-downs, and sheets that explain them.

use linli_model::codes::{self, CodeList};
use linli_model::{FieldType, Value};
use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, Format, FormatAlign, Formula, Note, Workbook, Worksheet,
};

use crate::columns::{COLUMNS, Column};
use crate::error::WorkbookError;
use crate::limits::ROWS_MAX;

/// The sheet that people are entered on.
pub const PEOPLE_SHEET: &str = "人员登记";
/// The sheet that explains the columns. Reading a workbook passes it over.
pub const EXPLANATION_SHEET: &str = "填表说明";
/// The sheet that lists the codes, from which the drop-downs take them. Passed over as well.
pub const CODES_SHEET: &str = "代码表";

/// Day number 0 is 25,569 days after the day that a workbook counts from.
const WORKBOOK_EPOCH_DAYS: i64 = 25_569;
/// 1900-03-01: before it a workbook counts a day that never was.
const FIRST_DATE_N: i64 = -25_508;

/// What a workbook is for: the name of the sheet that is filled in, its columns, and what the explanation says of
/// its rows.
pub(crate) struct Purpose {
    pub sheet: &'static str,
    pub columns: &'static [Column],
    pub notes: [&'static str; 2],
}

pub(crate) static PEOPLE: Purpose = Purpose {
    sheet: PEOPLE_SHEET,
    columns: COLUMNS,
    notes: [
        "一行一人，户卡编号相同的各行为一户；空白单元格不改变已有记录；本页与“代码表”不会导入。",
        "A row a person; rows with the same card number are a household; an empty cell leaves what is \
         recorded; this sheet and the codes are not imported.",
    ],
};

/// An empty workbook to fill in.
pub fn template() -> Result<Vec<u8>, WorkbookError> {
    filled(&PEOPLE, &[])
}

/// The workbook with rows on it, each a list of values in the order of the columns.
pub(crate) fn filled(purpose: &Purpose, people: &[Vec<Option<Value>>]) -> Result<Vec<u8>, WorkbookError> {
    let mut workbook = Workbook::new();
    let lists: Vec<&'static CodeList> = codes::ALL
        .iter()
        .copied()
        .filter(|list| purpose.columns.iter().any(|column| column.codes() == Some(*list)))
        .collect();
    filled_sheet(workbook.add_worksheet(), purpose, &lists, people)?;
    explanation_sheet(workbook.add_worksheet(), purpose)?;
    codes_sheet(workbook.add_worksheet(), &lists)?;
    Ok(workbook.save_to_buffer()?)
}

fn filled_sheet(
    sheet: &mut Worksheet,
    purpose: &Purpose,
    lists: &[&'static CodeList],
    people: &[Vec<Option<Value>>],
) -> Result<(), WorkbookError> {
    sheet.set_name(purpose.sheet)?.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top);
    let (text, day) = (Format::new().set_num_format("@"), Format::new().set_num_format("yyyy-mm-dd"));
    for (at, column) in (0u16..).zip(purpose.columns) {
        let format = match column.field().ty {
            FieldType::Date => Some(&day),
            FieldType::Int { .. } => None,
            _ => Some(&text),
        };
        if let Some(format) = format {
            sheet.set_column_format(at, format)?;
        }
        sheet.set_column_width(at, width(column))?;
        sheet.write_string_with_format(0, at, column.zh, &bold)?;
        sheet.insert_note(0, at, &Note::new(note(column)).add_author_prefix(false))?;
        if let Some(rule) = choices(column, lists) {
            sheet.add_data_validation(1, at, ROWS_MAX as u32 - 1, at, &rule)?;
        }
        for (row, person) in (1u32..).zip(people) {
            match person.get(usize::from(at)).and_then(Option::as_ref) {
                None => {}
                Some(Value::Int(number)) => {
                    let number = i32::try_from(*number).expect("the bounds of every field fit");
                    sheet.write_number(row, at, number)?;
                }
                Some(Value::Text(written)) => match serial(column, written) {
                    Some(serial) => {
                        sheet.write_number_with_format(row, at, serial, &day)?;
                    }
                    None => {
                        sheet.write_string_with_format(row, at, written, &text)?;
                    }
                },
            }
        }
    }
    Ok(())
}

/// The number that a workbook keeps a date as; `None` for what is not a date or too early for one.
fn serial(column: &Column, text: &str) -> Option<f64> {
    let is_date = column.field().ty == FieldType::Date;
    workbook_day(is_date.then(|| linli_model::date::day_of_iso(text)).flatten()?)
}

/// The number that a workbook keeps a day as; `None` for one too early.
pub(crate) fn workbook_day(day: i64) -> Option<f64> {
    let serial = i32::try_from(day + WORKBOOK_EPOCH_DAYS).ok()?;
    (day >= FIRST_DATE_N).then_some(f64::from(serial))
}

fn width(column: &Column) -> f64 {
    match (column.name, column.field().ty) {
        (_, FieldType::IdNumber) | ("card_no" | "certificate", _) => 21.0,
        ("address" | "registered_address", _) => 32.0,
        ("former_employer" | "employer" | "skills", _) => 22.0,
        _ => 14.0,
    }
}

fn note(column: &Column) -> String {
    let required = if column.required { "\n必填 mandatory" } else { "" };
    format!("{}{required}\n例 e.g. {}", column.en, column.example)
}

/// A drop-down of the names of a list. Codes and English names may be typed all the same.
fn choices(column: &Column, lists: &[&'static CodeList]) -> Option<DataValidation> {
    let list = column.codes()?;
    let (from, to) = code_rows(lists, list)?;
    let range = Formula::new(format!("='{CODES_SHEET}'!$D${}:$D${}", from + 1, to + 1));
    Some(
        DataValidation::new()
            .allow_list_formula(range)
            .set_error_style(DataValidationErrorStyle::Information),
    )
}

/// The first and last row of a list on the sheet of codes, counted from 0.
fn code_rows(lists: &[&'static CodeList], list: &CodeList) -> Option<(usize, usize)> {
    let mut first = 1;
    for other in lists {
        let next = first + other.codes.len();
        if other.name == list.name {
            return Some((first, next - 1));
        }
        first = next;
    }
    None
}

fn explanation_sheet(sheet: &mut Worksheet, purpose: &Purpose) -> Result<(), WorkbookError> {
    sheet.set_name(EXPLANATION_SHEET)?.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold();
    let text = Format::new().set_num_format("@");
    let headers = ["列名", "English", "必填 mandatory", "填写内容 what it takes", "例 example"];
    for (at, (header, width)) in (0u16..).zip(headers.into_iter().zip([18.0, 26.0, 16.0, 60.0, 28.0])) {
        sheet.write_string_with_format(0, at, header, &bold)?;
        sheet.set_column_width(at, width)?;
    }
    let mut row = 0;
    for column in purpose.columns {
        row += 1;
        let required = if column.required { "是 yes" } else { "" };
        for (at, cell) in (0u16..).zip([column.zh, column.en, required, &takes(column), column.example]) {
            sheet.write_string_with_format(row, at, cell, &text)?;
        }
    }
    for line in purpose.notes {
        row += 2;
        sheet.write_string(row, 0, line)?;
    }
    Ok(())
}

fn takes(column: &Column) -> String {
    match column.field().ty {
        FieldType::Date => "日期 date, 2026-01-05".to_owned(),
        FieldType::Int { min, max } => format!("整数 whole number, {min}–{max}"),
        FieldType::Flag => "是 yes / 否 no".to_owned(),
        FieldType::IdNumber => "18 位 18 characters".to_owned(),
        _ => match column.codes() {
            Some(list) => format!("代码表“{}” codes: {}", list.zh, list.en),
            None => "文字 text".to_owned(),
        },
    }
}

fn codes_sheet(sheet: &mut Worksheet, lists: &[&'static CodeList]) -> Result<(), WorkbookError> {
    sheet.set_name(CODES_SHEET)?.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold();
    let text = Format::new().set_num_format("@");
    let headers = ["类别", "list", "代码 code", "名称", "name"];
    for (at, (header, width)) in (0u16..).zip(headers.into_iter().zip([18.0, 26.0, 12.0, 34.0, 34.0])) {
        sheet.write_string_with_format(0, at, header, &bold)?;
        sheet.set_column_width(at, width)?;
    }
    let codes = lists.iter().flat_map(|list| list.codes.iter().map(move |code| (list, code)));
    for (row, (list, code)) in (1u32..).zip(codes) {
        for (at, cell) in (0u16..).zip([list.zh, list.en, code.code, code.zh, code.en]) {
            sheet.write_string_with_format(row, at, cell, &text)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
