//! What can be recorded: the published tables that somebody fills by hand, under their names.

use anyhow::Result;
use linli_model::{Collection, Field, FieldType, Kind, Table as Published, kind::Key, tables};
use serde_json::{Value, json};

use crate::{context::Context, failure::Refused, language::Language, output::Table};

/// Tables that have a command of their own, or that hubs write by themselves.
const ELSEWHERE: [(&str, &str); 19] = [
    ("unit", "linli unit"),
    ("household", "linli card"),
    ("member", "linli person new"),
    ("person", "linli person"),
    ("episode", "linli person status"),
    ("placement", "linli person place"),
    ("certification", "linli person certify"),
    ("visit", "linli visit"),
    ("attachment", "linli attach"),
    ("determination", "linli evaluate"),
    ("move_offer", "linli move"),
    ("move_answer", "linli move"),
    ("exchange_day", "linli evaluate"),
    ("declaration", "linli assess declare"),
    ("road_step", "linli assess"),
    ("public_notice", "linli assess publish"),
    ("published_unit", "linli assess publish"),
    ("appeal", "linli assess appeal"),
    ("conflict", "linli conflicts"),
];

/// One thing that can be recorded: a document of a kind, or an item below one.
pub struct Form {
    pub table: &'static Published,
    pub kind: &'static Kind,
    pub collection: Option<&'static Collection>,
}

impl Form {
    pub fn fields(&self) -> &'static [Field] {
        self.collection.map_or(self.kind.fields, |collection| collection.fields)
    }

    /// Whether an item's key is chosen by whoever writes: a cell of a return, a token of a survey.
    pub fn key_is_given(&self) -> bool {
        self.collection.is_some_and(|collection| collection.key == Key::Name)
    }

    /// Says which fields it has and what each takes.
    pub fn show(&self, context: &mut Context) -> Result<()> {
        let language = context.language;
        if context.json {
            let fields: Vec<Value> = self
                .fields()
                .iter()
                .map(|field| {
                    json!({"field": field.name, "zh": field.zh, "en": field.en, "takes": takes(language, field),
                        "required": self.requires(field)})
                })
                .collect();
            return context.out.json(&json!({"record": self.table.name, "fields": fields}));
        }
        let headings = [("字段", "field"), ("名称", "name"), ("必填", "needed"), ("填写内容", "takes")];
        let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
        for field in self.fields() {
            let needed = if self.requires(field) { language.pick("是", "yes") } else { "" };
            table.row([field.name, language.pick(field.zh, field.en), needed, &takes(language, field)]);
        }
        context.out.table(&table)
    }

    fn requires(&self, field: &Field) -> bool {
        self.collection.is_none() && self.kind.required.contains(&field.name)
    }
}

fn all() -> impl Iterator<Item = Form> {
    let recorded = tables().iter().filter(|table| ELSEWHERE.iter().all(|(name, _)| *name != table.name));
    recorded.filter_map(|table| {
        let (kind, collection) = table.origin()?;
        Some(Form { table, kind, collection })
    })
}

pub fn find(context: &Context, name: &str) -> Result<Form> {
    if let Some(form) = all().find(|form| form.table.name == name || form.table.zh == name) {
        return Ok(form);
    }
    let named = tables().iter().find(|table| table.name == name || table.zh == name);
    let elsewhere = named.and_then(|table| ELSEWHERE.iter().find(|(name, _)| *name == table.name));
    if let Some((_, command)) = elsewhere {
        let message = match context.language {
            Language::Chinese => format!("“{name}”不用 record 登记，请用 `{command}`"),
            Language::English => format!("`{name}` is not recorded with this command: use `{command}`"),
        };
        return Err(Refused::new(message).into());
    }
    let message = match context.language {
        Language::Chinese => format!("没有可登记的“{name}”"),
        Language::English => format!("there is nothing called `{name}` to record"),
    };
    let hint = context.say("`linli record` 列出全部", "`linli record` lists everything");
    Err(Refused::new(message).hint(hint).into())
}

pub fn list(context: &mut Context) -> Result<()> {
    let language = context.language;
    if context.json {
        let listed: Vec<Value> = all()
            .map(|form| json!({"record": form.table.name, "zh": form.table.zh, "en": form.table.en}))
            .collect();
        return context.out.json(&listed);
    }
    let headings = [("名称", "record"), ("内容", "what"), ("附于", "belongs to")];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
    for form in all() {
        let owner = form.collection.map_or("", |_| language.pick(form.kind.zh, form.kind.en));
        table.row([form.table.name.as_str(), language.pick(&form.table.zh, &form.table.en), owner]);
    }
    context.out.table(&table)
}

fn takes(language: Language, field: &Field) -> String {
    match field.ty {
        FieldType::Date => {
            language.pick("日期，如 2026-01-05 或 today", "a date: 2026-01-05, or today").to_owned()
        }
        FieldType::Int { min, max } => match language {
            Language::Chinese => format!("整数，{min}–{max}"),
            Language::English => format!("a whole number, {min}–{max}"),
        },
        FieldType::Flag => language.pick("是 / 否", "yes / no").to_owned(),
        FieldType::Code(list) => match language {
            Language::Chinese => list.choices_zh(),
            Language::English => list.choices_en(),
        },
        FieldType::CodeBy { field, .. } => match language {
            Language::Chinese => format!("代码，随 {field} 而定"),
            Language::English => format!("a code of the list that {field} names"),
        },
        FieldType::IdNumber => language.pick("18 位身份号码", "an ID number, 18 characters").to_owned(),
        FieldType::Document => language.pick("文档编号，32 位", "a document: 32 digits").to_owned(),
        FieldType::Unit => language.pick("单位路径", "a unit: 3211/02/001/001").to_owned(),
        FieldType::Text | FieldType::Content => language.pick("文字", "text").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_either_recorded_here_or_has_a_command_of_its_own() {
        for table in tables() {
            let elsewhere = ELSEWHERE.iter().any(|(name, _)| *name == table.name);
            assert!(elsewhere || table.origin().is_some(), "{}", table.name);
        }
        for (name, _) in ELSEWHERE {
            assert!(tables().iter().any(|table| table.name == name), "{name}");
        }
    }
}
