//! A page as Parquet: numbers and flags INT64, dates INT32 of the logical type Date, texts and codes strings; a cell
//! without a value is null. Pages are compressed with zstd.

use std::sync::Arc;

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as PhysicalType, ZstdLevel},
    data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type},
    errors::ParquetError,
    file::{
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::{Type, TypePtr},
};

use super::{Cell, Holds, Page, PageColumn};

pub fn write(page: &Page) -> Result<Vec<u8>, ParquetError> {
    let properties =
        WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut file = SerializedFileWriter::new(Vec::new(), schema(page)?, Arc::new(properties))?;
    let mut group = file.next_row_group()?;
    for (at, column) in page.columns.iter().enumerate() {
        let mut writer = group.next_column()?.expect("the schema has a column for each of the page");
        values(&mut writer, column, page.rows.iter().map(|row| &row[at]))?;
        writer.close()?;
    }
    group.close()?;
    file.into_inner()
}

fn schema(page: &Page) -> Result<TypePtr, ParquetError> {
    let columns = page.columns.iter().map(|column| {
        let (physical, logical) = match column.holds {
            Holds::Number | Holds::Flag | Holds::DayNumber => (PhysicalType::INT64, None),
            Holds::Date => (PhysicalType::INT32, Some(LogicalType::Date)),
            Holds::Text | Holds::Code(_) => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
        };
        Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    });
    let columns = columns.collect::<Result<_, _>>()?;
    Type::group_type_builder("ledger").with_fields(columns).build().map(Arc::new)
}

fn values<'p>(
    writer: &mut SerializedColumnWriter<'_>,
    column: &PageColumn,
    cells: impl Iterator<Item = &'p Cell> + Clone,
) -> Result<(), ParquetError> {
    let present = |cell: &&Cell| match (column.holds, cell) {
        (Holds::Number | Holds::Flag | Holds::DayNumber, Cell::Number(_)) | (Holds::Date, Cell::Day(_)) => {
            true
        }
        (Holds::Text | Holds::Code(_), cell) => !matches!(cell, Cell::Empty),
        _ => false,
    };
    let levels: Vec<i16> = cells.clone().map(|cell| i16::from(present(&cell))).collect();
    let number = |cell: &Cell| match cell {
        Cell::Number(number) | Cell::Day(number) => *number,
        Cell::Text(_) | Cell::Empty => 0,
    };
    let kept = cells.filter(present);
    match column.holds {
        Holds::Number | Holds::Flag | Holds::DayNumber => {
            let values: Vec<i64> = kept.map(number).collect();
            writer.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
        }
        Holds::Date => {
            let day = |cell| i32::try_from(number(cell)).unwrap_or(i32::MAX);
            let values: Vec<i32> = kept.map(day).collect();
            writer.typed::<Int32Type>().write_batch(&values, Some(&levels), None)?;
        }
        Holds::Text | Holds::Code(_) => {
            let values: Vec<ByteArray> =
                kept.map(|cell| ByteArray::from(cell.written().into_bytes())).collect();
            writer.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
        }
    }
    Ok(())
}
