//! A page as the workbook that a bureau files: a title, the line of the unit, a header that stays, typed cells, A4
//! landscape fitted to its width with the header on every page.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::{Cell, Holds, Page, PageColumn, Tongue};
use crate::template::workbook_day;

/// What stands above the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 社区下岗失业人员台账
    pub title: String,
    /// Unit, as-of date and date of printing.
    pub line: Vec<String>,
    /// The name of the sheet.
    pub sheet: String,
}

const HEADER_ROW: u32 = 2;
/// Widths of columns, in characters.
const WIDTH_MIN: u16 = 6;
const WIDTH_MAX: u16 = 40;
/// A4.
const PAPER: u8 = 9;

struct Formats {
    header: Format,
    text: Format,
    number: Format,
    day: Format,
}

/// The workbook of a page, in the given language.
pub fn write(page: &Page, heading: &Heading, tongue: Tongue) -> Result<Vec<u8>, XlsxError> {
    let shown: Vec<usize> = (0..page.columns.len()).filter(|at| !page.columns[*at].hidden).collect();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name(&heading.sheet)?.set_freeze_panes(HEADER_ROW + 1, 0)?;
    sheet.set_default_row_height(18);
    let last = u16::try_from(shown.len()).expect("a ledger has few columns");
    let bordered = || Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::VerticalCenter);
    let formats = Formats {
        header: bordered().set_bold().set_text_wrap().set_align(FormatAlign::Center),
        text: bordered().set_num_format("@").set_text_wrap(),
        number: bordered(),
        day: bordered().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Center),
    };
    head(sheet, heading, last)?;
    sheet.write_string_with_format(HEADER_ROW, 0, tongue.pick("序号", "No."), &formats.header)?;
    sheet.set_column_width(0, WIDTH_MIN)?;
    for (place, at) in (1u16..).zip(&shown) {
        let column = &page.columns[*at];
        let title = column.heading(tongue);
        sheet.write_string_with_format(HEADER_ROW, place, title, &formats.header)?;
        let cells = page.rows.iter().map(|row| width(&column.shown(&row[*at], tongue)));
        let widest = cells.max().unwrap_or(0).max(width(title)).saturating_add(2);
        sheet.set_column_width(place, widest.clamp(WIDTH_MIN, WIDTH_MAX))?;
    }
    for (number, row) in (1u32..).zip(&page.rows) {
        sheet.write_number_with_format(HEADER_ROW + number, 0, number, &formats.number)?;
        for (place, at) in (1u16..).zip(&shown) {
            let cell = (&page.columns[*at], &row[*at]);
            write_cell(sheet, (HEADER_ROW + number, place), cell, &formats, tongue)?;
        }
    }
    let rows = u32::try_from(page.rows.len()).unwrap_or(u32::MAX - HEADER_ROW - 1);
    sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + rows, last)?;
    sheet.set_repeat_rows(0, HEADER_ROW)?;
    sheet
        .set_landscape()
        .set_paper_size(PAPER)
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    sheet.set_footer(tongue.pick("&C第 &P 页，共 &N 页", "&CPage &P of &N"));
    workbook.save_to_buffer()
}

fn head(sheet: &mut Worksheet, heading: &Heading, last: u16) -> Result<(), XlsxError> {
    let title = Format::new().set_bold().set_font_size(16).set_align(FormatAlign::Center);
    let title = title.set_align(FormatAlign::VerticalCenter);
    sheet.merge_range(0, 0, 0, last, &heading.title, &title)?.set_row_height(0, 28)?;
    let line = Format::new().set_align(FormatAlign::Left);
    sheet.merge_range(1, 0, 1, last, &heading.line.join("    "), &line)?;
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, place): (u32, u16),
    (column, cell): (&PageColumn, &Cell),
    formats: &Formats,
    tongue: Tongue,
) -> Result<(), XlsxError> {
    match (column.holds, cell) {
        (_, Cell::Empty) => sheet.write_blank(row, place, &formats.text)?,
        (Holds::Number, Cell::Number(number)) => match i32::try_from(*number) {
            Ok(number) => sheet.write_number_with_format(row, place, number, &formats.number)?,
            // No field takes as much; what a sum came to is kept to its last digit.
            Err(_) => sheet.write_string_with_format(row, place, cell.written(), &formats.text)?,
        },
        (_, Cell::Day(day)) => match workbook_day(*day) {
            Some(day) => sheet.write_number_with_format(row, place, day, &formats.day)?,
            None => sheet.write_string_with_format(row, place, cell.written(), &formats.text)?,
        },
        _ => sheet.write_string_with_format(row, place, column.shown(cell, tongue), &formats.text)?,
    };
    Ok(())
}

/// How many columns of a screen a text takes: a Chinese character two.
fn width(text: &str) -> u16 {
    text.chars().map(|c| if u32::from(c) >= 0x1100 { 2 } else { 1 }).fold(0, u16::saturating_add)
}
