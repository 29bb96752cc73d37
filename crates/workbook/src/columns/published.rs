//! The text of `protocol/ledgers/import.toml`, which a test holds the file to.
//!
//! After a change `cargo run -p linli-workbook --example published` prints the new text.

use std::fmt::Write as _;

use linli_model::FieldType;

use super::{COLUMNS, Column, Target};
use crate::limits::{FILE_BYTES_MAX, ROWS_MAX};
use crate::lists::lists;

/// `protocol/ledgers/import.toml`.
pub fn import_toml() -> String {
    let mut text = format!(
        "# The columns of the import of household cards and people: a row a person, rows with the same card\n\
         # number a household. Columns stand in any order under the Chinese header, the English header, the\n\
         # name or one of the other headers. UTF-8 CSV or XLSX, at most {FILE_BYTES_MAX} bytes and {} people.\n\
         # An empty cell leaves what is recorded. `fills` names the document kind (and collection) and the\n\
         # field; codes are given by code, Chinese name or English name (codes.toml).\n",
        ROWS_MAX - 1
    );
    for column in COLUMNS {
        let (kind, field) = fills(column);
        let list =
            |names: &[&str]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        write!(
            text,
            "\n[[column]]\nname = \"{}\"\nzh = \"{}\"\nen = \"{}\"\nother_headers = [{}]\nrequired = {}\n\
             fills = \"{kind}\"\nfield = \"{field}\"\ntype = \"{}\"\n",
            column.name,
            column.zh,
            column.en,
            list(column.aliases),
            column.required,
            type_name(column),
        )
        .expect("a string takes what is written to it");
        if let Some(codes) = column.codes() {
            writeln!(text, "list = \"{}\"", codes.name).expect("a string takes what is written to it");
        }
        writeln!(text, "example = \"{}\"", column.example).expect("a string takes what is written to it");
    }
    lists_toml(&mut text);
    text
}

/// The lists, each with its columns.
fn lists_toml(text: &mut String) {
    let mut line = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    line(
        "\n# Files with a row a thing. `table` is the published table (tables.toml) that a list fills, and its field where\n\
         # a column does not name a person or card. A row is known again by the first group of `identity` of which all\n\
         # fields are filled in, beside the person or card.",
    );
    for list in lists() {
        line("\n[[list]]");
        for (key, value) in [("table", list.name), ("zh", list.zh), ("en", list.en)] {
            line(&format!("{key} = \"{value}\""));
        }
        let groups: Vec<String> = list.identities().iter().map(|group| format!("{group:?}")).collect();
        line(&format!("identity = [{}]", groups.join(", ")));
        line("columns = [");
        for column in &list.columns {
            let codes = column.codes().map_or_else(String::new, |list| format!(", list = \"{}\"", list.name));
            line(&format!(
                "  {{ name = \"{}\", zh = \"{}\", en = \"{}\", type = \"{}\"{codes}, required = {} }},",
                column.name,
                column.zh,
                column.en,
                type_name(column),
                column.required
            ));
        }
        line("]");
    }
}

fn fills(column: &Column) -> (&'static str, &'static str) {
    match column.target {
        Target::Card(field) => ("household", field),
        Target::Member(field) => ("household/members", field),
        Target::Person(field) => ("person", field),
        Target::State(dimension) => ("person/episodes", dimension),
        Target::Status(field) => ("person/episodes", field),
        Target::Placement(field) => ("person/placements", field),
        Target::Certification(field) => ("person/certifications", field),
        Target::Listed(field) => ("", field.name),
    }
}

pub(crate) fn type_name(column: &Column) -> &'static str {
    match column.field().ty {
        FieldType::Date => "date",
        FieldType::Int { .. } => "int",
        FieldType::Flag => "flag",
        FieldType::Code(_) | FieldType::CodeBy { .. } => "code",
        FieldType::IdNumber => "id_number",
        FieldType::Text | FieldType::Content | FieldType::Document | FieldType::Unit => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_dictionary_is_that_of_the_program() {
        let published = include_str!("../../../../protocol/ledgers/import.toml");
        assert_eq!(published, import_toml(), "publish the new text: see the head of this module");
        assert!(toml::from_str::<toml::Table>(published).is_ok());
    }
}
