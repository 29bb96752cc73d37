//! What documents mean: their kinds and fields, the codes and identity numbers in them, how an edit
//! becomes Automerge operations, and how a document becomes rows of the published tables.
//!
//! Everything here is data ([`kind`], [`codes`], `protocol/ledgers/tables.toml`) and a few functions
//! over it. A new field is a line in a kind and, where it is to be counted, a line in the table
//! dictionary; nothing else changes.
//!
//! | module | what it answers |
//! |---|---|
//! | [`kind`] | which kinds of document there are, and which fields each has |
//! | [`codes`] | which values a coded field may have, and what they are called |
//! | [`date`], [`idnumber`], [`retirement`] | whether a date or number is one, and what follows from it |
//! | [`base`] | the changes that every document of a kind starts from |
//! | [`edit`] | from what a person typed to operations on a document |
//! | [`history`] | what became of a document field by field, concurrent values included |
//! | [`residue`] | what is left of a person whose document was erased |
//! | [`record`] | from a document back to plain values, and what is wrong with them |
//! | [`mod@tables`], [`mod@rows`] | the tables that measures read, and a document's rows in them |
//! | [`published`] | what of this stands in `protocol/`, for those who read the files without us |
//!
//! This crate is pure: it reads no clock, no file and no socket, and whatever a document holds, reading
//! it does not panic.

pub mod base;
pub mod codes;
pub mod date;
pub mod edit;
pub mod history;
pub mod idnumber;
pub mod kind;
pub mod published;
pub mod record;
pub mod residue;
pub mod retirement;
pub mod rows;
pub mod tables;
pub mod value;
mod view;

pub use base::{base_changes, new_document};
pub use edit::{
    Edit, EditError, Place, apply, between, check, kept_verification, new_key, parse_value, with_keys,
};
pub use kind::{Collection, Field, FieldType, Key, Kind};
pub use record::{Problem, Record, read, validate};
pub use rows::{Cell, Provenance, Row, Written, rows};
pub use tables::{Column, ColumnType, Table, tables};
pub use value::Value;
