//! Promises of lists: repeatable, every bad row named, out again what came in.

use super::*;
use crate::Format;
use crate::support::{NOW, community, replica, replica_for};

const PEOPLE: &str =
    "户卡编号,姓名,公民身份号码,与户主关系\n32110200100100001,王芳,11010519491231002X,户主\n";
const PLACEMENTS: &str = "公民身份号码,就业日期,终止日期,就业形式,单位,月收入,证明\n\
    11010519491231002X,2026-06-01,,单位就业,市第一超市,3200,劳动合同\n\
    11010519491231002X,2026-01-05,2026-03-31,灵活就业,,,\n";

fn list(name: &str) -> &'static List {
    by_name(name).expect("there is the list")
}

fn with_people() -> linli_store::Replica {
    let mut replica = replica();
    let report = crate::import(&mut replica, &community(), PEOPLE.as_bytes(), "p.csv", NOW, &mut |_, _| {});
    assert_eq!(report.expect("the people go in").refused, []);
    replica
}

fn take(replica: &mut linli_store::Replica, name: &str, text: &str) -> ListReport {
    import(replica, &community(), list(name), text.as_bytes(), "list.csv", NOW).expect("the list is read")
}

#[test]
fn the_same_file_twice_adds_nothing_and_a_changed_cell_changes_that_field() {
    let mut replica = with_people();
    let first = take(&mut replica, "placement", PLACEMENTS);
    assert_eq!((first.tally.new, first.entries, first.refused.len()), (2, 1, 0), "one entry a person");
    let again = take(&mut replica, "placement", PLACEMENTS);
    assert_eq!((again.tally.unchanged, again.entries), (2, 0));
    let changed = take(&mut replica, "placement", &PLACEMENTS.replace("3200", "3300"));
    assert_eq!((changed.tally.changed, changed.tally.unchanged, changed.entries), (1, 1, 1));
    replica.materialise().expect("the tables follow");
    let sql = "SELECT start, pay, origin FROM placement ORDER BY start";
    let rows: Vec<(String, i64, String)> = replica
        .query(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("the table is there");
    let imported = "import".to_owned();
    assert_eq!(
        rows,
        [("2026-01-05".to_owned(), 0, imported.clone()), ("2026-06-01".to_owned(), 3300, imported)]
    );
}

#[test]
fn a_bad_row_is_refused_with_row_column_and_reason_and_the_others_go_in() {
    let mut replica = with_people();
    let bad = format!(
        "{PLACEMENTS}11010519491231002X,2026-02-30,,,,,\n110105194912310011,2026-05-01,,,,,\n\
         11010519491231002X,2026-05-02,2026-04-01,,,,\n11010519491231002X,2027-05-02,,,,,\n\
         11010519491231002X,2026-06-01,,,,,\n11010519491231002X,2026-05-03,,一辈子,,,\n"
    );
    let report = take(&mut replica, "placement", &bad);
    let named: Vec<(usize, &str)> = report.refused.iter().map(|r| (r.row, r.column.name)).collect();
    assert_eq!(named, [(4, "start"), (5, "id_no"), (6, "end"), (7, "start"), (8, "id_no"), (9, "form")]);
    assert_eq!((report.rows, report.refused_rows(), report.tally.new), (8, 6, 2));
}

#[test]
fn what_goes_out_comes_in_again_as_it_is() {
    let mut replica = with_people();
    take(&mut replica, "placement", PLACEMENTS);
    take(&mut replica, "visit", "户卡编号,走访日期,方式,结果\n32110200100100001,2026-10-12,上门,在家\n");
    take(&mut replica, "staff", "姓名,到岗日期,专职\n李明,2026-01-04,是\n");
    take(
        &mut replica,
        "vacancy",
        "用人单位,工种,发布日期,截止日期\n市第一超市,收银员,2026-11-01,2026-12-31\n",
    );
    for (name, rows) in [("placement", 2), ("visit", 1), ("staff", 1), ("vacancy", 1)] {
        for format in [Format::Csv, Format::Xlsx] {
            let out = export(&mut replica, &community(), list(name), format).expect("it goes out");
            let found = recognise(&out, "out").expect("it is a table");
            assert_eq!(found.map(|list| list.name), Some(name));
            let report =
                import(&mut replica, &community(), list(name), &out, "out", NOW).expect("it is read");
            assert_eq!(report.refused, [], "{name}");
            assert_eq!((report.tally.unchanged, report.entries), (rows, 0), "{name} {format:?}");
        }
    }
}

#[test]
fn a_vacancy_of_a_source_is_known_by_its_number_whatever_file_it_comes_in() {
    let feed = |end: &str, employer: &str| {
        format!("用人单位,发布日期,截止日期,来源,来源编号\n{employer},2026-11-01,{end},市人才网,A-1\n")
    };
    let (mut one, mut other) = (replica(), replica());
    assert_eq!(take(&mut one, "vacancy", &feed("2026-12-31", "市第一超市")).tally.new, 1);
    let later = take(&mut one, "vacancy", &feed("2026-11-15", "市第一超市有限公司"));
    assert_eq!((later.tally.new, later.tally.changed), (0, 1), "its expiry is updated");
    take(&mut other, "vacancy", &feed("2026-11-20", "市第一超市"));
    let id = |replica: &mut linli_store::Replica| -> Vec<String> {
        replica.materialise().expect("the tables follow");
        replica.query("SELECT doc FROM vacancy", [], |row| row.get(0)).expect("the table is there")
    };
    assert_eq!(id(&mut one), id(&mut other));
}

#[test]
fn a_list_goes_where_its_kind_stands() {
    let street: UnitPath = "3211/02/001".parse().expect("a path");
    let mut replica = replica_for(&street);
    let text = "公民身份号码,就业日期\n11010519491231002X,2026-06-01\n";
    let error = import(&mut replica, &street, list("placement"), text.as_bytes(), "p.csv", NOW);
    assert!(matches!(error, Err(crate::ImportError::NotKeptThere(..))));
    assert_eq!(list("vacancy").channel(&street), Some(Channel::Notices));
    assert_eq!(list("vacancy").channel(&community()), Some(Channel::Records));
    assert_eq!(list("dwelling").channel(&community()), Some(Channel::Oversight));
}

#[test]
fn a_template_is_recognised_and_has_no_rows() {
    for list in lists() {
        let empty = template(list).expect("the template is written");
        assert_eq!(
            recognise(&empty, "t.xlsx").expect("it is a table").map(|found| found.name),
            Some(list.name)
        );
        let sheet = sheet::read_as(&empty, "t.xlsx", &list.columns).expect("it is a table");
        assert!(sheet.rows().is_empty());
    }
}
