//! Whether a pack only tightens another: a district may ask more of its units than the city, never less and
//! never something else.
//!
//! What decides is listed in `protocol/standards/README.md`. What is not looked at decides nothing: versions,
//! names and the texts of reasons.

use std::collections::BTreeSet;

use super::{
    Below, Item, Part, Rule, Source, Standard,
    problem::{PackError, Place},
    read::StandardFile,
};

/// Every place of `district` at which it does not tighten `city`; none where it may be used below the city.
pub fn loosened(city: &Standard, district: &Standard) -> Vec<PackError> {
    let mut compared = Compared::new(district);
    compared.heading(city, district);
    let ids = |standard: &Standard| standard.items.iter().map(|item| item.id.clone()).collect::<Vec<_>>();
    if ids(city) == ids(district) {
        for (city, own) in city.items.iter().zip(&district.items) {
            compared.item(city, own);
        }
    } else {
        compared.top("item", "its items are not the city's, in the city's order");
    }
    compared.files(city, district);
    compared.found
}

struct Compared<'d> {
    content: &'d str,
    written: Option<StandardFile>,
    found: Vec<PackError>,
}

impl<'d> Compared<'d> {
    fn new(district: &'d Standard) -> Self {
        let content = district.file("standard.toml");
        Self { content, written: toml::from_str(content).ok(), found: Vec::new() }
    }

    fn top(&mut self, key: &str, problem: impl Into<String>) {
        let line =
            self.content.lines().position(|line| line.split('=').next().is_some_and(|k| k.trim() == key));
        let place = Place { name: key.to_owned(), line: line.map_or(1, |line| line + 1) };
        self.found.push(place.invalid(problem));
    }

    fn at(&mut self, item: &str, part: Option<&str>, problem: impl Into<String>) {
        let mut items = self.written.iter().flat_map(|file| &file.item);
        let written = items.find(|written| written.id.get_ref() == item);
        let of_part = |part: &str| {
            let mut parts = written.into_iter().flat_map(|item| &item.part);
            parts.find(|written| written.id.get_ref() == part).map(|written| written.id.span().start)
        };
        let byte = part.and_then(of_part).or_else(|| Some(written?.id.span().start)).unwrap_or(0);
        let name = part.map_or_else(|| format!("item {item}"), |part| format!("item {item}, part {part}"));
        self.found.push(Place::of(self.content, name, byte).invalid(problem));
    }

    fn heading(&mut self, city: &Standard, own: &Standard) {
        if (&city.id, city.level) != (&own.id, own.level) {
            self.top("id", format!("the city's standard for this level is `{}`", city.id));
        }
        if own.threshold < city.threshold {
            let (own, city) = (own.threshold.shown(), city.threshold.shown());
            self.top("threshold", format!("{own} is less than the city's {city}"));
        }
        for (key, same) in [
            ("total", own.total == city.total),
            ("hard_points", own.hard_points == city.hard_points),
            ("close_workdays", own.close_workdays == city.close_workdays),
            ("findings_lag_days", own.findings_lag_days == city.findings_lag_days),
            ("tables", own.tables == city.tables),
        ] {
            if !same {
                self.top(key, "it is not the city's");
            }
        }
    }

    fn item(&mut self, city: &Item, own: &Item) {
        let id = &own.id;
        for (what, same) in [
            ("points", own.points == city.points),
            ("category", own.category == city.category),
            ("veto", own.veto == city.veto),
            ("all_parts", own.all_parts == city.all_parts),
            ("twin", own.twin == city.twin),
            ("method", own.method == city.method),
        ] {
            if !same {
                self.at(id, None, format!("its {what} is not the city's"));
            }
        }
        let ids = |item: &Item| item.parts.iter().map(|part| part.id.clone()).collect::<Vec<_>>();
        if ids(city) == ids(own) {
            for (city, own) in city.parts.iter().zip(&own.parts) {
                self.part(id, city, own);
            }
        } else {
            self.at(id, None, "its parts are not the city's, in the city's order");
        }
    }

    fn part(&mut self, item: &str, city: &Part, own: &Part) {
        let part = Some(own.id.as_str());
        for (what, same) in [
            ("points are", own.points == city.points),
            ("source is", same_source(&own.source, &city.source)),
            ("below is", own.below == city.below),
            ("blocked_by is", own.blocked_by == city.blocked_by),
            ("sign_off_blocked_by is", own.sign_off_blocked_by == city.sign_off_blocked_by),
        ] {
            if !same {
                self.at(item, part, format!("its {what} not the city's"));
            }
        }
        // More subjects asked for are stricter where fewer leave the part pending; elsewhere fewer pass.
        let stricter = own.below == Below::Pending && own.minimum > city.minimum;
        if own.minimum != city.minimum && !stricter {
            self.at(
                item,
                part,
                format!("a minimum of {} asks for less than the city's {}", own.minimum, city.minimum),
            );
        }
        if let Some(problem) = looser(city.rule, own.rule) {
            self.at(item, part, problem);
        }
    }

    /// What measures count is the city's, byte for byte, and so are the working days.
    fn files(&mut self, city: &Standard, own: &Standard) {
        let decides = |name: &&str| name.contains('/') || *name == "calendar.toml";
        let names = |standard: &Standard| -> BTreeSet<String> {
            standard.files().map(|(name, _)| name).filter(decides).map(str::to_owned).collect()
        };
        for name in names(city).union(&names(own)) {
            let of = |standard: &Standard| {
                standard.files().find(|(file, _)| file == name).map(|(_, text)| text.to_owned())
            };
            if of(city) != of(own) {
                self.found.push(PackError::NotTheCitys(name.clone()));
            }
        }
    }
}

fn same_source(a: &Source, b: &Source) -> bool {
    match (a, b) {
        (Source::Records { measure, rows }, Source::Records { measure: other, rows: others }) => {
            (measure, rows) == (other, others)
        }
        (
            Source::Findings { checks, pooled_from, open },
            Source::Findings { checks: others, pooled_from: from, open: other },
        ) => {
            let subjects = checks.iter().map(|slot| &slot.subject);
            subjects.eq(others.iter().map(|slot| &slot.subject)) && (pooled_from, open) == (from, other)
        }
        _ => false,
    }
}

/// How the district's rule gives points where the city's gives none.
fn looser(city: Rule, own: Rule) -> Option<String> {
    let less = |what: &str| Some(format!("its {what} asks for less than the city's"));
    match (city, own) {
        (
            Rule::AllOrNothing { at, misses_allowed },
            Rule::AllOrNothing { at: own_at, misses_allowed: own_misses },
        ) => {
            if own_at < at {
                return Some(format!("at {} is lower than the city's {}", own_at.shown(), at.shown()));
            }
            (own_misses > misses_allowed)
                .then(|| format!("misses_allowed {own_misses} is more than the city's {misses_allowed}"))
        }
        (Rule::Linear { from, full }, Rule::Linear { from: own_from, full: own_full }) => {
            if own_from < from || own_full < full { less("linear rule") } else { None }
        }
        (Rule::Deduct { per_miss }, Rule::Deduct { per_miss: own })
        | (Rule::Penalty { per_miss }, Rule::Penalty { per_miss: own }) => {
            if own < per_miss {
                less("per_miss")
            } else {
                None
            }
        }
        _ => Some("its rule is of another kind than the city's".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack;

    fn edited(edits: &[(&str, &str, &str)]) -> Standard {
        let mut files = pack::community_files();
        for (file, from, to) in edits {
            let content = files.get_mut(*file).expect("the pack has the file");
            assert!(content.contains(from), "{from}");
            *content = content.replacen(from, to, 1);
        }
        Standard::check(files).expect("the pack is sound")
    }

    const STANDARD: &str = "standard.toml";
    const PLACED: (&str, &str) =
        ("at = \"0.80\" }\nmeasure = \"placed\"", "at = \"0.85\" }\nmeasure = \"placed\"");

    #[test]
    fn a_pack_that_asks_for_more_tightens() {
        let city = Standard::community();
        for edits in [
            &[][..],
            &[(STANDARD, "threshold = \"85\"", "threshold = \"90\"")],
            &[(STANDARD, PLACED.0, PLACED.1)],
            &[(STANDARD, "misses_allowed = 1", "misses_allowed = 0")],
            &[
                (STANDARD, "version = \"", "version = \"x"),
                ("reasons.toml", "en = \"", "en = \"said otherwise: "),
            ],
        ] {
            let problems = loosened(&city, &edited(edits));
            assert!(problems.is_empty(), "{edits:?}: {problems:#?}");
        }
    }

    #[test]
    fn a_pack_that_asks_for_less_or_for_something_else_is_refused_with_the_place() {
        let city = Standard::community();
        for ((file, from, to), says) in [
            (
                (STANDARD, "threshold = \"85\"", "threshold = \"84.99\""),
                "threshold: 84.99 is less than the city's 85.00",
            ),
            (
                (STANDARD, PLACED.0, "at = \"0.79\" }\nmeasure = \"placed\""),
                "item C10, part placed: at 0.79 is lower than the city's 0.80",
            ),
            ((STANDARD, "misses_allowed = 1", "misses_allowed = 2"), "misses_allowed 2 is more"),
            (
                (STANDARD, "close_workdays = 10", "close_workdays = 20"),
                "close_workdays: it is not the city's",
            ),
            ((STANDARD, "per_miss = \"0.5\"", "per_miss = \"0.25\""), "its per_miss asks for less"),
            ((STANDARD, "minimum = 30", "minimum = 10"), "a minimum of 10 asks for less"),
            (
                ("measures/placed.sql", "'placed_verified'", "'not_placed'"),
                "measures/placed.sql is not the city's",
            ),
            (("calendar.toml", "\"2025-01-01\"", "\"2025-01-02\""), "calendar.toml is not the city's"),
        ] {
            let told: Vec<String> =
                loosened(&city, &edited(&[(file, from, to)])).iter().map(ToString::to_string).collect();
            assert!(told.len() == 1 && told[0].contains(says), "{to}: {told:#?}");
        }
    }

    #[test]
    fn a_pack_tightens_nothing_that_it_loosens_elsewhere() {
        let own =
            edited(&[(STANDARD, PLACED.0, PLACED.1), (STANDARD, "threshold = \"85\"", "threshold = \"80\"")]);
        assert_eq!(loosened(&Standard::community(), &own).len(), 1);
        assert!(!loosened(&Standard::community(), &Standard::street()).is_empty());
    }
}
