//! Dated things: episodes, placements and certifications.
//!
//! A state with a date is the episode of that dimension which begins on it. A new one ends what was open
//! before it on the day before, and where a later one is recorded it ends before that. A state without
//! a date is the one that is open now: if it differs, the open episode ends and another begins on the
//! day of the import, so that what was the case before stays on record.

use linli_model::{Edit, Value, date};
use linli_wire::DocId;

use super::{differing, item_key, text};
use crate::check::{Fields, State};
use crate::recorded::Items;

const ORIGIN: &str = "import";

/// The open episode of a dimension; of several the one that began last.
pub(crate) fn current_state<'i>(episodes: &'i Items, dimension: &str) -> Option<(&'i str, &'i Fields)> {
    of_dimension(episodes, dimension)
        .filter(|(_, fields)| text(fields, "end").is_empty())
        .max_by_key(|(key, fields)| (text(fields, "start"), *key))
}

/// The open placement that began last, or else the last of all.
pub(crate) fn current_placement(placements: &Items) -> Option<(&str, &Fields)> {
    current(placements)
}

/// The certification in force that began last, or else the last of all.
pub(crate) fn current_certification(certifications: &Items) -> Option<(&str, &Fields)> {
    current(certifications)
}

fn current(items: &Items) -> Option<(&str, &Fields)> {
    let dated = items.iter().filter(|(_, fields)| !text(fields, "start").is_empty());
    dated
        .max_by_key(|(key, fields)| (text(fields, "end").is_empty(), text(fields, "start"), *key))
        .map(|(key, fields)| (key.as_str(), fields))
}

fn of_dimension<'i>(episodes: &'i Items, dimension: &str) -> impl Iterator<Item = (&'i str, &'i Fields)> {
    let dimension = dimension.to_owned();
    episodes
        .iter()
        .filter(move |(_, fields)| text(fields, "dimension") == dimension)
        .map(|(key, fields)| (key.as_str(), fields))
}

pub(super) fn state(person: DocId, state: &State, episodes: &Items, today_n: i64) -> Vec<Edit> {
    let mut wanted = state.fields.clone();
    wanted.insert("dimension", Value::from(state.dimension));
    if text(&wanted, "start").is_empty() {
        return undated(person, state.dimension, wanted, episodes, today_n);
    }
    dated(person, state.dimension, wanted, episodes)
}

fn dated(person: DocId, dimension: &str, mut wanted: Fields, episodes: &Items) -> Vec<Edit> {
    let start = text(&wanted, "start").to_owned();
    let code = text(&wanted, "code").to_owned();
    let same_start = of_dimension(episodes, dimension)
        .filter(|(_, fields)| text(fields, "start") == start)
        .max_by_key(|(key, fields)| (text(fields, "code") == code, text(fields, "end").is_empty(), *key));
    if let Some((key, recorded)) = same_start {
        return set("episodes", key, &wanted, Some(recorded));
    }
    let key = item_key(person, "episodes", dimension, &start);
    if let Some(recorded) = episodes.get(&key) {
        // Imported before, and given another date since: the file says the first one again.
        return set("episodes", &key, &wanted, Some(recorded));
    }
    let mut edits = Vec::new();
    for (other, fields) in of_dimension(episodes, dimension) {
        let is_open = text(fields, "end").is_empty();
        if is_open && text(fields, "start") < start.as_str() {
            edits.extend(end_before(other, &start));
        }
    }
    // ISO dates are in the order of their days.
    let next = of_dimension(episodes, dimension)
        .map(|(_, fields)| text(fields, "start"))
        .filter(|other| *other > start.as_str())
        .min();
    if let Some(end) = next.and_then(day_before) {
        wanted.insert("end", Value::Text(end));
    }
    wanted.insert("origin", Value::from(ORIGIN));
    edits.extend(set("episodes", &key, &wanted, None));
    edits
}

fn undated(person: DocId, dimension: &str, mut wanted: Fields, episodes: &Items, today_n: i64) -> Vec<Edit> {
    let code = text(&wanted, "code").to_owned();
    let today = date::from_day_number(today_n).map(date::to_iso).unwrap_or_default();
    match current_state(episodes, dimension) {
        // Nothing differs but perhaps the reason or the certificate; or it began today and is corrected.
        Some((key, open)) if text(open, "code") == code || text(open, "start") >= today.as_str() => {
            set("episodes", key, &wanted, Some(open))
        }
        Some(_) => {
            wanted.insert("start", Value::Text(today));
            dated(person, dimension, wanted, episodes)
        }
        None => {
            let last = of_dimension(episodes, dimension)
                .max_by_key(|(key, fields)| (text(fields, "end"), text(fields, "start"), *key));
            match last {
                // It has ended since; the file does not know that.
                Some((_, ended)) if text(ended, "code") == code => Vec::new(),
                Some(_) => {
                    wanted.insert("start", Value::Text(today));
                    dated(person, dimension, wanted, episodes)
                }
                None => {
                    wanted.insert("origin", Value::from(ORIGIN));
                    set("episodes", &item_key(person, "episodes", dimension, ""), &wanted, None)
                }
            }
        }
    }
}

pub(super) fn placement(person: DocId, wanted: &Fields, placements: &Items) -> Vec<Edit> {
    began_on(person, "placements", wanted, placements)
}

pub(super) fn certification(person: DocId, wanted: &Fields, certifications: &Items) -> Vec<Edit> {
    began_on(person, "certifications", wanted, certifications)
}

/// The item that began on the wanted day, or a new one.
fn began_on(person: DocId, collection: &str, wanted: &Fields, items: &Items) -> Vec<Edit> {
    let start = text(wanted, "start");
    if start.is_empty() {
        return Vec::new();
    }
    let category = text(wanted, "category");
    let same_start =
        items.iter().filter(|(_, fields)| text(fields, "start") == start).max_by_key(|(key, fields)| {
            (text(fields, "category") == category, text(fields, "end").is_empty(), *key)
        });
    if let Some((key, recorded)) = same_start {
        return set(collection, key, wanted, Some(recorded));
    }
    let what = if collection == "placements" { text(wanted, "employer") } else { category };
    let key = item_key(person, collection, what, start);
    if let Some(recorded) = items.get(&key) {
        return set(collection, &key, wanted, Some(recorded));
    }
    let mut wanted = wanted.clone();
    wanted.insert("origin", Value::from(ORIGIN));
    set(collection, &key, &wanted, None)
}

fn set(collection: &str, key: &str, wanted: &Fields, recorded: Option<&Fields>) -> Vec<Edit> {
    differing(wanted, recorded)
        .map(|(field, value)| Edit::item(collection, key, field, Some(value)))
        .collect()
}

fn end_before(key: &str, start: &str) -> Option<Edit> {
    let end = day_before(start)?;
    Some(Edit::item("episodes", key, "end", Some(Value::Text(end))))
}

fn day_before(day: &str) -> Option<String> {
    date::from_day_number(date::day_of_iso(day)? - 1).map(date::to_iso)
}
