//! Whether a pack that could be read is whole: its points add up, its vetoes are hard, its files are all there.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    FINDINGS, Item, Part, Rule, Standard, Text, measure_file,
    problem::{PackError, Place, Problems},
    read::{ItemFile, StandardFile},
};
use crate::{
    lint::{self, Declared, Schema},
    pack::Files,
    ratio::Ratio,
};

fn sum(place: &Place, points: impl Iterator<Item = Ratio>) -> Result<Ratio, PackError> {
    points
        .into_iter()
        .try_fold(Ratio::ZERO, Ratio::plus)
        .ok_or_else(|| place.invalid("the points are too fine to add up exactly"))
}

/// Points add up three times: parts to items, items to categories, items to the total; and the items with a
/// veto to what the pack declares as its hard share.
pub fn check_points(standard: &Standard, file: &StandardFile, problems: &mut Problems) {
    let content = standard.file("standard.toml");
    let mut ids = BTreeSet::new();
    for (item, written) in standard.items.iter().zip(&file.item) {
        let place = Place::of(content, format!("item {}", item.id), written.id.span().start);
        if !ids.insert(item.id.as_str()) {
            problems.0.push(place.invalid("the item stands twice; keep one"));
        }
        if !file.category.iter().any(|category| *category.id.get_ref() == item.category) {
            problems.0.push(place.invalid(format!("no category is called `{}`", item.category)));
        }
        let expected = if item.all_parts { Ratio::ZERO } else { item.points };
        if let Some(parts) = problems.note(sum(&place, item.parts.iter().map(|part| part.points)))
            && parts != expected
        {
            let (parts, expected) = (parts.shown(), expected.shown());
            let problem = format!("its parts give {parts} points together instead of {expected}");
            problems.0.push(place.invalid(problem));
        }
        check_parts(content, item, written, problems);
    }
    for category in &file.category {
        let id = category.id.get_ref();
        let place = Place::of(content, format!("category {id}"), category.id.span().start);
        let items = standard.items.iter().filter(|item| item.category == *id);
        let found = problems.note(sum(&place, items.map(|item| item.points)));
        let declared = problems.note(Ratio::from_decimal(&category.points).map_err(|e| place.number(e)));
        if let (Some(found), Some(declared)) = (found, declared)
            && found != declared
        {
            let (found, declared) = (found.shown(), declared.shown());
            problems
                .0
                .push(place.invalid(format!("its items give {found} points together instead of {declared}")));
        }
    }
    let all = standard.items.iter();
    let hard = standard.items.iter().filter(|item| item.veto.is_some());
    let total = Place::of(content, "total", file.total.span().start);
    check_sum(&total, "the items", all, standard.total, problems);
    let declared = Place::of(content, "hard_points", file.hard_points.span().start);
    check_sum(&declared, "the items with a veto", hard, standard.hard_points, problems);
    if standard.threshold > standard.total {
        let place = Place::of(content, "threshold", file.threshold.span().start);
        problems.0.push(place.invalid("it is more than the total"));
    }
}

fn check_sum<'i>(
    place: &Place,
    what: &str,
    items: impl Iterator<Item = &'i Item>,
    declared: Ratio,
    problems: &mut Problems,
) {
    if let Some(found) = problems.note(sum(place, items.map(|item| item.points)))
        && found != declared
    {
        let (found, declared) = (found.shown(), declared.shown());
        problems.0.push(place.invalid(format!("{what} give {found} points together instead of {declared}")));
    }
}

fn check_parts(content: &str, item: &Item, written: &ItemFile, problems: &mut Problems) {
    for (part, file) in item.parts.iter().zip(&written.part) {
        let place = part_place(content, item, part, file.id.span().start);
        let pointless = item.all_parts || matches!(part.rule, Rule::Penalty { .. });
        if pointless != (part.points == Ratio::ZERO) {
            let problem = "points stand on every part but penalties and parts of all_parts";
            problems.0.push(place.invalid(problem));
        }
        if item.all_parts && !matches!(part.rule, Rule::AllOrNothing { .. }) {
            let problem = "a part of an item with all_parts needs the rule all_or_nothing";
            problems.0.push(place.invalid(problem));
        }
    }
}

fn part_place(content: &str, item: &Item, part: &Part, byte: usize) -> Place {
    Place::of(content, format!("item {}, part {}", item.id, part.id), byte)
}

/// Every hard indicator is one item's, and that item passes or fails as a whole.
pub fn check_vetoes(standard: &Standard, file: &StandardFile, problems: &mut Problems) {
    let content = standard.file("standard.toml");
    let hard = file.hard.get_ref();
    let vetoes: Vec<&str> = standard.items.iter().filter_map(|item| item.veto.as_deref()).collect();
    if vetoes.iter().collect::<BTreeSet<_>>().len() != vetoes.len()
        || hard.iter().map(String::as_str).collect::<BTreeSet<_>>() != vetoes.iter().copied().collect()
    {
        let place = Place::of(content, "hard", file.hard.span().start);
        problems.0.push(place.invalid(format!("the items carry the vetoes {}", vetoes.join(", "))));
    }
    for (item, written) in standard.items.iter().zip(&file.item).filter(|(item, _)| item.veto.is_some()) {
        if !item.parts.iter().all(|part| matches!(part.rule, Rule::AllOrNothing { .. })) {
            let place = Place::of(content, format!("item {}", item.id), written.id.span().start);
            problems.0.push(place.invalid("an item with a veto needs all_or_nothing in each part"));
        }
    }
}

/// Every file named is there, says what the standard expects of it and keeps the rules of portable SQL.
pub fn check_files(
    files: &Files,
    file: &StandardFile,
    items: &[Item],
    reasons: Option<&BTreeMap<String, Text>>,
    problems: &mut Problems,
) {
    let mut named: BTreeSet<String> =
        ["standard.toml", "calendar.toml", "reasons.toml"].map(str::to_owned).into();
    // Where a file of tables cannot be read, it cannot be told which names the files after it may use.
    let mut schema = Some(Schema::given());
    for table in &file.tables {
        let name = table.get_ref();
        let sound = if let Some(sql) = files.get(name) {
            problems.note_lint(lint::table(name, sql)).map(|_| sql)
        } else {
            problems.0.push(missing(name, "standard.toml"));
            None
        };
        schema = schema.filter(|_| sound.is_some());
        if let (Some(schema), Some(sql)) = (&mut schema, sound) {
            problems.note_lint(schema.check(name, sql));
        }
        named.insert(name.clone());
    }
    let measures = check_measures(files, items, reasons, schema.as_ref(), problems);
    // A community's rows are counted as a whole, a street's added up from those of its communities.
    if let Some(schema) = schema.filter(|_| file.level.get_ref() == "street") {
        for (name, sql) in measures.keys().filter_map(|name| Some((name, files.get(name)?))) {
            problems.note_lint(lint::pooling(name, sql, &schema));
        }
    }
    for (item, part) in items.iter().flat_map(|item| item.parts.iter().map(move |part| (item, part))) {
        let name = measure_file(part.source.measure());
        let Some(Some(declared)) = measures.get(&name) else { continue };
        let rows = part.source.rows(&item.id, &part.id);
        let own = (part.source.measure() != FINDINGS).then_some(rows.as_str());
        let wanted = [own, part.blocked_by.as_deref(), part.sign_off_blocked_by.as_deref()];
        for rows in wanted.into_iter().flatten().filter(|rows| !declared.rows.iter().any(|name| name == rows))
        {
            let byte = place_of(file, &item.id, &part.id);
            let place = part_place(&files["standard.toml"], item, part, byte);
            problems.0.push(place.invalid(format!("{name} declares no rows `{rows}` in its head")));
        }
    }
    named.extend(measures.into_keys());
    // Items that could not be read may name any file.
    if items.len() == file.item.len() {
        let unused = files.keys().filter(|name| !named.contains(*name));
        problems.0.extend(unused.cloned().map(PackError::FileUnused));
    }
}

/// Looks at each measure once; what it declares, by its file, where the file is there and sound.
fn check_measures(
    files: &Files,
    items: &[Item],
    reasons: Option<&BTreeMap<String, Text>>,
    schema: Option<&Schema>,
    problems: &mut Problems,
) -> BTreeMap<String, Option<Declared>> {
    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    for item in items {
        for part in &item.parts {
            let by = format!("item {}, part {}", item.id, part.id);
            wanted.entry(measure_file(part.source.measure())).or_insert(by);
        }
        if item.can_be_empty() {
            wanted
                .entry(measure_file(FINDINGS))
                .or_insert_with(|| format!("the sign-off of item {}", item.id));
        }
    }
    let mut measures = BTreeMap::new();
    for (name, by) in wanted {
        let declared = if let Some(sql) = files.get(&name) {
            problems.note_lint(lint::measure(&name, sql))
        } else {
            problems.0.push(missing(&name, &by));
            None
        };
        if let (Some(schema), Some(_), Some(sql)) = (schema, &declared, files.get(&name)) {
            problems.note_lint(schema.clone().check(&name, sql));
        }
        let given = declared.iter().flat_map(|declared| &declared.reasons);
        for reason in given.filter(|code| reasons.is_some_and(|reasons| !reasons.contains_key(*code))) {
            problems.0.push(PackError::ReasonMissing { reason: reason.clone(), file: name.clone() });
        }
        measures.insert(name, declared);
    }
    measures
}

fn missing(file: &str, wanted_by: &str) -> PackError {
    PackError::FileMissing { file: file.to_owned(), wanted_by: wanted_by.to_owned() }
}

/// Where a part stands in standard.toml.
fn place_of(file: &StandardFile, item: &str, part: &str) -> usize {
    let items = file.item.iter().filter(|written| written.id.get_ref() == item);
    let mut parts = items.flat_map(|written| &written.part);
    parts.find(|written| written.id.get_ref() == part).map_or(0, |written| written.id.span().start)
}
