//! `linli ledger`: the nineteen ledgers as of a day, and the published tables as they stand.

mod files;
pub(super) mod page;
mod raw;

use std::path::PathBuf;

use anyhow::Result;
use clap::{ArgGroup, Args};
use linli_eval::ledger::{Ledger, ledgers};
use linli_model::{Table as Published, tables};
use linli_node::{LedgerDays, as_of_today, ledger_rows};
use linli_wire::UnitPath;
use serde_json::{Value, json};

use crate::{
    cli::values,
    context::{Context, unit_or_own},
    failure::{Ended, Refused},
    language::Language,
    output::Table,
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  linli --data street ledger\n  linli --data street ledger L05\n  \
    linli --data street ledger L05 --unit 3211/02/001/001 --as-of 2026-09-30 --known 2026-09-30\n  \
    linli --data street ledger L05 --xlsx L05.xlsx\n  linli --data street ledger placement --csv > placements.csv\n\n\
    Without a name it lists the ledgers and the published tables. A ledger shows what was the case on a day as far as it was \
    recorded by another (--known, without it today); a table shows every row as it stands. Codes have their names on the screen \
    and in XLSX; JSON, CSV and Parquet have the codes. That people's data was looked at, and why, goes on record.")]
#[command(group(ArgGroup::new("form").args(["csv", "xlsx", "parquet"])))]
pub struct Arguments {
    /// The ledger (L05) or the table; without it both are listed
    #[arg(value_name = "LEDGER")]
    name: Option<String>,
    /// Only this unit and what is below it
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// The day that a ledger is about; without it today
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    as_of: Option<String>,
    /// The day up to which records count; without it today
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    known: Option<String>,
    /// As CSV, for spreadsheets and programs
    #[arg(long)]
    csv: bool,
    /// Into a workbook, ready to print
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
    /// Into a Parquet file, for programs
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,
    /// Why somebody looks at people's data
    #[arg(long, default_value = "ledger")]
    why: String,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let Some(name) = &self.name else {
            list(context)?;
            return Ok(Ended::Done);
        };
        let ledger = ledgers().iter().find(|l| l.id.eq_ignore_ascii_case(name) || l.zh == *name);
        if let Some(ledger) = ledger {
            self.ledger(context, ledger)?;
        } else {
            let table = tables().iter().find(|t| t.name == *name || t.zh == *name);
            self.table(context, table.ok_or_else(|| unknown(context, name))?)?;
        }
        Ok(Ended::Done)
    }

    fn ledger(&self, context: &mut Context, ledger: &Ledger) -> Result<()> {
        let node = context.node()?;
        let unit = unit_or_own(&node, self.unit.as_ref())?;
        super::realm::known(context, &node, &unit)?;
        let day = |given: &Option<String>| given.clone().unwrap_or_else(as_of_today);
        if self.as_of.as_ref().is_some_and(|as_of| *as_of > as_of_today()) {
            let message = context.say(
                "台账说明某日的实际情况，--as-of 不能晚于今天",
                "a ledger shows what was the case: --as-of lies ahead of today",
            );
            let hint = context.say("不给 --as-of 即为今天", "without --as-of it is about today");
            return Err(Refused::new(message).hint(hint).into());
        }
        let days = LedgerDays { as_of: day(&self.as_of), known: day(&self.known) };
        let rows = ledger_rows(&node, ledger, &unit, &days, &self.why)?;
        let page = page::of_ledger(ledger, rows);
        let heading = page::heading(context.language, &node, ledger, &unit, &days)?;
        self.show(context, &page, &heading)
    }

    fn table(&self, context: &mut Context, table: &Published) -> Result<()> {
        if self.as_of.is_some() || self.known.is_some() {
            let message = match context.language {
                Language::Chinese => format!("“{}”是明细表，没有截止日期", table.name),
                Language::English => format!("`{}` is a table of all rows, which has no day", table.name),
            };
            let hint =
                context.say("--as-of 和 --known 用于 L01–L19", "--as-of and --known are for L01 to L19");
            return Err(Refused::new(message).hint(hint).into());
        }
        let node = context.node()?;
        let (page, heading) = raw::page(context.language, &node, table, self.unit.as_ref(), &self.why)?;
        self.show(context, &page, &heading)
    }

    fn show(
        &self,
        context: &mut Context,
        page: &linli_workbook::Page,
        heading: &linli_workbook::Heading,
    ) -> Result<()> {
        let csv = context.as_csv(self.csv)?;
        if let Some(file) = &self.xlsx {
            files::xlsx(context, page, heading, file)
        } else if let Some(file) = &self.parquet {
            files::parquet(context, page, file)
        } else if context.json {
            let all: Vec<Value> = page.rows.iter().map(|row| page::object(page, row)).collect();
            context.out.json(&all)
        } else if csv {
            let bytes = linli_workbook::page_csv(page, page::tongue(context.language));
            context.out.bytes(&bytes)
        } else {
            page::print(context, page, heading)
        }
    }
}

fn list(context: &mut Context) -> Result<()> {
    let language = context.language;
    if context.json {
        let ledgers = ledgers()
            .iter()
            .map(|l| json!({"ledger": l.id, "zh": l.zh, "en": l.en, "columns": l.columns.len()}));
        let tables = tables()
            .iter()
            .map(|t| json!({"table": t.name, "zh": t.zh, "en": t.en, "columns": t.columns.len()}));
        return context.out.json(&ledgers.chain(tables).collect::<Vec<Value>>());
    }
    let mut table = Table::new([language.pick("台账", "ledger"), language.pick("名称", "what")]);
    for ledger in ledgers() {
        table.row([ledger.id.as_str(), language.pick(&ledger.zh, &ledger.en)]);
    }
    context.out.table(&table)?;
    context.out.line("")?;
    let mut table = Table::new([language.pick("明细表", "table"), language.pick("名称", "what")]);
    for published in tables() {
        table.row([published.name.as_str(), language.pick(&published.zh, &published.en)]);
    }
    context.out.table(&table)
}

fn unknown(context: &Context, name: &str) -> anyhow::Error {
    let tables: Vec<&str> = tables().iter().map(|t| t.name.as_str()).collect();
    let message = match context.language {
        Language::Chinese => format!("没有台账或明细表“{name}”"),
        Language::English => format!("there is no ledger or table `{name}`"),
    };
    let hint = format!("{} L01–L19, {}", context.say("可用：", "there are:"), tables.join(", "));
    Refused::new(message).hint(hint).into()
}
