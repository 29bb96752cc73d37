//! Comparing a table in a snapshot with the one that follows from its entries, row by row.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use linli_model::{ColumnType, Table};
use linli_store::Replica;
use parquet::{
    column::reader::ColumnReader,
    data_type::ByteArray,
    errors::ParquetError,
    file::{
        reader::{FileReader, SerializedFileReader},
        serialized_reader::ReadOptionsBuilder,
    },
};

use super::{schema, section_name, select};
use crate::{
    error::SnapshotError,
    limits::{BATCH_ROWS, EXPANSION_MAX},
};

/// Compares one table and returns how many rows it has.
pub(crate) fn compare(replica: &Replica, table: &Table, parquet: &[u8]) -> Result<u64, SnapshotError> {
    // Whatever a file holds, reading it does not end the process.
    catch_unwind(AssertUnwindSafe(|| compare_rows(replica, table, parquet)))
        .unwrap_or_else(|_| Err(SnapshotError::parquet(&table.name, "its pages do not fit each other")))
}

fn compare_rows(replica: &Replica, table: &Table, parquet: &[u8]) -> Result<u64, SnapshotError> {
    let failed = |error: ParquetError| SnapshotError::parquet(&table.name, error);
    let differs = |row: u64, column: &str| SnapshotError::TableDiffers {
        table: table.name.clone(),
        row,
        column: column.to_owned(),
    };
    let mut file = Rows::open(table, parquet)?;
    let mut row_no = 0;
    let mut outcome = Ok(());
    replica.query(&select(table), (), |row| {
        if outcome.is_err() {
            return Ok(());
        }
        row_no += 1;
        match file.advance() {
            Ok(true) => {}
            Ok(false) => {
                outcome = Err(differs(row_no, "unit"));
                return Ok(());
            }
            Err(error) => {
                outcome = Err(failed(error));
                return Ok(());
            }
        }
        for (at, column) in table.columns.iter().enumerate() {
            let same = match column.ty {
                ColumnType::Int => file.int(at) == Some(row.get(at)?),
                ColumnType::Text => file.text(at) == Some(row.get_ref(at)?.as_bytes()?),
            };
            if !same {
                outcome = Err(differs(row_no, &column.name));
                return Ok(());
            }
        }
        Ok(())
    })?;
    outcome?;
    match file.advance() {
        Ok(false) => Ok(row_no),
        Ok(true) => Err(differs(row_no + 1, "unit")),
        Err(error) => Err(failed(error)),
    }
}

/// The values of one column of the rows at hand.
enum Column {
    Int(Vec<i64>),
    Text(Vec<ByteArray>),
}

/// The rows of a Parquet file, one after another.
struct Rows {
    file: SerializedFileReader<Bytes>,
    /// The next row group.
    group: usize,
    readers: Vec<ColumnReader>,
    /// Rows of the present row group that were not read yet.
    unread: usize,
    columns: Vec<Column>,
    /// Rows at hand, and the place of the present one, counted from 1.
    len: usize,
    at: usize,
}

impl Rows {
    fn open(table: &Table, parquet: &[u8]) -> Result<Self, SnapshotError> {
        let failed = |error: ParquetError| SnapshotError::parquet(&table.name, error);
        let options = ReadOptionsBuilder::new().build();
        let bytes = Bytes::copy_from_slice(parquet);
        let file = SerializedFileReader::new_with_options(bytes, options).map_err(failed)?;
        let metadata = file.metadata();
        if *metadata.file_metadata().schema() != *schema(table).map_err(failed)? {
            return Err(SnapshotError::TableColumns { table: table.name.clone() });
        }
        let sizes = metadata.row_groups().iter().map(|group| group.total_byte_size().max(0) as u64);
        if sizes.fold(0, u64::saturating_add) > (parquet.len() as u64).saturating_mul(EXPANSION_MAX as u64) {
            let problem = "it would become larger than any honest table does";
            return Err(SnapshotError::content(&section_name(&table.name), problem));
        }
        let columns = table.columns.iter().map(|column| match column.ty {
            ColumnType::Int => Column::Int(Vec::new()),
            ColumnType::Text => Column::Text(Vec::new()),
        });
        let columns = columns.collect();
        Ok(Self { file, group: 0, readers: Vec::new(), unread: 0, columns, len: 0, at: 0 })
    }

    /// Goes on to the next row; false at the end.
    fn advance(&mut self) -> Result<bool, ParquetError> {
        if self.at < self.len {
            self.at += 1;
            return Ok(true);
        }
        while self.unread == 0 {
            if self.group == self.file.num_row_groups() {
                return Ok(false);
            }
            let group = self.file.get_row_group(self.group)?;
            self.unread = usize::try_from(group.metadata().num_rows())?;
            self.readers =
                (0..self.columns.len()).map(|at| group.get_column_reader(at)).collect::<Result<_, _>>()?;
            self.group += 1;
        }
        self.len = self.unread.min(BATCH_ROWS);
        self.unread -= self.len;
        for (reader, column) in self.readers.iter_mut().zip(&mut self.columns) {
            column.fill(reader, self.len)?;
        }
        self.at = 1;
        Ok(true)
    }

    fn int(&self, column: usize) -> Option<i64> {
        match &self.columns[column] {
            Column::Int(values) => values.get(self.at - 1).copied(),
            Column::Text(_) => None,
        }
    }

    fn text(&self, column: usize) -> Option<&[u8]> {
        match &self.columns[column] {
            Column::Text(values) => values.get(self.at - 1).map(ByteArray::data),
            Column::Int(_) => None,
        }
    }
}

impl Column {
    /// Reads the values of the next rows.
    fn fill(&mut self, reader: &mut ColumnReader, rows: usize) -> Result<(), ParquetError> {
        let mut read = 0;
        match self {
            Self::Int(values) => values.clear(),
            Self::Text(values) => values.clear(),
        }
        while read < rows {
            let (records, _, _) = match (&mut *self, &mut *reader) {
                (Self::Int(values), ColumnReader::Int64ColumnReader(reader)) => {
                    reader.read_records(rows - read, None, None, values)?
                }
                (Self::Text(values), ColumnReader::ByteArrayColumnReader(reader)) => {
                    reader.read_records(rows - read, None, None, values)?
                }
                _ => return Err(ParquetError::General("a column has another type".to_owned())),
            };
            if records == 0 {
                return Err(ParquetError::General("a column has fewer values than rows".to_owned()));
            }
            read += records;
        }
        Ok(())
    }
}
