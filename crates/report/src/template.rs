//! The sentences of a report, as a text file says them.

use serde::Deserialize;
use thiserror::Error;

/// Why a report cannot be made.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ReportError {
    #[error("the report's text cannot be read: {0}")]
    Template(String),
    #[error("the report's text has a `{{` without its `}}` after “{after}”")]
    Open { after: String },
    #[error(
        "the report's text names `{name}`, which is no number or name; see protocol/report/README.md for those that there are"
    )]
    Unknown { name: String },
    #[error("the document cannot be packed: {0}")]
    Pack(String),
}

/// The template of a report.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub(crate) title: String,
    pub(crate) opening: String,
    #[serde(rename = "section")]
    pub(crate) sections: Vec<Section>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub(crate) heading: Option<String>,
    #[serde(default, rename = "paragraph")]
    pub(crate) paragraphs: Vec<Paragraph>,
    #[serde(default, rename = "table")]
    pub(crate) tables: Vec<TableOf>,
    #[serde(default, rename = "list")]
    pub(crate) lists: Vec<ListOf>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paragraph {
    pub(crate) heading: Option<String>,
    pub(crate) sentences: Vec<Sentence>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentence {
    pub(crate) text: String,
    pub(crate) when: Option<String>,
    pub(crate) unless: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableOf {
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub(crate) zh: String,
    pub(crate) figure: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListOf {
    pub(crate) heading: String,
    pub(crate) units: String,
}

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'t> {
    Text(&'t str),
    /// A number or a name.
    Named(&'t str),
    /// The share of the first in the second.
    Share(&'t str, &'t str),
}

impl Template {
    /// Reads a template.
    pub fn load(text: &str) -> Result<Self, ReportError> {
        toml::from_str(text).map_err(|error| ReportError::Template(error.to_string()))
    }
}

/// Takes a sentence apart at its braces.
pub fn pieces(text: &str) -> Result<Vec<Piece<'_>>, ReportError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        let Some((named, next)) = after.split_once('}') else {
            return Err(ReportError::Open { after: before.to_owned() });
        };
        pieces.push(
            named.split_once('/').map_or(Piece::Named(named), |(part, whole)| Piece::Share(part, whole)),
        );
        rest = next;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_falls_apart_at_its_braces() {
        let found = pieces("共{cards}张，占{placed/all}。").expect("it reads");
        let expected = [
            Piece::Text("共"),
            Piece::Named("cards"),
            Piece::Text("张，占"),
            Piece::Share("placed", "all"),
            Piece::Text("。"),
        ];
        assert_eq!(found, expected);
        assert_eq!(pieces("").expect("nothing is nothing"), []);
    }

    #[test]
    fn an_open_brace_is_named_by_what_stands_before_it() {
        assert_eq!(pieces("共{cards张"), Err(ReportError::Open { after: "共".to_owned() }));
    }

    #[test]
    fn a_template_with_an_unknown_key_is_refused() {
        assert!(matches!(Template::load("title = \"a\"\nbody = 1"), Err(ReportError::Template(_))));
    }
}
