//! `linli export`: household cards and people, or a list, to a spreadsheet.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use linli_node::{note_view, write_whole};
use linli_wire::UnitPath;
use linli_workbook::{Format, lists};

use crate::{
    cli::values,
    context::{Context, unit_or_own},
    failure::{Ended, Refused},
    language::Language,
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  linli --data clerk export --out cards.xlsx\n  linli --data clerk export --kind visit --out visits.xlsx\n\n\
    The file has the columns that `linli import` reads. That people's data went out, and why, goes on record."
)]
pub struct Arguments {
    /// The community; without it the device's own
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// What: placement, visit, vacancy, dwelling or staff; without it cards and people
    #[arg(long, value_parser = values::list)]
    kind: Option<&'static lists::List>,
    /// Where to: a file that ends in .xlsx or .csv
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Why people's data goes out
    #[arg(long, default_value = "export")]
    why: String,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let ending = self.out.extension().map(|e| e.to_string_lossy().to_lowercase());
        let format = match ending.as_deref() {
            Some("xlsx") => Format::Xlsx,
            Some("csv") => Format::Csv,
            _ => {
                let message =
                    context.say("导出文件名应以 .xlsx 或 .csv 结尾", "the file's name ends in .xlsx or .csv");
                return Err(Refused::new(message).into());
            }
        };
        let node = context.node()?;
        let unit = unit_or_own(&node, self.unit.as_ref())?;
        let what = self.kind.map_or_else(|| "export".to_owned(), |list| format!("export {}", list.name));
        let names_people = self.kind.is_none_or(lists::List::names_people);
        if names_people {
            note_view(&node, &unit, &what, &self.why)?;
        }
        let bytes = node.with(|r| match self.kind {
            Some(list) => lists::export(r, &unit, list, format),
            None => linli_workbook::export(r, &unit, format),
        })?;
        write_whole(&context.path(&self.out), &bytes)?;
        let (file, len) = (self.out.display(), bytes.len());
        if context.json {
            let answer = serde_json::json!({"file": self.out, "bytes": len, "unit": unit.to_string()});
            context.out.json(&answer)?;
        } else {
            let (zh, en) = self.kind.map_or(("户卡", "cards"), |list| (list.zh, list.en));
            context.out.note(&match context.language {
                Language::Chinese => format!("{unit} 的{zh}已导出到 {file}（{len} 字节）"),
                Language::English => format!("the {en} of {unit} are in {file} ({len} bytes)"),
            });
            if names_people {
                let care = ("内含个人信息，请妥善保管", "keep it safe, it names people");
                context.out.note(context.say(care.0, care.1));
            }
        }
        Ok(Ended::Done)
    }
}
