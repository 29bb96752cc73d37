//! XLSX, cell by cell: a sheet is never laid out as a rectangle, which two cells far apart would make
//! larger than any memory.

use std::io::{self, Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader as _, Xlsx};
use zip::ZipArchive;

use super::{Cell, Grid};
use crate::error::WorkbookError;
use crate::limits::UNPACKED_BYTES_MAX;
use crate::template::{CODES_SHEET, EXPLANATION_SHEET};

type Source = Box<dyn std::error::Error + Send + Sync>;

pub(super) fn read(bytes: &[u8], name: &str) -> Result<Grid, WorkbookError> {
    let not_a_workbook = |source: Source| WorkbookError::NotAWorkbook { name: name.to_owned(), source };
    if unpacked_bytes(bytes).map_err(not_a_workbook)? > UNPACKED_BYTES_MAX {
        return Err(WorkbookError::Unpacked { name: name.to_owned(), bytes_max: UNPACKED_BYTES_MAX });
    }
    // Invariant: bytes from outside never end the process, whatever a library makes of them.
    catch_unwind(AssertUnwindSafe(|| sheets(bytes, name)))
        .unwrap_or_else(|_| Err(not_a_workbook("reading it failed".into())))
}

/// Whether a sheet is one of those that the template explains itself with.
fn is_explanation(sheet: &str) -> bool {
    [EXPLANATION_SHEET, CODES_SHEET].contains(&sheet)
}

/// What the archive unpacks to, by unpacking it: what it says of itself need not be true. Stops one past
/// the limit.
fn unpacked_bytes(bytes: &[u8]) -> Result<u64, Source> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let mut total = 0;
    for index in 0..archive.len() {
        let file = archive.by_index(index)?;
        total += io::copy(&mut file.take(UNPACKED_BYTES_MAX + 1 - total), &mut io::sink())?;
        if total > UNPACKED_BYTES_MAX {
            break;
        }
    }
    Ok(total)
}

fn sheets(bytes: &[u8], name: &str) -> Result<Grid, WorkbookError> {
    let not_a_workbook = |source: calamine::XlsxError| WorkbookError::NotAWorkbook {
        name: name.to_owned(),
        source: Box::new(source),
    };
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(not_a_workbook)?;
    let names: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == calamine::SheetType::WorkSheet && !is_explanation(&sheet.name))
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut filled: Vec<(String, Grid)> = Vec::new();
    for sheet in names {
        let mut grid = Grid::default();
        let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(not_a_workbook)?;
        while let Some(cell) = cells.next_cell().map_err(not_a_workbook)? {
            let (row, column) = cell.get_position();
            grid.put(row as usize, column as usize, cell_of(cell.get_value()), name)?;
        }
        if !grid.is_empty() {
            filled.push((sheet, grid));
        }
    }
    if filled.len() > 1 {
        let sheets = filled.into_iter().map(|(sheet, _)| sheet).collect();
        return Err(WorkbookError::SeveralSheets { name: name.to_owned(), sheets });
    }
    Ok(filled.pop().map(|(_, grid)| grid).unwrap_or_default())
}

fn cell_of(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Text(number.to_string()),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Cell::of_text(text)
        }
        DataRef::SharedString(text) => Cell::of_text(text),
        DataRef::Bool(flag) => Cell::Text(if *flag { "是" } else { "否" }.to_owned()),
        DataRef::DateTime(date) if date.is_datetime() => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            Cell::Text(format!("{year:04}-{month:02}-{day:02}"))
        }
        DataRef::DateTime(duration) => Cell::Number(duration.as_f64()),
        DataRef::Error(error) => Cell::Error(error.to_string()),
    }
}
