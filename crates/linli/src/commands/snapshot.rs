//! `linli snapshot`: one file that an auditor checks alone.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};
use linli_audit::{Difference, Manifest, Recomputed, RecomputedScorecard, Verified, recompute};
use linli_log::Right;
use linli_node::{Node, Parent, Period, make_snapshot, pull_snapshot, write_whole};
use linli_wire::{RealmId, UnitPath};
use serde_json::json;

use crate::{
    cli::{period::PeriodArguments, values},
    context::{Context, unit_or_own},
    failure::{Ended, Refused},
    language::Language,
    output::Table,
    standing,
};

/// Bytes of a snapshot: more than the largest city's, less than what a mistaken device file would give.
const FILE_BYTES_MAX: u64 = 16 << 30;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a snapshot; a device that is no hub pulls it from its hub
    #[command(after_help = "Examples:\n  linli --data city snapshot create 2026.snapshot\n  \
        linli --data auditor snapshot create street.snapshot --unit 3211/02/001")]
    Create(Create),
    /// Check a snapshot from the first byte to the last score; needs nothing but the file and the realm id
    #[command(after_help = "Example:\n  linli snapshot verify 2026.snapshot --realm 3f2a…")]
    Verify {
        file: PathBuf,
        /// The realm id, as `linli realm show` prints it; ask for it on another way than the file came
        #[arg(long)]
        realm: RealmId,
    },
    /// Score the cut of an earlier snapshot again from what this device holds today
    #[command(after_help = "Example:\n  linli --data city snapshot recompute 2026.snapshot\n\n\
        Each scorecard comes out equal, different, or not recomputable: then documents that it rested on were \
        erased since.")]
    Recompute { file: PathBuf },
    /// Show what a snapshot says of itself, unchecked
    #[command(after_help = "Example:\n  linli snapshot show 2026.snapshot")]
    Show { file: PathBuf },
    /// Compare two snapshots
    #[command(after_help = "Example:\n  linli snapshot diff october.snapshot november.snapshot")]
    Diff { first: PathBuf, second: PathBuf },
}

#[derive(Debug, Args)]
struct Create {
    /// Where to write it
    file: PathBuf,
    /// The unit; without it the device's own
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    #[command(flatten)]
    period: PeriodArguments,
    /// Pull it from the hub above by this address
    #[arg(long, value_name = "ADDR", value_parser = values::address)]
    from: Option<SocketAddr>,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        match &self.action {
            Action::Create(create) => create.run(context),
            Action::Verify { file, realm } => {
                let verified = linli_audit::verify(&context.read(file, FILE_BYTES_MAX)?, *realm)?;
                print_verified(context, &verified)
            }
            Action::Recompute { file } => {
                let bytes = context.read(file, FILE_BYTES_MAX)?;
                let node = context.node()?;
                let realm = node.realm()?;
                let cards = node.with(|r| recompute(&bytes, realm, r))?;
                print_recomputed(context, &cards)
            }
            Action::Show { file } => {
                let manifest = linli_audit::show(&context.read(file, FILE_BYTES_MAX)?)?;
                print_manifest(context, &manifest)
            }
            Action::Diff { first, second } => {
                let difference = linli_audit::diff(
                    &context.read(first, FILE_BYTES_MAX)?,
                    &context.read(second, FILE_BYTES_MAX)?,
                )?;
                print_difference(context, &difference)
            }
        }
    }
}

impl Create {
    fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let unit = unit_or_own(&node, self.unit.as_ref())?;
        let period = self.period.period()?;
        let device = node.device();
        let is_hub =
            node.with(|r| r.trust().grants_of(device).any(|(_, a)| a.grant.rights.has(Right::Receipt)));
        let bytes = if is_hub && self.from.is_none() {
            make_snapshot(&node, &unit, &period)?
        } else {
            self.pull(context, &node, &unit, &period)?
        };
        write_whole(&context.path(&self.file), &bytes)?;
        let (file, len, realm) = (self.file.display(), bytes.len(), node.realm()?);
        if context.json {
            let answer = json!({"file": self.file, "bytes": len, "unit": unit.to_string(), "realm": realm.to_string(), "as_of": period.as_of});
            context.out.json(&answer)?;
            return Ok(Ended::Done);
        }
        context.out.line(&match context.language {
            Language::Chinese => format!("{file}：{unit}，截至 {}，{len} 字节", period.as_of),
            Language::English => format!("{file}: {unit} as of {}, {len} bytes", period.as_of),
        })?;
        context.out.note(&match context.language {
            Language::Chinese => format!("核验：linli snapshot verify {file} --realm {realm}"),
            Language::English => format!("to check it: linli snapshot verify {file} --realm {realm}"),
        });
        Ok(Ended::Done)
    }

    fn pull(&self, context: &Context, node: &Node, unit: &UnitPath, period: &Period) -> Result<Vec<u8>> {
        let Some(parent) = node.parent()? else {
            let message = context
                .say("本机不是上级机器，也没有上级可取快照", "this device is no hub and has none to ask");
            let hint = context.say("先用 `linli join 邀请码` 加入", "join with `linli join CODE` first");
            return Err(Refused::new(message).hint(hint).into());
        };
        let hub = Parent { address: self.from.unwrap_or(parent.address), device: parent.device };
        Ok(context.block_on(pull_snapshot(node, &hub, unit, period))?)
    }
}

fn print_verified(context: &mut Context, verified: &Verified) -> Result<Ended> {
    if context.json {
        context.out.json(&verified_json(verified))?;
        return Ok(Ended::Done);
    }
    let language = context.language;
    let by_rule = |date: Option<&String>| {
        date.cloned().unwrap_or_else(|| language.pick("按标准规定", "by the standard's rule").to_owned())
    };
    let mut table = Table::new([
        language.pick("核验结果", "verified"),
        language.pick(
            "每个字节、签名、日志链、台账与评分均相符",
            "every byte, signature, chain, table and score holds",
        ),
    ]);
    let signer = &verified.signer;
    let left_out: Vec<String> =
        left_out(verified).into_iter().map(|(state, count)| format!("{state} {count}")).collect();
    let rows = [
        ("域", "realm", verified.realm.to_string()),
        ("单位", "unit", verified.unit.to_string()),
        ("起始", "from", by_rule(verified.start.as_ref())),
        ("截至", "as of", verified.as_of.clone()),
        ("收件截止", "received until", by_rule(verified.close.as_ref())),
        ("制作时间", "made at", standing::time(verified.made_at)),
        ("签发", "signed by", format!("{} {} {}", signer.unit, signer.label, signer.device)),
        ("日志 / 设备", "logs / devices", format!("{} / {}", verified.logs, verified.devices)),
        ("条目", "entries", verified.entries.to_string()),
        ("人员", "people", verified.people.to_string()),
        ("未生效条目", "entries without effect", left_out.join(", ")),
    ];
    for (zh, en, value) in rows {
        table.row([language.pick(zh, en), &value]);
    }
    context.out.table(&table)?;
    print_standards(context, verified)?;
    print_scorecards(context, verified)?;
    Ok(Ended::Done)
}

/// The standards, each with the hash by which it can be compared with a published one.
fn print_standards(context: &mut Context, verified: &Verified) -> Result<()> {
    let headings = [("标准", "standard"), ("版本", "version"), ("摘要", "hash")];
    let mut table = Table::new(headings.map(|(zh, en)| context.language.pick(zh, en)));
    for standard in &verified.standards {
        table.row([standard.id.as_str(), &standard.version, &standard.hash.to_string()]);
    }
    if !table.is_empty() {
        context.out.line("")?;
        context.out.table(&table)?;
    }
    Ok(())
}

fn print_recomputed(context: &mut Context, cards: &[RecomputedScorecard]) -> Result<Ended> {
    let differs = cards.iter().any(|card| matches!(card.recomputed, Recomputed::Different(_)));
    let ended = if differs { Ended::Refused } else { Ended::Done };
    if context.json {
        let cards: Vec<_> = cards
            .iter()
            .map(|card| {
                let erased = match card.recomputed {
                    Recomputed::NotRecomputable { erased } => Some(erased),
                    Recomputed::Equal | Recomputed::Different(_) => None,
                };
                json!({"unit": card.unit.to_string(), "standard": card.standard,
                    "recomputed": card.recomputed.to_string(), "erased": erased})
            })
            .collect();
        context.out.json(&cards)?;
        return Ok(ended);
    }
    let language = context.language;
    let headings = [("单位", "unit"), ("标准", "standard"), ("复算", "recomputed")];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
    for card in cards {
        let recomputed = match (&card.recomputed, language) {
            (outcome, Language::English) => outcome.to_string(),
            (Recomputed::Equal, Language::Chinese) => "相符".to_owned(),
            (Recomputed::Different(item), Language::Chinese) => format!("不符：{item}"),
            (Recomputed::NotRecomputable { erased }, Language::Chinese) => {
                format!("无法复算：{erased} 份文档已删除")
            }
        };
        table.row([card.unit.as_str(), &card.standard, &recomputed]);
    }
    context.out.table(&table)?;
    Ok(ended)
}

fn print_scorecards(context: &mut Context, verified: &Verified) -> Result<()> {
    let language = context.language;
    let headings = [
        ("单位", "unit"),
        ("标准", "standard"),
        ("总分", "total"),
        ("结论", "outcome"),
        ("复算", "recomputed"),
        ("摘要", "digest"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[2]);
    for card in &verified.scorecards {
        let equal =
            if card.equal { language.pick("相符", "equal") } else { language.pick("不符", "different") };
        let (outcome, digest) = (card.outcome.as_str(), card.digest.to_string());
        table.row([card.unit.as_str(), &card.standard, &card.total, outcome, equal, &digest]);
    }
    if !table.is_empty() {
        context.out.line("")?;
        context.out.table(&table)?;
    }
    Ok(())
}

/// How many entries are without effect, by what became of them.
fn left_out(verified: &Verified) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for entry in &verified.left_out {
        *counts.entry(entry.state.as_str()).or_default() += 1;
    }
    counts
}

fn verified_json(verified: &Verified) -> serde_json::Value {
    let cards: Vec<_> = verified
        .scorecards
        .iter()
        .map(|card| {
            json!({"unit": card.unit.to_string(), "standard": card.standard, "total": card.total,
                "outcome": card.outcome.as_str(), "equal": card.equal, "digest": card.digest.to_string()})
        })
        .collect();
    let tables: Vec<_> = verified.tables.iter().map(|t| json!({"table": t.name, "rows": t.rows})).collect();
    let standards: Vec<_> = verified
        .standards
        .iter()
        .map(|s| json!({"id": s.id, "version": s.version, "hash": s.hash.to_string()}))
        .collect();
    json!({
        "verified": true, "realm": verified.realm.to_string(), "unit": verified.unit.to_string(),
        "start": verified.start, "as_of": verified.as_of, "close": verified.close,
        "made_at_ms": verified.made_at.0,
        "signer": {"device": verified.signer.device.to_string(), "unit": verified.signer.unit.to_string(),
            "label": verified.signer.label},
        "frontier": verified.frontier.to_string(), "entries": verified.entries, "logs": verified.logs,
        "devices": verified.devices, "documents": verified.documents, "people": verified.people,
        "tables": tables, "standards": standards, "scorecards": cards, "left_out": left_out(verified),
    })
}

fn print_manifest(context: &mut Context, manifest: &Manifest) -> Result<Ended> {
    if context.json {
        let sections: Vec<_> = manifest
            .sections
            .iter()
            .map(|s| json!({"name": s.name, "stored_bytes": s.stored_bytes, "sha256": s.sha256.to_string()}))
            .collect();
        let answer = json!({
            "realm": manifest.realm.to_string(), "unit": manifest.unit.to_string(), "as_of": manifest.as_of,
            "start": manifest.start, "close": manifest.close, "made_at_ms": manifest.made_at.0,
            "signer": manifest.signer.to_string(), "spaces": manifest.frontier.len(), "sections": sections,
        });
        context.out.json(&answer)?;
        return Ok(Ended::Done);
    }
    let language = context.language;
    let mut table = Table::new([language.pick("域", "realm"), &manifest.realm.to_string()]);
    table.row([language.pick("单位", "unit"), manifest.unit.as_str()]);
    table.row([language.pick("截至", "as of"), &manifest.as_of]);
    table.row([language.pick("制作时间", "made at"), &standing::time(manifest.made_at)]);
    table.row([language.pick("签发设备", "signer"), &manifest.signer.to_string()]);
    context.out.table(&table)?;
    let mut table =
        Table::new([language.pick("部分", "section"), language.pick("字节", "bytes")]).right(&[1]);
    for section in &manifest.sections {
        table.row([section.name.as_str(), &section.stored_bytes.to_string()]);
    }
    context.out.line("")?;
    context.out.table(&table)?;
    context.out.note(language.pick(
        "以上未经核验；核验请用 `linli snapshot verify`",
        "nothing of this was checked; `linli snapshot verify` does",
    ));
    Ok(Ended::Done)
}

fn print_difference(context: &mut Context, difference: &Difference) -> Result<Ended> {
    let ended = if difference.went_backwards.is_empty() { Ended::Done } else { Ended::Refused };
    let language = context.language;
    if context.json {
        let cards: Vec<_> = difference
            .scorecards
            .iter()
            .map(|c| json!({"unit": c.unit.to_string(), "standard": c.standard, "totals": c.totals, "first": c.first}))
            .collect();
        let backwards: Vec<_> = difference
            .went_backwards
            .iter()
            .map(|b| {
                json!({"space": b.space.to_string(), "log": b.log.to_string(), "first_seq": b.first_seq,
                    "entries_missing": b.entries_missing})
            })
            .collect();
        let units: Vec<String> = difference.frontiers.iter().map(ToString::to_string).collect();
        let answer = json!({"units": units, "entries_added": difference.entries_added,
            "logs_added": difference.logs_added, "scorecards": cards, "went_backwards": backwards});
        context.out.json(&answer)?;
        return Ok(ended);
    }
    let (entries, logs, units) =
        (difference.entries_added, difference.logs_added, difference.frontiers.len());
    context.out.line(&match language {
        Language::Chinese => format!("增加 {entries} 条内容、{logs} 个日志；{units} 个单位有变化"),
        Language::English => format!("{entries} entries and {logs} logs more; {units} units differ"),
    })?;
    let headings =
        [("单位", "unit"), ("标准", "standard"), ("前", "before"), ("后", "after"), ("首处不同", "first in")];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[2, 3]);
    for card in &difference.scorecards {
        let [before, after] = card.totals.each_ref().map(|total| total.as_deref().unwrap_or("-"));
        table.row([card.unit.as_str(), &card.standard, before, after, &card.first]);
    }
    if !table.is_empty() {
        context.out.table(&table)?;
    }
    for backwards in &difference.went_backwards {
        let (space, log, seq, missing) =
            (&backwards.space, backwards.log.short(), backwards.first_seq, backwards.entries_missing);
        context.out.note(&match language {
            Language::Chinese => format!("警告：{space} 的日志 {log} 自第 {seq} 条起缺少 {missing} 条；日志只增不减，请查问"),
            Language::English => format!(
                "warning: log {log} of {space} lacks {missing} entries from entry {seq} on; a log never loses any, \
                 ask why"
            ),
        });
    }
    Ok(ended)
}
