//! What evaluating and explaining promise at a node.

use linli_log::Rights;

use super::*;
use crate::fixture::{
    CITY, COMMUNITY, DISTRICT, NEIGHBOUR, Realm, STREET, accesses, card, carry, entries, id_no, person,
    space, unit, write,
};

/// A city's and a district's hub and a clerk's device, which all hold the same of the community.
fn three() -> (Realm, Node, Node, Node) {
    let realm = Realm::begin();
    let city = realm.enrol(&realm.root, "city", CITY, Rights::hub());
    let district = realm.enrol(&realm.root, "district", DISTRICT, Rights::hub());
    let clerk = realm.enrol(&realm.root, "clerk", COMMUNITY, Rights::clerk());
    write(&clerk, COMMUNITY, &[card(1, "here"), person(2, &id_no(2), Some(("1", "2020-01-01")))]);
    for hub in [&city, &district] {
        carry(&realm.root, hub);
        carry(&clerk, hub);
    }
    carry(&city, &district);
    carry(&district, &city);
    carry(&city, &district);
    (realm, city, district, clerk)
}

fn period() -> Period {
    Period { as_of: "2026-10-31".to_owned(), start: None, close: Some("2027-12-31".to_owned()) }
}

#[test]
fn city_and_district_score_the_same_cut_to_the_same_bytes_and_the_citys_is_official() {
    let (_realm, city, district, clerk) = three();
    let official = evaluate(&city, &unit(CITY), &period()).expect("scored");
    let provisional = evaluate(&district, &unit(DISTRICT), &period()).expect("scored");
    assert!(official.official);
    assert!(!provisional.official);
    let cards = |evaluated: &Evaluated| -> Vec<Vec<u8>> {
        evaluated.evaluation.scorecards.iter().map(linli_eval::Scorecard::encode).collect()
    };
    assert_eq!(provisional.evaluation.scorecards.len(), 5, "two streets and three communities");
    assert_eq!(cards(&provisional), cards(&official));
    let again = evaluate(&city, &unit(CITY), &period()).expect("scored");
    assert_eq!(cards(&again), cards(&official), "scoring changes nothing that is scored");
    assert_eq!(again.counted, 0, "nor is anything counted again");
    write(&clerk, COMMUNITY, &[person(3, &id_no(3), Some(("2", "2026-01-01")))]);
    carry(&clerk, &city);
    let changed = evaluate(&city, &unit(CITY), &period()).expect("scored");
    assert_eq!((changed.counted, changed.reused), (3, again.reused - 3), "the community and its street");
    let anew = evaluate_anew(&city, &unit(CITY), &period()).expect("scored");
    assert_eq!((cards(&anew), anew.reused), (cards(&changed), 0));
    assert_ne!(cards(&changed), cards(&official));
}

#[test]
fn nobody_scores_what_is_not_kept_here() {
    let (_realm, _city, district, clerk) = three();
    for (node, path) in [(&clerk, STREET), (&clerk, NEIGHBOUR), (&district, CITY)] {
        let before = entries(node);
        let error = evaluate(node, &unit(path), &period()).expect_err(path);
        assert!(matches!(error, NodeError::NotKeptHere { .. }), "{error}");
        let error = explain(node, &unit(path), "C01", &period(), "a look").expect_err(path);
        assert!(matches!(error, NodeError::NotKeptHere { .. } | NodeError::UnknownItem { .. }), "{error}");
        assert_eq!(entries(node), before);
    }
    let own = evaluate(&clerk, &unit(COMMUNITY), &period()).expect("its own");
    assert!(!own.official);
}

#[test]
fn an_item_that_the_standard_does_not_have_is_named_with_those_that_it_has() {
    let (_realm, city, ..) = three();
    let error = explain(&city, &unit(COMMUNITY), "C99", &period(), "a look").expect_err("no such item");
    let told = error.to_string();
    assert!(told.contains("no item C99") && told.contains(" C07"), "{told}");
    assert_eq!(accesses(&city), 0, "nothing was looked at");
}

#[test]
fn an_explanation_leaves_word_of_who_looked_and_names_people() {
    let (_realm, city, ..) = three();
    let standard = Standard::community();
    let mut named = Vec::new();
    for (number, item) in standard.items.iter().enumerate() {
        let subjects = explain(&city, &unit(COMMUNITY), &item.id, &period(), "a look").expect("explained");
        assert_eq!(accesses(&city), 1 + number as i64);
        named.extend(subjects.into_iter().map(|subject| subject.name));
    }
    assert!(named.iter().any(|name| name == "王芳" || name == "00001 here"), "{named:?}");
}

#[test]
fn a_date_that_is_none_is_told_before_anything_is_written() {
    let (_realm, city, ..) = three();
    let before = entries(&city);
    for wrong in ["2026-13-01", "yesterday", ""] {
        let mut periods = vec![Period::ending(wrong), period(), period()];
        periods[1].start = Some(wrong.to_owned());
        periods[2].close = Some(wrong.to_owned());
        for period in periods {
            let error = evaluate(&city, &unit(CITY), &period).expect_err(wrong).to_string();
            assert!(error.contains("is no date; write it like 2026-10-31"), "{error}");
        }
    }
    assert_eq!(entries(&city), before);
}

#[test]
fn a_scorecard_and_a_return_take_in_the_community_that_went_on_in_theirs() {
    let realm = Realm::begin();
    let city = realm.enrol(&realm.root, "city", CITY, Rights::hub());
    let clerk = realm.enrol(&realm.root, "clerk", NEIGHBOUR, Rights::clerk());
    carry(&realm.root, &city);
    write(&clerk, NEIGHBOUR, &[card(1, "here")]);
    carry(&clerk, &city);
    let id = linli_model::kind::UNIT.fixed_id(NEIGHBOUR).expect("units are keyed by their path");
    let ended = [("end", "2026-06-30"), ("successor", COMMUNITY)]
        .map(|(field, value)| linli_model::Edit::document(field, Some(linli_model::Value::from(value))));
    let merger = linli_store::DocumentEdits { id, kind: &linli_model::kind::UNIT, edits: ended.to_vec() };
    let notices = space(CITY, Channel::Notices);
    let written = city
        .with(|r| r.write(city.now(), |w| w.edit(&notices, &[merger], linli_log::fact::Changes::default())));
    written.expect("the city describes its units");
    let frontier = || {
        let evaluated = evaluate(&city, &unit(CITY), &period()).expect("scored");
        evaluated.evaluation.scorecard(&unit(COMMUNITY)).expect("it is scored").frontier
    };
    let households = |as_of: &str| {
        let cells = city.with(|r| crate::recount(r, &unit(COMMUNITY), day(as_of)?, 99_999)).expect("counted");
        cells[0]
    };
    let before = frontier();
    assert_eq!(households("2026-07-31"), ("households", 1));
    write(&clerk, NEIGHBOUR, &[card(2, "there")]);
    carry(&clerk, &city);
    assert_ne!(frontier(), before, "its score follows from these records too");
    assert_eq!(households("2026-07-31"), ("households", 2));
    assert_eq!(households("2026-06-30"), ("households", 0), "on its last day the other is still there");
}

#[test]
fn records_are_received_until_the_standards_close_or_until_today_before_that() {
    let (_realm, city, ..) = three();
    let asked = Period::ending("2026-10-31");
    let (_, in_force) = packs(&city, &unit(CITY), &asked).expect("there are standards");
    for (today, close) in [
        ("2026-10-30", None),
        ("2026-10-31", Some("2026-10-31")),
        ("2026-11-12", Some("2026-11-12")),
        ("2026-11-13", None),
        ("2027-03-01", None),
    ] {
        let closing = asked.closing(&in_force, day(today).expect("a day")).expect("it closes");
        assert_eq!(closing.close.as_deref(), close, "{today}");
    }
    let later = period().closing(&in_force, day("2026-11-01").expect("a day")).expect("it closes");
    assert_eq!(later, period(), "what is asked for holds");
    let evaluated = evaluate(&city, &unit(CITY), &asked).expect("scored");
    let closes =
        evaluated.evaluation.scorecards.iter().map(|card| card.close.clone()).collect::<BTreeSet<_>>();
    let rule = BTreeSet::from([as_of_today().min("2026-11-13".to_owned())]);
    assert!(as_of_today().as_str() < "2026-10-31" || closes == rule, "{closes:?}");
}
