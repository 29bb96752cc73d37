//! The parts of the specification that follow from this crate's data: the lists of codes, the kinds of
//! document and the fixed changes, as the text of the files under `protocol/`.
//!
//! A test holds the files to this text. After a change `cargo run -p linli-model --example published --
//! codes` (or `kinds`, or `base`) prints the new one; the base changes may only ever grow by lines.

use std::fmt::Write as _;

use crate::base::base_changes;
use crate::codes;
use crate::kind::{self, Field, FieldType, Key};

/// `protocol/ledgers/codes.toml`.
pub fn codes_toml() -> String {
    let mut text = String::from(
        "# The lists of codes. Codes are text; a list's source is the standard that it is taken from.\n",
    );
    for list in codes::ALL {
        line(&mut text, "\n[[list]]");
        for (key, value) in [("name", list.name), ("zh", list.zh), ("en", list.en), ("source", list.source)] {
            line(&mut text, &format!("{key} = \"{value}\""));
        }
        line(&mut text, "codes = [");
        for code in list.codes {
            line(
                &mut text,
                &format!("  {{ code = \"{}\", zh = \"{}\", en = \"{}\" }},", code.code, code.zh, code.en),
            );
        }
        line(&mut text, "]");
    }
    text
}

/// `protocol/ledgers/kinds.toml`.
pub fn kinds_toml() -> String {
    let mut text = String::from(
        "# The kinds of document. A document is a map of fields and, below it, collections: maps from a key\n\
         # to an item, which is again a map of fields. Text is an Automerge string scalar, int and flag an int\n\
         # scalar. Of a vital field concurrent values are a conflict that somebody has to settle.\n",
    );
    for kind in kind::ALL {
        let channels: Vec<String> =
            kind.channels.iter().map(|channel| format!("\"{}\"", channel.as_str())).collect();
        line(&mut text, "\n[[kind]]");
        line(&mut text, &format!("code = {}", kind.code));
        for (key, value) in [("name", kind.name), ("zh", kind.zh), ("en", kind.en)] {
            line(&mut text, &format!("{key} = \"{value}\""));
        }
        line(&mut text, &format!("schema = {}", kind.schema));
        line(&mut text, &format!("channels = [{}]", channels.join(", ")));
        if kind.singleton {
            line(&mut text, "singleton = true");
        }
        if let Some(field) = kind.keyed_by {
            line(&mut text, &format!("keyed_by = \"{field}\""));
        }
        if !kind.required.is_empty() {
            let required: Vec<String> = kind.required.iter().map(|field| format!("\"{field}\"")).collect();
            line(&mut text, &format!("required = [{}]", required.join(", ")));
        }
        fields(&mut text, kind.fields);
        for collection in kind.collections {
            let key = match collection.key {
                Key::Uuid => "uuid",
                Key::Document => "document",
                Key::Name => "name",
            };
            line(&mut text, "\n[[kind.collection]]");
            for (name, value) in
                [("name", collection.name), ("zh", collection.zh), ("en", collection.en), ("key", key)]
            {
                line(&mut text, &format!("{name} = \"{value}\""));
            }
            line(&mut text, &format!("since = {}", collection.since));
            fields(&mut text, collection.fields);
        }
    }
    text
}

fn fields(text: &mut String, fields: &[Field]) {
    line(text, "fields = [");
    for field in fields {
        let vital = if field.vital { ", vital = true" } else { "" };
        let (name, zh, en, ty) = (field.name, field.zh, field.en, type_toml(field.ty));
        line(text, &format!("  {{ name = \"{name}\", zh = \"{zh}\", en = \"{en}\", {ty}{vital} }},"));
    }
    line(text, "]");
}

fn type_toml(ty: FieldType) -> String {
    match ty {
        FieldType::Text => "type = \"text\"".to_owned(),
        FieldType::Content => "type = \"content\"".to_owned(),
        FieldType::Date => "type = \"date\"".to_owned(),
        FieldType::Int { min, max } => format!("type = \"int\", min = {min}, max = {max}"),
        FieldType::Flag => "type = \"flag\"".to_owned(),
        FieldType::Code(list) => format!("type = \"code\", list = \"{}\"", list.name),
        FieldType::CodeBy { field, .. } => format!("type = \"code\", list_by = \"{field}\""),
        FieldType::IdNumber => "type = \"id_number\"".to_owned(),
        FieldType::Document => "type = \"document\"".to_owned(),
        FieldType::Unit => "type = \"unit\"".to_owned(),
    }
}

/// `protocol/vectors/base.txt`.
pub fn base_vectors() -> String {
    let mut text = String::from(
        "# The fixed changes that documents start from: code, kind, position in the chain, hash, bytes.\n",
    );
    for kind in kind::ALL {
        for (position, change) in base_changes(kind).iter().enumerate() {
            let mut bytes = String::new();
            for byte in change.raw_bytes() {
                write!(bytes, "{byte:02x}").expect("a string takes what is written to it");
            }
            line(
                &mut text,
                &format!("{} {} {} {} {bytes}", kind.code, kind.name, position + 1, change.hash()),
            );
        }
    }
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_codes_are_those_of_the_program() {
        let published = include_str!("../../../protocol/ledgers/codes.toml");
        assert_eq!(published, codes_toml(), "publish the new text: see the head of this module");
        assert!(toml::from_str::<toml::Table>(published).is_ok());
    }

    #[test]
    fn the_published_kinds_are_those_of_the_program() {
        let published = include_str!("../../../protocol/ledgers/kinds.toml");
        assert_eq!(published, kinds_toml(), "publish the new text: see the head of this module");
        assert!(toml::from_str::<toml::Table>(published).is_ok());
    }

    #[test]
    fn the_fixed_changes_are_those_of_the_protocol() {
        let published = include_str!("../../../protocol/vectors/base.txt");
        assert_eq!(
            published,
            base_vectors(),
            "a base change is never altered; a new schema version adds one"
        );
    }
}
