//! How dated things that differ become edits, and how households become entries.

use linli_model::Place;
use linli_wire::limits::ENTRY_CHANGES_MAX;

use super::*;
use crate::check::State;
use crate::recorded::Items;
use crate::support::NOW;

const PERSON_ID: DocId = DocId([9; 16]);

fn fields(pairs: &[(&'static str, &str)]) -> Fields {
    pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (*name, Value::from(*value)))
        .collect()
}

fn episode(code: &str, start: &str, end: &str) -> Fields {
    fields(&[("dimension", "status"), ("code", code), ("start", start), ("end", end)])
}

/// The episodes of status after the edits, as `code start end`, in the order of their starts.
fn after(recorded: &[Fields], code: &str, start: &str) -> Vec<String> {
    let mut items: Items =
        recorded.iter().enumerate().map(|(n, item)| (format!("{n:032x}"), item.clone())).collect();
    for _ in 0..2 {
        let wanted = State { dimension: "status", fields: fields(&[("code", code), ("start", start)]) };
        for edit in states::state(PERSON_ID, &wanted, &items, NOW.day_number()) {
            let Place::Item { key, .. } = edit.place else { panic!("an episode is an item") };
            let episodes = PERSON.collection("episodes").expect("a person has episodes");
            let name = episodes.field(&edit.field).expect("an edit names a field").name;
            items.entry(key).or_default().insert(name, edit.value.expect("an import empties nothing"));
        }
    }
    let mut shown: Vec<(String, String)> = items
        .values()
        .map(|item| {
            let of = |name| text(item, name).to_owned();
            (of("start"), format!("{} {}..{}", of("code"), of("start"), of("end")))
        })
        .collect();
    shown.sort();
    shown.into_iter().map(|(_, shown)| shown).collect()
}

#[test]
fn a_state_that_differs_is_another_episode_and_what_was_before_stays() {
    let open = episode("2", "2026-03-01", "");
    let closed = episode("2", "2026-03-01", "2026-05-31");
    let today = "2026-11-23";
    for (recorded, code, start, expected) in [
        // Nothing recorded.
        (vec![], "2", "2026-03-01", vec!["2 2026-03-01.."]),
        (vec![], "2", "", vec!["2 .."]),
        // The same, with and without its date.
        (vec![open.clone()], "2", "2026-03-01", vec!["2 2026-03-01.."]),
        (vec![open.clone()], "2", "", vec!["2 2026-03-01.."]),
        // Another state from a later day on: the open one ends the day before.
        (vec![open.clone()], "1", "2026-09-01", vec!["2 2026-03-01..2026-08-31", "1 2026-09-01.."]),
        // Another state without a date begins today.
        (vec![open.clone()], "1", "", vec!["2 2026-03-01..2026-11-22", "1 2026-11-23.."]),
        // What began earlier ends before what is recorded as later.
        (vec![open.clone()], "3", "2026-01-01", vec!["3 2026-01-01..2026-02-28", "2 2026-03-01.."]),
        // A changed code under the same date is a correction of that episode.
        (vec![open], "3", "2026-03-01", vec!["3 2026-03-01.."]),
        // What ended since is not opened again.
        (vec![closed.clone()], "2", "2026-03-01", vec!["2 2026-03-01..2026-05-31"]),
        (vec![closed.clone()], "2", "", vec!["2 2026-03-01..2026-05-31"]),
        (vec![closed], "1", "", vec!["2 2026-03-01..2026-05-31", "1 2026-11-23.."]),
        // What was entered today is corrected in place.
        (vec![episode("2", today, "")], "1", "", vec!["1 2026-11-23.."]),
        // A state of unknown beginning ends all the same.
        (vec![episode("5", "", "")], "1", "2026-07-01", vec!["5 ..2026-06-30", "1 2026-07-01.."]),
    ] {
        assert_eq!(after(&recorded, code, start), expected, "{recorded:?} {code} {start}");
    }
}

#[test]
fn a_placement_is_the_one_that_began_on_the_day() {
    let recorded: Items = [
        ("a", fields(&[("start", "2026-06-01"), ("end", "2026-06-30"), ("employer", "甲")])),
        ("b", fields(&[("start", "2026-06-01"), ("employer", "乙")])),
    ]
    .map(|(key, item)| (key.to_owned(), item))
    .into();
    let wanted = fields(&[("start", "2026-06-01"), ("employer", "丙")]);
    let edits = states::placement(PERSON_ID, &wanted, &recorded);
    assert_eq!(edits, [Edit::item("placements", "b", "employer", Some(Value::from("丙")))]);
    assert_eq!(current_placement(&recorded).map(|(key, _)| key), Some("b"));
    assert!(states::placement(PERSON_ID, &Fields::new(), &recorded).is_empty());
    let new = states::placement(PERSON_ID, &fields(&[("start", "2026-07-01")]), &recorded);
    let names: Vec<&str> = new.iter().map(|edit| edit.field.as_str()).collect();
    assert_eq!(names, ["origin", "start"]);
}

#[test]
fn a_large_household_is_several_entries_and_none_is_too_large() {
    let person = |n: usize, len: usize| {
        let id = DocId((n as u128).to_be_bytes());
        let edits = vec![Edit::document("name", Some(Value::Text("x".repeat(len))))];
        let member = Edit::item("members", &id.to_string(), "relation", Some(Value::from("99")));
        (Some(member), Some(DocumentEdits { id, kind: &PERSON, edits }))
    };
    let of_card = || vec![Edit::document("address", Some(Value::from("甲路")))];
    for (people, len, expected) in [
        (0, 1, vec![1]),
        (1, 1, vec![2]),
        (ENTRY_CHANGES_MAX - 1, 1, vec![256]),
        (ENTRY_CHANGES_MAX, 1, vec![256, 2]),
        (200, 4000, vec![96, 96, 11]),
    ] {
        let members = (0..people).map(|n| person(n, len)).collect();
        let entries = entries(DocId([1; 16]), of_card(), members);
        let counts: Vec<usize> = entries.iter().map(Vec::len).collect();
        assert_eq!(counts, expected, "{people} people");
        for entry in &entries {
            assert_eq!(entry[0].kind.name, "household", "the card goes with its people");
        }
    }
    assert!(entries(DocId([1; 16]), Vec::new(), vec![(None, None)]).is_empty());
}
