//! `linli return`: filing a monthly return or a street's register, counted from the records.

use anyhow::Result;
use clap::{Args, ValueEnum};
use linli_model::date;
use linli_node::{ReturnHead, as_of_today, month_end, recount, return_document};
use linli_wire::{Channel, Space, UnitPath};

use crate::{
    cli::values,
    context::{Context, unit_or_own},
    documents,
    failure::{Ended, Refused},
    output::Table,
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  linli --data clerk return --month 2026-10\n  \
    linli --data street return --month 2026-10 --form register --by 王芳\n  \
    linli --data clerk return --month 2026-10 --show\n\n\
    The numbers are those on record today for the last day of the month; the standards compare a return with \
    what was on record when it was filed. A return that is filed again for a month takes the place of the one \
    before, which stays on record.")]
pub struct Arguments {
    /// The month, like 2026-10
    #[arg(long)]
    month: String,
    /// monthly, or a street's register
    #[arg(long, value_enum, default_value_t = Form::Monthly)]
    form: Form,
    /// The unit; without it the device's own
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// Who files it
    #[arg(long)]
    by: Option<String>,
    /// Show the numbers and file nothing
    #[arg(long)]
    show: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Monthly,
    Register,
}

impl Form {
    const fn code(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Register => "register",
        }
    }
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let today = date::day_of_iso(&as_of_today()).unwrap_or_default();
        let Some(as_of) = month_end(&self.month) else {
            let message = context.say("月份请写作 2026-10", "write the month like 2026-10");
            return Err(Refused::new(message).into());
        };
        if as_of >= today {
            let message = context.say(
                "该月尚未结束，月末后方可填报",
                "the month is not over; a return is filed after its last day",
            );
            return Err(Refused::new(message).into());
        }
        let node = context.node()?;
        let unit = unit_or_own(&node, self.unit.as_ref())?;
        node.materialise()?;
        let cells = node.with(|r| recount(r, &unit, as_of, today))?;
        let mut document = None;
        if !self.show {
            let before: Vec<String> = node.with(|r| {
                r.query(
                    "SELECT doc FROM unit_return WHERE unit = ?1 AND form = ?2 AND month = ?3 \
                     ORDER BY day_n DESC, doc DESC LIMIT 1",
                    (unit.as_str(), self.form.code(), &self.month),
                    |row| row.get(0),
                )
            })?;
            let head = ReturnHead {
                form: self.form.code(),
                month: &self.month,
                filed_by: self.by.as_deref().unwrap_or_default(),
                correction_of: before.first().map(String::as_str),
            };
            let edits = return_document(documents::random_id()?, &head, as_of, today, &cells);
            let id = edits.id;
            documents::write(context, &node, &Space::new(unit.clone(), Channel::Records), &[edits])?;
            document = Some(id.to_string());
        }
        self.tell(context, &unit, &cells, document.as_deref())?;
        Ok(Ended::Done)
    }

    fn tell(
        &self,
        context: &mut Context,
        unit: &UnitPath,
        cells: &[(&'static str, i64)],
        document: Option<&str>,
    ) -> Result<()> {
        if context.json {
            let cells: serde_json::Map<String, serde_json::Value> =
                cells.iter().map(|(cell, value)| ((*cell).to_owned(), (*value).into())).collect();
            let answer = serde_json::json!({"unit": unit.to_string(), "form": self.form.code(),
                "month": self.month, "cells": cells, "document": document});
            return context.out.json(&answer);
        }
        let language = context.language;
        let headings = [language.pick("数据项", "cell"), language.pick("数值", "value")];
        let mut table = Table::new(headings).right(&[1]);
        for (cell, value) in cells {
            table.row([name(context, cell), value.to_string()]);
        }
        context.out.table(&table)?;
        let text = if document.is_some() {
            ("已填报", "filed")
        } else {
            ("未填报，仅显示", "not filed, only shown")
        };
        context.out.note(language.pick(text.0, text.1));
        Ok(())
    }
}

fn name(context: &Context, cell: &str) -> String {
    let (zh, en) = match cell {
        "households" => ("户数", "households"),
        "people" => ("人数", "people"),
        "unemployed" => ("下岗失业人数", "laid off and unemployed"),
        "placed" => ("就业人数", "placements"),
        "hardship" => ("困难人数", "people in hardship"),
        other => (other, other),
    };
    context.language.pick(zh, en).to_owned()
}
