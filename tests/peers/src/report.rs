//! What is reported: medians, as one JSON object.

use serde::Serialize;

/// The object on standard output. What was left out is null.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub documents: u64,
    pub raw_bytes: u64,
    pub cold: Cold,
    pub idle: Idle,
    pub one_percent: OnePercent,
    pub hub_rss_mb: f64,
}

/// The first sync, from a device that has everything to a hub that has nothing.
#[derive(Debug, Default, Serialize)]
pub struct Cold {
    pub linli_s: f64,
    pub linli_applied_s: f64,
    pub samod_s: Option<f64>,
    pub pouchdb_s: Option<f64>,
    pub floor_s: Option<f64>,
    pub automerge_apply_s: Option<f64>,
    pub linli_wire_bytes: u64,
    pub linli_slow_link_bytes: u64,
    pub automerge_sync_bytes: Option<u64>,
    pub zstd3_bytes: Option<u64>,
}

/// A sync when nothing differs.
#[derive(Debug, Default, Serialize)]
pub struct Idle {
    pub linli_bytes: u64,
    pub linli_round_trips: u64,
    pub linli_cpu_ms: f64,
    pub samod_bytes: Option<u64>,
}

/// A sync after one card in a hundred changed.
#[derive(Debug, Default, Serialize)]
pub struct OnePercent {
    pub changes: u64,
    pub linli_bytes: u64,
    pub samod_bytes: Option<u64>,
}

/// The median of what a measure gives in each run.
pub fn median<R>(runs: &[R], measure: impl Fn(&R) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(measure).collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

/// The median of a count.
pub fn median_count<R>(runs: &[R], measure: impl Fn(&R) -> u64) -> u64 {
    median(runs, |run| measure(run) as f64).round() as u64
}

/// Seconds to a tenth of a millisecond: more is noise.
pub fn seconds(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_one_or_between_the_two() {
        assert_eq!(median(&[3.0, 1.0, 2.0], |v| *v), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0], |v| *v), 2.5);
        assert_eq!(median_count(&[5, 9, 7], |v| *v), 7);
    }
}
