//! Seekers, referrals and results out: pages of the ledgers L05 and L13.

use anyhow::Result;
use linli_eval::ledger::ledgers;
use linli_node::{LedgerDays, as_of_today, ledger_rows};
use linli_workbook::{Cell, Page};
use serde_json::Value;

use super::{Export, What, masked};
use crate::{
    commands::ledger::page,
    context::{Context, unit_or_own},
    failure::{Ended, Refused},
};

pub fn run(context: &mut Context, export: &Export) -> Result<Ended> {
    let id = if export.what == What::Seekers { "L05" } else { "L13" };
    let ledger = ledgers().iter().find(|ledger| ledger.id == id);
    let ledger = ledger.ok_or_else(|| Refused::new(format!("there is no ledger {id}")))?;
    let csv = context.as_csv(export.csv)?;
    let node = context.node()?;
    let unit = unit_or_own(&node, export.unit.as_ref())?;
    let days = LedgerDays { as_of: as_of_today(), known: as_of_today() };
    let why = export.why.as_deref().unwrap_or("market");
    let mut page = page::of_ledger(ledger, ledger_rows(&node, ledger, &unit, &days, why)?);
    only(&mut page, export.what);
    if !export.full {
        page = masked::page(&page);
    }
    if context.json {
        let all: Vec<Value> = page.rows.iter().map(|row| page::object(&page, row)).collect();
        context.out.json(&all)?;
    } else if csv {
        context.out.bytes(&linli_workbook::page_csv(&page, page::tongue(context.language)))?;
    } else {
        let heading = page::heading(context.language, &node, ledger, &unit, &days)?;
        page::print(context, &page, &heading)?;
    }
    Ok(Ended::Done)
}

/// Leaves what was asked for: of people out of work those who want to work, of referrals those with a result.
fn only(page: &mut Page, what: What) {
    let column = |name: &str| page.columns.iter().position(|column| column.name == name);
    let (wish, result) = (column("wish"), column("result"));
    let is = |cell: &Cell, text: &str| matches!(cell, Cell::Text(found) if found == text);
    page.rows.retain(|row| match (what, wish, result) {
        (What::Seekers, Some(wish), _) => !is(&row[wish], "2"),
        (What::Results, _, Some(result)) => row[result] != Cell::Empty && !is(&row[result], "open"),
        _ => true,
    });
}
