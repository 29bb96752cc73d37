//! The cells of a sheet that are not empty, bounded in number and in size.

use std::collections::BTreeMap;

use super::{Cell, letters};
use crate::error::WorkbookError;
use crate::limits::{COLUMNS_MAX, ROWS_MAX, TEXT_BYTES_MAX};

/// Cells by row and column, both counted from 0.
#[derive(Debug, Default)]
pub(super) struct Grid {
    rows: BTreeMap<usize, Vec<(usize, Cell)>>,
    len_bytes: usize,
}

impl Grid {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn put(&mut self, row: usize, column: usize, cell: Cell, name: &str) -> Result<(), WorkbookError> {
        if cell == Cell::Empty {
            return Ok(());
        }
        if row >= ROWS_MAX {
            let name = name.to_owned();
            return Err(WorkbookError::TooManyRows { name, row: row + 1, rows_max: ROWS_MAX });
        }
        if column >= COLUMNS_MAX {
            return Err(WorkbookError::TooManyColumns { column: letters(column) });
        }
        self.len_bytes += cell.len_bytes();
        if self.len_bytes > TEXT_BYTES_MAX {
            let (name, bytes) = (name.to_owned(), self.len_bytes);
            return Err(WorkbookError::TooLarge { name, bytes, bytes_max: TEXT_BYTES_MAX });
        }
        self.rows.entry(row).or_default().push((column, cell));
        Ok(())
    }

    /// The rows that have anything in them, each with its number as a spreadsheet shows it.
    pub fn into_rows(self) -> impl Iterator<Item = (usize, Vec<(usize, Cell)>)> {
        self.rows.into_iter().map(|(row, cells)| (row + 1, cells))
    }
}
