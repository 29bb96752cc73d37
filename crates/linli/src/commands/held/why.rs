//! `linli held why`: the chain from an entry without effect to what is at fault, and what to do.

use anyhow::Result;
use linli_node::{Node, NodeError};
use linli_store::{Because, EntryState, Link, Replica};
use linli_wire::EntryHash;
use serde::Serialize;

use super::{SHOWN_DIGITS, state};
use crate::{commands::devices, context::Context, failure::Ended, language::Language};

/// One link of the chain, as it is shown.
#[derive(Debug, Serialize)]
struct Shown {
    entry: String,
    #[serde(rename = "in")]
    space: String,
    device: String,
    label: String,
    seq: u64,
    state: &'static str,
    reason: String,
    /// `itself`, `grant`, `change`, `entry`, `place` or `content`.
    because: &'static str,
    /// The document that it is about.
    document: Option<String>,
    /// The grant, change or entry that it waits for, builds on, or lost its place to.
    of: Option<String>,
}

impl Shown {
    fn of(replica: &Replica, link: &Link) -> Self {
        let Link { entry, because } = link;
        let (name, document, of) = match because {
            Because::Itself => ("itself", None, None),
            Because::Grant(grant) => ("grant", None, Some(grant.to_string())),
            Because::Missing { document, change } => {
                ("change", Some(document), Some(EntryHash(*change).to_string()))
            }
            Because::Follows { document, entry } => ("entry", Some(document), Some(entry.to_string())),
            Because::Place { document, entry } => {
                ("place", Some(document), entry.map(|entry| entry.to_string()))
            }
            Because::Withheld { document } => ("content", Some(document), None),
        };
        Self {
            entry: entry.hash.to_string(),
            space: entry.space.to_string(),
            device: entry.device.to_string(),
            label: devices::label(replica, &entry.log),
            seq: entry.seq,
            state: entry.state.as_str(),
            reason: entry.reason.clone().unwrap_or_default(),
            because: name,
            document: document.map(ToString::to_string),
            of,
        }
    }
}

#[derive(Debug, Serialize)]
struct Answer {
    chain: Vec<Shown>,
    /// The entry that says the same again and counts.
    again: Option<String>,
    next: &'static str,
}

pub(super) fn run(context: &mut Context, node: &Node, entry: EntryHash) -> Result<Ended> {
    let answer = node.with(|r| {
        let chain = r.why(&entry)?;
        let again = r.written_again(&entry)?.map(|again| again.to_string());
        let next = match &again {
            Some(_) => context.say("无需处理：已重写", "nothing: it was written again"),
            None => chain.last().map_or("", |last| next(context.language, last, chain.len() > 1)),
        };
        Ok::<_, NodeError>(Answer {
            chain: chain.iter().map(|link| Shown::of(r, link)).collect(),
            again,
            next,
        })
    })?;
    if context.json {
        context.out.json(&answer)?;
        return Ok(Ended::Done);
    }
    let language = context.language;
    for (depth, link) in answer.chain.iter().enumerate() {
        let indent = "  ".repeat(depth);
        let Shown { space, label, seq, .. } = link;
        let (entry, device) = (&link.entry[..SHOWN_DIGITS], &link.device[..8]);
        let said = state(language, link.state);
        context.out.line(&match language {
            Language::Chinese => {
                format!(
                    "{indent}{entry}：{space} 中设备 {device} {label} 的第 {seq} 条，{said}：{}",
                    link.reason
                )
            }
            Language::English => format!(
                "{indent}{entry}: number {seq} of device {device} {label} in {space}, {said}: {}",
                link.reason
            ),
        })?;
        if let Some(line) = because(language, link) {
            context.out.line(&format!("{indent}  {line}"))?;
        }
    }
    if let Some(again) = &answer.again {
        let text = language.pick("已重写为", "written again as");
        context.out.line(&format!("{text} {}", &again[..SHOWN_DIGITS]))?;
    }
    context.out.line(&format!("{}{}", language.pick("下一步：", "next: "), answer.next))?;
    Ok(Ended::Done)
}

fn because(language: Language, link: &Shown) -> Option<String> {
    let of = link.of.as_ref().map_or("", |of| &of[..SHOWN_DIGITS]);
    let document = link.document.as_deref().unwrap_or("");
    Some(match (link.because, language) {
        ("grant", Language::Chinese) => format!("等待授权 {of}"),
        ("grant", Language::English) => format!("it waits for grant {of}"),
        ("change", Language::Chinese) => format!("对文档 {document} 的改动以 {of} 为前提，本机没有"),
        ("change", Language::English) => {
            format!("what it does to document {document} builds on change {of}, which is not here")
        }
        ("entry", Language::Chinese) => format!("对文档 {document} 的改动以未生效条目 {of} 为前提："),
        ("entry", Language::English) => {
            format!("what it does to document {document} builds on entry {of}, which has no effect:")
        }
        ("place", Language::Chinese) => format!("文档 {document} 中的同一位置已由条目 {of} 占用"),
        ("place", Language::English) => format!("entry {of} has its place in document {document}"),
        ("content", Language::Chinese) => format!("文档 {document} 的内容被略去，也没有删除记录说明原因"),
        ("content", Language::English) => {
            format!("the content of document {document} was left out, and no erasure says why")
        }
        _ => return None,
    })
}

/// What whoever asks can do, by what stands at the end of the chain.
const fn next(language: Language, last: &Link, follows: bool) -> &'static str {
    match (&last.because, last.entry.state) {
        (Because::Grant(_), _) => language.pick(
            "与签发授权的上级同步；授权到达即自动生效",
            "sync with the hub that gave the grant; it is released by itself when that arrives",
        ),
        (Because::Missing { .. } | Because::Withheld { .. }, _) => language.pick(
            "与该设备或其上级同步；所缺内容到达即自动生效",
            "sync with that device or its hub; it is released by itself when what is missing arrives",
        ),
        (Because::Place { .. }, _) => language.pick(
            "查明设备是否被克隆；内容属实则用 `linli held reauthor` 由本单位设备重写",
            "find out whether the device was cloned; if the content is good, a device of the unit writes it \
             again: `linli held reauthor`",
        ),
        (_, EntryState::NeedsVersion) => language.pick(
            "更新程序，然后运行 `linli held release`",
            "update the program, then run `linli held release`",
        ),
        (_, EntryState::Erased) => language.pick("无需处理", "nothing"),
        (_, EntryState::Refused) if follows => language.pick(
            "所依据的条目无权写入；内容属实则用 `linli held reauthor` 由本单位设备重写",
            "what it builds on may not be written; if the content is good, a device of the unit writes it again: \
             `linli held reauthor`",
        ),
        (_, EntryState::Refused) => language.pick(
            "先解决上述原因；内容属实则用 `linli held reauthor` 由本单位设备重写",
            "solve that reason; if the content is good, a device of the unit writes it again: `linli held reauthor`",
        ),
        _ => language.pick(
            "向写入的设备核实；若属程序缺陷，请连同该段报告",
            "ask whoever wrote it; if it is a defect of the program, report it with the segment",
        ),
    }
}
