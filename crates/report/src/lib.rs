//! The report on the programme (情况汇报) as a document: sentences from `protocol/report/report.toml`, numbers from
//! [`Facts`], written as HTML or DOCX.
//!
//! Every number that the document shows stands in its last table, with what is counted and the query or command that
//! gives it; in both forms a number of the text leads there.
//!
//! This crate is pure: the same template and facts give the same document.

mod document;
mod docx;
mod facts;
mod html;
mod template;

pub use document::{Block, Document, Run, compose};
pub use docx::docx;
pub use facts::{Facts, Group, Number, Row, Source};
pub use html::html;
pub use template::{ReportError, Template};

/// The text of a report that comes with the program.
pub const TEMPLATE: &str = include_str!("../../../protocol/report/report.toml");
