//! The sections `tables/<name>.parquet`: every published table, so that an auditor's own tools can read
//! what the measures read.
//!
//! Every column is required. Whole numbers, day numbers among them, are INT64; texts, ISO dates and codes
//! among them, are BYTE_ARRAY with the logical type String. Rows are ordered by `unit`, then `doc`, then the
//! columns in their order, texts by their bytes. Pages are compressed with zstd.

mod compare;
mod write;

use std::sync::Arc;

use linli_model::{ColumnType, Table};
use parquet::{
    basic::{LogicalType, Repetition, Type as PhysicalType},
    errors::ParquetError,
    schema::types::{Type, TypePtr},
};

pub(crate) use compare::compare;
pub(crate) use write::write;

/// The name of a table's section.
pub(crate) fn section_name(table: &str) -> String {
    format!("tables/{table}.parquet")
}

/// The query that gives a table's rows in the order of the file.
fn select(table: &Table) -> String {
    let quoted = |name: &str| format!("\"{name}\"");
    let names: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let first = ["unit", "doc"].into_iter().filter(|name| table.column(name).is_some()).map(quoted);
    let order: Vec<String> = first.chain(names.iter().cloned()).collect();
    format!("SELECT {} FROM {} ORDER BY {}", names.join(", "), quoted(&table.name), order.join(", "))
}

fn schema(table: &Table) -> Result<TypePtr, ParquetError> {
    let columns = table.columns.iter().map(|column| {
        let (physical, logical) = match column.ty {
            ColumnType::Int => (PhysicalType::INT64, None),
            ColumnType::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
        };
        Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Type::group_type_builder(&table.name).with_fields(columns).build()?))
}
