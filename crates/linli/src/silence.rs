//! Who is silent, since when, and what somebody keeps back.

use anyhow::Result;
use linli_log::Right;
use linli_node::{Node, NodeError, SILENT_AFTER_MS, now};
use linli_store::{EntryHeld, Heard};
use linli_wire::{Level, TimeMs, UnitPath};
use serde::Serialize;

use crate::{
    context::{Context, own_unit},
    language::Language,
    output::Table,
    standing,
};

/// One device of which something was heard, or nothing.
#[derive(Debug, Serialize)]
pub struct Word {
    unit: String,
    device: String,
    label: String,
    /// When something was last heard of it: by the clock of whoever received it, else by its own.
    heard: Option<String>,
    silent: bool,
}

/// Entries that a hub says it has and that did not come here.
#[derive(Debug, Serialize)]
pub struct Ahead {
    #[serde(rename = "in")]
    space: Option<String>,
    log: String,
    hub: String,
    unit: String,
    seq: u64,
    since: String,
    /// Whether that was so long ago that it should have come.
    withheld: bool,
}

/// How far this device hears of others.
#[derive(Debug, Serialize)]
pub struct Silence {
    /// The hubs above, the nearest first: their own last word, which every later revocation would follow.
    above: Vec<Word>,
    /// The devices below that are silent.
    below: Vec<Word>,
    ahead: Vec<Ahead>,
}

/// What is known of everybody whose word this device should hear.
pub fn silence(node: &Node) -> Result<Silence> {
    let own = own_unit(node)?;
    let now = now();
    let silence = node.with(|r| {
        let heard = r.heard()?;
        let arrangement = r.trust().arrangement(now.day_number());
        let mut words: Vec<(UnitPath, bool, Word)> = Vec::new();
        for (_, authority) in r.trust().grants().filter(|(_, a)| !r.trust().is_revoked(a)) {
            let grant = &authority.grant;
            let above = arrangement.is_above(&grant.unit, &own) && grant.rights.has(Right::Receipt);
            let speaks = grant.rights.has(Right::Receipt) || grant.rights.has(Right::Records);
            let ended = grant.not_after.is_some_and(|end| end < now);
            if grant.device == r.identity().device()
                || ended
                || !(above || (arrangement.covers(&own, &grant.unit) && speaks))
            {
                continue;
            }
            let of = heard.get(&grant.device).copied().unwrap_or_default();
            let Heard { wrote, received } = of;
            // Nobody gives receipts to those above: their own clock has to do.
            let last = if above { wrote } else { received.or(wrote) };
            let since = last.unwrap_or(authority.since);
            let word = Word {
                unit: grant.unit.to_string(),
                device: grant.device.to_string(),
                label: grant.label.clone(),
                heard: last.map(standing::time),
                silent: now.0 - since.0 > SILENT_AFTER_MS,
            };
            words.push((grant.unit.clone(), above, word));
        }
        words.sort_by(|a, b| (b.0.depth(), &a.0, &a.2.device).cmp(&(a.0.depth(), &b.0, &b.2.device)));
        let (above, below): (Vec<_>, Vec<_>) = words.into_iter().partition(|(_, above, _)| *above);
        let ahead = r.ahead()?.into_iter().map(|one| Ahead {
            space: one.space.map(|space| space.to_string()),
            log: one.log.to_string(),
            hub: one.hub.to_string(),
            unit: one.unit.map(|unit| unit.to_string()).unwrap_or_default(),
            seq: one.seq,
            since: standing::time(one.since),
            withheld: now.0 - one.since.0 > SILENT_AFTER_MS,
        });
        Ok::<_, NodeError>(Silence {
            above: above.into_iter().map(|(_, _, word)| word).collect(),
            below: below.into_iter().map(|(_, _, word)| word).filter(|word| word.silent).collect(),
            ahead: ahead.collect(),
        })
    })?;
    Ok(silence)
}

/// Shows the hubs above, whoever below is silent, and what is kept back.
pub fn print(context: &mut Context, silence: &Silence) -> Result<()> {
    let language = context.language;
    let headings =
        [("单位", "unit"), ("设备", "device"), ("名称", "name"), ("最近音讯", "last heard"), ("", "")];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
    for word in silence.above.iter().chain(&silence.below) {
        let never = language.pick("从未", "never");
        table.row([
            word.unit.as_str(),
            &word.device[..8],
            &word.label,
            word.heard.as_deref().unwrap_or(never),
            if word.silent { language.pick("沉默", "silent") } else { "" },
        ]);
    }
    if !table.is_empty() {
        context.out.line("")?;
        context.out.table(&table)?;
    }
    if silence.above.iter().any(|word| word.silent) {
        context.out.note(match language {
            Language::Chinese => {
                "上级每天至少发出一次音讯，吊销与授权都在其后。三天没有音讯，说明它停机、断网，或中间有人扣留：请与它直接同步或用 U 盘核对。"
            }
            Language::English => {
                "A hub gives a sign of life every day, and its grants and revocations stand in the same log. After three \
                 days without one it is down, cut off, or somebody between keeps it back: sync with it directly, or by stick."
            }
        });
    }
    for one in silence.ahead.iter().filter(|one| one.withheld) {
        let place = one.space.as_deref().unwrap_or(&one.log[..16]);
        let Ahead { unit, seq, since, .. } = one;
        context.out.note(&match language {
            Language::Chinese => {
                format!("{unit} 自 {since} 起就有 {place} 的第 {seq} 条，本机至今没有：可能被中间扣留，请与它直接同步")
            }
            Language::English => format!(
                "{unit} has had entry {seq} of {place} since {since}, and it never came here: somebody between may \
                 keep it back, sync with it directly"
            ),
        });
    }
    Ok(())
}

/// How far the hubs above have one entry.
#[derive(Debug, Serialize)]
pub struct Reach {
    entry: String,
    #[serde(rename = "in")]
    space: String,
    seq: u64,
    kind: String,
    time: String,
    /// By level, since when its hub says that it has it.
    held: Vec<At>,
}

#[derive(Debug, Serialize)]
struct At {
    unit: String,
    level: &'static str,
    since: String,
}

impl From<EntryHeld> for Reach {
    fn from(one: EntryHeld) -> Self {
        let since = |(unit, since): (UnitPath, TimeMs)| At {
            level: unit.level().as_str(),
            unit: unit.to_string(),
            since: standing::time(since),
        };
        Self {
            entry: one.hash.to_string(),
            space: one.space.to_string(),
            seq: one.seq,
            kind: format!("{:?}", one.kind).to_lowercase(),
            time: standing::time(one.time),
            held: one.held.into_iter().map(since).collect(),
        }
    }
}

/// The last entries of this device.
pub fn entries(node: &Node, max: usize) -> Result<Vec<Reach>> {
    let entries = node.with(|r| r.entries_held(max)).map_err(NodeError::from)?;
    Ok(entries.into_iter().map(Reach::from).collect())
}

pub fn print_entries(context: &mut Context, entries: &[Reach]) -> Result<()> {
    let language = context.language;
    let levels = [Level::Street, Level::District, Level::City];
    let mut headings: Vec<&str> =
        [("条目", "entry"), ("所在", "in"), ("序号", "number"), ("时间", "written")]
            .map(|(zh, en)| language.pick(zh, en))
            .to_vec();
    headings.extend(levels.map(|level| standing::level_name(language, level)));
    let mut table = Table::new(headings).right(&[2]);
    for one in entries {
        let mut row =
            vec![one.entry[..16].to_owned(), one.space.clone(), one.seq.to_string(), one.time.clone()];
        for level in levels {
            let since = one.held.iter().find(|held| held.level == level.as_str());
            row.push(since.map_or_else(|| "-".to_owned(), |held| held.since.clone()));
        }
        table.row(row);
    }
    if !table.is_empty() {
        context.out.line("")?;
        context.out.table(&table)?;
    }
    Ok(())
}
