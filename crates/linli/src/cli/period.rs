//! The days that an evaluation is about.

use anyhow::Result;
use clap::Args;
use linli_node::{Period, as_of_today};

use super::values;

#[derive(Debug, Args)]
pub struct PeriodArguments {
    /// The last day of the period; without it the last 31 October
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    as_of: Option<String>,
    /// The first day of the period; without it the 1 November before
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    start: Option<String>,
    /// The last day of receiving records that count, or `standard` for that of the standard, ten working days after the period;
    /// without it today
    #[arg(long, value_name = "DATE", value_parser = closing)]
    close: Option<String>,
}

impl PeriodArguments {
    pub fn period(&self) -> Result<Period> {
        let today = as_of_today();
        let period = match &self.as_of {
            Some(as_of) => Period::ending(as_of),
            None => Period::last_until(&today)?,
        };
        let close = match self.close.as_deref() {
            Some(STANDARD) => None,
            Some(day) => Some(day.to_owned()),
            None => Some(today).filter(|today| *today >= period.as_of),
        };
        Ok(Period { start: self.start.clone(), close, ..period })
    }
}

/// Leaves the day of closing to the standard.
const STANDARD: &str = "standard";

fn closing(text: &str) -> Result<String, String> {
    if matches!(text, STANDARD | "标准") { Ok(STANDARD.to_owned()) } else { values::day(text) }
}
