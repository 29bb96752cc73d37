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
    /// The last day of receiving records that count; without it the standard's, ten working days after the period, or today before
    /// that
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    close: Option<String>,
}

impl PeriodArguments {
    pub fn period(&self) -> Result<Period> {
        let period = match &self.as_of {
            Some(as_of) => Period::ending(as_of),
            None => Period::last_until(&as_of_today())?,
        };
        Ok(Period { start: self.start.clone(), close: self.close.clone(), ..period })
    }
}
