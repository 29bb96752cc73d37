//! The visits that a household is owed: the windows of the standard, each closed by one visit.

use crate::{Plan, card::Member};

/// Days after the beginning of a placement on which a visit falls due, and to either side of them.
const AFTER_PLACEMENT: [i64; 3] = [30, 91, 183];
const EITHER_SIDE: i64 = 15;
const MONTHLY: i64 = 30;
const WEEKLY: i64 = 7;

/// The first and last days of the windows in which a visit is due, in the order of their last days.
///
/// `weekly` is the time for which a family without work is visited every week.
pub fn windows(plan: &Plan, members: &[Member], weekly: Option<(i64, i64)>) -> Vec<(i64, i64)> {
    let mut windows = Vec::new();
    let mut every = |days: i64, start: i64, end: Option<i64>| {
        let (from, to) = (start.max(plan.period_start), end.unwrap_or(plan.as_of).min(plan.as_of));
        let count = (to - from + 1).max(0) / days;
        windows.extend((0..count).map(|at| (from + at * days, from + (at + 1) * days - 1)));
    };
    if let Some((onset, placed)) = weekly {
        every(WEEKLY, onset, Some(placed - 1));
    }
    for member in members {
        for episode in member.episodes.iter().filter(|e| e.dimension == "status" && e.code == "2") {
            every(MONTHLY, episode.start, episode.end);
        }
        for certification in &member.certifications {
            every(MONTHLY, certification.start, None);
        }
    }
    for placement in members.iter().flat_map(|member| &member.placements) {
        for after in AFTER_PLACEMENT {
            let (from, until) =
                (placement.start + after - EITHER_SIDE, placement.start + after + EITHER_SIDE);
            let lasts = placement.end.is_none_or(|end| end >= placement.start + after);
            if lasts && from >= plan.period_start && until <= plan.as_of {
                windows.push((from, until));
            }
        }
        if placement.end.is_none_or(|end| end >= plan.as_of) {
            windows.push((placement.start.max(plan.as_of - 90), plan.as_of));
        }
    }
    windows.sort_unstable_by_key(|(from, until)| (*until, *from));
    windows
}

/// Days to visit on beside those that are planned already, so that every window has one.
pub fn missing(windows: &[(i64, i64)], planned: &[i64]) -> Vec<i64> {
    let mut days = Vec::new();
    for (from, until) in windows {
        let met = |day: &i64| (from..=until).contains(&day);
        if !planned.iter().chain(&days).any(met) {
            days.push(*until);
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_visit_closes_every_window_that_it_lies_in() {
        assert_eq!(missing(&[(1, 10), (5, 12), (11, 20), (30, 40)], &[35]), [10, 20]);
        assert_eq!(missing(&[], &[]), Vec::<i64>::new());
    }
}
