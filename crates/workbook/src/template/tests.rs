//! The template is a table without people.

use super::*;
use crate::sheet;

#[test]
fn the_untouched_template_has_every_column_and_nobody() {
    let sheet = sheet::read(&template().expect("the template is written"), "template.xlsx");
    let sheet = sheet.expect("the template is a table");
    assert_eq!(sheet.columns(), COLUMNS.iter().collect::<Vec<_>>());
    assert!(sheet.rows().is_empty());
}

#[test]
fn every_coded_column_has_its_codes_to_choose_from() {
    let lists: Vec<&'static CodeList> =
        codes::ALL.iter().copied().filter(|list| COLUMNS.iter().any(|c| c.codes() == Some(*list))).collect();
    let mut next = 1;
    for list in &lists {
        assert_eq!(code_rows(&lists, list), Some((next, next + list.codes.len() - 1)), "{}", list.name);
        next += list.codes.len();
    }
    for column in COLUMNS.iter().filter(|column| column.codes().is_some()) {
        assert!(choices(column, &lists).is_some(), "{}", column.name);
    }
}

#[test]
fn dates_become_those_of_a_workbook() {
    let opened = crate::columns::known("opened");
    for (text, expected) in
        [("2026-01-05", Some(46_027.0)), ("1900-03-01", Some(61.0)), ("1900-02-28", None), ("", None)]
    {
        assert_eq!(serial(opened, text), expected, "{text}");
    }
    assert_eq!(serial(crate::columns::known("address"), "2026-01-05"), None);
}
