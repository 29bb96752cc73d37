//! Writing a table as Parquet, one row group in memory at a time.

use std::sync::Arc;

use bytes::Bytes;
use linli_model::{ColumnType, Table};
use linli_store::Replica;
use parquet::{
    basic::{Compression, ZstdLevel},
    data_type::{ByteArray, ByteArrayType, Int64Type},
    errors::ParquetError,
    file::{
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
};

use super::{schema, select};
use crate::{
    error::SnapshotError,
    limits::{BATCH_ROWS, ROW_GROUP_ROWS_MAX},
};

/// The Parquet file of a table of a materialised replica, and how many rows it has.
pub(crate) fn write(replica: &Replica, table: &Table) -> Result<(Vec<u8>, u64), SnapshotError> {
    let failed = |error: ParquetError| SnapshotError::parquet(&table.name, error);
    let mut file = TableFile::new(table).map_err(failed)?;
    let mut outcome = Ok(());
    replica.query(&select(table), (), |row| {
        if outcome.is_ok() {
            for (at, column) in file.columns.iter_mut().enumerate() {
                match column {
                    Column::Int(values) => values.push(row.get(at)?),
                    Column::Text { text, ends } => {
                        text.extend_from_slice(row.get_ref(at)?.as_str()?.as_bytes());
                        ends.push(text.len());
                    }
                }
            }
            outcome = file.end_row();
        }
        Ok(())
    })?;
    outcome.map_err(failed)?;
    file.finish().map_err(failed)
}

/// The values of one column of the row group at hand.
enum Column {
    Int(Vec<i64>),
    /// All texts one after another, and where each ends.
    Text {
        text: Vec<u8>,
        ends: Vec<usize>,
    },
}

struct TableFile {
    writer: SerializedFileWriter<Vec<u8>>,
    columns: Vec<Column>,
    /// Rows of the row group at hand.
    open_rows: usize,
    rows: u64,
}

impl TableFile {
    fn new(table: &Table) -> Result<Self, ParquetError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS_MAX))
            .build();
        let writer = SerializedFileWriter::new(Vec::new(), schema(table)?, Arc::new(properties))?;
        let columns = table.columns.iter().map(|column| match column.ty {
            ColumnType::Int => Column::Int(Vec::new()),
            ColumnType::Text => Column::Text { text: Vec::new(), ends: Vec::new() },
        });
        Ok(Self { writer, columns: columns.collect(), open_rows: 0, rows: 0 })
    }

    fn end_row(&mut self) -> Result<(), ParquetError> {
        self.open_rows += 1;
        if self.open_rows == ROW_GROUP_ROWS_MAX { self.end_row_group() } else { Ok(()) }
    }

    fn end_row_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            let mut writer = group.next_column()?.expect("the schema has a column for each of the table");
            column.write(&mut writer)?;
            writer.close()?;
        }
        group.close()?;
        self.rows += self.open_rows as u64;
        self.open_rows = 0;
        Ok(())
    }

    fn finish(mut self) -> Result<(Vec<u8>, u64), ParquetError> {
        if self.open_rows > 0 {
            self.end_row_group()?;
        }
        Ok((self.writer.into_inner()?, self.rows))
    }
}

impl Column {
    /// Writes the values and forgets them.
    fn write(&mut self, writer: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match self {
            Self::Int(values) => {
                writer.typed::<Int64Type>().write_batch(values, None, None)?;
                values.clear();
            }
            Self::Text { text, ends } => {
                let text = Bytes::from(std::mem::take(text));
                let mut start = 0;
                for batch in ends.chunks(BATCH_ROWS) {
                    let value = |end: &usize| {
                        let value = text.slice(start..*end);
                        start = *end;
                        ByteArray::from(value)
                    };
                    let values: Vec<ByteArray> = batch.iter().map(value).collect();
                    writer.typed::<ByteArrayType>().write_batch(&values, None, None)?;
                }
                ends.clear();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use parquet::file::{
        metadata::RowGroupMetaData,
        reader::{FileReader, SerializedFileReader},
    };

    use super::*;

    #[test]
    fn a_row_group_is_full_at_its_limit_and_the_next_row_begins_another() {
        let table = linli_model::tables().iter().find(|table| table.name == "member");
        let mut file = TableFile::new(table.expect("the dictionary has the table")).expect("it begins");
        for _ in 0..=ROW_GROUP_ROWS_MAX {
            for column in &mut file.columns {
                match column {
                    Column::Int(values) => values.push(1),
                    Column::Text { text, ends } => ends.push(text.len()),
                }
            }
            file.end_row().expect("memory takes rows");
        }
        let (parquet, rows) = file.finish().expect("memory takes rows");
        assert_eq!(rows, ROW_GROUP_ROWS_MAX as u64 + 1);
        let file = SerializedFileReader::new(Bytes::from(parquet)).expect("what was written reads");
        let groups: Vec<i64> = file.metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect();
        assert_eq!(groups, [ROW_GROUP_ROWS_MAX as i64, 1]);
    }
}
