//! A year's records, written as they would have been over the year, fare as the community's quality says.

mod support;

use std::collections::BTreeSet;

use linli_eval::{Outcome, Scorecard, Standard, VetoState};
use linli_generate::{CommunityData, Diary, Keeping, Plan, Quality};
use linli_store::DocumentEdits;
use support::{Records, community, day, plan};

const UNTIL: &str = "2026-11-13";

/// Everything that a community and its street write of it in a year, by day.
fn pages(plan: &Plan, data: &CommunityData, keeping: Keeping) -> Vec<(i64, DocumentEdits)> {
    let until = day(UNTIL);
    let (own, street) = (
        Diary::of(plan, &data.unit, keeping, until),
        Diary::of(plan, &support::unit(support::STREET), Keeping::Prompt, until),
    );
    let mut pages: Vec<_> = data.households.iter().flat_map(|household| own.household(household)).collect();
    let office = linli_generate::office(plan, &data.unit, Some(data));
    pages.extend(office.iter().flat_map(|document| own.document(document)));
    let register = linli_generate::dwelling_register(plan, data).into_iter();
    let above = register.chain(linli_generate::oversight(plan, data));
    pages.extend(above.flat_map(|document| street.document(&document)));
    pages.push((street.recorded(plan.as_of), linli_generate::exchanges(plan)));
    let months = linli_generate::as_known(plan, data, &own);
    pages.extend(linli_generate::file(plan, &data.unit, &months, keeping));
    pages.sort_by_key(|(day, _)| *day);
    pages
}

fn scored(plan: &Plan, data: &CommunityData, keeping: Keeping) -> Scorecard {
    let standard = Standard::community();
    let mut records = Records::new();
    records.add_unit(data.unit.as_str(), 1);
    for (day, document) in pages(plan, data, keeping) {
        records.write(&data.unit, &document, day);
    }
    records.add_findings(&standard, &data.unit, day("2026-11-20"));
    records.evaluate(&data.unit, &standard).remove(0)
}

fn failing(card: &Scorecard) -> BTreeSet<&str> {
    let failing = card.vetoes.iter().filter(|veto| veto.state != VetoState::Passes);
    failing.map(|veto| veto.id.as_str()).collect()
}

/// Hits and subjects of a part.
fn counts(card: &Scorecard, item: &str, part: &str) -> (u64, u64) {
    let item = card.item(item).expect("the item is on the card");
    let part = item.parts.iter().find(|p| p.id == part).expect("the part is on the card");
    (part.hits, part.n)
}

#[test]
fn a_year_kept_promptly_fares_as_its_quality_says_and_every_return_is_right() {
    for (index, households) in [20, 60].into_iter().enumerate() {
        for quality in Quality::ALL {
            let plan = plan(households);
            let card = scored(&plan, &community(&plan, index as u64, quality), Keeping::Prompt);
            let expected: &[&str] = match quality {
                Quality::Good | Quality::ZeroEmployment => &[],
                Quality::StalePlacements => &["H1"],
                Quality::HardshipMissed => &["H2"],
                Quality::StaleCards | Quality::CardsMissing => &["H3"],
            };
            let what = format!("{quality:?}, {households} households: {card:#?}");
            assert_eq!(failing(&card), expected.iter().copied().collect(), "{what}");
            let outcome = if expected.is_empty() { Outcome::Meets } else { Outcome::DoesNotMeet };
            assert_eq!(card.outcome, outcome, "{what}");
            assert_eq!(counts(&card, "C09", "returns"), (12, 12), "{what}");
            let (hits, n) = counts(&card, "C07", "c");
            assert!(hits == n && n >= 20, "every change within fifteen days: {hits} of {n}");
            let (_, families) = counts(&card, "C12", "zero");
            assert!(families >= 2, "thirty days have run out: {families}");
        }
    }
}

#[test]
fn a_sloppy_year_misses_returns_and_fails_nothing_else() {
    let plan = plan(40);
    let card = scored(&plan, &community(&plan, 0, Quality::Good), Keeping::Sloppy);
    assert_eq!(counts(&card, "C09", "returns"), (8, 12));
    assert_eq!((failing(&card), card.outcome), (BTreeSet::new(), Outcome::Meets));
}

#[test]
fn a_crammed_year_is_recorded_late_and_in_the_last_days() {
    let plan = plan(40);
    let card = scored(&plan, &community(&plan, 0, Quality::Good), Keeping::Crammed);
    let veto = card.vetoes.iter().find(|veto| veto.id == "H3").expect("the standard has the veto");
    assert_eq!(veto.parts, ["c", "f"], "{card:#?}");
    let (before, n) = counts(&card, "C07", "f");
    assert!(n >= 30 && before == 0, "{before} of {n}");
    assert_eq!(counts(&card, "C07", "e"), (12, 12), "returns say what was known");
}

#[test]
fn what_is_written_in_a_year_is_what_the_documents_say() {
    let plan = plan(40);
    let data = community(&plan, 3, Quality::Good);
    let (until, first) = (day(UNTIL), Diary::first(&plan));
    let mut once = Records::new();
    let mut over_the_year = Records::new();
    for document in data.households.iter().flat_map(|household| &household.documents) {
        once.write(&data.unit, document, until);
    }
    let pages = pages(&plan, &data, Keeping::Prompt);
    assert!(pages.iter().all(|(day, _)| (first..=until).contains(day)));
    for (day, document) in &pages {
        over_the_year.write(&data.unit, document, *day);
    }
    for (table, columns) in [
        ("household", "doc, card_no, opened, verified, head"),
        ("member", "doc, person, relation"),
        ("person", "doc, id_no, name, birth, sex"),
        ("episode", "doc, episode, dimension, code, start, \"end\", reason"),
        ("placement", "doc, placement, start, \"end\", evidence, evidence_ref"),
        ("certification", "doc, certification, category, start"),
        ("visit", "doc, visit, day"),
        ("registration", "doc, start, \"end\""),
    ] {
        let rows = |records: &Records| -> Vec<Vec<String>> {
            let sql = format!("SELECT {columns} FROM {table}");
            let mut statement = records.connection.prepare(&sql).expect("the table has these columns");
            let width = statement.column_count();
            let rows = statement
                .query_map([], |row| (0..width).map(|at| row.get(at)).collect::<Result<Vec<String>, _>>())
                .expect("the table reads");
            let mut rows: Vec<_> = rows.map(|row| row.expect("its columns are texts")).collect();
            rows.sort();
            rows
        };
        assert_eq!(rows(&once), rows(&over_the_year), "{table}");
    }
}
