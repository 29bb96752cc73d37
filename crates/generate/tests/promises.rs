//! What generated records are, whatever the standard makes of them.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use linli_generate::{CommunityData, HouseholdData, Plan, Quality};
use linli_model::{Value, date, idnumber::IdNumber};
use linli_store::DocumentEdits;
use support::{NAME, Records, community, plan, unit};

/// The values of a field of all documents, with the kind and the id of each.
fn values<'a>(documents: &'a [DocumentEdits], field: &str) -> Vec<(&'a DocumentEdits, &'a str)> {
    let found = documents.iter().flat_map(|document| document.edits.iter().map(move |edit| (document, edit)));
    found
        .filter(|(_, edit)| edit.field == field)
        .filter_map(|(document, edit)| Some((document, edit.value.as_ref()?.as_text()?)))
        .collect()
}

fn documents(data: &CommunityData) -> Vec<DocumentEdits> {
    data.households.iter().flat_map(|household| household.documents.clone()).collect()
}

fn same(a: &[DocumentEdits], b: &[DocumentEdits]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.id == b.id && a.edits == b.edits)
}

#[test]
fn the_same_plan_gives_the_same_edits_and_another_seed_gives_others() {
    let plan = plan(30);
    let of = |plan: &Plan, index| documents(&community(plan, index, Quality::Good));
    assert!(same(&of(&plan, 0), &of(&plan, 0)));
    assert!(!same(&of(&plan, 0), &of(&Plan { seed: 1, ..plan }, 0)));
    assert!(!same(&of(&plan, 0), &of(&plan, 1)));
}

#[test]
fn id_numbers_are_valid_invented_and_nobody_shares_one() {
    let mut seen = BTreeSet::new();
    for index in 0..3 {
        let documents = documents(&community(&plan(200), index, Quality::Good));
        for (_, number) in values(&documents, "id_no") {
            let parsed = IdNumber::parse(number).unwrap_or_else(|error| panic!("{number}: {error}"));
            assert!(parsed.division().starts_with("99"), "{number}");
            assert!(seen.insert(number.to_owned()), "{number} twice");
        }
    }
    assert!(seen.len() > 1_200, "{}", seen.len());
}

#[test]
fn nothing_is_dated_after_the_evaluation_date() {
    let plan = plan(300);
    for quality in Quality::ALL {
        let data = community(&plan, 4, quality);
        let mut all = documents(&data);
        all.extend(linli_generate::dwelling_register(&plan, &data));
        for edit in all.iter().flat_map(|document| &document.edits) {
            let text = edit.value.as_ref().and_then(Value::as_text).unwrap_or_default();
            if let Some(day) = date::day_of_iso(text) {
                assert!(day <= plan.as_of, "{quality:?}: {} {} {text}", edit.place, edit.field);
            }
        }
    }
}

#[test]
fn households_are_of_every_size_and_every_status_occurs() {
    let data = community(&plan(2_000), 0, Quality::Good);
    let mut sizes = BTreeMap::new();
    for household in &data.households {
        *sizes.entry(household.documents.len() - 1).or_insert(0) += 1;
    }
    assert_eq!(sizes.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4, 5], "{sizes:?}");
    assert_eq!(data.people(), sizes.iter().map(|(size, count)| size * count).sum::<usize>());
    let documents = documents(&data);
    let codes: BTreeSet<&str> = values(&documents, "code").into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["1", "10", "2", "3", "4", "5", "7", "8", "9"].into(), "of all dimensions");
    let categories: BTreeSet<&str> = values(&documents, "category").into_iter().map(|(_, c)| c).collect();
    assert_eq!(categories, ["1", "2", "3", "4", "5", "6", "7", "8"].into());
    let evidence: BTreeSet<&str> = documents
        .iter()
        .flat_map(|document| &document.edits)
        .filter(|edit| edit.place.to_string().starts_with("placements/") && edit.field == "evidence")
        .filter_map(|edit| edit.value.as_ref()?.as_text())
        .collect();
    assert_eq!(evidence, ["aid_post", "contract", "flexible", "insurance", "licence"].into());
}

#[test]
fn card_numbers_and_dwellings_are_not_used_twice() {
    let data = community(&plan(500), 0, Quality::Good);
    let documents = documents(&data);
    for field in ["card_no", "dwelling", "address"] {
        let found = values(&documents, field);
        let unique: BTreeSet<&str> = found.iter().map(|(_, value)| *value).collect();
        assert_eq!((unique.len(), found.len()), (500, 500), "{field}");
    }
    assert_eq!(data.households[0].card_no, "32110200400100001");
}

#[test]
fn days_of_work_apply_one_after_the_other_and_place_the_unemployed() {
    let plan = plan(120);
    let data = community(&plan, 0, Quality::Good);
    let mut records = Records::new();
    records.add_community(&plan, &data, plan.as_of);
    let open = |records: &Records| -> i64 {
        let sql = "SELECT COUNT(*) FROM episode WHERE dimension = 'status' AND code IN ('2', '3') AND end_n = 99999999";
        records.connection.query_row(sql, [], |row| row.get(0)).expect("the table is there")
    };
    let unemployed = open(&records);
    assert!(unemployed > 0);
    for turn in 0..20 {
        let day = plan.as_of + 1 + turn as i64;
        let edits = linli_generate::later_edits(&plan, &data, day, turn);
        let ids: BTreeSet<_> = edits.iter().map(|document| document.id).collect();
        assert_eq!(ids.len(), edits.len(), "a document stands in the list once");
        for document in &edits {
            records.write(&data.unit, document, day);
        }
        assert_eq!(open(&records), (unemployed - 1 - turn as i64).max(0), "after day {turn}");
    }
}

#[test]
fn a_planted_pair_is_one_person_whom_both_communities_count() {
    let plan = plan(20);
    let (a, b) = (unit("3211/02/004/001"), unit("3211/11/001/002"));
    let (here, there) = linli_generate::planted_pair(&plan, &a, &b);
    let numbers = |household: &HouseholdData| -> BTreeSet<String> {
        values(&household.documents, "id_no").into_iter().map(|(_, number)| number.to_owned()).collect()
    };
    let (in_a, in_b) = (numbers(&here), numbers(&there));
    assert_eq!(in_b.len(), 1);
    assert!(in_b.is_subset(&in_a) && in_b.iter().all(|number| number.starts_with("98")));
    let mut records = Records::new();
    for (unit, household) in [(&a, &here), (&b, &there)] {
        assert!(household.card_no.starts_with(&unit.code()));
        for document in &household.documents {
            records.write(unit, document, plan.as_of);
        }
    }
    let sql = "SELECT COUNT(*), COUNT(DISTINCT p.unit), COUNT(DISTINCT p.doc) FROM person p JOIN episode e ON \
               e.doc = p.doc AND e.dimension = 'residence' WHERE p.id_no = ?1 AND e.code IN ('1', '2')";
    let number = in_b.first().expect("the pair has a person");
    let found: (i64, i64, i64) = records
        .connection
        .query_row(sql, [number], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("the tables are there");
    assert_eq!(found, (2, 2, 2));
}

#[test]
fn a_profile_and_a_large_register_fit_their_kinds() {
    let plan = plan(1_500);
    let data = community(&plan, 0, Quality::Good);
    let register = linli_generate::dwelling_register(&plan, &data);
    assert_eq!(register.len(), 2);
    let mut records = Records::new();
    for document in &register {
        records.write(&data.unit, document, plan.as_of);
    }
    let profile = linli_generate::profile(&plan, &data.unit, NAME, 1_515);
    records.write(&data.unit, &profile, plan.as_of);
    let rows = |table: &str| -> i64 {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE unit = ?1");
        records
            .connection
            .query_row(&sql, [data.unit.as_str()], |row| row.get(0))
            .expect("the table is there")
    };
    assert_eq!((rows("dwelling"), rows("profile")), (1_500 + 15 + 26, 1));
}

#[test]
fn ages_fit_what_happened_on_the_day_it_happened() {
    let plan = plan(1_000);
    let data = community(&plan, 0, Quality::Good);
    let mut records = Records::new();
    records.add_community(&plan, &data, plan.as_of);
    let none = |what: &str, sql: &str| {
        let found: i64 =
            records.connection.query_row(sql, [], |row| row.get(0)).expect("the tables are there");
        assert_eq!(found, 0, "{what}");
    };
    none(
        "nobody is placed outside the working age",
        "SELECT COUNT(*) FROM placement q JOIN person p ON p.doc = q.doc
         WHERE q.start_n < p.work_from_n OR MIN(q.end_n, 20757) > p.work_until_n",
    );
    none(
        "nobody is out of work outside the working age",
        "SELECT COUNT(*) FROM episode e JOIN person p ON p.doc = e.doc
         WHERE e.dimension = 'status' AND e.code IN ('1', '2', '3', '4')
         AND (e.start_n < p.work_from_n OR MIN(e.end_n, 20757) > p.work_until_n)",
    );
    none(
        "who is certified as older is 40 or 50 on that day",
        "SELECT COUNT(*) FROM certification c JOIN person p ON p.doc = c.doc WHERE c.category = '1'
         AND c.start_n - p.birth_n < 365 * CASE p.sex WHEN '2' THEN 40 ELSE 50 END",
    );
    none(
        "a placement lies in a time of work",
        "SELECT COUNT(*) FROM placement q LEFT JOIN episode e ON e.doc = q.doc AND e.dimension = 'status'
         AND e.code = '1' AND e.start_n = q.start_n AND e.end_n = q.end_n WHERE e.doc IS NULL",
    );
}

#[test]
fn every_trap_finds_people_in_the_smallest_community_and_leaves_documents_that_hold_together() {
    for quality in Quality::ALL.into_iter().filter(|quality| *quality != Quality::ZeroEmployment) {
        let plan = plan(20);
        let mut data = community(&plan, 7, quality);
        let before = documents(&data);
        let set = linli_generate::set_traps(&plan, &mut data);
        let all = [
            "back_dated",
            "evidence_reused",
            "mass_hiring",
            "no_evidence",
            "short_placement",
            "split_household",
        ];
        assert!(all.iter().all(|trap| set.contains(trap)), "{quality:?}: {set:?}");
        assert!(set.is_sorted());
        let after = documents(&data);
        assert!(after.iter().zip(&before).all(|(a, b)| a.id == b.id), "nobody comes or goes");
        let changed = after.iter().zip(&before).filter(|(a, b)| a.edits != b.edits).count();
        // One document in each household that a trap took; a reused piece of evidence takes two, one of them unchanged, and
        // ten are hired together.
        assert_eq!(changed, set.len() + 9, "{quality:?}: {set:?}");
        // Writing them validates them.
        Records::new().add_community(&plan, &data, plan.as_of);
    }
}
