//! `linli standard publish`: a standard as a signed document in the unit's notices.

use std::path::Path;

use anyhow::Result;
use linli_audit::packs;
use linli_eval::{PackError, Standard};
use linli_log::Right;
use linli_model::{Edit, Value, kind};
use linli_node::{Node, as_of_today};
use linli_store::DocumentEdits;
use linli_wire::{Channel, Level, Space, UnitPath};
use serde_json::json;

use super::{chinese, files};
use crate::{
    context::Context,
    documents,
    failure::{Ended, Refused},
    language::Language,
};

pub fn run(context: &mut Context, directory: &Path) -> Result<Ended> {
    let standard = match Standard::check(files::read(context, directory)?) {
        Ok(standard) => standard,
        Err(problems) => {
            let (zh, en) = (
                "未发布：它还不能作为标准；改正以上各处",
                "not published: it is no standard yet; correct these places",
            );
            return Ok(refuse(context, &problems, context.say(zh, en)));
        }
    };
    let node = context.node()?;
    let unit = node.unit()?;
    require_publisher(context, &node, &unit)?;
    require_name(context, &standard)?;
    node.materialise()?;
    let published = node.with(|r| packs::published(r))?;
    let last = packs::last(&published, &unit, standard.level, i64::MAX);
    if last.is_some_and(|last| last.standard.as_ref().is_ok_and(|known| known.hash == standard.hash)) {
        let message = context.say("已发布过，内容未变", "it is published already, and nothing changed");
        context.out.note(message);
        return tell(context, &standard, &unit, false);
    }
    require_version(context, &published, &unit, &standard)?;
    if let Some(city) = unit.parent() {
        let citys = packs::last(&published, &city, standard.level, i64::MAX)
            .and_then(|last| last.standard.as_ref().ok());
        let loosened = standard.loosened_from(citys.unwrap_or(&packs::built_in(standard.level)));
        if !loosened.is_empty() {
            let (zh, en) = (
                "未发布：区县的标准只能比市的更严；改正以上各处",
                "not published: a district's standard may only tighten the city's; correct these places",
            );
            return Ok(refuse(context, &loosened, context.say(zh, en)));
        }
    }
    let document =
        DocumentEdits { id: documents::random_id()?, kind: &kind::STANDARD, edits: edits(&standard) };
    documents::write(context, &node, &Space::new(unit.clone(), Channel::Notices), &[document])?;
    tell(context, &standard, &unit, true)
}

fn edits(standard: &Standard) -> Vec<Edit> {
    let fields =
        [("standard", &standard.id), ("version", &standard.version), ("hash", &standard.hash.to_string())]
            .map(|(field, value)| Edit::document(field, Some(Value::Text(value.clone()))));
    let file = |(name, content): (&str, &str)| {
        Edit::item("files", name, "content", Some(Value::Text(content.to_owned())))
    };
    fields.into_iter().chain(standard.files().map(file)).collect()
}

/// The city and its districts publish standards, by a device that may.
fn require_publisher(context: &Context, node: &Node, unit: &UnitPath) -> Result<()> {
    let device = node.device();
    let may = node.with(|r| r.trust().grants_of(device).any(|(_, a)| a.grant.rights.has(Right::Publish)));
    if !matches!(unit.level(), Level::City | Level::District) {
        let message = context.say("标准由市、区县发布", "the city and its districts publish standards");
        return Err(Refused::new(message).into());
    }
    if !may {
        let message =
            context.say("本设备没有发布标准的权限", "this device has no right to publish standards");
        let hint = context.say(
            "请在本级的上级机器上发布，或请其授予 publish 权限",
            "publish at the unit's hub, or ask for a grant with the right `publish`",
        );
        return Err(Refused::new(message).hint(hint).into());
    }
    Ok(())
}

/// A version says one thing: what is published under it is not published again with other contents.
fn require_version(
    context: &Context,
    published: &[packs::Published],
    unit: &UnitPath,
    standard: &Standard,
) -> Result<()> {
    let version = &standard.version;
    let same = |one: &&packs::Published| {
        let known = one.standard.as_ref().ok().filter(|known| known.hash != standard.hash);
        one.unit == *unit && known.is_some_and(|known| known.id == standard.id && known.version == *version)
    };
    let Some(known) = published.iter().find(same).and_then(|one| one.standard.as_ref().ok()) else {
        return Ok(());
    };
    let hash = known.hash;
    let message = match context.language {
        Language::Chinese => format!("{unit} 已发布版本 {version}，摘要 {hash}，内容与此不同"),
        Language::English => {
            format!(
                "version {version} is published already by {unit} with the hash {hash} and other contents"
            )
        }
    };
    let hint = context.say("请在 standard.toml 中改用新的 version", "raise the version in standard.toml");
    Err(Refused::new(message).hint(hint).into())
}

/// A standard for a level goes by one name, so that scorecards of all years can be compared.
fn require_name(context: &Context, standard: &Standard) -> Result<()> {
    let (id, expected) = (&standard.id, packs::built_in(standard.level).id);
    if *id == expected {
        return Ok(());
    }
    let message = match context.language {
        Language::Chinese => format!("这一级的标准 id 是“{expected}”，不是“{id}”"),
        Language::English => format!("the id of a standard for this level is `{expected}`, not `{id}`"),
    };
    let hint = context.say("把变化写在 version 里", "let the version say what is new");
    Err(Refused::new(message).hint(hint).into())
}

fn refuse(context: &mut Context, problems: &[PackError], why: &str) -> Ended {
    for problem in problems {
        context.out.note(&chinese::told(context.language, &problem.to_string()));
    }
    context.out.note(why);
    Ended::Refused
}

fn tell(context: &mut Context, standard: &Standard, unit: &UnitPath, new: bool) -> Result<Ended> {
    let (id, version, hash, today) =
        (&standard.id, &standard.version, standard.hash.to_string(), as_of_today());
    if context.json {
        context
            .out
            .json(&json!({"published": true, "new": new, "standard": id, "version": version, "hash": hash,
            "unit": unit.to_string()}))?;
        return Ok(Ended::Done);
    }
    context.out.line(&match context.language {
        Language::Chinese => format!("{unit} 的标准 {id} {version}，摘要 {hash}"),
        Language::English => format!("the standard {id} {version} of {unit}, hash {hash}"),
    })?;
    if new && unit.level() == Level::District {
        context.out.note(&match context.language {
            Language::Chinese => format!(
                "已发布，随同步下发；自 {today} 起开始的考核期，比本机已收到的市标准更严者适用。市若另有更严的标准尚未收到，则以市的为准：\
                 先 `linli sync`，再看 `linli standard list`"
            ),
            Language::English => format!(
                "published, and goes down with the next sync: in periods that begin from {today} on it scores where it tightens the \
                 city's standard. It was compared with the last one of the city's that came here; one that is stricter and has not \
                 come yet scores instead: `linli sync`, then see `linli standard list`"
            ),
        });
    } else if new {
        context.out.note(&match context.language {
            Language::Chinese => format!("已发布；自 {today} 起开始的考核期适用，随同步下发"),
            Language::English => {
                format!("published: it scores the periods that begin from {today} on, and goes down with the next sync")
            }
        });
    }
    Ok(Ended::Done)
}
