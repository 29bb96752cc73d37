//! What every session asks takes as long with a million entries as with ten.

use super::fixture::in_memory;
use crate::{heard, materialise, write};

#[test]
fn what_every_session_asks_goes_through_no_more_of_the_index_than_it_answers() {
    let replica = in_memory();
    let asked = [
        ("what is due", materialise::DUE),
        ("the new entries", materialise::NEW),
        ("those that wait", materialise::TRY_PENDING),
        ("logs with open entries", write::OPEN_LOGS),
        ("open entries", write::OPEN_ENTRIES),
        ("the last own entry", heard::LAST_OWN),
    ];
    for (what, sql) in asked {
        let mut statement =
            replica.connection().prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("it is SQL");
        for at in 1..=statement.parameter_count() {
            statement.raw_bind_parameter(at, 1).expect("a number");
        }
        let mut rows = statement.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next().expect("a plan") {
            steps.push(row.get::<_, String>(3).expect("a step"));
        }
        let scans = |step: &&String| {
            let entries = ["SCAN entry", "SCAN e", "SCAN segment"];
            let all = entries.iter().any(|scan| step.split(" USING").next() == Some(scan));
            // The index of the open ones alone has nothing else.
            all && !step.contains("entry_open") && !step.contains("segment_unindexed")
        };
        assert_eq!(steps.iter().find(scans), None, "{what}: {steps:?}");
        let by_log = |step: &&String| step.contains("entry_by_log") && what != "the last own entry";
        assert_eq!(steps.iter().find(by_log), None, "{what} looks at all entries of a log: {steps:?}");
    }
}
