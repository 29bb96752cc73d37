//! CSV in UTF-8, with or without a byte order mark.

use super::{Cell, Grid};
use crate::error::WorkbookError;

const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
const UTF16_MARKS: [&[u8]; 2] = [&[0xff, 0xfe], &[0xfe, 0xff]];

pub(super) fn read(bytes: &[u8], name: &str) -> Result<Grid, WorkbookError> {
    let text = decoded(bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes), name)?;
    // One kind of line end, and one after the last line, so that lines can be counted.
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut grid = Grid::default();
    let mut record = csv::StringRecord::new();
    // Line ends within quoted cells: a spreadsheet shows such a record as one row.
    let mut within = 0;
    loop {
        let more = reader.read_record(&mut record);
        if !more.map_err(|source| WorkbookError::Csv { name: name.to_owned(), source })? {
            return Ok(grid);
        }
        within += record.iter().map(|cell| cell.matches('\n').count()).sum::<usize>();
        // The position is that of the line after the record, counted from 1.
        let row = (reader.position().line() as usize).saturating_sub(2 + within);
        for (column, cell) in record.iter().enumerate() {
            grid.put(row, column, Cell::of_text(cell), name)?;
        }
    }
}

fn decoded<'b>(bytes: &'b [u8], name: &str) -> Result<&'b str, WorkbookError> {
    let encoding = |encoding| WorkbookError::Encoding { name: name.to_owned(), encoding };
    if UTF16_MARKS.iter().any(|mark| bytes.starts_with(mark)) {
        return Err(encoding("UTF-16"));
    }
    if bytes.contains(&0) {
        let source = "it has zero bytes in it, as no text has".into();
        return Err(WorkbookError::NotAWorkbook { name: name.to_owned(), source });
    }
    std::str::from_utf8(bytes)
        .map_err(|_| encoding(if is_gb18030(bytes) { "GB18030 (GBK, ANSI)" } else { "an unknown encoding" }))
}

/// Whether every byte has its place in GB18030: one byte, two, or four.
fn is_gb18030(mut bytes: &[u8]) -> bool {
    loop {
        bytes = match bytes {
            [] => return true,
            [0..=0x7f, rest @ ..]
            | [0x81..=0xfe, 0x40..=0x7e | 0x80..=0xfe, rest @ ..]
            | [0x81..=0xfe, 0x30..=0x39, 0x81..=0xfe, 0x30..=0x39, rest @ ..] => rest,
            _ => return false,
        }
    }
}
