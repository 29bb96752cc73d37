//! Fields that two devices wrote at the same time and of which one value holds without anybody having chosen it.

use anyhow::Result;
use linli_model::{Field, Place, Value, history};
use linli_node::{Node, NodeError};
use serde_json::{Map, Value as Json, json};

use crate::{
    authors::{self, Author},
    documents::Found,
    history::short,
    language::Language,
};

/// One such field.
pub struct Settled {
    place: Place,
    field: &'static Field,
    /// The one that holds is the last.
    values: Vec<(Value, Option<Author>)>,
}

/// Those of a document.
pub fn of(node: &Node, found: &Found) -> Result<Vec<Settled>> {
    let all = node.with(|r| {
        let Some(opened) = r.document(&found.space, found.id)? else { return Ok(Vec::new()) };
        let settled = history::settled_alone(found.kind, &opened.document).into_iter();
        let settled = settled.map(|(place, field, values)| {
            let values = values.into_iter().map(|(value, by)| Ok((value, Author::of(r, &opened, &by)?)));
            Ok(Settled { place, field, values: values.collect::<Result<_, NodeError>>()? })
        });
        settled.collect::<Result<Vec<_>, NodeError>>()
    })?;
    Ok(all)
}

impl Settled {
    /// In one line; `of` says whose field it is.
    pub fn told(&self, language: Language, of: &str) -> String {
        let name = language.pick(self.field.zh, self.field.en);
        let place = match self.place.to_string().as_str() {
            "" => format!("{of} {name}"),
            item => format!("{of} {name} @{}", short(item)),
        };
        let values = self.values.iter().map(|(value, by)| {
            let by = by.as_ref().map(Author::shown).unwrap_or_default();
            match language {
                Language::Chinese => format!("“{}”（{by}）", authors::shown(language, self.field, value)),
                Language::English => format!("`{}` ({by})", authors::shown(language, self.field, value)),
            }
        });
        let mut values: Vec<String> = values.collect();
        let holds = values.pop().unwrap_or_default();
        let others = values.join(language.pick("、", ", "));
        match language {
            Language::Chinese => {
                format!("同时写入：{place} 现为 {holds}，未取 {others}；不对可改写，经过见 --history")
            }
            Language::English => format!(
                "written at the same time: {place} is now {holds}, not {others}; write it again if that is wrong, --history tells more"
            ),
        }
    }

    pub fn object(&self, document: &str) -> Json {
        let value = |(value, by): &(Value, Option<Author>)| {
            let mut object = Map::new();
            object.insert("value".to_owned(), authors::json(value));
            if let Some(by) = by {
                by.put(&mut object);
            }
            Json::Object(object)
        };
        json!({"document": document, "place": self.place.to_string(), "field": self.field.name,
            "values": self.values.iter().map(value).collect::<Vec<_>>()})
    }
}
