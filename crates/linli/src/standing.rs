//! How far the hubs above hold this device's work, as their receipts say.

use std::collections::BTreeMap;

use anyhow::Result;
use linli_node::Node;
use linli_wire::{Level, LogId, TimeMs};
use serde::Serialize;

use crate::{
    context::{Context, own_unit},
    language::Language,
    output::Table,
};

/// What the hubs of one unit hold of this device's entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    pub level: &'static str,
    pub unit: String,
    /// Entries that this device has written and that receipts are given for.
    pub entries: u64,
    /// How many of them the hub says that it holds.
    pub held: u64,
    /// When it last said so, ISO with time, in China.
    pub since: Option<String>,
    /// What it holds but gives no effect, and why.
    pub quarantined: Vec<String>,
}

/// Every unit above this device's, the nearest first.
pub fn standing(node: &Node) -> Result<Vec<Standing>> {
    let own = own_unit(node)?;
    let held = node.with(|r| r.held_by(true))?;
    // Receipts and the first entry of a log get no receipts of their own.
    let sql = "SELECT log.id, COUNT(*) FROM entry e JOIN log USING (log_no)
               WHERE log.own = 1 AND e.kind NOT IN (0, 4) GROUP BY log.log_no";
    let logs: Vec<([u8; 32], u64)> = node.with(|r| r.query(sql, [], |row| Ok((row.get(0)?, row.get(1)?))))?;
    let logs: BTreeMap<LogId, u64> = logs.into_iter().map(|(log, count)| (LogId(log), count)).collect();
    let mut standings = Vec::new();
    let arrangement = node.with(|r| r.trust().arrangement(node.now().day_number()));
    let mut above = arrangement.parent(&own);
    while let Some(unit) = above {
        let mut one = Standing {
            level: unit.level().as_str(),
            unit: unit.to_string(),
            entries: logs.values().sum(),
            held: 0,
            since: None,
            quarantined: Vec::new(),
        };
        let mut last: Option<TimeMs> = None;
        for log in logs.keys() {
            // Of several hubs of a unit the one that holds most speaks for it.
            let of_unit = held.iter().filter(|h| h.log == *log && h.unit.as_ref() == Some(&unit));
            let Some(best) = of_unit.max_by_key(|h| h.seq) else { continue };
            one.held += count_to(node, *log, best.seq)?;
            last = last.max(Some(best.since));
            if let Some((from, why)) = &best.quarantined {
                one.quarantined.push(format!("{} {from}: {why}", log.short()));
            }
        }
        one.since = last.map(time);
        standings.push(one);
        above = arrangement.parent(&unit);
    }
    Ok(standings)
}

fn count_to(node: &Node, log: LogId, seq: u64) -> Result<u64> {
    let sql = "SELECT COUNT(*) FROM entry e JOIN log USING (log_no)
               WHERE log.id = ?1 AND e.seq <= ?2 AND e.kind NOT IN (0, 4)";
    let counts: Vec<u64> = node.with(|r| r.query(sql, (log.0, seq), |row| row.get(0)))?;
    Ok(counts.into_iter().next().unwrap_or_default())
}

/// A point in time as people in China read it.
pub fn time(time: TimeMs) -> String {
    let minutes = (time.0 + 8 * 3_600_000).div_euclid(60_000).rem_euclid(1_440);
    let day = linli_model::date::from_day_number(time.day_number());
    let day = day.map_or_else(String::new, linli_model::date::to_iso);
    format!("{day} {:02}:{:02}", minutes / 60, minutes % 60)
}

/// As a table.
pub fn table(context: &Context, standings: &[Standing]) -> Table {
    let mut table = Table::new([
        context.say("级别", "level"),
        context.say("单位", "unit"),
        context.say("已收到", "holds"),
        context.say("回执时间", "said so"),
        context.say("未生效", "without effect"),
    ])
    .right(&[2]);
    for one in standings {
        let level = match (context.language, one.level) {
            (Language::Chinese, "city") => "市",
            (Language::Chinese, "district") => "区县",
            (Language::Chinese, "street") => "街道",
            (_, level) => level,
        };
        table.row([
            level,
            &one.unit,
            &format!("{}/{}", one.held, one.entries),
            one.since.as_deref().unwrap_or("-"),
            &one.quarantined.join("; "),
        ]);
    }
    table
}

/// The levels from the lowest, for sorting and headings.
pub const fn level_name(language: Language, level: Level) -> &'static str {
    match level {
        Level::City => language.pick("市", "city"),
        Level::District => language.pick("区县", "district"),
        Level::Street => language.pick("街道", "street"),
        Level::Community => language.pick("社区", "community"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_china() {
        assert_eq!(time(TimeMs(1_795_449_600_000)), "2026-11-24 00:00");
        assert_eq!(time(TimeMs(1_795_449_599_999)), "2026-11-23 23:59");
    }
}
