//! The year over which an invented city's records are written, and the days on which its hub takes them in.

use std::collections::BTreeMap;

use linli_generate::{Desk, DeskError, Diary, Plan};
use linli_node::{Clock, now};
use linli_store::DocumentEdits;
use linli_wire::{Space, TimeMs};

/// Days of the period after which the hub first takes something in.
const FIRST_DAYS: i64 = 4;
/// Days from one time to the next: what a receipt follows by more than 31 days counts as recorded only then.
const STEP_DAYS: i64 = 30;
/// Days after T up to which records are written: what ended since, the last returns, the registers.
const AFTER_DAYS: i64 = 13;
/// The hour of the day at which devices write.
const HOUR_MS: i64 = 9 * 3_600_000;

/// The days of a year as a clock goes through them.
pub struct Year {
    clock: Clock,
    steps: Vec<i64>,
}

impl Year {
    /// The year of a plan as far as it has come by today.
    pub fn of(plan: &Plan) -> Self {
        let until = (plan.as_of + AFTER_DAYS).min(now().day_number());
        let steps = (0..).map(|at| plan.period_start + FIRST_DAYS + at * STEP_DAYS);
        let steps = steps.take_while(|day| *day < until).chain([until]).collect();
        Self { clock: Clock::at(time_of(Diary::first(plan))), steps }
    }

    /// The clock that goes through the year, at the beginning of everything.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// The days on which the hub takes in what was written since the one before.
    pub fn steps(&self) -> &[i64] {
        &self.steps
    }

    /// The last day on which records are written.
    pub fn until(&self) -> i64 {
        self.steps.last().copied().expect("a year has a last day")
    }

    /// Sets the clock to a day.
    pub fn set(&self, day: i64) {
        self.clock.set(time_of(day));
    }
}

/// When devices write on a day: never after now.
fn time_of(day: i64) -> TimeMs {
    TimeMs((TimeMs::start_of_day(day).0 + HOUR_MS).min(now().0))
}

/// What one device writes in one space, by day.
#[derive(Default)]
pub struct Pages(BTreeMap<i64, Vec<DocumentEdits>>);

impl Pages {
    pub fn extend(&mut self, parts: impl IntoIterator<Item = (i64, DocumentEdits)>) {
        for (day, document) in parts {
            self.0.entry(day).or_default().push(document);
        }
    }

    /// Has a device write them in the order of their days, and keeps what it sends at each step of the year.
    pub fn write(
        self,
        device: &mut Desk,
        space: &Space,
        year: &Year,
        sent: &mut [Vec<Vec<u8>>],
    ) -> Result<(), DeskError> {
        let mut pages = self.0.into_iter().peekable();
        for (step, sent) in year.steps().iter().zip(sent) {
            while let Some((day, documents)) = pages.next_if(|(day, _)| day <= step) {
                device.write(space, documents, time_of(day))?;
            }
            sent.extend(device.segments());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hub_takes_records_in_before_a_receipt_would_date_them() {
        let today = now().day_number();
        for as_of in [today - 400, today - 27, today - 3, today] {
            let plan = Plan { seed: 1, as_of, period_start: as_of - 364, households: 20 };
            let year = Year::of(&plan);
            assert!(year.steps().is_sorted() && year.steps().len() <= 14, "{:?}", year.steps());
            assert!(year.steps().windows(2).all(|pair| pair[1] - pair[0] <= STEP_DAYS));
            assert!(year.steps()[0] - Diary::first(&plan) <= STEP_DAYS);
            assert!(year.until() >= as_of && year.until() <= today);
        }
    }
}
