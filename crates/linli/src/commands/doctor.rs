//! `linli doctor`: checking the data of this device.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use linli_eval::{Engine as _, SqlValue};
use linli_node::{Node, NodeError};
use linli_store::{BackdatedReceipt, Repacked, Replica};
use linli_wire::Digest;
use serde::Serialize;

use crate::{
    context::Context,
    failure::Ended,
    language::Language,
    standing,
    twins::{self, Finding},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  linli --data clerk doctor\n  linli --data clerk doctor --rebuild\n  linli --data clerk doctor --repack\n\n\
    Every segment is checked against its hashes and its seal. --rebuild also makes documents and tables anew \
    from the segments and says whether anything differed; nothing that was entered is lost by it. --repack saves space; no hash, receipt or figure changes."
)]
pub struct Arguments {
    /// Make documents and tables anew, and compare
    #[arg(long)]
    pub rebuild: bool,
    /// Make few full segments of many small ones, packed harder
    #[arg(long)]
    pub repack: bool,
}

#[derive(Debug, Serialize)]
struct Answer {
    segments: usize,
    entries: u64,
    left_out: u64,
    /// Attachments that are here whole and sound.
    attachments: usize,
    /// Those whose bytes were damaged: they are gone, and can be fetched again.
    damaged_attachments: Vec<String>,
    /// Files that no document names any longer, erased now.
    swept_attachments: usize,
    rebuilt: bool,
    /// Tables whose rows were others before.
    differed: Vec<String>,
    /// Places at which a device signed more than one entry.
    twins: Vec<Finding>,
    /// Receipts that name what was written after their own date.
    backdated_receipts: Vec<Backdated>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repacked: Option<Packing>,
}

/// A receipt whose own words show that it was dated back.
#[derive(Debug, Serialize)]
struct Backdated {
    hub: String,
    receipt: String,
    dated: String,
    heartbeat: String,
    written_after: String,
}

impl From<BackdatedReceipt> for Backdated {
    fn from(found: BackdatedReceipt) -> Self {
        Self {
            hub: found.hub.to_string(),
            receipt: found.entry.to_string(),
            dated: standing::time(found.dated),
            heartbeat: found.heartbeat.to_string(),
            written_after: standing::time(found.written_after),
        }
    }
}

/// Segments and their bytes, before and after.
#[derive(Debug, Serialize)]
struct Packing {
    segments_before: u64,
    segments_after: u64,
    bytes_before: u64,
    bytes_after: u64,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let segments = node.with(|r| r.verify_segments()).map_err(NodeError::from)?;
        node.materialise()?;
        let mut differed = Vec::new();
        if self.rebuild {
            let before = digests(&node)?;
            node.with(Replica::rebuild).map_err(NodeError::from)?;
            let after = digests(&node)?;
            differed = before.into_iter().filter(|(t, d)| after.get(t) != Some(d)).map(|(t, _)| t).collect();
        }
        let repacked = if self.repack {
            let Repacked { segments, bytes } = node.with(Replica::repack).map_err(NodeError::from)?;
            Some(Packing {
                segments_before: segments.0,
                segments_after: segments.1,
                bytes_before: bytes.0,
                bytes_after: bytes.1,
            })
        } else {
            None
        };
        let swept_attachments = node.with(Replica::sweep_attachments).map_err(NodeError::from)?;
        let (attachments, damaged_attachments) =
            node.with(Replica::verify_attachments).map_err(NodeError::from)?;
        let counts = node.with(|r| r.counts())?;
        let backdated = node.with(|r| r.backdated_receipts()).map_err(NodeError::from)?;
        let answer = Answer {
            segments,
            entries: counts.entries,
            left_out: counts.left_out,
            attachments,
            damaged_attachments,
            swept_attachments,
            rebuilt: self.rebuild,
            differed,
            twins: twins::findings(&node)?,
            backdated_receipts: backdated.into_iter().map(Backdated::from).collect(),
            repacked,
        };
        let ended = if answer.differed.is_empty() && answer.damaged_attachments.is_empty() {
            Ended::Done
        } else {
            Ended::Refused
        };
        if context.json {
            context.out.json(&answer)?;
        } else {
            print(context, &answer)?;
        }
        Ok(ended)
    }
}

fn print(context: &mut Context, answer: &Answer) -> Result<()> {
    let Answer { segments, entries, left_out, .. } = answer;
    context.out.line(&match context.language {
        Language::Chinese => format!("{segments} 段完好，{entries} 条内容，{left_out} 条未生效"),
        Language::English => {
            format!("{segments} segments are sound; {entries} entries, {left_out} without effect")
        }
    })?;
    if let Some(Packing { segments_before, segments_after, bytes_before, bytes_after }) = &answer.repacked {
        context.out.line(&match context.language {
            Language::Chinese => {
                format!("已重新打包：{segments_before} 段并为 {segments_after} 段，{bytes_before} 字节减为 {bytes_after} 字节")
            }
            Language::English => format!(
                "repacked {segments_before} segments into {segments_after}, {bytes_before} bytes into {bytes_after}"
            ),
        })?;
    }
    if answer.attachments + answer.swept_attachments + answer.damaged_attachments.len() > 0 {
        let (sound, swept) = (answer.attachments, answer.swept_attachments);
        context.out.line(&match context.language {
            Language::Chinese => format!("{sound} 个附件完好，删除无文档引用的 {swept} 个"),
            Language::English => {
                format!("{sound} attachments are sound; {swept} that no document names were erased")
            }
        })?;
    }
    for damaged in &answer.damaged_attachments {
        context.out.note(&match context.language {
            Language::Chinese => format!("附件 {damaged} 已损坏并删除；用 `linli attach fetch` 重新索取"),
            Language::English => {
                format!(
                    "attachment {damaged} was damaged and is gone; `linli attach fetch` asks for it again"
                )
            }
        });
    }
    if answer.rebuilt {
        let tables = answer.differed.join(" ");
        let text = match (context.language, answer.differed.is_empty()) {
            (Language::Chinese, true) => "台账已重建，与原来一致".to_owned(),
            (Language::English, true) => "the tables were made anew and are as they were".to_owned(),
            (Language::Chinese, false) => format!("台账已重建，以下与原来不同，现已更正：{tables}"),
            (Language::English, false) => {
                format!("the tables were made anew; these differed and are right now: {tables}")
            }
        };
        context.out.line(&text)?;
    }
    for one in &answer.backdated_receipts {
        let Backdated { hub, receipt, dated, written_after, .. } = one;
        let (hub, receipt) = (&hub[..16], &receipt[..16]);
        context.out.note(&match context.language {
            Language::Chinese => format!(
                "机器 {hub} 的回执 {receipt} 署期 {dated}，却提到 {written_after} 之后才写的内容：时钟不准，或倒签"
            ),
            Language::English => format!(
                "receipt {receipt} of hub {hub} is dated {dated} and names what was written at {written_after}: \
                 its clock is wrong, or it was dated back"
            ),
        });
    }
    twins::print(context, &answer.twins)
}

/// A digest of each table's rows, whatever their order.
fn digests(node: &Node) -> Result<BTreeMap<String, Digest>> {
    let mut digests = BTreeMap::new();
    for table in linli_model::tables() {
        let columns: Vec<String> = table.columns.iter().map(|c| format!("\"{}\"", c.name)).collect();
        let sql = format!("SELECT {} FROM \"{}\"", columns.join(", "), table.name);
        let rows = node.with(|r| {
            let mut reader = r.reader().map_err(NodeError::from)?;
            reader.query(&sql).map_err(|error| NodeError::Evaluation(error.to_string()))
        })?;
        let mut rows: Vec<Digest> = rows.iter().map(|row| row_digest(row)).collect();
        rows.sort_unstable();
        let parts: Vec<&[u8]> = rows.iter().map(|row| row.0.as_slice()).collect();
        digests.insert(table.name.clone(), Digest::of(b"rows", &parts));
    }
    Ok(digests)
}

fn row_digest(row: &[SqlValue]) -> Digest {
    let cells: Vec<Vec<u8>> = row
        .iter()
        .map(|value| match value {
            SqlValue::Int(number) => [&b"i"[..], &number.to_be_bytes()].concat(),
            SqlValue::Text(text) => [&b"t"[..], text.as_bytes()].concat(),
            SqlValue::Null => b"n".to_vec(),
        })
        .collect();
    let parts: Vec<&[u8]> = cells.iter().map(Vec::as_slice).collect();
    Digest::of(b"row", &parts)
}
