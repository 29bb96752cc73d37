//! `linli record`: everything that is recorded besides cards and people: what a unit keeps about its work,
//! what was done for somebody, what those above write about a unit.

mod check;
mod forms;
mod write;

use anyhow::Result;
use clap::Args;
use linli_wire::{Channel, UnitPath};

use crate::{cli::values, context::Context, failure::Ended};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    linli record                      # what can be recorded\n  \
    linli record vacancy              # its fields and codes\n  \
    linli --data clerk record vacancy employer=某公司 trade=保洁 openings=3 start=today end=2026-12-31\n  \
    linli --data clerk record service --of 11010519491231002X what=guidance day=today worker=王芳\n  \
    linli --data clerk record service --of 11010519491231002X --key KEY result=已入职\n  \
    linli --data clerk record profile households=3200 manager=王芳\n  \
    linli --data street record dwelling --unit 3211/02/001/001 dwelling=1-101 address=朱方路1号 start=2010-01-01\n  \
    linli --data district record finding --unit 3211/02/001/001 item=C02 subject=sign hit=yes\n  \
    linli --data district record disproof --unit 3211/02/001/001 item=C10 subject=DOCUMENT reason=合同不实\n\n\
    `linli ledger` shows what is recorded, with the documents and keys that --document and --key take. \
    `linli standard checks community` lists what findings answer.")]
pub struct Arguments {
    /// What to record, by its name in English or Chinese; without it everything is listed
    what: Option<String>,
    /// The unit that it is about; the device's own unless given
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// Whose it is: an ID number, a card number, or a document
    #[arg(long, value_name = "NUMBER")]
    of: Option<String>,
    /// Change this document instead of adding one
    #[arg(long, value_name = "DOCUMENT", conflicts_with = "of")]
    document: Option<String>,
    /// Change this entry of the document instead of adding one
    #[arg(long)]
    key: Option<String>,
    /// Where it stands, if it may stand in several places: records, oversight or notices
    #[arg(long, value_parser = values::channel)]
    space: Option<Channel>,
    /// field=value, in Chinese or English; an empty value empties the field
    #[arg(value_name = "FIELD=VALUE", value_parser = values::assignment)]
    fields: Vec<(String, String)>,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let Some(name) = &self.what else {
            forms::list(context)?;
            return Ok(Ended::Done);
        };
        let form = forms::find(context, name)?;
        if self.fields.is_empty() {
            form.show(context)?;
            return Ok(Ended::Done);
        }
        let node = context.node()?;
        let written = write::write(context, &node, self, &form)?;
        let (document, key, changed) = (written.document.to_string(), written.key, written.changed);
        if context.json {
            context.out.json(&serde_json::json!({"document": document, "key": key, "changed": changed}))?;
        } else {
            context.out.line(&key.map_or_else(|| document.clone(), |key| format!("{document} {key}")))?;
            let text = if changed { ("已记录", "recorded") } else { ("内容未变", "nothing changed") };
            context.out.note(context.language.pick(text.0, text.1));
        }
        Ok(Ended::Done)
    }
}
