//! What a benchmark found.

use anyhow::Result;
use serde::Serialize;

use crate::{context::Context, output::Table};

#[derive(Debug, Serialize)]
pub struct Report {
    pub communities: usize,
    pub households: usize,
    pub people: usize,
    /// Rows of all published tables.
    pub rows: usize,
    pub scorecards: usize,
    /// Connections that read at the same time.
    pub readers: usize,
    pub made_s: f64,
    pub full_s: f64,
    /// Processor time of the full evaluation, of all cores together: what is left of it on a busy machine.
    pub full_cpu_s: Option<f64>,
    /// The most memory of the process up to the end of the full evaluation.
    pub full_rss_mb: Option<u64>,
    /// Rows that the full evaluation stepped over in tables and indexes read from end to end.
    pub full_rows_scanned: u64,
    /// Instructions of SQLite's virtual machine in the full evaluation.
    pub full_vm_steps: u64,
    /// Slices of records that were counted again after one community changed.
    pub one_changed_counted: usize,
    pub one_changed_s: f64,
    pub one_changed_cpu_s: Option<f64>,
    pub explain_ms: f64,
    pub ledger_page_ms: f64,
    /// Where the full evaluation's time went: its slowest statements, over all readers.
    pub slowest: Vec<Slow>,
    /// And that of the evaluation after one community changed.
    pub changed_slowest: Vec<Slow>,
    /// And that of the ledger page.
    pub page_slowest: Vec<Slow>,
}

/// A statement and how long it took.
#[derive(Debug, Serialize)]
pub struct Slow {
    pub what: String,
    pub ms: f64,
}

impl Report {
    pub fn show(&self, context: &mut Context) -> Result<()> {
        let language = context.language;
        let headings = [language.pick("项目", "what"), language.pick("数值", "value")];
        let mut table = Table::new(headings).right(&[1]);
        let memory = self.full_rss_mb.map_or_else(|| "—".to_owned(), |mb| format!("{mb} MB"));
        let cpu = |cpu: Option<f64>| cpu.map_or_else(|| "—".to_owned(), |s| format!("{s:.2} s"));
        for (zh, en, value) in [
            ("社区", "communities", self.communities.to_string()),
            ("户", "households", self.households.to_string()),
            ("人", "people", self.people.to_string()),
            ("数据行", "rows", self.rows.to_string()),
            ("评分卡", "scorecards", self.scorecards.to_string()),
            ("全市评估", "full evaluation", format!("{:.2} s", self.full_s)),
            ("全市评估的处理器时间", "its processor time", cpu(self.full_cpu_s)),
            ("最高内存", "peak memory", memory),
            ("同时读取的连接", "readers", self.readers.to_string()),
            ("扫描的行", "rows scanned", self.full_rows_scanned.to_string()),
            ("虚拟机指令", "VM steps", self.full_vm_steps.to_string()),
            ("一个社区变动后", "after one community changed", format!("{:.3} s", self.one_changed_s)),
            ("其处理器时间", "its processor time", cpu(self.one_changed_cpu_s)),
            ("重新统计的记录份数", "slices counted again", self.one_changed_counted.to_string()),
            ("说明一个项目", "one item explained", format!("{:.1} ms", self.explain_ms)),
            ("一页台帐", "one ledger page", format!("{:.1} ms", self.ledger_page_ms)),
        ] {
            table.row([language.pick(zh, en), &value]);
        }
        context.out.table(&table)?;
        let headings = [language.pick("最慢的查询", "slowest statements"), "ms"];
        let mut slow = Table::new(headings).right(&[1]);
        for statement in &self.slowest {
            slow.row([statement.what.as_str(), &format!("{:.1}", statement.ms)]);
        }
        context.out.table(&slow)
    }
}
