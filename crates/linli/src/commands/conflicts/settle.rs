//! Writing the value that somebody chose.

use anyhow::Result;
use clap::{ArgGroup, Args};
use linli_model::{Edit, Value};
use linli_node::note_view;
use linli_store::DocumentEdits;

use super::open::{self, Open};
use crate::{
    commands::person,
    context::{Context, own_unit},
    documents,
    failure::{Ended, Refused},
    history,
    language::Language,
};

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("choice").required(true).args(["value", "take"])))]
pub struct Settle {
    /// The first digits of the document, as `linli conflicts` shows them
    #[arg(value_name = "DOCUMENT")]
    document: String,
    /// The field; `FIELD@ITEM` where several items of the document have it
    #[arg(value_name = "FIELD[@ITEM]")]
    field: String,
    /// The right value
    #[arg(value_name = "VALUE")]
    value: Option<String>,
    /// One of the values by its number in the list
    #[arg(long, value_name = "N")]
    take: Option<usize>,
    /// Why somebody looks at people's data
    #[arg(long, default_value = "conflicts settle")]
    why: String,
}

impl Settle {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let unit = own_unit(&node)?;
        node.materialise()?;
        let all = open::list(&node, &unit)?;
        let one = self.meant(context, &all)?;
        note_view(&node, &one.space.unit, "conflicts settle", &self.why)?;
        let value = self.chosen(context, one)?;
        let edit = Edit { place: one.place.clone(), field: one.field.name.to_owned(), value };
        let document = DocumentEdits { id: one.id, kind: one.kind, edits: vec![edit] };
        let changed = documents::write(context, &node, &one.space, &[document])?;
        person::told(context, changed)
    }

    /// The one conflict that was named.
    fn meant<'o>(&self, context: &Context, all: &'o [Open]) -> Result<&'o Open> {
        let (field, item) = self.field.split_once('@').unwrap_or((&self.field, ""));
        let document = self.document.to_lowercase();
        let mut found = all.iter().filter(|one| {
            let place = one.place.to_string();
            let key = place.split_once('/').map_or("", |(_, key)| key);
            document.len() >= 4
                && one.id.to_string().starts_with(&document)
                && (one.field.name == field || one.field.zh == field || one.field.en == field)
                && (place.starts_with(item) || key.starts_with(item) || history::short(&place) == item)
        });
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => {
                let message = match context.language {
                    Language::Chinese => format!("{} 的 {} 没有待定冲突", self.document, self.field),
                    Language::English => format!("{} of {} waits for no choice", self.field, self.document),
                };
                let hint = context.say("`linli conflicts` 列出待定冲突", "`linli conflicts` lists what does");
                Err(Refused::new(message).hint(hint).into())
            }
            (Some(_), Some(_)) => {
                let message = match context.language {
                    Language::Chinese => format!("{} {} 不止一项", self.document, self.field),
                    Language::English => format!("{} {} means more than one", self.document, self.field),
                };
                let hint = context.say(
                    "写成 字段@项，项见 `linli conflicts`",
                    "write FIELD@ITEM, with more digits, as `linli conflicts` shows them",
                );
                Err(Refused::new(message).hint(hint).into())
            }
        }
    }

    fn chosen(&self, context: &Context, one: &Open) -> Result<Option<Value>> {
        if let Some(text) = &self.value {
            return Ok(linli_model::parse_value(one.field, text)?);
        }
        let index = self.take.and_then(|number| number.checked_sub(1));
        let value = index.and_then(|index| one.values.get(index)).map(|candidate| candidate.value.clone());
        let count = one.values.len();
        let message = match context.language {
            Language::Chinese => format!("--take 应为 1 至 {count}"),
            Language::English => format!("--take is a number from 1 to {count}"),
        };
        let hint = context.say("序号见 `linli conflicts`", "`linli conflicts` shows the numbers");
        value.map(Some).ok_or_else(|| Refused::new(message).hint(hint).into())
    }
}
