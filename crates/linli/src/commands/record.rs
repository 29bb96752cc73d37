//! `linli record`: findings, disproofs, a unit's profile, dwellings.

use anyhow::Result;
use clap::{Args, ValueEnum};
use linli_eval::{Check, Standard};
use linli_model::{
    Edit, Kind, Value,
    kind::{DISPROOF, DWELLINGS, FINDING, PROFILE},
};
use linli_node::as_of_today;
use linli_store::DocumentEdits;
use linli_wire::{Channel, Level, Space, UnitPath};

use crate::{
    cli::values,
    context::{Context, unit_or_own},
    documents,
    failure::{Ended, Refused},
    language::Language,
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    linli --data district record finding --unit 3211/02/001/001 item=C02 subject=sign hit=yes\n  \
    linli --data district record disproof --unit 3211/02/001/001 item=C10 subject=DOCUMENT reason=合同不实\n  \
    linli --data clerk record profile households=3200 manager=王芳\n  \
    linli --data street record dwelling --unit 3211/02/001/001 dwelling=1-101 address=朱方路1号 start=2010-01-01\n\n\
    `linli standard checks community` lists what findings answer; `linli explain` shows the subjects.")]
pub struct Arguments {
    /// What to record
    what: What,
    /// The unit that it is about; for a profile the device's own unless given
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// field=value, in Chinese or English
    #[arg(value_name = "FIELD=VALUE", required = true, value_parser = values::assignment)]
    fields: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// The result of one check of a standard
    Finding,
    /// An inspector's word that a hit is untrue
    Disproof,
    /// A unit's own description
    Profile,
    /// A dwelling in the register that the street keeps of a community
    #[value(alias = "dwellings")]
    Dwelling,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let unit = match (&self.unit, self.what) {
            (None, What::Profile) => unit_or_own(&node, None)?,
            (None, _) => {
                let message =
                    context.say("请用 --unit 指明是哪个单位", "say which unit it is about: --unit UNIT");
                return Err(Refused::new(message).into());
            }
            (Some(unit), _) => unit.clone(),
        };
        let (space, document) = match self.what {
            What::Finding => self.oversight(context, unit, &FINDING)?,
            What::Disproof => self.oversight(context, unit, &DISPROOF)?,
            What::Profile => {
                let id = PROFILE.fixed_id("").map_or_else(documents::random_id, Ok)?;
                let edits = documents::document_edits(context, &PROFILE, &self.fields)?;
                (Space::new(unit, Channel::Records), DocumentEdits { id, kind: &PROFILE, edits })
            }
            What::Dwelling => self.dwelling(context, unit)?,
        };
        let id = document.id;
        let changed = documents::write(context, &node, &space, &[document])?;
        if context.json {
            context.out.json(&serde_json::json!({"document": id.to_string(), "changed": changed}))?;
        } else {
            context.out.line(&id.to_string())?;
            let text = if changed { ("已记录", "recorded") } else { ("内容未变", "nothing changed") };
            context.out.note(context.language.pick(text.0, text.1));
        }
        Ok(Ended::Done)
    }

    /// A finding or disproof: a document of its own in the oversight of the unit.
    fn oversight(
        &self,
        context: &Context,
        unit: UnitPath,
        kind: &'static Kind,
    ) -> Result<(Space, DocumentEdits)> {
        let mut edits = documents::document_edits(context, kind, &self.fields)?;
        if let Some(required) = kind.required.iter().find(|required| given(&edits, required).is_none()) {
            return Err(missing(context, kind, required));
        }
        let text = |name| given(&edits, name).and_then(Value::as_text).unwrap_or_default();
        let part = check_item(context, &unit, kind, text("item"), text("subject"))?;
        if let Some(part) = part.filter(|_| given(&edits, "part").is_none()) {
            edits.push(Edit::document("part", Some(Value::from(part))));
        }
        if given(&edits, "day").is_none() {
            edits.push(Edit::document("day", Some(Value::from(as_of_today()))));
        }
        let document = DocumentEdits { id: documents::random_id()?, kind, edits };
        Ok((Space::new(unit, Channel::Oversight), document))
    }

    /// A dwelling: an item of the register that the units above keep of a community, in its oversight.
    fn dwelling(&self, context: &Context, unit: UnitPath) -> Result<(Space, DocumentEdits)> {
        if unit.level() != Level::Community {
            let message = context.say(
                "住房登记在社区名下：--unit 请给社区",
                "dwellings are those of a community: give one with --unit",
            );
            return Err(Refused::new(message).into());
        }
        let id = DWELLINGS.fixed_id("").map_or_else(documents::random_id, Ok)?;
        let key = documents::random_id()?.to_string();
        let given: Vec<(&str, Option<&str>)> =
            self.fields.iter().map(|(field, value)| (field.as_str(), Some(value.as_str()))).collect();
        let edits = documents::item_edits(context, &DWELLINGS, "dwellings", &key, &given)?;
        Ok((Space::new(unit, Channel::Oversight), DocumentEdits { id, kind: &DWELLINGS, edits }))
    }
}

fn given<'e>(edits: &'e [Edit], field: &str) -> Option<&'e Value> {
    edits.iter().find(|edit| edit.field == field)?.value.as_ref()
}

fn missing(context: &Context, kind: &Kind, field: &str) -> anyhow::Error {
    let field = kind.field(field);
    let (zh, en) = field.map_or(("", ""), |field| (field.zh, field.name));
    Refused::new(match context.language {
        Language::Chinese => format!("缺少“{zh}”（{en}=…）"),
        Language::English => format!("{en}=… is missing"),
    })
    .into()
}

/// Refuses an item that the unit's standard does not have, and a check that it does not ask for. Returns
/// the part that a finding's check belongs to.
fn check_item(
    context: &Context,
    unit: &UnitPath,
    kind: &Kind,
    item: &str,
    subject: &str,
) -> Result<Option<String>> {
    let standard = match unit.level() {
        Level::Street => Standard::street(),
        _ => Standard::community(),
    };
    // A disproof without an item holds for every item.
    if kind == &DISPROOF && item.is_empty() {
        return Ok(None);
    }
    // The sign-off of an item that has nobody to count is a finding like any other.
    let all = standard.checks().into_iter().chain(standard.sign_offs());
    let checks: Vec<Check> = all.filter(|check| check.item == item).collect();
    let hint = context.say("`linli standard checks` 列出检查点", "`linli standard checks` lists the checks");
    if standard.item(item).is_none() {
        let message = match context.language {
            Language::Chinese => format!("标准 {} 没有项目“{item}”", standard.id),
            Language::English => format!("standard {} has no item `{item}`", standard.id),
        };
        return Err(Refused::new(message).hint(hint).into());
    }
    // A check named * takes any subject: complaints, events.
    let asked = checks.iter().find(|check| check.subject == subject || check.subject == "*");
    if kind == &FINDING && !checks.is_empty() && asked.is_none() {
        let message = match context.language {
            Language::Chinese => format!("项目 {item} 没有检查点“{subject}”"),
            Language::English => format!("item {item} has no check `{subject}`"),
        };
        let known: Vec<&str> = checks.iter().map(|check| check.subject.as_str()).collect();
        let hint = format!("{} {}", context.say("可填：", "there are:"), known.join(", "));
        return Err(Refused::new(message).hint(hint).into());
    }
    Ok(asked.filter(|_| kind == &FINDING).map(|check| check.part.clone()))
}
