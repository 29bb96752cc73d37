//! `linli market`: vacancies of a labour market in, seekers, referrals and their results out.

mod export;
mod feed;
mod lines;
mod masked;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use linli_wire::UnitPath;

use crate::{cli::values, context::Context, failure::Ended};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Take in a batch of vacancies
    Import(Import),
    /// Give out seekers, referrals or results, de-identified unless --full
    Export(Export),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  linli --data city market import feed.csv --reject rejected.csv\n  \
    linli --data city market import feed.jsonl\n\n\
    CSV or XLSX with the columns of `linli import --kind vacancy`, or a JSON object a line with the names of its fields. Every \
    vacancy has its source and its number there, by which it is known again: the same batch twice adds nothing, a later one \
    changes what differs, such as the last day. A bad row is refused with its reason, the others go in.")]
struct Import {
    /// The batch
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write what was refused, and why, to this CSV file
    #[arg(long, value_name = "FILE")]
    reject: Option<PathBuf>,
    /// The unit that keeps the vacancies; without it the device's own
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// People out of work who want to work
    Seekers,
    /// Referrals to vacancies
    Referrals,
    /// Referrals of which the result is known
    Results,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  linli --data street market export seekers --csv > seekers.csv\n  \
    linli --data street market export results --full --why 'agreement 2026-3 with the market'\n\n\
    Without --full, names and numbers are masked; the document's id tells people apart and names nobody.")]
struct Export {
    /// What to give out
    #[arg(value_enum)]
    what: What,
    /// Only this unit and what is below it
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// With names and numbers
    #[arg(long, requires = "why")]
    full: bool,
    /// As CSV
    #[arg(long)]
    csv: bool,
    /// Why people's data goes out
    #[arg(long)]
    why: Option<String>,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        match &self.action {
            Action::Import(arguments) => feed::run(context, arguments),
            Action::Export(arguments) => export::run(context, arguments),
        }
    }
}
