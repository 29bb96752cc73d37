//! Files into a replica, once and again.

use linli_store::StoreError;

use super::*;
use crate::check::Why;
use crate::export::{Format, export};
use crate::support::{NOW, carry, community, id_no, pair, records, replica, replica_for, xlsx};
use crate::template::template;

const HEADER: &str = "户卡编号,居住地址,姓名,公民身份号码,与户主关系,劳动能力,就业状况,状况起始日期,登记证号,\
    就业日期,就业单位,月收入,困难类别,认定日期,享受低保";

/// Two households of two.
fn people() -> Vec<String> {
    let id = |serial| id_no("19800102", serial);
    vec![
        format!(
            "A,甲路,王强,{},户主,1,登记失业,2026-03-01,C1,2026-06-01,超市,3200,残疾,2026-04-10,否",
            id(1)
        ),
        format!("A,,王芳,{},妻,1,就业,2020-01-01,,,,,,,", id(2)),
        format!("B,乙路,李强,{},户主,有劳动能力,下岗,,,,,,,,是", id(3)),
        format!("B,,李芳,{},妻,,,,,,,,,,", id(4)),
    ]
}

fn file(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

fn run(replica: &mut Replica, bytes: &[u8]) -> Report {
    import(replica, &community(), bytes, "people", NOW, &mut |_, _| {}).expect("the file is imported")
}

fn tally(new: usize, changed: usize, unchanged: usize) -> Tally {
    Tally { new, changed, unchanged }
}

/// Everything in the published tables that an import fills.
fn tables(replica: &Replica) -> Vec<String> {
    let mut all = Vec::new();
    for table in ["household", "member", "person", "episode", "placement", "certification"] {
        let columns = linli_model::tables().iter().find(|t| t.name == table).expect("a published table");
        let sql = format!("SELECT * FROM {table}");
        let rows = replica
            .query(&sql, [], |row| {
                let mut shown = table.to_owned();
                for (index, column) in columns.columns.iter().enumerate() {
                    let cell = match column.ty {
                        linli_model::ColumnType::Int => row.get::<_, i64>(index)?.to_string(),
                        linli_model::ColumnType::Text => row.get::<_, String>(index)?,
                    };
                    shown = format!("{shown}|{cell}");
                }
                Ok(shown)
            })
            .expect("the tables can be read");
        all.extend(rows);
    }
    all.sort();
    all
}

fn count(replica: &Replica, sql: &str) -> i64 {
    replica.query(sql, [], |row| row.get(0)).expect("the query is right")[0]
}

#[test]
fn the_same_file_twice_adds_nothing() {
    let mut replica = replica();
    let file = file(&people());
    let first = run(&mut replica, file.as_bytes());
    assert_eq!((first.rows, first.cards, first.people), (4, tally(2, 0, 0), tally(4, 0, 0)));
    assert_eq!((first.entries, first.refused.len(), first.headless.len()), (2, 0, 0));
    let (before, entries) = (tables(&replica), replica.counts().expect("it counts").entries);
    assert_eq!(count(&replica, "SELECT COUNT(*) FROM episode WHERE origin = 'import'"), 6);
    assert_eq!(count(&replica, "SELECT COUNT(*) FROM household h JOIN person p ON p.doc = h.head"), 2);
    assert_eq!(count(&replica, "SELECT COUNT(*) FROM household WHERE state = '1'"), 2);

    let second = run(&mut replica, file.as_bytes());
    assert_eq!((second.entries, second.cards, second.people), (0, tally(0, 0, 2), tally(0, 0, 4)));
    assert_eq!(second.import_id, first.import_id);
    assert_eq!(tables(&replica), before);
    assert_eq!(replica.counts().expect("it counts").entries, entries);
}

#[test]
fn a_changed_cell_changes_just_that_field() {
    for (from, to, cards, persons, sql) in [
        (
            "甲路",
            "丙路",
            tally(0, 1, 1),
            tally(0, 0, 4),
            "SELECT COUNT(*) FROM household WHERE address = '丙路'",
        ),
        ("王芳", "王方", tally(0, 0, 2), tally(0, 1, 3), "SELECT COUNT(*) FROM person WHERE name = '王方'"),
        ("C1", "C2", tally(0, 0, 2), tally(0, 1, 3), "SELECT COUNT(*) FROM episode WHERE certificate = 'C2'"),
        ("3200", "3300", tally(0, 0, 2), tally(0, 1, 3), "SELECT COUNT(*) FROM placement WHERE pay = 3300"),
        (
            "残疾",
            "2",
            tally(0, 0, 2),
            tally(0, 1, 3),
            "SELECT COUNT(*) FROM certification WHERE category = '2'",
        ),
    ] {
        let mut replica = replica();
        let file = file(&people());
        run(&mut replica, file.as_bytes());
        let before = tables(&replica);
        let report = run(&mut replica, file.replace(from, to).as_bytes());
        assert_eq!((report.entries, report.cards, report.people), (1, cards, persons), "{to}");
        assert_eq!(count(&replica, sql), 1, "{to}");
        let after = tables(&replica);
        let same = after.iter().filter(|row| before.contains(row)).count();
        assert_eq!((after.len(), same), (before.len(), before.len() - 1), "{to}");
    }
}

#[test]
fn bad_rows_are_refused_while_the_good_go_in() {
    let mut replica = replica();
    let mut rows = people();
    rows[0] = rows[0].replace("登记失业", "不明");
    rows.push(format!("C,,赵强,{},户主,,,,,,,,,,", "110105194912310021"));
    let report = run(&mut replica, file(&rows).as_bytes());
    let refused: Vec<(usize, &str, &str)> =
        report.refused.iter().map(|r| (r.row, r.column.name, r.value.as_str())).collect();
    assert_eq!(refused, [(2, "status", "不明"), (6, "id_no", "110105194912310021")]);
    assert_eq!(report.refused_rows(), 2);
    assert_eq!((report.rows, report.cards, report.people), (5, tally(2, 0, 0), tally(3, 0, 0)));
    assert_eq!(report.headless, ["A"]);
    assert_eq!(count(&replica, "SELECT COUNT(*) FROM household WHERE card_no = 'A' AND address = '甲路'"), 1);

    // Once the file is right, only what was missing is added.
    let report = run(&mut replica, file(&people()).as_bytes());
    assert_eq!((report.cards, report.people), (tally(0, 1, 1), tally(1, 0, 3)));
    assert!(report.headless.is_empty());
}

#[test]
fn two_devices_that_import_the_same_file_make_the_same_documents() {
    let (mut one, mut other) = (replica(), replica());
    let bytes = file(&people());
    run(&mut one, bytes.as_bytes());
    run(&mut other, bytes.as_bytes());
    assert_eq!(tables(&one), tables(&other));
    let mut third = replica();
    run(&mut third, format!("{bytes}\n").as_bytes());
    assert_ne!(tables(&one), tables(&third), "an id cannot be found out from an ID number alone");
}

#[test]
fn what_two_devices_imported_apart_from_each_other_merges_without_a_conflict() {
    let (mut one, mut other) = pair();
    let bytes = file(&people());
    run(&mut one, bytes.as_bytes());
    run(&mut other, bytes.as_bytes());
    let before = tables(&one);
    carry(&mut one, &mut other, &records());
    carry(&mut other, &mut one, &records());
    for replica in [&mut one, &mut other] {
        assert_eq!(
            replica.logs().expect("logs are listed").iter().filter(|l| l.space == records()).count(),
            2
        );
        assert_eq!(tables(replica), before);
        assert_eq!(count(replica, "SELECT COUNT(*) FROM conflict"), 0);
        assert_eq!(run(replica, bytes.as_bytes()).entries, 0);
    }
}

#[test]
fn an_xlsx_file_and_english_headers_give_the_same_cards() {
    let ids: Vec<String> = (1..=2).map(|serial| id_no("19800102", serial)).collect();
    let rows: &[&[&str]] = &[
        &["relation to head", "Citizen ID number", "name", "card number", "status", "status since"],
        &["head", &ids[0], "Wang", "A", "registered unemployed", "2026/3/1"],
        &["12", &ids[1], "Li", "A", "1", ""],
    ];
    let mut replica = replica();
    let report = run(&mut replica, &xlsx(&[("people", rows)]));
    assert_eq!((report.cards, report.people, report.refused.len()), (tally(1, 0, 0), tally(2, 0, 0), 0));
    let sql = "SELECT COUNT(*) FROM episode WHERE code = '2' AND start = '2026-03-01'";
    assert_eq!(count(&replica, sql), 1);
}

#[test]
fn what_was_exported_changes_nothing_when_it_is_imported() {
    for format in [Format::Xlsx, Format::Csv] {
        let mut replica = replica();
        run(&mut replica, file(&people()).as_bytes());
        let changed = file(&people()).replace("就业,2020-01-01", "退休,2026-10-01");
        run(&mut replica, changed.as_bytes());
        let before = tables(&replica);
        let exported = export(&mut replica, &community(), format).expect("the cards are exported");
        let report = run(&mut replica, &exported);
        assert_eq!((report.rows, report.refused.len(), report.entries), (4, 0, 0), "{:?}", report.refused);
        assert_eq!(tables(&replica), before);
        // The export is whole: in another replica it makes the same people.
        let mut empty = crate::support::replica();
        let report = run(&mut empty, &exported);
        assert_eq!((report.cards, report.people), (tally(2, 0, 0), tally(4, 0, 0)));
        let again = export(&mut empty, &community(), Format::Csv).expect("the cards are exported");
        assert_eq!(again, export(&mut replica, &community(), Format::Csv).expect("the cards are exported"));
    }
}

#[test]
fn the_untouched_template_imports_nobody() {
    let mut replica = replica();
    let report = run(&mut replica, &template().expect("the template is written"));
    assert_eq!((report.rows, report.entries, report.refused.len()), (0, 0, 0));
}

#[test]
fn who_is_on_another_card_is_not_put_on_a_second() {
    let mut replica = replica();
    run(&mut replica, file(&people()).as_bytes());
    let id = id_no("19800102", 2);
    let report = run(&mut replica, format!("户卡编号,姓名,身份证号,与户主关系\nB,王芳,{id},其他").as_bytes());
    assert_eq!(report.refused[0].why, Why::OnOtherCard { card: "A".to_owned() });
    assert_eq!((report.entries, report.cards, report.people), (0, tally(0, 0, 0), tally(0, 0, 0)));
}

#[test]
fn a_card_of_another_community_is_refused_and_so_is_a_unit_that_keeps_no_cards() {
    let mut replica = replica();
    let row = |card: &str| {
        format!("户卡编号,姓名,身份证号,与户主关系\n{card},王芳,{},户主", id_no("19800102", 2)).into_bytes()
    };
    let report = run(&mut replica, &row("32110200100200001"));
    let unit = "3211/02/001/002".parse().expect("four parts are a path");
    assert_eq!(report.refused[0].why, Why::CardOfOtherUnit { unit });
    assert_eq!(run(&mut replica, &row("32110200100100001")).cards, tally(1, 0, 0));

    let street = "3211/02/001".parse().expect("three parts are a path");
    let outcome = import(&mut replica, &street, &row("1"), "people", NOW, &mut |_, _| {});
    assert!(matches!(outcome, Err(ImportError::NotACommunity(_))));
}

#[test]
fn nothing_goes_in_where_the_device_may_not_write() {
    let mut replica = replica_for(&"3211/02/001/002".parse().expect("four parts are a path"));
    let bytes = file(&people());
    let outcome = import(&mut replica, &community(), bytes.as_bytes(), "people", NOW, &mut |_, _| {});
    let refused = match &outcome {
        Err(ImportError::Store(error)) => {
            matches!(**error, StoreError::NotAllowed { .. } | StoreError::NoGrant(_))
        }
        _ => false,
    };
    assert!(refused, "{outcome:?}");
    assert!(tables(&replica).is_empty());
}

#[test]
fn progress_ends_with_the_last_household() {
    let mut seen = Vec::new();
    let bytes = file(&people());
    import(&mut replica(), &community(), bytes.as_bytes(), "people", NOW, &mut |done, of| {
        seen.push((done, of));
    })
    .expect("the file is imported");
    assert_eq!(seen, [(1, 2), (2, 2)]);
}
