//! Invented people in the form of the file that a community brings, and the units they live in.

use linli_generate::{Community, Plan, Quality, imports_csv};
use linli_model::date;

/// Units of the list that the demo uses too: the programme has the street and both communities.
pub const CITY: &str = "3211";
pub const DISTRICT: &str = "3211/02";
pub const STREET: &str = "3211/02/004";
pub const COMMUNITY: &str = "3211/02/004/001";
pub const OTHER_COMMUNITY: &str = "3211/02/004/002";

/// Days of the year that a plan covers, before its last day.
const YEAR_DAYS: i64 = 364;

/// The day that evaluations are about: today, so that the tests hold whenever they run.
pub fn as_of() -> String {
    linli_node::as_of_today()
}

/// A CSV file of about `people` people with Chinese headers, and how many rows of people it has. Nobody in it
/// exists. Another seed gives other people, another `first` other card numbers.
pub fn people_csv(people: usize, seed: u64) -> (String, usize) {
    let as_of = date::day_of_iso(&as_of()).expect("today is a date");
    let plan = Plan { seed, as_of, period_start: as_of - YEAR_DAYS, households: 40 };
    let unit = COMMUNITY.parse().expect("the path of a unit is one");
    let community = Community { unit: &unit, name: "道署街社区", index: 1, quality: Quality::Good };
    let text = imports_csv(&plan, &community, people);
    let rows = text.lines().count() - 1;
    (text, rows)
}

/// The cells of a file of [`people_csv`], the headers first.
pub fn table(csv: &str) -> Vec<Vec<String>> {
    csv.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// The card numbers in a file of [`people_csv`], each once, in order.
pub fn card_numbers(csv: &str) -> Vec<String> {
    let mut numbers: Vec<String> = table(csv).into_iter().skip(1).map(|row| row[0].clone()).collect();
    numbers.sort();
    numbers.dedup();
    numbers
}
