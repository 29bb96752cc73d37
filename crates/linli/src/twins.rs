//! Logs that forked, as a finding: who, where, and the seals that prove it.

use anyhow::Result;
use data_encoding::HEXLOWER;
use linli_node::Node;
use linli_store::{StoreError, Twin};
use serde::Serialize;

use crate::{commands::devices, context::Context, language::Language, output::Table, standing};

/// Findings that are shown; a device can make as many as it likes.
const SHOWN_MAX: usize = 100;

/// One place of a log at which a device signed more than one entry.
#[derive(Debug, Serialize)]
pub struct Finding {
    device: String,
    /// What its grant calls it.
    label: String,
    #[serde(rename = "in")]
    space: String,
    log: String,
    seq: u64,
    entries: Vec<Proof>,
}

/// One of the entries and the seal that vouches for it: the device's signature over an entry at or behind it.
#[derive(Debug, Serialize)]
struct Proof {
    entry: String,
    device_time: String,
    state: &'static str,
    sealed_seq: Option<u64>,
    sealed_entry: Option<String>,
    seal: Option<String>,
}

impl From<&Twin> for Proof {
    fn from(twin: &Twin) -> Self {
        Self {
            entry: twin.hash.to_string(),
            device_time: standing::time(twin.time),
            state: twin.state.as_str(),
            sealed_seq: twin.sealed.map(|sealed| sealed.head.seq),
            sealed_entry: twin.sealed.map(|sealed| sealed.head.hash.to_string()),
            seal: twin.sealed.map(|sealed| HEXLOWER.encode(&sealed.seal.signature)),
        }
    }
}

/// Every place at which a log forked.
pub fn findings(node: &Node) -> Result<Vec<Finding>> {
    let findings = node.with(|r| {
        let finding = |twins: &linli_store::Twins| Finding {
            device: twins.device.to_string(),
            label: devices::label(r, &twins.log),
            space: twins.space.to_string(),
            log: twins.log.to_string(),
            seq: twins.seq,
            entries: twins.entries.iter().map(Proof::from).collect(),
        };
        Ok::<_, StoreError>(r.twins(SHOWN_MAX)?.iter().map(finding).collect())
    })?;
    Ok(findings)
}

/// Shows the findings, if there are any, with what to do about them.
pub fn print(context: &mut Context, findings: &[Finding]) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let language = context.language;
    let headings = [
        ("分叉的设备", "forked device"),
        ("名称", "name"),
        ("所在", "in"),
        ("序号", "entry"),
        ("条目", "entries"),
        ("签名至", "sealed at"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[3]);
    for one in findings {
        for (at, proof) in one.entries.iter().enumerate() {
            let first = |text: &str| if at == 0 { text.to_owned() } else { String::new() };
            let sealed = match (&proof.sealed_seq, &proof.sealed_entry) {
                (Some(seq), Some(entry)) => format!("{seq} {}", &entry[..16]),
                _ => "-".to_owned(),
            };
            table.row([
                first(&one.device[..16]),
                first(&one.label),
                first(&one.space),
                first(&one.seq.to_string()),
                proof.entry[..16].to_owned(),
                sealed,
            ]);
        }
    }
    context.out.line("")?;
    context.out.table(&table)?;
    let note = match language {
        Language::Chinese => {
            "以上设备在同一位置签过不止一个条目：它被恢复、克隆过，或密钥外泄。各支都有效。请查明哪台是副本；\
             若是外泄，用 `linli revoke` 吊销。--json 给出完整签名作为证据。"
        }
        Language::English => {
            "These devices signed more than one entry at one place: they were restored or cloned, or their key \
             is in other hands. All branches count. Find out which machine is the copy; if the key leaked, \
             `linli revoke` it. --json has the whole seals as proof."
        }
    };
    context.out.note(note);
    Ok(())
}
