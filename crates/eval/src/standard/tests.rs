//! A pack that is not whole is refused with the file and the item that are wrong.

use std::collections::BTreeSet;

use super::*;

#[test]
fn both_standards_have_their_items_points_and_vetoes() {
    let whole = |standard: &Standard, letter: char, count: usize, hard: &[(&str, &str)]| {
        let ids: Vec<String> = standard.items.iter().map(|item| item.id.clone()).collect();
        let expected: Vec<String> = (1..=count).map(|n| format!("{letter}{n:02}")).collect();
        assert_eq!(ids, expected);
        let vetoes: Vec<(&str, &str)> = standard
            .items
            .iter()
            .filter_map(|item| item.veto.as_deref().map(|veto| (veto, item.id.as_str())))
            .collect();
        assert_eq!(vetoes, hard);
        let points = standard.items.iter().filter(|item| item.veto.is_some()).map(|item| item.points);
        assert_eq!(points.fold(Ratio::ZERO, |sum, p| sum.plus(p).expect("small")), Ratio::whole(55));
        assert_eq!((standard.total, standard.threshold), (Ratio::whole(100), Ratio::whole(85)));
    };
    whole(&Standard::community(), 'C', 20, &[("H3", "C07"), ("H1", "C10"), ("H2", "C11")]);
    whole(&Standard::street(), 'S', 17, &[("H3", "S07"), ("H1", "S10"), ("H2", "S11")]);
}

/// The domain's table of points, item by item.
#[test]
fn each_item_gives_the_points_of_the_domains_table() {
    let points = |standard: &Standard| -> Vec<String> {
        standard.items.iter().map(|item| item.points.num().to_string()).collect()
    };
    let community = "3 3 2 4 4 4 10 3 2 25 20 5 3 2 2 2 3 1 1 1";
    let street = "3 3 3 4 4 4 10 3 2 25 20 5 3 2 2 3 4";
    assert_eq!(points(&Standard::community()).join(" "), community);
    assert_eq!(points(&Standard::street()).join(" "), street);
}

#[test]
fn checks_list_every_question_once() {
    let (community, street) = (Standard::community(), Standard::street());
    for standard in [&community, &street] {
        let checks = standard.checks();
        let keys: BTreeSet<_> = checks.iter().map(|c| (&c.item, &c.part, &c.subject)).collect();
        assert_eq!(keys.len(), checks.len());
        assert!(checks.iter().all(|check| !check.zh.is_empty() && !check.en.is_empty()));
    }
    let items = |standard: &Standard| -> Vec<String> {
        standard.sign_offs().into_iter().map(|check| check.item).collect()
    };
    assert_eq!(
        items(&community),
        [
            "C01", "C03", "C04", "C05", "C06", "C07", "C08", "C09", "C10", "C11", "C12", "C13", "C14", "C15",
            "C16"
        ]
    );
    assert_eq!(
        items(&street),
        ["S01", "S03", "S04", "S05", "S07", "S08", "S09", "S10", "S11", "S12", "S13", "S14", "S15", "S16"]
    );
    let asked = [community.checks(), street.checks()].concat();
    assert!(asked.iter().all(|check| check.part != SIGN_OFF), "a sign-off is asked for only where it is due");
    assert_eq!(community.checks().iter().filter(|check| check.item == "C02").count(), 6);
}

#[test]
fn a_street_may_take_over_the_checks_of_its_communities_and_asks_none_itself() {
    let mut files = pack::street_files();
    let content = files.get_mut("standard.toml").expect("a pack has one");
    *content = content.replacen("id = \"boards\"", "id = \"boards\"\npooled_from = \"C02.boards\"", 1);
    let street = Standard::load(files).expect("the pack is whole");
    assert!(street.checks().iter().all(|check| check.item != "S02"));
    let part = &street.item("S02").expect("the standard has the item").parts[0];
    assert_eq!(part.source.rows("S02", "boards"), "C02.boards");
}

#[test]
fn every_change_to_a_file_changes_the_hash() {
    let files = pack::community_files();
    let hash = Standard::community().hash;
    assert_eq!(Standard::load(files.clone()).map(|standard| standard.hash).ok(), Some(hash));
    for name in files.keys() {
        let mut changed = files.clone();
        changed.entry(name.clone()).or_default().push('\n');
        assert_ne!(pack::hash(&changed), hash, "{name}");
    }
}

#[test]
fn a_pack_that_is_not_whole_is_refused_with_the_place() {
    let edited = |file: &str, from: &str, to: &str| -> String {
        let mut files = pack::community_files();
        let content = files.get_mut(file).expect("the pack has the file");
        assert!(content.contains(from), "{from}");
        *content = content.replacen(from, to, 1);
        Standard::load(files).expect_err("the pack is not whole").to_string()
    };
    let standard = "standard.toml";
    let cases = [
        (standard, "points = \"25\"", "points = \"24\"", "item C10: its parts give 25.00 points"),
        (standard, "threshold = \"85\"", "threshold = \"8.5.\"", "threshold: `8.5.` is not an exact decimal"),
        (standard, "total = \"100\"", "total = \"99\"", "total: the items give 100.00"),
        (
            standard,
            "category = \"groups\"",
            "category = \"grops\"",
            "item C10: no category is called `grops`",
        ),
        (standard, "veto = \"H1\"", "veto = \"H9\"", "hard: the items carry the vetoes"),
        (standard, "measure = \"placed\"", "measure = \"place\"", "`measures/place.sql`, which item C10"),
        (
            standard,
            "rows = \"d1\"",
            "rows = \"d9\"",
            "item C10, part placed: measures/placed.sql declares no rows",
        ),
        (
            standard,
            "at = \"0.80\" }\nmeasure",
            "at = \"1.80\" }\nmeasure",
            "item C10, part placed: the rule's numbers",
        ),
        (standard, "id = \"coverage\"", "id = \"sign_off\"", "item C05: no part may be called `sign_off`"),
        (standard, "kind = \"penalty\"", "kind = \"fine\"", "item C17, part complaints: the rule is none of"),
        (standard, "id = \"boards\"", "id = \"boards\"\nminimum = 300", "part boards: a minimum of 300"),
        (standard, "level = \"community\"", "level = \"city\"", "level: `city` is scored by no standard"),
        (standard, "hard = ", "herd = ", "standard.toml is not the TOML expected"),
        ("measures/placed.sql", "-- reasons: ", "-- reasons: invented ", "no text for the reason `invented`"),
        ("measures/placed.sql", "GROUP BY", "ORDER BY", "measures/placed.sql, line"),
        ("calendar.toml", "2025-01-01", "2025-01-32", "calendar.toml: "),
    ];
    for (file, from, to, says) in cases {
        let error = edited(file, from, to);
        assert!(error.contains(says), "{to}: {error}");
    }
}

#[test]
fn all_problems_of_a_pack_are_told_at_once_with_their_lines() {
    let mut files = pack::community_files();
    let mut edit = |file: &str, from: &str, to: &str| {
        let content = files.get_mut(file).expect("the pack has the file");
        assert!(content.contains(from), "{from}");
        *content = content.replacen(from, to, 1);
    };
    edit("standard.toml", "hard_points = \"55\"", "hard_points = \"60\"");
    edit("standard.toml", "points = \"25\"", "points = \"24\"");
    edit("measures/placed.sql", "GROUP BY", "ORDER BY");
    edit("tables/40_placed.sql", "COALESCE(", "IFNULL(");
    edit("reasons.toml", "code = \"placed_verified\"", "code = \"placed_and_verified\"");
    let line_of = |file: &str, text: &str| {
        let line = files[file].lines().position(|line| line.contains(text));
        line.expect("the text is there") + 1
    };
    let expected = [
        (
            "standard.toml",
            Some(line_of("standard.toml", "hard_points")),
            "give 54.00 points together instead of 60.00",
        ),
        (
            "standard.toml",
            Some(line_of("standard.toml", "id = \"C10\"")),
            "its parts give 25.00 points together",
        ),
        ("measures/placed.sql", Some(line_of("measures/placed.sql", "ORDER BY")), "ORDER is not portable"),
        ("tables/40_placed.sql", Some(line_of("tables/40_placed.sql", "IFNULL")), "use COALESCE"),
        ("reasons.toml", None, "no text for the reason `placed_verified`"),
    ];
    let problems = Standard::check(files).expect_err("much is wrong");
    for (file, line, says) in expected {
        let told = problems.iter().any(|problem| {
            problem.file() == Some(file) && problem.place().0 == line && problem.to_string().contains(says)
        });
        assert!(told, "{file} {line:?} {says}: {problems:#?}");
    }
}

#[test]
fn tables_and_columns_that_are_not_there_are_told() {
    let edited = |file: &str, from: &str, to: &str| -> Vec<String> {
        let mut files = pack::community_files();
        let content = files.get_mut(file).expect("the pack has the file");
        assert!(content.contains(from), "{from}");
        *content = content.replacen(from, to, 1);
        let problems = Standard::check(files).expect_err("a name is wrong");
        problems.iter().map(ToString::to_string).collect()
    };
    let placed = "measures/placed.sql";
    for (file, from, to, says) in [
        (placed, "JOIN unemployed u", "JOIN unemployd u", "there is no table unemployd here"),
        (
            placed,
            "u.in_d1 = 1",
            "u.in_d2 = 1",
            "u.in_d2 is no column; there are doc, in_d1, person_key, unit",
        ),
        (placed, "u.in_d1 = 1", "v.in_d1 = 1", "no table goes by v here"),
        ("tables/20_responsible.sql", "e.evidence <> ''", "e.evidence <> 0", "evidence holds texts"),
        ("tables/80_cards.sql", "c.vals > 1", "c.vals <> '1'", "vals holds numbers"),
        ("tables/80_cards.sql", "TABLE occupied", "TABLE profile", "there is a table profile already"),
    ] {
        let told = edited(file, from, to);
        assert!(
            told.iter().any(|problem| problem.starts_with(file) && problem.contains(says)),
            "{to}: {told:#?}"
        );
    }
}

#[test]
fn a_hard_share_that_is_not_declared_is_refused() {
    let standard = Standard::community();
    assert_eq!(standard.hard_points, Ratio::whole(55));
    let lowered = pack::community_files()
        .into_iter()
        .map(|(name, content)| (name, content.replace("hard_points = \"55\"", "hard_points = \"50\"")));
    let error = Standard::load(lowered).expect_err("the items give 55").to_string();
    assert!(
        error.contains("hard_points: the items with a veto give 55.00 points together instead of 50.00"),
        "{error}"
    );
}

#[test]
fn files_are_counted_named_and_used() {
    let mut missing = pack::community_files();
    missing.remove("tables/40_placed.sql");
    let error = Standard::load(missing).expect_err("a file is missing").to_string();
    assert!(error.contains("no file `tables/40_placed.sql`"), "{error}");

    let mut unused = pack::community_files();
    unused.insert("notes.txt".to_owned(), String::new());
    let error = Standard::load(unused).expect_err("a file is not used").to_string();
    assert!(error.contains("nothing in standard.toml names the file `notes.txt`"), "{error}");

    let twice = pack::community_files().into_iter().chain([("standard.toml".to_owned(), String::new())]);
    assert!(matches!(Standard::load(twice), Err(PackError::FileTwice(_))));

    let large = [("standard.toml".to_owned(), "#".repeat((4 << 20) + 1))];
    assert!(matches!(Standard::load(large), Err(PackError::TooLarge { .. })));
    let many = (0..257).map(|n| (format!("{n}"), String::new()));
    assert!(matches!(Standard::load(many), Err(PackError::TooLarge { .. })));
}
