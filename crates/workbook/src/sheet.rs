//! From the bytes of a file to cells under known columns.

mod cell;
mod comma;
mod grid;
mod workbook;

use linli_wire::Digest;

pub use cell::Cell;

use crate::columns::{COLUMNS, Column};
use crate::error::WorkbookError;
use crate::limits::FILE_BYTES_MAX;
use grid::Grid;

/// What a ZIP archive, and so an XLSX workbook, begins with.
const ZIP_MAGIC: &[u8] = b"PK";
/// What an OLE container begins with: an old workbook, or a new one under a password.
const OLE_MAGIC: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// A table of people as the file has it; nothing in it is checked yet but its headers.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    pub(crate) name: String,
    pub(crate) columns: Vec<&'static Column>,
    pub(crate) rows: Vec<Row>,
    pub(crate) import: [u8; 16],
    pub(crate) seed: Digest,
}

/// One row that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// As a spreadsheet counts: the first row of the file is 1.
    pub number: usize,
    /// One cell a column of the sheet.
    pub cells: Vec<Cell>,
}

impl Sheet {
    /// The name of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns that the file has, in its order.
    pub fn columns(&self) -> &[&'static Column] {
        &self.columns
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What every entry of this file's import is marked with: half of a hash of the file's bytes.
    pub const fn import_id(&self) -> [u8; 16] {
        self.import
    }
}

/// Reads a file: a workbook if it is a ZIP archive, otherwise CSV. `name` is what messages call it.
pub fn read(bytes: &[u8], name: &str) -> Result<Sheet, WorkbookError> {
    read_as(bytes, name, COLUMNS)
}

/// Reads a file whose columns are those of a list.
pub(crate) fn read_as(bytes: &[u8], name: &str, columns: &'static [Column]) -> Result<Sheet, WorkbookError> {
    sheet(grid(bytes, name)?, bytes, name, columns)
}

/// The headers of a file.
pub(crate) fn headers(bytes: &[u8], name: &str) -> Result<Vec<String>, WorkbookError> {
    let first = grid(bytes, name)?.into_rows().next();
    Ok(first.into_iter().flat_map(|(_, cells)| cells).map(|(_, cell)| cell.text()).collect())
}

fn grid(bytes: &[u8], name: &str) -> Result<Grid, WorkbookError> {
    if bytes.len() > FILE_BYTES_MAX {
        let (name, bytes) = (name.to_owned(), bytes.len());
        return Err(WorkbookError::TooLarge { name, bytes, bytes_max: FILE_BYTES_MAX });
    }
    if bytes.starts_with(ZIP_MAGIC) {
        workbook::read(bytes, name)
    } else if bytes.starts_with(OLE_MAGIC) {
        Err(WorkbookError::OldOrProtected { name: name.to_owned() })
    } else {
        comma::read(bytes, name)
    }
}

fn sheet(grid: Grid, bytes: &[u8], name: &str, columns: &'static [Column]) -> Result<Sheet, WorkbookError> {
    let (columns, rows) = headed(grid, name, columns)?;
    let mut import = [0; 16];
    import.copy_from_slice(&Digest::of(b"linli/1 import", &[bytes]).0[..16]);
    let seed = Digest::of(b"linli/1 import seed", &[bytes]);
    Ok(Sheet { name: name.to_owned(), columns, rows, import, seed })
}

/// Takes the first row as the headers and the others as people.
fn headed(
    grid: Grid,
    name: &str,
    known: &'static [Column],
) -> Result<(Vec<&'static Column>, Vec<Row>), WorkbookError> {
    let name = || name.to_owned();
    let mut rows = grid.into_rows();
    let Some((_, headers)) = rows.next() else { return Err(WorkbookError::Empty { name: name() }) };
    let mut columns: Vec<(usize, &'static Column)> = Vec::new();
    let (mut unknown, mut found) = (Vec::new(), Vec::new());
    for (at, cell) in headers {
        let header = cell.text();
        let Some(column) = known.iter().find(|column| column.is_headed(&header)) else {
            unknown.push(format!("{} {}", letters(at), shortened(&header)));
            continue;
        };
        if let Some((first, _)) = columns.iter().find(|(_, other)| *other == column) {
            let (first, second) = (letters(*first), letters(at));
            return Err(WorkbookError::RepeatedColumn { name: name(), header, first, second });
        }
        columns.push((at, column));
        found.push(header.trim().to_owned());
    }
    if !unknown.is_empty() {
        return Err(WorkbookError::UnknownColumns { name: name(), unknown, known });
    }
    let required = known.iter().filter(|column| column.required);
    let missing: Vec<&'static Column> =
        required.filter(|c| columns.iter().all(|(_, other)| other != c)).collect();
    if !missing.is_empty() {
        return Err(WorkbookError::MissingColumns { name: name(), missing, found });
    }
    let mut people = Vec::new();
    for (number, cells) in rows {
        let mut row = vec![Cell::Empty; columns.len()];
        for (at, cell) in cells {
            match columns.iter().position(|(column, _)| *column == at) {
                Some(index) => row[index] = cell,
                None => return Err(WorkbookError::UnnamedColumn { column: letters(at), row: number }),
            }
        }
        people.push(Row { number, cells: row });
    }
    Ok((columns.into_iter().map(|(_, column)| column).collect(), people))
}

/// The letters that a spreadsheet shows above a column: 0 is A, 26 is AA.
pub(crate) fn letters(mut column: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + (column % 26) as u8));
        match (column / 26).checked_sub(1) {
            Some(next) => column = next,
            None => return letters.into_iter().rev().collect(),
        }
    }
}

/// The characters of a header or value that a message repeats.
const SHOWN_CHARS_MAX: usize = 40;

pub(crate) fn shortened(text: &str) -> String {
    let text = text.trim();
    if text.chars().count() <= SHOWN_CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(SHOWN_CHARS_MAX).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
