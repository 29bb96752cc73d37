//! `linli report`: the report on the programme (情况汇报).

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use linli_node::{
    Period, as_of_today, programme,
    report::{Asked, facts},
    write_whole,
};
use linli_report::{Block, Document, Facts, Number, Run, Source, Template, compose, docx, html};
use linli_wire::UnitPath;
use serde_json::{Value, json};

use crate::{
    cli::values,
    context::{Context, unit_or_own},
    failure::{Ended, Refused},
    language::Language,
    output::Table,
};

/// The largest template that is read.
const TEMPLATE_BYTES_MAX: u64 = 1 << 20;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  linli --data city report --html report.html --docx report.docx\n  \
    linli --data city report --unit 3211/02 --year 2026 --on 2026-12-21\n  \
    linli --data city report --number communities.met\n  linli --data city report --json\n\n\
    Without a file the text is printed. The report counts units and people and names units only; its last table says of every \
    number which query or command gives it, and --number shows that for one. The text is in Chinese, as such a report is; --template \
    gives another one (protocol/report/report.toml is what is used without it).")]
pub struct Arguments {
    /// The unit that reports, with all below it; without it the device's own
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// The year of the programme; without it that of the last 31 October
    #[arg(long, value_parser = clap::value_parser!(i64).range(2000..=2200))]
    year: Option<i64>,
    /// As things stood at the end of this day
    #[arg(long, value_name = "DATE", default_value = "today", value_parser = values::day)]
    on: String,
    /// Into a page for a browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Into a document for a word processor
    #[arg(long, value_name = "FILE")]
    docx: Option<PathBuf>,
    /// Another text than the one that comes with the program
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Only this number: its value, and the query or command that gives it
    #[arg(long, value_name = "ID", conflicts_with_all = ["html", "docx", "template"])]
    number: Option<String>,
    /// Why somebody looks at people's data
    #[arg(long, default_value = "report")]
    why: String,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let template = self.template(context)?;
        let node = context.node()?;
        let unit = unit_or_own(&node, self.unit.as_ref())?;
        let year = match self.year {
            Some(year) => year,
            None => programme::year_of(&Period::last_until(&as_of_today())?.as_of)?,
        };
        if self.on.as_str() < format!("{}-11-01", year - 1).as_str() {
            let message = match context.language {
                Language::Chinese => format!("{} 早于 {year} 年度的起始日 {}-11-01", self.on, year - 1),
                Language::English => {
                    format!("{} is before the year {year} begins, on {}-11-01", self.on, year - 1)
                }
            };
            let hint = context.say("用 --year 指明年度", "name the year with --year");
            return Err(Refused::new(message).hint(hint).into());
        }
        let facts = facts(&node, &Asked { unit: &unit, year, on: &self.on, why: &self.why })?;
        if let Some(id) = &self.number {
            one(context, &facts, id)?;
            return Ok(Ended::Done);
        }
        let document = compose(&template, &facts)?;
        let mut files = Vec::new();
        if let Some(file) = &self.html {
            files.push(write(context, file, html(&document).as_bytes())?);
        }
        if let Some(file) = &self.docx {
            files.push(write(context, file, &docx(&document)?)?);
        }
        if context.json {
            context.out.json(&told(&facts, &document, &files))?;
        } else if files.is_empty() {
            print(context, &document)?;
        }
        Ok(Ended::Done)
    }

    fn template(&self, context: &Context) -> Result<Template> {
        let Some(file) = &self.template else { return Ok(Template::load(linli_report::TEMPLATE)?) };
        let bytes = context.read(file, TEMPLATE_BYTES_MAX)?;
        let too_long = bytes.len() as u64 > TEMPLATE_BYTES_MAX;
        let text = String::from_utf8(bytes).ok().filter(|_| !too_long);
        let wrong = context.say("不是 1 MiB 以内的 UTF-8 文本", "is no UTF-8 text of at most 1 MiB");
        let text = text.with_context(|| format!("{} {wrong}", file.display()))?;
        Template::load(&text).with_context(|| file.display().to_string())
    }
}

fn write(context: &mut Context, file: &Path, bytes: &[u8]) -> Result<PathBuf> {
    write_whole(&context.path(file), bytes)?;
    if !context.json {
        context.out.note(&match context.language {
            Language::Chinese => format!("已写入 {}", file.display()),
            Language::English => format!("written: {}", file.display()),
        });
    }
    Ok(file.to_owned())
}

/// Shows one number and where it comes from.
fn one(context: &mut Context, facts: &Facts, id: &str) -> Result<()> {
    let Some(number) = facts.numbers.get(id) else {
        let message = match context.language {
            Language::Chinese => format!("没有数值“{id}”"),
            Language::English => format!("there is no number `{id}`"),
        };
        let hint = context.say("用 --json 列出全部数值", "--json lists all of them");
        return Err(Refused::new(message).hint(hint).into());
    };
    if context.json {
        return context.out.json(&number_told(id, number));
    }
    let said = context.say(&number.zh, &number.en).to_owned();
    context.out.line(&format!("{id}\t{}{}\t{said}", number.value, number.of))?;
    match &number.source {
        Source::Query { file, sql } => {
            context.out.line(&format!("protocol/report/{file}"))?;
            sql.trim_end().lines().try_for_each(|line| context.out.line(line))
        }
        Source::Command(command) => context.out.line(command),
    }
}

fn number_told(id: &str, number: &Number) -> Value {
    let source = match &number.source {
        Source::Query { file, sql } => json!({"query": format!("protocol/report/{file}"), "sql": sql}),
        Source::Command(command) => json!({"command": command}),
    };
    json!({"id": id, "value": number.value, "of": number.of, "zh": number.zh, "en": number.en, "source": source})
}

fn told(facts: &Facts, document: &Document, files: &[PathBuf]) -> Value {
    let numbers: Vec<Value> = facts.numbers.iter().map(|(id, number)| number_told(id, number)).collect();
    let shown: Vec<&String> = document.numbers.iter().map(|(id, _)| id).collect();
    let rows: Vec<Value> =
        facts.rows.iter().map(|row| json!({"name": row.name, "numbers": row.numbers})).collect();
    json!({"title": document.title, "unit": document.unit, "made": document.made, "files": files,
        "numbers": numbers, "shown": shown, "districts": rows})
}

/// The report as plain text.
fn print(context: &mut Context, document: &Document) -> Result<()> {
    for line in [&document.title, &document.unit, &document.made] {
        context.out.line(line)?;
    }
    for block in &document.blocks {
        context.out.line("")?;
        match block {
            Block::Heading(text) => context.out.line(text)?,
            Block::Paragraph { lead, runs } => {
                let text: String = runs
                    .iter()
                    .map(|run| match run {
                        Run::Text(text) | Run::Number { shown: text, .. } => text.as_str(),
                    })
                    .collect();
                context.out.line(&format!("{}{text}", lead.as_deref().unwrap_or_default()))?;
            }
            Block::Table { caption, head, rows } => {
                context.out.line(caption)?;
                let numbers: Vec<usize> = (1..head.len()).collect();
                let mut table = Table::new(head.iter().map(String::as_str)).right(&numbers);
                for row in rows {
                    table.row(row.iter().map(String::as_str));
                }
                context.out.table(&table)?;
            }
            Block::List { heading, groups } => {
                context.out.line(heading)?;
                for group in groups {
                    let units = group.units.join("、");
                    context.out.line(&format!("{}（{}）：{units}", group.name, group.units.len()))?;
                }
            }
        }
    }
    context.out.note(context.say(
        "每个数值的出处见 --html、--docx 文件的末表，或 --number",
        "where each number comes from stands in the last table of --html and --docx, or see --number",
    ));
    Ok(())
}
