//! `linli explain`: everybody and everything that a score was counted from.

use anyhow::Result;
use clap::Args;
use linli_node::{ExplainedSubject, Node, explain};
use linli_wire::UnitPath;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    authors::Author,
    cli::{period::PeriodArguments, values},
    context::Context,
    failure::Ended,
    language::Language,
    output::Table,
};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  linli --data street explain 3211/02/001/001 C10 --why \"weekly review\"\n\n\
    The list has names in it; that it was looked at, and why, goes on record."
)]
pub struct Arguments {
    #[arg(value_parser = values::unit)]
    unit: UnitPath,
    /// The item of the standard: C01 to C20, S01 to S17
    item: String,
    /// Only what missed or waits
    #[arg(long)]
    misses: bool,
    #[command(flatten)]
    period: PeriodArguments,
    /// Why somebody looks at people's data
    #[arg(long, default_value = "explain a score")]
    why: String,
}

#[derive(Debug, Serialize)]
#[allow(clippy::struct_field_names, reason = "the names are those of the JSON")]
struct Subject<'a> {
    part: &'a str,
    rows: &'a str,
    subject: &'a str,
    name: &'a str,
    hit: Option<bool>,
    weight: i64,
    reason: &'a str,
    reason_zh: &'a str,
    reason_en: &'a str,
    #[serde(rename = "ref")]
    reference: &'a str,
    disproof: Option<String>,
    /// The last entry that wrote the document of `ref`, of those that counted.
    written: Option<Value>,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let item = self.item.to_ascii_uppercase();
        let mut found = explain(&node, &self.unit, &item, &self.period.period()?, &self.why)?;
        if self.misses {
            found.retain(|one| one.subject.hit != Some(true));
        }
        if context.json {
            let authors = authors(&node, &found);
            let all: Vec<Subject<'_>> =
                found.iter().zip(&authors).map(|(one, by)| subject(one, by.as_ref())).collect();
            context.out.json(&all)?;
        } else {
            let authors = authors(&node, &found);
            print(context, &found, &authors)?;
        }
        Ok(Ended::Done)
    }
}

/// Who wrote what each subject was counted from.
fn authors(node: &Node, found: &[ExplainedSubject]) -> Vec<Option<Author>> {
    node.with(|r| found.iter().map(|one| Some(Author::of_entry(r, one.written.as_ref()?))).collect())
}

fn subject<'a>(one: &'a ExplainedSubject, by: Option<&Author>) -> Subject<'a> {
    let written = by.zip(one.written.as_ref()).map(|(by, entry)| {
        let mut object = Map::new();
        object.insert("entry".to_owned(), entry.hash.to_string().into());
        by.put(&mut object);
        Value::Object(object)
    });
    Subject {
        written,
        part: &one.subject.part,
        rows: &one.subject.rows,
        subject: &one.subject.subject,
        name: &one.name,
        hit: one.subject.hit,
        weight: one.subject.weight,
        reason: &one.subject.reason,
        reason_zh: &one.reason_zh,
        reason_en: &one.reason_en,
        reference: &one.subject.reference,
        disproof: one.subject.disproof.as_ref().map(|disproof| disproof.reason.clone()),
    }
}

fn print(context: &mut Context, found: &[ExplainedSubject], authors: &[Option<Author>]) -> Result<()> {
    let language = context.language;
    let headings = [
        ("分项", "part"),
        ("结果", "result"),
        ("权重", "weight"),
        ("对象", "who or what"),
        ("原因", "reason"),
        ("依据", "ref"),
        ("登记", "written by"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[2]);
    for (one, by) in found.iter().zip(authors) {
        let result = match (one.subject.hit, one.subject.weight, &one.subject.disproof) {
            (_, _, Some(_)) => language.pick("不实", "disproved"),
            (_, 0, None) => language.pick("仅列示", "listed"),
            (Some(true), _, None) => language.pick("符合", "hit"),
            (Some(false), _, None) => language.pick("不符合", "miss"),
            (None, _, None) => language.pick("待检查", "waits"),
        };
        let mut reason = language.pick(&one.reason_zh, &one.reason_en).to_owned();
        if let Some(disproof) = &one.subject.disproof {
            reason = format!("{reason}; {}", disproof.reason);
        }
        let reference: String = one.subject.reference.chars().take(8).collect();
        table.row([
            one.subject.part.as_str(),
            result,
            &one.subject.weight.to_string(),
            &one.name,
            &reason,
            &reference,
            &by.as_ref().map(Author::shown).unwrap_or_default(),
        ]);
    }
    context.out.table(&table)?;
    let counted = || found.iter().filter(|one| one.subject.weight > 0);
    let hits = counted().filter(|one| one.subject.hit == Some(true)).count();
    let all = counted().count();
    context.out.note(&match language {
        Language::Chinese => format!("共 {all} 项，符合 {hits} 项"),
        Language::English => format!("{hits} of {all} are hits"),
    });
    Ok(())
}
