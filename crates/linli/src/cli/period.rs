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
    /// The last day on which records may have been entered; without it today
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    close: Option<String>,
}

impl PeriodArguments {
    pub fn period(&self) -> Result<Period> {
        let today = as_of_today();
        let mut period = match &self.as_of {
            // What was entered up to today counts, as it does without --as-of.
            Some(as_of) => {
                Period { close: Some(today.clone()).filter(|today| today >= as_of), ..Period::ending(as_of) }
            }
            None => Period::last_until(&today)?,
        };
        period.start = self.start.clone().or(period.start);
        period.close = self.close.clone().or(period.close);
        Ok(period)
    }
}
