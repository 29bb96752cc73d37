//! The demo: one command that shows a whole city, and whose report is what it promises.

use std::{collections::BTreeSet, path::Path};

use linli_tests::{linli, verify_alone};
use serde_json::Value;

/// A small city, in which one community fares badly on purpose.
const COMMUNITIES: usize = 5;
const HOUSEHOLDS: usize = 20;
/// A city, two districts and four streets.
const HUBS: usize = 7;

#[test]
fn the_demo_keeps_every_promise_it_reports() {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let inside = directory.path().join("city");
    let inside = inside.to_str().expect("a temporary path is UTF-8");
    let (communities, households) = (COMMUNITIES.to_string(), HOUSEHOLDS.to_string());
    let arguments = ["demo", "--communities", &communities, "--households", &households];
    let arguments = [&arguments[..], &["--directory", inside, "--json"]].concat();
    let report = linli(directory.path(), &arguments).done().json();

    assert_eq!((&report["ok"], &report["failures"]), (&true.into(), &Vec::<Value>::new().into()), "{report}");
    for (field, expected) in [
        ("communities", COMMUNITIES),
        ("hubs", HUBS),
        // The first community has two.
        ("devices", COMMUNITIES + 1),
        ("duplicates", 1),
    ] {
        assert_eq!(report[field], expected, "{field}: {report}");
    }
    assert_eq!(report["converged"], true);
    let count = |field: &str| report[field].as_u64().expect("a count is a number") as usize;
    assert!(count("people") > COMMUNITIES * HOUSEHOLDS, "a household has more people than one");
    assert!(count("documents") > count("people"), "people and cards are documents");
    assert!(count("entries") > COMMUNITIES * HOUSEHOLDS, "each household is an entry");
    assert_eq!(report["refused"], 3, "a stranger, a trespasser, a saboteur");
    assert_eq!(report["refusals"].as_array().map(Vec::len), Some(3), "each with its reason");
    the_evaluation_is_whole(&report["evaluation"]);
    the_snapshot_holds(directory.path(), &report["snapshot"]);
    for phase in ["enrol", "edit", "sync", "evaluate", "snapshot", "verify"] {
        assert!(report["seconds"][phase].as_f64() > Some(0.0), "{phase} took time: {report}");
    }
    let left: Vec<_> = std::fs::read_dir(directory.path()).expect("the directory is there").collect();
    assert_eq!(left.len(), 1, "everything is in the directory that was named: {left:?}");
}

fn the_evaluation_is_whole(evaluation: &Value) {
    let units = evaluation["units"].as_array().expect("the units are listed");
    let names: BTreeSet<&str> = units.iter().filter_map(|unit| unit["unit"].as_str()).collect();
    assert_eq!(names.len(), units.len(), "each unit once");
    let level = |slashes: usize| names.iter().filter(|name| name.matches('/').count() == slashes).count();
    assert_eq!((level(3), level(2)), (COMMUNITIES, HUBS - 3), "every community and every street is scored");
    let vetoed = |unit: &&Value| unit["vetoes"].as_array().is_some_and(|vetoes| !vetoes.is_empty());
    let recognised = |unit: &&Value| unit["recognised"] == true;
    assert_eq!(evaluation["recognised"], units.iter().filter(recognised).count());
    assert_eq!(evaluation["vetoed"], units.iter().filter(vetoed).count());
    assert!(units.iter().any(|unit| recognised(&unit)) && units.iter().any(|unit| vetoed(&unit)));
    for unit in units {
        assert!(!(recognised(&unit) && vetoed(&unit)), "a vetoed unit is not recognised: {unit}");
        assert!(unit["total"].as_str().is_some_and(|total| !total.is_empty()), "{unit}");
    }
}

fn the_snapshot_holds(directory: &Path, snapshot: &Value) {
    assert_eq!((&snapshot["verified"], &snapshot["scorecards_equal"]), (&true.into(), &true.into()));
    let file = Path::new(snapshot["file"].as_str().expect("the file is named"));
    let bytes = std::fs::metadata(file).expect("the snapshot was left for whoever wants to look").len();
    assert_eq!(snapshot["bytes"], bytes);
    let file_name = file.to_str().expect("a temporary path is UTF-8");
    let shown = linli(directory, &["snapshot", "show", file_name, "--json"]).done().json();
    let realm = shown["realm"].as_str().expect("a snapshot names its realm");
    verify_alone(file, realm).done();
}
