//! `linli import`: household cards and people, or a list, from a spreadsheet.

mod list;

use std::path::PathBuf;

use anyhow::Result;
use clap::{ArgGroup, Args};
use indicatif::{ProgressBar, ProgressStyle};
use linli_node::{NodeError, now, write_whole};
use linli_store::Replica;
use linli_wire::UnitPath;
use linli_workbook::{Refused as RefusedCell, Report, Tally, lists};
use serde::Serialize;

use crate::{
    cli::values,
    context::{Context, unit_or_own},
    failure::Ended,
    language::Language,
    output::Table,
};

pub(super) use list::finish;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  linli import --template cards.xlsx\n  linli --data clerk import cards.xlsx\n  \
    linli import --template visits.xlsx --kind visit\n  linli --data clerk import visits.xlsx\n\n\
    A row is a person; rows with the same card number are one household. Rows with a mistake in them are \
    listed and left out, the others go in. Importing the corrected file again changes only what differs. Placements, visits, vacancies, \
    dwellings and staff have a row each; which of them a file is of is seen from its headers."
)]
#[command(group(ArgGroup::new("what").required(true).args(["file", "template"])))]
pub struct Arguments {
    /// A workbook (.xlsx) or a table (.csv)
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Write an empty workbook to fill in
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// What the file is of, where its headers leave it open: placement, visit, vacancy, dwelling or staff
    #[arg(long, value_parser = values::list)]
    kind: Option<&'static lists::List>,
    /// The community; without it the device's own
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
}

#[derive(Debug, Serialize)]
struct Answer {
    rows: usize,
    cards: Counts,
    people: Counts,
    entries: usize,
    refused_rows: usize,
    refused: Vec<Cell>,
    headless: Vec<String>,
    import_id: String,
}

#[derive(Debug, Serialize)]
struct Counts {
    new: usize,
    changed: usize,
    unchanged: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Cell {
    pub row: usize,
    pub column: &'static str,
    pub value: String,
    pub reason: String,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        if let Some(file) = &self.template {
            write_whole(&context.path(file), &self.empty()?)?;
            let file = file.display();
            context.out.note(&match context.language {
                Language::Chinese => format!("模板已写入 {file}：填写第一张表，再运行 linli import {file}"),
                Language::English => {
                    format!("{file} is written: fill in its first sheet, then run linli import {file}")
                }
            });
            return Ok(Ended::Done);
        }
        let Some(file) = &self.file else { return Ok(Ended::Done) };
        let node = context.node()?;
        let unit = unit_or_own(&node, self.unit.as_ref())?;
        let bytes = context.read(file, linli_workbook::limits::FILE_BYTES_MAX as u64)?;
        let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let kind = match self.kind {
            Some(list) => Some(list),
            None => lists::recognise(&bytes, &name).map_err(linli_workbook::ImportError::from)?,
        };
        if let Some(list) = kind {
            let report = node.with(|r| lists::import(r, &unit, list, &bytes, &name, now()))?;
            return finish(context, &node, &report);
        }
        let progress = progress(context);
        let report = node.with(|r| {
            linli_workbook::import(r, &unit, &bytes, &name, now(), &mut |done, of| {
                progress.set_length(of as u64);
                progress.set_position(done as u64);
            })
        })?;
        progress.finish_and_clear();
        node.with(Replica::seal).map_err(NodeError::from)?;
        node.announce();
        let language = context.language;
        if context.json {
            context.out.json(&answer(language, &report))?;
        } else {
            print(context, &report)?;
        }
        Ok(if report.refused.is_empty() { Ended::Done } else { Ended::Refused })
    }
}

impl Arguments {
    fn empty(&self) -> Result<Vec<u8>> {
        Ok(match self.kind {
            Some(list) => lists::template(list)?,
            None => linli_workbook::template()?,
        })
    }
}

fn progress(context: &Context) -> ProgressBar {
    if !context.out.is_watched() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn answer(language: Language, report: &Report) -> Answer {
    let counts = |tally: Tally| Counts { new: tally.new, changed: tally.changed, unchanged: tally.unchanged };
    let id = report.import_id.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    Answer {
        rows: report.rows,
        cards: counts(report.cards),
        people: counts(report.people),
        entries: report.entries,
        refused_rows: report.refused_rows(),
        refused: report.refused.iter().map(|refused| cell(language, refused)).collect(),
        headless: report.headless.clone(),
        import_id: id,
    }
}

pub(super) fn cell(language: Language, refused: &RefusedCell) -> Cell {
    Cell {
        row: refused.row,
        column: language.pick(refused.column.zh, refused.column.en),
        value: refused.value.clone(),
        reason: match language {
            Language::Chinese => refused.why.zh(),
            Language::English => refused.why.to_string(),
        },
    }
}

fn print(context: &mut Context, report: &Report) -> Result<()> {
    let language = context.language;
    let headings = [("", ""), ("新增", "new"), ("更改", "changed"), ("未变", "unchanged")];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[1, 2, 3]);
    for (name, tally) in
        [(language.pick("户卡", "cards"), report.cards), (language.pick("人员", "people"), report.people)]
    {
        table.row([
            name.to_owned(),
            tally.new.to_string(),
            tally.changed.to_string(),
            tally.unchanged.to_string(),
        ]);
    }
    context.out.table(&table)?;
    print_refused(context, report.rows, &report.refused)?;
    if !report.headless.is_empty() {
        let cards = report.headless.join(" ");
        context.out.note(&match language {
            Language::Chinese => format!("以下户卡没有户主：{cards}"),
            Language::English => format!("these cards have no head: {cards}"),
        });
    }
    Ok(())
}

/// The bad cells, how many rows they are in, and what to do about them.
fn print_refused(context: &mut Context, rows: usize, cells: &[RefusedCell]) -> Result<()> {
    let language = context.language;
    if !cells.is_empty() {
        let headings = [("行", "row"), ("列", "column"), ("内容", "value"), ("原因", "reason")];
        let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[0]);
        for refused in cells {
            let cell = cell(language, refused);
            table.row([cell.row.to_string(), cell.column.to_owned(), cell.value, cell.reason]);
        }
        context.out.line("")?;
        context.out.table(&table)?;
    }
    let refused = cells.chunk_by(|a, b| a.row == b.row).count();
    context.out.note(&match language {
        Language::Chinese => format!("共 {rows} 行，未录入 {refused} 行"),
        Language::English => format!("{rows} rows, {refused} of them refused"),
    });
    if refused > 0 {
        context.out.note(language.pick(
            "提示: 改正所列单元格后重新导入同一文件即可；已录入的行不会重复",
            "hint: correct these cells and import the file again; the rows that went in are not taken twice",
        ));
    }
    Ok(())
}
